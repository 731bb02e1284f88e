//! Sparse tensors: the values that are there, and an index that says which ones they are.

use std::ops::Range;

use arrowipc_kit::value::{CompressedAxis, Integers, TensorIndex};

use super::Reader;
use super::region::{Numbers, Region, extent};
use crate::case::options::Phase;
use crate::wire::decode::clauses::*;
use crate::wire::decode::report::{Halt, Report, bytes, field_at};
use crate::wire::decode::structure::fixed_width;
use crate::wire::decode::{schema, types};
use crate::wire::tree::{Node, Table};
use crate::wire::violation::Violation;

/// An index and the values that it is of.
type Indexed<'a> = (TensorIndex, Vec<&'a [u8]>);

impl<'a> Reader<'a, '_> {
    /// The index and the values in its order.
    pub(super) fn sparse(&mut self, shape: &[i64], width: usize) -> Result<Indexed<'a>, Halt> {
        let told = self.table.scalar("non_zero_length");
        let at = field_at(self.table, "non_zero_length");
        let Ok(count) = usize::try_from(told) else {
            let expected = "a number that is not negative";
            return self.broken(SPARSE_NONZERO_LENGTH, at, "non_zero_length", told, expected);
        };
        let data = self.buffer_field(self.table, "data", "data");
        let index = self.index(shape, count);
        let (data, index) = (data?, index?);
        let needed = count as u128 * width as u128;
        if needed > data.bytes.len() as u128 {
            let expected = format!("{} for {count} values", bytes(needed));
            let found = format!("data of {}", bytes(data.bytes.len() as u64));
            return self.broken(SPARSE_NONZERO_LENGTH, at, "non_zero_length", found, expected);
        }
        Ok((index, data.cells(&[told], None, width, self.budget)?))
    }

    fn index(&mut self, shape: &[i64], count: usize) -> Result<TensorIndex, Halt> {
        let code = self.table.scalar("sparseIndex_type");
        let Some(table) = self.table.table("sparseIndex") else {
            if code > 3 {
                let at = field_at(self.table, "sparseIndex_type");
                return self.broken(VERSION_UNKNOWN_ENUM, at, "sparseIndex_type", code, "an index from 1 to 3");
            }
            return self.absent(self.table, "sparseIndex", "sparseIndex");
        };
        match table.kind.name {
            "SparseTensorIndexCOO" => self.coo(table, shape, count),
            "SparseMatrixIndexCSX" => self.csx(table, shape, count),
            _ => self.csf(table, shape, count),
        }
    }

    /// The type of the numbers of an index.
    fn number_type(&mut self, table: &Table, field: &str) -> Result<arrowipc_kit::value::DataType, Halt> {
        let path = format!("sparseIndex.{field}");
        let Some(integer) = table.table(field) else { return self.absent(table, field, &path) };
        let mut found = Report::default();
        let place = format!("{}.{path}", self.place);
        let data_type = types::integer(&mut schema::Reader::new(&mut found), integer, &place);
        for violation in found.into_violations() {
            self.report.repeat(&Violation { clause: SPARSE_INDEX_WIDTH.into(), phase: Phase::Batch, ..violation });
        }
        data_type.ok_or(Halt::Broken)
    }

    fn numbers(&mut self, table: &Table, type_field: &str, field: &str) -> Result<Numbers<'a>, Halt> {
        let data_type = self.number_type(table, type_field);
        let region = self.buffer_field(table, field, &format!("sparseIndex.{field}"));
        Ok(Numbers { data_type: data_type?, region: region? })
    }

    /// Notes a number of an index that is none of those it may be.
    fn wrong(
        &mut self,
        clause: &'static str,
        at: Range<usize>,
        path: String,
        found: i128,
        expected: String,
    ) -> Result<(), Halt> {
        self.report.add(clause, Phase::Validate, at, format!("{}.sparseIndex.{path}", self.place), found, expected);
        Err(Halt::Broken)
    }

    /// That numbers are coordinates of a dimension.
    fn within(&mut self, numbers: &Numbers, list: &[i128], size: i64, path: &str) -> Result<(), Halt> {
        match list.iter().position(|number| !(0..i128::from(size)).contains(number)) {
            None => Ok(()),
            Some(index) => {
                let expected = format!("a place in a dimension of {size}");
                let (at, path) = (numbers.place(index), format!("{path}[{index}]"));
                self.wrong(SPARSE_INDEX_BOUNDS, at, path, list[index], expected)
            }
        }
    }

    /// That numbers cut so many elements into ranges.
    fn ranges(
        &mut self,
        numbers: &Numbers,
        list: &[i128],
        total: usize,
        path: &str,
        clause: &'static str,
    ) -> Result<(), Halt> {
        let (Some(first), Some(last)) = (list.first(), list.last()) else { return Err(Halt::Broken) };
        if *first != 0 {
            return self.wrong(clause, numbers.place(0), format!("{path}[0]"), *first, "0".into());
        }
        if let Some(index) = (1..list.len()).find(|index| list[*index] < list[index - 1]) {
            let expected = format!("at least {}, the one before", list[index - 1]);
            return self.wrong(clause, numbers.place(index), format!("{path}[{index}]"), list[index], expected);
        }
        match *last == total as i128 {
            true => Ok(()),
            false => {
                let index = list.len() - 1;
                self.wrong(clause, numbers.place(index), format!("{path}[{index}]"), *last, total.to_string())
            }
        }
    }

    fn coo(&mut self, table: &Table, shape: &[i64], count: usize) -> Result<TensorIndex, Halt> {
        let path = "sparseIndex.indicesStrides";
        let strides = self.strides(table, "indicesStrides", path, 2, SPARSE_COO_INDEX);
        let numbers = self.numbers(table, "indicesType", "indicesBuffer");
        let (strides, numbers) = (strides?, numbers?);
        let width = fixed_width(&numbers.data_type);
        let matrix = [i64::try_from(count).unwrap_or(i64::MAX), shape.len() as i64];
        let needed = extent(&matrix, strides.as_deref(), width);
        if needed.is_none_or(|needed| needed > numbers.region.bytes.len() as u128) {
            let expected = format!("{count} rows of {} coordinates, {width} bytes each", shape.len());
            let found = bytes(numbers.region.bytes.len() as u64);
            let at = field_at(table, "indicesBuffer");
            return self.broken(SPARSE_COO_INDEX, at, "sparseIndex.indicesBuffer", found, expected);
        }
        let cells = numbers.region.cells(&matrix, strides.as_deref(), width, self.budget)?;
        let flat: Vec<i128> = cells.into_iter().map(|cell| numbers.number(cell)).collect();
        self.budget.values(count)?;
        let rows: Vec<Vec<i128>> = match shape.len() {
            0 => vec![Vec::new(); count],
            dimensions => flat.chunks(dimensions).map(<[i128]>::to_vec).collect(),
        };
        for (value, row) in rows.iter().enumerate() {
            let outside = row.iter().zip(shape).position(|(found, size)| !(0..i128::from(*size)).contains(found));
            if let Some(dimension) = outside {
                let expected = format!("a place in a dimension of {}", shape[dimension]);
                let path = format!("indices[{value}][{dimension}]");
                self.wrong(SPARSE_INDEX_BOUNDS, numbers.region.range(), path, row[dimension], expected)?;
            }
        }
        let canonical = table.scalar("isCanonical") != 0;
        if canonical && rows.windows(2).any(|pair| pair[0] >= pair[1]) {
            let (at, place) = (field_at(table, "isCanonical"), format!("{}.sparseIndex.isCanonical", self.place));
            let expected = "coordinates in order, each once";
            self.report.add(SPARSE_COO_CANONICAL, Phase::Validate, at, place, "true", expected);
            return Err(Halt::Broken);
        }
        Ok(TensorIndex::Coo { canonical, indices: Integers { data_type: numbers.data_type, lists: rows } })
    }

    fn csx(&mut self, table: &Table, shape: &[i64], count: usize) -> Result<TensorIndex, Halt> {
        let axis = match table.scalar("compressedAxis") {
            0 => CompressedAxis::Row,
            1 => CompressedAxis::Column,
            other => {
                let (at, expected) = (field_at(table, "compressedAxis"), "0 (Row) or 1 (Column)");
                return self.broken(SPARSE_CSX_AXIS, at, "sparseIndex.compressedAxis", other, expected);
            }
        };
        let &[rows, columns] = shape else {
            let at = field_at(self.table, "shape");
            return self.broken(SPARSE_CSX_AXIS, at, "shape", format!("{} dimensions", shape.len()), "2");
        };
        let (ranges, other) = if axis == CompressedAxis::Row { (rows, columns) } else { (columns, rows) };
        let indptr = self.numbers(table, "indptrType", "indptrBuffer");
        let indices = self.numbers(table, "indicesType", "indicesBuffer");
        let (indptr, indices) = (indptr?, indices?);
        if indptr.len() as i128 <= i128::from(ranges) {
            let expected = format!("{}, one more than there are ranges", i128::from(ranges) + 1);
            let (at, found) = (field_at(table, "indptrBuffer"), format!("{} entries", indptr.len()));
            return self.broken(SPARSE_CSX_INDPTR_LENGTH, at, "sparseIndex.indptrBuffer", found, expected);
        }
        if indices.len() < count {
            let (at, found) = (field_at(table, "indicesBuffer"), format!("{} entries", indices.len()));
            let expected = format!("{count}, one a value");
            return self.broken(SPARSE_NONZERO_LENGTH, at, "sparseIndex.indicesBuffer", found, expected);
        }
        let (indptr, indices) = (indptr.take(ranges as usize + 1), indices.take(count));
        let (starts, places) = (indptr.list(self.budget)?, indices.list(self.budget)?);
        self.ranges(&indptr, &starts, count, "indptr", SPARSE_CSX_INDPTR_LENGTH)?;
        self.within(&indices, &places, other, "indices")?;
        Ok(TensorIndex::Csx {
            axis,
            indptr: Integers { data_type: indptr.data_type, lists: vec![starts] },
            indices: Integers { data_type: indices.data_type, lists: vec![places] },
        })
    }

    fn csf(&mut self, table: &Table, shape: &[i64], count: usize) -> Result<TensorIndex, Halt> {
        let indptr_type = self.number_type(table, "indptrType");
        let indices_type = self.number_type(table, "indicesType");
        for field in ["indptrBuffers", "indicesBuffers", "axisOrder"] {
            if table.get(field).is_none() {
                return self.absent(table, field, &format!("sparseIndex.{field}"));
            }
        }
        let (indptr_type, indices_type) = (indptr_type?, indices_type?);
        let axis_order: Vec<i32> = table.vector("axisOrder").iter().filter_map(axis).collect();
        let mut sorted = axis_order.clone();
        sorted.sort_unstable();
        if shape.is_empty() || !sorted.iter().map(|axis| *axis as usize).eq(0..shape.len()) {
            let (at, found) = (field_at(table, "axisOrder"), format!("{axis_order:?}"));
            let expected = format!("each of the {} dimensions once, of at least one", shape.len());
            return self.broken(SPARSE_CSF_COUNTS, at, "sparseIndex.axisOrder", found, expected);
        }
        for (field, expected) in [("indptrBuffers", shape.len() - 1), ("indicesBuffers", shape.len())] {
            let found = table.vector(field).len();
            if found != expected {
                let (at, expected) = (field_at(table, field), format!("{expected} for {} dimensions", shape.len()));
                let found = format!("{found} buffers");
                return self.broken(SPARSE_CSF_COUNTS, at, &format!("sparseIndex.{field}"), found, expected);
            }
        }
        let factors = self.csf_factors(table, fixed_width(&indptr_type), fixed_width(&indices_type), count)?;
        let mut level = |field: &str, factor: i64| -> Result<Vec<Region<'a>>, Halt> {
            let nodes = table.vector(field).iter().enumerate();
            let regions = nodes.map(|(number, node)| {
                let members = node.as_struct().unwrap_or(&[]);
                let members: Vec<i64> = match members {
                    [offset, length] => vec![*offset, length.saturating_mul(factor)],
                    _ => Vec::new(),
                };
                self.buffer(&members, node.slot.clone(), &format!("sparseIndex.{field}[{number}]"))
            });
            regions.collect()
        };
        let (indptr, indices) = (level("indptrBuffers", factors[0])?, level("indicesBuffers", factors[1])?);
        let of = |regions: Vec<Region<'a>>, data_type: &arrowipc_kit::value::DataType| -> Vec<Numbers<'a>> {
            regions.into_iter().map(|region| Numbers { region, data_type: data_type.clone() }).collect()
        };
        let (indptr, indices) = (of(indptr, &indptr_type), of(indices, &indices_type));
        let (mut starts, mut nodes) = (Vec::new(), Vec::new());
        for (level, (numbers, axis)) in indices.iter().zip(&axis_order).enumerate() {
            let list = numbers.list(self.budget)?;
            self.within(numbers, &list, shape[*axis as usize], &format!("indices[{level}]"))?;
            nodes.push(list);
        }
        for (level, numbers) in indptr.iter().enumerate() {
            let list = numbers.list(self.budget)?;
            self.ranges(numbers, &list, nodes[level + 1].len(), &format!("indptr[{level}]"), SPARSE_CSF_INDPTR)?;
            starts.push(list);
        }
        Ok(TensorIndex::Csf {
            axis_order,
            indptr: Integers { data_type: indptr_type, lists: starts },
            indices: Integers { data_type: indices_type, lists: nodes },
        })
    }

    /// What the lengths of the buffers of CSF must be multiplied with to be bytes. As bytes or, which is a violation with clear values, as
    /// numbers of entries they must fit each other: an entry more in `indptr` than nodes in its level, a leaf for each value.
    fn csf_factors(&mut self, table: &Table, indptr: usize, indices: usize, count: usize) -> Result<[i64; 2], Halt> {
        let lengths = |field: &str| -> Vec<i64> {
            table.vector(field).iter().filter_map(|node| node.as_struct()?.get(1).copied()).collect()
        };
        let (starts, nodes) = (lengths("indptrBuffers"), lengths("indicesBuffers"));
        let fit = |indptr: i64, indices: i64| {
            let whole =
                starts.iter().all(|length| length % indptr == 0) && nodes.iter().all(|length| length % indices == 0);
            let mut levels = starts.iter().zip(&nodes);
            let leaves = nodes.last().is_some_and(|length| i128::from(length / indices) == count as i128);
            whole && leaves && levels.all(|(starts, nodes)| Some(starts / indptr) == (nodes / indices).checked_add(1))
        };
        let (indptr, indices) = (indptr as i64, indices as i64);
        if fit(indptr, indices) {
            return Ok([1, 1]);
        }
        let at = field_at(table, "indicesBuffers");
        let found = format!("lengths {starts:?} of indptr and {nodes:?} of indices");
        let expected = format!("bytes: {count} leaves of {indices}, and an entry of {indptr} more than nodes");
        let broken = self.broken(SPARSE_CSF_BUFFER_LENGTHS, at, "sparseIndex", found, expected);
        if fit(1, 1) { Ok([indptr, indices]) } else { broken }
    }
}

fn axis(node: &Node) -> Option<i32> {
    i32::try_from(node.as_scalar()?).ok()
}
