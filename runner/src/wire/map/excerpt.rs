//! The parts of an input around bytes in question: what a report can carry of it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Entry, map};
use crate::case::options::Format;

/// Bytes in front of those in question, and behind.
const AROUND: usize = 32;

/// Bytes of one range that are in the excerpt; the rest is told by the range alone.
const MOST_OF_RANGE: usize = 64;

/// Bytes of all excerpts of an input.
const MOST_BYTES: usize = 768;

/// Characters of what a part says.
const MOST_TEXT: usize = 120;

/// A stretch of an input, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Where it starts.
    pub start: usize,
    /// Its bytes, two hex digits each.
    pub hex: String,
    /// What they are; the first part and the last one may reach beyond the excerpt.
    pub parts: Vec<Entry>,
}

/// Excerpts around these ranges, in order, none overlapping another.
pub fn excerpts(bytes: &[u8], format: Format, ranges: &[Range<usize>]) -> Vec<Excerpt> {
    if ranges.is_empty() {
        return Vec::new();
    }
    let entries = map(bytes, format).entries;
    let mut left = MOST_BYTES;
    let mut found = Vec::new();
    for stretch in stretches(bytes.len(), ranges) {
        let stretch = stretch.start..stretch.end.min(stretch.start + left);
        left -= stretch.len();
        if stretch.is_empty() {
            continue;
        }
        let inside = |entry: &&Entry| entry.range.start < stretch.end && entry.range.end > stretch.start;
        let parts =
            entries.iter().filter(inside).map(|entry| Entry { value: shortened(&entry.value), ..entry.clone() });
        let hex = bytes[stretch.clone()].iter().map(|byte| format!("{byte:02x}")).collect();
        found.push(Excerpt { start: stretch.start, hex, parts: parts.collect() });
    }
    found
}

/// The ranges with what surrounds them; those that meet are one.
fn stretches(length: usize, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut sorted: Vec<_> = ranges.iter().map(|range| range.start.min(length)..range.end.min(length)).collect();
    sorted.sort_by_key(|range| range.start);
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for range in sorted {
        let start = range.start.saturating_sub(AROUND);
        let end = (range.end.min(range.start + MOST_OF_RANGE) + AROUND).min(length);
        match stretches.last_mut() {
            Some(last) if last.end >= start => last.end = last.end.max(end),
            _ => stretches.push(start..end),
        }
    }
    stretches
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_are_near_share_an_excerpt_and_long_ones_are_cut() {
        assert_eq!(stretches(1000, &[100..104, 150..151, 500..900]), [68..183, 468..596]);
        assert_eq!(stretches(1000, &[990..2000, 0..4]), [0..36, 958..1000]);
    }

    #[test]
    fn an_excerpt_tells_what_each_of_its_bytes_is() {
        let stream = [[0xff; 4], [0; 4]].concat();
        let found = excerpts(&stream, Format::Stream, &[0..1, 5..6]);
        let [Excerpt { start: 0, hex, parts }] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(hex, "ffffffff00000000");
        assert_eq!(parts.iter().map(|part| part.path.as_str()).collect::<Vec<_>>(), ["end_of_stream"]);
    }

    #[test]
    fn many_ranges_make_no_more_than_a_report_can_carry() {
        let bytes = vec![0; 100_000];
        let ranges: Vec<_> = (0..100).map(|n| n * 1000..n * 1000 + 500).collect();
        let found = excerpts(&bytes, Format::Stream, &ranges);
        assert_eq!(found.iter().map(|excerpt| excerpt.hex.len() / 2).sum::<usize>(), MOST_BYTES);
        assert_eq!(excerpts(&bytes, Format::Stream, &[]), []);
    }
}
