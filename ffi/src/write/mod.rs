//! From batches to bytes.

mod append;
pub mod arrays;
mod bits;
pub mod body;
mod clear;
pub mod codec;
mod dictionary;
mod key;
pub(crate) mod message;
mod pack;
pub(crate) mod scratch;
mod snapshot;
mod template;

use crate::error::{Error, Result};
use crate::format::{END_OF_STREAM, Format, MAGIC, PADDED_MAGIC};
use crate::options::Options;
use crate::schema::{Field, Metadata, Schema};
use crate::sink::{Output, Sink};
use arrays::BatchView;
use arrow_ipc::Block;
use body::{Body, Form};
use dictionary::{Plan, Remaps, Tracker, Values};
use message::{BodyBytes, Header, Parts};
use pack::Packer;
use std::sync::Arc;
use template::Template;

/// What a writer did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Encapsulated messages written.
    pub messages: u64,
    /// Record batches written.
    pub batches: u64,
    /// Dictionary batches written, deltas and replacements included.
    pub dictionaries: u64,
    /// Of these, deltas.
    pub deltas: u64,
    /// Of these, those that replace a dictionary.
    pub replacements: u64,
    /// Bytes of the bodies before compression and padding.
    pub body_bytes_raw: u64,
    /// Bytes of the bodies as written.
    pub body_bytes_written: u64,
    /// Bytes given to the sink.
    pub bytes_written: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// A call failed after bytes were written: what follows would not be readable.
    Broken,
    Finished,
}

/// Writes a stream or a file.
pub struct Writer {
    schema: Arc<Schema>,
    options: Arc<Options>,
    format: Format,
    output: Output,
    tracker: Tracker,
    dictionary_blocks: Vec<Block>,
    batch_blocks: Vec<Block>,
    footer_metadata: Metadata,
    /// Whether the schema message is written.
    begun: bool,
    statistics: Statistics,
    state: State,
    /// Whether a field is dictionary-encoded.
    has_dictionaries: bool,
    /// Present when bodies are compressed.
    packer: Option<Packer>,
    /// The message of the last batch.
    template: Option<Template>,
    /// Memory that serves batch after batch.
    room: Room,
}

#[derive(Default)]
struct Room {
    body: Body<'static>,
    bytes: BodyBytes<'static>,
}

impl Writer {
    /// Starts a stream with its schema; the schema of a file is written with its first batch, as it takes the metadata of the
    /// footer along. Dictionary ids are assigned anew, depth first.
    pub fn open(sink: Sink, schema: &Schema, options: &Options) -> Result<Self> {
        check_alignment(options)?;
        let mut schema = schema.clone();
        let mut next_id = 0;
        schema.fields.iter_mut().try_for_each(|field| prepare(field, &mut next_id, options, 1))?;
        let format = options.format.unwrap_or(Format::Stream);
        let tracker = Tracker::new(options.dictionaries, format);
        let mut writer = Writer::new(Output::new(sink), schema, format, tracker, options.clone());
        if format == Format::File {
            writer.output.write(PADDED_MAGIC, &[])?;
        }
        if format == Format::Stream {
            writer.begin()?;
        }
        Ok(writer)
    }

    /// A writer that has written nothing.
    fn new(output: Output, schema: Schema, format: Format, tracker: Tracker, options: Options) -> Self {
        let mut has_dictionaries = false;
        schema.fields.iter().for_each(|field| field.each_dictionary(&mut |_, _| has_dictionaries = true));
        Writer {
            schema: Arc::new(schema),
            format,
            output,
            tracker,
            has_dictionaries,
            dictionary_blocks: Vec::new(),
            batch_blocks: Vec::new(),
            footer_metadata: Metadata::default(),
            begun: false,
            statistics: Statistics::default(),
            state: State::Open,
            packer: Packer::new(&options),
            template: None,
            room: Room::default(),
            options: Arc::new(options),
        }
    }

    /// Writes the schema message unless it is written.
    fn begin(&mut self) -> Result<()> {
        if self.begun {
            return Ok(());
        }
        // Both ends of a file have the same custom metadata (clause footer-custom-metadata-identical).
        let metadata = message::schema(&self.schema, &self.footer_metadata, &self.options);
        let framed = message::frame(&metadata, self.output.position(), &self.options)?;
        self.output.write(&framed, &[])?;
        self.output.end_message()?;
        self.statistics.messages += 1;
        self.begun = true;
        Ok(())
    }

    /// The schema, with the ids that the writer assigned.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check_open(&self) -> Result<()> {
        match self.state {
            State::Open => Ok(()),
            State::Finished => Err(Error::state("the writer is finished")),
            State::Broken => Err(Error::state("the writer failed before, its output is incomplete")),
        }
    }

    /// Writes a batch and the dictionaries that changed.
    ///
    /// A batch that does not fit the schema leaves the writer as it was; after a failure of the sink every further call
    /// is refused.
    pub fn write(&mut self, batch: &BatchView<'_>, metadata: &Metadata) -> Result<()> {
        self.check_open()?;
        let (schema, options) = (Arc::clone(&self.schema), Arc::clone(&self.options));
        if batch.column_count != schema.fields.len() {
            return Err(Error::argument(format!(
                "the batch has {} columns, the schema {}",
                batch.column_count,
                schema.fields.len()
            )));
        }
        let plan = match self.has_dictionaries {
            true => self.tracker.plan(&schema.fields, &batch.arrays)?,
            false => Plan::default(),
        };
        let mut bodies = Vec::with_capacity(plan.updates.len());
        for update in &plan.updates {
            bodies.push(dictionary_body(update, &options)?);
        }
        let mut body = std::mem::take(&mut self.room.body).recycled();
        batch_body(&mut body, &schema.fields, batch, &plan.remaps, &options)?;

        // From here on bytes are written.
        self.state = State::Broken;
        self.begin()?;
        self.send_dictionaries(&plan, &bodies)?;
        let block = self.send(&Header::RecordBatch(metadata), batch.rows, &body)?;
        if self.format == Format::File {
            self.batch_blocks.push(block);
        }
        self.statistics.batches += 1;
        self.room.body = body.recycled();
        drop(bodies);
        self.tracker.commit(plan);
        self.state = State::Open;
        self.options.report_progress(self.output.position(), self.statistics.batches)
    }

    fn send_dictionaries(&mut self, plan: &Plan<'_, '_>, bodies: &[Body<'_>]) -> Result<()> {
        for (update, body) in plan.updates.iter().zip(bodies) {
            let rows = body.nodes.first().map_or(0, |node| node.length);
            let block = self.send(&Header::DictionaryBatch { id: update.id, delta: update.delta }, rows, body)?;
            if self.format == Format::File {
                self.dictionary_blocks.push(block);
            }
            self.statistics.dictionaries += 1;
            self.statistics.deltas += u64::from(update.delta);
            self.statistics.replacements += u64::from(update.replacement);
        }
        Ok(())
    }

    fn send(&mut self, header: &Header<'_>, rows: usize, body: &Body<'_>) -> Result<Block> {
        let mut packer = self.packer.take();
        let mut bytes = std::mem::take(&mut self.room.bytes).recycled();
        match &mut packer {
            None => bytes.lay_out(body, self.options.alignment),
            Some(packer) => {
                packer.pack(body)?;
                bytes.lay_out_packed(body, packer, self.options.alignment);
            }
        }
        let start = self.output.position();
        let metadata_length = self.send_message(header, rows, &Parts::of(body, &bytes), &bytes.pieces)?;
        self.statistics.messages += 1;
        self.statistics.body_bytes_raw += bytes.raw_length;
        self.statistics.body_bytes_written += bytes.length;
        let block = Block::new(start as i64, metadata_length as i32, bytes.length as i64);
        self.room.bytes = bytes.recycled();
        self.packer = packer;
        Ok(block)
    }

    /// Writes a message and says how long its framed metadata are.
    fn send_message(&mut self, header: &Header<'_>, rows: usize, parts: &Parts<'_>, pieces: &[&[u8]]) -> Result<usize> {
        let (position, options) = (self.output.position(), &self.options);
        let built;
        let framed: &[u8] = match header {
            Header::RecordBatch(metadata) if metadata.0.is_empty() => {
                let template = match self.template.take() {
                    Some(template) if template.fits(parts) => template,
                    _ => Template::new(parts, options)?,
                };
                self.template.insert(template).fill(rows, parts, position, options.alignment)
            }
            header => {
                built = message::frame(&message::batch(header, rows, parts, options), position, options)?;
                &built
            }
        };
        self.output.write(framed, pieces)?;
        self.output.end_message()?;
        Ok(framed.len())
    }

    /// Sets the custom metadata of the footer, and of the schema message unless that is written.
    pub fn set_footer_metadata(&mut self, metadata: Metadata) -> Result<()> {
        self.check_open()?;
        if self.format == Format::Stream {
            return Err(Error::argument("a stream has no footer"));
        }
        self.footer_metadata = metadata;
        Ok(())
    }

    /// Writes the end of the stream, or the footer, and flushes.
    pub fn finish(&mut self) -> Result<()> {
        self.check_open()?;
        self.state = State::Broken;
        self.begin()?;
        let end: &[u8] = if self.options.legacy_framing { &END_OF_STREAM[4..] } else { END_OF_STREAM };
        self.output.write(end, &[])?;
        if self.format == Format::File {
            let footer = message::footer(
                &self.schema,
                &self.dictionary_blocks,
                &self.batch_blocks,
                &self.footer_metadata,
                &self.options,
            );
            let length = i32::try_from(footer.len())
                .map_err(|_| Error::unsupported(format!("a footer of {} bytes, a file holds 2 GiB", footer.len())))?;
            self.output.write(&footer, &[&length.to_le_bytes(), MAGIC])?;
        }
        self.output.finish()?;
        self.state = State::Finished;
        Ok(())
    }

    /// The bytes of a memory sink, once, after `finish`.
    pub fn take_memory(&mut self) -> Result<Vec<u8>> {
        if self.state != State::Finished {
            return Err(Error::state("the writer is not finished"));
        }
        self.output.take_memory()
    }

    /// What was done so far.
    pub fn statistics(&self) -> Statistics {
        Statistics { bytes_written: self.output.position(), ..self.statistics }
    }
}

fn check_alignment(options: &Options) -> Result<()> {
    match options.alignment {
        8 | 16 | 32 | 64 => Ok(()),
        other => Err(Error::argument(format!("the alignment is {other}, expected 8, 16, 32 or 64"))),
    }
}

/// Assigns dictionary ids, inner fields first, and refuses schemas nested too deep to be read back.
fn prepare(field: &mut Field, next_id: &mut i64, options: &Options, depth: usize) -> Result<()> {
    if depth > options.limits.nesting_depth {
        return Err(Error::limit("the nesting depth of fields", depth, options.limits.nesting_depth));
    }
    let prepared = field.children.iter_mut().try_for_each(|child| prepare(child, next_id, options, depth + 1));
    prepared.map_err(|e| e.in_field(&field.name))?;
    if let Some(dictionary) = &mut field.dictionary {
        dictionary.id = *next_id;
        *next_id += 1;
    }
    Ok(())
}

fn form<'r>(options: &Options, remaps: Option<&'r Remaps>) -> Form<'r> {
    Form { version: options.metadata_version, clear_nulls: options.clear_nulls, remaps }
}

fn dictionary_body<'u>(update: &'u dictionary::Update<'_, '_>, options: &Options) -> Result<Body<'u>> {
    let mut body = Body::default();
    let form = form(options, None);
    let encoded = match &update.values {
        Values::View(view, start, length) => {
            body::encode(&mut body, form, update.field, *view, (view.offset + start, *length), false)
        }
        Values::Gathered(columns) => {
            let arrays = body::arrays_of(update.field, columns);
            let view = arrays.get(0);
            body::encode(&mut body, form, update.field, view, (0, view.length), false)
        }
    };
    encoded.map_err(|e| e.in_field(&update.field.name))?;
    Ok(body)
}

fn batch_body<'b>(
    body: &mut Body<'b>,
    fields: &[Field],
    batch: &BatchView<'b>,
    remaps: &Remaps,
    options: &Options,
) -> Result<()> {
    for (index, field) in fields.iter().enumerate() {
        let column = batch.arrays.get(index);
        let needed = batch.offset.checked_add(batch.rows).filter(|needed| *needed <= column.length);
        if needed.is_none() {
            let message = format!(
                "the column has {} slots, the batch needs {} from {} on",
                column.length, batch.rows, batch.offset
            );
            return Err(Error::argument(message).in_field(&field.name));
        }
        let range = (column.offset + batch.offset, batch.rows);
        body::encode(body, form(options, Some(remaps)), field, column, range, true)?;
    }
    Ok(())
}
