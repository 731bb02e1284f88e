//! From bytes to parts: what was read becomes an input that can be edited. Assembling it gives an input of the same meaning; the
//! same bytes, if metadata and frames were written as this program writes them.

use std::ops::Range;

use super::assemble::{self, MessagePlace, Place};
use super::columns::{self, Columns};
use super::flatbuffer::write;
use super::format::Kind;
use super::frame;
use super::parse::{self, MAGIC, Message, Parsed, Step, Stop};
use super::raw::{BodyBuffer, Frame, Metadata, Part, RawFooter, RawInput, RawMessage, Role, Store};
use super::tree::{Node, Table, Value};
use super::walk;
use crate::case::options::{Compression, Format};

/// The longest content of a compressed buffer that is held.
const LONGEST_CONTENT: usize = 1 << 30;
/// Alignments of buffers that writers choose, the largest first.
const ALIGNMENTS: [usize; 4] = [64, 32, 16, 8];

/// Takes an input apart. What follows an end of stream is kept as bytes, and so is what lies between the blocks of a file.
pub fn lift(bytes: &[u8], format: Format) -> Result<RawInput, Stop> {
    let parsed = parse::parse(bytes, format);
    let footer = match &parsed.footer {
        Some(Err(stop)) => return Err(stop.clone()),
        Some(Ok(footer)) => Some(footer),
        None => None,
    };
    let limit = footer.map_or(bytes.len(), |footer| footer.metadata.start);
    let blocks = footer.map(|footer| block_starts(&footer.table)).unwrap_or_default();
    let mut lifter = Lifter { bytes, schema: walk::schema(&parsed), parts: Vec::new(), moved: Vec::new() };
    let mut at = 0;
    if format == Format::File {
        at = first_message(&parsed).clamp(MAGIC.len().min(limit), limit);
        lifter.keep("magic", 0..at.min(MAGIC.len()));
        lifter.keep("magic_padding", MAGIC.len().min(at)..at);
    }
    while at < limit {
        at = match parse::step(bytes, at, limit) {
            Ok(Step::Message(message)) => lifter.message(&message),
            Ok(Step::EndOfStream(range)) => {
                lifter.keep("end_of_stream", range.clone());
                let next = next_block(&blocks, range.end, limit);
                lifter.keep("bytes", range.end..next);
                next
            }
            Ok(Step::EndOfInput) => limit,
            // A file is read by its footer; what lies between the blocks is nobody's.
            Err(stop) if format == Format::Stream || blocks.contains(&at) => return Err(stop),
            Err(_) => {
                let next = next_block(&blocks, at, limit);
                lifter.keep("bytes", at..next);
                next
            }
        };
    }
    if let Some(footer) = footer {
        lifter.footer(footer);
    }
    Ok(RawInput { format, parts: lifter.parts, patches: Vec::new() })
}

fn first_message(parsed: &Parsed) -> usize {
    let message = parsed.messages.first().map(|message| message.range.start);
    message.or(parsed.end_of_stream.as_ref().map(|range| range.start)).unwrap_or(parsed.end)
}

/// Where the blocks of a footer start.
fn block_starts(footer: &Table) -> Vec<usize> {
    let blocks = footer.vector("dictionaries").iter().chain(footer.vector("recordBatches"));
    let starts = blocks.filter_map(|block| usize::try_from(*block.as_struct()?.first()?).ok());
    starts.collect()
}

/// The first block from a place on, or the end.
fn next_block(blocks: &[usize], from: usize, limit: usize) -> usize {
    blocks.iter().copied().filter(|block| (from..limit).contains(block)).min().unwrap_or(limit)
}

struct Lifter<'a> {
    bytes: &'a [u8],
    schema: Option<&'a Table>,
    parts: Vec<Part>,
    /// The messages' starts, and the positions of their parts.
    moved: Vec<(usize, usize)>,
}

impl Lifter<'_> {
    fn keep(&mut self, name: &str, range: Range<usize>) {
        if !range.is_empty() {
            self.parts.push(Part::bytes(name, &self.bytes[range]));
        }
    }

    /// Adds a message and tells where it ends.
    fn message(&mut self, message: &Message) -> usize {
        self.moved.push((message.range.start, self.parts.len()));
        let raw = self.lifted(message);
        self.parts.push(Part::Message(Box::new(raw)));
        message.range.end
    }

    fn lifted(&self, message: &Message) -> RawMessage {
        let flatbuffer = &self.bytes[message.metadata.clone()];
        let body = &self.bytes[message.body.clone()];
        let mut raw = RawMessage::new(message.table.clone(), Vec::new());
        raw.continuation = message.continuation.as_ref().map(|_| parse::CONTINUATION);
        raw.metadata_alignment = metadata_alignment(message);
        if is_lossy(&message.table) {
            raw.metadata = Metadata::Bytes(flatbuffer.to_vec());
            raw.metadata_alignment = 1;
            raw.computed = false;
        }
        let Some(batch) = batch(&message.table) else {
            return whole(raw, body);
        };
        let columns = self.columns(&message.table, batch);
        raw.nodes = columns.nodes.clone();
        let exact = split(batch, body, &columns);
        match exact {
            // Rewritten metadata must not tell places other than the bytes that are kept.
            _ if !raw.computed => whole(raw, body),
            Some(buffers) => settled(RawMessage { body: buffers, ..raw }, message),
            None => match separate(batch, body, &columns) {
                Some(buffers) => RawMessage { body: buffers, ..raw },
                None => whole(raw, body),
            },
        }
    }

    /// Nodes and buffers by the schema; none where the schema does not say.
    fn columns(&self, message: &Table, batch: &Table) -> Columns {
        let Some(schema) = self.schema else { return Columns::default() };
        let counts: Vec<i64> = batch.vector("variadicBufferCounts").iter().filter_map(Node::as_scalar).collect();
        let v4 = message.scalar("version") < walk::V5;
        let columns = match message.table("header") {
            Some(header) if header.kind.name == "DictionaryBatch" => {
                columns::of_dictionary(schema, header.scalar("id"), &counts, v4)
            }
            _ => columns::of_record_batch(schema, &counts, v4),
        };
        let fits = !columns.unknown
            && columns.buffers.len() == batch.vector("buffers").len()
            && columns.nodes.len() == batch.vector("nodes").len();
        if fits { columns } else { Columns::default() }
    }

    fn footer(&mut self, footer: &parse::Footer) {
        let flatbuffer = &self.bytes[footer.metadata.clone()];
        let metadata = match is_lossy(&footer.table) {
            true => Metadata::Bytes(flatbuffer.to_vec()),
            false => Metadata::Table(footer.table.clone()),
        };
        let mut footer = RawFooter { metadata, length: None, magic: MAGIC.to_vec(), computed: false };
        let input = RawInput { format: Format::File, parts: std::mem::take(&mut self.parts), patches: Vec::new() };
        let places = assemble::assemble(&input).parts;
        self.parts = input.parts;
        if let Metadata::Table(table) = &mut footer.metadata {
            footer.computed = self.follow(table, &places);
        }
        self.parts.push(Part::Footer(Box::new(footer)));
    }

    /// Moves the blocks of a footer to where the messages are now. True if they are all messages with a body, in order.
    fn follow(&self, footer: &mut Table, places: &[Place]) -> bool {
        let mut in_order = true;
        for (name, kind) in [("dictionaries", "DictionaryBatch"), ("recordBatches", "RecordBatch")] {
            let messages = places.iter().zip(&self.parts).filter_map(|(place, part)| match (place, part) {
                (Place::Message(place), Part::Message(message)) => Some((&**place, &**message)),
                _ => None,
            });
            let of_kind = |message: &RawMessage| {
                message.table().and_then(|table| table.table("header")).is_some_and(|header| header.kind.name == kind)
            };
            let computed: Vec<Vec<i64>> =
                messages.filter(|(_, raw)| of_kind(raw)).map(|(place, _)| block(place)).collect();
            let Some(Node { value: Value::Vector(blocks), .. }) =
                footer.kind.slot(name).and_then(|slot| footer.fields[slot].as_mut())
            else {
                in_order = false;
                continue;
            };
            for node in blocks.iter_mut() {
                let Value::Struct(stated) = &mut node.value else { continue };
                let start = stated.first().and_then(|start| usize::try_from(*start).ok());
                let part = self.moved.iter().find(|(from, _)| Some(*from) == start).map(|(_, part)| *part);
                if let Some(Place::Message(place)) = part.and_then(|part| places.get(part)) {
                    *stated = block(place);
                }
            }
            in_order &= blocks.iter().map(|node| node.as_struct().unwrap_or_default()).eq(&computed);
        }
        in_order
    }
}

fn block(place: &MessagePlace) -> Vec<i64> {
    let metadata = place.body.start - place.range.start;
    vec![place.range.start as i64, metadata as i64, place.body.len() as i64]
}

/// The RecordBatch table of a message that has one.
fn batch(message: &Table) -> Option<&Table> {
    let header = message.table("header")?;
    match header.kind.name {
        "RecordBatch" => Some(header),
        "DictionaryBatch" => header.table("data"),
        _ => None,
    }
}

/// The largest usual multiple to which the metadata go.
fn metadata_alignment(message: &Message) -> usize {
    let end = message.metadata.end - message.range.start;
    let written = message.length.end - message.range.start + write::root(&message.table).len();
    // Of the multiples that all explain what is there, the one that explains it if the tree is written as it was.
    let exact = |alignment: &&usize| written.next_multiple_of(**alignment) == end;
    let fits = |alignment: &&usize| end.is_multiple_of(**alignment);
    let from_small = || ALIGNMENTS.iter().rev();
    from_small().find(exact).or_else(|| from_small().find(fits)).copied().unwrap_or(8)
}

/// Whether the tree lacks something that the bytes have: the value of a union of a later version.
fn is_lossy(table: &Table) -> bool {
    let fields = table.kind.fields.iter().enumerate();
    let mut unions = fields.filter(|(_, field)| matches!(field.kind, Kind::Union(_)));
    let lost = unions.any(|(slot, _)| {
        let code = table.fields[slot - 1].as_ref().and_then(Node::as_scalar).unwrap_or(0);
        code != 0 && table.fields[slot].is_none()
    });
    let below = |node: &Node| match &node.value {
        Value::Table(table) => is_lossy(table),
        Value::Vector(nodes) => nodes.iter().filter_map(Node::as_table).any(is_lossy),
        _ => false,
    };
    lost || table.fields.iter().flatten().any(below)
}

fn buffer(content: &[u8]) -> BodyBuffer {
    BodyBuffer {
        role: Role::Other,
        column: Vec::new(),
        content: content.to_vec(),
        element: 1,
        store: Store::Plain,
        gap: Vec::new(),
        alignment: 1,
        fill: 0,
        listed: false,
    }
}

/// A message whose body is kept as it is, in one piece, with what the metadata say about it.
fn whole(mut raw: RawMessage, body: &[u8]) -> RawMessage {
    if !body.is_empty() {
        raw.body = vec![buffer(body)];
    }
    raw.computed = false;
    raw
}

/// Leaves the metadata as they are where computing them would change what they say and no byte of the body has changed.
fn settled(mut raw: RawMessage, message: &Message) -> RawMessage {
    let mut input =
        RawInput { format: Format::Stream, parts: vec![Part::Message(Box::new(raw.clone()))], patches: Vec::new() };
    assemble::settle(&mut input, 0);
    let Some(Part::Message(computed)) = input.parts.pop() else { return raw };
    let same_table = computed.table().is_some_and(|table| *table == message.table);
    let same_stores = raw.body.iter().all(|buffer| buffer.store == Store::Plain);
    raw.computed = same_table || !same_stores;
    raw
}

/// Offset and length of each listed buffer, if they lie in the body.
fn listed(batch: &Table, body: &[u8]) -> Option<Vec<Range<usize>>> {
    let range = |node: &Node| {
        let [offset, length] = node.as_struct()? else { return None };
        let start = usize::try_from(*offset).ok()?;
        let end = start.checked_add(usize::try_from(*length).ok()?)?;
        (end <= body.len()).then_some(start..end)
    };
    batch.vector("buffers").iter().map(range).collect()
}

/// The buffers of a body, with every byte of it; none if they overlap or are out of order.
fn split(batch: &Table, body: &[u8], columns: &Columns) -> Option<Vec<BodyBuffer>> {
    let ranges = listed(batch, body)?;
    let in_order = ranges.iter().zip(ranges.iter().skip(1)).all(|(one, next)| one.end <= next.start);
    if !in_order {
        return None;
    }
    // What lies behind each buffer.
    let ends = ranges.iter().skip(1).map(|next| next.start).chain([body.len()]);
    let behind: Vec<Range<usize>> = ranges.iter().zip(ends).map(|(range, end)| range.end..end).collect();
    let padded = |alignment: usize, index: usize| {
        let (range, behind) = (&ranges[index], &behind[index]);
        let bytes = &body[behind.clone()];
        range.start.is_multiple_of(alignment)
            && range.end.next_multiple_of(alignment) == behind.end
            && bytes.iter().all(|byte| *byte == bytes[0])
    };
    let of_all = ALIGNMENTS.into_iter().find(|alignment| (0..ranges.len()).all(|index| padded(*alignment, index)));
    let mut gap = body[..ranges.first().map_or(body.len(), |range| range.start)].to_vec();
    let mut buffers = Vec::with_capacity(ranges.len());
    for (index, (range, behind)) in ranges.iter().zip(&behind).enumerate() {
        let own = || ALIGNMENTS.into_iter().find(|alignment| padded(*alignment, index));
        let alignment = of_all.or_else(own).unwrap_or(1);
        let mut buffer = BodyBuffer { gap: std::mem::take(&mut gap), alignment, ..buffer(&[]) };
        if alignment == 1 {
            gap = body[behind.clone()].to_vec();
        } else {
            buffer.fill = body[behind.clone()].first().copied().unwrap_or(0);
        }
        fill(&mut buffer, &body[range.clone()], batch, columns, index);
        buffers.push(buffer);
    }
    if !gap.is_empty() {
        buffers.push(buffer(&gap));
    }
    Some(buffers)
}

/// The listed buffers, each with bytes of its own, one behind the other; none if they do not lie in the body.
fn separate(batch: &Table, body: &[u8], columns: &Columns) -> Option<Vec<BodyBuffer>> {
    let ranges = listed(batch, body)?;
    let buffers = ranges.into_iter().enumerate().map(|(index, range)| {
        let mut buffer = BodyBuffer { alignment: 8, ..buffer(&[]) };
        fill(&mut buffer, &body[range], batch, columns, index);
        buffer
    });
    Some(buffers.collect())
}

/// Gives a listed buffer its content and its place among the columns.
fn fill(buffer: &mut BodyBuffer, stored: &[u8], batch: &Table, columns: &Columns, index: usize) {
    buffer.listed = true;
    if let Some(slot) = columns.buffers.get(index) {
        (buffer.role, buffer.column, buffer.element) = (slot.role, slot.column.clone(), slot.element);
    }
    let codec = batch.table("compression").and_then(|compression| match compression.scalar("codec") {
        0 => Some(Compression::Lz4),
        1 => Some(Compression::Zstd),
        _ => None,
    });
    (buffer.store, buffer.content) =
        codec.map_or_else(|| (Store::Plain, stored.to_vec()), |codec| content(stored, codec));
}

/// The content of a buffer of a compressed body, and how it is stored. What cannot be decompressed stays as it is.
fn content(stored: &[u8], codec: Compression) -> (Store, Vec<u8>) {
    let Some((prefix, frames)) = stored.split_first_chunk() else {
        let store = if stored.is_empty() { Store::Compressed(codec) } else { Store::Plain };
        return (store, stored.to_vec());
    };
    let length = i64::from_le_bytes(*prefix);
    if length == -1 {
        return (Store::Uncompressed, frames.to_vec());
    }
    let content = usize::try_from(length).ok();
    match content.and_then(|length| frame::decompress(codec, frames, length, LONGEST_CONTENT).ok()) {
        None => (Store::Plain, stored.to_vec()),
        // `Compressed` would store it as no bytes at all.
        Some(content) if content.is_empty() => {
            (Store::Framed { prefix: None, frames: vec![Frame::new(codec)] }, content)
        }
        Some(content) => (Store::Compressed(codec), content),
    }
}

#[cfg(test)]
mod tests;
