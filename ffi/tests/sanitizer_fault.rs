//! A fault on purpose, which shows ci/sanitizers that AddressSanitizer is on.

mod support;

use arrowipc::abi::{reader, source};
use std::ptr::null_mut;
use support::batches::all_batches;
use support::write_ours;

#[test]
#[ignore = "reads behind a block of memory: to be run under AddressSanitizer only"]
fn the_library_is_given_a_block_that_is_too_short() {
    let (schema, batches) = all_batches();
    let bytes = write_ours(&schema, &batches, &[]).unwrap();
    let half = Box::<[u8]>::from(&bytes[..bytes.len() / 2]);
    let (mut from, mut handle) = (null_mut(), null_mut());
    // SAFETY: none; the length is wrong, which is the fault.
    unsafe {
        source::arrowipc_source_from_memory(half.as_ptr().cast(), bytes.len(), None, null_mut(), &mut from, null_mut());
        reader::arrowipc_reader_open(from, std::ptr::null(), &mut handle, null_mut());
        let mut array = arrow_array::ffi::FFI_ArrowArray::empty();
        while reader::arrowipc_reader_next(handle, (&raw mut array).cast(), null_mut(), null_mut()) == 0
            && !array.is_released()
        {
            array = arrow_array::ffi::FFI_ArrowArray::empty();
        }
        reader::arrowipc_reader_free(handle);
    }
}
