//! Canonical text: no spaces, fixed order of keys, no escape that RFC 8259 does not require.

use super::generate::Algorithm;
use super::text::write_hex;
use super::{
    Batch, Column, Data, Document, Field, Generate, Generator, Int256, Layout, Metadata, Schema, Text, Validity, Value,
};

/// What has a canonical text.
pub trait Canonical {
    /// Appends the canonical text.
    fn write_canonical(&self, out: &mut Vec<u8>);

    /// The canonical text.
    fn canonical(&self) -> String {
        let mut out = Vec::new();
        self.write_canonical(&mut out);
        // Whatever is not UTF-8 is written as hex.
        String::from_utf8_lossy(&out).into_owned()
    }
}

impl<T: Canonical> Canonical for &T {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        (**self).write_canonical(out);
    }
}

impl<T: Canonical> Canonical for Option<T> {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write_canonical(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl Canonical for Value {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        match self {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Value::Int(value) => write_quoted_integer(*value, out),
            Value::Int256(value) => write_quoted_int256(value, out),
            Value::Float16(bits) => write_quoted_hex(&bits.to_be_bytes(), out),
            Value::Float32(bits) => write_quoted_hex(&bits.to_be_bytes(), out),
            Value::Float64(bits) => write_quoted_hex(&bits.to_be_bytes(), out),
            Value::DayTime { days, milliseconds } => {
                write_array([i128::from(*days), i128::from(*milliseconds)], out, write_quoted_integer);
            }
            Value::MonthDayNano { months, days, nanoseconds } => {
                let parts = [i128::from(*months), i128::from(*days), i128::from(*nanoseconds)];
                write_array(parts, out, write_quoted_integer);
            }
            Value::Bytes(bytes) => write_quoted_hex(bytes, out),
            Value::Text(text) => text.write_canonical(out),
            Value::List(items) | Value::Struct(items) => write_canonicals(items, out),
            Value::Map(entries) => write_array(entries, out, write_canonicals),
            Value::Union(type_id, value) => {
                out.extend_from_slice(b"{\"");
                write_integer(i128::from(*type_id), out);
                out.extend_from_slice(b"\":");
                value.write_canonical(out);
                out.push(b'}');
            }
        }
    }
}

impl Canonical for Text {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        match self.as_str() {
            Some(text) => write_string(text, out),
            None => {
                out.extend_from_slice(b"{\"hex\":");
                write_quoted_hex(self.as_bytes(), out);
                out.push(b'}');
            }
        }
    }
}

impl Canonical for Metadata {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        write_array(&self.0, out, |(key, value), out| write_canonicals([key, value], out));
    }
}

impl Canonical for Field {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"name\":");
        self.name.write_canonical(out);
        out.extend_from_slice(b",\"type\":");
        write_string(&self.data_type.to_string(), out);
        out.extend_from_slice(if self.nullable { b",\"nullable\":true" } else { b",\"nullable\":false" });
        out.extend_from_slice(b",\"metadata\":");
        self.metadata.write_canonical(out);
        if let Some(dictionary) = &self.dictionary {
            let text =
                format!(",\"dictionary\":{{\"index\":\"{}\",\"ordered\":{}}}", dictionary.index, dictionary.ordered);
            out.extend_from_slice(text.as_bytes());
        }
        out.extend_from_slice(b",\"children\":");
        write_canonicals(&self.children, out);
        out.push(b'}');
    }
}

impl Canonical for Schema {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"fields\":");
        write_canonicals(&self.fields, out);
        out.extend_from_slice(b",\"metadata\":");
        self.metadata.write_canonical(out);
        out.push(b'}');
    }
}

impl Canonical for Document {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"schema\":");
        self.schema.write_canonical(out);
        match &self.data {
            Data::Batches(batches) => {
                out.extend_from_slice(b",\"batches\":");
                write_canonicals(batches, out);
            }
            Data::Generate(generate) => {
                out.extend_from_slice(b",\"generate\":");
                generate.write_canonical(out);
            }
        }
        out.push(b'}');
    }
}

impl Canonical for Batch {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        write_batch_head(self.rows, &self.metadata, out);
        write_canonicals(&self.columns, out);
        out.push(b'}');
    }
}

/// A batch up to its columns.
pub(super) fn write_batch_head(rows: usize, metadata: &Metadata, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"rows\":");
    write_count(rows, out);
    out.extend_from_slice(b",\"metadata\":");
    metadata.write_canonical(out);
    out.extend_from_slice(b",\"columns\":");
}

impl Canonical for Column {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        match &self.layout {
            None => write_canonicals(&self.values, out),
            Some(layout) => {
                out.extend_from_slice(b"{\"values\":");
                write_canonicals(&self.values, out);
                out.extend_from_slice(b",\"layout\":");
                layout.write_canonical(out);
                out.push(b'}');
            }
        }
    }
}

impl Canonical for Layout {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::begin(out);
        object.count("offset", Some(self.offset).filter(|offset| *offset > 0));
        object.count("tail", Some(self.tail).filter(|tail| *tail > 0));
        object.literal("validity", self.validity == Some(Validity::Present), b"\"present\"");
        object.literal("validity", self.validity == Some(Validity::Absent), b"\"absent\"");
        object.literal("null_count", self.unknown_null_count, b"\"unknown\"");
        object.count("first_offset", Some(self.first_offset).filter(|offset| *offset > 0));
        object.literal("behind_nulls", self.junk_behind_nulls, b"\"junk\"");
        object.literal("unaligned", self.unaligned, b"true");
        object.literal("null_offsets", self.null_offsets, b"true");
        object.count("view_block", self.view_block);
        if let Some(runs) = &self.runs {
            write_array(runs, object.key("runs"), |run, out| write_integer(i128::from(*run), out));
        }
        if let Some(dictionary) = &self.dictionary {
            write_canonicals(dictionary, object.key("dictionary"));
        }
        if let Some(indices) = &self.indices {
            write_array(indices, object.key("indices"), |index, out| match index {
                Some(index) => write_integer(i128::from(*index), out),
                None => out.extend_from_slice(b"null"),
            });
        }
        if !self.children.is_empty() {
            write_canonicals(&self.children, object.key("children"));
        }
        if let Some(values) = &self.values {
            values.write_canonical(object.key("values"));
        }
        object.end();
    }
}

impl Canonical for Generate {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"batches\":");
        write_count(self.batches, out);
        out.extend_from_slice(b",\"rows\":");
        write_count(self.rows, out);
        out.extend_from_slice(b",\"columns\":");
        write_canonicals(&self.columns, out);
        out.push(b'}');
    }
}

impl Canonical for Generator {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::begin(out);
        write_string(Algorithm::of(self).as_str(), object.key("algo"));
        match self {
            Generator::Sequence { start, step } => {
                write_integer(*start, object.key("start"));
                write_integer(*step, object.key("step"));
            }
            Generator::Random { seed, nulls } => {
                write_integer(i128::from(*seed), object.key("seed"));
                let nulls = nulls.to_string();
                object.key("nulls").extend_from_slice(nulls.as_bytes());
            }
        }
        object.end();
    }
}

/// An object whose keys may all be left out.
struct ObjectWriter<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
}

impl<'a> ObjectWriter<'a> {
    fn begin(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        ObjectWriter { out, empty: true }
    }

    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
        write_string(key, self.out);
        self.out.push(b':');
        self.out
    }

    fn count(&mut self, key: &str, count: Option<usize>) {
        if let Some(count) = count {
            write_count(count, self.key(key));
        }
    }

    fn literal(&mut self, key: &str, present: bool, literal: &[u8]) {
        if present {
            self.key(key).extend_from_slice(literal);
        }
    }

    fn end(self) {
        self.out.push(b'}');
    }
}

pub(super) fn write_array<T>(items: impl IntoIterator<Item = T>, out: &mut Vec<u8>, write: impl Fn(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}

pub(super) fn write_canonicals<T: Canonical>(items: impl IntoIterator<Item = T>, out: &mut Vec<u8>) {
    write_array(items, out, |item, out| item.write_canonical(out));
}

pub(super) fn write_quoted_integer(value: i128, out: &mut Vec<u8>) {
    out.push(b'"');
    write_integer(value, out);
    out.push(b'"');
}

fn write_quoted_int256(value: &Int256, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\"{value}\"").as_bytes());
}

fn write_quoted_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    write_hex(bytes, out);
    out.push(b'"');
}

fn write_count(count: usize, out: &mut Vec<u8>) {
    write_integer(count as i128, out);
}

/// Decimal digits. Most integers fit 64 bits, and digests of large columns spend their time here.
pub(super) fn write_integer(value: i128, out: &mut Vec<u8>) {
    let Ok(mut magnitude) = u64::try_from(value.unsigned_abs()) else {
        out.extend_from_slice(value.to_string().as_bytes());
        return;
    };
    const LONGEST: usize = 20;
    let mut digits = [0_u8; LONGEST];
    let mut start = LONGEST;
    loop {
        start -= 1;
        digits[start] = b'0' + (magnitude % 10) as u8;
        magnitude /= 10;
        if magnitude == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[start..]);
}

/// A JSON string with the escapes RFC 8259 requires and no other.
pub(super) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (index, byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            0x08 => b"\\b",
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            0x0c => b"\\f",
            b'\r' => b"\\r",
            0x00..0x20 => b"\\u00",
            _ => continue,
        };
        out.extend_from_slice(&bytes[plain..index]);
        out.extend_from_slice(escape);
        if escape.len() == 4 {
            write_hex(&[*byte], out);
        }
        plain = index + 1;
    }
    out.extend_from_slice(&bytes[plain..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_print_as_the_standard_library_prints_them() {
        for value in [0, 7, -1, 10, i128::from(i64::MIN), i128::from(u64::MAX), i128::MIN, i128::MAX] {
            let mut out = Vec::new();
            write_integer(value, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), value.to_string());
        }
    }

    #[test]
    fn strings_escape_only_what_json_requires() {
        let text = Text::from("\"\\/\u{8}\t\n\u{c}\r\u{0}\u{1f}\u{7f}é😀\u{2028}");
        assert_eq!(text.canonical(), "\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0000\\u001f\u{7f}é😀\u{2028}\"");
        assert_eq!(Text::from(vec![0xff, 0x00]).canonical(), r#"{"hex":"ff00"}"#);
    }

    #[test]
    fn values_print_canonically() {
        let table = [
            (Value::Null, "null"),
            (Value::Int(-5), "\"-5\""),
            (Value::Float16(0x3c00), "\"3c00\""),
            (Value::Float32(0x3f800000), "\"3f800000\""),
            (Value::Float64(0x8000_0000_0000_0000), "\"8000000000000000\""),
            (Value::DayTime { days: 1, milliseconds: -2 }, "[\"1\",\"-2\"]"),
            (Value::MonthDayNano { months: 1, days: 2, nanoseconds: -3 }, "[\"1\",\"2\",\"-3\"]"),
            (Value::Bytes(vec![]), "\"\""),
            (Value::Struct(vec![Value::Null, Value::Bool(true)]), "[null,true]"),
            (Value::Map(vec![[Value::Text("k".into()), Value::Null]]), "[[\"k\",null]]"),
            (Value::Union(5, Box::new(Value::Null)), "{\"5\":null}"),
        ];
        for (value, text) in table {
            assert_eq!(value.canonical(), text);
        }
    }
}
