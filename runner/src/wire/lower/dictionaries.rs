//! Which values each dictionary has at each batch, and what is sent of them.
//!
//! The values that a batch needs are those of its layout, or the distinct ones of all fields with the dictionary in all batches,
//! in order of first appearance.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use arrowipc_kit::value::{Batch, DataType, Layout, Value};

use super::encoding::Encoded;
use super::options::DictionaryOrder;
use super::{DEFAULT_LAYOUT, LowerError, describe};
use crate::case::options::{Dictionaries as Mode, Format};

/// The dictionaries of an input, batch by batch.
pub(super) struct Dictionaries<'f> {
    mode: Mode,
    format: Format,
    outer_first: bool,
    /// What each batch needs, by id.
    needed: Vec<BTreeMap<i64, Needed<'f>>>,
    /// The ids of a batch, inner before outer, and in the order in which they are sent.
    inner_first: Vec<i64>,
    order: Vec<i64>,
    /// The union of what the batches need.
    unified: HashMap<i64, Rc<Known>>,
    /// What a reader has by now.
    sent: HashMap<i64, Rc<Known>>,
    /// The batch at which it has that.
    batch: usize,
}

/// What a batch needs of a dictionary.
struct Needed<'f> {
    field: &'f Encoded<'f>,
    layout: &'f Layout,
    values: Rc<Known>,
    /// Whether a layout gives them.
    given: bool,
}

/// Values with the first position of each.
#[derive(Default)]
struct Known {
    values: Vec<Value>,
    positions: HashMap<Value, usize>,
}

/// A dictionary batch to send.
pub(super) struct Update<'f> {
    pub(super) id: i64,
    /// A field with the dictionary.
    pub(super) field: &'f Encoded<'f>,
    /// The layout of the values.
    pub(super) layout: Layout,
    /// The values; of a delta, those that are new.
    pub(super) values: Vec<Value>,
    pub(super) delta: bool,
}

impl Known {
    fn of(values: &[Value]) -> Self {
        let mut known = Known::default();
        values.iter().for_each(|value| known.push(value.clone()));
        known
    }

    fn push(&mut self, value: Value) {
        let position = self.values.len();
        self.positions.entry(value.clone()).or_insert(position);
        self.values.push(value);
    }

    fn push_new(&mut self, value: &Value) -> bool {
        let new = !self.positions.contains_key(value);
        if new {
            self.push(value.clone());
        }
        new
    }
}

impl<'f> Dictionaries<'f> {
    /// Finds out what every batch needs. Nothing is sent yet.
    pub(super) fn plan(
        fields: &'f [Encoded<'f>],
        batches: &'f [Cow<'_, Batch>],
        mode: Mode,
        format: Format,
        order: DictionaryOrder,
    ) -> Result<Self, LowerError> {
        let outer_first = order == DictionaryOrder::OuterFirst;
        let mut distinct = HashMap::new();
        for batch in batches {
            for (field, column) in fields.iter().zip(&batch.columns) {
                let layout = column.layout.as_ref().unwrap_or(&DEFAULT_LAYOUT);
                column.values.iter().for_each(|value| collect(field, value, &mut distinct));
                field.visit(layout, true, &mut |field, layout| {
                    let given = layout.dictionary.iter().flatten();
                    given.for_each(|value| collect_children(field, value, &mut distinct));
                    Ok(())
                })?;
            }
        }
        let distinct = distinct.into_iter().map(|(id, known)| (id, Rc::new(known))).collect();
        let mut needed: Vec<BTreeMap<i64, Needed>> = Vec::new();
        for (index, batch) in batches.iter().enumerate() {
            let mut of_batch = BTreeMap::new();
            for (position, (field, column)) in fields.iter().zip(&batch.columns).enumerate() {
                let layout = column.layout.as_ref().unwrap_or(&DEFAULT_LAYOUT);
                field
                    .visit(layout, true, &mut |field, layout| need(field, layout, &distinct, &mut of_batch))
                    .map_err(|error| error.within(format!("batches[{index}].columns[{position}]")))?;
            }
            needed.push(of_batch);
        }
        let mut unified: HashMap<i64, Known> = HashMap::new();
        for (id, needed) in needed.iter().flatten() {
            match unified.get_mut(id) {
                // The first one is taken as it is, duplicates included.
                None => {
                    unified.insert(*id, Known::of(&needed.values.values));
                }
                Some(known) => {
                    for value in &needed.values.values {
                        known.push_new(value);
                    }
                }
            }
        }
        Ok(Dictionaries {
            mode,
            format,
            outer_first,
            needed,
            inner_first: ids(fields, false)?,
            order: ids(fields, outer_first)?,
            unified: unified.into_iter().map(|(id, known)| (id, Rc::new(known))).collect(),
            sent: HashMap::new(),
            batch: 0,
        })
    }

    /// Goes on to a batch, and tells what is to be sent before it.
    pub(super) fn advance(&mut self, batch: usize) -> Result<Vec<Update<'f>>, LowerError> {
        self.batch = batch;
        let mut updates = Vec::new();
        // Dictionaries whose positions mean something else now: values that refer to them must be sent again.
        let mut replaced = HashSet::new();
        for id in &self.inner_first {
            let Some(needed) = self.needed.get(batch).and_then(|needed| needed.get(id)) else { continue };
            let values = match self.mode {
                Mode::Unify => self.unified.get(id).unwrap_or(&needed.values),
                _ => &needed.values,
            };
            let layout = needed.field.values_layout(needed.layout);
            let layout = if values.values == needed.values.values { layout } else { without_slots(layout) };
            let update = |values: &[Value], layout: Layout, delta: bool| Update {
                id: *id,
                field: needed.field,
                layout,
                values: values.to_vec(),
                delta,
            };
            let inner_replaced = needed.field.inner().iter().any(|id| replaced.contains(id));
            match self.sent.get(id) {
                None => updates.push(update(&values.values, layout, false)),
                Some(known) if known.values == values.values && !inner_replaced => continue,
                Some(known)
                    if self.mode == Mode::Delta && !inner_replaced && values.values.starts_with(&known.values) =>
                {
                    updates.push(update(&values.values[known.values.len()..], without_slots(layout), true));
                }
                Some(_) if self.format == Format::File => {
                    let problem = "the dictionary changed, and a file cannot replace one; use delta or unify";
                    return Err(LowerError::new(problem).within(format!("dictionary {id}")));
                }
                Some(_) => {
                    replaced.insert(*id);
                    updates.push(update(&values.values, layout, false));
                }
            }
            self.sent.insert(*id, Rc::clone(values));
        }
        if self.outer_first {
            updates.sort_by_key(|update| self.order.iter().position(|id| *id == update.id));
        }
        Ok(updates)
    }

    /// Number of values that a reader has in a dictionary.
    pub(super) fn len(&self, id: i64) -> usize {
        self.sent.get(&id).map_or(0, |known| known.values.len())
    }

    /// The position of a value, in a dictionary of which this batch needs a value at `given`, or any that is equal to `value`.
    pub(super) fn position(&self, id: i64, given: Option<usize>, value: &Value) -> Result<usize, LowerError> {
        let missing = || {
            LowerError::expected(
                "a dictionary with every value of the column",
                format!("none with {}", describe(value)),
            )
        };
        let (Some(needed), Some(sent)) =
            (self.needed.get(self.batch).and_then(|needed| needed.get(&id)), self.sent.get(&id))
        else {
            return Err(missing());
        };
        let position = match given {
            Some(position) => Some(position),
            None => needed.values.positions.get(value).copied(),
        };
        let position =
            position.filter(|position| needed.values.values.get(*position) == Some(value)).ok_or_else(missing)?;
        match sent.values.get(position) {
            Some(sent) if sent == value => Ok(position),
            _ => sent.positions.get(value).copied().ok_or_else(missing),
        }
    }
}

/// Takes down what a field with a dictionary needs in a batch.
fn need<'f>(
    field: &'f Encoded<'f>,
    layout: &'f Layout,
    distinct: &HashMap<i64, Rc<Known>>,
    of_batch: &mut BTreeMap<i64, Needed<'f>>,
) -> Result<(), LowerError> {
    let Some(id) = field.id else { return Ok(()) };
    let of = |error: LowerError| error.within(format!("dictionary {id}"));
    let given = layout.dictionary.is_some();
    let values = match &layout.dictionary {
        Some(values) => Rc::new(Known::of(values)),
        None => distinct.get(&id).cloned().unwrap_or_default(),
    };
    let new = Needed { field, layout, values, given };
    let Some(other) = of_batch.get(&id) else {
        of_batch.insert(id, new);
        return Ok(());
    };
    let of_type = |field: &Encoded| (field.field.dictionary_values(), field.inner());
    if of_type(field) != of_type(other.field) {
        return Err(of(LowerError::expected("fields of one type to share it", "different types")));
    }
    match (given, other.given) {
        (true, true) if new.values.values != other.values.values => {
            Err(of(LowerError::expected("one list of values for the fields that share it", "two in one batch")))
        }
        (true, false) => {
            of_batch.insert(id, new);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The ids of the dictionaries in the order in which they are sent.
fn ids(fields: &[Encoded], outer_first: bool) -> Result<Vec<i64>, LowerError> {
    let mut ids = Vec::new();
    for field in fields {
        field.visit(&DEFAULT_LAYOUT, outer_first, &mut |field, _| {
            ids.extend(field.id.filter(|id| !ids.contains(id)));
            Ok(())
        })?;
    }
    Ok(ids)
}

/// Takes in what a value of a field has for dictionaries.
fn collect(field: &Encoded, value: &Value, distinct: &mut HashMap<i64, Known>) {
    if let Some(id) = field.id {
        let known: &mut Known = distinct.entry(id).or_default();
        if value.is_null() || !known.push_new(value) {
            return;
        }
    }
    collect_children(field, value, distinct);
}

fn collect_children(field: &Encoded, value: &Value, distinct: &mut HashMap<i64, Known>) {
    let mut child = |field: &Encoded, index: usize, value: &Value| {
        if let Some(child) = field.children.get(index) {
            collect(child, value, distinct);
        }
    };
    match (&field.field.data_type, value) {
        (DataType::RunEndEncoded, value) => child(field, 1, value),
        (DataType::Union { type_ids, .. }, Value::Union(type_id, value)) => {
            if let Some(member) = type_ids.iter().position(|id| id == type_id) {
                child(field, member, value);
            }
        }
        (_, Value::List(items)) => items.iter().for_each(|item| child(field, 0, item)),
        (_, Value::Struct(members)) => {
            members.iter().enumerate().for_each(|(index, member)| child(field, index, member));
        }
        (_, Value::Map(entries)) => {
            let Some(members) = field.children.first() else { return };
            for [key, value] in entries {
                child(members, 0, key);
                child(members, 1, value);
            }
        }
        _ => {}
    }
}

/// A layout without what it says slot by slot, for other slots than those it was written for.
fn without_slots(mut layout: Layout) -> Layout {
    layout.runs = None;
    layout.indices = None;
    layout.children = layout.children.into_iter().map(|child| child.map(without_slots)).collect();
    layout.values = layout.values.map(|values| Box::new(without_slots(*values)));
    layout
}
