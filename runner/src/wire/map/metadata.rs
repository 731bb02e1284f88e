//! The flatbuffers of messages and of the footer.

use super::Kind as Sort;
use super::cover::Cover;
use crate::wire::format::{Kind, Scalar};
use crate::wire::parse::{Footer, Message};
use crate::wire::tree::{Node, Table, Value};

/// Characters of a text that are shown.
const SHOWN: usize = 60;

/// Claims the metadata of a message; the fields of its header go by the header's own name.
pub(super) fn message(cover: &mut Cover, message: &Message, index: usize, name: &str) {
    let path = format!("message[{index}]");
    root(cover, message.metadata.start, &message.table, &path, name);
    gaps(cover, message.metadata.clone(), &path);
}

/// Claims the footer's flatbuffer.
pub(super) fn footer(cover: &mut Cover, footer: &Footer) {
    root(cover, footer.metadata.start, &footer.table, "footer", "footer.header");
    gaps(cover, footer.metadata.clone(), "footer");
}

fn root(cover: &mut Cover, start: usize, of: &Table, path: &str, header: &str) {
    let to = format!("→ {:#x}", of.place.start);
    cover.claim(start..start + 4, &format!("{path}.metadata"), Sort::Offset, &to);
    table(cover, of, path, header);
}

/// Padding within a flatbuffer, and behind it.
fn gaps(cover: &mut Cover, range: std::ops::Range<usize>, path: &str) {
    let free = cover.free(range.clone());
    for gap in free {
        let word = if gap.end == range.end { "metadata_padding" } else { "metadata" };
        cover.fill(gap, &format!("{path}.{word}"));
    }
}

fn table(cover: &mut Cover, of: &Table, path: &str, header: &str) {
    cover.claim(of.vtable.clone(), &format!("{path}.vtable"), Sort::Vtable, &vtable(cover.bytes, of));
    let to = format!("{}, vtable at {:#x}", of.kind.name, of.vtable.start);
    cover.claim(of.place.start..of.place.start + 4, path, Sort::Offset, &to);
    for (field, value) in of.kind.fields.iter().zip(&of.fields) {
        let Some(value) = value else { continue };
        let name = format!("{path}.{}", field.name);
        // What the header says has the name of the batch; the offset to it belongs to the message.
        let below = if field.name == "header" { header } else { &name };
        node(cover, value, &field.kind, &name, below);
    }
    for (slot, bytes) in &of.unknown {
        let range = of.place.end - bytes.len()..of.place.end;
        cover.claim(range, &format!("{path}.#{slot}"), Sort::UnknownField, "");
    }
}

/// Claims a value: its inline bytes under `path`, what they refer to under `below`.
fn node(cover: &mut Cover, of: &Node, kind: &Kind, path: &str, below: &str) {
    let to = || format!("→ {:#x}", of.place.start);
    match (&of.value, kind) {
        (Value::Scalar(value), Kind::Scalar(scalar)) => {
            cover.claim(of.slot.clone(), path, Sort::Number, &number(*value, scalar));
        }
        (Value::Struct(values), Kind::Struct(struct_type)) => {
            for ((member, at, scalar), value) in struct_type.members.iter().zip(values) {
                let start = of.slot.start + at;
                let name = format!("{path}.{member}");
                cover.claim(start..start + scalar.width, &name, Sort::Number, &number(*value, scalar));
            }
        }
        (Value::Text(text), _) => {
            cover.claim(of.slot.clone(), path, Sort::Offset, &to());
            let start = of.place.start;
            cover.claim(start..start + 4, &format!("{below}.length"), Sort::Length, &text.len().to_string());
            cover.claim(start + 4..of.place.end, below, Sort::Text, &shown(text));
        }
        (Value::Table(value), _) => {
            cover.claim(of.slot.clone(), path, Sort::Offset, &to());
            table(cover, value, below, "");
        }
        (Value::Vector(elements), Kind::Vector(element)) => {
            cover.claim(of.slot.clone(), path, Sort::Offset, &to());
            let start = of.place.start;
            cover.claim(start..start + 4, &format!("{below}.length"), Sort::Length, &elements.len().to_string());
            for (index, value) in elements.iter().enumerate() {
                let name = format!("{below}[{index}]");
                node(cover, value, element, &name, &name);
            }
        }
        // The reader makes values of the kinds of the format only.
        _ => {}
    }
}

fn number(value: i64, scalar: &Scalar) -> String {
    match scalar.value_name(value) {
        Some(name) => format!("{name} ({value})"),
        None => value.to_string(),
    }
}

/// The start of a text, quoted.
pub(super) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let start: String = text.chars().take(SHOWN).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("{start:?}{more}")
}

/// The size of the table, and where its fields lie in it.
fn vtable(bytes: &[u8], of: &Table) -> String {
    let word = |at: usize| bytes.get(at..at + 2).map_or(0, |word| u16::from_le_bytes([word[0], word[1]]));
    let mut shown = format!("table of {} bytes", word(of.vtable.start + 2));
    for (slot, at) in (of.vtable.start + 4..of.vtable.end).step_by(2).enumerate().take(SHOWN) {
        match (of.kind.fields.get(slot), word(at)) {
            (_, 0) => {}
            (Some(field), place) => shown.push_str(&format!(", {} at {place}", field.name)),
            (None, place) => shown.push_str(&format!(", #{slot} at {place}")),
        }
    }
    shown
}
