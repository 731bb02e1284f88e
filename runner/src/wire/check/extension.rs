//! Extension types: the two keys, and what the canonical ones require of storage and metadata.

use serde_json::Value as Json;

use super::{Group, Input, Report};
use crate::case::options::Phase;
use crate::wire::tree::{Node, Table};

pub(super) const GROUP: Group = Group {
    clauses: &[
        "extension-keys",
        "extension-name-reserved",
        "extension-metadata-empty-string",
        "extension-uuid",
        "extension-bool8",
        "extension-json-storage",
        "extension-opaque",
        "extension-fixed-shape-tensor",
        "extension-variable-shape-tensor",
        "extension-timestamp-offset",
        "extension-variant-storage",
        "extension-variant-nested-nonnullable",
    ],
    check,
};

/// A canonical extension type.
struct Canonical {
    name: &'static str,
    /// The clause about its storage and metadata.
    clause: &'static str,
    /// What is wrong with a field of it, or nothing.
    fault: fn(&Table, &[u8]) -> Option<String>,
    /// What is right.
    expected: &'static str,
    /// Whether its metadata are the empty string.
    bare: bool,
}

static CANONICAL: &[Canonical] = &[
    Canonical {
        name: "arrow.uuid",
        clause: "extension-uuid",
        fault: |field, _| storage(field, |of| of.kind.name == "FixedSizeBinary" && of.scalar("byteWidth") == 16),
        expected: "FixedSizeBinary of 16 bytes",
        bare: false,
    },
    Canonical {
        name: "arrow.bool8",
        clause: "extension-bool8",
        fault: |field, _| {
            storage(field, |of| of.kind.name == "Int" && of.scalar("bitWidth") == 8 && of.scalar("is_signed") == 1)
        },
        expected: "a signed Int of 8 bits",
        bare: true,
    },
    Canonical {
        name: "arrow.json",
        clause: "extension-json-storage",
        fault: |field, _| storage(field, |of| matches!(of.kind.name, "Utf8" | "LargeUtf8" | "Utf8View")),
        expected: "Utf8, LargeUtf8 or Utf8View",
        bare: false,
    },
    Canonical {
        name: "arrow.opaque",
        clause: "extension-opaque",
        fault: |_, metadata| {
            let json = object(metadata)?;
            let named = |key| json.get(key).is_some_and(Json::is_string);
            (!named("type_name") || !named("vendor_name")).then(|| shown(metadata))
        },
        expected: "metadata that are JSON with type_name and vendor_name",
        bare: false,
    },
    Canonical {
        name: "arrow.fixed_shape_tensor",
        clause: "extension-fixed-shape-tensor",
        fault: fixed_shape_tensor,
        expected: "a FixedSizeList of as many values as the product of the shape in the metadata",
        bare: false,
    },
    Canonical {
        name: "arrow.variable_shape_tensor",
        clause: "extension-variable-shape-tensor",
        fault: variable_shape_tensor,
        expected: "a Struct_ of data, a List, and shape, a FixedSizeList of int32",
        bare: false,
    },
    Canonical {
        name: "arrow.timestamp_with_offset",
        clause: "extension-timestamp-offset",
        fault: timestamp_with_offset,
        expected: "a Struct_ of timestamp, in UTC, and offset_minutes, int16, neither nullable",
        bare: true,
    },
    Canonical {
        name: "arrow.parquet.variant",
        clause: "extension-variant-storage",
        fault: variant,
        expected: "a Struct_ of metadata, not nullable, and of value or typed_value",
        bare: true,
    },
];

fn check(input: &Input, report: &mut Report) {
    if let Some(schema) = input.schema {
        fields(schema.vector("fields"), "schema.fields", report);
    }
}

fn fields(fields_of: &[Node], path: &str, report: &mut Report) {
    for (index, field) in fields_of.iter().enumerate() {
        let Some(field) = field.as_table() else { continue };
        let path = format!("{path}[{index}]");
        extension(field, &path, report);
        fields(field.vector("children"), &format!("{path}.children"), report);
    }
}

/// The last value of a key, as a map of the pairs would have it.
fn value<'a>(field: &'a Table, key: &str) -> Option<&'a Node> {
    let mut pairs = field.vector("custom_metadata").iter().filter_map(Node::as_table);
    let pair = pairs.rfind(|pair| pair.text("key") == Some(key.as_bytes()))?;
    pair.get("value")
}

fn extension(field: &Table, path: &str, report: &mut Report) {
    let text = |node: Option<&Node>| match node.map(|node| &node.value) {
        Some(crate::wire::tree::Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let (name, metadata) = (value(field, "ARROW:extension:name"), value(field, "ARROW:extension:metadata"));
    let place = format!("{path}.custom_metadata");
    let Some(name_text) = text(name) else {
        if let Some(metadata) = metadata {
            let (at, expected) = (metadata.place.clone(), "ARROW:extension:name beside it");
            report.add("extension-keys", Phase::Schema, at, place, "ARROW:extension:metadata alone", expected);
        }
        return;
    };
    let at = name.map_or(field.place.clone(), |name| name.place.clone());
    let name = String::from_utf8_lossy(&name_text);
    let Some(canonical) = CANONICAL.iter().find(|canonical| canonical.name == name) else {
        if name.starts_with("arrow.") {
            let expected = "a canonical extension type, or a name in another namespace";
            report.add("extension-name-reserved", Phase::Schema, at, place, format!("'{name}'"), expected);
        }
        return;
    };
    let metadata_text = text(metadata).unwrap_or_default();
    if let Some(found) = (canonical.fault)(field, &metadata_text) {
        report.add(canonical.clause, Phase::Schema, at.clone(), path, found, canonical.expected);
    }
    if canonical.bare && !metadata_text.is_empty() {
        let at = metadata.map_or(at.clone(), |node| node.place.clone());
        let found = shown(&metadata_text);
        report.add("extension-metadata-empty-string", Phase::Schema, at, &place, found, "the empty string");
    }
    if canonical.name == "arrow.parquet.variant" {
        shredded(field, path, report);
    }
}

fn shown(text: &[u8]) -> String {
    format!("'{}'", String::from_utf8_lossy(text).chars().take(60).collect::<String>())
}

fn object(metadata: &[u8]) -> Option<Json> {
    Some(serde_json::from_slice(metadata).unwrap_or(Json::Null))
}

fn kind(field: &Table) -> &'static str {
    field.table("type").map_or("no type", |of| of.kind.name)
}

/// The storage, if it is not as it should be.
fn storage(field: &Table, fits: fn(&Table) -> bool) -> Option<String> {
    let fit = field.table("type").is_some_and(fits);
    (!fit).then(|| kind(field).to_owned())
}

fn child<'a>(field: &'a Table, name: &str) -> Option<&'a Table> {
    let mut children = field.vector("children").iter().filter_map(Node::as_table);
    children.find(|child| child.text("name") == Some(name.as_bytes()))
}

fn fixed_shape_tensor(field: &Table, metadata: &[u8]) -> Option<String> {
    let list = field.table("type").filter(|of| of.kind.name == "FixedSizeList");
    let Some(list) = list else { return Some(kind(field).to_owned()) };
    let json = object(metadata)?;
    let Some(shape) = json.get("shape").and_then(Json::as_array) else { return Some(shown(metadata)) };
    let product = shape.iter().try_fold(1_i64, |product, size| product.checked_mul(size.as_i64()?));
    let size = list.scalar("listSize");
    (product != Some(size)).then(|| format!("a FixedSizeList of {size} with the metadata {}", shown(metadata)))
}

fn variable_shape_tensor(field: &Table, _: &[u8]) -> Option<String> {
    let (data, shape) = (child(field, "data"), child(field, "shape"));
    let dimensions = shape.and_then(|shape| shape.vector("children").first()?.as_table()?.table("type"));
    let int32 = dimensions.is_some_and(|of| of.kind.name == "Int" && of.scalar("bitWidth") == 32);
    let fits = kind(field) == "Struct_"
        && data.is_some_and(|data| kind(data) == "List")
        && shape.is_some_and(|shape| kind(shape) == "FixedSizeList")
        && int32;
    (!fits).then(|| members(field))
}

fn timestamp_with_offset(field: &Table, _: &[u8]) -> Option<String> {
    let children: Vec<&Table> = field.vector("children").iter().filter_map(Node::as_table).collect();
    let fits = match children[..] {
        [timestamp, offset] => {
            let utc = timestamp.table("type").is_some_and(|of| {
                of.kind.name == "Timestamp" && of.text("timezone").is_some_and(|zone| zone == b"UTC")
            });
            let names = timestamp.text("name") == Some(b"timestamp") && offset.text("name") == Some(b"offset_minutes");
            // Offsets may be run-end encoded; dictionary-encoded ones have the type of their values here.
            let values = match kind(offset) {
                "RunEndEncoded" => offset.vector("children").get(1).and_then(Node::as_table),
                _ => Some(offset),
            };
            let int16 = values
                .and_then(|values| values.table("type"))
                .is_some_and(|of| of.kind.name == "Int" && of.scalar("bitWidth") == 16 && of.scalar("is_signed") == 1);
            utc && names && int16 && timestamp.scalar("nullable") == 0 && offset.scalar("nullable") == 0
        }
        _ => false,
    };
    (kind(field) != "Struct_" || !fits).then(|| members(field))
}

fn variant(field: &Table, _: &[u8]) -> Option<String> {
    let metadata = child(field, "metadata").is_some_and(|metadata| metadata.scalar("nullable") == 0);
    let values = child(field, "value").is_some() || child(field, "typed_value").is_some();
    (kind(field) != "Struct_" || !metadata || !values).then(|| members(field))
}

/// A field and its children in a few words.
fn members(field: &Table) -> String {
    let children = field.vector("children").iter().filter_map(Node::as_table).take(8);
    let children: Vec<String> = children
        .map(|child| {
            let nullable = if child.scalar("nullable") == 1 { "nullable " } else { "" };
            format!("{} {nullable}{}", String::from_utf8_lossy(child.text("name").unwrap_or_default()), kind(child))
        })
        .collect();
    format!("{} of {}", kind(field), if children.is_empty() { "nothing".to_owned() } else { children.join(", ") })
}

/// Elements and members of shredded values are structs that are not nullable.
fn shredded(field: &Table, path: &str, report: &mut Report) {
    let Some((index, typed)) = field.vector("children").iter().enumerate().find_map(|(index, child)| {
        let child = child.as_table()?;
        (child.text("name") == Some(b"typed_value")).then_some((index, child))
    }) else {
        return;
    };
    if !matches!(kind(typed), "Struct_" | "List" | "LargeList" | "ListView" | "LargeListView" | "FixedSizeList") {
        return;
    }
    for (position, member) in typed.vector("children").iter().enumerate() {
        let Some(member) = member.as_table() else { continue };
        let path = format!("{path}.children[{index}].children[{position}]");
        let values = child(member, "value").is_some() || child(member, "typed_value").is_some();
        if kind(member) != "Struct_" || member.scalar("nullable") == 1 || !values {
            let nullable = if member.scalar("nullable") == 1 { "a nullable " } else { "" };
            let found = format!("{nullable}{}", members(member));
            let expected = "a Struct_ of value or typed_value, not nullable";
            let at = member.place.clone();
            report.add("extension-variant-nested-nonnullable", Phase::Schema, at, &path, found, expected);
        }
        shredded(member, &path, report);
    }
}
