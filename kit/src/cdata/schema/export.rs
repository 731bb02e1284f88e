//! Schemas → C structs.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::cdata::abi::{ArrowSchema, FLAG_DICTIONARY_ORDERED, FLAG_MAP_KEYS_SORTED, FLAG_NULLABLE};
use crate::cdata::format;
use crate::cdata::ledger::{Ledger, Parent, Ticket};
use crate::cdata::metadata::encode_metadata;
use crate::value::{DataType, Field, Metadata, ParseError, Schema, Text};

/// What a schema will hold.
struct Node {
    format: CString,
    name: CString,
    metadata: Option<Vec<u8>>,
    flags: i64,
    children: Vec<Node>,
    dictionary: Option<Box<Node>>,
}

/// What an exported schema points to.
pub(in crate::cdata) struct Memory {
    _format: CString,
    _name: CString,
    _metadata: Option<Vec<u8>>,
    /// What came in place of these since.
    changed: Vec<Vec<u8>>,
    child_table: Vec<*mut ArrowSchema>,
}

impl Memory {
    /// Number of pointers in the table of children.
    pub(in crate::cdata) fn child_count(&self) -> usize {
        self.child_table.len()
    }
}

// SAFETY: the table lies here for its memory alone; nobody follows it through this struct.
unsafe impl Send for Memory {}

/// The schemas that were handed out.
pub(in crate::cdata) static SCHEMAS: Ledger<ArrowSchema, Memory> = Ledger::new();

/// Gives an exported schema bytes to point to, and tells where they lie.
pub(in crate::cdata) fn keep(schema: &ArrowSchema, bytes: Vec<u8>) -> *const c_char {
    let address = bytes.as_ptr().cast();
    SCHEMAS.with(Ticket::of(schema.private_data), |memory| memory.changed.push(bytes));
    address
}

/// The struct schema of record batches.
///
/// # Errors
///
/// Names and time zones with a NUL byte, which a C string cannot hold, and metadata beyond 2 GiB.
pub fn export_schema(schema: &Schema) -> Result<ArrowSchema, ParseError> {
    let fields = schema.fields.iter().enumerate();
    let children =
        fields.map(|(index, field)| field_node(field).map_err(|error| error.at_index(index).at_key("fields")));
    let children = children.collect::<Result<_, _>>()?;
    Ok(export(node(&DataType::Struct, &Text::default(), &schema.metadata, 0, children, None)?, None))
}

fn field_node(field: &Field) -> Result<Node, ParseError> {
    let nullable = if field.nullable { FLAG_NULLABLE } else { 0 };
    let Some(encoding) = field.dictionary else { return values_node(field, nullable) };
    let ordered = if encoding.ordered { FLAG_DICTIONARY_ORDERED } else { 0 };
    let dictionary = values_node(&field.dictionary_values(), FLAG_NULLABLE)?;
    let index = encoding.index.data_type();
    node(index, &field.name, &field.metadata, nullable | ordered, Vec::new(), Some(Box::new(dictionary)))
}

fn values_node(field: &Field, flags: i64) -> Result<Node, ParseError> {
    let sorted = field.data_type == DataType::Map { keys_sorted: true };
    let flags = flags | if sorted { FLAG_MAP_KEYS_SORTED } else { 0 };
    let children = field.children.iter().enumerate();
    let children =
        children.map(|(index, child)| field_node(child).map_err(|error| error.at_index(index).at_key("children")));
    let children = children.collect::<Result<_, _>>()?;
    node(&field.data_type, &field.name, &field.metadata, flags, children, None)
}

fn node(
    data_type: &DataType,
    name: &Text,
    metadata: &Metadata,
    flags: i64,
    children: Vec<Node>,
    dictionary: Option<Box<Node>>,
) -> Result<Node, ParseError> {
    let c_string = |bytes: &[u8], key| {
        let found = || format!("{:?}", String::from_utf8_lossy(bytes));
        CString::new(bytes).map_err(|_| ParseError::new("no NUL byte", found()).at_key(key))
    };
    let format = c_string(format::format(data_type).as_bytes(), "type")?;
    let name = c_string(name.as_bytes(), "name")?;
    let metadata = encode_metadata(metadata).map_err(|error| error.at_key("metadata"))?;
    Ok(Node { format, name, metadata, flags, children, dictionary })
}

fn export(node: Node, parent: Option<Parent<ArrowSchema>>) -> ArrowSchema {
    let ticket = Ticket::next();
    let place = |node| Ledger::<_, Memory>::place(ticket, |parent| export(node, Some(parent)));
    let mut children: Vec<_> = node.children.into_iter().map(place).collect();
    let dictionary = node.dictionary.map(|dictionary| place(*dictionary));
    let exported = ArrowSchema {
        format: node.format.as_ptr(),
        name: node.name.as_ptr(),
        metadata: node.metadata.as_ref().map_or(ptr::null(), |metadata| metadata.as_ptr().cast()),
        flags: node.flags,
        n_children: children.len() as i64,
        children: children.as_mut_ptr(),
        dictionary: dictionary.unwrap_or(ptr::null_mut()),
        release: Some(release),
        private_data: ticket.private_data(),
    };
    let owned = children.iter().copied().chain(dictionary).collect();
    let memory = Memory {
        _format: node.format,
        _name: node.name,
        _metadata: node.metadata,
        changed: Vec::new(),
        child_table: children,
    };
    SCHEMAS.enter(ticket, memory, owned, parent);
    exported
}

/// # Safety
///
/// `schema` points to a struct that `export` made, possibly moved since.
unsafe extern "C" fn release(schema: *mut ArrowSchema) {
    // SAFETY: valid and not shared, by the contract of release callbacks.
    drop(unsafe { SCHEMAS.release(&mut *schema) });
}
