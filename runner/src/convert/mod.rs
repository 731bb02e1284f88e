//! An input, written anew by libarrowipc: stream or file, compression, alignment, version, framing, dictionaries. Big-endian output, which
//! libarrowipc does not write, is made from what it wrote.
//!
//! The library runs in a child process and reads and writes one batch at a time.

mod endian;
mod request;

pub use endian::{SwapError, big_endian};
pub use request::{Conversion, ConvertError, Library, convert};
