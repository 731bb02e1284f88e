//! C structs → schemas.

use std::ffi::{CStr, c_char};

use crate::cdata::abi::{ArrowSchema, FLAG_DICTIONARY_ORDERED, FLAG_MAP_KEYS_SORTED, FLAG_NULLABLE};
use crate::cdata::metadata::decode_metadata;
use crate::cdata::{Malformed, faults, format};
use crate::value::{DataType, Dictionary, Field, IndexType, Schema, Text};

/// Levels of children below a column. It is what JSON readers take of a schema's text, and keeps a hostile schema off
/// the stack.
const DEEPEST: usize = 60;

/// The schema that a struct schema of record batches stands for.
///
/// # Errors
///
/// A schema that is released or no struct, unknown formats, wrong numbers of children. They are noted as faults, too.
///
/// # Safety
///
/// What the schema points to is as the C Data Interface says.
pub unsafe fn import_schema(schema: &ArrowSchema) -> Result<Schema, Malformed> {
    // SAFETY: by the caller's promise.
    unsafe { import_root(schema) }.inspect_err(|error| faults::note_text(error.to_string()))
}

/// # Safety
///
/// As for `import_schema`.
unsafe fn import_root(schema: &ArrowSchema) -> Result<Schema, Malformed> {
    // SAFETY: by the caller's promise.
    let root = unsafe { import_field(schema, 0)? };
    if root.data_type != DataType::Struct || root.dictionary.is_some() {
        let message = format!("the schema of record batches is {} in place of a struct", root.data_type);
        return Err(Malformed::new("cdata-record-batch-struct", message));
    }
    Ok(Schema { fields: root.children, metadata: root.metadata })
}

/// # Safety
///
/// As for `import_schema`.
unsafe fn import_field(schema: &ArrowSchema, depth: usize) -> Result<Field, Malformed> {
    // What a released structure points to may be gone.
    if schema.is_released() {
        return Err(Malformed::new("cdata-released-input", "the schema is released"));
    }
    // SAFETY: by the caller's promise.
    let name = unsafe { text(schema.name) };
    if depth == 0 {
        // SAFETY: by the caller's promise.
        return unsafe { import_unnamed(schema, name, depth) };
    }
    // SAFETY: by the caller's promise.
    unsafe { import_unnamed(schema, name.clone(), depth) }.map_err(|error| error.within(&name))
}

/// # Safety
///
/// As for `import_schema`.
unsafe fn import_unnamed(schema: &ArrowSchema, name: Text, depth: usize) -> Result<Field, Malformed> {
    if depth > DEEPEST + 1 {
        return Err(Malformed::new(
            "schema-nesting-moderate",
            format!("the schema has more than {DEEPEST} levels of children"),
        ));
    }
    // SAFETY: by the caller's promise.
    let data_type = unsafe { import_type(schema)? };
    // SAFETY: by the caller's promise.
    let metadata = unsafe { decode_metadata(schema.metadata)? };
    if metadata.is_empty() && !schema.metadata.is_null() {
        return Err(Malformed::new(
            "cdata-metadata-null-when-absent",
            "there are no metadata, and the pointer is not NULL",
        ));
    }
    check_flags(schema, &data_type)?;
    let nullable = schema.flags & FLAG_NULLABLE != 0;
    // SAFETY: NULL, or a schema that this one owns.
    if let Some(values) = unsafe { schema.dictionary.as_ref() } {
        let Some(index) = IndexType::from_data_type(&data_type) else {
            return Err(Malformed::new("cdata-format-dictionary", format!("the dictionary is indexed by {data_type}")));
        };
        if values.is_released() {
            return Err(Malformed::new("cdata-released-input", "the schema of the dictionary is released"));
        }
        let ordered = schema.flags & FLAG_DICTIONARY_ORDERED != 0;
        if schema.n_children != 0 {
            let message = format!("n_children is {}, while indices have 0", schema.n_children);
            return Err(Malformed::new("cdata-children-count", message));
        }
        // SAFETY: by the caller's promise.
        let data_type = unsafe { import_type(values)? };
        check_flags(values, &data_type)?;
        if !values.dictionary.is_null() {
            return Err(Malformed::new(
                "cdata-dictionary-pointer",
                "the values of the dictionary are dictionary-encoded themselves",
            ));
        }
        // SAFETY: by the caller's promise.
        let children = unsafe { import_children(values, &data_type, depth)? };
        let dictionary = Some(Dictionary { index, ordered });
        return checked(Field { name, data_type, nullable, metadata, dictionary, children });
    }
    // SAFETY: by the caller's promise.
    let children = unsafe { import_children(schema, &data_type, depth)? };
    checked(Field { name, data_type, nullable, metadata, dictionary: None, children })
}

/// Checks that there are no flags but those that mean something for the type.
fn check_flags(schema: &ArrowSchema, data_type: &DataType) -> Result<(), Malformed> {
    let ordered = if schema.dictionary.is_null() { 0 } else { FLAG_DICTIONARY_ORDERED };
    let sorted = if matches!(data_type, DataType::Map { .. }) { FLAG_MAP_KEYS_SORTED } else { 0 };
    match schema.flags & !(FLAG_NULLABLE | ordered | sorted) {
        0 => Ok(()),
        others => {
            Err(Malformed::new("cdata-flags", format!("flags has {others}, which means nothing for {data_type}")))
        }
    }
}

/// Checks what depends on more than one level: entries of maps, run ends.
fn checked(field: Field) -> Result<Field, Malformed> {
    match field.check() {
        Ok(()) => Ok(field),
        Err(error) => {
            let message = format!("{}: expected {}, found {}", field.data_type, error.expected, error.found);
            Err(Malformed::new("cdata-format-nested", message))
        }
    }
}

/// # Safety
///
/// As for `import_schema`.
unsafe fn import_type(schema: &ArrowSchema) -> Result<DataType, Malformed> {
    if schema.format.is_null() {
        return Err(Malformed::new("cdata-format-unknown", "the format string is NULL"));
    }
    // SAFETY: a C string, by the caller's promise.
    let format = unsafe { CStr::from_ptr(schema.format) };
    let Ok(format) = format.to_str() else {
        return Err(Malformed::new("cdata-format-unknown", format!("the format string {format:?} is not UTF-8")));
    };
    format::parse(format, schema.flags & FLAG_MAP_KEYS_SORTED != 0)
}

/// # Safety
///
/// As for `import_schema`.
unsafe fn import_children(schema: &ArrowSchema, data_type: &DataType, depth: usize) -> Result<Vec<Field>, Malformed> {
    let found = schema.n_children;
    if let Some(count) = data_type.child_count().filter(|count| *count as i64 != found) {
        let message = format!("n_children is {found}, while {data_type} has {count}");
        return Err(Malformed::new("cdata-children-count", message));
    }
    if found < 0 || found > 0 && schema.children.is_null() {
        let message = format!("n_children is {found}, and children is {:?}", schema.children);
        return Err(Malformed::new("cdata-children-count", message));
    }
    let import = |index| {
        // SAFETY: there are `n_children` pointers, each NULL or to a schema, by the caller's promise.
        let child = unsafe { (*schema.children.add(index)).as_ref() };
        let child = child.ok_or_else(|| Malformed::new("cdata-children-count", format!("child {index} is NULL")))?;
        if child.is_released() {
            return Err(Malformed::new("cdata-released-input", format!("child {index} is released")));
        }
        // SAFETY: by the caller's promise.
        unsafe { import_field(child, depth + 1) }
    };
    (0..found as usize).map(import).collect()
}

/// A C string; NULL is the empty one.
///
/// # Safety
///
/// `pointer` is NULL or points to a C string.
unsafe fn text(pointer: *const c_char) -> Text {
    // SAFETY: by the caller's promise.
    if pointer.is_null() { Text::default() } else { unsafe { CStr::from_ptr(pointer) }.to_bytes().into() }
}
