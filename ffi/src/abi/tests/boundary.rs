//! Panics, NULL, poisoned handles, structures with sizes.

use super::super::boundary::{self, Guarded};
use super::super::error::*;
use super::super::source::{arrowipc_source, arrowipc_source_callbacks, arrowipc_source_from_callbacks};
use super::super::status::*;
use super::told;
use crate::error::Error;
use std::ffi::{CStr, c_void};
use std::ptr;

#[test]
fn panic_becomes_an_error() {
    let mut err: *mut arrowipc_error = ptr::null_mut();
    // SAFETY: a valid output; the error is freed once.
    unsafe {
        let status = boundary::call(boundary::optional_out(&mut err), || panic!("at {}", 7));
        assert_eq!((status, arrowipc_error_code(err)), (ARROWIPC_INTERNAL, ARROWIPC_INTERNAL));
        let message = CStr::from_ptr(arrowipc_error_message(err));
        assert_eq!(message, c"bug in arrowipc, please report it: at 7");
        arrowipc_error_free(err);
    }
}

#[test]
fn panic_poisons_the_handle() {
    let mut guarded = Guarded::new(1);
    assert_eq!(guarded.with(|value| Ok(*value)).unwrap(), 1);
    assert_eq!(told(guarded.with::<()>(|_| Err(Error::argument("a usual error")))), "InvalidArgument: a usual error");
    assert_eq!(guarded.with_mut(|value| Ok(*value)).unwrap(), 1);
    assert_eq!(told(guarded.with::<()>(|_| panic!("once"))), "Internal: bug in arrowipc, please report it: once");
    let refused = "Internal: the handle cannot be used after a bug in an earlier call, free it";
    assert_eq!(told(guarded.with(|value| Ok(*value))), refused);
    assert_eq!(told(guarded.with_mut(|value| Ok(*value))), refused);
}

#[test]
fn error_without_out_parameter_is_not_made() {
    assert_eq!(boundary::call(None, || Err(Error::state("nobody asks"))), ARROWIPC_INVALID_STATE);
}

#[test]
fn nul_in_a_message_is_escaped() {
    let error = arrowipc_error::new(Error::argument("a\0b").in_field(b"x\0y").at(3).in_message(1));
    // SAFETY: the error lives.
    unsafe {
        let message = CStr::from_ptr(arrowipc_error_message(&error));
        assert_eq!(message.to_str(), Ok("a\\0b, field \"x\\0y\", message 1, byte 3"));
        assert_eq!(CStr::from_ptr(arrowipc_error_field_path(&error)).to_str(), Ok("x\\0y"));
        assert_eq!((arrowipc_error_byte_offset(&error), arrowipc_error_message_index(&error)), (3, 1));
        assert!(arrowipc_error_clause(&error).is_null());
    }
}

#[test]
fn outputs_take_what_fits() {
    let mut target = [0xAAu8; 12];
    // SAFETY: as many bytes as said.
    unsafe { boundary::out_bytes(target.as_mut_ptr().cast::<u32>(), 2, "out") }.unwrap().set(0x0101_0101u32);
    assert_eq!(target, [1, 1, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA]);
    // SAFETY: as many bytes as said.
    unsafe { boundary::out_bytes(target.as_mut_ptr().cast::<u32>(), 10, "out") }.unwrap().set(0x0202_0202u32);
    assert_eq!(target, [2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0xAA, 0xAA]);
}

/// Callbacks as a later version may have them: one member more.
#[repr(C)]
struct Later {
    known: arrowipc_source_callbacks,
    unknown: usize,
}

unsafe extern "C" fn read(_: *mut c_void, _: *mut u8, _: usize, out: *mut usize) -> i32 {
    // SAFETY: the library gives a valid output.
    unsafe { out.write(0) };
    0
}

unsafe extern "C" fn count_release(ctx: *mut c_void) {
    // SAFETY: the test gives a counter.
    unsafe { *ctx.cast::<i32>() += 1 }
}

/// Status, message and how often the callbacks were released.
fn from_callbacks(callbacks: *const arrowipc_source_callbacks) -> (i32, String, i32) {
    let mut released = 0;
    let (mut out, mut err): (*mut arrowipc_source, _) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the outputs are valid, the counter outlives the source.
    unsafe {
        let ctx = (&raw mut released).cast();
        let status = arrowipc_source_from_callbacks(callbacks, ctx, &mut out, &mut err);
        let message = CStr::from_ptr(arrowipc_error_message(err)).to_string_lossy().into_owned();
        arrowipc_error_free(err);
        super::super::source::arrowipc_source_free(out);
        (status, message, released)
    }
}

#[test]
fn callbacks_of_another_version() {
    let known = arrowipc_source_callbacks {
        struct_size: 40,
        read: Some(read),
        read_at: None,
        size: None,
        release: Some(count_release),
    };
    let mut later = Later { known: arrowipc_source_callbacks { struct_size: 48, ..known }, unknown: 0 };
    assert_eq!(from_callbacks(&raw const later.known), (ARROWIPC_OK, "no error".to_owned(), 1));
    later.unknown = 1;
    let message = "callbacks sets members that this version of arrowipc does not know";
    assert_eq!(from_callbacks(&raw const later.known), (ARROWIPC_UNSUPPORTED, message.to_owned(), 1));
    for size in [0, 39, 1 << 40] {
        let wrong = arrowipc_source_callbacks { struct_size: size, ..known };
        let message = format!("callbacks->struct_size is {size}, expected sizeof *callbacks, which is 40");
        assert_eq!(from_callbacks(&wrong), (ARROWIPC_INVALID_ARGUMENT, message, 0));
    }
    let without_read = arrowipc_source_callbacks { read: None, ..known };
    let message = "callbacks->read is NULL";
    assert_eq!(from_callbacks(&without_read), (ARROWIPC_INVALID_ARGUMENT, message.to_owned(), 1));
}

/// Handles and arrays may be used and released by other threads.
#[test]
fn handles_may_move_between_threads() {
    fn send<T: Send>() {}
    fn share<T: Sync>() {}
    send::<super::super::reader::arrowipc_reader>();
    share::<super::super::reader::arrowipc_reader>();
    send::<super::super::writer::arrowipc_writer>();
    share::<super::super::options::arrowipc_options>();
    send::<super::super::options::arrowipc_options>();
    send::<super::super::source::arrowipc_source>();
    send::<super::super::sink::arrowipc_sink>();
    share::<arrowipc_error>();
}
