//! What an input consists of: its parts in order, with a line about each and, if asked for, what every byte is.
//!
//! One part is mapped at a time. Held in memory are the metadata of all messages and the map of one; bodies are looked at where they lie.

mod human;
mod json;
mod summary;

use std::io::{self, Write};

use crate::case::options::Format;
use crate::wire::map::{self, Section};
use crate::wire::parse::{self, Parsed, Stop};
use crate::wire::walk;

pub use summary::stop_hint;

/// What is shown of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// A line for each part.
    Parts,
    /// Every range of bytes with what it is.
    Ranges,
    /// The same with the bytes.
    Hex,
}

/// How an input is shown.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// How much.
    pub detail: Detail,
    /// As JSON, a line for the input, for each part, and for the end.
    pub json: bool,
    /// Only this message.
    pub message: Option<usize>,
}

/// An input that is looked at.
pub struct Inspection<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its messages and footer.
    pub parsed: Parsed,
    /// What messages are called in paths.
    names: Vec<String>,
}

impl<'a> Inspection<'a> {
    /// Takes an input apart.
    pub fn new(name: &'a str, bytes: &'a [u8], format: Format) -> Self {
        let parsed = parse::parse(bytes, format);
        let names = walk::message_names(&parsed);
        Inspection { name, bytes, parsed, names }
    }

    /// Where the input cannot be taken apart any further, if it cannot.
    pub fn stop(&self) -> Option<&Stop> {
        let footer = self.parsed.footer.as_ref().and_then(|footer| footer.as_ref().err());
        self.parsed.stop.as_ref().or(footer)
    }

    /// Writes it as asked for.
    pub fn write(&self, request: &Request, out: &mut dyn Write) -> io::Result<()> {
        match request.json {
            true => json::write(self, request, out),
            false => human::write(self, request, out),
        }
    }

    /// The parts that are asked for, each with its map.
    fn sections(&self, request: &Request) -> impl Iterator<Item = Section> + '_ {
        let message = request.message;
        map::sections_where(self.bytes, &self.parsed, move |index| message.is_none() || message == index)
    }
}
