//! arrow-ipc as the second opinion: what the library writes it reads, what it writes the library reads, equal both times.
//!
//! Batches cross the C ABI as C streams. Gold files, where `ARROW_TEST_DATA` names a folder that has them, are decoded by
//! both.

mod support;

use arrow_array::builder::OffsetBufferBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int8Type;
use arrow_array::*;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions, StreamWriter};
use arrow_ipc::{CompressionType, MetadataVersion};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use std::io::Cursor;
use std::sync::Arc;
use support::batches::{all_batches, dictionary};
use support::*;

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
        let lists = ListArray::new(Arc::new(item.clone()), offsets.finish(), dictionary(values, inner), None);
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
    let (mut compared, mut swapped) = (0, 0);
    for folder in std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let file = match path.extension().and_then(|extension| extension.to_str()) {
                Some("arrow_file") => true,
                Some("stream") => false,
                _ => continue,
            };
            let bytes = std::fs::read(&path).unwrap();
            let ours = read_ours(&bytes, &[]);
            let (schema, batches) = ours.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            // arrow-ipc does not swap bytes: it reads the little-endian twin.
            let twin = if folder.ends_with("1.0.0-bigendian") {
                swapped += 1;
                std::fs::read(root.join("1.0.0-littleendian").join(path.file_name().unwrap())).unwrap()
            } else {
                bytes
            };
            let (their_schema, their_batches) = read_theirs(&twin, file).unwrap();
            assert_eq!(schema, their_schema, "{}", path.display());
            assert_eq!(batches, their_batches, "{}", path.display());
            compared += 1;
        }
    }
    println!("{compared} gold files compared, {swapped} of them big-endian");
    assert!(compared > 0 && swapped > 0);
}

/// What arrow-ipc answers to valid bytes, and why the library answers otherwise.
const ARROW_IPC_DIFFERS: &[(&str, &str)] = &[
    ("metadata version", "version-v4-file-footer: files of V4 messages whose footer says V5 are read"),
    ("Invalid UTF8 sequence", "layout-null-slot-value-arbitrary: bytes under null slots need not be UTF-8"),
    ("Encountered non-UTF-8 data", "layout-null-slot-value-arbitrary: bytes under null slots need not be UTF-8"),
    ("non-nullable", "field-nonnullable-with-nulls: nulls in a field that is not nullable are handed on"),
    ("Unable to get root as", "metadata-non-utf8-value: metadata that are not UTF-8 are kept as bytes"),
];

/// Reads every file of a folder that `arrowipc run --keep` filled and that `ARROWIPC_KEPT` names.
#[test]
fn kept_case_files_are_read_alike_by_both() {
    let Some(root) = std::env::var_os("ARROWIPC_KEPT") else {
        println!("ARROWIPC_KEPT is not set: no case files were read");
        return;
    };
    let mut folders = vec![std::path::PathBuf::from(root)];
    let (mut alike, mut refused, mut explained) = (0, 0, 0);
    let mut wrong = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = match path.extension().and_then(|extension| extension.to_str()) {
                Some("arrow") => true,
                Some("arrows") => false,
                _ => continue,
            };
            // What a writer was to append to may be wrong on purpose.
            if path.file_stem().is_some_and(|name| name == "there") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let theirs = std::panic::catch_unwind(|| read_theirs(&bytes, file)).unwrap_or(Err("it panics".into()));
            match (read_ours(&bytes, &[]), theirs) {
                (Ok((schema, batches)), Ok((their_schema, their_batches))) => {
                    let same = schema == their_schema && batches == their_batches;
                    if same { alike += 1 } else { wrong.push(format!("{}: read differently", path.display())) }
                }
                (Err(_), Err(_)) => refused += 1,
                (Ok(_), Err(e)) if ARROW_IPC_DIFFERS.iter().any(|(text, _)| e.contains(text)) => explained += 1,
                (Ok(_), Err(e)) => wrong.push(format!("{}: arrow-ipc refuses: {e}", path.display())),
                (Err(e), Ok(_)) => wrong.push(format!("{}: the library refuses: {e}", path.display())),
            }
        }
    }
    println!("{alike} files read alike, {refused} refused by both, {explained} refused by arrow-ipc alone, as listed");
    assert!(wrong.is_empty(), "{} files:\n{}", wrong.len(), wrong.join("\n"));
    assert!(alike > 0);
}
