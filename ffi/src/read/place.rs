//! Where the arrays of a column stand among the nodes and buffers of a batch.

use super::message::BatchHeader;
use crate::array::node_count;
use crate::error::{Error, Result};
use crate::format::MetadataVersion;
use crate::schema::{DataType, Field, Schema, UnionMode};

/// Nodes, buffers and counts of variadic buffers before an array, or in one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub node: usize,
    pub buffer: usize,
    pub variadic: usize,
}

/// Whether a type has a validity entry, be it empty.
pub fn has_validity(data_type: &DataType, version: MetadataVersion) -> bool {
    match data_type {
        DataType::Null => false,
        // Until V4 these had a bitmap like all others (clauses layout-union-v4-validity, layout-ree-no-buffers).
        DataType::Union(..) | DataType::RunEndEncoded => version == MetadataVersion::V4,
        _ => true,
    }
}

impl Position {
    /// Steps over a column; variadic buffers, whose number a batch says, are left out.
    fn step_over(&mut self, field: &Field, version: MetadataVersion) {
        self.node += 1;
        if field.dictionary.is_some() {
            self.buffer += 2;
            return;
        }
        self.buffer += usize::from(has_validity(&field.data_type, version));
        self.buffer += match &field.data_type {
            DataType::Null | DataType::Struct | DataType::FixedSizeList(_) | DataType::RunEndEncoded => 0,
            DataType::Binary
            | DataType::LargeBinary
            | DataType::Utf8
            | DataType::LargeUtf8
            | DataType::ListView
            | DataType::LargeListView
            | DataType::Union(UnionMode::Dense, _) => 2,
            DataType::BinaryView | DataType::Utf8View => {
                self.variadic += 1;
                1
            }
            _ => 1,
        };
        for child in &field.children {
            self.step_over(child, version);
        }
    }

    /// The position in a batch with this header, variadic buffers counted.
    pub fn of(mut self, header: &BatchHeader<'_>) -> Result<Self> {
        for index in 0..self.variadic {
            self.buffer += header.variadic_count(index)?;
        }
        Ok(self)
    }
}

/// The columns that a reader hands out, and where they stand, so that none of the others is looked at.
pub struct Projection {
    /// Positions in the schema.
    pub columns: Vec<usize>,
    v4: Vec<(Position, Position)>,
    v5: Vec<(Position, Position)>,
}

impl Projection {
    /// `columns` of a schema.
    pub fn new(schema: &Schema, columns: Vec<usize>) -> Self {
        let spans = |version| {
            let mut at = Position::default();
            let mut spans = Vec::with_capacity(schema.fields.len());
            for field in &schema.fields {
                let start = at;
                at.step_over(field, version);
                spans.push((start, at));
            }
            columns.iter().map(|column| spans[*column]).collect()
        };
        Projection { v4: spans(MetadataVersion::V4), v5: spans(MetadataVersion::V5), columns }
    }

    /// Where the columns start and end in messages of a version, variadic buffers left out.
    pub fn spans(&self, version: MetadataVersion) -> &[(Position, Position)] {
        if version == MetadataVersion::V4 { &self.v4 } else { &self.v5 }
    }
}

/// Nodes of a field's tree; see [`name`].
pub fn nodes(field: &Field, encoded: bool) -> usize {
    if encoded { node_count(field) } else { 1 + field.children.iter().map(node_count).sum::<usize>() }
}

/// Puts the names of the fields from the column down to node `node` of its tree before the path of an error. The children
/// of a field that is `encoded` with a dictionary belong to its values.
pub fn name(error: Error, field: &Field, node: usize, encoded: bool) -> Error {
    let mut start = 1;
    let children = if encoded && field.dictionary.is_some() { &[][..] } else { &field.children };
    for child in children {
        let end = start + node_count(child);
        if (start..end).contains(&node) {
            return name(error, child, node - start, true).in_field(&field.name);
        }
        start = end;
    }
    error.in_field(&field.name)
}
