//! Record batches and dictionary batches, as they are met.

use arrowipc_kit::value::{Batch, Data, Document, Value};

use super::array::Body;
use super::budget::Budget;
use super::clauses::*;
use super::dictionaries::Dictionaries;
use super::messages;
use super::plan::{Column, Plan};
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
}

impl<'a> Batches<'a> {
    /// Nothing yet.
    pub fn new(input: &'a [u8], plan: Plan) -> Self {
        let dictionaries = Dictionaries::new(&plan);
        let (decoded, complete) = (Vec::new(), true);
        Batches { input, plan, dictionaries, budget: Budget::new(), decoded, complete, too_large: false }
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

    /// Reads the `index`-th dictionary batch.
    pub fn dictionary(&mut self, message: &Message, table: &Table, index: usize, report: &mut Report) {
        let id = table.scalar("id");
        let place = format!("dictionary[{index}]");
        if let Err(halt) = self.read_dictionary(message, table, &place, report) {
            self.dictionaries.break_off(id);
            if halt == Halt::TooLarge {
                self.halt(halt);
            }
        }
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

    /// Reads the `index`-th record batch.
    pub fn record_batch(&mut self, message: &Message, table: &Table, index: usize, report: &mut Report) {
        match self.read_batch(message, table, &format!("batch[{index}]"), report) {
            Ok(batch) if self.complete => self.decoded.push(batch),
            Ok(_) => {}
            Err(halt) => self.halt(halt),
        }
    }

    fn read_batch(
        &mut self,
        message: &Message,
        table: &Table,
        place: &str,
        report: &mut Report,
    ) -> Result<Batch, Halt> {
        let phase = Phase::Batch;
        let before_v5 = messages::is_before_v5(message, &format!("{place}.message"), phase, report);
        let body = Body {
            input: self.input,
            at: message.body.clone(),
            table,
            place: place.to_owned(),
            columns_place: place.to_owned(),
            before_v5: before_v5.ok_or(Halt::Broken)?,
            phase,
        };
        let rows = rows(table, place, phase, report)?;
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
        let mut columns = Vec::with_capacity(arrays.len());
        let mut result = Ok(());
        for (column, array) in self.plan.columns.iter().zip(arrays) {
            let decode = |column: &Column| -> Result<Vec<Value>, Halt> {
                let array = array?;
                check_length(&array, rows, place, phase, report)?;
                Structure { report, phase }.check(column, &array)?;
                let (budget, dictionaries) = (&mut self.budget, Some(&self.dictionaries));
                let big_endian = self.plan.big_endian;
                Decoder { report, budget, dictionaries, big_endian }.values(column, &array, None)
            };
            match decode(column) {
                Ok(values) => columns.push(values.into()),
                Err(Halt::TooLarge) => return Err(Halt::TooLarge),
                Err(halt) => result = Err(halt),
            }
        }
        result?;
        Ok(Batch { rows, metadata: schema::metadata(&message.table), columns })
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

fn check_length(
    array: &super::array::Array,
    rows: usize,
    place: &str,
    phase: Phase,
    report: &mut Report,
) -> Result<(), Halt> {
    if array.length == rows {
        return Ok(());
    }
    let expected = format!("{rows}, the length of {place}");
    let node = format!("{}.node.length", array.path);
    report.add(BATCH_LENGTH_MISMATCH, phase, array.node.start..array.node.start + 8, node, array.length, expected);
    Err(Halt::Broken)
}
