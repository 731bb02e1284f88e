//! The bytes of a buffer, written as values.

use arrowipc_kit::value::float16;
use serde_json::{Map, Value as Json};

use crate::wire::value::{self, ValueError, expected};

/// The keys that say what a buffer holds; a buffer has one, or none and no bytes.
pub const KEYS: &[&str] = &[
    "bits", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "text", "hex", "zeros", "views",
];

/// Bytes of a view.
pub const VIEW: usize = 16;
/// Bytes that a view can hold itself.
pub const INLINE: usize = 12;

/// The members of a view of more than [`INLINE`] bytes: name, place, bytes.
pub const VIEW_MEMBERS: &[(&str, usize, usize)] =
    &[("length", 0, 4), ("prefix", 4, 4), ("buffer_index", 8, 4), ("offset", 12, 4)];

/// Where a member of a view lies in it, and how many bytes it has; that of what is none of [`VIEW_MEMBERS`] is `inline`.
pub fn view_member(name: &str) -> (usize, usize) {
    let member = VIEW_MEMBERS.iter().find(|(member, ..)| *member == name);
    member.map_or((VIEW - INLINE, INLINE), |(_, at, size)| (*at, *size))
}

/// Bytes and how many of them an element has (0 for bits).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The size of an element, where the key tells it.
    pub element: Option<usize>,
}

/// What the one of [`KEYS`] says that is there.
pub fn content(entries: &Map<String, Json>, big_endian: bool) -> Result<Content, ValueError> {
    let mut keys = KEYS.iter().filter(|key| entries.contains_key(**key));
    let Some(key) = keys.next() else { return Ok(Content::default()) };
    if let Some(other) = keys.next() {
        return Err(ValueError::new(format!("a buffer holds one thing, and both '{key}' and '{other}' are there")));
    }
    of_key(key, &entries[*key], big_endian).map_err(|error| error.below(*key))
}

fn of_key(key: &str, json: &Json, big_endian: bool) -> Result<Content, ValueError> {
    let fixed = |bytes, element| Ok(Content { bytes, element: Some(element) });
    match key {
        "bits" => fixed(bits(json)?, 0),
        "text" => fixed(value::text(json)?, 1),
        "hex" => Ok(Content { bytes: value::hex(json)?, element: None }),
        "zeros" => Ok(Content { bytes: vec![0; value::size(json)?], element: None }),
        "views" => fixed(list(json, |item| view(item, big_endian))?, VIEW),
        _ => match key.strip_prefix("float") {
            Some(bits) => {
                let width = bits.parse().unwrap_or(64) / 8;
                fixed(list(json, |item| float(item, width, big_endian))?, width)
            }
            None => {
                let (signed, bits) = match key.strip_prefix("uint") {
                    Some(bits) => (false, bits),
                    None => (true, key.trim_start_matches("int")),
                };
                let width = bits.parse().unwrap_or(64) / 8;
                fixed(list(json, |item| number(item, width, signed, big_endian))?, width)
            }
        },
    }
}

fn list(json: &Json, one: impl Fn(&Json) -> Result<Vec<u8>, ValueError>) -> Result<Vec<u8>, ValueError> {
    let Json::Array(items) = json else { return Err(expected("a list", json)) };
    let mut bytes = Vec::new();
    for (index, item) in items.iter().enumerate() {
        bytes.extend(one(item).map_err(|error| error.below(index))?);
    }
    Ok(bytes)
}

/// A list of 0 and 1, the first in the lowest bit.
pub fn bits(json: &Json) -> Result<Vec<u8>, ValueError> {
    let Json::Array(items) = json else { return Err(expected("a list of 0 and 1", json)) };
    let mut bytes = vec![0; items.len().div_ceil(8)];
    for (index, item) in items.iter().enumerate() {
        bytes[index / 8] |= u8::from(bit(item).map_err(|error| error.below(index))?) << (index % 8);
    }
    Ok(bytes)
}

/// 0 or 1, false or true.
pub fn bit(json: &Json) -> Result<bool, ValueError> {
    match (json.as_bool(), json.as_u64()) {
        (Some(bit), _) => Ok(bit),
        (None, Some(bit @ 0..=1)) => Ok(bit == 1),
        _ => Err(expected("0 or 1", json)),
    }
}

fn number(json: &Json, width: usize, signed: bool, big_endian: bool) -> Result<Vec<u8>, ValueError> {
    let number = value::integer(json).ok_or_else(|| expected("a number", json))?;
    let bits = 8 * width as u32;
    let range = match signed {
        true => -(1_i128 << (bits - 1))..1_i128 << (bits - 1),
        false => 0..1_i128 << bits,
    };
    match range.contains(&number) || value::is_bits(json) {
        true => value::element(json, width, big_endian),
        false => {
            let name = if signed { "int" } else { "uint" };
            Err(ValueError::new(format!("{number} is no {name}{bits}")))
        }
    }
}

/// A float of 2, 4 or 8 bytes: a number, `nan`, `inf`, `-inf`, or its bits as `0x…`.
pub fn float(json: &Json, width: usize, big_endian: bool) -> Result<Vec<u8>, ValueError> {
    if value::is_bits(json) {
        return value::element(json, width, big_endian);
    }
    let number = match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    };
    let number = number.ok_or_else(|| expected("a number, nan, inf, -inf or 0x…", json))?;
    let mut bytes = match width {
        2 => float16::from_f64(number).to_le_bytes().to_vec(),
        4 => (number as f32).to_le_bytes().to_vec(),
        _ => number.to_le_bytes().to_vec(),
    };
    if big_endian {
        bytes.reverse();
    }
    Ok(bytes)
}

/// A view: a string or `{hex: …}` of at most 12 bytes, or `{length, prefix, buffer_index, offset}`, where what is left out is 0.
pub fn view(json: &Json, big_endian: bool) -> Result<Vec<u8>, ValueError> {
    let mut view = vec![0; VIEW];
    match json {
        Json::Object(entries) if !entries.contains_key("hex") => {
            for (key, json) in entries {
                set_view_member(&mut view, key, json, big_endian).map_err(|error| error.below(key.as_str()))?;
            }
        }
        _ => {
            let text = value::text(json)?;
            let length = value::element(&text.len().into(), 4, big_endian)?;
            view[..4].copy_from_slice(&length);
            place(&mut view[4..], &text, "a view")?;
        }
    }
    Ok(view)
}

/// Sets `length`, `prefix`, `buffer_index`, `offset` or `inline` of a view.
pub fn set_view_member(view: &mut [u8], name: &str, json: &Json, big_endian: bool) -> Result<(), ValueError> {
    if name == "inline" {
        return place(&mut view[4..], &value::text(json)?, "a view");
    }
    let member = VIEW_MEMBERS.iter().find(|(member, ..)| *member == name);
    let Some((_, at, width)) = member else {
        return Err(ValueError::new(format!(
            "a view has no '{name}'; it has length, prefix, buffer_index, offset, inline"
        )));
    };
    let into = &mut view[*at..at + width];
    match name {
        "prefix" => place(into, &value::text(json)?, "the prefix of a view"),
        _ => {
            into.copy_from_slice(&value::element(json, *width, big_endian)?);
            Ok(())
        }
    }
}

fn place(into: &mut [u8], bytes: &[u8], what: &str) -> Result<(), ValueError> {
    if bytes.len() > into.len() {
        return Err(ValueError::new(format!("{what} holds {} bytes, and these are {}", into.len(), bytes.len())));
    }
    into.fill(0);
    into[..bytes.len()].copy_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::value::to_hex;

    fn made(json: Json, big_endian: bool) -> (String, Option<usize>) {
        let content = content(json.as_object().unwrap(), big_endian).unwrap();
        (to_hex(&content.bytes), content.element)
    }

    fn refused(json: Json) -> String {
        content(json.as_object().unwrap(), false).unwrap_err().to_string()
    }

    #[test]
    fn every_key_makes_its_bytes() {
        let table = [
            (json!({}), "", None),
            (json!({"bits": [1, 0, true, 0, 0, 0, 0, 0, 1]}), "0501", Some(0)),
            (json!({"int8": [-1, 1]}), "ff01", Some(1)),
            (json!({"int16": [-2]}), "feff", Some(2)),
            (json!({"int32": [1, "-1"]}), "01000000ffffffff", Some(4)),
            (json!({"int64": ["0x8000000000000000"]}), "0000000000000080", Some(8)),
            (json!({"uint8": [255]}), "ff", Some(1)),
            (json!({"uint16": [65535]}), "ffff", Some(2)),
            (json!({"uint32": [4294967295_u32]}), "ffffffff", Some(4)),
            (json!({"uint64": ["18446744073709551615"]}), "ffffffffffffffff", Some(8)),
            (json!({"float16": [1.0, "nan"]}), "003c007e", Some(2)),
            (json!({"float32": [1, "0x7fc00001"]}), "0000803f0100c07f", Some(4)),
            (json!({"float64": ["-inf"]}), "000000000000f0ff", Some(8)),
            (json!({"text": "ab"}), "6162", Some(1)),
            (json!({"hex": "00 FF"}), "00ff", None),
            (json!({"zeros": 3}), "000000", None),
            (
                json!({"views": ["abc", {"hex": "ff"}]}),
                "03000000616263000000000000000000 01000000ff0000000000000000000000",
                Some(16),
            ),
            (
                json!({"views": [{"length": 13, "prefix": "abcd", "buffer_index": 1, "offset": 2}]}),
                "0d000000616263640100000002000000",
                Some(16),
            ),
        ];
        for (json, bytes, element) in table {
            assert_eq!(made(json.clone(), false), (bytes.replace(' ', ""), element), "{json}");
        }
    }

    #[test]
    fn numbers_follow_the_byte_order_of_the_schema() {
        assert_eq!(made(json!({"int32": [1]}), true).0, "00000001");
        assert_eq!(made(json!({"float32": [1.0]}), true).0, "3f800000");
        assert_eq!(made(json!({"views": [{"length": 1, "offset": 2}]}), true).0, "00000001000000000000000000000002");
    }

    #[test]
    fn what_cannot_be_a_content_is_named() {
        assert_eq!(
            refused(json!({"text": "", "hex": ""})),
            "a buffer holds one thing, and both 'text' and 'hex' are there"
        );
        assert_eq!(refused(json!({"int8": [0, 128]})), "int8[1]: 128 is no int8");
        assert_eq!(refused(json!({"uint16": [-1]})), "uint16[0]: -1 is no uint16");
        assert_eq!(refused(json!({"int8": 3})), "int8: expected a list, found 3");
        assert_eq!(refused(json!({"int8": [1.5]})), "int8[0]: expected a number, found 1.5");
        assert_eq!(
            refused(json!({"float32": ["x"]})),
            "float32[0]: expected a number, nan, inf, -inf or 0x…, found \"x\""
        );
        assert_eq!(refused(json!({"bits": [2]})), "bits[0]: expected 0 or 1, found 2");
        assert_eq!(refused(json!({"bits": "01"})), "bits: expected a list of 0 and 1, found \"01\"");
        assert_eq!(refused(json!({"zeros": -1})), "zeros: expected a number from 0, found -1");
        assert_eq!(refused(json!({"views": ["thirteen byte"]})), "views[0]: a view holds 12 bytes, and these are 13");
        assert_eq!(
            refused(json!({"views": [{"size": 3}]})),
            "views[0].size: a view has no 'size'; it has length, prefix, buffer_index, offset, inline"
        );
        assert_eq!(
            refused(json!({"views": [{"prefix": "abcde"}]})),
            "views[0].prefix: the prefix of a view holds 4 bytes, and these are 5"
        );
    }
}
