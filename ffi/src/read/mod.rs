//! From bytes to batches.

use crate::array::Batch;
use crate::error::Result;
use crate::format::Format;
use crate::options::Options;
use crate::schema::{Metadata, Schema};
use crate::source::Source;
use std::sync::Arc;

/// What a reader did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Encapsulated messages read.
    pub messages: u64,
    /// Record batches read.
    pub batches: u64,
    /// Dictionary batches read, deltas and replacements included.
    pub dictionaries: u64,
    /// Of these, deltas.
    pub deltas: u64,
    /// Of these, those that replaced a dictionary.
    pub replacements: u64,
    /// Bytes taken from the source, or looked at in memory.
    pub bytes_read: u64,
    /// Bytes that decompression made.
    pub bytes_decompressed: u64,
    /// Body bytes copied: read into memory, or moved to be aligned.
    pub bytes_copied: u64,
}

/// Reads a stream or a file.
pub struct Reader {
    _private: (),
}

impl Reader {
    /// Reads the schema (and the footer of a file).
    pub fn open(_source: Source, _options: &Options) -> Result<Self> {
        todo!()
    }
    /// What the input is.
    pub fn format(&self) -> Format {
        todo!()
    }
    /// The schema after projection.
    pub fn schema(&self) -> &Arc<Schema> {
        todo!()
    }
    /// The next batch, `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        todo!()
    }
    /// Number of batches of a file.
    pub fn num_batches(&self) -> Result<usize> {
        todo!()
    }
    /// Rows of batch `index` of a file, or of all, without reading bodies.
    pub fn num_rows(&self, _index: Option<usize>) -> Result<u64> {
        todo!()
    }
    /// Batch `index` of a file; may be called by several threads.
    pub fn read_at(&self, _index: usize) -> Result<Batch> {
        todo!()
    }
    /// Custom metadata of batch `index` of a file, without reading its body.
    pub fn batch_metadata(&self, _index: usize) -> Result<Metadata> {
        todo!()
    }
    /// Custom metadata of the footer; `None` for a stream.
    pub fn footer_metadata(&self) -> Option<&Metadata> {
        todo!()
    }
    /// What was done so far.
    pub fn statistics(&self) -> Statistics {
        todo!()
    }
}
