//! UTF-8 behind offsets.

use crate::error::{Error, Result};

/// Checks the strings of an array whose offsets are known to be in order and in `data`. What lies under null slots may
/// hold anything (clause layout-null-slot-value-arbitrary).
pub fn offsets(offsets: &[u8], wide: bool, length: usize, data: &[u8], is_valid: impl Fn(usize) -> bool) -> Result<()> {
    if length == 0 {
        return Ok(());
    }
    let width = if wide { 8 } else { 4 };
    let at = |slot: usize| super::integer_at(offsets, slot, width, true) as usize;
    let whole = &data[at(0)..at(length)];
    // One pass over all strings, then each must start where a character starts.
    if whole.is_ascii() {
        return Ok(());
    }
    if simdutf8::basic::from_utf8(whole).is_ok() {
        let inside = |slot: usize| data.get(at(slot)).is_some_and(|byte| byte & 0xC0 == 0x80);
        if !(1..length).any(inside) {
            return Ok(());
        }
    }
    for slot in (0..length).filter(|slot| is_valid(*slot)) {
        if let Err(error) = simdutf8::compat::from_utf8(&data[at(slot)..at(slot + 1)]) {
            let message = format!("the string in slot {slot} is not UTF-8 from byte {} on", error.valid_up_to());
            return Err(Error::invalid("type-utf8-invalid", message));
        }
    }
    Ok(())
}
