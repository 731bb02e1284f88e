use serde_json::json;

use super::*;
use crate::case::error::Origin;
use crate::case::natural::to_json;
use crate::case::options::Compression;
use crate::case::place::Path;
use crate::wire::assemble::assemble;
use crate::wire::parse::{Problem, parse};
use crate::wire::raw::{BodyBuffer, Role, Store};

fn input(parts: Json) -> RawInput {
    read(&parts, Format::Stream).unwrap()
}

fn refused(parts: Json) -> String {
    read(&parts, Format::Stream).unwrap_err().to_string()
}

fn message(input: &RawInput, part: usize) -> &RawMessage {
    match &input.parts[part] {
        Part::Message(message) => message,
        other => panic!("{other:?} is no message"),
    }
}

fn only_buffer(buffer: Json) -> BodyBuffer {
    let input = input(json!([{"record_batch": {}, "body": [buffer]}]));
    message(&input, 0).body[0].clone()
}

fn schema_of(kind: Json) -> Json {
    json!({"schema": {"fields": [{"name": "a", "type": kind, "children": []}]}})
}

/// The example of the documentation as JSON.
fn example() -> Json {
    let text = include_str!("../../../../docs/wire.md");
    let block = text.split("```yaml\n").find(|block| block.starts_with("wire:")).unwrap();
    let block = block.split("```").next().unwrap();
    let origin = Origin { file: "wire.md".into(), text: block.into() };
    let yaml: serde_yaml::Value = origin.parse().unwrap();
    to_json(&yaml["wire"], &origin, &Path::default().to("wire")).unwrap()
}

#[test]
fn the_example_of_the_documentation_is_a_file() {
    let input = read(&example(), Format::File).unwrap();
    let names = input.parts.iter().map(|part| match part {
        Part::Bytes(part) => part.name.clone(),
        Part::Message(message) => message.header().unwrap().kind.name.to_owned(),
        Part::Footer(_) => "footer".to_owned(),
    });
    let expected =
        ["magic", "magic_padding", "Schema", "DictionaryBatch", "RecordBatch", "end_of_stream", "footer", "bytes"];
    assert_eq!(names.collect::<Vec<_>>(), expected);
    // Without the junk behind the footer it is a file that can be told apart to the end.
    let mut whole = input.clone();
    whole.parts.pop();
    let parsed = parse(&assemble(&whole).bytes, Format::File);
    assert_eq!(parsed.stop, None);
    assert_eq!(parsed.messages.len(), 3);
    let footer = parsed.footer.unwrap().unwrap();
    assert_eq!(footer.table.vector("dictionaries").len(), 1);
    assert_eq!(footer.table.vector("recordBatches").len(), 1);
    assert_eq!(footer.table.scalar("version"), 4);
    assert_eq!(footer.table.table("schema"), parsed.messages[0].table.table("header"));
    let batch = parsed.messages[2].table.table("header").unwrap();
    let buffers: Vec<_> = batch.vector("buffers").iter().map(|node| node.as_struct().unwrap().to_vec()).collect();
    assert_eq!(buffers, [[0, 1], [8, 12]]);
    assert_eq!(parsed.messages[2].table.scalar("bodyLength"), 24);
    assert_eq!(parsed.messages[2].table.scalar("version"), 4);
}

#[test]
fn buffers_of_a_body_know_their_columns() {
    let input = input(json!([
        {"schema": {"fields": [
            {"name": "d", "type": "Utf8", "dictionary": {"id": 4, "indexType": {"bitWidth": 8}}},
            {"name": "b", "type": "Bool"}
        ]}},
        {"dictionary_batch": {"id": 4, "data": {"length": 1, "nodes": [[1, 0]]}}, "body": [{}, {"int32": [0, 1]}, {"text": "x"}]},
        {"record_batch": {"length": 1, "nodes": [[1, 0], [1, 0]]},
         "body": [{}, {"hex": "00"}, {"hex": "aabb", "listed": false}, {}, {"hex": "01"}, {"hex": "02"}]}
    ]));
    let shown = |part| {
        let buffers = message(&input, part).body.iter();
        buffers.map(|buffer| (buffer.role, buffer.column.clone(), buffer.element)).collect::<Vec<_>>()
    };
    assert_eq!(shown(1), [(Role::Validity, vec![0], 0), (Role::Offsets, vec![0], 4), (Role::Data, vec![0], 1)]);
    assert_eq!(
        shown(2),
        [
            (Role::Validity, vec![0], 0),
            (Role::Data, vec![0], 1),
            (Role::Other, vec![], 1),
            (Role::Validity, vec![1], 0),
            (Role::Data, vec![1], 0),
            (Role::Other, vec![], 1),
        ]
    );
    assert_eq!(message(&input, 2).nodes, [vec![0], vec![1]]);
}

#[test]
fn a_schema_in_the_footer_tells_byte_order_and_columns() {
    let batch = json!({"record_batch": {"length": 1, "nodes": [[1, 0]]}, "body": [{}, {"int32": [1]}]});
    let fields = json!([{"name": "a", "type": {"Int": {"bitWidth": 32}}}]);
    let input = input(json!([batch, {"footer": {"schema": {"endianness": "Big", "fields": fields}}}]));
    assert_eq!(message(&input, 0).body[1].content, [0, 0, 0, 1]);
    assert_eq!(message(&input, 0).body[1].role, Role::Data);
}

#[test]
fn what_is_named_stays_and_the_rest_follows_from_the_body() {
    let header = json!({"length": 1, "nodes": [[1, 0]], "buffers": [[0, 0], [8, 99]]});
    let body = json!([{}, {"int32": [1]}]);
    let stated = input(json!([{"record_batch": header, "body": body}]));
    let table = message(&stated, 0).table().unwrap();
    assert_eq!(table.scalar("bodyLength"), 8);
    assert_eq!(table.table("header").unwrap().vector("buffers")[1].as_struct(), Some(&[8, 99][..]));
    let stated = input(json!([{"record_batch": {"length": 1}, "body": body, "bodyLength": 16}]));
    let table = message(&stated, 0).table().unwrap();
    assert_eq!(table.scalar("bodyLength"), 16);
    assert_eq!(table.table("header").unwrap().vector("buffers")[1].as_struct(), Some(&[0, 4][..]));
    let absent = input(
        json!([{"record_batch": {"buffers": "absent"}, "body": body, "bodyLength": "absent", "version": "absent"}]),
    );
    let table = message(&absent, 0).table().unwrap();
    assert!(table.get("bodyLength").is_none() && table.get("version").is_none());
    assert!(table.table("header").unwrap().get("buffers").is_none());
}

#[test]
fn a_tensor_may_state_its_buffer() {
    let tensor =
        |data: Json| json!([{"tensor": {"type": {"Int": {"bitWidth": 8}}, "data": data}, "body": [{"int8": [1, 2]}]}]);
    let stated = input(tensor(json!([1, 5])));
    assert_eq!(message(&stated, 0).header().unwrap().members("data"), Some(&[1, 5][..]));
    assert_eq!(message(&stated, 0).table().unwrap().scalar("bodyLength"), 8);
}

#[test]
fn a_footer_may_state_its_blocks() {
    let parts = json!([
        schema_of(json!("Null")),
        {"record_batch": {"length": 1, "nodes": [[1, 1]]}},
        {"footer": {"dictionaries": [[8, 16, 0]], "schema": "absent", "version": "V4"}, "prefix": 7, "magic": "41"}
    ]);
    let input = input(parts);
    let Part::Footer(footer) = &input.parts[2] else { panic!("no footer") };
    let table = footer.table().unwrap();
    assert_eq!(table.vector("dictionaries")[0].as_struct(), Some(&[8, 16, 0][..]));
    assert_eq!(table.vector("recordBatches").len(), 1);
    assert!(table.get("schema").is_none());
    assert_eq!((table.scalar("version"), footer.length, footer.magic.as_slice()), (3, Some(7), &b"A"[..]));
}

#[test]
fn framing_is_as_it_is_told() {
    let input = input(json!([
        {"schema": {}, "continuation": "absent", "prefix": -5, "metadata_alignment": 64, "metadata_fill": 255, "custom_metadata": [["k", "v"]]},
        {"schema": {}, "continuation": "00000001", "metadata": "0102", "body_tail": 3},
        {"message": {"header_type": "RecordBatch", "#9": "ff"}, "version": "V4"},
        {"end_of_stream": "00000000"},
        {"magic": "4152"},
        {"message": {"version": "absent"}}
    ]));
    let first = message(&input, 0);
    assert_eq!((first.continuation, first.length), (None, Some(-5)));
    assert_eq!((first.metadata_alignment, first.metadata_fill), (64, 255));
    assert_eq!(first.table().unwrap().vector("custom_metadata").len(), 1);
    let second = message(&input, 1);
    assert_eq!(second.continuation, Some([0, 0, 0, 1]));
    assert_eq!((&second.metadata, second.body_tail), (&Metadata::Bytes(vec![1, 2]), 3));
    let third = message(&input, 2).table().unwrap();
    assert_eq!((third.scalar("header_type"), third.scalar("version")), (3, 3));
    assert!(third.get("header").is_none() && third.unknown == [(9, vec![0xFF])]);
    assert_eq!(input.parts[3], Part::bytes("end_of_stream", [0; 4]));
    assert_eq!(input.parts[4], Part::bytes("magic", *b"AR"));
    assert!(message(&input, 5).table().unwrap().get("version").is_none());
    let parsed = parse(&assemble(&input).bytes, Format::Stream);
    assert_eq!(parsed.stop.unwrap().problem, Problem::NegativeLength(-5));
}

#[test]
fn a_buffer_is_stored_as_it_is_told() {
    let buffer = only_buffer(json!({"int16": [1], "gap": "ff", "alignment": 64, "fill": 170}));
    assert_eq!((buffer.element, buffer.gap, buffer.alignment, buffer.fill), (2, vec![0xFF], 64, 170));
    assert_eq!(buffer.store, Store::Plain);
    assert_eq!(only_buffer(json!({"zeros": 1, "codec": "lz4"})).store, Store::Compressed(Compression::Lz4));
    let framed = only_buffer(json!({"text": "a", "store": {"codec": "zstd"}, "prefix": -3}));
    let Store::Framed { prefix, frames } = framed.store else { panic!("not framed") };
    assert_eq!((prefix, frames[0].codec), (Some(-3), Compression::Zstd));
    let stored = only_buffer(json!({"text": "abc", "store": "uncompressed", "prefix": 2}));
    let parts = json!([{"record_batch": {}, "body": [{"text": "abc", "store": "uncompressed", "prefix": 2}]}]);
    let bytes = assemble(&input(parts)).bytes;
    assert!(matches!(stored.store, Store::Framed { prefix: Some(2), .. }));
    assert!(bytes.ends_with(b"\x02\0\0\0\0\0\0\0abc\0\0\0\0\0"));
}

#[test]
fn a_body_is_compressed_as_its_header_says() {
    let body = json!([{"text": "a"}, {"text": "b", "listed": false}, {"text": "c", "store": "plain"}]);
    let made = input(json!([{"record_batch": {"compression": {"codec": "ZSTD"}}, "body": body}]));
    let stores: Vec<&Store> = message(&made, 0).body.iter().map(|buffer| &buffer.store).collect();
    assert_eq!(stores, [&Store::Compressed(Compression::Zstd), &Store::Plain, &Store::Plain]);
    let unknown = input(json!([{"record_batch": {"compression": {"codec": 7}}, "body": [{"text": "a"}]}]));
    assert_eq!(message(&unknown, 0).body[0].store, Store::Plain);
}

#[test]
fn errors_lead_to_the_part() {
    assert_eq!(refused(json!({})), "expected a list of parts, found {}");
    assert_eq!(refused(json!(["tail"])), "[0]: 'tail' alone is no part; magic, end_of_stream and footer are");
    assert_eq!(refused(json!([7])), "[0]: expected a part: a word or a mapping, found 7");
    assert_eq!(
        refused(json!([{"batch": {}}])),
        "[0]: expected a part: one of schema, dictionary_batch, record_batch, tensor, sparse_tensor, message, footer, \
         bytes, magic, magic_padding, end_of_stream, found {\"batch\":{}}"
    );
    assert_eq!(
        refused(json!([{"schema": {}, "record_batch": {}}])),
        "[0]: a part is one thing, and both 'schema' and 'record_batch' are there"
    );
    assert_eq!(
        refused(json!([{"record_batch": {"nodes": [[1, 0, 3]]}}])),
        "[0].record_batch.nodes[0]: expected [length, null_count] or a mapping with them, found [1,0,3]"
    );
    assert_eq!(
        refused(json!(["magic", {"schema": {}, "size": 3}])),
        "[1].size: a message has no 'size'; beside its header it has continuation, prefix, metadata, \
         metadata_alignment, metadata_fill, body, body_tail, version, header_type, header, bodyLength, custom_metadata"
    );
    assert_eq!(refused(json!([{"schema": {}, "body": {}}])), "[0].body: expected a list of buffers, found {}");
    assert_eq!(
        refused(json!([{"schema": {}, "body": [{}, {"int32": ["x"]}]}])),
        "[0].body[1].int32[0]: expected a number, found \"x\""
    );
    assert_eq!(
        refused(json!([{"schema": {}, "body": [{"ints": []}]}])),
        "[0].body[0].ints: a buffer has no 'ints'; it has bits, int8, int16, int32, int64, uint8, uint16, uint32, \
         uint64, float16, float32, float64, text, hex, zeros, views, store, prefix, gap, alignment, fill, listed, codec"
    );
    assert_eq!(
        refused(json!([{"schema": {}, "body": [{"prefix": 4}]}])),
        "[0].body[0].prefix: a plain buffer has no prefix; its 'store' is not plain then"
    );
    assert_eq!(
        refused(json!([{"schema": {}, "continuation": "00"}])),
        "[0].continuation: expected 4 bytes or absent, found \"00\""
    );
    assert_eq!(
        refused(json!([{"schema": {}, "prefix": "0x100000000"}])),
        "[0].prefix: expected a number of 32 bits, found \"0x100000000\""
    );
    assert_eq!(
        refused(json!([{"schema": {}, "metadata_alignment": 0}])),
        "[0].metadata_alignment: expected a number from 1, found 0"
    );
    assert_eq!(
        refused(json!([{"schema": {}, "metadata_fill": 256}])),
        "[0].metadata_fill: expected a byte, 0 to 255, found 256"
    );
    assert_eq!(refused(json!([{"bytes": "00", "size": 1}])), "[0].size: 'bytes' has no 'size' beside it");
    assert_eq!(refused(json!([{"bytes": 12}])), "[0].bytes: expected HEX, bytes as a string of hex digits, found 12");
    assert_eq!(
        refused(json!([{"footer": {}, "version": "V4"}])),
        "[0].version: a footer has no 'version'; beside its table it has prefix, magic, metadata"
    );
    assert_eq!(
        refused(json!([{"footer": {"blocks": []}}])),
        "[0].footer.blocks: Footer has no field 'blocks'; its fields are version, schema, dictionaries, recordBatches, \
         custom_metadata"
    );
}

#[test]
fn an_input_is_unchanged_by_a_part_that_cannot_be_read() {
    let mut changed = input(json!([schema_of(json!("Null"))]));
    let before = changed.clone();
    insert(&mut changed, 1, &json!({"record_batch": {}, "body": [7]})).unwrap_err();
    assert_eq!(changed, before);
    insert(&mut changed, 0, &json!("magic")).unwrap();
    assert_eq!(changed.parts.len(), 3);
}
