//! Values as cases write them: JSON (made of YAML) to numbers, bytes and trees of metadata, by the tables of [`super::format`].

use std::fmt;

use serde_json::{Map, Value as Json};

use super::format::{Kind, Scalar, StructType, TableType};
use super::tree::{Node, Table, Value};
use crate::case::place::{Path, Step};

/// The word for a field that is left out.
const ABSENT: &str = "absent";
/// Slots of unknown fields go up to here; a vtable has no room for many more.
const LAST_SLOT: usize = 4095;

/// A value that does not say what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError {
    /// Where in the value.
    pub path: Path,
    /// What was found and what was expected.
    pub message: String,
}

impl ValueError {
    /// An error of the value as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        ValueError { path: Path::default(), message: message.into() }
    }

    /// The same error, seen from the value around it.
    #[must_use]
    pub fn below(mut self, step: impl Into<Step>) -> Self {
        self.path.0.insert(0, step.into());
        self
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.path.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        match self.path.0.is_empty() {
            true => write!(f, "{}", self.message),
            false => write!(f, ": {}", self.message),
        }
    }
}

impl std::error::Error for ValueError {}

/// A table, as a mapping of its fields; `KeyValue` also as a pair.
pub fn table(json: &Json, kind: &'static TableType) -> Result<Table, ValueError> {
    let mut table = Table::new(kind);
    match json {
        Json::Object(entries) => {
            for (name, value) in entries {
                // A type that is written down is not the one that its union's value has.
                let own_type = table.kind.slot(name).and_then(|slot| union_type(table.kind, slot));
                let keep = own_type.filter(|(_, type_name)| entries.contains_key(*type_name));
                let kept = keep.map(|(slot, _)| (slot, table.fields[slot].clone()));
                set_field(&mut table, name, value).map_err(|error| error.below(name.as_str()))?;
                if let Some((slot, type_code)) = kept {
                    table.fields[slot] = type_code;
                }
            }
        }
        Json::Array(pair) if kind.name == "KeyValue" && pair.len() == 2 => {
            for (index, name) in ["key", "value"].into_iter().enumerate() {
                set_field(&mut table, name, &pair[index]).map_err(|error| error.below(index))?;
            }
        }
        _ if kind.name == "KeyValue" => return Err(expected("[key, value] or a mapping with them", json)),
        _ => return Err(expected(&format!("a mapping of fields of {}", kind.name), json)),
    }
    Ok(table)
}

/// Sets a field by its name, or by `#SLOT` when the format does not know it. The value of a union sets the type, too; `absent`
/// makes anything absent but a text.
pub fn set_field(table: &mut Table, name: &str, json: &Json) -> Result<(), ValueError> {
    if let Some(slot) = name.strip_prefix('#') {
        return set_unknown(table, slot, json);
    }
    let kind = table.kind;
    let slot = kind.slot(name).ok_or_else(|| ValueError::new(no_field(kind, name)))?;
    let of = &kind.fields[slot].kind;
    if json == ABSENT && !matches!(of, Kind::Text) {
        table.fields[slot] = None;
        return Ok(());
    }
    if let Kind::Union(members) = of {
        let (code, value) = union(json, members)?;
        table.fields[slot - 1] = Some(Value::Scalar(code).into());
        table.fields[slot] = Some(Value::Table(value).into());
    } else {
        table.fields[slot] = Some(value(json, of)?.into());
    }
    Ok(())
}

/// The slot and name of a union's type, by the slot of its value.
pub fn union_type(kind: &'static TableType, slot: usize) -> Option<(usize, &'static str)> {
    let of_union = matches!(kind.fields.get(slot)?.kind, Kind::Union(_));
    of_union.then(|| (slot - 1, kind.fields[slot - 1].name))
}

/// What is said of a name that a table does not have.
pub fn no_field(kind: &TableType, name: &str) -> String {
    let names: Vec<&str> = kind.fields.iter().map(|field| field.name).collect();
    match names.is_empty() {
        true => format!("{} has no fields, and none '{name}'", kind.name),
        false => format!("{} has no field '{name}'; its fields are {}", kind.name, names.join(", ")),
    }
}

fn set_unknown(table: &mut Table, slot: &str, json: &Json) -> Result<(), ValueError> {
    let known = table.kind.fields.len();
    let slot = slot.parse::<usize>().ok().filter(|slot| *slot <= LAST_SLOT);
    let slot = slot.ok_or_else(|| ValueError::new(format!("behind # stands a slot, {known} to {LAST_SLOT}")))?;
    if let Some(field) = table.kind.fields.get(slot) {
        return Err(ValueError::new(format!("slot {slot} of {} is its field '{}'", table.kind.name, field.name)));
    }
    let bytes = if json == ABSENT { None } else { Some(hex(json)?) };
    table.unknown.retain(|(other, _)| *other != slot);
    table.unknown.extend(bytes.map(|bytes| (slot, bytes)));
    Ok(())
}

fn union(json: &Json, members: &[&'static TableType]) -> Result<(i64, Table), ValueError> {
    let empty = Json::Object(Map::new());
    let (name, fields) = match json {
        Json::String(name) => (name, &empty),
        Json::Object(entries) if entries.len() == 1 => match entries.iter().next() {
            Some(entry) => entry,
            None => return Err(expected("{NAME: FIELDS}", json)),
        },
        _ => return Err(expected("{NAME: FIELDS} with the member's name", json)),
    };
    let index = members.iter().position(|member| member.name == name).ok_or_else(|| {
        let names: Vec<&str> = members.iter().map(|member| member.name).collect();
        ValueError::new(format!("the union has no member '{name}'; its members are {}", names.join(", ")))
    })?;
    let value = table(fields, members[index]);
    let value = if json.is_string() { value } else { value.map_err(|error| error.below(name.as_str())) };
    Ok((index as i64 + 1, value?))
}

/// A value of a field or an element of a vector.
pub fn value(json: &Json, kind: &'static Kind) -> Result<Value, ValueError> {
    Ok(match kind {
        Kind::Scalar(of) => Value::Scalar(scalar(json, of)?),
        Kind::Struct(of) => Value::Struct(members(json, of)?),
        Kind::Text => Value::Text(text(json)?),
        Kind::Table(of) => Value::Table(table(json, of)?),
        Kind::Union(of) => Value::Table(union(json, of)?.1),
        Kind::Vector(of) => {
            let Json::Array(items) = json else { return Err(expected("a list", json)) };
            let items = items
                .iter()
                .enumerate()
                .map(|(index, item)| value(item, of).map(Node::from).map_err(|error| error.below(index)));
            Value::Vector(items.collect::<Result<_, _>>()?)
        }
    })
}

/// A number of metadata; enumerations and booleans also by name.
pub fn scalar(json: &Json, of: &Scalar) -> Result<i64, ValueError> {
    let name = match json {
        Json::String(name) => name.as_str(),
        Json::Bool(true) => "true",
        Json::Bool(false) => "false",
        _ => "",
    };
    if let Some(code) = of.names.iter().position(|known| *known == name) {
        return Ok(code as i64);
    }
    let Some(number) = integer(json) else {
        return Err(match of.names {
            [] => expected("a number", json),
            names => expected(&format!("one of {}, or a number", names.join(", ")), json),
        });
    };
    fit(number, of.width, of.signed, is_bits(json))
}

/// A number that a struct's member, field or element of this width can hold; bits (`0x…`) may be those of a negative one.
fn fit(number: i128, width: usize, signed: bool, bits: bool) -> Result<i64, ValueError> {
    let size = 8 * width as u32;
    let (low, high) = match signed {
        true => (-(1_i128 << (size - 1)), (1_i128 << (size - 1)) - 1),
        false => (0, (1_i128 << size) - 1),
    };
    if (low..=high).contains(&number) || bits && (0..1_i128 << size).contains(&number) {
        let shift = 64 - size;
        let value = number as u64 as i64;
        return Ok(if signed { value << shift >> shift } else { value });
    }
    Err(ValueError::new(format!("{number} does not fit {width} bytes, {low} to {high}")))
}

fn members(json: &Json, of: &StructType) -> Result<Vec<i64>, ValueError> {
    let names: Vec<&str> = of.members.iter().map(|(name, ..)| *name).collect();
    let list = names.join(", ");
    match json {
        Json::Array(items) if items.len() == names.len() => {
            let numbers = of.members.iter().zip(items).enumerate();
            numbers.map(|(index, ((_, _, of), item))| scalar(item, of).map_err(|error| error.below(index))).collect()
        }
        Json::Object(entries) => {
            if let Some(name) = entries.keys().find(|name| !names.contains(&name.as_str())) {
                return Err(ValueError::new(format!("{} has no member '{name}'; it has {list}", of.name)));
            }
            let numbers = of.members.iter().map(|(name, _, of_member)| match entries.get(*name) {
                Some(number) => scalar(number, of_member).map_err(|error| error.below(*name)),
                None => Err(ValueError::new(format!("{} needs '{name}'; it has {list}", of.name))),
            });
            numbers.collect()
        }
        _ => Err(expected(&format!("[{list}] or a mapping with them"), json)),
    }
}

/// A text: a string, or `{hex: …}` for bytes that are not UTF-8.
pub fn text(json: &Json) -> Result<Vec<u8>, ValueError> {
    match json {
        Json::String(text) => Ok(text.clone().into_bytes()),
        Json::Object(entries) if entries.len() == 1 && entries.contains_key("hex") => {
            hex(&entries["hex"]).map_err(|error| error.below("hex"))
        }
        _ => Err(expected("a string or {hex: HEX}", json)),
    }
}

/// Bytes as hex digits, with spaces where they help.
pub fn hex(json: &Json) -> Result<Vec<u8>, ValueError> {
    let Json::String(text) = json else { return Err(expected("HEX, bytes as a string of hex digits", json)) };
    let digits = text.chars().filter(|char| *char != ' ').map(|char| char.to_digit(16));
    let digits: Option<Vec<u32>> = digits.collect();
    match digits {
        Some(digits) if digits.len() % 2 == 0 => {
            Ok(digits.chunks_exact(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
        }
        Some(digits) => Err(ValueError::new(format!("{} hex digits make no whole bytes", digits.len()))),
        None => Err(expected("HEX, bytes as a string of hex digits", json)),
    }
}

/// Bytes as hex digits.
pub fn to_hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// An integer: a number, or a string of decimal digits or `0x…`.
pub fn integer(json: &Json) -> Option<i128> {
    match json {
        Json::Number(number) => number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)),
        Json::String(text) => match text.strip_prefix("0x") {
            Some(digits) if !digits.starts_with(['+', '-']) => i128::from_str_radix(digits, 16).ok(),
            Some(_) => None,
            None => text.parse().ok(),
        },
        _ => None,
    }
}

/// Whether a number is written as its bits.
pub fn is_bits(json: &Json) -> bool {
    json.as_str().is_some_and(|text| text.starts_with("0x"))
}

/// A number from 0 that fits memory: an index, a length, a count.
pub fn size(json: &Json) -> Result<usize, ValueError> {
    let number = integer(json).and_then(|number| usize::try_from(number).ok());
    number.filter(|number| *number <= MOST_BYTES).ok_or_else(|| expected("a number from 0", json))
}

/// More bytes of one kind than any case writes; a typing error must not take the machine's memory.
const MOST_BYTES: usize = 1 << 32;

/// `true` or `false`.
pub fn boolean(json: &Json) -> Result<bool, ValueError> {
    json.as_bool().ok_or_else(|| expected("true or false", json))
}

/// An integer of an element with this many bytes, signed or not, as it lies in memory.
pub fn element(json: &Json, width: usize, big_endian: bool) -> Result<Vec<u8>, ValueError> {
    let bits = 8 * width as u32;
    let number = integer(json).ok_or_else(|| expected("a number", json))?;
    let fits = bits >= 128 || (-(1_i128 << (bits - 1))..1_i128 << bits).contains(&number);
    if !fits {
        return Err(ValueError::new(format!("{number} does not fit {width} bytes")));
    }
    let fill = if number < 0 { 0xFF } else { 0 };
    let mut bytes = vec![fill; width];
    for (byte, from) in bytes.iter_mut().zip(number.to_le_bytes()) {
        *byte = from;
    }
    if big_endian {
        bytes.reverse();
    }
    Ok(bytes)
}

/// What was expected and what is there instead.
pub fn expected(what: &str, found: &Json) -> ValueError {
    let mut text = found.to_string();
    if let Some((end, _)) = text.char_indices().nth(60) {
        text.truncate(end);
        text.push('…');
    }
    ValueError::new(format!("expected {what}, found {text}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::format::{DICTIONARY_BATCH, FIELD, MESSAGE, RECORD_BATCH, SCHEMA};

    fn read(json: Json, kind: &'static TableType) -> Table {
        table(&json, kind).unwrap()
    }

    fn refused(json: Json, kind: &'static TableType) -> String {
        table(&json, kind).unwrap_err().to_string()
    }

    #[test]
    fn a_table_has_the_fields_that_are_named_and_no_other() {
        let batch = read(json!({"length": 3, "nodes": [[3, 1], {"null_count": "0x2", "length": "4"}]}), &RECORD_BATCH);
        assert_eq!(batch.scalar("length"), 3);
        let nodes: Vec<_> = batch.vector("nodes").iter().map(|node| node.as_struct().unwrap().to_vec()).collect();
        assert_eq!(nodes, [[3, 1], [4, 2]]);
        assert!(batch.get("buffers").is_none());
    }

    #[test]
    fn a_union_sets_type_and_value_unless_the_type_is_named() {
        let field = read(json!({"type": {"Int": {"bitWidth": 32, "is_signed": true}}, "name": "a"}), &FIELD);
        assert_eq!(field.scalar("type_type"), 2);
        assert_eq!(field.table("type").unwrap().scalar("bitWidth"), 32);
        assert_eq!(field.text("name"), Some(&b"a"[..]));
        for entries in [json!({"type": "Utf8", "type_type": 99}), json!({"type_type": 99, "type": "Utf8"})] {
            let field = read(entries, &FIELD);
            assert_eq!(field.scalar("type_type"), 99);
            assert_eq!(field.table("type").unwrap().kind.name, "Utf8");
        }
        let field = read(json!({"type": "Utf8", "type_type": "absent"}), &FIELD);
        assert!(field.get("type_type").is_none() && field.table("type").is_some());
    }

    #[test]
    fn enumerations_take_names_and_numbers() {
        let schema = read(json!({"endianness": "Big", "features": ["COMPRESSED_BODY", 9]}), &SCHEMA);
        assert_eq!(schema.scalar("endianness"), 1);
        assert_eq!(schema.vector("features")[1].as_scalar(), Some(9));
        assert_eq!(read(json!({"isDelta": true}), &DICTIONARY_BATCH).scalar("isDelta"), 1);
    }

    #[test]
    fn texts_are_strings_or_hex_and_pairs_are_key_values() {
        let schema = read(json!({"custom_metadata": [["k", {"hex": "ff 00"}], {"key": "only"}]}), &SCHEMA);
        let pairs = schema.vector("custom_metadata");
        assert_eq!(pairs[0].as_table().unwrap().text("value"), Some(&[0xFF, 0][..]));
        assert_eq!(pairs[1].as_table().unwrap().text("value"), None);
    }

    #[test]
    fn slots_behind_the_known_ones_hold_bytes() {
        assert_eq!(read(json!({"#9": "0102"}), &MESSAGE).unknown, [(9, vec![1, 2])]);
        assert_eq!(refused(json!({"#2": "00"}), &MESSAGE), "#2: slot 2 of Message is its field 'header'");
        assert_eq!(refused(json!({"#x": "00"}), &MESSAGE), "#x: behind # stands a slot, 5 to 4095");
    }

    #[test]
    fn numbers_are_held_against_their_width() {
        assert_eq!(read(json!({"length": "-9223372036854775808"}), &RECORD_BATCH).scalar("length"), i64::MIN);
        assert_eq!(read(json!({"length": "0xffffffffffffffff"}), &RECORD_BATCH).scalar("length"), -1);
        assert_eq!(
            refused(json!({"endianness": 40000}), &SCHEMA),
            "endianness: 40000 does not fit 2 bytes, -32768 to 32767"
        );
    }

    #[test]
    fn errors_name_the_part_and_what_is_possible() {
        assert_eq!(
            refused(json!({"nodes": [[1, 0], [1]]}), &RECORD_BATCH),
            "nodes[1]: expected [length, null_count] or a mapping with them, found [1]"
        );
        assert_eq!(
            refused(json!({"nodes": [{"length": 1}]}), &RECORD_BATCH),
            "nodes[0]: FieldNode needs 'null_count'; it has length, null_count"
        );
        assert_eq!(
            refused(json!({"nodes": [{"size": 1}]}), &RECORD_BATCH),
            "nodes[0]: FieldNode has no member 'size'; it has length, null_count"
        );
        assert_eq!(refused(json!({"length": null}), &RECORD_BATCH), "length: expected a number, found null");
        assert_eq!(
            refused(json!({"lenght": 1}), &DICTIONARY_BATCH),
            "lenght: DictionaryBatch has no field 'lenght'; its fields are id, data, isDelta"
        );
        assert_eq!(
            refused(json!({"fields": [{"type": {"Int": {"width": 3}}}]}), &SCHEMA),
            "fields[0].type.Int.width: Int has no field 'width'; its fields are bitWidth, is_signed"
        );
        assert_eq!(
            refused(json!({"endianness": "Middle"}), &SCHEMA),
            "endianness: expected one of Little, Big, or a number, found \"Middle\""
        );
        assert_eq!(
            refused(json!({"custom_metadata": [["k"]]}), &SCHEMA),
            "custom_metadata[0]: expected [key, value] or a mapping with them, found [\"k\"]"
        );
        assert_eq!(
            refused(json!({"custom_metadata": [["k", {"hex": "abc"}]]}), &SCHEMA),
            "custom_metadata[0][1].hex: 3 hex digits make no whole bytes"
        );
        assert_eq!(
            refused(json!({"header": {"Batch": {}}}), &MESSAGE),
            "header: the union has no member 'Batch'; its members are Schema, DictionaryBatch, RecordBatch, Tensor, \
             SparseTensor"
        );
        assert_eq!(refused(json!([]), &SCHEMA), "expected a mapping of fields of Schema, found []");
        assert_eq!(hex(&json!(12)).unwrap_err().message, "expected HEX, bytes as a string of hex digits, found 12");
    }

    #[test]
    fn elements_are_numbers_of_either_sign_in_the_given_byte_order() {
        assert_eq!(element(&json!(-2), 4, false), Ok(vec![0xFE, 0xFF, 0xFF, 0xFF]));
        assert_eq!(element(&json!(258), 2, true), Ok(vec![1, 2]));
        assert_eq!(element(&json!(-1), 32, false), Ok(vec![0xFF; 32]));
        assert_eq!(element(&json!(255), 1, false), Ok(vec![0xFF]));
        assert_eq!(element(&json!(256), 1, false).unwrap_err().message, "256 does not fit 1 bytes");
    }
}
