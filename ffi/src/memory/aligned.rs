//! Buffers that start at a multiple of 64 bytes.

use super::Pool;
use crate::error::{Error, Result};
use bytes::Bytes;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;
use std::sync::Weak;

/// Alignment that the columnar format recommends.
const ALIGNMENT: usize = 64;

/// A block of memory, zeros at first, that starts at a multiple of 64 bytes.
#[derive(Debug)]
pub struct AlignedBuffer {
    block: NonNull<u8>,
    skipped: usize,
    /// Bytes that there is room for.
    capacity: usize,
    /// Bytes that are used.
    length: usize,
    /// Where the block goes when it is dropped.
    home: Option<Weak<Pool>>,
}

// SAFETY: the block is owned by this value alone, like that of a `Vec<u8>`.
unsafe impl Send for AlignedBuffer {}
// SAFETY: shared access only reads.
unsafe impl Sync for AlignedBuffer {}

impl AlignedBuffer {
    /// The block is a little longer and aligned to 8 only: for such layouts the system allocator hands out large
    /// blocks as untouched pages, where a 64-byte layout would make it write zeros.
    fn layout(length: usize) -> Option<Layout> {
        Layout::from_size_align(length.checked_add(ALIGNMENT)?, 8).ok()
    }

    /// Allocates `length` zero bytes, or says that there is no memory.
    pub fn zeroed(length: usize) -> Result<Self> {
        let failed = || Error::out_of_memory(length as u64);
        let layout = Self::layout(length).ok_or_else(failed)?;
        // SAFETY: the layout has a size of at least 64.
        let block = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or_else(failed)?;
        let skipped = block.as_ptr().align_offset(ALIGNMENT);
        Ok(AlignedBuffer { block, skipped, capacity: length, length, home: None })
    }

    /// Bytes that there is room for.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The buffer, with `length` of its bytes in use, or all, that goes to `home` when it is dropped.
    pub(super) fn of(mut self, length: usize, home: Weak<Pool>) -> Self {
        self.length = length.min(self.capacity);
        self.home = Some(home);
        self
    }

    /// A copy of `bytes`.
    pub fn copy_of(bytes: &[u8]) -> Result<Self> {
        let mut copy = Self::zeroed(bytes.len())?;
        copy.as_mut().copy_from_slice(bytes);
        Ok(copy)
    }

    /// Shared ownership of the memory.
    pub fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for AlignedBuffer {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `skipped < 64`, and `length <= capacity`, so the range lies in the block of `capacity + 64` bytes, which are initialised
        // (zeroed).
        unsafe { std::slice::from_raw_parts(self.block.as_ptr().add(self.skipped), self.length) }
    }
}

impl AsMut<[u8]> for AlignedBuffer {
    fn as_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `as_ref`; `&mut self` makes the access exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.block.as_ptr().add(self.skipped), self.length) }
    }
}

impl Drop for AlignedBuffer {
    fn drop(&mut self) {
        if let Some(pool) = self.home.take().and_then(|home| home.upgrade()) {
            let AlignedBuffer { block, skipped, capacity, length, .. } = *self;
            pool.give(AlignedBuffer { block, skipped, capacity, length, home: None });
            return;
        }
        if let Some(layout) = Self::layout(self.capacity) {
            // SAFETY: the block was allocated with this layout.
            unsafe { dealloc(self.block.as_ptr(), layout) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_at_a_multiple_of_64_and_holds_zeros() {
        for length in [0, 1, 63, 64, 65, 1 << 20] {
            let buffer = AlignedBuffer::zeroed(length).unwrap();
            assert_eq!(buffer.as_ref().as_ptr() as usize % 64, 0);
            assert_eq!(buffer.as_ref().len(), length);
            assert!(buffer.as_ref().iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn an_impossible_size_is_an_error() {
        for length in [usize::MAX, usize::MAX / 2, 1 << 60] {
            assert_eq!(AlignedBuffer::zeroed(length).unwrap_err().code, crate::Code::OutOfMemory);
        }
    }
}
