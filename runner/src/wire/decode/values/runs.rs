//! Run-end encoded values.

use arrowipc_kit::value::{DataType, Value};

use super::{Decoder, Live, is_live};
use crate::case::options::Phase;
use crate::wire::decode::array::Array;
use crate::wire::decode::clauses::*;
use crate::wire::decode::part::window;
use crate::wire::decode::plan::Column;
use crate::wire::decode::report::Halt;
use crate::wire::raw::Role;

impl Decoder<'_, '_> {
    pub(super) fn runs(&mut self, column: &Column, array: &Array, live: &Live) -> Result<Vec<Value>, Halt> {
        let ([ends_column, values_column], [ends, values]) = (&*column.children, array.children.as_slice()) else {
            return Err(Halt::Broken);
        };
        let width = match ends_column.data_type {
            DataType::Int16 => 2,
            DataType::Int32 => 4,
            _ => 8,
        };
        let (first, ends) = self.run_ends(ends, width, array)?;
        let window = window(values_column, values, first..first + ends.len());
        let (values, from) = window.as_ref().map_or((values, 0), |(part, from)| (part, *from));
        let first = first - from;
        self.budget.values(values.length)?;
        let mut reached = vec![false; values.length];
        let mut start = 0;
        for (run, end) in ends.iter().enumerate() {
            let end = (*end).min(array.length);
            reached[first + run] = (start..end).any(|slot| is_live(live, slot));
            start = end;
        }
        let values = self.values(values_column, values, Some(reached))?;
        let mut slots = Vec::with_capacity(array.length);
        for (value, end) in values[first..].iter().zip(ends) {
            while slots.len() < end.min(array.length) {
                slots.push(match is_live(live, slots.len()) {
                    true => self.budget.copy(value)?,
                    false => Value::Null,
                });
            }
        }
        Ok(slots)
    }

    /// The ends of all runs: positive, ascending, and the last one not before the end of the parent. Of a part of an array the runs that
    /// it has slots of: which one is the first, and where each ends, counted from the first slot of the part.
    fn run_ends(&mut self, ends: &Array, width: usize, parent: &Array) -> Result<(usize, Vec<usize>), Halt> {
        let bitmap = ends.bytes(Role::Validity);
        if ends.null_count != 0 && !bitmap.is_empty() {
            let null = (0..ends.length).find(|run| bitmap[run / 8] >> (run % 8) & 1 == 0);
            if let Some(run) = null {
                let at = ends.place(Role::Validity, run / 8..run / 8 + 1);
                let place = ends.path_of_element(Role::Validity, run);
                self.report.add(LAYOUT_REE_NULL_RUN_ENDS, Phase::Validate, at, place, "null", "a run end");
                return Err(Halt::Broken);
            }
        }
        let from = parent.part_from.unwrap_or(0);
        let told = |decoder: &Self, run| decoder.signed(ends.bytes(Role::Data), run, width);
        let first = match parent.part_from {
            Some(from) => first_run(ends.length, |run| usize::try_from(told(self, run)).is_ok_and(|end| end <= from)),
            None => 0,
        };
        let mut found = Vec::new();
        let mut before = from;
        for run in first..ends.length {
            let end = told(self, run);
            let Some(positive) = usize::try_from(end).ok().filter(|end| *end > before) else {
                let expected = format!("more than {before}");
                return self.wrong(LAYOUT_REE_RUN_ENDS, ends, (Role::Data, run, width), end, expected);
            };
            before = positive;
            found.push(positive - from);
            if parent.part_from.is_some() && positive - from >= parent.length {
                break;
            }
        }
        if before - from < parent.length {
            let (at, place) = (ends.node.clone(), ends.path.clone());
            let expected = format!("at least {}, the length of the parent", from + parent.length);
            let ends = format!("{before} as the last run end");
            self.report.add(LAYOUT_REE_LAST_RUN_END, Phase::Validate, at, place, ends, expected);
            return Err(Halt::Broken);
        }
        Ok((first, found))
    }
}

/// The first run that is not over, by bisection.
fn first_run(runs: usize, is_over: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, runs);
    while low < high {
        let middle = low + (high - low) / 2;
        (low, high) = if is_over(middle) { (middle + 1, high) } else { (low, middle) };
    }
    low
}
