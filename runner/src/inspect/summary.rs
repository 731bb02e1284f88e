//! Lines about parts.

use arrowipc_kit::value::{Field, Metadata, Schema, Text};

use super::Inspection;
use crate::case::options::Format;
use crate::wire::decode;
use crate::wire::map::Section;
use crate::wire::parse::{Footer, Message, Problem, Stop};
use crate::wire::tree::Table;
use crate::wire::walk;

/// Characters of a name or of metadata that are shown.
const SHOWN: usize = 100;

/// What a part is, in a line.
pub(super) fn section(inspection: &Inspection, section: &Section) -> String {
    match (section.message, section.name.as_str()) {
        (Some(index), _) => message(&inspection.parsed.messages[index], &inspection.names[index]),
        (None, "footer") => match &inspection.parsed.footer {
            Some(Ok(found)) => footer(found),
            _ => String::new(),
        },
        (None, "unparsed") => inspection.stop().map_or(String::new(), |stop| stop.problem.to_string()),
        (None, "trailing") => "behind the end".to_owned(),
        _ => String::new(),
    }
}

fn message(message: &Message, name: &str) -> String {
    let Some(header) = message.table.table("header") else {
        return format!("a message of the unknown type {}", message.table.scalar("header_type"));
    };
    let mut words = match header.kind.name {
        "Schema" => vec!["schema".to_owned(), counted(header.vector("fields").len(), "field", "fields")],
        "RecordBatch" => batch(name, header),
        "DictionaryBatch" => dictionary(name, header),
        other => vec![other.to_owned()],
    };
    if !message.body.is_empty() {
        words.push(format!("body of {} bytes", message.body.len()));
    }
    words.push(version(message.table.scalar("version")));
    if message.continuation.is_none() {
        words.push("framed as before 0.15".to_owned());
    }
    match message.table.vector("custom_metadata").len() {
        0 => {}
        pairs => words.push(counted(pairs, "pair of metadata", "pairs of metadata")),
    }
    words.join(", ")
}

fn batch(name: &str, header: &Table) -> Vec<String> {
    let mut words = vec![name.to_owned(), counted_i64(header.scalar("length"), "row", "rows")];
    words.push(counted(header.vector("buffers").len(), "buffer", "buffers"));
    words.extend(codec(header));
    words
}

fn dictionary(name: &str, header: &Table) -> Vec<String> {
    let mut words = vec![name.to_owned(), format!("id {}", header.scalar("id"))];
    if header.scalar("isDelta") != 0 {
        words.push("delta".to_owned());
    }
    if let Some(data) = header.table("data") {
        words.push(counted_i64(data.scalar("length"), "value", "values"));
        words.extend(codec(data));
    }
    words
}

fn codec(header: &Table) -> Option<String> {
    let code = header.table("compression")?.scalar("codec");
    Some(match code {
        0 => "LZ4".to_owned(),
        1 => "ZSTD".to_owned(),
        code => format!("the unknown codec {code}"),
    })
}

fn footer(footer: &Footer) -> String {
    let list = |name, one, more| counted(footer.table.vector(name).len(), one, more);
    let dictionaries = list("dictionaries", "dictionary batch", "dictionary batches");
    let batches = list("recordBatches", "record batch", "record batches");
    format!("{batches}, {dictionaries}, {}", version(footer.table.scalar("version")))
}

fn version(code: i64) -> String {
    format!("V{}", code.saturating_add(1))
}

fn counted(count: usize, one: &str, more: &str) -> String {
    counted_i64(i64::try_from(count).unwrap_or(i64::MAX), one, more)
}

fn counted_i64(count: i64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// What the input is, in a line.
pub(super) fn input(inspection: &Inspection) -> String {
    let Inspection { name, bytes, parsed, .. } = inspection;
    let of_kind =
        |kind: &'static str| parsed.messages.iter().filter(move |message| walk::header(message, kind).is_some());
    let rows = of_kind("RecordBatch").filter_map(|message| message.table.table("header"));
    let rows: i64 = rows.map(|header| header.scalar("length").max(0)).fold(0, i64::saturating_add);
    let format = if parsed.format == Format::File { "file" } else { "stream" };
    let batches = counted(of_kind("RecordBatch").count(), "record batch", "record batches");
    let dictionaries = counted(of_kind("DictionaryBatch").count(), "dictionary batch", "dictionary batches");
    let size = counted(bytes.len(), "byte", "bytes");
    format!("{name}: Arrow IPC {format}, {size}, {batches}, {}, {dictionaries}", counted_i64(rows, "row", "rows"))
}

/// The schema, a line for each field; none if there is no schema that can be read.
pub(super) fn schema(inspection: &Inspection) -> Option<Vec<String>> {
    let table = walk::schema(&inspection.parsed)?;
    let schema: Schema = decode::schema(table)?;
    let order = if table.scalar("endianness") == 1 { "big-endian" } else { "little-endian" };
    let mut lines = vec![format!("schema, {order}")];
    metadata(&mut lines, &schema.metadata, 1);
    schema.fields.iter().for_each(|field| self::field(&mut lines, field, 1));
    Some(lines)
}

fn field(lines: &mut Vec<String>, field: &Field, level: usize) {
    let Field { name, data_type, nullable, dictionary, .. } = field;
    let mut line = format!("{}{}: {data_type}", "  ".repeat(level), shown(name));
    if let Some(dictionary) = dictionary {
        let order = if dictionary.ordered { "ordered " } else { "" };
        line.push_str(&format!(", {order}dictionary with {} indices", dictionary.index));
    }
    if !nullable {
        line.push_str(", not nullable");
    }
    lines.push(line);
    metadata(lines, &field.metadata, level + 1);
    field.children.iter().for_each(|child| self::field(lines, child, level + 1));
}

fn metadata(lines: &mut Vec<String>, metadata: &Metadata, level: usize) {
    for (key, value) in &metadata.0 {
        lines.push(format!("{}metadata {} = {}", "  ".repeat(level), shown(key), shown(value)));
    }
}

/// A text as it is where that is plain, else quoted and escaped, since terminals obey some characters; cut if it is long.
fn shown(text: &Text) -> String {
    let plain =
        |text: &&str| !text.is_empty() && text.chars().all(|char| char.is_alphanumeric() || "_-.:/ ".contains(char));
    let shown = text.as_str().filter(plain).map_or_else(|| format!("{text:?}"), str::to_owned);
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

/// What to do about an input that cannot be taken apart, if anything can be done.
pub fn stop_hint(stop: &Stop) -> &'static str {
    match stop.problem {
        Problem::TooShort(_) => "the input ends before anything that could be saved",
        Problem::NoMagic { trailing: true } | Problem::FooterLength(_) => {
            "its writer did not come to the end; `arrowipc recover` saves the batches in front"
        }
        Problem::NoMagic { trailing: false } => "`--as stream` looks at it as a stream",
        _ => "`arrowipc recover` saves the batches in front",
    }
}
