//! Comparison of what was expected with what was observed, by the levels of `docs/cases.md`.

use std::borrow::Cow;
use std::fmt;

use super::{Batch, Canonical, DataType, Document, Field, Text, Value};

/// What must be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Levels {
    /// Names, types, row counts in total, values, validity.
    pub logical: bool,
    /// Metadata of schema and fields in order, nullability, dictionary encoding with index type and order flag, union
    /// type ids, sorted keys.
    pub schema: bool,
    /// Batch boundaries, batch metadata.
    pub physical: bool,
}

impl Levels {
    /// Every level.
    pub const ALL: Levels = Levels { logical: true, schema: true, physical: true };
    /// The level of a case that names none: logical and schema.
    pub const DEFAULT: Levels = Levels { logical: true, schema: true, physical: false };
}

/// Which kind of verdict a difference asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// Other values, or another number of rows.
    Value,
    /// Another schema.
    Schema,
    /// Other batches.
    Layout,
}

/// The first difference: where it is and what both sides have there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The kind.
    pub kind: DifferenceKind,
    /// Index of the batch in the expected document.
    pub batch: Option<usize>,
    /// Index and name of the column.
    pub column: Option<(usize, Text)>,
    /// Row within that batch.
    pub row: Option<usize>,
    /// Place inside a nested value (`[3].x`), or of a child field (`.item.x`); empty for the column itself.
    pub path: String,
    /// What differs there: `value`, `type`, `row count` and the like.
    pub what: &'static str,
    /// The canonical text that was expected, shortened around the difference.
    pub expected: String,
    /// The canonical text that was observed, shortened likewise.
    pub observed: String,
}

impl Difference {
    /// Where it is, in words.
    pub fn place(&self) -> String {
        let mut place = Vec::new();
        place.extend(self.batch.map(|batch| format!("batch {batch}")));
        place.extend(self.column.as_ref().map(|(index, name)| format!("column {index} {}", name.canonical())));
        place.extend(self.row.map(|row| format!("row {row}")));
        if !self.path.is_empty() {
            place.push(format!("at {}", self.path));
        }
        place.push(self.what.to_owned());
        place.join(", ")
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, observed {}", self.place(), self.expected, self.observed)
    }
}

/// The first difference at the levels asked for, the gravest first: names and types, rows and values; then the rest
/// of the schema; then batches. Values are compared as one concatenated table, so that other batch boundaries alone
/// are a difference of the physical level only. Generated batches are made one at a time. Layouts are ignored.
pub fn first_difference(expected: &Document, observed: &Document, levels: Levels) -> Option<Difference> {
    let structure = || schema_difference(expected, observed, field_structure);
    let values = || row_count_difference(expected, observed).or_else(|| value_difference(expected, observed));
    let attributes =
        || metadata_difference(expected, observed).or_else(|| schema_difference(expected, observed, field_attributes));
    let batches = || batch_difference(expected, observed);
    let structure = if levels.logical || levels.schema { structure() } else { None };
    structure
        .or_else(|| levels.logical.then(values).flatten())
        .or_else(|| levels.schema.then(attributes).flatten())
        .or_else(|| levels.physical.then(batches).flatten())
}

/// A difference of the whole document.
fn difference(
    kind: DifferenceKind,
    what: &'static str,
    expected: impl Canonical,
    observed: impl Canonical,
) -> Difference {
    let (expected, observed) = shortened(&expected.canonical(), &observed.canonical());
    Difference { kind, batch: None, column: None, row: None, path: String::new(), what, expected, observed }
}

/// Plain text as a side of a difference.
struct Plain(String);

impl Canonical for Plain {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.as_bytes());
    }
}

fn plain(value: impl ToString) -> Plain {
    Plain(value.to_string())
}

fn metadata_difference(expected: &Document, observed: &Document) -> Option<Difference> {
    let (expected, observed) = (&expected.schema.metadata, &observed.schema.metadata);
    (expected != observed).then(|| difference(DifferenceKind::Schema, "schema metadata", expected, observed))
}

type FieldRule = fn(&Field, &Field) -> Option<Difference>;

fn schema_difference(expected: &Document, observed: &Document, rule: FieldRule) -> Option<Difference> {
    let (expected, observed) = (&expected.schema.fields, &observed.schema.fields);
    if expected.len() != observed.len() {
        let (expected, observed) = (plain(expected.len()), plain(observed.len()));
        return Some(difference(DifferenceKind::Schema, "number of columns", expected, observed));
    }
    expected.iter().zip(observed).enumerate().find_map(|(index, (expected, observed))| {
        let difference = field_difference(expected, observed, rule)?;
        Some(Difference { column: Some((index, expected.name.clone())), ..difference })
    })
}

/// The first difference of two fields and their children by a rule.
fn field_difference(expected: &Field, observed: &Field, rule: FieldRule) -> Option<Difference> {
    rule(expected, observed).or_else(|| {
        expected.children.iter().zip(&observed.children).find_map(|(expected, observed)| {
            let difference = field_difference(expected, observed, rule)?;
            let path = format!(".{}{}", expected.name, difference.path);
            Some(Difference { path, ..difference })
        })
    })
}

/// What decides how values are read: names, types, numbers of children.
fn field_structure(expected: &Field, observed: &Field) -> Option<Difference> {
    let kind = DifferenceKind::Schema;
    if expected.name != observed.name {
        return Some(difference(kind, "name", &expected.name, &observed.name));
    }
    let same_type = match (&expected.data_type, &observed.data_type) {
        (DataType::Union { mode: expected, .. }, DataType::Union { mode: observed, .. }) => expected == observed,
        (DataType::Map { .. }, DataType::Map { .. }) => true,
        (expected, observed) => expected == observed,
    };
    if !same_type {
        return Some(difference(kind, "type", plain(&expected.data_type), plain(&observed.data_type)));
    }
    let (children, observed_children) = (expected.children.len(), observed.children.len());
    (children != observed_children)
        .then(|| difference(kind, "number of children", plain(children), plain(observed_children)))
}

/// What fields say beyond their structure.
fn field_attributes(expected: &Field, observed: &Field) -> Option<Difference> {
    let kind = DifferenceKind::Schema;
    if expected.data_type != observed.data_type {
        // Of equal structure, so union type ids or sorted keys.
        return Some(difference(kind, "type", plain(&expected.data_type), plain(&observed.data_type)));
    }
    if expected.nullable != observed.nullable {
        return Some(difference(kind, "nullable", plain(expected.nullable), plain(observed.nullable)));
    }
    if expected.dictionary != observed.dictionary {
        let describe = |field: &Field| match &field.dictionary {
            None => plain("none"),
            Some(dictionary) if dictionary.ordered => plain(format!("ordered, indexed by {}", dictionary.index)),
            Some(dictionary) => plain(format!("indexed by {}", dictionary.index)),
        };
        return Some(difference(kind, "dictionary", describe(expected), describe(observed)));
    }
    (expected.metadata != observed.metadata)
        .then(|| difference(kind, "metadata", &expected.metadata, &observed.metadata))
}

fn row_count_difference(expected: &Document, observed: &Document) -> Option<Difference> {
    let (expected, observed) = (expected.row_count(), observed.row_count());
    (expected != observed).then(|| difference(DifferenceKind::Value, "row count", plain(expected), plain(observed)))
}

fn batch_difference(expected: &Document, observed: &Document) -> Option<Difference> {
    let kind = DifferenceKind::Layout;
    if expected.batch_count() != observed.batch_count() {
        let (expected, observed) = (plain(expected.batch_count()), plain(observed.batch_count()));
        return Some(difference(kind, "batch count", expected, observed));
    }
    expected.batches().zip(observed.batches()).enumerate().find_map(|(index, (expected, observed))| {
        let difference = if expected.rows != observed.rows {
            difference(kind, "row count", plain(expected.rows), plain(observed.rows))
        } else if expected.metadata != observed.metadata {
            difference(kind, "batch metadata", &expected.metadata, &observed.metadata)
        } else {
            return None;
        };
        Some(Difference { batch: Some(index), ..difference })
    })
}

/// Walks both documents, of equal structure and row count, as tables. A segment is the longest run of rows that lies
/// in one batch on either side.
fn value_difference(expected: &Document, observed: &Document) -> Option<Difference> {
    let fields: Vec<FieldPair> =
        expected.schema.fields.iter().zip(&observed.schema.fields).map(FieldPair::new).collect();
    let (mut left, mut right) = (Cursor::new(expected), Cursor::new(observed));
    loop {
        let (left_batch, left_row) = left.segment()?;
        let (right_batch, right_row) = right.segment()?;
        let rows = (left_batch.rows - left_row).min(right_batch.rows - right_row);
        for (column, fields) in fields.iter().enumerate() {
            let left_values = values(left_batch, column, left_row, rows);
            let right_values = values(right_batch, column, right_row, rows);
            // A column that does not hold what its batch says is caught by the checks on the way in.
            if let Some((row, mut difference)) = left_values
                .iter()
                .zip(right_values)
                .enumerate()
                .find_map(|(row, (left, right))| Some((row, fields.difference(left, right)?)))
            {
                difference.batch = Some(left.index);
                difference.column = Some((column, fields.expected.name.clone()));
                difference.row = Some(left_row + row);
                return Some(difference);
            }
        }
        left.advance(rows);
        right.advance(rows);
    }
}

fn values(batch: &Batch, column: usize, row: usize, rows: usize) -> &[Value] {
    batch.columns.get(column).and_then(|column| column.values.get(row..row + rows)).unwrap_or(&[])
}

/// A place in the concatenated rows of a document.
struct Cursor<'a> {
    document: &'a Document,
    index: usize,
    row: usize,
    batch: Option<Cow<'a, Batch>>,
}

impl<'a> Cursor<'a> {
    fn new(document: &'a Document) -> Self {
        Cursor { document, index: 0, row: 0, batch: document.batch(0) }
    }

    /// The batch with the next row, and that row's place in it.
    fn segment(&mut self) -> Option<(&Batch, usize)> {
        while self.batch.as_ref()?.rows == self.row {
            self.index += 1;
            self.row = 0;
            self.batch = self.document.batch(self.index);
        }
        Some((self.batch.as_deref()?, self.row))
    }

    fn advance(&mut self, rows: usize) {
        self.row += rows;
    }
}

/// Fields of equal structure, one of either side.
struct FieldPair<'a> {
    expected: &'a Field,
    observed: &'a Field,
    /// Whether equal values mean the same, which other union type ids forbid.
    same: bool,
    children: Vec<FieldPair<'a>>,
}

impl<'a> FieldPair<'a> {
    fn new((expected, observed): (&'a Field, &'a Field)) -> Self {
        let children: Vec<FieldPair> = expected.children.iter().zip(&observed.children).map(FieldPair::new).collect();
        let same = match (&expected.data_type, &observed.data_type) {
            (DataType::Union { type_ids: expected, .. }, DataType::Union { type_ids: observed, .. }) => {
                expected == observed
            }
            _ => true,
        };
        FieldPair { expected, observed, same: same && children.iter().all(|child| child.same), children }
    }

    /// The first difference inside two values.
    fn difference(&self, expected: &Value, observed: &Value) -> Option<Difference> {
        if self.same && expected == observed {
            return None;
        }
        match (expected, observed) {
            _ if self.expected.data_type == DataType::RunEndEncoded => self.children[1].difference(expected, observed),
            (Value::List(left), Value::List(right)) => {
                self.sequence_difference(left, right, |index| Some((self.children.first()?, format!("[{index}]"))))
            }
            (Value::Struct(left), Value::Struct(right)) => self.sequence_difference(left, right, |index| {
                let child = self.children.get(index)?;
                Some((child, format!(".{}", child.expected.name)))
            }),
            (Value::Map(left), Value::Map(right)) => {
                let (key, value) = (&self.children[0].children[0], &self.children[0].children[1]);
                let entry = left.iter().zip(right).enumerate().find_map(|(index, (left, right))| {
                    let within = |side: &'static str, difference: Difference| Difference {
                        path: format!("[{index}].{side}{}", difference.path),
                        ..difference
                    };
                    let difference = key.difference(&left[0], &right[0]).map(|difference| within("key", difference));
                    difference
                        .or_else(|| value.difference(&left[1], &right[1]).map(|difference| within("value", difference)))
                });
                entry.or_else(|| length_difference(left.len(), right.len()))
            }
            (Value::Union(left_id, left), Value::Union(right_id, right)) => {
                let member = position(self.expected, *left_id);
                match self.children.get(member.unwrap_or(usize::MAX)) {
                    Some(child) if member == position(self.observed, *right_id) => {
                        let difference = child.difference(left, right)?;
                        Some(Difference { path: format!("{{{left_id}}}{}", difference.path), ..difference })
                    }
                    _ => Some(difference(DifferenceKind::Value, "value", expected, observed)),
                }
            }
            _ if expected == observed => None,
            _ => Some(difference(DifferenceKind::Value, "value", expected, observed)),
        }
    }

    fn sequence_difference<'b>(
        &'b self,
        expected: &[Value],
        observed: &[Value],
        child: impl Fn(usize) -> Option<(&'b FieldPair<'a>, String)>,
    ) -> Option<Difference>
    where
        'a: 'b,
    {
        let item = expected.iter().zip(observed).enumerate().find_map(|(index, (expected, observed))| {
            let (child, step) = child(index)?;
            let difference = child.difference(expected, observed)?;
            Some(Difference { path: format!("{step}{}", difference.path), ..difference })
        });
        item.or_else(|| length_difference(expected.len(), observed.len()))
    }
}

fn length_difference(expected: usize, observed: usize) -> Option<Difference> {
    (expected != observed).then(|| difference(DifferenceKind::Value, "length", plain(expected), plain(observed)))
}

/// Which member of a union a type id selects.
fn position(field: &Field, type_id: i8) -> Option<usize> {
    match &field.data_type {
        DataType::Union { type_ids, .. } => type_ids.iter().position(|id| *id == type_id),
        _ => None,
    }
}

/// Both texts, cut to a window that begins shortly before they differ.
fn shortened(expected: &str, observed: &str) -> (String, String) {
    const LONGEST: usize = 80;
    const BEFORE: usize = 20;
    let same = expected.chars().zip(observed.chars()).take_while(|(expected, observed)| expected == observed).count();
    let cut = |text: &str| {
        let length = text.chars().count();
        if length <= LONGEST {
            return text.to_owned();
        }
        let start = same.saturating_sub(BEFORE).min(length - LONGEST);
        let window: String = text.chars().skip(start).take(LONGEST).collect();
        let (before, behind) = (if start > 0 { "…" } else { "" }, if start + LONGEST < length { "…" } else { "" });
        format!("{before}{window}{behind} ({length} characters)")
    };
    (cut(expected), cut(observed))
}
