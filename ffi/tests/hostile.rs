//! Bytes that are wrong: an error with a place, or data that arrow-rs finds valid in full. Never a crash.

mod support;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::batches::all_batches;
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
