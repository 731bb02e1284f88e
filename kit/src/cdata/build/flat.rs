//! Arrays without children.

use std::borrow::Cow;

use super::slot::Slot;
use super::{Array, ArrayBuilder, OffsetWidth};
use crate::cdata::buffer::bitmap;
use crate::cdata::fixed_width;
use crate::value::{ParseError, Value};

/// Bytes that lie behind nulls where the layout asks for junk.
const JUNK: u8 = 0xa5;
/// Bytes of a null slot of variable size, where the layout asks for junk.
const JUNK_LENGTH: usize = 3;
/// Bytes of filler, which are UTF-8 too.
const FILLER: u8 = b'#';
/// The longest value that lies in its view.
const INLINE: usize = 12;

impl ArrayBuilder<'_> {
    pub(super) fn null(&self) -> Result<Array, ParseError> {
        match self.slots.iter().find(|slot| matches!(slot, Slot::Value(value) if !value.is_null())) {
            Some(slot) => self.mismatch(*slot),
            None => Ok(self.array(self.rows, Vec::new(), Vec::new())),
        }
    }

    pub(super) fn boolean(&self) -> Result<Array, ParseError> {
        let nulls = self.nulls()?;
        let bits = self.slots.iter().zip(&nulls.is_null).map(|(slot, is_null)| match slot {
            _ if *is_null => Ok(self.layout.junk_behind_nulls),
            Slot::Value(Value::Bool(value)) => Ok(*value),
            Slot::Filler(index) => Ok(index % 4 < 2),
            Slot::Behind => Ok(false),
            slot => self.mismatch(*slot),
        });
        let bits: Vec<bool> = bits.collect::<Result<_, _>>()?;
        Ok(self.array(nulls.count, vec![nulls.buffer, self.buffer(&bitmap(bits))], Vec::new()))
    }

    pub(super) fn fixed_width(&self, width: usize) -> Result<Array, ParseError> {
        let nulls = self.nulls()?;
        let data_type = &self.field.data_type;
        let mut data = Vec::with_capacity(self.slots.len() * width);
        for (slot, is_null) in self.slots.iter().zip(&nulls.is_null) {
            match slot {
                _ if *is_null => data.resize(data.len() + width, if self.layout.junk_behind_nulls { JUNK } else { 0 }),
                Slot::Value(value) => fixed_width::encode(data_type, value, &mut data)?,
                Slot::Filler(index) => {
                    fixed_width::encode(data_type, &fixed_width::filler(data_type, *index), &mut data)?;
                }
                Slot::Behind => data.resize(data.len() + width, 0),
                slot => return self.mismatch(*slot),
            }
        }
        Ok(self.array(nulls.count, vec![nulls.buffer, self.buffer(&data)], Vec::new()))
    }

    pub(super) fn binary<O: OffsetWidth>(&self) -> Result<Array, ParseError> {
        let nulls = self.nulls()?;
        let mut data = vec![FILLER; self.layout.first_offset];
        let mut offsets = Vec::new();
        O::write(data.len(), &mut offsets)?;
        for (slot, is_null) in self.slots.iter().zip(&nulls.is_null) {
            data.extend_from_slice(&self.bytes(*slot, *is_null)?);
            O::write(data.len(), &mut offsets)?;
        }
        let buffers = vec![nulls.buffer, self.offsets_buffer(&offsets), self.buffer(&data)];
        Ok(self.array(nulls.count, buffers, Vec::new()))
    }

    pub(super) fn views(&self) -> Result<Array, ParseError> {
        let nulls = self.nulls()?;
        let block = self.layout.view_block.unwrap_or(usize::MAX);
        let mut views = Vec::with_capacity(self.slots.len() * 16);
        let mut blocks: Vec<Vec<u8>> = Vec::new();
        if self.layout.first_offset > 0 {
            blocks.push(vec![FILLER; self.layout.first_offset]);
        }
        for (slot, is_null) in self.slots.iter().zip(&nulls.is_null) {
            let bytes = self.bytes(*slot, *is_null)?;
            <i32 as OffsetWidth>::write(bytes.len(), &mut views)?;
            if bytes.len() <= INLINE {
                views.extend_from_slice(&bytes);
                views.resize(views.len() + INLINE - bytes.len(), 0);
                continue;
            }
            if blocks.last().is_none_or(|last| last.len().saturating_add(bytes.len()) > block) {
                blocks.push(Vec::new());
            }
            let index = blocks.len() - 1;
            views.extend_from_slice(&bytes[..4]);
            <i32 as OffsetWidth>::write(index, &mut views)?;
            <i32 as OffsetWidth>::write(blocks[index].len(), &mut views)?;
            blocks[index].extend_from_slice(&bytes);
        }
        let sizes: Vec<u8> = blocks.iter().flat_map(|block| (block.len() as i64).to_le_bytes()).collect();
        let mut buffers = vec![nulls.buffer, self.buffer(&views)];
        buffers.extend(blocks.iter().map(|block| self.buffer(block)));
        buffers.push(self.buffer(&sizes));
        Ok(self.array(nulls.count, buffers, Vec::new()))
    }

    /// The bytes that a slot of variable size has.
    fn bytes<'b>(&'b self, slot: Slot<'b>, is_null: bool) -> Result<Cow<'b, [u8]>, ParseError> {
        Ok(match slot {
            _ if is_null && self.layout.junk_behind_nulls => Cow::Borrowed(&[JUNK; JUNK_LENGTH]),
            _ if is_null => Cow::Borrowed(&[]),
            Slot::Value(Value::Bytes(bytes)) if !self.is_text() => Cow::Borrowed(bytes),
            Slot::Value(Value::Text(text)) if self.is_text() => Cow::Borrowed(text.as_bytes()),
            // Lengths on both sides of what a view holds inline.
            Slot::Filler(index) => Cow::Owned(vec![FILLER; 1 + index % 5 * 4]),
            Slot::Behind => Cow::Borrowed(&[]),
            slot => return self.mismatch(slot),
        })
    }

    fn is_text(&self) -> bool {
        use crate::value::DataType::{LargeUtf8, Utf8, Utf8View};
        matches!(self.field.data_type, Utf8 | LargeUtf8 | Utf8View)
    }
}
