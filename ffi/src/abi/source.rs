//! Sources: where the bytes of a reader come from.
//!
//! A source is made, handed to arrowipc_reader_open, arrowipc_writer_open_append or
//! arrowipc_tensor_reader_open, which consume it also on failure, and not touched again. What a source is made of is consumed too: when one of the
//! functions below fails, memory and callbacks are released and a descriptor that was to be closed is
//! closed. A source may move between threads; it is used by one at a time.

use super::boundary::{self, Context};
use super::descriptor;
use super::error::arrowipc_error;
use crate::error::{Error, Result};
use crate::source::{Callbacks, Source};
use bytes::Bytes;
use std::ffi::{OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt;

/// Bytes from functions of the caller.
///
/// All of them get the `ctx` that was given to arrowipc_source_from_callbacks. Since 0.1
#[repr(C)]
#[derive(Clone, Copy)]
pub struct arrowipc_source_callbacks {
    /// sizeof(arrowipc_source_callbacks). A program sets the whole structure to zero first: members of a
    /// later version must be zero.
    pub struct_size: usize,
    /// Stores up to `n` bytes, those behind the last ones, at `buf` and their number in `*out`. Returns 0, or
    /// an errno. Fewer than `n` bytes are fine, the call is repeated; 0 bytes are the end. Never called by
    /// two threads at once.
    pub read: Option<unsafe extern "C" fn(ctx: *mut c_void, buf: *mut u8, n: usize, out: *mut usize) -> i32>,
    /// As `read`, from any offset, and without a change to where `read` goes on. Any thread may call it, also
    /// concurrently. NULL: the input can only be read forward.
    pub read_at:
        Option<unsafe extern "C" fn(ctx: *mut c_void, offset: u64, buf: *mut u8, n: usize, out: *mut usize) -> i32>,
    /// Stores the size of the whole input in `*out` and returns 0, or an errno; ESPIPE says that there is no
    /// size. NULL: the input can only be read forward.
    pub size: Option<unsafe extern "C" fn(ctx: *mut c_void, out: *mut u64) -> i32>,
    /// Called once, by any thread, after the last use of the others. NULL: there is nothing to release.
    pub release: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
}

/// Input of a reader. Since 0.1
pub struct arrowipc_source(pub(super) Source);

/// A source over `n` bytes of the caller's memory at `data`: nothing is copied unless it must be, arrays
/// point into it. The memory must not change until `release` is called with `ctx`: once, by any thread, when
/// the source, its reader and every array that came from it are gone, also when this function fails. With
/// NULL `release` the caller keeps the memory that long. NULL `data` is fine when `n` is 0. `*out` is the
/// caller's, for arrowipc_reader_open or arrowipc_source_free. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_source_from_memory(
    data: *const c_void,
    n: usize,
    release: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    ctx: *mut c_void,
    out: *mut *mut arrowipc_source,
    err: *mut *mut arrowipc_error,
) -> i32 {
    let memory = CallerMemory { data: data.cast(), length: n, release, context: Context(ctx) };
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (out, bytes, err) = unsafe {
        (boundary::out(out, "out"), boundary::slice(memory.data, n, "data").map(|_| ()), boundary::optional_out(err))
    };
    boundary::call(err, || {
        let memory = memory;
        bytes?;
        hand_out(Source::memory(Bytes::from_owner(memory)), out)
    })
}

/// A source over the file at `path`, in the operating system's encoding. With a `memory_map` that is not 0 it
/// is mapped and arrays point into the map, which is why nobody may truncate or change it until they are
/// gone: where a mapped file was truncated, a look at it ends the program with SIGBUS, whoever looks.
/// Otherwise it is read as needed, and truncation is an error. ARROWIPC_IO when the file cannot be opened.
/// `*out` is the caller's, for arrowipc_reader_open or arrowipc_source_free. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_source_from_path(
    path: *const c_char,
    memory_map: i32,
    out: *mut *mut arrowipc_source,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (path, out, err) =
        unsafe { (boundary::text(path, "path"), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let path = OsStr::from_bytes(path?.to_bytes());
        hand_out(Source::path(path.as_ref(), memory_map != 0)?, out)
    })
}

/// A source over an open file descriptor: a file, pipe or socket, read from where it stands. With a
/// `close_on_free` that is not 0 the descriptor is closed when the source or its reader is freed, also when
/// this function fails; otherwise it stays open and must stay so until then. A call that a signal interrupts
/// goes on; one on a descriptor that does not block (O_NONBLOCK) waits with poll() all the same, for which
/// programs that must not wait have the push decoder. A time limit of a socket (SO_RCVTIMEO) that runs out is
/// ARROWIPC_IO with EAGAIN. A pipe or socket that stays open is read no further than the stream goes; a file
/// that stays open is read ahead, and stands behind the stream once that has ended or the reader is freed.
/// `*out` is the caller's, for arrowipc_reader_open or arrowipc_source_free. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_source_from_fd(
    fd: i32,
    close_on_free: i32,
    out: *mut *mut arrowipc_source,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the descriptor is the caller's to give, as the
    // header demands.
    let (fd, out, err) = unsafe { (descriptor::open(fd), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || hand_out(Source::fd(fd?, close_on_free == 0), out))
}

/// A source over functions of the caller. The structure is copied; `ctx` is handed to the functions and
/// belongs to the source: `release` is called with it once, by any thread, when the source or its reader is
/// freed, also when this function fails (unless `callbacks` is NULL or its struct_size is wrong). `read` must
/// be there. A file can be read in any order only with both `read_at` and `size`. ARROWIPC_UNSUPPORTED when
/// members are set that this version does not know. The functions must return: no exceptions, no longjmp.
/// `*out` is the caller's, for arrowipc_reader_open or arrowipc_source_free. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_source_from_callbacks(
    callbacks: *const arrowipc_source_callbacks,
    ctx: *mut c_void,
    out: *mut *mut arrowipc_source,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (functions, out, err) =
        unsafe { (boundary::sized(callbacks, "callbacks"), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let caller = Caller { functions: functions?, context: Context(ctx) };
        // SAFETY: the size was just read.
        unsafe { boundary::no_extension(callbacks, "callbacks") }?;
        if caller.functions.read.is_none() {
            return Err(Error::argument("callbacks->read is NULL"));
        }
        hand_out(Source::callbacks(Box::new(caller)), out)
    })
}

/// Frees a source that no reader was opened with; NULL is fine. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_source_free(s: *mut arrowipc_source) {
    // SAFETY: NULL or a source that the caller owns, as the header demands.
    unsafe { boundary::free(s) }
}

fn hand_out(source: Source, out: Result<boundary::Out<*mut arrowipc_source>>) -> Result<()> {
    out?.set(Box::into_raw(Box::new(arrowipc_source(source))));
    Ok(())
}

/// Memory of the caller, released when dropped.
struct CallerMemory {
    data: *const u8,
    length: usize,
    release: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    context: Context,
}

// SAFETY: the memory does not change, and the header demands that `release` may be called by any thread.
unsafe impl Send for CallerMemory {}

impl AsRef<[u8]> for CallerMemory {
    fn as_ref(&self) -> &[u8] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: the header demands that so many bytes are there until `release` is called, which `drop` does;
        // NULL and impossible lengths were refused.
        unsafe { std::slice::from_raw_parts(self.data, self.length) }
    }
}

impl Drop for CallerMemory {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the first and only call, after the last use of the memory.
            unsafe { release(self.context.0) }
        }
    }
}

/// Functions of the caller, released when dropped.
struct Caller {
    functions: arrowipc_source_callbacks,
    context: Context,
}

/// What a callback answered: its errno, or how many bytes of `asked` it stored.
fn answer(action: &str, errno: i32, stored: usize, asked: usize) -> Result<usize> {
    match errno {
        0 if stored <= asked => Ok(stored),
        0 => Err(Error::argument(format!("{action} stored {stored} bytes where there is room for {asked}"))),
        errno => Err(Error::errno(action, errno)),
    }
}

impl Callbacks for Caller {
    fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.functions.read.ok_or_else(|| Error::argument("callbacks->read is NULL"))?;
        let mut stored = 0;
        // SAFETY: the buffer has room for as many bytes as it is said to have; the context is the function's own.
        let errno = unsafe { read(self.context.0, buffer.as_mut_ptr(), buffer.len(), &mut stored) };
        answer("read callback", errno, stored, buffer.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let read_at = self.functions.read_at.ok_or_else(|| Error::argument("callbacks->read_at is NULL"))?;
        let mut stored = 0;
        // SAFETY: the buffer has room for as many bytes as it is said to have; the context is the function's own.
        let errno = unsafe { read_at(self.context.0, offset, buffer.as_mut_ptr(), buffer.len(), &mut stored) };
        answer("read_at callback", errno, stored, buffer.len())
    }

    fn size(&self) -> Result<Option<u64>> {
        let (Some(size), Some(_)) = (self.functions.size, self.functions.read_at) else {
            return Ok(None);
        };
        let mut bytes = 0;
        // SAFETY: the output lives as long as the call; the context is the function's own.
        match unsafe { size(self.context.0, &mut bytes) } {
            0 => Ok(Some(bytes)),
            libc::ESPIPE => Ok(None),
            errno => Err(Error::errno("size callback", errno)),
        }
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        if let Some(release) = self.functions.release {
            // SAFETY: the first and only call, after the last use of the other functions.
            unsafe { release(self.context.0) }
        }
    }
}
