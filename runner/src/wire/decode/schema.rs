//! The Schema table → canonical schema and plan.

use std::collections::HashMap;
use std::ops::Range;

use arrowipc_kit::value::{self, DataType, Field, IndexType, Metadata, Schema, Text};

use super::clauses::*;
use super::plan::{Column, Dictionary, Encoding, Plan};
use super::report::{Report, field_at};
use super::types;
use crate::case::options::Phase;
use crate::wire::tree::Table;

/// Fields within fields. The format sets no limit; what is read is walked by recursion, which the stack limits.
pub const MOST_LEVELS: usize = 128;

/// Reads a schema; `None` if its batches cannot be decoded.
pub fn read(table: &Table, place: &str, report: &mut Report) -> Option<Plan> {
    let mut reader = Reader::new(report);
    let endianness = table.scalar("endianness");
    let known = matches!(endianness, 0 | 1);
    if !known {
        let at = field_at(table, "endianness");
        reader.add(SCHEMA_ENDIANNESS_UNKNOWN, at, format!("{place}.endianness"), endianness, "0 (Little) or 1 (Big)");
    }
    for (index, feature) in table.vector("features").iter().enumerate() {
        let code = feature.as_scalar().unwrap_or(0);
        if !(0..=2).contains(&code) {
            let place = format!("{place}.features[{index}]");
            reader.add(VERSION_FEATURE_UNKNOWN, feature.slot.clone(), place, code, "a feature from 0 to 2");
        }
    }
    let fields = reader.fields(table, "fields", place, 1);
    let (fields, columns): (Vec<Field>, Vec<Column>) = fields?.into_iter().unzip();
    let at = field_at(table, "fields");
    let mut dictionaries =
        Dictionaries { reader: &mut reader, place, at, positions: HashMap::new(), found: Vec::new() };
    let columns_agree = dictionaries.collect(&columns);
    let dictionaries = dictionaries.found;
    let schema = Schema { fields, metadata: metadata(table) };
    (known && columns_agree).then_some(Plan { schema, columns, dictionaries, big_endian: endianness == 1 })
}

/// The pairs of `custom_metadata`; a missing key or value is empty.
pub fn metadata(table: &Table) -> Metadata {
    let text = |pair: &Table, name| Text::from(pair.text(name).unwrap_or_default());
    let pairs = table.vector("custom_metadata").iter().filter_map(|pair| pair.as_table());
    pairs.map(|pair| (text(pair, "key"), text(pair, "value"))).collect()
}

/// A reader of fields.
pub struct Reader<'r> {
    report: &'r mut Report,
}

impl<'r> Reader<'r> {
    /// A reader whose findings go there.
    pub fn new(report: &'r mut Report) -> Self {
        Reader { report }
    }

    /// Notes a violation of the schema.
    pub fn add(
        &mut self,
        clause: &'static str,
        at: Range<usize>,
        place: String,
        found: impl std::fmt::Display,
        expected: impl std::fmt::Display,
    ) {
        self.report.add(clause, Phase::Schema, at, place, found, expected);
    }

    /// The fields of a vector; `None` if one of them cannot be decoded.
    fn fields(&mut self, table: &Table, name: &str, place: &str, level: usize) -> Option<Vec<(Field, Column)>> {
        let nodes = table.vector(name);
        let tables: Vec<&Table> = nodes.iter().filter_map(|node| node.as_table()).collect();
        if level > MOST_LEVELS && !tables.is_empty() {
            let at = field_at(table, name);
            let place = format!("{place}.{name}");
            self.add(SCHEMA_NESTING_DEPTH, at, place, "more levels of fields", format!("at most {MOST_LEVELS}"));
            return None;
        }
        let steps = steps(&tables);
        let mut fields = Vec::with_capacity(tables.len());
        let mut complete = true;
        for (index, (table, step)) in tables.into_iter().zip(steps).enumerate() {
            match self.field(table, step, &format!("{place}.{name}[{index}]"), level) {
                Some(field) => fields.push(field),
                None => complete = false,
            }
        }
        complete.then_some(fields)
    }

    fn field(&mut self, table: &Table, step: String, place: &str, level: usize) -> Option<(Field, Column)> {
        let name = Text::from(table.text("name").unwrap_or_default());
        if name.as_str().is_none() {
            let place = format!("{place}.name");
            self.add(SCHEMA_NAME_UTF8, field_at(table, "name"), place, format!("{name:?}"), "UTF-8");
        }
        let children = self.fields(table, "children", place, level + 1);
        let encoding = self.encoding(table, place);
        let children_count = table.vector("children").len();
        let data_type = types::read(self, table, place, children_count);
        let (mut children, data_type, encoding) = (children?, data_type?, encoding?);
        let is_leaf = data_type.child_count() == Some(0) && !matches!(data_type, DataType::Union { .. });
        if is_leaf && !children.is_empty() {
            let found = format!("{children_count} children");
            let place = format!("{place}.children");
            let expected = format!("none for {data_type}");
            self.add(FIELD_CHILDREN_LEAF, field_at(table, "children"), place, found, expected);
            children.clear();
        }
        let (fields, columns): (Vec<Field>, Vec<Column>) = children.into_iter().unzip();
        if !self.children_suit(&data_type, &columns, table, place) {
            return None;
        }
        let nullable = table.scalar("nullable") != 0;
        let dictionary = encoding.map(|(encoding, ordered)| value::Dictionary { index: encoding.index, ordered });
        let encoding = encoding.map(|(encoding, _)| encoding);
        let column = Column { step, data_type: data_type.clone(), nullable, encoding, children: columns.into() };
        let field = Field { name, data_type, nullable, metadata: metadata(table), dictionary, children: fields };
        Some((field, column))
    }

    /// The reference to a dictionary and whether it is ordered; the outer `None` is one that cannot be decoded.
    #[allow(clippy::option_option)] // Absent and unreadable are different.
    fn encoding(&mut self, table: &Table, place: &str) -> Option<Option<(Encoding, bool)>> {
        let Some(dictionary) = table.table("dictionary") else { return Some(None) };
        let place = format!("{place}.dictionary");
        let kind = dictionary.scalar("dictionaryKind");
        if kind != 0 {
            let at = field_at(dictionary, "dictionaryKind");
            self.add(DICTIONARY_KIND_UNKNOWN, at, format!("{place}.dictionaryKind"), kind, "0 (DenseArray)");
        }
        let index = match dictionary.table("indexType") {
            None => Some(DataType::Int32),
            Some(int) => types::integer(self, int, &format!("{place}.indexType")),
        };
        let index = index.as_ref().and_then(IndexType::from_data_type).filter(|_| kind == 0)?;
        let encoding = Encoding { id: dictionary.scalar("id"), index };
        Some(Some((encoding, dictionary.scalar("isOrdered") != 0)))
    }

    /// Whether the children are what values of maps and runs need.
    fn children_suit(&mut self, data_type: &DataType, children: &[Column], table: &Table, place: &str) -> bool {
        let at = field_at(table, "children");
        let place = format!("{place}.children");
        match (data_type, children) {
            (DataType::Map { .. }, [entries]) => {
                let shape = entries.data_type == DataType::Struct && entries.children.len() == 2;
                if !shape || entries.encoding.is_some() {
                    let found = format!("{} of {} children", entries.data_type, entries.children.len());
                    self.add(TYPE_MAP_SHAPE, at, format!("{place}[0]"), found, "a struct of key and value");
                    return false;
                }
                let nullable = [(entries, ""), (&entries.children[0], ".children[0]")];
                for (_, step) in nullable.into_iter().filter(|(column, _)| column.nullable) {
                    let place = format!("{place}[0]{step}.nullable");
                    self.add(TYPE_MAP_NULLABLE, at.clone(), place, "true", "false for entries and keys of a map");
                }
                true
            }
            (DataType::RunEndEncoded, [run_ends, _]) => {
                let suits = matches!(run_ends.data_type, DataType::Int16 | DataType::Int32 | DataType::Int64);
                if !suits || run_ends.encoding.is_some() {
                    let encoded = if run_ends.encoding.is_some() { "dictionary-encoded " } else { "" };
                    let found = format!("{encoded}{}", run_ends.data_type);
                    self.add(TYPE_REE_RUN_END_TYPE, at, format!("{place}[0].type"), found, "int16, int32 or int64");
                    return false;
                }
                true
            }
            _ => true,
        }
    }
}

/// How paths name fields that are siblings: by name where it is plain and nobody else's, else by position.
fn steps(tables: &[&Table]) -> Vec<String> {
    let plain = |name: &str| {
        let first = name.chars().next().unwrap_or('0');
        !first.is_ascii_digit() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    let names: Vec<Option<&str>> =
        tables.iter().map(|table| std::str::from_utf8(table.text("name")?).ok().filter(|name| plain(name))).collect();
    let mut uses = HashMap::new();
    for name in names.iter().flatten() {
        *uses.entry(*name).or_insert(0_usize) += 1;
    }
    let step = |(index, name): (usize, &Option<&str>)| match name {
        Some(name) if uses.get(name) == Some(&1) => (*name).to_owned(),
        _ => index.to_string(),
    };
    names.iter().enumerate().map(step).collect()
}

/// The dictionaries of a schema, gathered depth first.
struct Dictionaries<'a, 'r> {
    reader: &'a mut Reader<'r>,
    place: &'a str,
    at: Range<usize>,
    positions: HashMap<i64, usize>,
    found: Vec<Dictionary>,
}

impl Dictionaries<'_, '_> {
    /// Adds those that columns refer to; false if two fields disagree about one.
    fn collect(&mut self, columns: &[Column]) -> bool {
        let mut agree = true;
        for column in columns {
            agree &= self.collect(&column.children);
            let Some(encoding) = column.encoding else { continue };
            let values = column.dictionary_values();
            match self.positions.get(&encoding.id).map(|position| &self.found[*position].values) {
                Some(known) if known.same_type(&values) => {}
                Some(known) => {
                    agree = false;
                    let found = format!("values of {} in field '{}'", values.data_type, column.step);
                    let expected = format!("{} as in another field of dictionary {}", known.data_type, encoding.id);
                    let place = format!("{}.fields", self.place);
                    self.reader.add(DICTIONARY_TYPE_CONFLICT, self.at.clone(), place, found, expected);
                }
                None => {
                    self.positions.insert(encoding.id, self.found.len());
                    let mut inner = Vec::new();
                    referred(&values.children, &mut inner);
                    self.found.push(Dictionary { id: encoding.id, values, inner });
                }
            }
        }
        agree
    }
}

/// The dictionaries that columns refer to themselves, without those inside these.
fn referred(columns: &[Column], ids: &mut Vec<i64>) {
    for column in columns {
        match column.encoding {
            Some(encoding) => ids.push(encoding.id),
            None => referred(&column.children, ids),
        }
    }
}
