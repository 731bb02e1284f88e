//! Canonical values and the Arrow C Data Interface, for adapters of the Arrow IPC conformance suite.
//!
//! - [`value`] is the canonical form in which expected data, producer input and consumer dumps meet: a model, its JSON
//!   text, its digest and its comparison. It is safe Rust and knows no implementation and no file format.

pub mod value;
