//! A rule that bytes break, and where.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::case::options::Phase;

/// A rule that bytes break, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The rule: an id of `cases/clauses.yaml`.
    pub clause: String,
    /// The phase in which a reader that goes forward can find it.
    pub phase: Phase,
    /// The bytes that are wrong.
    pub at: Range<usize>,
    /// What these bytes are, as a path of `docs/wire.md`.
    pub place: String,
    /// What they are.
    pub found: String,
    /// What they should be.
    pub expected: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clause, at, place, found, expected, .. } = self;
        write!(f, "{place} (bytes {}..{}): found {found}, expected {expected} ({clause})", at.start, at.end)
    }
}
