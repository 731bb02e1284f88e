//! The messages of an input by their metadata, one after the other; bodies are stepped over.

use super::blocks::Block;
use super::framing::{is_no_prefix, metadata_length, no_prefix};
use super::message::{Kind, Message};
use super::stream::schema_of;
use crate::error::{Error, Result};
use crate::format::{CONTINUATION, Format, MetadataVersion, PADDED_MAGIC};
use crate::options::Limits;
use crate::schema::{ByteOrder, Schema};
use crate::source::Input;

/// The messages of a stream, or of the stream inside a file.
pub struct Walk {
    /// What the schema message says.
    pub schema: (Schema, ByteOrder),
    /// Version of the schema message.
    pub version: MetadataVersion,
    /// Whether the schema message has the framing from before 0.15.
    pub legacy_framing: bool,
    /// Dictionary batches in their order.
    pub dictionaries: Vec<Block>,
    /// Record batches in their order.
    pub batches: Vec<Block>,
    /// Where the last message ends.
    pub end: u64,
    /// Where the end-of-stream marker ends; [`Walk::end`] when there is none.
    pub behind: u64,
}

impl Walk {
    /// Reads the metadata of each message up to the end of the stream. What belongs to it ends at `limit`: at the footer of
    /// a file, at the end of any other input.
    pub fn of(input: &Input, format: Format, limit: u64, limits: &Limits) -> Result<Self> {
        let mut position = match format {
            Format::Stream => 0,
            Format::File => first_message(input)?,
        };
        let steps = Steps { input, format, limit, limits };
        if position < limit {
            let word = steps.word(position, position)?;
            if is_no_prefix(word, limits) {
                return Err(no_prefix(word).at(position));
            }
        }
        let Some((first, message)) = steps.message(position)? else {
            return Err(Error::invalid("framing-empty-input", "the input ends before a schema").at(position));
        };
        let schema = schema_of(&message)?.decode(limits)?;
        let legacy_framing = message.metadata_offset - first.offset == 4;
        let (mut dictionaries, mut batches) = (Vec::new(), Vec::new());
        position = first.end();
        while let Some((block, message)) = steps.message(position)? {
            position = block.end();
            let index = (1 + dictionaries.len() + batches.len()) as u64;
            match message.kind {
                Kind::DictionaryBatch => dictionaries.push(block),
                Kind::RecordBatch => batches.push(block),
                Kind::Schema => {
                    let error = Error::invalid("framing-single-schema", "a second schema in the stream");
                    return Err(error.at(block.offset).in_message(index));
                }
                Kind::Tensor | Kind::SparseTensor => {
                    return Err(message.tensor_among_batches().at(block.offset).in_message(index));
                }
            }
        }
        let behind = position + steps.marker(position)?;
        let version = message.version;
        Ok(Walk { schema, version, legacy_framing, dictionaries, batches, end: position, behind })
    }
}

/// Where the stream inside a file starts: behind the padded magic, which some writers pad to 64 bytes.
pub fn first_message(input: &Input) -> Result<u64> {
    let (start, size) = (PADDED_MAGIC.len() as u64, input.size()?.unwrap_or(0));
    let found = size.saturating_sub(start).min(64);
    let bytes = input.range(start, found as usize)?;
    let padding = bytes.chunks_exact(8).take_while(|chunk| chunk.iter().all(|byte| *byte == 0)).count() * 8;
    // An end-of-stream marker from before 0.15 is zeros, too.
    Ok(if padding as u64 + 8 > found { start } else { start + padding as u64 })
}

struct Steps<'a> {
    input: &'a Input,
    format: Format,
    limit: u64,
    limits: &'a Limits,
}

impl Steps<'_> {
    /// The message at `position`; `None` for an end-of-stream marker, and where nothing follows.
    fn message(&self, position: u64) -> Result<Option<(Block, Message)>> {
        if position == self.limit {
            return Ok(None);
        }
        let (length, prefix) = match self.word(position, position)? {
            CONTINUATION => (self.word(position, position + 4)?, 8),
            length => (length, 4),
        };
        let length = metadata_length(length, self.limits).map_err(|e| e.at(position))?;
        if length == 0 {
            return Ok(None);
        }
        let metadata = self.part(position, position + prefix, length)?;
        let message = Message::parse(metadata, position + prefix, self.limits)?;
        let block = Block { offset: position, metadata_length: prefix + length, body_length: message.body_length };
        match block.end() <= self.limit {
            true => Ok(Some((block, message))),
            false => Err(self.cut("framing-truncated-body", position)),
        }
    }

    /// Length of the end-of-stream marker at `position`, where [`Steps::message`] found no message.
    fn marker(&self, position: u64) -> Result<u64> {
        Ok(match position == self.limit {
            true => 0,
            false if self.word(position, position)? == CONTINUATION => 8,
            false => 4,
        })
    }

    /// A part of the message that starts at `message`.
    fn part(&self, message: u64, at: u64, length: u64) -> Result<bytes::Bytes> {
        match at.checked_add(length) {
            Some(end) if end <= self.limit => {
                self.input.range(at, usize::try_from(length).map_err(|_| Error::out_of_memory(length))?)
            }
            _ => Err(self.cut("framing-truncated-metadata", message)),
        }
    }

    fn word(&self, message: u64, at: u64) -> Result<u32> {
        Ok(self.part(message, at, 4)?.first_chunk().map_or(0, |word| u32::from_le_bytes(*word)))
    }

    fn cut(&self, clause: &'static str, message: u64) -> Error {
        let text = match self.format {
            Format::File => "a message reaches into the footer",
            Format::Stream => "the input ends inside a message",
        };
        Error::invalid(clause, text).at(message)
    }
}
