//! Run-end encoded and dictionary-encoded arrays.

use std::collections::HashMap;

use super::slot::Slot;
use super::{Array, ArrayBuilder, DEFAULT_LAYOUT, Dictionaries, build_array};
use crate::cdata::fixed_width;
use crate::value::{Canonical, Field, Layout, ParseError, Validity, Value};

/// The array of a run-end encoded field. Filler slots before and behind the rows are runs of their own.
pub(super) fn run_end_encoded(build: &ArrayBuilder, rows: &[Slot]) -> Result<Array, ParseError> {
    let layout = build.layout;
    let mut runs: Vec<(usize, Slot)> = Vec::new();
    if layout.offset > 0 {
        runs.push((layout.offset, Slot::Filler(0)));
    }
    match &layout.runs {
        Some(lengths) => runs.extend(given_runs(lengths, rows)?),
        None => runs.extend(rows.chunk_by(same_run).map(|run| (run.len(), run[0]))),
    }
    if layout.tail > 0 {
        runs.push((layout.tail, Slot::Filler(1)));
    }
    let ends = runs.iter().scan(0, |end, (length, _)| {
        *end += length;
        Some(Value::Int(*end as i128))
    });
    let ends: Vec<Value> = ends.collect();
    let ends: Vec<Slot> = ends.iter().map(Slot::Value).collect();
    let values: Vec<Slot> = runs.iter().map(|(_, slot)| *slot).collect();
    let children = vec![build.child(0, &ends)?, build.child(1, &values)?];
    Ok(build.array(0, Vec::new(), children))
}

fn same_run(left: &Slot, right: &Slot) -> bool {
    left == right || matches!((left, right), (Slot::Filler(_), Slot::Filler(_)))
}

/// Runs of the lengths a layout gives, each of one value.
fn given_runs<'a>(lengths: &[u64], rows: &[Slot<'a>]) -> Result<Vec<(usize, Slot<'a>)>, ParseError> {
    let at_runs = |error: ParseError| error.at_key("runs").at_key("layout");
    let mut rest = rows;
    let mut runs = Vec::with_capacity(lengths.len());
    for (index, length) in lengths.iter().enumerate() {
        let fits =
            usize::try_from(*length).ok().filter(|length| *length > 0).and_then(|length| rest.split_at_checked(length));
        let Some((run, behind)) = fits else {
            let expected = format!("a length from 1 to the {} rows left", rest.len());
            return Err(at_runs(ParseError::new(expected, length.to_string()).at_index(index)));
        };
        if !run.iter().all(|slot| same_run(slot, &run[0])) {
            return Err(at_runs(ParseError::new("rows of one value", "different values").at_index(index)));
        }
        runs.push((run.len(), run[0]));
        rest = behind;
    }
    if !rest.is_empty() {
        let found = rows.len() - rest.len();
        return Err(at_runs(ParseError::new(format!("runs of {} rows in all", rows.len()), found.to_string())));
    }
    Ok(runs)
}

/// The array of a dictionary-encoded field: indices, and the dictionary beside them.
pub(super) fn dictionary(
    field: &Field,
    layout: &Layout,
    dictionaries: &Dictionaries,
    slots: &[Slot],
) -> Result<Array, ParseError> {
    let Some(encoding) = field.dictionary else { return Err(ParseError::new("a dictionary-encoded field", "another")) };
    let values = layout.dictionary.as_deref().unwrap_or(dictionaries.values());
    let indices = match &layout.indices {
        Some(indices) => given_indices(indices, values, slots),
        None => first_matches(layout, dictionaries, slots),
    };
    let indices = indices.map_err(|error| error.at_key("layout"))?;
    let has_bitmap = layout.validity == Some(Validity::Present) || indices.contains(&Index::Null);
    let filler = |number: usize| match values.len() {
        0 => Index::Null,
        _ if has_bitmap && field.nullable && number.is_multiple_of(2) => Index::Null,
        count => Index::At(count - 1 - number % count),
    };
    let indices = indices.into_iter().map(|index| match index {
        Index::Filler(number) => filler(number),
        Index::Behind if values.is_empty() => Index::Null,
        index => index,
    });
    let before = (0..layout.offset).map(filler);
    let behind = (layout.offset..layout.offset + layout.tail).map(filler);
    let indices: Vec<Index> = before.chain(indices).chain(behind).collect();
    let numbers: Vec<Value> = indices.iter().map(Index::value).collect();
    let physical = indices.iter().zip(&numbers).map(|(index, number)| match index {
        Index::Behind => Slot::Behind,
        _ => Slot::Value(number),
    });

    let index_field = Field::new("", encoding.index.data_type().clone()).with_nullable(field.nullable);
    let width = fixed_width::width(encoding.index.data_type()).unwrap_or(0);
    let build =
        ArrayBuilder { field: &index_field, layout, dictionaries, rows: slots.len(), slots: physical.collect() };
    let mut array = build.fixed_width(width)?;

    let mut values_layout = layout.values.as_deref().unwrap_or(&DEFAULT_LAYOUT).clone();
    if values_layout.children.is_empty() {
        values_layout.children.clone_from(&layout.children);
    }
    let values: Vec<Slot> = values.iter().map(Slot::Value).collect();
    let dictionary = build_array(&field.dictionary_values(), &values_layout, dictionaries, &values)
        .map_err(|error| error.at_key("dictionary"))?;
    array.dictionary = Some(Box::new(dictionary));
    Ok(array)
}

/// What a slot of a dictionary-encoded array has in place of its value.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Index {
    At(usize),
    Null,
    Filler(usize),
    Behind,
}

impl Index {
    fn value(&self) -> Value {
        match self {
            Index::At(position) => Value::Int(*position as i128),
            _ => Value::Null,
        }
    }

    /// The index of a slot that is not a value.
    fn hidden(slot: &Slot) -> Self {
        match slot {
            Slot::Filler(number) => Index::Filler(*number),
            _ => Index::Behind,
        }
    }
}

/// The position at which each value is first found; a null row is a null index.
fn first_matches(layout: &Layout, dictionaries: &Dictionaries, slots: &[Slot]) -> Result<Vec<Index>, ParseError> {
    let given: Option<HashMap<&Value, usize>> = layout.dictionary.as_ref().map(|values| {
        // From the back, so that the first of equal values stays.
        values.iter().enumerate().rev().map(|(position, value)| (value, position)).collect()
    });
    let position = |value: &Value| match &given {
        Some(positions) => positions.get(value).copied(),
        None => dictionaries.position(value),
    };
    let index = |slot: &Slot| match slot {
        Slot::Value(Value::Null) => Ok(Index::Null),
        Slot::Value(value) => position(value).map(Index::At).ok_or_else(|| {
            ParseError::new("a dictionary with every value of the column", format!("none with {}", value.canonical()))
                .at_key("dictionary")
        }),
        hidden => Ok(Index::hidden(hidden)),
    };
    slots.iter().map(index).collect()
}

/// The indices a layout gives, one for each value, which must name that value.
fn given_indices(indices: &[Option<u64>], values: &[Value], slots: &[Slot]) -> Result<Vec<Index>, ParseError> {
    let at_indices = |error: ParseError| error.at_key("indices");
    let count = slots.iter().filter(|slot| matches!(slot, Slot::Value(_))).count();
    if indices.len() != count {
        let expected = format!("{count} indices, one a value");
        return Err(at_indices(ParseError::new(expected, indices.len().to_string())));
    }
    let mut given = indices.iter().enumerate();
    let index = |slot: &Slot| {
        let Slot::Value(value) = slot else { return Ok(Index::hidden(slot)) };
        let Some((row, index)) = given.next() else { return Ok(Index::Null) };
        let position = index.and_then(|index| usize::try_from(index).ok());
        let named = match index {
            None => Some(&Value::Null),
            Some(_) => position.and_then(|position| values.get(position)),
        };
        if named != Some(value) {
            let found = match named {
                None => format!("{} in a dictionary of {}", index.unwrap_or(0), values.len()),
                Some(named) => format!("that of {}", named.canonical()),
            };
            let expected = format!("an index of {}", value.canonical());
            return Err(at_indices(ParseError::new(expected, found).at_index(row)));
        }
        Ok(position.map_or(Index::Null, Index::At))
    };
    slots.iter().map(index).collect()
}
