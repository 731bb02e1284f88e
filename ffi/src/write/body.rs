//! Arrays → field nodes and buffers of a body.
//!
//! Buffers are the caller's own memory wherever the format allows it; copied are bitmaps that do not start at a byte or
//! have bits behind their end, and offsets that do not start at 0. Slices are written as if they had always been arrays of
//! their own. What lies behind nulls is written as it is, unless [`super::clear`] is asked for.

use super::arrays::{ArrayView, Arrays};
use super::bits::{self, bit};
use super::clear::{self, Slot};
use super::dictionary::Remaps;
use super::scratch::recycled;
use crate::array::{Buffer, Columns, Node, count_ones};
use crate::error::{Error, Result};
use crate::format::MetadataVersion;
use crate::memory::AlignedBuffer;
use crate::schema::{DataType, Field, Integer, UnionMode};
use crate::validate::integer_at;
use std::borrow::Cow;

/// Copies that are smaller lie in memory that serves body after body.
const LARGE_COPY: usize = 64 << 10;

/// Field nodes and buffers in the order of the format.
#[derive(Default)]
pub struct Body<'a> {
    /// The nodes; their null counts are exact.
    pub nodes: Vec<Node>,
    /// The buffers.
    pub buffers: Vec<Bytes<'a>>,
    /// Number of data buffers of each view column.
    pub variadic_counts: Vec<i64>,
    /// Memory of [`Bytes::Copied`].
    copies: Vec<u8>,
}

/// A buffer of a body.
pub enum Bytes<'a> {
    /// A validity bitmap that is left out.
    Absent,
    /// The caller's memory.
    Borrowed(&'a [u8]),
    /// Memory of its own.
    Owned(Vec<u8>),
    /// A part of the memory that the small copies of a body share.
    Copied {
        /// First byte.
        start: usize,
        /// Number of bytes.
        length: usize,
    },
}

impl<'a> Body<'a> {
    /// A body without content, in the memory of this one.
    pub fn recycled<'b>(mut self) -> Body<'b> {
        self.nodes.clear();
        self.variadic_counts.clear();
        self.copies.clear();
        Body {
            nodes: self.nodes,
            buffers: recycled(self.buffers),
            variadic_counts: self.variadic_counts,
            copies: self.copies,
        }
    }

    /// The bytes of a buffer of this body, none when it is left out.
    pub fn bytes<'s>(&'s self, buffer: &'s Bytes<'a>) -> &'s [u8] {
        match buffer {
            Bytes::Absent => &[],
            Bytes::Borrowed(bytes) => bytes,
            Bytes::Owned(bytes) => bytes,
            Bytes::Copied { start, length } => &self.copies[*start..*start + *length],
        }
    }

    /// Appends a buffer.
    pub fn push(&mut self, bytes: impl Into<Cow<'a, [u8]>>) {
        self.buffers.push(match bytes.into() {
            Cow::Borrowed(bytes) => Bytes::Borrowed(bytes),
            Cow::Owned(bytes) => Bytes::Owned(bytes),
        });
    }

    /// Appends a buffer that `fill` appends to the vector that it gets; `length` is how long it becomes.
    fn push_copy(&mut self, length: usize, fill: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        if length >= LARGE_COPY {
            let mut copy = reserved(length)?;
            fill(&mut copy)?;
            self.buffers.push(Bytes::Owned(copy));
            return Ok(());
        }
        let start = self.copies.len();
        self.copies.try_reserve(length).map_err(|_| Error::out_of_memory(length as u64))?;
        fill(&mut self.copies)?;
        self.buffers.push(Bytes::Copied { start, length: self.copies.len() - start });
        Ok(())
    }
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
    view: ArrayView<'_, 'a>,
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
pub fn copy(field: &Field, view: ArrayView<'_, '_>, range: (usize, usize)) -> Result<Columns> {
    let mut body = Body::default();
    let form = Form { version: MetadataVersion::V5, clear_nulls: false, remaps: None };
    encode(&mut body, form, field, view, range, false)?;
    let mut columns = Columns::default();
    for buffer in &body.buffers {
        columns.buffers.push(match buffer {
            Bytes::Absent => Buffer::ABSENT,
            present => {
                let bytes = body.bytes(present);
                columns.owners.push(AlignedBuffer::copy_of(bytes)?.into_bytes());
                Buffer { owner: columns.owners.len() as u32 - 1, start: 0, length: bytes.len() }
            }
        });
    }
    columns.nodes = body.nodes;
    Ok(columns)
}

/// Decoded dictionary values as the encoder takes them, the only column; dictionaries inside stay away.
pub fn arrays_of<'a>(field: &Field, columns: &'a Columns) -> Arrays<'a> {
    let mut arrays = Arrays::default();
    let index = arrays.reserve(1);
    view_from(&mut arrays, index, field, columns, &mut 0, false);
    arrays
}

fn view_from<'a>(
    arrays: &mut Arrays<'a>,
    index: usize,
    field: &Field,
    columns: &'a Columns,
    next: &mut usize,
    encoded: bool,
) {
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
    let mut viewed = arrays.set(index, node.length, 0, validity);
    buffers.iter().for_each(|buffer| viewed.push(columns.bytes(*buffer)));
    if !encoded {
        let first = arrays.reserve(field.children.len());
        arrays.set_children(index, first, field.children.len());
        for (position, child) in field.children.iter().enumerate() {
            view_from(arrays, first + position, child, columns, next, true);
        }
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
#[inline]
pub(super) fn part<'a>(buffers: &[&'a [u8]], index: usize, start: usize, end: usize) -> Result<&'a [u8]> {
    #[cold]
    fn too_short(index: usize, length: usize, start: usize, end: usize) -> Error {
        Error::argument(format!("buffer {index} has {length} bytes, the array needs those from {start} to {end}"))
    }
    let buffer = buffers.get(index).copied().unwrap_or_default();
    buffer.get(start..end).ok_or_else(|| too_short(index, buffer.len(), start, end))
}

/// Child `index` of an array.
pub(super) fn child<'v, 'a>(view: ArrayView<'v, 'a>, index: usize) -> Result<ArrayView<'v, 'a>> {
    view.child(index).ok_or_else(|| Error::argument(format!("the array has no child {index}")))
}

/// The slots that a child takes part with, checked against its length. `start` counts from the child's first slot.
fn child_range(child: ArrayView<'_, '_>, start: usize, length: usize) -> Result<usize> {
    match start.checked_add(length) {
        Some(end) if end <= child.length => Ok(child.offset + start),
        _ => Err(Error::argument(format!(
            "the parent needs {length} slots from {start} on of a child that has {}",
            child.length
        ))),
    }
}

impl<'a> Encoder<'_, 'a> {
    fn push(&mut self, bytes: &'a [u8]) {
        self.body.buffers.push(Bytes::Borrowed(bytes));
    }

    fn nested(&mut self, field: &Field, view: ArrayView<'_, 'a>, start: usize, length: usize) -> Result<()> {
        let start = child_range(view, start, length).map_err(|e| e.in_field(&field.name))?;
        self.field(field, view, start, length, true).map_err(|e| e.in_field(&field.name))
    }

    fn field(
        &mut self,
        field: &Field,
        view: ArrayView<'_, 'a>,
        start: usize,
        length: usize,
        encoded: bool,
    ) -> Result<()> {
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
            self.body.buffers.push(Bytes::Absent);
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

    fn validity(&mut self, view: ArrayView<'_, 'a>, start: usize, length: usize) -> Result<usize> {
        let Some(bitmap) = view.validity else {
            self.body.buffers.push(Bytes::Absent);
            return Ok(0);
        };
        self.bits(bitmap, start, length)?;
        let nulls = self.body.buffers.last().map_or(0, |bits| length - count_ones(self.body.bytes(bits), length));
        if nulls == 0 {
            self.body.buffers.pop();
            self.body.buffers.push(Bytes::Absent);
        }
        Ok(nulls)
    }

    /// Writes `length` bits from bit `start` on; the bits behind them are zero.
    fn bits(&mut self, bitmap: &'a [u8], start: usize, length: usize) -> Result<()> {
        let bytes = bits::covering(bitmap, start, length)?;
        let behind = bytes.last().is_some_and(|last| !length.is_multiple_of(8) && last >> (length % 8) != 0);
        if start.is_multiple_of(8) && !behind {
            self.push(bytes);
            return Ok(());
        }
        self.body.push_copy(length.div_ceil(8), |copy| {
            bits::append(copy, bytes, start % 8, length);
            Ok(())
        })
    }

    fn fixed(
        &mut self,
        view: ArrayView<'_, 'a>,
        index: usize,
        width: usize,
        start: usize,
        length: usize,
    ) -> Result<()> {
        let bytes = part(view.buffers(), index, start * width, (start + length) * width)?;
        self.push(bytes);
        Ok(())
    }

    /// Indices rewritten to a unified dictionary; those under null slots become 0.
    fn remapped(
        &mut self,
        view: ArrayView<'_, 'a>,
        integer: Integer,
        remap: &[usize],
        start: usize,
        length: usize,
    ) -> Result<()> {
        let width = integer.bytes();
        let indices = part(view.buffers(), 0, start * width, (start + length) * width)?;
        self.body.push_copy(indices.len(), |rewritten| {
            for slot in 0..length {
                let mut to = 0;
                if view.validity.is_none_or(|bits| bit(bits, start + slot)) {
                    to = unified(integer_at(indices, slot, width, integer.signed), slot, integer, remap)?;
                }
                rewritten.extend_from_slice(&to.to_le_bytes()[..width]);
            }
            Ok(())
        })
    }

    fn layout(
        &mut self,
        field: &Field,
        view: ArrayView<'_, 'a>,
        index: usize,
        start: usize,
        length: usize,
    ) -> Result<()> {
        match &field.data_type {
            DataType::Null => self.close(index),
            DataType::Bool => {
                self.bits(view.buffers().first().copied().unwrap_or_default(), start, length)?;
                self.close(index);
            }
            DataType::Binary | DataType::Utf8 | DataType::LargeBinary | DataType::LargeUtf8 => {
                let wide = matches!(field.data_type, DataType::LargeBinary | DataType::LargeUtf8);
                let (from, to) = self.offsets(view, if wide { 8 } else { 4 }, start, length)?;
                let data = part(view.buffers(), 1, from, to)?;
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
    fn offsets(
        &mut self,
        view: ArrayView<'_, 'a>,
        width: usize,
        start: usize,
        length: usize,
    ) -> Result<(usize, usize)> {
        if length == 0 {
            // One offset, even where the array came without any (clause layout-empty-offsets-one).
            self.push(&[0; 8][..width]);
            return Ok((0, 0));
        }
        let bytes = part(view.buffers(), 0, start * width, (start + length + 1) * width)?;
        let (from, to) = (integer_at(bytes, 0, width, true), integer_at(bytes, length, width, true));
        if from < 0 || to < from {
            return Err(Error::argument(format!("the offsets run from {from} to {to}")));
        }
        if from == 0 {
            self.push(bytes);
        } else {
            self.body.push_copy(bytes.len(), |rebased| {
                match width {
                    4 => rebase(rebased, bytes, |v| i32::from_ne_bytes(v).wrapping_sub(from as i32).to_ne_bytes()),
                    _ => rebase(rebased, bytes, |v| i64::from_ne_bytes(v).wrapping_sub(from).to_ne_bytes()),
                }
                Ok(())
            })?;
        }
        Ok((from as usize, to as usize))
    }

    fn list_view(
        &mut self,
        field: &Field,
        view: ArrayView<'_, 'a>,
        index: usize,
        width: usize,
        start: usize,
        length: usize,
    ) -> Result<()> {
        let offsets = part(view.buffers(), 0, start * width, (start + length) * width)?;
        let sizes = part(view.buffers(), 1, start * width, (start + length) * width)?;
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
            self.body.push_copy(offsets.len(), |rebased| {
                for slot in 0..length {
                    // An empty list may point anywhere: keep it inside what is written.
                    let offset = (integer_at(offsets, slot, width, true) - from as i64).clamp(0, (to - from) as i64);
                    rebased.extend_from_slice(&offset.to_le_bytes()[..width]);
                }
                Ok(())
            })?;
        }
        self.push(sizes);
        self.close(index);
        self.nested(&field.children[0], items, from, to - from)
    }

    fn dense_union(
        &mut self,
        field: &Field,
        ids: &[i32],
        view: ArrayView<'_, 'a>,
        index: usize,
        start: usize,
        length: usize,
    ) -> Result<()> {
        let types = part(view.buffers(), 0, start, start + length)?;
        let offsets = part(view.buffers(), 1, start * 4, (start + length) * 4)?;
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
            self.body.push_copy(offsets.len(), |rebased| {
                for (slot, id) in types.iter().enumerate() {
                    let offset = integer_at(offsets, slot, 4, true) as usize - ranges[usize::from(*id)].0;
                    rebased.extend_from_slice(&(offset as i32).to_le_bytes());
                }
                Ok(())
            })?;
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

    fn views(&mut self, view: ArrayView<'_, 'a>, start: usize, length: usize) -> Result<()> {
        let views = part(view.buffers(), 0, start * 16, (start + length) * 16)?;
        let data = view.buffers().get(1..).unwrap_or_default();
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
        data.iter().for_each(|buffer| self.push(buffer));
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
        self.body.push(compacted);
        self.body.variadic_counts.push(kept.len() as i64);
        kept.into_iter().for_each(|buffer| self.body.push(buffer));
        Ok(())
    }

    /// Only the runs that the slots lie in; run ends count from the first slot.
    fn run_ends(&mut self, field: &Field, view: ArrayView<'_, 'a>, start: usize, length: usize) -> Result<()> {
        let (ends, values) = (child(view, 0)?, child(view, 1)?);
        let width = field.children[0].data_type.fixed_width().unwrap_or(4);
        let bytes = part(ends.buffers(), 0, ends.offset * width, (ends.offset + ends.length) * width)?;
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
        let index = self.body.nodes.len();
        let first_buffer = self.body.buffers.len() as u32;
        self.body.nodes.push(Node { length: last - first, null_count: 0, first_buffer, buffer_count: 0 });
        self.body.buffers.push(Bytes::Absent);
        self.body.push_copy((last - first) * width, |rebased| {
            for run in first..last {
                let end = (end_of(run) - start as i64).min(length as i64);
                rebased.extend_from_slice(&end.to_le_bytes()[..width]);
            }
            Ok(())
        })?;
        self.close(index);
        self.nested(&field.children[1], values, first, last - first)
    }
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

/// Appends the integers in `bytes`, each moved.
fn rebase<const N: usize>(rebased: &mut Vec<u8>, bytes: &[u8], moved: impl Fn([u8; N]) -> [u8; N]) {
    let start = rebased.len();
    rebased.resize(start + bytes.len(), 0);
    let (targets, _) = rebased[start..].as_chunks_mut();
    for (target, source) in targets.iter_mut().zip(bytes.as_chunks().0) {
        *target = moved(*source);
    }
}
