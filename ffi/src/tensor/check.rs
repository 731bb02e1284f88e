//! What holds of every tensor, read or to be written.
//!
//! The work is bounded by the bytes that are there: buffers are measured before their content is looked at, and those
//! of an index may not overlap.

use super::{Axis, Buffer, Index, Integers, Layout, Tensor, strides};
use crate::error::{Error, Result};
use crate::options::Validation;
use crate::schema::{DataType, Integer};
use crate::validate::integer_at;

/// Width in bytes of the values of a tensor.
pub fn value_width(data_type: &DataType) -> Result<usize> {
    const CLAUSE: &str = "tensor-type-fixed-width";
    match (data_type, data_type.fixed_width()) {
        (_, Some(width @ 1..)) => Ok(width),
        // Fixed width, but not of whole bytes, which strides count.
        (DataType::Bool | DataType::FixedSizeBinary(_), _) => {
            let text = format!("a tensor of {data_type}, whose values are not a positive number of bytes each");
            Err(Error { clause: Some(CLAUSE), ..Error::unsupported(text) })
        }
        _ => Err(Error::invalid(CLAUSE, format!("a tensor of {data_type}, expected a type of fixed width"))),
    }
}

impl<B: Buffer> Tensor<B> {
    /// Checks shape, strides and index, and cuts each buffer to the bytes that they address. `validation` is about the
    /// entries of an index: with [`Validation::Full`] all of them may be relied on.
    pub fn check(&mut self, validation: Validation) -> Result<()> {
        let width = value_width(&self.data_type)?;
        if let Some((axis, size)) = self.shape.iter().enumerate().find(|(_, size)| **size < 0) {
            return Err(Error::invalid("tensor-shape", format!("dimension {axis} has length {size}")));
        }
        match &mut self.layout {
            Layout::Dense { strides } => {
                let needed = dense_extent(&self.shape, strides.as_deref(), width)?;
                cut(&mut self.data, needed, "the data of the tensor", "tensor-data-bounds")
            }
            Layout::Sparse { non_zero_length, index } => {
                let values = usize::try_from(*non_zero_length).map_err(|_| {
                    let text = format!("non_zero_length is {non_zero_length}");
                    Error::invalid("sparse-nonzero-length", text)
                })?;
                let what = format!("the data of {values} values");
                cut(&mut self.data, values.checked_mul(width), &what, "sparse-nonzero-length")?;
                index.check(&self.shape, values, validation)
            }
        }
    }
}

/// Bytes that a dense tensor addresses.
fn dense_extent(shape: &[i64], given: Option<&[i64]>, width: usize) -> Result<Option<usize>> {
    let Some(count) = strides::count(shape) else {
        let text = format!("a tensor of shape {} has too many values to count", shape_text(shape));
        return Err(Error::invalid("tensor-data-bounds", text));
    };
    let Some(given) = given else { return Ok(count.checked_mul(width)) };
    check_strides(given, shape.len(), "tensor-strides-bytes")?;
    Ok(strides::extent(shape, given, width))
}

fn check_strides(strides: &[i64], dimensions: usize, clause: &'static str) -> Result<()> {
    if strides.len() != dimensions {
        let text = format!("{} strides for {dimensions} dimensions", strides.len());
        return Err(Error::invalid(clause, text));
    }
    match strides.iter().enumerate().find(|(_, stride)| **stride < 0) {
        Some((axis, stride)) => Err(Error::invalid(clause, format!("the stride of dimension {axis} is {stride}"))),
        None => Ok(()),
    }
}

/// A shape for messages, however long.
fn shape_text(shape: &[i64]) -> String {
    let shown: Vec<_> = shape.iter().take(8).map(i64::to_string).collect();
    format!("[{}{}]", shown.join(", "), if shape.len() > 8 { ", ..." } else { "" })
}

/// Cuts a buffer to what is needed of it; `None` is more than any buffer has.
fn cut(buffer: &mut impl Buffer, needed: Option<usize>, what: &str, clause: &'static str) -> Result<()> {
    let found = buffer.as_ref().len();
    match needed {
        Some(needed) if needed <= found => {
            buffer.cut(needed);
            Ok(())
        }
        needed => {
            let needed = needed.map_or_else(|| "more than 2^64".to_owned(), |needed| needed.to_string());
            Err(Error::invalid(clause, format!("{what} has {found} bytes, expected {needed}")))
        }
    }
}

impl<B: Buffer> Index<B> {
    fn check(&mut self, shape: &[i64], values: usize, validation: Validation) -> Result<()> {
        match self {
            Index::Coo { indices, strides, canonical } => {
                let matrix = Coordinates::measure(indices, *strides, values, shape.len())?;
                if validation == Validation::Full {
                    matrix.check_range(shape)?;
                    if *canonical && !matrix.is_canonical() {
                        let text = "the coordinates are marked as sorted and unique, and they are not";
                        return Err(Error::invalid("sparse-coo-canonical", text));
                    }
                }
                Ok(())
            }
            Index::Csx { compressed, indptr, indices } => {
                let &[rows, columns] = shape else {
                    let text = format!("a compressed sparse matrix of {} dimensions, expected 2", shape.len());
                    return Err(Error::invalid("sparse-csx-axis", text));
                };
                let (ranges, other) = match compressed {
                    Axis::Row => (rows, columns),
                    Axis::Column => (columns, rows),
                };
                let entries = usize::try_from(ranges).ok().and_then(|ranges| ranges.checked_add(1));
                let (clause, width) = ("sparse-csx-indptr-length", indptr.integer.bytes());
                let needed = entries.and_then(|entries| entries.checked_mul(width));
                cut(&mut indptr.bytes, needed, "the indptr buffer", clause)?;
                let width = indices.integer.bytes();
                cut(&mut indices.bytes, values.checked_mul(width), "the indices buffer", "sparse-nonzero-length")?;
                let (indptr, indices) = (indptr.entries(), indices.entries());
                indptr.check_ranges("indptr", values, validation, clause)?;
                indices.check_range("indices", other, validation)
            }
            Index::Csf { axis_order, indptr_type, indptr, indices_type, indices } => {
                check_axis_order(axis_order, shape.len())?;
                let counts = [("indptr", indptr.len(), shape.len() - 1), ("indices", indices.len(), shape.len())];
                for (what, found, expected) in counts {
                    if found != expected {
                        let text =
                            format!("{found} {what} buffers for {} dimensions, expected {expected}", shape.len());
                        return Err(Error::invalid("sparse-csf-counts", text));
                    }
                }
                let nodes: Vec<_> =
                    indices.iter().map(|level| Entries { bytes: level.as_ref(), integer: *indices_type }).collect();
                check_leaves(&nodes, values)?;
                for (level, (children, axis)) in nodes.iter().zip(axis_order.iter()).enumerate() {
                    let what = format!("indices[{level}]");
                    children.check_range(&what, shape[*axis as usize], validation)?;
                    if let (Some(indptr), Some(next)) = (indptr.get(level), nodes.get(level + 1)) {
                        let ranges = Entries { bytes: indptr.as_ref(), integer: *indptr_type };
                        check_level(level, &ranges, children.len(), next.len(), validation)?;
                    }
                }
                Ok(())
            }
        }
    }
}

fn check_axis_order(axis_order: &[i32], dimensions: usize) -> Result<()> {
    const CLAUSE: &str = "sparse-csf-counts";
    if dimensions == 0 {
        return Err(Error::invalid(CLAUSE, "a CSF index of 0 dimensions, expected 1 or more"));
    }
    if axis_order.len() != dimensions {
        let text = format!("axisOrder has {} entries for {dimensions} dimensions", axis_order.len());
        return Err(Error::invalid(CLAUSE, text));
    }
    let mut seen = vec![false; dimensions];
    for axis in axis_order {
        match usize::try_from(*axis).ok().and_then(|axis| seen.get_mut(axis)) {
            Some(seen @ false) => *seen = true,
            Some(true) => return Err(Error::invalid(CLAUSE, format!("axisOrder names dimension {axis} twice"))),
            None => {
                let text = format!("axisOrder names dimension {axis} of {dimensions}");
                return Err(Error::invalid(CLAUSE, text));
            }
        }
    }
    Ok(())
}

fn check_leaves(nodes: &[Entries<'_>], values: usize) -> Result<()> {
    match nodes.last() {
        Some(leaves) if leaves.len() == values && leaves.is_whole() => Ok(()),
        leaves => {
            let found = leaves.map_or(0, |leaves| leaves.bytes.len());
            let text =
                format!("the last level has {found} bytes of indices, expected one index for each of {values} values");
            Err(Error::invalid("sparse-csf-buffer-lengths", text))
        }
    }
}

fn check_level(
    level: usize,
    ranges: &Entries<'_>,
    parents: usize,
    children: usize,
    validation: Validation,
) -> Result<()> {
    if ranges.len() != parents + 1 || !ranges.is_whole() {
        let text = format!("indptr[{level}] has {} bytes, expected {} entries", ranges.bytes.len(), parents + 1);
        return Err(Error::invalid("sparse-csf-buffer-lengths", text));
    }
    ranges.check_ranges(&format!("indptr[{level}]"), children, validation, "sparse-csf-indptr")
}

impl<B: Buffer> Integers<B> {
    pub(super) fn entries(&self) -> Entries<'_> {
        Entries { bytes: self.bytes.as_ref(), integer: self.integer }
    }
}

/// The entries of a buffer of integers.
pub(super) struct Entries<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) integer: Integer,
}

impl Entries<'_> {
    pub(super) fn len(&self) -> usize {
        self.bytes.len() / self.integer.bytes()
    }

    /// Whether the last entry is whole.
    fn is_whole(&self) -> bool {
        self.bytes.len().is_multiple_of(self.integer.bytes())
    }

    /// Entry `index`; one above 2^63 is negative, and so is one that is not there.
    pub(super) fn get(&self, index: usize) -> i64 {
        integer_at(self.bytes, index, self.integer.bytes(), self.integer.signed)
    }

    /// Checks that the entries divide `total` elements into ranges.
    fn check_ranges(&self, what: &str, total: usize, validation: Validation, clause: &'static str) -> Result<()> {
        if validation == Validation::Trusted {
            return Ok(());
        }
        let last = self.len().saturating_sub(1);
        let (from, to) = (self.get(0), self.get(last));
        if from != 0 || usize::try_from(to) != Ok(total) {
            let text = format!("{what} starts with {from} and ends with {to}, expected 0 and {total}");
            return Err(Error::invalid(clause, text));
        }
        if validation == Validation::Full
            && let Some(index) = (0..last).find(|index| self.get(index + 1) < self.get(*index))
        {
            let (from, to) = (self.get(index), self.get(index + 1));
            return Err(Error::invalid(clause, format!("{what} falls from {from} to {to} at entry {}", index + 1)));
        }
        Ok(())
    }

    /// Checks that the entries are coordinates on an axis.
    fn check_range(&self, what: &str, size: i64, validation: Validation) -> Result<()> {
        if validation != Validation::Full {
            return Ok(());
        }
        match (0..self.len()).find(|index| !(0..size).contains(&self.get(*index))) {
            Some(index) => Err(outside(&format!("{what}[{index}]"), self.get(index), size)),
            None => Ok(()),
        }
    }
}

fn outside(what: &str, found: i64, size: i64) -> Error {
    Error::invalid("sparse-index-bounds", format!("{what} is {found}, the dimension has length {size}"))
}

/// The coordinates of the values of a COO index, measured.
pub(super) struct Coordinates<'a> {
    bytes: &'a [u8],
    integer: Integer,
    steps: [usize; 2],
    values: usize,
    dimensions: usize,
}

impl<'a> Coordinates<'a> {
    /// Checks that the matrix lies in its buffer, which is cut to it.
    pub(super) fn measure<B: Buffer>(
        indices: &'a mut Integers<B>,
        strides: Option<[i64; 2]>,
        values: usize,
        dimensions: usize,
    ) -> Result<Self> {
        const CLAUSE: &str = "sparse-coo-index";
        let width = indices.integer.bytes();
        let what = format!("the matrix of {dimensions} coordinates for each of {values} values");
        // Each coordinate has bytes of its own, whatever the strides are.
        let least = values.checked_mul(dimensions).and_then(|count| count.checked_mul(width));
        let found = indices.bytes.as_ref().len();
        let steps = match strides {
            None => {
                cut(&mut indices.bytes, least, &what, CLAUSE)?;
                [dimensions * width, width]
            }
            Some(strides) => {
                check_strides(&strides, 2, CLAUSE)?;
                let extent = match (i64::try_from(values), i64::try_from(dimensions)) {
                    (Ok(values), Ok(dimensions)) => strides::extent(&[values, dimensions], &strides, width),
                    _ => None,
                };
                if least.is_none_or(|least| least > found) {
                    cut(&mut indices.bytes, least, &what, CLAUSE)?;
                }
                cut(&mut indices.bytes, extent, &what, CLAUSE)?;
                strides.map(|stride| stride as usize)
            }
        };
        Ok(Coordinates { bytes: indices.bytes.as_ref(), integer: indices.integer, steps, values, dimensions })
    }

    fn get(&self, value: usize, dimension: usize) -> i64 {
        let start = value * self.steps[0] + dimension * self.steps[1];
        let bytes = self.bytes.get(start..).unwrap_or_default();
        integer_at(bytes, 0, self.integer.bytes(), self.integer.signed)
    }

    fn check_range(&self, shape: &[i64]) -> Result<()> {
        for value in 0..self.values_with_coordinates() {
            for (dimension, size) in shape.iter().enumerate() {
                let found = self.get(value, dimension);
                if !(0..*size).contains(&found) {
                    return Err(outside(&format!("indices[{value}, {dimension}]"), found, *size));
                }
            }
        }
        Ok(())
    }

    /// Whether the coordinates are sorted and differ.
    pub(super) fn is_canonical(&self) -> bool {
        let row = |value| (0..self.dimensions).map(move |dimension| self.get(value, dimension));
        match self.dimensions {
            0 => self.values < 2,
            _ => (1..self.values).all(|value| row(value - 1).lt(row(value))),
        }
    }

    /// Without dimensions there is nothing to look at, however many values there are.
    fn values_with_coordinates(&self) -> usize {
        if self.dimensions == 0 { 0 } else { self.values }
    }
}
