//! The rules of the format that an input breaks: what writers must and should do, by [`check`], and what a reader stumbles over, by the judge
//! reader.
//!
//! Neither copies a body that is not compressed. Held in memory are the metadata of all messages, the dictionaries, and of one batch at a
//! time the decompressed buffers and the values of a few thousand rows of a column.

mod catalogue;
pub mod report;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use crate::case::options::{Format, Phase};
use crate::progress::Progress;
use crate::wire::decode::{self, Halt, Reader, RecordBatch};
use crate::wire::parse::{Step, step};
use crate::wire::violation::Violation;
use crate::wire::{check, walk};

pub use catalogue::{Level, clause, level};

/// Rows of a column whose values are held at a time.
const ROWS: usize = 1 << 14;
/// Values of one input that are looked at, beyond those that its bytes can hold: arrays of nulls or runs have many for no bytes.
const MOST_VALUES: usize = 1 << 24;
/// Values that a byte of an input can hold.
const VALUES_A_BYTE: usize = 8;

/// A fault, and the rules that it breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The strongest of the rules' levels.
    pub level: Level,
    /// The rules: ids of `cases/clauses.yaml`.
    pub clauses: Vec<String>,
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

/// What is wrong with an input, and how far it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Validation {
    /// What it was taken for.
    pub format: Format,
    /// Record batches that could be taken apart.
    pub batches: usize,
    /// Their rows.
    pub rows: u64,
    /// The faults, in the order of the bytes.
    pub findings: Vec<Finding>,
    /// What was not looked at, and why.
    pub left_out: Vec<String>,
    /// Whether a reader can read all of it.
    pub readable: bool,
}

impl Validation {
    /// The faults of a level or a stronger one.
    pub fn of_level(&self, level: Level) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.level <= level)
    }
}

/// Checks an input.
pub fn validate(bytes: &[u8], format: Format, progress: &Progress) -> Validation {
    progress.doing("checking the rules of writers");
    let written = check::check(bytes, format);
    let reading = match is_tensors(bytes, format) {
        true => tensors(bytes),
        false => batches(bytes, format, progress),
    };
    let mut findings = Findings::default();
    written.into_iter().for_each(|violation| findings.add(violation));
    let blocked = reading.incomplete && !reading.too_large;
    let must = |findings: &Findings| findings.0.values().any(|finding| finding.level == Level::Must);
    for violation in &reading.violations {
        findings.add(violation.clone());
    }
    // Whatever the level of a rule: without the data nobody can say that the input is right.
    if blocked && !must(&findings) {
        for violation in reading.violations {
            findings.raise(violation);
        }
    }
    let Reading { batches, rows, left_out, .. } = reading;
    let findings = findings.0.into_values().collect();
    Validation { format, batches, rows, findings, left_out, readable: !blocked }
}

/// Whether the input is a sequence of tensors rather than a stream.
fn is_tensors(bytes: &[u8], format: Format) -> bool {
    let Ok(Step::Message(first)) = step(bytes, 0, bytes.len()) else { return false };
    format == Format::Stream && ["Tensor", "SparseTensor"].iter().any(|kind| walk::header(&first, kind).is_some())
}

/// What the judge reader came to.
#[derive(Default)]
struct Reading {
    batches: usize,
    rows: u64,
    violations: Vec<Violation>,
    incomplete: bool,
    too_large: bool,
    left_out: Vec<String>,
}

fn tensors(bytes: &[u8]) -> Reading {
    let reading = decode::read_tensors(bytes);
    let too_large = "the values of the tensors, which are more than is held in memory".to_owned();
    Reading {
        incomplete: reading.tensors.is_none(),
        violations: reading.violations,
        too_large: reading.too_large,
        left_out: reading.too_large.then_some(too_large).into_iter().collect(),
        ..Reading::default()
    }
}

fn batches(bytes: &[u8], format: Format, progress: &Progress) -> Reading {
    let mut reader = match Reader::open(bytes, format) {
        Ok(reader) => reader,
        Err(violations) => return Reading { violations, incomplete: true, ..Reading::default() },
    };
    let most = MOST_VALUES.saturating_add(bytes.len().saturating_mul(VALUES_A_BYTE));
    let mut reading = Reading::default();
    while let Some(batch) = reader.next_batch() {
        progress.doing(&format!("reading batch {} of {} rows", batch.index, batch.rows));
        reading.batches += 1;
        reading.rows += batch.rows as u64;
        for column in 0..batch.arrays.len() {
            match values(&mut reader, &batch, column, most) {
                Ok(()) => {}
                Err(Halt::Broken) => reading.incomplete = true,
                Err(Halt::TooLarge) => {
                    let more = "are more than the bytes of the input can hold one by one, or than is held in memory";
                    reading
                        .left_out
                        .push(format!("the values of column {column} of batch {}, which {more}", batch.index));
                }
            }
        }
    }
    if reader.is_too_large() {
        reading.left_out.push("what follows buffers or dictionaries that are more than is held in memory".to_owned());
    }
    reading.too_large = reader.is_too_large();
    reading.incomplete |= reader.is_incomplete();
    reading.violations = reader.into_violations();
    reading
}

/// Looks at the values of a column, a part at a time, and keeps none.
fn values(reader: &mut Reader, batch: &RecordBatch, column: usize, most: usize) -> Result<(), Halt> {
    let mut start = 0;
    loop {
        if reader.spent() > most {
            return Err(Halt::TooLarge);
        }
        let end = batch.rows.min(start + ROWS);
        reader.check(batch, column, start..end)?;
        start = end;
        if start == batch.rows {
            return Ok(());
        }
    }
}

/// Faults by place: a writer's rule and a reader's are often about the same bytes.
#[derive(Default)]
struct Findings(BTreeMap<(usize, usize, String), Finding>);

impl Findings {
    fn add(&mut self, violation: Violation) {
        let level = level(&violation.clause);
        self.insert(violation, level);
    }

    fn raise(&mut self, violation: Violation) {
        self.insert(violation, Level::Must);
    }

    fn insert(&mut self, violation: Violation, level: Level) {
        let Violation { clause, phase, at, place, found, expected } = violation;
        let finding = self.0.entry((at.start, at.end, place.clone())).or_insert_with(|| Finding {
            level,
            clauses: Vec::new(),
            phase,
            at,
            place,
            found,
            expected,
        });
        finding.level = finding.level.min(level);
        if !finding.clauses.contains(&clause) {
            finding.clauses.push(clause);
        }
    }
}
