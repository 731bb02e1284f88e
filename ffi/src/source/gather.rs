//! Collecting a known number of bytes that come in pieces.

use crate::error::Result;
use crate::memory::AlignedBuffer;
use bytes::Bytes;

/// What is allocated at once for bytes that are only announced, so that a claimed length alone cannot make us allocate it.
const STEP: usize = 4 << 20;

/// A buffer that is filled piece by piece.
pub(crate) struct Gather {
    buffer: AlignedBuffer,
    filled: usize,
    wanted: usize,
}

impl Gather {
    /// Room for `wanted` bytes; all at once when they are known to be there.
    pub fn new(wanted: usize, known: bool) -> Result<Self> {
        let buffer = AlignedBuffer::zeroed(if known { wanted } else { wanted.min(STEP) })?;
        Ok(Gather { buffer, filled: 0, wanted })
    }

    /// Bytes that are still missing.
    pub fn missing(&self) -> usize {
        self.wanted - self.filled
    }

    /// Room for the next bytes: some, unless nothing is missing.
    pub fn room(&mut self) -> Result<&mut [u8]> {
        let size = self.buffer.as_ref().len();
        if self.filled == size && size < self.wanted {
            let mut larger = AlignedBuffer::zeroed(size.saturating_mul(2).min(self.wanted))?;
            larger.as_mut()[..self.filled].copy_from_slice(self.buffer.as_ref());
            self.buffer = larger;
        }
        Ok(&mut self.buffer.as_mut()[self.filled..])
    }

    /// Says that `count` bytes were put into the room.
    pub fn advance(&mut self, count: usize) {
        self.filled = (self.filled + count).min(self.buffer.as_ref().len());
    }

    /// Copies what fits of `bytes`; returns how many that are.
    pub fn push(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut copied = 0;
        while copied < bytes.len() && self.missing() > 0 {
            let room = self.room()?;
            let count = room.len().min(bytes.len() - copied);
            room[..count].copy_from_slice(&bytes[copied..copied + count]);
            copied += count;
            self.advance(count);
        }
        Ok(copied)
    }

    /// What was filled.
    pub fn into_bytes(self) -> Bytes {
        let bytes = self.buffer.into_bytes();
        if self.filled == bytes.len() { bytes } else { bytes.slice(..self.filled) }
    }
}
