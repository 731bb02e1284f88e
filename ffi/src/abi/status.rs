//! Status: what a call came to, and whose fault it is when it failed.
//!
//! Functions that can fail return one of these as int32_t. The values never change and are never used again
//! for something else. A program should treat a value that it does not know like ARROWIPC_INTERNAL.

use crate::error::Code;
use std::ffi::{CStr, c_char};

/// Done. Since 0.1
pub const ARROWIPC_OK: i32 = 0;
/// The caller's bug: NULL, an unknown option, an index out of range, an array that does not fit the schema.
/// Since 0.1
pub const ARROWIPC_INVALID_ARGUMENT: i32 = 1;
/// The caller's bug: a call that the handle's state does not allow, as a write after the end. Since 0.1
pub const ARROWIPC_INVALID_STATE: i32 = 2;
/// The input's fault: malformed or truncated bytes. Since 0.1
pub const ARROWIPC_INVALID_DATA: i32 = 3;
/// Nobody's fault: valid Arrow, or a valid request, that this version cannot handle. Since 0.1
pub const ARROWIPC_UNSUPPORTED: i32 = 4;
/// The input asks for more than one of the ARROWIPC_OPTION_MAX_* options allows. Since 0.1
pub const ARROWIPC_LIMIT_EXCEEDED: i32 = 5;
/// An allocation failed. Since 0.1
pub const ARROWIPC_OUT_OF_MEMORY: i32 = 6;
/// The operating system or a callback failed; arrowipc_error_errno says with what. Since 0.1
pub const ARROWIPC_IO: i32 = 7;
/// The progress callback asked to stop. Since 0.1
pub const ARROWIPC_CANCELLED: i32 = 8;
/// A bug in this library, which was caught. The handle answers every further call with this status; free it.
/// Since 0.1
pub const ARROWIPC_INTERNAL: i32 = 9;

/// The name of each status, by value.
const NAMES: [&CStr; 10] = [
    c"ARROWIPC_OK",
    c"ARROWIPC_INVALID_ARGUMENT",
    c"ARROWIPC_INVALID_STATE",
    c"ARROWIPC_INVALID_DATA",
    c"ARROWIPC_UNSUPPORTED",
    c"ARROWIPC_LIMIT_EXCEEDED",
    c"ARROWIPC_OUT_OF_MEMORY",
    c"ARROWIPC_IO",
    c"ARROWIPC_CANCELLED",
    c"ARROWIPC_INTERNAL",
];

// The numbers of the core are those of the interface.
const _: () = {
    assert!(Code::InvalidArgument as i32 == ARROWIPC_INVALID_ARGUMENT);
    assert!(Code::InvalidState as i32 == ARROWIPC_INVALID_STATE);
    assert!(Code::InvalidData as i32 == ARROWIPC_INVALID_DATA);
    assert!(Code::Unsupported as i32 == ARROWIPC_UNSUPPORTED);
    assert!(Code::LimitExceeded as i32 == ARROWIPC_LIMIT_EXCEEDED);
    assert!(Code::OutOfMemory as i32 == ARROWIPC_OUT_OF_MEMORY);
    assert!(Code::Io as i32 == ARROWIPC_IO);
    assert!(Code::Cancelled as i32 == ARROWIPC_CANCELLED);
    assert!(Code::Internal as i32 == ARROWIPC_INTERNAL);
};

/// The name of a status: "ARROWIPC_INVALID_DATA" and so on, "unknown status" for a value that is none. Never
/// NULL; the text lives as long as the library. Any thread. Since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn arrowipc_status_name(status: i32) -> *const c_char {
    usize::try_from(status).ok().and_then(|index| NAMES.get(index)).unwrap_or(&c"unknown status").as_ptr()
}
