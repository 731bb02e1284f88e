//! What an implementation declares that it does not keep: types, and parts of a schema.

use std::collections::{BTreeMap, BTreeSet};

use arrowipc_kit::value::{
    Canonical, Data, DataType, DecimalWidth, Document, Field, Levels, Metadata, TimeUnit, Value,
};
use serde::{Deserialize, Serialize};

use crate::adapter::message::Hello;

/// A part of the data that an implementation may say it does not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Where batches begin and end.
    Batches,
    /// Metadata of record batches.
    BatchMetadata,
    /// Metadata of the schema.
    SchemaMetadata,
    /// Metadata of fields, and with them extension types.
    FieldMetadata,
    /// The order of metadata, and all but the last of several pairs with one key.
    MetadataOrder,
    /// Whether nulls may occur.
    Nullable,
    /// Whether the order of a dictionary means something.
    Ordered,
    /// Whether the keys of maps are sorted.
    KeysSorted,
    /// That values are dictionary-encoded.
    Dictionaries,
    /// The type of dictionary indices.
    IndexTypes,
    /// Names of the children of lists and maps.
    ChildNames,
}

impl Part {
    fn what(self) -> &'static str {
        match self {
            Self::Batches => "batches",
            Self::BatchMetadata => "metadata of batches",
            Self::SchemaMetadata => "metadata of the schema",
            Self::FieldMetadata => "metadata of fields",
            Self::MetadataOrder => "the order of metadata",
            Self::Nullable => "nullability",
            Self::Ordered => "the order of dictionaries",
            Self::KeysSorted => "that keys are sorted",
            Self::Dictionaries => "dictionary encoding",
            Self::IndexTypes => "index types",
            Self::ChildNames => "names of children",
        }
    }
}

/// What one implementation does not keep.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Declared {
    /// Types, and what becomes of them.
    pub type_map: BTreeMap<String, String>,
    /// Parts that are lost.
    pub loses: BTreeSet<Part>,
}

impl Declared {
    /// What an adapter says when it starts.
    pub fn by(hello: &Hello) -> Self {
        Self { type_map: hello.type_map.clone(), loses: hello.loses.clone() }
    }

    /// Whether everything is kept.
    pub fn is_nothing(&self) -> bool {
        self.type_map.is_empty() && self.loses.is_empty()
    }

    /// The document as this implementation makes it, and what changed in it.
    pub fn convert(&self, document: &Document) -> (Document, Vec<String>) {
        let mut converted = document.clone();
        let mut changes = Vec::new();
        for (index, (field, original)) in converted.schema.fields.iter_mut().zip(&document.schema.fields).enumerate() {
            self.convert_field(field, &mut changes);
            if let Data::Batches(batches) = &mut converted.data
                && field != original
            {
                let columns = batches.iter_mut().filter_map(|batch| batch.columns.get_mut(index));
                let values = columns.flat_map(|column| column.values.iter_mut());
                values.for_each(|value| convert_value(original, field, value));
            }
        }
        (converted, changes)
    }

    /// Takes what is lost out of a document, and tells what of it there was.
    pub fn forget(&self, document: &mut Document) -> Vec<String> {
        let mut forgotten = BTreeSet::new();
        let schema = &mut document.schema;
        if self.loses.contains(&Part::SchemaMetadata) && schema.metadata != Metadata::default() {
            schema.metadata = Metadata::default();
            forgotten.insert(Part::SchemaMetadata);
        }
        let mut sorted = |metadata: &mut Metadata| {
            if self.loses.contains(&Part::MetadataOrder) && sort(metadata) {
                forgotten.insert(Part::MetadataOrder);
            }
        };
        sorted(&mut schema.metadata);
        if let Data::Batches(batches) = &mut document.data {
            batches.iter_mut().for_each(|batch| sorted(&mut batch.metadata));
        }
        schema.fields.iter_mut().for_each(|field| self.forget_in_field(field, &mut forgotten));
        if self.loses.contains(&Part::BatchMetadata)
            && let Data::Batches(batches) = &mut document.data
        {
            for batch in batches.iter_mut().filter(|batch| batch.metadata != Metadata::default()) {
                batch.metadata = Metadata::default();
                forgotten.insert(Part::BatchMetadata);
            }
        }
        forgotten.into_iter().map(|part| format!("{} not kept", part.what())).collect()
    }

    /// The levels of a comparison with what is kept.
    pub fn levels(&self, levels: Levels) -> Levels {
        Levels { physical: levels.physical && !self.loses.contains(&Part::Batches), ..levels }
    }

    fn forget_in_field(&self, field: &mut Field, forgotten: &mut BTreeSet<Part>) {
        let mut forget = |part: Part, there: bool| {
            let lost = there && self.loses.contains(&part);
            if lost {
                forgotten.insert(part);
            }
            lost
        };
        if forget(Part::FieldMetadata, field.metadata != Metadata::default()) {
            field.metadata = Metadata::default();
        }
        if self.loses.contains(&Part::MetadataOrder) {
            let changed = sort(&mut field.metadata);
            forget(Part::MetadataOrder, changed);
        }
        if forget(Part::Nullable, !field.nullable) {
            field.nullable = true;
        }
        if let DataType::Map { keys_sorted } = &mut field.data_type
            && forget(Part::KeysSorted, *keys_sorted)
        {
            *keys_sorted = false;
        }
        if forget(Part::Dictionaries, field.dictionary.is_some()) {
            field.dictionary = None;
        }
        if let Some(dictionary) = &mut field.dictionary {
            if forget(Part::Ordered, dictionary.ordered) {
                dictionary.ordered = false;
            }
            let plain = arrowipc_kit::value::IndexType::Int32;
            if forget(Part::IndexTypes, dictionary.index != plain) {
                dictionary.index = plain;
            }
        }
        let anonymous = !matches!(field.data_type, DataType::Struct | DataType::Union { .. });
        let entries = matches!(field.data_type, DataType::Map { .. });
        for child in &mut field.children {
            if anonymous && forget(Part::ChildNames, true) {
                child.name = "".into();
                child.children.iter_mut().filter(|_| entries).for_each(|part| part.name = "".into());
            }
        }
        field.children.iter_mut().for_each(|child| self.forget_in_field(child, forgotten));
    }

    fn convert_field(&self, field: &mut Field, changes: &mut Vec<String>) {
        if let Some(target) = self.target(&field.data_type) {
            let change = format!("{} became {target}", field.data_type);
            if !changes.contains(&change) {
                changes.push(change);
            }
            field.data_type = target;
        }
        field.children.iter_mut().for_each(|child| self.convert_field(child, changes));
    }

    /// The type that becomes of one: named in full, without its time zone, or by its name alone. A target without parameters takes over
    /// those of a decimal; a time zone stays.
    fn target(&self, data_type: &DataType) -> Option<DataType> {
        let text = data_type.to_string();
        let name = text.split(['(', '[']).next().unwrap_or_default();
        let without_zone = match data_type {
            DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, None).to_string(),
            _ => String::new(),
        };
        let target = [text.as_str(), without_zone.as_str(), name].into_iter().find_map(|key| self.type_map.get(key))?;
        let parsed = match (data_type, target.as_str()) {
            (DataType::Decimal { precision, scale, .. }, "decimal32" | "decimal64" | "decimal128" | "decimal256") => {
                let width = target.strip_prefix("decimal").and_then(|bits| bits.parse().ok());
                let width = width.and_then(DecimalWidth::from_bits)?;
                DataType::Decimal { width, precision: *precision, scale: *scale }
            }
            (DataType::Timestamp(_, Some(zone)), _) => match target.parse().ok()? {
                DataType::Timestamp(unit, None) => DataType::Timestamp(unit, Some(zone.clone())),
                other => other,
            },
            _ => target.parse().ok()?,
        };
        (parsed != *data_type).then_some(parsed)
    }
}

/// Sorts pairs by key and keeps the last one of each; tells whether that changed anything.
fn sort(metadata: &mut Metadata) -> bool {
    let last: BTreeMap<_, _> = metadata.0.iter().cloned().map(|(key, value)| (key.canonical(), (key, value))).collect();
    let sorted = Metadata(last.into_values().collect());
    let changed = sorted != *metadata;
    *metadata = sorted;
    changed
}

/// Ticks become more where their unit became finer.
fn convert_value(from: &Field, to: &Field, value: &mut Value) {
    if let (DataType::RunEndEncoded, [_, from], [_, to]) = (&from.data_type, &*from.children, &*to.children) {
        return convert_value(from, to, value);
    }
    let child = |index: usize| from.children.get(index).zip(to.children.get(index));
    match value {
        Value::Int(count) => {
            if let (Some(from), Some(to)) = (ticks(&from.data_type), ticks(&to.data_type)) {
                // Sixty-four bits of ticks and a factor of at most ten digits.
                *count *= (to / from).max(1);
            }
        }
        Value::List(items) => {
            if let Some((from, to)) = child(0) {
                items.iter_mut().for_each(|item| convert_value(from, to, item));
            }
        }
        Value::Struct(members) => {
            let fields = from.children.iter().zip(&to.children);
            members.iter_mut().zip(fields).for_each(|(member, (from, to))| convert_value(from, to, member));
        }
        Value::Map(entries) => {
            if let Some((from, to)) = child(0) {
                let fields = || from.children.iter().zip(&to.children);
                for entry in entries {
                    entry.iter_mut().zip(fields()).for_each(|(part, (from, to))| convert_value(from, to, part));
                }
            }
        }
        Value::Union(id, member) => {
            if let DataType::Union { type_ids, .. } = &from.data_type
                && let Some((from, to)) = type_ids.iter().position(|known| known == id).and_then(child)
            {
                convert_value(from, to, member);
            }
        }
        _ => {}
    }
}

/// Ticks a second.
fn ticks(data_type: &DataType) -> Option<i128> {
    let unit = match data_type {
        DataType::Date64 => TimeUnit::Millisecond,
        DataType::Time32(unit) | DataType::Time64(unit) | DataType::Timestamp(unit, _) | DataType::Duration(unit) => {
            *unit
        }
        _ => return None,
    };
    Some(match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    })
}
