//! Arrays without children.

use std::borrow::Cow;

use arrowipc_kit::value::{DataType, Value};

use super::super::LowerError;
use super::scalar::{filler, width};
use super::slot::Slot;
use super::{Array, Body, FILLER, JUNK, JUNK_LENGTH, bitmap, mismatch};
use crate::wire::raw::Role;

/// The longest value that lies in its view.
const INLINE: usize = 12;

impl Body<'_> {
    pub(super) fn null(&mut self, array: Array) -> Result<(), LowerError> {
        if let Some(slot) = array.slots.iter().find(|slot| matches!(slot, Slot::Value(value) if !value.is_null())) {
            return mismatch(array, *slot);
        }
        self.node(array, array.slots.len());
        Ok(())
    }

    pub(super) fn boolean(&mut self, array: Array, nullable: bool) -> Result<(), LowerError> {
        let nulls = self.nulls(array, nullable)?;
        let mut bits = Vec::with_capacity(array.slots.len());
        for (slot, is_null) in array.slots.iter().zip(nulls) {
            bits.push(match slot {
                _ if is_null => array.layout.junk_behind_nulls,
                Slot::Value(Value::Bool(value)) => *value,
                Slot::Filler(number) => number % 4 < 2,
                Slot::Hidden => false,
                slot => return mismatch(array, *slot),
            });
        }
        self.buffer(array, Role::Data, 0, bitmap(bits));
        Ok(())
    }

    pub(super) fn fixed_width(&mut self, array: Array, of: &DataType, nullable: bool) -> Result<(), LowerError> {
        let nulls = self.nulls(array, nullable)?;
        let width = width(of).unwrap_or(0);
        let mut data = self.bytes();
        for (slot, is_null) in array.slots.iter().zip(nulls) {
            match slot {
                _ if is_null => data.fill(width, if array.layout.junk_behind_nulls { JUNK } else { 0 }),
                Slot::Value(value) => data.value(of, value)?,
                Slot::Filler(number) => data.value(of, &filler(of, *number))?,
                Slot::Hidden => data.fill(width, 0),
                slot => return mismatch(array, *slot),
            }
        }
        self.buffer(array, Role::Data, width.max(1), data.bytes);
        Ok(())
    }

    pub(super) fn binary(&mut self, array: Array, nullable: bool, wide: bool) -> Result<(), LowerError> {
        let nulls = self.nulls(array, nullable)?;
        let mut data = vec![FILLER; array.layout.first_offset];
        let mut offsets = self.bytes();
        offsets.offset(data.len(), wide)?;
        for (slot, is_null) in array.slots.iter().zip(nulls) {
            data.extend_from_slice(&bytes(array, *slot, is_null)?);
            offsets.offset(data.len(), wide)?;
        }
        self.offsets(array, wide, offsets.bytes);
        self.buffer(array, Role::Data, 1, data);
        Ok(())
    }

    /// Adds the offsets, which are no bytes where the layout asks for it.
    pub(super) fn offsets(&mut self, array: Array, wide: bool, bytes: Vec<u8>) {
        let bytes = if array.layout.null_offsets && array.slots.is_empty() { Vec::new() } else { bytes };
        self.buffer(array, Role::Offsets, if wide { 8 } else { 4 }, bytes);
    }

    pub(super) fn views(&mut self, array: Array, nullable: bool) -> Result<(), LowerError> {
        let nulls = self.nulls(array, nullable)?;
        let most = array.layout.view_block.unwrap_or(usize::MAX);
        let mut views = self.bytes();
        let mut blocks: Vec<Vec<u8>> = Vec::new();
        if array.layout.first_offset > 0 {
            blocks.push(vec![FILLER; array.layout.first_offset]);
        }
        for (slot, is_null) in array.slots.iter().zip(nulls) {
            let bytes = bytes(array, *slot, is_null)?;
            views.offset(bytes.len(), false)?;
            if bytes.len() <= INLINE {
                views.bytes.extend_from_slice(&bytes);
                views.fill(INLINE - bytes.len(), 0);
                continue;
            }
            if blocks.last().is_none_or(|last| last.len().saturating_add(bytes.len()) > most) {
                blocks.push(Vec::new());
            }
            let last = blocks.len() - 1;
            views.bytes.extend_from_slice(&bytes[..4]);
            views.offset(last, false)?;
            views.offset(blocks[last].len(), false)?;
            blocks[last].extend_from_slice(&bytes);
        }
        self.buffer(array, Role::Views, 16, views.bytes);
        self.variadic.push(blocks.len());
        for block in blocks {
            self.buffer(array, Role::Data, 1, block);
        }
        Ok(())
    }
}

/// The bytes that a slot of variable size has.
fn bytes<'a>(array: Array<'a>, slot: Slot<'a>, is_null: bool) -> Result<Cow<'a, [u8]>, LowerError> {
    use DataType::{LargeUtf8, Utf8, Utf8View};
    let is_text = matches!(array.field.field.data_type, Utf8 | LargeUtf8 | Utf8View);
    Ok(match slot {
        _ if is_null && array.layout.junk_behind_nulls => Cow::Borrowed(&[JUNK; JUNK_LENGTH]),
        _ if is_null => Cow::Borrowed(&[]),
        Slot::Value(Value::Bytes(bytes)) if !is_text => Cow::Borrowed(bytes),
        Slot::Value(Value::Text(text)) if is_text => Cow::Borrowed(text.as_bytes()),
        // Lengths on both sides of what a view holds.
        Slot::Filler(number) => Cow::Owned(vec![FILLER; 1 + number % 5 * 4]),
        Slot::Hidden => Cow::Borrowed(&[]),
        slot => return mismatch(array, slot),
    })
}
