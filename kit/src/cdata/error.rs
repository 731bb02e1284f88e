//! What goes wrong at the C Data Interface.

use std::fmt;
use std::io;

use crate::value::{Canonical, ParseError, Text};

/// Why nothing was built or observed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A document that is not canonical, or whose layout contradicts its values.
    #[error(transparent)]
    Document(#[from] ParseError),
    /// A C struct that contradicts its schema or the C Data Interface.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// An observer that met a malformed batch before.
    #[error("a batch failed before: {failure}")]
    Failed {
        /// What was wrong with it.
        failure: String,
    },
    /// A stream whose callback failed.
    #[error("{callback} of the stream failed with code {code}: {message}")]
    Stream {
        /// `get_schema` or `get_next`.
        callback: &'static str,
        /// The `errno` it returned.
        code: i32,
        /// What `get_last_error` said.
        message: String,
    },
    /// A file that could not be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// The cause.
        error: io::Error,
    },
}

/// A C struct that contradicts its schema or the C Data Interface, and where it lies in the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The clause that is not kept.
    clause: &'static str,
    /// Names from the column inwards; empty for the schema or batch itself.
    path: Vec<Text>,
    message: String,
}

impl Malformed {
    pub(super) fn new(clause: &'static str, message: impl Into<String>) -> Self {
        Malformed { clause, path: Vec::new(), message: message.into() }
    }

    /// The id of the clause that is not kept.
    pub fn clause(&self) -> &'static str {
        self.clause
    }

    /// The same error, as one of another clause.
    pub(super) fn of_clause(self, clause: &'static str) -> Self {
        Malformed { clause, ..self }
    }

    /// The same error of the dictionary of a field.
    pub(super) fn in_dictionary(self) -> Self {
        Malformed { message: format!("the dictionary: {}", self.message), ..self }
    }

    /// The same error, seen from the parent of the field of that name.
    pub(super) fn within(mut self, name: &Text) -> Self {
        self.path.insert(0, name.clone());
        self
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = self.path.iter();
        if let Some(column) = names.next() {
            write!(f, "column {}", column.canonical())?;
            names.try_for_each(|name| write!(f, ", child {}", name.canonical()))?;
            f.write_str(": ")?;
        }
        write!(f, "{} (clause {})", self.message, self.clause)
    }
}

impl std::error::Error for Malformed {}
