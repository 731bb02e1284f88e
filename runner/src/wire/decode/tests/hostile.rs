//! Bytes that are cut, changed, or made to cost much.

use std::time::{Duration, Instant};

use arrowipc_kit::value::{DataType, Document, Field, IndexType, Metadata, Value};

use super::samples::{document, text, varied};
use crate::case::options::{Compression, Format, Phase, WriteOptions};
use crate::wire::assemble::assemble;
use crate::wire::decode::{Reading, read};
use crate::wire::lower::lower;
use crate::wire::lower::options::RawOptions;

fn bytes(document: &Document, compression: Compression, format: Format) -> Vec<u8> {
    let options = WriteOptions { compression: Some(compression), ..WriteOptions::default() };
    assemble(&lower(document, &options, &RawOptions::default(), format).unwrap()).bytes
}

/// Reads bytes that may be wrong in any way, and checks that what comes back is explained.
fn read_any(bytes: &[u8], format: Format) -> Reading {
    let reading = read(bytes, format);
    assert!(reading.document.is_some() || !reading.violations.is_empty() || reading.too_large, "no reason");
    if let Some(document) = reading.document.as_ref().or(reading.before.as_ref()) {
        document.check().unwrap();
    }
    for violation in &reading.violations {
        let at = &violation.at;
        assert!(at.start <= at.end && at.end <= bytes.len(), "{violation} of {} bytes", bytes.len());
    }
    reading
}

#[test]
fn the_input_of_these_tests_is_read() {
    let document = varied();
    for format in [Format::Stream, Format::File] {
        for codec in [Compression::None, Compression::Lz4, Compression::Zstd] {
            let reading = read_any(&bytes(&document, codec, format), format);
            assert_eq!(reading.violations, [], "{format} {codec}");
            assert_eq!(reading.document.unwrap().digest(), document.digest(), "{format} {codec}");
        }
    }
}

#[test]
fn every_cut_is_found_unless_it_lies_between_messages() {
    let whole = bytes(&varied(), Compression::None, Format::Stream);
    let complete = (0..whole.len()).filter(|end| {
        let reading = read_any(&whole[..*end], Format::Stream);
        assert_eq!(reading.document.is_some(), reading.violations.is_empty(), "{end} bytes");
        reading.document.is_some()
    });
    // Behind the schema, the dictionary and the batch.
    assert_eq!(complete.count(), 3);
    let whole = bytes(&varied(), Compression::Zstd, Format::File);
    for end in 0..whole.len() {
        let reading = read_any(&whole[..end], Format::File);
        assert!(reading.document.is_none() && !reading.violations.is_empty(), "{end} bytes");
    }
}

#[test]
fn no_changed_byte_is_fatal() {
    for (format, codec) in [
        (Format::Stream, Compression::None),
        (Format::File, Compression::None),
        (Format::Stream, Compression::Lz4),
        (Format::File, Compression::Zstd),
    ] {
        let whole = bytes(&varied(), codec, format);
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= [0x01, 0x80, 0xFF][at % 3];
            read_any(&changed, format);
        }
    }
}

fn nested(levels: usize) -> Document {
    let (mut field, mut value) = (Field::new("leaf", DataType::Int8), Value::Int(1));
    for level in 0..levels {
        let (data_type, outer) = match level % 2 {
            0 => (DataType::Struct, Value::Struct(vec![value])),
            _ => (DataType::List, Value::List(vec![value])),
        };
        value = outer;
        field = Field::new("f", data_type).with_children([field]);
    }
    document(vec![(field, vec![value])])
}

#[test]
fn fields_in_fields_are_read_to_a_depth_that_no_stack_minds() {
    let bytes = |levels| bytes(&nested(levels), Compression::None, Format::Stream);
    let (fitting, deep, deepest) = (bytes(127), bytes(130), bytes(180));
    // The stack of a thread that nobody asked to have a larger one.
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let reading = read_any(&fitting, Format::Stream);
        assert!(reading.document.is_some(), "{:?}", reading.violations);
        for (bytes, clause) in [(deep, "schema-nesting-depth"), (deepest, "security-recursion-bomb")] {
            let reading = read_any(&bytes, Format::Stream);
            assert_eq!(reading.violations[0].clause, clause);
        }
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn values_that_no_bytes_back_are_not_made() {
    let mut huge = document(vec![(Field::new("n", DataType::Null), Vec::new())]);
    let mut length = |rows: usize| {
        let input = lower(&huge, &WriteOptions::default(), &RawOptions::default(), Format::Stream).unwrap();
        let mut input = input;
        for part in &mut input.parts {
            let crate::wire::raw::Part::Message(message) = part else { continue };
            let crate::wire::raw::Metadata::Table(table) = &mut message.metadata else { continue };
            set_length(table, rows as i64);
        }
        huge.schema.metadata = Metadata::default();
        let start = Instant::now();
        let reading = read_any(&assemble(&input).bytes, Format::Stream);
        assert!(start.elapsed() < Duration::from_secs(2));
        reading
    };
    assert!(length(1000).document.is_some());
    let reading = length(1 << 30);
    assert!(reading.too_large && reading.violations.is_empty(), "{:?}", reading.violations);
    let reading = length(1 << 40);
    assert_eq!(reading.violations[0].clause, "security-null-length-dos");
    assert_eq!(reading.violations[0].phase, Phase::Batch);
}

/// Makes a batch of one column have that many rows.
fn set_length(message: &mut crate::wire::tree::Table, rows: i64) {
    use crate::wire::tree::Value;
    let slot = message.kind.slot("header").unwrap();
    let Some(Value::Table(batch)) = message.fields[slot].as_mut().map(|node| &mut node.value) else { return };
    if batch.kind.name == "RecordBatch" {
        batch.set("length", Some(Value::Scalar(rows)));
        batch.set("nodes", Some(Value::Vector(vec![Value::Struct(vec![rows, rows]).into()])));
    }
}

#[test]
fn values_that_many_indices_share_are_not_copied_without_end() {
    let long = "x".repeat(1 << 20);
    let field = Field::new("d", DataType::Utf8).with_dictionary(IndexType::Int8, false);
    let shared = document(vec![(field, vec![text(&long); 2000])]);
    let bytes = bytes(&shared, Compression::None, Format::Stream);
    assert!(bytes.len() < 2 << 20, "{}", bytes.len());
    let reading = read_any(&bytes, Format::Stream);
    assert!(reading.too_large && reading.document.is_none());
    assert_eq!(reading.before.unwrap().batch_count(), 0);
}
