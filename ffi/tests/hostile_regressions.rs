//! Inputs that once did harm, each as small as it can be.

mod support;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::Endianness;
use std::path::Path;
use std::sync::Arc;
use support::batches::dictionary;
use support::messages::{self, Layout};
use support::*;

const MAX_DECOMPRESSED_BYTES: i32 = 32;

const INVALID_DATA: i32 = 3;
const LIMIT_EXCEEDED: i32 = 5;

/// The most slots that take no bytes.
const MOST_SLOTS: i64 = i32::MAX as i64;

/// Reads what must be refused.
fn refused(bytes: &[u8], values: &[(i32, i64)]) -> (i32, String) {
    read_and_check(From::Memory, bytes, Path::new("-"), values).unwrap_err()
}

/// Memory that `body` allocates at most.
fn memory_of<R>(body: impl FnOnce() -> R) -> (i64, R) {
    let before = arrowipc::memory::current();
    arrowipc::memory::peak(true);
    let result = body();
    (arrowipc::memory::peak(false) - before, result)
}

#[test]
fn an_error_is_one_line_whatever_a_field_is_called() {
    let _alone = alone();
    let schema = messages::schema(Endianness::Little, |builder| {
        let ty = messages::int64(builder);
        vec![messages::field(builder, "a\nb\r\u{1b}\u{2028}c", ty, &[], None)]
    });
    let bytes = [schema, messages::batch(Layout { rows: 1, ..Layout::default() }, &[])].concat();
    let (status, message) = refused(&bytes, &[]);
    assert_eq!(status, INVALID_DATA);
    assert!(message.contains(r#"field "a\nb\r\u{1b}\u{2028}c""#), "{message}");
}

#[test]
fn a_bitmap_is_not_made_for_values_that_have_no_bytes() {
    let _alone = alone();
    let schema = messages::schema(Endianness::Little, |builder| {
        let ty = messages::fixed_size_binary(builder, 0);
        vec![messages::field(builder, "d", ty, &[], Some(0))]
    });
    let many = Layout { rows: MOST_SLOTS, nodes: &[(MOST_SLOTS, 0)], buffers: &[(0, 0), (0, 0)], ..Layout::default() };
    let null = Layout { rows: 1, nodes: &[(1, 1)], buffers: &[(0, 1), (0, 0)], ..Layout::default() };
    let none = Layout { rows: 0, nodes: &[(0, 0)], buffers: &[(0, 0), (0, 0)], ..Layout::default() };
    let bytes = [
        schema,
        messages::dictionary(0, false, many, &[]),
        messages::dictionary(0, true, null, &[0]),
        messages::batch(none, &[]),
    ]
    .concat();
    let (status, message) = refused(&bytes, &[(MAX_DECOMPRESSED_BYTES, 1 << 20)]);
    assert_eq!(status, LIMIT_EXCEEDED);
    let expected = "the bitmap of a dictionary grown by deltas, in bytes, is 268435456, the limit is 1048576";
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn a_delta_that_a_footer_lists_twice_is_refused() {
    let _alone = alone();
    let batches = [&["a"][..], &["a", "b"], &["a", "b", "c"]].map(|values| {
        let column: ArrayRef = dictionary(values, &[Some(0)]);
        RecordBatch::try_from_iter([("d", column)]).unwrap()
    });
    let mut bytes = write_ours(&batches[0].schema(), &batches, &[(FORMAT, 2), (DICTIONARIES, 1)]).unwrap();
    assert_eq!(read_and_check(From::Memory, &bytes, Path::new("-"), &[]), Ok(3));
    // The last block of a dictionary becomes that before it.
    let footer = bytes.len() - 10 - u32::from_le_bytes(bytes[bytes.len() - 10..][..4].try_into().unwrap()) as usize;
    let blocks = arrow_ipc::root_as_footer(&bytes[footer..bytes.len() - 10]).unwrap().dictionaries().unwrap();
    let (second, third) = (blocks.get(1).0, blocks.get(2).0);
    let at = (footer..).find(|at| bytes[*at..].starts_with(&third)).unwrap();
    bytes[at..at + 24].copy_from_slice(&second);
    let (status, message) = refused(&bytes, &[]);
    assert_eq!(status, INVALID_DATA);
    assert!(message.starts_with("the dictionary at "), "{message}");
}

#[test]
fn buffers_that_share_bytes_are_not_copied_without_end() {
    let _alone = alone();
    const COLUMNS: usize = 64;
    let schema = messages::schema(Endianness::Big, |builder| {
        let column = |i| {
            let ty = messages::int64(builder);
            messages::field(builder, &format!("c{i}"), ty, &[], None)
        };
        (0..COLUMNS).map(column).collect()
    });
    let rows = 1 << 17;
    let layout = Layout {
        rows,
        nodes: &[(rows, 0); COLUMNS],
        buffers: &[[(0, 0), (0, 8 * rows)]; COLUMNS].concat(),
        ..Layout::default()
    };
    let bytes = [schema, messages::batch(layout, &vec![0; 8 << 17])].concat();
    let (most, (status, message)) = memory_of(|| refused(&bytes, &[(MAX_DECOMPRESSED_BYTES, 8 << 20)]));
    assert_eq!(status, LIMIT_EXCEEDED);
    assert!(message.contains("the size of the buffers of a message that are copied is 9437184"), "{message}");
    assert!(most < 24 << 20, "{most}");
}

#[test]
fn data_buffers_that_share_bytes_are_not_copied_for_a_delta() {
    let _alone = alone();
    const SIZE: usize = 1 << 20;
    const BUFFERS: usize = 64;
    let schema = messages::schema(Endianness::Little, |builder| {
        let ty = messages::utf8_view(builder);
        vec![messages::field(builder, "d", ty, &[], Some(0))]
    });
    // As many views of the whole as buffers, behind the data: all of it is in use.
    let mut body = vec![0; SIZE];
    for buffer in 0..BUFFERS as u32 {
        body.extend([SIZE as u32, 0, buffer, 0].map(u32::to_le_bytes).concat());
    }
    let mut buffers = vec![(0, 0), (SIZE as i64, 16 * BUFFERS as i64)];
    buffers.extend([(0, SIZE as i64); BUFFERS]);
    let layout =
        Layout { rows: BUFFERS as i64, nodes: &[(BUFFERS as i64, 0)], buffers: &buffers, variadic: &[BUFFERS as i64] };
    let none = Layout { rows: 0, nodes: &[(0, 0)], buffers: &[(0, 0), (0, 0)], ..Layout::default() };
    let bytes = [
        schema,
        messages::dictionary(0, false, layout, &body),
        messages::dictionary(0, true, layout, &body),
        messages::batch(none, &[]),
    ]
    .concat();
    let (most, (status, message)) = memory_of(|| refused(&bytes, &[(MAX_DECOMPRESSED_BYTES, 8 << 20)]));
    assert_eq!(status, LIMIT_EXCEEDED);
    assert!(message.contains("the size of the buffers of a dictionary that are copied is 67109888"), "{message}");
    assert!(most < 16 << 20, "{most}");
}

#[test]
fn a_field_that_many_others_refer_to_is_not_multiplied() {
    let _alone = alone();
    let bytes = messages::schema(Endianness::Little, |builder| {
        let ty = messages::int64(builder);
        let mut field = messages::field(builder, "leaf", ty, &[], None);
        for _ in 0..5 {
            let ty = messages::structure(builder);
            field = messages::field(builder, "s", ty, &[field; 10], None);
        }
        vec![field]
    });
    let (most, (status, message)) = memory_of(|| refused(&bytes, &[]));
    assert_eq!(status, INVALID_DATA);
    assert!(message.starts_with("a field's table that another field has already"), "{message}");
    assert!(most < 1 << 20, "{most}");
}

#[test]
fn fields_of_nested_dictionaries_are_not_copied_for_each_level() {
    let _alone = alone();
    let bytes = messages::schema(Endianness::Little, |builder| {
        let leaf = |i| {
            let ty = messages::int64(builder);
            messages::field(builder, &format!("{i}"), ty, &[], None)
        };
        let mut children: Vec<_> = (0..10_000).map(leaf).collect();
        for id in 0..60 {
            let ty = messages::structure(builder);
            children = vec![messages::field(builder, "s", ty, &children, Some(id))];
        }
        children
    });
    let (most, rows) = memory_of(|| read_and_check(From::Memory, &bytes, Path::new("-"), &[]));
    assert_eq!(rows, Ok(0));
    assert!(most < 32 << 20, "{most}");
}

#[test]
fn rows_without_columns_are_written_however_many_they_are() {
    let _alone = alone();
    let schema = messages::schema(Endianness::Little, |_| Vec::new());
    let bytes = [schema, messages::batch(Layout { rows: MOST_SLOTS, ..Layout::default() }, &[])].concat();
    let written = rewrite_ours(&bytes, &[]).unwrap();
    assert_eq!(rewrite_ours(&written, &[]).unwrap(), written);
}

#[test]
fn a_bitmap_grown_by_deltas_keeps_its_nulls() {
    let _alone = alone();
    let values = |values: &[Option<&str>]| Arc::new(arrow_array::StringArray::from(values.to_vec())) as ArrayRef;
    let all: Vec<Option<&str>> = (0..20).map(|i| (i != 9 && i != 17).then_some("v")).collect();
    for cut in 1..20 {
        let batches = [&all[..cut], &all[..]].map(|part| {
            let indices = arrow_array::Int8Array::from_iter_values(0..part.len() as i8);
            let column = arrow_array::DictionaryArray::new(indices, values(part));
            RecordBatch::try_from_iter_with_nullable([("d", Arc::new(column) as ArrayRef, true)]).unwrap()
        });
        let bytes = write_ours(&batches[0].schema(), &batches, &[(DICTIONARIES, 1)]).unwrap();
        assert_eq!(read_ours(&bytes, &[]).unwrap().1, batches, "cut at {cut}");
    }
}
