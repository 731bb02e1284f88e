//! What is asked of the library, and what its refusals mean.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::adapter::manifest::Limits;
use crate::adapter::message::{Answer, Request};
use crate::adapter::pool::{Outcome, Place, Pool};
use crate::adapter::process::Launch;
use crate::adapter::setup::{CargoError, build};
use crate::case::options::{Compression, Format, Phase, Sink, Source, WriteOptions};
use crate::progress::Progress;
use crate::wire::parse::{Parsed, parse};
use crate::wire::walk;
use crate::workspace::Workspace;

/// No file takes longer than that.
const A_WEEK: u64 = 7 * 24 * 3600;

/// A conversion.
#[derive(Debug, Clone)]
pub struct Conversion<'a> {
    /// The file to read.
    pub path: &'a Path,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What it is.
    pub format: Format,
    /// What it becomes.
    pub to: Format,
    /// How it is written. Without `compression` that of the input is kept.
    pub options: WriteOptions,
}

/// The library that converts.
#[derive(Debug, Clone)]
pub struct Library {
    /// The command that hosts it.
    runner: PathBuf,
    path: PathBuf,
    /// The kit, which conversions do not use.
    kit: PathBuf,
}

/// Why an input was not converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The library could not be built.
    #[error(transparent)]
    Build(#[from] CargoError),
    /// The library cannot read the input.
    #[error("libarrowipc does not read it ({phase}): {message}")]
    Unreadable {
        /// Where it refused.
        phase: Phase,
        /// What it says.
        message: String,
    },
    /// The library cannot write it in this way.
    #[error("libarrowipc does not write it so: {message}{hint}")]
    Unwritable {
        /// What it says.
        message: String,
        /// What would help.
        hint: &'static str,
    },
    /// The library did not answer.
    #[error("libarrowipc did not answer: {0}")]
    Down(String),
    /// Files could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ConvertError {
    /// Whether the input or the options are to blame, rather than the surroundings.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::Unwritable { .. })
    }
}

impl Library {
    /// The library at a path, that of the checkout, which is built if need be, or the system's.
    pub fn find(path: Option<&Path>, progress: &Progress) -> Result<Self, ConvertError> {
        let runner = std::env::current_exe()?;
        let name = format!("libarrowipc{}", std::env::consts::DLL_SUFFIX);
        let workspace = Workspace::find().ok();
        let kit = workspace.as_ref().map(Workspace::kit).unwrap_or_default();
        let path = match (path, workspace) {
            (Some(path), _) => path.canonicalize()?,
            (None, Some(workspace)) => {
                build(&workspace, &["arrowipc"], progress)?;
                workspace.profile_folder().join(name)
            }
            (None, None) => name.into(),
        };
        Ok(Library { runner, path, kit })
    }

    fn launch(&self) -> Launch {
        let words = [self.runner.as_path(), Path::new("serve-library"), &self.path];
        let command = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        // Maps of the input count as memory, and it may be of any size.
        let limits = Limits { operation_seconds: A_WEEK, memory_mib: u64::MAX >> 22, ..Limits::default() };
        Launch { command, env: Default::default(), limits }
    }
}

/// Has an input written anew, into a file in a folder; gives its path.
pub fn convert(conversion: &Conversion, library: &Library, folder: &Path) -> Result<PathBuf, ConvertError> {
    let parsed = parse(conversion.bytes, conversion.format);
    let out = folder.join("converted");
    let compression = conversion.options.compression.or_else(|| codec(&parsed));
    let request = Request::Transcode {
        id: 1,
        path: conversion.path.canonicalize()?,
        format: conversion.format,
        source: Source::MemoryMap,
        to: conversion.to,
        sink: Sink::Path,
        options: WriteOptions { compression, ..conversion.options.clone() },
        out: out.clone(),
    };
    let pool = Pool::new(library.launch(), Place { workdir: folder.to_owned(), kit: library.kit.clone() });
    let exchange = pool.ask(1, &request);
    pool.stop();
    match exchange.outcome {
        Outcome::Answered(Answer::Ok(_)) => Ok(out),
        Outcome::Answered(Answer::Rejected(refusal)) if refusal.phase == Phase::Write => {
            let hint = if conversion.to == Format::File && replaces(&parsed) {
                "; `--dictionaries unify` makes one of dictionaries that replace each other"
            } else {
                ""
            };
            Err(ConvertError::Unwritable { message: refusal.message, hint })
        }
        Outcome::Answered(Answer::Rejected(refusal)) => {
            Err(ConvertError::Unreadable { phase: refusal.phase, message: refusal.message })
        }
        Outcome::Answered(answer) => Err(ConvertError::Down(format!("{answer:?}"))),
        Outcome::Died(death) => Err(ConvertError::Down(format!("{death}\n{}", exchange.stderr).trim_end().to_owned())),
        Outcome::Down(reason) => Err(ConvertError::Down(reason)),
    }
}

/// The codec of the first batch that has one.
fn codec(parsed: &Parsed) -> Option<Compression> {
    let mut batches = parsed.messages.iter().filter_map(|message| walk::header(message, "RecordBatch"));
    match batches.find_map(|batch| batch.table("compression"))?.scalar("codec") {
        0 => Some(Compression::Lz4),
        _ => Some(Compression::Zstd),
    }
}

/// Whether a dictionary replaces another one.
fn replaces(parsed: &Parsed) -> bool {
    let mut seen = BTreeSet::new();
    let dictionaries = parsed.messages.iter().filter_map(|message| walk::header(message, "DictionaryBatch"));
    dictionaries
        .filter(|dictionary| dictionary.scalar("isDelta") == 0)
        .any(|dictionary| !seen.insert(dictionary.scalar("id")))
}
