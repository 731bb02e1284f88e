//! Memory of this library: counted, aligned, mapped.
//!
//! With [`crate::abi`] and `sys` this is the only module with `unsafe`.

mod aligned;
mod counted;
mod map;
mod pool;

pub use aligned::AlignedBuffer;
pub use counted::{current, peak};
pub use map::map_file;
pub use pool::Pool;
