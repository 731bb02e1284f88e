//! Writes the seed corpus: a stream and a file of every layout, in every version, framing and compression.
//!
//! `cargo run --example seed CORPUS` fills `CORPUS/TARGET/`. If `ARROW_TEST_DATA` is set, the gold and regression files of
//! arrow-testing are added. If `ARROWIPC_KEPT` names a folder that `arrowipc run --keep` filled, the bytes of its cases are.

#[path = "../../ffi/tests/support/mod.rs"]
mod support;

use arrow_array::RecordBatch;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::batches::{all_batches, dictionary};
use support::*;

/// Larger inputs are left out: the engine changes small ones faster.
const MOST_BYTES: usize = 64 << 10;

const ALIGNMENT: i32 = 10;

/// Options of the writer.
const WAYS: &[&[(i32, i64)]] = &[
    &[],
    &[(COMPRESSION, 1)],
    &[(COMPRESSION, 2), (ALIGNMENT, 64)],
    &[(METADATA_VERSION, 4)],
    &[(METADATA_VERSION, 4), (LEGACY, 1)],
];

struct Corpus {
    folder: PathBuf,
    count: usize,
}

impl Corpus {
    /// Adds an input to the targets that read its format.
    fn add(&mut self, name: &str, bytes: &[u8]) {
        if bytes.len() > MOST_BYTES {
            return;
        }
        let own = if bytes.starts_with(b"ARROW1") { &["file"][..] } else { &["stream", "push"][..] };
        for target in own.iter().chain(&["round_trip", "differential"]) {
            fs::write(self.folder.join(target).join(name), bytes).expect("a file of the corpus");
            self.count += 1;
        }
    }

    /// Adds inputs of the writer's target, which makes arrays of any bytes.
    fn add_noise(&mut self) {
        let mut state = 1u64;
        for seed in 0..32 {
            let bytes: Vec<u8> = (0..4096)
                .map(|_| {
                    state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    (state >> 56) as u8
                })
                .collect();
            fs::write(self.folder.join("writer").join(format!("noise-{seed}")), bytes).expect("a file of the corpus");
            self.count += 1;
        }
    }

    fn add_files(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("a folder of arrow-testing") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                self.add_files(&path);
            } else if !path.extension().is_some_and(|extension| extension == "md" || extension == "gz") {
                let bytes = fs::read(&path).expect("a file of arrow-testing");
                let folder = folder.file_name().unwrap_or_default().to_string_lossy();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                self.add(&format!("{folder}-{name}"), &bytes);
            }
        }
    }
}

impl Corpus {
    /// Adds the streams and files below a folder of kept cases; `name` is that of the case so far.
    fn add_cases(&mut self, folder: &Path, name: &str) {
        for entry in fs::read_dir(folder).expect("a folder of kept cases") {
            let path = entry.expect("an entry").path();
            let name = format!("{name}-{}", path.file_name().unwrap_or_default().to_string_lossy());
            if path.is_dir() {
                self.add_cases(&path, &name);
            } else if path.extension().is_some_and(|extension| extension == "arrow" || extension == "arrows") {
                self.add(&name, &fs::read(&path).expect("a kept file"));
            }
        }
    }
}

/// Each column by itself, all of them, and a dictionary that grows.
fn inputs() -> Vec<(String, Vec<RecordBatch>)> {
    let (schema, batches) = all_batches();
    let project = |columns: &[usize]| batches.iter().map(|batch| batch.project(columns).unwrap()).collect();
    let mut inputs: Vec<(String, Vec<RecordBatch>)> =
        schema.fields().iter().enumerate().map(|(i, field)| (field.name().clone(), project(&[i]))).collect();
    inputs.push(("all".to_owned(), batches.clone()));
    let grown = [&["a"][..], &["a", "b"], &["a", "b", "c"]].map(|values| {
        let column = dictionary(values, &[Some(0), None, Some(values.len() as i8 - 1)]);
        RecordBatch::try_from_iter_with_nullable([("d", column, true)]).unwrap()
    });
    inputs.push(("grown".to_owned(), grown.to_vec()));
    inputs
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("usage: seed CORPUS"));
    for target in ["stream", "file", "push", "round_trip", "differential", "writer"] {
        fs::create_dir_all(folder.join(target)).expect("a folder of the corpus");
    }
    let mut corpus = Corpus { folder, count: 0 };
    for (name, batches) in inputs() {
        let schema = Arc::clone(&batches[0].schema());
        for (format, extension) in [(1, "stream"), (2, "file")] {
            for (way, options) in WAYS.iter().enumerate() {
                let options = [options, &[(FORMAT, format), (DICTIONARIES, 1)][..]].concat();
                let bytes = write_ours(&schema, &batches, &options).expect("batches that can be written");
                corpus.add(&format!("{name}-{way}.{extension}"), &bytes);
            }
        }
    }
    corpus.add_noise();
    if let Some(data) = std::env::var_os("ARROW_TEST_DATA") {
        for part in ["arrow-ipc-stream", "arrow-ipc-file", "forward-compatibility"] {
            corpus.add_files(&Path::new(&data).join(part));
        }
    }
    if let Some(kept) = std::env::var_os("ARROWIPC_KEPT") {
        corpus.add_cases(Path::new(&kept), "case");
    }
    println!("{} inputs in {}", corpus.count, corpus.folder.display());
}
