//! What the schema says about how columns lie in a body.

use std::rc::Rc;

use arrowipc_kit::value::{DataType, IndexType, Schema, UnionMode};

use crate::wire::raw::Role;

/// A schema, and what decoding goes by.
pub struct Plan {
    /// The schema in canonical form.
    pub schema: Schema,
    /// Its columns.
    pub columns: Vec<Column>,
    /// The dictionaries that fields refer to, those inside the values of another before that one.
    pub dictionaries: Vec<Dictionary>,
    /// Whether bodies are big-endian.
    pub big_endian: bool,
}

/// A column, or a child of one.
#[derive(Clone)]
pub struct Column {
    /// Its name or, where that is not clear, its position: what stands between the brackets of a path.
    pub step: String,
    /// The type; of the values, if it is dictionary-encoded.
    pub data_type: DataType,
    /// Whether nulls may occur.
    pub nullable: bool,
    /// The dictionary, if it is dictionary-encoded.
    pub encoding: Option<Encoding>,
    /// The children of the type.
    pub children: Rc<[Column]>,
}

/// A reference to a dictionary.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    /// The dictionary's id.
    pub id: i64,
    /// The type of the indices.
    pub index: IndexType,
}

/// A dictionary that fields refer to.
pub struct Dictionary {
    /// Its id.
    pub id: i64,
    /// Its values, as a column.
    pub values: Column,
    /// The ids of the dictionaries that its values refer to.
    pub inner: Vec<i64>,
}

impl Column {
    /// The column of the dictionary's values.
    pub fn dictionary_values(&self) -> Column {
        Column { step: "0".to_owned(), nullable: true, encoding: None, ..self.clone() }
    }

    /// Whether values of both lie alike and mean the same.
    pub fn same_type(&self, other: &Column) -> bool {
        self.data_type == other.data_type
            && self.encoding == other.encoding
            && self.children.len() == other.children.len()
            && self.children.iter().zip(other.children.iter()).all(|(child, other)| child.same_type(other))
    }

    /// The children that have field nodes in this column's batch: a dictionary-encoded column has those of its values elsewhere.
    pub fn node_children(&self) -> &[Column] {
        if self.encoding.is_some() { &[] } else { &self.children }
    }

    /// The buffers in the order of the body, by the table at the end of `Columnar.rst`. Before V5 unions and run-end encoded arrays
    /// have a validity buffer, too.
    pub fn roles(&self, before_v5: bool) -> &'static [Role] {
        use DataType::*;
        use Role::*;
        if self.encoding.is_some() {
            return &[Validity, Data];
        }
        match (&self.data_type, before_v5) {
            (Null, _) | (RunEndEncoded, false) => &[],
            (RunEndEncoded, true) => &[Validity],
            (Union { mode: UnionMode::Sparse, .. }, false) => &[TypeIds],
            (Union { mode: UnionMode::Sparse, .. }, true) => &[Validity, TypeIds],
            (Union { mode: UnionMode::Dense, .. }, false) => &[TypeIds, Offsets],
            (Union { mode: UnionMode::Dense, .. }, true) => &[Validity, TypeIds, Offsets],
            (Struct | FixedSizeList(_), _) => &[Validity],
            (List | LargeList | Map { .. }, _) => &[Validity, Offsets],
            (ListView | LargeListView, _) => &[Validity, Offsets, Sizes],
            (Binary | LargeBinary | Utf8 | LargeUtf8, _) => &[Validity, Offsets, Data],
            (BinaryView | Utf8View, _) => &[Validity, Views],
            _ => &[Validity, Data],
        }
    }

    /// Whether a number of data buffers follows the views.
    pub fn has_variadic_buffers(&self) -> bool {
        self.encoding.is_none() && matches!(self.data_type, DataType::BinaryView | DataType::Utf8View)
    }
}

/// The name of a buffer in paths.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Validity => "validity",
        Role::Offsets => "offsets",
        Role::Sizes => "sizes",
        Role::TypeIds => "type_ids",
        Role::Views => "views",
        Role::Data => "data",
        Role::Other => "other",
    }
}
