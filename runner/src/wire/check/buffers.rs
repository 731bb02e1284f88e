//! Where the buffers of a body lie.

use std::ops::Range;

use super::Report;
use super::batch::Batch;
use crate::case::options::Phase;
use crate::wire::tree::Node;

/// The largest alignment that writers pad to.
const WIDEST: usize = 64;

/// Alignment beyond what is required, over all batches.
#[derive(Default)]
pub(super) struct Alignment {
    buffers: usize,
    narrow: usize,
    first: Option<(Range<usize>, String)>,
}

impl Alignment {
    /// One violation for all buffers that are not at multiples of 64 bytes.
    pub(super) fn report(self, report: &mut Report) {
        if let Some((at, place)) = self.first {
            let found =
                format!("{} of {} buffers, this one first, not at multiples of {WIDEST}", self.narrow, self.buffers);
            let expected = format!("multiples of {WIDEST} bytes, where possible");
            report.add("framing-alignment-64-preferred", Phase::Batch, at, place, found, expected);
        }
    }
}

/// The bytes of an entry of `buffers`, if they lie in the body.
pub(super) fn range(batch: &Batch, entry: &Node) -> Option<Range<usize>> {
    let &[offset, length] = entry.as_struct()? else { return None };
    let (offset, length) = (usize::try_from(offset).ok()?, usize::try_from(length).ok()?);
    // Where an empty buffer lies does not matter.
    if length == 0 {
        return Some(batch.message.body.start..batch.message.body.start);
    }
    let start = batch.message.body.start.checked_add(offset)?;
    let end = start.checked_add(length)?;
    (end <= batch.message.body.end).then_some(start..end)
}

pub(super) fn check(batch: &Batch, alignment: &mut Alignment, report: &mut Report) {
    let (path, phase, body) = (batch.header_path(), batch.phase, batch.message.body.len());
    let compressed = batch.header.get("compression").is_some();
    let entries = batch.header.vector("buffers");
    let mut end = 0;
    let mut complete = true;
    for (k, entry) in entries.iter().enumerate() {
        let Some(&[offset, length]) = entry.as_struct() else { continue };
        let (at, place) = (entry.slot.clone(), format!("{path}.buffers[{k}]"));
        if offset < 0 || length < 0 {
            let found = format!("offset {offset}, length {length}");
            report.add("buffer-negative", phase, at, place, found, "neither negative");
            complete = false;
            continue;
        }
        if length == 0 {
            continue;
        }
        alignment.buffers += 1;
        if offset % 64 != 0 {
            alignment.narrow += 1;
            alignment.first.get_or_insert((at.clone(), place.clone()));
        }
        if offset % 8 != 0 {
            let clauses: &[_] = match compressed {
                true => &["buffer-offset-aligned", "compression-alignment-kept"],
                false => &["buffer-offset-aligned"],
            };
            for clause in clauses {
                let place = format!("{place}.offset");
                report.add(clause, phase, at.clone(), place, offset.to_string(), "a multiple of 8");
            }
        }
        let Some(range) = range(batch, entry) else {
            complete = false;
            if let Some(base) = other_base(batch) {
                let found = format!("{offset}, counted from byte {base} of the input");
                let expected = "offsets from the start of the body";
                report.add("buffer-offset-base", phase, at, format!("{place}.offset"), found, expected);
                continue;
            }
            let found = format!("{offset} + {length}");
            report.add(
                "buffer-in-bounds",
                phase,
                at,
                place,
                found,
                format!("an end within the {body} bytes of the body"),
            );
            continue;
        };
        let start = range.start - batch.message.body.start;
        if start < end {
            let found = format!("{start}, in front of the end of a buffer before, {end}");
            let expected = "buffers one behind the other";
            report.add("buffer-padding-between", phase, at, format!("{place}.offset"), found, expected);
        } else if start - end >= WIDEST {
            let found = format!("{} bytes between this buffer and the one before", start - end);
            let expected = "no more than alignment needs";
            report.add("buffer-padding-between", phase, at, format!("{place}.offset"), found, expected);
        }
        end = end.max(range.end - batch.message.body.start);
    }
    if complete && body > end.next_multiple_of(WIDEST) {
        let at = batch.message.body.start + end..batch.message.body.end;
        let found = format!("{body}, with the last buffer ending at {end}");
        let expected = "the end of the last buffer and its padding";
        report.add(
            "message-bodylength-exact",
            phase,
            at,
            format!("{}.message.bodyLength", batch.name),
            found,
            expected,
        );
    }
}

/// Where the offsets seem to count from, if that is the start of the message or of the input rather than of the body.
fn other_base(batch: &Batch) -> Option<usize> {
    let entries = batch.header.vector("buffers").iter().filter_map(Node::as_struct);
    let first = entries.filter(|entry| entry[1] > 0).map(|entry| entry[0]).min()?;
    let body = batch.message.body.start;
    [0, batch.message.range.start].into_iter().find(|base| *base != body && (body - base) as i64 == first)
}
