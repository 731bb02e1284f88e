//! Buffers → values, dictionaries looked up.

use std::collections::HashMap;

use arrowipc_kit::value::{DataType, Field, UnionMode, Value};
use serde_json::Value as Json;

use super::schema::Node;
use super::{Error, input};

/// The values of every dictionary, by id.
pub struct Dictionaries(HashMap<i64, Vec<Value>>);

impl Dictionaries {
    /// Reads the dictionaries that the schema names, those inside another one's values first.
    pub fn read(schema: &[Node], dictionaries: &[input::Dictionary]) -> Result<Self, Error> {
        let mut read = Self(HashMap::new());
        read.add(schema, dictionaries)?;
        Ok(read)
    }

    fn add(&mut self, nodes: &[Node], dictionaries: &[input::Dictionary]) -> Result<(), Error> {
        for node in nodes {
            self.add(&node.children, dictionaries)?;
            let Some(id) = node.dictionary.filter(|id| !self.0.contains_key(id)) else { continue };
            let Some(position) = dictionaries.iter().position(|dictionary| dictionary.id == id) else {
                return Err(Error::new(format!("a dictionary with id {id}"), "none").at_key("dictionaries"));
            };
            let in_place = |error: Error| error.at_key("data").at_index(position).at_key("dictionaries");
            let [column] = dictionaries[position].data.columns.as_slice() else {
                let found = dictionaries[position].data.columns.len().to_string();
                return Err(in_place(Error::new("one column", found).at_key("columns")));
            };
            let values = self.plain(node, column).map_err(|error| in_place(error.at_index(0).at_key("columns")))?;
            self.0.insert(id, values);
        }
        Ok(())
    }

    /// The values of a batch, column by column.
    pub fn columns(&self, schema: &[Node], batch: &input::Batch) -> Result<Vec<Vec<Value>>, Error> {
        self.all(schema, &batch.columns).map_err(|error| error.at_key("columns"))
    }

    fn all(&self, nodes: &[Node], columns: &[input::Column]) -> Result<Vec<Vec<Value>>, Error> {
        if nodes.len() != columns.len() {
            return Err(Error::new(format!("{} columns, one a field", nodes.len()), columns.len().to_string()));
        }
        let columns = nodes.iter().zip(columns).enumerate();
        columns
            .map(|(index, (node, column))| self.values(node, column).map_err(|error| error.at_index(index)))
            .collect()
    }

    /// The values of an array: looked up in the dictionary, if it has one.
    fn values(&self, node: &Node, column: &input::Column) -> Result<Vec<Value>, Error> {
        let Some(dictionary) = node.dictionary.and_then(|id| self.0.get(&id)) else {
            return self.plain(node, column);
        };
        column.each_valid(|index| {
            let position = usize::try_from(integer(index)?).ok();
            position.and_then(|position| dictionary.get(position)).cloned().ok_or_else(|| {
                Error::new(format!("an index into a dictionary of {} values", dictionary.len()), index.to_string())
            })
        })
    }

    /// The values of an array that is not dictionary-encoded.
    fn plain(&self, node: &Node, column: &input::Column) -> Result<Vec<Value>, Error> {
        let mut children = self.all(&node.children, &column.children).map_err(|error| error.at_key("children"))?;
        match &node.field.data_type {
            DataType::Null => Ok(vec![Value::Null; column.count]),
            view @ (DataType::BinaryView | DataType::Utf8View) => column.views(view),
            DataType::List | DataType::LargeList => column.lists(&children[0], |items| Ok(Value::List(items))),
            DataType::ListView | DataType::LargeListView => column.list_views(&children[0]),
            DataType::Map { .. } => column.lists(&children[0], |entries| {
                entries.into_iter().map(entry).collect::<Result<_, _>>().map(Value::Map)
            }),
            DataType::FixedSizeList(size) => {
                let size = *size as usize;
                column.rows(|row| Ok(Value::List(items(&children[0], row * size, size)?)))
            }
            DataType::Struct => column.rows(|row| {
                children.iter().map(|values| item(values, row)).collect::<Result<_, _>>().map(Value::Struct)
            }),
            DataType::Union { mode, type_ids } => column.union(*mode, type_ids, &children),
            DataType::RunEndEncoded => {
                let values = children.pop().unwrap_or_default();
                let ends = children.pop().unwrap_or_default();
                column.runs(&ends, &values)
            }
            _ => column.each_valid(|json| scalar(&node.field, json)),
        }
    }
}

impl input::Column {
    /// A value a row, null where the validity says so.
    fn rows(&self, mut value: impl FnMut(usize) -> Result<Value, Error>) -> Result<Vec<Value>, Error> {
        let validity =
            self.validity.as_deref().map(|validity| self.sized("VALIDITY", validity, self.count)).transpose()?;
        (0..self.count)
            .map(|row| match validity.map(|validity| boolean(&validity[row])) {
                None | Some(Ok(true)) => value(row),
                Some(Ok(false)) => Ok(Value::Null),
                Some(Err(error)) => Err(error.at_index(row).at_key("VALIDITY")),
            })
            .collect()
    }

    /// A value for each valid element of DATA.
    fn each_valid(&self, mut value: impl FnMut(&Json) -> Result<Value, Error>) -> Result<Vec<Value>, Error> {
        let data = self.buffer("DATA", self.data.as_deref(), self.count)?;
        self.rows(|row| value(&data[row]).map_err(|error| error.at_index(row).at_key("DATA")))
    }

    fn lists(
        &self,
        items_of: &[Value],
        list: impl Fn(Vec<Value>) -> Result<Value, Error>,
    ) -> Result<Vec<Value>, Error> {
        // Without rows, older writers leave out the only offset.
        let expected =
            if self.count == 0 && self.offset.as_ref().is_none_or(Vec::is_empty) { 0 } else { self.count + 1 };
        let offsets = positions("OFFSET", self.buffer("OFFSET", self.offset.as_deref(), expected)?)?;
        self.rows(|row| {
            let length = offsets[row + 1].checked_sub(offsets[row]).ok_or_else(|| {
                Error::new(format!("at least {}", offsets[row]), offsets[row + 1].to_string())
                    .at_index(row + 1)
                    .at_key("OFFSET")
            })?;
            list(items(items_of, offsets[row], length)?)
        })
    }

    fn list_views(&self, items_of: &[Value]) -> Result<Vec<Value>, Error> {
        let offsets = positions("OFFSET", self.buffer("OFFSET", self.offset.as_deref(), self.count)?)?;
        let sizes = positions("SIZE", self.buffer("SIZE", self.size.as_deref(), self.count)?)?;
        self.rows(|row| Ok(Value::List(items(items_of, offsets[row], sizes[row])?)))
    }

    fn union(&self, mode: UnionMode, type_ids: &[i8], members: &[Vec<Value>]) -> Result<Vec<Value>, Error> {
        let ids = self.buffer("TYPE_ID", self.type_id.as_deref(), self.count)?;
        let offsets = match mode {
            UnionMode::Sparse => None,
            UnionMode::Dense => Some(positions("OFFSET", self.buffer("OFFSET", self.offset.as_deref(), self.count)?)?),
        };
        self.rows(|row| {
            let member = type_ids.iter().position(|id| ids[row].as_i64() == Some((*id).into())).ok_or_else(|| {
                Error::new(format!("one of the type ids {type_ids:?}"), ids[row].to_string())
                    .at_index(row)
                    .at_key("TYPE_ID")
            })?;
            let position = offsets.as_ref().map_or(row, |offsets| offsets[row]);
            Ok(Value::Union(type_ids[member], Box::new(item(&members[member], position)?)))
        })
    }

    fn runs(&self, ends: &[Value], values: &[Value]) -> Result<Vec<Value>, Error> {
        let mut rows = Vec::with_capacity(self.count);
        for (run, (end, value)) in ends.iter().zip(values).enumerate() {
            let possible = rows.len() + 1..=self.count;
            let (end, found) = match end {
                Value::Int(end) => (usize::try_from(*end).ok().filter(|end| possible.contains(end)), end.to_string()),
                _ => (None, "null".into()),
            };
            let end = end.ok_or_else(|| {
                let expected = format!("a run end from {} to {}", possible.start(), possible.end());
                Error::new(expected, found).at_index(run).at_key("DATA").at_index(0).at_key("children")
            })?;
            rows.resize(end, value.clone());
        }
        if rows.len() != self.count {
            let expected = format!("runs that end at {}, the number of rows", self.count);
            return Err(Error::new(expected, rows.len().to_string()).at_key("children"));
        }
        Ok(rows)
    }

    fn views(&self, data_type: &DataType) -> Result<Vec<Value>, Error> {
        let views = self.views.as_deref().unwrap_or_default();
        if views.len() != self.count {
            return Err(Error::new(self.elements(self.count), views.len().to_string()).at_key("VIEWS"));
        }
        let buffers = self.variadic_data_buffers.iter().enumerate().map(|(index, digits)| {
            bytes(digits).map_err(|error| error.at_index(index).at_key("VARIADIC_DATA_BUFFERS"))
        });
        let buffers = buffers.collect::<Result<Vec<_>, _>>()?;
        self.rows(|row| views[row].value(data_type, &buffers).map_err(|error| error.at_index(row).at_key("VIEWS")))
    }

    /// A buffer that must be there unless it has no elements.
    fn buffer<'a>(&self, key: &str, buffer: Option<&'a [Json]>, length: usize) -> Result<&'a [Json], Error> {
        self.sized(key, buffer.unwrap_or_default(), length)
    }

    fn sized<'a>(&self, key: &str, buffer: &'a [Json], length: usize) -> Result<&'a [Json], Error> {
        if buffer.len() == length {
            Ok(buffer)
        } else {
            Err(Error::new(self.elements(length), buffer.len().to_string()).at_key(key))
        }
    }

    fn elements(&self, length: usize) -> String {
        format!("{length} elements for {} rows", self.count)
    }
}

impl input::View {
    fn value(&self, data_type: &DataType, buffers: &[Vec<u8>]) -> Result<Value, Error> {
        let bytes = match (&self.inlined, self.buffer_index, self.offset) {
            (Some(text), _, _) if *data_type == DataType::Utf8View => text.as_bytes().to_vec(),
            (Some(digits), _, _) => bytes(digits).map_err(|error| error.at_key("INLINED"))?,
            (None, Some(index), Some(offset)) => {
                let range = buffers.get(index).and_then(|buffer| buffer.get(offset..offset.checked_add(self.size)?));
                let range = range.ok_or_else(|| {
                    let place = format!("{} bytes at {offset} of buffer {index}", self.size);
                    Error::new("a range inside VARIADIC_DATA_BUFFERS", place)
                })?;
                let prefix = self.prefix_hex.as_deref().unwrap_or_default();
                let start = range.iter().take(prefix.len() / 2).map(|byte| format!("{byte:02x}")).collect::<String>();
                if !prefix.eq_ignore_ascii_case(&start) {
                    let expected = format!("the first bytes of the value, {start}");
                    return Err(Error::new(expected, prefix).at_key("PREFIX_HEX"));
                }
                range.to_vec()
            }
            _ => return Err(Error::new("INLINED, or BUFFER_INDEX and OFFSET", "neither")),
        };
        if bytes.len() != self.size {
            return Err(Error::new(format!("{} bytes", self.size), bytes.len().to_string()));
        }
        Ok(if *data_type == DataType::Utf8View { Value::Text(bytes.into()) } else { Value::Bytes(bytes) })
    }
}

/// Key and value of a map's entry.
fn entry(entry: Value) -> Result<[Value; 2], Error> {
    let members = match entry {
        Value::Struct(members) => members,
        _ => Vec::new(),
    };
    members
        .try_into()
        .map_err(|_| Error::new("an entry of key and value", "a null entry").at_index(0).at_key("children"))
}

fn item(values: &[Value], index: usize) -> Result<Value, Error> {
    values.get(index).cloned().ok_or_else(|| {
        let expected = format!("item {index} of a child");
        Error::new(expected, format!("a child of {} items", values.len())).at_key("children")
    })
}

fn items(values: &[Value], start: usize, length: usize) -> Result<Vec<Value>, Error> {
    let range = start.checked_add(length).and_then(|end| values.get(start..end));
    range.map(<[Value]>::to_vec).ok_or_else(|| {
        let expected = format!("items {start} to {} of a child", start.saturating_add(length));
        Error::new(expected, format!("a child of {} items", values.len())).at_key("children")
    })
}

/// The value of one element of DATA.
fn scalar(field: &Field, json: &Json) -> Result<Value, Error> {
    let members = |keys: &[&str]| keys.iter().map(|key| json.get(*key).cloned().unwrap_or_default()).collect();
    match field.data_type {
        _ if json.is_null() => Err(Error::new(format!("a value of {}", field.data_type), "null")),
        DataType::Bool => boolean(json).map(Value::Bool),
        DataType::IntervalDayTime => natural(field, &members(&["days", "milliseconds"])),
        DataType::IntervalMonthDayNano => natural(field, &members(&["months", "days", "nanoseconds"])),
        _ => natural(field, json),
    }
}

/// Most values are written as cases write them.
fn natural(field: &Field, json: &Json) -> Result<Value, Error> {
    Value::from_natural(field, json).map_err(|error| Error {
        place: error.path,
        expected: error.expected,
        found: error.found,
    })
}

/// True and false; the format's text says 1 and 0 where archery writes `true` and `false`.
fn boolean(json: &Json) -> Result<bool, Error> {
    json.as_bool()
        .or(match json.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        })
        .ok_or_else(|| Error::new("0, 1, true or false", json.to_string()))
}

/// An integer, which is a string when it need not fit a JSON reader's floats.
fn integer(json: &Json) -> Result<i128, Error> {
    let integer = match json {
        Json::String(text) => text.parse().ok(),
        number => number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)),
    };
    integer.ok_or_else(|| Error::new("an integer", json.to_string()))
}

fn positions(key: &str, buffer: &[Json]) -> Result<Vec<usize>, Error> {
    let position = |(index, json): (usize, &Json)| {
        let position = integer(json).ok().and_then(|position| usize::try_from(position).ok());
        position.ok_or_else(|| Error::new("a position", json.to_string()).at_index(index).at_key(key))
    };
    buffer.iter().enumerate().map(position).collect()
}

fn bytes(digits: &str) -> Result<Vec<u8>, Error> {
    match natural(&Field::new("", DataType::Binary), &digits.into())? {
        Value::Bytes(bytes) => Ok(bytes),
        other => Err(Error::new("bytes", format!("{other:?}"))),
    }
}
