//! Schemas in both directions.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use super::abi::{ArrowSchema, FLAG_DICTIONARY_ORDERED, FLAG_MAP_KEYS_SORTED, FLAG_NULLABLE};
use super::metadata::{decode_metadata, encode_metadata};
use super::{Malformed, format};
use crate::value::{DataType, Dictionary, Field, IndexType, Metadata, ParseError, Schema, Text};

/// Levels of children below a column. It is what JSON readers take of a schema's text, and keeps a hostile schema off
/// the stack.
const DEEPEST: usize = 60;

/// What an exported schema owns, behind its `private_data`.
struct Private {
    /// Owners of the memory that the struct points to.
    _format: CString,
    _name: CString,
    _metadata: Option<Vec<u8>>,
    /// Each from `Box::into_raw`.
    children: Vec<*mut ArrowSchema>,
    /// From `Box::into_raw`, or NULL.
    dictionary: *mut ArrowSchema,
}

/// The struct schema of record batches.
///
/// # Errors
///
/// Names and time zones with a NUL byte, which a C string cannot hold, and metadata beyond 2 GiB.
pub fn export_schema(schema: &Schema) -> Result<ArrowSchema, ParseError> {
    let fields = schema.fields.iter().enumerate();
    let children =
        fields.map(|(index, field)| export_field(field).map_err(|error| error.at_index(index).at_key("fields")));
    let children = children.collect::<Result<_, _>>()?;
    export(&DataType::Struct, &Text::default(), &schema.metadata, 0, children, None)
}

fn export_field(field: &Field) -> Result<ArrowSchema, ParseError> {
    let nullable = if field.nullable { FLAG_NULLABLE } else { 0 };
    let Some(encoding) = field.dictionary else { return export_values(field, nullable) };
    let ordered = if encoding.ordered { FLAG_DICTIONARY_ORDERED } else { 0 };
    let dictionary = export_values(&field.dictionary_values(), FLAG_NULLABLE)?;
    let index = encoding.index.data_type();
    export(index, &field.name, &field.metadata, nullable | ordered, Vec::new(), Some(dictionary))
}

fn export_values(field: &Field, flags: i64) -> Result<ArrowSchema, ParseError> {
    let sorted = field.data_type == DataType::Map { keys_sorted: true };
    let flags = flags | if sorted { FLAG_MAP_KEYS_SORTED } else { 0 };
    let children = field.children.iter().enumerate();
    let children =
        children.map(|(index, child)| export_field(child).map_err(|error| error.at_index(index).at_key("children")));
    let children = children.collect::<Result<_, _>>()?;
    export(&field.data_type, &field.name, &field.metadata, flags, children, None)
}

fn export(
    data_type: &DataType,
    name: &Text,
    metadata: &Metadata,
    flags: i64,
    children: Vec<ArrowSchema>,
    dictionary: Option<ArrowSchema>,
) -> Result<ArrowSchema, ParseError> {
    let c_string = |bytes: &[u8], key| {
        let found = || format!("{:?}", String::from_utf8_lossy(bytes));
        CString::new(bytes).map_err(|_| ParseError::new("no NUL byte", found()).at_key(key))
    };
    let format = c_string(format::format(data_type).as_bytes(), "type")?;
    let name = c_string(name.as_bytes(), "name")?;
    let metadata = encode_metadata(metadata).map_err(|error| error.at_key("metadata"))?;
    let on_heap = |schema: ArrowSchema| Box::into_raw(Box::new(schema));
    let mut private = Box::new(Private {
        children: children.into_iter().map(on_heap).collect(),
        dictionary: dictionary.map_or(ptr::null_mut(), on_heap),
        _format: format,
        _name: name,
        _metadata: metadata,
    });
    Ok(ArrowSchema {
        format: private._format.as_ptr(),
        name: private._name.as_ptr(),
        metadata: private._metadata.as_ref().map_or(ptr::null(), |metadata| metadata.as_ptr().cast()),
        flags,
        n_children: private.children.len() as i64,
        children: private.children.as_mut_ptr(),
        dictionary: private.dictionary,
        release: Some(release),
        private_data: Box::into_raw(private).cast(),
    })
}

/// # Safety
///
/// `schema` points to a struct that `export` made, possibly moved since, and not released yet.
unsafe extern "C" fn release(schema: *mut ArrowSchema) {
    // SAFETY: valid and not shared, by the contract of release callbacks.
    let schema = unsafe { &mut *schema };
    schema.release = None;
    // SAFETY: `export` made it from a box, and nobody took it back, since `release` was set until now.
    let private = unsafe { Box::from_raw(schema.private_data.cast::<Private>()) };
    for child in private.children.iter().copied().chain(Some(private.dictionary).filter(|child| !child.is_null())) {
        // SAFETY: from `Box::into_raw`. A child that was moved out is marked as released, so that dropping it does
        // nothing.
        drop(unsafe { Box::from_raw(child) });
    }
}

/// The schema that a struct schema of record batches stands for.
///
/// # Errors
///
/// A schema that is released or no struct, unknown formats, wrong numbers of children.
///
/// # Safety
///
/// What the schema points to is as the C Data Interface says.
pub unsafe fn import_schema(schema: &ArrowSchema) -> Result<Schema, Malformed> {
    // SAFETY: by the caller's promise.
    let root = unsafe { import_field(schema, 0)? };
    if root.data_type != DataType::Struct || root.dictionary.is_some() {
        let message = format!("the schema of record batches is {} in place of a struct", root.data_type);
        return Err(Malformed::new(message));
    }
    Ok(Schema { fields: root.children, metadata: root.metadata })
}

/// # Safety
///
/// As for `import_schema`.
unsafe fn import_field(schema: &ArrowSchema, depth: usize) -> Result<Field, Malformed> {
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
    if schema.is_released() {
        return Err(Malformed::new("the schema is released"));
    }
    if depth > DEEPEST + 1 {
        return Err(Malformed::new(format!("the schema has more than {DEEPEST} levels of children")));
    }
    // SAFETY: by the caller's promise.
    let data_type = unsafe { import_type(schema)? };
    // SAFETY: by the caller's promise.
    let metadata = unsafe { decode_metadata(schema.metadata)? };
    let nullable = schema.flags & FLAG_NULLABLE != 0;
    // SAFETY: NULL, or a schema that this one owns.
    if let Some(values) = unsafe { schema.dictionary.as_ref() } {
        let Some(index) = IndexType::from_data_type(&data_type) else {
            return Err(Malformed::new(format!("the dictionary is indexed by {data_type}")));
        };
        if values.is_released() {
            return Err(Malformed::new("the schema of the dictionary is released"));
        }
        let ordered = schema.flags & FLAG_DICTIONARY_ORDERED != 0;
        // SAFETY: by the caller's promise.
        let data_type = unsafe { import_type(values)? };
        if !values.dictionary.is_null() {
            return Err(Malformed::new("the values of the dictionary are dictionary-encoded themselves"));
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

/// Checks what depends on more than one level: entries of maps, run ends.
fn checked(field: Field) -> Result<Field, Malformed> {
    match field.check() {
        Ok(()) => Ok(field),
        Err(error) => {
            Err(Malformed::new(format!("{}: expected {}, found {}", field.data_type, error.expected, error.found)))
        }
    }
}

/// # Safety
///
/// As for `import_schema`.
unsafe fn import_type(schema: &ArrowSchema) -> Result<DataType, Malformed> {
    if schema.format.is_null() {
        return Err(Malformed::new("the format string is NULL"));
    }
    // SAFETY: a C string, by the caller's promise.
    let format = unsafe { CStr::from_ptr(schema.format) };
    let Ok(format) = format.to_str() else {
        return Err(Malformed::new(format!("the format string {format:?} is not UTF-8")));
    };
    format::parse(format, schema.flags & FLAG_MAP_KEYS_SORTED != 0)
}

/// # Safety
///
/// As for `import_schema`.
unsafe fn import_children(schema: &ArrowSchema, data_type: &DataType, depth: usize) -> Result<Vec<Field>, Malformed> {
    let found = schema.n_children;
    if let Some(count) = data_type.child_count().filter(|count| *count as i64 != found) {
        return Err(Malformed::new(format!("n_children is {found}, while {data_type} has {count}")));
    }
    if found < 0 || found > 0 && schema.children.is_null() {
        return Err(Malformed::new(format!("n_children is {found}, and children is {:?}", schema.children)));
    }
    let import = |index| {
        // SAFETY: there are `n_children` pointers, each NULL or to a schema, by the caller's promise.
        let child = unsafe { (*schema.children.add(index)).as_ref() };
        let child = child.ok_or_else(|| Malformed::new(format!("child {index} is NULL")))?;
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
