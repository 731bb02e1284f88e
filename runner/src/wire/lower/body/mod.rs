//! Columns → field nodes and buffers, each array before its children.

mod encoded;
mod flat;
mod nested;
mod scalar;
mod slot;

use arrowipc_kit::value::{DataType, Layout, Validity, Value};

use super::dictionaries::Dictionaries;
use super::encoding::Encoded;
use super::{DEFAULT_LAYOUT, LowerError};
use crate::wire::raw::{BodyBuffer, Role, Store};
use scalar::Bytes;
use slot::Slot;

/// What lies behind nulls where the layout asks for junk.
const JUNK: u8 = 0xA5;
/// Bytes of a null slot of variable size, where the layout asks for junk.
const JUNK_LENGTH: usize = 3;
/// A byte of filler, which is UTF-8 too.
const FILLER: u8 = b'#';

/// How arrays are laid out beyond what their layouts say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// Whether unions and run-end encoded arrays have an entry for validity, as before V5.
    pub(super) validity_of_unions: bool,
    /// Whether the most significant byte comes first.
    pub(super) big: bool,
}

/// Field nodes and buffers of a record batch.
pub(super) struct Body<'d> {
    form: Form,
    dictionaries: &'d Dictionaries<'d>,
    /// Length and null count of each node.
    pub(super) nodes: Vec<(usize, usize)>,
    /// The column of each node.
    pub(super) columns: Vec<Vec<usize>>,
    /// The buffers.
    pub(super) buffers: Vec<BodyBuffer>,
    /// Variadic buffers of each array of views.
    pub(super) variadic: Vec<usize>,
}

/// What an array is made from.
#[derive(Clone, Copy)]
struct Array<'a> {
    field: &'a Encoded<'a>,
    layout: &'a Layout,
    /// Positions of the field and of its children, down to it.
    column: &'a [usize],
    slots: &'a [Slot<'a>],
}

/// The nulls of an array.
struct Nulls {
    /// Whether each slot is null.
    is_null: Vec<bool>,
    count: usize,
    /// The bitmap; empty when there is none.
    bitmap: Vec<u8>,
}

impl<'d> Body<'d> {
    pub(super) fn new(form: Form, dictionaries: &'d Dictionaries<'d>) -> Self {
        Body { form, dictionaries, nodes: Vec::new(), columns: Vec::new(), buffers: Vec::new(), variadic: Vec::new() }
    }

    /// Adds a column of a record batch.
    pub(super) fn column(
        &mut self,
        field: &Encoded,
        layout: &Layout,
        position: usize,
        values: &[Value],
    ) -> Result<(), LowerError> {
        let slots: Vec<Slot> = values.iter().map(Slot::Value).collect();
        self.array(Array { field, layout, column: &[position], slots: &slots })
    }

    /// Adds the values of a dictionary.
    pub(super) fn dictionary(&mut self, field: &Encoded, layout: &Layout, values: &[Value]) -> Result<(), LowerError> {
        let slots: Vec<Slot> = values.iter().map(Slot::Value).collect();
        // Whether the field is nullable says nothing about its dictionary.
        self.values(Array { field, layout, column: &[0], slots: &slots }, true)
    }

    fn array(&mut self, array: Array) -> Result<(), LowerError> {
        match array.field.id {
            Some(id) => self.indices(array, id),
            None => self.values(array, array.field.field.nullable),
        }
    }

    /// An array of the field's type, whether or not the field is dictionary-encoded.
    fn values(&mut self, array: Array, nullable: bool) -> Result<(), LowerError> {
        match &array.field.field.data_type {
            DataType::Null => self.null(array),
            DataType::Bool => self.boolean(array, nullable),
            DataType::Binary | DataType::Utf8 => self.binary(array, nullable, false),
            DataType::LargeBinary | DataType::LargeUtf8 => self.binary(array, nullable, true),
            DataType::BinaryView | DataType::Utf8View => self.views(array, nullable),
            DataType::List | DataType::Map { .. } => self.list(array, nullable, false),
            DataType::LargeList => self.list(array, nullable, true),
            DataType::ListView => self.list_view(array, nullable, false),
            DataType::LargeListView => self.list_view(array, nullable, true),
            DataType::FixedSizeList(size) => self.fixed_size_list(array, nullable, *size as usize),
            DataType::Struct => self.structure(array, nullable),
            DataType::Union { mode, type_ids } => self.union(array, *mode, type_ids),
            DataType::RunEndEncoded => self.run_end_encoded(array),
            data_type => self.fixed_width(array, data_type, nullable),
        }
    }

    /// Adds the child of that position.
    fn child(&mut self, array: Array, position: usize, slots: &[Slot]) -> Result<(), LowerError> {
        let layout = array.layout.children.get(position).and_then(Option::as_ref).unwrap_or(&DEFAULT_LAYOUT);
        let field = array.field.children.get(position);
        let field = field.ok_or_else(|| LowerError::expected(format!("a child {position}"), "none"))?;
        let column = [array.column, &[position]].concat();
        let child = Array { field, layout, column: &column, slots };
        self.array(child).map_err(|error| error.within(format!("children[{position}]")))
    }

    fn node(&mut self, array: Array, null_count: usize) {
        self.nodes.push((array.slots.len(), null_count));
        self.columns.push(array.column.to_vec());
    }

    fn buffer(&mut self, array: Array, role: Role, element: usize, content: Vec<u8>) {
        self.buffers.push(BodyBuffer {
            role,
            column: array.column.to_vec(),
            content,
            element,
            store: Store::Plain,
            gap: Vec::new(),
            alignment: 8,
            fill: 0,
            listed: true,
        });
    }

    /// Adds node and validity of an array, and tells which slots are null.
    fn nulls(&mut self, array: Array, nullable: bool) -> Result<Vec<bool>, LowerError> {
        let Nulls { is_null, count, bitmap } = Nulls::of(array, nullable)?;
        self.node(array, count);
        self.buffer(array, Role::Validity, 0, bitmap);
        Ok(is_null)
    }

    /// Adds the node of an array that has no nulls of its own, and before V5 its empty validity.
    fn without_nulls(&mut self, array: Array) {
        self.node(array, 0);
        if self.form.validity_of_unions {
            self.buffer(array, Role::Validity, 0, Vec::new());
        }
    }

    fn bytes(&self) -> Bytes {
        Bytes::new(self.form.big)
    }
}

impl Nulls {
    /// Slots are null where their value is; where a parent is null, if the field allows it, as plain writers leave them; and
    /// every second one of filler, if there is a bitmap anyway.
    fn of(array: Array, nullable: bool) -> Result<Self, LowerError> {
        let absent = array.layout.validity == Some(Validity::Absent);
        let certain = |slot: &Slot| slot.is_null() || *slot == Slot::Hidden && nullable && !absent;
        let has_nulls = array.slots.iter().any(certain);
        if has_nulls && absent {
            return Err(LowerError::expected("no nulls, by `validity: absent`", "a null"));
        }
        if !has_nulls && array.layout.validity != Some(Validity::Present) {
            return Ok(Nulls { is_null: vec![false; array.slots.len()], count: 0, bitmap: Vec::new() });
        }
        let filler = |slot: &Slot| nullable && matches!(slot, Slot::Filler(number) if number % 2 == 0);
        let is_null: Vec<bool> = array.slots.iter().map(|slot| certain(slot) || filler(slot)).collect();
        let count = is_null.iter().filter(|is_null| **is_null).count();
        Ok(Nulls { bitmap: bitmap(is_null.iter().map(|is_null| !is_null)), is_null, count })
    }
}

/// Bits, the least significant one of each byte first.
fn bitmap(bits: impl IntoIterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, bit) in bits.into_iter().enumerate() {
        if index % 8 == 0 {
            bytes.push(0);
        }
        bytes[index / 8] |= u8::from(bit) << (index % 8);
    }
    bytes
}

/// The error of a slot that does not suit its field.
fn mismatch<T>(array: Array, slot: Slot) -> Result<T, LowerError> {
    let found = match slot {
        Slot::Value(value) => super::describe(value),
        Slot::Entry(_) => "an entry of a map".to_owned(),
        Slot::Filler(_) | Slot::Hidden => "no value".to_owned(),
    };
    Err(LowerError::expected(&array.field.field.data_type, found))
}
