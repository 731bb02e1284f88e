//! Damaged inputs give what they still hold, with the option that asks for it, and an error without.

mod support;

use arrow_array::ffi::{FFI_ArrowArray, from_ffi};
use arrow_array::{RecordBatch, StructArray};
use arrow_ipc::MessageHeader;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{Field, Schema, SchemaRef};
use arrowipc::abi::{error, reader, source};
use std::ffi::{CStr, c_void};
use std::path::Path;
use std::ptr::null_mut;
use std::sync::Arc;
use support::batches::{all_batches, dictionary};
use support::{COMPRESSION, DICTIONARIES, FORMAT, From, Options, source_of, write_ours};

const RECOVER: i32 = 3;

const INVALID_DATA: i32 = 3;
const IO: i32 = 7;
/// What the failing source answers.
const EIO: i32 = 5;

/// What a reader gave.
#[derive(Debug, Default)]
struct Outcome {
    batches: Vec<RecordBatch>,
    /// Status and errno of the first failure.
    failure: Option<(i32, i32)>,
    /// Whether the end was told.
    ended: bool,
    stopped_by: Option<String>,
    format: i32,
}

/// Frees an error and gives its status and errno.
fn taken(failure: *mut error::arrowipc_error) -> (i32, i32) {
    // SAFETY: the error that a failed call set, freed once.
    unsafe {
        let found = (error::arrowipc_error_code(failure), error::arrowipc_error_errno(failure));
        error::arrowipc_error_free(failure);
        found
    }
}

/// Reads to the end or the first failure; behind a failure of the source it goes on, as a program may.
fn read(from: *mut source::arrowipc_source, recover: bool) -> Outcome {
    let options = Options::new(&[(RECOVER, recover.into())]);
    let (mut handle, mut failure, mut outcome) = (null_mut(), null_mut(), Outcome::default());
    // SAFETY: as a C program would: the source is consumed, outputs are valid, the reader is freed once.
    unsafe {
        if reader::arrowipc_reader_open(from, options.0, &mut handle, &mut failure) != 0 {
            outcome.failure = Some(taken(failure));
            return outcome;
        }
        let mut schema = FFI_ArrowSchema::empty();
        assert_eq!(reader::arrowipc_reader_schema(handle, (&raw mut schema).cast(), null_mut()), 0);
        for _ in 0..100 {
            let mut array = FFI_ArrowArray::empty();
            let status = reader::arrowipc_reader_next(handle, (&raw mut array).cast(), null_mut(), &mut failure);
            match status {
                0 if array.is_released() => {
                    outcome.ended = true;
                    break;
                }
                0 => {
                    let data = from_ffi(array, &schema).unwrap();
                    outcome.batches.push(RecordBatch::from(StructArray::from(data)));
                }
                _ => {
                    let found = taken(failure);
                    outcome.failure.get_or_insert(found);
                    if found.0 != IO {
                        break;
                    }
                }
            }
        }
        let stopped_by = reader::arrowipc_reader_stopped_by(handle);
        if !stopped_by.is_null() {
            let message = CStr::from_ptr(error::arrowipc_error_message(stopped_by));
            outcome.stopped_by = Some(message.to_string_lossy().into_owned());
        }
        outcome.format = reader::arrowipc_reader_format(handle);
        reader::arrowipc_reader_free(handle);
    }
    outcome
}

fn read_memory(bytes: &[u8], recover: bool) -> Outcome {
    read(source_of(From::Memory, bytes, Path::new("-")), recover)
}

/// Batches with text, lists, views in a struct, and a dictionary that grows.
fn batches() -> (SchemaRef, Vec<RecordBatch>) {
    let (schema, whole) = all_batches();
    let names = ["utf8", "list", "struct"];
    let positions: Vec<usize> = names.iter().map(|name| schema.index_of(name).unwrap()).collect();
    let indices = [Some(0), None, Some(1), Some(1), Some(0)];
    let grown = [&["p", "q"][..], &["p", "q", "r"], &["p", "q", "r", "s"]];
    let batches: Vec<RecordBatch> = grown
        .iter()
        .zip(&whole)
        .map(|(values, batch)| {
            let rows = batch.num_rows();
            let batch = batch.project(&positions).unwrap();
            let mut fields: Vec<Arc<Field>> = batch.schema().fields().to_vec();
            let mut columns = batch.columns().to_vec();
            let last = values.len() as i8 - 1;
            let mut indices = indices[..rows].to_vec();
            indices.iter_mut().take(1).for_each(|index| *index = Some(last));
            columns.push(dictionary(values, &indices));
            fields.push(Arc::new(Field::new("dictionary", columns[3].data_type().clone(), true)));
            RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
        })
        .collect();
    (batches[0].schema(), batches)
}

/// A message of an input: what it is, where it starts and ends.
type Block = (MessageHeader, usize, usize);

/// The messages from byte `position` on, as arrow-rs finds them.
fn blocks(bytes: &[u8], mut position: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    loop {
        assert_eq!(bytes[position..position + 4], [0xFF; 4]);
        let length = i32::from_le_bytes(bytes[position + 4..position + 8].try_into().unwrap()) as usize;
        if length == 0 {
            return blocks;
        }
        let message = arrow_ipc::root_as_message(&bytes[position + 8..position + 8 + length]).unwrap();
        let end = position + 8 + length + message.bodyLength() as usize;
        blocks.push((message.header_type(), position, end));
        position = end;
    }
}

/// Streams and files with every compression, dictionaries as deltas and, where they can be, replaced.
fn inputs() -> Vec<(String, Vec<u8>, i32)> {
    let (schema, batches) = batches();
    let mut inputs = Vec::new();
    for (format, dictionaries) in [(1, 0), (1, 1), (2, 1)] {
        for compression in [0, 1, 2] {
            let options = [(FORMAT, format), (COMPRESSION, compression), (DICTIONARIES, dictionaries)]
                .map(|(k, v)| (k, v as i64));
            let bytes = write_ours(&schema, &batches, &options).unwrap();
            inputs.push((format!("format {format}, codec {compression}, mode {dictionaries}"), bytes, format));
        }
    }
    inputs
}

#[test]
fn an_input_cut_at_every_byte_gives_the_batches_before_the_cut() {
    let (_, expected) = batches();
    let mut cuts = 0;
    for (name, bytes, format) in inputs() {
        let blocks = blocks(&bytes, if format == 2 { 8 } else { 0 });
        let kinds: Vec<_> = blocks.iter().map(|(kind, ..)| *kind).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == MessageHeader::DictionaryBatch).count(), 3, "{name}");
        for cut in 0..bytes.len() {
            let place = format!("{name}, cut to {cut} of {} bytes", bytes.len());
            let whole = blocks.iter().filter(|(kind, _, end)| *kind == MessageHeader::RecordBatch && *end <= cut);
            let found = read_memory(&bytes[..cut], true);
            if cut < blocks[0].2 {
                assert_eq!(found.failure, Some((INVALID_DATA, 0)), "{place}");
                continue;
            }
            assert_eq!((found.failure, found.ended), (None, true), "{place}");
            assert_eq!(found.batches, expected[..whole.count()], "{place}");
            let between = format == 1 && (blocks.iter().any(|(.., end)| *end == cut) || cut == bytes.len());
            assert_eq!(found.stopped_by.is_none(), between, "{place}: {:?}", found.stopped_by);

            let strict = read_memory(&bytes[..cut], false);
            assert_eq!(strict.failure.is_none(), between, "{place}");
            assert_eq!(strict.stopped_by, None, "{place}");
            cuts += 1;
        }
        let whole = read_memory(&bytes, true);
        assert_eq!((whole.failure, whole.stopped_by, whole.format), (None, None, format), "{name}");
        assert_eq!(whole.batches, expected, "{name}");
    }
    assert!(cuts > 10_000, "{cuts}");
}

#[test]
fn a_cut_is_recovered_from_every_source() {
    let (_, expected) = batches();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut");
    for (name, bytes, format) in inputs() {
        let blocks = blocks(&bytes, if format == 2 { 8 } else { 0 });
        let cut = blocks[blocks.len() - 1].2 - 1;
        std::fs::write(&path, &bytes[..cut]).unwrap();
        for from in From::ALL {
            let found = read(source_of(from, &bytes[..cut], &path), true);
            if format == 2 && from == From::ForwardCallbacks {
                // Whether a file is whole cannot be seen from its front.
                assert_eq!(found.failure, Some((4, 0)), "{name} from {from:?}");
                continue;
            }
            assert_eq!(found.batches, expected[..2], "{name} from {from:?}");
            assert!(found.stopped_by.is_some(), "{name} from {from:?}");
        }
    }
}

#[test]
fn a_file_whose_footer_is_damaged_gives_all_batches() {
    let (_, expected) = batches();
    let (mut noticed, mut changes) = (0, 0);
    for (name, bytes, _) in inputs().into_iter().filter(|(.., format)| *format == 2) {
        let end_of_stream = blocks(&bytes, 8).last().unwrap().2 + 8;
        for position in end_of_stream..bytes.len() {
            for pattern in [0x01, 0x40, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[position] ^= pattern;
                let found = read_memory(&changed, true);
                let place = format!("{name}, byte {position} ^ {pattern:#x}");
                assert_eq!(found.failure, None, "{place}");
                assert_eq!(found.batches, expected, "{place}");
                noticed += usize::from(found.stopped_by.is_some());
                changes += 1;
            }
        }
    }
    assert!(noticed * 2 > changes, "{noticed} of {changes}");
}

#[test]
fn a_file_without_footer_whose_magic_is_padded_to_64_bytes_gives_its_batches() {
    let (schema, expected) = all_batches();
    let mut file = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &schema).unwrap();
    expected.iter().for_each(|batch| file.write(batch).unwrap());
    let bytes = file.into_inner().unwrap();
    assert_eq!(bytes[..64], [&b"ARROW1"[..], &[0; 58]].concat());
    let found = read_memory(&bytes[..bytes.len() - 1], true);
    assert_eq!(found.batches, expected);
    assert!(found.stopped_by.unwrap().starts_with("the input does not end with ARROW1"));
    assert_eq!(read_memory(&bytes, true).stopped_by, None);
}

#[test]
fn a_damaged_message_ends_the_batches() {
    let (_, expected) = batches();
    for (name, bytes, format) in inputs() {
        let blocks = blocks(&bytes, if format == 2 { 8 } else { 0 });
        let (_, start, _) = blocks.iter().rfind(|(kind, ..)| *kind == MessageHeader::RecordBatch).unwrap();
        let mut changed = bytes.clone();
        changed[start + 8..start + 12].fill(0xFF);
        let found = read_memory(&changed, true);
        assert_eq!(found.failure, None, "{name}");
        assert_eq!(found.batches, expected[..2], "{name}");
        let stopped_by = found.stopped_by.unwrap();
        assert!(stopped_by.starts_with("metadata flatbuffer: "), "{name}: {stopped_by}");
        assert_eq!(found.format, format, "{name}");
        assert_eq!(read_memory(&changed, false).failure, Some((INVALID_DATA, 0)), "{name}");
    }
}

#[test]
fn a_footer_that_leaves_out_batches_is_not_believed() {
    let (schema, expected) = batches();
    let long = write_ours(&schema, &expected, &[(FORMAT, 2), (DICTIONARIES, 1)]).unwrap();
    let footer_of = |bytes: &[u8]| blocks(bytes, 8).last().unwrap().2 + 8;
    // The footer of a file that was one batch shorter, as a program leaves it that appends and dies.
    let short = write_ours(&schema, &expected[..2], &[(FORMAT, 2), (DICTIONARIES, 1)]).unwrap();
    let mixed = [&long[..footer_of(&long)], &short[footer_of(&short)..]].concat();
    let found = read_memory(&mixed, true);
    assert_eq!(found.batches, expected);
    let message = format!(
        "the footer lists 2 dictionary batches, which are not the 3 of the file's stream, byte {} \
         [footer-dictionaries-listed]",
        footer_of(&long)
    );
    assert_eq!(found.stopped_by, Some(message));
    assert_eq!(found.format, 1);
    // Whoever does not ask is given what the footer says (clause file-footer-truth).
    assert_eq!(read_memory(&mixed, false).batches, expected[..2]);
}

/// A source that fails once, at the call with this number.
struct Failing {
    bytes: Vec<u8>,
    position: std::sync::Mutex<usize>,
    calls: std::sync::atomic::AtomicUsize,
    fails_at: usize,
}

impl Failing {
    fn fails(&self) -> bool {
        self.calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1 == self.fails_at
    }

    fn copy(&self, start: usize, buffer: *mut u8, n: usize, out: *mut usize) -> i32 {
        if self.fails() {
            return EIO;
        }
        let count = n.min(self.bytes.len().saturating_sub(start)).min(700);
        // SAFETY: the buffer has room for `n` bytes and `out` is valid, as the contract of the callbacks says.
        unsafe {
            std::ptr::copy_nonoverlapping(self.bytes[start.min(self.bytes.len())..].as_ptr(), buffer, count);
            *out = count;
        }
        0
    }
}

unsafe extern "C" fn failing_read(ctx: *mut c_void, buffer: *mut u8, n: usize, out: *mut usize) -> i32 {
    // SAFETY: the context is a `Failing` that lives.
    let failing = unsafe { &*ctx.cast::<Failing>() };
    let mut position = failing.position.lock().unwrap();
    let errno = failing.copy(*position, buffer, n, out);
    if errno == 0 {
        // SAFETY: `copy` wrote it.
        *position += unsafe { *out };
    }
    errno
}

unsafe extern "C" fn failing_read_at(ctx: *mut c_void, offset: u64, buffer: *mut u8, n: usize, out: *mut usize) -> i32 {
    // SAFETY: the context is a `Failing` that lives.
    unsafe { &*ctx.cast::<Failing>() }.copy(offset as usize, buffer, n, out)
}

unsafe extern "C" fn failing_size(ctx: *mut c_void, out: *mut u64) -> i32 {
    // SAFETY: the context is a `Failing` that lives, `out` is valid.
    unsafe {
        let failing = &*ctx.cast::<Failing>();
        if failing.fails() {
            return EIO;
        }
        *out = failing.bytes.len() as u64;
    }
    0
}

#[test]
fn failures_of_the_source_are_never_taken_for_the_end() {
    let (_, expected) = batches();
    let mut failures = 0;
    for (name, bytes, _) in inputs() {
        let damaged = [&bytes[..bytes.len() - 1], &[0]].concat();
        for bytes in [bytes, damaged] {
            for seeks in [true, false] {
                for fails_at in 1.. {
                    let (position, calls) = (0.into(), 0.into());
                    let failing = Failing { bytes: bytes.clone(), position, calls, fails_at };
                    let callbacks = source::arrowipc_source_callbacks {
                        struct_size: size_of::<source::arrowipc_source_callbacks>(),
                        read: Some(failing_read),
                        read_at: if seeks { Some(failing_read_at) } else { None },
                        size: if seeks { Some(failing_size) } else { None },
                        release: None,
                    };
                    let (mut from, ctx) = (null_mut(), (&raw const failing).cast_mut().cast());
                    // SAFETY: the context outlives the reader, which `read` frees.
                    let made =
                        unsafe { source::arrowipc_source_from_callbacks(&callbacks, ctx, &mut from, null_mut()) };
                    assert_eq!(made, 0);
                    let found = read(from, true);
                    if failing.calls.into_inner() < fails_at {
                        break;
                    }
                    failures += 1;
                    let place = format!("{name}, call {fails_at}, seeks: {seeks}");
                    let first = found.failure.unwrap_or_else(|| panic!("{place}: no failure"));
                    assert_eq!(first, (IO, EIO), "{place}");
                    // A file can be tried again; a stream that lost its place cannot, and does not pretend to have ended.
                    assert!(!found.ended || found.batches == expected, "{place}: {found:?}");
                    assert!(found.ended || found.format != 2, "{place}");
                }
            }
        }
    }
    assert!(failures > 300, "{failures}");
}
