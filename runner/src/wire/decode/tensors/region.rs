//! Bytes of the body, and cells in them.

use std::ops::Range;

use arrowipc_kit::value::DataType;

use crate::wire::decode::budget::Budget;
use crate::wire::decode::report::Halt;
use crate::wire::decode::structure::fixed_width;
use crate::wire::decode::values::fixed;

/// Bytes and where they lie in the input.
#[derive(Clone, Copy)]
pub struct Region<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

/// Integers of one type in a buffer.
#[derive(Clone)]
pub struct Numbers<'a> {
    pub region: Region<'a>,
    pub data_type: DataType,
}

impl<'a> Region<'a> {
    /// Where it lies in the input.
    pub fn range(&self) -> Range<usize> {
        self.at..self.at + self.bytes.len()
    }

    /// The cells of this width, the last dimension varying fastest; the caller knows that [`extent`] is within the bytes.
    pub fn cells(
        &self,
        shape: &[i64],
        strides: Option<&[i64]>,
        width: usize,
        budget: &mut Budget,
    ) -> Result<Vec<&'a [u8]>, Halt> {
        let count = count(shape).and_then(|count| usize::try_from(count).ok()).ok_or(Halt::TooLarge)?;
        budget.values(count)?;
        let mut starts: Vec<usize> = vec![0; count.min(1)];
        let steps = strides.map_or_else(|| row_major(shape, width), <[i64]>::to_vec);
        for (size, stride) in shape.iter().zip(steps).filter(|_| count > 0) {
            let next = |start: usize| (0..*size as usize).map(move |step| start + step * stride as usize);
            starts = starts.into_iter().flat_map(next).collect();
        }
        Ok(starts.into_iter().filter_map(|start| self.bytes.get(start..start + width)).collect())
    }
}

impl<'a> Numbers<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.region.bytes.len() / fixed_width(&self.data_type)
    }

    /// The first ones.
    pub fn take(self, count: usize) -> Self {
        let end = count.saturating_mul(fixed_width(&self.data_type)).min(self.region.bytes.len());
        Numbers { region: Region { bytes: &self.region.bytes[..end], ..self.region }, ..self }
    }

    /// All of them.
    pub fn list(&self, budget: &mut Budget) -> Result<Vec<i128>, Halt> {
        budget.values(self.len())?;
        Ok(self.region.bytes.chunks_exact(fixed_width(&self.data_type)).map(|cell| self.number(cell)).collect())
    }

    /// The number in these bytes.
    pub fn number(&self, cell: &[u8]) -> i128 {
        fixed::integer(cell, false, self.data_type.integer_range().is_some_and(|(least, _)| least < 0))
    }

    /// Where one of them lies in the input.
    pub fn place(&self, index: usize) -> Range<usize> {
        let width = fixed_width(&self.data_type);
        let start = self.region.at + index * width;
        start..start + width
    }
}

/// The number of values of a shape without negative lengths; none beyond 128 bits.
pub fn count(shape: &[i64]) -> Option<u128> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1_u128, |count, size| count.checked_mul(*size as u128))
}

/// Bytes from the start of the first value to the end of the last; none beyond 128 bits. Nothing is negative.
pub fn extent(shape: &[i64], strides: Option<&[i64]>, width: usize) -> Option<u128> {
    if shape.contains(&0) {
        return Some(0);
    }
    match strides {
        None => count(shape)?.checked_mul(width as u128),
        Some(strides) => shape.iter().zip(strides).try_fold(width as u128, |end, (size, stride)| {
            end.checked_add((*size as u128 - 1).checked_mul(*stride as u128)?)
        }),
    }
}

/// The strides of the row-major order, of a shape whose extent is known to be small.
fn row_major(shape: &[i64], width: usize) -> Vec<i64> {
    let mut step = width as i64;
    let mut strides: Vec<i64> = Vec::with_capacity(shape.len());
    for size in shape.iter().rev() {
        strides.push(step);
        step = step.saturating_mul(*size);
    }
    strides.reverse();
    strides
}
