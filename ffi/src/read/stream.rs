//! The stream format: messages one after the other.

use super::Shared;
use super::dictionaries::{Known, record_batch};
use super::message::{Kind, Message};
use crate::array::Batch;
use crate::error::{Error, Result};
use crate::format::CONTINUATION;
use crate::options::Limits;
use crate::schema::{Schema, decode};
use crate::source::Cursor;
use bytes::Bytes;

/// Where a stream is.
pub struct Stream {
    messages: Messages,
    dictionaries: Known,
}

/// Reads the schema message of a stream.
pub fn open(cursor: Cursor, limits: &Limits) -> Result<(Messages, Schema)> {
    let mut messages = Messages { cursor, next_index: 0, state: State::Open };
    let Some((message, _)) = messages.next(limits)? else {
        return Err(Error::invalid("framing-empty-input", "the input ends before a schema").at(0));
    };
    if message.kind != Kind::Schema {
        let text = format!("the first message of a stream is a {}, expected a schema", message.kind);
        return Err(Error::invalid("framing-schema-first-reject", text).at(0).in_message(0));
    }
    let schema = message.header().and_then(|header| decode::schema(header, limits));
    Ok((messages, schema.map_err(|e| message.place(e).in_message(0))?))
}

impl Stream {
    pub fn new(messages: Messages, dictionaries: Known) -> Self {
        Stream { messages, dictionaries }
    }

    /// Bytes taken from the input.
    pub fn position(&self) -> u64 {
        self.messages.cursor.position()
    }

    /// The next record batch; dictionary batches before it are taken in.
    pub fn next_batch(&mut self, shared: &Shared) -> Result<Option<Batch>> {
        match self.messages.state {
            State::Open => {}
            State::Ended => return Ok(None),
            State::Failed => return Err(Error::state("the stream failed before")),
        }
        let next = self.advance(shared);
        if next.is_err() {
            self.messages.state = State::Failed;
        }
        next
    }

    fn advance(&mut self, shared: &Shared) -> Result<Option<Batch>> {
        let (limits, validation) = (&shared.options.limits, shared.options.validation);
        let copies = !self.messages.cursor.is_memory();
        loop {
            let before = self.messages.cursor.position();
            let index = self.messages.next_index;
            let Some((message, body)) = self.messages.next(limits)? else { return Ok(None) };
            shared.count_message(self.messages.cursor.position() - before, if copies { body.len() as u64 } else { 0 });
            let place = |e: Error| message.place(e).in_message(index);
            match message.kind {
                Kind::Schema => {
                    return Err(place(Error::invalid("framing-single-schema", "a second schema in the stream")));
                }
                Kind::DictionaryBatch => {
                    let outcome = self.dictionaries.apply(&message, body, validation, limits, true).map_err(place)?;
                    shared.count_dictionary(outcome);
                }
                Kind::RecordBatch => {
                    let dictionaries = &mut self.dictionaries;
                    let fields = &shared.projected.fields;
                    let (batch, outcome) = record_batch(
                        &message,
                        body,
                        (&shared.schema, &shared.projected),
                        shared.projection.as_deref(),
                        validation,
                        limits,
                        |columns| dictionaries.for_batch(fields, columns, validation),
                    )
                    .map_err(place)?;
                    shared.count_batch(outcome);
                    return Ok(Some(batch));
                }
            }
        }
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
    next_index: u64,
    state: State,
}

impl Messages {
    /// The next message and its body; `None` at the end-of-stream marker or where the input ends between messages.
    fn next(&mut self, limits: &Limits) -> Result<Option<(Message, Bytes)>> {
        let start = self.cursor.position();
        let index = self.next_index;
        let next = self.next_at(start, limits).map_err(|e| e.at(start).in_message(index))?;
        match next {
            Some(_) => self.next_index += 1,
            None => self.state = State::Ended,
        }
        Ok(next)
    }

    fn word(&mut self) -> Result<Option<u32>> {
        let bytes = self.cursor.take(4)?;
        match bytes.as_ref().try_into() {
            Ok(word) => Ok(Some(u32::from_le_bytes(word))),
            Err(_) if bytes.is_empty() => Ok(None),
            Err(_) => Err(truncated_prefix(bytes.len())),
        }
    }

    fn next_at(&mut self, start: u64, limits: &Limits) -> Result<Option<(Message, Bytes)>> {
        let Some(mut length) = self.word()? else { return Ok(None) };
        if length == CONTINUATION {
            length = self.word()?.ok_or_else(|| truncated_prefix(4))?;
        }
        if length == 0 {
            return Ok(None);
        }
        let length = metadata_length(length, limits)?;
        let metadata_offset = self.cursor.position();
        let metadata = self.cursor.take(length)?;
        if (metadata.len() as u64) < length {
            let text = format!("the input ends after {} of {length} bytes of metadata", metadata.len());
            return Err(Error::invalid("framing-truncated-metadata", text).at(start));
        }
        let message = Message::parse(metadata, metadata_offset, limits)?;
        let body = self.cursor.take(message.body_length)?;
        if (body.len() as u64) < message.body_length {
            let text = format!("the input ends after {} of {} bytes of a body", body.len(), message.body_length);
            return Err(Error::invalid("framing-truncated-body", text).at(start));
        }
        Ok(Some((message, body)))
    }
}

fn truncated_prefix(found: usize) -> Error {
    Error::invalid("framing-truncated-prefix", format!("the input ends after {found} bytes of a message's prefix"))
}

/// Checks the length of a message's metadata.
pub fn metadata_length(found: u32, limits: &Limits) -> Result<u64> {
    let length = found as i32;
    match u64::try_from(length) {
        Ok(length) if length <= limits.metadata_bytes => Ok(length),
        Ok(length) => Err(Error::limit("the length of a message's metadata", length, limits.metadata_bytes)),
        Err(_) => {
            let text = format!("the length of a message's metadata is {length}");
            Err(Error::invalid("framing-negative-metadata-length", text))
        }
    }
}
