//! Where bytes come from.

mod ahead;
mod cursor;
mod file;
mod gather;

pub(crate) use ahead::{Ahead, LARGE};
pub(crate) use cursor::Cursor;
pub(crate) use gather::Gather;

use crate::error::{Error, Result};
use crate::memory::{Pool, map_file};
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
    /// Whether [`Callbacks::read`] may be asked for more than is needed.
    fn reads_ahead(&self) -> bool {
        false
    }
    /// Takes back the last `count` bytes that were read ahead, and not needed.
    fn give_back(&self, count: u64) -> Result<()> {
        let _ = count;
        Ok(())
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
            Input::Memory(bytes) => part(bytes, offset, length),
            Input::Device(device) => read_at(&**device, offset, Gather::new(length, true, &Arc::default())?),
        }
    }

    /// As [`Input::range`]; a copy has memory from `pool` and starts `skipped` bytes behind a multiple of 64.
    pub(crate) fn range_aside(&self, offset: u64, length: usize, skipped: usize, pool: &Arc<Pool>) -> Result<Bytes> {
        match self {
            Input::Memory(bytes) => part(bytes, offset, length),
            Input::Device(device) => read_at(&**device, offset, Gather::aside(length, skipped, pool)?),
        }
    }

    /// Whether what follows may be read before it is asked for.
    pub(crate) fn reads_ahead(&self) -> bool {
        matches!(self, Input::Device(device) if device.reads_ahead())
    }

    /// Whether bytes are handed out without a copy.
    pub(crate) fn is_memory(&self) -> bool {
        matches!(self, Input::Memory(_))
    }
}

fn part(bytes: &Bytes, offset: u64, length: usize) -> Result<Bytes> {
    let start = usize::try_from(offset).ok();
    let end = start.and_then(|start| start.checked_add(length)).filter(|end| *end <= bytes.len());
    match (start, end) {
        (Some(start), Some(end)) => Ok(bytes.slice(start..end)),
        _ => Err(ended(offset, length as u64, (bytes.len() as u64).saturating_sub(offset))),
    }
}

/// Fills `gather` from `offset` on.
fn read_at(device: &dyn Callbacks, offset: u64, mut gather: Gather) -> Result<Bytes> {
    while gather.missing() > 0 {
        match device.read_at(offset + gather.filled() as u64, gather.room()?)? {
            0 => return Err(ended(offset, (gather.filled() + gather.missing()) as u64, gather.filled() as u64)),
            count => gather.advance(count),
        }
    }
    Ok(gather.into_bytes())
}

fn ended(offset: u64, wanted: u64, found: u64) -> Error {
    Error::invalid(
        "framing-truncated-body",
        format!("the input ends after {found} of {wanted} bytes expected at {offset}"),
    )
    .at(offset + found)
}
