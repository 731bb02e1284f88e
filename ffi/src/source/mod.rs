//! Where bytes come from.

use crate::error::Result;
use bytes::Bytes;
use std::os::fd::OwnedFd;
use std::path::Path;

/// Bytes from a caller's callbacks.
pub trait Callbacks: Send + Sync {
    /// Reads up to `buffer.len()` bytes that follow the last read; 0 is the end.
    fn read(&self, buffer: &mut [u8]) -> Result<usize>;
    /// Reads up to `buffer.len()` bytes at `offset`; called from any thread, also concurrently. Only when [`Callbacks::size`] is known.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;
    /// Size of the whole input, when it can be read at any offset.
    fn size(&self) -> Result<Option<u64>>;
}

/// Input of a reader.
pub struct Source {
    _private: (),
}

impl Source {
    /// Bytes in memory or in a memory map: arrays alias them.
    pub fn memory(_bytes: Bytes) -> Self {
        todo!()
    }
    /// A file, read into memory as needed or mapped.
    pub fn path(_path: &Path, _memory_map: bool) -> Result<Self> {
        todo!()
    }
    /// An open descriptor, read from its current position; `keep_open` leaves it open when the source goes.
    pub fn fd(_fd: OwnedFd, _keep_open: bool) -> Self {
        todo!()
    }
    /// A caller's functions.
    pub fn callbacks(_callbacks: Box<dyn Callbacks>) -> Self {
        todo!()
    }
}
