//! Arrow IPC streams and files.
//!
//! The crate is the core of libarrowipc: [`read`] turns bytes into checked [`array::Batch`]es, [`write`] turns
//! [`array::ArrayView`]s into bytes. Both are safe Rust; [`abi`] is the C interface over them and the only place
//! with `extern "C"`, [`memory`] and `sys` the only other places with `unsafe`.

pub mod abi;
pub mod array;
pub mod compression;
pub mod error;
pub mod flatbuffer;
pub mod format;
pub mod memory;
pub mod options;
pub mod read;
pub mod schema;
pub mod sink;
pub mod source;
mod sys;
pub mod tensor;
pub mod validate;
pub mod write;

pub use error::{Code, Error, Result};
pub use options::Options;
