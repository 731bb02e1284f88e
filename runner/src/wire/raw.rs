//! An input before it is bytes: its parts in order, every prefix, field, buffer and padding a value of its own.
//!
//! It comes from data ([`super::lower`]), from a case's `wire` section ([`super::section`]) or from bytes ([`super::lift`]); a case's edits
//! change it ([`super::edit`]); [`super::assemble`] makes the bytes.

use super::tree::Table;
use crate::case::options::{Compression, Format};

/// A whole stream or file.
#[derive(Debug, Clone, PartialEq)]
pub struct RawInput {
    /// What it is meant to be.
    pub format: Format,
    /// Its parts, one behind the other.
    pub parts: Vec<Part>,
    /// Changes of the assembled bytes, in order.
    pub patches: Vec<Patch>,
}

/// A part of an input.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Bytes that are no message: magic, padding, end of stream, junk.
    Bytes(RawBytes),
    /// An encapsulated message.
    Message(Box<RawMessage>),
    /// The footer of a file with its length and the trailing magic.
    Footer(Box<RawFooter>),
}

/// Bytes with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct RawBytes {
    /// `magic`, `magic_padding`, `end_of_stream`, or another word for error messages and paths.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// An encapsulated message: prefix, metadata, padding, body.
#[derive(Debug, Clone, PartialEq)]
pub struct RawMessage {
    /// The four bytes before the length; `None` is the framing of before 0.15.
    pub continuation: Option<[u8; 4]>,
    /// The length that the prefix tells; `None` is the right one.
    pub length: Option<i32>,
    /// The Message table, or bytes in its place.
    pub metadata: Metadata,
    /// What fills up the metadata: a multiple of this from the start of the message…
    pub metadata_alignment: usize,
    /// …of this byte.
    pub metadata_fill: u8,
    /// The buffers of the body in order.
    pub body: Vec<BodyBuffer>,
    /// Zero bytes behind the last buffer's padding.
    pub body_tail: usize,
    /// The column of each field node: positions of the field and of its children, down to it.
    pub nodes: Vec<Vec<usize>>,
    /// Whether `bodyLength` and `buffers` follow from `body`; an edit of the metadata settles them first.
    pub computed: bool,
}

/// The metadata of a message or footer.
#[derive(Debug, Clone, PartialEq)]
pub enum Metadata {
    /// A table, written as it is.
    Table(Table),
    /// Bytes in its place.
    Bytes(Vec<u8>),
}

/// A footer.
#[derive(Debug, Clone, PartialEq)]
pub struct RawFooter {
    /// The Footer table, or bytes in its place.
    pub metadata: Metadata,
    /// The length behind it; `None` is the right one.
    pub length: Option<i32>,
    /// The bytes behind the length.
    pub magic: Vec<u8>,
    /// Whether `dictionaries` and `recordBatches` follow from the messages before; an edit settles them first.
    pub computed: bool,
}

/// A buffer in a body.
#[derive(Debug, Clone, PartialEq)]
pub struct BodyBuffer {
    /// What it is for its column.
    pub role: Role,
    /// The column: positions of the field and of its children, down to it.
    pub column: Vec<usize>,
    /// The bytes before compression.
    pub content: Vec<u8>,
    /// How many bytes an element has; 0 for bits.
    pub element: usize,
    /// How the bytes are stored.
    pub store: Store,
    /// Bytes between the padding of the buffer before and this one.
    pub gap: Vec<u8>,
    /// What the buffer starts at a multiple of, and is padded to.
    pub alignment: usize,
    /// The byte of the padding.
    pub fill: u8,
    /// Whether the metadata list it; padding and junk they do not.
    pub listed: bool,
}

/// What a buffer is for its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the format's own names")]
pub enum Role {
    Validity,
    Offsets,
    Sizes,
    TypeIds,
    Views,
    /// Values, or the bytes of variable-size values; of views, the first, second… variadic buffer.
    Data,
    /// Something that is no buffer of a column.
    Other,
}

/// How a buffer is stored in a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Store {
    /// As it is, without a prefix.
    Plain,
    /// Behind the prefix -1.
    Uncompressed,
    /// Behind the prefix with the length; an empty buffer takes no bytes.
    Compressed(Compression),
    /// Behind a prefix, in a frame made in a certain way.
    Framed {
        /// The prefix; `None` is the right one.
        prefix: Option<i64>,
        /// The frame or frames.
        frames: Vec<Frame>,
    },
}

/// A compressed frame and how it is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// LZ4 or ZSTD.
    pub codec: Compression,
    /// How many bytes of the content it takes; `None` is all that are left.
    pub take: Option<usize>,
    /// Whether the header tells the size of the content.
    pub content_size: bool,
    /// Whether a checksum of the content stands at the end.
    pub content_checksum: bool,
    /// LZ4: whether each block has a checksum.
    pub block_checksum: bool,
    /// LZ4: whether blocks may refer to the ones before.
    pub linked_blocks: bool,
    /// LZ4: the largest block in KiB, one of 64, 256, 1024, 4096.
    pub block_kib: usize,
    /// Whether the blocks are stored as they are.
    pub stored: bool,
    /// ZSTD: the level.
    pub level: i32,
    /// A frame to be skipped, of this content, in place of one with content.
    pub skippable: Option<Vec<u8>>,
}

/// A change of assembled bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum Patch {
    /// Overwrites from a place.
    Write {
        /// Where.
        at: usize,
        /// With what.
        bytes: Vec<u8>,
    },
    /// Ends the input there.
    Cut {
        /// Where.
        at: usize,
    },
}

impl RawInput {
    /// The Schema table that the batches go by: of the first schema message, or of the footer.
    pub fn schema(&self) -> Option<&Table> {
        let messages = self.parts.iter().find_map(|part| match part {
            Part::Message(message) => message.header().filter(|header| header.kind.name == "Schema"),
            _ => None,
        });
        messages.or_else(|| {
            self.parts.iter().find_map(|part| match part {
                Part::Footer(footer) => footer.table()?.table("schema"),
                _ => None,
            })
        })
    }

    /// Whether the schema says that numbers of bodies are big-endian.
    pub fn big_endian(&self) -> bool {
        self.schema().is_some_and(|schema| schema.scalar("endianness") == 1)
    }
}

impl Part {
    /// Bytes with a name.
    pub fn bytes(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Part::Bytes(RawBytes { name: name.to_owned(), bytes: bytes.into() })
    }
}

impl RawFooter {
    /// The Footer table.
    pub fn table(&self) -> Option<&Table> {
        match &self.metadata {
            Metadata::Table(table) => Some(table),
            Metadata::Bytes(_) => None,
        }
    }
}

impl RawMessage {
    /// A message of format 1 framing with this Message table and body.
    pub fn new(table: Table, body: Vec<BodyBuffer>) -> Self {
        RawMessage {
            continuation: Some([0xFF; 4]),
            length: None,
            metadata: Metadata::Table(table),
            metadata_alignment: 8,
            metadata_fill: 0,
            body,
            body_tail: 0,
            nodes: Vec::new(),
            computed: true,
        }
    }

    /// The Message table.
    pub fn table(&self) -> Option<&Table> {
        match &self.metadata {
            Metadata::Table(table) => Some(table),
            Metadata::Bytes(_) => None,
        }
    }

    /// The table of the message's header.
    pub fn header(&self) -> Option<&Table> {
        self.table()?.table("header")
    }

    /// The RecordBatch table: the header, or the `data` of a dictionary batch.
    pub fn batch(&self) -> Option<&Table> {
        let header = self.header()?;
        match header.kind.name {
            "RecordBatch" => Some(header),
            "DictionaryBatch" => header.table("data"),
            _ => None,
        }
    }
}
