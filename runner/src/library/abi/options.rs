//! Options of readers and writers.

use super::failure::Failure;
use super::load::Library;
use super::symbols::OptionsHandle;

/// An `arrowipc_options` object.
pub struct Options {
    library: Library,
    handle: *mut OptionsHandle,
}

impl Options {
    /// The defaults.
    pub fn new(library: Library) -> Self {
        // SAFETY: `arrowipc_options_new` has no preconditions; what it made belongs to this value alone.
        Self { library, handle: unsafe { (library.symbols().options_new)() } }
    }

    /// Sets an integer option, see [`super::symbols::key`].
    pub fn set(&mut self, key: i32, value: i64) -> Result<(), Failure> {
        // SAFETY: the handle is the one made by `new`.
        self.library.call(|symbols, error| unsafe { (symbols.options_set_int)(self.handle, key, value, error) })
    }

    /// Restricts a reader to these top-level columns.
    pub fn set_columns(&mut self, indices: &[i32]) -> Result<(), Failure> {
        self.library.call(|symbols, error| {
            // SAFETY: the handle is the one made by `new`; the indices are copied by the call.
            unsafe { (symbols.options_set_columns)(self.handle, indices.as_ptr(), indices.len(), error) }
        })
    }

    pub(super) fn as_ptr(&self) -> *const OptionsHandle {
        self.handle
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: the handle is the one made by `new`; readers and writers have copied what they need.
        unsafe { (self.library.symbols().options_free)(self.handle) };
    }
}
