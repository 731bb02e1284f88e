//! Input of a reader.

use std::ffi::c_void;
use std::io;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use super::failure::Failure;
use super::load::{Library, c_path};
use super::symbols::{ErrorHandle, SourceCallbacks, SourceHandle, Symbols};

/// An `arrowipc_source` object.
pub struct Source {
    library: Library,
    handle: *mut SourceHandle,
}

/// Functions of the caller that a source reads through.
pub trait Input: Send + Sync {
    /// Reads what follows the last read; fewer bytes than asked for are fine, 0 is the end.
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize>;
    /// Reads at `offset`, by any thread; fewer bytes than asked for are fine.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// Size of the whole input.
    fn size(&self) -> io::Result<u64>;
}

impl Source {
    /// A block of memory, which lives until the last array that points into it is released.
    pub fn from_memory(library: Library, bytes: Arc<[u8]>) -> Result<Self, Failure> {
        let (data, length) = (bytes.as_ptr().cast(), bytes.len());
        // An `Arc<[u8]>` is a wide pointer; the callback gets a thin one.
        let context = Box::into_raw(Box::new(bytes)).cast();
        Self::make(library, |symbols, out, error| {
            // SAFETY: the block is valid until the release callback takes the box back, which the library does once,
            // also when the call fails.
            unsafe { (symbols.source_from_memory)(data, length, Some(release_memory), context, out, error) }
        })
    }

    /// A file, read or mapped.
    pub fn from_path(library: Library, path: &Path, memory_map: bool) -> Result<Self, Failure> {
        let path = c_path(library, path)?;
        Self::make(library, |symbols, out, error| {
            // SAFETY: the path ends in NUL and is only read during the call.
            unsafe { (symbols.source_from_path)(path.as_ptr(), memory_map.into(), out, error) }
        })
    }

    /// An open file descriptor, read from its position on and closed by the library.
    pub fn from_fd(library: Library, fd: OwnedFd) -> Result<Self, Failure> {
        let fd = fd.into_raw_fd();
        Self::make(library, |symbols, out, error| {
            // SAFETY: the descriptor is open and now belongs to the library, which closes it, also when the call fails.
            unsafe { (symbols.source_from_fd)(fd, 1, out, error) }
        })
    }

    /// Functions of the caller: reading on, reading at an offset, and the size.
    pub fn from_callbacks(library: Library, input: Box<dyn Input>) -> Result<Self, Failure> {
        let callbacks = SourceCallbacks {
            struct_size: size_of::<SourceCallbacks>(),
            read,
            read_at: Some(read_at),
            size: Some(size),
            release: Some(release_input),
        };
        let context = Box::into_raw(Box::new(input)).cast();
        Self::make(library, |symbols, out, error| {
            // SAFETY: the context is what the callbacks expect, valid until the release callback takes it back, which the
            // library does once, also when the call fails.
            unsafe { (symbols.source_from_callbacks)(&callbacks, context, out, error) }
        })
    }

    fn make(
        library: Library,
        function: impl FnOnce(&Symbols, *mut *mut SourceHandle, *mut *mut ErrorHandle) -> i32,
    ) -> Result<Self, Failure> {
        let mut handle = std::ptr::null_mut();
        library.call(|symbols, error| function(symbols, &mut handle, error))?;
        Ok(Self { library, handle })
    }

    pub(super) fn library(&self) -> Library {
        self.library
    }

    /// Hands the object to a function that consumes it.
    pub(super) fn into_raw(self) -> *mut SourceHandle {
        std::mem::ManuallyDrop::new(self).handle
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // SAFETY: the handle was made for this value and not consumed.
        unsafe { (self.library.symbols().source_free)(self.handle) };
    }
}

unsafe extern "C" fn release_memory(context: *mut c_void) {
    // SAFETY: the context is the box that `from_memory` made; the library releases it once.
    drop(unsafe { Box::from_raw(context.cast::<Arc<[u8]>>()) });
}

unsafe extern "C" fn release_input(context: *mut c_void) {
    // SAFETY: the context is the box that `from_callbacks` made; the library releases it once.
    drop(unsafe { Box::from_raw(context.cast::<Box<dyn Input>>()) });
}

unsafe extern "C" fn read(context: *mut c_void, buffer: *mut u8, n: usize, out: *mut usize) -> i32 {
    // SAFETY: the context is the box that `from_callbacks` made; `buffer` has room for `n` bytes.
    unsafe { fill(buffer, n, out, |buffer| (*context.cast::<Box<dyn Input>>()).read(buffer)) }
}

unsafe extern "C" fn read_at(context: *mut c_void, offset: u64, buffer: *mut u8, n: usize, out: *mut usize) -> i32 {
    // SAFETY: as for `read`.
    unsafe { fill(buffer, n, out, |buffer| (*context.cast::<Box<dyn Input>>()).read_at(offset, buffer)) }
}

unsafe extern "C" fn size(context: *mut c_void, out: *mut u64) -> i32 {
    // SAFETY: the context is the box that `from_callbacks` made; `out` is valid for a write.
    unsafe { answer(out, (*context.cast::<Box<dyn Input>>()).size()) }
}

/// Lets `read` fill a buffer of the library, which may not have been written yet.
///
/// # Safety
///
/// `buffer` has room for `n` bytes, `out` for its count.
unsafe fn fill(buffer: *mut u8, n: usize, out: *mut usize, read: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> i32 {
    let count = if n == 0 {
        read(&mut [])
    } else {
        // SAFETY: the room is the caller's promise; the zeros make every byte of it initialised.
        read(unsafe {
            buffer.write_bytes(0, n);
            std::slice::from_raw_parts_mut(buffer, n)
        })
    };
    // SAFETY: the caller's promise.
    unsafe { answer(out, count) }
}

/// Turns a result into what a callback answers: 0 and the value, or an `errno`.
///
/// # Safety
///
/// `out` is valid for a write.
pub(super) unsafe fn answer<T>(out: *mut T, result: io::Result<T>) -> i32 {
    match result {
        Ok(value) => {
            // SAFETY: the caller's promise.
            unsafe { out.write(value) };
            0
        }
        Err(error) => errno(&error),
    }
}

/// `errno` of an error; EIO when it is not the operating system's.
pub(super) fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(rustix::io::Errno::IO.raw_os_error())
}
