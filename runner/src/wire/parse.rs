//! From bytes to parts: where each message, prefix, metadata, body, footer and magic lies. Nothing is decoded, nothing is
//! trusted: what follows from a length that is wrong ends at the end of the input.

use std::fmt;
use std::ops::Range;

use super::flatbuffer::read::{self, Fault};
use super::format::{FOOTER, MESSAGE};
use super::tree::Table;
use crate::case::options::Format;

/// The magic at both ends of a file.
pub const MAGIC: &[u8; 6] = b"ARROW1";
/// The marker before the length of a message.
pub const CONTINUATION: [u8; 4] = [0xFF; 4];

/// An input, as far as it can be told apart.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// What it was read as.
    pub format: Format,
    /// The messages in the order in which they lie.
    pub messages: Vec<Message>,
    /// The end-of-stream marker, if there is one.
    pub end_of_stream: Option<Range<usize>>,
    /// Why the walk over the messages ended before an end of stream or the end of the input.
    pub stop: Option<Stop>,
    /// Where the walk ended.
    pub end: usize,
    /// Of a file: its footer, or why there is none.
    pub footer: Option<Result<Footer, Stop>>,
}

/// Where parsing cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The bytes that are wrong.
    pub at: Range<usize>,
    /// What is wrong with them.
    pub problem: Problem,
}

/// Why parsing cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The input ends inside a prefix.
    PrefixCut,
    /// A negative metadata length.
    NegativeLength(i32),
    /// The metadata reach behind the end of the input; this many bytes are there.
    MetadataCut {
        /// The bytes that the prefix tells.
        told: usize,
        /// The bytes that are there.
        there: usize,
    },
    /// The metadata are no flatbuffer.
    Metadata(Fault),
    /// A negative body length.
    NegativeBody(i64),
    /// The body reaches behind the end of the input.
    BodyCut {
        /// The bytes that the metadata tell.
        told: u64,
        /// The bytes that are there.
        there: usize,
    },
    /// The input is shorter than a file can be.
    TooShort(usize),
    /// The bytes at an end of a file are not the magic.
    NoMagic {
        /// Whether it is the end rather than the start.
        trailing: bool,
    },
    /// A length of the footer that is not positive or does not fit the file.
    FooterLength(i32),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PrefixCut => f.write_str("the input ends inside a prefix"),
            Self::NegativeLength(told) => write!(f, "a metadata length of {told}"),
            Self::MetadataCut { told, there } => write!(f, "metadata of {told} bytes, {there} are left"),
            Self::Metadata(fault) if fault.path.is_empty() => f.write_str(&fault.problem),
            Self::Metadata(fault) => write!(f, "{}: {}", fault.path, fault.problem),
            Self::NegativeBody(told) => write!(f, "a body length of {told}"),
            Self::BodyCut { told, there } => write!(f, "a body of {told} bytes, {there} are left"),
            Self::TooShort(size) => write!(f, "{size} bytes, fewer than any file has"),
            Self::NoMagic { trailing: false } => f.write_str("no magic at the start"),
            Self::NoMagic { trailing: true } => f.write_str("no magic at the end"),
            Self::FooterLength(told) => write!(f, "a footer length of {told}"),
        }
    }
}

/// An encapsulated message.
#[derive(Debug, Clone)]
pub struct Message {
    /// Prefix, metadata, and body.
    pub range: Range<usize>,
    /// The continuation marker, unless the framing is that of before 0.15.
    pub continuation: Option<Range<usize>>,
    /// The four bytes of the length.
    pub length: Range<usize>,
    /// The metadata with their padding.
    pub metadata: Range<usize>,
    /// The Message table.
    pub table: Table,
    /// The body.
    pub body: Range<usize>,
}

/// A file's footer.
#[derive(Debug, Clone)]
pub struct Footer {
    /// The flatbuffer.
    pub metadata: Range<usize>,
    /// The Footer table.
    pub table: Table,
    /// The four bytes of its length.
    pub length: Range<usize>,
    /// The trailing magic.
    pub magic: Range<usize>,
}

/// What a message starts with.
#[derive(Debug, Clone)]
pub enum Step {
    /// A message.
    Message(Box<Message>),
    /// An end-of-stream marker.
    EndOfStream(Range<usize>),
    /// The end of the input.
    EndOfInput,
}

/// Tells the parts of an input apart.
pub fn parse(bytes: &[u8], format: Format) -> Parsed {
    let (start, footer) = match format {
        Format::Stream => (0, None),
        Format::File => (8, Some(footer(bytes))),
    };
    let limit = match &footer {
        Some(Ok(footer)) => footer.metadata.start,
        _ => bytes.len(),
    };
    let mut parsed = Parsed { format, messages: Vec::new(), end_of_stream: None, stop: None, end: start, footer };
    if format == Format::File && !bytes.starts_with(MAGIC) {
        let at = 0..bytes.len().min(MAGIC.len());
        parsed.stop = Some(Stop { at, problem: Problem::NoMagic { trailing: false } });
        return parsed;
    }
    // Writers may pad the magic beyond 8 bytes.
    let mut at = start.min(limit);
    if format == Format::File {
        while at + 8 <= limit && at < 64 && bytes[at..at + 8] == [0; 8] {
            at += 8;
        }
    }
    loop {
        parsed.end = at;
        match step(bytes, at, limit) {
            Ok(Step::Message(message)) => {
                at = message.range.end;
                parsed.messages.push(*message);
            }
            Ok(Step::EndOfStream(range)) => {
                parsed.end = range.end;
                parsed.end_of_stream = Some(range);
                return parsed;
            }
            Ok(Step::EndOfInput) => return parsed,
            Err(stop) => {
                parsed.stop = Some(stop);
                return parsed;
            }
        }
    }
}

/// What lies at a place; nothing behind `limit` belongs to it.
pub fn step(bytes: &[u8], at: usize, limit: usize) -> Result<Step, Stop> {
    let limit = limit.min(bytes.len());
    if at >= limit {
        return Ok(Step::EndOfInput);
    }
    let cut = || Stop { at: at..limit, problem: Problem::PrefixCut };
    let word = |at: usize| bytes[..limit].get(at..at + 4).map(|word| [word[0], word[1], word[2], word[3]]);
    let first = word(at).ok_or_else(cut)?;
    let (continuation, length_at) = match first == CONTINUATION {
        true => (Some(at..at + 4), at + 4),
        false => (None, at),
    };
    let told = i32::from_le_bytes(word(length_at).ok_or_else(cut)?);
    let length = length_at..length_at + 4;
    if told == 0 {
        return Ok(Step::EndOfStream(at..length.end));
    }
    let Ok(size) = usize::try_from(told) else {
        return Err(Stop { at: length, problem: Problem::NegativeLength(told) });
    };
    let there = limit - length.end;
    if size > there {
        return Err(Stop { at: length, problem: Problem::MetadataCut { told: size, there } });
    }
    let metadata = length.end..length.end + size;
    let table = match read::root(bytes, metadata.clone(), &MESSAGE) {
        Ok(table) => table,
        Err(fault) => return Err(Stop { at: fault.at.clone(), problem: Problem::Metadata(fault) }),
    };
    let told = table.scalar("bodyLength");
    let at_length = table.get("bodyLength").map_or(table.place.clone(), |node| node.slot.clone());
    let Ok(size) = u64::try_from(told) else {
        return Err(Stop { at: at_length, problem: Problem::NegativeBody(told) });
    };
    let there = limit - metadata.end;
    if size > there as u64 {
        return Err(Stop { at: at_length, problem: Problem::BodyCut { told: size, there } });
    }
    let body = metadata.end..metadata.end + size as usize;
    Ok(Step::Message(Box::new(Message { range: at..body.end, continuation, length, metadata, table, body })))
}

/// The footer of a file.
pub fn footer(bytes: &[u8]) -> Result<Footer, Stop> {
    let size = bytes.len();
    if size < 8 + 4 + MAGIC.len() {
        return Err(Stop { at: 0..size, problem: Problem::TooShort(size) });
    }
    let magic = size - MAGIC.len()..size;
    if &bytes[magic.clone()] != MAGIC {
        return Err(Stop { at: magic, problem: Problem::NoMagic { trailing: true } });
    }
    let length = magic.start - 4..magic.start;
    let told = i32::from_le_bytes([
        bytes[length.start],
        bytes[length.start + 1],
        bytes[length.start + 2],
        bytes[length.start + 3],
    ]);
    let fits = usize::try_from(told).ok().filter(|told| *told > 0 && *told <= length.start - 8);
    let Some(told) = fits else {
        return Err(Stop { at: length, problem: Problem::FooterLength(told) });
    };
    let metadata = length.start - told..length.start;
    match read::root(bytes, metadata.clone(), &FOOTER) {
        Ok(table) => Ok(Footer { metadata, table, length, magic }),
        Err(fault) => Err(Stop { at: fault.at.clone(), problem: Problem::Metadata(fault) }),
    }
}
