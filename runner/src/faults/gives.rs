//! Faults between what was read and what is handed out: changes of a document.

use arrowipc_kit::value::{Batch, Data, DataType, DecimalWidth, Document, Field, IndexType, Metadata, Text, Value};
use serde::{Deserialize, Serialize};

/// What becomes of a document that was read rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    /// The schema has no metadata.
    SchemaMetadataLost,
    /// Fields have no metadata.
    FieldMetadataLost,
    /// Batches have no metadata.
    BatchMetadataLost,
    /// Of pairs with one key, the last stays.
    DuplicateKeysLost,
    /// Pairs are sorted by key.
    MetadataSorted,
    /// Pairs with an empty value are left out.
    EmptyMetadataValuesLost,
    /// Pairs of extension types are taken away, as by a reader that registers types.
    ExtensionNamesLost,
    /// Every field is nullable.
    NullabilityLost,
    /// No dictionary is ordered.
    DictionaryOrderLost,
    /// Every dictionary has indices of 32 bits.
    IndexTypeWidened,
    /// Keys of maps are not sorted.
    KeysSortedLost,
    /// Timestamps have no zone.
    TimeZoneLost,
    /// Type ids of unions count from 0.
    TypeIdsRenumbered,
    /// Fields of one name are one: the first's values.
    EqualNamesMerged,
    /// Batches without rows are left out.
    EmptyBatchesLost,
    /// All batches become one.
    BatchesMerged,
    /// The last batch is left out.
    LastBatchLost,
    /// Nulls become the zero of their type.
    NullsAsZero,
    /// Empty strings become null.
    EmptyTextAsNull,
    /// Empty lists become null.
    EmptyListsAsNull,
    /// Strings are cut at a zero byte.
    TextCutAtZero,
    /// Characters beyond the Basic Multilingual Plane are replaced.
    TextOfTwoBytesAChar,
    /// Integers go through a float of 64 bits.
    IntegersThroughFloat,
    /// Decimals go through a float of 64 bits.
    DecimalsThroughFloat,
    /// Decimals of 256 bits keep their lower 128.
    WideDecimalsCut,
    /// Unsigned integers become signed ones of the same width.
    UnsignedAsSigned,
    /// -0 becomes 0.
    NegativeZeroLost,
    /// Every NaN is the same.
    NanPayloadLost,
    /// Float16 below the normal numbers become 0.
    SmallHalvesLost,
    /// Nanoseconds of intervals become whole microseconds.
    IntervalNanosecondsCut,
    /// Months of intervals become thirty days.
    IntervalMonthsAsDays,
    /// Dates in milliseconds become whole days.
    DatesAsDays,
    /// Negative times since the epoch are moved to it.
    TimesBeforeEpochLost,
    /// A null struct becomes a struct of nulls.
    NullStructsAsStructsOfNulls,
    /// Entries of a map are sorted by key.
    MapEntriesSorted,
    /// Of entries with one key, the last stays.
    MapKeysMerged,
    /// The value of a union is that of its first member's type id.
    FirstUnionMember,
}

impl Gives {
    /// Makes the change. Data made by rules have no values to change, and stay.
    pub fn apply(self, document: &mut Document) {
        use Gives as G;
        let schema = &mut document.schema;
        match self {
            G::SchemaMetadataLost => schema.metadata.0.clear(),
            G::FieldMetadataLost => each_field(&mut schema.fields, &|field| field.metadata.0.clear()),
            G::NullabilityLost => each_field(&mut schema.fields, &|field| field.nullable = true),
            G::DuplicateKeysLost => each_metadata(document, &keep_last),
            G::MetadataSorted => each_metadata(document, &|metadata| metadata.0.sort()),
            G::EmptyMetadataValuesLost => each_metadata(document, &|metadata| {
                metadata.0.retain(|(_, value)| !value.as_bytes().is_empty());
            }),
            G::ExtensionNamesLost => each_field(&mut schema.fields, &|field| {
                field.metadata.0.retain(|(key, _)| !key.as_bytes().starts_with(b"ARROW:extension:"));
            }),
            G::DictionaryOrderLost => each_field(&mut schema.fields, &|field| {
                if let Some(dictionary) = &mut field.dictionary {
                    dictionary.ordered = false;
                }
            }),
            G::IndexTypeWidened => each_field(&mut schema.fields, &|field| {
                if let Some(dictionary) = &mut field.dictionary {
                    dictionary.index = IndexType::Int32;
                }
            }),
            G::KeysSortedLost => each_field(&mut schema.fields, &|field| {
                if let DataType::Map { keys_sorted } = &mut field.data_type {
                    *keys_sorted = false;
                }
            }),
            G::TimeZoneLost => each_field(&mut schema.fields, &|field| {
                if let DataType::Timestamp(_, zone) = &mut field.data_type {
                    *zone = None;
                }
            }),
            G::TypeIdsRenumbered => {
                // The values name their type ids, so they come first, by the old ones.
                each_value(document, &|field, value| {
                    if let (DataType::Union { type_ids, .. }, Value::Union(id, _)) = (&field.data_type, value) {
                        *id = type_ids.iter().position(|known| known == id).unwrap_or_default() as i8;
                    }
                });
                each_field(&mut document.schema.fields, &|field| {
                    if let DataType::Union { type_ids, .. } = &mut field.data_type {
                        *type_ids = (0..type_ids.len()).map(|id| id as i8).collect();
                    }
                });
            }
            G::EqualNamesMerged => merge_equal_names(document),
            G::BatchMetadataLost => each_batch(document, &|batch| batch.metadata.0.clear()),
            G::EmptyBatchesLost => change_batches(document, |batches| batches.retain(|batch| batch.rows > 0)),
            G::LastBatchLost => change_batches(document, |batches| drop(batches.pop())),
            G::BatchesMerged => change_batches(document, merge),
            _ => each_value(document, &|field, value| self.value(field, value)),
        }
    }

    /// The change of one value; of values within it, too.
    fn value(self, field: &Field, value: &mut Value) {
        use Gives as G;
        let epoch = matches!(field.data_type, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64);
        match (self, &mut *value) {
            (G::NullsAsZero, Value::Null) => *value = zero(field),
            (G::EmptyTextAsNull, Value::Text(text)) if text.as_bytes().is_empty() => *value = Value::Null,
            (G::EmptyListsAsNull, Value::List(items)) if items.is_empty() => *value = Value::Null,
            (G::TextCutAtZero, Value::Text(text)) => *text = cut_at_zero(text),
            (G::TextOfTwoBytesAChar, Value::Text(text)) => {
                if let Some(known) = text.as_str().filter(|known| known.chars().any(|c| c > '\u{FFFF}')) {
                    *text = known.replace(|c| c > '\u{FFFF}', "\u{FFFD}").into();
                }
            }
            (G::DecimalsThroughFloat, Value::Int(number)) if is_decimal(&field.data_type) => {
                *number = *number as f64 as i128
            }
            (G::IntegersThroughFloat, Value::Int(number)) if !is_decimal(&field.data_type) => {
                *number = *number as f64 as i128;
            }
            (G::WideDecimalsCut, Value::Int256(number)) => {
                let mut bytes = number.to_le_bytes();
                let sign = if bytes[15] >= 0x80 { 0xFF } else { 0 };
                bytes[16..].fill(sign);
                **number = arrowipc_kit::value::Int256::from_le_bytes(bytes);
            }
            (G::UnsignedAsSigned, Value::Int(number)) => match field.data_type {
                DataType::UInt8 => *number = i128::from(*number as u8 as i8),
                DataType::UInt16 => *number = i128::from(*number as u16 as i16),
                DataType::UInt32 => *number = i128::from(*number as u32 as i32),
                DataType::UInt64 => *number = i128::from(*number as u64 as i64),
                _ => {}
            },
            (G::NegativeZeroLost, Value::Float16(bits)) if *bits == 0x8000 => *bits = 0,
            (G::NegativeZeroLost, Value::Float32(bits)) if *bits == 1 << 31 => *bits = 0,
            (G::NegativeZeroLost, Value::Float64(bits)) if *bits == 1 << 63 => *bits = 0,
            (G::NanPayloadLost, Value::Float32(bits)) if f32::from_bits(*bits).is_nan() => *bits = 0x7FC0_0000,
            (G::NanPayloadLost, Value::Float64(bits)) if f64::from_bits(*bits).is_nan() => *bits = 0x7FF8 << 48,
            (G::SmallHalvesLost, Value::Float16(bits)) if *bits & 0x7C00 == 0 => *bits &= 0x8000,
            (G::IntervalNanosecondsCut, Value::MonthDayNano { nanoseconds, .. }) => *nanoseconds -= *nanoseconds % 1000,
            (G::IntervalMonthsAsDays, Value::MonthDayNano { months, days, .. }) => {
                *days = days.wrapping_add(months.wrapping_mul(30));
                *months = 0;
            }
            (G::DatesAsDays, Value::Int(number)) if field.data_type == DataType::Date64 => {
                *number -= number.rem_euclid(86_400_000);
            }
            (G::TimesBeforeEpochLost, Value::Int(number)) if epoch => *number = (*number).max(0),
            (G::NullStructsAsStructsOfNulls, Value::Null)
                if field.data_type == DataType::Struct && field.dictionary.is_none() =>
            {
                *value = Value::Struct(vec![Value::Null; field.children.len()]);
            }
            (G::MapEntriesSorted, Value::Map(entries)) => entries.sort_by_key(|[key, _]| format!("{key:?}")),
            (G::MapKeysMerged, Value::Map(entries)) => {
                let keys: Vec<Value> = entries.iter().map(|[key, _]| key.clone()).collect();
                let mut index = 0;
                entries.retain(|[key, _]| {
                    index += 1;
                    !keys[index..].contains(key)
                });
            }
            (G::FirstUnionMember, Value::Union(id, _)) => {
                if let DataType::Union { type_ids, .. } = &field.data_type {
                    *id = type_ids.first().copied().unwrap_or_default();
                }
            }
            _ => {}
        }
    }
}

fn is_decimal(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Decimal { width, .. } if *width != DecimalWidth::Bits256)
}

/// The zero of a type; null where there is none.
fn zero(field: &Field) -> Value {
    match field.data_type {
        DataType::Bool => Value::Bool(false),
        DataType::Float16 => Value::Float16(0),
        DataType::Float32 => Value::Float32(0),
        DataType::Float64 => Value::Float64(0),
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => Value::Int(0),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Value::Text(Text::default()),
        _ => Value::Null,
    }
}

fn cut_at_zero(text: &Text) -> Text {
    text.as_bytes().split(|byte| *byte == 0).next().unwrap_or_default().into()
}

fn keep_last(metadata: &mut Metadata) {
    let keys: Vec<Text> = metadata.0.iter().map(|(key, _)| key.clone()).collect();
    let mut index = 0;
    metadata.0.retain(|(key, _)| {
        index += 1;
        !keys[index..].contains(key)
    });
}

fn each_field(fields: &mut [Field], change: &dyn Fn(&mut Field)) {
    for field in fields {
        change(field);
        each_field(&mut field.children, change);
    }
}

fn each_metadata(document: &mut Document, change: &dyn Fn(&mut Metadata)) {
    change(&mut document.schema.metadata);
    each_field(&mut document.schema.fields, &|field| change(&mut field.metadata));
    each_batch(document, &|batch| change(&mut batch.metadata));
}

fn change_batches(document: &mut Document, change: impl FnOnce(&mut Vec<Batch>)) {
    if let Data::Batches(batches) = &mut document.data {
        change(batches);
    }
}

fn each_batch(document: &mut Document, change: &dyn Fn(&mut Batch)) {
    change_batches(document, |batches| batches.iter_mut().for_each(change));
}

fn each_value(document: &mut Document, change: &dyn Fn(&Field, &mut Value)) {
    let Data::Batches(batches) = &mut document.data else { return };
    for batch in batches {
        for (field, column) in document.schema.fields.iter().zip(&mut batch.columns) {
            column.values.iter_mut().for_each(|value| within(field, value, change));
        }
    }
}

/// Changes a value and those within it.
fn within(field: &Field, value: &mut Value, change: &dyn Fn(&Field, &mut Value)) {
    if field.data_type == DataType::RunEndEncoded {
        if let Some(values) = field.children.get(1) {
            within(values, value, change);
        }
        return;
    }
    change(field, value);
    match value {
        Value::List(items) => {
            if let [item] = field.children.as_slice() {
                items.iter_mut().for_each(|value| within(item, value, change));
            }
        }
        Value::Struct(members) => {
            for (child, member) in field.children.iter().zip(members) {
                within(child, member, change);
            }
        }
        Value::Map(entries) => {
            if let Some([key, item]) = field.children.first().map(|entries| entries.children.as_slice()) {
                for [key_value, item_value] in entries {
                    within(key, key_value, change);
                    within(item, item_value, change);
                }
            }
        }
        Value::Union(id, member) => {
            if let DataType::Union { type_ids, .. } = &field.data_type
                && let Some(at) = type_ids.iter().position(|known| known == id)
            {
                within(&field.children[at], member, change);
            }
        }
        _ => {}
    }
}

fn merge(batches: &mut Vec<Batch>) {
    let mut rest = std::mem::take(batches).into_iter();
    let Some(mut first) = rest.next() else { return };
    for batch in rest {
        first.rows += batch.rows;
        for (column, more) in first.columns.iter_mut().zip(batch.columns) {
            column.values.extend(more.values);
        }
    }
    batches.push(first);
}

fn merge_equal_names(document: &mut Document) {
    let names: Vec<Text> = document.schema.fields.iter().map(|field| field.name.clone()).collect();
    let first = |index: usize| names.iter().position(|name| *name == names[index]).unwrap_or(index);
    let same: Vec<(usize, usize)> = (0..names.len())
        .map(|index| (index, first(index)))
        .filter(|(index, first)| {
            index != first && document.schema.fields[*index].data_type == document.schema.fields[*first].data_type
        })
        .collect();
    each_batch(document, &|batch| {
        for (index, first) in &same {
            batch.columns[*index].values = batch.columns[*first].values.clone();
        }
    });
}
