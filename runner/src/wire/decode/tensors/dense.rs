//! Dense tensors: every value is there, where the strides say.

use super::Reader;
use super::region::extent;
use crate::wire::decode::clauses::*;
use crate::wire::decode::report::{Halt, bytes, field_at};

impl<'a> Reader<'a, '_> {
    /// The values in row-major order.
    pub(super) fn dense(&mut self, shape: &[i64], width: usize) -> Result<Vec<&'a [u8]>, Halt> {
        let strides = self.strides(self.table, "strides", "strides", shape.len(), TENSOR_STRIDES_BYTES);
        let data = self.buffer_field(self.table, "data", "data");
        let (strides, data) = (strides?, data?);
        let needed = extent(shape, strides.as_deref(), width);
        if needed.is_none_or(|needed| needed > data.bytes.len() as u128) {
            let found = bytes(data.bytes.len() as u64);
            let expected = match needed {
                Some(needed) => format!("{} for a shape of {shape:?}", bytes(needed)),
                None => format!("more than there are numbers for a shape of {shape:?}"),
            };
            return self.broken(TENSOR_DATA_BOUNDS, field_at(self.table, "data"), "data", found, expected);
        }
        data.cells(shape, strides.as_deref(), width, self.budget)
    }
}
