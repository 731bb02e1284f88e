//! What an adapter is asked: requests of `docs/protocol.md`, read leniently.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;

use super::Failure;
use crate::value::Metadata;

/// IPC data to read. Words are those of the protocol; an adapter answers as unsupported what it does not know.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Read {
    /// The file.
    pub path: PathBuf,
    /// `stream` or `file`.
    pub format: String,
    /// `path`, `memory_map`, `memory`, `fd`, `callbacks`, `socket`, `pipe`.
    #[serde(default = "path")]
    pub source: String,
    /// `next`, `all`, `random`, `c_stream`.
    #[serde(default = "next")]
    pub access: String,
    /// `none` or `full`.
    #[serde(default = "none")]
    pub validate: String,
    /// Numbers of the batches to read, for random access.
    pub order: Option<Vec<i64>>,
    /// Columns to read; all where it is left open.
    pub projection: Option<Vec<i64>>,
    /// What becomes of the batches: `cdata`, `transcode`, `none`.
    #[serde(skip)]
    pub via: String,
}

/// IPC data to write.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The file.
    pub path: PathBuf,
    /// `stream` or `file`.
    pub format: String,
    /// `path`, `memory`, `fd`, `callbacks`, `socket`, `pipe`.
    pub sink: String,
    /// Writer options.
    pub options: Options,
    /// A file that is there already: its batches come first.
    pub onto: Option<PathBuf>,
}

/// Options of a writer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Options {
    /// `none`, `lz4`, `zstd`.
    pub compression: String,
    /// Level of the codec.
    pub compression_level: Option<i64>,
    /// Alignment of buffers in bytes.
    pub alignment: Option<i64>,
    /// 4 or 5.
    pub metadata_version: i64,
    /// Framing from before format 1.0.
    pub legacy: bool,
    /// `replace`, `delta`, `unify`.
    pub dictionaries: String,
    /// Metadata of the footer, a list of pairs.
    footer_metadata: Option<Vec<(String, String)>>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            compression: none(),
            compression_level: None,
            alignment: None,
            metadata_version: 5,
            legacy: false,
            dictionaries: "replace".to_owned(),
            footer_metadata: None,
        }
    }
}

impl Options {
    /// Metadata of the footer; without pairs where none are wanted.
    pub fn footer_metadata(&self) -> Metadata {
        self.footer_metadata.iter().flatten().cloned().collect()
    }
}

/// How what was read is told.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Observe {
    #[serde(default = "none")]
    pub(super) via: String,
    #[serde(default)]
    pub(super) dump: bool,
    pub(super) out: Option<PathBuf>,
}

impl Default for Observe {
    fn default() -> Self {
        Observe { via: none(), dump: false, out: None }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Start {
    pub(super) protocols: Vec<u32>,
    pub(super) workdir: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(super) struct Produce {
    #[serde(rename = "in")]
    pub(super) input: PathBuf,
    onto: Option<PathBuf>,
    format: String,
    #[serde(flatten)]
    output: Output,
}

#[derive(Debug, Deserialize)]
pub(super) struct Transcode {
    #[serde(flatten)]
    read: Read,
    to: String,
    #[serde(flatten)]
    output: Output,
}

#[derive(Debug, Deserialize)]
pub(super) struct Consume {
    #[serde(flatten)]
    read: Read,
    #[serde(default)]
    pub(super) observe: Observe,
}

#[derive(Debug, Deserialize)]
pub(super) struct Echo {
    #[serde(rename = "in")]
    pub(super) input: PathBuf,
    #[serde(default = "none")]
    pub(super) validate: String,
    #[serde(default)]
    pub(super) observe: Observe,
}

#[derive(Debug, Deserialize)]
struct Output {
    #[serde(default = "path")]
    sink: String,
    #[serde(default)]
    options: Options,
    out: PathBuf,
}

impl Output {
    fn write(&self, format: &str, folder: &Path) -> Write {
        Write {
            path: folder.join(&self.out),
            format: format.to_owned(),
            sink: self.sink.clone(),
            options: self.options.clone(),
            onto: None,
        }
    }
}

impl Produce {
    pub(super) fn write(&self, folder: &Path) -> Write {
        let onto = self.onto.as_ref().map(|onto| folder.join(onto));
        Write { onto, ..self.output.write(&self.format, folder) }
    }
}

impl Transcode {
    pub(super) fn read(&self, folder: &Path) -> Read {
        Read { path: folder.join(&self.read.path), via: "transcode".to_owned(), ..self.read.clone() }
    }

    pub(super) fn write(&self, folder: &Path) -> Write {
        self.output.write(&self.to, folder)
    }
}

impl Consume {
    pub(super) fn read(&self, folder: &Path) -> Read {
        Read { path: folder.join(&self.read.path), via: self.observe.via.clone(), ..self.read.clone() }
    }

    /// What was read, written again with the default options.
    pub(super) fn write_again(&self, folder: &Path) -> Result<Write, Failure> {
        let path = self.observe.out(folder)?;
        Ok(Write {
            path,
            format: self.read.format.clone(),
            sink: self::path(),
            options: Options::default(),
            onto: None,
        })
    }
}

impl Observe {
    fn out(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let out = self.out.as_ref().map(|out| folder.join(out));
        out.ok_or_else(|| Failure::Error("the request wants a file and names none: no `observe.out`".to_owned()))
    }

    /// Where the canonical JSON goes, if it is wanted.
    pub(super) fn dump(&self, folder: &Path) -> Result<Option<PathBuf>, Failure> {
        self.dump.then(|| self.out(folder)).transpose()
    }
}

/// A request of the shape of its command.
pub(super) fn of<R: for<'de> Deserialize<'de>>(request: &Json) -> Result<R, Failure> {
    R::deserialize(request).map_err(|error| {
        let command = request["cmd"].as_str().unwrap_or_default();
        Failure::Error(format!("the request is no `{command}` of protocol 1: {error}"))
    })
}

fn path() -> String {
    "path".to_owned()
}

fn next() -> String {
    "next".to_owned()
}

fn none() -> String {
    "none".to_owned()
}
