//! Lists of every kind, and maps, which lie like lists of structs.

use arrowipc_kit::value::{DataType, Value};

use super::variable::Target;
use super::{Decoder, Live, is_live, take};
use crate::wire::decode::array::Array;
use crate::wire::decode::clauses::*;
use crate::wire::decode::part::window;
use crate::wire::decode::plan::Column;
use crate::wire::decode::report::Halt;
use crate::wire::raw::Role;

impl Decoder<'_, '_> {
    pub(super) fn lists(&mut self, column: &Column, array: &Array, live: &Live) -> Result<Vec<Value>, Halt> {
        let width = if column.data_type == DataType::LargeList { 8 } else { 4 };
        let (child, items) = child(column, array)?;
        let what = "length of the child";
        let target = Target { width, limit: items.length, beyond: LAYOUT_LIST_CHILD_SHORTER, what };
        let offsets = self.offsets(array, &target)?;
        self.slices(child, items, live, &offsets, matches!(column.data_type, DataType::Map { .. }))
    }

    pub(super) fn fixed_size_lists(
        &mut self,
        column: &Column,
        array: &Array,
        size: usize,
        live: &Live,
    ) -> Result<Vec<Value>, Halt> {
        let (child, items) = child(column, array)?;
        let offsets: Vec<usize> = (0..=array.length).map(|slot| slot * size).collect();
        self.slices(child, items, live, &offsets, false)
    }

    /// The values of slots that lie one behind the other in the child.
    fn slices(
        &mut self,
        child: &Column,
        items: &Array,
        live: &Live,
        offsets: &[usize],
        map: bool,
    ) -> Result<Vec<Value>, Halt> {
        let (first, last) = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
        let window = window(child, items, first..last);
        let (items, from) = window.as_ref().map_or((items, 0), |(part, from)| (part, *from));
        let ranges = || offsets.windows(2).map(|at| at[0] - from..at[1] - from);
        let all = live.is_none() && first == from && last - from == items.length;
        let reached = if all { None } else { Some(self.reached(items, live, ranges())?) };
        let mut items = self.values(child, items, reached)?;
        let slots = ranges().enumerate().map(|(slot, range)| {
            let taken = items[range].iter_mut().map(take);
            match is_live(live, slot) {
                false => Value::Null,
                true if map => Value::Map(taken.map(entry).collect()),
                true => Value::List(taken.collect()),
            }
        });
        Ok(slots.collect())
    }

    pub(super) fn list_views(&mut self, column: &Column, array: &Array, live: &Live) -> Result<Vec<Value>, Halt> {
        let width = if column.data_type == DataType::LargeListView { 8 } else { 4 };
        let (child, items) = child(column, array)?;
        let mut ranges = Vec::with_capacity(array.length);
        for slot in 0..array.length {
            let offset = self.signed(array.bytes(Role::Offsets), slot, width);
            let size = self.signed(array.bytes(Role::Sizes), slot, width);
            let end = usize::try_from(offset).ok().zip(usize::try_from(size).ok());
            let end = end.and_then(|(offset, size)| offset.checked_add(size)).filter(|end| *end <= items.length);
            let Some(end) = end else {
                let found = format!("{size} items from {offset}");
                let role = if size < 0 { Role::Sizes } else { Role::Offsets };
                let expected = format!("items within a child of {}", items.length);
                return self.wrong(LAYOUT_LISTVIEW_BOUNDS, array, (role, slot, width), found, expected);
            };
            ranges.push(end - size as usize..end);
        }
        let first = ranges.iter().map(|range| range.start).min().unwrap_or(0);
        let last = ranges.iter().map(|range| range.end).max().unwrap_or(0);
        let window = window(child, items, first..last);
        let (items, from) = window.as_ref().map_or((items, 0), |(part, from)| (part, *from));
        ranges.iter_mut().for_each(|range| *range = range.start - from..range.end - from);
        let reached = self.reached(items, live, ranges.iter().cloned())?;
        let items = self.values(child, items, Some(reached))?;
        let mut values = Vec::with_capacity(array.length);
        for (slot, range) in ranges.into_iter().enumerate() {
            values.push(match is_live(live, slot) {
                // Slots may share items.
                true => Value::List(items[range].iter().map(|item| self.budget.copy(item)).collect::<Result<_, _>>()?),
                false => Value::Null,
            });
        }
        Ok(values)
    }

    /// The items that live slots hold. Overlapping ranges cost no more than the items and the slots together.
    fn reached(
        &mut self,
        items: &Array,
        live: &Live,
        ranges: impl Iterator<Item = std::ops::Range<usize>>,
    ) -> Result<Vec<bool>, Halt> {
        self.budget.values(items.length)?;
        let mut changes = vec![0_i64; items.length + 1];
        for (slot, range) in ranges.enumerate() {
            if is_live(live, slot) {
                changes[range.start] += 1;
                changes[range.end] -= 1;
            }
        }
        let depths = changes.iter().take(items.length).scan(0, |depth, change| {
            *depth += change;
            Some(*depth > 0)
        });
        Ok(depths.collect())
    }
}

/// The only child; the schema made sure that there is one.
fn child<'c, 'd, 'a>(column: &'c Column, array: &'d Array<'a>) -> Result<(&'c Column, &'d Array<'a>), Halt> {
    column.children.first().zip(array.children.first()).ok_or(Halt::Broken)
}

/// A map's entry: key and value. An entry that is null has none of both.
fn entry(entry: Value) -> [Value; 2] {
    match entry {
        Value::Struct(members) => <[Value; 2]>::try_from(members).unwrap_or([Value::Null, Value::Null]),
        _ => [Value::Null, Value::Null],
    }
}
