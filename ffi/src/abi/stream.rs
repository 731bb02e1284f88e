//! Streams: a reader as an ArrowArrayStream, and the error behind one.
//!
//! The stream obeys the C Stream Interface: calls on it are exclusive, its callbacks return 0 or an errno.
//! These are EINVAL for the caller's bugs, malformed data, limits and bugs of this library, ENOTSUP for
//! ARROWIPC_UNSUPPORTED, ENOMEM for ARROWIPC_OUT_OF_MEMORY, ECANCELED for ARROWIPC_CANCELLED, and for
//! ARROWIPC_IO the errno of the operating system or the callback, or EIO.

use super::boundary;
use super::c_data::{ArrowArray, ArrowArrayStream, ArrowSchema, CStructure, Owned};
use super::error::arrowipc_error;
use super::reader::arrowipc_reader;
use crate::error::{Code, Error, Result};
use std::ffi::{CStr, c_char, c_int};
use std::ptr;

/// What a stream that was made of a reader holds.
struct State {
    reader: arrowipc_reader,
    error: Option<arrowipc_error>,
}

impl State {
    /// Keeps the error of a callback's body and answers its errno.
    fn answer(&mut self, result: Result<()>) -> c_int {
        self.error = None;
        match result {
            Ok(()) => 0,
            Err(error) => {
                let errno = errno(&error);
                self.error = Some(arrowipc_error::new(error));
                errno
            }
        }
    }
}

fn errno(error: &Error) -> c_int {
    match error.code {
        Code::InvalidArgument | Code::InvalidState | Code::InvalidData | Code::LimitExceeded | Code::Internal => {
            libc::EINVAL
        }
        Code::Unsupported => libc::ENOTSUP,
        Code::OutOfMemory => libc::ENOMEM,
        Code::Cancelled => libc::ECANCELED,
        Code::Io if error.errno != 0 => error.errno,
        Code::Io => libc::EIO,
    }
}

/// Makes an ArrowArrayStream of a reader. `r` is consumed, also on failure, and freed when the stream is
/// released. `*out` is not looked at before and is the caller's to release. Batches that the reader handed
/// out before are not repeated. Schemas and arrays that the stream hands out stay valid when it is released.
/// Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_into_stream(
    r: *mut arrowipc_reader,
    out: *mut ArrowArrayStream,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the reader is the caller's to give, as the header demands.
    let (reader, out, err) =
        unsafe { (boundary::consumed(r, "r"), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (reader, out) = (reader?, out?);
        let state = Box::new(State { reader: *reader, error: None });
        out.set(ArrowArrayStream {
            get_schema: Some(export_get_schema),
            get_next: Some(export_get_next),
            get_last_error: Some(export_get_last_error),
            release: Some(export_release),
            private_data: Box::into_raw(state).cast(),
        });
        Ok(())
    })
}

/// The error behind a stream of arrowipc_reader_into_stream whose last callback failed: more than its errno
/// and get_last_error tell. Borrowed from the stream until the next call on it: do not free it. NULL when the
/// last callback did not fail, when the stream is released or not from this library, and for NULL. A call on
/// the stream, hence exclusive. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_error_from_stream(stream: *mut ArrowArrayStream) -> *const arrowipc_error {
    // SAFETY: NULL or a stream, maybe released, as the header demands.
    let state = unsafe { state(stream) };
    state.and_then(|state| state.error.as_ref()).map_or(ptr::null(), ptr::from_ref)
}

/// The state of a stream that was made here; `None` for NULL, released ones and those of others.
///
/// # Safety
/// `stream` is NULL or a stream, maybe released, and no other call uses it during this one.
unsafe fn state<'a>(stream: *mut ArrowArrayStream) -> Option<&'a mut State> {
    // SAFETY: NULL or valid by the contract of this function.
    let stream = unsafe { stream.as_ref() }?;
    let ours: unsafe extern "C" fn(*mut ArrowArrayStream) = export_release;
    match stream.release {
        // SAFETY: `arrowipc_reader_into_stream` set both members.
        Some(release) if ptr::fn_addr_eq(release, ours) => unsafe { stream.private_data.cast::<State>().as_mut() },
        _ => None,
    }
}

unsafe extern "C" fn export_get_schema(stream: *mut ArrowArrayStream, out: *mut ArrowSchema) -> c_int {
    // SAFETY: the C Stream Interface demands a live stream, used by this call alone, and a valid output.
    let (Some(state), out) = (unsafe { (state(stream), boundary::out(out, "out")) }) else { return libc::EINVAL };
    boundary::value(libc::EINVAL, || {
        let result = out.and_then(|out| {
            out.set(state.reader.schema()?);
            Ok(())
        });
        state.answer(result)
    })
}

unsafe extern "C" fn export_get_next(stream: *mut ArrowArrayStream, out: *mut ArrowArray) -> c_int {
    // SAFETY: the C Stream Interface demands a live stream, used by this call alone, and a valid output.
    let (Some(state), out) = (unsafe { (state(stream), boundary::out(out, "out")) }) else { return libc::EINVAL };
    boundary::value(libc::EINVAL, || {
        let result = out.and_then(|out| {
            let (batch, _metadata) = state.reader.next()?;
            out.set(batch);
            Ok(())
        });
        state.answer(result)
    })
}

unsafe extern "C" fn export_get_last_error(stream: *mut ArrowArrayStream) -> *const c_char {
    // SAFETY: the C Stream Interface demands a live stream, used by this call alone.
    let state = unsafe { state(stream) };
    state.and_then(|state| state.error.as_ref()).map_or(ptr::null(), arrowipc_error::message)
}

unsafe extern "C" fn export_release(stream: *mut ArrowArrayStream) {
    // SAFETY: the C Stream Interface demands a stream, used by this call alone.
    let Some(state) = (unsafe { state(stream) }) else { return };
    // SAFETY: `state` found the stream valid and the state to be its own, a box that is given back here once.
    let state = unsafe {
        (*stream).release = None;
        (*stream).private_data = ptr::null_mut();
        Box::from_raw(state)
    };
    boundary::value((), || drop(state));
}

/// The schema of a stream of anybody's.
pub(super) fn get_schema(stream: &mut Owned<ArrowArrayStream>) -> Result<Owned<ArrowSchema>> {
    let Some(get_schema) = stream.get_schema else { return Err(Error::argument("stream->get_schema is NULL")) };
    let mut schema = ArrowSchema::RELEASED;
    // SAFETY: the stream is live and used by this call alone; the output is valid.
    let errno = unsafe { get_schema(stream.as_mut_ptr(), &mut schema) };
    if errno != 0 {
        return Err(failure(stream, "get_schema", errno));
    }
    // SAFETY: the C Stream Interface gives the schema to the caller of `get_schema`.
    unsafe { Owned::take(&mut schema, "schema of the stream") }
}

/// The next batch of a stream of anybody's; `None` at the end.
pub(super) fn get_next(stream: &mut Owned<ArrowArrayStream>) -> Result<Option<Owned<ArrowArray>>> {
    let Some(get_next) = stream.get_next else { return Err(Error::argument("stream->get_next is NULL")) };
    let mut array = ArrowArray::RELEASED;
    // SAFETY: the stream is live and used by this call alone; the output is valid.
    let errno = unsafe { get_next(stream.as_mut_ptr(), &mut array) };
    match (errno, array.release) {
        (0, None) => Ok(None),
        // SAFETY: the C Stream Interface gives the array to the caller of `get_next`.
        (0, Some(_)) => Ok(Some(unsafe { Owned::new(array) })),
        _ => Err(failure(stream, "get_next", errno)),
    }
}

/// What a failed callback of a stream has to tell.
fn failure(stream: &mut Owned<ArrowArrayStream>, callback: &str, errno: c_int) -> Error {
    // SAFETY: the stream is live and used by this call alone.
    if let Some(error) = unsafe { state(stream.as_mut_ptr()) }.and_then(|state| state.error.as_ref()) {
        return error.error().clone();
    }
    let mut error = Error::errno(&format!("{callback} of the stream"), errno);
    if let Some(get_last_error) = stream.get_last_error {
        // SAFETY: the last callback failed, which is when this one may be called.
        let text = unsafe { get_last_error(stream.as_mut_ptr()) };
        if !text.is_null() {
            // SAFETY: the C Stream Interface demands a NUL-terminated text that lives until the next callback.
            let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
            error.message = format!("{}: {text}", error.message);
        }
    }
    error
}
