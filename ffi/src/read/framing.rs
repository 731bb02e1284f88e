//! Where one message ends and the next begins.

use super::account::Account;
use super::message::Message;
use crate::error::{Error, Result};
use crate::format::CONTINUATION;
use crate::options::Limits;
use bytes::Bytes;

/// The framing of a stream as a state machine: it says how many bytes it wants and is given them.
pub struct Framing {
    part: Part,
    /// Bytes accepted.
    position: u64,
    /// Where the present message starts.
    start: u64,
    /// Index of the present message.
    index: u64,
}

enum Part {
    /// The continuation marker, or the length of a message from before 0.15.
    Prefix,
    Length,
    Metadata(u64),
    Body(Message),
    Ended,
}

/// What a part completed.
pub enum Step {
    /// More parts are needed.
    More,
    /// A message with its body, and its index.
    Message(Message, Bytes, u64),
}

impl Framing {
    /// At the start of a stream that lies at `position` of the input.
    pub fn new(position: u64) -> Self {
        Framing { part: Part::Prefix, position, start: position, index: 0 }
    }

    /// Bytes that the next part has; 0 once the stream has ended.
    pub fn wanted(&self) -> u64 {
        match &self.part {
            Part::Prefix | Part::Length => 4,
            Part::Metadata(length) => *length,
            Part::Body(message) => message.body_length,
            Part::Ended => 0,
        }
    }

    /// Checks that the next part may be read into memory.
    pub fn afford(&self, mut account: Account) -> Result<()> {
        account.take(self.wanted()).map_err(|e| e.at(self.start).in_message(self.index))
    }

    /// Whether the part that is wanted is a word of 4 bytes.
    pub fn wants_word(&self) -> bool {
        matches!(self.part, Part::Prefix | Part::Length)
    }

    /// Takes a word where one is wanted; whether that was the end of the stream.
    pub fn accept_word(&mut self, word: [u8; 4], limits: &Limits) -> Result<bool> {
        self.position += word.len() as u64;
        let found = u32::from_le_bytes(word);
        let first = self.index == 0 && matches!(self.part, Part::Prefix);
        self.part = match std::mem::replace(&mut self.part, Part::Ended) {
            Part::Prefix if found == CONTINUATION => Part::Length,
            _ if found == 0 => return Ok(true),
            _ if first && is_no_prefix(found, limits) => return Err(self.place(no_prefix(found))),
            _ => Part::Metadata(metadata_length(found, limits).map_err(|e| self.place(e))?),
        };
        Ok(false)
    }

    /// Takes metadata or a body, as many bytes as were wanted.
    pub fn accept(&mut self, bytes: Bytes, limits: &Limits) -> Result<Step> {
        let offset = self.position;
        self.position += bytes.len() as u64;
        self.step(bytes, offset, limits).map_err(|e| self.place(e))
    }

    fn place(&self, error: Error) -> Error {
        error.at(self.start).in_message(self.index)
    }

    fn step(&mut self, bytes: Bytes, offset: u64, limits: &Limits) -> Result<Step> {
        match std::mem::replace(&mut self.part, Part::Ended) {
            Part::Metadata(_) => {
                let message = Message::parse(bytes, offset, limits)?;
                if message.body_length == 0 {
                    return Ok(self.complete(message, Bytes::new()));
                }
                self.part = Part::Body(message);
            }
            Part::Body(message) => return Ok(self.complete(message, bytes)),
            // A word was wanted, or nothing.
            other => self.part = other,
        }
        Ok(Step::More)
    }

    fn complete(&mut self, message: Message, body: Bytes) -> Step {
        let index = self.index;
        self.part = Part::Prefix;
        self.start = self.position;
        self.index += 1;
        Step::Message(message, body, index)
    }

    /// The input ended after `found` bytes of the part that is wanted: an error, unless that is between two messages.
    pub fn end_of_input(&mut self, found: u64) -> Result<()> {
        let wanted = self.wanted();
        let cut = |clause, what| {
            let text = format!("the input ends after {found} of {wanted} bytes of {what}");
            Err(Error::invalid(clause, text).at(self.start).in_message(self.index))
        };
        match &self.part {
            Part::Prefix if found == 0 => {}
            Part::Ended => {}
            Part::Prefix | Part::Length => return cut("framing-truncated-prefix", "a message's prefix"),
            Part::Metadata(_) => return cut("framing-truncated-metadata", "a message's metadata"),
            Part::Body(_) => return cut("framing-truncated-body", "a message's body"),
        }
        self.part = Part::Ended;
        Ok(())
    }

    /// Bytes accepted, counted from the start of the input.
    pub fn position(&self) -> u64 {
        self.position
    }
}

/// Whether the first word of an input is no prefix of any message.
pub fn is_no_prefix(word: u32, limits: &Limits) -> bool {
    word != CONTINUATION && i64::from(word as i32) > limits.metadata_bytes as i64
}

/// The error of an input whose first word is no prefix.
pub fn no_prefix(word: u32) -> Error {
    let start = word.to_le_bytes();
    let text = format!("the input starts with \"{}\", which is neither a stream nor a file", start.escape_ascii());
    Error::invalid("framing-continuation-marker", text)
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
