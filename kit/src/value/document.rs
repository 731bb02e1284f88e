//! Whole data: a schema and its batches.

use std::borrow::Cow;

use super::{Digest, DocumentWriter, Field, Generate, Layout, Metadata, ParseError, Schema, Value};

/// A schema and its data: what a case expects, what a producer is given, what a consumer has seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The schema.
    pub schema: Schema,
    /// The batches, or the rule that makes them.
    pub data: Data,
}

/// Data written down, or described by a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// The batches.
    Batches(Vec<Batch>),
    /// A rule by which batches are made one at a time.
    Generate(Generate),
}

/// A record batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Number of rows, which a batch without columns has too.
    pub rows: usize,
    /// Metadata of the record batch message.
    pub metadata: Metadata,
    /// One column a field.
    pub columns: Vec<Column>,
}

/// The values of a column in a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// One value a row.
    pub values: Vec<Value>,
    /// How the column lies in memory; `None` is the default layout, and what a dump always has.
    pub layout: Option<Layout>,
}

impl From<Vec<Value>> for Column {
    fn from(values: Vec<Value>) -> Self {
        Column { values, layout: None }
    }
}

impl Document {
    /// Number of batches.
    pub fn batch_count(&self) -> usize {
        match &self.data {
            Data::Batches(batches) => batches.len(),
            Data::Generate(generate) => generate.batches,
        }
    }

    /// Number of rows of all batches.
    pub fn row_count(&self) -> u64 {
        match &self.data {
            Data::Batches(batches) => batches.iter().map(|batch| batch.rows as u64).sum(),
            Data::Generate(generate) => generate.batches as u64 * generate.rows as u64,
        }
    }

    /// The batch of that index: borrowed, or made by the rule. `None` behind the last one.
    pub fn batch(&self, index: usize) -> Option<Cow<'_, Batch>> {
        match &self.data {
            Data::Batches(batches) => batches.get(index).map(Cow::Borrowed),
            Data::Generate(generate) => {
                (index < generate.batches).then(|| Cow::Owned(generate.batch(&self.schema, index)))
            }
        }
    }

    /// The batches in order. Generated ones are made one at a time.
    pub fn batches(&self) -> impl Iterator<Item = Cow<'_, Batch>> {
        (0..self.batch_count()).map_while(|index| self.batch(index))
    }

    /// The digest of the whole, which layouts do not change.
    pub fn digest(&self) -> Digest {
        let mut writer = DocumentWriter::digest_only(&self.schema);
        for batch in self.batches() {
            writer.begin_batch(batch.rows, &batch.metadata);
            for column in &batch.columns {
                writer.column(&column.values);
            }
        }
        writer.finish_digest()
    }

    /// Checks what parsing checks, for a document that was put together in memory: children of fields, numbers of
    /// columns and rows, keys of layouts, rules of generated data.
    pub fn check(&self) -> Result<(), ParseError> {
        self.schema.check().map_err(|error| error.at_key("schema"))?;
        match &self.data {
            Data::Batches(batches) => {
                for (index, batch) in batches.iter().enumerate() {
                    batch.check(&self.schema.fields).map_err(|error| error.at_index(index).at_key("batches"))?;
                }
                Ok(())
            }
            Data::Generate(generate) => generate.check(&self.schema).map_err(|error| error.at_key("generate")),
        }
    }
}

impl Schema {
    /// Checks the children of every field.
    pub fn check(&self) -> Result<(), ParseError> {
        for (index, field) in self.fields.iter().enumerate() {
            field.check().map_err(|error| error.at_index(index).at_key("fields"))?;
        }
        Ok(())
    }
}

impl Batch {
    pub(super) fn check(&self, fields: &[Field]) -> Result<(), ParseError> {
        if self.columns.len() != fields.len() {
            let expected = format!("{} columns, one a field", fields.len());
            return Err(ParseError::new(expected, self.columns.len().to_string()).at_key("columns"));
        }
        for (index, (column, field)) in self.columns.iter().zip(fields).enumerate() {
            let at_column = |error: ParseError| error.at_index(index).at_key("columns");
            if column.values.len() != self.rows {
                let expected = format!("{} values, one a row", self.rows);
                return Err(at_column(ParseError::new(expected, column.values.len().to_string())));
            }
            if let Some(layout) = &column.layout {
                layout.check(field).map_err(|error| at_column(error.at_key("layout")))?;
            }
        }
        Ok(())
    }
}
