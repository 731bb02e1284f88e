//! Arrays → C structs.

use std::collections::hash_map::DefaultHasher;
use std::ffi::c_void;
use std::hash::Hasher;
use std::ptr;

use super::abi::ArrowArray;
use super::buffer::Buffer;
use super::build::Array;
use super::faults;
use super::ledger::{Ledger, Parent, Ticket};

/// What an exported array points to.
pub(super) struct Memory {
    buffers: Vec<Option<Buffer>>,
    /// Of the buffers when the array was made.
    hash: u64,
    buffer_table: Vec<*const c_void>,
    child_table: Vec<*mut ArrowArray>,
}

/// Lengths of the tables of pointers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tables {
    pub(super) buffers: usize,
    pub(super) children: usize,
}

impl Memory {
    pub(super) fn tables(&self) -> Tables {
        Tables { buffers: self.buffer_table.len(), children: self.child_table.len() }
    }
}

// SAFETY: the tables lie here for their memory alone; nobody follows them through this struct.
unsafe impl Send for Memory {}

/// The arrays that were handed out.
pub(super) static ARRAYS: Ledger<ArrowArray, Memory> = Ledger::new();

/// The array as a C struct, which owns it. Children and dictionary may be moved out by a consumer; they own what is
/// theirs.
pub(super) fn export(array: Array) -> ArrowArray {
    export_below(array, None)
}

fn export_below(array: Array, parent: Option<Parent<ArrowArray>>) -> ArrowArray {
    let ticket = Ticket::next();
    let place = |array| Ledger::<_, Memory>::place(ticket, |parent| export_below(array, Some(parent)));
    let address = |buffer: &Option<Buffer>| buffer.as_ref().map_or(ptr::null(), Buffer::as_ptr);
    let mut buffers: Vec<_> = array.buffers.iter().map(address).collect();
    let mut children: Vec<_> = array.children.into_iter().map(place).collect();
    let dictionary = array.dictionary.map(|dictionary| place(*dictionary));
    let exported = ArrowArray {
        length: array.length as i64,
        null_count: array.null_count,
        offset: array.offset as i64,
        n_buffers: buffers.len() as i64,
        n_children: children.len() as i64,
        buffers: buffers.as_mut_ptr(),
        children: children.as_mut_ptr(),
        dictionary: dictionary.unwrap_or(ptr::null_mut()),
        release: Some(release),
        private_data: ticket.private_data(),
    };
    let owned = children.iter().copied().chain(dictionary).collect();
    let hash = hash(&array.buffers);
    ARRAYS.enter(
        ticket,
        Memory { buffers: array.buffers, hash, buffer_table: buffers, child_table: children },
        owned,
        parent,
    );
    exported
}

fn hash(buffers: &[Option<Buffer>]) -> u64 {
    let mut hasher = DefaultHasher::new();
    buffers.iter().flatten().for_each(|buffer| hasher.write(buffer.memory()));
    hasher.finish()
}

/// # Safety
///
/// `array` points to a struct that `export` made, possibly moved since.
unsafe extern "C" fn release(array: *mut ArrowArray) {
    // SAFETY: valid and not shared, by the contract of release callbacks.
    let Some(memory) = (unsafe { ARRAYS.release(&mut *array) }) else { return };
    if hash(&memory.buffers) != memory.hash {
        faults::note("cdata-immutable", "the consumer wrote to a buffer that it was given");
    }
}
