//! Run-end encoded and dictionary-encoded arrays.

use arrowipc_kit::value::{Validity, Value};

use super::super::{LowerError, describe};
use super::scalar::width;
use super::slot::Slot;
use super::{Array, Body, JUNK, Nulls};
use crate::wire::raw::Role;

/// What a slot of a dictionary-encoded array has in place of its value.
#[derive(Clone, Copy, PartialEq)]
enum Index {
    At(usize),
    Null,
    Filler(usize),
    Hidden,
}

impl Body<'_> {
    pub(super) fn run_end_encoded(&mut self, array: Array) -> Result<(), LowerError> {
        let runs = match &array.layout.runs {
            Some(lengths) => given_runs(lengths, array.slots)?,
            None => array.slots.chunk_by(Slot::same_run).map(|run| (run.len(), run[0])).collect(),
        };
        self.without_nulls(array);
        let ends = runs.iter().scan(0, |end, (length, _)| {
            *end += length;
            Some(Value::Int(*end as i128))
        });
        let ends: Vec<Value> = ends.collect();
        let ends: Vec<Slot> = ends.iter().map(Slot::Value).collect();
        self.child(array, 0, &ends)?;
        let values: Vec<Slot> = runs.iter().map(|(_, slot)| *slot).collect();
        self.child(array, 1, &values)
    }

    /// The indices of a dictionary-encoded array.
    pub(super) fn indices(&mut self, array: Array, id: i64) -> Result<(), LowerError> {
        let Some(encoding) = array.field.field.dictionary else {
            return Err(LowerError::expected("a dictionary-encoded field", "another"));
        };
        let nullable = array.field.field.nullable;
        let indices = self.positions(array, id)?;
        let count = self.dictionaries.len(id);
        let has_bitmap = array.layout.validity == Some(Validity::Present) || indices.contains(&Index::Null);
        let settled = indices.into_iter().map(|index| match index {
            Index::Filler(_) | Index::Hidden if count == 0 => Index::Null,
            Index::Filler(number) if has_bitmap && nullable && number % 2 == 0 => Index::Null,
            Index::Filler(number) => Index::At(count - 1 - number % count),
            index => index,
        });
        let indices: Vec<Index> = settled.collect();
        // The bitmap follows from slots, which for indices are their own.
        let slots = indices.iter().map(|index| match index {
            Index::Null => Slot::Value(&Value::Null),
            Index::Hidden => Slot::Hidden,
            _ => Slot::Value(&Value::Bool(true)),
        });
        let slots: Vec<Slot> = slots.collect();
        let Nulls { is_null, count: null_count, bitmap } = Nulls::of(Array { slots: &slots, ..array }, nullable)?;
        self.node(array, null_count);
        self.buffer(array, Role::Validity, 0, bitmap);
        let index_type = encoding.index.data_type();
        let width = width(index_type).unwrap_or(0);
        let mut data = self.bytes();
        for (index, is_null) in indices.iter().zip(is_null) {
            match index {
                Index::At(position) => data.value(index_type, &Value::Int(*position as i128))?,
                _ => data.fill(width, if is_null && array.layout.junk_behind_nulls { JUNK } else { 0 }),
            }
        }
        self.buffer(array, Role::Data, width, data.bytes);
        Ok(())
    }

    /// Where the dictionary has the value of each slot: where the layout says, or first. A null is a null index, unless the layout
    /// says otherwise.
    fn positions(&self, array: Array, id: i64) -> Result<Vec<Index>, LowerError> {
        let mut given = match &array.layout.indices {
            None => None,
            Some(indices) => {
                let values = array.slots.iter().filter(|slot| matches!(slot, Slot::Value(_))).count();
                if indices.len() != values {
                    let error = LowerError::expected(format!("{values} indices, one a value"), indices.len());
                    return Err(error.within("layout.indices"));
                }
                Some(indices.iter())
            }
        };
        let mut positions = Vec::with_capacity(array.slots.len());
        for slot in array.slots {
            positions.push(match slot {
                Slot::Value(value) => match given.as_mut().map(|given| given.next().copied().flatten()) {
                    Some(Some(index)) => {
                        let index = usize::try_from(index).unwrap_or(usize::MAX);
                        Index::At(self.dictionaries.position(id, Some(index), value)?)
                    }
                    Some(None) if !value.is_null() => {
                        return Err(LowerError::expected(format!("an index of {}", describe(value)), "null"));
                    }
                    _ if value.is_null() => Index::Null,
                    _ => Index::At(self.dictionaries.position(id, None, value)?),
                },
                Slot::Filler(number) => Index::Filler(*number),
                _ => Index::Hidden,
            });
        }
        Ok(positions)
    }
}

/// Runs of the lengths that a layout gives, each of one value.
fn given_runs<'a>(lengths: &[u64], slots: &[Slot<'a>]) -> Result<Vec<(usize, Slot<'a>)>, LowerError> {
    let mut rest = slots;
    let mut runs = Vec::with_capacity(lengths.len());
    for (index, length) in lengths.iter().enumerate() {
        let at_run = |error: LowerError| error.within(format!("layout.runs[{index}]"));
        let fits = usize::try_from(*length).ok().filter(|length| *length > 0);
        let Some((run, behind)) = fits.and_then(|length| rest.split_at_checked(length)) else {
            return Err(at_run(LowerError::expected(format!("a length from 1 to {}", rest.len()), length)));
        };
        if !run.iter().all(|slot| slot.same_run(&run[0])) {
            return Err(at_run(LowerError::expected("slots of one value", "different ones")));
        }
        runs.push((run.len(), run[0]));
        rest = behind;
    }
    match rest.len() {
        0 => Ok(runs),
        left => {
            let found = slots.len() - left;
            Err(LowerError::expected(format!("runs of {} slots in all", slots.len()), found).within("layout.runs"))
        }
    }
}
