//! Errors of the library.

use arrowipc_kit::cdata::ArrowArrayStream;

use super::load::{Library, text};
use super::symbols::ErrorHandle;

/// Status codes of `arrowipc.h`.
pub mod status {
    /// The caller's bug.
    pub const INVALID_ARGUMENT: i32 = 1;
    /// Malformed or truncated bytes.
    pub const INVALID_DATA: i32 = 3;
    /// Valid Arrow that the library cannot handle.
    pub const UNSUPPORTED: i32 = 4;
    /// A limit of the options stopped the call.
    pub const LIMIT_EXCEEDED: i32 = 5;
    /// There is no memory, or a stream says so.
    pub const OUT_OF_MEMORY: i32 = 6;
    /// The operating system or a callback failed.
    pub const IO: i32 = 7;
    /// A bug of the library.
    pub const INTERNAL: i32 = 9;
}

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// A code of [`status`].
    pub code: i32,
    /// The library's name for the code.
    pub name: String,
    /// What was found, what was expected.
    pub message: String,
    /// Where, as far as the library tells it.
    pub place: Box<Place>,
}

/// The place of a failure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// `errno` of the operating system or a callback.
    pub errno: Option<i32>,
    /// Byte offset in the input.
    pub offset: Option<u64>,
    /// Index of the message in the input.
    pub message_index: Option<u64>,
    /// Names of the fields from the column down.
    pub field_path: Option<String>,
    /// Id of the violated clause.
    pub clause: Option<String>,
}

impl Failure {
    /// Takes over the error of a call that answered `code`.
    ///
    /// # Safety
    ///
    /// `error` is NULL or an error of `library` that nobody else has.
    pub(super) unsafe fn take(library: Library, code: i32, error: *mut ErrorHandle) -> Self {
        // SAFETY: the caller's promise; nothing of the error is used after it is freed.
        unsafe {
            let failure = Self::copy(library, code, error);
            (library.symbols().error_free)(error);
            failure
        }
    }

    /// Copies the error behind a stream whose last call failed.
    ///
    /// # Safety
    ///
    /// The stream was exported by `library` and is not released.
    pub(super) unsafe fn of_stream(library: Library, stream: &mut ArrowArrayStream) -> Self {
        // SAFETY: the caller's promise; the error is the stream's until its next call.
        unsafe {
            let error = (library.symbols().error_from_stream)(stream);
            let code = if error.is_null() { status::INTERNAL } else { (library.symbols().error_code)(error) };
            Self::copy(library, code, error)
        }
    }

    /// A failure that this host finds, around a call of the library.
    pub(super) fn of_host(library: Library, message: String) -> Self {
        Self::without_place(library, status::INVALID_ARGUMENT, message)
    }

    /// Copies an error.
    ///
    /// # Safety
    ///
    /// `error` is NULL or an error of `library`.
    unsafe fn copy(library: Library, code: i32, error: *const ErrorHandle) -> Self {
        if error.is_null() {
            return Self::without_place(library, code, "the library gives no error object".into());
        }
        let symbols = library.symbols();
        // SAFETY: the caller's promise; the strings live as long as the error and are copied here.
        unsafe {
            let place = Place {
                errno: Some((symbols.error_errno)(error)).filter(|errno| *errno != 0),
                offset: (symbols.error_byte_offset)(error).try_into().ok(),
                message_index: (symbols.error_message_index)(error).try_into().ok(),
                field_path: text((symbols.error_field_path)(error)),
                clause: text((symbols.error_clause)(error)),
            };
            let message = text((symbols.error_message)(error)).unwrap_or_default();
            Self { place: Box::new(place), ..Self::without_place(library, code, message) }
        }
    }

    fn without_place(library: Library, code: i32, message: String) -> Self {
        // SAFETY: the name of a status is NULL or a constant of the library.
        let name = unsafe { text((library.symbols().status_name)(code)) };
        Self { code, name: name.unwrap_or_else(|| format!("status {code}")), message, place: Box::default() }
    }
}
