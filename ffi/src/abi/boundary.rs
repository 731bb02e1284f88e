//! Where C meets Rust: panics, NULL, the error out-parameter, poisoned handles.
//!
//! Every function of the interface has the same shape: one `unsafe` block turns its pointers into checked
//! arguments, [`call`] runs the rest, which is safe, and turns its result into a status.

use super::error::arrowipc_error;
use super::status::ARROWIPC_OK;
use crate::error::{Code, Error, Result};
use std::any::Any;
use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs the body of a function that answers a status: failures and panics go to `*err`, unless that is NULL.
pub(super) fn call(err: Option<Out<*mut arrowipc_error>>, body: impl FnOnce() -> Result<()>) -> i32 {
    match catch(body) {
        Ok(()) => ARROWIPC_OK,
        Err(error) => {
            let status = error.code as i32;
            if let Some(err) = err {
                err.set(Box::into_raw(Box::new(arrowipc_error::new(error))));
            }
            status
        }
    }
}

/// Runs the body of a function that answers a value, `otherwise` when it panics.
pub(super) fn value<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch(|| Ok(body())).unwrap_or(otherwise)
}

/// Runs `body`, a panic becoming an error.
fn catch<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    // What `body` could leave half changed is either dropped with it or behind a `Guarded`.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| Err(panicked(&*payload)))
}

fn panicked(payload: &(dyn Any + Send)) -> Error {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text");
    Error::new(Code::Internal, format!("bug in arrowipc, please report it: {text}"))
}

/// What a handle holds. After a panic nobody reaches it any more: every call answers [`Code::Internal`].
pub(super) struct Guarded<T> {
    value: T,
    poisoned: AtomicBool,
}

impl<T> Guarded<T> {
    pub(super) fn new(value: T) -> Self {
        Guarded { value, poisoned: AtomicBool::new(false) }
    }

    /// Runs `body` on the value; other threads may do so at the same time.
    pub(super) fn with<R>(&self, body: impl FnOnce(&T) -> Result<R>) -> Result<R> {
        Self::run(&self.poisoned, || body(&self.value))
    }

    /// Runs `body` on the value alone.
    pub(super) fn with_mut<R>(&mut self, body: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        let Guarded { value, poisoned } = self;
        Self::run(poisoned, || body(value))
    }

    fn run<R>(poisoned: &AtomicBool, body: impl FnOnce() -> Result<R>) -> Result<R> {
        if poisoned.load(Ordering::Acquire) {
            return Err(Error::new(
                Code::Internal,
                "the handle cannot be used after a bug in an earlier call, free it",
            ));
        }
        match catch_unwind(AssertUnwindSafe(body)) {
            Ok(result) => result,
            Err(payload) => {
                poisoned.store(true, Ordering::Release);
                Err(panicked(&*payload))
            }
        }
    }
}

/// Where a result goes. It is written, never read: the memory may hold anything before.
pub(super) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// Stores the result.
    pub(super) fn set(self, value: T) {
        // SAFETY: whoever made this `Out` promised that the pointer is valid for writes during the call.
        unsafe { self.0.write(value) }
    }
}

/// An output that must be given.
///
/// # Safety
/// `pointer` is NULL or valid for writes until the call ends.
pub(super) unsafe fn out<T>(pointer: *mut T, name: &str) -> Result<Out<T>> {
    NonNull::new(pointer).map(Out).ok_or_else(|| null(name))
}

/// An output that may be NULL.
///
/// # Safety
/// `pointer` is NULL or valid for writes until the call ends.
pub(super) unsafe fn optional_out<T>(pointer: *mut T) -> Option<Out<T>> {
    NonNull::new(pointer).map(Out)
}

/// Where a structure goes of which the caller may know more members, or fewer, than this library.
pub(super) struct OutBytes<T> {
    pointer: NonNull<T>,
    size: usize,
}

impl<T: Copy> OutBytes<T> {
    /// Stores what fits of the structure and zeros behind it.
    pub(super) fn set(self, value: T) {
        let target = self.pointer.as_ptr().cast::<u8>();
        let known = self.size.min(size_of::<T>());
        // SAFETY: whoever made this promised that the pointer is valid for writes of `size` bytes during the call.
        unsafe {
            target.copy_from_nonoverlapping((&raw const value).cast(), known);
            target.add(known).write_bytes(0, self.size - known);
        }
    }
}

/// An output of `size` bytes that must be given.
///
/// # Safety
/// `pointer` is NULL or valid for writes of `size` bytes until the call ends.
pub(super) unsafe fn out_bytes<T>(pointer: *mut T, size: usize, name: &str) -> Result<OutBytes<T>> {
    NonNull::new(pointer).map(|pointer| OutBytes { pointer, size }).ok_or_else(|| null(name))
}

/// A handle or structure that is read, maybe by several threads.
///
/// # Safety
/// `pointer` is NULL or valid for reads until the call ends.
pub(super) unsafe fn shared<'a, T>(pointer: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: NULL or valid by the contract of this function.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// A handle that is used by this call alone.
///
/// # Safety
/// `pointer` is NULL or valid until the call ends, and no other call uses it meanwhile.
pub(super) unsafe fn exclusive<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T> {
    // SAFETY: NULL or valid and unaliased by the contract of this function.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(name))
}

/// A handle that the call takes over.
///
/// # Safety
/// `pointer` is NULL or came from `Box::into_raw` and is not used again.
pub(super) unsafe fn consumed<T>(pointer: *mut T, name: &str) -> Result<Box<T>> {
    match pointer.is_null() {
        true => Err(null(name)),
        // SAFETY: not NULL, hence a box by the contract of this function.
        false => Ok(unsafe { Box::from_raw(pointer) }),
    }
}

/// Frees a handle; NULL is fine.
///
/// # Safety
/// `pointer` is NULL or came from `Box::into_raw` and is not used again.
pub(super) unsafe fn free<T>(pointer: *mut T) {
    // SAFETY: passed on.
    let handle = unsafe { consumed(pointer, "") };
    value((), || drop(handle));
}

/// A text.
///
/// # Safety
/// `pointer` is NULL or points to a NUL-terminated text that stays as it is until the call ends.
pub(super) unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Result<&'a CStr> {
    match pointer.is_null() {
        true => Err(null(name)),
        // SAFETY: not NULL, hence NUL-terminated by the contract of this function.
        false => Ok(unsafe { CStr::from_ptr(pointer) }),
    }
}

/// An array of `length` elements; NULL is fine when there are none.
///
/// # Safety
/// `pointer` is NULL or points to `length` elements that stay as they are until the call ends.
pub(super) unsafe fn slice<'a, T>(pointer: *const T, length: usize, name: &str) -> Result<&'a [T]> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(null(name));
    }
    if length > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(Error::argument(format!("{name} has {length} elements, more than fit into memory")));
    }
    // SAFETY: not NULL, valid by the contract of this function, and not larger than an object may be.
    Ok(unsafe { std::slice::from_raw_parts(pointer, length) })
}

/// The largest size of a structure of callbacks that is believed: more is taken for memory that was never
/// set.
const MAX_STRUCT_SIZE: usize = 1024;

/// A structure that starts with its own size in bytes (`struct_size`), which may be more than this library
/// knows of.
///
/// # Safety
/// `pointer` is NULL or points to as many bytes as its first member says.
pub(super) unsafe fn sized<T: Copy>(pointer: *const T, name: &str) -> Result<T> {
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: not NULL, and the first member is the size.
    let size = unsafe { pointer.cast::<usize>().read() };
    let known = size_of::<T>();
    if !(known..=MAX_STRUCT_SIZE).contains(&size) {
        return Err(Error::argument(format!(
            "{name}->struct_size is {size}, expected sizeof *{name}, which is {known}"
        )));
    }
    // SAFETY: the structure is at least as large as T.
    Ok(unsafe { pointer.read() })
}

/// Checks that a structure of a later version asks for nothing that this library does not know.
///
/// # Safety
/// [`sized`] succeeded on the same pointer.
pub(super) unsafe fn no_extension<T: Copy>(pointer: *const T, name: &str) -> Result<()> {
    // SAFETY: `sized` read the size, and the structure has that many bytes.
    let bytes = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), pointer.cast::<usize>().read()) };
    match bytes[size_of::<T>()..].iter().all(|&byte| byte == 0) {
        true => Ok(()),
        false => Err(Error::unsupported(format!("{name} sets members that this version of arrowipc does not know"))),
    }
}

/// A pointer of the caller that goes back to the caller's functions and is not looked at.
#[derive(Clone, Copy)]
pub(super) struct Context(pub(super) *mut c_void);

impl Context {
    /// The pointer; a closure that calls this holds the whole context, which may cross threads.
    pub(super) fn pointer(self) -> *mut c_void {
        self.0
    }
}

// SAFETY: the header demands that callbacks and their context may be used from any thread.
unsafe impl Send for Context {}
// SAFETY: as above; where calls may be concurrent the header says so.
unsafe impl Sync for Context {}

fn null(name: &str) -> Error {
    Error::argument(format!("{name} is NULL"))
}
