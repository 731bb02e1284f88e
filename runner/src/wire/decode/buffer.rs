//! A buffer of a body: found, within bounds, decompressed.

use std::borrow::Cow;
use std::ops::Range;

use super::budget::{Budget, MOST_DECOMPRESSED};
use super::clauses::*;
use super::report::{Halt, Report, bytes as in_bytes};
use crate::case::options::{Compression, Phase};
use crate::wire::frame::{self, FrameProblem};

/// A buffer.
pub struct Buffer<'a> {
    /// Its bytes, decompressed.
    pub bytes: Cow<'a, [u8]>,
    /// Where it lies in the input; of one without bytes, where the metadata name it.
    at: Range<usize>,
    /// Whether its bytes are those of the input.
    plain: bool,
}

impl<'a> Buffer<'a> {
    /// The bytes of the input at a place.
    pub fn plain(input: &'a [u8], at: Range<usize>) -> Self {
        Buffer { bytes: Cow::Borrowed(&input[at.clone()]), at, plain: true }
    }

    /// A buffer of no bytes, which lies where the metadata say so.
    pub fn empty(at: Range<usize>) -> Self {
        Buffer { bytes: Cow::Borrowed(&[]), at, plain: false }
    }

    /// Some of its bytes; fewer where it ends earlier.
    pub fn part(&self, part: Range<usize>) -> Buffer<'_> {
        let part = part.start.min(self.len())..part.end.min(self.len());
        let at = self.place(part.clone());
        Buffer { bytes: Cow::Borrowed(&self.bytes[part]), at, plain: self.plain }
    }

    /// Where some of its bytes lie in the input; of compressed ones, the whole buffer.
    pub fn place(&self, part: Range<usize>) -> Range<usize> {
        match self.plain {
            true => (self.at.start + part.start).min(self.at.end)..(self.at.start + part.end).min(self.at.end),
            false => self.at.clone(),
        }
    }

    /// Where it lies in the input.
    pub fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// What messages about compressed buffers need.
pub struct Context<'r> {
    /// Where violations go.
    pub report: &'r mut Report,
    /// What is left to allocate.
    pub budget: &'r mut Budget,
    /// The phase in which bodies are read.
    pub phase: Phase,
}

/// A buffer of a compressed body: a prefix with the length, then a frame; -1 in front of bytes that are not compressed.
pub fn compressed<'a>(
    input: &'a [u8],
    at: Range<usize>,
    codec: Compression,
    path: &str,
    context: &mut Context,
) -> Result<Buffer<'a>, Halt> {
    let stored = &input[at.clone()];
    if stored.is_empty() {
        return Ok(Buffer::plain(input, at));
    }
    let mut add = |clause, at, place: String, found: String, expected: &str| {
        context.report.add(clause, context.phase, at, place, found, expected);
        Err(Halt::Broken)
    };
    let prefix_place = || format!("{path}.prefix");
    let Some(prefix) = stored.first_chunk::<8>() else {
        let expected = "a prefix of 8 bytes, or none in an empty buffer";
        return add(COMPRESSION_PREFIX_TRUNCATED, at, prefix_place(), in_bytes(stored.len() as u64), expected);
    };
    let prefix_at = at.start..at.start + 8;
    let told = i64::from_le_bytes(*prefix);
    if told == -1 {
        return Ok(Buffer::plain(input, prefix_at.end..at.end));
    }
    let Ok(told) = u64::try_from(told) else {
        let expected = "a length, or -1 in front of bytes that are not compressed";
        return add(COMPRESSION_PREFIX_NEGATIVE, prefix_at, prefix_place(), told.to_string(), expected);
    };
    let frames = &stored[8..];
    if told == 0 && frames.is_empty() {
        return Ok(Buffer::plain(input, at.end..at.end));
    }
    let left = context.budget.decompressed_left();
    if told > left as u64 {
        if told <= most_content(codec, frames.len()) {
            return Err(Halt::TooLarge);
        }
        let expected = format!("what {} of {codec} can hold", in_bytes(frames.len() as u64));
        add(COMPRESSION_PREFIX_MISMATCH, prefix_at.clone(), prefix_place(), told.to_string(), &expected).ok();
        if told > MOST_DECOMPRESSED as u64 {
            add(COMPRESSION_BOMB, prefix_at, prefix_place(), told.to_string(), &expected).ok();
        }
        return Err(Halt::Broken);
    }
    let error = match frame::decompress(codec, frames, told as usize, left) {
        Ok(content) => {
            context.budget.decompressed(content.len())?;
            return Ok(Buffer { bytes: Cow::Owned(content), at, plain: false });
        }
        Err(error) => error,
    };
    match error.problem {
        FrameProblem::Limit { .. } => Err(Halt::TooLarge),
        FrameProblem::Length { .. } => {
            add(COMPRESSION_PREFIX_MISMATCH, prefix_at, prefix_place(), told.to_string(), &error.to_string())
        }
        _ => {
            let clause = if codec == Compression::Lz4 { COMPRESSION_LZ4_FRAME } else { COMPRESSION_PER_BUFFER };
            let expected = format!("{} in a frame of {codec}", in_bytes(told));
            let frames_at = prefix_at.end..at.end;
            add(clause, frames_at, format!("{path}.content"), error.to_string(), &expected)
        }
    }
}

/// More bytes than this cannot come out of that many compressed ones: a match of LZ4 grows by 255 a byte, a block of ZSTD that repeats one
/// byte holds 128 KiB in four.
fn most_content(codec: Compression, compressed: usize) -> u64 {
    let ratio = if codec == Compression::Lz4 { 255 } else { 1 << 15 };
    (compressed as u64).saturating_mul(ratio)
}
