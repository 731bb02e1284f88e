//! Bytes that are wrong: an error with a place, or data that arrow-rs finds valid in full. Never a crash.

mod support;

use arrow_ipc::{self as fb, Endianness};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::batches::all_batches;
use support::messages::{self, Builder, Layout, Type};
use support::*;

/// INVALID_DATA, UNSUPPORTED, LIMIT_EXCEEDED.
const EXPECTED: [i32; 3] = [3, 4, 5];

/// Streams and files of every layout, with and without compression.
fn inputs() -> Vec<(String, Vec<u8>)> {
    let (schema, batches) = all_batches();
    let mut inputs = Vec::new();
    for (index, field) in schema.fields().iter().enumerate() {
        let schema = std::sync::Arc::new(schema.project(&[index]).unwrap());
        let batches: Vec<_> = batches.iter().take(2).map(|batch| batch.project(&[index]).unwrap()).collect();
        for (format, name) in [(1, "stream"), (2, "file")] {
            // Every layout in two ways of writing, every way for a third of the layouts.
            for (version, legacy) in [(5, 0), (4, 1)] {
                let compression = ((index + version) % 3) as i64;
                let options = [
                    (FORMAT, format),
                    (COMPRESSION, compression),
                    (METADATA_VERSION, version as i64),
                    (LEGACY, legacy),
                ];
                let bytes = write_ours(&schema, &batches, &options).unwrap();
                inputs.push((format!("{}.v{version}.{name}", field.name()), bytes));
            }
        }
    }
    inputs
}

#[test]
fn a_truncated_input_is_an_error_or_ends_between_messages() {
    let mut ends = 0;
    for (name, bytes) in inputs() {
        let whole = read_and_check(From::Memory, &bytes, Path::new("-"), &[]).unwrap();
        for length in 0..bytes.len() {
            match read_and_check(From::Memory, &bytes[..length], Path::new("-"), &[]) {
                Ok(rows) => {
                    assert!(name.ends_with("stream"), "{name} cut to {length} bytes was read as a whole file");
                    assert!(rows <= whole);
                    ends += 1;
                }
                Err((status, message)) => assert!(EXPECTED.contains(&status), "{name}[..{length}]: {status} {message}"),
            }
        }
    }
    // At least: after the schema, after the first batch, after the last one.
    assert!(ends >= 3 * 44, "{ends}");
}

#[test]
fn a_changed_byte_is_an_error_or_leaves_valid_data() {
    for (name, bytes) in inputs() {
        for position in 0..bytes.len() {
            for pattern in [0x01, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[position] ^= pattern;
                // What is handed out unchecked is not touched, but getting so far must be safe.
                let _ = read_and_check(From::Memory, &changed, Path::new("-"), &[(VALIDATION, 0)]);
                if let Err((status, message)) = read_and_check(From::Memory, &changed, Path::new("-"), &[]) {
                    let place = format!("{name}, byte {position} ^ {pattern:#x}");
                    assert!(EXPECTED.contains(&status), "{place}: {status} {message}");
                }
            }
        }
    }
}

/// A type made in a schema.
type Make = fn(&mut Builder<'_>) -> Type;

fn utf8(builder: &mut Builder<'_>) -> Type {
    (fb::Type::Utf8, fb::Utf8::create(builder, &fb::Utf8Args {}).as_union_value())
}

fn list(builder: &mut Builder<'_>) -> Type {
    (fb::Type::List, fb::List::create(builder, &fb::ListArgs {}).as_union_value())
}

fn list_view(builder: &mut Builder<'_>) -> Type {
    (fb::Type::ListView, fb::ListView::create(builder, &fb::ListViewArgs {}).as_union_value())
}

fn dense_union(builder: &mut Builder<'_>) -> Type {
    let args = fb::UnionArgs { mode: fb::UnionMode::Dense, typeIds: None };
    (fb::Type::Union, fb::Union::create(builder, &args).as_union_value())
}

#[test]
fn a_buffer_that_is_too_short_is_named_by_what_it_holds() {
    let _alone = alone();
    // Bytes of the buffers behind validity; the child of nested types has no slots.
    let short: [(Make, bool, usize, &[i64], &str); 8] = [
        (messages::int64, true, 0, &[23], "(values) has 23 bytes, 24 are needed [layout-primitive-too-short]"),
        (utf8, true, 0, &[12, 0], "(offsets) has 12 bytes, 16 are needed [layout-varbinary-offset-count]"),
        (list, true, 1, &[12], "(offsets) has 12 bytes, 16 are needed [layout-list-offsets]"),
        (list_view, true, 1, &[8, 12], "(offsets) has 8 bytes, 12 are needed [layout-listview-buffers]"),
        (list_view, true, 1, &[12, 8], "(sizes) has 8 bytes, 12 are needed [layout-listview-buffers]"),
        (messages::utf8_view, true, 0, &[47], "(views) has 47 bytes, 48 are needed [layout-view-struct]"),
        (dense_union, false, 1, &[2, 12], "(type ids) has 2 bytes, 3 are needed [layout-union-type-ids-buffer]"),
        (dense_union, false, 1, &[3, 8], "(offsets) has 8 bytes, 12 are needed [layout-union-dense-offsets]"),
    ];
    for (make, validity, children, lengths, expected) in short {
        assert_short(make, validity, children, 3, lengths, expected);
    }
    assert_short(utf8, true, 0, 0, &[3, 0], "(offsets) has 3 bytes, 4 are needed [layout-empty-offsets-partial]");
}

/// That a column with buffers of these lengths is refused; `expected` is the message and, in brackets, its clause.
fn assert_short(make: Make, validity: bool, children: usize, rows: i64, lengths: &[i64], expected: &str) {
    let schema = messages::schema(Endianness::Little, |builder| {
        let item = messages::int64(builder);
        let item = messages::field(builder, "item", item, &[], None);
        let ty = make(builder);
        vec![messages::field(builder, "a", ty, &[item][..children], None)]
    });
    let nodes: Vec<_> = [(rows, 0), (0, 0)].into_iter().take(1 + children).collect();
    let mut buffers = vec![(0, 0); usize::from(validity)];
    buffers.extend(lengths.iter().map(|length| (0, *length)));
    buffers.extend(vec![(0, 0); 2 * children]);
    let layout = Layout { rows, nodes: &nodes, buffers: &buffers, variadic: &[0] };
    let bytes = [schema, messages::batch(layout, &[0; 64])].concat();
    let (status, message) = read_and_check(From::Memory, &bytes, Path::new("-"), &[]).unwrap_err();
    assert_eq!(status, EXPECTED[0], "{message}");
    let (told, clause) = expected.split_once(" [").unwrap();
    assert!(message.contains(told) && message.contains(clause.trim_end_matches(']')), "{expected}: {message}");
}

fn regression_files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["arrow-ipc-stream", "arrow-ipc-file"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && path.extension().is_none_or(|extension| extension != "md") {
                files.push(path);
            }
        }
    }
    files.push(root.join("forward-compatibility/schema_v6.arrow"));
    files.sort();
    files
}

#[test]
fn regression_files_are_refused_or_valid_from_every_source() {
    let Some(root) = std::env::var_os("ARROW_TEST_DATA") else {
        println!("ARROW_TEST_DATA is not set: the regression files were not read");
        return;
    };
    let files = regression_files(Path::new(&root));
    let (mut read, mut refused, mut slowest, mut most) = (0, 0, Duration::ZERO, 0);
    for path in &files {
        let bytes = std::fs::read(path).unwrap();
        for from in From::ALL {
            for (format, level) in [(0, 2), (1, 2), (2, 2), (0, 1), (0, 0)] {
                let start = Instant::now();
                let before = arrowipc::memory::current();
                arrowipc::memory::peak(true);
                let outcome = read_and_check(from, &bytes, path, &[(FORMAT, format), (VALIDATION, level)]);
                slowest = slowest.max(start.elapsed());
                most = most.max(arrowipc::memory::peak(false) - before);
                match outcome {
                    Ok(_) => read += 1,
                    Err((status, message)) => {
                        assert!(EXPECTED.contains(&status), "{}: {status} {message}", path.display());
                        refused += 1;
                    }
                }
            }
        }
    }
    println!(
        "{} files: {read} times read, {refused} times refused, slowest {slowest:?}, most memory {most}",
        files.len()
    );
    assert!(slowest < Duration::from_secs(1));
    assert!(most < 64 << 20);
    assert!(refused > 0);
}
