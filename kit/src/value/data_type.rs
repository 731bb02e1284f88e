//! Arrow's types and the type strings of canonical values.

use std::fmt;
use std::str::FromStr;

use super::ParseError;

/// A type of Arrow, without its children, which the field holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The variants are Arrow's own names.
pub enum DataType {
    Null,
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float16,
    Float32,
    Float64,
    /// Precision and scale in decimal digits; the scale may be negative.
    Decimal {
        width: DecimalWidth,
        precision: i32,
        scale: i32,
    },
    /// Days since the epoch.
    Date32,
    /// Milliseconds since the epoch.
    Date64,
    /// Seconds or milliseconds since midnight.
    Time32(TimeUnit),
    /// Microseconds or nanoseconds since midnight.
    Time64(TimeUnit),
    /// Ticks since the epoch, with a time zone that is never the empty string.
    Timestamp(TimeUnit, Option<String>),
    Duration(TimeUnit),
    IntervalYearMonth,
    IntervalDayTime,
    IntervalMonthDayNano,
    Binary,
    LargeBinary,
    BinaryView,
    Utf8,
    LargeUtf8,
    Utf8View,
    /// Bytes of every value, at most `i32::MAX`.
    FixedSizeBinary(u32),
    List,
    LargeList,
    ListView,
    LargeListView,
    /// Items of every list, at most `i32::MAX`.
    FixedSizeList(u32),
    Struct,
    Map {
        keys_sorted: bool,
    },
    /// Type ids in the order of the children, each at least 0 and all different.
    Union {
        mode: UnionMode,
        type_ids: Vec<i8>,
    },
    RunEndEncoded,
}

/// Bits of a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum DecimalWidth {
    Bits32,
    Bits64,
    Bits128,
    Bits256,
}

impl DecimalWidth {
    /// The number of bits.
    pub fn bits(self) -> u32 {
        match self {
            DecimalWidth::Bits32 => 32,
            DecimalWidth::Bits64 => 64,
            DecimalWidth::Bits128 => 128,
            DecimalWidth::Bits256 => 256,
        }
    }

    /// The width of that number of bits.
    pub fn from_bits(bits: u32) -> Option<Self> {
        [DecimalWidth::Bits32, DecimalWidth::Bits64, DecimalWidth::Bits128, DecimalWidth::Bits256]
            .into_iter()
            .find(|width| width.bits() == bits)
    }
}

/// What a tick of a temporal type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum TimeUnit {
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl TimeUnit {
    /// The unit as type strings write it: `s`, `ms`, `us` or `ns`.
    pub fn as_str(self) -> &'static str {
        match self {
            TimeUnit::Second => "s",
            TimeUnit::Millisecond => "ms",
            TimeUnit::Microsecond => "us",
            TimeUnit::Nanosecond => "ns",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond]
            .into_iter()
            .find(|unit| unit.as_str() == text)
    }
}

/// How the children of a union lie beside its type ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum UnionMode {
    Dense,
    Sparse,
}

/// Types whose string is one word without parameters.
const PLAIN: &[(&str, DataType)] = &[
    ("null", DataType::Null),
    ("bool", DataType::Bool),
    ("int8", DataType::Int8),
    ("int16", DataType::Int16),
    ("int32", DataType::Int32),
    ("int64", DataType::Int64),
    ("uint8", DataType::UInt8),
    ("uint16", DataType::UInt16),
    ("uint32", DataType::UInt32),
    ("uint64", DataType::UInt64),
    ("float16", DataType::Float16),
    ("float32", DataType::Float32),
    ("float64", DataType::Float64),
    ("date32", DataType::Date32),
    ("date64", DataType::Date64),
    ("interval_year_month", DataType::IntervalYearMonth),
    ("interval_day_time", DataType::IntervalDayTime),
    ("interval_month_day_nano", DataType::IntervalMonthDayNano),
    ("binary", DataType::Binary),
    ("large_binary", DataType::LargeBinary),
    ("binary_view", DataType::BinaryView),
    ("utf8", DataType::Utf8),
    ("large_utf8", DataType::LargeUtf8),
    ("utf8_view", DataType::Utf8View),
    ("list", DataType::List),
    ("large_list", DataType::LargeList),
    ("list_view", DataType::ListView),
    ("large_list_view", DataType::LargeListView),
    ("struct", DataType::Struct),
    ("map", DataType::Map { keys_sorted: false }),
    ("map(keys_sorted)", DataType::Map { keys_sorted: true }),
    ("run_end_encoded", DataType::RunEndEncoded),
];

impl DataType {
    /// How many children a field of this type has; `None` for a struct, which has any number.
    pub fn child_count(&self) -> Option<usize> {
        match self {
            DataType::Struct => None,
            DataType::Union { type_ids, .. } => Some(type_ids.len()),
            DataType::RunEndEncoded => Some(2),
            DataType::List
            | DataType::LargeList
            | DataType::ListView
            | DataType::LargeListView
            | DataType::FixedSizeList(_)
            | DataType::Map { .. } => Some(1),
            _ => Some(0),
        }
    }

    /// Whether this is a signed or unsigned integer.
    pub fn is_integer(&self) -> bool {
        use DataType::*;
        matches!(self, Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64)
    }

    /// Whether arrays of this type may have a validity bitmap.
    pub fn has_validity(&self) -> bool {
        !matches!(self, DataType::Null | DataType::Union { .. } | DataType::RunEndEncoded)
    }

    /// Least and greatest value of the types whose values are [`Value::Int`](super::Value::Int).
    pub fn integer_range(&self) -> Option<(i128, i128)> {
        use DataType::*;
        let signed = |bits: u32| (i128::MIN >> (128 - bits), i128::MAX >> (128 - bits));
        let unsigned = |bits: u32| (0, (1 << bits) - 1);
        Some(match self {
            Int8 => signed(8),
            Int16 => signed(16),
            Int32 | Date32 | Time32(_) | IntervalYearMonth => signed(32),
            Int64 | Date64 | Time64(_) | Timestamp(..) | Duration(_) => signed(64),
            UInt8 => unsigned(8),
            UInt16 => unsigned(16),
            UInt32 => unsigned(32),
            UInt64 => unsigned(64),
            Decimal { width, .. } if *width != DecimalWidth::Bits256 => signed(width.bits()),
            _ => return None,
        })
    }

    /// Type ids separated by commas, which are different and not negative.
    pub(crate) fn parse_type_ids(text: &str) -> Option<Vec<i8>> {
        let mut type_ids = Vec::new();
        for id in text.split(',').map(str::trim).filter(|_| !text.is_empty()) {
            let id = id.parse().ok().filter(|id| *id >= 0 && !type_ids.contains(id))?;
            type_ids.push(id);
        }
        Some(type_ids)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataType::Decimal { width, precision, scale } => {
                write!(f, "decimal{}({precision}, {scale})", width.bits())
            }
            DataType::Time32(unit) => write!(f, "time32[{}]", unit.as_str()),
            DataType::Time64(unit) => write!(f, "time64[{}]", unit.as_str()),
            DataType::Timestamp(unit, None) => write!(f, "timestamp[{}]", unit.as_str()),
            DataType::Timestamp(unit, Some(zone)) => write!(f, "timestamp[{}, {zone}]", unit.as_str()),
            DataType::Duration(unit) => write!(f, "duration[{}]", unit.as_str()),
            DataType::FixedSizeBinary(size) => write!(f, "fixed_size_binary({size})"),
            DataType::FixedSizeList(size) => write!(f, "fixed_size_list({size})"),
            DataType::Union { mode, type_ids } => {
                let mode = if *mode == UnionMode::Dense { "dense" } else { "sparse" };
                let type_ids: Vec<String> = type_ids.iter().map(i8::to_string).collect();
                write!(f, "{mode}_union({})", type_ids.join(", "))
            }
            plain => {
                let entry = PLAIN.iter().find(|(_, data_type)| data_type == plain);
                f.write_str(entry.map_or("", |(text, _)| text))
            }
        }
    }
}

impl FromStr for DataType {
    type Err = ParseError;

    /// Reads a type string exactly as [`Display`](fmt::Display) writes it.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Some((_, data_type)) = PLAIN.iter().find(|(plain, _)| *plain == text) {
            return Ok(data_type.clone());
        }
        let (head, parameters) = split_parameters(text)
            .ok_or_else(|| ParseError::new("a type such as `int32` or `timestamp[us, UTC]`", quoted(text)))?;
        let (data_type, expected) = match head {
            "decimal32" | "decimal64" | "decimal128" | "decimal256" => {
                let width = head.strip_prefix("decimal").and_then(|bits| bits.parse().ok());
                let data_type = width.and_then(DecimalWidth::from_bits).zip(pair(parameters));
                let data_type =
                    data_type.map(|(width, (precision, scale))| DataType::Decimal { width, precision, scale });
                (data_type, "`decimal32|64|128|256(precision, scale)`")
            }
            "time32" => {
                let unit = TimeUnit::parse(parameters);
                let unit = unit.filter(|unit| matches!(unit, TimeUnit::Second | TimeUnit::Millisecond));
                (unit.map(DataType::Time32), "`time32[s]` or `time32[ms]`")
            }
            "time64" => {
                let unit = TimeUnit::parse(parameters);
                let unit = unit.filter(|unit| matches!(unit, TimeUnit::Microsecond | TimeUnit::Nanosecond));
                (unit.map(DataType::Time64), "`time64[us]` or `time64[ns]`")
            }
            "timestamp" => {
                let (unit, zone) = match parameters.split_once(", ") {
                    Some((unit, zone)) => (unit, Some(zone.to_owned()).filter(|zone| !zone.is_empty())),
                    None => (parameters, None),
                };
                let data_type = TimeUnit::parse(unit).map(|unit| DataType::Timestamp(unit, zone));
                (data_type, "`timestamp[s|ms|us|ns]` or `timestamp[s|ms|us|ns, zone]`")
            }
            "duration" => (TimeUnit::parse(parameters).map(DataType::Duration), "`duration[s|ms|us|ns]`"),
            "fixed_size_binary" => (size(parameters).map(DataType::FixedSizeBinary), "`fixed_size_binary(bytes)`"),
            "fixed_size_list" => (size(parameters).map(DataType::FixedSizeList), "`fixed_size_list(items)`"),
            "dense_union" | "sparse_union" => {
                let mode = if head == "dense_union" { UnionMode::Dense } else { UnionMode::Sparse };
                let data_type = DataType::parse_type_ids(parameters).map(|type_ids| DataType::Union { mode, type_ids });
                (data_type, "`dense_union|sparse_union(id, …)` with different ids from 0 to 127")
            }
            _ => (None, "a type such as `int32` or `timestamp[us, UTC]`"),
        };
        // What prints otherwise was not written canonically: other brackets, spaces or leading zeros.
        data_type
            .filter(|data_type| data_type.to_string() == text)
            .ok_or_else(|| ParseError::new(expected, quoted(text)))
    }
}

fn quoted(text: &str) -> String {
    format!("`{text}`")
}

/// `head(parameters)` or `head[parameters]`.
fn split_parameters(text: &str) -> Option<(&str, &str)> {
    let (head, rest) = text.split_once(['(', '['])?;
    Some((head, rest.strip_suffix([')', ']'])?))
}

fn pair(parameters: &str) -> Option<(i32, i32)> {
    let (first, second) = parameters.split_once(", ")?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

fn size(parameters: &str) -> Option<u32> {
    parameters.parse().ok().filter(|size| i32::try_from(*size).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_string_round_trips() {
        let parametric = [
            "decimal32(9, 2)",
            "decimal64(18, 0)",
            "decimal128(38, -3)",
            "decimal256(76, 10)",
            "time32[s]",
            "time32[ms]",
            "time64[us]",
            "time64[ns]",
            "timestamp[s]",
            "timestamp[ns, Europe/Paris]",
            "timestamp[us, +01:00]",
            "duration[ms]",
            "fixed_size_binary(0)",
            "fixed_size_binary(16)",
            "fixed_size_list(3)",
            "dense_union(5, 7)",
            "sparse_union(0, 1, 127)",
            "sparse_union()",
        ];
        for text in PLAIN.iter().map(|(text, _)| *text).chain(parametric) {
            assert_eq!(text.parse::<DataType>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn type_strings_are_refused_with_what_was_expected() {
        let table = [
            ("int128", "a type such as `int32` or `timestamp[us, UTC]`"),
            ("time32[us]", "`time32[s]` or `time32[ms]`"),
            ("time64(us)", "`time64[us]` or `time64[ns]`"),
            ("decimal128(5,2)", "`decimal32|64|128|256(precision, scale)`"),
            ("timestamp[us, ]", "`timestamp[s|ms|us|ns]` or `timestamp[s|ms|us|ns, zone]`"),
            ("fixed_size_list(-1)", "`fixed_size_list(items)`"),
            ("dense_union(1, 1)", "`dense_union|sparse_union(id, …)` with different ids from 0 to 127"),
            ("dense_union(128)", "`dense_union|sparse_union(id, …)` with different ids from 0 to 127"),
        ];
        for (text, expected) in table {
            let error = text.parse::<DataType>().unwrap_err();
            assert_eq!(error.to_string(), format!("$: expected {expected}, found `{text}`"));
        }
    }
}
