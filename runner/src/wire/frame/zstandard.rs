//! ZSTD frames by RFC 8878. The zstd library makes and reads them; frames of stored blocks are made here, since it makes none.

use twox_hash::XxHash64;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::{self, CParameter};

use super::{FrameError, FrameProblem, skipped, too_short, word};
use crate::wire::raw::Frame;

const MAGIC: u32 = 0xFD2F_B528;
/// What a block holds at most.
const LARGEST_BLOCK: usize = 128 << 10;

pub(super) fn write(frame: &Frame, content: &[u8], out: &mut Vec<u8>) {
    if frame.stored {
        return stored(frame, content, out);
    }
    let levels = zstd::compression_level_range();
    let made = Compressor::new(frame.level.clamp(*levels.start(), *levels.end())).and_then(|mut compressor| {
        compressor.set_parameter(CParameter::ContentSizeFlag(frame.content_size))?;
        compressor.set_parameter(CParameter::ChecksumFlag(frame.content_checksum))?;
        compressor.compress(content)
    });
    // With a level that exists and room for the longest output the library fails for want of memory only.
    out.extend(made.expect("memory for a ZSTD frame"));
}

/// A frame of raw blocks.
fn stored(frame: &Frame, content: &[u8], out: &mut Vec<u8>) {
    let checksum = if frame.content_checksum { 0b0000_0100 } else { 0 };
    out.extend(MAGIC.to_le_bytes());
    match frame.content_size {
        // A single segment needs no window; its size takes 8 bytes.
        true => {
            out.push(0b1110_0000 | checksum);
            out.extend((content.len() as u64).to_le_bytes());
        }
        // A window of 2^(10 + 10) bytes.
        false => out.extend([checksum, 10 << 3]),
    }
    let blocks = content.len().div_ceil(LARGEST_BLOCK).max(1);
    for index in 0..blocks {
        let start = index * LARGEST_BLOCK;
        let block = &content[start..content.len().min(start + LARGEST_BLOCK)];
        let header = u32::from(index + 1 == blocks) | (block.len() as u32) << 3;
        out.extend(&header.to_le_bytes()[..3]);
        out.extend(block);
    }
    if frame.content_checksum {
        out.extend(&XxHash64::oneshot(0, content).to_le_bytes()[..4]);
    }
}

/// The content of all frames, at most `most` bytes.
pub(super) fn read(bytes: &[u8], most: usize) -> Result<Vec<u8>, FrameError> {
    let failed =
        |at: usize, error: String| FrameProblem::Block(format!("a frame cannot be decompressed: {error}")).at(at);
    let mut decompressor = Decompressor::new().map_err(|error| failed(0, error.to_string()))?;
    let mut content = Vec::new();
    let (mut at, mut frames) = (0, 0);
    while at < bytes.len() {
        if let Some(end) = skipped(bytes, at)? {
            at = end;
            continue;
        }
        let magic = word(bytes, at, "a magic number")?;
        if magic != MAGIC {
            return Err(FrameProblem::Magic { found: magic, expected: MAGIC }.at(at));
        }
        let name = |code| zstd_safe::get_error_name(code).to_owned();
        let size = zstd_safe::find_frame_compressed_size(&bytes[at..]).map_err(|code| failed(at, name(code)))?;
        let room = most - content.len();
        if let Ok(Some(told)) = zstd_safe::get_frame_content_size(&bytes[at..])
            && told > room as u64
        {
            let found = told.saturating_add(content.len() as u64);
            return Err(FrameProblem::Length { what: "the prefix", told: most as u64, found }.at(at));
        }
        // One byte more than there may be, so that too much is told from what is broken.
        let raw =
            decompressor.decompress(&bytes[at..at + size], room + 1).map_err(|error| failed(at, error.to_string()))?;
        if raw.len() > room {
            return Err(too_short("the prefix", most, content.len() + raw.len()).at(at));
        }
        content.extend(raw);
        frames += 1;
        at += size;
    }
    if frames == 0 { Err(FrameProblem::None.at(0)) } else { Ok(content) }
}
