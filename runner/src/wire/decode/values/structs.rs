//! Structs.

use arrowipc_kit::value::Value;

use super::{Decoder, Live, is_live};
use crate::wire::decode::array::Array;
use crate::wire::decode::plan::Column;
use crate::wire::decode::report::Halt;

impl Decoder<'_, '_> {
    pub(super) fn structs(&mut self, column: &Column, array: &Array, live: Live) -> Result<Vec<Value>, Halt> {
        let mut members = Vec::with_capacity(array.children.len());
        let mut result = Ok(());
        for (child, array) in column.children.iter().zip(&array.children) {
            // A fault in one member does not hide those in others.
            match self.values(child, array, live.clone()) {
                Ok(values) => members.push(values.into_iter()),
                Err(Halt::TooLarge) => return Err(Halt::TooLarge),
                Err(halt) => result = Err(halt),
            }
        }
        result?;
        let values = (0..array.length).map(|slot| {
            let members = members.iter_mut().map(|values| values.next().unwrap_or(Value::Null)).collect();
            if is_live(&live, slot) { Value::Struct(members) } else { Value::Null }
        });
        Ok(values.collect())
    }
}
