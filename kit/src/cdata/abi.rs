//! The structs of the Arrow C Data and C Stream Interfaces.
//!
//! Each owns what its release callback frees: a dropped struct is released unless it was before. A struct leaves Rust
//! by `ptr::write` to the C caller's memory and enters by `take`, which leaves a released one behind, as the
//! interface says a move does.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;

use super::faults;

/// `struct ArrowSchema`: a type, with name, metadata and children.
#[repr(C)]
pub struct ArrowSchema {
    pub(super) format: *const c_char,
    pub(super) name: *const c_char,
    pub(super) metadata: *const c_char,
    pub(super) flags: i64,
    pub(super) n_children: i64,
    pub(super) children: *mut *mut ArrowSchema,
    pub(super) dictionary: *mut ArrowSchema,
    pub(super) release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    pub(super) private_data: *mut c_void,
}

/// `struct ArrowArray`: buffers and children of an array.
#[repr(C)]
pub struct ArrowArray {
    pub(super) length: i64,
    pub(super) null_count: i64,
    pub(super) offset: i64,
    pub(super) n_buffers: i64,
    pub(super) n_children: i64,
    pub(super) buffers: *mut *const c_void,
    pub(super) children: *mut *mut ArrowArray,
    pub(super) dictionary: *mut ArrowArray,
    pub(super) release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    pub(super) private_data: *mut c_void,
}

/// `struct ArrowArrayStream`: a schema and arrays of it, one at a time. Not to be used by two threads at once.
#[repr(C)]
pub struct ArrowArrayStream {
    pub(super) get_schema: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowSchema) -> c_int>,
    pub(super) get_next: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowArray) -> c_int>,
    pub(super) get_last_error: Option<unsafe extern "C" fn(*mut ArrowArrayStream) -> *const c_char>,
    pub(super) release: Option<unsafe extern "C" fn(*mut ArrowArrayStream)>,
    pub(super) private_data: *mut c_void,
}

/// `ARROW_FLAG_DICTIONARY_ORDERED`
pub(super) const FLAG_DICTIONARY_ORDERED: i64 = 1;
/// `ARROW_FLAG_NULLABLE`
pub(super) const FLAG_NULLABLE: i64 = 2;
/// `ARROW_FLAG_MAP_KEYS_SORTED`
pub(super) const FLAG_MAP_KEYS_SORTED: i64 = 4;

impl ArrowSchema {
    /// A released schema: a place for a callee to write one to.
    pub fn released() -> Self {
        ArrowSchema {
            format: ptr::null(),
            name: ptr::null(),
            metadata: ptr::null(),
            flags: 0,
            n_children: 0,
            children: ptr::null_mut(),
            dictionary: ptr::null_mut(),
            release: None,
            private_data: ptr::null_mut(),
        }
    }

    /// Whether there is nothing left to release.
    pub fn is_released(&self) -> bool {
        self.release.is_none()
    }

    /// Moves the schema out of a C caller's struct.
    ///
    /// # Safety
    ///
    /// `from` is NULL or points to an initialised schema of the C Data Interface that nobody else uses meanwhile.
    pub unsafe fn take(from: *mut ArrowSchema) -> Self {
        if from.is_null() {
            return Self::released();
        }
        // SAFETY: initialised and not shared, by the caller's promise.
        unsafe { ptr::replace(from, Self::released()) }
    }
}

impl Drop for ArrowSchema {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: not released before; the callback may be given any address the struct was moved to.
            unsafe { release(self) }
            if self.release.is_some() {
                faults::note(
                    "cdata-release-null-marks-released",
                    "the release callback of an ArrowSchema does not mark it as released",
                );
            }
        }
    }
}

impl ArrowArray {
    /// A released array: a place for a callee to write one to.
    pub fn released() -> Self {
        ArrowArray {
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
        }
    }

    /// Number of rows, where the array is a record batch; a negative length has none.
    pub fn rows(&self) -> u64 {
        u64::try_from(self.length).unwrap_or(0)
    }

    /// Whether there is nothing left to release. A stream ends with a released array.
    pub fn is_released(&self) -> bool {
        self.release.is_none()
    }

    /// Moves the array out of a C caller's struct.
    ///
    /// # Safety
    ///
    /// `from` is NULL or points to an initialised array of the C Data Interface that nobody else uses meanwhile.
    pub unsafe fn take(from: *mut ArrowArray) -> Self {
        if from.is_null() {
            return Self::released();
        }
        // SAFETY: initialised and not shared, by the caller's promise.
        unsafe { ptr::replace(from, Self::released()) }
    }
}

impl Drop for ArrowArray {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: not released before; the callback may be given any address the struct was moved to.
            unsafe { release(self) }
            if self.release.is_some() {
                faults::note(
                    "cdata-release-null-marks-released",
                    "the release callback of an ArrowArray does not mark it as released",
                );
            }
        }
    }
}

impl ArrowArrayStream {
    /// A released stream: a place for a callee to write one to.
    pub fn released() -> Self {
        ArrowArrayStream {
            get_schema: None,
            get_next: None,
            get_last_error: None,
            release: None,
            private_data: ptr::null_mut(),
        }
    }

    /// Whether there is nothing left to release.
    pub fn is_released(&self) -> bool {
        self.release.is_none()
    }

    /// Moves the stream out of a C caller's struct.
    ///
    /// # Safety
    ///
    /// `from` is NULL or points to an initialised stream of the C Stream Interface that nobody else uses meanwhile.
    pub unsafe fn take(from: *mut ArrowArrayStream) -> Self {
        if from.is_null() {
            return Self::released();
        }
        // SAFETY: initialised and not shared, by the caller's promise.
        unsafe { ptr::replace(from, Self::released()) }
    }
}

impl Drop for ArrowArrayStream {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: not released before; the callback may be given any address the struct was moved to.
            unsafe { release(self) }
            if self.release.is_some() {
                faults::note(
                    "cstream-release",
                    "the release callback of an ArrowArrayStream does not mark it as released",
                );
            }
        }
    }
}
