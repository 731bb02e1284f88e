//! What the Message tables say, and the bytes between everything.

use super::{Group, Input, Report};
use crate::case::options::Phase;
use crate::wire::map::{self, Kind};
use crate::wire::walk::{self, V5};

pub(super) const GROUP: Group = Group {
    clauses: &[
        "message-version-set",
        "message-version-uniform",
        "version-write-v5",
        "message-header-kind",
        "message-prefer-recordbatch",
        "message-schema-no-body",
        "security-deterministic-padding",
    ],
    check,
};

fn check(input: &Input, report: &mut Report) {
    let tensors = input.tensors();
    let first = input.parsed.messages.first().map(|message| message.table.scalar("version"));
    for (index, message) in input.parsed.messages.iter().enumerate() {
        let phase = if index == 0 { Phase::Schema } else { Phase::Batch };
        let place = |field: &str| format!("message[{index}].{field}");
        let version = message.table.scalar("version");
        let slot = |field| message.table.get(field).map_or(message.table.place.clone(), |node| node.slot.clone());
        if message.table.get("version").is_none() {
            let at = message.table.place.clone();
            report.add("message-version-set", phase, at, place("version"), "none, which means V1", "V5");
        } else if index == 0 && version != V5 {
            report.add("version-write-v5", phase, slot("version"), place("version"), name(version), "V5");
        }
        if first != Some(version) {
            let expected = format!("{} as in the first message", name(first.unwrap_or(0)));
            report.add("message-version-uniform", phase, slot("version"), place("version"), name(version), expected);
        }
        let header = message.table.table("header").map(|header| header.kind.name);
        let known = matches!(header, Some("Schema" | "DictionaryBatch" | "RecordBatch"));
        if !known && !tensors {
            let found = header.map_or_else(|| format!("type {}", message.table.scalar("header_type")), str::to_owned);
            let expected = "Schema, DictionaryBatch or RecordBatch";
            let at = slot("header_type");
            report.add("message-header-kind", phase, at.clone(), place("header_type"), &found, expected);
            if header.is_some() {
                report.add("message-prefer-recordbatch", phase, at, place("header_type"), found, "RecordBatch");
            }
        }
        if walk::header(message, "Schema").is_some() && !message.body.is_empty() {
            let found = message.body.len().to_string();
            report.add("message-schema-no-body", phase, slot("bodyLength"), place("bodyLength"), found, "0");
        }
    }
    padding(input, report);
}

fn name(version: i64) -> String {
    format!("V{}", version.saturating_add(1))
}

/// Bytes that nothing refers to, within metadata, bodies and the padding of the magic.
fn padding(input: &Input, report: &mut Report) {
    let sections = map::sections(input.bytes, input.parsed);
    let odd = |entry: &map::Entry| entry.kind == Kind::Unreferenced && entry.path != "trailing";
    for entry in sections.flat_map(|section| section.map.entries).filter(odd) {
        let found = format!("{} bytes that are not all zero", entry.range.len());
        report.add("security-deterministic-padding", Phase::Validate, entry.range, entry.path, found, "zero");
    }
}
