//! Collecting a known number of bytes that come in pieces.

use crate::error::Result;
use crate::memory::{AlignedBuffer, Pool};
use bytes::{Buf, Bytes};
use std::sync::Arc;

/// What is allocated at once for bytes that are only announced, so that a claimed length alone cannot make us allocate it.
const STEP: usize = 4 << 20;

/// A buffer that is filled piece by piece.
pub(crate) struct Gather {
    buffer: AlignedBuffer,
    /// Bytes of the buffer before the first.
    skipped: usize,
    filled: usize,
    wanted: usize,
    pool: Arc<Pool>,
}

impl Gather {
    /// Room for `wanted` bytes; all at once when they are known to be there.
    pub fn new(wanted: usize, known: bool, pool: &Arc<Pool>) -> Result<Self> {
        Self::behind(0, if known { wanted } else { wanted.min(STEP) }, wanted, pool)
    }

    /// Room for `wanted` bytes, the first of which lies `skipped` bytes behind a multiple of 64.
    pub fn aside(wanted: usize, skipped: usize, pool: &Arc<Pool>) -> Result<Self> {
        Self::behind(skipped, wanted, wanted, pool)
    }

    fn behind(skipped: usize, room: usize, wanted: usize, pool: &Arc<Pool>) -> Result<Self> {
        let buffer = pool.take(skipped + room)?;
        Ok(Gather { buffer, skipped, filled: 0, wanted, pool: Arc::clone(pool) })
    }

    /// Whether there is room for so many bytes at once, be they there or only announced.
    pub fn trusts(wanted: usize) -> bool {
        wanted <= STEP
    }

    /// Bytes that were put in.
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// Bytes that are still missing.
    pub fn missing(&self) -> usize {
        self.wanted - self.filled
    }

    /// Room for the next bytes: some, unless nothing is missing.
    pub fn room(&mut self) -> Result<&mut [u8]> {
        let size = self.buffer.as_ref().len() - self.skipped;
        if self.filled == size && size < self.wanted {
            let mut larger = self.pool.take(self.skipped + size.saturating_mul(2).min(self.wanted))?;
            let end = self.skipped + self.filled;
            larger.as_mut()[..end].copy_from_slice(&self.buffer.as_ref()[..end]);
            self.buffer = larger;
        }
        Ok(&mut self.buffer.as_mut()[self.skipped + self.filled..])
    }

    /// Says that `count` bytes were put into the room.
    pub fn advance(&mut self, count: usize) {
        self.filled = (self.filled + count).min(self.buffer.as_ref().len() - self.skipped);
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
        let mut bytes = self.buffer.into_bytes();
        bytes.advance(self.skipped);
        bytes.truncate(self.filled);
        bytes
    }
}
