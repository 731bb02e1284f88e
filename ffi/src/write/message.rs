//! Messages: metadata, padding, body.

use super::body::Body;
use super::pack::{Packer, Stored};
use super::scratch::recycled;
use crate::array::Node;
use crate::error::{Error, Result};
use crate::format::{CONTINUATION, Compression, MetadataVersion, PREFIX_BYTES};
use crate::options::Options;
use crate::schema::{Metadata, Schema, encode};
use arrow_ipc as fb;
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};

/// Zeros for padding; no alignment is larger.
static ZEROS: [u8; 64] = [0; 64];

fn version(version: MetadataVersion) -> fb::MetadataVersion {
    match version {
        MetadataVersion::V4 => fb::MetadataVersion::V4,
        MetadataVersion::V5 => fb::MetadataVersion::V5,
    }
}

/// The buffers of a body as they are written.
#[derive(Default)]
pub struct BodyBytes<'a> {
    /// What is written, padding included; nothing of it is empty.
    pub pieces: Vec<&'a [u8]>,
    /// Where each buffer lies.
    pub buffers: Vec<fb::Buffer>,
    /// Length of all.
    pub length: u64,
    /// Length without compression and padding.
    pub raw_length: u64,
}

impl<'a> BodyBytes<'a> {
    /// Nothing, in the memory of this.
    pub fn recycled<'b>(mut self) -> BodyBytes<'b> {
        self.buffers.clear();
        BodyBytes { pieces: recycled(self.pieces), buffers: self.buffers, length: 0, raw_length: 0 }
    }

    /// Pads the buffers of a body, which are written as they are.
    pub fn lay_out(&mut self, body: &'a Body<'a>, alignment: usize) {
        for buffer in &body.buffers {
            let bytes = body.bytes(buffer);
            self.raw_length += bytes.len() as u64;
            let start = self.length;
            self.push(bytes);
            self.end_buffer(start, alignment);
        }
    }

    /// Pads the buffers of a body, which are written as `packer` has packed them.
    pub fn lay_out_packed(&mut self, body: &'a Body<'a>, packer: &'a Packer, alignment: usize) {
        for (buffer, stored) in body.buffers.iter().zip(packer.buffers()) {
            let bytes = body.bytes(buffer);
            self.raw_length += bytes.len() as u64;
            let start = self.length;
            match stored {
                Stored::Empty => {}
                Stored::Packed(packed) => self.push(packed),
                Stored::Plain { prefix } => {
                    self.push(prefix);
                    self.push(bytes);
                }
            }
            self.end_buffer(start, alignment);
        }
    }

    fn push(&mut self, piece: &'a [u8]) {
        if !piece.is_empty() {
            self.length += piece.len() as u64;
            self.pieces.push(piece);
        }
    }

    /// Notes where a buffer lies and pads it.
    fn end_buffer(&mut self, start: u64, alignment: usize) {
        self.buffers.push(fb::Buffer::new(start as i64, (self.length - start) as i64));
        // The alignment is a power of two.
        let padding = self.length.wrapping_neg() & (alignment as u64 - 1);
        self.push(&ZEROS[..padding as usize]);
    }
}

/// What a batch message holds beside the body.
pub enum Header<'h> {
    /// A record batch with its custom metadata.
    RecordBatch(&'h Metadata),
    /// Values of a dictionary.
    DictionaryBatch {
        /// Which one.
        id: i64,
        /// Whether they are appended.
        delta: bool,
    },
}

/// What the metadata of a batch message say of its body.
pub struct Parts<'p> {
    /// The field nodes.
    pub nodes: &'p [Node],
    /// Where the buffers lie.
    pub buffers: &'p [fb::Buffer],
    /// Number of data buffers of each view column.
    pub variadic_counts: &'p [i64],
    /// Length of the body.
    pub length: u64,
}

impl<'p> Parts<'p> {
    /// Of a body that was laid out.
    pub fn of(body: &'p Body<'_>, bytes: &'p BodyBytes<'_>) -> Self {
        let (nodes, variadic_counts) = (&body.nodes[..], &body.variadic_counts[..]);
        Parts { nodes, buffers: &bytes.buffers, variadic_counts, length: bytes.length }
    }
}

/// A field node of the metadata.
pub fn field_node(node: &Node) -> fb::FieldNode {
    fb::FieldNode::new(node.length as i64, node.null_count as i64)
}

/// The flatbuffer of a batch message.
pub fn batch(header: &Header<'_>, rows: usize, parts: &Parts<'_>, options: &Options) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let nodes: Vec<_> = parts.nodes.iter().map(field_node).collect();
    let nodes = builder.create_vector(&nodes);
    let buffers = builder.create_vector(parts.buffers);
    let compression = options.compression.map(|codec| {
        let codec = match codec {
            Compression::Lz4Frame => fb::CompressionType::LZ4_FRAME,
            Compression::Zstd => fb::CompressionType::ZSTD,
        };
        let args = fb::BodyCompressionArgs { codec, method: fb::BodyCompressionMethod::BUFFER };
        fb::BodyCompression::create(&mut builder, &args)
    });
    let counts = (!parts.variadic_counts.is_empty()).then(|| builder.create_vector(parts.variadic_counts));
    let args = fb::RecordBatchArgs {
        length: rows as i64,
        nodes: Some(nodes),
        buffers: Some(buffers),
        compression,
        variadicBufferCounts: counts,
    };
    let data = fb::RecordBatch::create(&mut builder, &args);
    match header {
        Header::RecordBatch(metadata) => {
            let custom = encode::metadata(&mut builder, metadata);
            finish(builder, fb::MessageHeader::RecordBatch, data.as_union_value(), parts.length, custom, options)
        }
        Header::DictionaryBatch { id, delta } => {
            let args = fb::DictionaryBatchArgs { id: *id, data: Some(data), isDelta: *delta };
            let batch = fb::DictionaryBatch::create(&mut builder, &args).as_union_value();
            finish(builder, fb::MessageHeader::DictionaryBatch, batch, parts.length, None, options)
        }
    }
}

/// The flatbuffer of a schema message with custom metadata of its own, beside those of the schema.
pub fn schema(schema: &Schema, custom: &Metadata, options: &Options) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let header = encode::schema(&mut builder, schema).as_union_value();
    let custom = encode::metadata(&mut builder, custom);
    finish(builder, fb::MessageHeader::Schema, header, 0, custom, options)
}

/// Custom metadata as the builder takes them.
pub type Custom<'b> = Option<WIPOffset<flatbuffers::Vector<'b, flatbuffers::ForwardsUOffset<fb::KeyValue<'b>>>>>;

/// The flatbuffer of a message with this header.
pub fn finish<'b>(
    mut builder: FlatBufferBuilder<'b>,
    header_type: fb::MessageHeader,
    header: WIPOffset<UnionWIPOffset>,
    body_length: u64,
    custom_metadata: Custom<'b>,
    options: &Options,
) -> Vec<u8> {
    let args = fb::MessageArgs {
        version: version(options.metadata_version),
        header_type,
        header: Some(header),
        bodyLength: body_length as i64,
        custom_metadata,
    };
    let message = fb::Message::create(&mut builder, &args);
    builder.finish(message, None);
    builder.finished_data().to_vec()
}

/// The flatbuffer of a footer.
pub fn footer(
    schema: &Schema,
    dictionaries: &[fb::Block],
    batches: &[fb::Block],
    metadata: &Metadata,
    options: &Options,
) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let schema = encode::schema(&mut builder, schema);
    let dictionaries = builder.create_vector(dictionaries);
    let batches = builder.create_vector(batches);
    let custom_metadata = encode::metadata(&mut builder, metadata);
    let args = fb::FooterArgs {
        version: version(options.metadata_version),
        schema: Some(schema),
        dictionaries: Some(dictionaries),
        recordBatches: Some(batches),
        custom_metadata,
    };
    let footer = fb::Footer::create(&mut builder, &args);
    builder.finish(footer, None);
    builder.finished_data().to_vec()
}

/// Bytes before the metadata: the continuation, unless the framing is that from before 0.15, and the length.
pub fn prefix_length(options: &Options) -> usize {
    if options.legacy_framing { 4 } else { PREFIX_BYTES }
}

/// Prefix, metadata and padding of a message that starts at `position`, such that its body starts at a multiple of the
/// alignment.
pub fn frame(metadata: &[u8], position: u64, options: &Options) -> Result<Vec<u8>> {
    let used = (prefix_length(options) + metadata.len()) as u64;
    let padding = (position + used).next_multiple_of(options.alignment as u64) - position - used;
    // Of a message that is written from a template the padding may change.
    let length = i32::try_from(metadata.len() + options.alignment)
        .map(|_| metadata.len() as i32 + padding as i32)
        .map_err(|_| Error::unsupported(format!("metadata of {} bytes, a message holds 2 GiB", metadata.len())))?;
    let mut framed = Vec::with_capacity((used + padding) as usize);
    if !options.legacy_framing {
        framed.extend_from_slice(&CONTINUATION.to_le_bytes());
    }
    framed.extend_from_slice(&length.to_le_bytes());
    framed.extend_from_slice(metadata);
    framed.extend_from_slice(&ZEROS[..padding as usize]);
    Ok(framed)
}
