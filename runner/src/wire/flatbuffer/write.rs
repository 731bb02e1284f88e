//! From a tree to bytes. Everything that the tree has is stored, numbers equal to their default included; nothing else is.
//!
//! Tables come before what they refer to, each behind a vtable of its own, so that every offset points forward and equal
//! trees have equal bytes.

use crate::wire::format::{Kind, Scalar};
use crate::wire::tree::{Node, Table, Value};

/// The flatbuffer whose root the table is. Its size is a multiple of 8.
pub fn root(table: &Table) -> Vec<u8> {
    let mut writer = Writer { bytes: vec![0; 4] };
    let place = writer.table(table);
    writer.refer(0, place);
    writer.align(8);
    writer.bytes
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn align(&mut self, to: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(to), 0);
    }

    fn refer(&mut self, slot: usize, place: usize) {
        self.bytes[slot..slot + 4].copy_from_slice(&((place - slot) as u32).to_le_bytes());
    }

    fn number(&mut self, at: usize, scalar: &Scalar, value: i64) {
        self.bytes[at..at + scalar.width].copy_from_slice(&value.to_le_bytes()[..scalar.width]);
    }

    fn table(&mut self, table: &Table) -> usize {
        let known = table.fields.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        let slots = table.unknown.iter().map(|(slot, _)| slot + 1).max().unwrap_or(0).max(known);
        // The vtable, then the table at a multiple of 8, so that every field is aligned within it.
        let vtable_size = 4 + 2 * slots;
        self.align(2);
        while !(self.bytes.len() + vtable_size).is_multiple_of(8) {
            self.bytes.push(0);
        }
        let vtable = self.bytes.len();
        let start = vtable + vtable_size;
        let mut size = 4;
        let mut places = vec![0; slots];
        for (slot, field) in table.kind.fields.iter().enumerate().take(known) {
            if table.fields[slot].is_some() {
                size = usize::next_multiple_of(size, field.kind.inline_alignment());
                places[slot] = size;
                size += field.kind.inline_size();
            }
        }
        for (slot, bytes) in &table.unknown {
            size = size.next_multiple_of(8);
            places[*slot] = size;
            size += bytes.len();
        }
        for number in [vtable_size, size].iter().chain(&places) {
            self.bytes.extend((*number as u16).to_le_bytes());
        }
        self.bytes.resize(start + size, 0);
        self.bytes[start..start + 4].copy_from_slice(&(vtable_size as i32).to_le_bytes());
        for (slot, bytes) in &table.unknown {
            self.bytes[start + places[*slot]..][..bytes.len()].copy_from_slice(bytes);
        }
        for (slot, field) in table.kind.fields.iter().enumerate() {
            if let Some(node) = &table.fields[slot] {
                self.node(start + places[slot], &field.kind, node);
            }
        }
        start
    }

    /// Writes a value whose inline bytes are there.
    fn node(&mut self, at: usize, kind: &Kind, node: &Node) {
        match (&node.value, kind) {
            (Value::Scalar(value), Kind::Scalar(scalar)) => self.number(at, scalar, *value),
            (Value::Struct(values), Kind::Struct(of)) => {
                for ((_, place, scalar), value) in of.members.iter().zip(values) {
                    self.number(at + place, scalar, *value);
                }
            }
            (Value::Text(bytes), _) => {
                self.align(4);
                let place = self.bytes.len();
                self.bytes.extend((bytes.len() as u32).to_le_bytes());
                self.bytes.extend(bytes);
                self.bytes.push(0);
                self.refer(at, place);
            }
            (Value::Table(table), _) => {
                let place = self.table(table);
                self.refer(at, place);
            }
            (Value::Vector(nodes), Kind::Vector(of)) => {
                // The elements are aligned, the length stands before them.
                let alignment = of.inline_alignment().max(4);
                self.align(4);
                while !(self.bytes.len() + 4).is_multiple_of(alignment) {
                    self.bytes.push(0);
                }
                let place = self.bytes.len();
                self.bytes.extend((nodes.len() as u32).to_le_bytes());
                let first = self.bytes.len();
                self.bytes.resize(first + nodes.len() * of.inline_size(), 0);
                self.refer(at, place);
                for (index, node) in nodes.iter().enumerate() {
                    self.node(first + index * of.inline_size(), of, node);
                }
            }
            (value, kind) => unreachable!("{value:?} does not suit {kind:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::wire::format;

    fn sample() -> Table {
        let int = Table::new(&format::INT).with("bitWidth", Value::Scalar(32)).with("is_signed", Value::Scalar(1));
        let field = Table::new(&format::FIELD)
            .with("name", Value::Text(b"a".to_vec()))
            .with("type_type", Value::Scalar(2))
            .with("type", Value::Table(int))
            .with("children", Value::Vector(Vec::new()));
        let schema = Table::new(&format::SCHEMA)
            .with("endianness", Value::Scalar(0))
            .with("fields", Value::Vector(vec![Value::Table(field).into()]))
            .with("features", Value::Vector(vec![Value::Scalar(2).into()]));
        Table::new(&format::MESSAGE)
            .with("version", Value::Scalar(4))
            .with("header_type", Value::Scalar(1))
            .with("header", Value::Table(schema))
            .with("bodyLength", Value::Scalar(0))
    }

    #[test]
    fn what_is_written_is_read() {
        let table = sample();
        let bytes = root(&table);
        assert_eq!(read::root(&bytes, 0..bytes.len(), &format::MESSAGE).unwrap(), table);
    }

    #[test]
    fn presence_is_kept_and_unknown_fields_too() {
        let mut batch = Table::new(&format::RECORD_BATCH)
            .with("length", Value::Scalar(-1))
            .with("nodes", Value::Vector(vec![Value::Struct(vec![3, -1]).into()]));
        batch.unknown.push((9, vec![1, 2, 3, 4]));
        let bytes = root(&batch);
        let read = read::root(&bytes, 0..bytes.len(), &format::RECORD_BATCH).unwrap();
        assert_eq!(read, batch);
        assert!(read.get("buffers").is_none());
    }

    #[test]
    fn every_truncation_is_a_fault() {
        let bytes = root(&sample());
        let longest = (0..bytes.len()).rev().find(|end| read::root(&bytes, 0..*end, &format::MESSAGE).is_err());
        // Nothing but padding can be missing.
        assert!(longest.is_some_and(|end| bytes.len() - end <= 8));
        for end in 0..longest.unwrap_or(0) {
            assert!(read::root(&bytes, 0..end, &format::MESSAGE).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_fault_names_place_and_path() {
        let mut bytes = root(&sample());
        let table = read::root(&bytes, 0..bytes.len(), &format::MESSAGE).unwrap();
        let slot =
            table.table("header").unwrap().vector("fields")[0].as_table().unwrap().get("name").unwrap().slot.clone();
        bytes[slot.start + 3] = 0x7F;
        let fault = read::root(&bytes, 0..bytes.len(), &format::MESSAGE).unwrap_err();
        assert_eq!((fault.path.as_str(), fault.at), ("header.fields[0].name", slot));
    }
}
