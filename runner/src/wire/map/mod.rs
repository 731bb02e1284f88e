//! An annotated map of an input: what every byte is.
//!
//! The ranges are in order and cover the input exactly once. Where two parts of the format claim a byte, such as a vtable that
//! tables share or buffers that overlap, the first one has it; what nothing claims is padding if it is zero, and else unreferenced.

mod body;
mod cover;
mod excerpt;
pub mod locate;
mod metadata;
mod render;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use self::cover::Cover;
use super::parse::{self, MAGIC, Message, Parsed};
use super::walk;
use crate::case::options::Format;

pub use self::excerpt::{Excerpt, excerpts};
pub use self::render::{RenderOptions, render};

/// What every byte of an input is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Map {
    /// The ranges in order, without gap or overlap; none is empty.
    pub entries: Vec<Entry>,
}

/// A range of bytes and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The bytes.
    pub range: Range<usize>,
    /// What they are, as a path of `docs/wire.md`.
    pub path: String,
    /// What sort of bytes they are.
    pub kind: Kind,
    /// What they say, or nothing where the path says it all.
    pub value: String,
}

/// What sort of bytes a range has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `ARROW1`.
    Magic,
    /// Zero bytes that nothing refers to.
    Padding,
    /// The marker before the length of a message.
    Continuation,
    /// The length of a message's metadata.
    Prefix,
    /// An offset within a flatbuffer.
    Offset,
    /// A vtable of a flatbuffer.
    Vtable,
    /// A number in a table, vector or struct.
    Number,
    /// The length of a string or vector.
    Length,
    /// A string with its terminator.
    Text,
    /// A field of a table that the format does not know.
    UnknownField,
    /// A buffer, not compressed.
    Buffer,
    /// The length in front of a compressed buffer.
    CompressionPrefix,
    /// A compressed buffer.
    Frame,
    /// An end-of-stream marker.
    EndOfStream,
    /// The length of the footer.
    FooterLength,
    /// Bytes that nothing refers to and that are not all zero.
    Unreferenced,
    /// Bytes that cannot be taken apart.
    Unparsed,
}

/// Maps an input, whatever it holds.
pub fn map(bytes: &[u8], format: Format) -> Map {
    let parsed = parse::parse(bytes, format);
    let mut cover = Cover::new(bytes);
    let names = walk::message_names(&parsed);
    let schema = walk::schema(&parsed);
    if format == Format::File && bytes.starts_with(MAGIC) {
        cover.claim(0..MAGIC.len(), "magic", Kind::Magic, "");
        let first = parsed.messages.first().map_or(parsed.end, |message| message.range.start);
        cover.fill(MAGIC.len()..first.min(bytes.len()), "magic_padding");
    }
    for (index, (message, name)) in parsed.messages.iter().zip(&names).enumerate() {
        claim_prefix(&mut cover, message, index);
        metadata::message(&mut cover, message, index, name);
        body::claim(&mut cover, message, name, schema);
    }
    if let Some(end) = &parsed.end_of_stream {
        cover.claim(end.clone(), "end_of_stream", Kind::EndOfStream, "");
    }
    let mut limit = bytes.len();
    if let Some(Ok(footer)) = &parsed.footer {
        limit = footer.metadata.start;
        metadata::footer(&mut cover, footer);
        let told = footer.metadata.len().to_string();
        cover.claim(footer.length.clone(), "footer.prefix", Kind::FooterLength, &told);
        cover.claim(footer.magic.clone(), "footer.magic", Kind::Magic, "");
    }
    match reason(&parsed) {
        Some(reason) => cover.claim(0..limit, "unparsed", Kind::Unparsed, &reason),
        None => cover.fill(0..limit, "trailing"),
    }
    cover.finish()
}

/// Why the rest of an input, if there is any, cannot be taken apart.
fn reason(parsed: &Parsed) -> Option<String> {
    let footer = parsed.footer.as_ref().and_then(|footer| footer.as_ref().err());
    Some(parsed.stop.as_ref().or(footer)?.problem.to_string())
}

fn claim_prefix(cover: &mut Cover, message: &Message, index: usize) {
    if let Some(continuation) = &message.continuation {
        cover.claim(continuation.clone(), &format!("message[{index}].continuation"), Kind::Continuation, "");
    }
    let told = message.metadata.len().to_string();
    cover.claim(message.length.clone(), &format!("message[{index}].prefix"), Kind::Prefix, &told);
}
