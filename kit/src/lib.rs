//! Canonical values and the Arrow C Data Interface, for adapters of the Arrow IPC conformance suite.
//!
//! - [`value`] is the canonical form in which expected data, producer input and consumer dumps meet: a model, its JSON
//!   text, its digest and its comparison. It is safe Rust and knows no implementation and no file format.
//! - [`cdata`] turns documents into `ArrowArrayStream`s, with every buffer laid out as the document says, and arrays
//!   of any implementation into canonical values.
//! - [`serve`] is the protocol around them, for adapters that give callbacks.
//! - [`ffi`] is the same for programs in other languages: the C functions of `include/arrowipc_kit.h`.

pub mod cdata;
pub mod ffi;
pub mod serve;
pub mod value;
