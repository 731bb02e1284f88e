//! Inputs that claim more than they have, or unfold to more than they should: an error, at once and for little
//! memory.

mod support;

use arrow_array::{ArrayRef, Int64Array, NullArray, RecordBatch, RecordBatchOptions, StringArray};
use arrow_schema::Schema;
use arrowipc::options::{Limits, Projection, Validation};
use arrowipc::read::Reader;
use arrowipc::source::{Callbacks, Source};
use arrowipc::{Code, Error, Options};
use bytes::Bytes;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::batches::{all_batches, dictionary};
use support::messages::{self, Layout};
use support::{COMPRESSION, DICTIONARIES, FORMAT, alone, write_ours};

/// What an error may cost.
const LITTLE_MEMORY: i64 = 4 << 20;
const LITTLE_TIME: Duration = Duration::from_millis(500);

/// What reading cost.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    time: Duration,
    memory: i64,
}

impl Cost {
    fn max(self, other: Cost) -> Cost {
        Cost { time: self.time.max(other.time), memory: self.memory.max(other.memory) }
    }
}

/// A device that reads forward and at any offset, so that nothing is shared with the input.
struct Device(Bytes, Mutex<usize>);

impl Callbacks for Device {
    fn read(&self, buffer: &mut [u8]) -> arrowipc::Result<usize> {
        let mut position = self.1.lock().unwrap();
        let count = self.read_at(*position as u64, buffer)?;
        *position += count;
        Ok(count)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> arrowipc::Result<usize> {
        let rest = self.0.get(offset as usize..).unwrap_or_default();
        let count = buffer.len().min(rest.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn size(&self) -> arrowipc::Result<Option<u64>> {
        Ok(Some(self.0.len() as u64))
    }
}

fn read_from(source: Source, options: &Options) -> (Result<usize, Error>, Cost) {
    let before = arrowipc::memory::current();
    arrowipc::memory::peak(true);
    let start = Instant::now();
    let result = Reader::open(source, options).and_then(|mut reader| {
        let mut rows = 0;
        while let Some(batch) = reader.next_batch()? {
            rows += batch.rows;
        }
        Ok(rows)
    });
    (result, Cost { time: start.elapsed(), memory: arrowipc::memory::peak(false) - before })
}

/// What reads all batches.
type Read = fn(&Bytes, &Options) -> (Result<usize, Error>, Cost);

/// Reads all batches from memory.
fn read(bytes: &Bytes, options: &Options) -> (Result<usize, Error>, Cost) {
    read_from(Source::memory(bytes.clone()), options)
}

/// Reads all batches from a device.
fn read_device(bytes: &Bytes, options: &Options) -> (Result<usize, Error>, Cost) {
    read_from(Source::callbacks(Box::new(Device(bytes.clone(), Mutex::new(0)))), options)
}

fn limited(change: impl FnOnce(&mut Limits)) -> Options {
    let mut options = Options::default();
    change(&mut options.limits);
    options
}

/// Reads what must be refused for little, and gives code and text.
#[track_caller]
fn refused(bytes: Vec<u8>, options: &Options) -> (Code, String) {
    let (result, cost) = read(&Bytes::from(bytes), options);
    let error = result.expect_err("an error");
    assert!(cost.memory < LITTLE_MEMORY && cost.time < LITTLE_TIME, "{cost:?}: {error}");
    (error.code, error.to_string())
}

#[test]
fn a_huge_length_in_any_place_costs_nothing() {
    let _alone = alone();
    let (schema, batches) = all_batches();
    let (mut worst, mut inputs) = (Cost::default(), 0);
    for (index, field) in schema.fields().iter().enumerate() {
        let schema = Arc::new(schema.project(&[index]).unwrap());
        let batches: Vec<_> = batches[..1].iter().map(|batch| batch.project(&[index]).unwrap()).collect();
        for format in [1, 2] {
            let bytes = write_ours(&schema, &batches, &[(FORMAT, format), (COMPRESSION, index as i64 % 3)]).unwrap();
            // Numbers lie at multiples of their size, whether of 4 or of 8 bytes; the footer of a file may start at any of 4.
            for position in (0..bytes.len() - 8).step_by(4) {
                for value in [1i64 << 60, i64::MAX, -1, 0x7FFF_FFF0, 0x0100_0000] {
                    let mut changed = bytes.clone();
                    let value = value.to_le_bytes();
                    let width = if value[4..] == [0; 4] { 4 } else { 8 };
                    changed[position..position + width].copy_from_slice(&value[..width]);
                    let changed = Bytes::from(changed);
                    let (result, cost) = read(&changed, &Options::default());
                    let code = result.err().map(|error| error.code);
                    assert!(
                        matches!(code, None | Some(Code::InvalidData | Code::Unsupported | Code::LimitExceeded)),
                        "{}: {value:?} at {position}: {code:?}",
                        field.name()
                    );
                    assert!(cost.memory < LITTLE_MEMORY, "{}: {value:?} at {position}: {cost:?}", field.name());
                    let (_, device) = read_device(&changed, &Options::default());
                    // What is only announced is allocated in steps of 4 MiB.
                    assert!(device.memory < 3 * LITTLE_MEMORY, "{}: {value:?} at {position}: {device:?}", field.name());
                    worst = worst.max(cost).max(device);
                    inputs += 2;
                }
            }
        }
    }
    println!("{inputs} inputs, the slowest took {:?}, the largest {} bytes", worst.time, worst.memory);
    assert!(worst.time < LITTLE_TIME, "{worst:?}");
    assert!(inputs > 50_000, "{inputs}");
}

/// Zeros: the best that codecs can do.
fn packed_zeros(codec: i64) -> Vec<u8> {
    let column: ArrayRef = Arc::new(Int64Array::from(vec![0; 2 << 20]));
    let batch = RecordBatch::try_from_iter([("zeros", column)]).unwrap();
    write_ours(&batch.schema(), &[batch], &[(COMPRESSION, codec)]).unwrap()
}

#[test]
fn decompression_stops_at_its_limit_before_it_starts() {
    let _alone = alone();
    for codec in [1, 2] {
        let bytes = packed_zeros(codec);
        assert!(bytes.len() < 200_000);
        let limit = limited(|limits| limits.decompressed_bytes = 1 << 20);
        let (code, message) = refused(bytes.clone(), &limit);
        assert_eq!(code, Code::LimitExceeded);
        let expected =
            "the decompressed size of a message is 16777216, the limit is 1048576, field \"zeros\", message 1";
        assert!(message.starts_with(expected), "{message}");
        let limit = limited(|limits| limits.total_bytes = 1 << 20);
        let (code, message) = refused(bytes.clone(), &limit);
        assert_eq!(code, Code::LimitExceeded);
        let expected = "the memory of dictionaries and the message being read is 16777216, the limit is 1048576, \
                        field \"zeros\", message 1";
        assert!(message.starts_with(expected), "{message}");
        assert_eq!(read(&Bytes::from(bytes), &Options::default()).0.unwrap(), 2 << 20);
    }
}

#[test]
fn a_length_that_no_codec_reaches_is_refused() {
    let _alone = alone();
    for codec in [1, 2] {
        let bytes = packed_zeros(codec);
        let claim = (16i64 << 20).to_le_bytes();
        let prefix = bytes.windows(8).rposition(|window| window == claim).unwrap();
        for claimed in [1i64 << 33, 1 << 60, i64::MAX, i64::MIN] {
            let mut bytes = bytes.clone();
            bytes[prefix..prefix + 8].copy_from_slice(&claimed.to_le_bytes());
            let (code, message) = refused(bytes, &Options::default());
            let expected = if claimed < 0 { "compression-prefix-negative" } else { "compression-bomb" };
            let known = code == Code::InvalidData && message.contains(expected);
            assert!(known || code == Code::LimitExceeded, "{codec} {claimed}: {message}");
        }
    }
}

#[test]
fn bytes_that_no_codec_made_cost_nothing() {
    let _alone = alone();
    for codec in [1, 2] {
        let bytes = packed_zeros(codec);
        let claim = (16i64 << 20).to_le_bytes();
        let prefix = bytes.windows(8).rposition(|window| window == claim).unwrap();
        let mut broken = bytes.clone();
        broken[prefix + 8..prefix + 12].fill(0x5A);
        let (code, message) = refused(broken, &Options::default());
        assert_eq!(code, Code::InvalidData);
        assert!(message.starts_with("broken "), "{message}");
    }
}

#[test]
fn total_memory_counts_dictionaries_and_the_message() {
    let _alone = alone();
    let words: Vec<String> = (0..100).map(|word| format!("{word:0>100}")).collect();
    let batch = |count: usize| {
        let values: Vec<&str> = words[..count].iter().map(String::as_str).collect();
        RecordBatch::try_from_iter([("d", dictionary(&values, &[Some(0); 8]))]).unwrap()
    };
    let batches = [batch(40), batch(80), batch(100)];
    for (format, dictionaries) in [(1, 0), (1, 1), (2, 1)] {
        let options = [(FORMAT, format), (DICTIONARIES, dictionaries)];
        let bytes = Bytes::from(write_ours(&batches[0].schema(), &batches, &options).unwrap());
        // The smallest limit that is enough, for a source that is read and for memory, of which only copies count.
        let smallest = |read: Read| {
            let (mut low, mut high) = (0u64, 1 << 20);
            while high - low > 1 {
                let middle = (low + high) / 2;
                match read(&bytes, &limited(|limits| limits.total_bytes = middle)).0 {
                    Ok(rows) => {
                        assert_eq!(rows, 24);
                        high = middle;
                    }
                    Err(error) => {
                        assert_eq!(error.code, Code::LimitExceeded, "{error}");
                        assert!(error.to_string().contains(&format!("the limit is {middle}, ")), "{error}");
                        low = middle;
                    }
                }
            }
            high
        };
        let (from_device, from_memory) = (smallest(read_device), smallest(read));
        if dictionaries == 0 {
            // The second dictionary of 80 words is held while the third is read; in memory nothing is copied.
            assert!((18_000..20_000).contains(&from_device), "{from_device}");
            assert_eq!(from_memory, 1);
        } else {
            // Growing copies what was there and what comes, and joins them.
            assert!((20_000..45_000).contains(&from_device), "{from_device}");
            assert!((20_000..from_device).contains(&from_memory), "{from_memory}");
        }
    }
}

/// A stream of one batch without columns.
fn no_columns(rows: i64) -> Vec<u8> {
    let schema = messages::schema(arrow_ipc::Endianness::Little, |_| Vec::new());
    [schema, messages::batch(Layout { rows, ..Layout::default() }, &[])].concat()
}

#[test]
fn slots_that_take_no_bytes_are_limited() {
    let _alone = alone();
    let null: ArrayRef = Arc::new(NullArray::new(3));
    let batch = RecordBatch::try_from_iter([("n", null)]).unwrap();
    let bytes = write_ours(&batch.schema(), &[batch], &[]).unwrap();
    // The rows of the batch and the length of its node.
    let places: Vec<_> = (0..bytes.len() - 8).filter(|at| bytes[*at..at + 8] == 3i64.to_le_bytes()).collect();
    let claim = |rows: i64| {
        let mut bytes = bytes.clone();
        places.iter().for_each(|at| bytes[*at..at + 8].copy_from_slice(&rows.to_le_bytes()));
        bytes
    };
    assert_eq!(read(&Bytes::from(claim(i32::MAX.into())), &Options::default()).0.unwrap(), i32::MAX as usize);
    let (code, message) = refused(claim(1 << 31), &Options::default());
    assert_eq!(code, Code::LimitExceeded);
    let expected = "the length of a null array, whose slots take no bytes, is 2147483648, the limit is 2147483647, \
                    field \"n\", message 1";
    assert!(message.starts_with(expected) && message.ends_with("[security-null-length-dos]"), "{message}");
    let more = limited(|limits| limits.unbacked_slots = 1 << 50);
    assert_eq!(read(&Bytes::from(claim(1 << 50)), &more).0.unwrap(), 1 << 50);

    assert_eq!(read(&Bytes::from(no_columns(i32::MAX.into())), &Options::default()).0.unwrap(), i32::MAX as usize);
    let (code, message) = refused(no_columns(1 << 40), &Options::default());
    assert_eq!(code, Code::LimitExceeded);
    assert!(message.starts_with("the length of a batch without columns is 1099511627776, the limit is"), "{message}");
    let schema = Arc::new(Schema::empty());
    let rows = RecordBatchOptions::new().with_row_count(Some(5));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), Vec::new(), &rows).unwrap();
    let bytes = write_ours(&schema, &[batch], &[]).unwrap();
    assert_eq!(read(&Bytes::from(bytes), &Options::default()).0.unwrap(), 5);
}

#[test]
fn every_type_without_bytes_is_limited() {
    let _alone = alone();
    const ROWS: i64 = 1 << 40;
    type Make = for<'a> fn(&mut messages::Builder<'a>) -> Vec<messages::Field<'a>>;
    struct Case<'l> {
        name: &'l str,
        make: Make,
        layout: Layout<'l>,
        body: &'l [u8],
    }
    let layout = |nodes, buffers| Layout { rows: ROWS, nodes, buffers, ..Layout::default() };
    let cases = [
        Case {
            name: "struct",
            make: |builder| {
                let ty = messages::structure(builder);
                vec![messages::field(builder, "x", ty, &[], None)]
            },
            layout: layout(&[(ROWS, 0)], &[(0, 0)]),
            body: &[],
        },
        Case {
            name: "fixed_size_binary(0)",
            make: |builder| {
                let ty = messages::fixed_size_binary(builder, 0);
                vec![messages::field(builder, "x", ty, &[], None)]
            },
            layout: layout(&[(ROWS, 0)], &[(0, 0), (0, 0)]),
            body: &[],
        },
        Case {
            name: "run_end_encoded",
            make: |builder| {
                let ty = messages::int64(builder);
                let ends = messages::field(builder, "run_ends", ty, &[], None);
                let ty = messages::int64(builder);
                let values = messages::field(builder, "values", ty, &[], None);
                let ty = arrow_ipc::RunEndEncoded::create(builder, &arrow_ipc::RunEndEncodedArgs {});
                let ty = (arrow_ipc::Type::RunEndEncoded, ty.as_union_value());
                vec![messages::field(builder, "x", ty, &[ends, values], None)]
            },
            layout: layout(&[(ROWS, 0), (1, 0), (1, 0)], &[(0, 0), (0, 8), (0, 0), (0, 8)]),
            body: &[0, 0, 0, 0, 0, 1, 0, 0],
        },
    ];
    for Case { name, make, layout, body } in cases {
        let schema = messages::schema(arrow_ipc::Endianness::Little, make);
        let bytes = [schema, messages::batch(layout, body)].concat();
        let (code, message) = refused(bytes.clone(), &Options::default());
        assert_eq!(code, Code::LimitExceeded, "{message}");
        let expected =
            format!("the length of a {name} array, whose slots take no bytes, is {ROWS}, the limit is 2147483647");
        assert!(message.starts_with(&expected), "{message}");
        let more = limited(|limits| limits.unbacked_slots = usize::MAX);
        assert_eq!(read(&Bytes::from(bytes.clone()), &more).0.unwrap(), ROWS as usize, "{name}");
        // Columns that are not handed out are not limited, batches without columns are.
        let none = Options { projection: Some(Projection::Indices(Vec::new())), ..Options::default() };
        assert_eq!(read(&Bytes::from(bytes), &none).0.unwrap_err().code, Code::LimitExceeded, "{name}");
    }
}

#[test]
fn a_name_that_many_fields_share_is_not_copied_without_end() {
    let _alone = alone();
    let bytes = messages::schema(arrow_ipc::Endianness::Little, |builder| {
        let name = builder.create_string(&"n".repeat(60_000));
        let children = builder.create_vector::<messages::Field<'_>>(&[]);
        let (type_type, type_) = messages::int64(builder);
        let args = arrow_ipc::FieldArgs {
            name: Some(name),
            type_type,
            type_: Some(type_),
            children: Some(children),
            ..Default::default()
        };
        (0..10_000).map(|_| arrow_ipc::Field::create(builder, &args)).collect()
    });
    assert!(bytes.len() < 600_000);
    let (result, cost) = read(&Bytes::from(bytes), &Options::default());
    let message = result.unwrap_err().to_string();
    assert!(message.starts_with("names and metadata of more than the "), "{message}");
    assert!(cost.memory < 16 << 20 && cost.time < LITTLE_TIME, "{cost:?}");
}

/// A schema whose field lies in many places of the flatbuffer's vectors.
fn shared_fields(count: usize) -> Vec<u8> {
    messages::schema(arrow_ipc::Endianness::Little, |builder| {
        let ty = messages::int64(builder);
        vec![messages::field(builder, "x", ty, &[], None); count]
    })
}

#[test]
fn a_field_that_lies_in_a_million_places_is_refused() {
    let _alone = alone();
    let (code, message) = refused(shared_fields(1_000_001), &Options::default());
    assert_eq!(code, Code::InvalidData);
    assert!(message.starts_with("a field's table that another field has already, message 0"), "{message}");
}

#[test]
fn more_fields_than_are_allowed_are_refused() {
    let _alone = alone();
    let bytes = messages::schema(arrow_ipc::Endianness::Little, |builder| {
        let ty = messages::int64(builder);
        (0..100_000).map(|_| messages::field(builder, "x", ty, &[], None)).collect()
    });
    let (code, message) = refused(bytes.clone(), &limited(|limits| limits.fields = 10));
    assert_eq!(
        (code, &*message),
        (Code::LimitExceeded, "the number of fields is 11, the limit is 10, message 0, byte 8")
    );
    let (result, cost) = read(&Bytes::from(bytes.clone()), &Options::default());
    assert_eq!(result.unwrap(), 0);
    assert!(cost.memory < 16 * bytes.len() as i64, "{cost:?}");
}

#[test]
fn ten_thousand_levels_are_refused() {
    let _alone = alone();
    let bytes = messages::schema(arrow_ipc::Endianness::Little, |builder| {
        let ty = messages::int64(builder);
        let mut field = messages::field(builder, "x", ty, &[], None);
        for _ in 1..10_000 {
            let ty = messages::structure(builder);
            field = messages::field(builder, "s", ty, &[field], None);
        }
        vec![field]
    });
    let (code, message) = refused(bytes, &Options::default());
    assert_eq!(code, Code::LimitExceeded);
    assert!(message.starts_with("the nesting depth of fields is 65, the limit is 64, field \"s.s.s"), "{message}");
}

#[test]
fn a_batch_within_every_limit_is_read() {
    let _alone = alone();
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    let batch = RecordBatch::try_from_iter([("t", texts)]).unwrap();
    let bytes = Bytes::from(write_ours(&batch.schema(), &[batch], &[]).unwrap());
    let mut options = limited(|limits| {
        limits.metadata_bytes = 512;
        limits.body_bytes = 64;
        limits.total_bytes = 512;
        limits.nesting_depth = 1;
        limits.fields = 1;
        limits.unbacked_slots = 1;
    });
    for validation in [Validation::Trusted, Validation::Layout, Validation::Full] {
        options.validation = validation;
        assert_eq!(read(&bytes, &options).0.unwrap(), 2);
        assert_eq!(read_device(&bytes, &options).0.unwrap(), 2);
    }
}
