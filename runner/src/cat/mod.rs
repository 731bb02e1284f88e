//! The rows of an input as text: a table, JSON lines or CSV.
//!
//! The judge reader decodes a few thousand rows of the wanted columns at a time, so that inputs of any size are shown, and the beginning of one
//! at once.

mod csv;
mod json;
mod table;
mod time;

use std::io::{self, Write};

use arrowipc_kit::value::{Field, Value};

use crate::case::options::Format;
use crate::wire::decode::{Halt, Reader};
use crate::wire::violation::Violation;

pub use json::value;

/// Rows that are decoded at a time.
const ROWS: usize = 1 << 12;

/// What is shown.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Only these columns, in this order: names, or positions where no column has such a name. None is all.
    pub columns: Vec<String>,
    /// Only so many rows.
    pub head: Option<u64>,
    /// Only this record batch.
    pub batch: Option<usize>,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Columns below each other, for people.
    Table,
    /// An object a row.
    JsonLines,
    /// RFC 4180.
    Csv,
}

/// Why rows are missing.
#[derive(Debug, thiserror::Error)]
pub enum CatError {
    /// There is no such column.
    #[error("there is no column '{name}'; there are {known}")]
    NoColumn {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// There is no such batch.
    #[error("there is no record batch {asked}; there are {there}, numbered from 0")]
    NoBatch {
        /// What was asked for.
        asked: usize,
        /// How many there are.
        there: usize,
    },
    /// The input is damaged.
    #[error("{0}")]
    Damaged(Box<Violation>),
    /// The judge reader does not hold that much.
    #[error("some rows of it hold more than is held in memory at a time")]
    TooLarge,
    /// The output cannot be written.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Writes rows; those in front of a damage are written before the error tells of it.
pub fn cat(bytes: &[u8], format: Format, request: &Request, form: Form, out: &mut dyn Write) -> Result<(), CatError> {
    let mut reader = Reader::open(bytes, format).map_err(|violations| damaged(&violations))?;
    let columns = columns(&reader.schema().fields, &request.columns)?;
    let fields: Vec<Field> = columns.iter().map(|column| reader.schema().fields[*column].clone()).collect();
    let mut writer = Writer::new(form, fields);
    let (mut left, mut batches, mut found) = (request.head.unwrap_or(u64::MAX), 0, false);
    while left > 0
        && let Some(batch) = reader.next_batch()
    {
        batches += 1;
        if request.batch.is_some_and(|wanted| wanted != batch.index) {
            continue;
        }
        found = true;
        let mut start = 0;
        while start < batch.rows && left > 0 {
            let end = batch.rows.min(start + ROWS);
            let mut values = Vec::with_capacity(columns.len());
            for column in &columns {
                let part = reader.values(&batch, *column, start..end);
                values.push(part.map_err(|halt| {
                    let _ = out.flush();
                    halted(halt, reader.violations())
                })?);
            }
            let rows = left.min((end - start) as u64);
            writer.rows(&values, rows as usize, out)?;
            left -= rows;
            start = end;
        }
    }
    writer.finish(out)?;
    out.flush()?;
    if left > 0 && (reader.is_incomplete() || reader.is_too_large()) {
        let halt = if reader.is_too_large() { Halt::TooLarge } else { Halt::Broken };
        return Err(halted(halt, reader.violations()));
    }
    match request.batch {
        Some(asked) if !found && left > 0 => Err(CatError::NoBatch { asked, there: batches }),
        _ => Ok(()),
    }
}

fn damaged(violations: &[Violation]) -> CatError {
    violations.first().map_or(CatError::TooLarge, |violation| CatError::Damaged(Box::new(violation.clone())))
}

/// The last violation is the one that ended reading.
fn halted(halt: Halt, violations: &[Violation]) -> CatError {
    match (halt, violations.last()) {
        (Halt::Broken, Some(last)) => CatError::Damaged(Box::new(last.clone())),
        _ => CatError::TooLarge,
    }
}

/// Positions of the wanted columns.
fn columns(fields: &[Field], wanted: &[String]) -> Result<Vec<usize>, CatError> {
    if wanted.is_empty() {
        return Ok((0..fields.len()).collect());
    }
    let position = |name: &String| {
        let named = fields.iter().position(|field| field.name.as_str() == Some(name));
        named.or_else(|| name.parse().ok().filter(|position| *position < fields.len()))
    };
    let columns = wanted.iter().map(|name| {
        position(name).ok_or_else(|| CatError::NoColumn {
            name: name.clone(),
            known: fields.iter().map(|field| field.name.to_string()).collect::<Vec<_>>().join(", "),
        })
    });
    columns.collect()
}

/// Names of columns, each of them once: of equal ones those behind the first get a number.
fn names(fields: &[Field]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(fields.len());
    for field in fields {
        let name = field.name.to_string();
        let numbered = (2..).map(|number| format!("{name}#{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !names.contains(name));
        names.push(free.unwrap_or(name));
    }
    names
}

/// Writes rows in one of the forms.
enum Writer {
    Table(table::Writer),
    JsonLines(Vec<String>, Vec<Field>),
    Csv(csv::Writer),
}

impl Writer {
    fn new(form: Form, fields: Vec<Field>) -> Self {
        match form {
            Form::Table => Self::Table(table::Writer::new(names(&fields), fields)),
            Form::JsonLines => Self::JsonLines(names(&fields), fields),
            Form::Csv => Self::Csv(csv::Writer::new(names(&fields), fields)),
        }
    }

    /// Writes the first rows of columns of values.
    fn rows(&mut self, columns: &[Vec<Value>], rows: usize, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Table(writer) => writer.rows(columns, rows, out),
            Self::JsonLines(names, fields) => json::lines(names, fields, columns, rows, out),
            Self::Csv(writer) => writer.rows(columns, rows, out),
        }
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Table(writer) => writer.finish(out),
            Self::JsonLines(..) => Ok(()),
            Self::Csv(writer) => writer.finish(out),
        }
    }
}
