//! Memory: what the library holds, and blocks that it hands out.
//!
//! Any thread may call these functions.

use super::boundary;
use crate::error::{Error, Result};
use crate::memory;
use std::alloc::Layout;
use std::ffi::c_char;
use std::ptr;

/// Bytes that this library holds in the whole process: buffers that it read or decompressed, output in memory
/// and what it allocates besides. The caller's memory, memory maps and the working memory of the ZSTD codec
/// do not count. 0 again once everything that came from the library was freed and released. Since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn arrowipc_memory_current() -> i64 {
    boundary::value(0, memory::current)
}

/// The most that arrowipc_memory_current ever was, since the start of the process or the last reset. With a
/// reset that is not 0, the count starts anew from the current value after this call. Since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn arrowipc_memory_peak(reset: i32) -> i64 {
    boundary::value(0, || memory::peak(reset != 0))
}

/// Frees the block that arrowipc_writer_take_memory or arrowipc_tensor_writer_take_memory handed out, with
/// the size that came with it; NULL is fine. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_memory_free(data: *mut u8, n: usize) {
    if !data.is_null() {
        // SAFETY: the header demands both as `hand_out` gave them.
        drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(data, n)) });
    }
}

/// Frees the metadata that arrowipc_reader_batch_metadata handed out; NULL is fine. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_metadata_free(metadata: *mut c_char) {
    if metadata.is_null() {
        return;
    }
    // SAFETY: the header demands a block of `hand_out_metadata`, which starts with its size this far before.
    unsafe {
        let block = metadata.cast::<u8>().sub(SIZE_BYTES);
        let size = block.cast::<usize>().read();
        std::alloc::dealloc(block, Layout::from_size_align_unchecked(size, align_of::<usize>()));
    }
}

/// Gives bytes to the caller, who frees them with [`arrowipc_memory_free`].
pub(super) fn hand_out(bytes: Vec<u8>) -> (*mut u8, usize) {
    let bytes = bytes.into_boxed_slice();
    let length = bytes.len();
    (Box::into_raw(bytes).cast(), length)
}

/// Before metadata lies the size of the block.
const SIZE_BYTES: usize = size_of::<usize>();

/// Gives metadata to the caller, who frees them with [`arrowipc_metadata_free`].
pub(super) fn hand_out_metadata(encoded: &[u8]) -> Result<*mut c_char> {
    let size = SIZE_BYTES + encoded.len();
    let layout = Layout::from_size_align(size, align_of::<usize>()).map_err(|_| Error::out_of_memory(size as u64))?;
    // SAFETY: the layout has a size that is not 0.
    let block = unsafe { std::alloc::alloc(layout) };
    if block.is_null() {
        return Err(Error::out_of_memory(size as u64));
    }
    // SAFETY: the block has room for the size and, behind it, the metadata; it is aligned for the size.
    unsafe {
        block.cast::<usize>().write(size);
        let metadata = block.add(SIZE_BYTES);
        metadata.copy_from_nonoverlapping(encoded.as_ptr(), encoded.len());
        Ok(metadata.cast())
    }
}
