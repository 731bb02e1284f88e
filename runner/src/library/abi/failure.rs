//! Errors of the library.

use std::fmt;

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
    /// The operating system or a callback failed.
    pub const IO: i32 = 7;
}

/// A failed call, with its place in the input as far as the library tells it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// A code of [`status`].
    pub code: i32,
    /// The library's name for the code.
    pub name: String,
    /// What was found, what was expected.
    pub message: String,
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
    pub(super) fn take(library: Library, code: i32, error: *mut ErrorHandle) -> Self {
        // SAFETY: `error` is NULL or the error that the call made, which nobody else has.
        unsafe {
            let failure = Self::copy(library, code, error);
            (library.symbols.error_free)(error);
            failure
        }
    }

    /// Copies `error`, which stays the library's.
    ///
    /// # Safety
    ///
    /// `error` is NULL or an error of `library`.
    pub(super) unsafe fn copy(library: Library, code: i32, error: *const ErrorHandle) -> Self {
        let symbols = library.symbols;
        // SAFETY: the name of a status is NULL or a constant of the library.
        let name = unsafe { text((symbols.status_name)(code)) }.unwrap_or_else(|| format!("status {code}"));
        if error.is_null() {
            return Self { name, ..Self::without_place(code, "the library gives no error object".into()) };
        }
        // SAFETY: `error` is an error of the library, whose strings live as long as it does and are copied here.
        unsafe {
            Self {
                code,
                name,
                message: text((symbols.error_message)(error)).unwrap_or_default(),
                errno: Some((symbols.error_errno)(error)).filter(|errno| *errno != 0),
                offset: (symbols.error_byte_offset)(error).try_into().ok(),
                message_index: (symbols.error_message_index)(error).try_into().ok(),
                field_path: text((symbols.error_field_path)(error)),
                clause: text((symbols.error_clause)(error)),
            }
        }
    }

    /// A failure that is found before the library is called.
    pub(super) fn argument(message: String) -> Self {
        Self { name: "INVALID_ARGUMENT".into(), ..Self::without_place(status::INVALID_ARGUMENT, message) }
    }

    fn without_place(code: i32, message: String) -> Self {
        Self {
            code,
            name: String::new(),
            message,
            errno: None,
            offset: None,
            message_index: None,
            field_path: None,
            clause: None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(path) = &self.field_path {
            write!(f, ", field \"{path}\"")?;
        }
        if let Some(index) = self.message_index {
            write!(f, ", message {index}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, ", byte {offset}")?;
        }
        if let Some(errno) = self.errno {
            write!(f, ", errno {errno}")?;
        }
        if let Some(clause) = &self.clause {
            write!(f, " [{clause}]")?;
        }
        Ok(())
    }
}
