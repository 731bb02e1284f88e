//! Data → parts: the raw writer. It writes what a plain writer would, and what the layouts of columns say about bytes.
//!
//! | module | does |
//! |---|---|
//! | [`options`] | what it can be told |
//! | `schema` | schema, fields and types as metadata |
//! | `encoding` | the dictionary of each dictionary-encoded field |
//! | `dictionaries` | which values a dictionary has at each batch, and what is sent of them |
//! | `body` | columns → field nodes and buffers |

mod body;
mod dictionaries;
mod encoding;
pub mod options;
mod schema;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::LazyLock;

use arrowipc_kit::value::{Batch, Canonical, Data, Document, Layout, Metadata, ParseError, Value as Datum};

use super::format::{BODY_COMPRESSION, DICTIONARY_BATCH, FOOTER, MESSAGE, RECORD_BATCH};
use super::parse::{CONTINUATION, MAGIC};
use super::raw::{BodyBuffer, Frame, Metadata as Head, Part, RawFooter, RawInput, RawMessage, Store};
use super::section::frame::frames;
use super::tree::{Table, Value};
use crate::case::options::{Compression, Dictionaries as Mode, Format, WriteOptions};
use body::{Body, Form};
use dictionaries::{Dictionaries, Update};
use encoding::Encoded;
use options::{Defaults, DictionaryOrder, Endianness, NamedStore, RawOptions, StoreRule};

/// Rows up to which generated data are written; larger data have no bytes to look at.
const MOST_GENERATED_ROWS: u64 = 200_000;

static DEFAULT_LAYOUT: LazyLock<Layout> = LazyLock::new(Layout::default);

/// Why data cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", shown(.place))]
pub struct LowerError {
    /// Where in the data or the options; empty when it is the whole.
    pub place: String,
    /// What was found and what was expected.
    pub problem: String,
}

fn shown(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!("{place}: ") }
}

impl LowerError {
    fn new(problem: impl Into<String>) -> Self {
        LowerError { place: String::new(), problem: problem.into() }
    }

    fn expected(expected: impl std::fmt::Display, found: impl std::fmt::Display) -> Self {
        Self::new(format!("expected {expected}, found {found}"))
    }

    /// The same error within this.
    fn within(mut self, place: impl std::fmt::Display) -> Self {
        let separator = if self.place.is_empty() || self.place.starts_with('[') { "" } else { "." };
        self.place = format!("{place}{separator}{}", self.place);
        self
    }
}

impl From<ParseError> for LowerError {
    fn from(error: ParseError) -> Self {
        LowerError::new(error.to_string())
    }
}

/// Lays out data as a stream or file.
pub fn lower(
    document: &Document,
    options: &WriteOptions,
    raw: &RawOptions,
    format: Format,
) -> Result<RawInput, LowerError> {
    document.check()?;
    let rows = document.row_count();
    if matches!(document.data, Data::Generate(_)) && rows > MOST_GENERATED_ROWS {
        return Err(LowerError::expected(format!("generated data of at most {MOST_GENERATED_ROWS} rows"), rows));
    }
    let writer = Writer::new(options, raw)?;
    let fields = encoding::fields(&document.schema, raw.dictionary_ids.as_deref())?;
    let batches: Vec<Cow<Batch>> = document.batches().collect();
    let mut dictionaries = Dictionaries::plan(
        &fields,
        &batches,
        options.dictionaries.unwrap_or(Mode::Replace),
        format,
        raw.dictionary_order,
    )?;

    let schema = schema::schema(&document.schema, &fields, raw.endianness);
    // Of the footer, and of the first message, which has to have the same.
    let footer_metadata = options.footer_metadata.iter().flatten();
    let footer_metadata: Metadata = footer_metadata.map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let mut parts = Vec::new();
    if format == Format::File {
        let padding = raw.magic_padding.max(1);
        parts.push(Part::bytes("magic", MAGIC));
        parts.push(Part::bytes("magic_padding", vec![0; MAGIC.len().next_multiple_of(padding) - MAGIC.len()]));
    }
    if format == Format::Stream || raw.embedded_schema {
        parts.push(writer.message("Schema", schema.clone(), &footer_metadata, Body::new(writer.form, &dictionaries)));
    }
    let mut last = Vec::new();
    for (index, batch) in batches.iter().enumerate() {
        let at_batch = |error: LowerError| error.within(format!("batches[{index}]"));
        for update in dictionaries.advance(index).map_err(at_batch)? {
            let message = writer.dictionary_batch(&update, &dictionaries).map_err(at_batch)?;
            match raw.dictionary_order {
                DictionaryOrder::Last => last.push(message),
                _ => parts.push(message),
            }
        }
        parts.push(writer.record_batch(&fields, batch, &dictionaries).map_err(at_batch)?);
    }
    parts.append(&mut last);
    if raw.end_of_stream {
        let marker = if writer.legacy { vec![0; 4] } else { [CONTINUATION, [0; 4]].concat() };
        parts.push(Part::bytes("end_of_stream", marker));
    }
    if format == Format::File {
        parts.push(writer.footer(schema, &footer_metadata));
    }
    Ok(RawInput { format, parts, patches: Vec::new() })
}

/// How messages are written.
struct Writer {
    form: Form,
    /// The code of the metadata version.
    version: i64,
    legacy: bool,
    alignment: usize,
    codec: Option<Compression>,
    stores: Stores,
    defaults: Defaults,
}

/// How the buffers of a body are stored.
struct Stores {
    /// The ones without bytes.
    empty: Store,
    /// The others, in turn.
    filled: [Store; 2],
}

impl Writer {
    fn new(options: &WriteOptions, raw: &RawOptions) -> Result<Self, LowerError> {
        let version = options.metadata_version.unwrap_or(5);
        if !(1..=5).contains(&version) {
            return Err(LowerError::expected("a version from 1 to 5", version).within("metadata_version"));
        }
        let alignment = options.alignment.unwrap_or(8) as usize;
        if !alignment.is_power_of_two() {
            return Err(LowerError::expected("a power of two", alignment).within("alignment"));
        }
        let codec = options.compression.filter(|codec| *codec != Compression::None);
        Ok(Writer {
            form: Form { validity_of_unions: version < 5, big: raw.endianness == Endianness::Big },
            version: i64::from(version) - 1,
            legacy: options.legacy.unwrap_or(false),
            alignment,
            codec,
            stores: Stores::of(codec, options.compression_level, &raw.store)?,
            defaults: raw.defaults,
        })
    }

    fn record_batch(&self, fields: &[Encoded], batch: &Batch, dictionaries: &Dictionaries) -> Result<Part, LowerError> {
        let mut body = Body::new(self.form, dictionaries);
        for (index, (field, column)) in fields.iter().zip(&batch.columns).enumerate() {
            let layout = column.layout.as_ref().unwrap_or(&DEFAULT_LAYOUT);
            body.column(field, layout, index, &column.values)
                .map_err(|error| error.within(format!("columns[{index}]")))?;
        }
        let header = self.header(batch.rows, &body);
        Ok(self.message("RecordBatch", header, &batch.metadata, body))
    }

    fn dictionary_batch(&self, update: &Update, dictionaries: &Dictionaries) -> Result<Part, LowerError> {
        let mut body = Body::new(self.form, dictionaries);
        let at_dictionary = |error: LowerError| error.within(format!("dictionary {}", update.id));
        body.dictionary(update.field, &update.layout, &update.values).map_err(at_dictionary)?;
        let header = Table::new(&DICTIONARY_BATCH)
            .with("id", Value::Scalar(update.id))
            .with("data", Value::Table(self.header(update.values.len(), &body)))
            .with("isDelta", Value::Scalar(i64::from(update.delta)));
        Ok(self.message("DictionaryBatch", header, &Metadata::default(), body))
    }

    /// The RecordBatch table, without buffers.
    fn header(&self, rows: usize, body: &Body) -> Table {
        let nodes = body.nodes.iter().map(|(length, nulls)| Value::Struct(vec![*length as i64, *nulls as i64]).into());
        let mut header = Table::new(&RECORD_BATCH)
            .with("length", Value::Scalar(rows as i64))
            .with("nodes", Value::Vector(nodes.collect()));
        if let Some(codec) = self.codec {
            let codec = Value::Scalar(if codec == Compression::Zstd { 1 } else { 0 });
            let compression = Table::new(&BODY_COMPRESSION).with("codec", codec).with("method", Value::Scalar(0));
            header.set("compression", Some(Value::Table(compression)));
        }
        if !body.variadic.is_empty() {
            let counts = body.variadic.iter().map(|count| Value::Scalar(*count as i64).into());
            header.set("variadicBufferCounts", Some(Value::Vector(counts.collect())));
        }
        header
    }

    fn message(&self, kind: &str, header: Table, metadata: &Metadata, body: Body) -> Part {
        let code = ["NONE", "Schema", "DictionaryBatch", "RecordBatch"].iter().position(|name| *name == kind);
        let mut table = Table::new(&MESSAGE)
            .with("version", Value::Scalar(self.version))
            .with("header_type", Value::Scalar(code.unwrap_or(0) as i64))
            .with("header", Value::Table(header))
            .with("bodyLength", Value::Scalar(0));
        table.set("custom_metadata", schema::key_values(metadata));
        schema::defaults(&mut table, self.defaults);
        let mut buffers = body.buffers;
        self.stores.apply(&mut buffers);
        for buffer in &mut buffers {
            buffer.alignment = self.alignment;
        }
        let mut message = RawMessage::new(table, buffers);
        message.continuation = (!self.legacy).then_some(CONTINUATION);
        message.metadata_alignment = self.alignment.max(8);
        message.nodes = body.columns;
        Part::Message(Box::new(message))
    }

    fn footer(&self, schema: Table, metadata: &Metadata) -> Part {
        let mut table = Table::new(&FOOTER)
            .with("version", Value::Scalar(self.version))
            .with("schema", Value::Table(schema))
            .with("dictionaries", Value::Vector(Vec::new()))
            .with("recordBatches", Value::Vector(Vec::new()));
        table.set("custom_metadata", schema::key_values(metadata));
        schema::defaults(&mut table, self.defaults);
        let metadata = Head::Table(table);
        Part::Footer(Box::new(RawFooter { metadata, length: None, magic: MAGIC.to_vec(), computed: true }))
    }
}

impl Stores {
    fn of(codec: Option<Compression>, level: Option<i32>, rule: &StoreRule) -> Result<Self, LowerError> {
        let each = |empty: Store, store: Store| Stores { empty, filled: [store.clone(), store] };
        let Some(codec) = codec else {
            return match rule {
                StoreRule::Named(NamedStore::Compressed) => Ok(each(Store::Plain, Store::Plain)),
                _ => Err(LowerError::expected("a compression", "none").within("store")),
            };
        };
        let empty = Store::Compressed(codec);
        let compressed = match level {
            Some(level) if codec == Compression::Zstd => {
                Store::Framed { prefix: None, frames: vec![Frame { level, ..Frame::new(codec) }] }
            }
            _ => Store::Compressed(codec),
        };
        Ok(match rule {
            StoreRule::Named(NamedStore::Compressed) => each(empty, compressed),
            StoreRule::Named(NamedStore::Uncompressed) => each(empty, Store::Uncompressed),
            StoreRule::Named(NamedStore::Mixed) => Stores { empty, filled: [compressed, Store::Uncompressed] },
            StoreRule::Frames(json) => {
                let frames = frames(json, Some(codec));
                let frames = frames.map_err(|error| LowerError::new(error.to_string()).within("store"))?;
                each(empty, Store::Framed { prefix: None, frames })
            }
        })
    }

    fn apply(&self, buffers: &mut [BodyBuffer]) {
        let (empty, filled): (Vec<_>, Vec<_>) = buffers.iter_mut().partition(|buffer| buffer.content.is_empty());
        empty.into_iter().for_each(|buffer| buffer.store = self.empty.clone());
        for (buffer, store) in filled.into_iter().zip(self.filled.iter().cycle()) {
            buffer.store = store.clone();
        }
    }
}

/// A short text for a value, for messages.
fn describe(value: &Datum) -> String {
    let text = value.canonical();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
