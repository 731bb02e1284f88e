//! Schemas: names, types, nullability, dictionaries and metadata, field by field.

use arrowipc_kit::value::{Canonical, Dictionary, Field, Metadata, Schema};

use super::{Difference, Kind, TOLD};

pub(super) fn differences(a: &Schema, b: &Schema) -> Vec<Difference> {
    let mut found = Vec::new();
    metadata(&mut found, "metadata", &a.metadata, &b.metadata);
    fields(&mut found, "", &a.fields, &b.fields);
    found.truncate(TOLD);
    found
}

fn add(found: &mut Vec<Difference>, place: String, a: impl ToString, b: impl ToString) {
    let (a, b) = (a.to_string(), b.to_string());
    if a != b {
        found.push(Difference { kind: Kind::Schema, place, a, b });
    }
}

fn metadata(found: &mut Vec<Difference>, place: &str, a: &Metadata, b: &Metadata) {
    add(found, place.to_owned(), a.canonical(), b.canonical());
}

/// Fields by position; `path` is that of the parent.
fn fields(found: &mut Vec<Difference>, path: &str, a: &[Field], b: &[Field]) {
    for (position, (a, b)) in a.iter().zip(b).enumerate() {
        field(found, &step(path, a, position), a, b);
    }
    let place = if path.is_empty() { "columns".to_owned() } else { format!("{path}.children") };
    add(found, place, a.len(), b.len());
}

/// The path of a field: names, or the position of one without.
pub(super) fn step(path: &str, field: &Field, position: usize) -> String {
    let name = if field.name.as_bytes().is_empty() { format!("#{position}") } else { field.name.to_string() };
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

fn field(found: &mut Vec<Difference>, path: &str, a: &Field, b: &Field) {
    let nullable = |field: &Field| if field.nullable { "nullable" } else { "not nullable" };
    let dictionary = |field: &Field| field.dictionary.as_ref().map_or("none".to_owned(), encoding);
    add(found, format!("{path}: name"), format!("{:?}", a.name), format!("{:?}", b.name));
    add(found, format!("{path}: type"), &a.data_type, &b.data_type);
    add(found, format!("{path}: nulls"), nullable(a), nullable(b));
    add(found, format!("{path}: dictionary"), dictionary(a), dictionary(b));
    metadata(found, &format!("{path}: metadata"), &a.metadata, &b.metadata);
    fields(found, path, &a.children, &b.children);
}

fn encoding(dictionary: &Dictionary) -> String {
    format!("{}{} indices", if dictionary.ordered { "ordered, " } else { "" }, dictionary.index)
}
