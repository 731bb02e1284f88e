//! Arrays with children.

use super::slot::Slot;
use super::{Array, ArrayBuilder, OffsetWidth};
use crate::value::{ParseError, UnionMode, Value};

impl<'a> ArrayBuilder<'a> {
    /// List, large list and map.
    pub(super) fn list<O: OffsetWidth>(&self) -> Result<Array, ParseError> {
        let nulls = self.nulls()?;
        let mut items = self.leading_items();
        let mut offsets = Vec::new();
        O::write(items.len(), &mut offsets)?;
        for (slot, is_null) in self.slots.iter().zip(&nulls.is_null) {
            self.push_items(*slot, *is_null, &mut items)?;
            O::write(items.len(), &mut offsets)?;
        }
        let buffers = vec![nulls.buffer, self.offsets_buffer(&offsets)];
        Ok(self.array(nulls.count, buffers, vec![self.child(0, &items)?]))
    }

    /// List view and large list view. The lists lie one behind the other; the offset of a list without items is 0,
    /// which is within the child whatever it holds.
    pub(super) fn list_view<O: OffsetWidth>(&self) -> Result<Array, ParseError> {
        let nulls = self.nulls()?;
        let mut items = self.leading_items();
        let (mut offsets, mut sizes) = (Vec::new(), Vec::new());
        for (slot, is_null) in self.slots.iter().zip(&nulls.is_null) {
            let start = items.len();
            self.push_items(*slot, *is_null, &mut items)?;
            let size = items.len() - start;
            O::write(if size > 0 { start } else { 0 }, &mut offsets)?;
            O::write(size, &mut sizes)?;
        }
        let buffers = vec![nulls.buffer, self.offsets_buffer(&offsets), self.buffer(&sizes)];
        Ok(self.array(nulls.count, buffers, vec![self.child(0, &items)?]))
    }

    pub(super) fn fixed_size_list(&self, size: usize) -> Result<Array, ParseError> {
        let nulls = self.nulls()?;
        let mut items = Vec::with_capacity(self.slots.len() * size);
        for (index, (slot, is_null)) in self.slots.iter().zip(&nulls.is_null).enumerate() {
            match slot {
                Slot::Value(Value::List(list)) if list.len() == size => items.extend(list.iter().map(Slot::Value)),
                Slot::Value(Value::List(list)) => {
                    return Err(ParseError::new(format!("{size} items"), list.len().to_string()));
                }
                Slot::Value(Value::Null) | Slot::Filler(_) | Slot::Behind => {
                    let hidden = self.hidden(*slot, *is_null, index);
                    items.extend((0..size).map(|item| hidden.inherited(item)));
                }
                slot => return self.mismatch(*slot),
            }
        }
        Ok(self.array(nulls.count, vec![nulls.buffer], vec![self.child(0, &items)?]))
    }

    pub(super) fn structure(&self) -> Result<Array, ParseError> {
        let nulls = self.nulls()?;
        let count = self.field.children.len();
        let mut columns = vec![Vec::with_capacity(self.slots.len()); count];
        for (index, (slot, is_null)) in self.slots.iter().zip(&nulls.is_null).enumerate() {
            let members: &[Value] = match slot {
                Slot::Value(Value::Struct(members)) => members,
                Slot::Members(members) => members,
                Slot::Value(Value::Null) | Slot::Filler(_) | Slot::Behind => {
                    let hidden = self.hidden(*slot, *is_null, index);
                    columns.iter_mut().enumerate().for_each(|(member, column)| column.push(hidden.inherited(member)));
                    continue;
                }
                slot => return self.mismatch(*slot),
            };
            if members.len() != count {
                return Err(ParseError::new(format!("{count} members"), members.len().to_string()));
            }
            columns.iter_mut().zip(members).for_each(|(column, member)| column.push(Slot::Value(member)));
        }
        let children = columns.iter().enumerate().map(|(index, column)| self.child(index, column));
        Ok(self.array(nulls.count, vec![nulls.buffer], children.collect::<Result<_, _>>()?))
    }

    pub(super) fn union(&self, mode: UnionMode, type_ids: &[i8]) -> Result<Array, ParseError> {
        let leading = if mode == UnionMode::Dense { self.layout.first_offset } else { 0 };
        let mut members: Vec<Vec<Slot>> = vec![(0..leading).map(Slot::Filler).collect(); type_ids.len()];
        let (mut ids, mut offsets) = (Vec::with_capacity(self.slots.len()), Vec::new());
        for (index, slot) in self.slots.iter().enumerate() {
            let (member, selected) = self.selected(type_ids, *slot)?;
            ids.extend_from_slice(&type_ids[member].to_le_bytes());
            if mode == UnionMode::Dense {
                <i32 as OffsetWidth>::write(members[member].len(), &mut offsets)?;
                members[member].push(selected);
            } else {
                let beside = if self.layout.junk_behind_nulls { Slot::Filler(index) } else { Slot::Behind };
                members.iter_mut().for_each(|slots| slots.push(beside));
                members[member][index] = selected;
            }
        }
        let mut buffers = vec![self.buffer(&ids)];
        if mode == UnionMode::Dense {
            buffers.push(self.buffer(&offsets));
        }
        let children = members.iter().enumerate().map(|(index, slots)| self.child(index, slots));
        Ok(self.array(0, buffers, children.collect::<Result<_, _>>()?))
    }

    /// Which member a slot of a union selects, and that member's slot.
    fn selected(&self, type_ids: &[i8], slot: Slot<'a>) -> Result<(usize, Slot<'a>), ParseError> {
        let first = || ParseError::new("a union with a member", "none");
        match slot {
            Slot::Value(Value::Union(type_id, value)) => {
                let member = type_ids.iter().position(|id| id == type_id).ok_or_else(|| {
                    ParseError::new(format!("a type id of {}", self.field.data_type), type_id.to_string())
                })?;
                Ok((member, Slot::Value(value)))
            }
            Slot::Filler(index) => index.checked_rem(type_ids.len()).map(|member| (member, slot)).ok_or_else(first),
            Slot::Behind if type_ids.is_empty() => Err(first()),
            Slot::Behind => Ok((0, slot)),
            slot => self.mismatch(slot),
        }
    }

    /// What the children have under a null or filler slot.
    fn hidden(&self, slot: Slot<'a>, is_null: bool, index: usize) -> Slot<'a> {
        match slot {
            _ if is_null && self.layout.junk_behind_nulls => Slot::Filler(index),
            Slot::Filler(filler) => Slot::Filler(filler),
            _ => Slot::Behind,
        }
    }

    /// The items before the data that the layout's first offset skips.
    fn leading_items(&self) -> Vec<Slot<'a>> {
        (0..self.layout.first_offset).map(Slot::Filler).collect()
    }

    /// Appends the items of a list or the entries of a map.
    fn push_items(&self, slot: Slot<'a>, is_null: bool, items: &mut Vec<Slot<'a>>) -> Result<(), ParseError> {
        match slot {
            _ if is_null && self.layout.junk_behind_nulls => items.push(Slot::Filler(items.len())),
            _ if is_null => {}
            Slot::Value(Value::List(list)) if !self.is_map() => items.extend(list.iter().map(Slot::Value)),
            Slot::Value(Value::Map(entries)) if self.is_map() => {
                items.extend(entries.iter().map(|entry| Slot::Members(entry)));
            }
            Slot::Filler(index) => items.extend((0..1 + index % 2).map(|item| slot.inherited(item))),
            Slot::Behind => {}
            slot => return self.mismatch(slot),
        }
        Ok(())
    }

    fn is_map(&self) -> bool {
        matches!(self.field.data_type, crate::value::DataType::Map { .. })
    }
}
