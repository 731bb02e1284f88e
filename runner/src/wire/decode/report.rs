//! What was found, and where decoding ends.

use std::collections::HashSet;
use std::fmt::Display;
use std::ops::Range;

use crate::case::options::Phase;
use crate::wire::tree::Table;
use crate::wire::violation::Violation;

/// Violations of one input that are kept; more say nothing new.
const MOST_VIOLATIONS: usize = 1000;

/// Why values cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// They are wrong, and the report says how.
    Broken,
    /// They are more than the reader takes.
    TooLarge,
}

/// The violations of an input, each of them once.
#[derive(Default)]
pub struct Report {
    violations: Vec<Violation>,
    seen: HashSet<(String, Range<usize>, String)>,
}

impl Report {
    /// Notes a violation.
    pub fn add(
        &mut self,
        clause: &'static str,
        phase: Phase,
        at: Range<usize>,
        place: impl Into<String>,
        found: impl Display,
        expected: impl Display,
    ) {
        let (clause, place, found, expected) =
            (clause.to_owned(), place.into(), found.to_string(), expected.to_string());
        self.repeat(&Violation { clause, phase, at, place, found, expected });
    }

    /// Notes a violation that was put aside.
    pub fn repeat(&mut self, violation: &Violation) {
        let key = (violation.clause.clone(), violation.at.clone(), violation.place.clone());
        if self.violations.len() < MOST_VIOLATIONS && self.seen.insert(key) {
            self.violations.push(violation.clone());
        }
    }

    /// The violations so far.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// All violations, in the order in which they were found.
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}

/// Where a field of a table lies; of an absent one, the table.
pub fn field_at(table: &Table, name: &str) -> Range<usize> {
    table.get(name).map_or_else(|| table.place.clone(), |node| node.slot.clone())
}

/// `1 byte`, `2 bytes`.
pub fn bytes(count: impl Into<u128>) -> String {
    match count.into() {
        1 => "1 byte".to_owned(),
        count => format!("{count} bytes"),
    }
}
