//! The Arrow C Data and C Stream Interfaces: canonical documents become streams, arrays become canonical values.
//!
//! | module | holds |
//! |---|---|
//! | `abi` | the C structs, which release what they own when dropped |
//! | `format` | format strings |
//! | `metadata` | the binary form of metadata |
//! | `schema` | schemas in both directions |
//! | `buffer` | memory at chosen addresses |
//! | `fixed_width` | values of fixed width as bytes |
//! | `build` | values and layouts → arrays; safe Rust |
//! | `export` | arrays → C structs |
//! | `stream` | [`build_stream`], [`Builder`] |
//! | `observe` | C structs → values: [`Observer`], [`read_batch`] |
//! | `tensor` | [`TensorMemory`]: tensors ↔ buffers; safe Rust |
//!
//! Unsafe code is in `abi`, `schema`, `export`, `stream` and `observe`, beside the exported functions of the crate.

#[cfg(not(target_endian = "little"))]
compile_error!(
    "buffers are read and written in little-endian order, which the C Data Interface has on such machines only"
);

mod abi;
mod buffer;
mod build;
mod error;
mod export;
mod fixed_width;
mod format;
mod metadata;
mod observe;
mod schema;
mod stream;
mod tensor;

pub use abi::{ArrowArray, ArrowArrayStream, ArrowSchema};
pub use error::{Error, Malformed};
pub use metadata::{decode_metadata, encode_metadata};
pub use observe::{Observer, Summary, observe_stream, read_batch};
pub use schema::{export_schema, import_schema};
pub(crate) use stream::panic_message;
pub use stream::{Builder, build_stream};
pub use tensor::{TensorKind, TensorMemory};
