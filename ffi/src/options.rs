//! Options of readers and writers.

use crate::error::{Error, Result};
use crate::format::{Compression, Format, MetadataVersion};
use std::sync::Arc;

/// How much of the input is checked before it is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum Validation {
    /// Metadata and buffer bounds only: for input from a writer that is trusted.
    Trusted,
    /// And a constant amount of work a buffer: first and last offset.
    Layout,
    /// Every offset, size, type id, run end, view, dictionary index and UTF-8 byte: what is handed out is safe to touch.
    Full,
}

/// How a writer says that a dictionary changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DictionaryMode {
    /// A changed dictionary is sent again. A file cannot hold that: there it is an error.
    Replace,
    /// A dictionary that grew at its end is sent as a delta; any other change as with `Replace`.
    Delta,
    /// New values are appended to one dictionary a field, sent as deltas, and indices are rewritten to it.
    Unify,
}

/// Bounds checked before anything is allocated.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of metadata of one message, or of the footer.
    pub metadata_bytes: u64,
    /// Bytes of the body of one message.
    pub body_bytes: u64,
    /// Bytes of one message's buffers after decompression.
    pub decompressed_bytes: u64,
    /// Bytes of the dictionaries that a reader holds and of the message being read.
    pub total_bytes: u64,
    /// Slots of an array that no buffer has bytes for.
    pub unbacked_slots: usize,
    /// Levels of nested fields, the top level being 1.
    pub nesting_depth: usize,
    /// Fields of the schema, children included.
    pub fields: usize,
}

/// Which top-level columns a reader hands out, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    /// By position.
    Indices(Vec<usize>),
    /// By name; each must name exactly one column.
    Names(Vec<String>),
}

/// Called after each batch with bytes and batches so far; `false` cancels.
pub type Progress = Arc<dyn Fn(u64, u64) -> bool + Send + Sync>;

/// Options of readers and writers; each uses what concerns it.
#[derive(Clone)]
pub struct Options {
    /// Reader: `None` detects. Writer: `None` is the stream format.
    pub format: Option<Format>,
    /// Reader: checks on the content of buffers.
    pub validation: Validation,
    /// Reader: columns to hand out; all when `None`.
    pub projection: Option<Projection>,
    /// Reader: hand out the intact leading batches of a damaged input, and end there. See
    /// [`crate::read::Reader::stopped_by`].
    pub recover: bool,
    /// Reader: bounds.
    pub limits: Limits,
    /// Reader and writer: threads that decompress and compress, the caller's included.
    pub threads: usize,
    /// Writer: each body and each buffer starts at a multiple of this many bytes: 8, 16, 32 or 64.
    pub alignment: usize,
    /// Writer: codec of the bodies.
    pub compression: Option<Compression>,
    /// Writer: ZSTD level.
    pub compression_level: i32,
    /// Writer: a buffer that does not shrink by this part (percent) is stored uncompressed.
    pub minimum_saving: u8,
    /// Writer: version of the messages.
    pub metadata_version: MetadataVersion,
    /// Writer: framing from before 0.15, without continuation marker.
    pub legacy_framing: bool,
    /// Writer: what to do with a dictionary that changes.
    pub dictionaries: DictionaryMode,
    /// Writer: write zeros for what lies behind nulls, and nothing that no slot refers to.
    pub clear_nulls: bool,
    /// Reader and writer: progress and cancellation.
    pub progress: Option<Progress>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            format: None,
            validation: Validation::Full,
            projection: None,
            recover: false,
            limits: Limits {
                metadata_bytes: 64 << 20,
                body_bytes: 1 << 40,
                decompressed_bytes: 1 << 34,
                total_bytes: 1 << 40,
                unbacked_slots: i32::MAX as usize,
                nesting_depth: 64,
                fields: 1_000_000,
            },
            threads: 1,
            alignment: 8,
            compression: None,
            compression_level: 1,
            minimum_saving: 0,
            metadata_version: MetadataVersion::V5,
            legacy_framing: false,
            dictionaries: DictionaryMode::Replace,
            clear_nulls: false,
            progress: None,
        }
    }
}

impl Options {
    /// Tells the progress callback how far the call is.
    pub(crate) fn report_progress(&self, bytes: u64, batches: u64) -> Result<()> {
        match &self.progress {
            Some(progress) if !progress(bytes, batches) => Err(Error::new(
                crate::Code::Cancelled,
                format!("cancelled by the progress callback after {batches} batches and {bytes} bytes"),
            )),
            _ => Ok(()),
        }
    }
}
