//! Values as JSON.
//!
//! Numbers are numbers, and what JSON has no number for is a string: decimals, floats that are not finite, dates and times as of ISO 8601,
//! binary values in hex digits. Entries of maps are pairs.

use std::io::{self, Write};

use arrowipc_kit::value::{DataType, Field, Text, Value, float16};
use serde_json::{Map, Number, Value as Json};

use super::time;
use crate::wire::value::to_hex;

/// An object a row.
pub(super) fn lines(
    names: &[String],
    fields: &[Field],
    columns: &[Vec<Value>],
    rows: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for row in 0..rows {
        let cells = names.iter().zip(fields).zip(columns);
        let object: Map<String, Json> =
            cells.map(|((name, field), column)| (name.clone(), value(field, &column[row]))).collect();
        serde_json::to_writer(&mut *out, &object)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// A value of a field.
pub fn value(field: &Field, of: &Value) -> Json {
    let child = |position: usize| field.children.get(position).unwrap_or(field);
    if field.data_type == DataType::RunEndEncoded {
        return value(child(1), of);
    }
    match of {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(number) => integer(&field.data_type, *number),
        Value::Int256(number) => Json::String(decimal(&number.to_string(), scale(&field.data_type))),
        Value::Float16(bits) => float(float16::to_f64(*bits)),
        Value::Float32(bits) => short_float(f32::from_bits(*bits)),
        Value::Float64(bits) => float(f64::from_bits(*bits)),
        Value::DayTime { days, milliseconds } => Json::String(time::day_time(*days, *milliseconds)),
        Value::MonthDayNano { months, days, nanoseconds } => {
            Json::String(time::month_day_nano(*months, *days, *nanoseconds))
        }
        Value::Bytes(bytes) => Json::String(to_hex(bytes)),
        Value::Text(value) => text(value),
        Value::List(items) => items.iter().map(|item| value(child(0), item)).collect(),
        Value::Struct(members) => {
            let names = super::names(&field.children);
            let members = names.into_iter().zip(&field.children).zip(members);
            Json::Object(members.map(|((name, field), member)| (name, value(field, member))).collect())
        }
        Value::Map(entries) => {
            let fields = &child(0).children;
            let part = |position: usize, of: &Value| fields.get(position).map_or(Json::Null, |field| value(field, of));
            entries.iter().map(|[key, of]| Json::Array(vec![part(0, key), part(1, of)])).collect()
        }
        Value::Union(id, of) => {
            let DataType::Union { type_ids, .. } = &field.data_type else { return Json::Null };
            let member = type_ids.iter().position(|known| known == id);
            member.and_then(|member| field.children.get(member)).map_or(Json::Null, |member| value(member, of))
        }
    }
}

fn integer(data_type: &DataType, number: i128) -> Json {
    use DataType::*;
    let ticks = i64::try_from(number).unwrap_or(0);
    Json::String(match data_type {
        Decimal { scale, .. } => decimal(&number.to_string(), *scale),
        Date32 => time::date(ticks),
        Date64 => time::date_of_milliseconds(ticks),
        Time32(unit) | Time64(unit) => time::time(ticks, *unit),
        Timestamp(unit, zone) => time::timestamp(ticks, *unit, zone.is_some()),
        Duration(unit) => time::duration(ticks, *unit),
        IntervalYearMonth => time::months(ticks),
        _ => return i64::try_from(number).map(Number::from).unwrap_or_else(|_| Number::from(number as u64)).into(),
    })
}

fn scale(data_type: &DataType) -> i32 {
    if let DataType::Decimal { scale, .. } = data_type { *scale } else { 0 }
}

/// Unscaled digits with the point where the scale puts it; scales that no decimal has are written as an exponent.
fn decimal(digits: &str, scale: i32) -> String {
    const LARGEST: i32 = 76;
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    match scale {
        0 => format!("{sign}{digits}"),
        1..=LARGEST => {
            let padded = format!("{digits:0>width$}", width = scale as usize + 1);
            let (whole, fraction) = padded.split_at(padded.len() - scale as usize);
            format!("{sign}{whole}.{fraction}")
        }
        _ => format!("{sign}{digits}e{}", -i64::from(scale)),
    }
}

fn float(value: f64) -> Json {
    match Number::from_f64(value) {
        Some(number) => number.into(),
        None => not_finite(value).into(),
    }
}

/// The shortest number that is this one among those of 32 bits.
fn short_float(value: f32) -> Json {
    match value.is_finite() {
        true => value.to_string().parse().map_or(Json::Null, float),
        false => not_finite(value.into()).into(),
    }
}

fn not_finite(value: f64) -> &'static str {
    match value {
        value if value.is_nan() => "NaN",
        value if value > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

fn text(text: &Text) -> Json {
    match text.as_str() {
        Some(text) => text.into(),
        None => serde_json::json!({"hex": to_hex(text.as_bytes())}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrowipc_kit::value::{DecimalWidth, TimeUnit, UnionMode};

    fn shown(data_type: DataType, of: Value) -> String {
        value(&Field::new("f", data_type), &of).to_string()
    }

    #[test]
    fn numbers_are_numbers_and_all_else_is_a_string() {
        assert_eq!(shown(DataType::Int64, Value::Int(i64::MIN.into())), "-9223372036854775808");
        assert_eq!(shown(DataType::UInt64, Value::Int(u64::MAX.into())), "18446744073709551615");
        assert_eq!(shown(DataType::Float32, Value::Float32(0.1_f32.to_bits())), "0.1");
        assert_eq!(shown(DataType::Float64, Value::Float64(f64::NEG_INFINITY.to_bits())), "\"-Infinity\"");
        assert_eq!(shown(DataType::Float16, Value::Float16(0x3C00)), "1.0");
        let cents = DataType::Decimal { width: DecimalWidth::Bits128, precision: 9, scale: 2 };
        assert_eq!(shown(cents.clone(), Value::Int(-5)), "\"-0.05\"");
        assert_eq!(shown(cents, Value::Int(12345)), "\"123.45\"");
        let thousands = DataType::Decimal { width: DecimalWidth::Bits64, precision: 9, scale: -3 };
        assert_eq!(shown(thousands, Value::Int(7)), "\"7e3\"");
        assert_eq!(shown(DataType::Binary, Value::Bytes(vec![0, 255])), "\"00ff\"");
        assert_eq!(shown(DataType::Utf8, Value::Text(vec![0xff].into())), "{\"hex\":\"ff\"}");
    }

    #[test]
    fn times_are_those_of_iso_8601() {
        assert_eq!(shown(DataType::Date32, Value::Int(19_723)), "\"2024-01-01\"");
        assert_eq!(
            shown(DataType::Timestamp(TimeUnit::Millisecond, None), Value::Int(-1)),
            "\"1969-12-31T23:59:59.999\""
        );
        let paris = DataType::Timestamp(TimeUnit::Second, Some("Europe/Paris".into()));
        assert_eq!(shown(paris, Value::Int(0)), "\"1970-01-01T00:00:00Z\"");
    }

    #[test]
    fn nested_values_have_the_names_of_their_fields() {
        let (a, b) = (Field::new("a", DataType::Int8), Field::new("a", DataType::Bool));
        let both = Field::new("s", DataType::Struct).with_children([a.clone(), b.clone()]);
        let members = Value::Struct(vec![Value::Int(1), Value::Null]);
        assert_eq!(value(&both, &members).to_string(), r#"{"a":1,"a#2":null}"#);
        let list = Field::new("l", DataType::List).with_children([both]);
        assert_eq!(value(&list, &Value::List(vec![members, Value::Null])).to_string(), r#"[{"a":1,"a#2":null},null]"#);
        let union = DataType::Union { mode: UnionMode::Dense, type_ids: vec![5, 7] };
        let union = Field::new("u", union).with_children([a, b]);
        assert_eq!(value(&union, &Value::Union(7, Box::new(Value::Bool(true)))).to_string(), "true");
    }
}
