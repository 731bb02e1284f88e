//! Dictionary-encoded values.

use arrowipc_kit::value::{DataType, Value};

use super::{Decoder, Live, is_live};
use crate::case::options::Phase;
use crate::wire::decode::array::Array;
use crate::wire::decode::clauses::*;
use crate::wire::decode::dictionaries::Found;
use crate::wire::decode::plan::Encoding;
use crate::wire::decode::report::Halt;
use crate::wire::decode::structure::fixed_width;
use crate::wire::raw::Role;

impl Decoder<'_, '_> {
    /// The values that indices lead to.
    pub(super) fn encoded(&mut self, encoding: Encoding, array: &Array, live: &Live) -> Result<Vec<Value>, Halt> {
        use DataType::*;
        let Some(dictionaries) = self.dictionaries else { return Ok(vec![Value::Null; array.length]) };
        let data_type = encoding.index.data_type();
        let signed = matches!(data_type, Int8 | Int16 | Int32 | Int64);
        let width = fixed_width(data_type);
        let bytes = array.bytes(Role::Data);
        let mut values = Vec::with_capacity(array.length);
        for slot in 0..array.length {
            if !is_live(live, slot) {
                values.push(Value::Null);
                continue;
            }
            let index = super::fixed::integer(&bytes[slot * width..(slot + 1) * width], self.big_endian, signed);
            let element = (Role::Data, slot, width);
            let dictionary = match dictionaries.find(encoding.id) {
                Found::Values(values) => values,
                Found::Missing => {
                    // That a slot is not null, its node tells; no value has to be looked at.
                    let (at, place) = array.element(element);
                    let found = format!("index {index}");
                    let expected = format!("dictionary {} before its first use", encoding.id);
                    self.report.add(DICTIONARY_USE_BEFORE_DEFINE, Phase::Batch, at, place, found, expected);
                    return Err(Halt::Broken);
                }
                Found::Broken(reasons) => {
                    reasons.iter().for_each(|reason| self.report.repeat(reason));
                    return Err(Halt::Broken);
                }
            };
            let Some(value) = usize::try_from(index).ok().and_then(|index| dictionary.get(index)) else {
                let expected = format!("an index into the {} values of dictionary {}", dictionary.len(), encoding.id);
                return self.wrong(LAYOUT_DICT_INDEX_OOB, array, element, index, expected);
            };
            values.push(self.budget.copy(value)?);
        }
        Ok(values)
    }
}
