//! arrow-ipc as the second opinion: what the library writes it reads, what it writes the library reads, equal both times.
//!
//! Batches cross the C ABI as C streams. Gold files, where `ARROW_TEST_DATA` names a folder that has them, are decoded by
//! both.

use arrow_array::builder::*;
use arrow_array::cast::AsArray;
use arrow_array::ffi_stream::{RecordBatchStreamReader, FFI_ArrowArrayStream};
use arrow_array::types::*;
use arrow_array::*;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions, StreamWriter};
use arrow_ipc::{CompressionType, MetadataVersion};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, UnionFields};
use arrowipc::abi::{error, memory, options, reader, sink, source, stream, writer};
use std::ffi::{CStr, c_void};
use std::io::Cursor;
use std::ptr::null_mut;
use std::sync::Arc;

const FORMAT: i32 = 1;
const COMPRESSION: i32 = 11;
const METADATA_VERSION: i32 = 14;
const LEGACY: i32 = 15;
const DICTIONARIES: i32 = 16;

/// Calls a function of the C ABI whose last argument is the error.
macro_rules! checked {
    ($function:expr, $($argument:expr),*) => {{
        let mut failure = null_mut();
        // SAFETY: the arguments are valid for the call and owned as the header demands.
        let status = unsafe { $function($($argument,)* &mut failure) };
        if status == 0 {
            Ok(())
        } else {
            // SAFETY: a failed call set the error, and it is freed once.
            let message = unsafe {
                let message = CStr::from_ptr(error::arrowipc_error_message(failure)).to_string_lossy().into_owned();
                error::arrowipc_error_free(failure);
                message
            };
            Err(format!("status {status}: {message}"))
        }
    }};
}

struct Options(*mut options::arrowipc_options);

impl Options {
    fn new(values: &[(i32, i64)]) -> Self {
        let options = Options(options::arrowipc_options_new());
        for (key, value) in values {
            checked!(options::arrowipc_options_set_int, options.0, *key, *value).unwrap();
        }
        options
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: made by arrowipc_options_new, freed once.
        unsafe { options::arrowipc_options_free(self.0) };
    }
}

struct Batches(SchemaRef, std::vec::IntoIter<RecordBatch>);

impl Iterator for Batches {
    type Item = Result<RecordBatch, arrow_schema::ArrowError>;
    fn next(&mut self) -> Option<Self::Item> {
        self.1.next().map(Ok)
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0)
    }
}

/// Writes through the C ABI.
fn write_ours(schema: &SchemaRef, batches: &[RecordBatch], values: &[(i32, i64)]) -> Result<Vec<u8>, String> {
    let options = Options::new(values);
    let c_schema = arrow_schema::ffi::FFI_ArrowSchema::try_from(schema.as_ref()).unwrap();
    let (mut out, mut handle) = (null_mut(), null_mut());
    checked!(sink::arrowipc_sink_to_memory, &mut out)?;
    checked!(writer::arrowipc_writer_open, out, (&raw const c_schema).cast(), options.0, &mut handle)?;
    let mut stream = FFI_ArrowArrayStream::new(Box::new(Batches(Arc::clone(schema), batches.to_vec().into_iter())));
    let written = checked!(writer::arrowipc_writer_write_stream, handle, (&raw mut stream).cast())
        .and_then(|()| checked!(writer::arrowipc_writer_finish, handle));
    let (mut data, mut length) = (null_mut(), 0);
    let taken =
        written.and_then(|()| checked!(writer::arrowipc_writer_take_memory, handle, &mut data, &mut length));
    let bytes = taken.map(|()| {
        // SAFETY: the block was just handed over, and is freed once.
        unsafe {
            let bytes = std::slice::from_raw_parts(data, length).to_vec();
            memory::arrowipc_memory_free(data, length);
            bytes
        }
    });
    // SAFETY: the writer is owned here.
    unsafe { writer::arrowipc_writer_free(handle) };
    bytes
}

unsafe extern "C" fn free_bytes(context: *mut c_void) {
    // SAFETY: the context is the box made in `read_ours`, and this is called once.
    drop(unsafe { Box::from_raw(context.cast::<Vec<u8>>()) });
}

/// Reads through the C ABI and its C stream.
fn read_ours(bytes: &[u8], values: &[(i32, i64)]) -> Result<(SchemaRef, Vec<RecordBatch>), String> {
    let options = Options::new(values);
    let owned = Box::new(bytes.to_vec());
    let (data, length) = (owned.as_ptr().cast::<c_void>(), owned.len());
    let (mut from, mut handle) = (null_mut(), null_mut());
    let context = Box::into_raw(owned).cast::<c_void>();
    checked!(source::arrowipc_source_from_memory, data, length, Some(free_bytes), context, &mut from)?;
    checked!(reader::arrowipc_reader_open, from, options.0, &mut handle)?;
    let mut stream = FFI_ArrowArrayStream::empty();
    checked!(stream::arrowipc_reader_into_stream, handle, (&raw mut stream).cast())?;
    let batches = RecordBatchStreamReader::try_new(stream).map_err(|e| e.to_string())?;
    let schema = batches.schema();
    let batches = batches.collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())?;
    Ok((schema, batches))
}

fn read_theirs(bytes: &[u8], file: bool) -> Result<(SchemaRef, Vec<RecordBatch>), String> {
    let text = |e: arrow_schema::ArrowError| e.to_string();
    if file {
        let reader = FileReader::try_new(Cursor::new(bytes), None).map_err(text)?;
        Ok((reader.schema(), reader.collect::<Result<_, _>>().map_err(text)?))
    } else {
        let reader = StreamReader::try_new(bytes, None).map_err(text)?;
        Ok((reader.schema(), reader.collect::<Result<_, _>>().map_err(text)?))
    }
}

fn write_theirs(schema: &SchemaRef, batches: &[RecordBatch], file: bool, options: IpcWriteOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    if file {
        let mut writer = FileWriter::try_new_with_options(&mut bytes, schema, options).unwrap();
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap();
    } else {
        let mut writer = StreamWriter::try_new_with_options(&mut bytes, schema, options).unwrap();
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap();
    }
    bytes
}

fn dictionary(values: &[&str], indices: &[Option<i8>]) -> ArrayRef {
    let values = Arc::new(StringArray::from(values.to_vec()));
    Arc::new(DictionaryArray::<Int8Type>::new(Int8Array::from(indices.to_vec()), values))
}

/// One column of each kind of layout, five rows.
fn columns() -> Vec<(Field, ArrayRef)> {
    let ints = Int32Array::from(vec![Some(1), None, Some(-3), Some(i32::MAX), Some(i32::MIN)]);
    let strings = vec![Some("a"), None, Some("a string of more than twelve bytes"), Some(""), Some("żółć")];
    let mut lists = ListBuilder::new(StringBuilder::new());
    let mut views = ListViewBuilder::new(Int64Builder::new());
    let mut fixed = FixedSizeListBuilder::new(Int16Builder::new(), 2);
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for row in 0..5usize {
        for item in 0..row {
            lists.values().append_option((item != 1).then(|| format!("{row}.{item}")));
            views.values().append_value((row * 10 + item) as i64);
            maps.keys().append_value(format!("k{item}"));
            maps.values().append_value(item as i32);
        }
        lists.append(row != 2);
        views.append(row != 3);
        maps.append(row != 1).unwrap();
        fixed.values().append_value(row as i16);
        fixed.values().append_null();
        fixed.append(row != 4);
    }
    let mut bytes = FixedSizeBinaryBuilder::new(3);
    ["abc", "def", "ghi", "jkl", "mno"].iter().for_each(|value| bytes.append_value(value).unwrap());
    let mut runs = StringRunBuilder::<Int16Type>::new();
    ["x", "x", "y", "y", "y"].iter().for_each(|value| runs.append_value(value));
    let members: UnionFields = UnionFields::try_new(
        [5, 7],
        [Field::new("i", DataType::Int32, true), Field::new("s", DataType::Utf8, true)],
    )
    .unwrap();
    let sparse = UnionArray::try_new(
        members.clone(),
        vec![5, 7, 5, 7, 7].into(),
        None,
        vec![Arc::new(ints.clone()), Arc::new(StringArray::from(strings.clone()))],
    );
    let dense = UnionArray::try_new(
        members,
        vec![5, 7, 5, 7, 7].into(),
        Some(vec![0, 0, 1, 1, 2].into()),
        vec![Arc::new(Int32Array::from(vec![8, 9])), Arc::new(StringArray::from(vec!["p", "q", "r"]))],
    );
    let fields = Fields::from(vec![Field::new("a", DataType::Int32, true), Field::new("b", DataType::Utf8View, true)]);
    let members: Vec<ArrayRef> = vec![Arc::new(ints.clone()), Arc::new(StringViewArray::from(strings.clone()))];
    let validity = vec![true, true, false, true, false];
    let nested = Arc::new(StructArray::new(fields, members, Some(validity.into())));
    let arrays: Vec<(&str, ArrayRef)> = vec![
        ("null", Arc::new(NullArray::new(5))),
        ("bool", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true), Some(true)]))),
        ("int32", Arc::new(ints)),
        ("uint64", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1, 2, 3]))),
        ("float16", Arc::new(Float16Array::from_iter_values([0.5f32, -1.0, 2.0, 0.0, 8.0].map(half_of)))),
        ("float64", Arc::new(Float64Array::from(vec![1.5, -0.0, f64::INFINITY, f64::MIN_POSITIVE, 3.0]))),
        ("decimal128", Arc::new(Decimal128Array::from(vec![Some(i128::MAX / 10), None, Some(-5), Some(0), Some(7)]))),
        ("timestamp", Arc::new(TimestampMicrosecondArray::from(vec![1, 2, 3, 4, 5]).with_timezone("Europe/Paris"))),
        ("interval", Arc::new(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNanoType::make_value(1, -2, 3); 5]))),
        ("utf8", Arc::new(StringArray::from(strings.clone()))),
        ("large_utf8", Arc::new(LargeStringArray::from(strings.clone()))),
        ("utf8_view", Arc::new(StringViewArray::from(strings))),
        ("fixed_size_binary", Arc::new(bytes.finish())),
        ("list", Arc::new(lists.finish())),
        ("list_view", Arc::new(views.finish())),
        ("fixed_size_list", Arc::new(fixed.finish())),
        ("map", Arc::new(maps.finish())),
        ("struct", nested),
        ("run_end_encoded", Arc::new(runs.finish())),
        ("sparse_union", Arc::new(sparse.unwrap())),
        ("dense_union", Arc::new(dense.unwrap())),
        ("dictionary", dictionary(&["p", "q"], &[Some(0), None, Some(1), Some(1), Some(0)])),
    ];
    arrays.into_iter().map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array)).collect()
}

fn half_of(value: f32) -> <Float16Type as ArrowPrimitiveType>::Native {
    <Float16Type as ArrowPrimitiveType>::Native::from_f32(value)
}

/// The columns as batches: all rows, a slice, no row, another slice.
fn all_batches() -> (SchemaRef, Vec<RecordBatch>) {
    let (fields, arrays): (Vec<_>, Vec<_>) = columns().into_iter().unzip();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
    let batches = vec![batch.clone(), batch.slice(1, 3), batch.slice(2, 0), batch.slice(3, 2)];
    (schema, batches)
}

#[test]
fn arrow_ipc_reads_what_the_library_writes() {
    let (schema, batches) = all_batches();
    for (format, file) in [(1, false), (2, true)] {
        for compression in [0, 1, 2] {
            let bytes = write_ours(&schema, &batches, &[(FORMAT, format), (COMPRESSION, compression)]).unwrap();
            let (read_schema, read) = read_theirs(&bytes, file).unwrap();
            assert_eq!(read_schema, schema);
            assert_eq!(read, batches, "format {format}, compression {compression}");
        }
    }
}

#[test]
fn the_library_reads_what_it_writes_in_every_version() {
    let (schema, batches) = all_batches();
    for format in [1, 2] {
        for version in [4, 5] {
            for legacy in [0, 1] {
                let options = [(FORMAT, format), (METADATA_VERSION, version), (LEGACY, legacy)];
                let bytes = write_ours(&schema, &batches, &options).unwrap();
                let (read_schema, read) = read_ours(&bytes, &[]).unwrap();
                assert_eq!(read_schema, schema);
                assert_eq!(read, batches, "format {format}, version {version}, legacy {legacy}");
            }
        }
    }
}

#[test]
fn the_library_reads_what_arrow_ipc_writes() {
    let (schema, batches) = all_batches();
    for file in [false, true] {
        for alignment in [8, 64] {
            for compression in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
                let options = IpcWriteOptions::try_new(alignment, false, MetadataVersion::V5).unwrap();
                let options = options.try_with_compression(compression).unwrap();
                let bytes = write_theirs(&schema, &batches, file, options);
                let (read_schema, read) = read_ours(&bytes, &[]).unwrap();
                assert_eq!(read_schema, schema);
                assert_eq!(read, batches, "file {file}, alignment {alignment}, {compression:?}");
            }
        }
    }
}

fn dictionary_batches(dictionaries: &[&[&str]]) -> (SchemaRef, Vec<RecordBatch>) {
    let ty = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    let schema = Arc::new(Schema::new(vec![Field::new("d", ty, true)]));
    let batch = |values: &&[&str]| {
        let indices: Vec<_> = (0..values.len() as i8).rev().map(Some).chain([None]).collect();
        RecordBatch::try_new(Arc::clone(&schema), vec![dictionary(values, &indices)]).unwrap()
    };
    let batches = dictionaries.iter().map(batch).collect();
    (schema, batches)
}

/// The decoded strings: what stays when dictionaries are merged.
fn strings(batches: &[RecordBatch]) -> Vec<Vec<Option<String>>> {
    let decode = |batch: &RecordBatch| {
        let column = batch.column(0).as_any().downcast_ref::<DictionaryArray<Int8Type>>().unwrap();
        let typed = column.downcast_dict::<StringArray>().unwrap();
        typed.into_iter().map(|value| value.map(str::to_owned)).collect()
    };
    batches.iter().map(decode).collect()
}

#[test]
fn changing_dictionaries_are_replaced_grown_or_unified() {
    let grown: &[&[&str]] = &[&["a", "b"], &["a", "b", "c"], &["a", "b", "c"], &["a", "b", "c", "d", "e"]];
    let mixed: &[&[&str]] = &[&["a", "b"], &["b", "x"], &["y", "a", "z", "b", "w"]];
    for (dictionaries, mode, file) in
        [(grown, 0, false), (grown, 1, false), (grown, 1, true), (mixed, 0, false), (mixed, 2, false), (mixed, 2, true)]
    {
        let (schema, batches) = dictionary_batches(dictionaries);
        let options = [(FORMAT, if file { 2 } else { 1 }), (DICTIONARIES, mode)];
        let bytes = write_ours(&schema, &batches, &options).unwrap();
        for read in [read_theirs(&bytes, file).unwrap().1, read_ours(&bytes, &[]).unwrap().1] {
            assert_eq!(strings(&read), strings(&batches), "{dictionaries:?}, mode {mode}, file {file}");
        }
    }
    let (schema, batches) = dictionary_batches(mixed);
    let refused = write_ours(&schema, &batches, &[(FORMAT, 2)]).unwrap_err();
    assert!(refused.contains("a file holds one dictionary a field"), "{refused}");
}

#[test]
fn deltas_and_replacements_of_arrow_ipc_are_read() {
    let grown: &[&[&str]] = &[&["a"], &["a", "b", "c"], &["a", "b", "c", "d"]];
    let (schema, batches) = dictionary_batches(grown);
    for handling in [DictionaryHandling::Resend, DictionaryHandling::Delta] {
        let options = IpcWriteOptions::default().with_dictionary_handling(handling);
        let bytes = write_theirs(&schema, &batches, false, options);
        assert_eq!(strings(&read_ours(&bytes, &[]).unwrap().1), strings(&batches), "{handling:?}");
    }
}

#[test]
fn a_permuted_inner_dictionary_takes_the_outer_one_along() {
    let item = Field::new("item", DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)), true);
    let list = DataType::List(Arc::new(item.clone()));
    let ty = DataType::Dictionary(Box::new(DataType::Int8), Box::new(list));
    let schema = Arc::new(Schema::new(vec![Field::new("d", ty, true)]));
    let batch = |values: &[&str], inner: &[Option<i8>]| {
        let mut offsets = OffsetBufferBuilder::<i32>::new(2);
        (0..2).for_each(|_| offsets.push_length(1));
        let lists = ListArray::new(
            Arc::new(item.clone()),
            offsets.finish(),
            dictionary(values, inner),
            None,
        );
        let outer = DictionaryArray::<Int8Type>::new(Int8Array::from(vec![0, 1]), Arc::new(lists));
        RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(outer) as ArrayRef]).unwrap()
    };
    let batches = [batch(&["p", "q"], &[Some(0), Some(1)]), batch(&["q", "p"], &[Some(1), Some(0)])];
    let bytes = write_ours(&schema, &batches, &[]).unwrap();
    let text = |batches: &[RecordBatch]| -> Vec<String> {
        batches.iter().map(|batch| format!("{:?}", batch.column(0).as_any_dictionary().values())).collect()
    };
    assert_eq!(text(&read_ours(&bytes, &[]).unwrap().1), text(&batches));
    assert_eq!(text(&read_theirs(&bytes, false).unwrap().1), text(&batches));
}

#[test]
fn gold_files_are_read_alike_by_both() {
    let Some(root) = std::env::var_os("ARROW_TEST_DATA") else {
        println!("ARROW_TEST_DATA is not set: the gold files were not read");
        return;
    };
    let root = std::path::Path::new(&root).join("arrow-ipc-stream/integration");
    let (mut compared, mut refused) = (0, 0);
    for folder in std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let file = match path.extension().and_then(|extension| extension.to_str()) {
                Some("arrow_file") => true,
                Some("stream") => false,
                _ => continue,
            };
            let bytes = std::fs::read(&path).unwrap();
            let ours = read_ours(&bytes, &[]);
            if folder.ends_with("1.0.0-bigendian") {
                let message = ours.unwrap_err();
                assert!(message.contains("the input is big-endian"), "{}: {message}", path.display());
                refused += 1;
                continue;
            }
            let (schema, batches) = ours.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let (their_schema, their_batches) = read_theirs(&bytes, file).unwrap();
            assert_eq!(schema, their_schema, "{}", path.display());
            assert_eq!(batches, their_batches, "{}", path.display());
            compared += 1;
        }
    }
    println!("{compared} gold files compared, {refused} big-endian ones refused");
    assert!(compared > 0 && refused > 0);
}
