//! Streams, from front to end.

use super::batches::Batches;
use super::clauses::*;
use super::messages::{self, Header};
use super::plan::Plan;
use super::report::{Report, field_at};
use super::schema;
use crate::case::options::Phase;
use crate::wire::parse::{Message, Step, step};

/// The messages of a stream behind its schema.
pub struct Messages<'a> {
    input: &'a [u8],
    /// Where the next message starts; nothing once there is none that could be read.
    at: Option<usize>,
    messages: usize,
    dictionaries: usize,
    record_batches: usize,
}

/// Reads the schema of a stream.
pub fn open<'a>(input: &'a [u8], report: &mut Report) -> Option<(Plan, Messages<'a>)> {
    let first = match step(input, 0, input.len()) {
        Ok(Step::Message(message)) => message,
        Ok(Step::EndOfStream(_) | Step::EndOfInput) => {
            let found = if input.is_empty() { "no bytes" } else { "an end of stream" };
            let at = 0..input.len().min(8);
            report.add(FRAMING_EMPTY_INPUT, Phase::Schema, at, "message[0]", found, "a Schema message");
            return None;
        }
        Err(stop) => {
            messages::stopped(&stop, "message[0]", Phase::Schema, report);
            return None;
        }
    };
    let place = "message[0]";
    let known = messages::is_before_v5(&first, place, Phase::Schema, report).is_some();
    let header = messages::header(&first, place, Phase::Schema, report);
    let table = match header {
        Header::Schema(table) => table,
        Header::Tensor | Header::Other => return None,
        other => {
            let at = field_at(&first.table, "header_type");
            let place = "message[0].header_type";
            report.add(FRAMING_SCHEMA_FIRST, Phase::Schema, at, place, other.name(), "a Schema");
            return None;
        }
    };
    if !first.body.is_empty() {
        let (at, place) = (first.body.clone(), "message[0].body");
        let found = format!("{} bytes", first.body.len());
        report.add(MESSAGE_SCHEMA_BODY, Phase::Schema, at, place, found, "no body behind a schema");
    }
    let plan = schema::read(table, "schema", report).filter(|_| known)?;
    let at = Some(first.range.end);
    Some((plan, Messages { input, at, messages: 1, dictionaries: 0, record_batches: 0 }))
}

impl Messages<'_> {
    /// The next record batch and its number; dictionaries in front of it are read.
    pub fn next(&mut self, batches: &mut Batches, report: &mut Report) -> Option<(Message, usize)> {
        while let Some(at) = self.at.take().filter(|_| !batches.is_too_large()) {
            let place = format!("message[{}]", self.messages);
            let message: Message = match step(self.input, at, self.input.len()) {
                Ok(Step::Message(message)) => *message,
                Ok(Step::EndOfStream(_) | Step::EndOfInput) => return None,
                Err(stop) => {
                    messages::stopped(&stop, &place, Phase::Batch, report);
                    batches.incomplete();
                    return None;
                }
            };
            self.messages += 1;
            match messages::header(&message, &place, Phase::Batch, report) {
                Header::Batch => {
                    self.at = Some(message.range.end);
                    self.record_batches += 1;
                    return Some((message, self.record_batches - 1));
                }
                Header::Dictionary(table) => {
                    batches.dictionary(&message, table, self.dictionaries, report);
                    self.dictionaries += 1;
                }
                Header::Schema(_) => {
                    let header_at = field_at(&message.table, "header_type");
                    let expected = "the one schema in front of the batches";
                    let place = format!("{place}.header_type");
                    report.add(FRAMING_SINGLE_SCHEMA, Phase::Batch, header_at, place, "another Schema", expected);
                    // Which schema the batches behind it follow, nobody knows.
                    batches.incomplete();
                    return None;
                }
                Header::Tensor => {}
                Header::Other => batches.incomplete(),
            }
            self.at = Some(message.range.end);
        }
        None
    }
}
