//! Arrays → field nodes and buffers without what lies behind nulls.
//!
//! Where [`super::body`] hands out the caller's memory, this copies slot by slot: a slot that is null, or lies in one
//! that is, gets a value of zeros and no bytes of its own. Also left out are bytes that no view, list or union refers
//! to.

use super::arrays::ArrayView;
use super::bits::bit;
use super::body::{Body, Bytes, Form, child, has_validity, part, unified};
use super::dictionary::Remaps;
use crate::array::Node;
use crate::error::{Error, Result};
use crate::format::MetadataVersion;
use crate::schema::{DataType, Field, Integer, UnionMode};
use crate::validate::integer_at;

/// A slot that is written.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Where it lies, counted from the start of the array's buffers.
    pub at: usize,
    /// Whether nobody can see its value.
    pub hidden: bool,
}

/// Encodes slots as [`super::body::encode`] does.
pub fn encode<'a>(
    body: &mut Body<'a>,
    form: Form<'_>,
    field: &Field,
    view: ArrayView<'_, 'a>,
    slots: Vec<Slot>,
    encoded: bool,
) -> Result<()> {
    Clearer { body, version: form.version, remaps: form.remaps }.field(field, view, slots, encoded)
}

struct Clearer<'b, 'a> {
    body: &'b mut Body<'a>,
    version: MetadataVersion,
    remaps: Option<&'b Remaps>,
}

/// A slot of a child, which has to be there.
fn child_slot(child: ArrayView<'_, '_>, index: usize, hidden: bool) -> Result<Slot> {
    match index < child.length {
        true => Ok(Slot { at: child.offset + index, hidden }),
        false => Err(Error::argument(format!("a child has {} slots, its parent needs {}", child.length, index + 1))),
    }
}

/// The offset or size in entry `at` of a buffer.
fn entry(view: ArrayView<'_, '_>, buffer: usize, at: usize, width: usize) -> Result<usize> {
    let value = integer_at(part(view.buffers(), buffer, at * width, (at + 1) * width)?, 0, width, true);
    usize::try_from(value).map_err(|_| Error::argument(format!("slot {at} has offset or size {value}")))
}

/// Where a list or text starts and ends.
fn range(view: ArrayView<'_, '_>, at: usize, width: usize) -> Result<(usize, usize)> {
    match (entry(view, 0, at, width)?, entry(view, 0, at + 1, width)?) {
        (from, to) if from <= to => Ok((from, to)),
        (from, to) => Err(Error::argument(format!("the offsets run from {from} to {to}"))),
    }
}

/// An offset of `width` bytes.
fn push_offset(offsets: &mut Vec<u8>, offset: usize, width: usize) -> Result<()> {
    if width == 4 && offset > i32::MAX as usize {
        return Err(Error::argument(format!("the offset {offset} does not fit into 32 bits")));
    }
    offsets.extend_from_slice(&offset.to_le_bytes()[..width]);
    Ok(())
}

/// The part of a child that slots refer to, and what of it can be seen.
struct Used {
    from: usize,
    /// How many ranges start in each slot, less those that ended before it.
    changes: Vec<i64>,
}

impl Used {
    /// Of ranges of a child of `length` slots, and whether each can be seen.
    fn of(ranges: &[(usize, usize, bool)], length: usize) -> Result<Self> {
        let from = ranges.iter().map(|range| range.0).min().unwrap_or(0);
        let to = ranges.iter().map(|range| range.1).max().unwrap_or(0);
        if to > length {
            return Err(Error::argument(format!("a child has {length} slots, its parent needs {to}")));
        }
        let mut changes = vec![0; to - from + 1];
        for (start, end, _) in ranges.iter().filter(|range| range.2) {
            changes[start - from] += 1;
            changes[end - from] -= 1;
        }
        Ok(Used { from, changes })
    }

    fn slots(&self, child: ArrayView<'_, '_>) -> Result<Vec<Slot>> {
        let mut seen = 0;
        let slot = |(index, change): (usize, &i64)| {
            seen += change;
            child_slot(child, self.from + index, seen == 0)
        };
        self.changes[..self.changes.len() - 1].iter().enumerate().map(slot).collect()
    }
}

impl<'a> Clearer<'_, 'a> {
    fn push(&mut self, bytes: Vec<u8>) {
        self.body.push(bytes);
    }

    fn node(&mut self, length: usize) -> usize {
        let first_buffer = self.body.buffers.len() as u32;
        self.body.nodes.push(Node { length, null_count: 0, first_buffer, buffer_count: 0 });
        self.body.nodes.len() - 1
    }

    fn close(&mut self, index: usize) {
        let node = &mut self.body.nodes[index];
        node.buffer_count = self.body.buffers.len() as u32 - node.first_buffer;
    }

    fn nested(&mut self, field: &Field, view: ArrayView<'_, 'a>, slots: Vec<Slot>) -> Result<()> {
        self.field(field, view, slots, true).map_err(|e| e.in_field(&field.name))
    }

    fn field(&mut self, field: &Field, view: ArrayView<'_, 'a>, mut slots: Vec<Slot>, encoded: bool) -> Result<()> {
        let index = self.node(slots.len());
        let dictionary = field.dictionary.as_ref().filter(|_| encoded);
        if dictionary.is_some() || has_validity(&field.data_type) {
            self.body.nodes[index].null_count = self.validity(view, &mut slots)?;
        } else if field.data_type == DataType::Null {
            self.body.nodes[index].null_count = slots.len();
        } else if self.version == MetadataVersion::V4 {
            // Unions and run-end encoded arrays have an entry for the bitmap that they do not have.
            self.body.buffers.push(Bytes::Absent);
        }
        match dictionary {
            Some(dictionary) => {
                match self.remaps.and_then(|remaps| remaps.get(&dictionary.id)) {
                    Some(remap) => self.remapped(view, dictionary.index, remap, &slots)?,
                    None => self.fixed(view, 0, dictionary.index.bytes(), &slots)?,
                }
                self.close(index);
                Ok(())
            }
            None => self.layout(field, view, index, &slots),
        }
    }

    /// Writes the bitmap and hides the null slots; returns how many they are.
    fn validity(&mut self, view: ArrayView<'_, 'a>, slots: &mut [Slot]) -> Result<usize> {
        let Some(bits) = view.validity else {
            self.body.buffers.push(Bytes::Absent);
            return Ok(0);
        };
        let (mut bitmap, mut nulls) = (vec![0; slots.len().div_ceil(8)], 0);
        for (index, slot) in slots.iter_mut().enumerate() {
            match bit(bits, slot.at) {
                true => bitmap[index / 8] |= 1 << (index % 8),
                false => {
                    nulls += 1;
                    slot.hidden = true;
                }
            }
        }
        self.body.buffers.push(if nulls > 0 { Bytes::Owned(bitmap) } else { Bytes::Absent });
        Ok(nulls)
    }

    fn fixed(&mut self, view: ArrayView<'_, 'a>, buffer: usize, width: usize, slots: &[Slot]) -> Result<()> {
        let mut values = vec![0; slots.len() * width];
        for (index, slot) in slots.iter().enumerate().filter(|(_, slot)| !slot.hidden) {
            let value = part(view.buffers(), buffer, slot.at * width, (slot.at + 1) * width)?;
            values[index * width..(index + 1) * width].copy_from_slice(value);
        }
        self.push(values);
        Ok(())
    }

    fn remapped(&mut self, view: ArrayView<'_, 'a>, integer: Integer, remap: &[usize], slots: &[Slot]) -> Result<()> {
        let width = integer.bytes();
        let mut indices = vec![0; slots.len() * width];
        for (index, slot) in slots.iter().enumerate().filter(|(_, slot)| !slot.hidden) {
            let from = part(view.buffers(), 0, slot.at * width, (slot.at + 1) * width)?;
            let to = unified(integer_at(from, 0, width, integer.signed), index, integer, remap)?;
            indices[index * width..(index + 1) * width].copy_from_slice(&to.to_le_bytes()[..width]);
        }
        self.push(indices);
        Ok(())
    }

    fn layout(&mut self, field: &Field, view: ArrayView<'_, 'a>, index: usize, slots: &[Slot]) -> Result<()> {
        match &field.data_type {
            DataType::Null => self.close(index),
            DataType::Bool => {
                let mut bits = vec![0; slots.len().div_ceil(8)];
                let values = view.buffers().first().copied().unwrap_or_default();
                for (index, _) in slots.iter().enumerate().filter(|(_, slot)| !slot.hidden && bit(values, slot.at)) {
                    bits[index / 8] |= 1 << (index % 8);
                }
                self.push(bits);
                self.close(index);
            }
            DataType::Binary | DataType::Utf8 => self.bytes(view, index, 4, slots)?,
            DataType::LargeBinary | DataType::LargeUtf8 => self.bytes(view, index, 8, slots)?,
            DataType::List | DataType::Map { .. } => self.list(field, view, index, 4, slots)?,
            DataType::LargeList => self.list(field, view, index, 8, slots)?,
            DataType::ListView => self.list_view(field, view, index, 4, slots)?,
            DataType::LargeListView => self.list_view(field, view, index, 8, slots)?,
            DataType::FixedSizeList(size) => {
                self.close(index);
                let (size, items) = (*size as usize, child(view, 0)?);
                let all = slots.iter().flat_map(|slot| (0..size).map(move |item| (slot.at * size + item, slot.hidden)));
                let slots = all.map(|(at, hidden)| child_slot(items, at, hidden)).collect::<Result<_>>()?;
                self.nested(&field.children[0], items, slots)?;
            }
            DataType::Struct => {
                self.close(index);
                for (position, member) in field.children.iter().enumerate() {
                    let values = child(view, position)?;
                    let slots = slots.iter().map(|slot| child_slot(values, slot.at, slot.hidden));
                    self.nested(member, values, slots.collect::<Result<_>>()?)?;
                }
            }
            DataType::Union(mode, ids) => self.union(field, *mode, ids, view, index, slots)?,
            DataType::BinaryView | DataType::Utf8View => {
                self.views(view, slots)?;
                self.close(index);
            }
            DataType::RunEndEncoded => {
                self.close(index);
                self.run_ends(field, view, slots)?;
            }
            other => {
                let width = other
                    .fixed_width()
                    .ok_or_else(|| Error::new(crate::Code::Internal, format!("no layout for {other}")))?;
                self.fixed(view, 0, width, slots)?;
                self.close(index);
            }
        }
        Ok(())
    }

    fn bytes(&mut self, view: ArrayView<'_, 'a>, index: usize, width: usize, slots: &[Slot]) -> Result<()> {
        let (mut offsets, mut data) = (vec![0; width], Vec::new());
        for slot in slots {
            if !slot.hidden {
                let (from, to) = range(view, slot.at, width)?;
                data.extend_from_slice(part(view.buffers(), 1, from, to)?);
            }
            push_offset(&mut offsets, data.len(), width)?;
        }
        self.push(offsets);
        self.push(data);
        self.close(index);
        Ok(())
    }

    fn list(
        &mut self,
        field: &Field,
        view: ArrayView<'_, 'a>,
        index: usize,
        width: usize,
        slots: &[Slot],
    ) -> Result<()> {
        let (mut offsets, mut kept, items) = (vec![0; width], Vec::new(), child(view, 0)?);
        for slot in slots {
            if !slot.hidden {
                let (from, to) = range(view, slot.at, width)?;
                for item in from..to {
                    kept.push(child_slot(items, item, false)?);
                }
            }
            push_offset(&mut offsets, kept.len(), width)?;
        }
        self.push(offsets);
        self.close(index);
        self.nested(&field.children[0], items, kept)
    }

    /// Lists may share items: these stay where they are, and those that no list has are hidden.
    fn list_view(
        &mut self,
        field: &Field,
        view: ArrayView<'_, 'a>,
        index: usize,
        width: usize,
        slots: &[Slot],
    ) -> Result<()> {
        let items = child(view, 0)?;
        let mut ranges = Vec::with_capacity(slots.len());
        for slot in slots.iter().filter(|slot| !slot.hidden) {
            let (offset, size) = (entry(view, 0, slot.at, width)?, entry(view, 1, slot.at, width)?);
            match offset.checked_add(size) {
                Some(end) if end <= items.length => ranges.push((offset, end, true)),
                _ => return Err(Error::argument(format!("a list view has offset {offset} and size {size}"))),
            }
        }
        // An empty list may point anywhere.
        let filled: Vec<_> = ranges.iter().copied().filter(|(from, to, _)| from < to).collect();
        let used = Used::of(&filled, items.length)?;
        let (mut offsets, mut sizes, mut visible) = (Vec::new(), Vec::new(), ranges.iter());
        for slot in slots {
            let (from, to) =
                if slot.hidden { (0, 0) } else { visible.next().map_or((0, 0), |range| (range.0, range.1)) };
            push_offset(&mut offsets, if from < to { from - used.from } else { 0 }, width)?;
            push_offset(&mut sizes, to - from, width)?;
        }
        self.push(offsets);
        self.push(sizes);
        self.close(index);
        self.nested(&field.children[0], items, used.slots(items)?)
    }

    /// Type ids stay as they are. Of each member only what slots of its id refer to can be seen.
    fn union(
        &mut self,
        field: &Field,
        mode: UnionMode,
        ids: &[i32],
        view: ArrayView<'_, 'a>,
        index: usize,
        slots: &[Slot],
    ) -> Result<()> {
        let types = slots.iter().map(|slot| Ok(part(view.buffers(), 0, slot.at, slot.at + 1)?[0]));
        let types = types.collect::<Result<Vec<u8>>>()?;
        if let Some((slot, id)) = types.iter().enumerate().find(|(_, id)| !ids.contains(&i32::from(**id as i8))) {
            return Err(Error::argument(format!("slot {slot} of a union has type id {}", *id as i8)));
        }
        self.push(types.clone());
        let is = |index: usize, id: i32| i32::from(types[index]) == id;
        if mode == UnionMode::Sparse {
            self.close(index);
            for (position, (member, id)) in field.children.iter().zip(ids).enumerate() {
                let values = child(view, position)?;
                let all = slots.iter().enumerate();
                let slots = all.map(|(i, slot)| child_slot(values, slot.at, slot.hidden || !is(i, *id)));
                self.nested(member, values, slots.collect::<Result<_>>()?)?;
            }
            return Ok(());
        }
        let mut offsets = vec![0; slots.len() * 4];
        let mut members = Vec::with_capacity(ids.len());
        for (position, id) in ids.iter().enumerate() {
            let mut ranges = Vec::new();
            for slot in slots.iter().enumerate().filter(|(i, _)| is(*i, *id)).map(|(_, slot)| slot) {
                let offset = entry(view, 1, slot.at, 4)?;
                ranges.push((offset, offset + 1, !slot.hidden));
            }
            let used = Used::of(&ranges, child(view, position)?.length)?;
            for (i, (offset, ..)) in (0..slots.len()).filter(|i| is(*i, *id)).zip(&ranges) {
                offsets[i * 4..i * 4 + 4].copy_from_slice(&((offset - used.from) as i32).to_le_bytes());
            }
            members.push(used);
        }
        self.push(offsets);
        self.close(index);
        for (position, (member, used)) in field.children.iter().zip(members).enumerate() {
            let values = child(view, position)?;
            self.nested(member, values, used.slots(values)?)?;
        }
        Ok(())
    }

    /// Data stay where they are; what no visible view refers to becomes zero.
    fn views(&mut self, view: ArrayView<'_, 'a>, slots: &[Slot]) -> Result<()> {
        let data = view.buffers().get(1..).unwrap_or_default();
        let mut views = vec![0; slots.len() * 16];
        let mut used: Vec<(usize, usize, usize)> = Vec::new();
        for (index, slot) in slots.iter().enumerate().filter(|(_, slot)| !slot.hidden) {
            let found = part(view.buffers(), 0, slot.at * 16, (slot.at + 1) * 16)?;
            let size = integer_at(found, 0, 4, true);
            let held = match usize::try_from(size) {
                Ok(size @ ..=12) => 4 + size,
                _ => {
                    let word = |at: usize| usize::try_from(integer_at(found, at, 4, true)).ok();
                    let range =
                        word(0).zip(word(2)).zip(word(3)).map(|((size, buffer), start)| (buffer, start, start + size));
                    let fits = |(buffer, _, end): &(usize, usize, usize)| {
                        data.get(*buffer).is_some_and(|bytes| *end <= bytes.len())
                    };
                    let range = range.filter(fits);
                    used.push(range.ok_or_else(|| {
                        Error::argument(format!("the view in slot {index} with length {size} lies outside its data"))
                    })?);
                    16
                }
            };
            views[index * 16..index * 16 + held].copy_from_slice(&found[..held]);
        }
        self.push(views);
        self.body.variadic_counts.push(data.len() as i64);
        used.sort_unstable();
        let mut cleared: Vec<Vec<u8>> = data.iter().map(|bytes| vec![0; bytes.len()]).collect();
        // Where the last range ended, so that shared bytes are copied once.
        let mut last = (0, 0);
        for (buffer, start, end) in used {
            let start = if buffer == last.0 { start.max(last.1) } else { start };
            if start < end {
                cleared[buffer][start..end].copy_from_slice(&data[buffer][start..end]);
                last = (buffer, end);
            }
        }
        cleared.into_iter().for_each(|bytes| self.push(bytes));
        Ok(())
    }

    fn run_ends(&mut self, field: &Field, view: ArrayView<'_, 'a>, slots: &[Slot]) -> Result<()> {
        let (ends, values) = (child(view, 0)?, child(view, 1)?);
        let width = field.children[0].data_type.fixed_width().unwrap_or(4);
        let bytes = part(ends.buffers(), 0, ends.offset * width, (ends.offset + ends.length) * width)?;
        let mut rebased: Vec<u8> = Vec::new();
        let mut runs: Vec<(usize, Slot)> = Vec::new();
        for (index, slot) in slots.iter().enumerate() {
            // The first run that ends behind the slot.
            let (mut low, mut high) = (0, ends.length);
            while low < high {
                let middle = low + (high - low) / 2;
                if integer_at(bytes, middle, width, true) as u64 > slot.at as u64 {
                    high = middle
                } else {
                    low = middle + 1
                }
            }
            match runs.last_mut() {
                Some((run, value)) if *run == low => value.hidden &= slot.hidden,
                _ => {
                    if !runs.is_empty() {
                        rebased.extend_from_slice(&index.to_le_bytes()[..width]);
                    }
                    runs.push((low, child_slot(values, low, slot.hidden)?));
                }
            }
        }
        if !runs.is_empty() {
            rebased.extend_from_slice(&slots.len().to_le_bytes()[..width]);
        }
        let node = self.node(runs.len());
        self.body.buffers.push(Bytes::Absent);
        self.push(rebased);
        self.close(node);
        self.nested(&field.children[1], values, runs.into_iter().map(|(_, value)| value).collect())
    }
}
