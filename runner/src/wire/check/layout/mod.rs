//! Columns: whether nodes, buffers and values suit each other, layout by layout.

mod dictionary;
mod fixed;
mod list;
mod run_end;
mod union;
mod validity;
mod variable;
mod view;

use std::ops::Range;

use super::Report;
use super::batch::{Batch, Dictionaries};
use super::compression::Content;
use crate::wire::raw::Role;
use crate::wire::walk::{Buffer, Column, Layout};

/// A column of a batch with a length that can be counted to.
#[derive(Clone, Copy)]
struct Array<'c, 'a> {
    batch: &'c Batch<'a>,
    column: &'c Column<'a>,
    length: usize,
}

/// Checks a column; not its children.
pub(super) fn check<'a>(batch: &Batch<'a>, column: &Column<'a>, dictionaries: &Dictionaries, report: &mut Report) {
    let Some(array) = Array::of(batch, column) else { return };
    validity::check(array, dictionaries, report);
    match column.layout {
        Layout::Null => validity::nulls(array, report),
        Layout::Fixed { bits } => {
            fixed::check(array, bits, report);
            if let Some(encoding) = column.encoding {
                dictionary::indices(array, encoding, bits, dictionaries, report);
            }
        }
        Layout::Variable { wide } => variable::check(array, wide, report),
        Layout::View => view::check(array, report),
        Layout::List { wide } => list::list(array, wide, report),
        Layout::ListView { wide } => list::view(array, wide, report),
        Layout::FixedSizeList { size } => list::fixed_size(array, size, report),
        Layout::Struct => list::structure(array, report),
        Layout::Union { dense } => union::check(array, dense, report),
        Layout::RunEndEncoded => run_end::check(array, report),
    }
}

impl<'c, 'a> Array<'c, 'a> {
    fn of(batch: &'c Batch<'a>, column: &'c Column<'a>) -> Option<Self> {
        let length = usize::try_from(column.node.length).ok()?;
        Some(Array { batch, column, length })
    }

    fn child(&self, index: usize) -> Option<Array<'c, 'a>> {
        Array::of(self.batch, self.column.children.get(index)?)
    }

    /// What the buffer of this role holds, if it can be had.
    fn content(&self, role: Role) -> Option<&'c Content<'a>> {
        self.content_of(self.column.buffer(role)?)
    }

    fn content_of(&self, buffer: &Buffer) -> Option<&'c Content<'a>> {
        self.batch.contents.get(buffer.index)?.as_ref()
    }

    /// Whether a slot is not null.
    fn valid(&self, slot: usize) -> bool {
        let bitmap = self.content(Role::Validity).map(|content| &content.bytes[..]).unwrap_or_default();
        bitmap.get(slot / 8).is_none_or(|byte| byte >> (slot % 8) & 1 == 1)
    }

    /// Reports something of a buffer of the column.
    fn add(
        &self,
        report: &mut Report,
        clause: &'static str,
        (role, element): (&str, Option<usize>),
        at: Range<usize>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let element = element.map_or(String::new(), |index| format!("[{index}]"));
        let place = format!("{}.{role}{element}", self.column.path);
        report.add(clause, self.batch.phase, at, place, found, expected);
    }

    /// Reports something of the field node.
    fn add_node(
        &self,
        report: &mut Report,
        clause: &'static str,
        member: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let place = format!("{}.node.{member}", self.column.path);
        report.add(clause, self.batch.phase, self.column.node.at.clone(), place, found, expected);
    }

    /// Reports a buffer that is longer than what its slots take.
    fn longer(&self, report: &mut Report, role: &str, content: &Content, needed: usize) {
        if content.bytes.len() > needed {
            let (at, found) = (content.all(), format!("{} bytes", content.bytes.len()));
            let expected = format!("{needed}, without padding");
            self.add(report, "buffer-length-unpadded", (role, None), at, found, expected);
        }
    }

    /// Reports a buffer that is too short and does not look like the expected number of bytes in compressed form.
    fn shorter(&self, report: &mut Report, clause: &'static str, role: &str, content: &Content, needed: usize) {
        let found = format!("{} bytes for {} slots", content.bytes.len(), self.length);
        let told = content.bytes.first_chunk().map(|prefix| i64::from_le_bytes(*prefix));
        let compressed = self.batch.header.get("compression").is_none() && told == i64::try_from(needed).ok();
        let clause = if compressed { "compression-absent-uncompressed" } else { clause };
        self.add(report, clause, (role, None), content.all(), found, format!("{needed} or more"));
    }
}

/// A number of at most 8 bytes; the element must be there.
fn number(bytes: &[u8], index: usize, width: usize, signed: bool, big: bool) -> i64 {
    let element = &bytes[index * width..(index + 1) * width];
    let mut word = [0; 8];
    word[..width].copy_from_slice(element);
    if big {
        word[..width].reverse();
    }
    let shift = 64 - 8 * width;
    let value = i64::from_le_bytes(word);
    match signed {
        true => value << shift >> shift,
        false => value,
    }
}
