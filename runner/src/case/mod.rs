//! Cases: loaded from YAML, checked, expanded into variants.

pub mod append;
pub mod axis;
pub mod bytes;
pub mod data;
pub mod derive;
pub mod error;
pub mod expand;
pub mod feature;
pub mod file;
pub mod form;
pub mod frame;
pub mod natural;
pub mod options;
pub mod place;
pub mod registry;
pub mod suite;
pub mod tensors;
pub mod variant;
