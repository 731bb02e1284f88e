//! Memory of this library: counted, aligned, mapped.
//!
//! With [`crate::abi`] and `sys` this is the only module with `unsafe`.

mod aligned;
mod counted;
mod map;

pub use aligned::AlignedBuffer;
pub use counted::{current, peak};
pub use map::map_file;
