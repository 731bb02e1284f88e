//! The dictionaries of an input while it is read.
//!
//! Indices inside the values of a dictionary mean what the inner dictionary holds when a record batch is read: such values are
//! kept as arrays and decoded then, and again when an inner dictionary was replaced.

use std::collections::{HashMap, HashSet};

use arrowipc_kit::value::Value;

use super::array::Array;
use super::budget::Budget;
use super::plan::{Column, Plan};
use super::report::{Halt, Report};
use super::structure::Structure;
use super::values::Decoder;
use crate::case::options::Phase;
use crate::wire::violation::Violation;

/// What an id leads to.
pub enum Found<'d> {
    /// No dictionary of this id has come.
    Missing,
    /// Its values cannot be decoded; for these reasons, unless they have been reported.
    Broken(&'d [Violation]),
    /// Its values.
    Values(&'d [Value]),
}

/// The dictionaries of an input, by id.
pub struct Dictionaries<'a> {
    /// Ids, those of inner dictionaries first.
    order: Vec<i64>,
    entries: HashMap<i64, Entry<'a>>,
    /// What came or was replaced since [`Dictionaries::resolve`].
    changed: HashSet<i64>,
}

struct Entry<'a> {
    column: Column,
    inner: Vec<i64>,
    state: State,
    /// The arrays that it came in, if its values refer to other dictionaries; the first ones of them are decoded.
    parts: Vec<Array<'a>>,
    decoded: usize,
    values: Vec<Value>,
    /// Whether values can be resolved as long as the dictionaries inside are what they are…
    resolved: bool,
    /// …and why they cannot, unless that has been reported.
    unresolved: Vec<Violation>,
}

#[derive(PartialEq, Eq)]
enum State {
    Missing,
    Present,
    Broken,
}

impl<'a> Dictionaries<'a> {
    /// Those that a schema refers to; none of them has come.
    pub fn new(plan: &Plan) -> Self {
        let entry = |dictionary: &super::plan::Dictionary| Entry {
            column: dictionary.values.clone(),
            inner: dictionary.inner.clone(),
            state: State::Missing,
            parts: Vec::new(),
            decoded: 0,
            values: Vec::new(),
            resolved: true,
            unresolved: Vec::new(),
        };
        Dictionaries {
            order: plan.dictionaries.iter().map(|dictionary| dictionary.id).collect(),
            entries: plan.dictionaries.iter().map(|dictionary| (dictionary.id, entry(dictionary))).collect(),
            changed: HashSet::new(),
        }
    }

    /// The column of a dictionary's values; `None` if the schema knows no such id.
    pub fn column(&self, id: i64) -> Option<&Column> {
        self.entries.get(&id).map(|entry| &entry.column)
    }

    /// Whether a dictionary of this id has come.
    pub fn has(&self, id: i64) -> bool {
        self.entries.get(&id).is_some_and(|entry| entry.state != State::Missing)
    }

    /// Whether one of this id has come, and its values can be decoded as far as they do not refer to others.
    pub fn is_usable(&self, id: i64) -> bool {
        self.entries.get(&id).is_some_and(|entry| entry.state == State::Present)
    }

    /// Whether the schema refers to any.
    pub fn are_used(&self) -> bool {
        !self.order.is_empty()
    }

    /// What an id leads to, as of the last [`Dictionaries::resolve`].
    pub fn find(&self, id: i64) -> Found<'_> {
        match self.entries.get(&id) {
            None => Found::Missing,
            Some(entry) => match entry.state {
                State::Missing => Found::Missing,
                State::Present if entry.resolved => Found::Values(&entry.values),
                _ => Found::Broken(&entry.unresolved),
            },
        }
    }

    /// Marks a dictionary whose values cannot be decoded, for reasons that have been reported.
    pub fn break_off(&mut self, id: i64) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.state = State::Broken;
            entry.unresolved.clear();
            self.changed.insert(id);
        }
    }

    /// Takes the values of a dictionary batch: in place of those that were there or, of a delta, behind them.
    pub fn add(
        &mut self,
        id: i64,
        array: Array<'a>,
        delta: bool,
        big_endian: bool,
        report: &mut Report,
        budget: &mut Budget,
    ) -> Result<(), Halt> {
        let Some(entry) = self.entries.get_mut(&id) else { return Ok(()) };
        if !delta {
            entry.state = State::Present;
            entry.parts.clear();
            entry.decoded = 0;
            entry.values.clear();
            entry.resolved = true;
            entry.unresolved.clear();
            self.changed.insert(id);
        }
        let mut decode = || {
            Structure { report, phase: Phase::Dictionary }.check(&entry.column, &array)?;
            Decoder { report, budget, dictionaries: None, big_endian }.values(&entry.column, &array, None)
        };
        match decode() {
            Ok(values) if entry.inner.is_empty() => entry.values.extend(values),
            Ok(_) => entry.parts.push(array),
            Err(Halt::TooLarge) => return Err(Halt::TooLarge),
            Err(Halt::Broken) => self.break_off(id),
        }
        Ok(())
    }

    /// Resolves values that refer to other dictionaries, as these are now.
    pub fn resolve(&mut self, big_endian: bool, budget: &mut Budget) -> Result<(), Halt> {
        let mut changed = std::mem::take(&mut self.changed);
        for id in self.order.clone() {
            let Some(mut entry) = self.entries.remove(&id) else { continue };
            if entry.inner.iter().any(|inner| changed.contains(inner)) {
                entry.decoded = 0;
                entry.values.clear();
                entry.resolved = true;
                entry.unresolved.clear();
                changed.insert(id);
            }
            let result = entry.resolve(self, big_endian, budget);
            self.entries.insert(id, entry);
            result?;
        }
        Ok(())
    }

    /// Why values could not be resolved to the end, though no batch asked for them.
    pub fn unresolved(&self) -> impl Iterator<Item = &Violation> {
        self.order.iter().filter_map(|id| self.entries.get(id)).flat_map(|entry| &entry.unresolved)
    }
}

impl<'a> Entry<'a> {
    fn resolve(&mut self, others: &Dictionaries<'a>, big_endian: bool, budget: &mut Budget) -> Result<(), Halt> {
        while self.state == State::Present && self.resolved && self.decoded < self.parts.len() {
            let mut report = Report::default();
            let mut decoder =
                Decoder { report: &mut report, budget: &mut *budget, dictionaries: Some(others), big_endian };
            match decoder.values(&self.column, &self.parts[self.decoded], None) {
                Ok(values) => self.values.extend(values),
                Err(Halt::TooLarge) => return Err(Halt::TooLarge),
                Err(Halt::Broken) => {
                    self.resolved = false;
                    self.unresolved = report.into_violations();
                }
            }
            self.decoded += 1;
        }
        Ok(())
    }
}
