//! Data of all cases laid out and taken apart again; what options and layouts do to bytes.

use std::path::Path;

use arrowipc_kit::value::{Column, DataType, Field, IndexType, Schema};

use super::options::*;
use super::*;
use crate::case::file::CaseResult;
use crate::case::suite::Folder;
use crate::case::variant::{Expected, Input, Variant};
use crate::wire::assemble::{Assembled, assemble, settle};
use crate::wire::decode;
use crate::wire::parse::{Parsed, parse};
use crate::wire::raw::Role;

/// The variants whose data are written down, or few enough.
fn variants() -> impl Iterator<Item = (&'static Variant, &'static Document)> {
    static VARIANTS: LazyLock<Vec<Variant>> = LazyLock::new(|| {
        let folder = Folder::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases"));
        folder.load(0).unwrap().variants
    });
    VARIANTS.iter().filter_map(|variant| match &variant.input {
        Input::Document(document) if document.row_count() < 10_000 => Some((variant, &**document)),
        _ => None,
    })
}

fn bytes(document: &Document, options: &WriteOptions, raw: &RawOptions, format: Format) -> Vec<u8> {
    assemble(&lower(document, options, raw, format).unwrap()).bytes
}

fn parsed(bytes: &[u8], format: Format) -> Parsed {
    let parsed = parse(bytes, format);
    assert_eq!(parsed.stop, None);
    if format == Format::File {
        assert!(matches!(parsed.footer, Some(Ok(_))), "{:?}", parsed.footer);
    }
    parsed
}

fn document(columns: Vec<(Field, Vec<Column>)>) -> Document {
    let batches = columns[0].1.len();
    let (fields, columns): (Vec<Field>, Vec<Vec<Column>>) = columns.into_iter().unzip();
    let batch = |index: usize| {
        let columns: Vec<Column> = columns.iter().map(|column| column[index].clone()).collect();
        Batch { rows: columns[0].values.len(), metadata: Metadata::default(), columns }
    };
    let data = Data::Batches((0..batches).map(batch).collect());
    Document { schema: Schema { fields, metadata: Metadata::default() }, data }
}

fn ints(values: &[i128]) -> Column {
    values.iter().map(|value| Datum::Int(*value)).collect::<Vec<_>>().into()
}

fn texts(values: &[&str]) -> Vec<Datum> {
    values.iter().map(|text| Datum::Text((*text).into())).collect()
}

/// A column of texts with its dictionary.
fn given(values: &[&str], dictionary: &[&str]) -> Column {
    let layout = Layout { dictionary: Some(texts(dictionary)), ..Layout::default() };
    Column { values: texts(values), layout: Some(layout) }
}

fn encoded(name: &str) -> Field {
    Field::new(name, DataType::Utf8).with_dictionary(IndexType::Int8, false)
}

/// What is sent: `b` for a record batch, of dictionaries the id, `+` of a delta, and the number of values.
fn sent(input: &RawInput) -> Vec<String> {
    let messages = input.parts.iter().filter_map(|part| match part {
        Part::Message(message) => message.table()?.table("header"),
        _ => None,
    });
    let words = messages.filter_map(|header| match header.kind.name {
        "RecordBatch" => Some("b".to_owned()),
        "DictionaryBatch" => {
            let delta = if header.scalar("isDelta") == 1 { "+" } else { "" };
            Some(format!("{}{delta}:{}", header.scalar("id"), header.table("data")?.scalar("length")))
        }
        _ => None,
    });
    words.collect()
}

/// The content of the first buffer of this role in a record batch or, if there is none, in a dictionary.
fn content(input: &RawInput, role: Role, batch: usize) -> Vec<u8> {
    let is_batch = |message: &&RawMessage| {
        message.table().and_then(|table| table.table("header")).is_some_and(|header| header.kind.name == "RecordBatch")
    };
    let messages = input.parts.iter().filter_map(|part| match part {
        Part::Message(message) => Some(&**message),
        _ => None,
    });
    let message = messages.filter(is_batch).nth(batch).unwrap();
    message.body.iter().find(|buffer| buffer.role == role).unwrap().content.clone()
}

#[test]
fn the_data_of_every_case_become_parts_that_are_found_again() {
    assert!(variants().count() > 500);
    for (variant, document) in variants() {
        let raw = RawOptions::default();
        let input = match lower(document, &variant.options, &raw, variant.format) {
            Ok(input) => input,
            // Of a file that cannot replace a dictionary.
            Err(error) => {
                assert!(error.problem.contains("a file cannot replace"), "{}: {error}", variant.name);
                continue;
            }
        };
        let assembled = assemble(&input);
        let parsed = parse(&assembled.bytes, variant.format);
        assert_eq!(parsed.stop, None, "{}", variant.name);
        let batches = parsed
            .messages
            .iter()
            .filter(|message| message.table.table("header").is_some_and(|header| header.kind.name == "RecordBatch"));
        assert_eq!(batches.count(), document.batch_count(), "{}", variant.name);
        if let Some(footer) = parsed.footer {
            let footer = footer.unwrap_or_else(|stop| panic!("{}: {stop:?}", variant.name));
            assert_eq!(footer.table.vector("recordBatches").len(), document.batch_count(), "{}", variant.name);
        }
        // What is computed is what settling states.
        let mut settled = input.clone();
        (0..settled.parts.len()).rev().for_each(|part| settle(&mut settled, part));
        assert!(assemble(&settled).bytes == assembled.bytes, "{}", variant.name);
    }
}

/// The bytes of every case must be what the case expects, in the eyes of a reader that shares no code with the writer.
fn judge_the_data_of_every_case(raw: &RawOptions) {
    for (variant, document) in variants() {
        let Ok(input) = lower(document, &variant.options, raw, variant.format) else { continue };
        let Expected::Document(expected) = &variant.expected else { continue };
        // The data of other cases may break a rule by themselves.
        let valid = variant.case.result == CaseResult::Valid;
        if !valid || variant.read.projection.is_some() || variant.read.order.is_some() {
            continue;
        }
        let reading = decode::read(&assemble(&input).bytes, variant.format);
        assert_eq!(reading.violations, [], "{}", variant.name);
        let read = reading.document.unwrap_or_else(|| panic!("{} is not read", variant.name));
        assert_eq!(read.digest().to_string(), expected.computed(), "{}", variant.name);
    }
}

#[test]
fn the_judge_reads_what_every_case_expects() {
    judge_the_data_of_every_case(&RawOptions::default());
}

#[test]
fn the_judge_reads_every_case_in_big_endian_order() {
    judge_the_data_of_every_case(&RawOptions { endianness: Endianness::Big, ..RawOptions::default() });
}

#[test]
fn the_judge_reads_every_case_whatever_else_the_options_say() {
    let raw = RawOptions {
        magic_padding: 64,
        end_of_stream: false,
        embedded_schema: false,
        defaults: Defaults::Present,
        dictionary_order: DictionaryOrder::OuterFirst,
        ..RawOptions::default()
    };
    judge_the_data_of_every_case(&raw);
}

#[test]
fn the_judge_reads_every_frame_and_every_mixture() {
    let frames = serde_json::json!([
        {"skippable": "00ff00ff"},
        {"take": 5, "stored": true, "content_checksum": true},
        {"content_size": true},
    ]);
    let stores =
        [StoreRule::Named(NamedStore::Uncompressed), StoreRule::Named(NamedStore::Mixed), StoreRule::Frames(frames)];
    let of_types = |variant: &Variant| variant.case.topic.starts_with("types/");
    for (variant, document) in variants().filter(|(variant, _)| of_types(variant)) {
        for (compression, store) in [Compression::Lz4, Compression::Zstd].iter().cycle().zip(&stores) {
            let options = WriteOptions { compression: Some(*compression), ..WriteOptions::default() };
            let raw = RawOptions { store: store.clone(), ..RawOptions::default() };
            let bytes = bytes(document, &options, &raw, variant.format);
            let reading = decode::read(&bytes, variant.format);
            assert_eq!(reading.violations, [], "{}", variant.name);
            let read = reading.document.map(|document| document.digest());
            assert_eq!(read, Some(document.digest()), "{}", variant.name);
        }
    }
}

#[test]
fn the_judge_reads_files_whose_dictionaries_lie_behind_the_batches() {
    let raw = RawOptions { dictionary_order: DictionaryOrder::Last, ..RawOptions::default() };
    for (variant, document) in variants().filter(|(variant, _)| variant.case.topic.starts_with("dictionary/")) {
        let Ok(input) = lower(document, &variant.options, &raw, Format::File) else { continue };
        let reading = decode::read(&assemble(&input).bytes, Format::File);
        let read = reading.document.map(|document| document.digest());
        assert_eq!((reading.violations, read), (Vec::new(), Some(document.digest())), "{}", variant.name);
    }
}

#[test]
fn buffers_nodes_and_blocks_follow_from_the_parts() {
    let document = document(vec![(Field::new("a", DataType::Int32), vec![ints(&[1, 2, 3])])]);
    let options = WriteOptions { alignment: Some(64), ..WriteOptions::default() };
    let bytes = bytes(&document, &options, &RawOptions::default(), Format::File);
    let parsed = parsed(&bytes, Format::File);
    let batch = &parsed.messages[1];
    assert_eq!(batch.body.len(), 64);
    let header = batch.table.table("header").unwrap();
    let structs = |table: &Table, name: &str| -> Vec<Vec<i64>> {
        table.vector(name).iter().map(|node| node.as_struct().unwrap().to_vec()).collect()
    };
    assert_eq!(structs(header, "nodes"), [[3, 0]]);
    assert_eq!(structs(header, "buffers"), [[0, 0], [0, 12]]);
    assert_eq!(bytes[batch.body.start..][..12], [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
    let Some(Ok(footer)) = &parsed.footer else { panic!("no footer") };
    let metadata = batch.metadata.end - batch.range.start;
    let block = vec![batch.range.start as i64, metadata as i64, 64];
    assert_eq!(structs(&footer.table, "recordBatches"), [block]);
    assert_eq!(metadata % 64, 0);
}

#[test]
fn a_dictionary_is_sent_again_when_it_changed() {
    let columns = vec![
        given(&["a"], &["a", "b"]),
        given(&["b"], &["a", "b"]),
        given(&["c"], &["a", "b", "c"]),
        given(&["c"], &["c"]),
    ];
    let document = document(vec![(encoded("d"), columns)]);
    let lowered = |mode, format| {
        let options = WriteOptions { dictionaries: mode, ..WriteOptions::default() };
        lower(&document, &options, &RawOptions::default(), format)
    };
    let replaced = ["0:2", "b", "b", "0:3", "b", "0:1", "b"];
    assert_eq!(sent(&lowered(None, Format::Stream).unwrap()), replaced);
    let delta = ["0:2", "b", "b", "0+:1", "b", "0:1", "b"];
    assert_eq!(sent(&lowered(Some(Mode::Delta), Format::Stream).unwrap()), delta);
    let unified = lowered(Some(Mode::Unify), Format::File).unwrap();
    assert_eq!(sent(&unified), ["0:3", "b", "b", "b", "b"]);
    assert_eq!(content(&unified, Role::Data, 3), [2]);
    assert_eq!(
        lowered(None, Format::File).unwrap_err().to_string(),
        "batches[2].dictionary 0: the dictionary changed, and a file cannot replace one; use delta or unify"
    );
}

#[test]
fn fields_of_one_id_share_a_dictionary() {
    let column = |values: &[&str]| vec![Column::from(texts(values))];
    let document = document(vec![(encoded("d"), column(&["x", "y"])), (encoded("e"), column(&["y", "z"]))]);
    let lowered = |ids: &[i64]| {
        let raw = RawOptions { dictionary_ids: Some(ids.to_vec()), ..RawOptions::default() };
        lower(&document, &WriteOptions::default(), &raw, Format::Stream)
    };
    let shared = lowered(&[7, 7]).unwrap();
    assert_eq!(sent(&shared), ["7:3", "b"]);
    assert_eq!(sent(&lowered(&[7, 3]).unwrap()), ["7:2", "3:2", "b"]);
    let error = lowered(&[7]).unwrap_err();
    assert_eq!(error.to_string(), "dictionary_ids: expected 2 ids, one a dictionary-encoded field, found 1");
}

#[test]
fn outer_dictionaries_follow_the_inner_ones_that_they_refer_to() {
    let field =
        Field::new("d", DataType::List).with_children([encoded("item")]).with_dictionary(IndexType::Int8, false);
    let list = |values: &[&str]| Datum::List(texts(values));
    let column = |inner: &[&str]| {
        let children = vec![Some(Layout { dictionary: Some(texts(inner)), ..Layout::default() })];
        let outer = Some(vec![list(&["a", "b"])]);
        Column {
            values: vec![list(&["a", "b"])],
            layout: Some(Layout { dictionary: outer, children, ..Layout::default() }),
        }
    };
    let document = document(vec![(field, vec![column(&["a", "b"]), column(&["b", "a"])])]);
    let order = |dictionary_order| {
        let raw = RawOptions { dictionary_order, ..RawOptions::default() };
        sent(&lower(&document, &WriteOptions::default(), &raw, Format::Stream).unwrap())
    };
    assert_eq!(order(DictionaryOrder::InnerFirst), ["1:2", "0:1", "b", "1:2", "0:1", "b"]);
    assert_eq!(order(DictionaryOrder::OuterFirst), ["0:1", "1:2", "b", "0:1", "1:2", "b"]);
    assert_eq!(order(DictionaryOrder::Last), ["b", "b", "1:2", "0:1", "1:2", "0:1"]);
}

#[test]
fn big_endian_bodies_have_every_number_reversed() {
    let interval = Datum::MonthDayNano { months: 1, days: 2, nanoseconds: 3 };
    let long = "a long text that is no inline one";
    let document = document(vec![
        (Field::new("i", DataType::IntervalMonthDayNano), vec![vec![interval].into()]),
        (Field::new("v", DataType::Utf8View), vec![texts(&[long]).into()]),
    ]);
    let raw = RawOptions { endianness: Endianness::Big, ..RawOptions::default() };
    let input = lower(&document, &WriteOptions::default(), &raw, Format::Stream).unwrap();
    assert_eq!(content(&input, Role::Data, 0), [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3]);
    assert_eq!(content(&input, Role::Views, 0), [&[0, 0, 0, 33][..], b"a lo", &[0; 8]].concat());
    let assembled = assemble(&input);
    let schema = parsed(&assembled.bytes, Format::Stream).messages[0].table.table("header").unwrap().clone();
    assert_eq!(schema.scalar("endianness"), 1);
}

#[test]
fn stores_are_those_of_the_options() {
    let document = document(vec![
        (Field::new("a", DataType::Int32), vec![ints(&[1, 2, 3])]),
        (Field::new("b", DataType::Int32), vec![ints(&[4, 5, 6])]),
    ]);
    let options = WriteOptions { compression: Some(Compression::Zstd), ..WriteOptions::default() };
    let stores = |store: StoreRule| -> Vec<Store> {
        let raw = RawOptions { store, ..RawOptions::default() };
        let input = lower(&document, &options, &raw, Format::Stream).unwrap();
        let Some(Part::Message(batch)) = input.parts.get(1) else { panic!("no batch") };
        batch.body.iter().map(|buffer| buffer.store.clone()).collect()
    };
    let compressed = || Store::Compressed(Compression::Zstd);
    let named = |named| stores(StoreRule::Named(named));
    assert_eq!(named(NamedStore::Compressed), [compressed(), compressed(), compressed(), compressed()]);
    assert_eq!(named(NamedStore::Mixed), [compressed(), compressed(), compressed(), Store::Uncompressed]);
    let stored = &stores(StoreRule::Frames(serde_json::json!({"stored": true})))[1];
    assert!(matches!(stored, Store::Framed { frames, .. } if frames[0].stored && frames[0].codec == Compression::Zstd));
    let raw = RawOptions { store: StoreRule::Named(NamedStore::Mixed), ..RawOptions::default() };
    let error = lower(&document, &WriteOptions::default(), &raw, Format::Stream).unwrap_err();
    assert_eq!(error.to_string(), "store: expected a compression, found none");
}

#[test]
fn framing_is_that_of_the_options() {
    let document = document(vec![(Field::new("a", DataType::Int32), vec![ints(&[1])])]);
    let options = WriteOptions { legacy: Some(true), metadata_version: Some(4), ..WriteOptions::default() };
    let legacy = bytes(&document, &options, &RawOptions::default(), Format::Stream);
    let parsed = parsed(&legacy, Format::Stream);
    assert!(
        parsed.messages.iter().all(|message| message.continuation.is_none() && message.table.scalar("version") == 3)
    );
    assert_eq!(parsed.end_of_stream, Some(legacy.len() - 4..legacy.len()));
    assert!(parsed.messages.iter().all(|message| message.body.start % 8 == 0));
    let raw = RawOptions { magic_padding: 64, ..RawOptions::default() };
    let padded = bytes(&document, &WriteOptions::default(), &raw, Format::File);
    assert_eq!(padded[6..64], [0; 58]);
    assert_eq!(self::parsed(&padded, Format::File).messages[0].range.start, 64);
}

#[test]
fn defaults_are_stored_where_asked_for() {
    let document = document(vec![(Field::new("a", DataType::Float16), vec![Vec::new().into()])]);
    let header = |defaults, index: usize| {
        let raw = RawOptions { defaults, ..RawOptions::default() };
        let bytes = bytes(&document, &WriteOptions::default(), &raw, Format::Stream);
        parsed(&bytes, Format::Stream).messages[index].table.clone()
    };
    assert!(header(Defaults::Absent, 0).get("bodyLength").is_none());
    assert!(header(Defaults::Present, 0).get("bodyLength").is_some());
    let length = |defaults| header(defaults, 1).table("header").unwrap().get("length").is_some();
    assert!(!length(Defaults::Absent) && length(Defaults::Present));
    let precision = |defaults| {
        let schema = header(defaults, 0);
        let field = schema.table("header").unwrap().vector("fields")[0].as_table().unwrap().clone();
        field.table("type").unwrap().get("precision").is_some()
    };
    assert!(!precision(Defaults::Absent) && precision(Defaults::Present));
}

#[test]
fn places_are_those_of_the_bytes() {
    let document = document(vec![(Field::new("a", DataType::Utf8), vec![texts(&["x", "yz"]).into()])]);
    let options = WriteOptions { compression: Some(Compression::Lz4), ..WriteOptions::default() };
    let input = lower(&document, &options, &RawOptions::default(), Format::File).unwrap();
    let Assembled { bytes, parts } = assemble(&input);
    let ends: Vec<usize> = parts.iter().map(|place| place.range().end).collect();
    let starts: Vec<usize> = parts.iter().map(|place| place.range().start).collect();
    assert_eq!(starts[1..], ends[..ends.len() - 1]);
    assert_eq!(ends.last(), Some(&bytes.len()));
    let places = parts.iter().filter_map(|place| match place {
        crate::wire::assemble::Place::Message(place) => Some(&**place),
        _ => None,
    });
    let batch = places.collect::<Vec<_>>()[1];
    let told = |at: &std::ops::Range<usize>| i64::from_le_bytes(bytes[at.clone()].try_into().unwrap());
    assert!(batch.buffers[0].prefix.is_empty());
    assert_eq!((told(&batch.buffers[1].prefix), told(&batch.buffers[2].prefix)), (12, 3));
}

#[test]
fn large_generated_data_are_refused() {
    let generate = arrowipc_kit::value::Generate {
        batches: 300,
        rows: 1000,
        columns: vec![arrowipc_kit::value::Generator::Sequence { start: 0, step: 1 }],
    };
    let schema = Schema { fields: vec![Field::new("a", DataType::Int64)], metadata: Metadata::default() };
    let document = Document { schema, data: Data::Generate(generate) };
    let error = lower(&document, &WriteOptions::default(), &RawOptions::default(), Format::Stream).unwrap_err();
    assert_eq!(error.to_string(), "expected generated data of at most 200000 rows, found 300000");
}
