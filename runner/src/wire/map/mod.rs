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
use super::parse::{self, Footer, MAGIC, Message, Parsed};
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

/// A part of an input with its map: the magic, a message, the end of stream, the footer, or what cannot be taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it is called: `magic`, `message[i]`, `end_of_stream`, `footer`, `unparsed` or `trailing`.
    pub name: String,
    /// Of a message, which one.
    pub message: Option<usize>,
    /// Its bytes.
    pub range: Range<usize>,
    /// What each of them is.
    pub map: Map,
}

/// Maps an input, whatever it holds.
pub fn map(bytes: &[u8], format: Format) -> Map {
    let parsed = parse::parse(bytes, format);
    Map { entries: sections(bytes, &parsed).flat_map(|section| section.map.entries).collect() }
}

/// The sections of an input in order, without gap or overlap; each is mapped when it is asked for.
pub fn sections<'a>(bytes: &'a [u8], parsed: &'a Parsed) -> impl Iterator<Item = Section> + 'a {
    sections_where(bytes, parsed, |_| true)
}

/// The sections for which `wanted` holds of the message, or of there being none.
pub fn sections_where<'a>(
    bytes: &'a [u8],
    parsed: &'a Parsed,
    wanted: impl Fn(Option<usize>) -> bool + 'a,
) -> impl Iterator<Item = Section> + 'a {
    let names = walk::message_names(parsed);
    let schema = walk::schema(parsed);
    let message = |place: &Place| if let Place::Message(index) = place { Some(*index) } else { None };
    let places = places(bytes, parsed).into_iter().filter(move |(place, _)| wanted(message(place)));
    places.map(move |(place, range)| {
        let mut cover = Cover::new(bytes);
        let (name, message) = match place {
            Place::Magic => {
                cover.claim(0..MAGIC.len(), "magic", Kind::Magic, "");
                cover.fill(range.clone(), "magic_padding");
                ("magic".to_owned(), None)
            }
            Place::Message(index) => {
                let (message, name) = (&parsed.messages[index], &names[index]);
                claim_prefix(&mut cover, message, index);
                metadata::message(&mut cover, message, index, name);
                body::claim(&mut cover, message, name, schema);
                (format!("message[{index}]"), Some(index))
            }
            Place::EndOfStream => {
                cover.claim(range.clone(), "end_of_stream", Kind::EndOfStream, "");
                ("end_of_stream".to_owned(), None)
            }
            Place::Rest => match reason(parsed) {
                Some(reason) => {
                    cover.claim(range.clone(), "unparsed", Kind::Unparsed, &reason);
                    ("unparsed".to_owned(), None)
                }
                None => ("trailing".to_owned(), None),
            },
            Place::Footer(footer) => {
                metadata::footer(&mut cover, footer);
                let told = footer.metadata.len().to_string();
                cover.claim(footer.length.clone(), "footer.prefix", Kind::FooterLength, &told);
                cover.claim(footer.magic.clone(), "footer.magic", Kind::Magic, "");
                ("footer".to_owned(), None)
            }
        };
        cover.fill(range.clone(), &name);
        Section { name, message, range, map: cover.finish() }
    })
}

/// What lies at a place.
enum Place<'a> {
    Magic,
    Message(usize),
    EndOfStream,
    Rest,
    Footer(&'a Footer),
}

/// What an input consists of, in order, without gap or overlap.
fn places<'a>(bytes: &[u8], parsed: &'a Parsed) -> Vec<(Place<'a>, Range<usize>)> {
    let mut places = Vec::new();
    let mut at = 0;
    if parsed.format == Format::File && bytes.starts_with(MAGIC) {
        let first = parsed.messages.first().map(|message| message.range.start);
        let end = first.or(parsed.end_of_stream.as_ref().map(|range| range.start)).unwrap_or(parsed.end);
        at = end.min(bytes.len());
        places.push((Place::Magic, 0..at));
    }
    for (index, message) in parsed.messages.iter().enumerate() {
        places.push((Place::Message(index), message.range.clone()));
        at = message.range.end;
    }
    if let Some(end) = &parsed.end_of_stream {
        places.push((Place::EndOfStream, end.clone()));
        at = end.end;
    }
    let footer = parsed.footer.as_ref().and_then(|footer| footer.as_ref().ok());
    let limit = footer.map_or(bytes.len(), |footer| footer.metadata.start);
    places.push((Place::Rest, at..limit));
    if let Some(footer) = footer {
        places.push((Place::Footer(footer), limit..bytes.len()));
    }
    places.retain(|(_, range)| !range.is_empty());
    places
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
