//! The judge reader against Arrow's own files: equal values of gold files, an end without a crash of inputs that fuzzing found.

mod arrow_testing;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arrowipc_kit::value::{Levels, first_difference};
use arrowipc_runner::case::options::Format;
use arrowipc_runner::wire::decode;

use arrow_testing::{DATA, gold_files};

/// The data of arrow-testing, if it is there.
fn data() -> Option<PathBuf> {
    let data = std::env::var_os(DATA).map(PathBuf::from);
    if data.is_none() {
        eprintln!("not run: {DATA} does not name the folder `data` of github.com/apache/arrow-testing");
    }
    data
}

#[test]
fn gold_files_have_the_values_of_their_json_and_break_no_rule() {
    let Some(data) = data() else { return };
    let files = gold_files(&data).unwrap();
    assert!(!files.is_empty());
    let mut wrong = Vec::new();
    for gold in &files {
        for format in [Format::Stream, Format::File] {
            let reading = decode::read(&std::fs::read(gold.path(format)).unwrap(), format);
            let expected = gold.expected(format).unwrap();
            let difference = match &reading.document {
                None => Some("no document".to_owned()),
                Some(document) if document.digest() == expected.digest() => None,
                Some(document) => {
                    let difference = first_difference(&expected, document, Levels::ALL);
                    Some(difference.map_or("another digest".to_owned(), |difference| difference.to_string()))
                }
            };
            wrong.extend(difference.map(|difference| format!("{} {format}: {difference}", gold.name)));
            let violations = reading.violations.iter();
            wrong.extend(violations.map(|violation| format!("{} {format}: {violation}", gold.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Inputs that once crashed, hung or exhausted an implementation.
fn regression_files(data: &Path) -> Vec<(PathBuf, Format)> {
    let folders = [("arrow-ipc-stream", Format::Stream), ("arrow-ipc-file", Format::File)];
    let files = folders.into_iter().flat_map(|(folder, format)| {
        let files = std::fs::read_dir(data.join(folder)).unwrap().map(|file| file.unwrap().path());
        files.filter(|file| file.is_file()).map(move |file| (file, format))
    });
    files.collect()
}

#[test]
fn inputs_that_fuzzing_found_end_soon_without_a_crash() {
    let Some(data) = data() else { return };
    let files = regression_files(&data);
    assert!(files.len() > 100, "{} files", files.len());
    for (path, format) in files {
        let bytes = std::fs::read(&path).unwrap();
        let start = Instant::now();
        let reading = decode::read(&bytes, format);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(10), "{}: {took:?}", path.display());
        let explained = reading.document.is_some() || reading.too_large || !reading.violations.is_empty();
        assert!(explained, "{}: no document and no reason", path.display());
    }
}
