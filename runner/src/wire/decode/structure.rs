//! Whether buffers and children are as long as an array's length asks. Nothing is allocated here: behind this check every length is
//! backed by bytes, or not larger than an array without bytes may be.

use arrowipc_kit::value::{DataType, UnionMode};

use super::array::Array;
use super::clauses::*;
use super::plan::Column;
use super::report::{Halt, Report, bytes};
use crate::case::options::Phase;
use crate::wire::raw::Role;

/// The longest array that has no bytes for its slots, which is the longest that the format recommends.
pub const MOST_UNBACKED: usize = i32::MAX as usize;

/// A check of arrays.
pub struct Structure<'r> {
    /// Where violations go.
    pub report: &'r mut Report,
    /// The phase in which arrays are taken apart.
    pub phase: Phase,
}

impl Structure<'_> {
    /// Checks an array and its children; reports all of them.
    pub fn check(&mut self, column: &Column, array: &Array) -> Result<(), Halt> {
        let mut result = self.validity(array).and(self.own(column, array));
        for (child, array) in column.node_children().iter().zip(&array.children) {
            result = self.check(child, array).and(result);
        }
        result
    }

    fn broken(&mut self, clause: &'static str, array: &Array, found: String, expected: String) -> Result<(), Halt> {
        self.report.add(clause, self.phase, array.node.clone(), array.path.clone(), found, expected);
        Err(Halt::Broken)
    }

    /// That the buffer of a role has at least so many bytes.
    fn at_least(&mut self, array: &Array, role: Role, needed: u128, clause: &'static str) -> Result<(), Halt> {
        let Some(buffer) = array.buffer(role) else { return Ok(()) };
        if buffer.len() as u128 >= needed {
            return Ok(());
        }
        let clause = if needed > i64::MAX as u128 { SECURITY_LENGTH_OVERFLOW } else { clause };
        let expected = format!("at least {} for a length of {}", bytes(needed), array.length);
        let found = bytes(buffer.len() as u64);
        self.report.add(clause, self.phase, buffer.at(), array.path_of(role), found, expected);
        Err(Halt::Broken)
    }

    fn validity(&mut self, array: &Array) -> Result<(), Halt> {
        if array.null_count == 0 {
            return Ok(());
        }
        let Some(buffer) = array.buffer(Role::Validity) else { return Ok(()) };
        match buffer.len() {
            0 if array.null_count < 0 || array.length == 0 => Ok(()),
            0 => {
                let place = array.path_of(Role::Validity);
                let expected = format!("a bitmap for a null count of {}", array.null_count);
                self.report.add(LAYOUT_VALIDITY_MISSING, self.phase, array.node.clone(), place, "no bytes", expected);
                Err(Halt::Broken)
            }
            _ => self.at_least(array, Role::Validity, array.length.div_ceil(8) as u128, LAYOUT_VALIDITY_TOO_SHORT),
        }
    }

    /// That an array whose slots take no bytes is not too long.
    fn unbacked(&mut self, array: &Array) -> Result<(), Halt> {
        match array.length {
            0..=MOST_UNBACKED => Ok(()),
            length => {
                let expected = format!("at most {MOST_UNBACKED} slots that take no bytes");
                self.broken(SECURITY_UNBACKED_LENGTH, array, length.to_string(), expected)
            }
        }
    }

    fn own(&mut self, column: &Column, array: &Array) -> Result<(), Halt> {
        use DataType::*;
        if let Some(encoding) = column.encoding {
            return self.fixed(array, index_width(encoding.index.data_type()));
        }
        match &column.data_type {
            Null => self.unbacked(array),
            FixedSizeBinary(0) => self.unbacked(array),
            FixedSizeBinary(width) => self.fixed(array, *width as usize),
            Bool => self.at_least(array, Role::Data, array.length.div_ceil(8) as u128, LAYOUT_PRIMITIVE_TOO_SHORT),
            Binary | Utf8 => self.offsets(array, 4, LAYOUT_VARBINARY_OFFSET_COUNT),
            LargeBinary | LargeUtf8 => self.offsets(array, 8, LAYOUT_VARBINARY_OFFSET_COUNT),
            List | Map { .. } => self.offsets(array, 4, LAYOUT_LIST_OFFSETS),
            LargeList => self.offsets(array, 8, LAYOUT_LIST_OFFSETS),
            ListView => self.list_view(array, 4),
            LargeListView => self.list_view(array, 8),
            BinaryView | Utf8View => self.at_least(array, Role::Views, elements(array, 16), LAYOUT_VIEW_STRUCT),
            FixedSizeList(items) => self.fixed_size_list(array, *items),
            Struct => self.members(array, LAYOUT_STRUCT_CHILD_LENGTH, LAYOUT_STRUCT_CHILD_LONGER),
            Union { mode, .. } => self.union(array, *mode),
            RunEndEncoded => self.runs(array),
            _ => self.fixed(array, fixed_width(&column.data_type)),
        }
    }

    fn fixed(&mut self, array: &Array, width: usize) -> Result<(), Halt> {
        self.at_least(array, Role::Data, elements(array, width), LAYOUT_PRIMITIVE_TOO_SHORT)
    }

    fn offsets(&mut self, array: &Array, width: usize, clause: &'static str) -> Result<(), Halt> {
        match array.bytes(Role::Offsets).len() {
            0 if array.length == 0 => Ok(()),
            some if array.length == 0 && some < width => {
                self.at_least(array, Role::Offsets, width as u128, LAYOUT_EMPTY_OFFSETS_PARTIAL)
            }
            _ => self.at_least(array, Role::Offsets, elements(array, width) + width as u128, clause),
        }
    }

    fn list_view(&mut self, array: &Array, width: usize) -> Result<(), Halt> {
        let offsets = self.at_least(array, Role::Offsets, elements(array, width), LAYOUT_LISTVIEW_BUFFERS);
        self.at_least(array, Role::Sizes, elements(array, width), LAYOUT_LISTVIEW_BUFFERS).and(offsets)
    }

    fn fixed_size_list(&mut self, array: &Array, items: u32) -> Result<(), Halt> {
        if items == 0 {
            return self.unbacked(array);
        }
        let needed = elements(array, items as usize);
        let found = array.children.first().map_or(0, |child| child.length);
        if found as u128 >= needed {
            return Ok(());
        }
        let clause = if needed > i64::MAX as u128 { SECURITY_LENGTH_OVERFLOW } else { LAYOUT_FSL_CHILD_SHORTER };
        let expected = format!("at least {needed} items for {} lists of {items}", array.length);
        self.broken(clause, array, format!("{found} items"), expected)
    }

    /// That children have the length of the parent. A longer one is reported; its values are clear all the same.
    fn members(&mut self, array: &Array, shorter: &'static str, longer: &'static str) -> Result<(), Halt> {
        let mut result = if array.children.is_empty() { self.unbacked(array) } else { Ok(()) };
        for child in &array.children {
            if child.length != array.length {
                let clause = if child.length < array.length { shorter } else { longer };
                let expected = format!("{} as the parent", array.length);
                let broken = self.broken(clause, child, format!("a length of {}", child.length), expected);
                result = if child.length < array.length { broken } else { result };
            }
        }
        result
    }

    fn union(&mut self, array: &Array, mode: UnionMode) -> Result<(), Halt> {
        let ids = self.at_least(array, Role::TypeIds, elements(array, 1), LAYOUT_UNION_TYPE_IDS_BUFFER);
        let rest = match mode {
            // A union without members holds no value, so its length needs its type ids only.
            UnionMode::Sparse if array.children.is_empty() => Ok(()),
            UnionMode::Sparse => self.members(array, LAYOUT_UNION_SPARSE_LENGTHS, LAYOUT_UNION_SPARSE_LENGTHS),
            UnionMode::Dense => self.at_least(array, Role::Offsets, elements(array, 4), LAYOUT_UNION_DENSE_OFFSETS),
        };
        ids.and(rest)
    }

    fn runs(&mut self, array: &Array) -> Result<(), Halt> {
        self.unbacked(array)?;
        let [run_ends, values] = array.children.as_slice() else { return Ok(()) };
        if array.null_count > 0 {
            let at = array.node.start + 8..array.node.end;
            let place = format!("{}.node.null_count", array.path);
            self.report.add(LAYOUT_REE_NULL_COUNT, self.phase, at, place, array.null_count, "0");
        }
        if run_ends.length != values.length {
            let found = format!("{} values", values.length);
            let expected = format!("{}, one a run end", run_ends.length);
            let broken = self.broken(LAYOUT_REE_CHILDREN_LENGTH, array, found, expected);
            if values.length < run_ends.length {
                return broken;
            }
        }
        Ok(())
    }
}

/// Bytes of an array's slots.
fn elements(array: &Array, width: usize) -> u128 {
    array.length as u128 * width as u128
}

fn index_width(data_type: &DataType) -> usize {
    fixed_width(data_type)
}

/// Bytes of a value of the types that have whole bytes of one number for each.
pub fn fixed_width(data_type: &DataType) -> usize {
    use DataType::*;
    match data_type {
        Int8 | UInt8 => 1,
        Int16 | UInt16 | Float16 => 2,
        Int32 | UInt32 | Float32 | Date32 | Time32(_) | IntervalYearMonth => 4,
        Int64 | UInt64 | Float64 | Date64 | Time64(_) | Timestamp(..) | Duration(_) | IntervalDayTime => 8,
        IntervalMonthDayNano => 16,
        Decimal { width, .. } => width.bits() as usize / 8,
        FixedSizeBinary(width) => *width as usize,
        _ => 0,
    }
}
