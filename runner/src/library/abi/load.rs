//! A loaded shared library.

use std::ffi::{CStr, CString, c_char};
use std::path::{Path, PathBuf};

use libloading::os::unix::{RTLD_LOCAL, RTLD_NOW};

use super::failure::Failure;
use super::symbols::{ErrorHandle, MissingSymbol, Symbols};

/// A shared library with the C ABI of `arrowipc.h`.
///
/// It is never unloaded: arrays that it exported carry release callbacks into it, and outlive every handle.
#[derive(Clone, Copy)]
pub struct Library {
    symbols: &'static Symbols,
}

/// Why a shared library cannot be hosted.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The dynamic linker refuses it.
    #[error("{path} cannot be loaded: {reason}", path = path.display())]
    Open {
        /// The library.
        path: PathBuf,
        /// What the dynamic linker says.
        reason: libloading::Error,
    },
    /// It has another ABI.
    #[error("{path} {reason}; expected every function of arrowipc.h", path = path.display())]
    Symbol {
        /// The library.
        path: PathBuf,
        /// The first function that is missing.
        reason: MissingSymbol,
    },
}

impl Library {
    /// Loads the library at `path`, a file name relative to the working directory, and finds its functions.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        // A bare file name would send the dynamic linker to its search path.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // SAFETY: loading runs the initialisers of the library. To run the code of that library is what this host is asked for.
        let library = unsafe { libloading::os::unix::Library::open(Some(&path), RTLD_NOW | RTLD_LOCAL) };
        let library = library.map_err(|reason| LoadError::Open { path: path.clone(), reason })?;
        // SAFETY: a library that exports these names implements arrowipc.h, which says their types. It stays loaded, see below.
        let symbols = unsafe { Symbols::resolve(&library) };
        let symbols = symbols.map_err(|reason| LoadError::Symbol { path, reason })?;
        std::mem::forget(library);
        Ok(Self { symbols: Box::leak(Box::new(symbols)) })
    }

    /// Version of the library, `major.minor.patch`.
    pub fn version(self) -> String {
        // SAFETY: `arrowipc_version` has no preconditions, its result is a constant of the library.
        unsafe { text((self.symbols.version)()) }.unwrap_or_default()
    }

    /// Whether the library was built with an optional part: `lz4`, `zstd`, `mmap`.
    pub fn has_feature(self, name: &CStr) -> bool {
        // SAFETY: `name` ends in NUL and is only read.
        unsafe { (self.symbols.has_feature)(name.as_ptr()) != 0 }
    }

    /// Bytes that the library holds in the whole process.
    pub fn memory_current(self) -> i64 {
        // SAFETY: `arrowipc_memory_current` has no preconditions.
        unsafe { (self.symbols.memory_current)() }
    }

    /// Most bytes that the library held since the last [`Library::reset_memory_peak`].
    pub fn memory_peak(self) -> i64 {
        // SAFETY: `arrowipc_memory_peak` has no preconditions.
        unsafe { (self.symbols.memory_peak)(0) }
    }

    /// Starts a new measurement of [`Library::memory_peak`] at what is held now.
    pub fn reset_memory_peak(self) {
        // SAFETY: as above.
        unsafe { (self.symbols.memory_peak)(1) };
    }

    pub(super) fn symbols(self) -> &'static Symbols {
        self.symbols
    }

    /// Makes one call that answers a status and, with a failure, an error.
    pub(super) fn call(self, function: impl FnOnce(&Symbols, *mut *mut ErrorHandle) -> i32) -> Result<(), Failure> {
        let mut error = std::ptr::null_mut();
        match function(self.symbols, &mut error) {
            0 => Ok(()),
            // SAFETY: `error` is NULL or the error that the call made.
            code => Err(unsafe { Failure::take(self, code, error) }),
        }
    }
}

/// A copy of a string of the library; `None` when it is NULL.
///
/// # Safety
///
/// `pointer` is NULL or points to a string that ends in NUL.
pub(super) unsafe fn text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not NULL; the caller vouches for the end.
    Some(unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}

/// `path` for a function of the library.
pub(super) fn c_path(library: Library, path: &Path) -> Result<CString, Failure> {
    CString::new(path.as_os_str().as_encoded_bytes())
        .map_err(|_| Failure::of_host(library, format!("the path {path:?} contains a NUL byte")))
}
