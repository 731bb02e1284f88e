//! Fields and types.

use arrowipc_kit::value::{
    DataType, DecimalWidth, Dictionary, Field, IndexType, Metadata, Schema, TimeUnit, UnionMode,
};
use serde_json::{Map, Value};

use super::{Error, input};

/// What a column's buffers mean: a field, the dictionary they point into, and the same for the children.
pub struct Node {
    pub field: Field,
    pub dictionary: Option<i64>,
    pub children: Vec<Node>,
}

impl Node {
    /// Joins a field of the input, which knows its dictionary's id, and its canonical form.
    pub fn new(input: &input::Field, field: &Field) -> Self {
        Self {
            field: field.clone(),
            dictionary: input.dictionary.as_ref().map(|encoding| encoding.id),
            children: input
                .children
                .iter()
                .zip(&field.children)
                .map(|(input, field)| Self::new(input, field))
                .collect(),
        }
    }
}

impl input::Schema {
    /// The schema in canonical form.
    pub fn canonical(&self) -> Result<Schema, Error> {
        let fields = canonical_fields(&self.fields).map_err(|error| error.at_key("fields").at_key("schema"))?;
        Ok(Schema { fields, metadata: metadata(self.metadata.as_deref()) })
    }
}

fn canonical_fields(fields: &[input::Field]) -> Result<Vec<Field>, Error> {
    fields.iter().enumerate().map(|(index, field)| field.canonical().map_err(|error| error.at_index(index))).collect()
}

impl input::Field {
    fn canonical(&self) -> Result<Field, Error> {
        let dictionary = self.dictionary.as_ref().map(input::Encoding::canonical).transpose();
        Ok(Field {
            name: self.name.as_str().into(),
            data_type: data_type(&self.data_type).map_err(|error| error.at_key("type"))?,
            nullable: self.nullable,
            metadata: metadata(self.metadata.as_deref()),
            dictionary: dictionary.map_err(|error| error.at_key("dictionary"))?,
            children: canonical_fields(&self.children).map_err(|error| error.at_key("children"))?,
        })
    }
}

impl input::Encoding {
    fn canonical(&self) -> Result<Dictionary, Error> {
        let data_type = data_type(&self.index_type).map_err(|error| error.at_key("indexType"))?;
        let index = IndexType::from_data_type(&data_type)
            .ok_or_else(|| Error::new("an integer type", data_type.to_string()).at_key("indexType"))?;
        Ok(Dictionary { index, ordered: self.is_ordered })
    }
}

fn metadata(pairs: Option<&[input::Pair]>) -> Metadata {
    pairs.unwrap_or_default().iter().map(|pair| (pair.key.as_str(), pair.value.as_str())).collect()
}

fn data_type(json: &Map<String, Value>) -> Result<DataType, Error> {
    Ok(match text(json, "name")? {
        "null" => DataType::Null,
        "bool" => DataType::Bool,
        "int" => match (flag(json, "isSigned")?, integer(json, "bitWidth")?) {
            (true, 8) => DataType::Int8,
            (true, 16) => DataType::Int16,
            (true, 32) => DataType::Int32,
            (true, 64) => DataType::Int64,
            (false, 8) => DataType::UInt8,
            (false, 16) => DataType::UInt16,
            (false, 32) => DataType::UInt32,
            (false, 64) => DataType::UInt64,
            (_, bits) => return Err(wrong("bitWidth", "8, 16, 32 or 64", bits)),
        },
        "floatingpoint" => match text(json, "precision")? {
            "HALF" => DataType::Float16,
            "SINGLE" => DataType::Float32,
            "DOUBLE" => DataType::Float64,
            precision => return Err(wrong("precision", "HALF, SINGLE or DOUBLE", precision)),
        },
        "decimal" => {
            // Files from before decimal256 leave the width out.
            let bits = if json.contains_key("bitWidth") { integer(json, "bitWidth")? } else { 128 };
            let width = u32::try_from(bits).ok().and_then(DecimalWidth::from_bits);
            DataType::Decimal {
                width: width.ok_or_else(|| wrong("bitWidth", "32, 64, 128 or 256", bits))?,
                precision: small(json, "precision")?,
                scale: small_or_zero(json, "scale")?,
            }
        }
        "date" => match text(json, "unit")? {
            "DAY" => DataType::Date32,
            "MILLISECOND" => DataType::Date64,
            unit => return Err(wrong("unit", "DAY or MILLISECOND", unit)),
        },
        "time" => match (integer(json, "bitWidth")?, unit(json)?) {
            (32, unit @ (TimeUnit::Second | TimeUnit::Millisecond)) => DataType::Time32(unit),
            (64, unit @ (TimeUnit::Microsecond | TimeUnit::Nanosecond)) => DataType::Time64(unit),
            (bits, unit) => {
                let found = format!("{bits} bits for the unit {}", unit.as_str());
                return Err(wrong(
                    "bitWidth",
                    "32 for SECOND and MILLISECOND, 64 for MICROSECOND and NANOSECOND",
                    found,
                ));
            }
        },
        "timestamp" => {
            let zone = if json.contains_key("timezone") { Some(text(json, "timezone")?.to_owned()) } else { None };
            DataType::Timestamp(unit(json)?, zone.filter(|zone| !zone.is_empty()))
        }
        "duration" => DataType::Duration(unit(json)?),
        "interval" => match text(json, "unit")? {
            "YEAR_MONTH" => DataType::IntervalYearMonth,
            "DAY_TIME" => DataType::IntervalDayTime,
            "MONTH_DAY_NANO" => DataType::IntervalMonthDayNano,
            unit => return Err(wrong("unit", "YEAR_MONTH, DAY_TIME or MONTH_DAY_NANO", unit)),
        },
        "binary" => DataType::Binary,
        "largebinary" => DataType::LargeBinary,
        "binaryview" => DataType::BinaryView,
        "utf8" => DataType::Utf8,
        "largeutf8" => DataType::LargeUtf8,
        "utf8view" => DataType::Utf8View,
        "fixedsizebinary" => DataType::FixedSizeBinary(small_or_zero(json, "byteWidth")?),
        "list" => DataType::List,
        "largelist" => DataType::LargeList,
        "listview" => DataType::ListView,
        "largelistview" => DataType::LargeListView,
        "fixedsizelist" => DataType::FixedSizeList(small_or_zero(json, "listSize")?),
        "struct" => DataType::Struct,
        "map" => DataType::Map { keys_sorted: flag(json, "keysSorted")? },
        "union" => {
            let mode = match text(json, "mode")? {
                "DENSE" => UnionMode::Dense,
                "SPARSE" => UnionMode::Sparse,
                mode => return Err(wrong("mode", "DENSE or SPARSE", mode)),
            };
            let type_ids = json.get("typeIds").and_then(Value::as_array);
            let type_ids = type_ids.and_then(|ids| {
                ids.iter().map(|id| id.as_i64().and_then(|id| i8::try_from(id).ok())).collect::<Option<Vec<_>>>()
            });
            DataType::Union { mode, type_ids: type_ids.ok_or_else(|| missing(json, "typeIds", "a list of type ids"))? }
        }
        "runendencoded" => DataType::RunEndEncoded,
        name => return Err(wrong("name", "a type of the integration JSON", name)),
    })
}

fn unit(json: &Map<String, Value>) -> Result<TimeUnit, Error> {
    Ok(match text(json, "unit")? {
        "SECOND" => TimeUnit::Second,
        "MILLISECOND" => TimeUnit::Millisecond,
        "MICROSECOND" => TimeUnit::Microsecond,
        "NANOSECOND" => TimeUnit::Nanosecond,
        unit => return Err(wrong("unit", "SECOND, MILLISECOND, MICROSECOND or NANOSECOND", unit)),
    })
}

fn text<'a>(json: &'a Map<String, Value>, key: &str) -> Result<&'a str, Error> {
    json.get(key).and_then(Value::as_str).ok_or_else(|| missing(json, key, "a string"))
}

/// True or false; some writers, arrow-go's among them, leave out what is false.
fn flag(json: &Map<String, Value>, key: &str) -> Result<bool, Error> {
    json.get(key).map_or(Some(false), Value::as_bool).ok_or_else(|| missing(json, key, "true or false"))
}

fn integer(json: &Map<String, Value>, key: &str) -> Result<i64, Error> {
    json.get(key).and_then(Value::as_i64).ok_or_else(|| missing(json, key, "an integer"))
}

fn small<T: TryFrom<i64>>(json: &Map<String, Value>, key: &str) -> Result<T, Error> {
    let value = integer(json, key)?;
    T::try_from(value).map_err(|_| wrong(key, "a size or number of digits", value))
}

/// A number that the same writers leave out when it is zero.
fn small_or_zero<T: TryFrom<i64> + Default>(json: &Map<String, Value>, key: &str) -> Result<T, Error> {
    if json.contains_key(key) { small(json, key) } else { Ok(T::default()) }
}

fn missing(json: &Map<String, Value>, key: &str, expected: &str) -> Error {
    let found = json.get(key).map_or("nothing".to_owned(), Value::to_string);
    Error::new(expected, found).at_key(key)
}

fn wrong(key: &str, expected: &str, found: impl ToString) -> Error {
    Error::new(expected, found.to_string()).at_key(key)
}
