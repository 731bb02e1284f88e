//! Values → buffers as the JSON writes them, dictionaries collected on the way.

use std::collections::HashMap;

use arrowipc_kit::value::{Batch, DataType, Field, Layout, UnionMode, Value, float16};
use serde_json::{Map, Value as Json, json};

use super::output::{Inexpressible, text};

/// Bytes of a view's value that lie in the view.
const MOST_INLINED: usize = 12;
/// Bytes of a longer value that the view repeats.
const PREFIX: usize = 4;

/// Below this, three decimal places make no more than the fifteen digits that a binary64 keeps.
const GREATEST_FLOAT: f64 = 1e12;

/// A field, the dictionary that it points into, and the same for the children.
pub struct Node<'a> {
    pub field: &'a Field,
    pub dictionary: Option<usize>,
    pub children: Vec<Node<'a>>,
}

impl<'a> Node<'a> {
    /// Dictionaries are numbered depth first, a field before its children.
    fn new(field: &'a Field, dictionaries: &mut Vec<&'a Field>) -> Self {
        let dictionary = field.dictionary.as_ref().map(|_| {
            dictionaries.push(field);
            dictionaries.len() - 1
        });
        let children = field.children.iter().map(|child| Self::new(child, dictionaries)).collect();
        Self { field, dictionary, children }
    }

    /// The node whose dictionary has this id.
    fn find(&self, id: usize) -> Option<&Self> {
        if self.dictionary == Some(id) { Some(self) } else { self.children.iter().find_map(|child| child.find(id)) }
    }
}

/// The fields of a schema, and the values of their dictionaries so far.
pub struct Columns<'a> {
    pub nodes: Vec<Node<'a>>,
    dictionaries: Vec<Dictionary>,
}

/// Different values, in the order in which they appear.
#[derive(Default)]
struct Dictionary {
    values: Vec<Value>,
    indices: HashMap<Value, usize>,
}

impl Dictionary {
    fn index(&mut self, value: &Value) -> usize {
        *self.indices.entry(value.clone()).or_insert_with(|| {
            self.values.push(value.clone());
            self.values.len() - 1
        })
    }
}

/// What stands in a slot of an array: a value, or nothing that is ever looked at, as behind a null struct.
type Slot<'v> = Option<&'v Value>;

impl<'a> Columns<'a> {
    /// Of these fields, without values.
    pub fn new(fields: &'a [Field]) -> Self {
        let mut encoded = Vec::new();
        let nodes = fields.iter().map(|field| Node::new(field, &mut encoded)).collect();
        Self { nodes, dictionaries: encoded.iter().map(|_| Dictionary::default()).collect() }
    }

    /// A record batch.
    pub fn batch(&mut self, batch: &Batch) -> Result<Json, Inexpressible> {
        let Self { nodes, dictionaries } = self;
        let columns = nodes.iter().zip(&batch.columns).map(|(node, column)| {
            let slots: Vec<Slot<'_>> = column.values.iter().map(Some).collect();
            Writer { dictionaries }.array(node, &slots, column.layout.as_ref())
        });
        Ok(json!({"count": batch.rows, "columns": columns.collect::<Result<Vec<_>, _>>()?}))
    }

    /// The dictionary batches, once all record batches are written.
    pub fn dictionaries(mut self) -> Result<Vec<Json>, Inexpressible> {
        let mut batches = Vec::new();
        // A dictionary's values may point into other dictionaries, which have higher ids.
        for id in 0..self.dictionaries.len() {
            let Some(node) = self.nodes.iter().find_map(|node| node.find(id)) else { continue };
            let values = std::mem::take(&mut self.dictionaries[id].values);
            let slots: Vec<Slot<'_>> = values.iter().map(Some).collect();
            let mut array =
                Map::from_iter([("name".into(), format!("DICT{id}").into()), ("count".into(), slots.len().into())]);
            Writer { dictionaries: &mut self.dictionaries }
                .plain(node, true, &slots, None, &mut array)
                .map_err(|error| error.within(format!("[{id}]")))?;
            batches.push(json!({"id": id, "data": {"count": slots.len(), "columns": [array]}}));
        }
        Ok(batches)
    }
}

struct Writer<'d> {
    dictionaries: &'d mut Vec<Dictionary>,
}

impl Writer<'_> {
    fn array(&mut self, node: &Node<'_>, slots: &[Slot<'_>], layout: Option<&Layout>) -> Result<Json, Inexpressible> {
        let name = text(&node.field.name)?;
        let mut array = Map::from_iter([("name".into(), name.into()), ("count".into(), slots.len().into())]);
        let written = match node.dictionary {
            Some(id) => self.indices(node, id, slots, layout, &mut array),
            None => self.plain(node, node.field.nullable, slots, layout, &mut array),
        };
        written.map_err(|error| error.within(name))?;
        Ok(Json::Object(array))
    }

    /// An array of indices into a dictionary.
    fn indices(
        &mut self,
        node: &Node<'_>,
        id: usize,
        slots: &[Slot<'_>],
        layout: Option<&Layout>,
        array: &mut Map<String, Json>,
    ) -> Result<(), Inexpressible> {
        let Some(encoding) = &node.field.dictionary else { return Ok(()) };
        let dictionary = &mut self.dictionaries[id];
        // An order that the data give is kept; it means something when the dictionary is ordered.
        let listed = layout.and_then(|layout| layout.dictionary.as_deref()).unwrap_or_default();
        for value in listed.iter().filter(|value| !value.is_null()) {
            dictionary.index(value);
        }
        let valid = slots.iter().map(|slot| slot.filter(|value| !value.is_null()));
        let indices: Vec<Option<usize>> = valid.map(|slot| slot.map(|value| dictionary.index(value))).collect();
        let index_type = encoding.index.data_type();
        let greatest = index_type.integer_range().map_or(0, |(_, greatest)| greatest);
        if dictionary.values.len() as i128 > greatest + 1 {
            let count = dictionary.values.len();
            return Err(Inexpressible::new(format!(
                "{count} values of all batches in one dictionary of {index_type} indices"
            )));
        }
        array.insert("VALIDITY".into(), indices.iter().map(|index| u8::from(index.is_some())).collect());
        let index = |index: &Option<usize>| integer(index_type, index.unwrap_or(0) as i128);
        array.insert("DATA".into(), indices.iter().map(index).collect());
        Ok(())
    }

    /// An array that is not dictionary-encoded, or the values of a dictionary.
    fn plain(
        &mut self,
        node: &Node<'_>,
        nullable: bool,
        slots: &[Slot<'_>],
        layout: Option<&Layout>,
        array: &mut Map<String, Json>,
    ) -> Result<(), Inexpressible> {
        let data_type = &node.field.data_type;
        if data_type.has_validity() {
            let valid = |slot: &Slot<'_>| u8::from(slot.map_or(!nullable, |value| !value.is_null()));
            array.insert("VALIDITY".into(), slots.iter().map(valid).collect());
        }
        let mut children: Vec<Vec<Slot<'_>>> = vec![Vec::new(); node.children.len()];
        // Entries of maps are values of their own, which the slots of the child point at.
        let entries: Vec<Value>;
        match data_type {
            DataType::Null => {}
            DataType::BinaryView | DataType::Utf8View => views(data_type, slots, array)?,
            DataType::List | DataType::LargeList => {
                children[0] = lists(*data_type == DataType::LargeList, slots, array);
            }
            DataType::ListView | DataType::LargeListView => {
                children[0] = list_views(*data_type == DataType::LargeListView, slots, array);
            }
            DataType::Map { .. } => {
                let of_rows = slots.iter().map(|slot| match slot {
                    Some(Value::Map(entries)) => entries.iter().map(|entry| Value::Struct(entry.to_vec())).collect(),
                    _ => Vec::new(),
                });
                let rows: Vec<Vec<Value>> = of_rows.collect();
                offsets(false, rows.iter().map(Vec::len), array);
                entries = rows.into_iter().flatten().collect();
                children[0] = entries.iter().map(Some).collect();
            }
            DataType::FixedSizeList(size) => {
                children[0] = slots
                    .iter()
                    .flat_map(|slot| match slot {
                        Some(Value::List(items)) => items.iter().map(Some).collect(),
                        _ => vec![None; *size as usize],
                    })
                    .collect();
            }
            DataType::Struct => {
                for (index, members) in children.iter_mut().enumerate() {
                    *members = slots.iter().map(|slot| member(*slot, index)).collect();
                }
            }
            DataType::Union { mode, type_ids } => children = union(*mode, type_ids, slots, array)?,
            DataType::RunEndEncoded => return self.runs(node, slots, layout, array),
            _ => {
                let data = slots.iter().map(|slot| scalar(data_type, *slot)).collect::<Result<Json, _>>()?;
                if matches!(data_type, DataType::Binary | DataType::Utf8 | DataType::LargeBinary | DataType::LargeUtf8)
                {
                    let wide = matches!(data_type, DataType::LargeBinary | DataType::LargeUtf8);
                    offsets(wide, slots.iter().map(|slot| slot.map_or(0, length)), array);
                }
                array.insert("DATA".into(), data);
            }
        }
        let layouts = layout.map(|layout| layout.children.as_slice()).unwrap_or_default();
        let arrays = node
            .children
            .iter()
            .zip(children)
            .enumerate()
            .map(|(index, (child, slots))| self.array(child, &slots, layouts.get(index).and_then(Option::as_ref)));
        add_children(array, arrays.collect::<Result<Vec<_>, _>>()?);
        Ok(())
    }

    /// Runs of equal values.
    fn runs(
        &mut self,
        node: &Node<'_>,
        slots: &[Slot<'_>],
        layout: Option<&Layout>,
        array: &mut Map<String, Json>,
    ) -> Result<(), Inexpressible> {
        let [run_ends, values] = node.children.as_slice() else { return Ok(()) };
        let mut ends: Vec<Value> = Vec::new();
        let mut of_runs: Vec<Slot<'_>> = Vec::new();
        for (row, slot) in slots.iter().enumerate() {
            let end = Value::Int(row as i128 + 1);
            match ends.last_mut() {
                Some(last) if of_runs.last() == Some(slot) => *last = end,
                _ => {
                    ends.push(end);
                    of_runs.push(*slot);
                }
            }
        }
        let end_type = &run_ends.field.data_type;
        if end_type.integer_range().is_some_and(|(_, greatest)| slots.len() as i128 > greatest) {
            return Err(Inexpressible::new(format!("{} rows and run ends of {end_type}", slots.len())));
        }
        let ends: Vec<Slot<'_>> = ends.iter().map(Some).collect();
        let layouts = layout.map(|layout| layout.children.as_slice()).unwrap_or_default();
        let values = self.array(values, &of_runs, layouts.get(1).and_then(Option::as_ref))?;
        add_children(array, vec![self.array(run_ends, &ends, None)?, values]);
        Ok(())
    }
}

/// Arrays without children have no such key; some readers refuse an empty list.
fn add_children(array: &mut Map<String, Json>, children: Vec<Json>) {
    if !children.is_empty() {
        array.insert("children".into(), children.into());
    }
}

/// OFFSET of rows with these lengths.
fn offsets(wide: bool, lengths: impl Iterator<Item = usize>, array: &mut Map<String, Json>) {
    let mut end = 0;
    let ends = lengths.map(|length| {
        end += length;
        end
    });
    let offsets: Json = std::iter::once(0).chain(ends).map(|offset| position(wide, offset)).collect();
    array.insert("OFFSET".into(), offsets);
}

/// An offset or size: numbers of 64 bits are strings.
fn position(wide: bool, position: usize) -> Json {
    if wide { position.to_string().into() } else { position.into() }
}

fn list_items(slot: Slot<'_>) -> &[Value] {
    match slot {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

fn lists<'v>(wide: bool, slots: &[Slot<'v>], array: &mut Map<String, Json>) -> Vec<Slot<'v>> {
    offsets(wide, slots.iter().map(|slot| list_items(*slot).len()), array);
    slots.iter().flat_map(|slot| list_items(*slot)).map(Some).collect()
}

fn list_views<'v>(wide: bool, slots: &[Slot<'v>], array: &mut Map<String, Json>) -> Vec<Slot<'v>> {
    let (mut children, mut offsets, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for slot in slots {
        let items = list_items(*slot);
        offsets.push(position(wide, children.len()));
        sizes.push(position(wide, items.len()));
        children.extend(items.iter().map(Some));
    }
    array.insert("OFFSET".into(), offsets.into());
    array.insert("SIZE".into(), sizes.into());
    children
}

fn member(slot: Slot<'_>, index: usize) -> Slot<'_> {
    match slot {
        Some(Value::Struct(members)) => members.get(index),
        _ => None,
    }
}

/// TYPE_ID and OFFSET of a union, and the slots of its members.
fn union<'v>(
    mode: UnionMode,
    type_ids: &[i8],
    slots: &[Slot<'v>],
    array: &mut Map<String, Json>,
) -> Result<Vec<Vec<Slot<'v>>>, Inexpressible> {
    let mut members: Vec<Vec<Slot<'v>>> = vec![Vec::new(); type_ids.len()];
    let (mut ids, mut offsets) = (Vec::new(), Vec::new());
    for slot in slots {
        let (id, value) = match slot {
            Some(Value::Union(id, value)) => (Some(*id), Some(value.as_ref())),
            // What no one looks at selects the first member.
            _ => (type_ids.first().copied(), None),
        };
        let selected = type_ids.iter().position(|known| Some(*known) == id);
        let selected = selected.ok_or_else(|| Inexpressible::new("a slot that no member has a value for"))?;
        ids.push(type_ids[selected]);
        match mode {
            UnionMode::Dense => {
                offsets.push(members[selected].len());
                members[selected].push(value);
            }
            UnionMode::Sparse => {
                for (index, member) in members.iter_mut().enumerate() {
                    member.push(value.filter(|_| index == selected));
                }
            }
        }
    }
    array.insert("TYPE_ID".into(), ids.into());
    if mode == UnionMode::Dense {
        array.insert("OFFSET".into(), offsets.into());
    }
    Ok(members)
}

/// VIEWS, with longer values in one data buffer.
fn views(data_type: &DataType, slots: &[Slot<'_>], array: &mut Map<String, Json>) -> Result<(), Inexpressible> {
    let (mut views, mut buffer) = (Vec::new(), Vec::new());
    for slot in slots {
        let bytes = slot.map_or(&[][..], bytes);
        views.push(if bytes.len() <= MOST_INLINED {
            json!({"SIZE": bytes.len(), "INLINED": scalar(data_type, *slot)?})
        } else {
            let prefix = hex(&bytes[..PREFIX]);
            let view = json!({"SIZE": bytes.len(), "PREFIX_HEX": prefix, "BUFFER_INDEX": 0, "OFFSET": buffer.len()});
            buffer.extend_from_slice(bytes);
            view
        });
    }
    array.insert("VIEWS".into(), views.into());
    let buffers: Vec<String> = if buffer.is_empty() { Vec::new() } else { vec![hex(&buffer)] };
    array.insert("VARIADIC_DATA_BUFFERS".into(), buffers.into());
    Ok(())
}

fn bytes(value: &Value) -> &[u8] {
    match value {
        Value::Bytes(bytes) => bytes,
        Value::Text(text) => text.as_bytes(),
        _ => &[],
    }
}

fn length(value: &Value) -> usize {
    bytes(value).len()
}

/// Hex digits as archery writes them.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// An integer as its type is written: those of 64 bits are strings, which no reader of JSON rounds.
fn integer(data_type: &DataType, integer: i128) -> Json {
    let narrow = data_type.integer_range().is_some_and(|(_, greatest)| greatest <= u32::MAX.into());
    match i64::try_from(integer) {
        Ok(integer) if narrow && !matches!(data_type, DataType::Decimal { .. }) => integer.into(),
        _ => integer.to_string().into(),
    }
}

/// An element of DATA, zero or empty where there is no value.
fn scalar(data_type: &DataType, slot: Slot<'_>) -> Result<Json, Inexpressible> {
    Ok(match slot {
        None | Some(Value::Null) => nothing(data_type),
        Some(Value::Bool(value)) => (*value).into(),
        Some(Value::Int(value)) => integer(data_type, *value),
        Some(Value::Int256(value)) => value.to_string().into(),
        Some(Value::Float16(bits)) => float(float16::to_f64(*bits), |float| float16::from_f64(float) == *bits)?,
        Some(Value::Float32(bits)) => float(f32::from_bits(*bits).into(), |float| (float as f32).to_bits() == *bits)?,
        Some(Value::Float64(bits)) => float(f64::from_bits(*bits), |float| float.to_bits() == *bits)?,
        Some(Value::DayTime { days, milliseconds }) => json!({"days": days, "milliseconds": milliseconds}),
        Some(Value::MonthDayNano { months, days, nanoseconds }) => {
            json!({"months": months, "days": days, "nanoseconds": nanoseconds})
        }
        Some(Value::Bytes(bytes)) => hex(bytes).into(),
        Some(Value::Text(value)) => text(value)?.into(),
        Some(value @ (Value::List(_) | Value::Struct(_) | Value::Map(_) | Value::Union(..))) => {
            return Err(Inexpressible::new(format!("{value:?} as a value of {data_type}")));
        }
    })
}

fn nothing(data_type: &DataType) -> Json {
    match data_type {
        DataType::Bool => false.into(),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => 0.into(),
        DataType::Decimal { .. } => "0".into(),
        DataType::IntervalDayTime => json!({"days": 0, "milliseconds": 0}),
        DataType::IntervalMonthDayNano => json!({"months": 0, "days": 0, "nanoseconds": 0}),
        DataType::FixedSizeBinary(size) => "00".repeat(*size as usize).into(),
        _ if data_type.integer_range().is_some() => integer(data_type, 0),
        _ => "".into(),
    }
}

/// A float, if a number of at most three decimal places is this very one: the format has no others, which readers of JSON may round.
fn float(value: f64, is_same: impl Fn(f64) -> bool) -> Result<Json, Inexpressible> {
    if !value.is_finite() {
        return Err(Inexpressible::new(format!("{value} is no number of JSON")));
    }
    let rounded = (value * 1000.0).round() / 1000.0;
    match serde_json::Number::from_f64(rounded) {
        Some(number) if rounded.abs() < GREATEST_FLOAT && is_same(rounded) => Ok(Json::Number(number)),
        _ => Err(Inexpressible::new(format!("{value:e} has too many digits for a float of three decimal places"))),
    }
}
