//! The random access file format: batches by the footer's blocks.

use super::Shared;
use super::account::Account;
use super::blocks::{Block, Blocks};
use super::body::{self, Body};
use super::dictionaries::{Known, record_batch};
use super::framing::metadata_length;
use super::message::{BatchHeader, Kind, Message, relocate, version};
use super::window::{self, Window};
use crate::array::{Batch, Dictionaries};
use crate::error::{Code, Error, Result};
use crate::flatbuffer::{Table, Vector, struct_i32};
use crate::format::{BLOCK_BYTES, CONTINUATION, FILE_TAIL_BYTES, MAGIC, PADDED_MAGIC};
use crate::memory::Pool;
use crate::options::Limits;
use crate::schema::{ByteOrder, Metadata, Schema, decode};
use crate::source::Input;
use arrow_ipc as fb;
use bytes::Bytes;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};

/// What a footer says.
pub struct Footer {
    /// Where it starts.
    pub offset: u64,
    pub schema: (Schema, ByteOrder),
    pub metadata: Metadata,
    pub dictionaries: Vec<Block>,
    pub batches: Blocks,
}

/// An open file.
pub struct File {
    input: Input,
    pool: Arc<Pool>,
    batches: Blocks,
    dictionary_blocks: Vec<Block>,
    /// Loaded when the first batch is asked for. `None` before.
    dictionaries: Mutex<(Known, Loaded)>,
    /// What they are for every batch, and the bytes they take, once that is known: then nobody waits for the lock.
    settled: OnceLock<(u64, Arc<Dictionaries>)>,
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

fn parse(footer: &Bytes, footer_offset: u64, limits: &Limits) -> Result<Footer> {
    let root = Table::root(footer)?;
    // Files of 0.14 have no version here (which reads as V1), files of V4 messages may say V5: the messages decide.
    version(root.i16(fb::Footer::VT_VERSION, 0, "the version")?.max(fb::MetadataVersion::V4.0))?;
    let schema = root.table(fb::Footer::VT_SCHEMA, "the schema")?;
    let schema = schema.ok_or_else(|| Error::invalid("footer-schema-missing", "the footer has no schema"))?;
    let blocks = |slot: u16, what: &'static str| -> Result<Blocks> {
        let vector = root.vector(slot, BLOCK_BYTES, what)?.unwrap_or(Vector::EMPTY);
        Ok(Blocks::new(footer, footer_offset, vector, what))
    };
    let dictionaries = blocks(fb::Footer::VT_DICTIONARIES, "dictionaries")?.iter().collect::<Result<Vec<_>>>()?;
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

impl File {
    pub fn new(input: Input, batches: Blocks, dictionary_blocks: Vec<Block>, known: Known) -> Self {
        let dictionaries = Mutex::new((known, Loaded::NotYet));
        File { input, pool: Arc::default(), batches, dictionary_blocks, dictionaries, settled: OnceLock::new() }
    }

    /// Number of record batches.
    pub fn len(&self) -> usize {
        self.batches.len()
    }

    /// The metadata of the message at `block`, checked against it.
    fn message(&self, block: Block, expected: Kind, limits: &Limits) -> Result<Message> {
        self.parse_message(block, self.metadata(block, limits)?, expected, limits)
    }

    /// The bytes of prefix and metadata at `block`.
    fn metadata(&self, block: Block, limits: &Limits) -> Result<Bytes> {
        if block.metadata_length > limits.metadata_bytes {
            let limit = limits.metadata_bytes;
            let error = Error::limit("the length of a message's metadata", block.metadata_length, limit);
            return Err(error.at(block.offset));
        }
        let length = usize::try_from(block.metadata_length).map_err(|_| Error::out_of_memory(block.metadata_length))?;
        self.input.range_aside(block.offset, length, 0, &self.pool)
    }

    /// The message whose prefix and metadata are `bytes`, checked against its block.
    fn parse_message(&self, block: Block, bytes: Bytes, expected: Kind, limits: &Limits) -> Result<Message> {
        let place = |e: Error| e.at(block.offset);
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
        self.input.range_aside(block.offset + block.metadata_length, length, 0, &self.pool)
    }

    /// The body of a record batch, or what of it the projected columns need.
    fn needed(&self, message: &Message, block: Block, held: u64, shared: &Shared) -> Result<Body> {
        let limits = &shared.options.limits;
        let parts = match &shared.projection {
            Some(projection) if !self.input.is_memory() => {
                let header = message.header().and_then(BatchHeader::parse);
                let length = usize::try_from(block.body_length).map_err(|_| Error::out_of_memory(block.body_length))?;
                header.ok().and_then(|header| body::needed(&header, projection.spans(message.version), length))
            }
            _ => None,
        };
        let Some(parts) = parts else { return Ok(Body::Whole(self.body(block, held, limits)?)) };
        let size = parts.iter().map(|part| part.len() as u64).sum();
        Account::new(held, limits).take(size).map_err(|e| e.at(block.offset))?;
        let body = block.offset + block.metadata_length;
        let read = |part: &Range<usize>| {
            self.input.range_aside(body + part.start as u64, part.len(), part.start % 64, &self.pool)
        };
        Ok(Body::Parts {
            length: block.body_length as usize,
            starts: parts.iter().map(|part| part.start).collect(),
            parts: parts.iter().map(read).collect::<Result<_>>()?,
        })
    }

    fn copied(&self, block: Block) -> u64 {
        if self.input.is_memory() { 0 } else { block.body_length }
    }

    fn block(&self, index: usize) -> Result<Block> {
        self.batches.get(index).unwrap_or_else(|| {
            Err(Error::argument(format!("batch {index} of a file with {} batches", self.batches.len())))
        })
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
            let rules = shared.rules(&message, known.held(), self.copied(*block)).map_err(place)?;
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

    /// Puts batch `index` into `batch`. Whoever reads in order has a window, in which neighbours are read at once.
    pub fn batch(&self, index: usize, shared: &Shared, window: Option<&mut Window>, batch: &mut Batch) -> Result<()> {
        let (limits, validation) = (&shared.options.limits, shared.options.validation);
        let block = self.block(index)?;
        let whole = window::message(&self.input, block, self.batches.end(), window, &self.pool)?;
        let (metadata, body) = match whole {
            Some(mut metadata) => {
                let body = metadata.split_off(block.metadata_length as usize);
                (metadata, Some(body))
            }
            None => (self.metadata(block, limits)?, None),
        };
        let message = self.parse_message(block, metadata, Kind::RecordBatch, limits)?;
        let place = |e: Error| message.place(e).in_message(self.message_index(index));
        let held = match self.settled.get() {
            Some((held, _)) => *held,
            None => self.with_dictionaries(shared, |known| Ok(known.held()))?,
        };
        let body = match body {
            Some(body) => Body::Whole(body),
            None => self.needed(&message, block, held, shared).map_err(|e| e.in_message(self.message_index(index)))?,
        };
        let copied = if self.input.is_memory() { 0 } else { body.held() };
        let read = block.metadata_length + if self.input.is_memory() { block.body_length } else { copied };
        let rules = shared.rules(&message, held, copied).map_err(place)?;
        let decoded = record_batch(shared, &message, body, rules, batch, |columns| {
            if let Some((_, dictionaries)) = self.settled.get() {
                return Ok(Arc::clone(dictionaries));
            }
            self.with_dictionaries(shared, |known| {
                let dictionaries = known.for_batch(&shared.projected.fields, columns, validation)?;
                if Arc::ptr_eq(&dictionaries, known.values()) {
                    // No batch needs others. Another thread may have been first.
                    let _ = self.settled.set((known.held(), Arc::clone(&dictionaries)));
                }
                Ok(dictionaries)
            })
        });
        let outcome = decoded.map_err(place)?;
        shared.count_message(read, copied);
        shared.count_batch(outcome);
        Ok(())
    }
}
