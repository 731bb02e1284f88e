//! Canonical values → the JSON, as archery writes it: schema and types.

use std::fmt;

use arrowipc_kit::value::{DataType, Document, Field, Metadata, Schema, Text, TimeUnit, UnionMode};
use serde_json::{Value as Json, json};

use super::columns::Columns;

/// Why data have no integration JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inexpressible {
    place: String,
    reason: String,
}

impl Inexpressible {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { place: String::new(), reason: reason.into() }
    }

    /// Puts a name or position before the place.
    pub(super) fn within(self, place: impl fmt::Display) -> Self {
        let separator = if self.place.is_empty() || self.place.starts_with('[') { "" } else { "." };
        Self { place: format!("{place}{separator}{}", self.place), ..self }
    }
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.place.is_empty() { "" } else { ": " };
        write!(f, "{}{separator}{}", self.place, self.reason)
    }
}

impl std::error::Error for Inexpressible {}

/// The JSON of data.
///
/// It says what the data mean, not how they lie in memory: layouts play no role but for the order of a dictionary's values, and a dictionary
/// that changes between batches is one with all values, since the JSON has one for the whole file. What it cannot say is an error: metadata
/// of batches, text that is not UTF-8, floats that are no number of three decimal places.
pub fn write(document: &Document) -> Result<Json, Inexpressible> {
    let mut columns = Columns::new(&document.schema.fields);
    let schema = schema(&document.schema, &columns).map_err(|error| error.within("schema"))?;
    let mut batches = Vec::new();
    for (index, batch) in document.batches().enumerate() {
        let at_batch = |error: Inexpressible| error.within(format!("batches[{index}]"));
        if !batch.metadata.is_empty() {
            return Err(at_batch(Inexpressible::new("batches have no metadata here").within("metadata")));
        }
        batches.push(columns.batch(&batch).map_err(at_batch)?);
    }
    let dictionaries = columns.dictionaries().map_err(|error| error.within("dictionaries"))?;
    Ok(match dictionaries.is_empty() {
        true => json!({"schema": schema, "batches": batches}),
        false => json!({"schema": schema, "dictionaries": dictionaries, "batches": batches}),
    })
}

/// A string, which JSON wants to be UTF-8.
pub(super) fn text(text: &Text) -> Result<&str, Inexpressible> {
    text.as_str().ok_or_else(|| Inexpressible::new(format!("{text:?} is not UTF-8")))
}

fn schema(schema: &Schema, columns: &Columns) -> Result<Json, Inexpressible> {
    let nodes = &columns.nodes;
    let fields = nodes.iter().map(|node| field(node.field, node)).collect::<Result<Vec<_>, _>>()?;
    let mut json = json!({"fields": fields});
    add_metadata(&mut json, &schema.metadata)?;
    Ok(json)
}

fn field(field: &Field, node: &super::columns::Node<'_>) -> Result<Json, Inexpressible> {
    let name = text(&field.name).map_err(|error| error.within("name"))?;
    let children = node.children.iter().map(|child| self::field(child.field, child)).collect::<Result<Vec<_>, _>>();
    let mut json = json!({
        "name": name,
        "nullable": field.nullable,
        "type": data_type(&field.data_type),
        "children": children.map_err(|error| error.within(name))?,
    });
    if let (Some(dictionary), Some(id)) = (&field.dictionary, node.dictionary) {
        let index_type = data_type(dictionary.index.data_type());
        json["dictionary"] = json!({"id": id, "indexType": index_type, "isOrdered": dictionary.ordered});
    }
    add_metadata(&mut json, &field.metadata).map_err(|error| error.within(name))?;
    Ok(json)
}

fn add_metadata(json: &mut Json, metadata: &Metadata) -> Result<(), Inexpressible> {
    if !metadata.is_empty() {
        let pairs = metadata.0.iter().map(|(key, value)| Ok(json!({"key": text(key)?, "value": text(value)?})));
        json["metadata"] =
            pairs.collect::<Result<Json, _>>().map_err(|error: Inexpressible| error.within("metadata"))?;
    }
    Ok(())
}

fn data_type(data_type: &DataType) -> Json {
    let named = |name: &str| json!({"name": name});
    let int = |bits: u8, signed: bool| json!({"name": "int", "bitWidth": bits, "isSigned": signed});
    let float = |precision: &str| json!({"name": "floatingpoint", "precision": precision});
    let with_unit = |name: &str, unit: &str| json!({"name": name, "unit": unit});
    let time = |bits: u8, time: &TimeUnit| json!({"name": "time", "unit": unit(*time), "bitWidth": bits});
    match data_type {
        DataType::Null => named("null"),
        DataType::Bool => named("bool"),
        DataType::Int8 => int(8, true),
        DataType::Int16 => int(16, true),
        DataType::Int32 => int(32, true),
        DataType::Int64 => int(64, true),
        DataType::UInt8 => int(8, false),
        DataType::UInt16 => int(16, false),
        DataType::UInt32 => int(32, false),
        DataType::UInt64 => int(64, false),
        DataType::Float16 => float("HALF"),
        DataType::Float32 => float("SINGLE"),
        DataType::Float64 => float("DOUBLE"),
        DataType::Decimal { width, precision, scale } => {
            json!({"name": "decimal", "precision": precision, "scale": scale, "bitWidth": width.bits()})
        }
        DataType::Date32 => with_unit("date", "DAY"),
        DataType::Date64 => with_unit("date", "MILLISECOND"),
        DataType::Time32(unit) => time(32, unit),
        DataType::Time64(unit) => time(64, unit),
        DataType::Timestamp(tick, None) => with_unit("timestamp", unit(*tick)),
        DataType::Timestamp(tick, Some(zone)) => json!({"name": "timestamp", "unit": unit(*tick), "timezone": zone}),
        DataType::Duration(tick) => with_unit("duration", unit(*tick)),
        DataType::IntervalYearMonth => with_unit("interval", "YEAR_MONTH"),
        DataType::IntervalDayTime => with_unit("interval", "DAY_TIME"),
        DataType::IntervalMonthDayNano => with_unit("interval", "MONTH_DAY_NANO"),
        DataType::Binary => named("binary"),
        DataType::LargeBinary => named("largebinary"),
        DataType::BinaryView => named("binaryview"),
        DataType::Utf8 => named("utf8"),
        DataType::LargeUtf8 => named("largeutf8"),
        DataType::Utf8View => named("utf8view"),
        DataType::FixedSizeBinary(size) => json!({"name": "fixedsizebinary", "byteWidth": size}),
        DataType::List => named("list"),
        DataType::LargeList => named("largelist"),
        DataType::ListView => named("listview"),
        DataType::LargeListView => named("largelistview"),
        DataType::FixedSizeList(size) => json!({"name": "fixedsizelist", "listSize": size}),
        DataType::Struct => named("struct"),
        DataType::Map { keys_sorted } => json!({"name": "map", "keysSorted": keys_sorted}),
        DataType::Union { mode, type_ids } => {
            let mode = if *mode == UnionMode::Dense { "DENSE" } else { "SPARSE" };
            json!({"name": "union", "mode": mode, "typeIds": type_ids})
        }
        DataType::RunEndEncoded => named("runendencoded"),
    }
}

fn unit(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "SECOND",
        TimeUnit::Millisecond => "MILLISECOND",
        TimeUnit::Microsecond => "MICROSECOND",
        TimeUnit::Nanosecond => "NANOSECOND",
    }
}
