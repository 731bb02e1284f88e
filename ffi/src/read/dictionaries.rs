//! The dictionaries a reader knows.

use super::Shared;
use super::account::Account;
use super::batch::{Rules, decode, decode_values};
use super::body::Body;
use super::concat::concat;
use super::message::{BatchHeader, DictionaryHeader, Message};
use crate::array::{Batch, Buffer, Columns, Dictionaries, Node};
use crate::error::{Code, Error, Result};
use crate::options::Validation;
use crate::schema::{DataType, Field, Schema};
use crate::validate;
use crate::write::body;
use bytes::Bytes;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What a dictionary batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub delta: bool,
    pub replaced: bool,
    pub decompressed: u64,
    pub copied: u64,
}

/// Dictionaries by id, with the fields that say what their values are.
pub struct Known {
    fields: Fields,
    /// Ids whose values refer to other dictionaries.
    nested: BTreeSet<i64>,
    /// Ids that the projected columns need.
    needed: HashSet<i64>,
    /// Ids whose values were copied so that deltas can be appended.
    normalized: HashSet<i64>,
    values: Arc<Dictionaries>,
    /// Bytes of memory that each of the values takes, and all.
    owned: HashMap<i64, u64>,
    held: u64,
    /// Whether indices between dictionaries were checked since the last change.
    checked: bool,
}

/// A field of each dictionary id; its type is that of the values.
struct Fields {
    schema: Arc<Schema>,
    /// Positions from the column down. No copies of the fields: a field may lie in many others.
    paths: HashMap<i64, Vec<usize>>,
}

impl Fields {
    fn get(&self, id: i64) -> Option<&Field> {
        let mut path = self.paths.get(&id)?.iter();
        let column = self.schema.fields.get(*path.next()?)?;
        path.try_fold(column, |field, index| field.children.get(*index))
    }

    /// Takes note of the fields below and at `path`; whether there were any.
    fn add(&mut self, field: &Field, path: &mut Vec<usize>, nested: &mut BTreeSet<i64>) -> bool {
        let mut refers = false;
        for (index, child) in field.children.iter().enumerate() {
            path.push(index);
            refers |= self.add(child, path, nested);
            path.pop();
        }
        let Some(dictionary) = &field.dictionary else { return refers };
        if refers {
            nested.insert(dictionary.id);
        }
        self.paths.entry(dictionary.id).or_insert_with(|| path.clone());
        true
    }
}

impl Known {
    /// No dictionary yet. `all` and `projected` are the schema of the input and what of it is handed out.
    pub fn new(all: &Arc<Schema>, projected: &Schema) -> Self {
        let mut known = Known {
            fields: Fields { schema: Arc::clone(all), paths: HashMap::new() },
            nested: BTreeSet::new(),
            needed: HashSet::new(),
            normalized: HashSet::new(),
            values: Arc::default(),
            owned: HashMap::new(),
            held: 0,
            checked: true,
        };
        for (index, field) in all.fields.iter().enumerate() {
            known.fields.add(field, &mut vec![index], &mut known.nested);
        }
        for field in &projected.fields {
            field.each_dictionary(&mut |_, dictionary| {
                known.needed.insert(dictionary.id);
            });
        }
        known
    }

    /// Bytes of memory that the dictionaries take.
    pub fn held(&self) -> u64 {
        self.held
    }

    /// The values of those that were sent.
    pub fn values(&self) -> &Arc<Dictionaries> {
        &self.values
    }

    /// Takes in a dictionary batch. `replaceable` is false in files, where an id has one dictionary and deltas.
    pub fn apply(&mut self, message: &Message, body: Bytes, rules: Rules<'_>, replaceable: bool) -> Result<Outcome> {
        let header = DictionaryHeader::parse(message.header()?)?;
        let id = header.id;
        let Some(field) = self.fields.get(id) else {
            let text = format!("a batch of dictionary {id}, which no field of the schema refers to");
            return Err(Error::invalid("dictionary-id-unknown", text));
        };
        let old = self.values.get(&id);
        match (header.delta, old) {
            (true, None) if self.needed.contains(&id) => {
                let text = format!("a delta for dictionary {id}, which was not sent");
                return Err(Error::invalid("dictionary-delta-without-base", text).in_field(&field.name));
            }
            (false, Some(_)) if !replaceable => {
                let text = format!("a second dictionary {id} that is not a delta; a file holds one");
                return Err(Error::invalid("file-no-replacement-read", text).in_field(&field.name));
            }
            _ => {}
        }
        let mut outcome =
            Outcome { delta: header.delta, replaced: !header.delta && old.is_some(), ..Outcome::default() };
        if !self.needed.contains(&id) {
            return Ok(outcome);
        }
        let (mut columns, cost) = decode_values(field, header.data, Body::Whole(body), rules)?;
        validate::dictionary(field, &columns, rules.validation).map_err(|e| e.in_field(&field.name))?;
        outcome.decompressed = cost.decompressed;
        outcome.copied = cost.copied;
        let mut owned = cost.owned;
        if let (true, Some(old)) = (header.delta, old) {
            // Both are copied, and then joined.
            let mut account = Account::new(self.held, rules.limits);
            account.take(cost.owned)?;
            account.take((buffer_bytes(old) + buffer_bytes(&columns)).saturating_mul(2))?;
            let limit = rules.limits.decompressed_bytes;
            let normalized = |columns: &Columns| {
                // Buffers may share bytes of a body: copies of them may take more than it.
                let (held, body) = (buffer_bytes(columns), columns.owners.iter().map(|owner| owner.len() as u64).sum());
                if held > limit.max(body) {
                    return Err(Error::limit("the size of the buffers of a dictionary that are copied", held, limit));
                }
                let arrays = body::arrays_of(field, columns);
                let view = arrays.get(0);
                body::copy(field, view, (0, view.length)).map_err(|e| match e.code {
                    Code::InvalidArgument => Error { code: Code::InvalidData, ..e },
                    _ => e,
                })
            };
            let appended = normalized(&columns)?;
            columns = match self.normalized.contains(&id) {
                true => concat(field, old, &appended, limit)?,
                false => concat(field, &normalized(old)?, &appended, limit)?,
            };
            self.normalized.insert(id);
            owned = buffer_bytes(&columns);
        } else {
            self.normalized.remove(&id);
        }
        Arc::make_mut(&mut self.values).insert(id, Arc::new(columns));
        self.held = self.held.saturating_add(owned) - self.owned.insert(id, owned).unwrap_or(0);
        self.checked = false;
        Ok(outcome)
    }

    /// The dictionaries as they are now, for a batch of `fields` decoded to `columns`.
    ///
    /// A dictionary may be missing as long as nothing refers to it (clauses dictionary-late-all-null and
    /// dictionary-never-sent-all-null); an empty one then stands in for it.
    pub fn for_batch(
        &mut self,
        fields: &[Field],
        columns: &Columns,
        validation: Validation,
    ) -> Result<Arc<Dictionaries>> {
        if !self.checked && validation == Validation::Full {
            for id in self.nested.iter().filter(|id| self.needed.contains(id)) {
                if let (Some(field), Some(values)) = (self.fields.get(*id), self.values.get(id)) {
                    validate::inner_indices(field, values, &self.values)?;
                }
            }
            self.checked = true;
        }
        if self.needed.iter().all(|id| self.values.contains_key(id)) {
            return Ok(Arc::clone(&self.values));
        }
        let mut node = 0;
        for field in fields {
            self.check_unused(field, columns, &mut node, true)?;
        }
        for values in self.nested.iter().filter_map(|id| Some((self.fields.get(*id)?, self.values.get(id)?))) {
            self.check_unused(values.0, values.1, &mut 0, false)?;
        }
        let mut dictionaries = (*self.values).clone();
        for id in &self.needed {
            if let (false, Some(field)) = (dictionaries.contains_key(id), self.fields.get(*id)) {
                dictionaries.insert(*id, Arc::new(empty(field)));
            }
        }
        Ok(Arc::new(dictionaries))
    }

    /// Checks that no value refers to a dictionary that is not there.
    fn check_unused(&self, field: &Field, columns: &Columns, node: &mut usize, encoded: bool) -> Result<()> {
        let found: Node = columns.nodes[*node];
        *node += 1;
        match field.dictionary.as_ref().filter(|_| encoded) {
            Some(dictionary) if !self.values.contains_key(&dictionary.id) && found.null_count < found.length => {
                let text = format!(
                    "{} values refer to dictionary {}, which was not sent",
                    found.length - found.null_count,
                    dictionary.id
                );
                Err(Error::invalid("dictionary-use-before-define", text))
            }
            Some(_) => Ok(()),
            None => field.children.iter().try_for_each(|child| self.check_unused(child, columns, node, true)),
        }
        .map_err(|e| if encoded { e.in_field(&field.name) } else { e })
    }
}

/// Bytes of the buffers of an array.
fn buffer_bytes(columns: &Columns) -> u64 {
    columns.buffers.iter().map(|buffer| buffer.length as u64).sum()
}

/// Values of no length.
fn empty(field: &Field) -> Columns {
    let mut columns = Columns { owners: vec![Bytes::from_static(&[0; 8])], ..Columns::default() };
    empty_field(field, false, &mut columns);
    columns
}

fn empty_field(field: &Field, encoded: bool, columns: &mut Columns) {
    let first_buffer = columns.buffers.len() as u32;
    let encoded = encoded && field.dictionary.is_some();
    let mut lengths: &[usize] = match &field.data_type {
        DataType::Null | DataType::RunEndEncoded | DataType::Struct | DataType::FixedSizeList(_) => &[],
        DataType::Binary | DataType::Utf8 => &[4, 0],
        DataType::LargeBinary | DataType::LargeUtf8 => &[8, 0],
        DataType::List | DataType::Map { .. } => &[4],
        DataType::LargeList => &[8],
        DataType::ListView | DataType::LargeListView | DataType::Union(crate::schema::UnionMode::Dense, _) => &[0, 0],
        _ => &[0],
    };
    if encoded {
        lengths = &[0];
    }
    if encoded || !matches!(field.data_type, DataType::Null | DataType::RunEndEncoded | DataType::Union(..)) {
        columns.buffers.push(Buffer::ABSENT);
    }
    columns.buffers.extend(lengths.iter().map(|length| Buffer { owner: 0, start: 0, length: *length }));
    let buffer_count = columns.buffers.len() as u32 - first_buffer;
    columns.nodes.push(Node { length: 0, null_count: 0, first_buffer, buffer_count });
    if !encoded {
        field.children.iter().for_each(|child| empty_field(child, true, columns));
    }
}

/// A record batch message with its body → a batch of the projected columns, in place of what was in `batch`.
pub fn record_batch(
    shared: &Shared,
    message: &Message,
    body: Body,
    rules: Rules<'_>,
    batch: &mut Batch,
    dictionaries: impl FnOnce(&Columns) -> Result<Arc<Dictionaries>>,
) -> Result<Outcome> {
    let header = BatchHeader::parse(message.header()?)?;
    if shared.projected.fields.is_empty() && header.rows > rules.limits.unbacked_slots {
        let error = Error::limit("the length of a batch without columns", header.rows, rules.limits.unbacked_slots);
        return Err(Error { clause: Some("security-null-length-dos"), ..error });
    }
    let projection = shared.projection.as_ref();
    let cost = decode(&shared.whole.fields, projection, header, body, rules, &mut batch.columns)?;
    batch.dictionaries = dictionaries(&batch.columns)?;
    validate::batch(&shared.projected.fields, &batch.columns, &batch.dictionaries, rules.validation)?;
    if !Arc::ptr_eq(&batch.schema, &shared.projected) {
        batch.schema = Arc::clone(&shared.projected);
    }
    batch.rows = header.rows;
    batch.metadata = message.custom_metadata(rules.limits)?;
    Ok(Outcome { decompressed: cost.decompressed, copied: cost.copied, ..Outcome::default() })
}
