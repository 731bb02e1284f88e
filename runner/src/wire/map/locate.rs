//! Where a value of the data lies in an input.

use std::ops::Range;

use super::body;
use crate::case::options::Format;
use crate::wire::parse::{self, Message};
use crate::wire::raw::Role;
use crate::wire::tree::Node;
use crate::wire::walk::{self, Column, Layout};

/// The bytes of a column of a record batch. With a row, those of its slot, where slots have bytes of their own; else the whole
/// buffers. Nothing where the input has no such column.
pub fn column(bytes: &[u8], format: Format, batch: usize, column: usize, row: Option<usize>) -> Vec<Range<usize>> {
    let parsed = parse::parse(bytes, format);
    let name = format!("batch[{batch}]");
    let names = walk::message_names(&parsed);
    let message = parsed.messages.iter().zip(&names).find(|(_, found)| **found == name);
    let (Some((message, _)), Some(schema)) = (message, walk::schema(&parsed)) else { return Vec::new() };
    let Some(header) = walk::header(message, "RecordBatch") else { return Vec::new() };
    let found = walk::record_batch(schema, header, message.table.scalar("version"), &name).columns;
    let Some(found) = found.get(column) else { return Vec::new() };
    let row = row.filter(|_| header.get("compression").is_none());
    let mut ranges = Vec::new();
    collect(found, row, message, header.vector("buffers"), &mut ranges);
    ranges
}

fn collect(column: &Column, row: Option<usize>, message: &Message, entries: &[Node], ranges: &mut Vec<Range<usize>>) {
    for buffer in &column.buffers {
        let Some(range) = entries.get(buffer.index).and_then(|entry| body::range(message, entry)) else { continue };
        let slot = row.and_then(|row| slot(column.layout, buffer.role, row));
        ranges.push(match slot {
            Some(slot) => (range.start + slot.start).min(range.end)..(range.start + slot.end).min(range.end),
            None => range,
        });
    }
    // Which slots of its children belong to a row, the offsets say.
    column.children.iter().for_each(|child| collect(child, None, message, entries, ranges));
    ranges.retain(|range| !range.is_empty());
}

/// The bytes of a slot in a buffer, if slots have bytes of their own there.
fn slot(layout: Layout, role: Role, row: usize) -> Option<Range<usize>> {
    let slots = |width: usize, number: usize| {
        let start = row.checked_mul(width)?;
        Some(start..start.checked_add(width * number)?)
    };
    let bit = || Some(row / 8..row / 8 + 1);
    let wide = |wide: bool| if wide { 8 } else { 4 };
    match (role, layout) {
        (Role::Validity, _) | (Role::Data, Layout::Fixed { bits: 1 }) => bit(),
        (Role::Data, Layout::Fixed { bits }) => slots(usize::try_from(bits / 8).ok()?, 1),
        (Role::Offsets, Layout::Variable { wide: w } | Layout::List { wide: w }) => slots(wide(w), 2),
        (Role::Offsets | Role::Sizes, Layout::ListView { wide: w }) => slots(wide(w), 1),
        (Role::TypeIds, _) => slots(1, 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_has_the_bytes_of_its_row() {
        assert_eq!(slot(Layout::Fixed { bits: 64 }, Role::Data, 2), Some(16..24));
        assert_eq!(slot(Layout::Fixed { bits: 1 }, Role::Data, 9), Some(1..2));
        assert_eq!(slot(Layout::Variable { wide: false }, Role::Offsets, 1), Some(4..12));
        assert_eq!(slot(Layout::Variable { wide: false }, Role::Data, 1), None);
    }
}
