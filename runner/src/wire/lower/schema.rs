//! Schema, fields and types as metadata.

use arrowipc_kit::value::{DataType, Metadata, Schema, TimeUnit, UnionMode};

use super::encoding::Encoded;
use super::options::{Defaults, Endianness};
use crate::wire::format::{self, FIELD, KEY_VALUE, Kind, SCHEMA, TYPES, TableType};
use crate::wire::tree::{Node, Table, Value};

/// The Schema table.
pub(super) fn schema(schema: &Schema, fields: &[Encoded], endianness: Endianness) -> Table {
    let mut table = Table::new(&SCHEMA)
        .with("endianness", Value::Scalar(i64::from(endianness == Endianness::Big)))
        .with("fields", Value::Vector(fields.iter().map(field).collect()));
    table.set("custom_metadata", key_values(&schema.metadata));
    table
}

/// A vector of KeyValue tables; none for no pairs.
pub(super) fn key_values(metadata: &Metadata) -> Option<Value> {
    let pairs = metadata.0.iter().map(|(key, value)| {
        let table = Table::new(&KEY_VALUE)
            .with("key", Value::Text(key.as_bytes().to_vec()))
            .with("value", Value::Text(value.as_bytes().to_vec()));
        Node::from(Value::Table(table))
    });
    (!metadata.is_empty()).then(|| Value::Vector(pairs.collect()))
}

/// Leaves out the scalars that are equal to their default, or stores those that are left out, all the way down.
pub(super) fn defaults(table: &mut Table, rule: Defaults) {
    for (slot, field) in table.kind.fields.iter().enumerate() {
        if let Kind::Scalar(scalar) = &field.kind {
            let node = &mut table.fields[slot];
            match (rule, node.as_ref().and_then(Node::as_scalar)) {
                (Defaults::Absent, Some(value)) if value == scalar.default => *node = None,
                (Defaults::Present, None) => *node = Some(Value::Scalar(scalar.default).into()),
                _ => {}
            }
        }
    }
    for node in table.fields.iter_mut().flatten() {
        match &mut node.value {
            Value::Table(table) => defaults(table, rule),
            Value::Vector(nodes) => {
                for node in nodes {
                    if let Value::Table(table) = &mut node.value {
                        defaults(table, rule);
                    }
                }
            }
            _ => {}
        }
    }
}

fn field(encoded: &Encoded) -> Node {
    let field = encoded.field;
    let of_type = data_type(&field.data_type);
    let code = TYPES.iter().position(|member| std::ptr::eq(*member, of_type.kind)).map_or(0, |index| index as i64 + 1);
    let mut table = Table::new(&FIELD)
        .with("name", Value::Text(field.name.as_bytes().to_vec()))
        .with("nullable", Value::Scalar(i64::from(field.nullable)))
        .with("type_type", Value::Scalar(code))
        .with("type", Value::Table(of_type))
        .with("children", Value::Vector(encoded.children.iter().map(self::field).collect()));
    if let (Some(id), Some(dictionary)) = (encoded.id, field.dictionary) {
        let encoding = Table::new(&format::DICTIONARY_ENCODING)
            .with("id", Value::Scalar(id))
            .with("indexType", Value::Table(data_type(dictionary.index.data_type())))
            .with("isOrdered", Value::Scalar(i64::from(dictionary.ordered)));
        table.set("dictionary", Some(Value::Table(encoding)));
    }
    table.set("custom_metadata", key_values(&field.metadata));
    Value::Table(table).into()
}

/// The member of the union Type.
fn data_type(data_type: &DataType) -> Table {
    let of = |kind: &'static TableType, fields: &[(&str, i64)]| {
        let mut table = Table::new(kind);
        fields.iter().for_each(|(name, value)| table.set(name, Some(Value::Scalar(*value))));
        table
    };
    let int = |bits: i64, signed: i64| of(&format::INT, &[("bitWidth", bits), ("is_signed", signed)]);
    let float = |precision: i64| of(&format::FLOATING_POINT, &[("precision", precision)]);
    let time = |time: &TimeUnit, bits: i64| of(&format::TIME, &[("unit", unit(*time)), ("bitWidth", bits)]);
    let interval = |unit: i64| of(&format::INTERVAL, &[("unit", unit)]);
    let plain = |kind| of(kind, &[]);
    match data_type {
        DataType::Null => plain(&format::NULL),
        DataType::Bool => plain(&format::BOOL),
        DataType::Int8 => int(8, 1),
        DataType::Int16 => int(16, 1),
        DataType::Int32 => int(32, 1),
        DataType::Int64 => int(64, 1),
        DataType::UInt8 => int(8, 0),
        DataType::UInt16 => int(16, 0),
        DataType::UInt32 => int(32, 0),
        DataType::UInt64 => int(64, 0),
        DataType::Float16 => float(0),
        DataType::Float32 => float(1),
        DataType::Float64 => float(2),
        DataType::Decimal { width, precision, scale } => {
            let (precision, scale) = (i64::from(*precision), i64::from(*scale));
            of(&format::DECIMAL, &[("precision", precision), ("scale", scale), ("bitWidth", i64::from(width.bits()))])
        }
        DataType::Date32 => of(&format::DATE, &[("unit", 0)]),
        DataType::Date64 => of(&format::DATE, &[("unit", 1)]),
        DataType::Time32(unit) => time(unit, 32),
        DataType::Time64(unit) => time(unit, 64),
        DataType::Timestamp(time, zone) => {
            let mut table = of(&format::TIMESTAMP, &[("unit", unit(*time))]);
            table.set("timezone", zone.as_ref().map(|zone| Value::Text(zone.as_bytes().to_vec())));
            table
        }
        DataType::Duration(time) => of(&format::DURATION, &[("unit", unit(*time))]),
        DataType::IntervalYearMonth => interval(0),
        DataType::IntervalDayTime => interval(1),
        DataType::IntervalMonthDayNano => interval(2),
        DataType::Binary => plain(&format::BINARY),
        DataType::LargeBinary => plain(&format::LARGE_BINARY),
        DataType::BinaryView => plain(&format::BINARY_VIEW),
        DataType::Utf8 => plain(&format::UTF8),
        DataType::LargeUtf8 => plain(&format::LARGE_UTF8),
        DataType::Utf8View => plain(&format::UTF8_VIEW),
        DataType::FixedSizeBinary(size) => of(&format::FIXED_SIZE_BINARY, &[("byteWidth", i64::from(*size))]),
        DataType::List => plain(&format::LIST),
        DataType::LargeList => plain(&format::LARGE_LIST),
        DataType::ListView => plain(&format::LIST_VIEW),
        DataType::LargeListView => plain(&format::LARGE_LIST_VIEW),
        DataType::FixedSizeList(size) => of(&format::FIXED_SIZE_LIST, &[("listSize", i64::from(*size))]),
        DataType::Struct => plain(&format::STRUCT),
        DataType::Map { keys_sorted } => of(&format::MAP, &[("keysSorted", i64::from(*keys_sorted))]),
        DataType::Union { mode, type_ids } => {
            let mut table = of(&format::UNION, &[("mode", i64::from(*mode == UnionMode::Dense))]);
            let ids = type_ids.iter().map(|id| Value::Scalar(i64::from(*id)).into());
            table.set("typeIds", Some(Value::Vector(ids.collect())));
            table
        }
        DataType::RunEndEncoded => plain(&format::RUN_END_ENCODED),
    }
}

/// The code of a unit.
fn unit(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 1,
        TimeUnit::Microsecond => 2,
        TimeUnit::Nanosecond => 3,
    }
}
