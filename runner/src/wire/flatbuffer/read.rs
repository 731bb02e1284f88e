//! From bytes to a tree, with the place of everything. Strict: what a flatbuffers verifier refuses is a fault.

use std::ops::Range;

use crate::wire::format::{Kind, Scalar, StructType, TableType};
use crate::wire::tree::{Node, Table, Value};

/// Levels of tables within tables, so many that even unoptimised code keeps within the stack of any thread.
const MOST_LEVELS: usize = 140;
/// Tables, strings and vectors of one flatbuffer, which may refer to one many times.
const MOST_OBJECTS: usize = 1_000_000;
/// How many times as much as the flatbuffer itself its tree may take, for the same reason…
const MOST_COPIES: usize = 64;
/// …beside this many bytes, for small flatbuffers.
const FREE_BYTES: usize = 1 << 16;
/// What a table takes beside its vtable, counted low, so that flatbuffers without sharing stay far from the limit.
const TABLE_COST: usize = 64;

/// What is wrong with a flatbuffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, in the input.
    pub at: Range<usize>,
    /// The path in the tree, such as `header.fields[2].type`.
    pub path: String,
    /// What is wrong there.
    pub problem: String,
    /// Whether nothing is wrong there but that it is too deep, or too much.
    pub excessive: bool,
}

/// Reads the root table of `bytes[range]`; places are those in `bytes`.
pub fn root(bytes: &[u8], range: Range<usize>, kind: &'static TableType) -> Result<Table, Fault> {
    let end = range.end.min(bytes.len());
    let most_bytes = end.saturating_sub(range.start).saturating_mul(MOST_COPIES).saturating_add(FREE_BYTES);
    let mut reader =
        Reader { bytes: &bytes[..end], start: range.start, objects: 0, bytes_left: most_bytes, path: Vec::new() };
    let root = reader.offset(range.start)?;
    reader.table(root, kind, 0)
}

struct Reader<'a> {
    /// The input up to the end of the flatbuffer.
    bytes: &'a [u8],
    start: usize,
    objects: usize,
    /// What the tree may still take.
    bytes_left: usize,
    path: Vec<String>,
}

impl Reader<'_> {
    fn fault<T>(&self, at: Range<usize>, problem: impl Into<String>) -> Result<T, Fault> {
        let mut path = String::new();
        for part in &self.path {
            if !path.is_empty() && !part.starts_with('[') {
                path.push('.');
            }
            path.push_str(part);
        }
        Err(Fault { at, path, problem: problem.into(), excessive: false })
    }

    /// A fault of what would be right, were there less of it.
    fn excess<T>(&self, at: usize, problem: impl Into<String>) -> Result<T, Fault> {
        self.fault(at..at, problem).map_err(|fault| Fault { excessive: true, ..fault })
    }

    /// Bytes at a place, checked.
    fn take(&self, at: usize, length: usize, what: &str) -> Result<&[u8], Fault> {
        let end = at.checked_add(length).filter(|end| *end <= self.bytes.len());
        match end {
            Some(end) if at >= self.start => Ok(&self.bytes[at..end]),
            _ => {
                let size = self.bytes.len() - self.start;
                let from = at as i128 - self.start as i128;
                let last = at.min(self.bytes.len())..self.bytes.len();
                self.fault(last, format!("{what} at {from} takes {length} bytes, the flatbuffer has {size}"))
            }
        }
    }

    fn aligned(&self, at: usize, alignment: usize, what: &str) -> Result<(), Fault> {
        match (at - self.start) % alignment {
            0 => Ok(()),
            _ => self
                .fault(at..at + 1, format!("{what} at {} is not at a multiple of {alignment} bytes", at - self.start)),
        }
    }

    fn unsigned(&self, at: usize, width: usize, what: &str) -> Result<usize, Fault> {
        let mut value = 0;
        for (index, byte) in self.take(at, width, what)?.iter().enumerate() {
            value |= usize::from(*byte) << (8 * index);
        }
        Ok(value)
    }

    fn scalar(&self, at: usize, scalar: &Scalar) -> Result<i64, Fault> {
        self.aligned(at, scalar.width, "a number")?;
        let bytes = self.take(at, scalar.width, "a number")?;
        let mut value = [if scalar.signed && bytes.last().is_some_and(|last| *last >= 0x80) { 0xFF } else { 0 }; 8];
        value[..bytes.len()].copy_from_slice(bytes);
        Ok(i64::from_le_bytes(value))
    }

    /// Where the offset at a place leads.
    fn offset(&self, at: usize) -> Result<usize, Fault> {
        self.aligned(at, 4, "an offset")?;
        let distance = self.unsigned(at, 4, "an offset")?;
        match distance {
            0 => self.fault(at..at + 4, "an offset of 0"),
            _ if distance > self.bytes.len() - at => {
                let behind = distance - (self.bytes.len() - at);
                self.fault(at..at + 4, format!("an offset that leads {behind} bytes behind the end"))
            }
            _ => Ok(at + distance),
        }
    }

    /// Counts an object of that many bytes.
    fn count(&mut self, at: usize, size: usize) -> Result<(), Fault> {
        self.objects += 1;
        if self.objects > MOST_OBJECTS {
            return self.excess(at, "too many tables, strings and vectors");
        }
        match self.bytes_left.checked_sub(size) {
            Some(left) => {
                self.bytes_left = left;
                Ok(())
            }
            None => self.excess(at, "tables, strings and vectors are referred to too often"),
        }
    }

    // Tables within tables are read by recursion through `table`, `field` and `node`. What needs no recursion stands in functions of its
    // own, so that a level takes little of the stack.

    fn table(&mut self, at: usize, kind: &'static TableType, level: usize) -> Result<Table, Fault> {
        if level > MOST_LEVELS {
            return self.excess(at, format!("tables are nested deeper than {MOST_LEVELS} levels"));
        }
        let mut table = self.shape(at, kind)?;
        for slot in 0..(table.vtable.len() - 4) / 2 {
            let distance = self.unsigned(table.vtable.start + 4 + 2 * slot, 2, "a vtable")?;
            if distance == 0 {
                continue;
            }
            match kind.fields.get(slot) {
                Some(field) => {
                    self.path.push(field.name.to_owned());
                    self.field(&mut table, slot, distance, level)?;
                    self.path.pop();
                }
                None => self.unknown(&mut table, slot, distance)?,
            }
        }
        Ok(table)
    }

    /// A table with its place and that of its vtable, and no fields yet.
    fn shape(&mut self, at: usize, kind: &'static TableType) -> Result<Table, Fault> {
        self.aligned(at, 4, "a table")?;
        let distance = self.unsigned(at, 4, "a table")? as u32 as i32;
        let vtable = at as i64 - i64::from(distance);
        let vtable = match usize::try_from(vtable) {
            Ok(vtable) if vtable >= self.start && vtable < self.bytes.len() => vtable,
            _ => return self.fault(at..at + 4, "the vtable lies outside the flatbuffer"),
        };
        self.aligned(vtable, 2, "a vtable")?;
        let vtable_size = self.unsigned(vtable, 2, "a vtable")?;
        let size = self.unsigned(vtable + 2, 2, "a vtable")?;
        if vtable_size < 4 || vtable_size % 2 != 0 {
            return self.fault(vtable..vtable + 2, format!("a vtable of {vtable_size} bytes"));
        }
        self.take(vtable, vtable_size, "a vtable")?;
        self.count(at, vtable_size + TABLE_COST)?;
        if size < 4 {
            return self.fault(vtable + 2..vtable + 4, format!("a table of {size} bytes"));
        }
        self.take(at, size, "a table")?;
        let mut table = Table::new(kind);
        table.place = at..at + size;
        table.vtable = vtable..vtable + vtable_size;
        Ok(table)
    }

    /// Notes a field that the format does not know.
    fn unknown(&mut self, table: &mut Table, slot: usize, distance: usize) -> Result<(), Fault> {
        let end = table.place.end;
        let inline = (table.place.start + distance).min(end)..end;
        self.count(inline.start, inline.len())?;
        table.unknown.push((slot, self.bytes[inline].to_vec()));
        Ok(())
    }

    fn field(&mut self, table: &mut Table, slot: usize, distance: usize, level: usize) -> Result<(), Fault> {
        let kind = &table.kind.fields[slot].kind;
        let at = self.inline(table, slot, distance, kind)?;
        let node = match kind {
            Kind::Union(members) => match member(table, slot, members) {
                Some(member) => {
                    let place = self.offset(at)?;
                    let value = self.table(place, member, level + 1)?;
                    Node { slot: at..at + 4, place: value.place.clone(), value: Value::Table(value) }
                }
                // No type, or a member of a later version: as for any verifier, the value is not looked at.
                None => return Ok(()),
            },
            kind => self.node(at, kind, level)?,
        };
        table.fields[slot] = Some(node);
        Ok(())
    }

    /// Where the inline bytes of a field lie.
    fn inline(&self, table: &Table, slot: usize, distance: usize, kind: &Kind) -> Result<usize, Fault> {
        let size = table.place.len();
        if distance < 4 || distance + kind.inline_size() > size {
            let entry = table.vtable.start + 4 + 2 * slot;
            return self.fault(entry..entry + 2, format!("the field lies at {distance} of a table of {size} bytes"));
        }
        Ok(table.place.start + distance)
    }

    fn node(&mut self, at: usize, kind: &'static Kind, level: usize) -> Result<Node, Fault> {
        match kind {
            Kind::Table(of) => {
                let place = self.offset(at)?;
                let table = self.table(place, of, level + 1)?;
                Ok(Node { slot: at..at + 4, place: table.place.clone(), value: Value::Table(table) })
            }
            Kind::Vector(of) => {
                let place = self.vector(at, of)?;
                let each = of.inline_size();
                let length = (place.len() - 4) / each;
                let mut nodes = Vec::with_capacity(length);
                for index in 0..length {
                    self.path.push(format!("[{index}]"));
                    nodes.push(self.node(place.start + 4 + index * each, of, level)?);
                    self.path.pop();
                }
                Ok(Node { value: Value::Vector(nodes), slot: at..at + 4, place })
            }
            kind => self.leaf(at, kind),
        }
    }

    /// Where a vector lies, its length included.
    fn vector(&mut self, at: usize, of: &Kind) -> Result<Range<usize>, Fault> {
        let place = self.offset(at)?;
        self.aligned(place, 4, "a vector")?;
        let length = self.unsigned(place, 4, "the length of a vector")?;
        let Some(size) = length.checked_mul(of.inline_size()) else {
            return self.fault(place..place + 4, "a huge vector");
        };
        self.take(place + 4, size, "a vector")?;
        self.count(place, size)?;
        if length > 0 {
            self.aligned(place + 4, of.inline_alignment(), "the elements of a vector")?;
        }
        Ok(place..place + 4 + size)
    }

    /// A value that holds no other.
    fn leaf(&mut self, at: usize, kind: &'static Kind) -> Result<Node, Fault> {
        let slot = at..at + kind.inline_size();
        let (value, place) = match kind {
            Kind::Scalar(scalar) => (Value::Scalar(self.scalar(at, scalar)?), slot.clone()),
            Kind::Struct(of) => (Value::Struct(self.members(at, of)?), slot.clone()),
            Kind::Text => {
                let place = self.offset(at)?;
                let length = self.unsigned(place, 4, "the length of a string")?;
                self.aligned(place, 4, "a string")?;
                self.take(place + 4, length, "a string")?;
                self.count(place, length)?;
                let bytes = self.take(place + 4, length, "a string")?.to_vec();
                if self.unsigned(place + 4 + length, 1, "the end of a string")? != 0 {
                    return self.fault(place..place + 4, "a string without terminator");
                }
                (Value::Text(bytes), place..place + 5 + length)
            }
            _ => return self.fault(slot, "a union outside a table"),
        };
        Ok(Node { value, slot, place })
    }

    fn members(&self, at: usize, of: &StructType) -> Result<Vec<i64>, Fault> {
        self.take(at, of.size, "a struct")?;
        of.members.iter().map(|(_, place, scalar)| self.scalar(at + place, scalar)).collect()
    }
}

/// The table that a union's type, which lies in the slot before, selects.
fn member(table: &Table, slot: usize, members: &[&'static TableType]) -> Option<&'static TableType> {
    let code = table.fields[slot - 1].as_ref().and_then(Node::as_scalar).unwrap_or(0);
    usize::try_from(code - 1).ok().and_then(|index| members.get(index)).copied()
}
