//! A library with the C ABI of `arrowipc.h`, behind safe types.
//!
//! One file per C type. What the unsafe code here trusts is that a library which exports the functions of `arrowipc.h` keeps the
//! promises of that header.

pub mod addresses;
pub mod failure;
pub mod load;
mod metadata;
pub mod options;
pub mod reader;
pub mod sink;
pub mod source;
pub mod stream;
pub mod symbols;
pub mod tensor;
pub mod writer;

pub use failure::Failure;
pub use load::Library;
pub use options::Options;
pub use reader::Reader;
pub use sink::Sink;
pub use source::Source;
pub use tensor::{TensorReader, TensorWriter};
pub use writer::Writer;
