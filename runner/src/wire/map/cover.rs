//! Ranges that never overlap: what is claimed first stays.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Entry, Kind, Map};

/// The bytes of an input and what has been said of them.
pub(super) struct Cover<'a> {
    /// The input.
    pub(super) bytes: &'a [u8],
    /// By the start of the range.
    entries: BTreeMap<usize, Entry>,
}

impl<'a> Cover<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Cover { bytes, entries: BTreeMap::new() }
    }

    /// Says what a range is, as far as nothing has been said of it; what lies behind the input is left out.
    pub(super) fn claim(&mut self, range: Range<usize>, path: &str, kind: Kind, value: &str) {
        for range in self.free(range) {
            let entry = Entry { range: range.clone(), path: path.to_owned(), kind, value: value.to_owned() };
            self.entries.insert(range.start, entry);
        }
    }

    /// Says of what is left of a range that it is padding, or unreferenced.
    pub(super) fn fill(&mut self, range: Range<usize>, path: &str) {
        for range in self.free(range) {
            let zero = self.bytes[range.clone()].iter().all(|byte| *byte == 0);
            let kind = if zero { Kind::Padding } else { Kind::Unreferenced };
            let entry = Entry { range: range.clone(), path: path.to_owned(), kind, value: String::new() };
            self.entries.insert(range.start, entry);
        }
    }

    /// The parts of a range of which nothing has been said.
    pub(super) fn free(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let end = range.end.min(self.bytes.len());
        let mut at = range.start;
        if let Some((_, before)) = self.entries.range(..at).next_back() {
            at = at.max(before.range.end);
        }
        let mut free = Vec::new();
        if at >= end {
            return free;
        }
        for (start, entry) in self.entries.range(at..end) {
            if at < *start {
                free.push(at..*start);
            }
            at = entry.range.end;
        }
        if at < end {
            free.push(at..end);
        }
        free
    }

    pub(super) fn finish(self) -> Map {
        Map { entries: self.entries.into_values().collect() }
    }
}
