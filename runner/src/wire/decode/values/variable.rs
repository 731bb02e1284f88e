//! Binary and text with offsets; offsets of every kind.

use arrowipc_kit::value::{DataType, Value};

use super::{Decoder, Live, is_live};
use crate::case::options::Phase;
use crate::wire::decode::array::Array;
use crate::wire::decode::clauses::*;
use crate::wire::decode::report::Halt;
use crate::wire::raw::Role;

/// What offsets lead into.
pub(super) struct Target {
    /// The bytes of an offset.
    pub width: usize,
    /// The largest offset.
    pub limit: usize,
    /// What an offset above it breaks.
    pub beyond: &'static str,
    /// What the limit is, for messages.
    pub what: &'static str,
}

impl Decoder<'_, '_> {
    /// The offsets of an array, one more than slots, none smaller than the one before and none above the limit.
    pub(super) fn offsets(&mut self, array: &Array, target: &Target) -> Result<Vec<usize>, Halt> {
        let width = target.width;
        let bytes = array.bytes(Role::Offsets);
        if array.length == 0 && bytes.is_empty() {
            return Ok(vec![0]);
        }
        let mut offsets = Vec::with_capacity(array.length + 1);
        let mut before = 0;
        for index in 0..=array.length {
            let found = self.signed(bytes, index, width);
            let element = (Role::Offsets, index, width);
            let Ok(offset) = usize::try_from(found) else {
                let expected = "an offset that is not negative";
                return self.wrong(LAYOUT_VARBINARY_NEGATIVE_OFFSET, array, element, found, expected);
            };
            if offset < before {
                let expected = format!("at least {before}, the offset before");
                return self.wrong(LAYOUT_VARBINARY_NONMONOTONIC, array, element, found, expected);
            }
            if offset > target.limit {
                let expected = format!("at most {}, the {}", target.limit, target.what);
                return self.wrong(target.beyond, array, element, found, expected);
            }
            before = offset;
            offsets.push(offset);
        }
        Ok(offsets)
    }

    pub(super) fn variable(&mut self, data_type: &DataType, array: &Array, live: &Live) -> Result<Vec<Value>, Halt> {
        let text = matches!(data_type, DataType::Utf8 | DataType::LargeUtf8);
        let width = if matches!(data_type, DataType::Binary | DataType::Utf8) { 4 } else { 8 };
        let data = array.bytes(Role::Data);
        let what = "length of the data";
        let target = Target { width, limit: data.len(), beyond: LAYOUT_VARBINARY_OFFSET_OOB, what };
        let offsets = self.offsets(array, &target)?;
        self.budget.bytes(data.len())?;
        let mut values = Vec::with_capacity(array.length);
        for (slot, bounds) in offsets.windows(2).enumerate() {
            values.push(match is_live(live, slot) {
                true => {
                    let at = bounds[0]..bounds[1];
                    let bytes = &data[at.clone()];
                    if text {
                        self.check_utf8(array, slot, bytes, || array.place(Role::Data, at));
                    }
                    value(text, bytes)
                }
                false => Value::Null,
            });
        }
        Ok(values)
    }

    /// Reports text that is not UTF-8; its bytes are its value all the same.
    pub(super) fn check_utf8(
        &mut self,
        array: &Array,
        slot: usize,
        bytes: &[u8],
        at: impl FnOnce() -> std::ops::Range<usize>,
    ) {
        if let Err(error) = std::str::from_utf8(bytes) {
            let place = array.path_of_element(Role::Data, slot);
            self.report.add(TYPE_UTF8_INVALID, Phase::Validate, at(), place, error, "UTF-8");
        }
    }
}

/// A value of a text or binary type.
pub(super) fn value(text: bool, bytes: &[u8]) -> Value {
    if text { Value::Text(bytes.into()) } else { Value::Bytes(bytes.to_vec()) }
}
