//! Errors: what failed, and where.
//!
//! Functions that can fail take an `arrowipc_error **err` last. NULL says that nobody wants to know more than
//! the status. Otherwise `*err` is set on failure, and only then, to an error that the caller frees. What
//! `*err` held before is not looked at: free or hand on one error before the next call. The functions below
//! only read the error: any thread may call them, also concurrently. They take NULL for "no error".

use super::boundary;
use super::status::ARROWIPC_OK;
use crate::error::Error;
use std::ffi::{CString, c_char};
use std::ptr;

/// A failure with its place. Since 0.1
pub struct arrowipc_error {
    error: Error,
    message: CString,
    field_path: Option<CString>,
    clause: Option<CString>,
}

impl arrowipc_error {
    pub(super) fn new(error: Error) -> Self {
        arrowipc_error {
            message: c_string(&error.to_string()),
            field_path: error.field_path.as_deref().map(c_string),
            clause: error.clause.map(c_string),
            error,
        }
    }

    pub(super) fn error(&self) -> &Error {
        &self.error
    }

    pub(super) fn message(&self) -> *const c_char {
        self.message.as_ptr()
    }
}

/// A text for C, in one line: control characters and line breaks, which names of fields may hold, are escaped. NUL, which
/// would end it, is written as `\0`.
fn c_string(text: &str) -> CString {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{2028}' | '\u{2029}' => line.extend(character.escape_debug()),
            _ if character.is_control() => line.extend(character.escape_debug()),
            _ => line.push(character),
        }
    }
    CString::new(line).unwrap_or_default()
}

/// An offset or index for C, -1 when unknown.
fn position(value: Option<u64>) -> i64 {
    value.and_then(|value| i64::try_from(value).ok()).unwrap_or(-1)
}

/// The status that the failing function returned; ARROWIPC_OK for NULL. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_error_code(e: *const arrowipc_error) -> i32 {
    // SAFETY: NULL or an error that lives, as the header demands.
    unsafe { e.as_ref() }.map_or(ARROWIPC_OK, |e| e.error.code as i32)
}

/// What was found, what was expected and where: one line of UTF-8 without line break. A NUL that comes from
/// the input, in a field's name for example, is written as \0. Never NULL; "no error" for NULL. Lives as long
/// as the error. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_error_message(e: *const arrowipc_error) -> *const c_char {
    // SAFETY: NULL or an error that lives, as the header demands.
    unsafe { e.as_ref() }.map_or(c"no error".as_ptr(), arrowipc_error::message)
}

/// errno of the operating system or of the callback that failed; 0 when neither did. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_error_errno(e: *const arrowipc_error) -> i32 {
    // SAFETY: NULL or an error that lives, as the header demands.
    unsafe { e.as_ref() }.map_or(0, |e| e.error.errno)
}

/// Offset in the input, in bytes, of the part that is wrong; -1 when unknown. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_error_byte_offset(e: *const arrowipc_error) -> i64 {
    // SAFETY: NULL or an error that lives, as the header demands.
    unsafe { e.as_ref() }.map_or(-1, |e| position(e.error.offset))
}

/// Index of the encapsulated message that is wrong, the schema being 0; -1 when unknown. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_error_message_index(e: *const arrowipc_error) -> i64 {
    // SAFETY: NULL or an error that lives, as the header demands.
    unsafe { e.as_ref() }.map_or(-1, |e| position(e.error.message_index))
}

/// Names of the fields from the column down to the one that is wrong, joined by dots ("a.item.b"); NULL when
/// unknown. Lives as long as the error. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_error_field_path(e: *const arrowipc_error) -> *const c_char {
    // SAFETY: NULL or an error that lives, as the header demands.
    unsafe { e.as_ref() }.and_then(|e| e.field_path.as_ref()).map_or(ptr::null(), |path| path.as_ptr())
}

/// Id of the clause of the format that the input violates, as the conformance suite lists them; NULL when
/// there is none. Lives as long as the error. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_error_clause(e: *const arrowipc_error) -> *const c_char {
    // SAFETY: NULL or an error that lives, as the header demands.
    unsafe { e.as_ref() }.and_then(|e| e.clause.as_ref()).map_or(ptr::null(), |clause| clause.as_ptr())
}

/// Frees an error; NULL is fine. Not for errors from arrowipc_error_from_stream, which are borrowed.
/// Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_error_free(e: *mut arrowipc_error) {
    // SAFETY: NULL or an error that the caller owns, as the header demands.
    unsafe { boundary::free(e) }
}
