//! Streams, from front to end.

use super::batches::Batches;
use super::clauses::*;
use super::messages::{self, Header};
use super::report::{Report, field_at};
use super::{Reading, schema};
use crate::case::options::Phase;
use crate::wire::parse::{Message, Step, step};

/// Reads a stream.
pub fn read(input: &[u8]) -> Reading {
    let mut report = Report::default();
    let first = match step(input, 0, input.len()) {
        Ok(Step::Message(message)) => message,
        Ok(Step::EndOfStream(_) | Step::EndOfInput) => {
            let found = if input.is_empty() { "no bytes" } else { "an end of stream" };
            let at = 0..input.len().min(8);
            report.add(FRAMING_EMPTY_INPUT, Phase::Schema, at, "message[0]", found, "a Schema message");
            return Reading::nothing(report);
        }
        Err(stop) => {
            messages::stopped(&stop, "message[0]", Phase::Schema, &mut report);
            return Reading::nothing(report);
        }
    };
    let place = "message[0]";
    let known = messages::is_before_v5(&first, place, Phase::Schema, &mut report).is_some();
    let header = messages::header(&first, place, Phase::Schema, &mut report);
    let table = match header {
        Header::Schema(table) => table,
        Header::Tensor | Header::Other => return Reading::nothing(report),
        other => {
            let at = field_at(&first.table, "header_type");
            let place = "message[0].header_type";
            report.add(FRAMING_SCHEMA_FIRST, Phase::Schema, at, place, other.name(), "a Schema");
            return Reading::nothing(report);
        }
    };
    if !first.body.is_empty() {
        let (at, place) = (first.body.clone(), "message[0].body");
        let found = format!("{} bytes", first.body.len());
        report.add(MESSAGE_SCHEMA_BODY, Phase::Schema, at, place, found, "no body behind a schema");
    }
    match schema::read(table, "schema", &mut report).filter(|_| known) {
        Some(plan) => {
            let mut batches = Batches::new(input, plan);
            follow(input, first.range.end, &mut batches, &mut report);
            batches.finish(report)
        }
        None => Reading::nothing(report),
    }
}

/// Reads the messages behind the schema.
fn follow(input: &[u8], start: usize, batches: &mut Batches, report: &mut Report) {
    let (mut at, mut messages, mut dictionaries, mut record_batches) = (start, 1, 0, 0);
    while !batches.is_too_large() {
        let place = format!("message[{messages}]");
        let message: Message = match step(input, at, input.len()) {
            Ok(Step::Message(message)) => *message,
            Ok(Step::EndOfStream(_) | Step::EndOfInput) => return,
            Err(stop) => {
                messages::stopped(&stop, &place, Phase::Batch, report);
                return batches.incomplete();
            }
        };
        match messages::header(&message, &place, Phase::Batch, report) {
            Header::Batch(table) => {
                batches.record_batch(&message, table, record_batches, report);
                record_batches += 1;
            }
            Header::Dictionary(table) => {
                batches.dictionary(&message, table, dictionaries, report);
                dictionaries += 1;
            }
            Header::Schema(_) => {
                let header_at = field_at(&message.table, "header_type");
                let expected = "the one schema in front of the batches";
                let place = format!("{place}.header_type");
                report.add(FRAMING_SINGLE_SCHEMA, Phase::Batch, header_at, place, "another Schema", expected);
                // Which schema the batches behind it follow, nobody knows.
                return batches.incomplete();
            }
            Header::Tensor => {}
            Header::Other => batches.incomplete(),
        }
        at = message.range.end;
        messages += 1;
    }
}
