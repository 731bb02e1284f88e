//! Bitmaps.

use crate::error::{Error, Result};

/// Bit `index`; false behind the end.
pub fn bit(bits: &[u8], index: usize) -> bool {
    bits.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
}

/// The bytes that hold `length` bits from bit `start` on.
pub fn covering(bits: &[u8], start: usize, length: usize) -> Result<&[u8]> {
    bits.get(start / 8..(start + length).div_ceil(8))
        .ok_or_else(|| Error::argument(format!("a bitmap of {} bytes, {} bits are needed", bits.len(), start + length)))
}

/// Appends `length` bits of `bytes`, from one of the first eight on; the bits behind them are zero.
pub fn append(copy: &mut Vec<u8>, bytes: &[u8], shift: usize, length: usize) {
    let end = copy.len() + length.div_ceil(8);
    if shift == 0 {
        copy.extend_from_slice(bytes);
    } else {
        let (words, rest) = bytes.as_chunks::<8>();
        for (index, word) in words.iter().enumerate() {
            let next = bytes.get(index * 8 + 8).copied().unwrap_or(0);
            let word = u64::from_le_bytes(*word) >> shift | u64::from(next) << (64 - shift);
            copy.extend_from_slice(&word.to_le_bytes());
        }
        for (index, byte) in rest.iter().enumerate() {
            copy.push(byte >> shift | rest.get(index + 1).map_or(0, |next| next << (8 - shift)));
        }
    }
    // The bits may end a byte before those that hold them.
    copy.truncate(end);
    if let (Some(last), 1..) = (copy.last_mut(), length % 8) {
        *last &= (1 << (length % 8)) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_copied_from_any_bit_and_end_in_zeros() {
        let bits: Vec<u8> = (0..27u8).map(|index| index.wrapping_mul(151) ^ 0b1010_0101).collect();
        for start in 0..bits.len() * 8 {
            for length in 0..=bits.len() * 8 - start {
                let bytes = covering(&bits, start, length).unwrap();
                let mut copied = vec![0xFF];
                append(&mut copied, bytes, start % 8, length);
                assert_eq!((copied.len(), copied[0]), (1 + length.div_ceil(8), 0xFF));
                for slot in 0..(copied.len() - 1) * 8 {
                    let expected = slot < length && bit(&bits, start + slot);
                    assert_eq!(bit(&copied[1..], slot), expected, "{start} {length} {slot}");
                }
            }
        }
        let error = covering(&bits[..3], 20, 5).unwrap_err();
        assert_eq!(error.message, "a bitmap of 3 bytes, 25 bits are needed");
    }
}
