//! Inputs taken apart and put together again.

use std::path::Path;
use std::sync::LazyLock;

use super::*;
use crate::case::options::WriteOptions;
use crate::case::suite::Folder;
use crate::case::variant::{Input, Variant};
use crate::wire::assemble::assemble;
use crate::wire::format::MESSAGE;
use crate::wire::lower::lower;
use crate::wire::lower::options::{DictionaryOrder, Endianness, NamedStore, RawOptions, StoreRule};

fn variants() -> &'static [Variant] {
    static VARIANTS: LazyLock<Vec<Variant>> = LazyLock::new(|| {
        let folder = Folder::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases"));
        folder.load(0).unwrap().variants
    });
    &VARIANTS
}

/// The data of all cases as the raw writer lays them out.
fn inputs(raw: &RawOptions) -> Vec<(String, RawInput)> {
    let lowered = variants().iter().filter_map(|variant| match &variant.input {
        Input::Document(document) if document.row_count() < 10_000 => {
            Some((variant.name.clone(), lower(document, &variant.options, raw, variant.format).ok()?))
        }
        _ => None,
    });
    lowered.collect()
}

fn first(name: &str, options: &WriteOptions, raw: &RawOptions) -> RawInput {
    let variant = variants().iter().find(|variant| variant.name.starts_with(name)).unwrap();
    let Input::Document(document) = &variant.input else { panic!("{name} has no data") };
    lower(document, options, raw, Format::File).unwrap()
}

fn messages(input: &RawInput) -> Vec<&RawMessage> {
    let messages = input.parts.iter().filter_map(|part| match part {
        Part::Message(message) => Some(&**message),
        _ => None,
    });
    messages.collect()
}

#[test]
fn what_the_raw_writer_made_is_lifted_byte_for_byte() {
    let last = RawOptions { dictionary_order: DictionaryOrder::Last, magic_padding: 64, ..RawOptions::default() };
    let big = RawOptions { endianness: Endianness::Big, embedded_schema: false, ..RawOptions::default() };
    for raw in [RawOptions::default(), last, big] {
        for (name, input) in inputs(&raw) {
            let bytes = assemble(&input).bytes;
            let lifted = lift(&bytes, input.format).unwrap_or_else(|stop| panic!("{name}: {stop:?}"));
            // A frame of another level is lifted as one of the default.
            assert!(assemble(&lifted).bytes == bytes || name.contains("zstd-"), "{name}");
            for (made, lifted) in messages(&input).iter().zip(messages(&lifted)) {
                assert_eq!(made.nodes, lifted.nodes, "{name}");
                let told = |message: &RawMessage| -> Vec<_> {
                    let buffers = message.body.iter();
                    buffers.map(|it| (it.role, it.column.clone(), it.element, it.content.clone())).collect()
                };
                assert_eq!(told(made), told(lifted), "{name}");
            }
        }
    }
}

#[test]
fn lifted_metadata_follow_the_parts() {
    let input = first("types/utf8/", &WriteOptions::default(), &RawOptions::default());
    let bytes = assemble(&input).bytes;
    let lifted = lift(&bytes, Format::File).unwrap();
    let Some(Part::Footer(footer)) = lifted.parts.last() else { panic!("no footer") };
    assert!(footer.computed);
    let batch = messages(&lifted).into_iter().find(|message| !message.body.is_empty()).unwrap();
    assert!(batch.computed);
}

#[test]
fn compressed_buffers_are_lifted_with_their_content() {
    for compression in [Compression::Lz4, Compression::Zstd] {
        let plain = first("types/utf8/", &WriteOptions::default(), &RawOptions::default());
        let options = WriteOptions { compression: Some(compression), ..WriteOptions::default() };
        let frame = StoreRule::Frames(serde_json::json!([{"take": 2}, {"stored": true, "content_checksum": true}]));
        for store in [StoreRule::default(), StoreRule::Named(NamedStore::Mixed), frame] {
            let input = first("types/utf8/", &options, &RawOptions { store, ..RawOptions::default() });
            let lifted = lift(&assemble(&input).bytes, Format::File).unwrap();
            // Whatever the frames were, they are plain ones now, and the metadata tell of these.
            let again = lift(&assemble(&lifted).bytes, Format::File).unwrap();
            for ((one, two), plain) in messages(&lifted).iter().zip(messages(&again)).zip(messages(&plain)) {
                let contents = |message: &RawMessage| -> Vec<Vec<u8>> {
                    message.body.iter().map(|buffer| buffer.content.clone()).collect()
                };
                assert_eq!(contents(one), contents(plain));
                assert_eq!(contents(two), contents(plain));
            }
        }
    }
}

/// An input whose first batch is changed.
fn changed(change: impl Fn(&mut RawMessage)) -> RawInput {
    let mut input = first("types/utf8/", &WriteOptions::default(), &RawOptions::default());
    for part in 0..input.parts.len() {
        if matches!(&input.parts[part], Part::Message(message) if !message.body.is_empty()) {
            assemble::settle(&mut input, part);
            let Part::Message(message) = &mut input.parts[part] else { continue };
            change(message);
            return input;
        }
    }
    panic!("no batch")
}

#[test]
fn gaps_padding_and_tails_are_lifted_as_they_are() {
    let input = changed(|message| {
        message.computed = true;
        message.body[1].gap = vec![1, 2, 3];
        message.body[1].alignment = 1;
        message.body[2].fill = 0xEE;
        message.body_tail = 64;
        message.body.push(BodyBuffer { alignment: 8, ..buffer(b"junk") });
    });
    let bytes = assemble(&input).bytes;
    let lifted = lift(&bytes, Format::File).unwrap();
    assert!(assemble(&lifted).bytes == bytes);
}

#[test]
fn buffers_that_share_bytes_get_bytes_of_their_own() {
    let set = |message: &mut RawMessage, places: [[i64; 2]; 3]| {
        let Metadata::Table(table) = &mut message.metadata else { panic!("no table") };
        let slot = MESSAGE.slot("header").unwrap();
        let Some(Node { value: Value::Table(header), .. }) = &mut table.fields[slot] else { panic!("no header") };
        let places = places.iter().map(|place| Value::Struct(place.to_vec()).into()).collect();
        header.set("buffers", Some(Value::Vector(places)));
    };
    let input = changed(|message| set(message, [[0, 0], [0, 8], [4, 4]]));
    let bytes = assemble(&input).bytes;
    let lifted = lift(&bytes, Format::File).unwrap();
    let batch = messages(&lifted).into_iter().find(|message| !message.body.is_empty()).unwrap();
    let [_, first, second] = &batch.body[..] else { panic!("{} buffers", batch.body.len()) };
    assert_eq!(first.content[4..], second.content[..]);
    assert!(batch.computed);
    // A place outside of the body stays what it is.
    let input = changed(|message| set(message, [[0, 0], [0, 8], [1 << 40, 4]]));
    let bytes = assemble(&input).bytes;
    assert!(assemble(&lift(&bytes, Format::File).unwrap()).bytes == bytes);
}

#[test]
fn bytes_between_and_behind_are_kept() {
    let mut input = first("types/utf8/", &WriteOptions::default(), &RawOptions::default());
    input.parts.insert(3, Part::bytes("bytes", vec![0; 16]));
    input.parts.insert(4, Part::bytes("bytes", vec![7; 24]));
    let bytes = assemble(&input).bytes;
    let lifted = lift(&bytes, Format::File).unwrap();
    assert!(assemble(&lifted).bytes == bytes);
    input.format = Format::Stream;
    input.parts.drain(..2);
    input.parts.drain(1..3);
    input.parts.pop();
    input.parts.push(Part::bytes("bytes", b"behind the end of stream".to_vec()));
    let bytes = assemble(&input).bytes;
    assert!(assemble(&lift(&bytes, Format::Stream).unwrap()).bytes == bytes);
}

#[test]
fn a_footer_in_another_order_follows_its_messages() {
    let mut input = first("layout/batches/growing", &WriteOptions::default(), &RawOptions::default());
    let last = input.parts.len() - 1;
    assemble::settle(&mut input, last);
    let Some(Part::Footer(footer)) = input.parts.last_mut() else { panic!("no footer") };
    let Metadata::Table(table) = &mut footer.metadata else { panic!("no table") };
    let blocks: Vec<Node> = table.vector("recordBatches").iter().rev().cloned().collect();
    assert!(blocks.len() > 1);
    table.set("recordBatches", Some(Value::Vector(blocks)));
    let bytes = assemble(&input).bytes;
    let mut lifted = lift(&bytes, Format::File).unwrap();
    assert!(assemble(&lifted).bytes == bytes);
    let Some(Part::Footer(footer)) = lifted.parts.pop() else { panic!("no footer") };
    assert!(!footer.computed);
}

#[test]
fn metadata_of_a_later_version_are_kept_as_bytes() {
    let input = changed(|message| {
        let Metadata::Table(table) = &mut message.metadata else { panic!("no table") };
        table.set("header_type", Some(Value::Scalar(9)));
        message.metadata = Metadata::Bytes(write::root(table));
    });
    let bytes = assemble(&input).bytes;
    let lifted = lift(&bytes, Format::File).unwrap();
    assert!(messages(&lifted).iter().any(|message| matches!(message.metadata, Metadata::Bytes(_))));
    assert!(assemble(&lifted).bytes == bytes);
}

#[test]
fn what_cannot_be_walked_is_an_error() {
    let input = first("types/utf8/", &WriteOptions::default(), &RawOptions::default());
    let bytes = assemble(&input).bytes;
    assert!(lift(&bytes[..bytes.len() - 1], Format::File).is_err());
    let stop = lift(&bytes[8..60], Format::Stream).unwrap_err();
    assert!(matches!(stop.problem, parse::Problem::MetadataCut { .. }), "{stop:?}");
}
