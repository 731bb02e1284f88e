//! Values of whole bytes and of bits.

use arrowipc_kit::value::{DataType, DecimalWidth, Int256, Value};

use super::{Decoder, Live, is_live};
use crate::wire::decode::array::Array;
use crate::wire::decode::report::Halt;
use crate::wire::decode::structure::fixed_width;
use crate::wire::raw::Role;

impl Decoder<'_, '_> {
    pub(super) fn booleans(&self, array: &Array, live: &Live) -> Vec<Value> {
        let bytes = array.bytes(Role::Data);
        let bit = |slot: usize| Value::Bool(bytes[slot / 8] >> (slot % 8) & 1 == 1);
        (0..array.length).map(|slot| if is_live(live, slot) { bit(slot) } else { Value::Null }).collect()
    }

    pub(super) fn fixed(&mut self, data_type: &DataType, array: &Array, live: &Live) -> Result<Vec<Value>, Halt> {
        let width = fixed_width(data_type);
        let bytes = array.bytes(Role::Data);
        if let DataType::FixedSizeBinary(_) = data_type {
            self.budget.bytes(width.saturating_mul(array.length))?;
        }
        let values = (0..array.length).map(|slot| match is_live(live, slot) {
            true => value(data_type, &bytes[slot * width..(slot + 1) * width], self.big_endian),
            false => Value::Null,
        });
        Ok(values.collect())
    }
}

/// An integer of up to 16 bytes.
pub fn integer(bytes: &[u8], big_endian: bool, signed: bool) -> i128 {
    let (order, last) = little_endian::<16>(bytes, big_endian);
    let value = i128::from_le_bytes(order);
    let unused = 8 * (16 - bytes.len() as u32);
    match signed && last >= 0x80 && unused > 0 {
        true => value | (-1 << (128 - unused)),
        false => value,
    }
}

/// The bytes from the least significant one, filled up with zeros, and the most significant one.
fn little_endian<const N: usize>(bytes: &[u8], big_endian: bool) -> ([u8; N], u8) {
    let mut order = [0; N];
    order[..bytes.len()].copy_from_slice(bytes);
    if big_endian {
        order[..bytes.len()].reverse();
    }
    (order, order[bytes.len().saturating_sub(1)])
}

/// One value. Intervals are swapped part by part, decimals as a whole.
pub fn value(data_type: &DataType, bytes: &[u8], big_endian: bool) -> Value {
    use DataType::*;
    let unsigned = || integer(bytes, big_endian, false);
    let part = |from: usize, to: usize| integer(&bytes[from..to], big_endian, true);
    match data_type {
        UInt8 | UInt16 | UInt32 | UInt64 => Value::Int(unsigned()),
        Float16 => Value::Float16(unsigned() as u16),
        Float32 => Value::Float32(unsigned() as u32),
        Float64 => Value::Float64(unsigned() as u64),
        Decimal { width: DecimalWidth::Bits256, .. } => {
            Value::Int256(Box::new(Int256::from_le_bytes(little_endian::<32>(bytes, big_endian).0)))
        }
        IntervalDayTime => Value::DayTime { days: part(0, 4) as i32, milliseconds: part(4, 8) as i32 },
        IntervalMonthDayNano => {
            Value::MonthDayNano { months: part(0, 4) as i32, days: part(4, 8) as i32, nanoseconds: part(8, 16) as i64 }
        }
        FixedSizeBinary(_) => Value::Bytes(bytes.to_vec()),
        _ => Value::Int(integer(bytes, big_endian, true)),
    }
}
