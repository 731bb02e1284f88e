//! Little-endian to big-endian, a message at a time: the numbers of its buffers by the layout of their columns, and the schema that says so.

use std::io::{self, Write};

use serde_json::json;

use crate::case::options::Format;
use crate::wire::assemble::assemble;
use crate::wire::container::{Container, Start};
use crate::wire::edit::{self, Edit};
use crate::wire::lift::lift;
use crate::wire::parse::{Message, Step, Stop, parse, step};
use crate::wire::raw::{Part, RawInput, Store};
use crate::wire::walk;

/// Why bytes cannot be swapped.
#[derive(Debug, thiserror::Error)]
pub enum SwapError {
    /// They cannot be taken apart.
    #[error("the bytes cannot be taken apart: {0}")]
    Parts(String),
    /// A compressed buffer is longer than is held in memory.
    #[error("the message at byte {0} has a buffer that is more than is held in memory; convert without compression")]
    TooLarge(usize),
    /// The output cannot be written.
    #[error(transparent)]
    Output(#[from] io::Error),
}

impl From<Stop> for SwapError {
    fn from(stop: Stop) -> Self {
        SwapError::Parts(stop.problem.to_string())
    }
}

/// Writes a whole little-endian input as a big-endian one of the same format.
pub fn big_endian(bytes: &[u8], format: Format, out: &mut dyn Write) -> Result<(), SwapError> {
    let parsed = parse(bytes, format);
    if let Some(stop) = parsed.stop {
        return Err(stop.into());
    }
    let schema = parsed.messages.first().filter(|message| walk::header(message, "Schema").is_some());
    let Some(schema) = schema else { return Err(SwapError::Parts("the first message is no schema".to_owned())) };
    let edits = edits();
    let (_, swapped) = swapped(bytes, schema, None, &edits)?;
    let first = message(&swapped, 0)?;
    let mut container = Container::start(out, format, Start::Message(&first, &swapped))?;
    for each in &parsed.messages[1..] {
        let (start, swapped) = self::swapped(bytes, schema, Some(each), &edits)?;
        container.message(&message(&swapped, start)?, &swapped[start..])?;
    }
    let footer = parsed.footer.and_then(Result::ok);
    container.finish(footer.as_ref().and_then(|footer| footer.table.get("custom_metadata")))?;
    Ok(())
}

/// The schema and a message behind it as a stream of their own, swapped, and where the message starts in it.
fn swapped(
    bytes: &[u8],
    schema: &Message,
    behind: Option<&Message>,
    edits: &[Edit],
) -> Result<(usize, Vec<u8>), SwapError> {
    let mut alone = bytes[schema.range.clone()].to_vec();
    if let Some(message) = behind {
        alone.extend_from_slice(&bytes[message.range.clone()]);
    }
    let mut parts = lift(&alone, Format::Stream)?;
    let at = behind.unwrap_or(schema).range.start;
    if parts.parts.iter().any(is_packed) {
        return Err(SwapError::TooLarge(at));
    }
    edit::apply(&mut parts, edits).map_err(|error| SwapError::Parts(error.message))?;
    let first = RawInput { parts: parts.parts[..1].to_vec(), ..parts.clone() };
    Ok((assemble(&first).bytes.len(), assemble(&parts).bytes))
}

/// Whether a buffer of a compressed body stayed as it is.
fn is_packed(part: &Part) -> bool {
    let Part::Message(message) = part else { return false };
    let compressed = message.batch().is_some_and(|batch| batch.get("compression").is_some());
    compressed
        && message.body.iter().any(|buffer| buffer.listed && buffer.store == Store::Plain && !buffer.content.is_empty())
}

fn message(bytes: &[u8], start: usize) -> Result<Message, SwapError> {
    match step(bytes, start, bytes.len())? {
        Step::Message(message) => Ok(*message),
        _ => Err(SwapError::Parts("a message is gone".to_owned())),
    }
}

/// The changes, in the words of `docs/wire.md`.
fn edits() -> Vec<Edit> {
    let buffers = ["offsets", "sizes", "views", "data"];
    let paths = ["batch", "dictionary"].iter().flat_map(|kind| {
        buffers.iter().map(move |buffer| json!({"swap_bytes": format!("{kind}[*].column[**].{buffer}")}))
    });
    let schema = json!({"set": "schema.endianness", "to": "Big"});
    // They are written in this program; a test applies all of them.
    paths.chain([schema]).filter_map(|edit| Edit::read(&edit).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edit_can_be_read() {
        assert_eq!(edits().len(), 9);
    }
}
