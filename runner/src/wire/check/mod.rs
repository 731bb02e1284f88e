//! What a writer must and should do, seen in its bytes.
//!
//! The checks report whatever a rule of the format is against, duties and recommendations alike; the catalogue of clauses says
//! which is which. One violation stands for a rule and the buffer, field or message that breaks it: of a thousand wrong offsets
//! the first is named. No rule is reported more than [`MOST_OF_A_CLAUSE`] times.
//!
//! Some breaches may have been asked for, which bytes do not show: V4 (`version-write-v5`), the framing of before 0.15
//! (`framing-continuation-marker`, `framing-legacy-prefix-write`, `framing-eos-bytes`, `framing-metadata-padded-8`), unsigned indices
//! (`type-dictionary-index-signed-preferred`), a footer's own metadata (`footer-custom-metadata-identical`).
//!
//! Of the rules about bytes some cannot be seen broken. `framing-eos-optional`, `compression-raw-sentinel-write` and
//! `batch-variadic-counts-absent-no-views` allow something. `version-length-64bit-metadata` and `buffer-struct-size` are how bytes are
//! read here. To tell `type-interval-day-time`, `type-interval-month-day-nano`, `batch-nodes-preorder`, `batch-buffers-preorder`,
//! `batch-extension-as-storage`, `layout-dict-as-primitive`, `version-minor-compat` and `security-no-uninitialized` takes what was
//! to be written; bytes that break them break a rule about lengths, numbers of buffers or values, too, or none. `tensor-encapsulated`
//! is what the checks of framing are about.

mod batch;
mod buffers;
mod compression;
mod dictionaries;
mod extension;
mod file;
mod framing;
mod layout;
mod message;
mod metadata;
mod schema;
mod tensor;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::parse::{self, Parsed};
use super::tree::Table;
use super::violation::Violation;
use super::walk;
use crate::case::options::{Format, Phase};

/// How often a rule is reported for one input.
pub const MOST_OF_A_CLAUSE: usize = 100;

/// Rules that are checked together.
struct Group {
    /// What the check can report.
    clauses: &'static [&'static str],
    /// The check.
    check: fn(&Input, &mut Report),
}

static GROUPS: &[Group] = &[
    framing::GROUP,
    message::GROUP,
    schema::GROUP,
    metadata::GROUP,
    extension::GROUP,
    dictionaries::GROUP,
    batch::GROUP,
    tensor::GROUP,
    file::GROUP,
];

/// Every rule that the bytes break, in the order of the bytes.
pub fn check(bytes: &[u8], format: Format) -> Vec<Violation> {
    let parsed = parse::parse(bytes, format);
    let input = Input::new(bytes, &parsed);
    let mut report = Report::default();
    for group in GROUPS {
        (group.check)(&input, &mut report);
    }
    report.violations.sort_by_key(|violation| (violation.at.start, violation.at.end));
    report.violations
}

/// The clauses that [`check`] can report.
pub fn clauses() -> &'static [&'static str] {
    static CLAUSES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let mut clauses: Vec<&'static str> = GROUPS.iter().flat_map(|group| group.clauses).copied().collect();
        clauses.sort_unstable();
        clauses.dedup();
        clauses
    });
    &CLAUSES
}

/// An input and what all checks need to know of it.
struct Input<'a> {
    bytes: &'a [u8],
    parsed: &'a Parsed,
    /// What each message is called in paths.
    names: Vec<String>,
    /// The schema of the stream, or else of the footer.
    schema: Option<&'a Table>,
    /// The fields that are dictionary-encoded, by id.
    encoded: BTreeMap<i64, Vec<&'a Table>>,
}

impl<'a> Input<'a> {
    fn new(bytes: &'a [u8], parsed: &'a Parsed) -> Self {
        let schema = walk::schema(parsed);
        let encoded = schema.map(walk::encoded_fields).unwrap_or_default();
        Input { bytes, parsed, names: walk::message_names(parsed), schema, encoded }
    }

    /// Whether bodies are big-endian.
    fn big(&self) -> bool {
        self.schema.is_some_and(|schema| schema.scalar("endianness") == 1)
    }

    /// Whether the input is a sequence of tensors rather than a stream.
    fn tensors(&self) -> bool {
        let first = self.parsed.messages.first().and_then(|message| message.table.table("header"));
        self.parsed.format == Format::Stream
            && first.is_some_and(|header| matches!(header.kind.name, "Tensor" | "SparseTensor"))
    }
}

/// What the checks found.
#[derive(Default)]
struct Report {
    violations: Vec<Violation>,
    counts: BTreeMap<&'static str, usize>,
}

impl Report {
    fn add(
        &mut self,
        clause: &'static str,
        phase: Phase,
        at: Range<usize>,
        place: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        debug_assert!(clauses().contains(&clause), "'{clause}' is not listed");
        let count = self.counts.entry(clause).or_default();
        *count += 1;
        if *count <= MOST_OF_A_CLAUSE {
            let (place, found, expected) = (place.into(), found.into(), expected.into());
            self.violations.push(Violation { clause: clause.to_owned(), phase, at, place, found, expected });
        }
    }
}
