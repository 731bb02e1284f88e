//! Values of fixed width as the bytes of a buffer.

use crate::value::{DataType, DecimalWidth, Int256, ParseError, Value};

/// Bytes of a value, for types whose values lie in one buffer, each in as many whole bytes.
pub(super) fn width(data_type: &DataType) -> Option<usize> {
    use DataType::*;
    Some(match data_type {
        Int8 | UInt8 => 1,
        Int16 | UInt16 | Float16 => 2,
        Int32 | UInt32 | Float32 | Date32 | Time32(_) | IntervalYearMonth => 4,
        Int64 | UInt64 | Float64 | Date64 | Time64(_) | Timestamp(..) | Duration(_) | IntervalDayTime => 8,
        IntervalMonthDayNano => 16,
        Decimal { width, .. } => width.bits() as usize / 8,
        FixedSizeBinary(size) => *size as usize,
        _ => return None,
    })
}

/// Appends the bytes of a value that is not null.
pub(super) fn encode(data_type: &DataType, value: &Value, out: &mut Vec<u8>) -> Result<(), ParseError> {
    match (data_type, value) {
        (DataType::Decimal { width: DecimalWidth::Bits256, .. }, Value::Int256(value)) => {
            out.extend_from_slice(&value.to_le_bytes());
        }
        (DataType::Float16, Value::Float16(bits)) => out.extend_from_slice(&bits.to_le_bytes()),
        (DataType::Float32, Value::Float32(bits)) => out.extend_from_slice(&bits.to_le_bytes()),
        (DataType::Float64, Value::Float64(bits)) => out.extend_from_slice(&bits.to_le_bytes()),
        (DataType::IntervalDayTime, Value::DayTime { days, milliseconds }) => {
            out.extend_from_slice(&days.to_le_bytes());
            out.extend_from_slice(&milliseconds.to_le_bytes());
        }
        (DataType::IntervalMonthDayNano, Value::MonthDayNano { months, days, nanoseconds }) => {
            out.extend_from_slice(&months.to_le_bytes());
            out.extend_from_slice(&days.to_le_bytes());
            out.extend_from_slice(&nanoseconds.to_le_bytes());
        }
        (DataType::FixedSizeBinary(size), Value::Bytes(bytes)) => {
            if bytes.len() != *size as usize {
                return Err(ParseError::new(format!("{size} bytes"), bytes.len().to_string()));
            }
            out.extend_from_slice(bytes);
        }
        (_, Value::Int(value)) => {
            let range = data_type.integer_range().filter(|(least, greatest)| least <= value && value <= greatest);
            let Some(width) = range.and_then(|_| width(data_type)) else {
                return Err(ParseError::new(data_type.to_string(), value.to_string()));
            };
            out.extend_from_slice(&value.to_le_bytes()[..width]);
        }
        _ => return Err(ParseError::new(data_type.to_string(), value.kind())),
    }
    Ok(())
}

/// The value in as many bytes as [`width`] says; `None` for types without.
pub(super) fn decode(data_type: &DataType, bytes: &[u8]) -> Option<Value> {
    use DataType::*;
    Some(match data_type {
        UInt8 | UInt16 | UInt32 | UInt64 => Value::Int(unsigned(bytes) as i128),
        Float16 => Value::Float16(u16::from_le_bytes(bytes.try_into().ok()?)),
        Float32 => Value::Float32(u32::from_le_bytes(bytes.try_into().ok()?)),
        Float64 => Value::Float64(u64::from_le_bytes(bytes.try_into().ok()?)),
        IntervalDayTime => {
            let (days, milliseconds) = bytes.split_at_checked(4)?;
            Value::DayTime { days: signed(days) as i32, milliseconds: signed(milliseconds) as i32 }
        }
        IntervalMonthDayNano => {
            let (months, rest) = bytes.split_at_checked(4)?;
            let (days, nanoseconds) = rest.split_at_checked(4)?;
            Value::MonthDayNano {
                months: signed(months) as i32,
                days: signed(days) as i32,
                nanoseconds: signed(nanoseconds) as i64,
            }
        }
        Decimal { width: DecimalWidth::Bits256, .. } => {
            Value::Int256(Box::new(Int256::from_le_bytes(bytes.try_into().ok()?)))
        }
        FixedSizeBinary(_) => Value::Bytes(bytes.to_vec()),
        _ => {
            width(data_type)?;
            Value::Int(signed(bytes))
        }
    })
}

/// A little-endian unsigned integer of up to 16 bytes.
fn unsigned(bytes: &[u8]) -> u128 {
    let mut wide = [0; 16];
    let width = bytes.len().min(16);
    wide[..width].copy_from_slice(&bytes[..width]);
    u128::from_le_bytes(wide)
}

/// A little-endian two's complement integer of up to 16 bytes.
pub(super) fn signed(bytes: &[u8]) -> i128 {
    let unused = 128 - 8 * bytes.len().min(16) as u32;
    match unused {
        128 => 0,
        unused => (unsigned(bytes) << unused) as i128 >> unused,
    }
}

/// A value that no case expects, in a slot that no reader may look at.
pub(super) fn filler(data_type: &DataType, index: usize) -> Value {
    // Small and positive, so valid for times, dates and decimals of any precision.
    let number = 1 + (index % 7) as i32;
    match data_type {
        DataType::Float16 => Value::Float16(0x5640 + number as u16),
        DataType::Float32 => Value::Float32((number as f32 + 0.5).to_bits()),
        DataType::Float64 => Value::Float64((f64::from(number) + 0.5).to_bits()),
        DataType::IntervalDayTime => Value::DayTime { days: number, milliseconds: number },
        DataType::IntervalMonthDayNano => {
            Value::MonthDayNano { months: number, days: number, nanoseconds: i64::from(number) }
        }
        DataType::Decimal { width: DecimalWidth::Bits256, .. } => {
            Value::Int256(Box::new(Int256::from(i128::from(number))))
        }
        DataType::FixedSizeBinary(size) => Value::Bytes(vec![b'#'; *size as usize]),
        _ => Value::Int(i128::from(number)),
    }
}
