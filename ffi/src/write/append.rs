//! Going on behind what an input holds.

use super::dictionary::Tracker;
use super::{Writer, check_alignment};
use crate::error::Result;
use crate::options::Options;
use crate::read::existing::Existing;
use crate::schema::Schema;
use crate::sink::{Output, Sink};
use crate::source::Source;
use arrow_ipc::Block;

impl Writer {
    /// Copies the messages of a whole stream or file to `sink`, byte for byte, and goes on behind them: with its schema,
    /// dictionaries, metadata version, framing and footer. `expected`, whose dictionary ids do not matter, must be its schema.
    pub fn append(source: Source, sink: Sink, expected: Option<&Schema>, options: &Options) -> Result<Self> {
        check_alignment(options)?;
        let input = source.0;
        let existing = Existing::of(&input, options)?;
        if let Some(expected) = expected {
            expected.check_same(&existing.schema)?;
        }
        let options = Options {
            format: Some(existing.format),
            metadata_version: existing.version,
            legacy_framing: existing.legacy_framing,
            ..options.clone()
        };
        let tracker = Tracker::resume(options.dictionaries, existing.format, &existing.schema, &existing.dictionaries)?;
        let [dictionary_blocks, batch_blocks] =
            [existing.dictionary_blocks, existing.batch_blocks].map(|blocks| blocks.iter().map(footer_block).collect());
        let mut output = Output::new(sink);
        output.copy(&input, existing.length, |bytes| options.report_progress(bytes, 0))?;
        let mut writer = Writer::new(output, existing.schema, existing.format, tracker, options);
        writer.messages.begun = true;
        Ok(Writer { dictionary_blocks, batch_blocks, footer_metadata: existing.footer_metadata, ..writer })
    }
}

/// A block as the footer holds it; it was read from one, or could be.
fn footer_block(block: &crate::read::Block) -> Block {
    Block::new(block.offset as i64, block.metadata_length as i32, block.body_length as i64)
}
