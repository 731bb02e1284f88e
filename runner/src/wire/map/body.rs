//! The bodies of messages: buffers by column and role.

use std::ops::Range;

use super::Kind;
use super::cover::Cover;
use super::metadata::shown;
use crate::wire::format::{self, BUFFER};
use crate::wire::parse::Message;
use crate::wire::raw::Role;
use crate::wire::tree::{Node, Table, Value};
use crate::wire::walk::{self, Column, Layout};

/// Elements of a buffer that are shown.
const SHOWN: usize = 8;

/// Claims the body of a message.
pub(super) fn claim(cover: &mut Cover, message: &Message, name: &str, schema: Option<&Table>) {
    let Some(header) = message.table.table("header") else { return cover.fill(message.body.clone(), &body(name)) };
    match header.kind.name {
        "RecordBatch" => {
            let columns = schema.map(|schema| walk::record_batch(schema, header, version(message), name));
            let columns = columns.map(|found| found.columns).unwrap_or_default();
            batch(cover, message, header, name, &columns, schema);
        }
        "DictionaryBatch" => {
            let fields = schema.map(walk::encoded_fields).unwrap_or_default();
            let field = fields.get(&header.scalar("id")).and_then(|fields| fields.first());
            if let Some(data) = header.table("data") {
                let columns = field.map(|field| walk::dictionary_batch(field, data, version(message), name));
                let columns = columns.map(|found| found.columns).unwrap_or_default();
                batch(cover, message, data, name, &columns, schema);
            }
        }
        _ => buffers_of_table(cover, message, header, name),
    }
    cover.fill(message.body.clone(), &body(name));
}

fn body(name: &str) -> String {
    format!("{name}.body")
}

fn version(message: &Message) -> i64 {
    message.table.scalar("version")
}

/// The bytes of an entry of `buffers`, as far as they lie in the body.
pub(super) fn range(message: &Message, entry: &Node) -> Option<Range<usize>> {
    let &[offset, length] = entry.as_struct()? else { return None };
    let start = message.body.start.checked_add(usize::try_from(offset).ok()?)?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    (start < message.body.end).then(|| start..end.min(message.body.end))
}

fn batch(cover: &mut Cover, message: &Message, header: &Table, name: &str, columns: &[Column], schema: Option<&Table>) {
    let entries = header.vector("buffers");
    let compressed = header.get("compression").is_some();
    let big = schema.is_some_and(|schema| schema.scalar("endianness") == 1);
    for column in columns {
        column.visit(&mut |column| {
            for buffer in &column.buffers {
                let Some(range) = entries.get(buffer.index).and_then(|entry| range(message, entry)) else { continue };
                let path = format!("{}.{}", column.path, buffer.name());
                let bytes = cover.bytes;
                let value = |range: Range<usize>| content(&bytes[range], column, buffer.role, buffer.variadic, big);
                claim_buffer(cover, range, &path, compressed, value);
            }
        });
    }
    // What no column has: more entries than the schema needs, or all of them when there is none.
    for (k, entry) in entries.iter().enumerate() {
        let Some(range) = range(message, entry) else { continue };
        if !cover.free(range.clone()).is_empty() {
            claim_buffer(cover, range, &format!("{name}.buffer[{k}]"), compressed, |_| String::new());
        }
    }
}

fn claim_buffer(
    cover: &mut Cover,
    range: Range<usize>,
    path: &str,
    compressed: bool,
    value: impl FnOnce(Range<usize>) -> String,
) {
    if !compressed {
        let value = value(range.clone());
        return cover.claim(range, path, Kind::Buffer, &value);
    }
    let Some(prefix) = cover.bytes[range.clone()].first_chunk() else {
        return cover.claim(range, path, Kind::Buffer, "");
    };
    let told = i64::from_le_bytes(*prefix);
    let content = range.start + 8..range.end;
    cover.claim(range.start..content.start, &format!("{path}.prefix"), Kind::CompressionPrefix, &told.to_string());
    match told {
        -1 => {
            let value = value(content.clone());
            cover.claim(content, path, Kind::Buffer, &value);
        }
        _ => cover.claim(content, path, Kind::Frame, &format!("of {told} bytes")),
    }
}

/// The buffers of a tensor: whatever the header has of that struct.
fn buffers_of_table(cover: &mut Cover, message: &Message, table: &Table, path: &str) {
    for (field, value) in table.kind.fields.iter().zip(&table.fields) {
        if let Some(node) = value {
            buffers_of_node(cover, message, node, &field.kind, &format!("{path}.{}", field.name));
        }
    }
}

fn buffers_of_node(cover: &mut Cover, message: &Message, node: &Node, kind: &format::Kind, path: &str) {
    match (&node.value, kind) {
        (Value::Struct(_), format::Kind::Struct(of)) if std::ptr::eq(*of, &BUFFER) => {
            if let Some(range) = range(message, node) {
                cover.claim(range, path, Kind::Buffer, "");
            }
        }
        (Value::Table(table), _) => buffers_of_table(cover, message, table, path),
        (Value::Vector(elements), format::Kind::Vector(of)) => {
            for (index, element) in elements.iter().enumerate() {
                buffers_of_node(cover, message, element, of, &format!("{path}[{index}]"));
            }
        }
        _ => {}
    }
}

/// The first elements of a buffer, where they can be told in a few words.
fn content(bytes: &[u8], column: &Column, role: Role, variadic: Option<usize>, big: bool) -> String {
    let slots = usize::try_from(column.node.length).unwrap_or(0);
    let wide = |wide: bool| if wide { 8 } else { 4 };
    match (role, column.layout) {
        (Role::Validity, _) => bits(bytes, slots),
        (Role::TypeIds, _) => numbers(bytes, 1, true, big),
        (Role::Offsets | Role::Sizes, Layout::Variable { wide: w } | Layout::List { wide: w })
        | (Role::Offsets | Role::Sizes, Layout::ListView { wide: w }) => numbers(bytes, wide(w), true, big),
        (Role::Offsets, _) => numbers(bytes, 4, true, big),
        (Role::Data, Layout::Fixed { bits: 1 }) => bits(bytes, slots),
        (Role::Data, Layout::Fixed { bits }) => fixed(bytes, column, bits, big),
        (Role::Data, Layout::Variable { .. }) => shown(&bytes[..bytes.len().min(256)]),
        (Role::Data, Layout::View) if variadic.is_some() => shown(&bytes[..bytes.len().min(256)]),
        _ => String::new(),
    }
}

fn fixed(bytes: &[u8], column: &Column, bits: u64, big: bool) -> String {
    let Some(of) = column.field.table("type") else { return String::new() };
    let of = column.encoding.map_or(Some(of), |encoding| encoding.table("indexType"));
    let width = usize::try_from(bits / 8).unwrap_or(0);
    match of.map_or("Int", |of| of.kind.name) {
        "FloatingPoint" => floats(bytes, width, big),
        "Int" => numbers(bytes, width, of.is_none_or(|of| of.scalar("is_signed") == 1), big),
        "Date" | "Time" | "Timestamp" | "Duration" => numbers(bytes, width, true, big),
        _ => String::new(),
    }
}

fn bits(bytes: &[u8], slots: usize) -> String {
    let slots = slots.min(bytes.len() * 8);
    let mut shown: String =
        (0..slots.min(32)).map(|slot| if bytes[slot / 8] >> (slot % 8) & 1 == 1 { '1' } else { '0' }).collect();
    if slots > 32 {
        shown.push('…');
    }
    shown
}

/// The elements of a buffer as little-endian words of at most 8 bytes.
fn words(bytes: &[u8], width: usize, big: bool) -> impl Iterator<Item = [u8; 8]> {
    let chunks = (1..=8).contains(&width).then(|| bytes.chunks_exact(width)).into_iter().flatten();
    chunks.take(SHOWN).map(move |chunk| {
        let mut word = [0; 8];
        word[..width].copy_from_slice(chunk);
        if big {
            word[..width].reverse();
        }
        word
    })
}

fn numbers(bytes: &[u8], width: usize, signed: bool, big: bool) -> String {
    let shift = 64 - 8 * width.clamp(1, 8);
    let number = |word: [u8; 8]| match signed {
        true => (i64::from_le_bytes(word) << shift >> shift).to_string(),
        false => u64::from_le_bytes(word).to_string(),
    };
    joined(words(bytes, width, big).map(number), bytes.len() / width.max(1))
}

fn floats(bytes: &[u8], width: usize, big: bool) -> String {
    let number = |word: [u8; 8]| match width {
        4 => f32::from_le_bytes([word[0], word[1], word[2], word[3]]).to_string(),
        8 => f64::from_le_bytes(word).to_string(),
        _ => format!("0x{:04x}", u16::from_le_bytes([word[0], word[1]])),
    };
    joined(words(bytes, width, big).map(number), bytes.len() / width.max(1))
}

fn joined(shown: impl Iterator<Item = String>, count: usize) -> String {
    let mut shown: Vec<String> = shown.collect();
    if count > shown.len() && !shown.is_empty() {
        shown.push("…".to_owned());
    }
    shown.join(" ")
}
