//! What the buffers of a body hold, decompressed if need be.

use std::borrow::Cow;
use std::ops::Range;

use super::Report;
use super::batch::Batch;
use super::buffers;
use crate::case::options::Compression;
use crate::wire::frame::{self, FrameProblem};

/// Decompressed bytes that are held at a time; what is more is not looked into.
const MOST_BYTES: usize = 1 << 30;
const LZ4_MAGIC: [u8; 4] = 0x184D_2204_u32.to_le_bytes();
const ZSTD_MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// What a buffer holds.
pub(super) struct Content<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// Where it lies: the bytes themselves, or those that they come from.
    at: Range<usize>,
}

impl Content<'_> {
    /// Where an element lies; of compressed buffers, the whole buffer.
    pub(super) fn element(&self, index: usize, width: usize) -> Range<usize> {
        self.part(index * width..(index + 1) * width)
    }

    /// Where a part lies; of compressed buffers, the whole buffer.
    pub(super) fn part(&self, part: Range<usize>) -> Range<usize> {
        match &self.bytes {
            Cow::Borrowed(_) => self.at.start + part.start..self.at.start + part.end,
            Cow::Owned(_) => self.at.clone(),
        }
    }

    pub(super) fn all(&self) -> Range<usize> {
        self.at.clone()
    }
}

/// The contents of all buffers of a batch, by their position in `buffers`.
pub(super) fn contents<'a>(batch: &Batch<'a>, report: &mut Report) -> Vec<Option<Content<'a>>> {
    let input = batch.input.bytes;
    let entries = batch.header.vector("buffers").iter();
    let Some(compression) = batch.header.table("compression") else {
        return entries
            .map(|entry| {
                let at = buffers::range(batch, entry)?;
                Some(Content { bytes: Cow::Borrowed(&input[at.clone()]), at })
            })
            .collect();
    };
    let path = format!("{}.compression", batch.header_path());
    let slot = |field: &str| compression.get(field).map_or(compression.place.clone(), |node| node.slot.clone());
    let method = compression.scalar("method");
    if method != 0 {
        let place = format!("{path}.method");
        let at = slot("method");
        report.add("compression-method-buffer", batch.phase, at, place, method.to_string(), "BUFFER (0)");
        return entries.map(|_| None).collect();
    }
    let codec = match compression.scalar("codec") {
        0 => Compression::Lz4,
        1 => Compression::Zstd,
        codec => {
            let place = format!("{path}.codec");
            let expected = "LZ4_FRAME (0) or ZSTD (1)";
            report.add("compression-codecs", batch.phase, slot("codec"), place, codec.to_string(), expected);
            return entries.map(|_| None).collect();
        }
    };
    let mut left = MOST_BYTES;
    entries
        .enumerate()
        .map(|(k, entry)| {
            let at = buffers::range(batch, entry)?;
            let content = content(batch, k, at, codec, left, report);
            left -= content.as_ref().map_or(0, |content| content.bytes.len()).min(left);
            content
        })
        .collect()
}

fn content<'a>(
    batch: &Batch<'a>,
    k: usize,
    at: Range<usize>,
    codec: Compression,
    limit: usize,
    report: &mut Report,
) -> Option<Content<'a>> {
    let input = batch.input.bytes;
    let place = format!("{}.buffer[{k}]", batch.name);
    let mut add = |clause, at, place: String, found: String, expected: &str| {
        report.add(clause, batch.phase, at, place, found, expected);
    };
    if at.is_empty() {
        return Some(Content { bytes: Cow::Borrowed(&[]), at });
    }
    let Some(prefix) = input[at.clone()].first_chunk() else {
        let found = format!("{} bytes", at.len());
        add("compression-prefix-truncated", at, place, found, "the 8 bytes of the uncompressed length");
        return None;
    };
    let told = i64::from_le_bytes(*prefix);
    let prefix_at = at.start..at.start + 8;
    let prefix_place = format!("{place}.prefix");
    let stored = at.start + 8..at.end;
    if told == -1 {
        return Some(Content { bytes: Cow::Borrowed(&input[stored.clone()]), at: stored });
    }
    let Ok(length) = usize::try_from(told) else {
        add("compression-prefix-negative", prefix_at, prefix_place, told.to_string(), "a length, or -1");
        return None;
    };
    let frame = &input[stored.clone()];
    if frame.is_empty() && length == 0 {
        return Some(Content { bytes: Cow::Borrowed(&[]), at: stored });
    }
    let (magic, other) = match codec {
        Compression::Lz4 => (LZ4_MAGIC, ZSTD_MAGIC),
        _ => (ZSTD_MAGIC, LZ4_MAGIC),
    };
    let start = frame.first_chunk::<4>().copied().unwrap_or_default();
    let skippable = (0x184D_2A50..=0x184D_2A5F).contains(&u32::from_le_bytes(start));
    if start != magic && !skippable {
        let clause = match codec {
            Compression::Lz4 if start != other => "compression-lz4-frame",
            _ => "compression-per-buffer",
        };
        let at = stored.start..(stored.start + 4).min(stored.end);
        let expected = format!("{magic:02x?}, the start of a frame of the codec of the batch");
        add(clause, at, place, format!("{start:02x?}"), &expected);
        return None;
    }
    let end = frame_end(frame, codec).unwrap_or(frame.len());
    let mut used = frame;
    if end < frame.len() {
        let rest = frame[end..].first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
        let another = rest.to_le_bytes() == magic || rest & !0xF == 0x184D_2A50;
        let behind = stored.start + end..stored.end;
        let found = format!("{} bytes behind the first frame", behind.len());
        if !another {
            used = &frame[..end];
            add("compression-buffer-length", behind, place.clone(), found, "the prefix and one frame");
        } else if codec == Compression::Lz4 {
            add("compression-lz4-single-frame", behind, place.clone(), found, "one frame");
        }
    } else if skippable && codec == Compression::Lz4 {
        let found = "a frame to be skipped".to_owned();
        add("compression-lz4-single-frame", stored.clone(), place.clone(), found, "one frame with the content");
    }
    match frame::decompress(codec, used, length, limit) {
        Ok(bytes) => Some(Content { bytes: Cow::Owned(bytes), at }),
        Err(error) => {
            match &error.problem {
                FrameProblem::Limit { .. } => {}
                FrameProblem::Length { .. } => {
                    add(
                        "compression-prefix",
                        prefix_at,
                        prefix_place,
                        error.problem.to_string(),
                        "the content's length",
                    );
                }
                _ => {
                    let from = (stored.start + error.at).min(stored.end);
                    let expected = "a frame that can be decompressed on its own";
                    add("compression-per-buffer", from..stored.end, place, error.to_string(), expected);
                }
            }
            None
        }
    }
}

/// Where the first frame ends, if its blocks can be followed.
fn frame_end(frame: &[u8], codec: Compression) -> Option<usize> {
    let word = |at: usize| Some(u32::from_le_bytes(*frame.get(at..)?.first_chunk()?));
    if word(0)? & !0xF == 0x184D_2A50 {
        return 8_usize.checked_add(usize::try_from(word(4)?).ok()?).filter(|end| *end <= frame.len());
    }
    let mut at;
    match codec {
        Compression::Lz4 => {
            // FLG: version, independent blocks, block checksums, content size, content checksum, dictionary id.
            let flags = *frame.get(4)?;
            at = 7 + if flags & 0x08 != 0 { 8 } else { 0 } + if flags & 0x01 != 0 { 4 } else { 0 };
            loop {
                let size = word(at)?;
                at += 4;
                if size == 0 {
                    break;
                }
                at += (size & 0x7FFF_FFFF) as usize + if flags & 0x10 != 0 { 4 } else { 0 };
            }
            at += if flags & 0x04 != 0 { 4 } else { 0 };
        }
        _ => {
            // Frame_Header_Descriptor: size of the content size, single segment, checksum, size of the dictionary id.
            let descriptor = *frame.get(4)?;
            let single = descriptor & 0x20 != 0;
            let size = match descriptor >> 6 {
                0 => usize::from(single),
                flag => 1 << flag,
            };
            at = 5 + usize::from(!single) + [0, 1, 2, 4][usize::from(descriptor & 3)] + size;
            loop {
                let header = frame.get(at..at + 3)?;
                let header = u32::from_le_bytes([header[0], header[1], header[2], 0]);
                // Of a run-length block one byte is stored.
                at += 3 + if header >> 1 & 3 == 1 { 1 } else { (header >> 3) as usize };
                if header & 1 == 1 {
                    break;
                }
            }
            at += if descriptor & 0x04 != 0 { 4 } else { 0 };
        }
    }
    (at <= frame.len()).then_some(at)
}
