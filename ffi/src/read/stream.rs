//! The stream format: messages one after the other.

use super::Shared;
use super::account::Account;
use super::body::Body;
use super::dictionaries::{Known, record_batch};
use super::framing::{Framing, Step};
use super::message::{Kind, Message};
use crate::array::Batch;
use crate::error::{Error, Result};
use crate::memory::AlignedBuffer;
use crate::options::Limits;
use crate::schema::{ByteOrder, Schema, decode};
use crate::source::Cursor;
use bytes::Bytes;

/// A stream that is pulled from a cursor.
pub struct Stream {
    messages: Messages,
    dictionaries: Known,
}

/// Reads the schema message of a stream.
pub fn open(cursor: Cursor, limits: &Limits) -> Result<(Messages, (Schema, ByteOrder))> {
    let mut messages = Messages::new(cursor);
    let start = messages.cursor.position();
    let Some((message, ..)) = messages.next(limits)? else {
        return Err(Error::invalid("framing-empty-input", "the input ends before a schema").at(start));
    };
    let schema = schema_of(&message)?;
    Ok((messages, schema.decode(limits)?))
}

/// The first message of a stream, which is known to be a schema.
pub struct SchemaMessage<'a>(&'a Message);

/// Checks that the first message is a schema.
pub fn schema_of(message: &Message) -> Result<SchemaMessage<'_>> {
    match message.kind {
        Kind::Schema => Ok(SchemaMessage(message)),
        Kind::Tensor | Kind::SparseTensor => {
            Err(message.tensor_among_batches().at(message.metadata_offset).in_message(0))
        }
        kind => {
            let text = format!("the first message of a stream is a {kind}, expected a schema");
            Err(Error::invalid("framing-schema-first-reject", text).at(message.metadata_offset).in_message(0))
        }
    }
}

impl SchemaMessage<'_> {
    /// Decodes it.
    pub fn decode(&self, limits: &Limits) -> Result<(Schema, ByteOrder)> {
        let schema = self.0.header().and_then(|header| decode::schema(header, limits));
        schema.map_err(|e| self.0.place(e).in_message(0))
    }
}

impl Stream {
    pub fn new(messages: Messages, dictionaries: Known) -> Self {
        Stream { messages, dictionaries }
    }

    /// Bytes taken from the input.
    pub fn position(&self) -> u64 {
        self.messages.position()
    }

    /// Puts the next record batch into `batch`, false at the end; dictionary batches before it are taken in.
    pub fn next_batch(&mut self, shared: &Shared, batch: &mut Batch) -> Result<bool> {
        match self.messages.state {
            State::Open => {}
            State::Ended => return Ok(false),
            State::Failed => return Err(Error::state("the stream failed before")),
        }
        let next = self.advance(shared, batch);
        if next.is_err() {
            self.messages.state = State::Failed;
        }
        next
    }

    fn advance(&mut self, shared: &Shared, batch: &mut Batch) -> Result<bool> {
        let copies = !self.messages.cursor.is_memory();
        loop {
            let before = self.position();
            self.messages.held = self.dictionaries.held();
            let Some((message, mut body, index)) = self.messages.next(&shared.options.limits)? else {
                return Ok(false);
            };
            shared.count_message(self.position() - before, if copies { body.len() as u64 } else { 0 });
            if message.kind == Kind::DictionaryBatch && self.messages.cursor.shares(message.body_length) {
                // It may be kept for long, and what it shares memory with must not be.
                body = AlignedBuffer::copy_of(&body)?.into_bytes();
            }
            if take_in(shared, &mut self.dictionaries, (&message, body, index), copies, batch)? {
                return Ok(true);
            }
        }
    }
}

/// Takes in a message behind the schema, with its body and index: a dictionary, or a record batch, which is put into
/// `batch`: true then. The body is `owned` when it was read into memory.
pub fn take_in(
    shared: &Shared,
    dictionaries: &mut Known,
    (message, body, index): (&Message, Bytes, u64),
    owned: bool,
    batch: &mut Batch,
) -> Result<bool> {
    let place = |e: Error| message.place(e).in_message(index);
    let owned = if owned { message.body_length } else { 0 };
    let rules = shared.rules(message, dictionaries.held(), owned).map_err(place)?;
    match message.kind {
        Kind::Schema => Err(place(Error::invalid("framing-single-schema", "a second schema in the stream"))),
        Kind::DictionaryBatch => {
            let outcome = dictionaries.apply(message, body, rules, true).map_err(place)?;
            shared.count_dictionary(outcome);
            Ok(false)
        }
        Kind::RecordBatch => {
            let (fields, validation) = (&shared.projected.fields, shared.options.validation);
            let decoded = record_batch(shared, message, Body::Whole(body), rules, batch, |columns| {
                dictionaries.for_batch(fields, columns, validation)
            });
            shared.count_batch(decoded.map_err(place)?);
            Ok(true)
        }
        Kind::Tensor | Kind::SparseTensor => Err(place(message.tensor_among_batches())),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Ended,
    Failed,
}

/// The messages of a stream.
pub struct Messages {
    cursor: Cursor,
    framing: Framing,
    state: State,
    /// Bytes that the reader holds besides.
    held: u64,
}

impl Messages {
    /// The messages from where the cursor stands.
    pub fn new(cursor: Cursor) -> Self {
        let framing = Framing::new(cursor.position());
        Messages { cursor, framing, state: State::Open, held: 0 }
    }

    /// Bytes taken from the input.
    pub fn position(&self) -> u64 {
        self.framing.position()
    }

    /// The next message, its body and its index; `None` at the end-of-stream marker or where the input ends between messages.
    pub fn next(&mut self, limits: &Limits) -> Result<Option<(Message, Bytes, u64)>> {
        loop {
            let wanted = self.framing.wanted();
            if !self.cursor.is_memory() {
                self.framing.afford(Account::new(self.held, limits))?;
            }
            let (found, ended) = match self.framing.wants_word() {
                true => {
                    let (word, found) = self.cursor.word()?;
                    (found as u64, found == word.len() && self.framing.accept_word(word, limits)?)
                }
                false => {
                    let bytes = self.cursor.take(wanted)?;
                    let found = bytes.len() as u64;
                    if found == wanted
                        && let Step::Message(message, body, index) = self.framing.accept(bytes, limits)?
                    {
                        return Ok(Some((message, body, index)));
                    }
                    (found, false)
                }
            };
            if ended || found < wanted {
                self.framing.end_of_input(if ended { 0 } else { found })?;
                self.state = State::Ended;
                self.cursor.finish()?;
                return Ok(None);
            }
        }
    }
}
