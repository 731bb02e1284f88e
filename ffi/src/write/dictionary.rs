//! Which dictionaries a batch needs to be sent, and how.

use super::arrays::{ArrayView, Arrays};
use super::body::{self, Body, Form};
use super::key::Keys;
use super::snapshot::Snapshot;
use crate::array::{Columns, Dictionaries};
use crate::error::{Error, Result};
use crate::format::{Format, MetadataVersion};
use crate::options::DictionaryMode;
use crate::read::concat::concat;
use crate::schema::{Field, Schema};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Where indices of a unified dictionary lead: for each slot of the batch's dictionary, the slot of the one sent.
pub type Remaps = HashMap<i64, Arc<[usize]>>;

/// What of a dictionary is sent.
pub enum Values<'v, 'a> {
    /// Slots of the caller's array: first and number.
    View(ArrayView<'v, 'a>, usize, usize),
    /// Values gathered from it.
    Gathered(Columns),
}

/// A dictionary batch to send.
pub struct Update<'v, 'a> {
    /// The field, whose type is that of the values.
    pub field: &'v Field,
    /// The dictionary.
    pub id: i64,
    /// Whether the values are appended.
    pub delta: bool,
    /// Whether there was a dictionary already that is replaced.
    pub replacement: bool,
    /// The values.
    pub values: Values<'v, 'a>,
    keys: Keys,
    unified: bool,
}

/// What a batch does to the dictionaries.
#[derive(Default)]
pub struct Plan<'v, 'a> {
    /// Batches to send, inner dictionaries before those that refer to them.
    pub updates: Vec<Update<'v, 'a>>,
    /// Indices to rewrite.
    pub remaps: Remaps,
    /// Dictionaries that differ from those of the batch before.
    seen: Vec<(i64, Seen)>,
}

/// A dictionary as a batch brought it.
struct Seen {
    values: Snapshot,
    /// Where indices into it lead, unless to where they are.
    remap: Option<Arc<[usize]>>,
}

/// What the reader at the other end knows of one dictionary.
#[derive(Default)]
struct Known {
    keys: Keys,
    /// Slot of each value; kept for unified dictionaries only.
    slots: HashMap<Vec<u8>, usize>,
    /// The dictionary of the last batch. All of its values are known, and most often it comes again.
    seen: Option<Seen>,
}

/// The dictionaries that were sent. Keeps no memory of the caller.
pub struct Tracker {
    mode: DictionaryMode,
    format: Format,
    known: HashMap<i64, Known>,
    /// Memory to encode a dictionary in, for the comparison with the last one.
    room: Body<'static>,
}

impl Tracker {
    /// Nothing was sent yet.
    pub fn new(mode: DictionaryMode, format: Format) -> Self {
        Tracker { mode, format, known: HashMap::new(), room: Body::default() }
    }

    /// Goes on behind what somebody else sent: the dictionaries of `schema` and their values.
    pub fn resume(mode: DictionaryMode, format: Format, schema: &Schema, sent: &Dictionaries) -> Result<Self> {
        let mut tracker = Tracker::new(mode, format);
        let (mut ids, mut outcome) = (HashSet::new(), Ok(()));
        for field in &schema.fields {
            field.each_dictionary(&mut |field, dictionary| {
                if outcome.is_ok() {
                    let shared = !ids.insert(dictionary.id);
                    let values = sent.get(&dictionary.id);
                    outcome = tracker.know(field, dictionary.id, shared, values).map_err(|e| e.in_field(&field.name));
                }
            });
        }
        outcome.map(|()| tracker)
    }

    fn know(&mut self, field: &Field, id: i64, shared: bool, values: Option<&Arc<Columns>>) -> Result<()> {
        if shared {
            // One batch could change it in two ways.
            let text =
                format!("dictionary {id} belongs to several fields, which this library reads and does not write");
            return Err(Error::unsupported(text));
        }
        let Some(values) = values else { return Ok(()) };
        let arrays = body::arrays_of(field, values);
        let mut known = Known { keys: Keys::of(field, arrays.get(0))?, ..Known::default() };
        if self.mode == DictionaryMode::Unify {
            for slot in 0..known.keys.len() {
                known.slots.entry(known.keys.get(slot).to_vec()).or_insert(slot);
            }
        }
        self.known.insert(id, known);
        Ok(())
    }

    /// Compares the dictionaries of a batch with what was sent. Remembers nothing of them; see [`Tracker::commit`].
    pub fn plan<'v, 'a>(&mut self, fields: &'v [Field], columns: &'v Arrays<'a>) -> Result<Plan<'v, 'a>> {
        let room = std::mem::take(&mut self.room).recycled();
        let mut planner = Planner { tracker: self, plan: Plan::default(), replaced: HashSet::new(), room };
        for (index, field) in fields.iter().enumerate() {
            planner.field(field, columns.get(index), true, false).map_err(|e| e.in_field(&field.name))?;
        }
        let Planner { plan, room, .. } = planner;
        self.room = room.recycled();
        Ok(plan)
    }

    /// Takes note of what was sent.
    pub fn commit(&mut self, plan: Plan<'_, '_>) {
        for update in plan.updates {
            let known = self.known.entry(update.id).or_default();
            if !update.delta {
                *known = Known::default();
            }
            for index in 0..update.keys.len() {
                if update.unified {
                    let slot = known.keys.len();
                    known.slots.entry(update.keys.get(index).to_vec()).or_insert(slot);
                }
                known.keys.push(&update.keys, index);
            }
        }
        for (id, seen) in plan.seen {
            self.known.entry(id).or_default().seen = Some(seen);
        }
    }
}

struct Planner<'t, 'v, 'a> {
    tracker: &'t Tracker,
    plan: Plan<'v, 'a>,
    /// Dictionaries whose old slots mean something else now.
    replaced: HashSet<i64>,
    room: Body<'a>,
}

impl<'v, 'a> Planner<'_, 'v, 'a> {
    fn field(&mut self, field: &'v Field, view: ArrayView<'v, 'a>, encoded: bool, inside: bool) -> Result<()> {
        if let (Some(dictionary), true) = (&field.dictionary, encoded) {
            let values = view.dictionary().ok_or_else(|| Error::argument("the array has no dictionary"))?;
            self.field(field, values, false, true)?;
            return self.dictionary(field, dictionary.id, values, inside);
        }
        for (child, view) in field.children.iter().zip(view.children()) {
            self.field(child, view, true, inside).map_err(|e| e.in_field(&child.name))?;
        }
        Ok(())
    }

    fn dictionary(&mut self, field: &'v Field, id: i64, values: ArrayView<'v, 'a>, inside: bool) -> Result<()> {
        let mut inner = Vec::new();
        field.children.iter().for_each(|child| child.each_dictionary(&mut |_, dictionary| inner.push(dictionary.id)));
        let inner_replaced = inner.iter().any(|id| self.replaced.contains(id));
        self.room = std::mem::take(&mut self.room).recycled();
        let form = Form { version: MetadataVersion::V5, clear_nulls: false, remaps: None };
        body::encode(&mut self.room, form, field, values, (values.offset, values.length), false)?;
        let seen = self.tracker.known.get(&id).and_then(|known| known.seen.as_ref());
        if let Some(seen) = seen.filter(|seen| !inner_replaced && seen.values.is(&self.room)) {
            if let Some(remap) = &seen.remap {
                self.plan.remaps.insert(id, Arc::clone(remap));
            }
            return Ok(());
        }
        let snapshot = Snapshot::of(&self.room)?;
        // Dictionaries that refer to others, or are referred to, keep their slots: they are never unified.
        let unified = self.tracker.mode == DictionaryMode::Unify && inner.is_empty() && !inside;
        self.changed(field, id, values, unified, inner_replaced)?;
        let remap = self.plan.remaps.get(&id).cloned();
        self.plan.seen.push((id, Seen { values: snapshot, remap }));
        Ok(())
    }

    /// A dictionary that differs from that of the last batch.
    fn changed(
        &mut self,
        field: &'v Field,
        id: i64,
        values: ArrayView<'v, 'a>,
        unified: bool,
        inner_replaced: bool,
    ) -> Result<()> {
        let keys = Keys::of(field, values)?;
        let Some(known) = self.tracker.known.get(&id) else {
            let values = Values::View(values, 0, values.length);
            self.plan.updates.push(Update { field, id, delta: false, replacement: false, values, keys, unified });
            return Ok(());
        };
        if unified {
            return self.unify(field, id, values, keys, known);
        }
        if !inner_replaced && known.keys.is_prefix_of(&keys) {
            let (old, new) = (known.keys.len(), keys.len());
            if old == new {
                return Ok(());
            }
            if self.tracker.mode != DictionaryMode::Replace {
                let mut added = Keys::default();
                (old..new).for_each(|index| added.push(&keys, index));
                let values = Values::View(values, old, new - old);
                let update = Update { field, id, delta: true, replacement: false, values, keys: added, unified };
                self.plan.updates.push(update);
                return Ok(());
            }
        }
        if self.tracker.format == Format::File {
            return Err(Error::argument(
                "the dictionary changed, and a file holds one dictionary a field: write deltas, unify, or write a stream",
            ));
        }
        self.replaced.insert(id);
        let values = Values::View(values, 0, values.length);
        self.plan.updates.push(Update { field, id, delta: false, replacement: true, values, keys, unified });
        Ok(())
    }

    fn unify(&mut self, field: &'v Field, id: i64, values: ArrayView<'v, 'a>, keys: Keys, known: &Known) -> Result<()> {
        let mut added = Keys::default();
        let mut added_slots: HashMap<&[u8], usize> = HashMap::new();
        let mut runs: Vec<(usize, usize)> = Vec::new();
        let mut remap = Vec::with_capacity(keys.len());
        for index in 0..keys.len() {
            let key = keys.get(index);
            let slot = match known.slots.get(key).or_else(|| added_slots.get(key)) {
                Some(slot) => *slot,
                None => {
                    let slot = known.keys.len() + added.len();
                    added.push(&keys, index);
                    added_slots.insert(key, slot);
                    match runs.last_mut() {
                        Some((start, length)) if *start + *length == index => *length += 1,
                        _ => runs.push((index, 1)),
                    }
                    slot
                }
            };
            remap.push(slot);
        }
        if remap.iter().enumerate().any(|(from, to)| from != *to) {
            self.plan.remaps.insert(id, remap.into());
        }
        let values = match runs[..] {
            [] => return Ok(()),
            [(start, length)] => Values::View(values, start, length),
            _ => Values::Gathered(gather(field, values, &runs)?),
        };
        self.plan.updates.push(Update {
            field,
            id,
            delta: true,
            replacement: false,
            values,
            keys: added,
            unified: true,
        });
        Ok(())
    }
}

/// The slots of `runs` in one array, joined in pairs so that each value is copied few times.
fn gather(field: &Field, values: ArrayView<'_, '_>, runs: &[(usize, usize)]) -> Result<Columns> {
    let mut parts = Vec::with_capacity(runs.len());
    for (start, length) in runs {
        parts.push(body::copy(field, values, (values.offset + start, *length))?);
    }
    while parts.len() > 1 {
        let pairs = parts.chunks(2);
        parts = pairs
            .map(|pair| match pair {
                [first, second] => concat(field, first, second, u64::MAX),
                _ => Ok(pair[0].clone()),
            })
            .collect::<Result<_>>()?;
    }
    parts.pop().ok_or_else(|| Error::new(crate::Code::Internal, "no values to gather"))
}
