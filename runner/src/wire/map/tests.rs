//! The map covers every byte once, whatever the input.

use serde_json::json;

use super::*;
use crate::wire::assemble::assemble;
use crate::wire::section;

fn stream() -> Vec<u8> {
    let parts = json!([
        {"schema": {"fields": [
            {"name": "a", "nullable": true, "type": {"Int": {"bitWidth": 16, "is_signed": true}}},
            {"name": "s", "type": "Utf8", "custom_metadata": [["k", "v"]]},
        ]}},
        {"record_batch": {"length": 3, "nodes": [[3, 1], [3, 0]]}, "body": [
            {"bits": [1, 0, 1]}, {"int16": [7, 0, -1]}, {}, {"int32": [0, 1, 1, 3]}, {"text": "abc"},
        ]},
        "end_of_stream",
    ]);
    assemble(&section::read(&parts, Format::Stream).expect("a stream")).bytes
}

fn file() -> Vec<u8> {
    let coded = json!({"id": 4, "indexType": {"bitWidth": 8, "is_signed": true}});
    let parts = json!([
        "magic",
        {"schema": {"fields": [{"name": "d", "type": {"Int": {"bitWidth": 64}}, "dictionary": coded}]}},
        {"dictionary_batch": {"id": 4, "data": {"length": 40, "nodes": [[40, 0]]}}, "body": [{}, {"zeros": 320}]},
        {"record_batch": {"length": 2, "nodes": [[2, 0]], "compression": {"codec": "ZSTD"}}, "body": [
            {}, {"int8": [0, 39], "store": "uncompressed"},
        ]},
        "end_of_stream",
        {"footer": {}},
    ]);
    assemble(&section::read(&parts, Format::File).expect("a file")).bytes
}

fn assert_exact(bytes: &[u8], format: Format) {
    let mut at = 0;
    for entry in &map(bytes, format).entries {
        assert_eq!(entry.range.start, at, "{entry:?}");
        assert!(entry.range.end > at, "{entry:?}");
        at = entry.range.end;
    }
    assert_eq!(at, bytes.len());
}

fn dump(bytes: &[u8], format: Format) -> String {
    render(&map(bytes, format), bytes, &RenderOptions::default())
}

/// Compares with a file beside this one, which `ARROWIPC_BLESS=1` writes anew.
fn assert_dump(bytes: &[u8], format: Format, name: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wire/map").join(name);
    let dump = dump(bytes, format);
    if std::env::var_os("ARROWIPC_BLESS").is_some() {
        std::fs::write(&path, &dump).expect(name);
    }
    assert_eq!(dump, std::fs::read_to_string(&path).expect(name));
}

#[test]
fn a_stream_and_its_dump() {
    assert_dump(&stream(), Format::Stream, "stream.txt");
}

#[test]
fn a_file_and_its_dump() {
    assert_dump(&file(), Format::File, "file.txt");
}

#[test]
fn every_byte_of_a_right_input_is_known() {
    for (bytes, format) in [(stream(), Format::Stream), (file(), Format::File)] {
        assert_exact(&bytes, format);
        let odd = |entry: &&Entry| matches!(entry.kind, Kind::Unparsed | Kind::Unreferenced);
        assert_eq!(map(&bytes, format).entries.iter().find(odd), None);
    }
}

#[test]
fn every_cut_is_covered_once() {
    for (bytes, format) in [(stream(), Format::Stream), (file(), Format::File)] {
        for end in 0..bytes.len() {
            assert_exact(&bytes[..end], format);
            assert_exact(&bytes[end..], format);
        }
    }
}

#[test]
fn every_changed_byte_leaves_all_covered_once() {
    for (bytes, format) in [(stream(), Format::Stream), (file(), Format::File)] {
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                assert_exact(&changed, format);
                dump(&changed, format);
            }
        }
    }
}

#[test]
fn what_cannot_be_parsed_has_the_reason() {
    let bytes = stream();
    let entries = map(&bytes[..70], Format::Stream).entries;
    let last = entries.last().expect("an entry");
    assert_eq!((last.kind, last.range.clone()), (Kind::Unparsed, 0..70));
    assert_eq!(last.value, format!("metadata of {} bytes, 62 are left", bytes[4]));
}

#[test]
fn overlapping_buffers_are_split() {
    let parts = json!([
        {"schema": {"fields": [{"name": "a", "type": "Binary"}]}},
        {"record_batch": {"length": 1, "nodes": [[1, 0]], "buffers": [[0, 0], [0, 8], [4, 8]]}, "body": [
            {"int32": [0, 4, 0, 0]},
        ]},
    ]);
    let bytes = assemble(&section::read(&parts, Format::Stream).expect("a stream")).bytes;
    let entries = map(&bytes, Format::Stream).entries;
    let start = bytes.len() - 16;
    let found: Vec<(std::ops::Range<usize>, &str)> = entries
        .iter()
        .filter(|entry| entry.range.start >= start)
        .map(|entry| (entry.range.start - start..entry.range.end - start, entry.path.as_str()))
        .collect();
    assert_eq!(
        found,
        [(0..8, "batch[0].column[a].offsets"), (8..12, "batch[0].column[a].data"), (12..16, "batch[0].body"),]
    );
}
