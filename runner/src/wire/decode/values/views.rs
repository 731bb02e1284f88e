//! Views of binary and text.

use arrowipc_kit::value::{DataType, Value};

use super::variable::value;
use super::{Decoder, Live, is_live};
use crate::case::options::Phase;
use crate::wire::decode::array::Array;
use crate::wire::decode::clauses::*;
use crate::wire::decode::report::Halt;
use crate::wire::raw::Role;

/// Bytes of a view.
const WIDTH: usize = 16;
/// The longest value that lies in the view itself.
const INLINE: usize = 12;

impl Decoder<'_, '_> {
    pub(super) fn views(&mut self, data_type: &DataType, array: &Array, live: &Live) -> Result<Vec<Value>, Halt> {
        let text = *data_type == DataType::Utf8View;
        let views = array.bytes(Role::Views);
        let mut values = Vec::with_capacity(array.length);
        for slot in 0..array.length {
            if !is_live(live, slot) {
                values.push(Value::Null);
                continue;
            }
            let view = &views[slot * WIDTH..(slot + 1) * WIDTH];
            let told = self.signed(view, 0, 4);
            let element = (Role::Views, slot, WIDTH);
            let Ok(length) = usize::try_from(told) else {
                let found = format!("a length of {told}");
                return self.wrong(LAYOUT_VIEW_RANGE, array, element, found, "a length that is not negative");
            };
            let (bytes, at) = match length {
                0..=INLINE => {
                    let (bytes, padding) = view[4..].split_at(length);
                    if padding.iter().any(|byte| *byte != 0) {
                        let at = array.place(Role::Views, slot * WIDTH + 4 + length..(slot + 1) * WIDTH);
                        let place = format!("{}.inline", array.path_of_element(Role::Views, slot));
                        let found = format!("{padding:02x?} behind the value");
                        self.report.add(LAYOUT_VIEW_INLINE_PADDING, Phase::Validate, at, place, found, "zeros");
                    }
                    let start = slot * WIDTH + 4;
                    (bytes, array.place(Role::Views, start..start + length))
                }
                _ => self.referred(array, slot, view, length)?,
            };
            if text {
                self.check_utf8(array, slot, bytes, || at);
            }
            self.budget.bytes(bytes.len())?;
            values.push(value(text, bytes));
        }
        Ok(values)
    }

    /// The bytes that a view refers to, and where they lie.
    fn referred<'b>(
        &mut self,
        array: &'b Array,
        slot: usize,
        view: &[u8],
        length: usize,
    ) -> Result<(&'b [u8], std::ops::Range<usize>), Halt> {
        let (index, offset) = (self.signed(view, 2, 4), self.signed(view, 3, 4));
        let element = (Role::Views, slot, WIDTH);
        let Some(buffer) = usize::try_from(index).ok().and_then(|index| array.variadic.get(index)) else {
            let expected = format!("one of {} data buffers", array.variadic.len());
            return self.wrong(LAYOUT_VIEW_RANGE, array, element, format!("buffer index {index}"), expected);
        };
        let end = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(length));
        let Some(end) = end.filter(|end| *end <= buffer.len()) else {
            let found = format!("{length} bytes from {offset}");
            let expected = format!("bytes within data buffer {index} of {}", buffer.len());
            return self.wrong(LAYOUT_VIEW_RANGE, array, element, found, expected);
        };
        let range = end - length..end;
        let bytes = &buffer.bytes[range.clone()];
        if view[4..8] != bytes[..4] {
            let at = array.place(Role::Views, slot * WIDTH + 4..slot * WIDTH + 8);
            let place = format!("{}.prefix", array.path_of_element(Role::Views, slot));
            let (found, expected) = (format!("{:02x?}", &view[4..8]), format!("{:02x?}", &bytes[..4]));
            self.report.add(LAYOUT_VIEW_PREFIX, Phase::Validate, at, place, found, expected);
        }
        Ok((bytes, buffer.place(range)))
    }
}
