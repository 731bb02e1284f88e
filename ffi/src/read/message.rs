//! Encapsulated messages: prefix, metadata, body.

use crate::error::{Error, Result};
use crate::flatbuffer::{Table, Vector, struct_i64};
use crate::format::{Compression, MetadataVersion};
use crate::options::Limits;
use arrow_ipc as fb;
use bytes::Bytes;

/// A message whose metadata is in memory.
pub struct Message {
    /// The flatbuffer.
    pub metadata: Bytes,
    /// Where the flatbuffer starts in the input.
    pub metadata_offset: u64,
    /// Its version.
    pub version: MetadataVersion,
    /// Bytes of body behind the metadata.
    pub body_length: u64,
    /// Its kind.
    pub kind: Kind,
    /// Where the header's table lies in the flatbuffer, if there is one.
    header: Option<usize>,
    /// Whether it may have custom metadata.
    has_custom_metadata: bool,
}

/// What a message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Schema,
    DictionaryBatch,
    RecordBatch,
    Tensor,
    SparseTensor,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Kind::Schema => "schema",
            Kind::DictionaryBatch => "dictionary batch",
            Kind::RecordBatch => "record batch",
            Kind::Tensor => "tensor",
            Kind::SparseTensor => "sparse tensor",
        })
    }
}

/// The version that `found` stands for.
pub fn version(found: i16) -> Result<MetadataVersion> {
    let (clause, which) = match found {
        3 => return Ok(MetadataVersion::V4),
        4 => return Ok(MetadataVersion::V5),
        0..3 => ("version-reject-pre-v4", format!("V{}", found + 1)),
        _ => ("version-reject-future", format!("number {found}")),
    };
    let message = format!("the metadata version is {which}, this library reads V4 and V5");
    Err(Error { clause: Some(clause), ..Error::unsupported(message) })
}

impl Message {
    /// Checks the root table of a message.
    pub fn parse(metadata: Bytes, metadata_offset: u64, limits: &Limits) -> Result<Self> {
        Self::parse_table(metadata, metadata_offset, limits).map_err(|e| relocate(e, metadata_offset))
    }

    fn parse_table(metadata: Bytes, metadata_offset: u64, limits: &Limits) -> Result<Self> {
        let root = Table::root(&metadata)?;
        let version = version(root.i16(fb::Message::VT_VERSION, 0, "the version")?)?;
        let kind = match fb::MessageHeader(root.u8(fb::Message::VT_HEADER_TYPE, 0, "the header's tag")?) {
            fb::MessageHeader::Schema => Kind::Schema,
            fb::MessageHeader::DictionaryBatch => Kind::DictionaryBatch,
            fb::MessageHeader::RecordBatch => Kind::RecordBatch,
            fb::MessageHeader::Tensor => Kind::Tensor,
            fb::MessageHeader::SparseTensor => Kind::SparseTensor,
            fb::MessageHeader(tag) => {
                let message = format!("the message's header has tag {tag}, expected a schema or a batch");
                return Err(Error::invalid("framing-unknown-header-type", message));
            }
        };
        let body_length = root.i64(fb::Message::VT_BODYLENGTH, 0, "bodyLength")?;
        let body_length = u64::try_from(body_length)
            .map_err(|_| Error::invalid("message-bodylength-negative", format!("bodyLength is {body_length}")))?;
        if body_length > limits.body_bytes {
            return Err(Error::limit("bodyLength", body_length, limits.body_bytes));
        }
        let header = root.table(fb::Message::VT_HEADER, "the header")?.map(|header| header.position());
        let has_custom_metadata = root.has(fb::Message::VT_CUSTOM_METADATA);
        Ok(Message { metadata, metadata_offset, version, body_length, kind, header, has_custom_metadata })
    }

    /// A tensor among batches: the format has room for it there, and no meaning.
    pub fn tensor_among_batches(&self) -> Error {
        let text = format!("a {} message in a stream or file; tensor readers read it", self.kind);
        Error { clause: Some("message-optional-types"), ..Error::unsupported(text) }
    }

    /// The root table.
    pub fn root(&self) -> Result<Table<'_>> {
        Table::root(&self.metadata)
    }

    /// The header's table.
    pub fn header(&self) -> Result<Table<'_>> {
        match self.header {
            Some(position) => Table::new(&self.metadata, position),
            None => {
                let text = format!("the {} message has no header", self.kind);
                Err(Error::invalid("message-header-kind", text))
            }
        }
    }

    /// Custom metadata of the message.
    pub fn custom_metadata(&self, limits: &Limits) -> Result<crate::schema::Metadata> {
        if !self.has_custom_metadata {
            return Ok(crate::schema::Metadata::default());
        }
        crate::schema::decode::metadata(self.root()?, fb::Message::VT_CUSTOM_METADATA, limits)
    }

    /// An error inside the metadata, placed in the input.
    pub fn place(&self, error: Error) -> Error {
        relocate(error, self.metadata_offset)
    }
}

/// Offsets inside the metadata become offsets in the input.
pub fn relocate(mut error: Error, metadata_offset: u64) -> Error {
    error.offset = Some(error.offset.unwrap_or(0) + metadata_offset);
    error
}

/// The record batch table of a message: what is where in the body.
#[derive(Clone, Copy)]
pub struct BatchHeader<'a> {
    /// Number of rows.
    pub rows: usize,
    /// `FieldNode` structs.
    nodes: Vector<'a>,
    /// `Buffer` structs.
    buffers: Vector<'a>,
    /// Counts of data buffers of view columns.
    variadic_counts: Vector<'a>,
    /// Codec of the body.
    pub compression: Option<Compression>,
}

impl<'a> BatchHeader<'a> {
    /// Checks a record batch table; its vectors stay where they are.
    pub fn parse(table: Table<'a>) -> Result<Self> {
        let rows = table.i64(fb::RecordBatch::VT_LENGTH, 0, "the length of a batch")?;
        Ok(BatchHeader {
            rows: length("the length of a batch", rows)?,
            nodes: table.vector(fb::RecordBatch::VT_NODES, 16, "nodes")?.unwrap_or(Vector::EMPTY),
            buffers: table.vector(fb::RecordBatch::VT_BUFFERS, 16, "buffers")?.unwrap_or(Vector::EMPTY),
            variadic_counts: table
                .vector(fb::RecordBatch::VT_VARIADICBUFFERCOUNTS, 8, "variadicBufferCounts")?
                .unwrap_or(Vector::EMPTY),
            compression: match table.table(fb::RecordBatch::VT_COMPRESSION, "compression")? {
                Some(compression) => Some(codec(compression)?),
                None => None,
            },
        })
    }

    /// Length and null count of node `index`.
    #[inline]
    pub fn node(&self, index: usize) -> Result<(usize, i64)> {
        match self.nodes.pair(index) {
            // Negative lengths become large unsigned ones.
            Some((length, null_count)) if length as u64 <= LONGEST => Ok((length as usize, null_count)),
            found => Err(self.no_node(index, found)),
        }
    }

    #[cold]
    fn no_node(&self, index: usize, found: Option<(i64, i64)>) -> Error {
        match found.map(|(found, _)| length("the length of a field node", found)) {
            Some(Err(error)) => error.at(self.node_position(index)),
            _ => {
                let message = format!("the batch has {} field nodes, the schema asks for more", self.nodes.len());
                Error::invalid("batch-nodes-missing", message)
            }
        }
    }

    /// Where node `index` lies in the metadata.
    pub fn node_position(&self, index: usize) -> u64 {
        self.nodes.position(index)
    }

    /// Offset and length of buffer `index` in a body of `body` bytes.
    #[inline]
    pub fn buffer(&self, index: usize, body: usize) -> Result<(usize, usize)> {
        match self.buffers.pair(index) {
            // The offset of an empty buffer has no meaning (clause buffer-empty-offset-ignored).
            Some((_, 0)) => Ok((0, 0)),
            // Negative numbers become large unsigned ones.
            Some((offset, length)) if offset as u64 <= body as u64 && length as u64 <= body as u64 - offset as u64 => {
                Ok((offset as usize, length as usize))
            }
            found => Err(self.no_buffer(index, found, body)),
        }
    }

    #[cold]
    fn no_buffer(&self, index: usize, found: Option<(i64, i64)>, body: usize) -> Error {
        let Some((offset, length)) = found else {
            let message = format!("the batch has {} buffers, the schema asks for more", self.buffers.len());
            return Error::invalid("batch-buffers-missing", message);
        };
        let place = |clause, message: String| Error::invalid(clause, message).at(self.buffer_position(index));
        if offset < 0 || length < 0 {
            return place("buffer-negative", format!("buffer {index} has offset {offset} and length {length}"));
        }
        place(
            "buffer-out-of-bounds",
            format!("buffer {index}, {length} bytes at {offset}, does not fit into a body of {body} bytes"),
        )
    }

    /// Where buffer `index` lies in the metadata.
    pub fn buffer_position(&self, index: usize) -> u64 {
        self.buffers.position(index)
    }

    /// Number of data buffers of the `index`-th view column.
    pub fn variadic_count(&self, index: usize) -> Result<usize> {
        let count = self.variadic_counts.get(index).ok_or_else(|| {
            let found = self.variadic_counts.len();
            Error::invalid("batch-variadic-counts-missing", format!("{found} counts of data buffers, expected more"))
        })?;
        let count = struct_i64(count, 0);
        match usize::try_from(count) {
            Ok(count) if count <= self.buffers.len() => Ok(count),
            _ => Err(Error::invalid(
                "batch-variadic-counts-excess",
                format!("a view column claims {count} data buffers, the batch has {} buffers", self.buffers.len()),
            )
            .at(self.variadic_counts.position(index))),
        }
    }
}

/// Most slots, so that sizes in bits and bytes do not overflow.
const LONGEST: u64 = 1 << 56;

/// A count of slots.
fn length(what: &str, found: i64) -> Result<usize> {
    match usize::try_from(found) {
        Ok(length) if length as u64 <= LONGEST => Ok(length),
        _ if found < 0 => Err(Error::invalid("batch-length-nonnegative", format!("{what} is {found}"))),
        _ => Err(Error::limit(what, found, LONGEST)),
    }
}

fn codec(table: Table<'_>) -> Result<Compression> {
    let method = table.u8(fb::BodyCompression::VT_METHOD, 0, "the compression method")?;
    if method != 0 {
        let message = format!("the compression method is {method}, expected 0 (each buffer by itself)");
        return Err(Error::invalid("compression-method-unknown", message));
    }
    match table.u8(fb::BodyCompression::VT_CODEC, 0, "the codec")? {
        0 => Ok(Compression::Lz4Frame),
        1 => Ok(Compression::Zstd),
        codec => {
            let message = format!("the codec is {codec}, expected 0 (LZ4 frame) or 1 (ZSTD)");
            Err(Error::invalid("compression-codec-unknown", message))
        }
    }
}

/// The dictionary batch table of a message.
pub struct DictionaryHeader<'a> {
    /// Which dictionary.
    pub id: i64,
    /// Whether the values are appended.
    pub delta: bool,
    /// The values: a batch of one column.
    pub data: BatchHeader<'a>,
}

impl<'a> DictionaryHeader<'a> {
    /// Checks a dictionary batch table.
    pub fn parse(table: Table<'a>) -> Result<Self> {
        let id = table.i64(fb::DictionaryBatch::VT_ID, 0, "the dictionary id")?;
        let data = table.table(fb::DictionaryBatch::VT_DATA, "the dictionary's data")?.ok_or_else(|| {
            Error::invalid("dictionary-batch-data-present", format!("the batch of dictionary {id} has no data"))
        })?;
        let delta = table.bool(fb::DictionaryBatch::VT_ISDELTA, false, "isDelta")?;
        Ok(DictionaryHeader { id, delta, data: BatchHeader::parse(data)? })
    }
}

/// What a batch or dictionary cost.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    /// Bytes that decompression made.
    pub decompressed: u64,
    /// Bytes copied to align them.
    pub copied: u64,
    /// Bytes of memory that the columns take, the body included where it was read into memory.
    pub owned: u64,
}
