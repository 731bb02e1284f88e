//! What two inputs differ in: first what they mean, schema and values row by row, then how it is laid out, message by message.
//!
//! Rows are compared whatever batches they lie in, a few thousand at a time, by the judge reader; bodies where they lie. Of schema and layout the
//! first differences are told, of values the first one of each column.

mod layout;
mod schema;
mod values;

use crate::case::options::Format;
use crate::progress::Progress;
use crate::wire::decode::Reader;
use crate::wire::violation::Violation;

/// Differences of one kind that are told.
const TOLD: usize = 20;

/// What a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Fields and metadata.
    Schema,
    /// Rows.
    Values,
    /// Messages and bytes.
    Layout,
}

impl Kind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Values => "values",
            Self::Layout => "layout",
        }
    }
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// What it is about.
    pub kind: Kind,
    /// Where: a path of fields, of rows, or of `docs/wire.md`.
    pub place: String,
    /// What the first input has.
    pub a: String,
    /// What the second input has.
    pub b: String,
}

/// An input that is compared.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What it is read as.
    pub format: Format,
}

/// Why values cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    /// An input is damaged.
    #[error("{name} cannot be read: {violation}")]
    Damaged {
        /// Which.
        name: String,
        /// The first thing that is wrong.
        violation: Box<Violation>,
    },
    /// The judge reader does not hold that much.
    #[error("{0} has rows that hold more than is held in memory at a time")]
    TooLarge(String),
}

/// Compares two inputs; `layout`: also how they are laid out.
pub fn diff(a: Side, b: Side, layout: bool, progress: &Progress) -> Result<Vec<Difference>, DiffError> {
    if a.format == b.format && a.bytes == b.bytes {
        return Ok(Vec::new());
    }
    let (reader_a, reader_b) = (open(a)?, open(b)?);
    let mut differences = schema::differences(reader_a.schema(), reader_b.schema());
    let rows = [values::Rows::new(reader_a, a.name), values::Rows::new(reader_b, b.name)];
    differences.extend(values::differences(rows, progress)?);
    if layout {
        differences.extend(layout::differences(a, b));
    }
    Ok(differences)
}

fn open<'a>(side: Side<'a>) -> Result<Reader<'a>, DiffError> {
    Reader::open(side.bytes, side.format).map_err(|violations| halted(side.name, &violations))
}

/// Why reading ended.
fn halted(name: &str, violations: &[Violation]) -> DiffError {
    match violations.last() {
        Some(violation) => DiffError::Damaged { name: name.to_owned(), violation: Box::new(violation.clone()) },
        None => DiffError::TooLarge(name.to_owned()),
    }
}
