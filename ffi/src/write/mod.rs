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
mod messages;
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
use dictionary::{Remaps, Tracker, Update, Values};
use message::Header;
use messages::Messages;

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
    schema: Schema,
    format: Format,
    messages: Messages,
    /// Absent when no field is dictionary-encoded.
    tracker: Option<Tracker>,
    dictionary_blocks: Vec<Block>,
    batch_blocks: Vec<Block>,
    footer_metadata: Metadata,
    state: State,
    /// Memory that serves batch after batch.
    room: Body<'static>,
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
        match format {
            Format::File => writer.messages.output.write(PADDED_MAGIC, &[])?,
            Format::Stream => writer.messages.begin(&writer.schema, &writer.footer_metadata)?,
        }
        Ok(writer)
    }

    /// A writer that has written nothing.
    fn new(output: Output, schema: Schema, format: Format, tracker: Tracker, options: Options) -> Self {
        let mut has_dictionaries = false;
        schema.fields.iter().for_each(|field| field.each_dictionary(&mut |_, _| has_dictionaries = true));
        Writer {
            schema,
            format,
            messages: Messages::new(output, options),
            tracker: has_dictionaries.then_some(tracker),
            dictionary_blocks: Vec::new(),
            batch_blocks: Vec::new(),
            footer_metadata: Metadata::default(),
            state: State::Open,
            room: Body::default(),
        }
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
    pub fn write(&mut self, batch: BatchView<'_, '_>, metadata: &Metadata) -> Result<()> {
        self.check_open()?;
        let Writer { schema, messages, tracker, .. } = self;
        if batch.column_count != schema.fields.len() {
            return Err(Error::argument(format!(
                "the batch has {} columns, the schema {}",
                batch.column_count,
                schema.fields.len()
            )));
        }
        let plan = tracker.as_mut().map(|tracker| tracker.plan(&schema.fields, batch.arrays)).transpose()?;
        let mut bodies = Vec::new();
        for update in plan.iter().flat_map(|plan| &plan.updates) {
            bodies.push((update, dictionary_body(update, &messages.options)?));
        }
        let mut body = std::mem::take(&mut self.room).recycled();
        batch_body(&mut body, &schema.fields, batch, plan.as_ref().map(|plan| &plan.remaps), &messages.options)?;

        // From here on bytes are written.
        self.state = State::Broken;
        // Both ends of a file have the same custom metadata (clause footer-custom-metadata-identical).
        messages.begin(schema, &self.footer_metadata)?;
        for (update, body) in &bodies {
            let block = send_dictionary(messages, update, body)?;
            if self.format == Format::File {
                self.dictionary_blocks.push(block);
            }
        }
        let block = messages.send(&Header::RecordBatch(metadata), batch.rows, &body)?;
        if self.format == Format::File {
            self.batch_blocks.push(block);
        }
        messages.statistics.batches += 1;
        self.room = body.recycled();
        drop(bodies);
        if let (Some(tracker), Some(plan)) = (tracker, plan) {
            tracker.commit(plan);
        }
        self.state = State::Open;
        messages.options.report_progress(messages.output.position(), messages.statistics.batches)
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
        self.messages.begin(&self.schema, &self.footer_metadata)?;
        let Messages { output, options, .. } = &mut self.messages;
        let end: &[u8] = if options.legacy_framing { &END_OF_STREAM[4..] } else { END_OF_STREAM };
        output.write(end, &[])?;
        if self.format == Format::File {
            let (dictionaries, batches) = (&self.dictionary_blocks, &self.batch_blocks);
            let footer = message::footer(&self.schema, dictionaries, batches, &self.footer_metadata, options);
            let length = i32::try_from(footer.len())
                .map_err(|_| Error::unsupported(format!("a footer of {} bytes, a file holds 2 GiB", footer.len())))?;
            output.write(&footer, &[&length.to_le_bytes(), MAGIC])?;
        }
        output.finish()?;
        self.state = State::Finished;
        Ok(())
    }

    /// The bytes of a memory sink, once, after `finish`.
    pub fn take_memory(&mut self) -> Result<Vec<u8>> {
        if self.state != State::Finished {
            return Err(Error::state("the writer is not finished"));
        }
        self.messages.output.take_memory()
    }

    /// What was done so far.
    pub fn statistics(&self) -> Statistics {
        Statistics { bytes_written: self.messages.output.position(), ..self.messages.statistics }
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

fn send_dictionary(messages: &mut Messages, update: &Update<'_, '_>, body: &Body<'_>) -> Result<Block> {
    let rows = body.nodes.first().map_or(0, |node| node.length);
    let block = messages.send(&Header::DictionaryBatch { id: update.id, delta: update.delta }, rows, body)?;
    messages.statistics.dictionaries += 1;
    messages.statistics.deltas += u64::from(update.delta);
    messages.statistics.replacements += u64::from(update.replacement);
    Ok(block)
}

fn dictionary_body<'u>(update: &'u Update<'_, '_>, options: &Options) -> Result<Body<'u>> {
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
    batch: BatchView<'_, 'b>,
    remaps: Option<&Remaps>,
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
        body::encode(body, form(options, remaps), field, column, range, true)?;
    }
    Ok(())
}
