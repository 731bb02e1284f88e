//! The push decoder: whatever the pieces, what the pull reader says of the whole.
#![no_main]

use arrowipc::array::{Batch, Columns};
use arrowipc::options::Options;
use arrowipc::read::Reader;
use arrowipc::read::push::{Event, PushDecoder};
use arrowipc::schema::Schema;
use arrowipc::source::Source;
use arrowipc::{Code, Error};
use arrowipc_fuzz::api::DECOMPRESSED_BYTES;
use arrowipc_fuzz::bounds;
use std::sync::Arc;

fn options() -> Options {
    let mut options = Options { format: Some(arrowipc::format::Format::Stream), ..Options::default() };
    options.limits.decompressed_bytes = DECOMPRESSED_BYTES as u64;
    options
}

#[derive(Default)]
struct Found {
    schema: Option<Arc<Schema>>,
    batches: Vec<Batch>,
    error: Option<Error>,
}

fn pull(bytes: &[u8]) -> Found {
    let mut found = Found::default();
    let read = |found: &mut Found| {
        let mut reader = Reader::open(Source::memory(bytes.to_vec().into()), &options())?;
        found.schema = Some(Arc::clone(reader.schema()));
        while let Some(batch) = reader.next_batch()? {
            found.batches.push(batch);
        }
        Ok(())
    };
    found.error = read(&mut found).err();
    found
}

/// The last bytes of the input say how large the pieces are.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let sizes = &bytes[bytes.len().saturating_sub(8)..];
    sizes.iter().cycle().map(|size| match size {
        0..0x80 => usize::from(*size) + 1,
        _ => (usize::from(*size) - 0x7F) * 64,
    })
}

fn push(bytes: &[u8]) -> Found {
    let mut found = Found::default();
    let mut decoder = PushDecoder::new(&options()).unwrap();
    let (mut rest, mut ended) = (bytes, false);
    let mut sizes = pieces(bytes);
    loop {
        let at_end = rest.is_empty();
        let outcome = match at_end {
            true => decoder.finish(),
            false => {
                let required = decoder.required();
                let piece = &rest[..sizes.next().unwrap_or(1).min(rest.len())];
                decoder.push(piece).map(|taken| {
                    assert!(taken == piece.len() || decoder.required() == 0);
                    assert!(required > 0 || taken == 0);
                    rest = if taken < piece.len() { &[] } else { &rest[taken..] };
                })
            }
        };
        found.error = outcome.err();
        loop {
            match decoder.next_event() {
                Event::NeedData => break,
                Event::Schema(schema) => assert!(found.schema.replace(schema).is_none()),
                Event::Batch(batch) => found.batches.push(*batch),
                Event::End => ended = true,
            }
        }
        if ended || found.error.is_some() {
            return found;
        }
        assert!(!at_end, "neither an end nor an error at the end of the input");
    }
}

fn same_columns(a: &Columns, b: &Columns) -> bool {
    let nodes = |columns: &Columns| -> Vec<_> {
        columns.nodes.iter().map(|n| (n.length, n.null_count, n.first_buffer, n.buffer_count)).collect()
    };
    let bytes = |columns: &Columns| -> Vec<_> {
        columns.buffers.iter().map(|buffer| (buffer.is_absent(), columns.bytes(*buffer).to_vec())).collect()
    };
    nodes(a) == nodes(b) && bytes(a) == bytes(b)
}

fn same_batches(a: &Batch, b: &Batch) -> bool {
    a.rows == b.rows
        && a.metadata == b.metadata
        && same_columns(&a.columns, &b.columns)
        && a.dictionaries.len() == b.dictionaries.len()
        && a.dictionaries.iter().all(|(id, values)| same_columns(values, &b.dictionaries[id]))
}

type Place<'e> = (Code, Option<u64>, Option<u64>, Option<&'e str>, Option<&'e str>);

/// What an error says but its text: one speaks of the input, the other of the stream.
fn place(error: &Option<Error>) -> Option<Place<'_>> {
    error.as_ref().map(|e| (e.code, e.offset, e.message_index, e.field_path.as_deref(), e.clause))
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (pulled, pushed) = bounds::within(4 * bytes.len(), || (pull(bytes), push(bytes)));
    assert_eq!(place(&pulled.error), place(&pushed.error));
    // An error in the schema's message comes before the schema.
    assert_eq!(pulled.schema, pushed.schema);
    assert_eq!(pulled.batches.len(), pushed.batches.len());
    for (a, b) in pulled.batches.iter().zip(&pushed.batches) {
        assert!(same_batches(a, b), "{a:?} and {b:?}");
    }
});
