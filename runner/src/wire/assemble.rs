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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::options::Format;
    use crate::wire::format::{RECORD_BATCH, TENSOR};
    use crate::wire::raw::Role;

    fn buffer(content: &[u8]) -> BodyBuffer {
        BodyBuffer {
            role: Role::Data,
            column: vec![0],
            content: content.to_vec(),
            element: 1,
            store: Store::Plain,
            gap: Vec::new(),
            alignment: 8,
            fill: 0,
            listed: true,
        }
    }

    fn message(code: i64, header: Table, body: Vec<BodyBuffer>) -> RawMessage {
        let table = Table::new(&MESSAGE)
            .with("version", Value::Scalar(4))
            .with("header_type", Value::Scalar(code))
            .with("header", Value::Table(header));
        RawMessage::new(table, body)
    }

    fn batch(body: Vec<BodyBuffer>) -> RawMessage {
        message(3, Table::new(&RECORD_BATCH), body)
    }

    fn input(parts: Vec<Part>) -> RawInput {
        RawInput { format: Format::File, parts, patches: Vec::new() }
    }

    /// The body, its stated length, and the header.
    fn assembled(message: RawMessage) -> (Vec<u8>, i64, Table) {
        let input = input(vec![Part::Message(Box::new(message))]);
        let Assembled { bytes, parts } = assemble(&input);
        let [Place::Message(place)] = &parts[..] else { panic!("{parts:?}") };
        let table = read::root(&bytes, place.metadata.clone(), &MESSAGE).unwrap();
        let header = table.table("header").unwrap().clone();
        (bytes[place.body.clone()].to_vec(), table.scalar("bodyLength"), header)
    }

    fn listed(header: &Table) -> Vec<Vec<i64>> {
        header.vector("buffers").iter().map(|node| node.as_struct().unwrap().to_vec()).collect()
    }

    #[test]
    fn buffers_are_listed_where_they_lie() {
        let gapped = BodyBuffer { gap: vec![9; 3], alignment: 1, ..buffer(b"cd") };
        let junk = BodyBuffer { listed: false, ..buffer(b"junk") };
        let filled = BodyBuffer { fill: 0xEE, alignment: 16, ..buffer(b"ab") };
        let (body, length, header) = assembled(batch(vec![buffer(b""), filled, junk, gapped, buffer(b"")]));
        let mut expected = b"ab".to_vec();
        expected.resize(16, 0xEE);
        expected.extend(b"junk\0\0\0\0\x09\x09\x09cd\0\0\0");
        assert_eq!(body, expected);
        assert_eq!(length, 32);
        assert_eq!(listed(&header), [[0, 0], [0, 2], [27, 2], [32, 0]]);
    }

    #[test]
    fn a_computed_body_is_a_multiple_of_8_and_stays_so_when_it_is_settled() {
        let odd = RawMessage { body_tail: 3, ..batch(vec![buffer(b"abc")]) };
        let (body, length, _) = assembled(odd.clone());
        assert_eq!((body.len(), length), (16, 16));
        let mut input = input(vec![Part::Message(Box::new(odd))]);
        let before = assemble(&input).bytes;
        settle(&mut input, 0);
        assert_eq!(assemble(&input).bytes, before);
        // From now on the metadata say what they said.
        let Part::Message(message) = &mut input.parts[0] else { panic!("no message") };
        message.body[0].content = vec![1; 100];
        let (body, length, header) = assembled((**message).clone());
        assert_eq!((body.len(), length, listed(&header)), (112, 16, vec![vec![0, 3]]));
    }

    #[test]
    fn stored_buffers_have_their_prefix() {
        let store = |store: Store| BodyBuffer { store, ..buffer(b"abc") };
        let wrong = Store::Framed { prefix: Some(-7), frames: vec![Frame::new(Compression::Lz4)] };
        let empty = BodyBuffer { store: Store::Compressed(Compression::Zstd), ..buffer(b"") };
        let (body, _, header) = assembled(batch(vec![store(Store::Uncompressed), store(wrong), empty]));
        assert_eq!(body[..11], [&[0xFF; 8][..], b"abc"].concat());
        assert_eq!(body[16..24], (-7_i64).to_le_bytes());
        let places = listed(&header);
        assert_eq!((places[0].as_slice(), places[2][1]), (&[0, 11][..], 0));
    }

    #[test]
    fn a_tensor_refers_to_its_buffer() {
        let (_, length, header) = assembled(message(4, Table::new(&TENSOR), vec![buffer(b"12 bytes of.")]));
        assert_eq!((length, header.members("data")), (16, Some(&[0, 12][..])));
    }

    #[test]
    fn lengths_and_padding_are_those_that_are_stated() {
        let stated = RawMessage {
            continuation: None,
            length: Some(-5),
            metadata: Metadata::Bytes(vec![1, 2, 3]),
            metadata_alignment: 16,
            metadata_fill: 0xCC,
            ..batch(Vec::new())
        };
        let bytes = assemble(&input(vec![Part::Message(Box::new(stated))])).bytes;
        assert_eq!(bytes, [&(-5_i32).to_le_bytes()[..], &[1, 2, 3], &[0xCC; 9]].concat());
    }

    #[test]
    fn blocks_follow_from_the_messages_until_they_are_settled() {
        let footer = RawFooter {
            metadata: Metadata::Table(Table::new(&FOOTER)),
            length: None,
            magic: b"ARROW1".to_vec(),
            computed: true,
        };
        let one = || Part::Message(Box::new(batch(vec![buffer(b"abc")])));
        let mut input = input(vec![Part::bytes("magic", vec![0; 8]), one(), one(), Part::Footer(Box::new(footer))]);
        let blocks = |input: &RawInput| -> Vec<Vec<i64>> {
            let Assembled { bytes, parts } = assemble(input);
            let Some(Place::Footer(place)) = parts.last() else { panic!("{parts:?}") };
            let table = read::root(&bytes, place.metadata.clone(), &FOOTER).unwrap();
            assert!(table.get("dictionaries").is_some());
            table.vector("recordBatches").iter().map(|node| node.as_struct().unwrap().to_vec()).collect()
        };
        let before = blocks(&input);
        let size = before[0][1] + before[0][2];
        assert_eq!(before, [vec![8, size - 8, 8], vec![8 + size, size - 8, 8]]);
        settle(&mut input, 3);
        input.parts.remove(1);
        assert_eq!(blocks(&input), before);
    }

    #[test]
    fn patches_come_last() {
        let mut input = input(vec![Part::bytes("bytes", b"abcdef".to_vec())]);
        input.patches = vec![Patch::Write { at: 4, bytes: b"XYZ".to_vec() }, Patch::Cut { at: 6 }];
        let Assembled { bytes, parts } = assemble(&input);
        assert_eq!(bytes, b"abcdXY");
        assert_eq!(parts, [Place::Bytes(0..6)]);
    }
}
