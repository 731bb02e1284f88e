//! What edits did to bytes: where the base and the result differ.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::value::to_hex;

/// Equal bytes between two differences that are written down with them; a place takes more room than these.
const JOINED: usize = 8;
/// Bytes of a difference that are written down; of longer ones, the first of them and the length.
const WRITTEN: usize = 64;

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where it begins, in base and result alike unless a difference before it has moved the result.
    pub offset: usize,
    /// The bytes of the base.
    pub old: Bytes,
    /// The bytes of the result.
    pub new: Bytes,
}

/// Bytes as they are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    /// How many there are.
    pub length: usize,
    /// They, or the first 64 of them, in hex digits.
    pub hex: String,
}

impl Bytes {
    fn of(bytes: &[u8]) -> Self {
        Bytes { length: bytes.len(), hex: to_hex(&bytes[..bytes.len().min(WRITTEN)]) }
    }
}

/// The differences of two inputs. Of equal length: the ranges that differ. Of different lengths: what lies between the bytes that
/// are equal at the start and those that are equal at the end.
pub fn changes(base: &[u8], result: &[u8]) -> Vec<Change> {
    let ranges = match base.len() == result.len() {
        true => differing(base, result).into_iter().map(|range| (range.clone(), range)).collect(),
        false => vec![middle(base, result)],
    };
    let change = |(old, new): (Range<usize>, Range<usize>)| Change {
        offset: old.start,
        old: Bytes::of(&base[old]),
        new: Bytes::of(&result[new]),
    };
    ranges.into_iter().map(change).collect()
}

/// The ranges in which two inputs of the same length differ.
fn differing(base: &[u8], result: &[u8]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let pairs = base.iter().zip(result).enumerate();
    for (at, _) in pairs.filter(|(_, (old, new))| old != new) {
        match ranges.last_mut() {
            Some(last) if at - last.end < JOINED => last.end = at + 1,
            _ => ranges.push(at..at + 1),
        }
    }
    ranges
}

/// What is neither in the common prefix nor in the common suffix.
fn middle(base: &[u8], result: &[u8]) -> (Range<usize>, Range<usize>) {
    let shorter = base.len().min(result.len());
    let start = base.iter().zip(result).take_while(|(old, new)| old == new).count();
    let ends = base.iter().rev().zip(result.iter().rev());
    let end = ends.take(shorter - start).take_while(|(old, new)| old == new).count();
    (start..base.len() - end, start..result.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(base: &[u8], result: &[u8]) -> Vec<(usize, usize, String, usize, String)> {
        let changes = changes(base, result).into_iter();
        changes.map(|Change { offset, old, new }| (offset, old.length, old.hex, new.length, new.hex)).collect()
    }

    #[test]
    fn equal_inputs_have_no_differences() {
        assert_eq!(changes(b"abc", b"abc"), []);
    }

    #[test]
    fn inputs_of_one_length_differ_in_ranges() {
        let base = [0; 32];
        let mut result = base;
        result[3] = 1;
        result[5] = 2;
        result[20] = 3;
        assert_eq!(
            shown(&base, &result),
            [(3, 3, "000000".into(), 3, "010002".into()), (20, 1, "00".into(), 1, "03".into())]
        );
    }

    #[test]
    fn an_insertion_is_what_lies_between_the_equal_ends() {
        assert_eq!(shown(b"abcdef", b"abXYcdef"), [(2, 0, String::new(), 2, "5859".into())]);
        assert_eq!(shown(b"abXYcdef", b"abcdef"), [(2, 2, "5859".into(), 0, String::new())]);
        assert_eq!(shown(b"aaa", b"aa"), [(2, 1, "61".into(), 0, String::new())]);
        assert_eq!(shown(b"", b"a"), [(0, 0, String::new(), 1, "61".into())]);
    }

    #[test]
    fn long_differences_are_cut_and_tell_their_length() {
        let [change] = &changes(&[0; 100], &[1; 100])[..] else { panic!("not one") };
        assert_eq!((change.new.length, change.new.hex.len()), (100, 128));
    }
}
