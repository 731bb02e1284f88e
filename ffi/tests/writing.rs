//! What a writer copies, when it sends, and what it keeps.

mod support;

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::ffi::to_ffi;
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Int8Array, Int32Array, Int64Array, RecordBatch, StringArray, StructArray,
};
use arrow_array::{DictionaryArray, LargeStringArray};
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{DataType, Field, Schema};
use arrowipc::abi::{error, sink, writer};
use arrowipc::memory;
use std::ffi::{CString, c_void};
use std::fs::File;
use std::io::Read;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::ptr::{NonNull, null_mut};
use std::sync::{Arc, Mutex};
use support::batches::{all_batches, dictionary};
use support::{COMPRESSION, DICTIONARIES, FORMAT, Options, alone, read_ours, write_ours};

const THREADS: i32 = 4;
const ALIGNMENT: i32 = 10;
/// Small messages to a file are collected up to this.
const STAGE: usize = 256 << 10;

struct Writer(*mut writer::arrowipc_writer);

impl Writer {
    fn open(sink: *mut sink::arrowipc_sink, schema: &Schema, values: &[(i32, i64)]) -> Self {
        let (options, c_schema) = (Options::new(values), FFI_ArrowSchema::try_from(schema).unwrap());
        let mut handle = null_mut();
        // SAFETY: the sink is consumed, the others are valid for the call.
        let opened = unsafe {
            writer::arrowipc_writer_open(sink, (&raw const c_schema).cast(), options.0, &mut handle, null_mut())
        };
        assert_eq!(opened, 0);
        Writer(handle)
    }

    fn write(&self, batch: &RecordBatch) {
        self.write_array(exported(batch));
    }

    fn write_array(&self, mut array: arrow_array::ffi::FFI_ArrowArray) {
        let mut failed = null_mut();
        // SAFETY: the writer lives, the array is consumed.
        unsafe {
            let written = writer::arrowipc_writer_write(self.0, (&raw mut array).cast(), std::ptr::null(), &mut failed);
            if written != 0 {
                panic!("{:?}", std::ffi::CStr::from_ptr(error::arrowipc_error_message(failed)));
            }
        }
    }

    fn finish(&self) {
        // SAFETY: the writer lives.
        assert_eq!(unsafe { writer::arrowipc_writer_finish(self.0, null_mut()) }, 0);
    }

    fn statistics(&self) -> writer::arrowipc_write_statistics {
        let mut out = std::mem::MaybeUninit::uninit();
        // SAFETY: the writer lives, the output has the size that is said.
        unsafe {
            let size = size_of::<writer::arrowipc_write_statistics>();
            assert_eq!(writer::arrowipc_writer_statistics(self.0, out.as_mut_ptr(), size, null_mut()), 0);
            out.assume_init()
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // SAFETY: opened once, freed once.
        unsafe { writer::arrowipc_writer_free(self.0) };
    }
}

fn exported(batch: &RecordBatch) -> arrow_array::ffi::FFI_ArrowArray {
    to_ffi(&StructArray::from(batch.clone()).to_data()).unwrap().0
}

fn to_path(path: &Path) -> *mut sink::arrowipc_sink {
    let (path, mut out) = (CString::new(path.to_str().unwrap()).unwrap(), null_mut());
    // SAFETY: path and output are valid for the call.
    assert_eq!(unsafe { sink::arrowipc_sink_to_path(path.as_ptr(), &mut out, null_mut()) }, 0);
    out
}

fn to_fd(fd: impl Into<OwnedFd>) -> *mut sink::arrowipc_sink {
    let mut out = null_mut();
    // SAFETY: the descriptor is open and given away.
    assert_eq!(unsafe { sink::arrowipc_sink_to_fd(fd.into().into_raw_fd(), 1, &mut out, null_mut()) }, 0);
    out
}

/// What callbacks were given.
#[derive(Default)]
struct Calls {
    bytes: Mutex<Vec<u8>>,
    /// Address and length of each call's bytes.
    pieces: Mutex<Vec<(usize, usize)>>,
    /// Whether the bytes are kept.
    keeps: bool,
}

unsafe extern "C" fn take(context: *mut c_void, buffer: *const u8, n: usize, out: *mut usize) -> i32 {
    // SAFETY: the context is a `Calls` that lives; buffer and output are valid, as the contract says.
    unsafe {
        let calls = &*context.cast::<Calls>();
        // A third stays behind now and then.
        let taken = if calls.keeps && n % 3 == 1 { n - n / 3 } else { n };
        if calls.keeps {
            calls.bytes.lock().unwrap().extend_from_slice(std::slice::from_raw_parts(buffer, taken));
            calls.pieces.lock().unwrap().push((buffer as usize, n));
        }
        *out = taken;
    }
    0
}

fn to_calls(calls: &Calls) -> *mut sink::arrowipc_sink {
    let callbacks = sink::arrowipc_sink_callbacks {
        struct_size: size_of::<sink::arrowipc_sink_callbacks>(),
        write: Some(take),
        flush: None,
        release: None,
    };
    let (mut out, context) = (null_mut(), (&raw const *calls).cast_mut().cast());
    // SAFETY: the context outlives the sink in every test.
    assert_eq!(unsafe { sink::arrowipc_sink_to_callbacks(&callbacks, context, &mut out, null_mut()) }, 0);
    out
}

/// Numbers, texts with nulls and bits, from the third row of longer arrays on, so that all but the numbers are moved.
fn batch(rows: usize) -> RecordBatch {
    let numbers = Int64Array::from_iter_values((0..rows as i64 + 3).map(|row| row * row));
    let texts = StringArray::from_iter((0..rows + 3).map(|row| (row % 5 != 0).then(|| format!("text {}", row % 1000))));
    let bits = BooleanArray::from_iter((0..rows + 3).map(|row| Some(row % 3 == 0)));
    let columns: Vec<ArrayRef> = vec![Arc::new(numbers), Arc::new(texts), Arc::new(bits)];
    let fields = [("n", DataType::Int64), ("t", DataType::Utf8), ("b", DataType::Boolean)];
    let fields: Vec<Field> = fields.into_iter().map(|(name, ty)| Field::new(name, ty, true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap().slice(3, rows)
}

/// More columns than a gather write takes pieces.
fn wide_batch() -> RecordBatch {
    let column: ArrayRef = Arc::new(Int32Array::from_iter_values(0..1001));
    let fields: Vec<Field> = (0..1500).map(|index| Field::new(format!("c{index}"), DataType::Int32, false)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![column; 1500]).unwrap()
}

/// Writes to one end while a thread takes from the other one, a little at a time.
fn through(
    near: impl Into<OwnedFd>,
    mut far: impl Read + Send,
    write: impl FnOnce(*mut sink::arrowipc_sink),
) -> Vec<u8> {
    std::thread::scope(|scope| {
        let taken = scope.spawn(move || {
            let (mut bytes, mut some) = (Vec::new(), [0; 9973]);
            loop {
                match far.read(&mut some).unwrap() {
                    0 => return bytes,
                    count => bytes.extend_from_slice(&some[..count]),
                }
            }
        });
        write(to_fd(near));
        taken.join().unwrap()
    })
}

#[test]
fn every_sink_gets_the_same_bytes() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let sizes = [0, 1, 10, 1000, 3000, 500, 20_000, 7, 90_000, 1, 1];
    let mixed: Vec<RecordBatch> = sizes.into_iter().map(batch).collect();
    for (batches, values) in [
        (&mixed, &[(FORMAT, 1), (COMPRESSION, 0)][..]),
        (&mixed, &[(FORMAT, 2), (COMPRESSION, 0)]),
        (&mixed, &[(FORMAT, 1), (COMPRESSION, 1), (THREADS, 2)]),
        (&vec![wide_batch(); 2], &[(FORMAT, 2), (COMPRESSION, 0)]),
    ] {
        let schema = batches[0].schema();
        let expected = write_ours(&schema, batches, values).unwrap();
        assert_eq!(read_ours(&expected, &[]).unwrap().1, *batches);
        let write = |sink| {
            let writer = Writer::open(sink, &schema, values);
            batches.iter().for_each(|batch| writer.write(batch));
            writer.finish();
            assert_eq!(writer.statistics().bytes_written, expected.len() as i64);
        };
        let path = folder.path().join("by-path");
        write(to_path(&path));
        assert!(std::fs::read(&path).unwrap() == expected, "path, {values:?}");
        let path = folder.path().join("by-descriptor");
        write(to_fd(File::create(&path).unwrap()));
        assert!(std::fs::read(&path).unwrap() == expected, "descriptor, {values:?}");
        let (far, near) = std::io::pipe().unwrap();
        assert!(through(near, far, write) == expected, "pipe, {values:?}");
        let (near, far) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        assert!(through(near, far, write) == expected, "socket, {values:?}");
        let calls = Calls { keeps: true, ..Calls::default() };
        write(to_calls(&calls));
        assert!(*calls.bytes.lock().unwrap() == expected, "callbacks, {values:?}");
    }
}

#[test]
fn a_message_to_a_callback_is_there_when_the_call_returns() {
    let _alone = alone();
    let calls = Calls { keeps: true, ..Calls::default() };
    let writer = Writer::open(to_calls(&calls), &batch(0).schema(), &[]);
    for rows in [10, 1, 1000, 5, 100_000, 3] {
        let before = calls.pieces.lock().unwrap().len();
        writer.write(&batch(rows));
        assert_eq!(calls.bytes.lock().unwrap().len() as i64, writer.statistics().bytes_written);
        let pieces = &calls.pieces.lock().unwrap()[before..];
        let sum: usize = pieces.iter().map(|(_, length)| length).sum();
        // A call that took less than it was given is followed by one with the rest.
        let repeated = pieces.windows(2).filter(|two| two[1].0 > two[0].0 && two[1].0 < two[0].0 + two[0].1).count();
        if sum < 4 << 10 {
            assert_eq!(pieces.len(), 1 + repeated, "{rows} rows: {pieces:?}");
        }
    }
}

#[test]
fn large_buffers_reach_a_callback_where_they_lie() {
    let _alone = alone();
    let numbers = Int64Array::from_iter_values(0..1000);
    let small = Int8Array::from(vec![1; 1000]);
    let addresses = [numbers.values().as_ptr() as usize, small.values().as_ptr() as usize];
    let columns: [(_, ArrayRef); 2] = [("n", Arc::new(numbers)), ("s", Arc::new(small))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let calls = Calls { keeps: true, ..Calls::default() };
    Writer::open(to_calls(&calls), &batch.schema(), &[]).write(&batch);
    let pieces = calls.pieces.lock().unwrap();
    assert!(pieces.contains(&(addresses[0], 8000)), "{pieces:?}");
    assert!(pieces.iter().all(|(address, _)| *address != addresses[1]), "{pieces:?}");
}

#[test]
fn small_messages_to_a_file_go_out_when_there_are_many() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staged");
    let length = || std::fs::metadata(&path).unwrap().len() as usize;
    let small = batch(100);
    let writer = Writer::open(to_fd(File::create(&path).unwrap()), &small.schema(), &[]);
    writer.write(&small);
    assert_eq!(length(), 0);
    let mut lengths = Vec::new();
    while writer.statistics().bytes_written < 3 * STAGE as i64 {
        writer.write(&small);
        let written = writer.statistics().bytes_written as usize;
        assert_eq!(length(), written / STAGE * STAGE);
        lengths.push(length());
    }
    lengths.dedup();
    assert_eq!(lengths, [0, STAGE, 2 * STAGE, 3 * STAGE]);
    // A large one takes what waits along.
    writer.write(&batch(100_000));
    assert_eq!(length() as i64, writer.statistics().bytes_written);
    writer.write(&small);
    let waiting = writer.statistics().bytes_written as usize - length();
    writer.finish();
    assert_eq!(length() as i64, writer.statistics().bytes_written);
    assert!(waiting > 0);
}

/// What a call allocated at most, beyond what was held before.
fn peak_of(call: impl FnOnce()) -> i64 {
    memory::peak(true);
    let before = memory::current();
    call();
    memory::peak(false) - before
}

#[test]
fn the_third_batch_of_a_schema_allocates_nothing() {
    let _alone = alone();
    let (schema, batches) = all_batches();
    // Of unused data of views a compact copy is made, which is not kept.
    let kept: Vec<usize> = (0..schema.fields().len())
        .filter(|index| !["utf8_view", "struct"].contains(&schema.field(*index).name().as_str()))
        .collect();
    let slices: Vec<RecordBatch> = batches.iter().map(|batch| batch.project(&kept).unwrap()).collect();
    let mixed = [batch(100), batch(300), batch(200)];
    let folder = tempfile::tempdir().unwrap();
    for (batches, compression) in [(&slices[..2], 0), (&mixed, 0), (&mixed, 1), (&mixed, 2)] {
        let discards = Calls::default();
        let path = folder.path().join("steady");
        for sink in [to_calls(&discards), to_path(&path), to_fd(File::create("/dev/null").unwrap())] {
            let writer = Writer::open(sink, &batches[0].schema(), &[(COMPRESSION, compression)]);
            // Until then the stage of a file grows.
            while writer.statistics().bytes_written < STAGE as i64 {
                batches.iter().for_each(|batch| writer.write(batch));
            }
            for batch in batches {
                let array = exported(batch);
                assert_eq!(peak_of(|| writer.write_array(array)), 0, "compression {compression}");
            }
        }
    }
}

#[test]
fn a_large_batch_is_written_from_where_it_lies() {
    let _alone = alone();
    let rows = 1 << 21;
    let numbers = Int64Array::from_iter_values(0..rows);
    let texts = LargeStringArray::from_iter_values((0..rows).map(|_| "sixteen bytes ..."));
    let columns: [(_, ArrayRef); 2] = [("n", Arc::new(numbers)), ("t", Arc::new(texts))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Compression needs room for the worst that may become of a buffer.
    for (format, compression, allowed) in [(1, 0, 64 << 10), (2, 0, 64 << 10), (1, 1, 60 << 20), (1, 2, 60 << 20)] {
        let values = [(FORMAT, format), (COMPRESSION, compression)];
        let writer = Writer::open(to_path(&folder.path().join("large")), &batch.schema(), &values);
        let array = exported(&batch);
        let peak = peak_of(|| writer.write_array(array));
        assert!(writer.statistics().body_bytes_raw > 64 << 20);
        assert!(peak < allowed, "{peak} bytes, compression {compression}");
    }
}

#[test]
fn threads_change_nothing_of_what_is_written() {
    let _alone = alone();
    let batches = [batch(10), batch(30_000), batch(1000), batch(200_000), batch(40_000)];
    for compression in [1, 2] {
        let written = [1, 2, 5].map(|threads| {
            let values = [(FORMAT, 2), (COMPRESSION, compression), (THREADS, threads)];
            write_ours(&batches[0].schema(), &batches, &values).unwrap()
        });
        assert!(written[0] == written[1] && written[0] == written[2], "compression {compression}");
        assert_eq!(read_ours(&written[2], &[]).unwrap().1, batches);
    }
}

/// A column whose dictionary lies in memory of the test, `bytes`, two texts of one byte. Whoever holds it holds `owner`.
fn borrowed_dictionary(bytes: NonNull<u8>, owner: &Arc<()>) -> RecordBatch {
    // SAFETY: the memory outlives the arrays of the test.
    let data = unsafe { Buffer::from_custom_allocation(bytes, 2, Arc::<()>::clone(owner)) };
    let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![0, 1, 2]));
    let values = StringArray::new(offsets, data, None);
    let column = DictionaryArray::<Int32Type>::new(Int32Array::from(vec![1, 0, 1]), Arc::new(values));
    RecordBatch::try_from_iter([("d", Arc::new(column) as ArrayRef)]).unwrap()
}

#[test]
fn a_dictionary_that_changed_where_it_lies_is_sent_again() {
    let _alone = alone();
    let memory = Box::leak(Box::new(*b"pq"));
    let place = NonNull::from(&mut *memory).cast::<u8>();
    let batch = borrowed_dictionary(place, &Arc::new(()));
    for mode in 0..=2 {
        let calls = Calls { keeps: true, ..Calls::default() };
        let writer = Writer::open(to_calls(&calls), &batch.schema(), &[(DICTIONARIES, mode)]);
        let mut sent = Vec::new();
        for first in [b'p', b'p', b'z', b'z', b'p'] {
            // SAFETY: no array of the test is read meanwhile.
            unsafe { place.write(first) };
            writer.write(&batch);
            sent.push(writer.statistics().dictionaries);
        }
        writer.finish();
        // A unified dictionary knows the first value still.
        assert_eq!(sent, if mode == 2 { [1, 1, 2, 2, 2] } else { [1, 1, 2, 2, 3] }, "mode {mode}");
        let read = read_ours(&calls.bytes.lock().unwrap(), &[]).unwrap().1;
        let texts: Vec<String> = read.iter().map(|batch| texts_of(batch.column(0))).collect();
        assert_eq!(texts, ["qpq", "qpq", "qzq", "qzq", "qpq"], "mode {mode}");
    }
}

/// The texts that a column stands for, in one.
fn texts_of(column: &ArrayRef) -> String {
    let column = column.as_any().downcast_ref::<DictionaryArray<Int32Type>>().unwrap();
    column.downcast_dict::<StringArray>().unwrap().into_iter().flatten().collect()
}

#[test]
fn a_writer_holds_nothing_of_a_batch() {
    let _alone = alone();
    let (memory, owner, calls) = (Box::leak(Box::new(*b"pq")), Arc::new(()), Calls::default());
    let place = NonNull::from(memory).cast::<u8>();
    for (format, mode) in [(1, 0), (1, 1), (2, 1), (1, 2), (2, 2)] {
        let batch = borrowed_dictionary(place, &owner);
        let writer = Writer::open(to_calls(&calls), &batch.schema(), &[(FORMAT, format), (DICTIONARIES, mode)]);
        writer.write(&batch);
        writer.write(&batch);
        assert!(Arc::strong_count(&owner) > 1);
        drop(batch);
        assert_eq!(Arc::strong_count(&owner), 1, "format {format}, mode {mode}");
        writer.finish();
    }
}

#[test]
fn statistics_count_the_bytes_of_bodies_with_and_without_padding() {
    let _alone = alone();
    let column: ArrayRef = Arc::new(Int8Array::from(vec![1; 1003]));
    let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
    let calls = Calls::default();
    // A compressed body has a length before the frame.
    for (alignment, compression, written) in [(8, 0, 2 * 1008), (64, 0, 2 * 1024), (8, 1, 2 * 40), (8, 2, 2 * 32)] {
        let values = [(ALIGNMENT, alignment), (COMPRESSION, compression)];
        let writer = Writer::open(to_calls(&calls), &batch.schema(), &values);
        writer.write(&batch);
        writer.write(&batch);
        let found = writer.statistics();
        assert_eq!((found.messages, found.batches, found.body_bytes_raw), (3, 2, 2 * 1003));
        assert_eq!(found.body_bytes_written, written, "alignment {alignment}, compression {compression}");
    }
}

#[test]
fn equal_dictionaries_that_look_different_are_not_sent_again() {
    let _alone = alone();
    // The same values cut from a longer array, and with other bytes under the null.
    let plain = dictionary(&["p", "q"], &[Some(0), Some(1)]);
    let cut = {
        let values = StringArray::from(vec!["o", "p", "q", "r"]).slice(1, 2);
        let indices = Int8Array::from(vec![0, 1]);
        Arc::new(DictionaryArray::new(indices, Arc::new(values))) as ArrayRef
    };
    let mut builder = StringDictionaryBuilder::<arrow_array::types::Int8Type>::new();
    ["p", "q"].iter().for_each(|value| builder.append_value(value));
    let built: ArrayRef = Arc::new(builder.finish());
    let calls = Calls::default();
    let batches = [plain, cut, built].map(|column| RecordBatch::try_from_iter([("d", column)]).unwrap());
    for mode in 0..=2 {
        let writer = Writer::open(to_calls(&calls), &batches[0].schema(), &[(DICTIONARIES, mode)]);
        for batch in batches.iter().chain(&batches) {
            writer.write(batch);
            assert_eq!(writer.statistics().dictionaries, 1, "mode {mode}");
        }
    }
}
