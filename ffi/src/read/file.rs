//! The random access file format: batches by the footer's blocks.

use super::Shared;
use super::account::Account;
use super::dictionaries::{Known, record_batch};
use super::framing::metadata_length;
use super::message::{BatchHeader, Kind, Message, relocate, version};
use crate::array::Batch;
use crate::error::{Code, Error, Result};
use crate::flatbuffer::{Table, Vector, struct_i32, struct_i64};
use crate::format::{BLOCK_BYTES, CONTINUATION, FILE_TAIL_BYTES, MAGIC, PADDED_MAGIC};
use crate::options::Limits;
use crate::schema::{ByteOrder, Metadata, Schema, decode};
use crate::source::Input;
use arrow_ipc as fb;
use bytes::Bytes;
use std::sync::Mutex;

/// Where a message lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// First byte of the message's prefix.
    pub offset: u64,
    /// Bytes of prefix, metadata and padding.
    pub metadata_length: u64,
    /// Bytes of body behind them.
    pub body_length: u64,
}

/// What a footer says.
pub struct Footer {
    /// Where it starts.
    pub offset: u64,
    pub schema: (Schema, ByteOrder),
    pub metadata: Metadata,
    pub dictionaries: Vec<Block>,
    pub batches: Vec<Block>,
}

/// An open file.
pub struct File {
    input: Input,
    batches: Vec<Block>,
    dictionary_blocks: Vec<Block>,
    /// Loaded when the first batch is asked for. `None` before.
    dictionaries: Mutex<(Known, Loaded)>,
}

enum Loaded {
    NotYet,
    Yes,
    Failed(Error),
}

/// Reads the footer of a file.
pub fn open(input: &Input, limits: &Limits) -> Result<Footer> {
    let size = input.size()?.ok_or_else(|| {
        Error::unsupported(
            "the random access file format needs a source that can seek, this one only reads forward; \
             read a stream, or save the input to a file first",
        )
    })?;
    let smallest = (PADDED_MAGIC.len() + FILE_TAIL_BYTES) as u64;
    if size < smallest {
        let text = format!("the input has {size} bytes, the smallest file has more than {smallest}");
        return Err(Error::invalid("file-too-small", text).at(size));
    }
    let head = input.range(0, MAGIC.len())?;
    if head.as_ref() != MAGIC {
        return Err(Error::invalid("file-leading-magic-invalid", "the input does not start with ARROW1").at(0));
    }
    let tail_offset = size - FILE_TAIL_BYTES as u64;
    let tail = input.range(tail_offset, FILE_TAIL_BYTES)?;
    if &tail[4..] != MAGIC {
        let text = "the input does not end with ARROW1; a file that was not finished has no footer";
        return Err(Error::invalid("file-trailing-magic-invalid", text).at(tail_offset + 4));
    }
    let length = struct_i32(&tail, 0);
    let length = match u64::try_from(length) {
        Ok(length) if length > 0 && length <= tail_offset - PADDED_MAGIC.len() as u64 => length,
        _ => {
            let text = format!("the footer's size is {length}, the file has {size} bytes");
            return Err(Error::invalid("file-footer-size-invalid", text).at(tail_offset));
        }
    };
    if length > limits.metadata_bytes {
        return Err(Error::limit("the footer's size", length, limits.metadata_bytes).at(tail_offset));
    }
    let offset = tail_offset - length;
    let footer = input.range(offset, length as usize)?;
    parse(&footer, offset, limits).map_err(|e| relocate(e, offset))
}

fn parse(footer: &[u8], footer_offset: u64, limits: &Limits) -> Result<Footer> {
    let root = Table::root(footer)?;
    // Files of 0.14 have no version here (which reads as V1), files of V4 messages may say V5: the messages decide.
    version(root.i16(fb::Footer::VT_VERSION, 0, "the version")?.max(fb::MetadataVersion::V4.0))?;
    let schema = root.table(fb::Footer::VT_SCHEMA, "the schema")?;
    let schema = schema.ok_or_else(|| Error::invalid("footer-schema-missing", "the footer has no schema"))?;
    let blocks = |slot: u16, what: &'static str| -> Result<Vec<Block>> {
        let found = root.vector(slot, BLOCK_BYTES, what)?.unwrap_or(Vector::EMPTY);
        let block = |index: usize| {
            let bytes = found.get(index).unwrap_or_default();
            Block::parse(bytes, footer_offset).map_err(|e| {
                let message = format!("block {index} of the footer's {what}: {}", e.message);
                Error { message, ..e }.at(found.position(index))
            })
        };
        (0..found.len()).map(block).collect()
    };
    let dictionaries = blocks(fb::Footer::VT_DICTIONARIES, "dictionaries")?;
    check_apart(&dictionaries)?;
    Ok(Footer {
        offset: footer_offset,
        schema: decode::schema(schema, limits)?,
        metadata: decode::metadata(root, fb::Footer::VT_CUSTOM_METADATA, limits)?,
        dictionaries,
        batches: blocks(fb::Footer::VT_RECORDBATCHES, "record batches")?,
    })
}

/// Checks that no two blocks of dictionaries share bytes: deltas that are listed again and again would make a dictionary of
/// any size out of a small file.
fn check_apart(blocks: &[Block]) -> Result<()> {
    let mut sorted: Vec<&Block> = blocks.iter().collect();
    sorted.sort_unstable_by_key(|block| block.offset);
    for pair in sorted.windows(2) {
        if pair[1].offset < pair[0].end() {
            let (first, end, second) = (pair[0].offset, pair[0].end(), pair[1].offset);
            let text = format!("the dictionary at {second} lies in the one that goes from {first} to {end}");
            return Err(Error::invalid("footer-block-out-of-range", text));
        }
    }
    Ok(())
}

impl Block {
    /// First byte behind the body.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.metadata_length).saturating_add(self.body_length)
    }

    fn parse(bytes: &[u8], footer_offset: u64) -> Result<Self> {
        let (offset, metadata, body) = (struct_i64(bytes, 0), struct_i32(bytes, 8), struct_i64(bytes, 16));
        let text =
            || format!("{metadata} bytes of metadata and {body} of body at {offset}, the footer is at {footer_offset}");
        let invalid = || Error::invalid("footer-block-out-of-range", text());
        let block = Block {
            offset: u64::try_from(offset).map_err(|_| invalid())?,
            metadata_length: u64::try_from(metadata).map_err(|_| invalid())?,
            body_length: u64::try_from(body).map_err(|_| invalid())?,
        };
        let end = block.offset.checked_add(block.metadata_length).and_then(|end| end.checked_add(block.body_length));
        match end {
            Some(end) if end <= footer_offset && block.metadata_length >= 4 => Ok(block),
            _ => Err(invalid()),
        }
    }
}

impl File {
    pub fn new(input: Input, batches: Vec<Block>, dictionary_blocks: Vec<Block>, known: Known) -> Self {
        File { input, batches, dictionary_blocks, dictionaries: Mutex::new((known, Loaded::NotYet)) }
    }

    /// Number of record batches.
    pub fn len(&self) -> usize {
        self.batches.len()
    }

    /// The metadata of the message at `block`, checked against it.
    fn message(&self, block: Block, expected: Kind, limits: &Limits) -> Result<Message> {
        let place = |e: Error| e.at(block.offset);
        let range = usize::try_from(block.metadata_length).map_err(|_| Error::out_of_memory(block.metadata_length))?;
        if block.metadata_length > limits.metadata_bytes {
            let limit = limits.metadata_bytes;
            return Err(place(Error::limit("the length of a message's metadata", block.metadata_length, limit)));
        }
        let bytes = self.input.range(block.offset, range)?;
        let mut prefix = 4;
        let mut length = struct_i32(&bytes, 0) as u32;
        if length == CONTINUATION && bytes.len() >= 8 {
            prefix = 8;
            length = struct_i32(&bytes, 4) as u32;
        }
        let length = metadata_length(length, limits).map_err(place)?;
        if prefix + length != block.metadata_length {
            return Err(place(Error::invalid(
                "footer-block-metadata-length-mismatch",
                format!(
                    "the footer's block has {} bytes of metadata, the message {}",
                    block.metadata_length,
                    prefix + length
                ),
            )));
        }
        let message = Message::parse(bytes.slice(prefix as usize..), block.offset + prefix, limits)?;
        if message.kind != expected {
            let text = format!("the block of a {expected} points to a {}", message.kind);
            return Err(place(Error::invalid("footer-block-wrong-message", text)));
        }
        if message.body_length != block.body_length {
            let text = format!(
                "the footer's block has a body of {} bytes, the message {}",
                block.body_length, message.body_length
            );
            return Err(place(Error::invalid("footer-block-body-length-mismatch", text)));
        }
        Ok(message)
    }

    /// The body of a message, by a reader that holds `held` bytes.
    fn body(&self, block: Block, held: u64, limits: &Limits) -> Result<Bytes> {
        Account::new(held, limits).take(self.copied(block)).map_err(|e| e.at(block.offset))?;
        let length = usize::try_from(block.body_length).map_err(|_| Error::out_of_memory(block.body_length))?;
        self.input.range(block.offset + block.metadata_length, length)
    }

    fn copied(&self, block: Block) -> u64 {
        if self.input.is_memory() { 0 } else { block.body_length }
    }

    fn block(&self, index: usize) -> Result<Block> {
        self.batches
            .get(index)
            .copied()
            .ok_or_else(|| Error::argument(format!("batch {index} of a file with {} batches", self.batches.len())))
    }

    /// Index of the record batch's message as the writer counted: schema and dictionaries come first.
    fn message_index(&self, index: usize) -> u64 {
        (1 + self.dictionary_blocks.len() + index) as u64
    }

    /// Rows of batch `index`, from its metadata.
    pub fn rows(&self, index: usize, limits: &Limits) -> Result<u64> {
        let message = self.message(self.block(index)?, Kind::RecordBatch, limits)?;
        let rows = message.header().and_then(BatchHeader::parse).map(|header| header.rows as u64);
        rows.map_err(|e| message.place(e).in_message(self.message_index(index)))
    }

    /// Custom metadata of batch `index`.
    pub fn batch_metadata(&self, index: usize, limits: &Limits) -> Result<Metadata> {
        let message = self.message(self.block(index)?, Kind::RecordBatch, limits)?;
        message.custom_metadata(limits).map_err(|e| message.place(e).in_message(self.message_index(index)))
    }

    /// The dictionaries with all their changes. `replaceable` says whether one may be sent again, as in a stream.
    pub fn dictionaries(&self, shared: &Shared, replaceable: bool) -> Result<Known> {
        let mut known = shared.known();
        self.load_dictionaries(&mut known, shared, replaceable)?;
        Ok(known)
    }

    fn load_dictionaries(&self, known: &mut Known, shared: &Shared, replaceable: bool) -> Result<()> {
        for (index, block) in self.dictionary_blocks.iter().enumerate() {
            let limits = &shared.options.limits;
            let message = self.message(*block, Kind::DictionaryBatch, limits)?;
            let place = |e: Error| message.place(e).in_message(index as u64 + 1);
            let body = self.body(*block, known.held(), limits).map_err(|e| e.in_message(index as u64 + 1))?;
            let rules = shared.rules(&message, known.held(), !self.input.is_memory()).map_err(place)?;
            let outcome = known.apply(&message, body, rules, replaceable);
            shared.count_message(block.metadata_length + block.body_length, self.copied(*block));
            shared.count_dictionary(outcome.map_err(place)?);
        }
        Ok(())
    }

    /// Runs `body` on the dictionaries, which the first call loads.
    fn with_dictionaries<R>(&self, shared: &Shared, body: impl FnOnce(&mut Known) -> Result<R>) -> Result<R> {
        // A thread that panicked while it held the lock left dictionaries that are whole or marked as failed.
        let mut guard = self.dictionaries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (known, loaded) = &mut *guard;
        match loaded {
            Loaded::Yes => {}
            Loaded::Failed(error) => return Err(error.clone()),
            Loaded::NotYet => {
                *loaded = Loaded::Failed(Error::state("loading the dictionaries was interrupted"));
                if let Err(error) = self.load_dictionaries(known, shared, false) {
                    *loaded = match error.code {
                        // Another call may do better, and starts anew.
                        Code::Io | Code::OutOfMemory => {
                            *known = shared.known();
                            Loaded::NotYet
                        }
                        _ => Loaded::Failed(error.clone()),
                    };
                    return Err(error);
                }
                *loaded = Loaded::Yes;
            }
        }
        body(known)
    }

    /// Puts batch `index` into `batch`.
    pub fn batch(&self, index: usize, shared: &Shared, batch: &mut Batch) -> Result<()> {
        let (limits, validation) = (&shared.options.limits, shared.options.validation);
        let block = self.block(index)?;
        let message = self.message(block, Kind::RecordBatch, limits)?;
        let place = |e: Error| message.place(e).in_message(self.message_index(index));
        let held = self.with_dictionaries(shared, |known| Ok(known.held()))?;
        let body = self.body(block, held, limits).map_err(|e| e.in_message(self.message_index(index)))?;
        let rules = shared.rules(&message, held, !self.input.is_memory()).map_err(place)?;
        let decoded = record_batch(shared, &message, body, rules, batch, |columns| {
            self.with_dictionaries(shared, |known| known.for_batch(&shared.projected.fields, columns, validation))
        });
        let outcome = decoded.map_err(place)?;
        shared.count_message(block.metadata_length + block.body_length, self.copied(block));
        shared.count_batch(outcome);
        Ok(())
    }
}
