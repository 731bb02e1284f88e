//! Arrays with children.

use arrowipc_kit::value::{DataType, UnionMode, Value};

use super::super::LowerError;
use super::slot::Slot;
use super::{Array, Body, mismatch};
use crate::wire::raw::Role;

impl Body<'_> {
    /// List, large list and map.
    pub(super) fn list(&mut self, array: Array, nullable: bool, wide: bool) -> Result<(), LowerError> {
        let nulls = self.nulls(array, nullable)?;
        let mut items = leading(array);
        let mut offsets = self.bytes();
        offsets.offset(items.len(), wide)?;
        for (slot, is_null) in array.slots.iter().zip(nulls) {
            push_items(array, *slot, is_null, &mut items)?;
            offsets.offset(items.len(), wide)?;
        }
        self.offsets(array, wide, offsets.bytes);
        self.child(array, 0, &items)
    }

    /// List view and large list view. Lists lie one behind the other; the offset of one without items is 0, which is within any
    /// child.
    pub(super) fn list_view(&mut self, array: Array, nullable: bool, wide: bool) -> Result<(), LowerError> {
        let nulls = self.nulls(array, nullable)?;
        let mut items = leading(array);
        let (mut offsets, mut sizes) = (self.bytes(), self.bytes());
        for (slot, is_null) in array.slots.iter().zip(nulls) {
            let start = items.len();
            push_items(array, *slot, is_null, &mut items)?;
            let size = items.len() - start;
            offsets.offset(if size > 0 { start } else { 0 }, wide)?;
            sizes.offset(size, wide)?;
        }
        self.offsets(array, wide, offsets.bytes);
        self.buffer(array, Role::Sizes, if wide { 8 } else { 4 }, sizes.bytes);
        self.child(array, 0, &items)
    }

    pub(super) fn fixed_size_list(&mut self, array: Array, nullable: bool, size: usize) -> Result<(), LowerError> {
        let nulls = self.nulls(array, nullable)?;
        let mut items = Vec::with_capacity(array.slots.len() * size);
        for (row, (slot, is_null)) in array.slots.iter().zip(nulls).enumerate() {
            match slot {
                Slot::Value(Value::List(list)) if list.len() == size => items.extend(list.iter().map(Slot::Value)),
                Slot::Value(Value::List(list)) => {
                    return Err(LowerError::expected(format!("{size} items"), list.len()));
                }
                Slot::Value(Value::Null) | Slot::Filler(_) | Slot::Hidden => {
                    let below = under(array, *slot, is_null, row);
                    items.extend((0..size).map(|item| below.below(item)));
                }
                slot => return mismatch(array, *slot),
            }
        }
        self.child(array, 0, &items)
    }

    pub(super) fn structure(&mut self, array: Array, nullable: bool) -> Result<(), LowerError> {
        let nulls = self.nulls(array, nullable)?;
        let count = array.field.children.len();
        let mut members = vec![Vec::with_capacity(array.slots.len()); count];
        for (row, (slot, is_null)) in array.slots.iter().zip(nulls).enumerate() {
            let values: &[Value] = match slot {
                Slot::Value(Value::Struct(values)) => values,
                Slot::Entry(values) => *values,
                Slot::Value(Value::Null) | Slot::Filler(_) | Slot::Hidden => {
                    let below = under(array, *slot, is_null, row);
                    members.iter_mut().enumerate().for_each(|(position, slots)| slots.push(below.below(position)));
                    continue;
                }
                slot => return mismatch(array, *slot),
            };
            if values.len() != count {
                return Err(LowerError::expected(format!("{count} members"), values.len()));
            }
            members.iter_mut().zip(values).for_each(|(slots, value)| slots.push(Slot::Value(value)));
        }
        members.iter().enumerate().try_for_each(|(position, slots)| self.child(array, position, slots))
    }

    pub(super) fn union(&mut self, array: Array, mode: UnionMode, type_ids: &[i8]) -> Result<(), LowerError> {
        let dense = mode == UnionMode::Dense;
        let first = if dense { leading(array) } else { Vec::new() };
        let mut members = vec![first; type_ids.len()];
        let (mut ids, mut offsets) = (Vec::with_capacity(array.slots.len()), self.bytes());
        for (row, slot) in array.slots.iter().enumerate() {
            let (member, selected) = select(array, type_ids, *slot)?;
            ids.extend(type_ids[member].to_le_bytes());
            if dense {
                offsets.offset(members[member].len(), false)?;
                members[member].push(selected);
            } else {
                let beside = if array.layout.junk_behind_nulls { Slot::Filler(row) } else { Slot::Hidden };
                members.iter_mut().for_each(|slots| slots.push(beside));
                members[member][row] = selected;
            }
        }
        self.without_nulls(array);
        self.buffer(array, Role::TypeIds, 1, ids);
        if dense {
            self.buffer(array, Role::Offsets, 4, offsets.bytes);
        }
        members.iter().enumerate().try_for_each(|(position, slots)| self.child(array, position, slots))
    }
}

/// The member that a slot of a union selects, and the slot there.
fn select<'a>(array: Array, type_ids: &[i8], slot: Slot<'a>) -> Result<(usize, Slot<'a>), LowerError> {
    let none = || LowerError::expected("a union with a member", "none");
    match slot {
        Slot::Value(Value::Union(type_id, value)) => {
            let member = type_ids.iter().position(|id| id == type_id);
            let expected = || LowerError::expected(format!("a type id of {}", array.field.field.data_type), type_id);
            Ok((member.ok_or_else(expected)?, Slot::Value(value)))
        }
        Slot::Filler(number) => Ok((number.checked_rem(type_ids.len()).ok_or_else(none)?, slot)),
        Slot::Hidden if type_ids.is_empty() => Err(none()),
        Slot::Hidden => Ok((0, slot)),
        slot => mismatch(array, slot),
    }
}

/// What children have under a null or a slot that is no value.
fn under<'a>(array: Array, slot: Slot<'a>, is_null: bool, row: usize) -> Slot<'a> {
    match slot {
        _ if is_null && array.layout.junk_behind_nulls => Slot::Filler(row),
        Slot::Filler(number) => Slot::Filler(number),
        _ => Slot::Hidden,
    }
}

/// The items in front of the first offset.
fn leading<'a>(array: Array) -> Vec<Slot<'a>> {
    (0..array.layout.first_offset).map(Slot::Filler).collect()
}

/// Appends the items of a list or the entries of a map.
fn push_items<'a>(
    array: Array<'a>,
    slot: Slot<'a>,
    is_null: bool,
    items: &mut Vec<Slot<'a>>,
) -> Result<(), LowerError> {
    let is_map = matches!(array.field.field.data_type, DataType::Map { .. });
    match slot {
        _ if is_null && array.layout.junk_behind_nulls => items.push(Slot::Filler(items.len())),
        _ if is_null => {}
        Slot::Value(Value::List(list)) if !is_map => items.extend(list.iter().map(Slot::Value)),
        Slot::Value(Value::Map(entries)) if is_map => items.extend(entries.iter().map(Slot::Entry)),
        Slot::Filler(number) => items.extend((0..1 + number % 2).map(|item| slot.below(item))),
        Slot::Hidden => {}
        slot => return mismatch(array, slot),
    }
    Ok(())
}
