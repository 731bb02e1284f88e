//! Compressed frames: made in a certain way, and read back strictly.
//!
//! Equal contents and settings make equal bytes, so that a corpus can be made again.

mod lz4;
mod zstandard;

use super::raw::Frame;
use crate::case::options::Compression;

/// Magic numbers of frames that are skipped, in both codecs: these 28 bits, any last four.
const SKIPPABLE: u32 = 0x184D_2A50;

/// Why bytes are no frames of the expected content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {at} of the compressed bytes: {problem}")]
pub struct FrameError {
    /// Where, counted from the start of the first frame.
    pub at: usize,
    /// What is wrong there.
    pub problem: FrameProblem,
}

/// What is wrong with a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameProblem {
    /// Not a single frame with content.
    #[error("there is no frame")]
    None,
    /// No frame starts here.
    #[error("found the magic number {found:#010x}, expected {expected:#010x} or that of a frame to be skipped")]
    Magic {
        /// What is there.
        found: u32,
        /// The codec's.
        expected: u32,
    },
    /// A frame ends before its end.
    #[error("the bytes end inside {0}")]
    Cut(&'static str),
    /// A header that the codec's description does not allow.
    #[error("{0}")]
    Header(String),
    /// A checksum that does not hold.
    #[error("the checksum of {what} is {found:#010x}, expected {expected:#010x}")]
    Checksum {
        /// Of what.
        what: &'static str,
        /// What is there.
        found: u32,
        /// What it should be.
        expected: u32,
    },
    /// A block that cannot be decompressed.
    #[error("{0}")]
    Block(String),
    /// The content is not as long as a header or the prefix says.
    #[error("{what} tells {told} bytes, the content has {found}")]
    Length {
        /// Who says so.
        what: &'static str,
        /// What it says.
        told: u64,
        /// What there is, or that much when reading ended.
        found: u64,
    },
    /// More than a reader is willing to hold.
    #[error("{told} bytes are more than the limit of {limit}")]
    Limit {
        /// The length that the prefix tells.
        told: usize,
        /// The limit.
        limit: usize,
    },
}

impl FrameProblem {
    fn at(self, at: usize) -> FrameError {
        FrameError { at, problem: self }
    }
}

impl Frame {
    /// The frame that [`Store::Compressed`](super::raw::Store::Compressed) makes, and a FRAME of a case where it says nothing else: its
    /// header tells the size of the content, and it has no checksums.
    pub fn new(codec: Compression) -> Self {
        Frame {
            codec,
            take: None,
            content_size: true,
            content_checksum: false,
            block_checksum: false,
            linked_blocks: false,
            block_kib: 64,
            stored: false,
            level: 3,
            skippable: None,
        }
    }
}

/// The frames of a content, one behind the other. What the last one leaves is left out.
pub fn make(frames: &[Frame], content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = content;
    for frame in frames {
        if let Some(skipped) = &frame.skippable {
            bytes.extend(SKIPPABLE.to_le_bytes());
            bytes.extend((skipped.len() as u32).to_le_bytes());
            bytes.extend(skipped);
            continue;
        }
        let (taken, behind) = rest.split_at(frame.take.unwrap_or(rest.len()).min(rest.len()));
        rest = behind;
        match frame.codec {
            Compression::None => bytes.extend(taken),
            Compression::Lz4 => lz4::write(frame, taken, &mut bytes),
            Compression::Zstd => zstandard::write(frame, taken, &mut bytes),
        }
    }
    bytes
}

/// The content of all frames, which must be `expected` bytes; no more than `limit` are held.
pub fn decompress(codec: Compression, bytes: &[u8], expected: usize, limit: usize) -> Result<Vec<u8>, FrameError> {
    if expected > limit {
        return Err(FrameProblem::Limit { told: expected, limit }.at(0));
    }
    let content = match codec {
        Compression::None => bytes.to_vec(),
        Compression::Lz4 => lz4::read(bytes, expected)?,
        Compression::Zstd => zstandard::read(bytes, expected)?,
    };
    match content.len() == expected {
        true => Ok(content),
        false => Err(too_short("the prefix", expected, content.len()).at(bytes.len())),
    }
}

fn too_short(what: &'static str, told: usize, found: usize) -> FrameProblem {
    FrameProblem::Length { what, told: told as u64, found: found as u64 }
}

/// The little-endian word at a place.
fn word(bytes: &[u8], at: usize, what: &'static str) -> Result<u32, FrameError> {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(word) => Ok(u32::from_le_bytes(*word)),
        None => Err(FrameProblem::Cut(what).at(bytes.len())),
    }
}

/// The end of a frame to be skipped, if there is one at a place.
fn skipped(bytes: &[u8], at: usize) -> Result<Option<usize>, FrameError> {
    if word(bytes, at, "a magic number")? & !0xF != SKIPPABLE {
        return Ok(None);
    }
    let size = word(bytes, at + 4, "a frame to be skipped")? as usize;
    match bytes.len() - at - 8 {
        there if there >= size => Ok(Some(at + 8 + size)),
        _ => Err(FrameProblem::Cut("a frame to be skipped").at(bytes.len())),
    }
}

#[cfg(test)]
mod tests;
