//! Where bytes go.

use crate::error::Result;
use std::os::fd::OwnedFd;
use std::path::Path;

/// Bytes to a caller's callbacks.
pub trait Callbacks: Send {
    /// Takes up to `bytes.len()` bytes and says how many; 0 is an error.
    fn write(&mut self, bytes: &[u8]) -> Result<usize>;
    /// Called after the last byte.
    fn flush(&mut self) -> Result<()>;
}

/// Output of a writer.
pub struct Sink {
    _private: (),
}

impl Sink {
    /// Memory that grows; see [`crate::write::Writer::take_memory`].
    pub fn memory() -> Self {
        todo!()
    }
    /// A file, written beside `path` and renamed to it by `finish`.
    pub fn path(_path: &Path) -> Result<Self> {
        todo!()
    }
    /// An open descriptor; `keep_open` leaves it open when the sink goes.
    pub fn fd(_fd: OwnedFd, _keep_open: bool) -> Self {
        todo!()
    }
    /// A caller's functions.
    pub fn callbacks(_callbacks: Box<dyn Callbacks>) -> Self {
        todo!()
    }
}
