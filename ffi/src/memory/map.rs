//! Memory maps of files.

use crate::error::{Error, Result};
use bytes::Bytes;
use memmap2::Mmap;
use std::fs::File;

/// Maps a whole file, read only. The map lives as long as any part of the bytes.
///
/// A file that somebody truncates while it is mapped makes later accesses fail with SIGBUS: that is how the operating
/// system works, and the documentation of the C ABI says so. A file that somebody writes to shows the new bytes.
pub fn map_file(file: &File) -> Result<Bytes> {
    let length = file.metadata().map_err(|e| Error::io("asking for the file's size", &e))?.len();
    if length == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: the map is private and read-only; that nobody changes the file is asked of the caller (see above).
    let map = unsafe { Mmap::map(file) }.map_err(|e| Error::io("mapping the file", &e))?;
    Ok(Bytes::from_owner(map))
}
