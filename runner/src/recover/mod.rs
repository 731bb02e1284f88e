//! What can be saved of an input that is cut off or damaged: its whole messages, as they are, under a schema and in front of an end of their own.
//!
//! Messages are taken as they lie, one behind the other, until there is one that is not whole; of a file with a footer that can be read, those
//! that it lists behind the damage, too. A record batch is saved if it can be read with all its values, and with the dictionaries that are there.
//! Bodies are copied from where they lie.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Range;

use crate::case::options::Format;
use crate::progress::Progress;
use crate::wire::container::{Container, Start};
use crate::wire::decode::{Halt, Reader, RecordBatch};
use crate::wire::parse::{self, Footer, Message, Step, Stop, step};
use crate::wire::tree::Table;
use crate::wire::{violation::Violation, walk};

/// Rows of a column whose values are held at a time.
const ROWS: usize = 1 << 14;
/// Where the messages of a file start.
const FILE_START: usize = 8;
/// The code of version V5, which a footer's schema is written in.
const V5: i64 = 4;

/// What was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Record batches.
    pub batches: usize,
    /// Their rows.
    pub rows: u64,
    /// Dictionary batches.
    pub dictionaries: usize,
    /// Bytes of the output.
    pub bytes: usize,
    /// Why messages that are there could not be saved.
    pub lost: Vec<String>,
    /// Where the messages of the input end, and why, unless it is whole.
    pub stop: Option<Stop>,
}

/// Why nothing could be saved.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// There is no schema, without which no batch can be read.
    #[error("there is no schema in it, and no batch can be read without one: {0}")]
    NoSchema(String),
    /// The output cannot be written.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Writes what is whole of an input, in its own format.
pub fn recover(
    bytes: &[u8],
    format: Format,
    progress: &Progress,
    out: &mut dyn Write,
) -> Result<Recovered, RecoverError> {
    let footer = (format == Format::File).then(|| parse::footer(bytes).ok()).flatten();
    let found = Found::of(bytes, format, footer.as_ref());
    let schema_message = found.messages.iter().find(|message| walk::header(message, "Schema").is_some());
    let (start, schema) = match (schema_message, &footer) {
        (Some(message), _) => (Start::Message(message, &bytes[message.range.clone()]), walk::header(message, "Schema")),
        (None, Some(footer)) => {
            let schema = footer.table.table("schema");
            let version = found.messages.first().map_or(V5, |message| message.table.scalar("version"));
            (schema.map_or(Start::Table(&footer.table, V5), |schema| Start::Table(schema, version)), schema)
        }
        (None, None) => return Err(RecoverError::NoSchema(found.why())),
    };
    let Some(schema) = schema else { return Err(RecoverError::NoSchema(found.why())) };
    let whole = Whole::of(bytes, schema, &found.messages, format, progress)?;
    let mut saved = Recovered { batches: 0, rows: 0, dictionaries: 0, bytes: 0, lost: whole.lost, stop: found.stop };
    let mut container = Container::start(out, format, start)?;
    for message in &found.messages {
        if !whole.starts.contains(&message.range.start) {
            continue;
        }
        match walk::header(message, "RecordBatch") {
            Some(header) => {
                saved.batches += 1;
                saved.rows += u64::try_from(header.scalar("length")).unwrap_or(0);
            }
            None => saved.dictionaries += 1,
        }
        container.message(message, &bytes[message.range.clone()])?;
    }
    saved.bytes = container.finish(footer.as_ref().and_then(|footer| footer.table.get("custom_metadata")))?;
    Ok(saved)
}

/// The messages that are there from their first byte to their last.
struct Found {
    messages: Vec<Message>,
    stop: Option<Stop>,
}

impl Found {
    fn of(bytes: &[u8], format: Format, footer: Option<&Footer>) -> Self {
        let limit = footer.map_or(bytes.len(), |footer| footer.metadata.start);
        let parsed = parse::parse(bytes, format);
        let (mut messages, mut stop) = (parsed.messages, parsed.stop);
        if messages.is_empty() && format == Format::File {
            (messages, stop) = from(bytes, FILE_START, limit);
        }
        let end = messages.last().map_or(0, |message| message.range.end);
        let mut listed: Vec<usize> = footer.map(listed).unwrap_or_default();
        listed.retain(|start| *start >= end);
        for start in listed {
            let free = messages.last().is_none_or(|last| start >= last.range.end);
            if free && let Ok(Step::Message(message)) = step(bytes, start, limit) {
                messages.push(*message);
            }
        }
        let footer = parsed.footer.and_then(Result::err);
        Found { messages, stop: stop.or(footer) }
    }

    fn why(&self) -> String {
        self.stop
            .as_ref()
            .map_or_else(|| "the first message is another one".to_owned(), |stop| stop.problem.to_string())
    }
}

/// The messages one behind the other, whatever stands in front of them.
fn from(bytes: &[u8], start: usize, limit: usize) -> (Vec<Message>, Option<Stop>) {
    let (mut messages, mut at) = (Vec::new(), start);
    loop {
        match step(bytes, at, limit) {
            Ok(Step::Message(message)) => {
                at = message.range.end;
                messages.push(*message);
            }
            Ok(Step::EndOfStream(_) | Step::EndOfInput) => return (messages, None),
            Err(stop) => return (messages, Some(stop)),
        }
    }
}

/// Where the blocks of a footer start, in order.
fn listed(footer: &Footer) -> Vec<usize> {
    let blocks = ["dictionaries", "recordBatches"].iter().flat_map(|list| footer.table.vector(list));
    let starts: BTreeSet<usize> =
        blocks.filter_map(|block| usize::try_from(*block.as_struct()?.first()?).ok()).collect();
    starts.into_iter().collect()
}

/// Which messages can be read.
struct Whole {
    starts: BTreeSet<usize>,
    lost: Vec<String>,
}

impl Whole {
    fn of(
        bytes: &[u8],
        schema: &Table,
        messages: &[Message],
        format: Format,
        progress: &Progress,
    ) -> Result<Self, RecoverError> {
        let mut whole = Whole { starts: BTreeSet::new(), lost: Vec::new() };
        let of_kind = |kind| messages.iter().filter(move |message| walk::header(message, kind).is_some()).cloned();
        // In a file dictionaries may lie behind the batches that refer to them.
        let order: Vec<Message> = match format {
            Format::File => of_kind("DictionaryBatch").chain(of_kind("RecordBatch")).collect(),
            Format::Stream => messages.to_vec(),
        };
        let mut reader = Reader::of_messages(bytes, schema, order).map_err(|violations| {
            RecoverError::NoSchema(violations.first().map_or(String::new(), Violation::to_string))
        })?;
        let dictionaries: BTreeSet<usize> = of_kind("DictionaryBatch").map(|message| message.range.start).collect();
        let batches: BTreeSet<usize> = of_kind("RecordBatch").map(|message| message.range.start).collect();
        while let Some(batch) = reader.next_batch() {
            progress.doing(&format!("reading batch {} of {} rows", batch.index, batch.rows));
            if can_be_read(&mut reader, &batch) {
                whole.starts.insert(batch.at.start);
            }
        }
        let broken = reader.broken_dictionaries().to_vec();
        whole.starts.extend(dictionaries.iter().filter(|start| !broken.contains(start)));
        let lost = dictionaries.iter().chain(&batches).filter(|start| !whole.starts.contains(start));
        let lost: BTreeSet<usize> = lost.copied().collect();
        let violations = reader.into_violations();
        let lost = messages.iter().filter(|message| lost.contains(&message.range.start));
        whole.lost = lost.map(|message| reason(&message.range, &violations)).collect();
        Ok(whole)
    }
}

/// Why a message is lost.
fn reason(message: &Range<usize>, violations: &[Violation]) -> String {
    let why = violations.iter().find(|violation| message.contains(&violation.at.start));
    let why = why.map_or("what it needs could not be read".to_owned(), Violation::to_string);
    format!("the message at byte {}: {why}", message.start)
}

fn can_be_read(reader: &mut Reader, batch: &RecordBatch) -> bool {
    (0..batch.arrays.len()).all(|column| {
        let starts = (0..batch.rows.max(1)).step_by(ROWS);
        let mut parts = starts.map(|start| reader.check(batch, column, start..batch.rows.min(start + ROWS)));
        // What is too much to be looked at is not damaged.
        parts.all(|part| !matches!(part, Err(Halt::Broken)))
    })
}
