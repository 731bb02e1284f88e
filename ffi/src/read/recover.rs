//! What recovery believes of a file: its footer, unless the stream inside the file says otherwise.

use super::file::{Block, Footer};
use super::framing::metadata_length;
use super::message::{Kind, Message};
use super::stream::schema_of;
use crate::error::{Code, Error, Result};
use crate::format::{CONTINUATION, PADDED_MAGIC};
use crate::options::Limits;
use crate::schema::{ByteOrder, Schema};
use crate::source::Input;

/// Whether an error says that the input is damaged, which recovery takes for its end.
pub fn is_damage(error: &Error) -> bool {
    error.code == Code::InvalidData
}

/// Whether a footer that fails with this error can be done without: the stream inside the file needs none, and meets
/// every limit and unknown type by itself.
pub fn is_dispensable(error: &Error) -> bool {
    matches!(error.code, Code::InvalidData | Code::Unsupported | Code::LimitExceeded)
}

/// Checks that a footer has the schema of the stream inside the file and lists its messages. A stream that cannot be
/// walked to its end says nothing against the footer; only failures of the input are errors then.
pub fn check_footer(input: &Input, footer: &Footer, limits: &Limits) -> Result<()> {
    match Inside::walk(input, footer.offset, limits) {
        Ok(inside) => inside.compare(footer),
        Err(error) if is_dispensable(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The messages of the stream inside a file.
struct Inside {
    schema: (Schema, ByteOrder),
    dictionaries: Vec<Block>,
    batches: Vec<Block>,
}

impl Inside {
    /// Reads the metadata of each message up to the end of the stream, or of what lies before the footer.
    fn walk(input: &Input, footer_offset: u64, limits: &Limits) -> Result<Self> {
        let mut position = PADDED_MAGIC.len() as u64;
        let (mut schema, mut dictionaries, mut batches) = (None, Vec::new(), Vec::new());
        while position < footer_offset {
            let Some((block, message)) = message_at(input, position, footer_offset, limits)? else { break };
            position = block.end();
            match message.kind {
                Kind::Schema => schema = Some(schema_of(&message)?.decode(limits)?),
                Kind::DictionaryBatch => dictionaries.push(block),
                Kind::RecordBatch => batches.push(block),
                _ => {}
            }
        }
        let schema = schema.ok_or_else(|| Error::invalid("framing-empty-input", "the file has no schema message"))?;
        Ok(Inside { schema, dictionaries, batches })
    }

    fn compare(mut self, footer: &Footer) -> Result<()> {
        let place = |clause, text: String| Err(Error::invalid(clause, text).at(footer.offset));
        if self.schema != footer.schema {
            return place("footer-schema-identical", "the footer's schema is not that of the file's stream".to_owned());
        }
        for (what, clause, found, listed) in [
            ("dictionary batches", "footer-dictionaries-listed", &mut self.dictionaries, &footer.dictionaries),
            ("record batches", "footer-batches-listed", &mut self.batches, &footer.batches),
        ] {
            // The footer may list them in any order (clause footer-block-order-independent).
            let mut listed = listed.clone();
            listed.sort();
            found.sort();
            if *found != listed {
                let text = format!(
                    "the footer lists {} {what}, which are not the {} of the file's stream",
                    listed.len(),
                    found.len()
                );
                return place(clause, text);
            }
        }
        Ok(())
    }
}

/// The message at `position`, which must end before `end`; `None` for the end-of-stream marker.
fn message_at(input: &Input, position: u64, end: u64, limits: &Limits) -> Result<Option<(Block, Message)>> {
    let part = |at: u64, length: u64| match at.checked_add(length) {
        Some(behind) if behind <= end => {
            input.range(at, usize::try_from(length).map_err(|_| Error::out_of_memory(length))?)
        }
        _ => Err(Error::invalid("framing-truncated-metadata", "a message reaches into the footer").at(position)),
    };
    let word = |at: u64| part(at, 4).map(|bytes| bytes.first_chunk().map_or(0, |word| u32::from_le_bytes(*word)));
    let (length, prefix) = match word(position)? {
        CONTINUATION => (word(position + 4)?, 8),
        length => (length, 4),
    };
    let length = metadata_length(length, limits)?;
    if length == 0 {
        return Ok(None);
    }
    let message = Message::parse(part(position + prefix, length)?, position + prefix, limits)?;
    let block = Block { offset: position, metadata_length: prefix + length, body_length: message.body_length };
    match block.end() <= end {
        true => Ok(Some((block, message))),
        false => Err(Error::invalid("framing-truncated-body", "a message reaches into the footer").at(position)),
    }
}
