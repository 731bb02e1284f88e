//! Layout: framing, metadata and bodies, message by message.

use super::{Difference, Kind, Side, TOLD};
use crate::wire::format;
use crate::wire::map;
use crate::wire::parse::{Message, Parsed, parse};
use crate::wire::tree::{Node, Table, Value};
use crate::wire::walk;

pub(super) fn differences(a: Side, b: Side) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut add = |place: &str, a: String, b: String| {
        if a != b {
            found.push(Difference { kind: Kind::Layout, place: place.to_owned(), a, b });
        }
    };
    let (parsed_a, parsed_b) = (parse(a.bytes, a.format), parse(b.bytes, b.format));
    add("format", a.format.to_string(), b.format.to_string());
    for kind in ["DictionaryBatch", "RecordBatch"] {
        let count = |parsed: &Parsed| {
            parsed.messages.iter().filter(|message| walk::header(message, kind).is_some()).count().to_string()
        };
        add(&format!("messages with a {kind}"), count(&parsed_a), count(&parsed_b));
    }
    let framing = |message: &Message| match message.continuation {
        Some(_) => "with a continuation marker".to_owned(),
        None => "as before 0.15".to_owned(),
    };
    let end =
        |parsed: &Parsed| parsed.end_of_stream.as_ref().map_or("none".to_owned(), |end| format!("{} bytes", end.len()));
    add("end_of_stream", end(&parsed_a), end(&parsed_b));
    if let (Some(one), Some(other)) = (parsed_a.messages.first(), parsed_b.messages.first()) {
        add("framing", framing(one), framing(other));
    }
    for (index, (one, other)) in parsed_a.messages.iter().zip(&parsed_b.messages).enumerate() {
        if found.len() >= TOLD {
            break;
        }
        found.extend(message(index, (a, &parsed_a, one), (b, &parsed_b, other)));
    }
    found
}

/// The first difference of two messages.
fn message(
    index: usize,
    (a, parsed, one): (Side, &Parsed, &Message),
    (b, _, other): (Side, &Parsed, &Message),
) -> Option<Difference> {
    let difference = |place: String, a: String, b: String| Some(Difference { kind: Kind::Layout, place, a, b });
    let name = format!("message[{index}]");
    if let Some((place, one, other)) = table(&one.table, &other.table, &name) {
        return difference(place, one, other);
    }
    let (one_body, other_body) = (&a.bytes[one.body.clone()], &b.bytes[other.body.clone()]);
    let Some(at) = one_body.iter().zip(other_body).position(|(one, other)| one != other) else {
        let (one, other) = (&a.bytes[one.metadata.clone()], &b.bytes[other.metadata.clone()]);
        return match one == other {
            true => None,
            false => difference(
                format!("{name}.metadata, which says the same"),
                format!("{} bytes", one.len()),
                format!("{} bytes", other.len()),
            ),
        };
    };
    let offset = one.body.start + at;
    let mut sections = map::sections_where(a.bytes, parsed, |section| section == Some(index));
    let entry =
        sections.next().and_then(|section| section.map.entries.into_iter().find(|entry| entry.range.contains(&offset)));
    let path = entry
        .map_or(format!("{name}.body"), |entry| format!("{}, its byte {}", entry.path, offset - entry.range.start));
    let byte = |byte: u8| format!("0x{byte:02x}");
    difference(path, byte(one_body[at]), byte(other_body[at]))
}

/// The first difference of two tables: where, and what each has.
fn table(a: &Table, b: &Table, path: &str) -> Option<(String, String, String)> {
    if a.kind.name != b.kind.name {
        return Some((path.to_owned(), a.kind.name.to_owned(), b.kind.name.to_owned()));
    }
    let fields = a.kind.fields.iter().zip(a.fields.iter().zip(&b.fields));
    let mut differences = fields.filter_map(|(field, (one, other))| {
        let path = format!("{path}.{}", field.name);
        match (one, other) {
            (Some(one), Some(other)) => node(one, other, &field.kind, &path),
            (None, None) => None,
            (one, other) => Some((path, presence(one), presence(other))),
        }
    });
    differences.next()
}

fn presence(node: &Option<Node>) -> String {
    match node {
        None => "absent".to_owned(),
        Some(node) => shown(&node.value),
    }
}

fn node(a: &Node, b: &Node, kind: &format::Kind, path: &str) -> Option<(String, String, String)> {
    match (&a.value, &b.value, kind) {
        (Value::Table(a), Value::Table(b), _) => table(a, b, path),
        (Value::Vector(a), Value::Vector(b), format::Kind::Vector(of)) => {
            let mut elements = a.iter().zip(b).enumerate();
            let differs = elements.find_map(|(index, (a, b))| node(a, b, of, &format!("{path}[{index}]")));
            let counted = |nodes: &Vec<Node>| format!("{} elements", nodes.len());
            differs.or_else(|| (a.len() != b.len()).then(|| (path.to_owned(), counted(a), counted(b))))
        }
        (Value::Struct(a), Value::Struct(b), format::Kind::Struct(of)) => {
            let mut members = of.members.iter().zip(a.iter().zip(b));
            members
                .find(|(_, (a, b))| a != b)
                .map(|((name, ..), (a, b))| (format!("{path}.{name}"), a.to_string(), b.to_string()))
        }
        (a, b, _) if a == b => None,
        (Value::Scalar(a), Value::Scalar(b), format::Kind::Scalar(of)) => {
            let named = |value: i64| of.value_name(value).map_or_else(|| value.to_string(), str::to_owned);
            Some((path.to_owned(), named(*a), named(*b)))
        }
        (a, b, _) => Some((path.to_owned(), shown(a), shown(b))),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Scalar(number) => number.to_string(),
        Value::Struct(members) => format!("{members:?}"),
        Value::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
        Value::Table(table) => format!("a {}", table.kind.name),
        Value::Vector(nodes) => format!("{} elements", nodes.len()),
    }
}
