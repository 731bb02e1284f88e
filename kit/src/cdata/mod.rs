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
//! | `change` | [`Input`]: structures that are unusual or wrong on purpose |
//! | `ledger` | what was handed out and is not released yet |
//! | `stream` | [`build_stream`], [`Builder`] |
//! | `pull` | [`Puller`]: streams of others, held against the interface |
//! | `observe` | C structs → values: [`Observer`], [`read_batch`] |
//! | `tensor` | [`TensorMemory`]: tensors ↔ buffers; safe Rust |
//! | `faults` | [`take_faults`]: what the kit noticed of the other side |
//!
//! Unsafe code is in all of them but `format`, `fixed_width`, `build`, `tensor`, `error` and `faults`, and in the exported
//! functions of the crate.

#[cfg(not(target_endian = "little"))]
compile_error!(
    "buffers are read and written in little-endian order, which the C Data Interface has on such machines only"
);

mod abi;
mod buffer;
mod build;
mod change;
mod error;
mod export;
mod faults;
mod fixed_width;
mod format;
mod ledger;
mod metadata;
mod observe;
mod pull;
mod schema;
mod stream;
mod tensor;

pub use abi::{ArrowArray, ArrowArrayStream, ArrowSchema};
pub use change::{Changes, Input};
pub use error::{Error, Malformed};
pub use faults::take_faults;
pub use metadata::{decode_metadata, encode_metadata};
pub use observe::{Observer, Summary, observe_stream, read_batch};
pub(crate) use pull::{Event, watch};
pub use pull::{Puller, check_stream};
pub use schema::{export_schema, import_schema};
pub(crate) use stream::panic_message;
pub use stream::{Builder, build_changed_stream, build_stream};
pub use tensor::{TensorKind, TensorMemory};
