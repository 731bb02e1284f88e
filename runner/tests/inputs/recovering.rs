//! `recover`: exactly the batches that lie whole in front of a cut.

use arrowipc_kit::value::Data;
use arrowipc_runner::case::file::CaseResult;
use arrowipc_runner::case::options::Format;
use arrowipc_runner::progress::Progress;
use arrowipc_runner::recover::{RecoverError, recover};
use arrowipc_runner::wire::decode;
use arrowipc_runner::wire::parse::parse;
use arrowipc_runner::wire::walk;

use crate::case_files::{CaseFile, of_result};

/// Larger bases have more bytes to be cut at, and no others.
const MOST_BYTES: usize = 6000;

/// Cuts a file at every byte.
fn check(file: &CaseFile) -> usize {
    let bytes = &file.bytes;
    let parsed = parse(bytes, file.format);
    let whole = decode::read(bytes, file.format).document.expect(&file.name);
    let Data::Batches(batches) = &whole.data else { panic!("{}: generated", file.name) };
    let schema_end = parsed.messages[0].range.end;
    let ends: Vec<usize> = parsed
        .messages
        .iter()
        .filter(|message| walk::header(message, "RecordBatch").is_some())
        .map(|message| message.range.end)
        .collect();
    for cut in 0..=bytes.len() {
        let mut saved = Vec::new();
        let recovered = recover(&bytes[..cut], file.format, &Progress::silent(), &mut saved);
        if cut < schema_end {
            assert!(matches!(recovered, Err(RecoverError::NoSchema(_))), "{} cut at {cut}: {recovered:?}", file.name);
            continue;
        }
        let expected = ends.iter().filter(|end| **end <= cut).count();
        let recovered = recovered.unwrap_or_else(|error| panic!("{} cut at {cut}: {error}", file.name));
        assert_eq!(recovered.batches, expected, "{} cut at {cut}: {recovered:?}", file.name);
        assert_eq!((recovered.bytes, recovered.lost.as_slice()), (saved.len(), &[][..]), "{} cut at {cut}", file.name);
        let read = decode::read(&saved, file.format);
        let read = read.document.unwrap_or_else(|| panic!("{} cut at {cut}: {:?}", file.name, read.violations));
        let Data::Batches(read_batches) = &read.data else { panic!("generated") };
        assert_eq!(read.schema, whole.schema, "{} cut at {cut}", file.name);
        assert_eq!(read_batches.as_slice(), &batches[..expected], "{} cut at {cut}", file.name);
    }
    bytes.len() + 1
}

#[test]
fn every_cut_of_small_valid_inputs_keeps_the_whole_batches_before_it() {
    let wanted = ["dictionary/", "compress", "types/utf8", "types/list", "framing", "streams/", "files/"];
    let mut cuts = 0;
    let (mut files, mut streams) = (0, 0);
    for file in of_result(CaseResult::Valid) {
        let small = file.bytes.len() <= MOST_BYTES && wanted.iter().any(|topic| file.name.contains(topic));
        let usual = decode::read(&file.bytes, file.format).document.is_some() && in_order(file);
        if small && usual && cuts < 150_000 {
            cuts += check(file);
            *if file.format == Format::File { &mut files } else { &mut streams } += 1;
        }
    }
    eprintln!("{cuts} cuts of {files} files and {streams} streams");
    assert!(files > 10 && streams > 10, "{files} files, {streams} streams");
}

/// Whether all that a reader sees is what lies one behind the other, dictionaries in front of what needs them.
fn in_order(file: &CaseFile) -> bool {
    let parsed = parse(&file.bytes, file.format);
    let kinds =
        parsed.messages.iter().map(|message| message.table.table("header").map_or("", |header| header.kind.name));
    let kinds: Vec<&str> = kinds.collect();
    let batches = kinds.iter().filter(|kind| **kind == "RecordBatch").count();
    let listed = match &parsed.footer {
        Some(Ok(footer)) => {
            footer.table.vector("recordBatches").len() == batches
                && footer.table.vector("dictionaries").len()
                    == kinds.iter().filter(|kind| **kind == "DictionaryBatch").count()
        }
        _ => true,
    };
    let last_dictionary = kinds.iter().rposition(|kind| *kind == "DictionaryBatch").unwrap_or(0);
    let first_batch = kinds.iter().position(|kind| *kind == "RecordBatch").unwrap_or(kinds.len());
    kinds.first() == Some(&"Schema")
        && parsed.stop.is_none()
        && listed
        && (file.format == Format::Stream || last_dictionary < first_batch)
}
