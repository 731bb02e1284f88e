//! [`Schema`] → `ArrowSchema`: a tree of structures, each with memory of its own, so that children can be
//! moved out. Releasing one releases what is left of its children.

use super::boundary;
use super::c_data::{
    ARROW_FLAG_DICTIONARY_ORDERED, ARROW_FLAG_MAP_KEYS_SORTED, ARROW_FLAG_NULLABLE, ArrowSchema, Owned,
};
use super::{format_string, metadata};
use crate::error::{Error, Result};
use crate::schema::{DataType, Field, Schema};
use std::ffi::CString;
use std::ptr;

/// The schema as a struct with one child for each column.
pub(super) fn export(schema: &Schema) -> Result<ArrowSchema> {
    let exported = Node {
        format: b"+s".to_vec(),
        name: Vec::new(),
        metadata: metadata::encode(&schema.metadata)?,
        flags: 0,
        children: fields(&schema.fields)?,
        dictionary: None,
    };
    Ok(exported.structure()?.into_inner())
}

fn fields(fields: &[Field]) -> Result<Vec<Owned<ArrowSchema>>> {
    // A loop, for this is recursive and adapters would take their share of the stack at each level.
    let mut structures = Vec::with_capacity(fields.len());
    for child in fields {
        structures.push(field(child).map_err(|error| error.in_field(&child.name))?);
    }
    Ok(structures)
}

fn field(field: &Field) -> Result<Owned<ArrowSchema>> {
    let keys_sorted = match field.data_type {
        DataType::Map { keys_sorted: true } => ARROW_FLAG_MAP_KEYS_SORTED,
        _ => 0,
    };
    let nullable = if field.nullable { ARROW_FLAG_NULLABLE } else { 0 };
    // What the type has; for a dictionary-encoded field that is the dictionary.
    let mut node = Node {
        format: format_string::write(&field.data_type)?,
        name: field.name.clone(),
        metadata: metadata::encode(&field.metadata)?,
        flags: nullable | keys_sorted,
        children: fields(&field.children)?,
        dictionary: None,
    };
    if let Some(encoding) = &field.dictionary {
        let ordered = if encoding.ordered { ARROW_FLAG_DICTIONARY_ORDERED } else { 0 };
        let values = Node {
            format: node.format,
            name: Vec::new(),
            metadata: None,
            flags: ARROW_FLAG_NULLABLE | keys_sorted,
            children: node.children,
            dictionary: None,
        };
        node = Node {
            format: format_string::write(&DataType::Int(encoding.index))?,
            flags: nullable | ordered,
            children: Vec::new(),
            dictionary: Some(values.structure()?),
            ..node
        };
    }
    node.structure()
}

/// What a structure will hold.
struct Node {
    format: Vec<u8>,
    name: Vec<u8>,
    metadata: Option<Vec<u8>>,
    flags: i64,
    children: Vec<Owned<ArrowSchema>>,
    dictionary: Option<Owned<ArrowSchema>>,
}

/// What a structure points to.
struct Private {
    format: CString,
    name: CString,
    metadata: Option<Vec<u8>>,
    children: Vec<*mut ArrowSchema>,
    dictionary: *mut ArrowSchema,
}

impl Node {
    fn structure(self) -> Result<Owned<ArrowSchema>> {
        let text = |bytes, what| {
            CString::new(bytes).map_err(|_| {
                Error::unsupported(format!("the {what} holds a NUL byte, which the C Data Interface cannot hold"))
            })
        };
        let (format, name) = (text(self.format, "time zone")?, text(self.name, "name")?);
        let boxed = |structure: Owned<ArrowSchema>| Box::into_raw(Box::new(structure.into_inner()));
        let mut private = Box::new(Private {
            format,
            name,
            metadata: self.metadata,
            children: self.children.into_iter().map(boxed).collect(),
            dictionary: self.dictionary.map_or(ptr::null_mut(), boxed),
        });
        let structure = ArrowSchema {
            format: private.format.as_ptr(),
            name: private.name.as_ptr(),
            metadata: private.metadata.as_ref().map_or(ptr::null(), |encoded| encoded.as_ptr().cast()),
            flags: self.flags,
            n_children: private.children.len() as i64,
            children: if private.children.is_empty() { ptr::null_mut() } else { private.children.as_mut_ptr() },
            dictionary: private.dictionary,
            release: Some(release),
            private_data: Box::into_raw(private).cast(),
        };
        // SAFETY: `release` frees what was just made and may be called by any thread.
        Ok(unsafe { Owned::new(structure) })
    }
}

unsafe extern "C" fn release(schema: *mut ArrowSchema) {
    // SAFETY: NULL or a structure, by the C Data Interface used by this call alone.
    let Some(schema) = (unsafe { schema.as_mut() }) else { return };
    if schema.release.take().is_none() {
        return;
    }
    boundary::value((), || {
        // SAFETY: `structure` made a box of it, and only now, once, it is given back.
        let private = unsafe { Box::from_raw(schema.private_data.cast::<Private>()) };
        schema.private_data = ptr::null_mut();
        for &child in private.children.iter().chain([&private.dictionary]).filter(|child| !child.is_null()) {
            // SAFETY: `structure` made a box of it; a child that was moved out has no release callback any more.
            unsafe {
                if let Some(release) = (*child).release {
                    release(child);
                }
                drop(Box::from_raw(child));
            }
        }
    });
}
