//! The `wire` section of a case: parts written down, as `docs/wire.md` describes.

mod buffer;
pub mod content;
pub mod frame;

use serde_json::{Map, Value as Json};

use super::assemble::settle;
use super::format::{FOOTER, MESSAGE};
use super::parse::{CONTINUATION, MAGIC};
use super::raw::{Metadata, Part, RawFooter, RawInput, RawMessage};
use super::tree::{Node, Table, Value};
pub use super::value::ValueError as SectionError;
use super::value::{self, expected};
use crate::case::options::Format;

use buffer::name_columns;
pub use buffer::{body_buffer, body_codec, set_prefix};

/// The keys of a part that name its header, and the header's table.
const HEADERS: &[(&str, &str)] = &[
    ("schema", "Schema"),
    ("dictionary_batch", "DictionaryBatch"),
    ("record_batch", "RecordBatch"),
    ("tensor", "Tensor"),
    ("sparse_tensor", "SparseTensor"),
];
/// The other keys of a part that stand for what it is.
const KINDS: &[&str] = &["message", "footer", "bytes", "magic", "magic_padding", "end_of_stream"];
/// The keys of a message beside its header; the fields of the Message table are, too.
const FRAMING: &[&str] =
    &["continuation", "prefix", "metadata", "metadata_alignment", "metadata_fill", "body", "body_tail"];
/// The keys of a footer beside its table.
const FOOTER_FRAMING: &[&str] = &["prefix", "magic", "metadata"];

/// Reads a list of parts.
pub fn read(parts: &Json, format: Format) -> Result<RawInput, SectionError> {
    let Json::Array(entries) = parts else { return Err(expected("a list of parts", parts)) };
    let mut input = RawInput { format, parts: Vec::new(), patches: Vec::new() };
    // The schema tells byte order and buffers, and may stand behind the batches in a footer: first everything but the bodies.
    let mut heads = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let start = input.parts.len();
        input.parts.extend(heads_of(entry).map_err(|error| error.below(index))?);
        heads.push(start..input.parts.len());
    }
    for (index, (entry, range)) in entries.iter().zip(heads).enumerate() {
        for part in range {
            complete(&mut input, part, entry).map_err(|error| error.below(index))?;
        }
    }
    Ok(input)
}

/// Reads a part and puts it, which may be two (a magic and its padding), into an input at a position.
pub fn insert(input: &mut RawInput, position: usize, entry: &Json) -> Result<(), SectionError> {
    let heads = heads_of(entry)?;
    let range = position..position + heads.len();
    input.parts.splice(position..position, heads);
    for part in range.clone() {
        if let Err(error) = complete(input, part, entry) {
            input.parts.drain(range);
            return Err(error);
        }
    }
    Ok(())
}

/// The parts that an entry stands for, without bodies and what follows from other parts.
fn heads_of(entry: &Json) -> Result<Vec<Part>, SectionError> {
    let entries = match entry {
        Json::String(word) => return named(word, None),
        Json::Object(entries) => entries,
        _ => return Err(expected("a part: a word or a mapping", entry)),
    };
    let mut kinds = HEADERS.iter().map(|(key, _)| *key).chain(KINDS.iter().copied()).filter(|key| {
        // The magic of a footer and the tables of Message and Footer have keys of these names.
        entries.contains_key(*key) && !(entries.contains_key("footer") && ["magic", "schema"].contains(key))
    });
    let Some(kind) = kinds.next() else {
        let known: Vec<&str> = HEADERS.iter().map(|(key, _)| *key).chain(KINDS.iter().copied()).collect();
        return Err(expected(&format!("a part: one of {}", known.join(", ")), entry));
    };
    if let Some(other) = kinds.next() {
        return Err(SectionError::new(format!("a part is one thing, and both '{kind}' and '{other}' are there")));
    }
    match kind {
        "footer" => Ok(vec![Part::Footer(Box::new(footer(entries)?))]),
        "bytes" | "magic" | "magic_padding" | "end_of_stream" => {
            if let Some(key) = entries.keys().find(|key| *key != kind) {
                return Err(SectionError::new(format!("'{kind}' has no '{key}' beside it")).below(key.as_str()));
            }
            named(kind, Some(&entries[kind]))
        }
        _ => Ok(vec![Part::Message(Box::new(message(entries, kind)?))]),
    }
}

/// A part of bytes by its word, with the usual bytes or others.
fn named(word: &str, bytes: Option<&Json>) -> Result<Vec<Part>, SectionError> {
    if let Some(bytes) = bytes {
        return Ok(vec![Part::bytes(word, value::hex(bytes).map_err(|error| error.below(word))?)]);
    }
    match word {
        "magic" => Ok(vec![Part::bytes("magic", *MAGIC), Part::bytes("magic_padding", [0; 2])]),
        "end_of_stream" => Ok(vec![Part::bytes("end_of_stream", [CONTINUATION, [0; 4]].concat())]),
        "footer" => Ok(vec![Part::Footer(Box::new(footer(&Map::from_iter([(
            "footer".to_owned(),
            Json::Object(Map::new()),
        )]))?))]),
        _ => Err(SectionError::new(format!("'{word}' alone is no part; magic, end_of_stream and footer are"))),
    }
}

/// Message and header without body.
fn message(entries: &Map<String, Json>, kind: &str) -> Result<RawMessage, SectionError> {
    let mut table = match kind {
        "message" => value::table(&entries[kind], &MESSAGE).map_err(|error| error.below(kind))?,
        _ => Table::new(&MESSAGE),
    };
    if entries.get("message").and_then(|message| message.get("version")).is_none() {
        value::set_field(&mut table, "version", &"V5".into())?;
    }
    if let Some((_, member)) = HEADERS.iter().find(|(key, _)| *key == kind) {
        let header = Json::Object(Map::from_iter([((*member).to_owned(), entries[kind].clone())]));
        value::set_field(&mut table, "header", &header).map_err(|error| {
            // The name of the member is not in the file.
            let mut error = error;
            error.path.0.drain(..1.min(error.path.0.len()));
            error.below(kind)
        })?;
    }
    let mut message = RawMessage::new(Table::new(&MESSAGE), Vec::new());
    for (key, json) in entries {
        let set = match key.as_str() {
            _ if key == kind => Ok(()),
            "continuation" => continuation(json).map(|continuation| message.continuation = continuation),
            "prefix" => length(json).map(|length| message.length = Some(length)),
            "metadata_alignment" => alignment(json).map(|alignment| message.metadata_alignment = alignment),
            "metadata_fill" => byte(json).map(|byte| message.metadata_fill = byte),
            "body_tail" => value::size(json).map(|size| message.body_tail = size),
            "metadata" => value::hex(json).map(|bytes| message.metadata = Metadata::Bytes(bytes)),
            "body" => Ok(()),
            _ if MESSAGE.slot(key).is_some() || key.starts_with('#') => value::set_field(&mut table, key, json),
            _ => {
                let fields = MESSAGE.fields.iter().map(|field| field.name);
                let known: Vec<&str> = FRAMING.iter().copied().chain(fields).collect();
                Err(SectionError::new(format!(
                    "a message has no '{key}'; beside its header it has {}",
                    known.join(", ")
                )))
            }
        };
        set.map_err(|error| error.below(key.as_str()))?;
    }
    if let Metadata::Table(metadata) = &mut message.metadata {
        *metadata = table;
    }
    Ok(message)
}

fn footer(entries: &Map<String, Json>) -> Result<RawFooter, SectionError> {
    let mut metadata =
        Metadata::Table(value::table(&entries["footer"], &FOOTER).map_err(|error| error.below("footer"))?);
    let mut told = None;
    let mut magic = MAGIC.to_vec();
    for (key, json) in entries {
        let set = match key.as_str() {
            "footer" => Ok(()),
            "prefix" => length(json).map(|length| told = Some(length)),
            "magic" => value::hex(json).map(|bytes| magic = bytes),
            "metadata" => value::hex(json).map(|bytes| metadata = Metadata::Bytes(bytes)),
            _ => Err(SectionError::new(format!(
                "a footer has no '{key}'; beside its table it has {}",
                FOOTER_FRAMING.join(", ")
            ))),
        };
        set.map_err(|error| error.below(key.as_str()))?;
    }
    Ok(RawFooter { metadata, length: told, magic, computed: true })
}

/// The length that a prefix tells.
pub fn length(json: &Json) -> Result<i32, SectionError> {
    let length = value::integer(json).and_then(|length| i32::try_from(length).ok());
    length.ok_or_else(|| expected("a number of 32 bits", json))
}

/// The four bytes before the length, or `absent`.
pub fn continuation(json: &Json) -> Result<Option<[u8; 4]>, SectionError> {
    if is_absent(json) {
        return Ok(None);
    }
    value::hex(json)?.try_into().map(Some).map_err(|_| expected("4 bytes or absent", json))
}

/// A number from 1: what something starts or ends at a multiple of.
pub fn alignment(json: &Json) -> Result<usize, SectionError> {
    let alignment = value::size(json).ok().filter(|alignment| (1..=1 << 20).contains(alignment));
    alignment.ok_or_else(|| expected("a number from 1", json))
}

/// A number of 0 to 255.
pub fn byte(json: &Json) -> Result<u8, SectionError> {
    let byte = value::integer(json).and_then(|byte| u8::try_from(byte).ok());
    byte.ok_or_else(|| expected("a byte, 0 to 255", json))
}

/// Gives a part its body, and what follows from other parts and is not named.
fn complete(input: &mut RawInput, part: usize, entry: &Json) -> Result<(), SectionError> {
    match input.parts.get(part) {
        Some(Part::Message(_)) => complete_message(input, part, entry),
        Some(Part::Footer(_)) => {
            complete_footer(input, part, entry);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn complete_message(input: &mut RawInput, part: usize, entry: &Json) -> Result<(), SectionError> {
    let big_endian = input.big_endian();
    let schema = input.schema().cloned();
    let Some(Part::Message(message)) = input.parts.get_mut(part) else { return Ok(()) };
    match entry.get("body") {
        Some(body) => set_body(message, body, schema.as_ref(), big_endian).map_err(|error| error.below("body"))?,
        None => schema.iter().for_each(|schema| name_columns(message, schema)),
    }
    let Some(stated) = message.table().cloned() else { return Ok(()) };
    let no_length = [Some(entry), entry.get("message")].into_iter().flatten();
    let no_length = no_length.filter_map(|table| table.get("bodyLength")).any(is_absent);
    if !no_length && !names_absent_places(entry) && !states_places(&stated) {
        return Ok(());
    }
    settle(input, part);
    let Some(Part::Message(message)) = input.parts.get_mut(part) else { return Ok(()) };
    let Metadata::Table(table) = &mut message.metadata else { return Ok(()) };
    restore(table, &stated);
    if no_length {
        table.set("bodyLength", None);
    }
    if let Some(header) = table.table_mut("header") {
        leave_out(header, entry);
    }
    Ok(())
}

/// Gives a message this list of buffers, which the schema tells apart.
pub fn set_body(
    message: &mut RawMessage,
    json: &Json,
    schema: Option<&Table>,
    big_endian: bool,
) -> Result<(), SectionError> {
    let Json::Array(buffers) = json else { return Err(expected("a list of buffers", json)) };
    let buffers = buffers.iter().enumerate();
    let buffers =
        buffers.map(|(index, buffer)| body_buffer(buffer, message, big_endian).map_err(|error| error.below(index)));
    message.body = buffers.collect::<Result<_, _>>()?;
    if let Some(schema) = schema {
        name_columns(message, schema);
    }
    Ok(())
}

/// Whether a Message table has a field that would else follow from the body.
fn states_places(message: &Table) -> bool {
    let Some(header) = message.table("header") else { return message.get("bodyLength").is_some() };
    let in_header = match header.kind.name {
        "RecordBatch" => header.get("buffers").is_some(),
        "DictionaryBatch" => header.table("data").is_some_and(|data| data.get("buffers").is_some()),
        "Tensor" => header.get("data").is_some(),
        "SparseTensor" => {
            let index = header.table("sparseIndex");
            let buffers = ["indptrBuffer", "indicesBuffer", "indptrBuffers", "indicesBuffers"];
            header.get("data").is_some()
                || index.is_some_and(|index| buffers.iter().any(|name| index.get(name).is_some()))
        }
        _ => false,
    };
    in_header || message.get("bodyLength").is_some()
}

/// Gives a table back what was stated in it before it was settled.
fn restore(table: &mut Table, stated: &Table) {
    for (field, stated) in table.fields.iter_mut().zip(&stated.fields) {
        match (field, stated) {
            (Some(Node { value: Value::Table(table), .. }), Some(Node { value: Value::Table(stated), .. })) => {
                restore(table, stated);
            }
            (field, Some(stated)) => *field = Some(stated.clone()),
            (_, None) => {}
        }
    }
}

fn is_absent(json: &Json) -> bool {
    json == "absent"
}

/// The fields of headers and their tables that follow from the body.
const PLACES: &[&str] = &["buffers", "data", "indptrBuffer", "indicesBuffer", "indptrBuffers", "indicesBuffers"];

/// Whether a message, as it is written, says of a place in the body that it is absent.
fn names_absent_places(json: &Json) -> bool {
    let within = |(key, json): (&String, &Json)| match is_absent(json) {
        true => PLACES.contains(&key.as_str()),
        false => key != "body" && names_absent_places(json),
    };
    json.as_object().is_some_and(|entries| entries.iter().any(within))
}

/// Takes the places that are absent, as a table is written, out of it; what is written may be around the table.
fn leave_out(table: &mut Table, json: &Json) {
    for (key, json) in json.as_object().into_iter().flatten().filter(|(key, _)| *key != "body") {
        match table.kind.slot(key) {
            Some(_) if is_absent(json) && PLACES.contains(&key.as_str()) => table.set(key, None),
            Some(_) => table.table_mut(key).into_iter().for_each(|table| leave_out(table, json)),
            None => leave_out(table, json),
        }
    }
}

fn complete_footer(input: &mut RawInput, part: usize, entry: &Json) {
    let named = |field: &str| entry.get("footer").is_some_and(|table| table.get(field).is_some());
    let schema = input.parts.iter().find_map(|part| match part {
        Part::Message(message) => {
            message.table().filter(|_| message.header().is_some_and(|header| header.kind.name == "Schema"))
        }
        _ => None,
    });
    let version = schema.and_then(|message| message.get("version")).map(|node| node.value.clone());
    let schema = schema.and_then(|message| message.get("header")).map(|node| node.value.clone());
    let Some(Part::Footer(footer)) = input.parts.get_mut(part) else { return };
    let Metadata::Table(table) = &mut footer.metadata else { return };
    for (field, value) in [("version", version), ("schema", schema)] {
        if !named(field) {
            table.set(field, value);
        }
    }
    let stated = table.clone();
    let blocks: Vec<&str> = ["dictionaries", "recordBatches"].into_iter().filter(|field| named(field)).collect();
    if blocks.is_empty() {
        return;
    }
    settle(input, part);
    if let Some(Part::Footer(footer)) = input.parts.get_mut(part)
        && let Metadata::Table(table) = &mut footer.metadata
    {
        for field in blocks {
            table.set(field, stated.get(field).map(|node| node.value.clone()));
        }
    }
}

#[cfg(test)]
mod tests;
