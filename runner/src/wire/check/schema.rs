//! Fields and types.

use std::collections::BTreeSet;

use super::{Group, Input, Report};
use crate::case::options::Phase;
use crate::wire::tree::{Node, Table};
use crate::wire::walk;

pub(super) const GROUP: Group = Group {
    clauses: &[
        "schema-fields-vector-present",
        "schema-endianness-unknown",
        "schema-name-utf8",
        "version-feature-declared",
        "version-feature-unknown",
        "field-type-present",
        "field-children-leaf-empty",
        "type-int-bitwidths",
        "type-float-precision",
        "type-decimal-bitwidth-invalid",
        "type-decimal-precision-range",
        "type-time-unit-width",
        "type-fixed-size-binary-negative",
        "type-fixed-size-list-negative",
        "type-list-one-child",
        "type-struct-field-names",
        "type-map-shape",
        "type-map-nonnullable",
        "type-union-typeids-length",
        "type-union-typeids-range",
        "type-union-typeids-duplicate",
        "type-ree-children",
        "type-ree-run-end-type",
        "type-ree-names",
        "type-ree-run-ends-nonnullable",
        "type-dictionary-index-int",
        "type-dictionary-index-signed-preferred",
        "dictionary-index-type-explicit",
        "dictionary-kind-dense",
        "dictionary-same-id-type-conflict",
    ],
    check,
};

fn check(input: &Input, report: &mut Report) {
    let Some(schema) = input.schema else { return };
    if schema.get("fields").is_none() {
        let (at, expected) = (schema.place.clone(), "a vector, which may be empty");
        report.add("schema-fields-vector-present", Phase::Schema, at, "schema.fields", "none", expected);
    }
    let endianness = schema.scalar("endianness");
    if !matches!(endianness, 0 | 1) {
        let (at, found) = (slot(schema, "endianness"), endianness.to_string());
        report.add("schema-endianness-unknown", Phase::Schema, at, "schema.endianness", found, "Little (0) or Big (1)");
    }
    features(input, schema, report);
    let mut checker = Checker { report };
    checker.fields(schema.vector("fields"), "schema.fields");
    shared_ids(input, report);
}

fn slot(table: &Table, field: &str) -> std::ops::Range<usize> {
    table.get(field).map_or(table.place.clone(), |node| node.slot.clone())
}

/// What the messages do beyond what every reader knows must be among the features.
fn features(input: &Input, schema: &Table, report: &mut Report) {
    let declared: Vec<i64> = schema.vector("features").iter().filter_map(Node::as_scalar).collect();
    for (index, node) in schema.vector("features").iter().enumerate() {
        let value = node.as_scalar().unwrap_or(0);
        if !(0..=2).contains(&value) {
            let place = format!("schema.features[{index}]");
            let at = node.slot.clone();
            report.add("version-feature-unknown", Phase::Schema, at, place, value.to_string(), "a known feature");
        }
    }
    let mut seen = BTreeSet::new();
    let (mut replaces, mut compresses) = (false, false);
    for message in &input.parsed.messages {
        let Some(header) = message.table.table("header") else { continue };
        let dictionary = header.kind.name == "DictionaryBatch";
        if dictionary && header.scalar("isDelta") == 0 {
            replaces |= !seen.insert(header.scalar("id"));
        }
        let batch = if dictionary { header.table("data") } else { Some(header) };
        compresses |= batch.is_some_and(|batch| batch.get("compression").is_some());
    }
    let used = [(1, replaces, "DICTIONARY_REPLACEMENT (1)"), (2, compresses, "COMPRESSED_BODY (2)")];
    for (code, used, name) in used {
        if used && !declared.contains(&code) {
            let (at, found) = (schema.place.clone(), format!("{declared:?}"));
            let expected = format!("{name} among them, which the messages use");
            report.add("version-feature-declared", Phase::Schema, at, "schema.features", found, expected);
        }
    }
}

struct Checker<'r> {
    report: &'r mut Report,
}

impl Checker<'_> {
    fn add(
        &mut self,
        clause: &'static str,
        (table, field): (&Table, &str),
        path: &str,
        found: impl Into<String>,
        expected: &str,
    ) {
        let place = format!("{path}.{field}");
        self.report.add(clause, Phase::Schema, slot(table, field), place, found, expected);
    }

    fn fields(&mut self, fields: &[Node], path: &str) {
        for (index, field) in fields.iter().enumerate() {
            if let Some(field) = field.as_table() {
                self.field(field, &format!("{path}[{index}]"));
            }
        }
    }

    fn field(&mut self, field: &Table, path: &str) {
        if let Some(Err(error)) = field.text("name").map(std::str::from_utf8) {
            self.add("schema-name-utf8", (field, "name"), path, error.to_string(), "UTF-8");
        }
        match field.table("type") {
            Some(of) => self.typed(field, of, path),
            None => {
                let found = format!("type {} without a known table", field.scalar("type_type"));
                self.add("field-type-present", (field, "type"), path, found, "a type");
            }
        }
        if let Some(encoding) = field.table("dictionary") {
            self.encoding(encoding, &format!("{path}.dictionary"));
        }
        self.fields(field.vector("children"), &format!("{path}.children"));
    }

    fn typed(&mut self, field: &Table, of: &Table, path: &str) {
        let type_path = &format!("{path}.type");
        let children = field.vector("children");
        let child = |index: usize| children.get(index).and_then(Node::as_table);
        let count = format!("{} children", children.len());
        let at = (field, "children");
        match of.kind.name {
            "List" | "LargeList" | "FixedSizeList" | "ListView" | "LargeListView" => match children.len() {
                1 => {}
                _ => self.add("type-list-one-child", at, path, count, "one child"),
            },
            "Struct_" => {
                for (index, child) in children.iter().filter_map(Node::as_table).enumerate() {
                    if child.get("name").is_none() {
                        let path = &format!("{path}.children[{index}]");
                        self.add(
                            "type-struct-field-names",
                            (child, "name"),
                            path,
                            "none",
                            "a name, which may be empty",
                        );
                    }
                }
            }
            "Map" => self.map(field, path),
            "Union" => self.union(field, of, path),
            "RunEndEncoded" => {
                if children.len() != 2 {
                    self.add("type-ree-children", at, path, count, "run ends and values");
                }
                for (index, name) in ["run_ends", "values"].into_iter().enumerate() {
                    let Some(child) = child(index) else { continue };
                    let found = child.text("name").map(String::from_utf8_lossy);
                    if found.as_deref() != Some(name) {
                        let found = found.map_or("none".to_owned(), |found| format!("'{found}'"));
                        let path = &format!("{path}.children[{index}]");
                        self.add("type-ree-names", (child, "name"), path, found, name);
                    }
                }
                if let Some(run_ends) = child(0) {
                    self.run_ends(run_ends, &format!("{path}.children[0]"));
                }
            }
            name if !children.is_empty() => {
                self.add("field-children-leaf-empty", at, path, format!("{count} of {name}"), "none");
            }
            _ => {}
        }
        let number = |name: &str| of.scalar(name);
        match of.kind.name {
            "Int" => self.int(of, type_path),
            "FloatingPoint" if !(0..=2).contains(&number("precision")) => {
                let found = number("precision").to_string();
                self.add("type-float-precision", (of, "precision"), type_path, found, "HALF, SINGLE or DOUBLE");
            }
            "Decimal" => match decimal_digits(number("bitWidth")) {
                None => {
                    let (found, expected) = (number("bitWidth").to_string(), "32, 64, 128 or 256");
                    self.add("type-decimal-bitwidth-invalid", (of, "bitWidth"), type_path, found, expected);
                }
                Some(most) if !(1..=most).contains(&number("precision")) => {
                    let (found, expected) = (number("precision").to_string(), format!("1 to {most}"));
                    self.add("type-decimal-precision-range", (of, "precision"), type_path, found, &expected);
                }
                Some(_) => {}
            },
            "Time" => {
                let (unit, width) = (number("unit"), number("bitWidth"));
                if !matches!((unit, width), (0 | 1, 32) | (2 | 3, 64)) {
                    let (found, expected) = (format!("{width} bits in unit {unit}"), "32 bits up to ms, 64 from us");
                    self.add("type-time-unit-width", (of, "bitWidth"), type_path, found, expected);
                }
            }
            "FixedSizeBinary" if number("byteWidth") < 0 => {
                let found = number("byteWidth").to_string();
                self.add("type-fixed-size-binary-negative", (of, "byteWidth"), type_path, found, "0 or more");
            }
            "FixedSizeList" if number("listSize") < 0 => {
                let found = number("listSize").to_string();
                self.add("type-fixed-size-list-negative", (of, "listSize"), type_path, found, "0 or more");
            }
            _ => {}
        }
    }

    fn int(&mut self, of: &Table, path: &str) {
        let width = of.scalar("bitWidth");
        if !matches!(width, 8 | 16 | 32 | 64) {
            self.add("type-int-bitwidths", (of, "bitWidth"), path, width.to_string(), "8, 16, 32 or 64");
        }
    }

    fn map(&mut self, field: &Table, path: &str) {
        let children = field.vector("children");
        let entries = children.first().and_then(Node::as_table);
        let entries_of = entries.and_then(|entries| entries.table("type")).map(|of| of.kind.name);
        let halves = entries.map_or(&[][..], |entries| entries.vector("children"));
        if children.len() != 1 || entries_of != Some("Struct_") || halves.len() != 2 {
            let found = format!(
                "{} children, the first {} with {}",
                children.len(),
                entries_of.unwrap_or("none"),
                halves.len()
            );
            self.add("type-map-shape", (field, "children"), path, found, "one Struct_ with key and value");
            return;
        }
        let (Some(entries), Some(key)) = (entries, halves[0].as_table()) else { return };
        let entries_path = &format!("{path}.children[0]");
        for (table, path, what) in
            [(entries, entries_path, "entries"), (key, &format!("{entries_path}.children[0]"), "keys")]
        {
            if table.scalar("nullable") == 1 {
                self.add("type-map-nonnullable", (table, "nullable"), path, format!("nullable {what}"), "false");
            }
        }
    }

    fn union(&mut self, field: &Table, of: &Table, path: &str) {
        let children = field.vector("children").len();
        let type_path = &format!("{path}.type");
        if of.get("typeIds").is_none() {
            return;
        }
        let ids: Vec<i64> = of.vector("typeIds").iter().filter_map(Node::as_scalar).collect();
        if ids.len() != children {
            let found = format!("{} type ids, {children} children", ids.len());
            self.add("type-union-typeids-length", (of, "typeIds"), type_path, found, "one for each child");
        }
        let mut seen = BTreeSet::new();
        for (index, (node, id)) in of.vector("typeIds").iter().zip(ids).enumerate() {
            let place = format!("{type_path}.typeIds[{index}]");
            if !(0..=127).contains(&id) {
                let at = node.slot.clone();
                self.report.add("type-union-typeids-range", Phase::Schema, at, place, id.to_string(), "0 to 127");
            } else if !seen.insert(id) {
                let at = node.slot.clone();
                let expected = "another id than the ones before";
                self.report.add("type-union-typeids-duplicate", Phase::Schema, at, place, id.to_string(), expected);
            }
        }
    }

    fn run_ends(&mut self, field: &Table, path: &str) {
        let int = field.table("type").filter(|of| of.kind.name == "Int");
        let fits =
            int.is_some_and(|int| int.scalar("is_signed") == 1 && matches!(int.scalar("bitWidth"), 16 | 32 | 64));
        if !fits {
            let found = match (int, field.table("type")) {
                (Some(int), _) => format!("Int of {} bits, signed {}", int.scalar("bitWidth"), int.scalar("is_signed")),
                (None, of) => of.map_or("no type", |of| of.kind.name).to_owned(),
            };
            self.add("type-ree-run-end-type", (field, "type"), path, found, "a signed Int of 16, 32 or 64 bits");
        }
        if field.scalar("nullable") == 1 {
            self.add("type-ree-run-ends-nonnullable", (field, "nullable"), path, "true", "false");
        }
    }

    fn encoding(&mut self, encoding: &Table, path: &str) {
        match encoding.table("indexType") {
            None => {
                let found = "none, which means a signed Int of 32 bits";
                self.add("dictionary-index-type-explicit", (encoding, "indexType"), path, found, "an Int");
            }
            Some(int) => {
                let width = int.scalar("bitWidth");
                let int_path = &format!("{path}.indexType");
                if !matches!(width, 8 | 16 | 32 | 64) {
                    let found = width.to_string();
                    self.add("type-dictionary-index-int", (int, "bitWidth"), int_path, found, "8, 16, 32 or 64");
                }
                if int.scalar("is_signed") == 0 {
                    let found = "unsigned indices";
                    self.add("type-dictionary-index-signed-preferred", (int, "is_signed"), int_path, found, "signed");
                }
            }
        }
        let kind = encoding.scalar("dictionaryKind");
        if kind != 0 {
            let found = kind.to_string();
            self.add("dictionary-kind-dense", (encoding, "dictionaryKind"), path, found, "DenseArray (0)");
        }
    }
}

/// The digits that a decimal of this width can hold.
pub(super) fn decimal_digits(width: i64) -> Option<i64> {
    Some(match width {
        32 => 9,
        64 => 18,
        128 => 38,
        256 => 76,
        _ => return None,
    })
}

/// Fields that share a dictionary have values of one type.
fn shared_ids(input: &Input, report: &mut Report) {
    for (id, fields) in &input.encoded {
        for field in &fields[1..] {
            let same = same_values(fields[0], field);
            if !same && walk::layout(field).is_some() {
                let found = format!("values of {} with id {id}", kind(field));
                let expected = format!("those of the first field with this id, {}", kind(fields[0]));
                let at = field.place.clone();
                report.add("dictionary-same-id-type-conflict", Phase::Schema, at, "schema.fields", found, expected);
            }
        }
    }
}

fn kind(field: &Table) -> &'static str {
    field.table("type").map_or("no type", |of| of.kind.name)
}

/// Whether two fields have the same types, all the way down. Names and nullability may differ.
fn same_values(one: &Table, other: &Table) -> bool {
    let (of_one, of_other) = (one.vector("children"), other.vector("children"));
    let below = |(one, other): (&Node, &Node)| match (one.as_table(), other.as_table()) {
        (Some(one), Some(other)) => same_values(one, other),
        _ => false,
    };
    // Absent numbers mean their default.
    let equal = |one: &Table, other: &Table| {
        one.kind.name == other.kind.name
            && one.kind.fields.iter().all(|field| match field.kind {
                crate::wire::format::Kind::Scalar(_) => one.scalar(field.name) == other.scalar(field.name),
                _ => one.get(field.name) == other.get(field.name),
            })
    };
    let types = match (one.table("type"), other.table("type")) {
        (Some(one), Some(other)) => equal(one, other),
        (None, None) => true,
        _ => false,
    };
    types && of_one.len() == of_other.len() && of_one.iter().zip(of_other).all(below)
}
