//! Where bytes come from.

mod cursor;
mod file;
mod gather;

pub(crate) use cursor::Cursor;
pub(crate) use gather::Gather;

use crate::error::{Error, Result};
use crate::memory::{AlignedBuffer, map_file};
use bytes::Bytes;
use file::FileDevice;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

/// Functions that bytes come from: a caller's callbacks, or a file.
pub trait Callbacks: Send + Sync {
    /// Reads up to `buffer.len()` bytes that follow the last read; 0 is the end.
    fn read(&self, buffer: &mut [u8]) -> Result<usize>;
    /// Reads up to `buffer.len()` bytes at `offset`; called from any thread, also concurrently. Only when
    /// [`Callbacks::size`] is known.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;
    /// Size of the whole input, when it can be read at any offset.
    fn size(&self) -> Result<Option<u64>>;
    /// The file behind it and where in it the input begins, when there is one that can be read at any offset.
    fn file(&self) -> Option<(&File, u64)> {
        None
    }
}

/// Input of a reader.
pub struct Source(pub(crate) Input);

#[derive(Clone)]
pub(crate) enum Input {
    Memory(Bytes),
    Device(Arc<dyn Callbacks>),
}

impl Source {
    /// Bytes in memory or in a memory map: arrays alias them.
    pub fn memory(bytes: Bytes) -> Self {
        Source(Input::Memory(bytes))
    }

    /// A file, mapped, or read into memory as needed.
    pub fn path(path: &Path, memory_map: bool) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::io(&format!("opening {}", path.display()), &e))?;
        if memory_map {
            return Ok(Source::memory(map_file(&file)?));
        }
        Ok(Source(Input::Device(Arc::new(FileDevice::new(file, false)))))
    }

    /// An open descriptor, read from its current position; `keep_open` leaves it open when the source goes.
    pub fn fd(fd: OwnedFd, keep_open: bool) -> Self {
        Source(Input::Device(Arc::new(FileDevice::new(File::from(fd), keep_open))))
    }

    /// A caller's functions.
    pub fn callbacks(callbacks: Box<dyn Callbacks>) -> Self {
        Source(Input::Device(Arc::from(callbacks)))
    }
}

impl Input {
    /// Size in bytes where the input can be read at any offset.
    pub(crate) fn size(&self) -> Result<Option<u64>> {
        match self {
            Input::Memory(bytes) => Ok(Some(bytes.len() as u64)),
            Input::Device(device) => device.size(),
        }
    }

    /// The file behind the input, and where in it the input begins.
    pub(crate) fn file(&self) -> Option<(&File, u64)> {
        match self {
            Input::Memory(_) => None,
            Input::Device(device) => device.file(),
        }
    }

    /// `length` bytes at `offset`: a part of the memory, or a copy. The caller has checked the range against the size.
    pub(crate) fn range(&self, offset: u64, length: usize) -> Result<Bytes> {
        match self {
            Input::Memory(bytes) => {
                let start = usize::try_from(offset).ok();
                let end = start.and_then(|start| start.checked_add(length)).filter(|end| *end <= bytes.len());
                match (start, end) {
                    (Some(start), Some(end)) => Ok(bytes.slice(start..end)),
                    _ => Err(ended(offset, length as u64, (bytes.len() as u64).saturating_sub(offset))),
                }
            }
            Input::Device(device) => {
                let mut buffer = AlignedBuffer::zeroed(length)?;
                let mut filled = 0;
                while filled < length {
                    match device.read_at(offset + filled as u64, &mut buffer.as_mut()[filled..])? {
                        0 => return Err(ended(offset, length as u64, filled as u64)),
                        count => filled += count.min(length - filled),
                    }
                }
                Ok(buffer.into_bytes())
            }
        }
    }

    /// Whether bytes are handed out without a copy.
    pub(crate) fn is_memory(&self) -> bool {
        matches!(self, Input::Memory(_))
    }
}

fn ended(offset: u64, wanted: u64, found: u64) -> Error {
    Error::invalid(
        "framing-truncated-body",
        format!("the input ends after {found} of {wanted} bytes expected at {offset}"),
    )
    .at(offset + found)
}
