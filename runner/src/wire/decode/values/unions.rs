//! Unions.

use std::ops::Range;

use arrowipc_kit::value::{UnionMode, Value};

use super::{Decoder, Live, is_live, take};
use crate::case::options::Phase;
use crate::wire::decode::array::Array;
use crate::wire::decode::clauses::*;
use crate::wire::decode::part::window;
use crate::wire::decode::plan::Column;
use crate::wire::decode::report::Halt;
use crate::wire::raw::Role;

impl Decoder<'_, '_> {
    pub(super) fn unions(
        &mut self,
        column: &Column,
        array: &Array,
        mode: UnionMode,
        type_ids: &[i8],
        live: &Live,
    ) -> Result<Vec<Value>, Halt> {
        let mut selected = self.selected(array, mode, type_ids, live)?;
        let windows = windows(column, array, &mut selected);
        let children: Vec<&Array> =
            array.children.iter().zip(&windows).map(|(child, window)| window.as_ref().unwrap_or(child)).collect();
        self.budget.values(children.iter().fold(0, |sum, child| child.length.saturating_add(sum)))?;
        let mut reached: Vec<Vec<bool>> = children.iter().map(|child| vec![false; child.length]).collect();
        for (member, slot) in selected.iter().flatten() {
            reached[*member][*slot] = true;
        }
        let mut members = Vec::with_capacity(array.children.len());
        let mut result = Ok(());
        for ((child, array), reached) in column.children.iter().zip(children).zip(reached) {
            match self.values(child, array, Some(reached)) {
                Ok(values) => members.push(values),
                Err(Halt::TooLarge) => return Err(Halt::TooLarge),
                Err(halt) => result = Err(halt),
            }
        }
        result?;
        let values = selected.into_iter().map(|selected| {
            let Some((member, slot)) = selected else { return Ok(Value::Null) };
            let value = match mode {
                UnionMode::Sparse => take(&mut members[member][slot]),
                // Slots may share a value.
                UnionMode::Dense => self.budget.copy(&members[member][slot])?,
            };
            Ok(Value::Union(type_ids[member], Box::new(value)))
        });
        values.collect()
    }

    /// Member and place in it of every slot that is live.
    #[allow(clippy::type_complexity)] // Two words say it.
    fn selected(
        &mut self,
        array: &Array,
        mode: UnionMode,
        type_ids: &[i8],
        live: &Live,
    ) -> Result<Vec<Option<(usize, usize)>>, Halt> {
        let mut positions = [None; 128];
        for (position, id) in type_ids.iter().enumerate() {
            positions[*id as usize & 0x7F] = Some(position);
        }
        let mut last = vec![0; type_ids.len()];
        let mut decreased = false;
        let mut selected = Vec::with_capacity(array.length);
        for slot in 0..array.length {
            if !is_live(live, slot) {
                selected.push(None);
                continue;
            }
            let id = array.bytes(Role::TypeIds)[slot] as i8;
            let member = usize::try_from(id).ok().and_then(|id| positions[id]);
            let Some(member) = member else {
                let expected = format!("one of {type_ids:?}");
                return self.wrong(LAYOUT_UNION_TYPE_ID, array, (Role::TypeIds, slot, 1), id, expected);
            };
            let place = match mode {
                UnionMode::Sparse => slot,
                UnionMode::Dense => {
                    let found = self.signed(array.bytes(Role::Offsets), slot, 4);
                    let length = array.children.get(member).map_or(0, |child| child.length);
                    let Some(offset) = usize::try_from(found).ok().filter(|offset| *offset < length) else {
                        let expected = format!("an offset into member {member} of {length}");
                        let element = (Role::Offsets, slot, 4);
                        return self.wrong(LAYOUT_UNION_DENSE_OOB, array, element, found, expected);
                    };
                    // Out of the format's order, and clear all the same.
                    if offset < last[member] && !decreased {
                        decreased = true;
                        let at = array.place(Role::Offsets, slot * 4..slot * 4 + 4);
                        let place = array.path_of_element(Role::Offsets, slot);
                        let expected = format!("at least {}, the offset before in member {member}", last[member]);
                        self.report.add(LAYOUT_UNION_DENSE_DECREASING, Phase::Validate, at, place, found, expected);
                    }
                    last[member] = offset;
                    offset
                }
            };
            selected.push(Some((member, place)));
        }
        Ok(selected)
    }
}

/// Of a part of a union, the slots of each member that it leads into; what is selected is counted from there.
fn windows<'s>(column: &Column, array: &'s Array, selected: &mut [Option<(usize, usize)>]) -> Vec<Option<Array<'s>>> {
    let mut bounds: Vec<Option<Range<usize>>> = vec![None; array.children.len()];
    for (member, slot) in selected.iter().flatten() {
        let known = bounds[*member].take().unwrap_or(*slot..*slot);
        bounds[*member] = Some(known.start.min(*slot)..known.end.max(slot + 1));
    }
    let bounds = bounds.into_iter().map(Option::unwrap_or_default);
    let members = column.children.iter().zip(&array.children).zip(bounds);
    let windows: Vec<_> = members.map(|((child, items), bounds)| window(child, items, bounds)).collect();
    for (member, slot) in selected.iter_mut().flatten() {
        *slot -= windows[*member].as_ref().map_or(0, |(_, from)| *from);
    }
    windows.into_iter().map(|window| window.map(|(part, _)| part)).collect()
}
