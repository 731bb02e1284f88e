//! Callbacks that fail at any call, take or give one byte at a time, or are called by many threads.

mod support;

use arrow_array::ffi::{FFI_ArrowArray, from_ffi};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator, StructArray};
use arrow_schema::ffi::FFI_ArrowSchema;
use arrowipc::abi::{error, options, reader, sink, source, writer};
use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use support::batches::all_batches;
use support::{COMPRESSION, DICTIONARIES, FORMAT, From, Options, alone, source_of, write_ours};

const INVALID_STATE: i32 = 2;
const IO: i32 = 7;
/// What a callback answers when it fails.
const ENOSPC: i32 = 28;

/// What the test harness may allocate meanwhile. A leak shows: it is repeated at each call that fails.
const HARNESS_BYTES: i64 = 16 << 10;

/// Status and errno of a failed call, whose error is freed.
fn failure(status: i32, failed: *mut error::arrowipc_error) -> (i32, i32) {
    // SAFETY: the error that a failed call set, freed once.
    unsafe {
        assert_eq!(error::arrowipc_error_code(failed), status);
        let errno = error::arrowipc_error_errno(failed);
        error::arrowipc_error_free(failed);
        (status, errno)
    }
}

/// A device in memory that counts its calls and fails at one of them.
#[derive(Default)]
struct Device {
    bytes: Mutex<Vec<u8>>,
    position: AtomicUsize,
    calls: AtomicUsize,
    fails_at: usize,
    /// Most bytes that a call moves.
    most: usize,
    released: AtomicUsize,
}

impl Device {
    fn answer(&self) -> i32 {
        if self.calls.fetch_add(1, Ordering::Relaxed) + 1 == self.fails_at { ENOSPC } else { 0 }
    }

    fn copy(&self, start: usize, buffer: *mut u8, n: usize) -> usize {
        let bytes = self.bytes.lock().unwrap();
        let rest = &bytes[start.min(bytes.len())..];
        let count = n.min(rest.len()).min(self.most);
        // SAFETY: the buffer has room for `n` bytes, as the contract of the callbacks says.
        unsafe { std::ptr::copy_nonoverlapping(rest.as_ptr(), buffer, count) };
        count
    }
}

unsafe extern "C" fn write(ctx: *mut c_void, buffer: *const u8, n: usize, out: *mut usize) -> i32 {
    // SAFETY: the context is a `Device` that lives; buffer and output are valid, as the contract says.
    unsafe {
        let device = &*ctx.cast::<Device>();
        let taken = n.min(device.most);
        match device.answer() {
            0 => {
                device.bytes.lock().unwrap().extend_from_slice(std::slice::from_raw_parts(buffer, taken));
                *out = taken;
                0
            }
            errno => errno,
        }
    }
}

unsafe extern "C" fn flush(ctx: *mut c_void) -> i32 {
    // SAFETY: the context is a `Device` that lives.
    unsafe { &*ctx.cast::<Device>() }.answer()
}

unsafe extern "C" fn read(ctx: *mut c_void, buffer: *mut u8, n: usize, out: *mut usize) -> i32 {
    // SAFETY: the context is a `Device` that lives; the output is valid, as the contract says.
    unsafe {
        let device = &*ctx.cast::<Device>();
        match device.answer() {
            0 => {
                let count = device.copy(device.position.load(Ordering::Relaxed), buffer, n);
                device.position.fetch_add(count, Ordering::Relaxed);
                *out = count;
                0
            }
            errno => errno,
        }
    }
}

unsafe extern "C" fn read_at(ctx: *mut c_void, offset: u64, buffer: *mut u8, n: usize, out: *mut usize) -> i32 {
    // SAFETY: as in `read`.
    unsafe {
        let device = &*ctx.cast::<Device>();
        match device.answer() {
            0 => {
                *out = device.copy(offset as usize, buffer, n);
                0
            }
            errno => errno,
        }
    }
}

unsafe extern "C" fn size(ctx: *mut c_void, out: *mut u64) -> i32 {
    // SAFETY: as in `read`.
    unsafe {
        let device = &*ctx.cast::<Device>();
        *out = device.bytes.lock().unwrap().len() as u64;
        device.answer()
    }
}

unsafe extern "C" fn release(ctx: *mut c_void) {
    // SAFETY: as in `flush`.
    unsafe { &*ctx.cast::<Device>() }.released.fetch_add(1, Ordering::Relaxed);
}

fn sink_to(device: &Device) -> *mut sink::arrowipc_sink {
    let callbacks = sink::arrowipc_sink_callbacks {
        struct_size: size_of::<sink::arrowipc_sink_callbacks>(),
        write: Some(write),
        flush: Some(flush),
        release: Some(release),
    };
    let (mut out, ctx) = (null_mut(), (&raw const *device).cast_mut().cast());
    // SAFETY: the context outlives the sink in every test.
    assert_eq!(unsafe { sink::arrowipc_sink_to_callbacks(&callbacks, ctx, &mut out, null_mut()) }, 0);
    out
}

fn source_from(device: &Device, seeks: bool) -> *mut source::arrowipc_source {
    let callbacks = source::arrowipc_source_callbacks {
        struct_size: size_of::<source::arrowipc_source_callbacks>(),
        read: Some(read),
        read_at: if seeks { Some(read_at) } else { None },
        size: if seeks { Some(size) } else { None },
        release: Some(release),
    };
    let (mut out, ctx) = (null_mut(), (&raw const *device).cast_mut().cast());
    // SAFETY: the context outlives the source in every test.
    assert_eq!(unsafe { source::arrowipc_source_from_callbacks(&callbacks, ctx, &mut out, null_mut()) }, 0);
    out
}

/// Writes all batches; the first failure, if any, and what calls answer behind it.
fn write_to(device: &Device, batches: &[RecordBatch], chosen: *const options::arrowipc_options) -> Option<(i32, i32)> {
    let schema = batches[0].schema();
    let c_schema = FFI_ArrowSchema::try_from(schema.as_ref()).unwrap();
    let (mut handle, mut failed) = (null_mut(), null_mut());
    // SAFETY: as a C program would: sink and stream are consumed, the writer is freed once.
    unsafe {
        let opened = writer::arrowipc_writer_open(
            sink_to(device),
            (&raw const c_schema).cast(),
            chosen,
            &mut handle,
            &mut failed,
        );
        if opened != 0 {
            return Some(failure(opened, failed));
        }
        let mut result = 0;
        for batch in batches {
            let mut stream = stream_of(batch);
            result = writer::arrowipc_writer_write_stream(handle, (&raw mut stream).cast(), &mut failed);
            if result != 0 {
                break;
            }
        }
        if result == 0 {
            result = writer::arrowipc_writer_finish(handle, &mut failed);
        }
        let outcome = (result != 0).then(|| failure(result, failed));
        // Broken or finished: nothing more is taken.
        let calls = device.calls.load(Ordering::Relaxed);
        let mut stream = stream_of(&batches[0]);
        let again = writer::arrowipc_writer_write_stream(handle, (&raw mut stream).cast(), null_mut());
        assert_eq!(again, INVALID_STATE);
        assert_eq!(writer::arrowipc_writer_finish(handle, null_mut()), INVALID_STATE);
        assert_eq!(device.calls.load(Ordering::Relaxed), calls);
        assert_eq!(device.released.load(Ordering::Relaxed), 0);
        writer::arrowipc_writer_free(handle);
        outcome
    }
}

fn stream_of(batch: &RecordBatch) -> FFI_ArrowArrayStream {
    FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new([Ok(batch.clone())], batch.schema())))
}

#[test]
fn a_sink_that_fails_at_any_call_breaks_the_writer() {
    let _alone = alone();
    let (_, batches) = all_batches();
    let mut failures = 0;
    for (format, compression) in [(1, 0), (2, 0), (1, 2)] {
        let chosen = Options::new(&[(FORMAT, format), (COMPRESSION, compression), (DICTIONARIES, 1)]);
        let whole = Device { most: usize::MAX, ..Device::default() };
        assert_eq!(write_to(&whole, &batches, chosen.0), None);
        // Nothing is too much, everything arrives in whatever pieces it is taken.
        let bytewise = Device { most: 1, ..Device::default() };
        assert_eq!(write_to(&bytewise, &batches, chosen.0), None);
        assert_eq!(*bytewise.bytes.lock().unwrap(), *whole.bytes.lock().unwrap());
        let before = arrowipc::memory::current();
        for fails_at in 1..=whole.calls.load(Ordering::Relaxed) {
            let device = Device { most: usize::MAX, fails_at, ..Device::default() };
            assert_eq!(write_to(&device, &batches, chosen.0), Some((IO, ENOSPC)), "format {format}, call {fails_at}");
            assert_eq!(device.released.load(Ordering::Relaxed), 1);
            // What arrived is the beginning of the output.
            assert!(whole.bytes.lock().unwrap().starts_with(&device.bytes.lock().unwrap()));
            failures += 1;
        }
        let leaked = arrowipc::memory::current() - before;
        assert!(leaked < HARNESS_BYTES, "{leaked} bytes");
    }
    assert!(failures > 15, "{failures}");
}

/// What a reader gave: rows of batches, the first failure, and whether the end came.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    rows: Vec<usize>,
    failure: Option<(i32, i32)>,
    ended: bool,
}

/// Reads all batches. After a failure it is tried once more, as a program may.
fn read_from(from: *mut source::arrowipc_source) -> Outcome {
    let (mut handle, mut failed, mut outcome) = (null_mut(), null_mut(), Outcome::default());
    // SAFETY: as a C program would: the source is consumed, the reader is freed once.
    unsafe {
        let opened = reader::arrowipc_reader_open(from, null(), &mut handle, &mut failed);
        if opened != 0 {
            outcome.failure = Some(failure(opened, failed));
            return outcome;
        }
        let mut stream_failed = false;
        loop {
            let mut array = FFI_ArrowArray::empty();
            match reader::arrowipc_reader_next(handle, (&raw mut array).cast(), null_mut(), &mut failed) {
                0 if array.is_released() => {
                    outcome.ended = true;
                    break;
                }
                0 => outcome.rows.push(array.len()),
                status if outcome.failure.is_none() => outcome.failure = Some(failure(status, failed)),
                status => {
                    assert_eq!(failure(status, failed), (INVALID_STATE, 0));
                    stream_failed = true;
                    break;
                }
            }
        }
        assert!(outcome.ended || stream_failed);
        reader::arrowipc_reader_free(handle);
    }
    outcome
}

#[test]
fn a_source_that_fails_at_any_call_is_an_error_once() {
    let _alone = alone();
    let (schema, batches) = all_batches();
    let rows: Vec<usize> = batches.iter().map(RecordBatch::num_rows).collect();
    let mut failures = 0;
    for (format, seeks) in [(1, false), (1, true), (2, true)] {
        let bytes = write_ours(&schema, &batches, &[(FORMAT, format), (DICTIONARIES, 1)]).unwrap();
        let device = |fails_at, most| Device { bytes: bytes.clone().into(), fails_at, most, ..Device::default() };
        for most in [1, usize::MAX] {
            let whole = device(0, most);
            let expected = Outcome { rows: rows.clone(), failure: None, ended: true };
            assert_eq!(read_from(source_from(&whole, seeks)), expected, "{most} bytes a call");
            if most == 1 {
                continue;
            }
            let before = arrowipc::memory::current();
            for fails_at in 1..=whole.calls.load(Ordering::Relaxed) {
                let device = device(fails_at, most);
                let outcome = read_from(source_from(&device, seeks));
                let place = format!("format {format}, seeks {seeks}, call {fails_at}: {outcome:?}");
                assert_eq!(outcome.failure, Some((IO, ENOSPC)), "{place}");
                assert!(rows.starts_with(&outcome.rows), "{place}");
                // A stream has lost its place; a file is read where the footer says.
                assert_eq!(outcome.ended, outcome.rows == rows && format == 2, "{place}");
                assert_eq!(device.released.load(Ordering::Relaxed), 1, "{place}");
                failures += 1;
            }
            let leaked = arrowipc::memory::current() - before;
            assert!(leaked < HARNESS_BYTES, "{leaked} bytes");
        }
    }
    assert!(failures > 60, "{failures}");
}

#[test]
fn eight_threads_read_what_one_reads() {
    let _alone = alone();
    let (schema, batches) = all_batches();
    let batches: Vec<RecordBatch> = (0..32).map(|index| batches[index % batches.len()].clone()).collect();
    let bytes = write_ours(&schema, &batches, &[(FORMAT, 2), (COMPRESSION, 1), (DICTIONARIES, 1)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared.arrow");
    std::fs::write(&path, &bytes).unwrap();
    struct Shared(*mut reader::arrowipc_reader);
    // SAFETY: calls that take a const reader may run concurrently, as the header says.
    unsafe impl Sync for Shared {}
    for from in [From::Memory, From::Path, From::Map, From::Descriptor, From::Callbacks] {
        let mut handle = null_mut();
        // SAFETY: the source is consumed, the output is valid.
        let opened =
            unsafe { reader::arrowipc_reader_open(source_of(from, &bytes, &path), null(), &mut handle, null_mut()) };
        assert_eq!(opened, 0);
        let (shared, c_schema) = (Shared(handle), FFI_ArrowSchema::try_from(schema.as_ref()).unwrap());
        let read = |index: usize, c_schema: &FFI_ArrowSchema| {
            let mut array = FFI_ArrowArray::empty();
            let shared: &Shared = &shared;
            // SAFETY: the reader lives; schema and array were exported alike.
            unsafe {
                let out = (&raw mut array).cast();
                assert_eq!(reader::arrowipc_reader_read_at(shared.0, index as i64, out, null_mut()), 0);
                RecordBatch::from(StructArray::from(from_ffi(array, c_schema).unwrap()))
            }
        };
        let expected: Vec<RecordBatch> = (0..32).map(|index| read(index, &c_schema)).collect();
        assert_eq!(expected, batches);
        let found: Vec<Vec<RecordBatch>> = std::thread::scope(|scope| {
            let start = |thread: usize| {
                let (read, schema) = (&read, Arc::clone(&schema));
                scope.spawn(move || {
                    let c_schema = FFI_ArrowSchema::try_from(schema.as_ref()).unwrap();
                    // Each in an order of its own.
                    (0..32).map(|index| read((index * 7 + thread * 5) % 32, &c_schema)).collect()
                })
            };
            let threads: Vec<_> = (0..8).map(start).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        // SAFETY: the last use of the reader; the batches stand on their own.
        unsafe { reader::arrowipc_reader_free(handle) };
        for (thread, found) in found.iter().enumerate() {
            for (index, batch) in found.iter().enumerate() {
                assert_eq!(*batch, expected[(index * 7 + thread * 5) % 32], "{from:?}, thread {thread}");
            }
        }
        // Another thread releases them.
        std::thread::spawn(move || drop(found)).join().unwrap();
    }
}
