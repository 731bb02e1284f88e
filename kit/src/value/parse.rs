//! JSON → model, strictly and directed by the types.

use serde_json::{Map, Value as Json};

use super::text::read_hex;
use super::{
    Batch, Column, Data, DataType, DecimalWidth, Dictionary, Document, Field, Generate, Generator, Int256, Layout,
    Metadata, Schema, Text, Validity, Value, float16,
};

/// What was expected and what was found at which place of a JSON text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("${path}: expected {expected}, found {found}")]
pub struct ParseError {
    /// The place, from the outermost value inwards: `.batches[0].columns[2][5]`. Empty for the outermost value itself.
    pub path: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl ParseError {
    pub(crate) fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        ParseError { path: String::new(), expected: expected.into(), found: found.into() }
    }

    fn unexpected(expected: impl Into<String>, found: &Json) -> Self {
        Self::new(expected, describe(found))
    }

    /// The same error, seen from the object that holds the value under `key`.
    pub fn at_key(mut self, key: &str) -> Self {
        self.path = format!(".{key}{}", self.path);
        self
    }

    /// The same error, seen from the array that holds the value at `index`.
    pub fn at_index(mut self, index: usize) -> Self {
        self.path = format!("[{index}]{}", self.path);
        self
    }
}

pub(super) type Result<T> = std::result::Result<T, ParseError>;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As canonical text has it.
    Canonical,
    /// As a case has it: see "Data" in `docs/cases.md`.
    Natural,
}

impl Document {
    /// Reads canonical JSON. Spaces and the order of keys are free; everything else is as `docs/canonical-values.md`
    /// says.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let json: Json = serde_json::from_slice(text).map_err(|error| ParseError::new("JSON", error.to_string()))?;
        // `cdata` is about the structures that are made of a document, and read where they are.
        let object = Object::new(&json, "a document", &["schema", "batches", "generate", "cdata"])?;
        let schema = object.required("schema", Schema::from_json)?;
        let batches = object.optional("batches", |json| {
            items(json, "the list of batches", |batch| read_batch(&schema.fields, batch))
        })?;
        let generate = object.optional("generate", |json| Generate::from_json(&schema, json))?;
        let data = match (batches, generate) {
            (Some(batches), None) => Data::Batches(batches),
            (None, Some(generate)) => Data::Generate(generate),
            (None, None) => return Err(ParseError::new("`batches` or `generate`", "neither")),
            (Some(_), Some(_)) => return Err(ParseError::new("`batches` or `generate`", "both")),
        };
        Ok(Document { schema, data })
    }
}

impl Schema {
    /// Reads a canonical schema.
    pub fn from_json(json: &Json) -> Result<Self> {
        let object = Object::new(json, "a schema", &["fields", "metadata"])?;
        let schema = Schema {
            fields: object.required("fields", |json| items(json, "the list of fields", Field::from_json))?,
            metadata: object.required("metadata", Metadata::from_json)?,
        };
        schema.check()?;
        Ok(schema)
    }
}

impl Field {
    /// Reads a canonical field, without checking number and kind of its children ([`Field::check`]).
    pub fn from_json(json: &Json) -> Result<Self> {
        Self::read(Form::Canonical, json)
    }

    /// Reads a field as a case has it: every key but `name` and `type` has a default, the field is nullable by
    /// default. Keys in `also` are left to the caller.
    pub fn from_natural(json: &Json, also: &[&str]) -> Result<Self> {
        match json {
            Json::Object(object) => {
                let known = object.iter().filter(|(key, _)| !also.contains(&key.as_str()));
                let known = known.map(|(key, value)| (key.clone(), value.clone())).collect();
                let field = Self::read(Form::Natural, &Json::Object(known))?;
                field.check()?;
                Ok(field)
            }
            _ => Err(ParseError::unexpected("a field", json)),
        }
    }

    fn read(form: Form, json: &Json) -> Result<Self> {
        let object = Object::new(json, "a field", &["name", "type", "nullable", "metadata", "dictionary", "children"])?;
        let optional = form == Form::Natural;
        Ok(Field {
            name: object.required("name", Text::from_json)?,
            data_type: object.required("type", |json| string(json, "a type string")?.parse())?,
            nullable: object.required_unless(optional, "nullable", boolean)?.unwrap_or(true),
            metadata: object.required_unless(optional, "metadata", Metadata::from_json)?.unwrap_or_default(),
            dictionary: object.optional("dictionary", |json| {
                let object = Object::new(json, "a dictionary encoding", &["index", "ordered"])?;
                Ok(Dictionary {
                    index: object.required("index", |json| string(json, "an integer type")?.parse())?,
                    ordered: object.required_unless(optional, "ordered", boolean)?.unwrap_or(false),
                })
            })?,
            children: object
                .required_unless(optional, "children", |json| {
                    items(json, "the list of children", |child| Field::read(form, child))
                })?
                .unwrap_or_default(),
        })
    }
}

impl Text {
    /// Reads a string, or `{"hex":"…"}`.
    pub fn from_json(json: &Json) -> Result<Self> {
        match json {
            Json::String(text) => Ok(text.as_str().into()),
            Json::Object(_) => {
                let object = Object::new(json, "a string or `{\"hex\":…}`", &["hex"])?;
                object.required("hex", |json| Ok(Text::from(hex(Form::Canonical, json)?)))
            }
            _ => Err(ParseError::unexpected("a string or `{\"hex\":…}`", json)),
        }
    }
}

impl Metadata {
    /// Reads a list of pairs.
    pub fn from_json(json: &Json) -> Result<Self> {
        let pairs = items(json, "a list of [key, value]", |pair| match pair.as_array().map(Vec::as_slice) {
            Some([key, value]) => {
                let key = Text::from_json(key).map_err(|error| error.at_index(0))?;
                Ok((key, Text::from_json(value).map_err(|error| error.at_index(1))?))
            }
            _ => Err(ParseError::unexpected("[key, value]", pair)),
        });
        pairs.map(Metadata)
    }
}

fn read_batch(fields: &[Field], json: &Json) -> Result<Batch> {
    let object = Object::new(json, "a batch", &["rows", "metadata", "columns"])?;
    let columns = object.required("columns", |json| {
        let columns = array(json, "the list of columns")?;
        if columns.len() != fields.len() {
            let expected = format!("{} columns, one a field", fields.len());
            return Err(ParseError::new(expected, columns.len().to_string()));
        }
        each(columns.iter().zip(fields), |(json, field)| read_column(field, json))
    })?;
    let batch = Batch {
        rows: object.required("rows", count)?,
        metadata: object.required("metadata", Metadata::from_json)?,
        columns,
    };
    batch.check(fields)?;
    Ok(batch)
}

fn read_column(field: &Field, json: &Json) -> Result<Column> {
    let read_values = |json: &Json| items(json, "the list of values", |value| Value::from_canonical(field, value));
    if json.is_array() {
        return read_values(json).map(Column::from);
    }
    let object =
        Object::new(json, "the list of values or an object with `values` and `layout`", &["values", "layout"])?;
    Ok(Column {
        values: object.required("values", read_values)?,
        layout: Some(object.required("layout", |json| Layout::from_canonical(field, json))?),
    })
}

impl Generate {
    /// Reads the rules for the fields of a schema, and checks them against it.
    pub fn from_json(schema: &Schema, json: &Json) -> Result<Self> {
        let object = Object::new(json, "generated data", &["batches", "rows", "columns"])?;
        let generate = Generate {
            batches: object.required("batches", count)?,
            rows: object.required("rows", count)?,
            columns: object.required("columns", |json| items(json, "the list of columns", Generator::from_json))?,
        };
        generate.check(schema)?;
        Ok(generate)
    }
}

impl Generator {
    /// Reads the rule of one column.
    pub fn from_json(json: &Json) -> Result<Self> {
        let algorithm =
            Object::any(json, "a generator")?.required("algo", |json| string(json, "`sequence` or `random`"))?;
        match algorithm {
            "sequence" => {
                let object = Object::new(json, "a generator", &["algo", "start", "step"])?;
                Ok(Generator::Sequence {
                    start: object.required("start", natural_integer)?,
                    step: object.required("step", natural_integer)?,
                })
            }
            "random" => {
                let object = Object::new(json, "a generator", &["algo", "seed", "nulls"])?;
                let share =
                    |json: &Json| json.as_f64().ok_or_else(|| ParseError::unexpected("a share from 0 to 1", json));
                Ok(Generator::Random {
                    seed: object.required("seed", |json| {
                        let seed = u64::try_from(natural_integer(json)?).ok();
                        seed.ok_or_else(|| ParseError::unexpected("an unsigned 64-bit integer", json))
                    })?,
                    nulls: object.optional("nulls", share)?.unwrap_or(0.0),
                })
            }
            other => Err(ParseError::new("`sequence` or `random`", format!("`{other}`")).at_key("algo")),
        }
    }
}

impl Layout {
    /// Reads the layout of a column, with canonical values in its dictionaries, and checks it against the field.
    pub fn from_canonical(field: &Field, json: &Json) -> Result<Self> {
        let layout = Self::read(Form::Canonical, field, json)?;
        layout.check(field)?;
        Ok(layout)
    }

    /// Reads the layout of a column as a case has it, with natural values in its dictionaries, and checks it against
    /// the field.
    pub fn from_natural(field: &Field, json: &Json) -> Result<Self> {
        let layout = Self::read(Form::Natural, field, json)?;
        layout.check(field)?;
        Ok(layout)
    }

    fn read(form: Form, field: &Field, json: &Json) -> Result<Self> {
        const KEYS: &[&str] = &[
            "offset",
            "tail",
            "validity",
            "null_count",
            "first_offset",
            "behind_nulls",
            "unaligned",
            "null_offsets",
            "view_block",
            "runs",
            "dictionary",
            "indices",
            "children",
            "values",
        ];
        let object = Object::new(json, "a layout", KEYS)?;
        let values_field = field.dictionary_values();
        let natural_number = |json: &Json| json.as_u64().ok_or_else(|| ParseError::unexpected("a number from 0", json));
        Ok(Layout {
            offset: object.optional("offset", count)?.unwrap_or(0),
            tail: object.optional("tail", count)?.unwrap_or(0),
            validity: object.optional("validity", |json| match json.as_str() {
                Some("present") => Ok(Validity::Present),
                Some("absent") => Ok(Validity::Absent),
                _ => Err(ParseError::unexpected("`present` or `absent`", json)),
            })?,
            unknown_null_count: object.optional("null_count", |json| word(json, "unknown"))?.is_some(),
            first_offset: object.optional("first_offset", count)?.unwrap_or(0),
            junk_behind_nulls: object.optional("behind_nulls", |json| word(json, "junk"))?.is_some(),
            unaligned: object.optional("unaligned", boolean)?.unwrap_or(false),
            null_offsets: object.optional("null_offsets", boolean)?.unwrap_or(false),
            view_block: object.optional("view_block", count)?,
            runs: object.optional("runs", |json| items(json, "the list of run lengths", natural_number))?,
            dictionary: object.optional("dictionary", |json| {
                items(json, "the list of the dictionary's values", |value| read_value(form, &values_field, value))
            })?,
            indices: object.optional("indices", |json| {
                items(json, "the list of indices", |index| match index {
                    Json::Null => Ok(None),
                    index => natural_number(index).map(Some),
                })
            })?,
            children: object
                .optional("children", |json| {
                    let layouts = array(json, "the list of the children's layouts")?;
                    if layouts.len() > field.children.len() {
                        let expected = format!("at most {} layouts", field.children.len());
                        return Err(ParseError::new(expected, layouts.len().to_string()));
                    }
                    each(layouts.iter().zip(&field.children), |(json, child)| match json {
                        Json::Null => Ok(None),
                        json => Layout::read(form, child, json).map(Some),
                    })
                })?
                .unwrap_or_default(),
            values: object.optional("values", |json| Layout::read(form, &values_field, json).map(Box::new))?,
        })
    }
}

impl Value {
    /// Reads a canonical value of a field that has passed [`Field::check`].
    pub fn from_canonical(field: &Field, json: &Json) -> Result<Self> {
        read_value(Form::Canonical, field, json)
    }

    /// Reads a value of a field that has passed [`Field::check`], as a case has it: integers and ticks as numbers or
    /// strings, floats as numbers, `nan`, `inf`, `-inf` or `0x` and the digits of the bits; the rest as in canonical
    /// text.
    pub fn from_natural(field: &Field, json: &Json) -> Result<Self> {
        read_value(Form::Natural, field, json)
    }
}

pub(super) fn read_value(form: Form, field: &Field, json: &Json) -> Result<Value> {
    let children = &field.children;
    match &field.data_type {
        // A null index, whatever the values are.
        _ if field.dictionary.is_some() && json.is_null() => return Ok(Value::Null),
        DataType::Union { type_ids, .. } => return read_union(form, type_ids, children, json),
        // The runs' values say what a value is, null included.
        DataType::RunEndEncoded => return read_value(form, &children[1], json),
        _ if json.is_null() => return Ok(Value::Null),
        _ => {}
    }
    match &field.data_type {
        DataType::Null => Err(ParseError::unexpected("null", json)),
        DataType::Bool => boolean(json).map(Value::Bool),
        DataType::Decimal { width: DecimalWidth::Bits256, .. } => read_int256(form, json),
        DataType::Float16 => read_float(form, json, 4, float16::from_f64).map(Value::Float16),
        DataType::Float32 => read_float(form, json, 8, |value| (value as f32).to_bits()).map(Value::Float32),
        DataType::Float64 => read_float(form, json, 16, f64::to_bits).map(Value::Float64),
        DataType::IntervalDayTime => {
            let [days, milliseconds] = read_parts(form, json, "[days, milliseconds]")?;
            Ok(Value::DayTime { days: part(days, 0)?, milliseconds: part(milliseconds, 1)? })
        }
        DataType::IntervalMonthDayNano => {
            let [months, days, nanoseconds] = read_parts(form, json, "[months, days, nanoseconds]")?;
            Ok(Value::MonthDayNano {
                months: part(months, 0)?,
                days: part(days, 1)?,
                nanoseconds: part(nanoseconds, 2)?,
            })
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => hex(form, json).map(Value::Bytes),
        DataType::FixedSizeBinary(size) => {
            let bytes = hex(form, json)?;
            if bytes.len() != *size as usize {
                return Err(ParseError::new(format!("{size} bytes"), bytes.len().to_string()));
            }
            Ok(Value::Bytes(bytes))
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Text::from_json(json).map(Value::Text),
        DataType::List | DataType::LargeList | DataType::ListView | DataType::LargeListView => {
            items(json, "a list of items", |item| read_value(form, &children[0], item)).map(Value::List)
        }
        DataType::FixedSizeList(size) => {
            let items = items(json, "a list of items", |item| read_value(form, &children[0], item))?;
            if items.len() != *size as usize {
                return Err(ParseError::new(format!("{size} items"), items.len().to_string()));
            }
            Ok(Value::List(items))
        }
        DataType::Struct => read_members(form, children, json, "members by position").map(Value::Struct),
        DataType::Map { .. } => {
            let entries = items(json, "a list of [key, value]", |entry| {
                let entry = read_members(form, &children[0].children, entry, "members of [key, value]")?;
                <[Value; 2]>::try_from(entry).map_err(|entry| ParseError::new("[key, value]", entry.len().to_string()))
            });
            entries.map(Value::Map)
        }
        data_type => {
            let value = read_integer(form, json, data_type)?;
            let (least, greatest) = data_type.integer_range().unwrap_or((i128::MIN, i128::MAX));
            if value < least || value > greatest {
                return Err(ParseError::unexpected(format!("{data_type} from {least} to {greatest}"), json));
            }
            Ok(Value::Int(value))
        }
    }
}

fn read_members(form: Form, children: &[Field], json: &Json, what: &str) -> Result<Vec<Value>> {
    let members = array(json, "a list of members by position")?;
    if members.len() != children.len() {
        return Err(ParseError::new(format!("{} {what}", children.len()), members.len().to_string()));
    }
    each(members.iter().zip(children), |(member, child)| read_value(form, child, member))
}

fn read_union(form: Form, type_ids: &[i8], children: &[Field], json: &Json) -> Result<Value> {
    let mut entries = json.as_object().into_iter().flatten();
    let (Some((key, member)), None) = (entries.next(), entries.next()) else {
        return Err(ParseError::unexpected("{type id: value}", json));
    };
    let selected = type_ids.iter().zip(children).find(|(type_id, _)| type_id.to_string() == *key);
    let (type_id, child) = selected.ok_or_else(|| {
        let type_ids: Vec<String> = type_ids.iter().map(i8::to_string).collect();
        ParseError::new(format!("a type id of {}", type_ids.join(", ")), format!("`{key}`"))
    })?;
    let value = read_value(form, child, member).map_err(|error| error.at_key(key))?;
    Ok(Value::Union(*type_id, Box::new(value)))
}

/// What a message calls an integer, and how it must be written.
fn integer_expected(form: Form, data_type: &str) -> String {
    match form {
        Form::Canonical => format!("{data_type} as a decimal string"),
        Form::Natural => format!("{data_type} as a number or a decimal string"),
    }
}

pub(super) fn read_integer(form: Form, json: &Json, data_type: impl std::fmt::Display) -> Result<i128> {
    let value = match json {
        Json::String(text) => canonical_integer(text),
        Json::Number(_) if form == Form::Natural => json_integer(json),
        _ => None,
    };
    value.ok_or_else(|| ParseError::unexpected(integer_expected(form, &data_type.to_string()), json))
}

fn read_int256(form: Form, json: &Json) -> Result<Value> {
    let value = match json {
        Json::String(text) => Int256::parse(text),
        Json::Number(_) if form == Form::Natural => json_integer(json).map(Int256::from),
        _ => None,
    };
    value
        .map(|value| Value::Int256(Box::new(value)))
        .ok_or_else(|| ParseError::unexpected(integer_expected(form, "an integer of 256 bits"), json))
}

/// A number that serde_json holds as an integer, which it does from -2^63 to 2^64-1.
fn json_integer(json: &Json) -> Option<i128> {
    json.as_i64().map(i128::from).or_else(|| json.as_u64().map(i128::from))
}

pub(super) fn natural_integer(json: &Json) -> Result<i128> {
    read_integer(Form::Natural, json, "an integer")
}

/// An optional minus and digits without leading zeros.
fn canonical_integer(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical =
        digits.starts_with(|first: char| first.is_ascii_digit()) && (!digits.starts_with('0') || text == "0");
    text.parse().ok().filter(|_| canonical)
}

fn read_float<T: FloatBits>(form: Form, json: &Json, digits: usize, round: impl Fn(f64) -> T) -> Result<T> {
    let bits = |text: &str| {
        let hex = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.then(|| u64::from_str_radix(text, 16).ok()).flatten().map(T::from_bits)
    };
    let value = match (form, json) {
        (Form::Canonical, Json::String(text)) if !text.contains(char::is_uppercase) => bits(text),
        (Form::Natural, Json::Number(number)) => number.as_f64().map(round),
        (Form::Natural, Json::String(text)) => match text.as_str() {
            "nan" => Some(round(f64::NAN)),
            "inf" => Some(round(f64::INFINITY)),
            "-inf" => Some(round(f64::NEG_INFINITY)),
            text => text.strip_prefix("0x").and_then(bits),
        },
        _ => None,
    };
    value.ok_or_else(|| match form {
        Form::Canonical => ParseError::unexpected(format!("a float as {digits} lower-case hex digits"), json),
        Form::Natural => {
            ParseError::unexpected(format!("a number, `nan`, `inf`, `-inf` or `0x` and {digits} hex digits"), json)
        }
    })
}

/// The integer that holds a float's bits.
trait FloatBits {
    /// The lowest bits.
    fn from_bits(bits: u64) -> Self;
}

impl FloatBits for u16 {
    fn from_bits(bits: u64) -> Self {
        bits as u16
    }
}

impl FloatBits for u32 {
    fn from_bits(bits: u64) -> Self {
        bits as u32
    }
}

impl FloatBits for u64 {
    fn from_bits(bits: u64) -> Self {
        bits
    }
}

/// The integers of an interval.
fn read_parts<const N: usize>(form: Form, json: &Json, expected: &str) -> Result<[i128; N]> {
    let parts = items(json, expected, |part| read_integer(form, part, "an integer"))?;
    parts.try_into().map_err(|_| ParseError::unexpected(expected, json))
}

fn part<T: TryFrom<i128>>(value: i128, index: usize) -> Result<T> {
    let bits = size_of::<T>() * 8;
    T::try_from(value)
        .map_err(|_| ParseError::new(format!("a signed {bits}-bit integer"), value.to_string()).at_index(index))
}

fn hex(form: Form, json: &Json) -> Result<Vec<u8>> {
    let digits = json.as_str().filter(|text| form == Form::Natural || !text.contains(char::is_uppercase));
    digits.and_then(read_hex).ok_or_else(|| match form {
        Form::Canonical => ParseError::unexpected("bytes as lower-case hex digits", json),
        Form::Natural => ParseError::unexpected("bytes as a string of hex digits", json),
    })
}

pub(super) fn string<'a>(json: &'a Json, expected: &str) -> Result<&'a str> {
    json.as_str().ok_or_else(|| ParseError::unexpected(expected, json))
}

fn word(json: &Json, word: &str) -> Result<()> {
    if json.as_str() == Some(word) { Ok(()) } else { Err(ParseError::unexpected(format!("`{word}`"), json)) }
}

pub(super) fn boolean(json: &Json) -> Result<bool> {
    json.as_bool().ok_or_else(|| ParseError::unexpected("true or false", json))
}

fn count(json: &Json) -> Result<usize> {
    let count = json.as_u64().and_then(|count| usize::try_from(count).ok());
    count.ok_or_else(|| ParseError::unexpected("a number from 0", json))
}

fn array<'a>(json: &'a Json, expected: &str) -> Result<&'a Vec<Json>> {
    json.as_array().ok_or_else(|| ParseError::unexpected(expected, json))
}

/// Reads each of a list, with its index in the errors.
fn each<I, T>(items: impl Iterator<Item = I>, mut read: impl FnMut(I) -> Result<T>) -> Result<Vec<T>> {
    items.enumerate().map(|(index, item)| read(item).map_err(|error| error.at_index(index))).collect()
}

pub(super) fn items<T>(json: &Json, expected: &str, read: impl FnMut(&Json) -> Result<T>) -> Result<Vec<T>> {
    each(array(json, expected)?.iter(), read)
}

/// What was found, short enough for a message.
fn describe(json: &Json) -> String {
    const LONGEST: usize = 60;
    match json {
        Json::Array(items) => format!("a list of {}", items.len()),
        Json::Object(object) if object.is_empty() => "an empty object".to_owned(),
        Json::Object(object) => {
            let keys: Vec<&str> = object.keys().map(String::as_str).collect();
            format!("an object with `{}`", keys.join("`, `"))
        }
        scalar => {
            let text = scalar.to_string();
            match text.char_indices().nth(LONGEST) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}

/// An object of known keys.
pub(super) struct Object<'a>(&'a Map<String, Json>);

impl<'a> Object<'a> {
    /// An object whose keys are read elsewhere too.
    pub(super) fn any(json: &'a Json, what: &str) -> Result<Self> {
        json.as_object().map(Object).ok_or_else(|| ParseError::unexpected(what, json))
    }

    /// An object that has no other than these keys.
    pub(super) fn new(json: &'a Json, what: &str, keys: &[&str]) -> Result<Self> {
        let object = Self::any(json, what)?;
        match object.0.keys().find(|key| !keys.contains(&key.as_str())) {
            Some(key) => {
                Err(ParseError::new(format!("{what} with keys of `{}`", keys.join("`, `")), format!("`{key}`")))
            }
            None => Ok(object),
        }
    }

    pub(super) fn optional<T>(&self, key: &str, read: impl FnOnce(&'a Json) -> Result<T>) -> Result<Option<T>> {
        self.0.get(key).map(|json| read(json).map_err(|error| error.at_key(key))).transpose()
    }

    pub(super) fn required<T>(&self, key: &str, read: impl FnOnce(&'a Json) -> Result<T>) -> Result<T> {
        self.optional(key, read)?.ok_or_else(|| ParseError::new(format!("key `{key}`"), "none"))
    }

    pub(super) fn required_unless<T>(
        &self,
        optional: bool,
        key: &str,
        read: impl FnOnce(&'a Json) -> Result<T>,
    ) -> Result<Option<T>> {
        if optional { self.optional(key, read) } else { self.required(key, read).map(Some) }
    }
}
