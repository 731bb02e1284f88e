//! Going on behind streams and files: what is kept, what may change, what is refused.

#[macro_use]
mod support;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_ipc::Endianness;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::writer::FileWriter;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{Field, Schema, SchemaRef};
use arrowipc::abi::{error, reader, sink, source, writer};
use std::collections::HashMap;
use std::ffi::CStr;
use std::io::Cursor;
use std::path::Path;
use std::ptr::{null, null_mut};
use std::sync::Arc;
use support::batches::{all_batches, dictionary};
use support::messages::{Builder, Layout, dictionary as dictionary_message, field, int64, schema as schema_message};
use support::{COMPRESSION, DICTIONARIES, FORMAT, From, LEGACY, METADATA_VERSION, Options, read_ours, source_of};
use support::{taken, write_ours};

const ALIGNMENT: i32 = 10;
const PADDED_MAGIC: usize = 8;

/// Appends batches to what a source holds.
fn append_to(
    from: *mut source::arrowipc_source,
    schema: Option<&Schema>,
    batches: &[RecordBatch],
    values: &[(i32, i64)],
) -> Result<Vec<u8>, String> {
    let options = Options::new(values);
    let expected = schema.map(|schema| FFI_ArrowSchema::try_from(schema).unwrap());
    let expected = expected.as_ref().map_or(null(), |schema| (&raw const *schema).cast());
    let (mut out, mut handle) = (null_mut(), null_mut());
    checked!(sink::arrowipc_sink_to_memory, &mut out)?;
    checked!(writer::arrowipc_writer_open_append, from, out, expected, options.0, &mut handle)?;
    let mut written = Ok(());
    if let Some(first) = batches.first() {
        let all: Vec<_> = batches.iter().cloned().map(Ok).collect();
        let mut stream = FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new(all, first.schema())));
        written = checked!(writer::arrowipc_writer_write_stream, handle, (&raw mut stream).cast());
    }
    taken(written.and_then(|()| checked!(writer::arrowipc_writer_finish, handle)), handle)
}

fn append(bytes: &[u8], batches: &[RecordBatch], values: &[(i32, i64)]) -> Result<Vec<u8>, String> {
    append_to(source_of(From::Memory, bytes, Path::new("-")), None, batches, values)
}

/// Where the messages of an input end: the end-of-stream marker lies there.
fn end_of_messages(bytes: &[u8], start: usize) -> usize {
    let mut position = start;
    loop {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let prefix = if word(position) == u32::MAX { 8 } else { 4 };
        let length = word(position + prefix - 4) as usize;
        if length == 0 {
            return position;
        }
        let message = arrow_ipc::root_as_message(&bytes[position + prefix..][..length]).unwrap();
        position += prefix + length + message.bodyLength() as usize;
    }
}

/// Checks with both readers that `bytes` hold these batches; of a file also that the stream inside it does.
#[track_caller]
fn check(bytes: &[u8], expected: &[RecordBatch]) {
    assert_eq!(read_ours(bytes, &[]).unwrap().1, expected);
    let theirs: Vec<RecordBatch> = match bytes.starts_with(b"ARROW1") {
        true => {
            let inside = StreamReader::try_new(&bytes[PADDED_MAGIC..], None).unwrap();
            assert_eq!(inside.map(Result::unwrap).collect::<Vec<_>>(), expected);
            FileReader::try_new(Cursor::new(bytes), None).unwrap().map(Result::unwrap).collect()
        }
        false => StreamReader::try_new(bytes, None).unwrap().map(Result::unwrap).collect(),
    };
    assert_eq!(theirs, expected);
}

/// One column of a dictionary.
fn words(values: &[&str], indices: &[Option<i8>]) -> RecordBatch {
    let column = dictionary(values, indices);
    let schema = Schema::new(vec![Field::new("word", column.data_type().clone(), true)]);
    RecordBatch::try_new(Arc::new(schema), vec![column]).unwrap()
}

fn written(batches: &[RecordBatch], values: &[(i32, i64)]) -> Vec<u8> {
    write_ours(&batches[0].schema(), batches, values).unwrap()
}

#[test]
fn batches_go_on_behind_what_every_source_holds() {
    let (schema, batches) = all_batches();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    for format in [1, 2] {
        let bytes = write_ours(&schema, &batches[..2], &[(FORMAT, format), (COMPRESSION, 1)]).unwrap();
        let start = if format == 2 { PADDED_MAGIC } else { 0 };
        let kept = end_of_messages(&bytes, start);
        std::fs::write(&path, &bytes).unwrap();
        for from in From::ALL {
            let result = append_to(source_of(from, &bytes, &path), Some(&schema), &batches[2..], &[(ALIGNMENT, 64)]);
            if from == From::ForwardCallbacks {
                let expected = "status 4: appending needs a source that can seek, this one only reads forward; \
                                save the input to a file first";
                assert_eq!(result.unwrap_err(), expected);
                continue;
            }
            let longer = result.unwrap();
            assert_eq!(longer[..kept], bytes[..kept], "{from:?}");
            check(&longer, &batches);
        }
    }
}

#[test]
fn nothing_appended_gives_the_same_bytes() {
    let (schema, batches) = all_batches();
    for values in [&[(FORMAT, 1)][..], &[(FORMAT, 2)], &[(FORMAT, 2), (METADATA_VERSION, 4)], &[(LEGACY, 1)]] {
        for count in [0, 1, 4] {
            let bytes = write_ours(&schema, &batches[..count], values).unwrap();
            assert_eq!(append(&bytes, &[], &[]).unwrap(), bytes, "{values:?}, {count} batches");
        }
    }
}

#[test]
fn an_input_without_batches_and_one_that_was_appended_to_are_continued() {
    let (schema, batches) = all_batches();
    for format in [1, 2] {
        let mut bytes = write_ours(&schema, &[], &[(FORMAT, format)]).unwrap();
        for count in 1..=batches.len() {
            bytes = append(&bytes, &batches[count - 1..count], &[]).unwrap();
            check(&bytes, &batches[..count]);
        }
        assert_eq!(bytes, write_ours(&schema, &batches, &[(FORMAT, format)]).unwrap());
    }
}

#[test]
fn a_stream_without_end_marker_is_continued() {
    let (schema, batches) = all_batches();
    let bytes = write_ours(&schema, &batches[..3], &[]).unwrap();
    check(&append(&bytes[..bytes.len() - 8], &batches[3..], &[]).unwrap(), &batches);
}

#[test]
fn a_file_of_arrow_rs_whose_magic_is_padded_to_64_bytes_is_continued() {
    let (schema, batches) = all_batches();
    for count in [0, 2] {
        let mut file = FileWriter::try_new(Vec::new(), &schema).unwrap();
        batches[..count].iter().for_each(|batch| file.write(batch).unwrap());
        let bytes = file.into_inner().unwrap();
        assert_eq!(bytes[..64], [&b"ARROW1"[..], &[0; 58]].concat());
        let longer = append(&bytes, &batches[count..], &[]).unwrap();
        assert_eq!(read_ours(&longer, &[]).unwrap().1, batches);
        let theirs: Vec<_> = FileReader::try_new(Cursor::new(longer), None).unwrap().map(Result::unwrap).collect();
        assert_eq!(theirs, batches);
    }
}

#[test]
fn version_and_framing_are_those_of_the_input() {
    let (_, batches) = all_batches();
    // Unions are laid out differently in both versions.
    let values: Vec<(i32, i64)> = vec![(METADATA_VERSION, 4), (LEGACY, 1)];
    for format in [1, 2] {
        let values = [&values[..], &[(FORMAT, format)]].concat();
        let longer = append(&written(&batches[..2], &values), &batches[2..], &[(METADATA_VERSION, 5), (LEGACY, 0)]);
        assert_eq!(longer.unwrap(), written(&batches, &values));
    }
}

#[test]
fn compression_may_change() {
    let (_, batches) = all_batches();
    for (first, second) in [(0, 2), (1, 0), (2, 1)] {
        let bytes = written(&batches[..1], &[(FORMAT, 2), (COMPRESSION, first)]);
        check(&append(&bytes, &batches[1..], &[(COMPRESSION, second)]).unwrap(), &batches);
    }
}

#[test]
fn dictionaries_go_on_as_if_one_writer_had_written_all() {
    let batches =
        [words(&["a", "b"], &[Some(1)]), words(&["a", "b", "c"], &[Some(2), None]), words(&["c", "x"], &[Some(1)])];
    for (format, mode, count) in [(1, 0, 3), (1, 1, 3), (1, 2, 3), (2, 1, 2), (2, 2, 3)] {
        let values = [(FORMAT, format), (DICTIONARIES, mode)];
        let once = written(&batches[..count], &values);
        for split in 1..count {
            let bytes = written(&batches[..split], &values);
            let longer = append(&bytes, &batches[split..count], &[(DICTIONARIES, mode)]).unwrap();
            assert_eq!(longer, once, "format {format}, mode {mode}, split at {split}");
        }
    }
}

#[test]
fn a_file_refuses_what_would_replace_its_dictionary() {
    let bytes = written(&[words(&["a", "b"], &[Some(1)])], &[(FORMAT, 2)]);
    for mode in [0, 1] {
        let refused = append(&bytes, &[words(&["b", "a"], &[Some(1)])], &[(DICTIONARIES, mode)]).unwrap_err();
        let expected = "status 1: the dictionary changed, and a file holds one dictionary a field: write deltas, unify, \
                        or write a stream, field \"word\"";
        assert_eq!(refused, expected);
    }
}

#[test]
fn metadata_of_the_footer_are_kept_unless_others_are_set() {
    let (schema, batches) = all_batches();
    let encoded =
        |value: u8| [&1i32.to_le_bytes()[..], &1i32.to_le_bytes(), b"k", &1i32.to_le_bytes(), &[value]].concat();
    let write = |handle, set: Option<u8>, batch: &RecordBatch| {
        if let Some(value) = set {
            checked!(writer::arrowipc_writer_set_footer_metadata, handle, encoded(value).as_ptr().cast()).unwrap();
        }
        let all = RecordBatchIterator::new([Ok(batch.clone())], Arc::clone(&schema));
        let mut stream = FFI_ArrowArrayStream::new(Box::new(all));
        let written = checked!(writer::arrowipc_writer_write_stream, handle, (&raw mut stream).cast());
        taken(written.and_then(|()| checked!(writer::arrowipc_writer_finish, handle)), handle).unwrap()
    };
    let footer = |bytes: &[u8]| {
        let mut handle = null_mut();
        let from = source_of(From::Memory, bytes, Path::new("-"));
        checked!(reader::arrowipc_reader_open, from, null(), &mut handle).unwrap();
        // SAFETY: the reader lives until it is freed; the metadata are those of one pair, 17 bytes.
        unsafe {
            let metadata = reader::arrowipc_reader_footer_metadata(handle).cast::<u8>();
            let found = std::slice::from_raw_parts(metadata, encoded(b'1').len()).to_vec();
            reader::arrowipc_reader_free(handle);
            found
        }
    };
    let (mut out, mut handle) = (null_mut(), null_mut());
    let c_schema = FFI_ArrowSchema::try_from(schema.as_ref()).unwrap();
    checked!(sink::arrowipc_sink_to_memory, &mut out).unwrap();
    let options = Options::new(&[(FORMAT, 2)]);
    checked!(writer::arrowipc_writer_open, out, (&raw const c_schema).cast(), options.0, &mut handle).unwrap();
    let bytes = write(handle, Some(b'1'), &batches[0]);
    for (set, expected) in [(None, b'1'), (Some(b'2'), b'2')] {
        let from = source_of(From::Memory, &bytes, Path::new("-"));
        checked!(sink::arrowipc_sink_to_memory, &mut out).unwrap();
        checked!(writer::arrowipc_writer_open_append, from, out, null(), null(), &mut handle).unwrap();
        assert_eq!(footer(&write(handle, set, &batches[1])), encoded(expected));
    }
}

#[test]
fn another_schema_is_refused_with_what_differs() {
    use arrow_schema::DataType::{Dictionary, Int8, Int16, Int32, List, Utf8};
    let list = |item: &str| List(Arc::new(Field::new(item, Int32, true)));
    let code = |index: arrow_schema::DataType| Dictionary(Box::new(index), Box::new(Utf8));
    let of = |fields: Vec<Field>| -> SchemaRef { Arc::new(Schema::new(fields)) };
    let found = of(vec![Field::new("a", list("item"), true), Field::new("b", code(Int8), true)]);
    let bytes = write_ours(&found, &[], &[(FORMAT, 2)]).unwrap();
    let b = || Field::new("b", code(Int8), true);
    let pair = HashMap::from([("k".to_owned(), "v".to_owned())]);
    let cases = [
        (of(vec![b()]), "the schema given has a number of fields of 1, that of the input 2"),
        (
            of(vec![Field::new("c", list("item"), true), b()]),
            "the schema given has a field named \"c\", that of the input \"a\", field \"a\"",
        ),
        (
            of(vec![Field::new("a", Int32, true), b()]),
            "the schema given has the type int32, that of the input list, field \"a\"",
        ),
        (
            of(vec![Field::new("a", list("element"), true), b()]),
            "the schema given has a field named \"element\", that of the input \"item\", field \"a.item\"",
        ),
        (
            of(vec![Field::new("a", list("item"), false), b()]),
            "the schema given has a field that is not nullable, that of the input nullable, field \"a\"",
        ),
        (
            of(vec![Field::new("a", list("item"), true), Field::new("b", Utf8, true)]),
            "the schema given has the dictionary indices none, that of the input int8, field \"b\"",
        ),
        (
            of(vec![Field::new("a", list("item"), true), Field::new("b", code(Int16), true)]),
            "the schema given has the dictionary indices int16, that of the input int8, field \"b\"",
        ),
        (
            of(vec![Field::new("a", list("item"), true), b().with_metadata(pair.clone())]),
            "the schema given has other metadata than that of the input, field \"b\"",
        ),
        (
            Arc::new(found.as_ref().clone().with_metadata(pair)),
            "the schema given has other metadata than that of the input",
        ),
    ];
    for (schema, expected) in cases {
        let from = source_of(From::Memory, &bytes, Path::new("-"));
        assert_eq!(append_to(from, Some(&schema), &[], &[]), Err(format!("status 1: {expected}")));
    }
}

#[test]
fn an_input_that_is_cut_is_refused_wherever_that_is() {
    let (schema, batches) = all_batches();
    for format in [1, 2] {
        let bytes = write_ours(&schema, &batches, &[(FORMAT, format)]).unwrap();
        let mut accepted = 0;
        for cut in 0..bytes.len() {
            match append(&bytes[..cut], &[], &[]) {
                Ok(longer) => {
                    // Between the messages of a stream.
                    assert_eq!((format, longer[..cut] == bytes[..cut]), (1, true), "cut to {cut}");
                    accepted += 1;
                }
                Err(message) => assert!(message.starts_with("status 3: "), "cut to {cut}: {message}"),
            }
        }
        assert_eq!(accepted, if format == 1 { 2 + batches.len() } else { 0 });
    }
}

#[test]
fn damaged_input_is_continued_or_refused_and_nothing_else() {
    let batches = [words(&["a", "b"], &[Some(1), None]), words(&["a", "b", "c"], &[Some(2)])];
    let mut refused = 0;
    for format in [1, 2] {
        let bytes = written(&batches[..1], &[(FORMAT, format)]);
        for position in 0..bytes.len() {
            for pattern in [0x01, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[position] ^= pattern;
                if let Err(message) = append(&changed, &batches[1..], &[(DICTIONARIES, 1)]) {
                    assert!(!message.starts_with("status 9"), "byte {position} ^ {pattern:#x}: {message}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn what_cannot_be_continued_is_refused() {
    let (_, batches) = all_batches();
    let file = written(&batches, &[(FORMAT, 2)]);
    let stream = written(&batches, &[]);
    let kept = end_of_messages(&file, PADDED_MAGIC);
    // The footer of a file that was one batch shorter, as a program leaves it that appends in place and dies.
    let shorter = written(&batches[..3], &[(FORMAT, 2)]);
    let stale = [&file[..kept + 8], &shorter[end_of_messages(&shorter, PADDED_MAGIC) + 8..]].concat();
    // A schema of int64 columns, dictionary-encoded where there is an id.
    let integers = |endianness, ids: &[Option<i64>]| {
        schema_message(endianness, |builder: &mut Builder<'_>| {
            let mut fields = Vec::new();
            for id in ids {
                let ty = int64(builder);
                fields.push(field(builder, "x", ty, &[], *id));
            }
            fields
        })
    };
    let two_streams = [&stream[..], &stream[..]].concat();
    let second_schema = [&stream[..stream.len() - 8], &stream[..]].concat();
    // Values that are fewer than the dictionary's batch says.
    let layout = Layout { rows: 1, nodes: &[(1, 0)], buffers: &[(0, 0), (0, 4)], ..Layout::default() };
    let short = [integers(Endianness::Little, &[Some(7)]), dictionary_message(7, false, layout, &[0; 8])].concat();
    // Framing from before 0.15 whose padding does not count the prefix.
    let unaligned = integers(Endianness::Little, &[None]).split_off(4);
    let end = unaligned.len();
    let cases = [
        (
            unaligned,
            format!(
                "status 3: the last message ends at byte {end}, expected a multiple of 8, byte {end} \
                 [framing-message-multiple-of-8]"
            ),
        ),
        (
            stale,
            format!(
                "status 3: the footer lists 3 record batches, which are not the 4 of the file's stream, byte {} \
                 [footer-batches-listed]",
                kept + 8
            ),
        ),
        (
            two_streams,
            format!(
                "status 4: {} bytes follow the end of the stream, and would be lost, byte {}",
                stream.len(),
                stream.len()
            ),
        ),
        (
            second_schema,
            format!("status 3: a second schema in the stream, message 6, byte {} [framing-single-schema]", stream.len() - 8),
        ),
        (
            integers(Endianness::Big, &[None]),
            "status 4: the input is big-endian, and this library writes little-endian; convert it first".to_owned(),
        ),
        (
            integers(Endianness::Little, &[Some(7), Some(7)]),
            "status 4: dictionary 7 belongs to several fields, which this library reads and does not write, field \"x\""
                .to_owned(),
        ),
        (
            b"ARROW1 is the first word of this text".to_vec(),
            "status 3: the input does not end with ARROW1; a file that was not finished has no footer, byte 31 \
             [file-trailing-magic-invalid]"
                .to_owned(),
        ),
        (
            short,
            "status 3: buffer 1 (values) has 4 bytes, 8 are needed, field \"x\", message 1, byte 296 \
             [layout-primitive-too-short]"
                .to_owned(),
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(append(&bytes, &[], &[]), Err(expected));
    }
}
