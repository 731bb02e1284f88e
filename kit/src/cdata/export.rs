//! Arrays → C structs.

use std::ffi::c_void;
use std::ptr;

use super::abi::ArrowArray;
use super::buffer::Buffer;
use super::build::Array;

/// What an exported array owns, behind its `private_data`.
struct Private {
    /// Owners of the memory that `pointers` point to.
    _buffers: Vec<Option<Buffer>>,
    pointers: Vec<*const c_void>,
    /// Each from `Box::into_raw`.
    children: Vec<*mut ArrowArray>,
    /// From `Box::into_raw`, or NULL.
    dictionary: *mut ArrowArray,
}

/// The array as a C struct, which owns it. Children and dictionary may be moved out by a consumer; they own what is
/// theirs.
pub(super) fn export(array: Array) -> ArrowArray {
    let on_heap = |array: Array| Box::into_raw(Box::new(export(array)));
    let pointers = array.buffers.iter().map(|buffer| buffer.as_ref().map_or(ptr::null(), Buffer::as_ptr)).collect();
    let mut private = Box::new(Private {
        pointers,
        _buffers: array.buffers,
        children: array.children.into_iter().map(on_heap).collect(),
        dictionary: array.dictionary.map_or(ptr::null_mut(), |dictionary| on_heap(*dictionary)),
    });
    ArrowArray {
        length: array.length as i64,
        null_count: array.null_count,
        offset: array.offset as i64,
        n_buffers: private.pointers.len() as i64,
        n_children: private.children.len() as i64,
        buffers: private.pointers.as_mut_ptr(),
        children: private.children.as_mut_ptr(),
        dictionary: private.dictionary,
        release: Some(release),
        private_data: Box::into_raw(private).cast(),
    }
}

/// # Safety
///
/// `array` points to a struct that `export` made, possibly moved since, and not released yet.
unsafe extern "C" fn release(array: *mut ArrowArray) {
    // SAFETY: valid and not shared, by the contract of release callbacks.
    let array = unsafe { &mut *array };
    array.release = None;
    // SAFETY: `export` made it from a box, and nobody took it back, since `release` was set until now.
    let private = unsafe { Box::from_raw(array.private_data.cast::<Private>()) };
    for child in private.children.iter().copied().chain(Some(private.dictionary).filter(|child| !child.is_null())) {
        // SAFETY: from `Box::into_raw`. A child that was moved out is marked as released, so that dropping it does
        // nothing.
        drop(unsafe { Box::from_raw(child) });
    }
}
