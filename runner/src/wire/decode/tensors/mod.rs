//! Tensors: messages of their own, one behind the other, without a schema. Nothing declares a byte order; values and indices are
//! little-endian, the format's default.
//!
//! | module | does |
//! |---|---|
//! | `dense` | strides → values |
//! | `sparse` | the three indices |
//! | `region` | a buffer of the body and the cells in it |

mod dense;
mod region;
mod sparse;
#[cfg(test)]
mod tests;

use std::ops::Range;

use arrowipc_kit::value::{DataType, Tensor, TensorIndex, TensorLayout, Tensors, Text, Value};

use super::budget::Budget;
use super::clauses::*;
use super::messages;
use super::report::{Halt, Report, field_at};
use super::{schema, types, values};
use crate::case::options::Phase;
use crate::wire::parse::{Message, Step, step};
use crate::wire::tree::{Node, Table};
use crate::wire::violation::Violation;
use region::Region;

/// What a sequence of tensor messages holds.
#[derive(Debug, Clone, Default)]
pub struct TensorReading {
    /// The tensors. None if one of them could not be decoded; violations, unless it is too large, say why. As with documents, there may be
    /// violations of rules without which the values are clear.
    pub tensors: Option<Tensors>,
    /// The rules that the bytes break, in the order in which they were found.
    pub violations: Vec<Violation>,
    /// Whether reading ended because the values are more than the reader is willing to hold, which breaks no rule.
    pub too_large: bool,
}

/// Reads a sequence of tensor messages.
pub fn read(input: &[u8]) -> TensorReading {
    let (mut report, mut budget) = (Report::default(), Budget::new());
    let (mut found, mut at, mut number, mut outcome) = (Vec::new(), 0, 0, Ok(()));
    loop {
        let place = format!("message[{number}]");
        let message = match step(input, at, input.len()) {
            Ok(Step::Message(message)) => *message,
            Ok(Step::EndOfStream(_) | Step::EndOfInput) => break,
            Err(stop) => {
                messages::stopped(&stop, &place, Phase::Batch, &mut report);
                outcome = Err(Halt::Broken);
                break;
            }
        };
        match tensor(input, &message, &place, &mut report, &mut budget) {
            Ok(tensor) => found.push(tensor),
            Err(halt) => outcome = outcome.and(Err(halt)),
        }
        at = message.range.end;
        number += 1;
    }
    TensorReading {
        tensors: outcome.is_ok().then_some(Tensors(found)),
        violations: report.into_violations(),
        too_large: outcome == Err(Halt::TooLarge),
    }
}

fn tensor(
    input: &[u8],
    message: &Message,
    place: &str,
    report: &mut Report,
    budget: &mut Budget,
) -> Result<Tensor, Halt> {
    let known = messages::is_before_v5(message, place, Phase::Batch, report).is_some();
    let code = message.table.scalar("header_type");
    let Some(table) = message.table.table("header").filter(|_| matches!(code, 4 | 5)) else {
        let at = field_at(&message.table, "header_type");
        let found =
            message.table.table("header").map_or_else(|| format!("type {code}"), |table| table.kind.name.into());
        report.add(TENSOR_ENCAPSULATED, Phase::Batch, at, format!("{place}.header"), found, "a Tensor or SparseTensor");
        return Err(Halt::Broken);
    };
    let mut reader = Reader {
        body: Region { bytes: &input[message.body.clone()], at: message.body.start },
        table,
        required: if code == 4 { TENSOR_REQUIRED_FIELDS } else { SPARSE_REQUIRED_FIELDS },
        place: format!("{place}.header"),
        report,
        budget,
    };
    let data_type = reader.data_type();
    let dimensions = reader.dimensions();
    let metadata = schema::metadata(&message.table);
    let (data_type, width) = data_type?;
    let (shape, names) = dimensions?;
    let (index, cells) = match code {
        4 => (TensorIndex::Dense, reader.dense(&shape, width)?),
        _ => reader.sparse(&shape, width)?,
    };
    if !known {
        return Err(Halt::Broken);
    }
    if let DataType::FixedSizeBinary(_) = data_type {
        reader.budget.bytes(cells.len().saturating_mul(width))?;
    }
    let values: Vec<Value> = cells.into_iter().map(|cell| values::fixed::value(&data_type, cell, false)).collect();
    Ok(Tensor { data_type, shape, names, metadata, index, values, layout: TensorLayout::default() })
}

/// A tensor's table and body.
struct Reader<'a, 'r> {
    body: Region<'a>,
    table: &'r Table,
    /// The clause of absent fields.
    required: &'static str,
    place: String,
    report: &'r mut Report,
    budget: &'r mut Budget,
}

/// A type and the bytes of its values.
type Cell = (DataType, usize);

impl<'a> Reader<'a, '_> {
    /// Notes a violation of the tensor, which ends its decoding.
    fn broken<T>(
        &mut self,
        clause: &'static str,
        at: Range<usize>,
        field: &str,
        found: impl std::fmt::Display,
        expected: impl std::fmt::Display,
    ) -> Result<T, Halt> {
        self.report.add(clause, Phase::Batch, at, format!("{}.{field}", self.place), found, expected);
        Err(Halt::Broken)
    }

    /// Notes that a field of a table is not there.
    fn absent<T>(&mut self, table: &Table, field: &str, path: &str) -> Result<T, Halt> {
        self.broken(self.required, table.place.clone(), path, format!("no {field}"), "the field, which is required")
    }

    fn data_type(&mut self) -> Result<Cell, Halt> {
        let code = self.table.scalar("type_type");
        if code == 0 || (self.table.table("type").is_none() && (1..=26).contains(&code)) {
            return self.absent(self.table, "type", "type");
        }
        // Types of fixed width have no children; of others none are needed to know that they are.
        let mut found = Report::default();
        let data_type = types::read(&mut schema::Reader::new(&mut found), self.table, &self.place, 0);
        let wrong = found.into_violations();
        let variable = self.table.table("type").is_some_and(|table| !FIXED_WIDTH.contains(&table.kind.name));
        if !variable {
            for violation in wrong {
                self.report.repeat(&Violation { phase: Phase::Batch, ..violation });
            }
        }
        let width = data_type.as_ref().map_or(0, super::structure::fixed_width);
        match data_type {
            Some(data_type) if width > 0 => Ok((data_type, width)),
            None if !variable => Err(Halt::Broken),
            _ => {
                let found = self.table.table("type").map_or("no type", |table| table.kind.name);
                let expected = "a type whose values are a fixed number of whole bytes";
                self.broken(TENSOR_TYPE_FIXED_WIDTH, field_at(self.table, "type"), "type", found, expected)
            }
        }
    }

    /// Lengths and names of the dimensions.
    fn dimensions(&mut self) -> Result<(Vec<i64>, Vec<Text>), Halt> {
        if self.table.get("shape").is_none() {
            return self.absent(self.table, "shape", "shape");
        }
        let mut dimensions = (Vec::new(), Vec::new());
        for (number, dimension) in self.table.vector("shape").iter().filter_map(Node::as_table).enumerate() {
            let size = dimension.scalar("size");
            let path = |field: &str| format!("shape[{number}].{field}");
            if size < 0 {
                let at = field_at(dimension, "size");
                return self.broken(TENSOR_SHAPE, at, &path("size"), size, "a length that is not negative");
            }
            let name = dimension.text("name").unwrap_or_default();
            self.budget.bytes(name.len())?;
            if let Err(error) = std::str::from_utf8(name) {
                let at = field_at(dimension, "name");
                return self.broken(TENSOR_SHAPE, at, &path("name"), error, "UTF-8");
            }
            dimensions.0.push(size);
            dimensions.1.push(Text::from(name));
        }
        Ok(dimensions)
    }

    /// The bytes of the body that the members of a Buffer name.
    fn buffer(&mut self, members: &[i64], at: Range<usize>, path: &str) -> Result<Region<'a>, Halt> {
        let &[offset, length] = members else { return Err(Halt::Broken) };
        // Where an empty buffer lies means nothing.
        if length == 0 {
            return Ok(Region { bytes: &[], at: self.body.at });
        }
        let (Ok(start), Ok(size)) = (usize::try_from(offset), usize::try_from(length)) else {
            let found = format!("offset {offset} and length {length}");
            return self.broken(BUFFER_NEGATIVE, at, path, found, "numbers that are not negative");
        };
        match start.checked_add(size).and_then(|end| self.body.bytes.get(start..end)) {
            Some(bytes) => Ok(Region { bytes, at: self.body.at + start }),
            None => {
                let found = format!("{length} bytes at {offset}");
                let expected = format!("a place within the {} bytes of the body", self.body.bytes.len());
                self.broken(BUFFER_OUT_OF_BOUNDS, at, path, found, expected)
            }
        }
    }

    /// The buffer of a field that is required.
    fn buffer_field(&mut self, table: &Table, field: &str, path: &str) -> Result<Region<'a>, Halt> {
        match table.members(field) {
            Some(members) => self.buffer(members, field_at(table, field), path),
            None => self.absent(table, field, path),
        }
    }

    /// The numbers of a vector of strides that there must be so many of; none if it is absent, or empty.
    fn strides(
        &mut self,
        table: &Table,
        field: &str,
        path: &str,
        dimensions: usize,
        clause: &'static str,
    ) -> Result<Option<Vec<i64>>, Halt> {
        let strides: Vec<i64> = table.vector(field).iter().filter_map(Node::as_scalar).collect();
        if strides.is_empty() {
            return Ok(None);
        }
        if strides.len() != dimensions {
            let found = format!("{} strides", strides.len());
            return self.broken(clause, field_at(table, field), path, found, format!("{dimensions}, one a dimension"));
        }
        if let Some(stride) = strides.iter().find(|stride| **stride < 0) {
            return self.broken(clause, field_at(table, field), path, stride, "a number of bytes that is not negative");
        }
        Ok(Some(strides))
    }
}

/// The tables of the types whose values have a fixed number of bits.
const FIXED_WIDTH: &[&str] =
    &["Int", "FloatingPoint", "Decimal", "Date", "Time", "Timestamp", "Interval", "FixedSizeBinary", "Duration"];
