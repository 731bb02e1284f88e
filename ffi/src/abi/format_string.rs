//! Types as format strings of the C Data Interface.
//!
//! Source: `docs/source/format/CDataInterface.rst`, "Data type description – format strings". One table
//! serves both directions; only types with parameters are written out.

use crate::error::{Error, Result};
use crate::schema::{DataType, Integer, TimeUnit, UnionMode};
use std::str::FromStr;

const fn integer(bits: u8, signed: bool) -> DataType {
    DataType::Int(Integer { bits, signed })
}

/// The types without parameters.
static SIMPLE: [(&str, DataType); 45] = [
    ("n", DataType::Null),
    ("b", DataType::Bool),
    ("c", integer(8, true)),
    ("C", integer(8, false)),
    ("s", integer(16, true)),
    ("S", integer(16, false)),
    ("i", integer(32, true)),
    ("I", integer(32, false)),
    ("l", integer(64, true)),
    ("L", integer(64, false)),
    ("e", DataType::Float(16)),
    ("f", DataType::Float(32)),
    ("g", DataType::Float(64)),
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
    ("tss:", DataType::Timestamp(TimeUnit::Second, None)),
    ("tsm:", DataType::Timestamp(TimeUnit::Millisecond, None)),
    ("tsu:", DataType::Timestamp(TimeUnit::Microsecond, None)),
    ("tsn:", DataType::Timestamp(TimeUnit::Nanosecond, None)),
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
    // Whether keys are sorted is said by a flag.
    ("+m", DataType::Map { keys_sorted: false }),
    ("+r", DataType::RunEndEncoded),
    // A union may have no children.
    ("+ud:", DataType::Union(UnionMode::Dense, Vec::new())),
    ("+us:", DataType::Union(UnionMode::Sparse, Vec::new())),
];

/// Decimal widths and the digits that fit.
const DECIMALS: [(u16, i32); 4] = [(32, 9), (64, 18), (128, 38), (256, 76)];

/// The type that a format string names. Of a map the order of the keys is not known here.
pub(super) fn parse(format: &[u8]) -> Result<DataType> {
    let malformed = || Error::argument(format!("format string \"{}\" is malformed", format.escape_ascii()));
    let Ok(text) = std::str::from_utf8(format) else { return Err(malformed()) };
    if let Some((_, data_type)) = SIMPLE.iter().find(|(name, _)| *name == text) {
        return Ok(data_type.clone());
    }
    let Some((kind, parameters)) = text.split_once(':') else {
        return Err(Error::argument(format!("format string \"{}\" names no type", format.escape_ascii())));
    };
    match kind {
        "w" => size(parameters).map(DataType::FixedSizeBinary),
        "+w" => size(parameters).map(DataType::FixedSizeList),
        "d" => decimal(parameters),
        "tss" => Some(timestamp(TimeUnit::Second, parameters)),
        "tsm" => Some(timestamp(TimeUnit::Millisecond, parameters)),
        "tsu" => Some(timestamp(TimeUnit::Microsecond, parameters)),
        "tsn" => Some(timestamp(TimeUnit::Nanosecond, parameters)),
        "+ud" => type_ids(parameters).map(|ids| DataType::Union(UnionMode::Dense, ids)),
        "+us" => type_ids(parameters).map(|ids| DataType::Union(UnionMode::Sparse, ids)),
        _ => None,
    }
    .ok_or_else(malformed)
}

/// The format string of a type.
pub(super) fn write(data_type: &DataType) -> Result<Vec<u8>> {
    if let Some((name, _)) = SIMPLE.iter().find(|(_, simple)| simple == data_type) {
        return Ok(name.as_bytes().to_vec());
    }
    Ok(match data_type {
        DataType::FixedSizeBinary(size) => format!("w:{size}").into_bytes(),
        DataType::FixedSizeList(size) => format!("+w:{size}").into_bytes(),
        DataType::Decimal { bits: 128, precision, scale } => format!("d:{precision},{scale}").into_bytes(),
        DataType::Decimal { bits, precision, scale } => format!("d:{precision},{scale},{bits}").into_bytes(),
        DataType::Timestamp(unit, zone) => {
            let unit = match unit {
                TimeUnit::Second => 's',
                TimeUnit::Millisecond => 'm',
                TimeUnit::Microsecond => 'u',
                TimeUnit::Nanosecond => 'n',
            };
            [format!("ts{unit}:").as_bytes(), zone.as_deref().unwrap_or_default()].concat()
        }
        DataType::Map { .. } => b"+m".to_vec(),
        DataType::Union(mode, ids) => {
            let mode = match mode {
                UnionMode::Dense => 'd',
                UnionMode::Sparse => 's',
            };
            let ids = ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",");
            format!("+u{mode}:{ids}").into_bytes()
        }
        other => return Err(Error::unsupported(format!("the C Data Interface has no format string for {other:?}"))),
    })
}

/// The format string of a type, for messages.
pub(super) fn name(data_type: &DataType) -> String {
    write(data_type).map_or_else(|_| format!("{data_type:?}"), |format| String::from_utf8_lossy(&format).into_owned())
}

/// A number: digits, maybe behind a '-'.
fn number<T: FromStr>(text: &str) -> Option<T> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    match digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().ok(),
        false => None,
    }
}

fn size(parameters: &str) -> Option<i32> {
    number(parameters).filter(|&size| size >= 0)
}

fn decimal(parameters: &str) -> Option<DataType> {
    let mut parts = parameters.split(',');
    let (precision, scale) = (number(parts.next()?)?, number(parts.next()?)?);
    let bits = parts.next().map_or(Some(128), number)?;
    let (_, digits) = DECIMALS.into_iter().find(|&(width, _)| width == bits)?;
    let fits = (1..=digits).contains(&precision) && parts.next().is_none();
    fits.then_some(DataType::Decimal { bits, precision, scale })
}

fn timestamp(unit: TimeUnit, zone: &str) -> DataType {
    DataType::Timestamp(unit, Some(zone.as_bytes().to_vec()))
}

/// Type ids: 0 to 127, each once.
fn type_ids(parameters: &str) -> Option<Vec<i32>> {
    let ids = parameters.split(',').map(number).collect::<Option<Vec<i32>>>()?;
    let fits = |(i, id): (usize, &i32)| (0..=127).contains(id) && !ids[..i].contains(id);
    ids.iter().enumerate().all(fits).then_some(ids)
}
