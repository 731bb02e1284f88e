//! `ArrowSchema` → [`Schema`]: everything is checked, nothing of the caller's is kept.

use super::c_data::{ARROW_FLAG_DICTIONARY_ORDERED, ARROW_FLAG_MAP_KEYS_SORTED, ARROW_FLAG_NULLABLE, ArrowSchema};
use super::{format_string, metadata};
use crate::error::{Error, Result};
use crate::options::Limits;
use crate::schema::{DataType, DictionaryEncoding, Field, Schema};
use std::ffi::CStr;

/// The columns of a struct. Dictionary ids are 0: the writer assigns them.
///
/// # Safety
/// `schema` obeys the C Data Interface, but for what is checked: it may be released, and counts, pointers to
/// be set and format strings may be wrong.
pub(super) unsafe fn import(schema: &ArrowSchema, limits: &Limits) -> Result<Schema> {
    // SAFETY: passed on.
    let (data_type, metadata) = unsafe { (data_type(schema)?, metadata::decode(schema.metadata)?) };
    if data_type != DataType::Struct || !schema.dictionary.is_null() {
        return Err(Error::argument("the schema is not a struct (\"+s\") with one child for each column"));
    }
    let mut import = Import { limits, fields: 0 };
    // SAFETY: passed on.
    let fields = unsafe { import.children(schema, 1) }?;
    Ok(Schema { fields, metadata })
}

struct Import<'a> {
    limits: &'a Limits,
    /// Fields so far.
    fields: usize,
}

impl Import<'_> {
    /// # Safety
    /// As [`import`].
    unsafe fn children(&mut self, parent: &ArrowSchema, depth: usize) -> Result<Vec<Field>> {
        let count = usize::try_from(parent.n_children)
            .map_err(|_| Error::argument(format!("n_children is {}", parent.n_children)))?;
        if count == 0 {
            return Ok(Vec::new());
        }
        // Both are checked before anything is read or allocated: a structure that contains itself ends here.
        if depth > self.limits.nesting_depth {
            return Err(Error::limit("nesting depth of the schema", depth, self.limits.nesting_depth));
        }
        self.fields = self.fields.saturating_add(count);
        if self.fields > self.limits.fields {
            return Err(Error::limit("number of fields", self.fields, self.limits.fields));
        }
        if parent.children.is_null() {
            return Err(Error::argument(format!("children is NULL and n_children is {count}")));
        }
        // A loop, for this is recursive and adapters would take their share of the stack at each level.
        let mut fields = Vec::with_capacity(count);
        for i in 0..count {
            // SAFETY: there are `n_children` pointers, each NULL or to a structure.
            let child = unsafe { (*parent.children.add(i)).as_ref() };
            let child = child.ok_or_else(|| Error::argument(format!("children[{i}] is NULL")))?;
            // SAFETY: passed on.
            let name = unsafe { name(child) }?;
            // SAFETY: passed on.
            let field = unsafe { self.field(child, name, depth) };
            fields.push(field.map_err(|error| error.in_field(name))?);
        }
        Ok(fields)
    }

    /// # Safety
    /// As [`import`].
    unsafe fn field(&mut self, schema: &ArrowSchema, name: &[u8], depth: usize) -> Result<Field> {
        if std::str::from_utf8(name).is_err() {
            return Err(Error::argument("the name of the field is not UTF-8"));
        }
        // SAFETY: passed on.
        let (outer, metadata) = unsafe { (data_type(schema)?, metadata::decode(schema.metadata)?) };
        // SAFETY: NULL or a structure by the contract of this function.
        let dictionary = unsafe { schema.dictionary.as_ref() };
        let (values, data_type, encoding) = match dictionary {
            None => (schema, outer, None),
            Some(values) => {
                let DataType::Int(index) = outer else {
                    return Err(Error::argument(
                        "a dictionary-encoded field must have an integer format, that of its indices",
                    ));
                };
                if schema.n_children != 0 {
                    return Err(Error::argument("the indices of a dictionary have children"));
                }
                if !values.dictionary.is_null() {
                    return Err(Error::unsupported("a dictionary of dictionary-encoded values cannot be written"));
                }
                let ordered = schema.flags & ARROW_FLAG_DICTIONARY_ORDERED != 0;
                // SAFETY: passed on.
                (values, unsafe { self::data_type(values) }?, Some(DictionaryEncoding { id: 0, index, ordered }))
            }
        };
        // SAFETY: passed on.
        let children = unsafe { self.children(values, depth + 1) }?;
        check_children(&data_type, &children)?;
        let nullable = schema.flags & ARROW_FLAG_NULLABLE != 0;
        Ok(Field { name: name.to_vec(), data_type, nullable, dictionary: encoding, children, metadata })
    }
}

/// The name; NULL stands for an empty one.
///
/// # Safety
/// As [`import`].
unsafe fn name(schema: &ArrowSchema) -> Result<&[u8]> {
    if schema.release.is_none() {
        return Err(Error::argument("the schema of a field was already released"));
    }
    match schema.name.is_null() {
        true => Ok(&[]),
        // SAFETY: not NULL, hence a text by the contract of this function.
        false => Ok(unsafe { CStr::from_ptr(schema.name) }.to_bytes()),
    }
}

/// The type, of the indices when there is a dictionary.
///
/// # Safety
/// As [`import`].
unsafe fn data_type(schema: &ArrowSchema) -> Result<DataType> {
    if schema.release.is_none() {
        return Err(Error::argument("the schema was already released"));
    }
    if schema.format.is_null() {
        return Err(Error::argument("format is NULL"));
    }
    // SAFETY: not NULL, hence a text by the contract of this function.
    let format = unsafe { CStr::from_ptr(schema.format) }.to_bytes();
    Ok(match format_string::parse(format)? {
        DataType::Map { .. } => DataType::Map { keys_sorted: schema.flags & ARROW_FLAG_MAP_KEYS_SORTED != 0 },
        other => other,
    })
}

/// Whether a type has the children that it must have.
fn check_children(data_type: &DataType, children: &[Field]) -> Result<()> {
    let expected = match data_type {
        DataType::Struct => return Ok(()),
        DataType::Union(_, type_ids) => type_ids.len(),
        DataType::RunEndEncoded => 2,
        DataType::List
        | DataType::LargeList
        | DataType::ListView
        | DataType::LargeListView
        | DataType::FixedSizeList(_)
        | DataType::Map { .. } => 1,
        _ => 0,
    };
    if children.len() != expected {
        let (name, count) = (format_string::name(data_type), children.len());
        return Err(Error::argument(format!("the type \"{name}\" has {count} children, expected {expected}")));
    }
    let fits = match (data_type, children) {
        (DataType::Map { .. }, [entries]) => {
            entries.data_type == DataType::Struct && entries.dictionary.is_none() && entries.children.len() == 2
        }
        (DataType::RunEndEncoded, [run_ends, _]) => {
            let signed = matches!(&run_ends.data_type, DataType::Int(ends) if ends.signed && ends.bits > 8);
            signed && run_ends.dictionary.is_none()
        }
        _ => true,
    };
    match data_type {
        _ if fits => Ok(()),
        DataType::Map { .. } => Err(Error::argument("the child of a map must be a struct of key and value")),
        _ => Err(Error::argument("run ends must be signed integers of 16, 32 or 64 bits")),
    }
}

/// Whether arrays of `given` can be written as `expected`: as many columns, of the same names and types, and
/// nullable only where that is expected. Metadata, and names that no value depends on (of list items, map
/// entries, run ends), may differ.
pub(super) fn check_same_columns(given: &Schema, expected: &Schema) -> Result<()> {
    same_children(&given.fields, &expected.fields, true)
}

fn same_children(given: &[Field], expected: &[Field], named: bool) -> Result<()> {
    if given.len() != expected.len() {
        return Err(Error::argument(format!(
            "the stream has {} fields where the writer has {}",
            given.len(),
            expected.len()
        )));
    }
    given.iter().zip(expected).try_for_each(|(given, expected)| {
        same_field(given, expected, named).map_err(|error| error.in_field(&expected.name))
    })
}

fn same_field(given: &Field, expected: &Field, named: bool) -> Result<()> {
    if named && given.name != expected.name {
        let name = String::from_utf8_lossy(&given.name);
        return Err(Error::argument(format!("the stream's field is named \"{name}\"")));
    }
    if given.data_type != expected.data_type {
        let [given, expected] = [given, expected].map(|field| format_string::name(&field.data_type));
        let text = format!("the stream's field has the type \"{given}\" where the writer's has \"{expected}\"");
        return Err(Error::argument(text));
    }
    if given.dictionary != expected.dictionary {
        return Err(Error::argument("the stream's field is not dictionary-encoded as the writer's is"));
    }
    if given.nullable && !expected.nullable {
        return Err(Error::argument("the stream's field is nullable and the writer's is not"));
    }
    let named = matches!(given.data_type, DataType::Struct | DataType::Union(..));
    same_children(&given.children, &expected.children, named)
}
