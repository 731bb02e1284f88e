//! The push decoder finds what the reader finds, in whatever pieces the bytes come.

mod support;

use arrow_array::RecordBatch;
use arrow_array::ffi::{FFI_ArrowArray, from_ffi};
use arrow_schema::Schema;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrowipc::abi::decoder::*;
use arrowipc::abi::{error, reader};
use std::ffi::CStr;
use std::ptr::{null, null_mut};
use support::batches::{all_batches, columns};
use support::{COMPRESSION, FORMAT, LEGACY, Options, read_ours, write_ours};

const INVALID_ARGUMENT: i32 = 1;
const INVALID_STATE: i32 = 2;
const INVALID_DATA: i32 = 3;

/// Status and text of a failure.
type Failure = (i32, String);

/// Calls a function of the C ABI whose last argument is the error.
macro_rules! call {
    ($function:expr, $($argument:expr),*) => {{
        let mut failure = null_mut();
        // SAFETY: the arguments are valid for the call; a failed call sets the error, which is freed once.
        unsafe {
            match $function($($argument,)* &mut failure) {
                0 => Ok(()),
                status => {
                    let message = CStr::from_ptr(error::arrowipc_error_message(failure)).to_string_lossy().into_owned();
                    error::arrowipc_error_free(failure);
                    Err((status, message))
                }
            }
        }
    }};
}

/// A decoder, and what it found.
struct Decoder {
    handle: *mut arrowipc_decoder,
    schema: Option<FFI_ArrowSchema>,
    batches: Vec<RecordBatch>,
    /// Whether batches are only counted: a changed schema may say what arrow-rs cannot hold.
    count_only: bool,
    rows: Vec<usize>,
    ended: bool,
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: made by `new`, freed once.
        unsafe { arrowipc_decoder_free(self.handle) };
    }
}

impl Decoder {
    fn new() -> Self {
        let mut handle = null_mut();
        call!(arrowipc_decoder_new, null(), &mut handle).unwrap();
        Decoder { handle, schema: None, batches: Vec::new(), count_only: false, rows: Vec::new(), ended: false }
    }

    fn required(&self) -> usize {
        // SAFETY: the decoder lives.
        unsafe { arrowipc_decoder_required(self.handle) }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<usize, Failure> {
        let mut taken = usize::MAX;
        call!(arrowipc_decoder_push, self.handle, bytes.as_ptr(), bytes.len(), &mut taken)?;
        Ok(taken)
    }

    fn finish(&mut self) -> Result<(), Failure> {
        call!(arrowipc_decoder_finish, self.handle)
    }

    fn next(&mut self) -> Result<i32, Failure> {
        let (mut event, mut schema, mut array) = (-1, FFI_ArrowSchema::empty(), FFI_ArrowArray::empty());
        let (c_schema, c_array) = ((&raw mut schema).cast(), (&raw mut array).cast());
        call!(arrowipc_decoder_next, self.handle, &mut event, c_schema, c_array, null_mut())?;
        match event {
            ARROWIPC_EVENT_SCHEMA => assert!(self.schema.replace(schema).is_none()),
            ARROWIPC_EVENT_BATCH if self.count_only => self.rows.push(array.len()),
            ARROWIPC_EVENT_BATCH => {
                self.rows.push(array.len());
                let schema = self.schema.as_ref().expect("the schema comes first");
                // SAFETY: schema and array were exported together.
                let data = unsafe { from_ffi(array, schema) }.unwrap();
                data.validate_full().unwrap();
                self.batches.push(RecordBatch::from(arrow_array::StructArray::from(data)));
            }
            ARROWIPC_EVENT_END => self.ended = true,
            event => assert_eq!(event, ARROWIPC_EVENT_NEED_DATA),
        }
        Ok(event)
    }

    /// All events that wait.
    fn drain(&mut self) -> Result<(), Failure> {
        while !matches!(self.next()?, ARROWIPC_EVENT_NEED_DATA | ARROWIPC_EVENT_END) {}
        Ok(())
    }

    /// Pushes pieces one after the other and says that the input ended.
    fn decode<'b>(&mut self, pieces: impl IntoIterator<Item = &'b [u8]>) -> Result<(), Failure> {
        for piece in pieces {
            let pushed = self.push(piece);
            let drained = self.drain();
            assert_eq!(pushed?, piece.len());
            drained?;
        }
        let finished = self.finish();
        finished.and_then(|()| self.drain())
    }
}

/// Two batches of one column of each kind of layout, as streams.
fn streams() -> Vec<(String, Vec<u8>)> {
    let (schema, batches) = all_batches();
    let project = |index: usize| {
        let schema = std::sync::Arc::new(schema.project(&[index]).unwrap());
        let batches: Vec<_> = batches[..2].iter().map(|batch| batch.project(&[index]).unwrap()).collect();
        let options = [(FORMAT, 1), (COMPRESSION, index as i64 % 3), (LEGACY, index as i64 % 2)];
        (schema.field(0).name().clone(), write_ours(&schema, &batches, &options).unwrap())
    };
    (0..columns().len()).map(project).collect()
}

#[test]
fn every_chunking_gives_the_batches_of_the_reader() {
    for (name, bytes) in streams() {
        let (schema, expected) = read_ours(&bytes, &[]).unwrap();
        for size in (1..=33).chain([64, 100, 1000, bytes.len()]) {
            let mut decoder = Decoder::new();
            decoder.decode(bytes.chunks(size)).unwrap();
            let found = Schema::try_from(decoder.schema.as_ref().unwrap()).unwrap();
            assert_eq!(found, *schema, "{name} in pieces of {size}");
            assert_eq!(decoder.batches, expected, "{name} in pieces of {size}");
            assert!(decoder.ended);
        }
    }
}

#[test]
fn a_piece_may_end_at_every_byte() {
    for (name, bytes) in streams() {
        let (_, expected) = read_ours(&bytes, &[]).unwrap();
        for position in 0..=bytes.len() {
            let mut decoder = Decoder::new();
            decoder.decode([&bytes[..position], &bytes[position..]]).unwrap();
            assert_eq!(decoder.batches.len(), expected.len(), "{name} cut at {position}");
            assert_eq!(decoder.batches.last(), expected.last(), "{name} cut at {position}");
        }
    }
}

/// Reads forward, as the decoder does: in memory the reader is told no size of its own.
fn read(bytes: &[u8]) -> (Vec<usize>, Option<Failure>) {
    let (mut from, mut handle, mut found) = (null_mut(), null_mut(), Vec::new());
    let options = Options::new(&[(FORMAT, 1)]);
    let data = bytes.as_ptr().cast();
    call!(arrowipc::abi::source::arrowipc_source_from_memory, data, bytes.len(), None, null_mut(), &mut from).unwrap();
    if let Err(failure) = call!(reader::arrowipc_reader_open, from, options.0, &mut handle) {
        return (found, Some(failure));
    }
    let failure = loop {
        let mut array = FFI_ArrowArray::empty();
        match call!(reader::arrowipc_reader_next, handle, (&raw mut array).cast(), null_mut()) {
            Ok(()) if array.is_released() => break None,
            Ok(()) => found.push(array.len()),
            Err(failure) => break Some(failure),
        }
    };
    // SAFETY: opened above, freed once; the batches are gone.
    unsafe { reader::arrowipc_reader_free(handle) };
    (found, failure)
}

#[test]
fn a_truncated_stream_fails_as_in_the_reader() {
    let mut failures = 0;
    for (name, bytes) in streams() {
        for length in 0..bytes.len() {
            let (expected, expected_failure) = read(&bytes[..length]);
            let mut decoder = Decoder::new();
            let failure = decoder.decode(bytes[..length].chunks(7)).err();
            assert_eq!(failure, expected_failure, "{name} cut to {length}");
            assert_eq!(decoder.rows, expected, "{name} cut to {length}");
            failures += usize::from(failure.is_some_and(|(status, _)| status == INVALID_DATA));
        }
    }
    assert!(failures > 1000, "{failures}");
}

#[test]
fn a_fault_in_the_middle_leaves_what_came_before() {
    let mut faults = 0;
    for (name, bytes) in streams() {
        for position in (0..bytes.len()).step_by(3) {
            let mut changed = bytes.clone();
            changed[position] ^= 0xFF;
            let (expected, expected_failure) = read(&changed);
            let mut decoder = Decoder::new();
            decoder.count_only = true;
            // All at once: what was found before the fault waits behind it. A changed marker may end the stream early.
            let pushed = decoder.push(&changed).and_then(|_| decoder.finish());
            while matches!(decoder.next(), Ok(ARROWIPC_EVENT_SCHEMA | ARROWIPC_EVENT_BATCH)) {}
            assert_eq!(pushed.err(), expected_failure, "{name}, byte {position}");
            assert_eq!(decoder.rows, expected, "{name}, byte {position}");
            faults += usize::from(expected_failure.is_some() && !expected.is_empty());
        }
    }
    assert!(faults > 100, "{faults}");
}

#[test]
fn what_is_required_is_never_too_much() {
    for (name, bytes) in streams() {
        let (mut decoder, mut position) = (Decoder::new(), 0);
        while decoder.required() > 0 {
            let required = decoder.required();
            assert_eq!(decoder.push(&bytes[position..position + required]).unwrap(), required, "{name}");
            position += required;
        }
        assert_eq!(position, bytes.len(), "{name}");
    }
}

#[test]
fn bytes_behind_the_end_are_not_taken() {
    let (name, bytes) = streams().swap_remove(0);
    let twice = [&bytes[..], &bytes[..]].concat();
    let mut decoder = Decoder::new();
    assert_eq!(decoder.push(&twice).unwrap(), bytes.len(), "{name}");
    assert_eq!((decoder.required(), decoder.push(&twice).unwrap()), (0, 0));
    decoder.finish().unwrap();
    decoder.drain().unwrap();
    // The end is told however often.
    assert_eq!((decoder.next(), decoder.next()), (Ok(ARROWIPC_EVENT_END), Ok(ARROWIPC_EVENT_END)));
    assert_eq!(decoder.push(&twice).unwrap(), 0);
    decoder.finish().unwrap();
    assert_eq!(decoder.batches.len(), 2);
}

#[test]
fn a_decoder_that_failed_refuses_every_call() {
    let (_, bytes) = streams().swap_remove(0);
    let mut decoder = Decoder::new();
    decoder.push(&bytes[..bytes.len() - 3]).unwrap();
    let (status, message) = decoder.finish().unwrap_err();
    assert_eq!(status, INVALID_DATA, "{message}");
    assert_eq!(decoder.required(), 0);
    let failed = || Err((INVALID_STATE, "the decoder failed before".to_owned()));
    assert_eq!(decoder.finish(), failed());
    assert_eq!(decoder.push(&bytes).map(|_| ()), failed());
    // What was found before is still handed out.
    assert_eq!(decoder.drain(), failed());
    assert_eq!(decoder.batches.len(), 2);
    assert_eq!(decoder.next().map(|_| ()), failed());
}

#[test]
fn the_file_format_is_refused() {
    let (options, mut handle) = (Options::new(&[(FORMAT, 2)]), null_mut());
    let refused = call!(arrowipc_decoder_new, options.0, &mut handle).unwrap_err();
    assert_eq!(refused, (INVALID_ARGUMENT, "the push decoder reads streams; a file needs a reader".to_owned()));
    assert!(handle.is_null());
}

#[test]
fn statistics_are_those_of_the_reader() {
    let (schema, batches) = all_batches();
    let bytes = write_ours(&schema, &batches, &[(COMPRESSION, 2)]).unwrap();
    let mut decoder = Decoder::new();
    decoder.decode(bytes.chunks(50)).unwrap();
    let mut found = arrowipc::read::Statistics::default().into();
    let size = size_of::<reader::arrowipc_read_statistics>();
    call!(arrowipc_decoder_statistics, decoder.handle, &mut found, size).unwrap();
    let mut input = arrowipc::read::Reader::open(
        arrowipc::source::Source::memory(bytes::Bytes::from(bytes)),
        &arrowipc::Options::default(),
    )
    .unwrap();
    while input.next_batch().unwrap().is_some() {}
    let expected = reader::arrowipc_read_statistics::from(input.statistics());
    assert_eq!(
        (found.messages, found.batches, found.dictionaries, found.deltas, found.replacements),
        (expected.messages, expected.batches, expected.dictionaries, expected.deltas, expected.replacements)
    );
    assert_eq!((found.bytes_read, found.bytes_decompressed), (expected.bytes_read, expected.bytes_decompressed));
    assert!(found.bytes_copied > expected.bytes_copied);
}
