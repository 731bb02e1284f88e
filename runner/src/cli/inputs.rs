//! Arguments of the commands on IPC inputs, and how inputs are opened.

use std::path::PathBuf;

use clap::ValueEnum;

use super::Failure;
use crate::case::options;
use crate::input::{Input, InputError, recognise};
use crate::progress::Progress;
use crate::validate::Level;

/// How an input is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Messages one after the other
    Stream,
    /// Magic, messages, footer
    File,
}

impl From<Format> for options::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Stream => Self::Stream,
            Format::File => Self::File,
        }
    }
}

/// Arguments of `inspect`.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// The stream or file, or - for standard input
    pub file: PathBuf,
    /// Show every range of bytes, and what it is
    #[arg(long)]
    pub map: bool,
    /// Show the bytes, too
    #[arg(long)]
    pub hex: bool,
    /// An object for each part, for programs
    #[arg(long)]
    pub json: bool,
    /// Show only this message, the first being 0, with every range
    #[arg(long, value_name = "N")]
    pub message: Option<usize>,
    /// What to take it for [default: told from the bytes]
    #[arg(long = "as", value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Printed {
    /// Text for people
    Human,
    /// An object for each input, for programs
    Json,
}

/// Arguments of `validate`.
#[derive(Debug, clap::Args)]
pub struct ValidateArgs {
    /// Streams and files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The weakest rules that count
    #[arg(long, value_enum, default_value_t = Level::Must)]
    pub level: Level,
    /// What is printed
    #[arg(long = "format", value_enum, default_value_t = Printed::Human)]
    pub printed: Printed,
    /// What to take them for [default: told from the bytes]
    #[arg(long = "as", value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
}

/// Arguments of `recover`.
#[derive(Debug, clap::Args)]
pub struct RecoverArgs {
    /// The damaged stream or file, or - for standard input
    #[arg(value_name = "IN")]
    pub file: PathBuf,
    /// Where to write what is whole, or - for standard output
    pub out: PathBuf,
    /// What to take it for [default: told from the bytes]
    #[arg(long = "as", value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
}

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    /// A stream or file, or - for standard input
    pub a: PathBuf,
    /// Another one
    pub b: PathBuf,
    /// Only what they mean, not how it is laid out
    #[arg(long)]
    pub logical: bool,
    /// What is printed
    #[arg(long = "format", value_enum, default_value_t = Printed::Human)]
    pub printed: Printed,
}

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    /// Columns below each other, for people
    Table,
    /// An object a row
    Jsonl,
    /// Cells between commas
    Csv,
}

/// Arguments of `cat`.
#[derive(Debug, clap::Args)]
pub struct CatArgs {
    /// The stream or file, or - for standard input
    pub file: PathBuf,
    /// Only the first N rows
    #[arg(long, value_name = "N")]
    pub head: Option<u64>,
    /// Only these columns, in this order: names or positions
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Only this record batch, the first being 0
    #[arg(long, value_name = "N")]
    pub batch: Option<usize>,
    /// How rows are printed
    #[arg(long = "format", value_enum, default_value_t = Rows::Table)]
    pub printed: Rows,
    /// What to take it for [default: told from the bytes]
    #[arg(long = "as", value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
}

/// Body compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Compression {
    /// None
    None,
    /// LZ4 frames
    Lz4,
    /// Zstandard
    Zstd,
}

impl From<Compression> for options::Compression {
    fn from(compression: Compression) -> Self {
        match compression {
            Compression::None => Self::None,
            Compression::Lz4 => Self::Lz4,
            Compression::Zstd => Self::Zstd,
        }
    }
}

/// What becomes of dictionaries that change between batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Dictionaries {
    /// The new one is written in full
    Replace,
    /// What is new is written
    Delta,
    /// One dictionary is made of all
    Unify,
}

impl From<Dictionaries> for options::Dictionaries {
    fn from(dictionaries: Dictionaries) -> Self {
        match dictionaries {
            Dictionaries::Replace => Self::Replace,
            Dictionaries::Delta => Self::Delta,
            Dictionaries::Unify => Self::Unify,
        }
    }
}

/// The byte order of bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ByteOrder {
    /// Least significant byte first
    Little,
    /// Most significant byte first
    Big,
}

/// Arguments of `convert`.
#[derive(Debug, clap::Args)]
pub struct ConvertArgs {
    /// The stream or file to read, or - for standard input
    #[arg(value_name = "IN")]
    pub file: PathBuf,
    /// Where to write it, or - for standard output
    pub out: PathBuf,
    /// What it becomes [default: by the ending of OUT: .arrows is a
    /// stream, .arrow, .feather and .ipc are files]
    #[arg(long, value_name = "FORMAT", value_enum, verbatim_doc_comment)]
    pub to: Option<Format>,
    /// Body compression [default: as it is]
    #[arg(long, value_enum)]
    pub compression: Option<Compression>,
    /// Level of the codec
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub level: Option<i32>,
    /// Alignment of buffers in bytes
    #[arg(long, value_name = "BYTES")]
    pub alignment: Option<u32>,
    /// Metadata version, 4 or 5
    #[arg(long, value_name = "V")]
    pub metadata_version: Option<u8>,
    /// Framing from before 0.15, without continuation markers
    #[arg(long)]
    pub legacy: bool,
    /// What becomes of dictionaries that change between batches
    #[arg(long, value_enum)]
    pub dictionaries: Option<Dictionaries>,
    /// Byte order of bodies
    #[arg(long, value_enum, default_value_t = ByteOrder::Little)]
    pub endianness: ByteOrder,
    /// The libarrowipc that converts [default: built from the checkout]
    #[arg(long, value_name = "PATH")]
    pub library: Option<PathBuf>,
    /// What to take IN for [default: told from the bytes]
    #[arg(long = "as", value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
}

/// Opens an input.
pub(super) fn open(path: &std::path::Path, progress: &Progress) -> Result<Input, Failure> {
    Input::open(path, progress).map_err(|error: InputError| match error.is_usage() {
        true => Failure::usage(error),
        false => Failure::infrastructure(error),
    })
}

/// What an input is: as the user says, or as its bytes do.
pub(super) fn format_of(input: &Input, told: Option<Format>) -> Result<options::Format, Failure> {
    if let Some(format) = told {
        return Ok(format.into());
    }
    recognise(input.bytes()).map_err(|foreign| {
        let (name, what, next) = (input.name(), foreign.what, foreign.next);
        Failure { code: super::UNEXPECTED, text: format!("{name} is no Arrow IPC, it looks like {what}: {next}") }
    })
}
