//! Key/value metadata of schemas, fields, messages and the footer.

use super::{Group, Input, Report};
use crate::case::options::Phase;
use crate::wire::tree::{Node, Table, Value};

pub(super) const GROUP: Group =
    Group { clauses: &["metadata-non-utf8-value", "metadata-null-key-or-value", "metadata-arrow-reserved"], check };

/// The reserved namespace, and what the format puts there.
const RESERVED: (&str, &[&str]) = ("ARROW:", &["ARROW:extension:name", "ARROW:extension:metadata"]);

fn check(input: &Input, report: &mut Report) {
    for (index, message) in input.parsed.messages.iter().enumerate() {
        let phase = if index == 0 { Phase::Schema } else { Phase::Batch };
        pairs(&message.table, &format!("message[{index}]"), phase, report);
        if let Some(schema) = message.table.table("header").filter(|header| header.kind.name == "Schema") {
            tables(schema, &input.names[index], phase, report);
        }
    }
    if let Some(Ok(footer)) = &input.parsed.footer {
        pairs(&footer.table, "footer", Phase::Open, report);
        if let Some(schema) = footer.table.table("schema") {
            tables(schema, "footer.schema", Phase::Open, report);
        }
    }
}

/// The pairs of a schema or field and of the fields below.
fn tables(table: &Table, path: &str, phase: Phase, report: &mut Report) {
    pairs(table, path, phase, report);
    for list in ["fields", "children"] {
        for (index, field) in table.vector(list).iter().enumerate() {
            if let Some(field) = field.as_table() {
                tables(field, &format!("{path}.{list}[{index}]"), phase, report);
            }
        }
    }
}

fn pairs(table: &Table, path: &str, phase: Phase, report: &mut Report) {
    for (index, pair) in table.vector("custom_metadata").iter().enumerate() {
        let Some(pair) = pair.as_table() else { continue };
        for half in ["key", "value"] {
            let place = format!("{path}.custom_metadata[{index}].{half}");
            match pair.get(half) {
                None => {
                    let at = pair.place.clone();
                    report.add("metadata-null-key-or-value", phase, at, place, "none", "a string, which may be empty");
                }
                Some(Node { value: Value::Text(text), place: at, .. }) => {
                    if let Err(error) = std::str::from_utf8(text) {
                        let found = error.to_string();
                        report.add("metadata-non-utf8-value", phase, at.clone(), &place, found, "UTF-8");
                    }
                    let text = String::from_utf8_lossy(text);
                    if half == "key" && text.starts_with(RESERVED.0) && !RESERVED.1.contains(&&*text) {
                        let expected = "a key outside the namespace of Arrow itself";
                        report.add("metadata-arrow-reserved", phase, at.clone(), place, format!("'{text}'"), expected);
                    }
                }
                Some(_) => {}
            }
        }
    }
}
