//! From bytes to batches.

mod account;
mod batch;
mod blocks;
mod body;
mod buffers;
pub mod concat;
mod dictionaries;
pub(crate) mod existing;
mod file;
mod framing;
pub(crate) mod message;
mod place;
pub mod push;
mod recover;
mod stream;
mod swap;
mod unpack;
mod walk;
mod window;

pub(crate) use blocks::Block;
pub(crate) use stream::Messages;

use crate::array::Batch;
use crate::error::{Error, Result};
use crate::format::{Format, MAGIC};
use crate::options::{Options, Projection};
use crate::schema::{ByteOrder, Metadata, Schema};
use crate::source::{Cursor, Input, Source};
use account::Account;
use batch::Rules;
use dictionaries::{Known, Outcome};
use message::Message;
use recover::{check_footer, is_damage, is_dispensable};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use unpack::Unpacker;
use window::Window;

/// What a reader did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Encapsulated messages read.
    pub messages: u64,
    /// Record batches read.
    pub batches: u64,
    /// Dictionary batches read, deltas and replacements included.
    pub dictionaries: u64,
    /// Of these, deltas.
    pub deltas: u64,
    /// Of these, those that replaced a dictionary.
    pub replacements: u64,
    /// Bytes taken from the source, or looked at in memory.
    pub bytes_read: u64,
    /// Bytes that decompression made.
    pub bytes_decompressed: u64,
    /// Body bytes copied: read into memory, or moved to be aligned.
    pub bytes_copied: u64,
}

/// Reads a stream or a file.
pub struct Reader {
    shared: Shared,
    mode: Mode,
    footer_metadata: Option<Metadata>,
    /// Batch of a file that [`Reader::next_batch`] hands out next.
    next: usize,
    /// What a recovery found wrong.
    stopped: Option<Error>,
    /// Whether that ended the batches.
    cut: bool,
}

enum Mode {
    Stream(Box<stream::Stream>),
    File(Box<file::File>, Window),
}

/// What every call needs, also from several threads.
struct Shared {
    options: Options,
    /// Schema of the input.
    whole: Arc<Schema>,
    /// What of it is handed out.
    projected: Arc<Schema>,
    projection: Option<place::Projection>,
    unpacker: Unpacker,
    byte_order: ByteOrder,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    messages: AtomicU64,
    batches: AtomicU64,
    dictionaries: AtomicU64,
    deltas: AtomicU64,
    replacements: AtomicU64,
    bytes_read: AtomicU64,
    bytes_decompressed: AtomicU64,
    bytes_copied: AtomicU64,
}

impl Counters {
    fn statistics(&self) -> Statistics {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Statistics {
            messages: get(&self.messages),
            batches: get(&self.batches),
            dictionaries: get(&self.dictionaries),
            deltas: get(&self.deltas),
            replacements: get(&self.replacements),
            bytes_read: get(&self.bytes_read),
            bytes_decompressed: get(&self.bytes_decompressed),
            bytes_copied: get(&self.bytes_copied),
        }
    }
}

fn add(counter: &AtomicU64, count: u64) {
    // Most counts are 0 for most batches, and the exchange is what costs.
    if count > 0 {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}

impl Shared {
    fn new((schema, byte_order): (Schema, ByteOrder), options: &Options) -> Result<Self> {
        let projection = options.projection.as_ref().map(|wanted| indices(wanted, &schema)).transpose()?;
        let projection = projection.map(|columns| place::Projection::new(&schema, columns));
        let schema = Arc::new(schema);
        let projected = match &projection {
            None => Arc::clone(&schema),
            Some(projection) => Arc::new(Schema {
                fields: projection.columns.iter().map(|index| schema.fields[*index].clone()).collect(),
                metadata: schema.metadata.clone(),
            }),
        };
        let (options, counters) = (options.clone(), Counters::default());
        let unpacker = Unpacker::new(options.threads);
        Ok(Shared { options, whole: schema, projected, projection, unpacker, byte_order, counters })
    }

    /// How the body of a message is decoded, by a reader that holds `held` bytes, and `owned` ones of the body that were
    /// read into memory.
    fn rules(&self, message: &Message, held: u64, owned: u64) -> Result<Rules<'_>> {
        let mut account = Account::new(held, &self.options.limits);
        account.take(owned)?;
        Ok(Rules {
            account,
            version: message.version,
            byte_order: self.byte_order,
            validation: self.options.validation,
            limits: &self.options.limits,
            unpacker: &self.unpacker,
        })
    }

    fn known(&self) -> Known {
        Known::new(&self.whole, &self.projected)
    }

    fn count_message(&self, bytes: u64, copied: u64) {
        add(&self.counters.messages, 1);
        add(&self.counters.bytes_read, bytes);
        add(&self.counters.bytes_copied, copied);
    }

    fn count_dictionary(&self, outcome: Outcome) {
        add(&self.counters.dictionaries, 1);
        add(&self.counters.deltas, u64::from(outcome.delta));
        add(&self.counters.replacements, u64::from(outcome.replaced));
        self.count_work(outcome);
    }

    fn count_batch(&self, outcome: Outcome) {
        add(&self.counters.batches, 1);
        self.count_work(outcome);
    }

    fn count_work(&self, outcome: Outcome) {
        add(&self.counters.bytes_decompressed, outcome.decompressed);
        add(&self.counters.bytes_copied, outcome.copied);
    }

    fn report_progress(&self) -> Result<()> {
        let (bytes, batches) = (&self.counters.bytes_read, &self.counters.batches);
        self.options.report_progress(bytes.load(Ordering::Relaxed), batches.load(Ordering::Relaxed))
    }
}

/// Positions of the columns of a projection.
fn indices(wanted: &Projection, schema: &Schema) -> Result<Vec<usize>> {
    let count = schema.fields.len();
    match wanted {
        Projection::Indices(indices) => match indices.iter().find(|index| **index >= count) {
            Some(index) => Err(Error::argument(format!("column {index} of a schema with {count} columns"))),
            None => Ok(indices.clone()),
        },
        Projection::Names(names) => names
            .iter()
            .map(|name| {
                let mut found = (0..count).filter(|index| schema.fields[*index].name == name.as_bytes());
                match (found.next(), found.next()) {
                    (Some(index), None) => Ok(index),
                    (None, _) => Err(Error::argument(format!("no column is named \"{name}\""))),
                    _ => Err(Error::argument(format!("several columns are named \"{name}\", choose by position"))),
                }
            })
            .collect(),
    }
}

impl Reader {
    /// Reads the schema (and the footer of a file). Without [`Options::format`], an input that starts with the magic
    /// bytes is a file.
    pub fn open(source: Source, options: &Options) -> Result<Self> {
        let input = source.0;
        let mut cursor = Cursor::new(input.clone());
        let format = match options.format {
            Some(format) => format,
            None => detect(&input, &mut cursor)?,
        };
        match format {
            Format::Stream => Self::open_stream(cursor, options, None),
            Format::File => match Self::open_footer(&input, options) {
                Ok(footer) => Self::open_file(input, footer, options),
                Err(error) if options.recover && is_dispensable(&error) && input.size()?.is_some() => {
                    // The stream inside the file needs no footer.
                    let start = walk::first_message(&input)?;
                    cursor.take(start)?;
                    Self::open_stream(cursor, options, Some(error))
                }
                Err(error) => Err(error),
            },
        }
    }

    fn open_footer(input: &Input, options: &Options) -> Result<file::Footer> {
        let footer = file::open(input, &options.limits)?;
        if options.recover {
            check_footer(input, &footer, &options.limits)?;
        }
        Ok(footer)
    }

    fn open_stream(cursor: Cursor, options: &Options, stopped: Option<Error>) -> Result<Self> {
        let (messages, schema) = stream::open(cursor, &options.limits)?;
        let shared = Shared::new(schema, options)?;
        let stream = stream::Stream::new(messages, shared.known());
        shared.count_message(stream.position(), 0);
        Ok(Reader { shared, mode: Mode::Stream(Box::new(stream)), footer_metadata: None, next: 0, stopped, cut: false })
    }

    fn open_file(input: Input, footer: file::Footer, options: &Options) -> Result<Self> {
        let shared = Shared::new(footer.schema, options)?;
        let window = Window::new(&input);
        let file = file::File::new(input, footer.batches, footer.dictionaries, shared.known());
        let footer_metadata = Some(footer.metadata);
        Ok(Reader {
            shared,
            mode: Mode::File(Box::new(file), window),
            footer_metadata,
            next: 0,
            stopped: None,
            cut: false,
        })
    }

    /// What the input is.
    pub fn format(&self) -> Format {
        match self.mode {
            Mode::Stream(_) => Format::Stream,
            Mode::File(..) => Format::File,
        }
    }

    /// The schema after projection.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.shared.projected
    }

    /// The next batch, `None` at the end; with [`Options::recover`], also where the input is damaged.
    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        let mut batch = Batch::default();
        Ok(self.next_into(&mut batch)?.then_some(batch))
    }

    /// As [`Reader::next_batch`], into a batch whose memory is used again: false at the end.
    pub fn next_into(&mut self, batch: &mut Batch) -> Result<bool> {
        if self.cut {
            return Ok(false);
        }
        match self.next_intact(batch) {
            Err(error) if self.shared.options.recover && is_damage(&error) => {
                self.stopped = Some(error);
                self.cut = true;
                Ok(false)
            }
            other => other,
        }
    }

    /// What a recovery found wrong: where the batches end, or what is wrong with the footer. `None` so far, or when nothing
    /// was.
    pub fn stopped_by(&self) -> Option<&Error> {
        self.stopped.as_ref()
    }

    fn next_intact(&mut self, batch: &mut Batch) -> Result<bool> {
        let found = match &mut self.mode {
            Mode::Stream(stream) => stream.next_batch(&self.shared, batch)?,
            Mode::File(file, window) if self.next < file.len() => {
                file.batch(self.next, &self.shared, Some(window), batch)?;
                self.next += 1;
                true
            }
            Mode::File(..) => false,
        };
        if found {
            self.shared.report_progress()?;
        }
        Ok(found)
    }

    fn file(&self) -> Result<&file::File> {
        match &self.mode {
            Mode::File(file, _) => Ok(file),
            Mode::Stream(_) => Err(Error::argument("a stream is read in order only; this call needs a file")),
        }
    }

    /// Number of batches of a file.
    pub fn num_batches(&self) -> Result<usize> {
        Ok(self.file()?.len())
    }

    /// Rows of batch `index` of a file, or of all, without reading bodies.
    pub fn num_rows(&self, index: Option<usize>) -> Result<u64> {
        let (file, limits) = (self.file()?, &self.shared.options.limits);
        match index {
            Some(index) => file.rows(index, limits),
            None => (0..file.len()).try_fold(0u64, |sum, index| Ok(sum.saturating_add(file.rows(index, limits)?))),
        }
    }

    /// Batch `index` of a file; may be called by several threads.
    pub fn read_at(&self, index: usize) -> Result<Batch> {
        let mut batch = Batch::default();
        self.read_into(index, &mut batch)?;
        Ok(batch)
    }

    /// As [`Reader::read_at`], into a batch whose memory is used again.
    pub fn read_into(&self, index: usize, batch: &mut Batch) -> Result<()> {
        self.file()?.batch(index, &self.shared, None, batch)?;
        self.shared.report_progress()
    }

    /// Custom metadata of batch `index` of a file, without reading its body.
    pub fn batch_metadata(&self, index: usize) -> Result<Metadata> {
        self.file()?.batch_metadata(index, &self.shared.options.limits)
    }

    /// Custom metadata of the footer; `None` for a stream.
    pub fn footer_metadata(&self) -> Option<&Metadata> {
        self.footer_metadata.as_ref()
    }

    /// What was done so far.
    pub fn statistics(&self) -> Statistics {
        self.shared.counters.statistics()
    }
}

/// File or stream, by the first bytes.
fn detect(input: &Input, cursor: &mut Cursor) -> Result<Format> {
    let magic = MAGIC.len() as u64;
    // What can be read at any offset is not read forward before it must be.
    let is_file = match input.size()? {
        Some(size) => size >= magic && input.range(0, MAGIC.len())?.as_ref() == MAGIC,
        None => cursor.peek(magic)? == MAGIC,
    };
    Ok(if is_file { Format::File } else { Format::Stream })
}
