//! Sinks: where the bytes of a writer go.
//!
//! A sink is made, handed to arrowipc_writer_open, arrowipc_writer_open_append or
//! arrowipc_tensor_writer_open, which consume it also on failure, and not touched again. What a sink is made of is consumed too: when one of the functions
//! below fails, callbacks are released and a descriptor that was to be closed is closed. A sink may move
//! between threads; it is used by one at a time.

use super::boundary::{self, Context};
use super::descriptor;
use super::error::arrowipc_error;
use crate::error::{Error, Result};
use crate::sink::{Callbacks, Sink};
use std::ffi::{OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt;

/// Bytes to functions of the caller.
///
/// All of them get the `ctx` that was given to arrowipc_sink_to_callbacks. Since 0.1
#[repr(C)]
#[derive(Clone, Copy)]
pub struct arrowipc_sink_callbacks {
    /// sizeof(arrowipc_sink_callbacks). A program sets the whole structure to zero first: members of a later
    /// version must be zero.
    pub struct_size: usize,
    /// Takes up to `n` bytes at `buf` and stores in `*out` how many it took. Returns 0, or an errno. Fewer
    /// than `n` bytes are fine, the call is repeated with the rest; none are an error.
    pub write: Option<unsafe extern "C" fn(ctx: *mut c_void, buf: *const u8, n: usize, out: *mut usize) -> i32>,
    /// Called by arrowipc_writer_finish after the last byte. Returns 0, or an errno. NULL: there is nothing
    /// to do.
    pub flush: Option<unsafe extern "C" fn(ctx: *mut c_void) -> i32>,
    /// Called once, by any thread, after the last use of the others. NULL: there is nothing to release.
    pub release: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
}

/// Output of a writer. Since 0.1
pub struct arrowipc_sink(pub(super) Sink);

/// A sink to memory that grows. The finished bytes are handed over by arrowipc_writer_take_memory. `*out` is
/// the caller's, for arrowipc_writer_open or arrowipc_sink_free. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_sink_to_memory(out: *mut *mut arrowipc_sink, err: *mut *mut arrowipc_error) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (out, err) = unsafe { (boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || hand_out(Sink::memory(), out))
}

/// A sink to the file at `path`, in the operating system's encoding. It is written beside and renamed to
/// `path` by arrowipc_writer_finish: a program that ends before leaves no half file under that name, and a
/// file that was there stays until then, and passes its permissions on; of a symbolic link the file behind it
/// is replaced. ARROWIPC_IO when the file cannot be made. `*out` is the caller's, for arrowipc_writer_open or
/// arrowipc_sink_free. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_sink_to_path(
    path: *const c_char,
    out: *mut *mut arrowipc_sink,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (path, out, err) =
        unsafe { (boundary::text(path, "path"), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (path, out) = (OsStr::from_bytes(path?.to_bytes()), out?);
        hand_out(Sink::path(path.as_ref())?, Ok(out))
    })
}

/// A sink to an open file descriptor: a file, pipe or socket, written from where it stands. With a
/// `close_on_free` that is not 0 the descriptor is closed when the sink or its writer is freed, also when
/// this function fails; otherwise it stays open and must stay so until then. A call that a signal interrupts
/// goes on, one on a descriptor that does not block (O_NONBLOCK) waits with poll(). Where nobody reads any
/// more the failure is ARROWIPC_IO with EPIPE: SIGPIPE is never raised, and what the program does about it is
/// left alone. `*out` is the caller's, for arrowipc_writer_open or arrowipc_sink_free. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_sink_to_fd(
    fd: i32,
    close_on_free: i32,
    out: *mut *mut arrowipc_sink,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the descriptor is left to the sink, as the header demands.
    let (fd, out, err) = unsafe { (descriptor::open(fd), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || hand_out(Sink::fd(fd?, close_on_free == 0), out))
}

/// A sink to functions of the caller. The structure is copied; `ctx` is handed to the functions and belongs
/// to the sink: `release` is called with it once, by any thread, when the sink or its writer is freed, also
/// when this function fails (unless `callbacks` is NULL or its struct_size is wrong). `write` must be there.
/// ARROWIPC_UNSUPPORTED when members are set that this version does not know. The functions must return: no
/// exceptions, no longjmp. `*out` is the caller's, for arrowipc_writer_open or arrowipc_sink_free. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_sink_to_callbacks(
    callbacks: *const arrowipc_sink_callbacks,
    ctx: *mut c_void,
    out: *mut *mut arrowipc_sink,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (functions, out, err) =
        unsafe { (boundary::sized(callbacks, "callbacks"), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let caller = Caller { functions: functions?, context: Context(ctx) };
        // SAFETY: the size was just read.
        unsafe { boundary::no_extension(callbacks, "callbacks") }?;
        if caller.functions.write.is_none() {
            return Err(Error::argument("callbacks->write is NULL"));
        }
        hand_out(Sink::callbacks(Box::new(caller)), out)
    })
}

/// Frees a sink that no writer was opened with; NULL is fine. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_sink_free(s: *mut arrowipc_sink) {
    // SAFETY: NULL or a sink that the caller owns, as the header demands.
    unsafe { boundary::free(s) }
}

fn hand_out(sink: Sink, out: Result<boundary::Out<*mut arrowipc_sink>>) -> Result<()> {
    out?.set(Box::into_raw(Box::new(arrowipc_sink(sink))));
    Ok(())
}

/// Functions of the caller, released when dropped.
struct Caller {
    functions: arrowipc_sink_callbacks,
    context: Context,
}

impl Callbacks for Caller {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let write = self.functions.write.ok_or_else(|| Error::argument("callbacks->write is NULL"))?;
        let mut taken = 0;
        // SAFETY: there are as many bytes as said; the context is the function's own.
        match unsafe { write(self.context.0, bytes.as_ptr(), bytes.len(), &mut taken) } {
            0 if taken <= bytes.len() => Ok(taken),
            0 => Err(Error::argument(format!("write callback took {taken} bytes of {}", bytes.len()))),
            errno => Err(Error::errno("write callback", errno)),
        }
    }

    fn flush(&mut self) -> Result<()> {
        let Some(flush) = self.functions.flush else { return Ok(()) };
        // SAFETY: the context is the function's own.
        match unsafe { flush(self.context.0) } {
            0 => Ok(()),
            errno => Err(Error::errno("flush callback", errno)),
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
