//! Lists, list views, fixed-size lists and structs: how slots lead to those of children.

use super::{Array, number, variable};
use crate::wire::check::Report;
use crate::wire::raw::Role;
use crate::wire::walk::Layout;

pub(super) fn list(array: Array, wide: bool, report: &mut Report) {
    let Some(child) = array.child(0) else { return };
    let ends = variable::offsets(array, wide, child.length, "layout-list-child-shorter", report);
    let sorted = array.column.field.table("type").is_some_and(|of| of.scalar("keysSorted") == 1);
    if ends.is_some() && sorted && array.length > 0 {
        keys_sorted(array, child, report);
    }
}

/// A map that says so has its keys in order; of types whose order is plain.
fn keys_sorted(array: Array, entries: Array, report: &mut Report) {
    let (Some(offsets), Some(keys)) = (array.content(Role::Offsets), entries.child(0)) else { return };
    let big = array.batch.big;
    let Some(key) = Key::of(keys) else { return };
    for slot in (0..array.length).filter(|slot| array.valid(*slot)) {
        let start = number(&offsets.bytes, slot, 4, true, big).max(0) as usize;
        let end = (number(&offsets.bytes, slot + 1, 4, true, big).max(0) as usize).min(keys.length);
        let unsorted = (start + 1..end).find(|index| key.less(*index, index - 1));
        if let Some(index) = unsorted {
            let clause = "type-map-keys-sorted-truthful";
            let found = format!("the key of entry {index} below the one before");
            let at = offsets.element(slot, 4);
            return array.add(report, clause, ("offsets", Some(slot)), at, found, "keys in order, as keysSorted says");
        }
    }
}

/// Keys that can be compared.
enum Key<'c> {
    Numbers { bytes: &'c [u8], width: usize, signed: bool, big: bool },
    Texts { offsets: &'c [u8], width: usize, data: &'c [u8], big: bool },
}

impl<'c> Key<'c> {
    /// Integers, times and strings, all of them there; of other types nothing.
    fn of(keys: Array<'c, '_>) -> Option<Self> {
        if keys.column.encoding.is_some() {
            return None;
        }
        let big = keys.batch.big;
        let of = keys.column.field.table("type")?;
        let data = &keys.content(Role::Data)?.bytes[..];
        match keys.column.layout {
            Layout::Fixed { bits: bits @ (8 | 16 | 32 | 64) } => {
                let width = (bits / 8) as usize;
                let signed = match of.kind.name {
                    "Int" => of.scalar("is_signed") == 1,
                    "Date" | "Time" | "Timestamp" | "Duration" => true,
                    _ => return None,
                };
                (data.len() / width >= keys.length).then_some(Key::Numbers { bytes: data, width, signed, big })
            }
            Layout::Variable { wide } => {
                let width = if wide { 8 } else { 4 };
                let offsets = &keys.content(Role::Offsets)?.bytes[..];
                (offsets.len() / width > keys.length).then_some(Key::Texts { offsets, width, data, big })
            }
            _ => None,
        }
    }

    fn less(&self, one: usize, other: usize) -> bool {
        match *self {
            Key::Numbers { bytes, width, signed, big } => {
                let value = |index| number(bytes, index, width, signed, big);
                if signed { value(one) < value(other) } else { (value(one) as u64) < value(other) as u64 }
            }
            Key::Texts { offsets, width, data, big } => {
                let offset = |index| usize::try_from(number(offsets, index, width, true, big)).unwrap_or(usize::MAX);
                let value = |index| data.get(offset(index)..offset(index + 1)).unwrap_or_default();
                value(one) < value(other)
            }
        }
    }
}

pub(super) fn view(array: Array, wide: bool, report: &mut Report) {
    let Some(child) = array.child(0) else { return };
    let (Some(offsets), Some(sizes)) = (array.content(Role::Offsets), array.content(Role::Sizes)) else { return };
    let width = if wide { 8 } else { 4 };
    let Some(needed) = array.length.checked_mul(width) else { return };
    for (role, content) in [("offsets", offsets), ("sizes", sizes)] {
        if content.bytes.len() < needed {
            return array.shorter(report, "layout-listview-buffers", role, content, needed);
        }
        array.longer(report, role, content, needed);
    }
    for slot in 0..array.length {
        let value = |bytes: &[u8]| number(bytes, slot, width, true, array.batch.big);
        let (offset, size) = (value(&offsets.bytes), value(&sizes.bytes));
        let within = offset >= 0
            && size >= 0
            && offset
                .checked_add(size)
                .and_then(|end| usize::try_from(end).ok())
                .is_some_and(|end| end <= child.length);
        if !within {
            let (at, found) = (offsets.element(slot, width), format!("offset {offset}, size {size}"));
            let expected = format!("a range within the {} slots of the child", child.length);
            return array.add(report, "layout-listview-bounds", ("offsets", Some(slot)), at, found, expected);
        }
    }
}

pub(super) fn fixed_size(array: Array, size: u64, report: &mut Report) {
    let Some(child) = array.child(0) else { return };
    let needed = array.length as u128 * u128::from(size);
    if child.length as u128 != needed {
        let expected = format!("{needed}, {size} for each of {} slots", array.length);
        child.add_node(report, "layout-fsl-child-length", "length", child.length.to_string(), expected);
    }
}

pub(super) fn structure(array: Array, report: &mut Report) {
    for child in (0..array.column.children.len()).filter_map(|index| array.child(index)) {
        if child.length != array.length {
            let expected = format!("{}, the length of the struct", array.length);
            child.add_node(report, "layout-struct-child-length", "length", child.length.to_string(), expected);
        }
    }
}
