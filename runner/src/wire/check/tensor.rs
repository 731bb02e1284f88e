//! Tensors and sparse tensors, which are messages of their own.

use std::ops::Range;

use super::{Group, Input, Report};
use crate::case::options::Phase;
use crate::wire::parse::Message;
use crate::wire::tree::{Node, Table};
use crate::wire::walk::{self, Layout};

pub(super) const GROUP: Group = Group {
    clauses: &[
        "tensor-body-aligned-64",
        "tensor-body-length-multiple-8",
        "tensor-required-fields",
        "tensor-type-fixed-width",
        "tensor-strides-bytes",
        "tensor-data-offset",
        "tensor-data-bounds",
        "sparse-required-fields",
        "sparse-nonzero-length",
        "sparse-body-order-aligned",
        "sparse-coo-canonical",
        "sparse-csx-indptr-length",
        "sparse-csx-sorted",
        "sparse-csf-buffer-lengths",
    ],
    check,
};

fn check(input: &Input, report: &mut Report) {
    for (index, message) in input.parsed.messages.iter().enumerate() {
        let Some(table) = message.table.table("header") else { continue };
        let sparse = match table.kind.name {
            "Tensor" => false,
            "SparseTensor" => true,
            _ => continue,
        };
        let mut tensor = Tensor { bytes: input.bytes, message, name: &input.names[index], table, report };
        tensor.common(sparse);
        match sparse {
            false => tensor.dense(),
            true => tensor.sparse(),
        }
    }
}

struct Tensor<'i, 'r> {
    bytes: &'i [u8],
    message: &'i Message,
    name: &'i str,
    table: &'i Table,
    report: &'r mut Report,
}

/// Integers of an index, as they lie in the body.
struct Integers<'i> {
    bytes: &'i [u8],
    width: usize,
    signed: bool,
}

impl Integers<'_> {
    fn len(&self) -> usize {
        self.bytes.len() / self.width
    }

    fn at(&self, place: usize) -> Option<i128> {
        let mut word = [0; 8];
        word[..self.width].copy_from_slice(self.bytes.get(place..place.checked_add(self.width)?)?);
        let (shift, value) = (64 - 8 * self.width, u64::from_le_bytes(word));
        Some(if self.signed { i128::from((value as i64) << shift >> shift) } else { i128::from(value) })
    }

    fn get(&self, index: usize) -> Option<i128> {
        self.at(index.checked_mul(self.width)?)
    }
}

impl<'i> Tensor<'i, '_> {
    fn add(
        &mut self,
        clause: &'static str,
        at: Range<usize>,
        field: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.report.add(clause, Phase::Batch, at, format!("{}.{field}", self.name), found, expected);
    }

    fn slot(&self, field: &str) -> Range<usize> {
        self.table.get(field).map_or(self.table.place.clone(), |node| node.slot.clone())
    }

    fn shape(&self) -> Vec<i64> {
        self.table.vector("shape").iter().filter_map(Node::as_table).map(|of| of.scalar("size")).collect()
    }

    /// Bytes of a value, if the type has a fixed number of them.
    fn width(&self) -> Option<u64> {
        match walk::layout(self.table)? {
            Layout::Fixed { bits } if bits > 0 && bits % 8 == 0 => Some(bits / 8),
            _ => None,
        }
    }

    /// The bytes of a buffer, if they lie in the body.
    fn buffer(&self, entry: &[i64]) -> Option<&'i [u8]> {
        let (offset, length) = (usize::try_from(entry[0]).ok()?, usize::try_from(entry[1]).ok()?);
        let start = self.message.body.start.checked_add(offset)?;
        let end = start.checked_add(length).filter(|end| *end <= self.message.body.end)?;
        Some(&self.bytes[start..end])
    }

    fn common(&mut self, sparse: bool) {
        let (message, clause) =
            (self.message, if sparse { "sparse-required-fields" } else { "tensor-required-fields" });
        let required: &[&str] =
            if sparse { &["type", "shape", "sparseIndex", "data"] } else { &["type", "shape", "data"] };
        for field in required.iter().filter(|field| self.table.get(field).is_none()) {
            self.add(clause, self.table.place.clone(), field, "none", "a value, which is required");
        }
        let head = message.metadata.end - message.range.start;
        // The text does not say whether the multiple counts from the start of the message or of the output.
        if !sparse && head % 64 != 0 && message.metadata.end % 64 != 0 {
            let expected = "a multiple of 64";
            let found = format!("a body that starts {head} bytes into the message");
            self.add("tensor-body-aligned-64", message.length.clone(), "message.prefix", found, expected);
        }
        if message.body.len() % 8 != 0 {
            let (at, found) = (message.body.clone(), message.body.len().to_string());
            self.add("tensor-body-length-multiple-8", at, "message.bodyLength", found, "a multiple of 8");
        }
        if self.table.get("type").is_some() && self.width().is_none() {
            let found = self.table.table("type").map_or("no type", |of| of.kind.name);
            self.add("tensor-type-fixed-width", self.slot("type"), "type", found, "values of a fixed number of bytes");
        }
    }

    fn dense(&mut self) {
        let (shape, strides) = (self.shape(), self.table.vector("strides"));
        let strides: Vec<i64> = strides.iter().filter_map(Node::as_scalar).collect();
        let suits = strides.is_empty() || strides.len() == shape.len();
        if !suits || strides.iter().any(|stride| *stride < 0) {
            let expected = format!("{} steps in bytes, none negative", shape.len());
            self.add("tensor-strides-bytes", self.slot("strides"), "strides", format!("{strides:?}"), expected);
            return;
        }
        let Some(&[offset, length]) = self.table.members("data") else { return };
        if length != 0 && self.buffer(&[offset, length]).is_none() {
            let found = format!("offset {offset} of {length} bytes");
            let expected = format!("a place within the {} bytes of the body", self.message.body.len());
            self.add("tensor-data-offset", self.slot("data"), "data.offset", found, expected);
        }
        let Some(width) = self.width() else { return };
        let needed = extent(&shape, &strides, width);
        if needed.is_none_or(|needed| needed > i128::from(length)) {
            let found = format!("a length of {length}");
            let expected = match needed {
                Some(needed) => format!("{needed} bytes for the shape {shape:?}"),
                None => format!("a shape that is not negative; it is {shape:?}"),
            };
            self.add("tensor-data-bounds", self.slot("data"), "data", found, expected);
        }
    }

    fn sparse(&mut self) {
        let count = self.table.scalar("non_zero_length");
        if count < 0 {
            let at = self.slot("non_zero_length");
            return self.add("sparse-nonzero-length", at, "non_zero_length", count.to_string(), "0 or more");
        }
        let Some(index) = self.table.table("sparseIndex") else { return };
        self.order(index);
        match index.kind.name {
            "SparseTensorIndexCOO" => self.coo(index, count),
            "SparseMatrixIndexCSX" => self.csx(index, count),
            "SparseTensorIndexCSF" => self.csf(index, count),
            _ => {}
        }
    }

    /// The index comes first; it and the values start at multiples of 64.
    fn order(&mut self, index: &Table) {
        let Some(&[data, _]) = self.table.members("data") else { return };
        let single = ["indptrBuffer", "indicesBuffer"].into_iter().filter_map(|field| index.members(field));
        let lists = ["indptrBuffers", "indicesBuffers"].into_iter().flat_map(|field| index.vector(field));
        let offsets: Vec<i64> = single.chain(lists.filter_map(Node::as_struct)).map(|entry| entry[0]).collect();
        let aligned = offsets.iter().take(1).chain([&data]).all(|offset| offset % 64 == 0);
        if !aligned || offsets.iter().any(|offset| *offset > data) {
            let found = format!("buffers of the index at {offsets:?}, values at {data}");
            let expected = "the index, then the values, each at a multiple of 64";
            self.add("sparse-body-order-aligned", self.slot("data"), "data", found, expected);
        }
    }

    fn integers(&self, index: &Table, of: &str, entry: Option<&[i64]>) -> Option<Integers<'i>> {
        let int = index.table(of)?;
        let width = match int.scalar("bitWidth") {
            bits @ (8 | 16 | 32 | 64) => bits as usize / 8,
            _ => return None,
        };
        Some(Integers { bytes: self.buffer(entry?)?, width, signed: int.scalar("is_signed") == 1 })
    }

    fn coo(&mut self, index: &Table, count: i64) {
        let Some(indices) = self.integers(index, "indicesType", index.members("indicesBuffer")) else { return };
        let dimensions = self.table.vector("shape").len();
        let strides: Vec<i64> = index.vector("indicesStrides").iter().filter_map(Node::as_scalar).collect();
        let (row, column) = match strides[..] {
            [row, column] => (row, column),
            _ => ((dimensions * indices.width) as i64, indices.width as i64),
        };
        let coordinates = |value: i64| -> Option<Vec<i128>> {
            let place = |dimension: i64| {
                let place = value.checked_mul(row)?.checked_add(dimension.checked_mul(column)?)?;
                indices.at(usize::try_from(place).ok()?)
            };
            (0..dimensions as i64).map(place).collect()
        };
        let mut before = None;
        let mut canonical = true;
        // Every value has indices of its own, so that their number is bounded by the bytes.
        for value in 0..count.min(indices.len() as i64) {
            let Some(here) = coordinates(value) else { return };
            canonical &= before.is_none_or(|before| before < here);
            before = Some(here);
        }
        let told = index.scalar("isCanonical") == 1;
        if told != canonical {
            let at = index.get("isCanonical").map_or(index.place.clone(), |node| node.slot.clone());
            let expected = format!("{canonical}, by the order of the indices");
            self.add("sparse-coo-canonical", at, "sparseIndex.isCanonical", told.to_string(), expected);
        }
    }

    fn csx(&mut self, index: &Table, count: i64) {
        let axis = usize::try_from(index.scalar("compressedAxis")).unwrap_or(usize::MAX);
        let Some(rows) = self.shape().get(axis).and_then(|size| usize::try_from(*size).ok()) else { return };
        let Some(indptr) = self.integers(index, "indptrType", index.members("indptrBuffer")) else { return };
        let at = index.get("indptrBuffer").map_or(index.place.clone(), |node| node.slot.clone());
        let last = indptr.len().checked_sub(1).and_then(|last| indptr.get(last));
        if indptr.len().checked_sub(1) != Some(rows) || last != Some(i128::from(count)) {
            let last = last.map_or("none".to_owned(), |last| last.to_string());
            let found = format!("{} entries, the last {last}", indptr.len());
            let expected = format!("one more than {rows}, the last {count}");
            return self.add("sparse-csx-indptr-length", at, "sparseIndex.indptrBuffer", found, expected);
        }
        let Some(indices) = self.integers(index, "indicesType", index.members("indicesBuffer")) else { return };
        for row in 0..rows {
            let (Some(start), Some(end)) = (indptr.get(row), indptr.get(row + 1)) else { return };
            let (start, end) = (start.max(0), end.min(indices.len() as i128));
            let unsorted = (start + 1..end).find(|at| indices.get(*at as usize) < indices.get(*at as usize - 1));
            if let Some(entry) = unsorted {
                let found = format!("entry {entry} of row {row} below the one before");
                let place = "sparseIndex.indicesBuffer";
                let at = index.get("indicesBuffer").map_or(index.place.clone(), |node| node.slot.clone());
                return self.add("sparse-csx-sorted", at, place, found, "indices in order within each row");
            }
        }
    }

    fn csf(&mut self, index: &Table, count: i64) {
        let width = |of: &str| index.table(of).map(|int| int.scalar("bitWidth") / 8).filter(|width| *width > 0);
        let (Some(pointer), Some(coordinate)) = (width("indptrType"), width("indicesType")) else { return };
        let lengths = |list: &str| -> Vec<i64> {
            index.vector(list).iter().filter_map(Node::as_struct).map(|entry| entry[1]).collect()
        };
        let (indptr, indices) = (lengths("indptrBuffers"), lengths("indicesBuffers"));
        let levels = indptr.iter().zip(&indices).all(|(indptr, indices)| {
            indptr % pointer == 0 && indices % coordinate == 0 && indptr / pointer == indices / coordinate + 1
        });
        let last = indices.last().is_none_or(|last| count.checked_mul(coordinate) == Some(*last));
        if !levels || !last {
            let at = index.get("indicesBuffers").map_or(index.place.clone(), |node| node.slot.clone());
            let found = format!("lengths {indptr:?} of indptr and {indices:?} of indices");
            let expected =
                format!("bytes: {count} values, {coordinate} bytes an index, and one indptr more than indices");
            self.add("sparse-csf-buffer-lengths", at, "sparseIndex.indicesBuffers", found, expected);
        }
    }
}

/// The bytes from the first to the end of the last value.
fn extent(shape: &[i64], strides: &[i64], width: u64) -> Option<i128> {
    if shape.iter().any(|size| *size < 0) {
        return None;
    }
    if shape.contains(&0) {
        return Some(0);
    }
    let width = i128::from(width);
    if strides.is_empty() {
        return shape.iter().try_fold(width, |bytes, size| bytes.checked_mul(i128::from(*size)));
    }
    let steps = shape.iter().zip(strides).map(|(size, stride)| i128::from(size - 1) * i128::from(*stride));
    Some(steps.sum::<i128>() + width)
}
