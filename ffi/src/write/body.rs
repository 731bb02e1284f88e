//! Arrays → field nodes and buffers of a body.
//!
//! Buffers are the caller's own memory wherever the format allows it; copied are bitmaps, and offsets that do not start
//! at 0. Slices are written as if they had always been arrays of their own. What lies behind nulls is written as it is,
//! unless [`super::clear`] is asked for.

use super::clear::{self, Slot};
use super::dictionary::Remaps;
use crate::array::{ArrayView, Buffer, Columns, Node, count_ones};
use crate::error::{Error, Result};
use crate::format::MetadataVersion;
use crate::memory::AlignedBuffer;
use crate::schema::{DataType, Field, Integer, UnionMode};
use crate::validate::integer_at;
use std::borrow::Cow;

/// Field nodes and buffers in the order of the format.
#[derive(Default)]
pub struct Body<'a> {
    /// The nodes; their null counts are exact.
    pub nodes: Vec<Node>,
    /// The buffers. `None` is a validity bitmap that is left out.
    pub buffers: Vec<Option<Cow<'a, [u8]>>>,
    /// Number of data buffers of each view column.
    pub variadic_counts: Vec<i64>,
}

/// How arrays are encoded.
#[derive(Clone, Copy)]
pub struct Form<'r> {
    /// Which decides whether unions have a validity entry.
    pub version: MetadataVersion,
    /// Whether zeros are written for what lies behind nulls.
    pub clear_nulls: bool,
    /// How dictionary indices are rewritten.
    pub remaps: Option<&'r Remaps>,
}

/// Encodes `length` slots of `view` from slot `start` of its buffers on. `encoded` is false for dictionary values.
pub fn encode<'a>(
    body: &mut Body<'a>,
    form: Form<'_>,
    field: &Field,
    view: &ArrayView<'a>,
    (start, length): (usize, usize),
    encoded: bool,
) -> Result<()> {
    let done = match form.clear_nulls {
        true => {
            let slots = (start..start + length).map(|at| Slot { at, hidden: false }).collect();
            clear::encode(body, form, field, view, slots, encoded)
        }
        false => {
            Encoder { body, version: form.version, remaps: form.remaps }.field(field, view, start, length, encoded)
        }
    };
    done.map_err(|e| if encoded { e.in_field(&field.name) } else { e })
}

/// A copy of the values of a dictionary that shares no memory with `view`, normalized: offsets start at 0, children are
/// as long as they need to be.
pub fn copy(field: &Field, view: &ArrayView<'_>, range: (usize, usize)) -> Result<Columns> {
    let mut body = Body::default();
    let form = Form { version: MetadataVersion::V5, clear_nulls: false, remaps: None };
    encode(&mut body, form, field, view, range, false)?;
    let mut columns = Columns { nodes: body.nodes, ..Columns::default() };
    for buffer in body.buffers {
        columns.buffers.push(match buffer {
            None => Buffer::ABSENT,
            Some(bytes) => {
                columns.owners.push(AlignedBuffer::copy_of(&bytes)?.into_bytes());
                Buffer { owner: columns.owners.len() as u32 - 1, start: 0, length: bytes.len() }
            }
        });
    }
    Ok(columns)
}

/// Decoded dictionary values as the encoder takes them; dictionaries inside stay away.
pub fn view_of<'a>(field: &Field, columns: &'a Columns) -> ArrayView<'a> {
    view_from(field, columns, &mut 0, false)
}

fn view_from<'a>(field: &Field, columns: &'a Columns, next: &mut usize, encoded: bool) -> ArrayView<'a> {
    let node = columns.nodes[*next];
    *next += 1;
    let first = node.first_buffer as usize;
    let mut buffers = &columns.buffers[first..first + node.buffer_count as usize];
    let encoded = encoded && field.dictionary.is_some();
    let mut validity = None;
    if encoded || has_validity(&field.data_type) {
        validity = (!buffers[0].is_absent()).then(|| columns.bytes(buffers[0]));
        buffers = &buffers[1..];
    }
    let children = match encoded {
        true => Vec::new(),
        false => field.children.iter().map(|child| view_from(child, columns, next, true)).collect(),
    };
    ArrayView {
        length: node.length,
        offset: 0,
        validity,
        buffers: buffers.iter().map(|buffer| columns.bytes(*buffer)).collect(),
        children,
        dictionary: None,
    }
}

/// Whether a type has a bitmap.
pub(super) fn has_validity(data_type: &DataType) -> bool {
    !matches!(data_type, DataType::Null | DataType::Union(..) | DataType::RunEndEncoded)
}

struct Encoder<'b, 'a> {
    body: &'b mut Body<'a>,
    version: MetadataVersion,
    remaps: Option<&'b Remaps>,
}

/// A part of a buffer, which the import has sized by the array's layout.
pub(super) fn part<'a>(buffers: &[&'a [u8]], index: usize, start: usize, end: usize) -> Result<&'a [u8]> {
    let buffer = buffers.get(index).copied().unwrap_or_default();
    buffer.get(start..end).ok_or_else(|| {
        Error::argument(format!(
            "buffer {index} has {} bytes, the array needs those from {start} to {end}",
            buffer.len()
        ))
    })
}

/// Child `index` of an array.
pub(super) fn child<'v, 'a>(view: &'v ArrayView<'a>, index: usize) -> Result<&'v ArrayView<'a>> {
    view.children.get(index).ok_or_else(|| Error::argument(format!("the array has no child {index}")))
}

/// The slots that a child takes part with, checked against its length. `start` counts from the child's first slot.
fn child_range(child: &ArrayView<'_>, start: usize, length: usize) -> Result<usize> {
    match start.checked_add(length) {
        Some(end) if end <= child.length => Ok(child.offset + start),
        _ => Err(Error::argument(format!(
            "the parent needs {length} slots from {start} on of a child that has {}",
            child.length
        ))),
    }
}

impl<'a> Encoder<'_, 'a> {
    fn push(&mut self, bytes: impl Into<Cow<'a, [u8]>>) {
        self.body.buffers.push(Some(bytes.into()));
    }

    fn nested(&mut self, field: &Field, view: &ArrayView<'a>, start: usize, length: usize) -> Result<()> {
        let start = child_range(view, start, length).map_err(|e| e.in_field(&field.name))?;
        self.field(field, view, start, length, true).map_err(|e| e.in_field(&field.name))
    }

    fn field(&mut self, field: &Field, view: &ArrayView<'a>, start: usize, length: usize, encoded: bool) -> Result<()> {
        let first_buffer = self.body.buffers.len() as u32;
        let index = self.body.nodes.len();
        self.body.nodes.push(Node { length, null_count: 0, first_buffer, buffer_count: 0 });
        let dictionary = field.dictionary.as_ref().filter(|_| encoded);

        if dictionary.is_some() || has_validity(&field.data_type) {
            self.body.nodes[index].null_count = self.validity(view, start, length)?;
        } else if field.data_type == DataType::Null {
            self.body.nodes[index].null_count = length;
        } else if self.version == MetadataVersion::V4 {
            // Unions and run-end encoded arrays have an entry for the bitmap that they do not have.
            self.body.buffers.push(None);
        }
        if let Some(dictionary) = dictionary {
            match self.remaps.and_then(|remaps| remaps.get(&dictionary.id)) {
                Some(remap) => self.remapped(view, dictionary.index, remap, start, length)?,
                None => self.fixed(view, 0, dictionary.index.bytes(), start, length)?,
            }
            self.close(index);
            return Ok(());
        }
        self.layout(field, view, index, start, length)
    }

    /// Ends the buffers of node `index`; its children follow.
    fn close(&mut self, index: usize) {
        let node = &mut self.body.nodes[index];
        node.buffer_count = self.body.buffers.len() as u32 - node.first_buffer;
    }

    fn validity(&mut self, view: &ArrayView<'a>, start: usize, length: usize) -> Result<usize> {
        let bits = match view.validity {
            Some(bitmap) => copy_bits(bitmap, start, length)?,
            None => {
                self.body.buffers.push(None);
                return Ok(0);
            }
        };
        let nulls = length - count_ones(&bits, length);
        self.body.buffers.push((nulls > 0).then(|| bits.into()));
        Ok(nulls)
    }

    fn fixed(&mut self, view: &ArrayView<'a>, index: usize, width: usize, start: usize, length: usize) -> Result<()> {
        let bytes = part(&view.buffers, index, start * width, (start + length) * width)?;
        self.push(bytes);
        Ok(())
    }

    /// Indices rewritten to a unified dictionary; those under null slots become 0.
    fn remapped(
        &mut self,
        view: &ArrayView<'a>,
        integer: Integer,
        remap: &[usize],
        start: usize,
        length: usize,
    ) -> Result<()> {
        let width = integer.bytes();
        let indices = part(&view.buffers, 0, start * width, (start + length) * width)?;
        let mut rewritten = reserved(indices.len())?;
        for slot in 0..length {
            let mut to = 0;
            if view.validity.is_none_or(|bits| bit(bits, start + slot)) {
                to = unified(integer_at(indices, slot, width, integer.signed), slot, integer, remap)?;
            }
            rewritten.extend_from_slice(&to.to_le_bytes()[..width]);
        }
        self.push(rewritten);
        Ok(())
    }

    fn layout(&mut self, field: &Field, view: &ArrayView<'a>, index: usize, start: usize, length: usize) -> Result<()> {
        match &field.data_type {
            DataType::Null => self.close(index),
            DataType::Bool => {
                let bits = copy_bits(view.buffers.first().copied().unwrap_or_default(), start, length)?;
                self.push(bits);
                self.close(index);
            }
            DataType::Binary | DataType::Utf8 | DataType::LargeBinary | DataType::LargeUtf8 => {
                let wide = matches!(field.data_type, DataType::LargeBinary | DataType::LargeUtf8);
                let (from, to) = self.offsets(view, if wide { 8 } else { 4 }, start, length)?;
                let data = part(&view.buffers, 1, from, to)?;
                self.push(data);
                self.close(index);
            }
            DataType::List | DataType::Map { .. } | DataType::LargeList => {
                let width = if field.data_type == DataType::LargeList { 8 } else { 4 };
                let (from, to) = self.offsets(view, width, start, length)?;
                self.close(index);
                self.nested(&field.children[0], child(view, 0)?, from, to - from)?;
            }
            DataType::ListView => self.list_view(field, view, index, 4, start, length)?,
            DataType::LargeListView => self.list_view(field, view, index, 8, start, length)?,
            DataType::FixedSizeList(size) => {
                self.close(index);
                let size = *size as usize;
                self.nested(&field.children[0], child(view, 0)?, start * size, length * size)?;
            }
            DataType::Struct => {
                self.close(index);
                for (position, member) in field.children.iter().enumerate() {
                    self.nested(member, child(view, position)?, start, length)?;
                }
            }
            DataType::Union(UnionMode::Sparse, _) => {
                self.fixed(view, 0, 1, start, length)?;
                self.close(index);
                for (position, member) in field.children.iter().enumerate() {
                    self.nested(member, child(view, position)?, start, length)?;
                }
            }
            DataType::Union(UnionMode::Dense, ids) => self.dense_union(field, ids, view, index, start, length)?,
            DataType::BinaryView | DataType::Utf8View => {
                self.views(view, start, length)?;
                self.close(index);
            }
            DataType::RunEndEncoded => {
                self.close(index);
                self.run_ends(field, view, start, length)?;
            }
            other => {
                let width = other
                    .fixed_width()
                    .ok_or_else(|| Error::new(crate::Code::Internal, format!("no layout for {other}")))?;
                self.fixed(view, 0, width, start, length)?;
                self.close(index);
            }
        }
        Ok(())
    }

    /// Writes offsets that start at 0; returns where they started and ended.
    fn offsets(&mut self, view: &ArrayView<'a>, width: usize, start: usize, length: usize) -> Result<(usize, usize)> {
        if length == 0 {
            // One offset, even where the array came without any (clause layout-empty-offsets-one).
            self.push(vec![0; width]);
            return Ok((0, 0));
        }
        let bytes = part(&view.buffers, 0, start * width, (start + length + 1) * width)?;
        let (from, to) = (integer_at(bytes, 0, width, true), integer_at(bytes, length, width, true));
        if from < 0 || to < from {
            return Err(Error::argument(format!("the offsets run from {from} to {to}")));
        }
        if from == 0 {
            self.push(bytes);
        } else if width == 4 {
            self.push(rebase(bytes, |v: [u8; 4]| (i32::from_ne_bytes(v).wrapping_sub(from as i32)).to_ne_bytes())?);
        } else {
            self.push(rebase(bytes, |v: [u8; 8]| (i64::from_ne_bytes(v).wrapping_sub(from)).to_ne_bytes())?);
        }
        Ok((from as usize, to as usize))
    }

    fn list_view(
        &mut self,
        field: &Field,
        view: &ArrayView<'a>,
        index: usize,
        width: usize,
        start: usize,
        length: usize,
    ) -> Result<()> {
        let offsets = part(&view.buffers, 0, start * width, (start + length) * width)?;
        let sizes = part(&view.buffers, 1, start * width, (start + length) * width)?;
        let items = child(view, 0)?;
        // What part of the child the slots use.
        let (mut from, mut to) = (usize::MAX, 0);
        for slot in 0..length {
            let (offset, size) = (integer_at(offsets, slot, width, true), integer_at(sizes, slot, width, true));
            let range = usize::try_from(offset).ok().zip(usize::try_from(size).ok());
            match range.and_then(|(offset, size)| Some((offset, offset.checked_add(size)?))) {
                Some((first, end)) if end <= items.length => {
                    if end > first {
                        from = from.min(first);
                        to = to.max(end);
                    }
                }
                _ => {
                    return Err(Error::argument(format!(
                        "the list view in slot {slot} has offset {offset} and size {size}, the child {} slots",
                        items.length
                    )));
                }
            }
        }
        let from = from.min(to);
        if from == 0 && to == items.length {
            self.push(offsets);
        } else {
            let mut rebased = reserved(offsets.len())?;
            for slot in 0..length {
                // An empty list may point anywhere: keep it inside what is written.
                let offset = (integer_at(offsets, slot, width, true) - from as i64).clamp(0, (to - from) as i64);
                rebased.extend_from_slice(&offset.to_le_bytes()[..width]);
            }
            self.push(rebased);
        }
        self.push(sizes);
        self.close(index);
        self.nested(&field.children[0], items, from, to - from)
    }

    fn dense_union(
        &mut self,
        field: &Field,
        ids: &[i32],
        view: &ArrayView<'a>,
        index: usize,
        start: usize,
        length: usize,
    ) -> Result<()> {
        let types = part(&view.buffers, 0, start, start + length)?;
        let offsets = part(&view.buffers, 1, start * 4, (start + length) * 4)?;
        let mut ranges = [(usize::MAX, 0usize); 128];
        for (slot, id) in types.iter().enumerate() {
            let offset = integer_at(offsets, slot, 4, true);
            match (ranges.get_mut(usize::from(*id)), usize::try_from(offset)) {
                (Some(range), Ok(offset)) if ids.contains(&i32::from(*id)) => {
                    *range = (range.0.min(offset), range.1.max(offset + 1));
                }
                _ => {
                    let message = format!("slot {slot} of a union has type id {} and offset {offset}", *id as i8);
                    return Err(Error::argument(message));
                }
            }
        }
        let moved = ids.iter().any(|id| !matches!(ranges[*id as usize].0, 0 | usize::MAX));
        self.push(types);
        if moved {
            let mut rebased = reserved(offsets.len())?;
            for (slot, id) in types.iter().enumerate() {
                let offset = integer_at(offsets, slot, 4, true) as usize - ranges[usize::from(*id)].0;
                rebased.extend_from_slice(&(offset as i32).to_le_bytes());
            }
            self.push(rebased);
        } else {
            self.push(offsets);
        }
        self.close(index);
        for (position, (member, id)) in field.children.iter().zip(ids).enumerate() {
            let (from, to) = ranges[*id as usize];
            let from = from.min(to);
            self.nested(member, child(view, position)?, from, to - from)?;
        }
        Ok(())
    }

    fn views(&mut self, view: &ArrayView<'a>, start: usize, length: usize) -> Result<()> {
        let views = part(&view.buffers, 0, start * 16, (start + length) * 16)?;
        let data = view.buffers.get(1..).unwrap_or_default();
        let held: usize = data.iter().map(|buffer| buffer.len()).sum();
        let is_valid = |slot: usize| view.validity.is_none_or(|bits| bit(bits, start + slot));
        let mut used = 0usize;
        for slot in (0..length).filter(|slot| is_valid(*slot)) {
            let size = integer_at(views, slot * 4, 4, true);
            if size > 12 {
                let index = integer_at(views, slot * 4 + 2, 4, true);
                let offset = integer_at(views, slot * 4 + 3, 4, true);
                let buffer = usize::try_from(index).ok().and_then(|index| data.get(index));
                let fits = buffer.is_some_and(|buffer| offset >= 0 && offset + size <= buffer.len() as i64);
                if !fits {
                    let message =
                        format!("the view in slot {slot} spans {size} bytes at {offset} of data buffer {index}");
                    return Err(Error::argument(message));
                }
                used += size as usize;
            } else if size < 0 {
                return Err(Error::argument(format!("the view in slot {slot} has length {size}")));
            }
        }
        // Of data that a slice hardly refers to only the referred part is written.
        if used * 2 < held {
            return self.compact_views(views, data, length, is_valid);
        }
        self.push(views);
        data.iter().for_each(|buffer| self.push(*buffer));
        self.body.variadic_counts.push(data.len() as i64);
        Ok(())
    }

    fn compact_views(
        &mut self,
        views: &[u8],
        data: &[&'a [u8]],
        length: usize,
        is_valid: impl Fn(usize) -> bool,
    ) -> Result<()> {
        let mut compacted = reserved(views.len())?;
        compacted.extend_from_slice(views);
        let mut kept: Vec<Vec<u8>> = Vec::new();
        for slot in 0..length {
            let view = &mut compacted[slot * 16..slot * 16 + 16];
            if !is_valid(slot) {
                view.fill(0);
                continue;
            }
            let size = integer_at(view, 0, 4, true);
            if size <= 12 {
                continue;
            }
            let (index, offset) = (integer_at(view, 2, 4, true) as usize, integer_at(view, 3, 4, true) as usize);
            let value = &data[index][offset..offset + size as usize];
            let full = kept.last().is_none_or(|last| last.len() + value.len() > i32::MAX as usize);
            if full {
                kept.push(Vec::new());
            }
            let last = kept.len() - 1;
            view[8..12].copy_from_slice(&(last as i32).to_le_bytes());
            view[12..16].copy_from_slice(&(kept[last].len() as i32).to_le_bytes());
            kept[last].extend_from_slice(value);
        }
        self.push(compacted);
        self.body.variadic_counts.push(kept.len() as i64);
        kept.into_iter().for_each(|buffer| self.push(buffer));
        Ok(())
    }

    /// Only the runs that the slots lie in; run ends count from the first slot.
    fn run_ends(&mut self, field: &Field, view: &ArrayView<'a>, start: usize, length: usize) -> Result<()> {
        let (ends, values) = (child(view, 0)?, child(view, 1)?);
        let width = field.children[0].data_type.fixed_width().unwrap_or(4);
        let bytes = part(&ends.buffers, 0, ends.offset * width, (ends.offset + ends.length) * width)?;
        let end_of = |run: usize| integer_at(bytes, run, width, true);
        let (mut first, mut last) = (0, ends.length);
        // The first run that ends behind `slot`.
        let run_of = |slot: usize| {
            let (mut low, mut high) = (0, ends.length);
            while low < high {
                let middle = low + (high - low) / 2;
                if end_of(middle) as u64 > slot as u64 { high = middle } else { low = middle + 1 }
            }
            low
        };
        if length == 0 {
            last = 0;
        } else {
            first = run_of(start);
            last = last.min(run_of(start + length - 1) + 1);
            if first >= last || (end_of(last - 1) as u64) < (start + length) as u64 {
                return Err(Error::argument(format!(
                    "the run ends stop before slot {} of a run-end encoded array",
                    start + length
                )));
            }
        }
        let mut rebased = reserved((last - first) * width)?;
        for run in first..last {
            let end = (end_of(run) - start as i64).min(length as i64);
            rebased.extend_from_slice(&end.to_le_bytes()[..width]);
        }
        let index = self.body.nodes.len();
        let first_buffer = self.body.buffers.len() as u32;
        self.body.nodes.push(Node { length: last - first, null_count: 0, first_buffer, buffer_count: 0 });
        self.body.buffers.push(None);
        self.push(rebased);
        self.close(index);
        self.nested(&field.children[1], values, first, last - first)
    }
}

/// Bit `index`; false behind the end.
pub(super) fn bit(bits: &[u8], index: usize) -> bool {
    bits.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
}

/// Where the index `from` in slot `slot` leads in a unified dictionary.
pub(super) fn unified(from: i64, slot: usize, integer: Integer, remap: &[usize]) -> Result<usize> {
    let to = *usize::try_from(from).ok().and_then(|from| remap.get(from)).ok_or_else(|| {
        Error::argument(format!("slot {slot} has index {from} into a dictionary of {} values", remap.len()))
    })?;
    let value_bits = u32::from(integer.bits) - u32::from(integer.signed);
    if value_bits < 64 && to as u64 >> value_bits != 0 {
        return Err(Error::argument(format!(
            "the unified dictionary has more values than indices of {} bits reach",
            integer.bits
        )));
    }
    Ok(to)
}

/// Room for so many bytes.
fn reserved(bytes: usize) -> Result<Vec<u8>> {
    let mut room = Vec::new();
    room.try_reserve_exact(bytes).map_err(|_| Error::out_of_memory(bytes as u64))?;
    Ok(room)
}

fn rebase<const N: usize>(bytes: &[u8], moved: impl Fn([u8; N]) -> [u8; N]) -> Result<Vec<u8>> {
    let mut rebased = reserved(bytes.len())?;
    for chunk in bytes.as_chunks::<N>().0 {
        rebased.extend_from_slice(&moved(*chunk));
    }
    Ok(rebased)
}

/// `length` bits from bit `start` on; the bits behind them are zero.
fn copy_bits(bits: &[u8], start: usize, length: usize) -> Result<Vec<u8>> {
    let (first, shift) = (start / 8, start % 8);
    let source = bits.get(first..(start + length).div_ceil(8)).ok_or_else(|| {
        Error::argument(format!("a bitmap of {} bytes, {} bits are needed", bits.len(), start + length))
    })?;
    let mut copied = reserved(length.div_ceil(8))?;
    match shift {
        0 => copied.extend_from_slice(source),
        _ => copied.extend(
            (0..length.div_ceil(8))
                .map(|i| source[i] >> shift | source.get(i + 1).map_or(0, |next| next << (8 - shift))),
        ),
    }
    if let (Some(last), 1..) = (copied.last_mut(), length % 8) {
        *last &= (1 << (length % 8)) - 1;
    }
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_copied_from_any_bit_and_end_in_zeros() {
        let bits = [0b1010_0101, 0b1100_0011, 0b1111_1111];
        for start in 0..24 {
            for length in 0..=24 - start {
                let copied = copy_bits(&bits, start, length).unwrap();
                assert_eq!(copied.len(), length.div_ceil(8));
                for slot in 0..copied.len() * 8 {
                    assert_eq!(
                        bit(&copied, slot),
                        slot < length && bit(&bits, start + slot),
                        "{start} {length} {slot}"
                    );
                }
            }
        }
        assert!(copy_bits(&bits, 20, 5).is_err());
    }
}
