//! From batches to bytes.

use crate::array::BatchView;
use crate::error::Result;
use crate::options::Options;
use crate::schema::{Metadata, Schema};
use crate::sink::Sink;

/// What a writer did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Encapsulated messages written.
    pub messages: u64,
    /// Record batches written.
    pub batches: u64,
    /// Dictionary batches written, deltas and replacements included.
    pub dictionaries: u64,
    /// Of these, deltas.
    pub deltas: u64,
    /// Of these, those that replace a dictionary.
    pub replacements: u64,
    /// Bytes of the bodies before compression.
    pub body_bytes_raw: u64,
    /// Bytes of the bodies as written.
    pub body_bytes_written: u64,
    /// Bytes given to the sink.
    pub bytes_written: u64,
}

/// Writes a stream or a file.
pub struct Writer {
    _private: (),
}

impl Writer {
    /// Writes the schema. Dictionary ids are assigned anew, depth first.
    pub fn open(_sink: Sink, _schema: &Schema, _options: &Options) -> Result<Self> {
        todo!()
    }
    /// The schema, with the ids that the writer assigned.
    pub fn schema(&self) -> &Schema {
        todo!()
    }
    /// Writes a batch and the dictionaries that changed.
    pub fn write(&mut self, _batch: &BatchView<'_>, _metadata: &Metadata) -> Result<()> {
        todo!()
    }
    /// Sets the custom metadata of the footer.
    pub fn set_footer_metadata(&mut self, _metadata: Metadata) -> Result<()> {
        todo!()
    }
    /// Writes the end of the stream, or the footer, and flushes.
    pub fn finish(&mut self) -> Result<()> {
        todo!()
    }
    /// The bytes of a memory sink, once, after `finish`.
    pub fn take_memory(&mut self) -> Result<Vec<u8>> {
        todo!()
    }
    /// What was done so far.
    pub fn statistics(&self) -> Statistics {
        todo!()
    }
}
