//! Values of fixed width as bytes, in the byte order of the body.

use arrowipc_kit::value::{DataType, DecimalWidth, Int256, Value};

use super::super::{LowerError, describe};

/// Bytes of a body, in its byte order.
pub(super) struct Bytes {
    pub(super) bytes: Vec<u8>,
    big: bool,
}

impl Bytes {
    pub(super) fn new(big: bool) -> Self {
        Bytes { bytes: Vec::new(), big }
    }

    /// Appends a number, given in little-endian order.
    pub(super) fn number(&mut self, little: &[u8]) {
        match self.big {
            true => self.bytes.extend(little.iter().rev()),
            false => self.bytes.extend(little),
        }
    }

    /// Appends an offset or size of 4 or 8 bytes.
    pub(super) fn offset(&mut self, offset: usize, wide: bool) -> Result<(), LowerError> {
        if wide {
            self.number(&(offset as i64).to_le_bytes());
            return Ok(());
        }
        let offset =
            i32::try_from(offset).map_err(|_| LowerError::expected(format!("offsets up to {}", i32::MAX), offset))?;
        self.number(&offset.to_le_bytes());
        Ok(())
    }

    pub(super) fn fill(&mut self, count: usize, byte: u8) {
        self.bytes.resize(self.bytes.len() + count, byte);
    }

    /// Appends a value that is not null.
    pub(super) fn value(&mut self, data_type: &DataType, value: &Value) -> Result<(), LowerError> {
        match (data_type, value) {
            (DataType::Decimal { width: DecimalWidth::Bits256, .. }, Value::Int256(value)) => {
                self.number(&value.to_le_bytes());
            }
            (DataType::Float16, Value::Float16(bits)) => self.number(&bits.to_le_bytes()),
            (DataType::Float32, Value::Float32(bits)) => self.number(&bits.to_le_bytes()),
            (DataType::Float64, Value::Float64(bits)) => self.number(&bits.to_le_bytes()),
            (DataType::IntervalDayTime, Value::DayTime { days, milliseconds }) => {
                self.number(&days.to_le_bytes());
                self.number(&milliseconds.to_le_bytes());
            }
            (DataType::IntervalMonthDayNano, Value::MonthDayNano { months, days, nanoseconds }) => {
                self.number(&months.to_le_bytes());
                self.number(&days.to_le_bytes());
                self.number(&nanoseconds.to_le_bytes());
            }
            (DataType::FixedSizeBinary(size), Value::Bytes(bytes)) if bytes.len() == *size as usize => {
                self.bytes.extend(bytes);
            }
            (data_type, Value::Int(value)) => {
                let range = data_type.integer_range().filter(|(least, most)| least <= value && value <= most);
                let (Some(_), Some(width)) = (range, width(data_type)) else {
                    return Err(LowerError::expected(data_type, value));
                };
                self.number(&value.to_le_bytes()[..width]);
            }
            (data_type, value) => return Err(LowerError::expected(data_type, describe(value))),
        }
        Ok(())
    }
}

/// Bytes of a value; none for types whose values are not all of one width in one buffer.
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

/// A value that is valid for its type and that no case expects.
pub(super) fn filler(data_type: &DataType, number: usize) -> Value {
    // Small and positive, which suits times, dates and decimals of any precision.
    let small = 1 + (number % 7) as i32;
    match data_type {
        DataType::Float16 => Value::Float16(0x5640 + small as u16),
        DataType::Float32 => Value::Float32((small as f32 + 0.5).to_bits()),
        DataType::Float64 => Value::Float64((f64::from(small) + 0.5).to_bits()),
        DataType::IntervalDayTime => Value::DayTime { days: small, milliseconds: small },
        DataType::IntervalMonthDayNano => {
            Value::MonthDayNano { months: small, days: small, nanoseconds: i64::from(small) }
        }
        DataType::Decimal { width: DecimalWidth::Bits256, .. } => {
            Value::Int256(Box::new(Int256::from(i128::from(small))))
        }
        DataType::FixedSizeBinary(size) => Value::Bytes(vec![super::FILLER; *size as usize]),
        _ => Value::Int(i128::from(small)),
    }
}
