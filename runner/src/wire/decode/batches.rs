//! Record batches and dictionary batches, as they are met.

use std::ops::Range;

use arrowipc_kit::value::{Batch, Data, Document, Metadata, Schema};

use super::array::{Array, Body};
use super::budget::Budget;
use super::clauses::*;
use super::dictionaries::Dictionaries;
use super::messages;
use super::plan::Plan;
use super::report::{Halt, Report, field_at};
use super::structure::{MOST_UNBACKED, Structure};
use super::values::Decoder;
use super::{Reading, schema};
use crate::case::options::Phase;
use crate::wire::parse::Message;
use crate::wire::tree::Table;

/// What has been read behind a schema.
pub struct Batches<'a> {
    input: &'a [u8],
    plan: Plan,
    dictionaries: Dictionaries<'a>,
    budget: Budget,
    decoded: Vec<Batch>,
    /// Whether every batch so far is in `decoded`.
    complete: bool,
    too_large: bool,
    one_by_one: bool,
}

/// A record batch that has been taken apart; its arrays, where they are not broken, are as long as they must be.
pub struct RecordBatch<'a> {
    /// Which record batch of the input it is: the number in paths.
    pub index: usize,
    /// The bytes of its message.
    pub at: Range<usize>,
    /// How many rows it has.
    pub rows: usize,
    /// Its custom metadata.
    pub metadata: Metadata,
    /// Its columns, or why they cannot be had.
    pub arrays: Vec<Result<Array<'a>, Halt>>,
}

impl<'a> Batches<'a> {
    /// Nothing yet.
    pub fn new(input: &'a [u8], plan: Plan) -> Self {
        let dictionaries = Dictionaries::new(&plan);
        let (decoded, complete, budget) = (Vec::new(), true, Budget::new());
        Batches { input, plan, dictionaries, budget, decoded, complete, too_large: false, one_by_one: false }
    }

    /// The schema.
    pub fn schema(&self) -> &Schema {
        &self.plan.schema
    }

    /// What values are decoded by.
    pub fn known(&self) -> (&Plan, &Dictionaries<'a>) {
        (&self.plan, &self.dictionaries)
    }

    /// Whether every batch so far could be read.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// From here on, no more than one record batch is held at a time: how many there are is not limited.
    pub fn one_by_one(&mut self) {
        self.one_by_one = true;
    }

    /// Makes room for another message.
    fn admit(&mut self, message: &Message) {
        if self.one_by_one {
            self.budget.grant(message.range.len());
        }
    }

    /// Whether there is no sense in reading on.
    pub fn is_too_large(&self) -> bool {
        self.too_large
    }

    /// Marks that a batch, or what comes behind those read, could not be decoded.
    pub fn incomplete(&mut self) {
        self.complete = false;
    }

    /// Takes the metadata of a message from the budget.
    pub fn charge(&mut self, bytes: usize) -> Result<(), Halt> {
        self.budget.metadata(bytes).inspect_err(|halt| self.halt(*halt))
    }

    fn halt(&mut self, halt: Halt) {
        self.complete = false;
        self.too_large |= halt == Halt::TooLarge;
    }

    /// Whether a dictionary of an id has come.
    pub fn has_dictionary(&self, id: i64) -> bool {
        self.dictionaries.has(id)
    }

    /// A dictionary batch that cannot be used; what refers to it cannot be decoded.
    pub fn break_dictionary(&mut self, id: i64) {
        self.dictionaries.break_off(id);
    }

    /// Reads the `index`-th dictionary batch; tells whether its values can be used.
    pub fn dictionary(&mut self, message: &Message, table: &Table, index: usize, report: &mut Report) -> bool {
        self.admit(message);
        let id = table.scalar("id");
        let place = format!("dictionary[{index}]");
        if let Err(halt) = self.read_dictionary(message, table, &place, report) {
            self.dictionaries.break_off(id);
            if halt == Halt::TooLarge {
                self.halt(halt);
            }
        }
        self.dictionaries.is_usable(id)
    }

    fn read_dictionary(
        &mut self,
        message: &Message,
        table: &Table,
        place: &str,
        report: &mut Report,
    ) -> Result<(), Halt> {
        let phase = Phase::Dictionary;
        let id = table.scalar("id");
        let before_v5 = messages::is_before_v5(message, &format!("{place}.message"), phase, report);
        let Some(data) = table.table("data") else {
            let expected = "a record batch with the values";
            report.add(DICTIONARY_DATA_PRESENT, phase, table.place.clone(), format!("{place}.data"), "none", expected);
            return Err(Halt::Broken);
        };
        let Some(column) = self.dictionaries.column(id).cloned() else {
            let at = field_at(table, "id");
            report.add(DICTIONARY_ID_UNKNOWN, phase, at, format!("{place}.id"), id, "an id of the schema");
            return Err(Halt::Broken);
        };
        let delta = table.scalar("isDelta") != 0;
        if delta && !self.dictionaries.has(id) {
            let at = field_at(table, "isDelta");
            let expected = format!("a dictionary {id} in front of its first delta");
            report.add(DICTIONARY_DELTA_WITHOUT_BASE, phase, at, format!("{place}.isDelta"), "true", expected);
            return Err(Halt::Broken);
        }
        let body = Body {
            input: self.input,
            at: message.body.clone(),
            table: data,
            place: format!("{place}.data"),
            columns_place: place.to_owned(),
            before_v5: before_v5.ok_or(Halt::Broken)?,
            phase,
        };
        let length = rows(data, &body.place, phase, report)?;
        let arrays = body.arrays(std::slice::from_ref(&column), report, &mut self.budget)?;
        let array = arrays.into_iter().next().unwrap_or(Err(Halt::Broken))?;
        check_length(&array, length, &body.place, phase, report)?;
        self.dictionaries.add(id, array, delta, self.plan.big_endian, report, &mut self.budget)
    }

    /// Takes the `index`-th record batch apart, and reads none of its values.
    pub fn record_batch(&mut self, message: &Message, index: usize, report: &mut Report) -> Option<RecordBatch<'a>> {
        self.admit(message);
        if self.one_by_one {
            self.budget.renew_decompressed();
        }
        match self.take_apart(message, index, report) {
            Ok(batch) => Some(batch),
            Err(halt) => {
                self.halt(halt);
                None
            }
        }
    }

    fn take_apart(&mut self, message: &Message, index: usize, report: &mut Report) -> Result<RecordBatch<'a>, Halt> {
        let phase = Phase::Batch;
        let place = format!("batch[{index}]");
        let table = message.table.table("header").ok_or(Halt::Broken)?;
        let before_v5 = messages::is_before_v5(message, &format!("{place}.message"), phase, report);
        let body = Body {
            input: self.input,
            at: message.body.clone(),
            table,
            place: place.clone(),
            columns_place: place.clone(),
            before_v5: before_v5.ok_or(Halt::Broken)?,
            phase,
        };
        let rows = rows(table, &place, phase, report)?;
        let arrays = body.arrays(&self.plan.columns, report, &mut self.budget)?;
        if arrays.is_empty() && rows > MOST_UNBACKED {
            let at = field_at(table, "length");
            let expected = format!("at most {MOST_UNBACKED} rows without columns");
            report.add(SECURITY_UNBACKED_LENGTH, phase, at, format!("{place}.length"), rows, expected);
            return Err(Halt::Broken);
        }
        if self.dictionaries.are_used() {
            self.dictionaries.resolve(self.plan.big_endian, &mut self.budget)?;
        }
        let checked = self.plan.columns.iter().zip(arrays).map(|(column, array)| {
            let array = array?;
            check_length(&array, rows, &place, phase, report)?;
            Structure { report, phase }.check(column, &array)?;
            Ok(array)
        });
        let arrays = checked.collect();
        Ok(RecordBatch { index, at: message.range.clone(), rows, metadata: schema::metadata(&message.table), arrays })
    }

    /// Keeps a record batch with all its values.
    pub fn keep(&mut self, batch: RecordBatch<'a>, report: &mut Report) {
        match self.decode(batch, report) {
            Ok(batch) if self.complete => self.decoded.push(batch),
            Ok(_) => {}
            Err(halt) => self.halt(halt),
        }
    }

    fn decode(&mut self, batch: RecordBatch<'a>, report: &mut Report) -> Result<Batch, Halt> {
        let mut columns = Vec::with_capacity(batch.arrays.len());
        let mut result = Ok(());
        for (column, array) in self.plan.columns.iter().zip(&batch.arrays) {
            let (budget, dictionaries) = (&mut self.budget, Some(&self.dictionaries));
            let mut decoder = Decoder { report, budget, dictionaries, big_endian: self.plan.big_endian };
            match array.as_ref().map_err(|halt| *halt).and_then(|array| decoder.values(column, array, None)) {
                Ok(values) => columns.push(values.into()),
                Err(Halt::TooLarge) => return Err(Halt::TooLarge),
                Err(halt) => result = Err(halt),
            }
        }
        result?;
        Ok(Batch { rows: batch.rows, metadata: batch.metadata, columns })
    }

    /// What was read.
    pub fn finish(mut self, mut report: Report) -> Reading {
        if self.dictionaries.resolve(self.plan.big_endian, &mut self.budget).is_err() {
            self.halt(Halt::TooLarge);
        }
        self.dictionaries.unresolved().for_each(|violation| report.repeat(violation));
        let document = Document { schema: self.plan.schema, data: Data::Batches(self.decoded) };
        let (document, before) = if self.complete { (Some(document), None) } else { (None, Some(document)) };
        Reading { document, before, violations: report.into_violations(), too_large: self.too_large }
    }
}

/// The length of a RecordBatch table.
fn rows(table: &Table, place: &str, phase: Phase, report: &mut Report) -> Result<usize, Halt> {
    let length = table.scalar("length");
    usize::try_from(length).map_err(|_| {
        let at = field_at(table, "length");
        let expected = "a number that is not negative";
        report.add(BATCH_LENGTH_NEGATIVE, phase, at, format!("{place}.length"), length, expected);
        Halt::Broken
    })
}

fn check_length(array: &Array, rows: usize, place: &str, phase: Phase, report: &mut Report) -> Result<(), Halt> {
    if array.length == rows {
        return Ok(());
    }
    let expected = format!("{rows}, the length of {place}");
    let node = format!("{}.node.length", array.path);
    report.add(BATCH_LENGTH_MISMATCH, phase, array.node.start..array.node.start + 8, node, array.length, expected);
    Err(Halt::Broken)
}
