//! Big-endian values → little-endian ones.
//!
//! Only the bodies have the byte order that the schema declares; framing, flatbuffers and the length prefixes of compressed
//! buffers are little-endian always (clause endian-scope-bodies).

use crate::error::Result;
use crate::memory::AlignedBuffer;
use crate::schema::DataType;

/// The parts of a value that are swapped each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    /// Bytes, bits, type ids.
    None,
    /// Integers, floats and decimals of this many bytes.
    Whole(usize),
    /// Days and milliseconds: two of 4 bytes.
    DayTime,
    /// Months and days of 4 bytes, nanoseconds of 8.
    MonthDayNano,
    /// Length, buffer index and offset of 4 bytes; inline values and prefixes are bytes.
    Views,
}

impl Swap {
    /// How the values of a type are swapped.
    pub fn of(data_type: &DataType) -> Swap {
        match data_type {
            DataType::FixedSizeBinary(_) => Swap::None,
            DataType::IntervalDayTime => Swap::DayTime,
            DataType::IntervalMonthDayNano => Swap::MonthDayNano,
            other => match other.fixed_width() {
                None | Some(0 | 1) => Swap::None,
                Some(width) => Swap::Whole(width),
            },
        }
    }

    /// A swapped copy.
    pub fn copy(self, bytes: &[u8]) -> Result<AlignedBuffer> {
        let mut copy = AlignedBuffer::copy_of(bytes)?;
        self.in_place(copy.as_mut());
        Ok(copy)
    }

    /// Swaps values where they lie.
    pub fn in_place(self, bytes: &mut [u8]) {
        match self {
            Swap::None => {}
            Swap::Whole(2) => words::<2>(bytes),
            Swap::Whole(4) | Swap::DayTime => words::<4>(bytes),
            Swap::Whole(8) => words::<8>(bytes),
            Swap::Whole(width) => bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse),
            Swap::MonthDayNano => {
                for value in bytes.as_chunks_mut::<16>().0 {
                    value[..4].reverse();
                    value[4..8].reverse();
                    value[8..].reverse();
                }
            }
            Swap::Views => {
                for view in bytes.as_chunks_mut::<16>().0 {
                    view[..4].reverse();
                    let length = i32::from_le_bytes([view[0], view[1], view[2], view[3]]);
                    if length > 12 {
                        view[8..12].reverse();
                        view[12..].reverse();
                    }
                }
            }
        }
    }
}

fn words<const N: usize>(bytes: &mut [u8]) {
    bytes.as_chunks_mut::<N>().0.iter_mut().for_each(|word| word.reverse());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn swapped(swap: Swap, bytes: &[u8]) -> Vec<u8> {
        swap.copy(bytes).unwrap().as_ref().to_vec()
    }

    #[test]
    fn each_part_of_a_value_is_swapped_by_itself() {
        let bytes: Vec<u8> = (1..=16).collect();
        assert_eq!(swapped(Swap::None, &bytes), bytes);
        assert_eq!(swapped(Swap::Whole(2), &bytes[..4]), [2, 1, 4, 3]);
        assert_eq!(swapped(Swap::DayTime, &bytes[..8]), [4, 3, 2, 1, 8, 7, 6, 5]);
        assert_eq!(swapped(Swap::Whole(16), &bytes), (1..=16).rev().collect::<Vec<u8>>());
        assert_eq!(swapped(Swap::MonthDayNano, &bytes), [4, 3, 2, 1, 8, 7, 6, 5, 16, 15, 14, 13, 12, 11, 10, 9]);
    }

    #[test]
    fn inline_views_keep_their_bytes() {
        let inline = [0, 0, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        assert_eq!(swapped(Swap::Views, &inline), [12, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        let long = [0, 0, 0, 13, 97, 98, 99, 100, 0, 0, 0, 1, 0, 0, 0, 9];
        assert_eq!(swapped(Swap::Views, &long), [13, 0, 0, 0, 97, 98, 99, 100, 1, 0, 0, 0, 9, 0, 0, 0]);
    }
}
