//! Compressed buffers → one block of memory, by several threads where that is asked for and pays.

use super::swap::Swap;
use crate::array::Buffer;
use crate::compression::Decompressor;
use crate::error::{Error, Result};
use crate::format::Compression;
use crate::memory::{AlignedBuffer, Pool};
use crate::sys::Workers;
use bytes::Bytes;
use std::cmp::Reverse;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

/// Less is decompressed before other threads have come.
const WORTH_THREADS: usize = 256 << 10;

/// A compressed buffer that was checked but for its content.
#[derive(Clone, Copy, Debug)]
pub struct Packed {
    pub codec: Compression,
    /// The compressed bytes.
    pub stored: Buffer,
    /// Where its content goes: position and length in the block.
    pub start: usize,
    pub length: usize,
    pub swap: Swap,
    /// Which buffer of the columns it is, of which node.
    pub buffer: usize,
    pub node: usize,
    /// Where the header speaks of it.
    pub position: u64,
}

impl Packed {
    /// Bytes of the block that are its own: the next one starts at a multiple of 64.
    pub fn room(&self) -> usize {
        self.length.next_multiple_of(64)
    }
}

/// What decompresses the bodies that a reader reads.
pub struct Unpacker {
    pool: Arc<Pool>,
    threads: usize,
    workers: Mutex<Workers>,
    /// Those that nobody uses at the moment.
    decompressors: Mutex<Vec<Decompressor>>,
}

impl Unpacker {
    /// With up to `threads` threads, the caller's included.
    pub fn new(threads: usize) -> Self {
        let workers = Mutex::new(Workers::new(threads));
        Unpacker { pool: Arc::default(), threads, workers, decompressors: Mutex::default() }
    }

    /// Decompresses buffers of `owners` into one block. An error comes with the index of its buffer, the first one that
    /// has one.
    pub fn unpack(&self, packed: &[Packed], owners: &[Bytes]) -> std::result::Result<AlignedBuffer, (usize, Error)> {
        let size = packed.iter().map(Packed::room).sum();
        let mut block = self.pool.take(size).map_err(|e| (0, e))?;
        let mut rest = block.as_mut();
        let mut pieces = Vec::with_capacity(packed.len());
        for buffer in packed {
            let (room, behind) = rest.split_at_mut(buffer.room());
            pieces.push(Mutex::new((room, Ok(()))));
            rest = behind;
        }
        let work = |index: usize| {
            let mut piece = pieces[index].lock().unwrap_or_else(PoisonError::into_inner);
            piece.1 = self.unpack_one(&packed[index], owners, piece.0);
        };
        self.run(packed, size, &work);
        for (index, piece) in pieces.into_iter().enumerate() {
            piece.into_inner().unwrap_or_else(PoisonError::into_inner).1.map_err(|e| (index, e))?;
        }
        Ok(block)
    }

    fn run(&self, packed: &[Packed], size: usize, work: &(dyn Fn(usize) + Sync)) {
        if self.threads > 1 && packed.len() > 1 && size >= WORTH_THREADS {
            let workers = match self.workers.try_lock() {
                Ok(workers) => Some(workers),
                Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
                // They work for another thread that reads: so does everybody who has one.
                Err(TryLockError::WouldBlock) => None,
            };
            if let Some(mut workers) = workers {
                // The largest first, so that nobody is left with one of them in the end.
                let mut order: Vec<usize> = (0..packed.len()).collect();
                order.sort_unstable_by_key(|index| Reverse(packed[*index].length));
                return workers.run(order.len(), &|_, piece| work(order[piece]));
            }
        }
        (0..packed.len()).for_each(work);
    }

    fn unpack_one(&self, packed: &Packed, owners: &[Bytes], room: &mut [u8]) -> Result<()> {
        let stored = packed.stored;
        let input = &owners[stored.owner as usize][stored.start..stored.start + stored.length];
        let idle = || self.decompressors.lock().unwrap_or_else(PoisonError::into_inner);
        let mut decompressor = idle().pop().unwrap_or_default();
        // The memory may have been used before, and what is behind a buffer should not tell.
        let (output, behind) = room.split_at_mut(packed.length);
        behind.fill(0);
        decompressor.decompress(packed.codec, input, output)?;
        idle().push(decompressor);
        packed.swap.in_place(output);
        Ok(())
    }
}
