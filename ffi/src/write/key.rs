//! Dictionary values as bytes: equal values have equal keys, whatever array they lie in.

use super::arrays::ArrayView;
use crate::error::{Error, Result};
use crate::schema::{DataType, Field};
use crate::validate::integer_at;

/// The keys of the slots of one dictionary, in order.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Keys {
    /// The keys of all values.
    pub fn of(field: &Field, values: ArrayView<'_, '_>) -> Result<Keys> {
        let mut keys = Keys::default();
        // Values without bytes may be more than there is memory for their keys.
        keys.ends.try_reserve(values.length).map_err(|_| Error::out_of_memory(values.length as u64))?;
        for slot in 0..values.length {
            key(field, values, values.offset + slot, false, &mut keys.bytes)?;
            keys.ends.push(keys.bytes.len());
        }
        Ok(keys)
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The key of slot `index`.
    pub fn get(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }

    /// Whether `other` has the same keys, and then perhaps more.
    pub fn is_prefix_of(&self, other: &Keys) -> bool {
        other.ends.len() >= self.ends.len()
            && other.ends[..self.ends.len()] == self.ends
            && other.bytes.starts_with(&self.bytes)
    }

    /// Appends slot `index` of `other`.
    pub fn push(&mut self, other: &Keys, index: usize) {
        self.bytes.extend_from_slice(other.get(index));
        self.ends.push(self.bytes.len());
    }
}

fn missing(what: &str) -> Error {
    Error::argument(format!("a dictionary value lies outside its {what}"))
}

/// Appends the key of the slot `slot`, counted from the start of the buffers. Indices into other dictionaries are taken as
/// they are: when one of those changes, all that refer to it are sent again anyway.
fn key(field: &Field, view: ArrayView<'_, '_>, slot: usize, encoded: bool, out: &mut Vec<u8>) -> Result<()> {
    let bytes = |index: usize, start: usize, end: usize| {
        view.buffers().get(index).and_then(|buffer| buffer.get(start..end)).ok_or_else(|| missing("buffer"))
    };
    let child = |index: usize| view.child(index).ok_or_else(|| missing("children"));
    if let Some(bitmap) = view.validity {
        let byte = bitmap.get(slot / 8).ok_or_else(|| missing("bitmap"))?;
        if byte >> (slot % 8) & 1 == 0 {
            out.push(0);
            return Ok(());
        }
    }
    out.push(1);
    let items = |item: ArrayView<'_, '_>, start: usize, length: usize, out: &mut Vec<u8>| {
        out.extend_from_slice(&(length as u64).to_le_bytes());
        (start..start + length).try_for_each(|i| key(&field.children[0], item, item.offset + i, true, out))
    };
    if let Some(dictionary) = field.dictionary.as_ref().filter(|_| encoded) {
        let width = dictionary.index.bytes();
        out.extend_from_slice(bytes(0, slot * width, (slot + 1) * width)?);
        return Ok(());
    }
    let offsets = |index: usize, width: usize, at: usize| {
        bytes(index, at * width, (at + 1) * width)
            .and_then(|found| usize::try_from(integer_at(found, 0, width, true)).map_err(|_| missing("offsets")))
    };
    match &field.data_type {
        DataType::Null => out.push(0),
        DataType::Bool => out.push(bytes(0, slot / 8, slot / 8 + 1)?[0] >> (slot % 8) & 1),
        DataType::Binary | DataType::Utf8 | DataType::LargeBinary | DataType::LargeUtf8 => {
            let wide = matches!(field.data_type, DataType::LargeBinary | DataType::LargeUtf8);
            let width = if wide { 8 } else { 4 };
            let value = bytes(1, offsets(0, width, slot)?, offsets(0, width, slot + 1)?)?;
            out.extend_from_slice(&(value.len() as u64).to_le_bytes());
            out.extend_from_slice(value);
        }
        DataType::BinaryView | DataType::Utf8View => {
            let view = bytes(0, slot * 16, slot * 16 + 16)?;
            let size = usize::try_from(integer_at(view, 0, 4, true)).map_err(|_| missing("views"))?;
            let value = if size <= 12 {
                &view[4..4 + size]
            } else {
                let (index, start) = (integer_at(view, 2, 4, true), integer_at(view, 3, 4, true));
                let range = usize::try_from(index).ok().zip(usize::try_from(start).ok());
                let (index, start) = range.ok_or_else(|| missing("data buffers"))?;
                bytes(index + 1, start, start + size)?
            };
            out.extend_from_slice(&(size as u64).to_le_bytes());
            out.extend_from_slice(value);
        }
        DataType::List | DataType::Map { .. } | DataType::LargeList => {
            let width = if field.data_type == DataType::LargeList { 8 } else { 4 };
            let (start, end) = (offsets(0, width, slot)?, offsets(0, width, slot + 1)?);
            items(child(0)?, start, end.saturating_sub(start), out)?;
        }
        DataType::ListView | DataType::LargeListView => {
            let width = if field.data_type == DataType::ListView { 4 } else { 8 };
            items(child(0)?, offsets(0, width, slot)?, offsets(1, width, slot)?, out)?;
        }
        DataType::FixedSizeList(size) => {
            let size = *size as usize;
            items(child(0)?, slot * size, size, out)?;
        }
        DataType::Struct => {
            for (index, member) in field.children.iter().enumerate() {
                let view = child(index)?;
                key(member, view, view.offset + slot, true, out)?;
            }
        }
        DataType::Union(mode, ids) => {
            let id = bytes(0, slot, slot + 1)?[0];
            let index = ids.iter().position(|known| *known == i32::from(id)).ok_or_else(|| missing("members"))?;
            let at = if *mode == crate::schema::UnionMode::Dense { offsets(1, 4, slot)? } else { slot };
            out.push(id);
            let view = child(index)?;
            key(&field.children[index], view, view.offset + at, true, out)?;
        }
        DataType::RunEndEncoded => {
            let (ends, values) = (child(0)?, child(1)?);
            let width = field.children[0].data_type.fixed_width().unwrap_or(4);
            let end_of = |run: usize| {
                let at = (ends.offset + run) * width;
                ends.buffers().first().and_then(|b| b.get(at..at + width)).map(|b| integer_at(b, 0, width, true))
            };
            // The first run that ends behind the slot.
            let (mut run, mut behind) = (0, ends.length);
            while run < behind {
                let middle = run + (behind - run) / 2;
                let end = end_of(middle).ok_or_else(|| missing("runs"))?;
                if end > slot as i64 { behind = middle } else { run = middle + 1 }
            }
            if run == ends.length {
                return Err(missing("runs"));
            }
            key(&field.children[1], values, values.offset + run, true, out)?;
        }
        other => {
            let width = other.fixed_width().unwrap_or(0);
            out.extend_from_slice(bytes(0, slot * width, (slot + 1) * width)?);
        }
    }
    Ok(())
}
