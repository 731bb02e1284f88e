//! From parts to bytes. Any input has bytes, right or wrong; what follows from the parts is computed, what is stated is taken.

use std::ops::Range;

use super::flatbuffer::{read, write};
use super::format::{FOOTER, MESSAGE};
use super::frame;
use super::raw::{BodyBuffer, Frame, Metadata, Part, Patch, RawFooter, RawInput, RawMessage, Store};
use super::tree::{Node, Table, Value};
use crate::case::options::Compression;

/// The bytes of an input and where its parts lie in them. Places are those before patches.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembled {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// One place a part.
    pub parts: Vec<Place>,
}

/// Where a part lies.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// Bytes that are no message.
    Bytes(Range<usize>),
    /// A message.
    Message(Box<MessagePlace>),
    /// A footer.
    Footer(FooterPlace),
}

/// Where a message lies.
#[derive(Debug, Clone, PartialEq)]
pub struct MessagePlace {
    /// All of it.
    pub range: Range<usize>,
    /// The four bytes before the length; empty in the framing of before 0.15.
    pub continuation: Range<usize>,
    /// The length.
    pub length: Range<usize>,
    /// The flatbuffer.
    pub metadata: Range<usize>,
    /// What fills it up.
    pub metadata_padding: Range<usize>,
    /// The body.
    pub body: Range<usize>,
    /// The buffers of the body.
    pub buffers: Vec<BufferPlace>,
}

/// Where a buffer lies.
#[derive(Debug, Clone, PartialEq)]
pub struct BufferPlace {
    /// The bytes in front of it.
    pub gap: Range<usize>,
    /// The prefix of a compressed body; empty without one.
    pub prefix: Range<usize>,
    /// All of it, prefix included, padding not.
    pub stored: Range<usize>,
    /// What fills it up.
    pub padding: Range<usize>,
}

/// Where a footer lies.
#[derive(Debug, Clone, PartialEq)]
pub struct FooterPlace {
    /// All of it.
    pub range: Range<usize>,
    /// The flatbuffer.
    pub metadata: Range<usize>,
    /// The length.
    pub length: Range<usize>,
    /// The trailing magic.
    pub magic: Range<usize>,
}

impl Place {
    /// All of the part.
    pub fn range(&self) -> Range<usize> {
        match self {
            Place::Bytes(range) => range.clone(),
            Place::Message(message) => message.range.clone(),
            Place::Footer(footer) => footer.range.clone(),
        }
    }
}

/// Makes the bytes of an input.
pub fn assemble(input: &RawInput) -> Assembled {
    let (mut bytes, parts) = lay_out(input, input.parts.len());
    for patch in &input.patches {
        match patch {
            Patch::Write { at, bytes: written } => {
                bytes.resize(bytes.len().max(at + written.len()), 0);
                bytes[*at..at + written.len()].copy_from_slice(written);
            }
            Patch::Cut { at } => bytes.truncate(*at),
        }
    }
    Assembled { bytes, parts }
}

/// Writes what is computed for a part into its tree, where it stays as it is from then on.
pub fn settle(input: &mut RawInput, part: usize) {
    match input.parts.get(part) {
        Some(Part::Message(message)) if message.computed => {
            let body = Body::of(message);
            if let Some(Part::Message(message)) = input.parts.get_mut(part) {
                message.body_tail += body.rounding;
                if let Metadata::Table(table) = &mut message.metadata {
                    body.state(table);
                }
                message.computed = false;
            }
        }
        Some(Part::Footer(footer)) if footer.computed => {
            let (bytes, places) = lay_out(input, part);
            let blocks = Blocks::of(&bytes, &places);
            if let Some(Part::Footer(footer)) = input.parts.get_mut(part) {
                if let Metadata::Table(table) = &mut footer.metadata {
                    blocks.state(table);
                }
                footer.computed = false;
            }
        }
        _ => {}
    }
}

/// The first so many parts, without patches.
fn lay_out(input: &RawInput, count: usize) -> (Vec<u8>, Vec<Place>) {
    let mut bytes = Vec::new();
    let mut places = Vec::new();
    for part in &input.parts[..count] {
        let start = bytes.len();
        let place = match part {
            Part::Bytes(part) => {
                bytes.extend(&part.bytes);
                Place::Bytes(start..bytes.len())
            }
            Part::Message(message) => Place::Message(Box::new(lay_out_message(message, &mut bytes))),
            Part::Footer(footer) => {
                let blocks = footer.computed.then(|| Blocks::of(&bytes, &places));
                Place::Footer(lay_out_footer(footer, blocks, &mut bytes))
            }
        };
        places.push(place);
    }
    (bytes, places)
}

fn lay_out_message(message: &RawMessage, out: &mut Vec<u8>) -> MessagePlace {
    let body = Body::of(message);
    let flatbuffer = match &message.metadata {
        Metadata::Bytes(bytes) => bytes.clone(),
        Metadata::Table(table) if message.computed => {
            let mut table = table.clone();
            body.state(&mut table);
            write::root(&table)
        }
        Metadata::Table(table) => write::root(table),
    };
    let start = out.len();
    out.extend(message.continuation.iter().flatten());
    let length = out.len()..out.len() + 4;
    let before = length.end - start;
    let padded = (before + flatbuffer.len()).next_multiple_of(message.metadata_alignment.max(1)) - before;
    out.extend(message.length.unwrap_or(padded as i32).to_le_bytes());
    let metadata = out.len()..out.len() + flatbuffer.len();
    out.extend(flatbuffer);
    out.resize(length.end + padded, message.metadata_fill);
    let body_start = out.len();
    out.extend(&body.bytes);
    let moved = |range: &Range<usize>| body_start + range.start..body_start + range.end;
    let moved = |place: &BufferPlace| BufferPlace {
        gap: moved(&place.gap),
        prefix: moved(&place.prefix),
        stored: moved(&place.stored),
        padding: moved(&place.padding),
    };
    MessagePlace {
        range: start..out.len(),
        continuation: start..length.start,
        length,
        metadata_padding: metadata.end..body_start,
        metadata,
        body: body_start..out.len(),
        buffers: body.places.iter().map(moved).collect(),
    }
}

fn lay_out_footer(footer: &RawFooter, blocks: Option<Blocks>, out: &mut Vec<u8>) -> FooterPlace {
    let flatbuffer = match &footer.metadata {
        Metadata::Bytes(bytes) => bytes.clone(),
        Metadata::Table(table) => match blocks {
            Some(blocks) => {
                let mut table = table.clone();
                blocks.state(&mut table);
                write::root(&table)
            }
            None => write::root(table),
        },
    };
    let start = out.len();
    out.extend(&flatbuffer);
    let metadata = start..out.len();
    out.extend(footer.length.unwrap_or(flatbuffer.len() as i32).to_le_bytes());
    let length = metadata.end..out.len();
    out.extend(&footer.magic);
    FooterPlace { range: start..out.len(), magic: length.end..out.len(), metadata, length }
}

/// A body as it is stored.
struct Body {
    bytes: Vec<u8>,
    /// Places within the body.
    places: Vec<BufferPlace>,
    /// Offset and length of the buffers that the metadata list.
    listed: Vec<Value>,
    /// Bytes that make the length of a computed message a multiple of 8.
    rounding: usize,
}

impl Body {
    fn of(message: &RawMessage) -> Self {
        let mut body = Body { bytes: Vec::new(), places: Vec::new(), listed: Vec::new(), rounding: 0 };
        for buffer in &message.body {
            body.push(buffer);
        }
        body.bytes.resize(body.bytes.len() + message.body_tail, 0);
        if message.computed {
            let rounded = body.bytes.len().next_multiple_of(8);
            body.rounding = rounded - body.bytes.len();
            body.bytes.resize(rounded, 0);
        }
        body
    }

    fn push(&mut self, buffer: &BodyBuffer) {
        let bytes = &mut self.bytes;
        let before = bytes.len();
        let alignment = buffer.alignment.max(1);
        bytes.extend(&buffer.gap);
        bytes.resize(bytes.len().next_multiple_of(alignment), buffer.fill);
        let start = bytes.len();
        let (prefix, stored) = stored(&buffer.store, &buffer.content);
        bytes.extend(prefix.iter().flat_map(|prefix| prefix.to_le_bytes()));
        let behind_prefix = bytes.len();
        bytes.extend(stored);
        let end = bytes.len();
        bytes.resize(end.next_multiple_of(alignment), buffer.fill);
        self.places.push(BufferPlace {
            gap: before..start,
            prefix: start..behind_prefix,
            stored: start..end,
            padding: end..bytes.len(),
        });
        if buffer.listed {
            self.listed.push(Value::Struct(vec![start as i64, (end - start) as i64]));
        }
    }

    /// Writes the length of the body and the places of the buffers into a Message table.
    fn state(&self, message: &mut Table) {
        if !std::ptr::eq(message.kind, &MESSAGE) {
            return;
        }
        if !self.bytes.is_empty() || message.get("bodyLength").is_some() {
            message.set("bodyLength", Some(Value::Scalar(self.bytes.len() as i64)));
        }
        let Some(header) = child_mut(message, "header") else { return };
        let mut listed = self.listed.iter().cloned();
        match header.kind.name {
            "RecordBatch" => header.set("buffers", Some(vector(listed))),
            "DictionaryBatch" => {
                if let Some(data) = child_mut(header, "data") {
                    data.set("buffers", Some(vector(listed)));
                }
            }
            "Tensor" => header.set("data", listed.next()),
            // The buffers of the index come before the values.
            "SparseTensor" => {
                let dimensions = header.vector("shape").len();
                if let Some(index) = child_mut(header, "sparseIndex") {
                    match index.kind.name {
                        "SparseTensorIndexCOO" => index.set("indicesBuffer", listed.next()),
                        "SparseMatrixIndexCSX" => {
                            index.set("indptrBuffer", listed.next());
                            index.set("indicesBuffer", listed.next());
                        }
                        _ => {
                            let pointers: Vec<Value> = listed.by_ref().take(dimensions.saturating_sub(1)).collect();
                            index.set("indptrBuffers", Some(vector(pointers)));
                            let indices: Vec<Value> = listed.by_ref().take(dimensions).collect();
                            index.set("indicesBuffers", Some(vector(indices)));
                        }
                    }
                }
                header.set("data", listed.next());
            }
            _ => {}
        }
    }
}

/// The prefix of a stored buffer, and the bytes behind it.
fn stored(store: &Store, content: &[u8]) -> (Option<i64>, Vec<u8>) {
    let right = content.len() as i64;
    match store {
        Store::Plain | Store::Compressed(Compression::None) => (None, content.to_vec()),
        Store::Compressed(_) if content.is_empty() => (None, Vec::new()),
        Store::Compressed(codec) => (Some(right), frame::make(&[Frame::new(*codec)], content)),
        Store::Uncompressed => (Some(-1), content.to_vec()),
        Store::Framed { prefix, frames } => (Some(prefix.unwrap_or(right)), frame::make(frames, content)),
    }
}

/// Where the messages before a footer lie.
#[derive(Default)]
struct Blocks {
    dictionaries: Vec<Value>,
    record_batches: Vec<Value>,
}

impl Blocks {
    fn of(bytes: &[u8], places: &[Place]) -> Self {
        let mut blocks = Blocks::default();
        for place in places {
            let Place::Message(place) = place else { continue };
            let metadata = place.metadata.start..place.metadata_padding.end;
            let Ok(table) = read::root(bytes, metadata, &MESSAGE) else { continue };
            let kind = match table.table("header") {
                Some(header) => header.kind.name,
                None => continue,
            };
            let block =
                vec![place.range.start as i64, (place.body.start - place.range.start) as i64, place.body.len() as i64];
            match kind {
                "DictionaryBatch" => blocks.dictionaries.push(Value::Struct(block)),
                "RecordBatch" => blocks.record_batches.push(Value::Struct(block)),
                _ => {}
            }
        }
        blocks
    }

    fn state(&self, footer: &mut Table) {
        if std::ptr::eq(footer.kind, &FOOTER) {
            footer.set("dictionaries", Some(vector(self.dictionaries.iter().cloned())));
            footer.set("recordBatches", Some(vector(self.record_batches.iter().cloned())));
        }
    }
}

fn vector(values: impl IntoIterator<Item = Value>) -> Value {
    Value::Vector(values.into_iter().map(Node::from).collect())
}

fn child_mut<'t>(table: &'t mut Table, name: &str) -> Option<&'t mut Table> {
    let slot = table.kind.slot(name)?;
    match &mut table.fields[slot].as_mut()?.value {
        Value::Table(child) => Some(child),
        _ => None,
    }
}
