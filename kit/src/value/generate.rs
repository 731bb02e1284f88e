//! Data described by a rule: too large to write down, the same on every machine, made batch by batch in any order.

use super::{Batch, Column, DataType, DecimalWidth, Field, Int256, Metadata, ParseError, Schema, Value};

/// A rule that makes batches.
#[derive(Debug, Clone, PartialEq)]
pub struct Generate {
    /// Number of batches.
    pub batches: usize,
    /// Number of rows of every batch.
    pub rows: usize,
    /// One rule a column.
    pub columns: Vec<Generator>,
}

/// A rule that makes the values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Generator {
    /// Row `i` of the whole data is `start + i * step`, wrapped to the width of the integer type.
    Sequence {
        /// Value of the first row.
        start: i128,
        /// Difference between rows.
        step: i128,
    },
    /// Draws of splitmix64.
    Random {
        /// State before the first draw.
        seed: u64,
        /// Share of nulls, from 0 to 1.
        nulls: f64,
    },
}

/// Names of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Sequence,
    Random,
}

impl Algorithm {
    pub(super) fn of(generator: &Generator) -> Self {
        match generator {
            Generator::Sequence { .. } => Algorithm::Sequence,
            Generator::Random { .. } => Algorithm::Random,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Algorithm::Sequence => "sequence",
            Algorithm::Random => "random",
        }
    }
}

impl Generate {
    /// Checks that there is one rule a field, and that it can make values of the field's type.
    pub fn check(&self, schema: &Schema) -> Result<(), ParseError> {
        if self.columns.len() != schema.fields.len() {
            let expected = format!("{} columns, one a field", schema.fields.len());
            return Err(ParseError::new(expected, self.columns.len().to_string()).at_key("columns"));
        }
        for (index, (generator, field)) in self.columns.iter().zip(&schema.fields).enumerate() {
            generator.check(field).map_err(|error| error.at_index(index).at_key("columns"))?;
        }
        Ok(())
    }

    /// The batch of that index, whatever was made before. A rule that does not suit its field, which
    /// [`check`](Self::check) tells, makes nulls.
    pub fn batch(&self, schema: &Schema, index: usize) -> Batch {
        let first_row = index as u64 * self.rows as u64;
        let columns = schema.fields.iter().zip(&self.columns);
        let columns = columns.map(|(field, generator)| {
            let rows = first_row..first_row + self.rows as u64;
            Column::from(rows.map(|row| generator.value(&field.data_type, row)).collect::<Vec<_>>())
        });
        Batch { rows: self.rows, metadata: Metadata::default(), columns: columns.collect() }
    }
}

impl Generator {
    fn check(&self, field: &Field) -> Result<(), ParseError> {
        let found =
            || format!("{}{}", if field.dictionary.is_some() { "dictionary-encoded " } else { "" }, field.data_type);
        match self {
            Generator::Sequence { .. } if field.dictionary.is_some() || !field.data_type.is_integer() => {
                Err(ParseError::new("an integer field for a sequence", found()))
            }
            Generator::Random { .. } if field.dictionary.is_some() || !is_random(&field.data_type) => {
                Err(ParseError::new("a primitive, utf8 or binary field for random values", found()))
            }
            Generator::Random { nulls, .. } if !(0.0..=1.0).contains(nulls) => {
                Err(ParseError::new("a share from 0 to 1", nulls.to_string()).at_key("nulls"))
            }
            Generator::Random { nulls, .. } if *nulls > 0.0 && !field.nullable => {
                Err(ParseError::new("no nulls in a field that is not nullable", nulls.to_string()).at_key("nulls"))
            }
            _ => Ok(()),
        }
    }

    fn value(&self, data_type: &DataType, row: u64) -> Value {
        match self {
            Generator::Sequence { start, step } => {
                let value = start.wrapping_add(i128::from(row).wrapping_mul(*step));
                wrapped(data_type, value).map_or(Value::Null, Value::Int)
            }
            Generator::Random { seed, nulls } if *nulls > 0.0 => {
                let share = (draw(*seed, row * 2) >> 11) as f64 / (1_u64 << 53) as f64;
                if share < *nulls { Value::Null } else { random_value(data_type, draw(*seed, row * 2 + 1)) }
            }
            Generator::Random { seed, .. } => random_value(data_type, draw(*seed, row)),
        }
    }
}

/// The draw of that index, from 0, of splitmix64 (Steele, Lea and Flood, 2014) begun with `seed`.
fn draw(seed: u64, index: u64) -> u64 {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(index.wrapping_add(1)));
    state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ state >> 31
}

/// The value modulo the width of an integer type.
fn wrapped(data_type: &DataType, value: i128) -> Option<i128> {
    let (least, greatest) = data_type.integer_range()?;
    match greatest.checked_sub(least).and_then(|span| span.checked_add(1)) {
        Some(count) => Some(least + value.wrapping_sub(least).rem_euclid(count)),
        None => Some(value),
    }
}

fn is_random(data_type: &DataType) -> bool {
    use DataType::*;
    data_type.integer_range().is_some()
        || matches!(data_type, Bool | Float16 | Float32 | Float64 | IntervalDayTime | Decimal { .. })
        || matches!(data_type, Binary | LargeBinary | BinaryView | Utf8 | LargeUtf8 | Utf8View)
}

fn random_value(data_type: &DataType, draw: u64) -> Value {
    use DataType::*;
    let letters = || (0..draw % 17).map(|index| b'a' + ((draw >> (index % 8 * 8)) % 26) as u8).collect::<Vec<u8>>();
    // The draw as a signed integer: its low bits are those of every narrower type, its sign extends to the wider
    // decimals.
    let signed = i128::from(draw as i64);
    match data_type {
        Bool => Value::Bool(draw & 1 == 1),
        Float16 => Value::Float16(draw as u16),
        Float32 => Value::Float32(draw as u32),
        Float64 => Value::Float64(draw),
        Decimal { width: DecimalWidth::Bits256, .. } => Value::Int256(Box::new(Int256::from(signed))),
        IntervalDayTime => Value::DayTime { days: draw as i32, milliseconds: (draw >> 32) as i32 },
        Binary | LargeBinary | BinaryView => Value::Bytes(letters()),
        Utf8 | LargeUtf8 | Utf8View => Value::Text(letters().into()),
        _ => wrapped(data_type, signed).map_or(Value::Null, Value::Int),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_those_of_the_reference_implementation() {
        // The first outputs of the public-domain splitmix64.c for these seeds.
        assert_eq!(draw(0, 0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(draw(0, 1), 0x6e78_9e6a_a1b9_65f4);
        assert_eq!(draw(0, 2), 0x06c4_5d18_8009_454f);
        assert_eq!(draw(1234567, 0), 6457827717110365317);
        assert_eq!(draw(1234567, 4), 16408922859458223821);
    }

    #[test]
    fn sequences_wrap_to_the_width() {
        let generator = Generator::Sequence { start: 126, step: 1 };
        let values: Vec<Value> = (0..4).map(|row| generator.value(&DataType::Int8, row)).collect();
        assert_eq!(values, [126, 127, -128, -127].map(Value::Int));
        let generator = Generator::Sequence { start: 1, step: -1 };
        let values: Vec<Value> = (0..3).map(|row| generator.value(&DataType::UInt64, row)).collect();
        assert_eq!(values, [1, 0, i128::from(u64::MAX)].map(Value::Int));
    }
}
