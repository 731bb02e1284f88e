//! `format/Schema.fbs` → [`Schema`].

use super::{ByteOrder, DataType, DictionaryEncoding, Field, Integer, Metadata, Schema, TimeUnit, UnionMode};
use crate::error::{Error, Result};
use crate::flatbuffer::Table;
use crate::options::Limits;
use arrow_ipc as fb;

/// Decodes a schema table, and the byte order that it declares for the bodies.
pub fn schema(table: Table<'_>, limits: &Limits) -> Result<(Schema, ByteOrder)> {
    let byte_order = match table.i16(fb::Schema::VT_ENDIANNESS, 0, "endianness")? {
        0 => ByteOrder::Little,
        1 => ByteOrder::Big,
        other => {
            return Err(Error::invalid(
                "schema-endianness-unknown",
                format!("the schema's endianness is {other}, expected 0 (little) or 1 (big)"),
            ));
        }
    };
    let mut decoder = Decoder::new(table, limits);
    let metadata = decoder.metadata(table, fb::Schema::VT_CUSTOM_METADATA)?;
    let fields = match table.tables(fb::Schema::VT_FIELDS, "fields")? {
        Some(fields) => fields.iter().map(|field| decoder.field(field?, 1)).collect::<Result<_>>()?,
        None => Vec::new(),
    };
    let schema = Schema { fields, metadata };
    schema.check_dictionary_ids()?;
    Ok((schema, byte_order))
}

/// Decodes the `custom_metadata` of a message or footer.
pub fn metadata(table: Table<'_>, slot: u16, limits: &Limits) -> Result<Metadata> {
    Decoder::new(table, limits).metadata(table, slot)
}

/// Decodes a type without children, whose tag and table lie in these slots.
pub fn leaf_type(table: Table<'_>, slots: (u16, u16), limits: &Limits) -> Result<DataType> {
    Decoder::new(table, limits).data_type(table, slots, &[])
}

/// Bytes of text for each byte of a flatbuffer, at most: strings may be shared, as a writer may do with common names and
/// metadata.
const SHARED_TEXT: u64 = 16;

struct Decoder<'l> {
    limits: &'l Limits,
    /// Fields seen.
    fields: usize,
    /// Where their tables start, a bit for each 4 bytes of the flatbuffer. It may refer to one table many times, but no
    /// writer does, and each time would cost as much as a field of its own.
    seen: Vec<u64>,
    /// Bytes of names and metadata copied; strings too may be shared in the flatbuffer.
    text_bytes: u64,
    /// As many as are believed.
    text_that_fits: u64,
}

impl<'l> Decoder<'l> {
    fn new(table: Table<'_>, limits: &'l Limits) -> Self {
        let text_that_fits = (table.buffer_length() as u64).saturating_mul(SHARED_TEXT);
        Decoder { limits, fields: 0, seen: Vec::new(), text_bytes: 0, text_that_fits }
    }

    fn text(&mut self, bytes: Option<&[u8]>) -> Result<Vec<u8>> {
        let bytes = bytes.unwrap_or_default();
        // A pair without text costs memory as well.
        self.text_bytes += bytes.len() as u64 + 16;
        if self.text_bytes > self.text_that_fits {
            let text =
                format!("names and metadata of more than the {} bytes that may share theirs", self.text_that_fits);
            return Err(Error::invalid("security-recursion-bomb", text));
        }
        Ok(bytes.to_vec())
    }

    fn metadata(&mut self, table: Table<'_>, slot: u16) -> Result<Metadata> {
        let Some(pairs) = table.tables(slot, "custom metadata")? else { return Ok(Metadata::default()) };
        let mut decoded = Vec::new();
        for pair in pairs.iter() {
            let pair = pair?;
            let key = self.text(pair.string(fb::KeyValue::VT_KEY, "a metadata key")?)?;
            let value = self.text(pair.string(fb::KeyValue::VT_VALUE, "a metadata value")?)?;
            decoded.push((key, value));
        }
        Ok(Metadata(decoded))
    }

    /// Takes note of a field's table, which must be its own.
    fn see(&mut self, table: Table<'_>) -> Result<()> {
        if self.seen.is_empty() {
            self.seen = vec![0; table.buffer_length() / 256 + 1];
        }
        let place = table.position() / 4;
        match self.seen.get_mut(place / 64) {
            Some(bits) if *bits >> (place % 64) & 1 == 0 => {
                *bits |= 1 << (place % 64);
                Ok(())
            }
            _ => {
                let text = "a field's table that another field has already";
                Err(Error::invalid("security-recursion-bomb", text).at(table.position() as u64))
            }
        }
    }

    fn field(&mut self, table: Table<'_>, depth: usize) -> Result<Field> {
        self.fields += 1;
        if self.fields > self.limits.fields {
            return Err(Error::limit("the number of fields", self.fields, self.limits.fields));
        }
        self.see(table)?;
        if depth > self.limits.nesting_depth {
            return Err(Error::limit("the nesting depth of fields", depth, self.limits.nesting_depth));
        }
        let name = self.text(table.string(fb::Field::VT_NAME, "a field name")?)?;
        if simdutf8::basic::from_utf8(&name).is_err() {
            let message = format!("the field name \"{}\" is not UTF-8", name.escape_ascii());
            return Err(Error::invalid("schema-name-utf8", message).at(table.position() as u64));
        }
        self.field_of(table, depth, &name).map_err(|e| e.at(table.position() as u64).in_field(&name))
    }

    fn field_of(&mut self, table: Table<'_>, depth: usize, name: &[u8]) -> Result<Field> {
        let metadata = self.metadata(table, fb::Field::VT_CUSTOM_METADATA)?;
        let children = match table.tables(fb::Field::VT_CHILDREN, "children")? {
            Some(children) => children.iter().map(|child| self.field(child?, depth + 1)).collect::<Result<_>>()?,
            None => Vec::new(),
        };
        let data_type = self.data_type(table, (fb::Field::VT_TYPE_TYPE, fb::Field::VT_TYPE_), &children)?;
        check_children(&data_type, &children)?;
        Ok(Field {
            name: name.to_vec(),
            data_type,
            nullable: table.bool(fb::Field::VT_NULLABLE, false, "nullable")?,
            dictionary: dictionary(table)?,
            children,
            metadata,
        })
    }

    fn data_type(&mut self, parent: Table<'_>, slots: (u16, u16), children: &[Field]) -> Result<DataType> {
        let tag = parent.u8(slots.0, 0, "the type's tag")?;
        let absent = || Error::invalid("field-type-present", "the field has no type");
        if tag == fb::Type::NONE.0 {
            return Err(absent());
        }
        let table = parent.table(slots.1, "the type")?.ok_or_else(absent)?;
        Ok(match fb::Type(tag) {
            fb::Type::Null => DataType::Null,
            fb::Type::Bool => DataType::Bool,
            fb::Type::Int => DataType::Int(integer(table, "type-int-bitwidth-invalid")?),
            fb::Type::FloatingPoint => {
                DataType::Float(match table.i16(fb::FloatingPoint::VT_PRECISION, 0, "the precision")? {
                    0 => 16,
                    1 => 32,
                    2 => 64,
                    other => return Err(unknown_enum("floating point precision", other)),
                })
            }
            fb::Type::Decimal => decimal(table)?,
            fb::Type::Date => match table.i16(fb::Date::VT_UNIT, 1, "the date unit")? {
                0 => DataType::Date32,
                1 => DataType::Date64,
                other => return Err(unknown_enum("date unit", other)),
            },
            fb::Type::Time => time(table)?,
            fb::Type::Timestamp => {
                let unit = time_unit(table.i16(fb::Timestamp::VT_UNIT, 0, "the time unit")?)?;
                // An empty zone means the same as none (clause type-timestamp-tz-empty).
                let zone = table.string(fb::Timestamp::VT_TIMEZONE, "the time zone")?.filter(|zone| !zone.is_empty());
                if zone.is_some_and(|zone| simdutf8::basic::from_utf8(zone).is_err()) {
                    return Err(Error::invalid("type-timestamp-tz-preserved", "the time zone is not UTF-8"));
                }
                DataType::Timestamp(unit, zone.map(|zone| self.text(Some(zone))).transpose()?)
            }
            fb::Type::Duration => {
                DataType::Duration(time_unit(table.i16(fb::Duration::VT_UNIT, 1, "the time unit")?)?)
            }
            fb::Type::Interval => match table.i16(fb::Interval::VT_UNIT, 0, "the interval unit")? {
                0 => DataType::IntervalYearMonth,
                1 => DataType::IntervalDayTime,
                2 => DataType::IntervalMonthDayNano,
                other => return Err(unknown_enum("interval unit", other)),
            },
            fb::Type::Binary => DataType::Binary,
            fb::Type::LargeBinary => DataType::LargeBinary,
            fb::Type::BinaryView => DataType::BinaryView,
            fb::Type::Utf8 => DataType::Utf8,
            fb::Type::LargeUtf8 => DataType::LargeUtf8,
            fb::Type::Utf8View => DataType::Utf8View,
            fb::Type::FixedSizeBinary => match table.i32(fb::FixedSizeBinary::VT_BYTEWIDTH, 0, "the byte width")? {
                width @ 0.. => DataType::FixedSizeBinary(width),
                width => {
                    let message = format!("the byte width of fixed-size binary is {width}");
                    return Err(Error::invalid("type-fixed-size-binary-negative", message));
                }
            },
            fb::Type::List => DataType::List,
            fb::Type::LargeList => DataType::LargeList,
            fb::Type::ListView => DataType::ListView,
            fb::Type::LargeListView => DataType::LargeListView,
            fb::Type::FixedSizeList => match table.i32(fb::FixedSizeList::VT_LISTSIZE, 0, "the list size")? {
                size @ 0.. => DataType::FixedSizeList(size),
                size => {
                    let message = format!("the size of fixed-size lists is {size}");
                    return Err(Error::invalid("type-fixed-size-list-negative", message));
                }
            },
            fb::Type::Struct_ => DataType::Struct,
            fb::Type::Map => DataType::Map { keys_sorted: table.bool(fb::Map::VT_KEYSSORTED, false, "keysSorted")? },
            fb::Type::Union => union(table, children.len())?,
            fb::Type::RunEndEncoded => DataType::RunEndEncoded,
            fb::Type(other) => {
                return Err(Error {
                    clause: Some("version-unknown-type"),
                    ..Error::unsupported(format!("the type's tag is {other}, which this library does not know"))
                });
            }
        })
    }
}

fn unknown_enum(what: &str, found: impl std::fmt::Display) -> Error {
    Error::invalid("version-unknown-enum", format!("the {what} is {found}, which the format does not define"))
}

fn time_unit(unit: i16) -> Result<TimeUnit> {
    Ok(match unit {
        0 => TimeUnit::Second,
        1 => TimeUnit::Millisecond,
        2 => TimeUnit::Microsecond,
        3 => TimeUnit::Nanosecond,
        other => return Err(unknown_enum("time unit", other)),
    })
}

/// Decodes the type of integers; a width that there is not violates `clause`.
pub fn integer(table: Table<'_>, clause: &'static str) -> Result<Integer> {
    let bits = table.i32(fb::Int::VT_BITWIDTH, 0, "the bit width")?;
    let signed = table.bool(fb::Int::VT_IS_SIGNED, false, "is_signed")?;
    match bits {
        8 | 16 | 32 | 64 => Ok(Integer { bits: bits as u8, signed }),
        _ => Err(Error::invalid(clause, format!("an integer of {bits} bits, expected 8, 16, 32 or 64"))),
    }
}

fn decimal(table: Table<'_>) -> Result<DataType> {
    let precision = table.i32(fb::Decimal::VT_PRECISION, 0, "the precision")?;
    let scale = table.i32(fb::Decimal::VT_SCALE, 0, "the scale")?;
    let (bits, digits) = match table.i32(fb::Decimal::VT_BITWIDTH, 128, "the bit width")? {
        32 => (32, 9),
        64 => (64, 18),
        128 => (128, 38),
        256 => (256, 76),
        other => {
            let message = format!("a decimal of {other} bits, expected 32, 64, 128 or 256");
            return Err(Error::invalid("type-decimal-bitwidth-invalid", message));
        }
    };
    if !(1..=digits).contains(&precision) {
        let message = format!("the precision of a {bits}-bit decimal is {precision}, expected 1 to {digits}");
        return Err(Error::invalid("type-decimal-precision-range", message));
    }
    Ok(DataType::Decimal { bits, precision, scale })
}

fn time(table: Table<'_>) -> Result<DataType> {
    let unit = time_unit(table.i16(fb::Time::VT_UNIT, 1, "the time unit")?)?;
    match (table.i32(fb::Time::VT_BITWIDTH, 32, "the bit width")?, unit) {
        (32, TimeUnit::Second | TimeUnit::Millisecond) => Ok(DataType::Time32(unit)),
        (64, TimeUnit::Microsecond | TimeUnit::Nanosecond) => Ok(DataType::Time64(unit)),
        (bits, unit) => {
            Err(Error::invalid("type-time-mismatch", format!("a time of {bits} bits in units of a {unit:?}")))
        }
    }
}

fn union(table: Table<'_>, children: usize) -> Result<DataType> {
    let mode = match table.i16(fb::Union::VT_MODE, 0, "the union mode")? {
        0 => UnionMode::Sparse,
        1 => UnionMode::Dense,
        other => return Err(unknown_enum("union mode", other)),
    };
    let ids: Vec<i32> = match table.vector(fb::Union::VT_TYPEIDS, 4, "type ids")? {
        Some(ids) => {
            if ids.len() != children {
                return Err(Error::invalid(
                    "type-union-typeids-length-invalid",
                    format!("a union of {children} members has {} type ids", ids.len()),
                ));
            }
            (0..ids.len()).filter_map(|i| ids.get(i)).map(|id| crate::flatbuffer::struct_i32(id, 0)).collect()
        }
        None => (0..children.min(129) as i32).collect(),
    };
    if children > 128 {
        let message = format!("a union of {children} members, expected at most 128");
        return Err(Error::invalid("type-union-typeids-range-invalid", message));
    }
    let mut seen = [false; 128];
    for id in &ids {
        match usize::try_from(*id).ok().and_then(|id| seen.get_mut(id)) {
            None => {
                let message = format!("the type id {id} of a union, expected 0 to 127");
                return Err(Error::invalid("type-union-typeids-range-invalid", message));
            }
            Some(true) => {
                let message = format!("the type id {id} stands for two members of a union");
                return Err(Error::invalid("type-union-typeids-duplicate", message));
            }
            Some(seen) => *seen = true,
        }
    }
    Ok(DataType::Union(mode, ids))
}

fn dictionary(field: Table<'_>) -> Result<Option<DictionaryEncoding>> {
    let Some(table) = field.table(fb::Field::VT_DICTIONARY, "the dictionary encoding")? else { return Ok(None) };
    let kind = table.i16(fb::DictionaryEncoding::VT_DICTIONARYKIND, 0, "the dictionary kind")?;
    if kind != 0 {
        let message = format!("the dictionary kind is {kind}, expected 0 (dense array)");
        return Err(Error::invalid("dictionary-kind-unknown", message));
    }
    // An absent index type means signed 32-bit integers (clause dictionary-index-type-default).
    let index = match table.table(fb::DictionaryEncoding::VT_INDEXTYPE, "the index type")? {
        Some(index) => integer(index, "type-dictionary-index-int")?,
        None => Integer { bits: 32, signed: true },
    };
    Ok(Some(DictionaryEncoding {
        id: table.i64(fb::DictionaryEncoding::VT_ID, 0, "the dictionary id")?,
        index,
        ordered: table.bool(fb::DictionaryEncoding::VT_ISORDERED, false, "isOrdered")?,
    }))
}

/// Checks number and kind of a type's children. Shared with the import of C schemas.
pub fn check_children(data_type: &DataType, children: &[Field]) -> Result<()> {
    let expect = |count: usize, clause| {
        if children.len() == count {
            return Ok(());
        }
        Err(Error::invalid(clause, format!("a {data_type} with {} children, expected {count}", children.len())))
    };
    match data_type {
        DataType::List
        | DataType::LargeList
        | DataType::ListView
        | DataType::LargeListView
        | DataType::FixedSizeList(_) => expect(1, "type-list-child-count-invalid"),
        DataType::Map { .. } => {
            expect(1, "type-map-shape-invalid")?;
            let entries = &children[0];
            if entries.data_type != DataType::Struct || entries.children.len() != 2 || entries.dictionary.is_some() {
                return Err(Error::invalid(
                    "type-map-shape-invalid",
                    format!(
                        "the entries of a map are {} with {} children, expected a struct of key and value",
                        entries.data_type,
                        entries.children.len()
                    ),
                ));
            }
            Ok(())
        }
        DataType::RunEndEncoded => {
            expect(2, "type-ree-children-invalid")?;
            match (&children[0].data_type, &children[0].dictionary) {
                (DataType::Int(Integer { bits: 16 | 32 | 64, signed: true }), None) => Ok(()),
                (other, _) => Err(Error::invalid(
                    "type-ree-run-end-type-invalid",
                    format!("run ends of type {other}, expected int16, int32 or int64"),
                )),
            }
        }
        DataType::Struct | DataType::Union(..) => Ok(()),
        _ => expect(0, "field-children-leaf-unexpected"),
    }
}
