//! Files and descriptors.

use super::Callbacks;
use crate::error::{Error, Result};
use crate::sys::{self, Direction};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, IntoRawFd};
use std::os::unix::fs::FileExt;

/// A file from its position at the time of opening.
pub struct FileDevice {
    /// `None` only while the device is dropped.
    file: Option<File>,
    keep_open: bool,
    /// Offset at which the input begins; `None` when the descriptor does not seek.
    base: Option<u64>,
}

impl FileDevice {
    pub fn new(mut file: File, keep_open: bool) -> Self {
        let regular = file.metadata().is_ok_and(|metadata| metadata.is_file());
        let base = if regular { file.stream_position().ok() } else { None };
        FileDevice { file: Some(file), keep_open, base }
    }

    fn file(&self) -> Result<&File> {
        self.file.as_ref().ok_or_else(|| Error::state("the source is closed"))
    }
}

impl Drop for FileDevice {
    fn drop(&mut self) {
        if let (Some(file), true) = (self.file.take(), self.keep_open) {
            // The descriptor goes on belonging to the caller.
            let _ = file.into_raw_fd();
        }
    }
}

/// Reads again when a signal came between, and waits where the descriptor does not block.
fn retry(file: &File, mut read: impl FnMut() -> std::io::Result<usize>) -> Result<usize> {
    let failed = |error: &std::io::Error| Error::io("reading", error);
    loop {
        match read() {
            Ok(count) => return Ok(count),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if !sys::wait(file.as_fd(), Direction::Read).map_err(|e| failed(&e))? {
                    return Err(failed(&error));
                }
            }
            Err(error) => return Err(failed(&error)),
        }
    }
}

impl Callbacks for FileDevice {
    fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        let file = self.file()?;
        retry(file, || (&mut &*file).read(buffer))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let (file, base) = (self.file()?, self.base.unwrap_or(0));
        retry(file, || file.read_at(buffer, base + offset))
    }

    /// A pipe or socket that the caller keeps may have something behind the stream, which is the caller's.
    fn reads_ahead(&self) -> bool {
        self.base.is_some() || !self.keep_open
    }

    fn give_back(&self, count: u64) -> Result<()> {
        if self.base.is_none() || !self.keep_open {
            return Ok(());
        }
        let back = SeekFrom::Current(-i64::try_from(count).unwrap_or(i64::MAX));
        let moved = (&mut self.file()?).seek(back);
        moved.map(|_| ()).map_err(|e| Error::io("moving the descriptor to the end of the stream", &e))
    }

    fn size(&self) -> Result<Option<u64>> {
        let Some(base) = self.base else { return Ok(None) };
        let metadata = self.file()?.metadata().map_err(|e| Error::io("asking for the file's size", &e))?;
        Ok(Some(metadata.len().saturating_sub(base)))
    }

    fn file(&self) -> Option<(&File, u64)> {
        self.file.as_ref().zip(self.base)
    }
}
