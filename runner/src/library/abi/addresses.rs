//! Where the buffers of an array lie.

use std::ffi::c_void;
use std::ops::Range;

use arrowipc_kit::cdata::ArrowArray;
use arrowipc_kit::value::{DataType, Field};

/// The members of the C Data Interface's `struct ArrowArray` up to the last that is looked at.
#[repr(C)]
struct Layout {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *const *const c_void,
    children: *const *const Layout,
    dictionary: *const Layout,
}

/// Whether every buffer of a batch, of its children and dictionaries lies in one of the regions.
///
/// What is not in an IPC body does not count: absent buffers, buffers of arrays without slots, and the lengths of the data buffers
/// that the C Data Interface adds to views.
pub fn lie_in(batch: &ArrowArray, fields: &[Field], regions: &[Range<usize>]) -> bool {
    let batch: *const ArrowArray = batch;
    // SAFETY: an `ArrowArray` is the C struct that starts as `Layout` does. Who made it promised that what it counts is there; in a
    // released one all counts are 0.
    unsafe {
        let columns = list((*batch.cast::<Layout>()).children, (*batch.cast::<Layout>()).n_children);
        columns.len() == fields.len()
            && columns.iter().zip(fields).all(|(column, field)| column_lies_in(&**column, field, regions))
    }
}

/// # Safety
///
/// What the array and its children count is there.
unsafe fn column_lies_in(array: &Layout, field: &Field, regions: &[Range<usize>]) -> bool {
    // SAFETY: the caller's promise.
    let (mut buffers, children, dictionary) = unsafe {
        (list(array.buffers, array.n_buffers), list(array.children, array.n_children), array.dictionary.as_ref())
    };
    if array.length + array.offset == 0 {
        buffers = &[];
    }
    if matches!(field.data_type, DataType::BinaryView | DataType::Utf8View) && field.dictionary.is_none() {
        buffers = buffers.split_last().map_or(buffers, |(_, in_body)| in_body);
    }
    let inside = |buffer: &*const c_void| regions.iter().any(|region| region.contains(&buffer.addr()));
    buffers.iter().filter(|buffer| !buffer.is_null()).all(inside)
        && match dictionary {
            // SAFETY: the caller's promise, for what belongs to the array.
            Some(dictionary) => unsafe { column_lies_in(dictionary, &field.dictionary_values(), regions) },
            None => children.iter().zip(&field.children).all(|(child, field)| {
                // SAFETY: as above.
                unsafe { column_lies_in(&**child, field, regions) }
            }),
        }
}

/// # Safety
///
/// There are `length` elements at `start`, unless it is 0.
unsafe fn list<'a, T>(start: *const T, length: i64) -> &'a [T] {
    match usize::try_from(length) {
        // SAFETY: the caller's promise.
        Ok(length) if length > 0 && !start.is_null() => unsafe { std::slice::from_raw_parts(start, length) },
        _ => &[],
    }
}
