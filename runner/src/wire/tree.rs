//! Metadata as a tree: what a flatbuffer says, field by field, with presence and, where it was read, its place.

use std::ops::Range;

use super::format::{Kind, TableType};

/// A table and its fields.
#[derive(Debug, Clone)]
pub struct Table {
    /// Which table it is.
    pub kind: &'static TableType,
    /// One entry a slot of `kind`; `None` is an absent field.
    pub fields: Vec<Option<Node>>,
    /// Fields behind the known ones, as a later version of the format might have: slot and inline bytes.
    pub unknown: Vec<(usize, Vec<u8>)>,
    /// Where the table lies, its vtable not included; empty when it was not read.
    pub place: Range<usize>,
    /// Where its vtable lies; empty when it was not read. Tables may share one.
    pub vtable: Range<usize>,
}

/// A value in a table or vector.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The inline bytes: the value itself, or the offset that leads to it.
    pub slot: Range<usize>,
    /// The bytes that the value takes: of scalars and structs, the inline ones; of strings and vectors, length, elements and
    /// terminator; of tables, [`Table::place`].
    pub place: Range<usize>,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub enum Value {
    /// A number; enumerations, booleans and union types as their codes.
    Scalar(i64),
    /// The members of a struct.
    Struct(Vec<i64>),
    /// The bytes of a string.
    Text(Vec<u8>),
    /// A table; of unions, the one that their type selects.
    Table(Table),
    /// The elements of a vector.
    Vector(Vec<Node>),
}

impl PartialEq for Table {
    /// Equal in what they say, wherever they lie.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.kind, other.kind) && self.fields == other.fields && self.unknown == other.unknown
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Scalar(a), Self::Scalar(b)) => a == b,
            (Self::Struct(a), Self::Struct(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Table(a), Self::Table(b)) => a == b,
            (Self::Vector(a), Self::Vector(b)) => a == b,
            _ => false,
        }
    }
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        Node { value, slot: 0..0, place: 0..0 }
    }
}

impl Table {
    /// A table without fields.
    pub fn new(kind: &'static TableType) -> Self {
        let fields = kind.fields.iter().map(|_| None).collect();
        Table { kind, fields, unknown: Vec::new(), place: 0..0, vtable: 0..0 }
    }

    /// The same table with a field; panics on a name that the table does not have, which is an error in this program.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.set(name, Some(value));
        self
    }

    /// Sets or removes a field; panics on a name that the table does not have.
    pub fn set(&mut self, name: &str, value: Option<Value>) {
        let slot = self.kind.slot(name).unwrap_or_else(|| panic!("{} has no field '{name}'", self.kind.name));
        self.fields[slot] = value.map(Node::from);
    }

    /// A field, if it is present.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.fields.get(self.kind.slot(name)?)?.as_ref()
    }

    /// A number, or its default.
    pub fn scalar(&self, name: &str) -> i64 {
        let Some(slot) = self.kind.slot(name) else { return 0 };
        match (&self.fields[slot], &self.kind.fields[slot].kind) {
            (Some(Node { value: Value::Scalar(value), .. }), _) => *value,
            (_, Kind::Scalar(scalar)) => scalar.default,
            _ => 0,
        }
    }

    /// A table or the value of a union.
    pub fn table(&self, name: &str) -> Option<&Table> {
        match &self.get(name)?.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// A table or the value of a union, to be changed.
    pub fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        let slot = self.kind.slot(name)?;
        match &mut self.fields.get_mut(slot)?.as_mut()?.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The elements of a vector; none when it is absent.
    pub fn vector(&self, name: &str) -> &[Node] {
        match self.get(name).map(|node| &node.value) {
            Some(Value::Vector(nodes)) => nodes,
            _ => &[],
        }
    }

    /// The bytes of a string.
    pub fn text(&self, name: &str) -> Option<&[u8]> {
        match &self.get(name)?.value {
            Value::Text(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The members of a struct.
    pub fn members(&self, name: &str) -> Option<&[i64]> {
        match &self.get(name)?.value {
            Value::Struct(members) => Some(members),
            _ => None,
        }
    }
}

impl Node {
    /// The table that it is.
    pub fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The members of the struct that it is.
    pub fn as_struct(&self) -> Option<&[i64]> {
        match &self.value {
            Value::Struct(members) => Some(members),
            _ => None,
        }
    }

    /// The number that it is.
    pub fn as_scalar(&self) -> Option<i64> {
        match &self.value {
            Value::Scalar(value) => Some(*value),
            _ => None,
        }
    }
}
