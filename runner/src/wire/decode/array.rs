//! The arrays of a record batch: which field node and which buffers belong to which column.

use std::ops::Range;

use super::budget::Budget;
use super::buffer::{self, Buffer, Context};
use super::clauses::*;
use super::plan::{Column, role_name};
use super::report::{Halt, Report, field_at};
use crate::case::options::{Compression, Phase};
use crate::wire::raw::Role;
use crate::wire::tree::{Node, Table};

/// An array as it lies in a body.
pub struct Array<'a> {
    /// Its path, such as `batch[0].column[s].child[item]`.
    pub path: String,
    /// How many slots it has.
    pub length: usize,
    /// The null count that its field node tells.
    pub null_count: i64,
    /// Where its field node lies.
    pub node: Range<usize>,
    /// The buffers that its layout names, in order.
    pub roles: &'static [Role],
    /// These buffers.
    pub buffers: Vec<Buffer<'a>>,
    /// The data buffers of views.
    pub variadic: Vec<Buffer<'a>>,
    /// The arrays of its children.
    pub children: Vec<Array<'a>>,
    /// Of a part of an array: the slot of the whole at which it starts.
    pub part_from: Option<usize>,
}

impl<'a> Array<'a> {
    /// The buffer of a role.
    pub fn buffer(&self, role: Role) -> Option<&Buffer<'a>> {
        self.buffers.get(self.roles.iter().position(|other| *other == role)?)
    }

    /// The bytes of the buffer of a role; none if there is no such buffer.
    pub fn bytes(&self, role: Role) -> &[u8] {
        self.buffer(role).map_or(&[], |buffer| &buffer.bytes)
    }

    /// Where bytes of a buffer lie in the input.
    pub fn place(&self, role: Role, part: Range<usize>) -> Range<usize> {
        self.buffer(role).map_or(0..0, |buffer| buffer.place(part))
    }

    /// Where an element of a buffer lies, and its path: role, index, width in bytes.
    pub fn element(&self, (role, index, width): (Role, usize, usize)) -> (Range<usize>, String) {
        let at = self.place(role, index * width..(index + 1) * width);
        (at, self.path_of_element(role, index))
    }

    /// The path of an element of a buffer, by its position in this array.
    pub fn path_of_element(&self, role: Role, index: usize) -> String {
        format!("{}[{}]", self.path_of(role), self.part_from.unwrap_or(0) + index)
    }

    /// The path of a buffer.
    pub fn path_of(&self, role: Role) -> String {
        format!("{}.{}", self.path, role_name(role))
    }
}

/// A RecordBatch table and its body.
pub struct Body<'a, 'b> {
    /// The whole input.
    pub input: &'a [u8],
    /// Where the body lies in it.
    pub at: Range<usize>,
    /// The RecordBatch table.
    pub table: &'b Table,
    /// The path of the table's fields: `batch[0]` or `dictionary[0].data`.
    pub place: String,
    /// The path of columns: `batch[0]` or `dictionary[0]`.
    pub columns_place: String,
    /// Whether the message's version is before V5.
    pub before_v5: bool,
    /// The phase in which the message is read.
    pub phase: Phase,
}

/// The arrays of a body's columns, an array or a reason for each; the outer error concerns all of them.
pub type Arrays<'a> = Result<Vec<Result<Array<'a>, Halt>>, Halt>;

impl<'a> Body<'a, '_> {
    /// Takes the body apart.
    pub fn arrays(&self, columns: &[Column], report: &mut Report, budget: &mut Budget) -> Arrays<'a> {
        let codec = self.codec(report);
        let buffers = self.table.vector("buffers");
        for (index, buffer) in buffers.iter().enumerate() {
            self.check_alignment(buffer, index, report);
        }
        let mut walk = Walk {
            body: self,
            codec: codec?,
            nodes: self.table.vector("nodes").iter().enumerate(),
            buffers: buffers.iter().enumerate(),
            counts: self.table.vector("variadicBufferCounts").iter().enumerate(),
            context: Context { report, budget, phase: self.phase },
        };
        let arrays = columns.iter().map(|column| {
            let path = format!("{}.column[{}]", self.columns_place, column.step);
            walk.array(column, path)
        });
        let arrays = arrays.collect::<Result<Vec<_>, Halt>>()?;
        walk.surplus();
        Ok(arrays)
    }

    fn codec(&self, report: &mut Report) -> Result<Compression, Halt> {
        let Some(compression) = self.table.table("compression") else { return Ok(Compression::None) };
        let (codec, method) = (compression.scalar("codec"), compression.scalar("method"));
        let mut add = |clause, field, found: i64, expected: &str| {
            let place = format!("{}.compression.{field}", self.place);
            report.add(clause, self.phase, field_at(compression, field), place, found, expected);
        };
        if method != 0 {
            add(COMPRESSION_METHOD_UNKNOWN, "method", method, "0 (BUFFER)");
        }
        let known = match codec {
            0 => Some(Compression::Lz4),
            1 => Some(Compression::Zstd),
            _ => {
                add(COMPRESSION_CODEC_UNKNOWN, "codec", codec, "0 (LZ4_FRAME) or 1 (ZSTD)");
                None
            }
        };
        known.filter(|_| method == 0).ok_or(Halt::Broken)
    }

    /// Readers may refuse a buffer that does not lie at a multiple of 8 bytes; its values are clear all the same.
    fn check_alignment(&self, buffer: &Node, index: usize, report: &mut Report) {
        if let Some([offset, length]) = buffer.as_struct()
            && *length > 0
            && *offset > 0
            && offset % 8 != 0
        {
            let at = buffer.slot.start..buffer.slot.start + 8;
            let place = format!("{}.buffers[{index}].offset", self.place);
            report.add(BUFFER_UNALIGNED, self.phase, at, place, offset, "a multiple of 8");
        }
    }

    fn add(&self, report: &mut Report, clause: &'static str, field: &str, found: impl ToString, expected: &str) {
        let (at, place) = (field_at(self.table, field), format!("{}.{field}", self.place));
        report.add(clause, self.phase, at, place, found.to_string(), expected);
    }
}

type Counted<'b> = std::iter::Enumerate<std::slice::Iter<'b, Node>>;

/// The walk over columns, depth first, that hands out nodes and buffers.
struct Walk<'a, 'b, 'r> {
    body: &'b Body<'a, 'b>,
    codec: Compression,
    nodes: Counted<'b>,
    buffers: Counted<'b>,
    counts: Counted<'b>,
    context: Context<'r>,
}

impl<'a> Walk<'a, '_, '_> {
    /// The array of a column. The outer error ends the walk: what belongs to the columns behind is not known.
    fn array(&mut self, column: &Column, path: String) -> Result<Result<Array<'a>, Halt>, Halt> {
        let Some((index, node)) = self.nodes.next() else {
            let found = format!("{} nodes", self.body.table.vector("nodes").len());
            self.add(BATCH_NODES_MISSING, "nodes", found, &format!("one more, for {path}"));
            return Err(Halt::Broken);
        };
        let node_place = format!("{}.nodes[{index}]", self.body.place);
        let (length, null_count) = match node.as_struct() {
            Some([length, null_count]) => (*length, *null_count),
            _ => (0, 0),
        };
        let roles = column.roles(self.body.before_v5);
        let mut halt = None;
        let mut buffers = Vec::with_capacity(roles.len());
        for role in roles {
            let path = format!("{path}.{}", role_name(*role));
            match self.buffer(&path)? {
                Ok(buffer) => buffers.push(buffer),
                Err(reason) => halt = Some(reason),
            }
        }
        let mut variadic = Vec::new();
        if column.has_variadic_buffers() {
            let count = self.variadic_count(&path)?;
            for number in 0..count {
                match self.buffer(&format!("{path}.variadic[{number}]"))? {
                    Ok(buffer) => variadic.push(buffer),
                    Err(reason) => halt = Some(reason),
                }
            }
        }
        let mut children = Vec::with_capacity(column.node_children().len());
        for child in column.node_children() {
            match self.array(child, format!("{path}.child[{}]", child.step))? {
                Ok(child) => children.push(child),
                Err(reason) => halt = Some(reason),
            }
        }
        let phase = self.context.phase;
        let Ok(length) = usize::try_from(length) else {
            let at = node.slot.start..node.slot.start + 8;
            let place = format!("{node_place}.length");
            self.context.report.add(BATCH_LENGTH_NEGATIVE, phase, at, place, length, "a number that is not negative");
            return Ok(Err(Halt::Broken));
        };
        if null_count < -1 || null_count > length as i64 {
            let at = node.slot.start + 8..node.slot.end;
            let place = format!("{node_place}.null_count");
            let expected = format!("0 to {length}, or -1 where it is not known");
            self.context.report.add(LAYOUT_NULL_COUNT_MISMATCH, phase, at, place, null_count, expected);
        }
        Ok(match halt {
            Some(reason) => Err(reason),
            None => {
                let node = node.slot.clone();
                Ok(Array { path, length, null_count, node, roles, buffers, variadic, children, part_from: None })
            }
        })
    }

    fn buffer(&mut self, path: &str) -> Result<Result<Buffer<'a>, Halt>, Halt> {
        let Some((index, node)) = self.buffers.next() else {
            let found = format!("{} buffers", self.body.table.vector("buffers").len());
            self.add(BATCH_BUFFERS_MISSING, "buffers", found, &format!("one more, for {path}"));
            return Err(Halt::Broken);
        };
        let (offset, length) = match node.as_struct() {
            Some([offset, length]) => (*offset, *length),
            _ => (0, 0),
        };
        // The offset of an empty buffer means nothing.
        if length == 0 {
            return Ok(Ok(Buffer::empty(node.slot.clone())));
        }
        let place = format!("{}.buffers[{index}]", self.body.place);
        let slot = &node.slot;
        let parts = [(offset, "offset", slot.start..slot.start + 8), (length, "length", slot.start + 8..slot.end)];
        for (value, name, at) in parts {
            if value < 0 {
                let place = format!("{place}.{name}");
                let expected = "a number that is not negative";
                self.context.report.add(BUFFER_NEGATIVE, self.context.phase, at, place, value, expected);
                return Ok(Err(Halt::Broken));
            }
        }
        let size = self.body.at.len();
        let end = u64::try_from(offset).ok().zip(u64::try_from(length).ok());
        let end = end.map_or(u64::MAX, |(offset, length)| offset.saturating_add(length));
        if end > size as u64 {
            let found = format!("{length} bytes from {offset}");
            let expected = format!("bytes within a body of {size}, for {path}");
            let phase = self.context.phase;
            self.context.report.add(BUFFER_OUT_OF_BOUNDS, phase, slot.clone(), place, found, expected);
            return Ok(Err(Halt::Broken));
        }
        let start = self.body.at.start + offset as usize;
        let at = start..start + length as usize;
        let place = format!("{}.buffer[{index}]", self.body.columns_place);
        match self.codec {
            Compression::None => Ok(Ok(Buffer::plain(self.body.input, at))),
            codec => match buffer::compressed(self.body.input, at, codec, &place, &mut self.context) {
                Err(Halt::TooLarge) => Err(Halt::TooLarge),
                buffer => Ok(buffer),
            },
        }
    }

    fn variadic_count(&mut self, path: &str) -> Result<usize, Halt> {
        const FIELD: &str = "variadicBufferCounts";
        let Some((index, node)) = self.counts.next() else {
            let found = format!("{} counts", self.body.table.vector(FIELD).len());
            self.add(BATCH_VARIADIC_MISSING, FIELD, found, &format!("one more, for {path}"));
            return Err(Halt::Broken);
        };
        let count = node.as_scalar().unwrap_or(0);
        let left = self.buffers.len();
        usize::try_from(count).ok().filter(|count| *count <= left).ok_or_else(|| {
            let place = format!("{}.{FIELD}[{index}]", self.body.place);
            let expected = format!("at most the {left} buffers that are left, for {path}");
            let phase = self.context.phase;
            self.context.report.add(BATCH_VARIADIC_EXCESS, phase, node.slot.clone(), place, count, expected);
            if count > 0 {
                let found = format!("{} buffers", self.body.table.vector("buffers").len());
                self.add(BATCH_BUFFERS_MISSING, "buffers", found, &format!("{count} variadic ones for {path}"));
            }
            Halt::Broken
        })
    }

    /// Readers may refuse nodes, buffers and counts that belong to no column; the values are clear all the same.
    fn surplus(&mut self) {
        let surplus = [
            (BATCH_NODES_EXTRA, "nodes", self.nodes.len()),
            (BATCH_NODES_EXTRA, "buffers", self.buffers.len()),
            (BATCH_VARIADIC_EXCESS, "variadicBufferCounts", self.counts.len()),
        ];
        for (clause, field, surplus) in surplus {
            if surplus > 0 {
                let count = self.body.table.vector(field).len();
                self.add(clause, field, count, &format!("{}, which the columns need", count - surplus));
            }
        }
    }

    fn add(&mut self, clause: &'static str, field: &str, found: impl ToString, expected: &str) {
        self.body.add(self.context.report, clause, field, found, expected);
    }
}
