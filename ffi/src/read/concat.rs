//! Appending the values of a delta to a dictionary.

use crate::array::{Buffer, Columns, Node};
use crate::error::{Error, Result};
use crate::memory::AlignedBuffer;
use crate::schema::{DataType, Field, UnionMode};
use crate::validate::integer_at;

/// The values of `first` followed by those of `second`, both of the type of `field` and both normalized (see
/// [`crate::write::body::copy`]): offsets start at 0, children are as long as they need to be.
///
/// Values without bytes may be any number, and a bitmap has to be made for them when nulls are appended: it has at most
/// `bitmap_bytes`.
pub fn concat(field: &Field, first: &Columns, second: &Columns, bitmap_bytes: u64) -> Result<Columns> {
    let (first_side, second_side) = (Side::new(first), Side::new(second));
    let mut joiner = Joiner { first: first_side, second: second_side, joined: Columns::default(), bitmap_bytes };
    let lengths = (first.nodes[0].length, second.nodes[0].length);
    joiner.field(field, false, lengths)?;
    Ok(joiner.joined)
}

struct Side<'a> {
    columns: &'a Columns,
    node: usize,
}

impl<'a> Side<'a> {
    fn new(columns: &'a Columns) -> Self {
        Side { columns, node: 0 }
    }

    fn next(&mut self) -> Node {
        self.node += 1;
        self.columns.nodes[self.node - 1]
    }

    fn length_of_next(&self) -> usize {
        self.columns.nodes[self.node].length
    }

    fn buffer(&self, node: Node, index: usize) -> &'a [u8] {
        let columns = self.columns;
        columns.bytes(columns.buffers[node.first_buffer as usize + index])
    }

    /// Whether the node has a bitmap.
    fn bitmap(&self, node: Node) -> Option<&'a [u8]> {
        let columns = self.columns;
        let buffer = columns.buffers[node.first_buffer as usize];
        (!buffer.is_absent()).then(|| columns.bytes(buffer))
    }
}

/// The slots of both sides, still a count of slots (see `read::message`).
fn slots(lengths: (usize, usize)) -> Result<usize> {
    match lengths.0 + lengths.1 {
        sum if sum <= 1 << 56 => Ok(sum),
        sum => Err(Error::limit("the number of values of a dictionary grown by deltas", sum, 1u64 << 56)),
    }
}

fn overflow(what: &str) -> Error {
    Error::unsupported(format!("{what} of a dictionary grown by deltas do not fit into their type"))
}

/// Bits of `first` (`lengths.0` of them) and of `second`; `None` stands for ones.
fn join_bits(first: Option<&[u8]>, second: Option<&[u8]>, lengths: (usize, usize)) -> Result<AlignedBuffer> {
    let mut buffer = AlignedBuffer::zeroed((lengths.0 + lengths.1).div_ceil(8))?;
    let joined = buffer.as_mut();
    match first {
        Some(bits) => joined[..lengths.0.div_ceil(8)].copy_from_slice(&bits[..lengths.0.div_ceil(8)]),
        None => joined[..lengths.0.div_ceil(8)].fill(0xFF),
    }
    if !lengths.0.is_multiple_of(8) {
        joined[lengths.0 / 8] &= (1 << (lengths.0 % 8)) - 1;
    }
    for slot in 0..lengths.1 {
        if second.is_none_or(|bits| bits[slot / 8] >> (slot % 8) & 1 == 1) {
            joined[(lengths.0 + slot) / 8] |= 1 << ((lengths.0 + slot) % 8);
        }
    }
    Ok(buffer)
}

/// The bytes before `end`, the last offset into them.
fn front(bytes: &[u8], end: i64) -> Result<&[u8]> {
    usize::try_from(end).ok().and_then(|end| bytes.get(..end)).ok_or_else(|| {
        let message = format!("the last offset is {end}, the data have {} bytes", bytes.len());
        Error::invalid("layout-varbinary-offset-oob", message)
    })
}

/// The bytes of both sides.
fn join_bytes(first: &[u8], second: &[u8]) -> Result<AlignedBuffer> {
    let mut joined = AlignedBuffer::zeroed(first.len() + second.len())?;
    let (front, back) = joined.as_mut().split_at_mut(first.len());
    front.copy_from_slice(first);
    back.copy_from_slice(second);
    Ok(joined)
}

/// Offsets of `first`, then those of `second` moved by `shift`.
fn join_integers(sides: [(&[u8], usize, i64); 2], width: usize, skip_first_of_second: bool) -> Result<AlignedBuffer> {
    let count = sides[0].1 + sides[1].1 - usize::from(skip_first_of_second);
    let mut joined = AlignedBuffer::zeroed(count * width)?;
    let mut places = joined.as_mut().chunks_exact_mut(width);
    for (index, (bytes, count, shift)) in sides.into_iter().enumerate() {
        for slot in usize::from(index == 1 && skip_first_of_second)..count {
            let value = integer_at(bytes, slot, width, true).checked_add(shift).ok_or_else(|| overflow("offsets"))?;
            let fits = width == 8 || value < 1i64 << (8 * width - 1);
            if !fits {
                return Err(overflow("offsets"));
            }
            if let Some(place) = places.next() {
                place.copy_from_slice(&value.to_le_bytes()[..width]);
            }
        }
    }
    Ok(joined)
}

struct Joiner<'a> {
    first: Side<'a>,
    second: Side<'a>,
    joined: Columns,
    bitmap_bytes: u64,
}

impl Joiner<'_> {
    fn push_owned(&mut self, buffer: AlignedBuffer) {
        let owner = self.joined.owners.len() as u32;
        self.joined.buffers.push(Buffer { owner, start: 0, length: buffer.as_ref().len() });
        self.joined.owners.push(buffer.into_bytes());
    }

    /// Joins the first `lengths` slots of both sides.
    fn field(&mut self, field: &Field, encoded: bool, lengths: (usize, usize)) -> Result<()> {
        let (a, b) = (self.first.next(), self.second.next());
        let first_buffer = self.joined.buffers.len() as u32;
        let index = self.joined.nodes.len();
        let length = slots(lengths)?;
        self.joined.nodes.push(Node { length, null_count: 0, first_buffer, buffer_count: 0 });
        let dictionary = field.dictionary.as_ref().filter(|_| encoded);
        let has_validity = dictionary.is_some()
            || !matches!(field.data_type, DataType::Null | DataType::Union(..) | DataType::RunEndEncoded);
        if has_validity {
            let bitmaps = (self.first.bitmap(a), self.second.bitmap(b));
            if bitmaps.0.is_none() && bitmaps.1.is_none() {
                self.joined.buffers.push(Buffer::ABSENT);
            } else {
                let bytes = length.div_ceil(8) as u64;
                if bytes > self.bitmap_bytes {
                    let what = "the bitmap of a dictionary grown by deltas, in bytes,";
                    let error = Error::limit(what, bytes, self.bitmap_bytes);
                    return Err(Error { clause: Some("security-null-length-dos"), ..error });
                }
                let bits = join_bits(bitmaps.0, bitmaps.1, lengths)?;
                self.joined.nodes[index].null_count = length - crate::array::count_ones(bits.as_ref(), length);
                self.push_owned(bits);
            }
        } else if field.data_type == DataType::Null {
            self.joined.nodes[index].null_count = length;
        }
        let count = |joined: &Columns| joined.buffers.len() as u32 - first_buffer;
        if let Some(dictionary) = dictionary {
            self.fixed(a, b, 1, dictionary.index.bytes(), lengths)?;
            self.joined.nodes[index].buffer_count = count(&self.joined);
            return Ok(());
        }
        let children = self.layout(field, a, b, lengths)?;
        self.joined.nodes[index].buffer_count = count(&self.joined);
        for (child, lengths) in field.children.iter().zip(children.into_iter().chain(std::iter::repeat(None))) {
            let all = (self.first.length_of_next(), self.second.length_of_next());
            self.field(child, true, lengths.unwrap_or(all))?;
        }
        if field.data_type == DataType::RunEndEncoded {
            self.shift_run_ends(index, field, lengths.0)?;
        }
        Ok(())
    }

    fn fixed(&mut self, a: Node, b: Node, buffer: usize, width: usize, lengths: (usize, usize)) -> Result<()> {
        let (first, second) = (self.first.buffer(a, buffer), self.second.buffer(b, buffer));
        self.push_owned(join_bytes(&first[..lengths.0 * width], &second[..lengths.1 * width])?);
        Ok(())
    }

    /// Joins the buffers of a type but validity. Returns how many slots of each child are taken; `None`: all.
    fn layout(
        &mut self,
        field: &Field,
        a: Node,
        b: Node,
        lengths: (usize, usize),
    ) -> Result<Vec<Option<(usize, usize)>>> {
        match &field.data_type {
            DataType::Null | DataType::RunEndEncoded => {}
            DataType::Struct => return Ok(vec![Some(lengths); field.children.len()]),
            DataType::FixedSizeList(size) => {
                let size = *size as usize;
                return Ok(vec![Some((lengths.0 * size, lengths.1 * size))]);
            }
            DataType::Bool => {
                let bits = join_bits(Some(self.first.buffer(a, 1)), Some(self.second.buffer(b, 1)), lengths)?;
                self.push_owned(bits);
            }
            DataType::Binary | DataType::Utf8 | DataType::LargeBinary | DataType::LargeUtf8 => {
                let wide = matches!(field.data_type, DataType::LargeBinary | DataType::LargeUtf8);
                let width = if wide { 8 } else { 4 };
                let end = integer_at(self.first.buffer(a, 1), lengths.0, width, true);
                let last = integer_at(self.second.buffer(b, 1), lengths.1, width, true);
                self.offsets(a, b, width, end, lengths)?;
                self.push_owned(join_bytes(
                    front(self.first.buffer(a, 2), end)?,
                    front(self.second.buffer(b, 2), last)?,
                )?);
            }
            DataType::List | DataType::Map { .. } | DataType::LargeList => {
                let width = if field.data_type == DataType::LargeList { 8 } else { 4 };
                self.offsets(a, b, width, self.first.length_of_next() as i64, lengths)?;
            }
            DataType::ListView | DataType::LargeListView => {
                let width = if field.data_type == DataType::ListView { 4 } else { 8 };
                let shift = self.first.length_of_next() as i64;
                let sides = [(self.first.buffer(a, 1), lengths.0, 0), (self.second.buffer(b, 1), lengths.1, shift)];
                self.push_owned(join_integers(sides, width, false)?);
                self.fixed(a, b, 2, width, lengths)?;
            }
            DataType::BinaryView | DataType::Utf8View => self.views(a, b, lengths)?,
            DataType::Union(mode, ids) => {
                self.fixed(a, b, 0, 1, lengths)?;
                if *mode == UnionMode::Sparse {
                    return Ok(vec![Some(lengths); field.children.len()]);
                }
                self.dense_offsets(field, ids, a, b, lengths)?;
            }
            other => {
                let width = other.fixed_width().unwrap_or(0);
                self.fixed(a, b, 1, width, lengths)?;
            }
        }
        Ok(Vec::new())
    }

    fn offsets(&mut self, a: Node, b: Node, width: usize, shift: i64, lengths: (usize, usize)) -> Result<()> {
        let sides = [(self.first.buffer(a, 1), lengths.0 + 1, 0), (self.second.buffer(b, 1), lengths.1 + 1, shift)];
        self.push_owned(join_integers(sides, width, true)?);
        Ok(())
    }

    fn views(&mut self, a: Node, b: Node, lengths: (usize, usize)) -> Result<()> {
        let shift = i32::try_from(a.buffer_count - 2).map_err(|_| overflow("data buffers"))?;
        let (first, second) = (self.first.buffer(a, 1), self.second.buffer(b, 1));
        let mut views = join_bytes(&first[..lengths.0 * 16], &second[..lengths.1 * 16])?;
        for view in views.as_mut()[lengths.0 * 16..].chunks_exact_mut(16) {
            if integer_at(view, 0, 4, true) > 12 {
                let index = integer_at(view, 2, 4, true) + i64::from(shift);
                let index = i32::try_from(index).unwrap_or(i32::MAX);
                view[8..12].copy_from_slice(&index.to_le_bytes());
            }
        }
        self.push_owned(views);
        for (columns, node) in [(self.first.columns, a), (self.second.columns, b)] {
            for index in 2..node.buffer_count {
                // The data stay where they are.
                let buffer = columns.buffers[(node.first_buffer + index) as usize];
                let owner = self.joined.owners.len() as u32;
                let bytes = columns.owners[buffer.owner as usize].slice(buffer.start..buffer.start + buffer.length);
                self.joined.owners.push(bytes);
                self.joined.buffers.push(Buffer { owner, start: 0, length: buffer.length });
            }
        }
        Ok(())
    }

    fn dense_offsets(&mut self, field: &Field, ids: &[i32], a: Node, b: Node, lengths: (usize, usize)) -> Result<()> {
        let mut shifts = [0i64; 128];
        let mut child = self.first.node;
        for (id, member) in ids.iter().zip(&field.children) {
            shifts[(*id & 127) as usize] = self.first.columns.nodes[child].length as i64;
            child += crate::array::node_count(member);
        }
        let types = self.second.buffer(b, 0);
        let (first, second) = (self.first.buffer(a, 1), self.second.buffer(b, 1));
        let mut offsets = join_bytes(&first[..lengths.0 * 4], &second[..lengths.1 * 4])?;
        for (offset, id) in offsets.as_mut()[lengths.0 * 4..].chunks_exact_mut(4).zip(types) {
            let moved = integer_at(offset, 0, 4, true) + shifts[usize::from(id & 127)];
            let moved = i32::try_from(moved).map_err(|_| overflow("union offsets"))?;
            offset.copy_from_slice(&moved.to_le_bytes());
        }
        self.push_owned(offsets);
        Ok(())
    }

    /// The run ends of the second side count from its own start.
    fn shift_run_ends(&mut self, parent: usize, field: &Field, first_length: usize) -> Result<()> {
        let DataType::Int(integer) = field.children[0].data_type else { return Ok(()) };
        let width = integer.bytes();
        let ends = self.joined.nodes[parent + 1];
        let buffer = self.joined.buffers[ends.first_buffer as usize + 1];
        let mut copy = AlignedBuffer::copy_of(self.joined.bytes(buffer))?;
        let bytes = copy.as_mut();
        let runs_of_first = ends.length - self.runs_of_second(parent + 1);
        for run in 0..ends.length {
            let end = integer_at(bytes, run, width, true);
            // The last run of the first side may end behind its last slot.
            let end = if run < runs_of_first { end.min(first_length as i64) } else { end + first_length as i64 };
            if width < 8 && end >= 1i64 << (8 * width - 1) {
                return Err(overflow("run ends"));
            }
            bytes[run * width..(run + 1) * width].copy_from_slice(&end.to_le_bytes()[..width]);
        }
        let owner = buffer.owner as usize;
        self.joined.owners[owner] = copy.into_bytes();
        Ok(())
    }

    /// Number of runs that the second side gave to the run-ends node `node`: both sides are walked in step, so the node
    /// has the same index there.
    fn runs_of_second(&self, node: usize) -> usize {
        self.second.columns.nodes[node].length
    }
}
