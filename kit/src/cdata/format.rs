//! Format strings of the C Data Interface.

use super::Malformed;
use crate::value::{DataType, DecimalWidth, TimeUnit, UnionMode};

/// Formats without parameters.
const PLAIN: &[(&str, DataType)] = &[
    ("n", DataType::Null),
    ("b", DataType::Bool),
    ("c", DataType::Int8),
    ("C", DataType::UInt8),
    ("s", DataType::Int16),
    ("S", DataType::UInt16),
    ("i", DataType::Int32),
    ("I", DataType::UInt32),
    ("l", DataType::Int64),
    ("L", DataType::UInt64),
    ("e", DataType::Float16),
    ("f", DataType::Float32),
    ("g", DataType::Float64),
    ("z", DataType::Binary),
    ("Z", DataType::LargeBinary),
    ("vz", DataType::BinaryView),
    ("u", DataType::Utf8),
    ("U", DataType::LargeUtf8),
    ("vu", DataType::Utf8View),
    ("tdD", DataType::Date32),
    ("tdm", DataType::Date64),
    ("tts", DataType::Time32(TimeUnit::Second)),
    ("ttm", DataType::Time32(TimeUnit::Millisecond)),
    ("ttu", DataType::Time64(TimeUnit::Microsecond)),
    ("ttn", DataType::Time64(TimeUnit::Nanosecond)),
    ("tDs", DataType::Duration(TimeUnit::Second)),
    ("tDm", DataType::Duration(TimeUnit::Millisecond)),
    ("tDu", DataType::Duration(TimeUnit::Microsecond)),
    ("tDn", DataType::Duration(TimeUnit::Nanosecond)),
    ("tiM", DataType::IntervalYearMonth),
    ("tiD", DataType::IntervalDayTime),
    ("tin", DataType::IntervalMonthDayNano),
    ("+l", DataType::List),
    ("+L", DataType::LargeList),
    ("+vl", DataType::ListView),
    ("+vL", DataType::LargeListView),
    ("+s", DataType::Struct),
    ("+m", DataType::Map { keys_sorted: false }),
    ("+r", DataType::RunEndEncoded),
];

const TIMESTAMPS: [(&str, TimeUnit); 4] = [
    ("tss:", TimeUnit::Second),
    ("tsm:", TimeUnit::Millisecond),
    ("tsu:", TimeUnit::Microsecond),
    ("tsn:", TimeUnit::Nanosecond),
];

/// The format string of a type. Whether a map's keys are sorted is a flag beside it.
pub(super) fn format(data_type: &DataType) -> String {
    match data_type {
        DataType::Decimal { width: DecimalWidth::Bits128, precision, scale } => format!("d:{precision},{scale}"),
        DataType::Decimal { width, precision, scale } => format!("d:{precision},{scale},{}", width.bits()),
        DataType::FixedSizeBinary(size) => format!("w:{size}"),
        DataType::FixedSizeList(size) => format!("+w:{size}"),
        DataType::Timestamp(unit, zone) => {
            let prefix = TIMESTAMPS.iter().find(|(_, other)| other == unit).map_or("", |(prefix, _)| prefix);
            format!("{prefix}{}", zone.as_deref().unwrap_or(""))
        }
        DataType::Union { mode, type_ids } => {
            let type_ids: Vec<String> = type_ids.iter().map(i8::to_string).collect();
            format!("+u{}:{}", if *mode == UnionMode::Dense { "d" } else { "s" }, type_ids.join(","))
        }
        DataType::Map { .. } => "+m".to_owned(),
        plain => PLAIN.iter().find(|(_, data_type)| data_type == plain).map_or("", |(format, _)| format).to_owned(),
    }
}

/// The type of a format string.
pub(super) fn parse(format: &str, keys_sorted: bool) -> Result<DataType, Malformed> {
    if format == "+m" {
        return Ok(DataType::Map { keys_sorted });
    }
    if let Some((_, data_type)) = PLAIN.iter().find(|(plain, _)| *plain == format) {
        return Ok(data_type.clone());
    }
    if let Some((unit, zone)) = TIMESTAMPS.iter().find_map(|(prefix, unit)| Some((*unit, format.strip_prefix(prefix)?)))
    {
        return Ok(DataType::Timestamp(unit, Some(zone.to_owned()).filter(|zone| !zone.is_empty())));
    }
    let size = |text: &str| text.parse().ok().filter(|size: &u32| i32::try_from(*size).is_ok());
    let union = |mode, type_ids| Some(DataType::Union { mode, type_ids: DataType::parse_type_ids(type_ids)? });
    let data_type = match format.split_once(':') {
        Some(("d", parameters)) => decimal(parameters),
        Some(("w", parameter)) => size(parameter).map(DataType::FixedSizeBinary),
        Some(("+w", parameter)) => size(parameter).map(DataType::FixedSizeList),
        Some(("+ud", type_ids)) => union(UnionMode::Dense, type_ids),
        Some(("+us", type_ids)) => union(UnionMode::Sparse, type_ids),
        _ => None,
    };
    // Numbers have one form, except that the width of a decimal may be written also where it follows by itself.
    let exact = |data_type: &DataType| {
        let own = self::format(data_type);
        own == format || format.strip_suffix(",128").is_some_and(|decimal| own == decimal)
    };
    let unknown =
        || Malformed::new("cdata-format-unknown", format!("the format string is `{format}`, which names no type"));
    data_type.filter(exact).ok_or_else(unknown)
}

fn decimal(parameters: &str) -> Option<DataType> {
    let mut parameters = parameters.split(',');
    let (precision, scale) = (parameters.next()?.parse().ok()?, parameters.next()?.parse().ok()?);
    let width = match parameters.next() {
        Some(bits) => DecimalWidth::from_bits(bits.parse().ok()?)?,
        None => DecimalWidth::Bits128,
    };
    parameters.next().is_none().then_some(DataType::Decimal { width, precision, scale })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_round_trip() {
        let parametric =
            ["d:5,2", "d:9,-2,32", "d:76,0,256", "w:16", "+w:3", "tss:", "tsn:Europe/Paris", "+ud:5,7", "+us:"];
        for text in PLAIN.iter().map(|(text, _)| *text).chain(parametric) {
            assert_eq!(format(&parse(text, false).unwrap()), text);
        }
        assert_eq!(parse("+m", true), Ok(DataType::Map { keys_sorted: true }));
        assert_eq!(parse("d:5,2,128", false).map(|decimal| format(&decimal)), Ok("d:5,2".to_owned()));
    }

    #[test]
    fn unknown_formats_are_named() {
        let inexact = ["d:05,2", "d:+5,2", "w:03", "w:+3", "+us:5,07", "w:4,128"];
        let unknown =
            ["", "x", "d:5", "d:5,2,127", "d:5,2,128,1", "w:-1", "+ud:0,0", "+us:-1", "ts:", "tsx:", "+ud", "tss"];
        for text in unknown.into_iter().chain(inexact) {
            let message = format!("the format string is `{text}`, which names no type (clause cdata-format-unknown)");
            assert_eq!(parse(text, false).unwrap_err().to_string(), message);
        }
    }
}
