//! UTF-8 behind offsets.

use super::integers;
use crate::error::{Error, Result};

/// Slots whose strings are checked together: their offsets and most texts stay in a processor's cache until that is done.
const TOGETHER: usize = 1024;

/// Checks the strings of an array whose offsets are known to be in order and in `data`. What lies under null slots may
/// hold anything (clause layout-null-slot-value-arbitrary).
pub fn offsets<const N: usize>(
    offsets: &[u8],
    length: usize,
    data: &[u8],
    value: impl Fn([u8; N]) -> i64 + Copy,
    is_valid: impl Fn(usize) -> bool,
) -> Result<()> {
    let offsets = integers::<N>(offsets, length + 1);
    let at = |slot: usize| value(offsets[slot]) as usize;
    for first in (0..length).step_by(TOGETHER) {
        let last = (first + TOGETHER).min(length);
        let text = &data[at(first)..at(last)];
        if text.is_ascii() {
            continue;
        }
        // All of them at once, and then each must start where a character starts.
        if simdutf8::basic::from_utf8(text).is_ok() {
            let inside = |found: bool, offset: &[u8; N]| {
                found | data.get(value(*offset) as usize).is_some_and(|byte| byte & 0xC0 == 0x80)
            };
            if !offsets[first + 1..last].iter().fold(false, inside) {
                continue;
            }
        }
        for slot in (first..last).filter(|slot| is_valid(*slot)) {
            if let Err(error) = simdutf8::compat::from_utf8(&data[at(slot)..at(slot + 1)]) {
                let message = format!("the string in slot {slot} is not UTF-8 from byte {} on", error.valid_up_to());
                return Err(Error::invalid("type-utf8-invalid", message));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks strings with 32-bit offsets; `nulls` are the slots that are null.
    fn check(strings: &[&[u8]], nulls: &[usize]) -> Result<()> {
        let mut ends = vec![0i32];
        ends.extend(strings.iter().scan(0, |end, string| {
            *end += string.len() as i32;
            Some(*end)
        }));
        let ends: Vec<u8> = ends.iter().flat_map(|end| end.to_le_bytes()).collect();
        let value = |bytes| i64::from(i32::from_le_bytes(bytes));
        offsets::<4>(&ends, strings.len(), &strings.concat(), value, |slot| !nulls.contains(&slot))
    }

    fn told(result: Result<()>) -> String {
        result.unwrap_err().message
    }

    #[test]
    fn characters_may_not_be_split_between_slots_wherever_these_lie() {
        for before in [0, 1, TOGETHER - 2, TOGETHER - 1, TOGETHER, 3 * TOGETHER] {
            for filler in ["", "a", "ä"] {
                let mut strings = vec![filler.as_bytes(); before];
                strings.extend(["ä".as_bytes(), b"", "€".as_bytes()]);
                check(&strings, &[]).unwrap();
                let split = strings.len();
                strings.extend([&"ä".as_bytes()[..1], &"ä".as_bytes()[1..]]);
                let text = format!("the string in slot {split} is not UTF-8 from byte 0 on");
                assert_eq!(told(check(&strings, &[])), text);
                let text = format!("the string in slot {} is not UTF-8 from byte 0 on", split + 1);
                assert_eq!(told(check(&strings, &[split])), text);
                check(&strings, &[split, split + 1]).unwrap();
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_found_behind_any_number_of_slots() {
        for before in [0, TOGETHER - 1, TOGETHER, 2 * TOGETHER + 7] {
            let mut strings = vec![&b"ab"[..]; before];
            strings.push(b"x\xFF");
            strings.extend([&b"ab"[..]; 2 * TOGETHER]);
            assert_eq!(told(check(&strings, &[])), format!("the string in slot {before} is not UTF-8 from byte 1 on"));
            check(&strings, &[before]).unwrap();
        }
    }
}
