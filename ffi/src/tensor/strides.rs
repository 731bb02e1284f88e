//! Strides: which bytes a shape addresses, whether they lie without gaps, and how they are put in order.

use crate::error::{Error, Result};

/// Strides of the row-major order, in bytes; `None` when they do not fit.
pub fn row_major(shape: &[i64], width: usize) -> Option<Vec<i64>> {
    let mut strides = vec![0; shape.len()];
    let mut step = i64::try_from(width).ok()?;
    for (stride, size) in strides.iter_mut().zip(shape).rev() {
        *stride = step;
        step = step.checked_mul(*size)?;
    }
    Some(strides)
}

/// Number of values, the shape being checked for negative lengths.
pub fn count(shape: &[i64]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1usize, |count, size| count.checked_mul(usize::try_from(*size).ok()?))
}

/// Bytes from the first to the end of the last value that non-negative strides address.
pub fn extent(shape: &[i64], strides: &[i64], width: usize) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().zip(strides).try_fold(width, |end, (size, stride)| {
        let last = usize::try_from(size - 1).ok()?;
        end.checked_add(last.checked_mul(usize::try_from(*stride).ok()?)?)
    })
}

/// Whether the values lie side by side, each once, in an order of the dimensions of their own.
pub fn packed(shape: &[i64], strides: &[i64], width: usize) -> bool {
    // Of a dimension of one value the stride has no meaning.
    let mut steps: Vec<_> = shape.iter().zip(strides).filter(|(size, _)| **size != 1).collect();
    steps.sort_by_key(|(_, stride)| **stride);
    let mut expected = i64::try_from(width).ok();
    steps.into_iter().all(|(size, stride)| {
        let fits = expected == Some(*stride);
        expected = stride.checked_mul(*size);
        fits
    })
}

/// The values in row-major order. The caller has checked that `data` covers the extent.
pub fn gather(data: &[u8], shape: &[i64], strides: &[i64], width: usize) -> Result<Vec<u8>> {
    let overflow = || Error::out_of_memory(u64::MAX);
    let count = count(shape).ok_or_else(overflow)?;
    let length = count.checked_mul(width).ok_or_else(overflow)?;
    let mut gathered = Vec::new();
    gathered.try_reserve_exact(length).map_err(|_| Error::out_of_memory(length as u64))?;
    let (mut coordinates, mut position) = (vec![0i64; shape.len()], 0i64);
    for _ in 0..count {
        let start = position as usize;
        gathered.extend_from_slice(&data[start..start + width]);
        // To the next value: as a counter whose last digit moves first.
        for axis in (0..shape.len()).rev() {
            coordinates[axis] += 1;
            position += strides[axis];
            if coordinates[axis] < shape[axis] {
                break;
            }
            position -= strides[axis] * shape[axis];
            coordinates[axis] = 0;
        }
    }
    Ok(gathered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extent_ends_behind_the_last_value() {
        assert_eq!(row_major(&[2, 3], 4), Some(vec![12, 4]));
        assert_eq!(extent(&[2, 3], &[12, 4], 4), Some(24));
        assert_eq!(extent(&[2, 3], &[4, 8], 4), Some(24));
        assert_eq!(extent(&[2, 3], &[100, 0], 4), Some(104));
        assert_eq!(extent(&[], &[], 8), Some(8));
        assert_eq!(extent(&[i64::MAX, 0], &[8, 8], 8), Some(0));
        assert_eq!(extent(&[i64::MAX, 2], &[8, 8], 8), None);
        assert_eq!(extent(&[2], &[-8], 8), None);
        assert_eq!(count(&[1 << 32, 1 << 32]), None);
        assert_eq!(count(&[1 << 32, 1 << 32, 0]), Some(0));
        assert_eq!(row_major(&[2, i64::MAX], 8), None);
    }

    #[test]
    fn packed_is_any_order_without_gaps_and_repetitions() {
        for (shape, strides, expected) in [
            (&[2, 3][..], &[12, 4][..], true),
            (&[2, 3], &[4, 8], true),
            (&[2, 1, 3], &[4, 999, 8], true),
            (&[], &[], true),
            (&[2, 3], &[16, 4], false),
            (&[2, 3], &[0, 4], false),
            (&[2, 3], &[4, 4], false),
            (&[3], &[2], false),
        ] {
            assert_eq!(packed(shape, strides, 4), expected, "{shape:?} {strides:?}");
        }
    }

    #[test]
    fn gathered_values_are_in_row_major_order() {
        let data: Vec<u8> = (0..12).collect();
        assert_eq!(gather(&data, &[2, 3], &[1, 4], 1).unwrap(), [0, 4, 8, 1, 5, 9]);
        assert_eq!(gather(&data, &[2, 2], &[8, 2], 2).unwrap(), [0, 1, 2, 3, 8, 9, 10, 11]);
        assert_eq!(gather(&data, &[2, 2], &[0, 1], 1).unwrap(), [0, 1, 0, 1]);
        assert_eq!(gather(&data, &[], &[], 3).unwrap(), [0, 1, 2]);
        assert_eq!(gather(&data, &[3, 0], &[1, 1], 1).unwrap(), [] as [u8; 0]);
    }
}
