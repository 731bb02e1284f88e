//! The library against arrow-ipc, and files against the streams inside them.
#![no_main]

use arrowipc_fuzz::api::{DECOMPRESSED_BYTES, FILE, FORMAT, Failure, Options, Reader, STREAM};
use arrowipc_fuzz::bounds;
use arrowipc_fuzz::layout::{Type, View};
use arrowipc_fuzz::second_opinion::{self, Read, install_panic_hook, may_be_refused, may_refuse};
use arrowipc_fuzz::values::values;

/// Batches that are compared: a footer may list the same one many times.
const MOST_BATCHES: usize = 64;

const MAGIC: &[u8] = b"ARROW1";

fn read(bytes: &[u8], format: i64) -> Result<Read, Failure> {
    let mut reader = Reader::open(bytes, &Options::new(&[(FORMAT, format)]))?;
    let schema = reader.schema()?;
    // SAFETY: the schema was just handed out.
    let ty = unsafe { Type::of(&schema) };
    let mut batches = Vec::new();
    while batches.len() < MOST_BATCHES
        && let Some(array) = reader.next_batch()?
    {
        // SAFETY: schema and array belong together.
        batches.push(values(unsafe { View::new(&ty, &array) }));
    }
    Ok(Read { formats: ty.formats(), batches })
}

/// Whether the footer says the truth: the messages of the stream inside the file, all of them, and its schema.
fn footer_is_true(bytes: &[u8], inside: &Messages<'_>) -> Option<bool> {
    let tail = bytes.len().checked_sub(10)?;
    let length = u32::from_le_bytes(bytes[tail..tail + 4].try_into().ok()?) as usize;
    let footer = arrow_ipc::root_as_footer(&bytes[tail.checked_sub(length)?..tail]).ok()?;
    let blocks = |blocks: Option<flatbuffers::Vector<'_, arrow_ipc::Block>>| -> Vec<(i64, i32, i64)> {
        blocks.iter().flatten().map(|block| (block.offset(), block.metaDataLength(), block.bodyLength())).collect()
    };
    Some(
        inside.ended
            && inside.schema? == footer.schema()?
            && blocks(footer.dictionaries()) == inside.dictionaries
            && blocks(footer.recordBatches()) == inside.batches,
    )
}

/// The messages of a stream, up to the first one that arrow-ipc cannot make out.
#[derive(Default)]
struct Messages<'a> {
    schema: Option<arrow_ipc::Schema<'a>>,
    dictionaries: Vec<(i64, i32, i64)>,
    batches: Vec<(i64, i32, i64)>,
    /// Whether a compressed buffer claims to hold more than is worth reading.
    claims_much: bool,
    /// Whether the end-of-stream marker was found.
    ended: bool,
}

impl<'a> Messages<'a> {
    fn of(bytes: &'a [u8], start: usize) -> Self {
        let mut messages = Messages::default();
        let mut at = start;
        while let Some(next) = messages.add(bytes, at) {
            at = next;
        }
        messages
    }

    /// Adds the message at `at`; where the next one is.
    fn add(&mut self, bytes: &'a [u8], at: usize) -> Option<usize> {
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let prefix = if word(at)? == u32::MAX { 8 } else { 4 };
        let length = word(at + prefix - 4)? as usize;
        if length == 0 {
            self.ended = true;
            return None;
        }
        let metadata = bytes.get(at + prefix..(at + prefix).checked_add(length)?)?;
        let message = arrow_ipc::root_as_message(metadata).ok()?;
        let block = (at as i64, (prefix + length) as i32, message.bodyLength());
        let body = &bytes[at + prefix + length..];
        match message.header_type() {
            arrow_ipc::MessageHeader::Schema => self.schema = message.header_as_schema(),
            arrow_ipc::MessageHeader::DictionaryBatch => {
                self.claims_much |= claims_much(message.header_as_dictionary_batch()?.data()?, body);
                self.dictionaries.push(block);
            }
            arrow_ipc::MessageHeader::RecordBatch => {
                self.claims_much |= claims_much(message.header_as_record_batch()?, body);
                self.batches.push(block);
            }
            _ => return None,
        }
        (at + prefix + length).checked_add(usize::try_from(message.bodyLength()).ok()?)
    }
}

/// Whether a compressed buffer says that it holds more than the library is allowed to decompress.
fn claims_much(batch: arrow_ipc::RecordBatch<'_>, body: &[u8]) -> bool {
    let claim = |buffer: &arrow_ipc::Buffer| {
        let prefix = body.get(usize::try_from(buffer.offset()).ok()?..)?.first_chunk()?;
        Some(i64::from_le_bytes(*prefix))
    };
    let much = |buffer: &arrow_ipc::Buffer| claim(buffer).is_some_and(|claim| claim > DECOMPRESSED_BYTES);
    batch.compression().is_some() && batch.buffers().is_some_and(|buffers| buffers.iter().any(much))
}

fn compare(ours: &Result<Read, Failure>, theirs: &Result<Read, String>) {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => assert!(ours == theirs, "the library reads {ours:?}, arrow-ipc {theirs:?}"),
        (Ok(_), Err(text)) => assert!(may_refuse(text), "the library reads it, arrow-ipc says: {text}"),
        (Err(failure), Ok(_)) => assert!(may_be_refused(failure), "arrow-ipc reads it, the library says: {failure:?}"),
        (Err(_), Err(_)) => {}
    }
}

libfuzzer_sys::fuzz_target!(init: install_panic_hook(), |bytes: &[u8]| {
    let file = bytes.starts_with(MAGIC);
    let ours = bounds::within(bytes.len(), || read(bytes, if file { FILE } else { STREAM }));
    if let Err(failure) = &ours {
        bounds::expected(failure);
    }
    let inside = Messages::of(bytes, if file { 8 } else { 0 });
    let true_footer = file && footer_is_true(bytes, &inside) == Some(true);
    // arrow-ipc allocates what a compressed buffer claims to hold, and ends the process where there is no such memory. Values
    // of big-endian bodies it hands out as they are.
    let swapped = inside.schema.is_some_and(|schema| schema.endianness() == arrow_ipc::Endianness::Big);
    if !inside.claims_much && !swapped && (!file || true_footer) {
        compare(&ours, &second_opinion::read(bytes, file, MOST_BATCHES));
    }
    if let (true, Ok(ours)) = (true_footer, ours)
        && let Ok(inside) = read(&bytes[8..], STREAM)
    {
        assert!(ours == inside, "the file holds {ours:?}, the stream inside it {inside:?}");
    }
});
