//! The structures of the Arrow C Data Interface and the Arrow C Stream Interface.
//!
//! Source: `docs/source/format/CDataInterface.rst` and `CStreamInterface.rst` of apache/arrow. The header
//! takes them from the canonical text there, not from here. They are plain memory: nothing is released when
//! one goes out of scope, which is what [`Owned`] is for.

use crate::error::{Error, Result};
use std::ffi::{c_char, c_int, c_void};
use std::ops::Deref;
use std::ptr;

/// A field marks its dictionary's order as meaningful.
pub const ARROW_FLAG_DICTIONARY_ORDERED: i64 = 1;
/// A field may hold nulls.
pub const ARROW_FLAG_NULLABLE: i64 = 2;
/// A map's keys are sorted in each slot.
pub const ARROW_FLAG_MAP_KEYS_SORTED: i64 = 4;

/// Type and metadata of an array.
#[repr(C)]
#[derive(Debug)]
pub struct ArrowSchema {
    /// The type as a format string, never NULL.
    pub format: *const c_char,
    /// The field's name in UTF-8, or NULL.
    pub name: *const c_char,
    /// Pairs of key and value, each with its length as an int32 of the machine's byte order in front, or NULL.
    pub metadata: *const c_char,
    /// A sum of `ARROW_FLAG_…`.
    pub flags: i64,
    /// Number of children.
    pub n_children: i64,
    /// As many pointers to the children, or NULL without any.
    pub children: *mut *mut ArrowSchema,
    /// The type of the values, where `format` is that of their indices; else NULL.
    pub dictionary: *mut ArrowSchema,
    /// Frees what the members lead to, children included; NULL once that is done.
    pub release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    /// The producer's own.
    pub private_data: *mut c_void,
}

/// Buffers of an array.
#[repr(C)]
#[derive(Debug)]
pub struct ArrowArray {
    /// Slots, those before `offset` not counted.
    pub length: i64,
    /// Nulls among them, or -1 when nobody has counted.
    pub null_count: i64,
    /// Slots to pass over in front, in every buffer.
    pub offset: i64,
    /// Number of buffers.
    pub n_buffers: i64,
    /// Number of children.
    pub n_children: i64,
    /// As many pointers to the buffers; that of a bitmap may be NULL where nothing is null.
    pub buffers: *mut *const c_void,
    /// As many pointers to the children, or NULL without any.
    pub children: *mut *mut ArrowArray,
    /// The values that the slots are indices of; else NULL.
    pub dictionary: *mut ArrowArray,
    /// Frees what the members lead to, children included; NULL once that is done.
    pub release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    /// The producer's own.
    pub private_data: *mut c_void,
}

/// Batches one after the other. The callbacks return 0 or an errno, and are called one at a time.
#[repr(C)]
#[derive(Debug)]
pub struct ArrowArrayStream {
    /// Gives the schema, which is the caller's to release.
    pub get_schema: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowSchema) -> c_int>,
    /// Gives the next batch, which is the caller's to release, or a released one at the end.
    pub get_next: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowArray) -> c_int>,
    /// The text of the last failure, or NULL; the stream's, until it is called again.
    pub get_last_error: Option<unsafe extern "C" fn(*mut ArrowArrayStream) -> *const c_char>,
    /// Ends the stream; NULL once that is done.
    pub release: Option<unsafe extern "C" fn(*mut ArrowArrayStream)>,
    /// The producer's own.
    pub private_data: *mut c_void,
}

/// What the three structures have in common: a release callback, NULL once released.
pub trait CStructure: Sized {
    /// A released structure.
    const RELEASED: Self;
    /// The release callback.
    fn release_callback(&self) -> Option<unsafe extern "C" fn(*mut Self)>;
}

impl CStructure for ArrowSchema {
    const RELEASED: Self = ArrowSchema {
        format: ptr::null(),
        name: ptr::null(),
        metadata: ptr::null(),
        flags: 0,
        n_children: 0,
        children: ptr::null_mut(),
        dictionary: ptr::null_mut(),
        release: None,
        private_data: ptr::null_mut(),
    };

    fn release_callback(&self) -> Option<unsafe extern "C" fn(*mut Self)> {
        self.release
    }
}

impl CStructure for ArrowArray {
    const RELEASED: Self = ArrowArray {
        length: 0,
        null_count: 0,
        offset: 0,
        n_buffers: 0,
        n_children: 0,
        buffers: ptr::null_mut(),
        children: ptr::null_mut(),
        dictionary: ptr::null_mut(),
        release: None,
        private_data: ptr::null_mut(),
    };

    fn release_callback(&self) -> Option<unsafe extern "C" fn(*mut Self)> {
        self.release
    }
}

impl CStructure for ArrowArrayStream {
    const RELEASED: Self = ArrowArrayStream {
        get_schema: None,
        get_next: None,
        get_last_error: None,
        release: None,
        private_data: ptr::null_mut(),
    };

    fn release_callback(&self) -> Option<unsafe extern "C" fn(*mut Self)> {
        self.release
    }
}

/// A structure that belongs to this library until it is dropped, which releases it, or handed out.
pub(super) struct Owned<T: CStructure>(T);

impl<T: CStructure> Owned<T> {
    /// Owns `structure`, which its producer filled as the C Data Interface demands.
    ///
    /// # Safety
    /// The release callback may be called with a pointer to a bitwise copy of `structure`, from any thread,
    /// and nobody else does.
    pub(super) unsafe fn new(structure: T) -> Self {
        Owned(structure)
    }

    /// Moves the structure out of the caller's memory, where a released one stays behind.
    ///
    /// # Safety
    /// `structure` is NULL or points to a structure that is valid or released.
    pub(super) unsafe fn take(structure: *mut T, name: &str) -> Result<Self> {
        if structure.is_null() {
            return Err(Error::argument(format!("{name} is NULL")));
        }
        // SAFETY: not NULL, hence valid by the contract of this function; moving is allowed by the C Data Interface.
        let taken = Owned(unsafe { ptr::replace(structure, T::RELEASED) });
        match taken.0.release_callback() {
            Some(_) => Ok(taken),
            None => Err(Error::argument(format!("{name} was already released"))),
        }
    }

    /// The structure, which now is the receiver's to release.
    pub(super) fn into_inner(mut self) -> T {
        std::mem::replace(&mut self.0, T::RELEASED)
    }

    /// For the callbacks of a stream, which change it.
    pub(super) fn as_mut_ptr(&mut self) -> *mut T {
        &mut self.0
    }
}

impl<T: CStructure> Deref for Owned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: CStructure> Drop for Owned<T> {
    fn drop(&mut self) {
        if let Some(release) = self.0.release_callback() {
            // SAFETY: the structure is live and owned; a release callback takes a pointer to its own structure.
            unsafe { release(&mut self.0) }
        }
    }
}
