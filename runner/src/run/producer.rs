//! Who makes bytes in a run.

use crate::case::file::Through;
use crate::case::options::Sink;
use crate::case::variant::{Input, Variant};

/// The id of the suite itself, as a producer. No adapter has it.
pub const SUITE: &str = "suite";

/// Data made by rules are laid out and read by the suite up to so many rows; beyond that they would take more time than all others.
pub const MOST_ROWS: u64 = 200_000;

/// Who makes bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Producer {
    /// The suite, by its raw writer.
    Suite,
    /// An adapter, by its position.
    Adapter(usize),
}

impl Producer {
    /// Whether it makes bytes for a variant at all: what it does not make, it has no cells for.
    ///
    /// Bytes that a case chooses are made by the suite alone. The suite also writes what others write, through a path and without facts to
    /// tell of itself.
    pub fn makes(self, variant: &Variant) -> bool {
        match (self, variant.through) {
            (Self::Suite, Through::Suite | Through::Echo) => true,
            (Self::Adapter(_), Through::Write | Through::Transcode) => true,
            (Self::Adapter(_), Through::Suite | Through::Echo) | (Self::Suite, Through::Transcode) => false,
            (Self::Suite, Through::Write) => {
                lays_out(variant)
                    && variant.sink == Sink::Path
                    && !variant.case.expect.iter().any(|rule| rule.of_producer())
            }
        }
    }
}

/// Whether the suite's raw writer lays out a variant's data; it goes on behind nothing.
pub fn lays_out(variant: &Variant) -> bool {
    variant.append.is_none() && matches!(&variant.input, Input::Document(document) if document.row_count() <= MOST_ROWS)
}

/// The suite as reports name it.
pub fn suite_party() -> String {
    format!("{SUITE}@{}", env!("CARGO_PKG_VERSION"))
}
