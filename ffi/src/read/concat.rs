//! Appending the values of a delta to a dictionary.

use crate::array::{Buffer, Columns, Node};
use crate::error::{Error, Result};
use crate::memory::AlignedBuffer;
use crate::schema::{DataType, Field, UnionMode};
use crate::validate::integer_at;

/// The values of `first` followed by those of `second`, both of the type of `field` and both normalized (see
/// [`crate::write::body::copy`]): offsets start at 0, children are as long as they need to be.
pub fn concat(field: &Field, first: &Columns, second: &Columns) -> Result<Columns> {
    let mut joiner = Joiner { first: Side::new(first), second: Side::new(second), joined: Columns::default() };
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

fn overflow(what: &str) -> Error {
    Error::unsupported(format!("{what} of a dictionary grown by deltas do not fit into their type"))
}

/// Bits of `first` (`lengths.0` of them) and of `second`; `None` stands for ones.
fn join_bits(first: Option<&[u8]>, second: Option<&[u8]>, lengths: (usize, usize)) -> Vec<u8> {
    let mut joined = vec![0; (lengths.0 + lengths.1).div_ceil(8)];
    let sides = [(first, 0, lengths.0), (second, lengths.0, lengths.1)];
    for (bits, start, length) in sides {
        for slot in 0..length {
            if bits.is_none_or(|bits| bits[slot / 8] >> (slot % 8) & 1 == 1) {
                joined[(start + slot) / 8] |= 1 << ((start + slot) % 8);
            }
        }
    }
    joined
}

/// Offsets of `first`, then those of `second` moved by `shift`.
fn join_integers(sides: [(&[u8], usize, i64); 2], width: usize, skip_first_of_second: bool) -> Result<Vec<u8>> {
    let mut joined = Vec::with_capacity((sides[0].1 + sides[1].1) * width);
    for (index, (bytes, count, shift)) in sides.into_iter().enumerate() {
        for slot in usize::from(index == 1 && skip_first_of_second)..count {
            let value = integer_at(bytes, slot, width, true).checked_add(shift).ok_or_else(|| overflow("offsets"))?;
            let fits = width == 8 || value < 1i64 << (8 * width - 1);
            if !fits {
                return Err(overflow("offsets"));
            }
            joined.extend_from_slice(&value.to_le_bytes()[..width]);
        }
    }
    Ok(joined)
}

struct Joiner<'a> {
    first: Side<'a>,
    second: Side<'a>,
    joined: Columns,
}

impl Joiner<'_> {
    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let owner = self.joined.owners.len() as u32;
        self.joined.buffers.push(Buffer { owner, start: 0, length: bytes.len() });
        self.joined.owners.push(AlignedBuffer::copy_of(bytes)?.into_bytes());
        Ok(())
    }

    /// Joins the first `lengths` slots of both sides.
    fn field(&mut self, field: &Field, encoded: bool, lengths: (usize, usize)) -> Result<()> {
        let (a, b) = (self.first.next(), self.second.next());
        let first_buffer = self.joined.buffers.len() as u32;
        let index = self.joined.nodes.len();
        self.joined.nodes.push(Node { length: lengths.0 + lengths.1, null_count: 0, first_buffer, buffer_count: 0 });
        let dictionary = field.dictionary.as_ref().filter(|_| encoded);
        let has_validity = dictionary.is_some()
            || !matches!(field.data_type, DataType::Null | DataType::Union(..) | DataType::RunEndEncoded);
        if has_validity {
            let bitmaps = (self.first.bitmap(a), self.second.bitmap(b));
            if bitmaps.0.is_none() && bitmaps.1.is_none() {
                self.joined.buffers.push(Buffer::ABSENT);
            } else {
                let bits = join_bits(bitmaps.0, bitmaps.1, lengths);
                let total = lengths.0 + lengths.1;
                self.joined.nodes[index].null_count = total - crate::array::count_ones(&bits, total);
                self.push(&bits)?;
            }
        } else if field.data_type == DataType::Null {
            self.joined.nodes[index].null_count = lengths.0 + lengths.1;
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
        let mut bytes = self.first.buffer(a, buffer)[..lengths.0 * width].to_vec();
        bytes.extend_from_slice(&self.second.buffer(b, buffer)[..lengths.1 * width]);
        self.push(&bytes)
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
                let bits = join_bits(Some(self.first.buffer(a, 1)), Some(self.second.buffer(b, 1)), lengths);
                self.push(&bits)?;
            }
            DataType::Binary | DataType::Utf8 | DataType::LargeBinary | DataType::LargeUtf8 => {
                let wide = matches!(field.data_type, DataType::LargeBinary | DataType::LargeUtf8);
                let width = if wide { 8 } else { 4 };
                let end = integer_at(self.first.buffer(a, 1), lengths.0, width, true);
                let last = integer_at(self.second.buffer(b, 1), lengths.1, width, true);
                self.offsets(a, b, width, end, lengths)?;
                let part = |bytes: &[u8], end: i64| {
                    let found = usize::try_from(end).ok().and_then(|end| bytes.get(..end)).map(<[u8]>::to_vec);
                    found.ok_or_else(|| {
                        let message = format!("the last offset is {end}, the data have {} bytes", bytes.len());
                        Error::invalid("layout-varbinary-offset-oob", message)
                    })
                };
                let mut data = part(self.first.buffer(a, 2), end)?;
                data.extend(part(self.second.buffer(b, 2), last)?);
                self.push(&data)?;
            }
            DataType::List | DataType::Map { .. } | DataType::LargeList => {
                let width = if field.data_type == DataType::LargeList { 8 } else { 4 };
                self.offsets(a, b, width, self.first.length_of_next() as i64, lengths)?;
            }
            DataType::ListView | DataType::LargeListView => {
                let width = if field.data_type == DataType::ListView { 4 } else { 8 };
                let shift = self.first.length_of_next() as i64;
                let sides = [(self.first.buffer(a, 1), lengths.0, 0), (self.second.buffer(b, 1), lengths.1, shift)];
                let offsets = join_integers(sides, width, false)?;
                self.push(&offsets)?;
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
        let joined = join_integers(sides, width, true)?;
        self.push(&joined)
    }

    fn views(&mut self, a: Node, b: Node, lengths: (usize, usize)) -> Result<()> {
        let shift = i32::try_from(a.buffer_count - 2).map_err(|_| overflow("data buffers"))?;
        let mut views = self.first.buffer(a, 1)[..lengths.0 * 16].to_vec();
        for view in self.second.buffer(b, 1)[..lengths.1 * 16].chunks_exact(16) {
            let mut view = view.to_vec();
            if integer_at(&view, 0, 4, true) > 12 {
                let index = integer_at(&view, 2, 4, true) + i64::from(shift);
                let index = i32::try_from(index).unwrap_or(i32::MAX);
                view[8..12].copy_from_slice(&index.to_le_bytes());
            }
            views.extend(view);
        }
        self.push(&views)?;
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
        let mut offsets = self.first.buffer(a, 1)[..lengths.0 * 4].to_vec();
        for slot in 0..lengths.1 {
            let shift = shifts[usize::from(types[slot] & 127)];
            let offset = integer_at(self.second.buffer(b, 1), slot, 4, true) + shift;
            let offset = i32::try_from(offset).map_err(|_| overflow("union offsets"))?;
            offsets.extend_from_slice(&offset.to_le_bytes());
        }
        self.push(&offsets)?;
        Ok(())
    }

    /// The run ends of the second side count from its own start.
    fn shift_run_ends(&mut self, parent: usize, field: &Field, first_length: usize) -> Result<()> {
        let DataType::Int(integer) = field.children[0].data_type else { return Ok(()) };
        let width = integer.bytes();
        let ends = self.joined.nodes[parent + 1];
        let buffer = self.joined.buffers[ends.first_buffer as usize + 1];
        let mut bytes = self.joined.bytes(buffer).to_vec();
        let runs_of_first = ends.length - self.runs_of_second(parent + 1);
        for run in 0..ends.length {
            let end = integer_at(&bytes, run, width, true);
            // The last run of the first side may end behind its last slot.
            let end = if run < runs_of_first { end.min(first_length as i64) } else { end + first_length as i64 };
            if width < 8 && end >= 1i64 << (8 * width - 1) {
                return Err(overflow("run ends"));
            }
            bytes[run * width..(run + 1) * width].copy_from_slice(&end.to_le_bytes()[..width]);
        }
        let owner = buffer.owner as usize;
        self.joined.owners[owner] = AlignedBuffer::copy_of(&bytes)?.into_bytes();
        Ok(())
    }

    /// Number of runs that the second side gave to the run-ends node `node`: both sides are walked in step, so the node
    /// has the same index there.
    fn runs_of_second(&self, node: usize) -> usize {
        self.second.columns.nodes[node].length
    }
}
