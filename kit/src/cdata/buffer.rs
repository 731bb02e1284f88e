//! Memory at chosen addresses.

use std::ffi::c_void;
use std::ops::Range;

/// Bytes at a 64-byte aligned or an odd address, with zeros behind them up to a multiple of 64. The address stays
/// when the buffer is moved.
#[derive(Debug)]
pub(super) struct Buffer {
    memory: Vec<u8>,
    start: usize,
}

const ALIGNMENT: usize = 64;

impl Buffer {
    pub(super) fn new(bytes: &[u8], unaligned: bool) -> Self {
        let padded = bytes.len().max(1).next_multiple_of(ALIGNMENT);
        let mut memory = vec![0; padded + ALIGNMENT];
        let aligned = memory.as_ptr().addr().wrapping_neg() % ALIGNMENT;
        let start = if unaligned { aligned + 1 } else { aligned };
        memory[start..start + bytes.len()].copy_from_slice(bytes);
        Buffer { memory, start }
    }

    /// Everything that was allocated, what lies around the bytes included.
    pub(super) fn memory(&self) -> &[u8] {
        &self.memory
    }

    pub(super) fn as_ptr(&self) -> *const c_void {
        self.memory[self.start..].as_ptr().cast()
    }
}

/// How many bits of a range are set, a byte at a time.
pub(super) fn count_set(bitmap: &[u8], range: Range<usize>) -> usize {
    if range.is_empty() {
        return 0;
    }
    let (first, last) = (range.start / 8, (range.end - 1) / 8);
    let from = 0xff << (range.start % 8) as u32;
    let to = 0xff_u8 >> (7 - (range.end - 1) % 8);
    let ones = |byte: u8| byte.count_ones() as usize;
    if first == last {
        return ones(bitmap[first] & from & to);
    }
    let between: usize = bitmap[first + 1..last].iter().map(|byte| ones(*byte)).sum();
    ones(bitmap[first] & from) + between + ones(bitmap[last] & to)
}

/// A bitmap, least significant bit first.
pub(super) fn bitmap(bits: impl IntoIterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, bit) in bits.into_iter().enumerate() {
        if index % 8 == 0 {
            bytes.push(0);
        }
        if let Some(byte) = bytes.last_mut() {
            *byte |= u8::from(bit) << (index % 8);
        }
    }
    bytes
}

/// The bit of that index; false behind the last byte.
pub(super) fn bit(bytes: &[u8], index: usize) -> bool {
    bytes.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_bits_are_counted_in_any_range() {
        let bitmap = [0b1011_0101, 0xff, 0x00, 0b0110_0110];
        for start in 0..=32 {
            for end in start..=32 {
                let one_by_one = (start..end).filter(|index| bit(&bitmap, *index)).count();
                assert_eq!(count_set(&bitmap, start..end), one_by_one, "{start}..{end}");
            }
        }
    }

    #[test]
    fn buffers_start_where_they_should_and_stay_there() {
        for len in [0, 1, 63, 64, 65, 1000] {
            let aligned = Buffer::new(&vec![7; len], false);
            let address = aligned.as_ptr();
            assert_eq!(address.addr() % ALIGNMENT, 0);
            assert_eq!(Some(aligned).map(|moved| moved.as_ptr()), Some(address));
            assert_eq!(Buffer::new(&vec![7; len], true).as_ptr().addr() % 2, 1);
        }
    }

    #[test]
    fn bitmaps_are_least_significant_bit_first() {
        let bits = [true, false, false, true, true, false, false, false, true];
        assert_eq!(bitmap(bits), [0b0001_1001, 1]);
        assert_eq!(
            bits.map(|_| ()).len(),
            (0..9).filter(|index| bit(&[0b0001_1001, 1], *index) == bits[*index]).count()
        );
    }
}
