//! What went wrong, whose fault it is, and where.

use std::borrow::Cow;
use std::fmt;

/// The kind of a failure. The numbers are part of the C ABI and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    /// The caller's bug: NULL, unknown option, bad index, an array that does not fit the schema.
    InvalidArgument = 1,
    /// The caller's bug: a call that the handle's state does not allow.
    InvalidState = 2,
    /// Malformed or truncated bytes.
    InvalidData = 3,
    /// Valid Arrow that this build cannot handle.
    Unsupported = 4,
    /// One of the limits in [`crate::options::Limits`] stopped the call.
    LimitExceeded = 5,
    /// An allocation failed.
    OutOfMemory = 6,
    /// The operating system or a callback failed; see [`Error::errno`].
    Io = 7,
    /// The progress callback asked to stop.
    Cancelled = 8,
    /// A bug of this library.
    Internal = 9,
}

/// A failure with its place.
#[derive(Clone, Debug)]
pub struct Error {
    /// The kind of failure.
    pub code: Code,
    /// What was found, what was expected.
    pub message: String,
    /// `errno` of the operating system or the callback, or 0.
    pub errno: i32,
    /// Offset in the input, in bytes, of the part that is wrong.
    pub offset: Option<u64>,
    /// Index of the encapsulated message in the input, counted from 0 (the schema).
    pub message_index: Option<u64>,
    /// Names of the fields from the column down, joined by dots.
    pub field_path: Option<String>,
    /// Id of the clause of the format that the input violates.
    pub clause: Option<&'static str>,
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with a code and a message, and no place yet.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Error {
            code,
            message: message.into().into_owned(),
            errno: 0,
            offset: None,
            message_index: None,
            field_path: None,
            clause: None,
        }
    }

    /// The bytes violate `clause`.
    pub fn invalid(clause: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Error { clause: Some(clause), ..Error::new(Code::InvalidData, message) }
    }

    /// The caller passed something wrong.
    pub fn argument(message: impl Into<Cow<'static, str>>) -> Self {
        Error::new(Code::InvalidArgument, message)
    }

    /// The handle is not in a state for this call.
    pub fn state(message: impl Into<Cow<'static, str>>) -> Self {
        Error::new(Code::InvalidState, message)
    }

    /// Valid Arrow that this library does not handle.
    pub fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Error::new(Code::Unsupported, message)
    }

    /// A limit stopped the call: `what` asks for `asked`, `limit` are allowed.
    pub fn limit(what: &str, asked: impl fmt::Display, limit: impl fmt::Display) -> Self {
        Error::new(Code::LimitExceeded, format!("{what} is {asked}, the limit is {limit}"))
    }

    /// An allocation of `bytes` failed.
    pub fn out_of_memory(bytes: u64) -> Self {
        Error::new(Code::OutOfMemory, format!("allocation of {bytes} bytes failed"))
    }

    /// The operating system failed at `action`.
    pub fn io(action: &str, source: &std::io::Error) -> Self {
        let code = if source.kind() == std::io::ErrorKind::OutOfMemory { Code::OutOfMemory } else { Code::Io };
        Error { errno: source.raw_os_error().unwrap_or(0), ..Error::new(code, format!("{action}: {source}")) }
    }

    /// A callback or system call failed with `errno` at `action`.
    pub fn errno(action: &str, errno: i32) -> Self {
        Error::io(action, &std::io::Error::from_raw_os_error(errno))
    }

    /// Sets the offset in the input unless one is known.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset.get_or_insert(offset);
        self
    }

    /// Sets the index of the message unless one is known.
    #[must_use]
    pub fn in_message(mut self, index: u64) -> Self {
        self.message_index.get_or_insert(index);
        self
    }

    /// Puts `name` before the field path.
    #[must_use]
    pub fn in_field(mut self, name: &[u8]) -> Self {
        let name = String::from_utf8_lossy(name);
        self.field_path = Some(match self.field_path {
            Some(path) => format!("{name}.{path}"),
            None => name.into_owned(),
        });
        self
    }
}

impl fmt::Display for Error {
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
        if let Some(clause) = self.clause {
            write!(f, " [{clause}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
