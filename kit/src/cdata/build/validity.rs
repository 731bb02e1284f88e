//! Which slots are null, and whether a bitmap says so.

use super::ArrayBuilder;
use super::slot::Slot;
use crate::cdata::buffer::{Buffer, bitmap};
use crate::value::{ParseError, Validity, Value};

/// The nulls of an array.
pub(super) struct Nulls {
    /// Whether each slot, filler included, is null.
    pub(super) is_null: Vec<bool>,
    /// The validity buffer.
    pub(super) buffer: Option<Buffer>,
    /// Number of nulls among the rows.
    pub(super) count: usize,
}

impl ArrayBuilder<'_> {
    /// Decides the nulls of a type with a bitmap.
    ///
    /// Rows are null where their value is. Under a null parent they are null too where the field is nullable, as
    /// plain writers leave them. Every other filler slot is null where there is a bitmap anyway, so that a reader
    /// that takes the bitmap without the offset goes wrong.
    pub(super) fn nulls(&self) -> Result<Nulls, ParseError> {
        let absent = self.layout.validity == Some(Validity::Absent);
        let behind = self.field.nullable && !absent;
        let must = |slot: &Slot| match slot {
            Slot::Value(Value::Null) => true,
            Slot::Behind => behind,
            _ => false,
        };
        let has_nulls = self.slots.iter().any(must);
        if has_nulls && absent {
            return Err(ParseError::new("no nulls, since the layout says `validity: absent`", "a null"));
        }
        if !has_nulls && self.layout.validity != Some(Validity::Present) {
            return Ok(Nulls { is_null: vec![false; self.slots.len()], buffer: None, count: 0 });
        }
        let filler = |slot: &Slot| self.field.nullable && matches!(slot, Slot::Filler(index) if index % 2 == 0);
        let is_null: Vec<bool> = self.slots.iter().map(|slot| must(slot) || filler(slot)).collect();
        let rows = &is_null[self.layout.offset..self.layout.offset + self.rows];
        let count = rows.iter().filter(|is_null| **is_null).count();
        let buffer = self.buffer(&bitmap(is_null.iter().map(|is_null| !is_null)));
        Ok(Nulls { is_null, buffer, count })
    }
}
