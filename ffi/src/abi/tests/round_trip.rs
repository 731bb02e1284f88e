//! Arrays of arrow-rs through the functions of the interface and back.

use super::super::c_data::{ArrowArray, ArrowArrayStream, ArrowSchema, CStructure};
use super::super::error::*;
use super::super::memory::arrowipc_memory_free;
use super::super::options::*;
use super::super::reader::*;
use super::super::sink::*;
use super::super::source::*;
use super::super::status::ARROWIPC_OK;
use super::super::stream::*;
use super::super::writer::*;
use super::{from_arrow_array, from_arrow_schema, to_arrow_array, to_arrow_schema};
use arrow_array::builder::*;
use arrow_array::ffi::{FFI_ArrowSchema, from_ffi, to_ffi};
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field, Fields, Schema, UnionFields};
use std::ffi::CStr;
use std::ptr;
use std::sync::Arc;

/// Fails with the library's message.
fn check(status: i32, err: *mut arrowipc_error) {
    // SAFETY: NULL or an error that lives.
    let message = unsafe { CStr::from_ptr(arrowipc_error_message(err)) };
    assert_eq!(status, ARROWIPC_OK, "{message:?}");
}

/// Writes batches with options and gives the bytes.
fn write(schema: &Schema, batches: &[RecordBatch], options: &[(i32, i64)]) -> Vec<u8> {
    write_changed(schema, batches, options, |_| {})
}

/// As [`write`], each array changed before it is handed over.
fn write_changed(
    schema: &Schema,
    batches: &[RecordBatch],
    options: &[(i32, i64)],
    change: impl Fn(&mut ArrowArray),
) -> Vec<u8> {
    let mut err = ptr::null_mut();
    // SAFETY: as a C program would, each pointer valid.
    unsafe {
        let o = arrowipc_options_new();
        for &(key, value) in options {
            check(arrowipc_options_set_int(o, key, value, &mut err), err);
        }
        let (mut sink, mut writer) = (ptr::null_mut(), ptr::null_mut());
        check(arrowipc_sink_to_memory(&mut sink, &mut err), err);
        let mut c_schema = from_arrow_schema(FFI_ArrowSchema::try_from(schema).unwrap());
        check(arrowipc_writer_open(sink, &c_schema, o, &mut writer, &mut err), err);
        (c_schema.release.unwrap())(&mut c_schema);
        arrowipc_options_free(o);
        for batch in batches {
            let (array, _schema) = to_ffi(&StructArray::from(batch.clone()).into_data()).unwrap();
            let mut array = from_arrow_array(array);
            change(&mut array);
            check(arrowipc_writer_write(writer, &mut array, ptr::null(), &mut err), err);
            assert!(array.release.is_none());
        }
        check(arrowipc_writer_finish(writer, &mut err), err);
        let (mut data, mut n) = (ptr::null_mut(), 0);
        check(arrowipc_writer_take_memory(writer, &mut data, &mut n, &mut err), err);
        let bytes = std::slice::from_raw_parts(data, n).to_vec();
        arrowipc_memory_free(data, n);
        arrowipc_writer_free(writer);
        bytes
    }
}

fn open(bytes: &[u8]) -> *mut arrowipc_reader {
    let (mut source, mut reader, mut err) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: as a C program would; the tests keep the bytes as long as the arrays.
    unsafe {
        let data = bytes.as_ptr().cast();
        check(arrowipc_source_from_memory(data, bytes.len(), None, ptr::null_mut(), &mut source, &mut err), err);
        check(arrowipc_reader_open(source, ptr::null(), &mut reader, &mut err), err);
    }
    reader
}

fn to_batch(array: ArrowArray, schema: &Schema) -> RecordBatch {
    let fields = DataType::Struct(schema.fields.clone());
    let c_schema = FFI_ArrowSchema::try_from(&fields).unwrap();
    // SAFETY: a structure of this library with the fields of the schema.
    let data = unsafe { from_ffi(to_arrow_array(array), &c_schema) }.unwrap();
    data.validate_full().unwrap();
    RecordBatch::from(StructArray::from(data)).with_schema(Arc::new(schema.clone())).unwrap()
}

fn read(bytes: &[u8]) -> (Schema, Vec<RecordBatch>) {
    let (reader, mut err, mut batches) = (open(bytes), ptr::null_mut(), Vec::new());
    // SAFETY: as a C program would, each pointer valid.
    unsafe {
        let mut c_schema = ArrowSchema::RELEASED;
        check(arrowipc_reader_schema(reader, &mut c_schema, &mut err), err);
        let schema = Schema::try_from(&to_arrow_schema(c_schema)).unwrap();
        loop {
            let mut array = ArrowArray::RELEASED;
            check(arrowipc_reader_next(reader, &mut array, ptr::null_mut(), &mut err), err);
            if array.release.is_none() {
                break;
            }
            batches.push(to_batch(array, &schema));
        }
        arrowipc_reader_free(reader);
        (schema, batches)
    }
}

/// Five rows of each layout.
fn columns() -> Vec<(&'static str, ArrayRef)> {
    let item = |data_type| Arc::new(Field::new("item", data_type, true));
    let ints = || Int32Array::from(vec![Some(1), None, Some(3), Some(-4), Some(5)]);
    let text = "a text longer than twelve bytes";
    let texts = [Some("a"), None, Some(""), Some(text), Some("é")];
    let lists = [Some(vec![Some(1), None]), None, Some(vec![]), Some(vec![Some(2)]), Some(vec![Some(3), Some(4)])];
    let union = |offsets: Option<Vec<i32>>| {
        let fields = [Field::new("i", DataType::Int32, true), Field::new("s", DataType::Utf8, true)];
        let fields = UnionFields::try_new([5, 1], fields).unwrap();
        let children: Vec<ArrayRef> = vec![Arc::new(ints()), Arc::new(StringArray::from_iter(texts))];
        UnionArray::try_new(fields, vec![5, 1, 1, 5, 5].into(), offsets.map(Into::into), children).unwrap()
    };
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    for row in 0..5 {
        for i in 0..row {
            map.keys().append_value(format!("k{i}"));
            map.values().append_value(i);
        }
        map.append(row != 3).unwrap();
    }
    let structs = StructArray::new(
        Fields::from(vec![Field::new("a", DataType::Int32, true), Field::new("b", DataType::Utf8, true)]),
        vec![Arc::new(ints()), Arc::new(StringArray::from_iter(texts))],
        Some(vec![true, true, false, true, true].into()),
    );
    let values = Arc::new(Int32Array::from((0..10).collect::<Vec<_>>()));
    let sizes = vec![2, 0, 1, 3, 1];
    let list_view =
        ListViewArray::new(item(DataType::Int32), vec![8, 0, 4, 1, 0].into(), sizes.into(), values.clone(), None);
    let wide_view = LargeListViewArray::new(
        item(DataType::Int32),
        vec![0i64, 2, 4, 6, 8].into(),
        vec![2i64, 2, 2, 2, 2].into(),
        values.clone(),
        None,
    );
    let fixed =
        FixedSizeListArray::new(item(DataType::Int32), 2, values, Some(vec![true, false, true, true, true].into()));
    let runs =
        RunArray::try_new(&Int16Array::from(vec![2, 3, 5]), &StringArray::from(vec![Some("x"), None, Some("y")]))
            .unwrap();
    vec![
        ("null", Arc::new(NullArray::new(5))),
        ("bool", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true), Some(true)]))),
        ("int32", Arc::new(ints())),
        ("uint8", Arc::new(UInt8Array::from(vec![1, 2, 3, 4, 255]))),
        ("float16", Arc::new(Float16Array::from_iter_values((0..5u8).map(|i| i.into())))),
        ("float64", Arc::new(Float64Array::from(vec![0.5, f64::NAN, -0.0, f64::INFINITY, 1e300]))),
        ("decimal32", Arc::new(Decimal32Array::from(vec![1, -2, 3, 4, 5]).with_precision_and_scale(7, 2).unwrap())),
        (
            "decimal256",
            Arc::new(Decimal256Array::from_iter([Some(Decimal256Type::default_value()), None, None, None, None])),
        ),
        ("date", Arc::new(Date64Array::from(vec![0, 86_400_000, 1, 2, 3]))),
        ("time", Arc::new(Time32MillisecondArray::from(vec![1, 2, 3, 4, 5]))),
        ("timestamp", Arc::new(TimestampNanosecondArray::from(vec![1, 2, 3, 4, 5]).with_timezone("Europe/Paris"))),
        ("interval", Arc::new(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNanoType::make_value(1, 2, 3); 5]))),
        ("utf8", Arc::new(StringArray::from_iter(texts))),
        ("large_utf8", Arc::new(LargeStringArray::from_iter(texts))),
        ("utf8_view", Arc::new(StringViewArray::from_iter(texts))),
        ("fixed", Arc::new(FixedSizeBinaryArray::try_from_iter((0..5u8).map(|i| [i; 3])).unwrap())),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists.clone()))),
        ("large_list", Arc::new(LargeListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
        ("list_view", Arc::new(list_view)),
        ("large_list_view", Arc::new(wide_view)),
        ("fixed_list", Arc::new(fixed)),
        ("struct", Arc::new(structs)),
        ("map", Arc::new(map.finish())),
        ("sparse", Arc::new(union(None))),
        ("dense", Arc::new(union(Some(vec![0, 1, 3, 2, 4])))),
        ("runs", Arc::new(runs)),
        ("dictionary", Arc::new(DictionaryArray::<Int8Type>::from_iter(texts))),
    ]
}

fn batch() -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns().into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

#[test]
fn every_layout_survives_in_stream_and_file() {
    let batch = batch();
    let batches = [batch.clone(), batch.slice(1, 3), batch.slice(5, 0), batch];
    for format in [1, 2] {
        let bytes = write(&batches[0].schema(), &batches, &[(ARROWIPC_OPTION_FORMAT, format)]);
        let (schema, read) = read(&bytes);
        assert_eq!(schema.fields, batches[0].schema().fields);
        assert_eq!(read, batches);
    }
}

#[test]
fn every_layout_survives_compression_and_alignment() {
    let batches = [batch(), batch().slice(2, 2)];
    for options in [
        vec![(ARROWIPC_OPTION_COMPRESSION, 1)],
        vec![(ARROWIPC_OPTION_COMPRESSION, 2), (ARROWIPC_OPTION_COMPRESSION_LEVEL, 9)],
        vec![(ARROWIPC_OPTION_ALIGNMENT, 64)],
    ] {
        let bytes = write(&batches[0].schema(), &batches, &options);
        assert_eq!(read(&bytes).1, batches);
    }
}

#[test]
fn stream_of_a_reader_goes_into_a_writer() {
    let batches = [batch(), batch().slice(2, 2)];
    let bytes = write(&batches[0].schema(), &batches, &[]);
    let mut err = ptr::null_mut();
    // SAFETY: as a C program would, each pointer valid.
    let copy = unsafe {
        let mut stream = ArrowArrayStream::RELEASED;
        check(arrowipc_reader_into_stream(open(&bytes), &mut stream, &mut err), err);
        assert!(arrowipc_error_from_stream(&mut stream).is_null());
        let mut schema = ArrowSchema::RELEASED;
        assert_eq!((stream.get_schema.unwrap())(&mut stream, &mut schema), 0);
        let (mut sink, mut writer) = (ptr::null_mut(), ptr::null_mut());
        check(arrowipc_sink_to_memory(&mut sink, &mut err), err);
        check(arrowipc_writer_open(sink, &schema, ptr::null(), &mut writer, &mut err), err);
        (schema.release.unwrap())(&mut schema);
        check(arrowipc_writer_write_stream(writer, &mut stream, &mut err), err);
        assert!(stream.release.is_none());
        check(arrowipc_writer_finish(writer, &mut err), err);
        let (mut data, mut n) = (ptr::null_mut(), 0);
        check(arrowipc_writer_take_memory(writer, &mut data, &mut n, &mut err), err);
        let copy = std::slice::from_raw_parts(data, n).to_vec();
        arrowipc_memory_free(data, n);
        arrowipc_writer_free(writer);
        copy
    };
    assert_eq!(copy, bytes);
}

/// arrow-rs pushes offsets down into buffers and children; other producers give them as they are.
#[test]
fn offsets_of_batches_and_columns_add_up() {
    let batch = batch();
    let bytes = write_changed(&batch.schema(), std::slice::from_ref(&batch), &[], |array| {
        (array.offset, array.length) = (1, 3);
        for i in 0..array.n_children as usize {
            // SAFETY: a live structure with as many children, of five slots each.
            let column = unsafe { &mut **array.children.add(i) };
            (column.offset, column.length, column.null_count) = (1, 4, -1);
        }
    });
    assert_eq!(read(&bytes).1, [batch.slice(2, 3)]);
}

/// The deepest nesting that the options allow fits the stack: of a small thread as it is shipped, of a usual
/// one in debug builds.
#[test]
fn deepest_nesting_fits_the_stack() {
    let megabytes = if cfg!(debug_assertions) { 8 } else { 1 };
    let thread = std::thread::Builder::new().stack_size(megabytes << 20).spawn(write_and_read_deepest_nesting);
    thread.unwrap().join().unwrap();
}

fn write_and_read_deepest_nesting() {
    let leaf: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    let nested = (1..256).fold(leaf, |items, _| {
        let item = Arc::new(Field::new("item", items.data_type().clone(), true));
        Arc::new(FixedSizeListArray::new(item, 1, items, None))
    });
    let batch = RecordBatch::try_from_iter_with_nullable([("deep", nested, true)]).unwrap();
    let depth = [(ARROWIPC_OPTION_MAX_NESTING_DEPTH, 256)];
    let bytes = write(&batch.schema(), &[batch], &depth);
    let (mut source, mut reader, mut err) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: as a C program would, each pointer valid.
    unsafe {
        let o = arrowipc_options_new();
        check(arrowipc_options_set_int(o, depth[0].0, depth[0].1, &mut err), err);
        let data = bytes.as_ptr().cast();
        check(arrowipc_source_from_memory(data, bytes.len(), None, ptr::null_mut(), &mut source, &mut err), err);
        check(arrowipc_reader_open(source, o, &mut reader, &mut err), err);
        arrowipc_options_free(o);
        let (mut schema, mut array) = (ArrowSchema::RELEASED, ArrowArray::RELEASED);
        check(arrowipc_reader_schema(reader, &mut schema, &mut err), err);
        (schema.release.unwrap())(&mut schema);
        check(arrowipc_reader_next(reader, &mut array, ptr::null_mut(), &mut err), err);
        assert_eq!(array.length, 2);
        (array.release.unwrap())(&mut array);
        arrowipc_reader_free(reader);
    }
}
