//! Messages: metadata, padding, body.

use super::body::Body;
use crate::compression::compress;
use crate::error::{Error, Result};
use crate::format::{CONTINUATION, Compression, MetadataVersion, NOT_COMPRESSED};
use crate::options::Options;
use crate::schema::{Metadata, Schema, encode};
use arrow_ipc as fb;
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};
use std::borrow::Cow;

/// Zeros for padding; no alignment is larger.
static ZEROS: [u8; 64] = [0; 64];

fn version(version: MetadataVersion) -> fb::MetadataVersion {
    match version {
        MetadataVersion::V4 => fb::MetadataVersion::V4,
        MetadataVersion::V5 => fb::MetadataVersion::V5,
    }
}

/// The buffers of a body as they are written.
pub struct BodyBytes<'a> {
    /// What is written, padding included.
    pub pieces: Vec<Cow<'a, [u8]>>,
    /// Where each buffer lies.
    pub buffers: Vec<fb::Buffer>,
    /// Length of all.
    pub length: u64,
    /// Length without compression and padding.
    pub raw_length: u64,
}

/// Compresses and pads the buffers of a body.
pub fn lay_out<'a>(body: &'a Body<'a>, options: &Options) -> Result<BodyBytes<'a>> {
    let mut out = BodyBytes { pieces: Vec::new(), buffers: Vec::new(), length: 0, raw_length: 0 };
    for buffer in &body.buffers {
        let bytes: &[u8] = buffer.as_deref().unwrap_or_default();
        out.raw_length += bytes.len() as u64;
        let start = out.length;
        match options.compression {
            Some(codec) if !bytes.is_empty() => {
                for piece in packed(codec, bytes, options)? {
                    out.push(piece);
                }
            }
            _ => out.push(Cow::Borrowed(bytes)),
        }
        out.buffers.push(fb::Buffer::new(start as i64, (out.length - start) as i64));
        let padding = out.length.next_multiple_of(options.alignment as u64) - out.length;
        out.push(Cow::Borrowed(&ZEROS[..padding as usize]));
    }
    Ok(out)
}

impl<'a> BodyBytes<'a> {
    fn push(&mut self, piece: Cow<'a, [u8]>) {
        self.length += piece.len() as u64;
        if !piece.is_empty() {
            self.pieces.push(piece);
        }
    }
}

/// Length prefix and compressed bytes, or the bytes as they are where compression does not pay.
fn packed<'a>(codec: Compression, bytes: &'a [u8], options: &Options) -> Result<[Cow<'a, [u8]>; 2]> {
    let mut packed = Vec::new();
    compress(codec, options.compression_level, bytes, &mut packed)?;
    let allowed = bytes.len() as u128 * u128::from(100 - options.minimum_saving.min(100)) / 100;
    if packed.len() < bytes.len() && packed.len() as u128 <= allowed {
        return Ok([Cow::Owned((bytes.len() as i64).to_le_bytes().to_vec()), Cow::Owned(packed)]);
    }
    Ok([Cow::Owned(NOT_COMPRESSED.to_le_bytes().to_vec()), Cow::Borrowed(bytes)])
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

/// The flatbuffer of a batch message.
pub fn batch(header: &Header<'_>, rows: usize, body: &Body<'_>, bytes: &BodyBytes<'_>, options: &Options) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let nodes: Vec<_> =
        body.nodes.iter().map(|node| fb::FieldNode::new(node.length as i64, node.null_count as i64)).collect();
    let nodes = builder.create_vector(&nodes);
    let buffers = builder.create_vector(&bytes.buffers);
    let compression = options.compression.map(|codec| {
        let codec = match codec {
            Compression::Lz4Frame => fb::CompressionType::LZ4_FRAME,
            Compression::Zstd => fb::CompressionType::ZSTD,
        };
        let args = fb::BodyCompressionArgs { codec, method: fb::BodyCompressionMethod::BUFFER };
        fb::BodyCompression::create(&mut builder, &args)
    });
    let counts = (!body.variadic_counts.is_empty()).then(|| builder.create_vector(&body.variadic_counts));
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
            let length = bytes.length;
            finish(builder, fb::MessageHeader::RecordBatch, data.as_union_value(), length, custom, options)
        }
        Header::DictionaryBatch { id, delta } => {
            let args = fb::DictionaryBatchArgs { id: *id, data: Some(data), isDelta: *delta };
            let batch = fb::DictionaryBatch::create(&mut builder, &args).as_union_value();
            finish(builder, fb::MessageHeader::DictionaryBatch, batch, bytes.length, None, options)
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

/// Prefix, metadata and padding of a message that starts at `position`, such that its body starts at a multiple of the
/// alignment.
pub fn frame(metadata: &[u8], position: u64, options: &Options) -> Result<Vec<u8>> {
    let prefix = if options.legacy_framing { 4 } else { 8 };
    let used = (prefix + metadata.len()) as u64;
    let padding = (position + used).next_multiple_of(options.alignment as u64) - position - used;
    let length = i32::try_from(metadata.len() as u64 + padding)
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
