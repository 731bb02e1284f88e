//! Blocks that are used again.

use super::AlignedBuffer;
use crate::error::Result;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most blocks that wait to be used again.
const BLOCKS: usize = 4;
/// Most bytes that they have together.
const BYTES: usize = 64 << 20;

/// The buffers of one reader: one whose arrays are released serves the next batch, so that its memory is neither asked
/// of the system nor brought in page by page again. They are freed with the reader, at the latest.
#[derive(Debug, Default)]
pub struct Pool(Mutex<Vec<AlignedBuffer>>);

impl Pool {
    fn blocks(&self) -> MutexGuard<'_, Vec<AlignedBuffer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A buffer of `length` bytes that comes back when it is dropped; they are zeros, or what it held before.
    pub fn take(self: &Arc<Self>, length: usize) -> Result<AlignedBuffer> {
        // One that is much too large is kept for larger ones: it would be held for little.
        let fits = length..=length.saturating_mul(2).max(64 << 10);
        let mut blocks = self.blocks();
        let found =
            (0..blocks.len()).filter(|i| fits.contains(&blocks[*i].capacity())).min_by_key(|i| blocks[*i].capacity());
        let found = found.map(|index| blocks.swap_remove(index));
        drop(blocks);
        let buffer = match found {
            Some(buffer) => buffer,
            None => AlignedBuffer::zeroed(length)?,
        };
        Ok(buffer.of(length, Arc::downgrade(self)))
    }

    /// Keeps a buffer, or a larger one in place of the smallest.
    pub(super) fn give(&self, buffer: AlignedBuffer) {
        let mut blocks = self.blocks();
        blocks.push(buffer);
        while blocks.len() > BLOCKS || blocks.iter().map(AlignedBuffer::capacity).sum::<usize>() > BYTES {
            let smallest = (0..blocks.len()).min_by_key(|i| blocks[*i].capacity()).unwrap_or(0);
            blocks.swap_remove(smallest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(buffer: &AlignedBuffer) -> *const u8 {
        buffer.as_ref().as_ptr()
    }

    #[test]
    fn a_buffer_is_used_again_once_the_last_of_its_bytes_is_dropped() {
        let pool = Arc::new(Pool::default());
        let first = pool.take(100_000).unwrap();
        let place = address(&first);
        let bytes = first.into_bytes();
        let part = bytes.slice(5..9);
        drop(bytes);
        let second = pool.take(100_000).unwrap();
        assert_ne!(address(&second), place);
        drop(part);
        let third = pool.take(90_000).unwrap();
        assert_eq!((address(&third), third.as_ref().len()), (place, 90_000));
    }

    #[test]
    fn a_buffer_is_not_used_for_much_less_nor_for_more() {
        let pool = Arc::new(Pool::default());
        drop(pool.take(1 << 20).unwrap());
        for other in [1 << 18, (1 << 20) + 1] {
            assert_eq!(pool.take(other).unwrap().capacity(), other);
        }
    }

    #[test]
    fn few_blocks_wait_and_the_largest_stay() {
        let pool = Arc::new(Pool::default());
        let buffers: Vec<_> = (1..=BLOCKS + 1).map(|size| pool.take(size << 20).unwrap()).collect();
        drop(buffers);
        let kept: usize = pool.blocks().iter().map(AlignedBuffer::capacity).sum();
        assert_eq!(kept, (2..=BLOCKS + 1).sum::<usize>() << 20);
        drop(pool.take(BYTES + 1).unwrap());
        assert!(pool.blocks().is_empty());
    }

    #[test]
    fn buffers_outlive_their_pool() {
        let pool = Arc::new(Pool::default());
        let mut buffer = pool.take(10).unwrap();
        drop(pool);
        buffer.as_mut().fill(1);
        assert_eq!(buffer.into_bytes(), [1; 10][..]);
    }
}
