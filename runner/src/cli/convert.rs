//! `arrowipc convert`.

use std::fs::File;
use std::io;
use std::path::Path;

use super::inputs::{ByteOrder, ConvertArgs, format_of, open};
use super::output::Output;
use super::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::case::options::{self, Format, WriteOptions};
use crate::convert::{Conversion, ConvertError, Library, SwapError, big_endian, convert};
use crate::input::Input;
use crate::progress::Progress;

pub(super) fn run(args: &ConvertArgs) -> Result<u8, Failure> {
    let progress = Progress::on_stderr();
    let to = target(args)?;
    let input = open(&args.file, &progress)?;
    let format = format_of(&input, args.format)?;
    let out = Output::open(&args.out)?;
    let folder = out.folder().map_err(Failure::infrastructure)?;
    let library = Library::find(args.library.as_deref(), &progress).map_err(Failure::infrastructure)?;
    progress.doing("converting");
    let kept;
    let path = match args.file.is_file() {
        true => args.file.as_path(),
        false => {
            kept = keep(&input, folder.path()).map_err(Failure::infrastructure)?;
            &kept
        }
    };
    let conversion = Conversion { path, bytes: input.bytes(), format, to, options: options(args) };
    let converted = convert(&conversion, &library, folder.path()).map_err(|error| refused(input.name(), error))?;
    match args.endianness {
        ByteOrder::Little => out.adopt(&converted)?,
        ByteOrder::Big => swap(&converted, to, out, &progress)?,
    }
    progress.finish();
    Ok(AS_EXPECTED)
}

fn swap(converted: &Path, to: Format, mut out: Output, progress: &Progress) -> Result<(), Failure> {
    progress.doing("swapping bytes");
    let little = open(converted, progress)?;
    big_endian(little.bytes(), to, &mut out).map_err(|error| match error {
        SwapError::Output(error) => Failure::output(error),
        error => Failure::infrastructure(error),
    })?;
    out.keep()
}

fn refused(name: &str, error: ConvertError) -> Failure {
    match error.is_refusal() {
        true => Failure { code: UNEXPECTED, text: format!("{name}: {error}") },
        false => Failure::infrastructure(error),
    }
}

/// What comes through a pipe, for a reader that wants a path.
fn keep(input: &Input, folder: &Path) -> io::Result<std::path::PathBuf> {
    let path = folder.join("input");
    io::copy(&mut input.bytes(), &mut File::create(&path)?)?;
    Ok(path)
}

/// Stream or file: as told, or by the usual endings of names.
fn target(args: &ConvertArgs) -> Result<Format, Failure> {
    let ending = args.out.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match (args.to, ending) {
        (Some(format), _) => Ok(format.into()),
        (None, "arrow" | "feather" | "ipc") => Ok(Format::File),
        (None, "arrows") => Ok(Format::Stream),
        _ => Err(Failure::usage(format!(
            "whether {} is to be a stream or a file is not clear: name it *.arrows or *.arrow, or say --to",
            args.out.display()
        ))),
    }
}

fn options(args: &ConvertArgs) -> WriteOptions {
    WriteOptions {
        compression: args.compression.map(options::Compression::from),
        compression_level: args.level,
        alignment: args.alignment,
        metadata_version: args.metadata_version,
        legacy: args.legacy.then_some(true),
        dictionaries: args.dictionaries.map(options::Dictionaries::from),
        footer_metadata: None,
    }
}
