//! One record batch after the other, and some rows of a column at a time: for inputs of any size.
//!
//! What is held is the dictionaries, the decompressed buffers of one batch and the values that were asked for.

use std::ops::Range;

use arrowipc_kit::value::{Metadata, Schema, Value};

use super::array::Array;
use super::batches::{Batches, RecordBatch};
use super::budget::Budget;
use super::part::{STEP, part};
use super::plan::Column;
use super::report::{Halt, Report};
use super::values::Decoder;
use super::{Reading, file, schema, stream};
use crate::case::options::Format;
use crate::wire::parse::Message;
use crate::wire::tree::Table;
use crate::wire::violation::Violation;
use crate::wire::walk;

/// A reader that is asked for one batch after the other.
pub struct Reader<'a> {
    batches: Batches<'a>,
    messages: Messages<'a>,
    report: Report,
    spent: usize,
}

enum Messages<'a> {
    Stream(stream::Messages<'a>),
    File(file::Blocks<'a>),
    Listed(Listed),
}

impl<'a> Reader<'a> {
    /// Reads the schema; without one, the error is what is wrong.
    pub fn open(bytes: &'a [u8], format: Format) -> Result<Self, Vec<Violation>> {
        let mut report = Report::default();
        let opened = match format {
            Format::Stream => {
                stream::open(bytes, &mut report).map(|(plan, messages)| (plan, Messages::Stream(messages)))
            }
            Format::File => file::open(bytes, &mut report).map(|(plan, blocks)| (plan, Messages::File(blocks))),
        };
        match opened {
            Some((plan, messages)) => Ok(Reader { batches: Batches::new(bytes, plan), messages, report, spent: 0 }),
            None => Err(report.into_violations()),
        }
    }

    /// Reads these messages of an input, in this order, under a schema; without a schema that can be read, the error is what is wrong.
    pub fn of_messages(bytes: &'a [u8], schema: &Table, messages: Vec<Message>) -> Result<Self, Vec<Violation>> {
        let mut report = Report::default();
        match schema::read(schema, "schema", &mut report) {
            Some(plan) => {
                let messages = Messages::Listed(Listed::new(messages));
                Ok(Reader { batches: Batches::new(bytes, plan), messages, report, spent: 0 })
            }
            None => Err(report.into_violations()),
        }
    }

    /// Of messages that were handed over: where dictionary batches start that cannot be used.
    pub fn broken_dictionaries(&self) -> &[usize] {
        match &self.messages {
            Messages::Listed(listed) => &listed.broken,
            _ => &[],
        }
    }

    /// The schema.
    pub fn schema(&self) -> &Schema {
        self.batches.schema()
    }

    /// The next record batch that can be taken apart. Dictionaries in front of it are read, and hold for it until the next is asked for.
    pub fn next_batch(&mut self) -> Option<RecordBatch<'a>> {
        self.batches.one_by_one();
        self.take_next()
    }

    fn take_next(&mut self) -> Option<RecordBatch<'a>> {
        loop {
            let message = match &mut self.messages {
                Messages::Stream(messages) => messages.next(&mut self.batches, &mut self.report),
                Messages::File(blocks) => blocks.next(&mut self.batches, &mut self.report),
                Messages::Listed(listed) => listed.next(&mut self.batches, &mut self.report),
            };
            let (message, index) = message?;
            if let Some(batch) = self.batches.record_batch(&message, index, &mut self.report) {
                return Some(batch);
            }
        }
    }

    /// The values of some rows of a column; rows start at a multiple of 8. What the values take is bounded for each call.
    pub fn values(&mut self, batch: &RecordBatch, column: usize, rows: Range<usize>) -> Result<Vec<Value>, Halt> {
        self.decode(batch, column, rows, |decoder, column, array| decoder.values(column, array, None))
    }

    /// Looks for faults in the values of some rows of a column; rows start at a multiple of 8.
    pub fn check(&mut self, batch: &RecordBatch, column: usize, rows: Range<usize>) -> Result<(), Halt> {
        self.decode(batch, column, rows, |decoder, column, array| decoder.check(column, array))
    }

    fn decode<T>(
        &mut self,
        batch: &RecordBatch,
        column: usize,
        rows: Range<usize>,
        work: impl FnOnce(&mut Decoder, &Column, &Array) -> Result<T, Halt>,
    ) -> Result<T, Halt> {
        debug_assert!(rows.start.is_multiple_of(STEP));
        let array = batch.arrays.get(column).ok_or(Halt::Broken)?;
        let array = array.as_ref().map_err(|halt| *halt)?;
        let (plan, dictionaries) = self.batches.known();
        let (column, big_endian) = (plan.columns.get(column).ok_or(Halt::Broken)?, plan.big_endian);
        let (mut budget, dictionaries) = (Budget::new(), Some(dictionaries));
        let mut decoder = Decoder { report: &mut self.report, budget: &mut budget, dictionaries, big_endian };
        let result = match rows == (0..array.length) {
            true => work(&mut decoder, column, array),
            false => work(&mut decoder, column, &part(column, array, rows)),
        };
        self.spent = self.spent.saturating_add(budget.spent());
        result
    }

    /// How many values, or what counts as such, were decoded so far.
    pub fn spent(&self) -> usize {
        self.spent
    }

    /// The violations so far.
    pub fn violations(&self) -> &[Violation] {
        self.report.violations()
    }

    /// Whether messages were passed over because they could not be read, or reading ended before the input did.
    pub fn is_incomplete(&self) -> bool {
        !self.batches.is_complete()
    }

    /// Whether reading ended because dictionaries or decompressed buffers are more than the reader is willing to hold.
    pub fn is_too_large(&self) -> bool {
        self.batches.is_too_large()
    }

    /// The custom metadata of a file's footer; none of a stream.
    pub fn footer_metadata(&self) -> Metadata {
        match &self.messages {
            Messages::Stream(_) | Messages::Listed(_) => Metadata::default(),
            Messages::File(blocks) => blocks.metadata(),
        }
    }

    /// Reads all that is left, and ends.
    pub fn read_all(mut self) -> Reading {
        while let Some(batch) = self.take_next() {
            self.batches.keep(batch, &mut self.report);
        }
        self.batches.finish(self.report)
    }

    /// Every violation, those of dictionaries that nothing refers to as well.
    pub fn into_violations(self) -> Vec<Violation> {
        self.batches.finish(self.report).violations
    }
}

/// Messages that were found by somebody else.
struct Listed {
    messages: std::vec::IntoIter<Message>,
    dictionaries: usize,
    record_batches: usize,
    broken: Vec<usize>,
}

impl Listed {
    fn new(messages: Vec<Message>) -> Self {
        Listed { messages: messages.into_iter(), dictionaries: 0, record_batches: 0, broken: Vec::new() }
    }

    fn next(&mut self, batches: &mut Batches, report: &mut Report) -> Option<(Message, usize)> {
        while let Some(message) = self.messages.next().filter(|_| !batches.is_too_large()) {
            if walk::header(&message, "RecordBatch").is_some() {
                self.record_batches += 1;
                return Some((message, self.record_batches - 1));
            }
            if let Some(table) = walk::header(&message, "DictionaryBatch") {
                if !batches.dictionary(&message, table, self.dictionaries, report) {
                    self.broken.push(message.range.start);
                }
                self.dictionaries += 1;
            }
        }
        None
    }
}
