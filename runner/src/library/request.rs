//! What the host is asked: the requests of `docs/protocol.md`, read leniently.

use std::path::PathBuf;

use serde::Deserialize;

use crate::adapter::message::Via;
use crate::case::options::{Access, Format, Sink, Source, Validate, WriteOptions};

/// `start`.
#[derive(Debug, Deserialize)]
pub struct Start {
    /// Protocols that the runner speaks.
    pub protocols: Vec<u32>,
    /// Folder of the payload files.
    pub workdir: PathBuf,
}

/// `produce`.
#[derive(Debug, Deserialize)]
pub struct Produce {
    /// Canonical JSON with layouts.
    #[serde(rename = "in")]
    pub input: Option<PathBuf>,
    /// Canonical tensors in place of it.
    pub tensors: Option<serde_json::Value>,
    /// File that is there already, behind whose batches the data go.
    pub onto: Option<PathBuf>,
    /// Where and how the bytes are written.
    #[serde(flatten)]
    pub output: Output,
    /// Format to write.
    pub format: Format,
}

/// What `produce` and `transcode` say about the bytes to write.
#[derive(Debug, Deserialize)]
pub struct Output {
    /// How the bytes leave the library.
    #[serde(default)]
    pub sink: Sink,
    /// Writer options.
    #[serde(default)]
    pub options: WriteOptions,
    /// File for the bytes.
    pub out: PathBuf,
}

/// `transcode`.
#[derive(Debug, Deserialize)]
pub struct Transcode {
    /// File with the bytes to read.
    pub path: PathBuf,
    /// Format of those bytes.
    pub format: Format,
    /// How they are read.
    #[serde(default)]
    pub source: Source,
    /// Format to write.
    pub to: Format,
    /// Where and how the bytes are written.
    #[serde(flatten)]
    pub output: Output,
}

/// `consume`.
#[derive(Debug, Deserialize)]
pub struct Consume {
    /// File with the bytes.
    pub path: PathBuf,
    /// Their format.
    pub format: Format,
    /// How the batches are gone through.
    #[serde(default)]
    pub access: Access,
    /// How the bytes reach the library.
    #[serde(default)]
    pub source: Source,
    /// How much is checked; the library's default when it is left open.
    pub validate: Option<Validate>,
    /// Columns to read.
    pub projection: Option<Vec<i32>>,
    /// Batches to read, for random access; all when it is left open.
    pub order: Option<Vec<i64>>,
    /// What is told.
    pub observe: Observe,
}

/// `echo`.
#[derive(Debug, Deserialize)]
pub struct Echo {
    /// Canonical JSON with layouts and changed structures.
    #[serde(rename = "in")]
    pub input: PathBuf,
    /// How much is checked; the library's default when it is left open.
    pub validate: Option<Validate>,
    /// What is told.
    pub observe: Observe,
}

/// How and where to tell what was read.
#[derive(Debug, Deserialize)]
pub struct Observe {
    /// How.
    pub via: Via,
    /// Whether the canonical JSON is wanted beside the digest.
    #[serde(default)]
    pub dump: bool,
    /// File for it.
    pub out: Option<PathBuf>,
    /// File with what is expected, for an implementation that compares by itself.
    pub expected: Option<PathBuf>,
}
