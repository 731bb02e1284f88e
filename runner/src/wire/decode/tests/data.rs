//! Data of all cases, laid out by the raw writer in many ways, and read.

use std::path::Path;

use arrowipc_kit::value::{Document, Levels, first_difference};

use crate::case::file::CaseResult;
use crate::case::options::{Compression, Format, WriteOptions};
use crate::case::suite::Folder;
use crate::case::variant::{Input, Variant};
use crate::wire::assemble::assemble;
use crate::wire::decode::read;
use crate::wire::lower::lower;
use crate::wire::lower::options::{Defaults, DictionaryOrder, Endianness, RawOptions};

/// The variants whose data are written down, or few enough.
fn variants() -> Vec<(Variant, Document)> {
    let folder = Folder::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases"));
    let variants = folder.load(0).unwrap().variants.into_iter();
    let with_data = variants.filter_map(|variant| match &variant.input {
        Input::Document(document) if document.row_count() < 10_000 => {
            let document = (**document).clone();
            Some((variant, document))
        }
        _ => None,
    });
    with_data.collect()
}

/// Checks that the data of every case of these formats come back without a violation.
fn check(formats: &[Format], change: impl Fn(&mut WriteOptions), raw: &RawOptions) {
    let (mut read_back, mut wrong) = (0, Vec::new());
    for (variant, document) in variants().into_iter().filter(|(variant, _)| formats.contains(&variant.format)) {
        // The data of other cases may break a rule by themselves.
        if variant.case.result != CaseResult::Valid {
            continue;
        }
        let mut options = variant.options.clone();
        change(&mut options);
        // Files cannot replace dictionaries, and an option of this test may not suit a case's.
        let Ok(input) = lower(&document, &options, raw, variant.format) else { continue };
        let reading = read(&assemble(&input).bytes, variant.format);
        let name = &variant.name;
        match &reading.document {
            None => wrong.push(format!("{name}: no document")),
            Some(found) if found.digest() == document.digest() => read_back += 1,
            Some(found) => {
                let difference = first_difference(&document, found, Levels::ALL);
                wrong.push(format!("{name}: {}", difference.map_or("another digest".into(), |it| it.to_string())));
            }
        }
        wrong.extend(reading.violations.iter().map(|violation| format!("{name}: {violation}")));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(50)].join("\n"));
    assert!(read_back > 200, "{read_back} documents");
}

#[test]
fn data_of_all_cases_come_back() {
    check(Format::ALL, |_| {}, &RawOptions::default());
}

#[test]
fn data_come_back_from_big_endian_bodies() {
    check(Format::ALL, |_| {}, &RawOptions { endianness: Endianness::Big, ..RawOptions::default() });
}

#[test]
fn data_come_back_from_v4_and_legacy_framing() {
    let change = |options: &mut WriteOptions| {
        options.metadata_version = Some(4);
        options.legacy = Some(true);
    };
    check(Format::ALL, change, &RawOptions { end_of_stream: false, ..RawOptions::default() });
}

#[test]
fn data_come_back_from_compressed_bodies() {
    for codec in [Compression::Lz4, Compression::Zstd] {
        let raw = RawOptions { endianness: Endianness::Big, ..RawOptions::default() };
        check(Format::ALL, |options| options.compression = Some(codec), &raw);
    }
}

#[test]
fn data_come_back_whatever_the_order_of_dictionaries_and_the_presence_of_defaults() {
    // Behind the batches that use them, dictionaries are for files only.
    for (dictionary_order, formats) in
        [(DictionaryOrder::OuterFirst, Format::ALL), (DictionaryOrder::Last, &[Format::File][..])]
    {
        let raw = RawOptions { dictionary_order, defaults: Defaults::Present, ..RawOptions::default() };
        check(formats, |_| {}, &raw);
    }
}

#[test]
fn a_stream_without_batches_is_its_schema() {
    let (_, mut document) = variants().into_iter().find(|(variant, _)| variant.format == Format::Stream).unwrap();
    document.data = arrowipc_kit::value::Data::Batches(Vec::new());
    let input = lower(&document, &WriteOptions::default(), &RawOptions::default(), Format::Stream).unwrap();
    let reading = read(&assemble(&input).bytes, Format::Stream);
    assert_eq!((reading.document, reading.violations), (Some(document), Vec::new()));
}
