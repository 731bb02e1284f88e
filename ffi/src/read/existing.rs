//! What an input holds, for a writer that goes on behind it.

use super::blocks::{Block, Blocks};
use super::file::{self, File};
use super::walk::Walk;
use super::{Shared, detect};
use crate::array::Dictionaries;
use crate::error::{Error, Result};
use crate::format::{Format, MetadataVersion};
use crate::options::Options;
use crate::schema::{ByteOrder, Metadata, Schema};
use crate::source::{Cursor, Input};
use std::sync::Arc;

/// A stream or file that is whole.
pub struct Existing {
    /// Which of both.
    pub format: Format,
    /// Its schema, with its dictionary ids.
    pub schema: Schema,
    /// Version of its messages.
    pub version: MetadataVersion,
    /// Whether its messages have the framing from before 0.15.
    pub legacy_framing: bool,
    /// Where its dictionary batches lie, in the order of the footer.
    pub dictionary_blocks: Vec<Block>,
    /// Where its record batches lie, in the order of the footer.
    pub batch_blocks: Vec<Block>,
    /// Custom metadata of its footer.
    pub footer_metadata: Metadata,
    /// Its dictionaries as they are at its end.
    pub dictionaries: Arc<Dictionaries>,
    /// Bytes from its start to the end of its last message.
    pub length: u64,
}

impl Existing {
    /// Reads the metadata of all messages, the dictionaries and, of a file, the footer. Refuses what is damaged, what cannot
    /// be continued, and what holds bytes that would be lost.
    pub fn of(input: &Input, options: &Options) -> Result<Self> {
        let size = input.size()?.ok_or_else(|| {
            Error::unsupported(
                "appending needs a source that can seek, this one only reads forward; save the input to a file first",
            )
        })?;
        let format = match options.format {
            Some(format) => format,
            None => detect(input, &mut Cursor::new(input.clone()))?,
        };
        let limits = &options.limits;
        let (walk, footer, limit) = match format {
            Format::Stream => (Walk::of(input, format, size, limits)?, None, size),
            Format::File => {
                let footer = file::open(input, limits)?;
                let walk = Walk::of(input, format, footer.offset, limits)?;
                walk.compare(&footer)?;
                let limit = footer.offset;
                (walk, Some(footer), limit)
            }
        };
        check_end(input, &walk, format, limit)?;
        let (schema, byte_order) = walk.schema;
        if byte_order == ByteOrder::Big {
            return Err(Error::unsupported(
                "the input is big-endian, and this library writes little-endian; convert it first",
            ));
        }
        let (dictionary_blocks, batch_blocks, footer_metadata) = match footer {
            Some(footer) => (footer.dictionaries, footer.batches.iter().collect::<Result<_>>()?, footer.metadata),
            None => (walk.dictionaries, walk.batches, Metadata::default()),
        };
        let whole = Options { projection: None, ..options.clone() };
        let shared = Shared::new((schema.clone(), byte_order), &whole)?;
        let file = File::new(input.clone(), Blocks::default(), dictionary_blocks.clone(), shared.known());
        let dictionaries = Arc::clone(file.dictionaries(&shared, format == Format::Stream)?.values());
        Ok(Existing {
            format,
            schema,
            version: walk.version,
            legacy_framing: walk.legacy_framing,
            dictionary_blocks,
            batch_blocks,
            footer_metadata,
            dictionaries,
            length: walk.end,
        })
    }
}

/// Checks that nothing lies between the end of the stream and `limit`, where the footer or the end of the input is, and that
/// the next message can start where the last one ends.
fn check_end(input: &Input, walk: &Walk, format: Format, limit: u64) -> Result<()> {
    let left = limit - walk.behind;
    // Some writers pad the footer.
    let padding = format == Format::File && left < 64 && {
        let bytes = input.range(walk.behind, left as usize)?;
        bytes.iter().all(|byte| *byte == 0)
    };
    if left > 0 && !padding {
        let text = format!("{left} bytes follow the end of the stream, and would be lost");
        return Err(Error::unsupported(text).at(walk.behind));
    }
    if !walk.end.is_multiple_of(8) {
        let text = format!("the last message ends at byte {}, expected a multiple of 8", walk.end);
        return Err(Error::invalid("framing-message-multiple-of-8", text).at(walk.end));
    }
    Ok(())
}
