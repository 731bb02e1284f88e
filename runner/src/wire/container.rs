//! Messages → a stream or a file: magic and padding in front, an end of stream and a footer behind. The messages themselves are written as
//! they are.

use std::io::{self, Write};

use super::flatbuffer::write;
use super::format::{FOOTER, MESSAGE};
use super::parse::{CONTINUATION, MAGIC, Message};
use super::tree::{Node, Table, Value};
use crate::case::options::Format;

/// What metadata are padded to.
const ALIGNMENT: usize = 8;
/// The code of a Schema in the union MessageHeader.
const SCHEMA: i64 = 1;

/// A stream or file that is being written.
pub struct Container<'w> {
    out: &'w mut dyn Write,
    format: Format,
    /// Bytes so far.
    at: usize,
    /// Whether messages have a continuation marker.
    continuation: bool,
    version: i64,
    schema: Table,
    dictionaries: Vec<Node>,
    batches: Vec<Node>,
}

impl<'w> Container<'w> {
    /// Starts with the schema: in the message that has it, or in a new one of that version.
    pub fn start(out: &'w mut dyn Write, format: Format, schema: Start) -> io::Result<Self> {
        let (table, version, bytes, continuation) = match schema {
            Start::Message(message, bytes) => {
                let table = message.table.table("header").cloned().unwrap_or_else(|| Table::new(&MESSAGE));
                let version = message.table.scalar("version");
                (table, version, bytes.to_vec(), message.continuation.is_some())
            }
            Start::Table(table, version) => (table.clone(), version, message_of(table, version), true),
        };
        let (dictionaries, batches) = (Vec::new(), Vec::new());
        let mut container =
            Container { out, format, at: 0, continuation, version, schema: table, dictionaries, batches };
        if format == Format::File {
            container.put(MAGIC)?;
            container.put(&[0; ALIGNMENT - MAGIC.len()])?;
        }
        container.put(&bytes)?;
        Ok(container)
    }

    /// Writes a dictionary batch or record batch.
    pub fn message(&mut self, message: &Message, bytes: &[u8]) -> io::Result<()> {
        let head = message.metadata.end - message.range.start;
        let block = [self.at, head, message.body.len()].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        let block = Node::from(Value::Struct(block.to_vec()));
        match message.table.table("header").map(|header| header.kind.name) {
            Some("DictionaryBatch") => self.dictionaries.push(block),
            Some("RecordBatch") => self.batches.push(block),
            _ => {}
        }
        self.put(bytes)
    }

    /// Writes the end, and tells how many bytes there are in all. `metadata` are those of the footer.
    pub fn finish(mut self, metadata: Option<&Node>) -> io::Result<usize> {
        if self.continuation {
            self.put(&CONTINUATION)?;
        }
        self.put(&[0; 4])?;
        if self.format == Format::File {
            let list = |nodes: Vec<Node>| Value::Vector(nodes);
            let (dictionaries, batches) = (std::mem::take(&mut self.dictionaries), std::mem::take(&mut self.batches));
            let mut footer = Table::new(&FOOTER)
                .with("version", Value::Scalar(self.version))
                .with("schema", Value::Table(self.schema.clone()))
                .with("dictionaries", list(dictionaries))
                .with("recordBatches", list(batches));
            footer.set("custom_metadata", metadata.map(|node| node.value.clone()));
            let bytes = write::root(&footer);
            let length = i32::try_from(bytes.len()).map_err(|_| io::Error::other("the footer is longer than 2 GiB"))?;
            self.put(&bytes)?;
            self.put(&length.to_le_bytes())?;
            self.put(MAGIC)?;
        }
        self.out.flush()?;
        Ok(self.at)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len();
        self.out.write_all(bytes)
    }
}

/// Where a container's schema comes from.
pub enum Start<'a> {
    /// A message, and its bytes.
    Message(&'a Message, &'a [u8]),
    /// A Schema table, and the version of the messages behind it.
    Table(&'a Table, i64),
}

/// A schema message with its prefix.
fn message_of(schema: &Table, version: i64) -> Vec<u8> {
    let message = Table::new(&MESSAGE)
        .with("version", Value::Scalar(version))
        .with("header_type", Value::Scalar(SCHEMA))
        .with("header", Value::Table(schema.clone()));
    let mut metadata = write::root(&message);
    metadata.resize(metadata.len().next_multiple_of(ALIGNMENT), 0);
    let length = i32::try_from(metadata.len()).unwrap_or(i32::MAX);
    [&CONTINUATION[..], &length.to_le_bytes(), &metadata].concat()
}
