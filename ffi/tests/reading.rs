//! How batches are read: what memory they share and how long it lives, what is read of the source, and that threads change
//! nothing.

mod support;

use arrow_array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use arrowipc::array::Batch;
use arrowipc::options::Projection;
use arrowipc::read::Reader;
use arrowipc::source::{Callbacks, Source};
use arrowipc::{Code, Error, Options, memory};
use std::collections::HashSet;
use std::io::{Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use support::batches::all_batches;
use support::{COMPRESSION, FORMAT, alone, read_ours, write_ours};

const THREADS: i32 = 4;

/// What the test harness may allocate meanwhile.
const HARNESS_BYTES: i64 = 16 << 10;

/// Batches of one int64 column: value `batch * rows + row`.
fn numbered(batches: i64, rows: i64) -> (SchemaRef, Vec<RecordBatch>) {
    let batch = |index: i64| {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(index * rows..(index + 1) * rows));
        RecordBatch::try_from_iter([("number", column)]).unwrap()
    };
    (batch(0).schema(), (0..batches).map(batch).collect())
}

fn written(batches: i64, rows: i64, format: i64) -> Vec<u8> {
    let (schema, batches) = numbered(batches, rows);
    write_ours(&schema, &batches, &[(FORMAT, format)]).unwrap()
}

fn file_of(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// The bytes of the first column's values.
fn values(batch: &Batch) -> &[u8] {
    batch.columns.bytes(batch.columns.buffers[1])
}

fn first_value(batch: &Batch) -> i64 {
    i64::from_le_bytes(values(batch)[..8].try_into().unwrap())
}

fn address(batch: &Batch) -> usize {
    values(batch).as_ptr() as usize
}

#[test]
fn small_batches_share_memory_that_lives_as_long_as_one_of_them_and_no_longer() {
    let _alone = alone();
    for format in [1, 2] {
        let file = file_of(&written(2000, 64, format));
        let before = memory::current();
        let mut reader = Reader::open(Source::path(file.path(), false).unwrap(), &Options::default()).unwrap();
        let first = reader.next_batch().unwrap().unwrap();
        let second = reader.next_batch().unwrap().unwrap();
        assert!(
            address(&second) > address(&first) && address(&second) - address(&first) < 2048,
            "they lie side by side"
        );
        drop(first);
        let mut rest = Vec::new();
        while let Some(batch) = reader.next_batch().unwrap() {
            rest.push(batch);
        }
        assert_eq!(rest.len(), 1998);
        drop(reader);
        for (batch, index) in std::iter::once(&second).chain(&rest).zip(1..) {
            assert_eq!(first_value(batch), index * 64);
            assert!(address(batch).is_multiple_of(8));
        }
        drop(rest);
        let held = memory::current() - before;
        assert!((64 << 10..512 << 10).contains(&held), "what the second batch shares is held: {held}");
        assert_eq!(first_value(&second), 64);
        drop(second);
        let held = memory::current() - before;
        assert!(held.abs() < HARNESS_BYTES, "nothing is held: {held}");
    }
}

#[test]
fn memory_of_batches_that_are_released_is_used_again_and_no_other() {
    let _alone = alone();
    // Larger than what is shared: each batch has memory of its own.
    const ROWS: i64 = 50_000;
    let body = ROWS * 8;
    for format in [1, 2] {
        let file = file_of(&written(40, ROWS, format));
        let open = || Reader::open(Source::path(file.path(), false).unwrap(), &Options::default()).unwrap();
        let before = memory::current();
        memory::peak(true);
        let mut reader = open();
        let mut places = HashSet::new();
        while let Some(batch) = reader.next_batch().unwrap() {
            places.insert(address(&batch));
        }
        assert!(places.len() <= 4, "{places:?}");
        let peak = memory::peak(false) - before;
        assert!(peak < 4 * body, "{peak}");
        drop(reader);

        // Every other batch is kept: theirs is not used again.
        let mut reader = open();
        let mut kept = Vec::new();
        for index in 0.. {
            let Some(batch) = reader.next_batch().unwrap() else { break };
            if index % 2 == 0 {
                kept.push((index, batch));
            }
        }
        assert_eq!(kept.len(), 20);
        for (index, batch) in &kept {
            let expected: Vec<u8> = (index * ROWS..(index + 1) * ROWS).flat_map(i64::to_le_bytes).collect();
            assert!(values(batch) == expected, "batch {index}");
            assert!(address(batch).is_multiple_of(64));
        }
        drop(kept);
        drop(reader);
        let held = memory::current() - before;
        assert!(held.abs() < HARNESS_BYTES, "{held}");
    }
}

#[test]
fn what_is_read_ahead_and_fails_is_the_fault_of_its_own_batch() {
    let _alone = alone();
    let bytes = written(500, 64, 2);
    let file = file_of(&bytes);
    let mut reader = Reader::open(Source::path(file.path(), false).unwrap(), &Options::default()).unwrap();
    // The footer was read, and all that is left are some of the batches.
    file.as_file().set_len(bytes.len() as u64 / 2).unwrap();
    let mut read = 0;
    let error = loop {
        match reader.next_batch() {
            Ok(Some(batch)) => assert_eq!(first_value(&batch), read * 64),
            Ok(None) => panic!("all batches of half a file"),
            Err(error) => break error,
        }
        read += 1;
    };
    assert!((200..300).contains(&read), "{read}");
    assert_eq!((error.code, error.clause), (Code::InvalidData, Some("framing-truncated-body")));
}

/// A device that counts the bytes that are asked of it.
struct Counting {
    bytes: Vec<u8>,
    read: Arc<AtomicU64>,
}

impl Callbacks for Counting {
    fn read(&self, _: &mut [u8]) -> arrowipc::Result<usize> {
        Err(Error::new(Code::Internal, "a file is read at offsets"))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> arrowipc::Result<usize> {
        // Short reads, too.
        let rest = &self.bytes[(offset as usize).min(self.bytes.len())..];
        let count = buffer.len().min(rest.len()).min(10_000);
        buffer[..count].copy_from_slice(&rest[..count]);
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn size(&self) -> arrowipc::Result<Option<u64>> {
        Ok(Some(self.bytes.len() as u64))
    }
}

/// 100 columns: numbers, and every tenth one text.
fn wide(batches: i64, rows: i64) -> (SchemaRef, Vec<RecordBatch>) {
    let batch = |index: i64| {
        RecordBatch::try_from_iter((0..100i64).map(|column| {
            let number = move |row: i64| (index * rows + row) * 100 + column;
            let array: ArrayRef = match column % 10 {
                3 => Arc::new(StringArray::from_iter_values((0..rows).map(|row| format!("ä{}", number(row) % 1000)))),
                _ => Arc::new(Int64Array::from_iter((0..rows).map(|row| (row % 7 > 0).then_some(number(row))))),
            };
            (format!("c{column}"), array)
        }))
        .unwrap()
    };
    (batch(0).schema(), (0..batches).map(batch).collect())
}

#[test]
fn a_projection_reads_only_the_bytes_it_needs() {
    let _alone = alone();
    const ROWS: i64 = 4000;
    let (schema, batches) = wide(3, ROWS);
    for codec in [0, 1, 2] {
        let bytes = write_ours(&schema, &batches, &[(FORMAT, 2), (COMPRESSION, codec)]).unwrap();
        let read = Arc::new(AtomicU64::new(0));
        let source = || {
            let device = Counting { bytes: bytes.clone(), read: Arc::clone(&read) };
            Source::callbacks(Box::new(device))
        };
        let chosen = vec![93, 4, 4, 53];
        let options = Options { projection: Some(Projection::Indices(chosen.clone())), ..Options::default() };
        let mut reader = Reader::open(source(), &options).unwrap();
        let mut whole = Reader::open(Source::memory(bytes.clone().into()), &options).unwrap();
        let opened = read.swap(0, Ordering::Relaxed);
        while let Some(expected) = whole.next_batch().unwrap() {
            let found = reader.next_batch().unwrap().unwrap();
            assert_eq!(found.columns.nodes.len(), chosen.len());
            for (buffer, other) in found.columns.buffers.iter().zip(&expected.columns.buffers) {
                assert_eq!(buffer.is_absent(), other.is_absent());
                assert!(found.columns.bytes(*buffer) == expected.columns.bytes(*other));
                let address = found.columns.bytes(*buffer).as_ptr() as usize;
                assert!(buffer.length == 0 || address.is_multiple_of(8));
            }
        }
        assert!(reader.next_batch().unwrap().is_none());
        let read = read.load(Ordering::Relaxed);
        // Three columns of a hundred, and the metadata of a hundred.
        assert!(read < bytes.len() as u64 / 10, "{codec}: {read} of {}", bytes.len());
        assert_eq!(reader.statistics().bytes_read, read, "{codec}: {opened} bytes of the footer do not count");
        assert!(reader.statistics().bytes_copied < read);
        assert!(whole.statistics().bytes_read > bytes.len() as u64 / 10 * 9);
    }
}

#[test]
fn threads_change_nothing() {
    let _alone = alone();
    let (schema, batches) = wide(3, 3000);
    let (all_schema, all) = all_batches();
    for codec in [1, 2] {
        for (schema, batches) in [(&schema, &batches), (&all_schema, &all)] {
            for format in [1, 2] {
                let bytes = write_ours(schema, batches, &[(FORMAT, format), (COMPRESSION, codec)]).unwrap();
                let (_, alone) = read_ours(&bytes, &[]).unwrap();
                for threads in [2, 3, 7] {
                    let (_, found) = read_ours(&bytes, &[(THREADS, threads)]).unwrap();
                    assert!(found == alone, "{codec} {format} {threads}");
                }
            }
        }
    }
}

#[test]
fn the_first_of_several_faults_is_told_whatever_the_number_of_threads() {
    let _alone = alone();
    let (schema, batches) = wide(1, 3000);
    for (codec, magic) in [(1, [0x04, 0x22, 0x4D, 0x18]), (2, [0x28, 0xB5, 0x2F, 0xFD])] {
        let bytes = write_ours(&schema, &batches, &[(COMPRESSION, codec)]).unwrap();
        let starts = (0..bytes.len() - 4).filter(|position| bytes[*position..*position + 4] == magic);
        let mut frames: Vec<usize> = starts.collect();
        // Bitmaps shrink to less than is damaged below.
        frames = frames.windows(2).filter(|pair| pair[1] - pair[0] > 200).map(|pair| pair[0]).collect();
        assert!(frames.len() > 80, "{}", frames.len());
        for first in [0, 17, 60] {
            let mut broken = bytes.clone();
            for frame in &frames[first..] {
                // Past the header: the frame is found to be broken only when it is decompressed.
                broken[frame + 12..frame + 40].fill(0xFF);
            }
            let told = |threads: i64| read_ours(&broken, &[(THREADS, threads)]).unwrap_err();
            let alone = told(1);
            assert!(alone.contains("broken ") && alone.contains("field \"c"), "{alone}");
            for threads in [2, 5] {
                for _ in 0..5 {
                    assert_eq!(told(threads), alone);
                }
            }
        }
    }
}

#[test]
fn threads_that_read_the_same_file_all_decompress() {
    let _alone = alone();
    let (schema, batches) = wide(4, 2000);
    let bytes = write_ours(&schema, &batches, &[(FORMAT, 2), (COMPRESSION, 1)]).unwrap();
    let options = Options { threads: 3, ..Options::default() };
    let reader = Reader::open(Source::memory(bytes.into()), &options).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for index in [0, 3, 1, 2, 0, 2] {
                    let batch = reader.read_at(index).unwrap();
                    let last = values(&batch).last_chunk().map(|value| i64::from_le_bytes(*value));
                    assert_eq!(last, Some((index as i64 * 2000 + 1999) * 100));
                }
            });
        }
    });
}

#[test]
fn a_block_that_is_wrong_is_told_by_its_batch_alone() {
    let _alone = alone();
    let mut bytes = written(3, 10, 2);
    let reader = Reader::open(Source::memory(bytes.clone().into()), &Options::default()).unwrap();
    assert_eq!(reader.num_batches().unwrap(), 3);
    let second = block_of_second_batch(&bytes);
    bytes[second..second + 8].copy_from_slice(&(1i64 << 40).to_le_bytes());
    let reader = Reader::open(Source::memory(bytes.into()), &Options::default()).unwrap();
    assert_eq!(first_value(&reader.read_at(0).unwrap()), 0);
    assert_eq!(first_value(&reader.read_at(2).unwrap()), 20);
    let error = reader.read_at(1).unwrap_err();
    assert_eq!(
        (error.code, error.clause, error.offset),
        (Code::InvalidData, Some("footer-block-out-of-range"), Some(second as u64))
    );
    assert!(error.message.starts_with("block 1 of the footer's record batches: "), "{}", error.message);
}

/// Where the block of the second batch lies: its offset and lengths are those of a message behind the first one's.
fn block_of_second_batch(bytes: &[u8]) -> usize {
    let number = |at: usize| i64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    let end = |at: usize| number(at) + i64::from(number(at + 8) as i32) + number(at + 16);
    let found = (bytes.len() / 2..bytes.len() - 72).filter(|at| at.is_multiple_of(8)).find(|at| {
        let [first, second, third] = [*at, at + 24, at + 48];
        number(first) > 0 && number(second) == end(first) && number(third) == end(second)
    });
    found.expect("three blocks") + 24
}

#[test]
fn a_file_that_the_caller_keeps_stands_behind_the_stream_that_was_read() {
    let _alone = alone();
    let streams = [written(3, 1000, 1), written(2, 10, 1)];
    let mut file = file_of(&streams.concat());
    file.as_file_mut().rewind().unwrap();
    for (stream, batches) in streams.iter().zip([3, 2]) {
        let start = file.as_file_mut().stream_position().unwrap();
        // A duplicate shares the position, and is not closed by the source.
        let duplicate = OwnedFd::from(file.as_file().try_clone().unwrap());
        let mut reader = Reader::open(Source::fd(duplicate, true), &Options::default()).unwrap();
        for _ in 0..batches {
            assert!(reader.next_batch().unwrap().is_some());
        }
        assert!(reader.next_batch().unwrap().is_none());
        assert_eq!(file.as_file_mut().stream_position().unwrap(), start + stream.len() as u64);
    }
}

#[test]
fn a_pipe_that_the_caller_keeps_is_read_no_further_than_the_stream() {
    let _alone = alone();
    let stream = written(3, 100, 1);
    let (mut ours, mut theirs) = std::io::pipe().unwrap();
    theirs.write_all(&stream).unwrap();
    theirs.write_all(b"what follows").unwrap();
    drop(theirs);
    let duplicate = OwnedFd::from(ours.try_clone().unwrap());
    let mut reader = Reader::open(Source::fd(duplicate, true), &Options::default()).unwrap();
    for _ in 0..3 {
        assert!(reader.next_batch().unwrap().is_some());
    }
    assert!(reader.next_batch().unwrap().is_none());
    let mut rest = Vec::new();
    ours.read_to_end(&mut rest).unwrap();
    // The duplicate in the source is another end of the same pipe.
    assert_eq!(rest, b"what follows");
}

#[test]
fn indices_are_checked_against_their_dictionary_whatever_their_type() {
    let _alone = alone();
    use arrow_array::types::{Int8Type, Int16Type, UInt8Type, UInt32Type};
    use arrow_array::{DictionaryArray, PrimitiveArray, types::ArrowDictionaryKeyType};
    fn check<K: ArrowDictionaryKeyType>(values: i32, index: K::Native, found: &str) {
        // Written by arrow-rs without a check.
        let values: ArrayRef = Arc::new(Int32Array::from_iter_values(0..values));
        let indices = PrimitiveArray::<K>::from_iter_values([K::default_value(), index]);
        // SAFETY: the array is only written, by a writer that does not look at what indices refer to.
        let column: ArrayRef = Arc::new(unsafe { DictionaryArray::<K>::new_unchecked(indices, values) });
        let batch = RecordBatch::try_from_iter([("d", column)]).unwrap();
        let mut bytes = Vec::new();
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        let error = read_ours(&bytes, &[]).unwrap_err();
        assert!(error.contains(found), "{error}");
    }
    check::<Int8Type>(300, -1, "slot 1 has index -1 into dictionary 0 of 300 values");
    check::<Int8Type>(3, 3, "slot 1 has index 3 into dictionary 0 of 3 values");
    check::<UInt8Type>(200, 200, "slot 1 has index 200 into dictionary 0 of 200 values");
    check::<Int16Type>(40_000, i16::MIN, "slot 1 has index -32768 into dictionary 0 of 40000 values");
    check::<UInt32Type>(1, u32::MAX, "slot 1 has index 4294967295 into dictionary 0 of 1 values");
}
