//! The C interface: the only place with `extern "C"`, one file per C type.
//!
//! `include/arrowipc.h` is generated from these files, their documentation included: it speaks to C
//! programmers and is the contract of every function here. Types carry the names that they have in C. What
//! crosses is checked at the edge: [`boundary`] holds the rules for panics, NULL, errors and poisoned
//! handles; the `*_import` and `*_export` files translate between the C Data Interface and the types of the
//! core.
#![allow(non_camel_case_types, reason = "types have the names of the header")]
#![allow(clippy::missing_safety_doc, reason = "the conventions of the header are the safety contract")]

mod array_export;
mod array_import;
mod boundary;
mod descriptor;
mod format_string;
mod metadata;
mod schema_export;
mod schema_import;
mod tensor_import;

pub mod c_data;
pub mod decoder;
pub mod error;
pub mod memory;
pub mod options;
pub mod reader;
pub mod sink;
pub mod source;
pub mod status;
pub mod stream;
pub mod tensor;
pub mod tensor_reader;
pub mod tensor_writer;
pub mod version;
pub mod writer;

#[cfg(test)]
mod tests;
