//! Output of a writer.

use std::ffi::c_void;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::path::Path;

use super::failure::Failure;
use super::load::{Library, c_path};
use super::source::{answer, errno};
use super::symbols::{ErrorHandle, SinkCallbacks, SinkHandle, Symbols};

/// An `arrowipc_sink` object; `'a` is the descriptor it borrows, if it does.
pub struct Sink<'a> {
    library: Library,
    handle: *mut SinkHandle,
    borrowed: std::marker::PhantomData<BorrowedFd<'a>>,
}

/// Functions of the caller that a sink writes through.
pub trait Output: Send {
    /// Takes up to all of `bytes` and says how many.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Called after the last byte.
    fn flush(&mut self) -> io::Result<()>;
}

impl<'a> Sink<'a> {
    /// Memory, which [`super::writer::Finished::take_memory`] hands over.
    pub fn to_memory(library: Library) -> Result<Self, Failure> {
        // SAFETY: both outputs are valid for the call.
        Self::make(library, |symbols, out, error| unsafe { (symbols.sink_to_memory)(out, error) })
    }

    /// A file.
    pub fn to_path(library: Library, path: &Path) -> Result<Self, Failure> {
        let path = c_path(library, path)?;
        Self::make(library, |symbols, out, error| {
            // SAFETY: the path ends in NUL and is only read during the call.
            unsafe { (symbols.sink_to_path)(path.as_ptr(), out, error) }
        })
    }

    /// An open file descriptor, which stays open.
    pub fn to_fd(library: Library, fd: BorrowedFd<'a>) -> Result<Self, Failure> {
        Self::make(library, |symbols, out, error| {
            // SAFETY: the descriptor stays open as long as the sink and its writer live.
            unsafe { (symbols.sink_to_fd)(fd.as_raw_fd(), 0, out, error) }
        })
    }

    /// An open file descriptor, closed by the library.
    pub fn to_owned_fd(library: Library, fd: OwnedFd) -> Result<Self, Failure> {
        let fd = fd.into_raw_fd();
        Self::make(library, |symbols, out, error| {
            // SAFETY: the descriptor is open and now belongs to the library, which closes it, also when the call fails.
            unsafe { (symbols.sink_to_fd)(fd, 1, out, error) }
        })
    }

    /// Functions of the caller.
    pub fn to_callbacks(library: Library, output: Box<dyn Output>) -> Result<Self, Failure> {
        let callbacks = SinkCallbacks {
            struct_size: size_of::<SinkCallbacks>(),
            write,
            flush: Some(flush),
            release: Some(release),
        };
        let context = Box::into_raw(Box::new(output)).cast();
        Self::make(library, |symbols, out, error| {
            // SAFETY: the context is what the callbacks expect, valid until the release callback takes it back, which the
            // library does once, also when the call fails.
            unsafe { (symbols.sink_to_callbacks)(&callbacks, context, out, error) }
        })
    }

    fn make(
        library: Library,
        function: impl FnOnce(&Symbols, *mut *mut SinkHandle, *mut *mut ErrorHandle) -> i32,
    ) -> Result<Self, Failure> {
        let mut handle = std::ptr::null_mut();
        library.call(|symbols, error| function(symbols, &mut handle, error))?;
        Ok(Self { library, handle, borrowed: std::marker::PhantomData })
    }

    pub(super) fn library(&self) -> Library {
        self.library
    }

    /// Hands the object to a function that consumes it.
    pub(super) fn into_raw(self) -> *mut SinkHandle {
        std::mem::ManuallyDrop::new(self).handle
    }
}

impl Drop for Sink<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle was made for this value and not consumed.
        unsafe { (self.library.symbols().sink_free)(self.handle) };
    }
}

unsafe extern "C" fn write(context: *mut c_void, buffer: *const u8, n: usize, out: *mut usize) -> i32 {
    // SAFETY: `buffer` holds `n` bytes; NULL stands for none.
    let bytes = if n == 0 { &[] } else { unsafe { std::slice::from_raw_parts(buffer, n) } };
    // SAFETY: the context is the box that `to_callbacks` made, used by one thread at a time; `out` is valid for a write.
    unsafe { answer(out, (*context.cast::<Box<dyn Output>>()).write(bytes)) }
}

unsafe extern "C" fn flush(context: *mut c_void) -> i32 {
    // SAFETY: as for `write`.
    let result = unsafe { (*context.cast::<Box<dyn Output>>()).flush() };
    result.map_or_else(|error| errno(&error), |()| 0)
}

unsafe extern "C" fn release(context: *mut c_void) {
    // SAFETY: the context is the box that `to_callbacks` made; the library releases it once.
    drop(unsafe { Box::from_raw(context.cast::<Box<dyn Output>>()) });
}
