//! Run-end encoded values.

use arrowipc_kit::value::{DataType, Value};

use super::{Decoder, Live, is_live};
use crate::case::options::Phase;
use crate::wire::decode::array::Array;
use crate::wire::decode::clauses::*;
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
        let ends = self.run_ends(ends, width, array)?;
        self.budget.values(values.length)?;
        let mut reached = vec![false; values.length];
        let mut start = 0;
        for (run, end) in ends.iter().enumerate() {
            let end = (*end).min(array.length);
            reached[run] = (start..end).any(|slot| is_live(live, slot));
            start = end;
        }
        let values = self.values(values_column, values, Some(reached))?;
        let mut slots = Vec::with_capacity(array.length);
        for (value, end) in values.iter().zip(ends) {
            while slots.len() < end.min(array.length) {
                slots.push(match is_live(live, slots.len()) {
                    true => self.budget.copy(value)?,
                    false => Value::Null,
                });
            }
        }
        Ok(slots)
    }

    /// The ends of all runs: positive, ascending, and the last one not before the end of the parent.
    fn run_ends(&mut self, ends: &Array, width: usize, parent: &Array) -> Result<Vec<usize>, Halt> {
        let bitmap = ends.bytes(Role::Validity);
        if ends.null_count != 0 && !bitmap.is_empty() {
            let null = (0..ends.length).find(|run| bitmap[run / 8] >> (run % 8) & 1 == 0);
            if let Some(run) = null {
                let at = ends.place(Role::Validity, run / 8..run / 8 + 1);
                let place = format!("{}[{run}]", ends.path_of(Role::Validity));
                self.report.add(LAYOUT_REE_NULL_RUN_ENDS, Phase::Validate, at, place, "null", "a run end");
                return Err(Halt::Broken);
            }
        }
        let mut found = Vec::with_capacity(ends.length);
        let mut before = 0;
        for run in 0..ends.length {
            let end = self.signed(ends.bytes(Role::Data), run, width);
            let Some(positive) = usize::try_from(end).ok().filter(|end| *end > before) else {
                let expected = format!("more than {before}");
                return self.wrong(LAYOUT_REE_RUN_ENDS, ends, (Role::Data, run, width), end, expected);
            };
            before = positive;
            found.push(positive);
        }
        if before < parent.length {
            let (at, place) = (ends.node.clone(), ends.path.clone());
            let expected = format!("at least {}, the length of the parent", parent.length);
            let ends = format!("{before} as the last run end");
            self.report.add(LAYOUT_REE_LAST_RUN_END, Phase::Validate, at, place, ends, expected);
            return Err(Halt::Broken);
        }
        Ok(found)
    }
}
