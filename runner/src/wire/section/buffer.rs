//! A buffer of a body, and which column it is of.

use serde_json::Value as Json;

use super::content::{self, content};
use super::frame::{codec, store};
use super::{alignment, byte};
use crate::case::options::Compression;
use crate::wire::columns;
use crate::wire::raw::{BodyBuffer, Frame, RawMessage, Role, Store};
use crate::wire::tree::{Node, Table};
use crate::wire::value::{self, ValueError, expected};

/// The keys of a buffer beside its content.
const KEYS: &[&str] = &["store", "prefix", "gap", "alignment", "fill", "listed", "codec"];

/// What a buffer starts at a multiple of, unless it says otherwise.
const ALIGNMENT: usize = 8;

/// The codec that a message's header names, if it is one.
pub fn body_codec(message: &RawMessage) -> Option<Compression> {
    match message.batch()?.table("compression")?.scalar("codec") {
        0 => Some(Compression::Lz4),
        1 => Some(Compression::Zstd),
        _ => None,
    }
}

/// A buffer for the body of a message, of no column yet.
pub fn body_buffer(json: &Json, message: &RawMessage, big_endian: bool) -> Result<BodyBuffer, ValueError> {
    let Json::Object(entries) = json else { return Err(expected("a buffer: a mapping", json)) };
    let content = content(entries, big_endian)?;
    let codec = match entries.get("codec") {
        Some(json) => Some(codec(json).map_err(|error| error.below("codec"))?),
        None => body_codec(message),
    };
    let mut buffer = BodyBuffer {
        role: Role::Other,
        column: Vec::new(),
        content: content.bytes,
        element: content.element.unwrap_or(1),
        store: codec.map_or(Store::Plain, Store::Compressed),
        gap: Vec::new(),
        alignment: ALIGNMENT,
        fill: 0,
        listed: true,
    };
    if entries.get("listed").is_some_and(|listed| listed == false) {
        buffer.store = Store::Plain;
    }
    for (key, json) in entries {
        let set = match key.as_str() {
            "store" => store(json, codec).map(|store| buffer.store = store),
            "gap" => value::hex(json).map(|bytes| buffer.gap = bytes),
            "alignment" => alignment(json).map(|alignment| buffer.alignment = alignment),
            "fill" => byte(json).map(|byte| buffer.fill = byte),
            "listed" => value::boolean(json).map(|listed| buffer.listed = listed),
            // With the store, which must be known.
            "prefix" | "codec" => Ok(()),
            _ if content::KEYS.contains(&key.as_str()) => Ok(()),
            _ => {
                let known: Vec<&str> = content::KEYS.iter().chain(KEYS).copied().collect();
                Err(ValueError::new(format!("a buffer has no '{key}'; it has {}", known.join(", "))))
            }
        };
        set.map_err(|error| error.below(key.as_str()))?;
    }
    if let Some(json) = entries.get("prefix") {
        set_prefix(&mut buffer.store, json).map_err(|error| error.below("prefix"))?;
    }
    Ok(buffer)
}

/// States the prefix of a buffer of a compressed body.
pub fn set_prefix(store: &mut Store, json: &Json) -> Result<(), ValueError> {
    let number = value::integer(json).and_then(|number| i64::try_from(number).ok());
    let number = number.ok_or_else(|| expected("a number of 64 bits", json))?;
    let frames = match store {
        Store::Plain => return Err(ValueError::new("a plain buffer has no prefix; its 'store' is not plain then")),
        Store::Uncompressed => vec![Frame::new(Compression::None)],
        Store::Compressed(codec) => vec![Frame::new(*codec)],
        Store::Framed { frames, .. } => std::mem::take(frames),
    };
    *store = Store::Framed { prefix: Some(number), frames };
    Ok(())
}

/// Tells the field nodes and listed buffers of a batch which column they are of, as far as the schema knows.
pub fn name_columns(message: &mut RawMessage, schema: &Table) {
    let Some(table) = message.table() else { return };
    let Some(batch) = message.batch() else { return };
    // Codes of V1 to V4 are below that of V5.
    let v4 = table.scalar("version") < 4;
    let counts: Vec<i64> = batch.vector("variadicBufferCounts").iter().filter_map(Node::as_scalar).collect();
    let columns = match message.header().filter(|header| header.kind.name == "DictionaryBatch") {
        Some(header) => columns::of_dictionary(schema, header.scalar("id"), &counts, v4),
        None => columns::of_record_batch(schema, &counts, v4),
    };
    let nodes = batch.vector("nodes").len();
    message.nodes = columns.nodes.into_iter().take(nodes).collect();
    let listed = message.body.iter_mut().filter(|buffer| buffer.listed);
    for (buffer, slot) in listed.zip(columns.buffers) {
        buffer.role = slot.role;
        buffer.column = slot.column;
        buffer.element = slot.element;
    }
}
