//! Checks on the content of buffers, so that whoever touches an array stays inside it.
//!
//! The sizes of buffers and children against the lengths were checked when the batch was decoded.

mod text;

use crate::array::{Columns, Dictionaries, Node};
use crate::error::{Error, Result};
use crate::options::Validation;
use crate::schema::{DataType, Field, Integer, UnionMode};

/// Checks the trees of `fields` in `columns`.
pub fn batch<'f>(
    fields: impl IntoIterator<Item = &'f Field>,
    columns: &Columns,
    dictionaries: &Dictionaries,
    level: Validation,
) -> Result<()> {
    if level == Validation::Trusted {
        return Ok(());
    }
    let mut validator =
        Validator { columns, dictionaries: Some(dictionaries), full: level == Validation::Full, node: 0 };
    fields.into_iter().try_for_each(|field| validator.field(field, true))
}

/// Checks the values of a dictionary. Their indices into other dictionaries, which may still come, are left to
/// [`inner_indices`].
pub fn dictionary(field: &Field, columns: &Columns, level: Validation) -> Result<()> {
    if level == Validation::Trusted {
        return Ok(());
    }
    Validator { columns, dictionaries: None, full: level == Validation::Full, node: 0 }.field(field, false)
}

/// Checks the indices that the values of a dictionary hold into other dictionaries.
pub fn inner_indices(field: &Field, columns: &Columns, dictionaries: &Dictionaries) -> Result<()> {
    Validator { columns, dictionaries: Some(dictionaries), full: true, node: 0 }.indices_only(field, false)
}

struct Validator<'a> {
    columns: &'a Columns,
    /// `None` leaves indices unchecked.
    dictionaries: Option<&'a Dictionaries>,
    full: bool,
    node: usize,
}

/// A validity bitmap, or none.
#[derive(Clone, Copy)]
struct Validity<'a>(Option<&'a [u8]>);

impl Validity<'_> {
    fn is_valid(self, slot: usize) -> bool {
        self.0.is_none_or(|bitmap| bitmap[slot / 8] >> (slot % 8) & 1 == 1)
    }
}

/// The bytes of each of the first `count` values of a buffer.
fn integers<const N: usize>(bytes: &[u8], count: usize) -> &[[u8; N]] {
    let values = bytes.as_chunks::<N>().0;
    &values[..count.min(values.len())]
}

fn narrow(bytes: [u8; 4]) -> i64 {
    i64::from(i32::from_le_bytes(bytes))
}

impl<'a> Validator<'a> {
    fn buffer(&self, node: Node, index: usize) -> &'a [u8] {
        let columns = self.columns;
        match columns.buffers.get(node.first_buffer as usize + index) {
            Some(buffer) => columns.bytes(*buffer),
            None => &[],
        }
    }

    fn validity(&self, node: Node) -> Validity<'a> {
        Validity((node.null_count > 0).then(|| self.buffer(node, 0)))
    }

    /// Dictionary indices of the tree alone.
    fn indices_only(&mut self, field: &Field, encoded: bool) -> Result<()> {
        let node = self.columns.nodes[self.node];
        self.node += 1;
        match field.dictionary.as_ref().filter(|_| encoded) {
            Some(dictionary) => self.indices(dictionary.id, dictionary.index, node),
            None => field.children.iter().try_for_each(|child| self.indices_only(child, true)),
        }
        .map_err(|e| e.in_field(&field.name))
    }

    fn field(&mut self, field: &Field, encoded: bool) -> Result<()> {
        self.field_of(field, encoded).map_err(|e| if encoded { e.in_field(&field.name) } else { e })
    }

    fn field_of(&mut self, field: &Field, encoded: bool) -> Result<()> {
        let node = self.columns.nodes[self.node];
        self.node += 1;
        if let (Some(dictionary), true) = (&field.dictionary, encoded) {
            return if self.full { self.indices(dictionary.id, dictionary.index, node) } else { Ok(()) };
        }
        let child = self.columns.nodes.get(self.node).map_or(0, |child| child.length);
        match &field.data_type {
            DataType::Binary | DataType::LargeBinary | DataType::Utf8 | DataType::LargeUtf8 => {
                let data = self.buffer(node, 2);
                let wide = matches!(field.data_type, DataType::LargeBinary | DataType::LargeUtf8);
                self.offsets(node, wide, data.len(), "layout-varbinary-offset-oob")?;
                if self.full && matches!(field.data_type, DataType::Utf8 | DataType::LargeUtf8) {
                    let (offsets, length) = (self.buffer(node, 1), node.length);
                    let validity = self.validity(node);
                    let is_valid = |slot| validity.is_valid(slot);
                    match wide {
                        true => text::offsets::<8>(offsets, length, data, i64::from_le_bytes, is_valid)?,
                        false => text::offsets::<4>(offsets, length, data, narrow, is_valid)?,
                    }
                }
            }
            DataType::List | DataType::Map { .. } => self.offsets(node, false, child, "layout-list-child-shorter")?,
            DataType::LargeList => self.offsets(node, true, child, "layout-list-child-shorter")?,
            DataType::ListView if self.full => self.list_views::<4>(node, child)?,
            DataType::LargeListView if self.full => self.list_views::<8>(node, child)?,
            DataType::BinaryView | DataType::Utf8View if self.full => {
                self.views(node, field.data_type == DataType::Utf8View)?;
            }
            DataType::Union(mode, ids) if self.full => self.union(node, field, *mode, ids)?,
            DataType::RunEndEncoded => self.run_ends(node, &field.children[0])?,
            _ => {}
        }
        field.children.iter().try_for_each(|child| self.field(child, true))
    }

    fn offsets(&self, node: Node, wide: bool, end: usize, clause: &'static str) -> Result<()> {
        let bytes = self.buffer(node, 1);
        if wide {
            self.offsets_of(bytes, node.length, end, clause, i64::from_le_bytes)
        } else {
            self.offsets_of(bytes, node.length, end, clause, i32::from_le_bytes)
        }
    }

    fn offsets_of<const N: usize, T: Ord + Into<i64>>(
        &self,
        bytes: &[u8],
        length: usize,
        end: usize,
        clause: &'static str,
        value: impl Fn([u8; N]) -> T + Copy,
    ) -> Result<()> {
        let offsets = integers::<N>(bytes, length + 1);
        let at = |slot: usize| -> i64 { value(offsets[slot]).into() };
        let (first, last) = (at(0), at(length));
        if first < 0 {
            let message = format!("the first offset is {first}");
            return Err(Error::invalid("layout-varbinary-negative-offset", message));
        }
        if last < first {
            let message = format!("the last offset is {last}, the first {first}");
            return Err(Error::invalid("layout-varbinary-nonmonotonic", message));
        }
        if last as u64 > end as u64 {
            return Err(Error::invalid(clause, format!("the last offset is {last}, there are {end} to point to")));
        }
        if !self.full {
            return Ok(());
        }
        // No branch in the loop, which processors then do many at a time; the slot is looked for only when something is wrong.
        let pairs = offsets.iter().zip(&offsets[1..]);
        let falls = pairs.fold(false, |falls, (before, offset)| falls | (value(*offset) < value(*before)));
        if !falls {
            return Ok(());
        }
        let slot = (0..length).find(|slot| at(slot + 1) < at(*slot)).unwrap_or(0);
        let message = format!("offset {} is {}, after {}", slot + 1, at(slot + 1), at(slot));
        Err(Error::invalid("layout-varbinary-nonmonotonic", message))
    }

    fn list_views<const N: usize>(&self, node: Node, child: usize) -> Result<()> {
        let wide = |bytes: [u8; N]| {
            let mut extended = [if bytes[N - 1] & 0x80 != 0 { 0xFF } else { 0 }; 8];
            extended[..N].copy_from_slice(&bytes);
            i64::from_le_bytes(extended)
        };
        let offsets = integers::<N>(self.buffer(node, 1), node.length);
        let sizes = integers::<N>(self.buffer(node, 2), node.length);
        for (slot, (offset, size)) in offsets.iter().zip(sizes).enumerate() {
            let (offset, size) = (wide(*offset), wide(*size));
            let fits =
                offset >= 0 && size >= 0 && offset.checked_add(size).is_some_and(|end| end as u64 <= child as u64);
            if !fits {
                let message = format!("slot {slot} has offset {offset} and size {size}, the child {child} slots");
                return Err(Error::invalid("layout-listview-bounds-invalid", message));
            }
        }
        Ok(())
    }

    fn views(&self, node: Node, text: bool) -> Result<()> {
        let views = self.buffer(node, 1);
        let validity = self.validity(node);
        for (slot, view) in integers::<16>(views, node.length).iter().enumerate() {
            // Views under null slots may hold any bytes (clause layout-view-null-slot).
            if validity.is_valid(slot) {
                self.view(node, *view, text).map_err(|(clause, message)| {
                    Error::invalid(clause, format!("the view in slot {slot} {message}"))
                })?;
            }
        }
        Ok(())
    }

    fn view(&self, node: Node, view: [u8; 16], text: bool) -> std::result::Result<(), (&'static str, String)> {
        let word = |at: usize| i32::from_le_bytes([view[at], view[at + 1], view[at + 2], view[at + 3]]);
        let length = word(0);
        let Ok(size) = usize::try_from(length) else {
            return Err(("layout-view-range-invalid", format!("has length {length}")));
        };
        let value = if size <= 12 {
            if view[4 + size..].iter().any(|byte| *byte != 0) {
                return Err(("layout-view-inline-padding", "has bytes behind its value that are not zero".into()));
            }
            &view[4..4 + size]
        } else {
            let (index, offset) = (word(8), word(12));
            let data = match usize::try_from(index) {
                Ok(index) if index + 2 < node.buffer_count as usize => self.buffer(node, index + 2),
                _ => return Err(("layout-view-range-invalid", format!("names data buffer {index}"))),
            };
            let start = usize::try_from(offset).ok();
            let found = start.and_then(|start| start.checked_add(size).and_then(|end| data.get(start..end)));
            let Some(found) = found else {
                let message = format!("spans {size} bytes at {offset} of a data buffer of {}", data.len());
                return Err(("layout-view-range-invalid", message));
            };
            if found[..4] != view[4..8] {
                return Err(("layout-view-prefix-mismatch", "has a prefix that is not that of its value".into()));
            }
            found
        };
        if text && simdutf8::basic::from_utf8(value).is_err() {
            return Err(("type-utf8-invalid", "is not UTF-8".into()));
        }
        Ok(())
    }

    fn union(&self, node: Node, field: &Field, mode: UnionMode, ids: &[i32]) -> Result<()> {
        // Lengths of the members by type id; -1 for ids that no member has.
        let mut lengths = [-1i64; 128];
        let mut child = self.node;
        for (id, member) in ids.iter().zip(&field.children) {
            lengths[*id as usize] = self.columns.nodes[child].length as i64;
            child += crate::array::node_count(member);
        }
        let types = &self.buffer(node, 0)[..node.length];
        if let Some(slot) = types.iter().position(|id| *id >= 128 || lengths[usize::from(*id)] < 0) {
            let message = format!("slot {slot} has type id {}, which no member has", types[slot] as i8);
            return Err(Error::invalid("layout-union-type-id-invalid", message));
        }
        if mode == UnionMode::Sparse {
            return Ok(());
        }
        let mut last = [0i64; 128];
        for (slot, offset) in integers::<4>(self.buffer(node, 1), node.length).iter().enumerate() {
            let (offset, id) = (narrow(*offset), usize::from(types[slot]));
            if offset < 0 || offset >= lengths[id] {
                let message = format!("slot {slot} has offset {offset} in a member of {} slots", lengths[id]);
                return Err(Error::invalid("layout-union-dense-oob", message));
            }
            if offset < last[id] {
                let message = format!("slot {slot} has offset {offset}, after {} for the same member", last[id]);
                return Err(Error::invalid("layout-union-dense-decreasing", message));
            }
            last[id] = offset;
        }
        Ok(())
    }

    fn run_ends(&self, node: Node, field: &Field) -> Result<()> {
        let ends = self.columns.nodes[self.node];
        if ends.null_count > 0 {
            return Err(Error::invalid(
                "layout-ree-no-null-run-ends",
                format!("{} run ends are null", ends.null_count),
            ));
        }
        let DataType::Int(integer) = field.data_type else { return Ok(()) };
        let (bytes, width) = (self.buffer(ends, 1), integer.bytes());
        let mut last = 0;
        let checked = if self.full { 0 } else { ends.length.saturating_sub(1) };
        for run in checked..ends.length {
            let end = integer_at(bytes, run, width, true);
            if end <= last {
                let message = format!("run {run} ends at {end}, the one before at {last}");
                return Err(Error::invalid("layout-ree-invalid-run-ends", message));
            }
            last = end;
        }
        if (last as u64) < node.length as u64 {
            let message = format!("the last run ends at {last}, the array has {} slots", node.length);
            return Err(Error::invalid("layout-ree-last-run-end", message));
        }
        Ok(())
    }

    fn indices(&self, id: i64, integer: Integer, node: Node) -> Result<()> {
        let Some(dictionaries) = self.dictionaries else { return Ok(()) };
        let length = dictionaries.get(&id).map_or(0, |values| values.nodes[0].length);
        let (bytes, width) = (self.buffer(node, 1), integer.bytes());
        let validity = self.validity(node);
        let limit = length as u64;
        let outside = |slot: usize| integer_at(bytes, slot, width, integer.signed) as u64 >= limit;
        // Negative indices become large unsigned ones, so one comparison finds both.
        let reached = if integer.signed { limit.min(1 << (integer.bits - 1)) } else { limit };
        let wrong = match width {
            1 => largest(bytes, node.length, u8::from_le_bytes) >= reached,
            2 => largest(bytes, node.length, u16::from_le_bytes) >= reached,
            4 => largest(bytes, node.length, u32::from_le_bytes) >= reached,
            _ => largest(bytes, node.length, u64::from_le_bytes) >= reached,
        };
        if !wrong {
            return Ok(());
        }
        // Indices under null slots may hold anything.
        match (0..node.length).find(|slot| outside(*slot) && validity.is_valid(*slot)) {
            None => Ok(()),
            Some(slot) => {
                let index = integer_at(bytes, slot, width, integer.signed);
                if !dictionaries.contains_key(&id) {
                    let message = format!("slot {slot} refers to dictionary {id}, which was not sent");
                    return Err(Error::invalid("dictionary-use-before-define", message));
                }
                let message = format!("slot {slot} has index {index} into dictionary {id} of {length} values");
                Err(Error::invalid("layout-dict-index-oob", message))
            }
        }
    }
}

/// The largest of the first `count` unsigned integers, or 0.
fn largest<const N: usize, T: Ord + Into<u64>>(bytes: &[u8], count: usize, value: impl Fn([u8; N]) -> T + Copy) -> u64 {
    // No branch in the loop, which processors then do many at a time.
    integers::<N>(bytes, count).iter().fold(value([0; N]), |largest, bytes| largest.max(value(*bytes))).into()
}

/// Integer `index` of a buffer of integers of `width` bytes; unsigned 64-bit values keep their bits.
pub fn integer_at(bytes: &[u8], index: usize, width: usize, signed: bool) -> i64 {
    let Some(bytes) = bytes.get(index * width..(index + 1) * width) else { return -1 };
    let negative = signed && bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut extended = [if negative { 0xFF } else { 0 }; 8];
    extended[..width].copy_from_slice(bytes);
    i64::from_le_bytes(extended)
}
