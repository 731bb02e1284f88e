//! LZ4 frames by `lz4_Frame_format.md` of the LZ4 project, version 1.6.4. Frames are written and read here, blocks by lz4_flex.

use lz4_flex::block;
use twox_hash::XxHash32;

use super::{FrameError, FrameProblem, skipped, too_short, word};
use crate::wire::raw::Frame;

const MAGIC: u32 = 0x184D_2204;
/// Largest blocks in KiB, with their codes in the header.
const BLOCK_SIZES: [(usize, u8); 4] = [(64, 4), (256, 5), (1024, 6), (4096, 7)];
/// How far back a linked block may refer.
const WINDOW: usize = 64 << 10;
/// The bit of a block's size that says that the block is stored as it is.
const STORED: u32 = 1 << 31;

const VERSION: u8 = 0b0100_0000;
const INDEPENDENT: u8 = 0b0010_0000;
const BLOCK_CHECKSUM: u8 = 0b0001_0000;
const CONTENT_SIZE: u8 = 0b0000_1000;
const CONTENT_CHECKSUM: u8 = 0b0000_0100;
const DICTIONARY: u8 = 0b0000_0001;

fn checksum(bytes: &[u8]) -> u32 {
    XxHash32::oneshot(0, bytes)
}

pub(super) fn write(frame: &Frame, content: &[u8], out: &mut Vec<u8>) {
    let largest = BLOCK_SIZES[BLOCK_SIZES.len() - 1];
    let (kib, code) = BLOCK_SIZES.into_iter().find(|(kib, _)| *kib >= frame.block_kib).unwrap_or(largest);
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    let flags = VERSION
        | flag(!frame.linked_blocks, INDEPENDENT)
        | flag(frame.block_checksum, BLOCK_CHECKSUM)
        | flag(frame.content_size, CONTENT_SIZE)
        | flag(frame.content_checksum, CONTENT_CHECKSUM);
    out.extend(MAGIC.to_le_bytes());
    let descriptor = out.len();
    out.extend([flags, code << 4]);
    if frame.content_size {
        out.extend((content.len() as u64).to_le_bytes());
    }
    out.push((checksum(&out[descriptor..]) >> 8) as u8);
    for (index, raw) in content.chunks(kib << 10).enumerate() {
        let start = index * (kib << 10);
        let compressed = match frame.linked_blocks {
            _ if frame.stored => Vec::new(),
            true => block::compress_with_dict(raw, &content[start.saturating_sub(WINDOW)..start]),
            false => block::compress(raw),
        };
        // A block that does not become smaller is stored as it is.
        let (bit, bytes) = match frame.stored || compressed.len() >= raw.len() {
            true => (STORED, raw),
            false => (0, &compressed[..]),
        };
        out.extend((bytes.len() as u32 | bit).to_le_bytes());
        out.extend(bytes);
        if frame.block_checksum {
            out.extend(checksum(bytes).to_le_bytes());
        }
    }
    out.extend([0; 4]);
    if frame.content_checksum {
        out.extend(checksum(content).to_le_bytes());
    }
}

/// The content of all frames, at most `most` bytes.
pub(super) fn read(bytes: &[u8], most: usize) -> Result<Vec<u8>, FrameError> {
    let mut content = Vec::new();
    let (mut at, mut frames) = (0, 0);
    while at < bytes.len() {
        at = match skipped(bytes, at)? {
            Some(end) => end,
            None => {
                frames += 1;
                frame(bytes, at, most, &mut content)?
            }
        };
    }
    if frames == 0 { Err(FrameProblem::None.at(0)) } else { Ok(content) }
}

/// Reads a frame and tells where it ends.
fn frame(bytes: &[u8], start: usize, most: usize, content: &mut Vec<u8>) -> Result<usize, FrameError> {
    let magic = word(bytes, start, "a magic number")?;
    if magic != MAGIC {
        return Err(FrameProblem::Magic { found: magic, expected: MAGIC }.at(start));
    }
    let header = Header::read(bytes, start + 4)?;
    let first = content.len();
    let mut room = Vec::new();
    let mut at = header.end;
    loop {
        let told = word(bytes, at, "the size of a block")?;
        at += 4;
        if told == 0 {
            break;
        }
        let size = (told & !STORED) as usize;
        if size > header.block_size {
            let problem = format!("a block of {size} bytes, the header allows {}", header.block_size);
            return Err(FrameProblem::Block(problem).at(at - 4));
        }
        let stored = bytes.get(at..at + size).ok_or_else(|| FrameProblem::Cut("a block").at(bytes.len()))?;
        if header.block_checksum {
            agree("a block", word(bytes, at + size, "the checksum of a block")?, checksum(stored), at + size)?;
        }
        let before = if header.linked { &content[first.max(content.len().saturating_sub(WINDOW))..] } else { &[] };
        let raw = match told & STORED {
            0 => {
                room.resize(header.block_size, 0);
                let size = decompress(stored, before, &mut room);
                &room[..size.map_err(|problem| FrameProblem::Block(problem).at(at))?]
            }
            _ => stored,
        };
        if raw.len() > most - content.len() {
            return Err(too_short("the prefix", most, content.len() + raw.len()).at(at));
        }
        content.extend(raw);
        at += size + if header.block_checksum { 4 } else { 0 };
    }
    let found = content.len() - first;
    if let Some(told) = header.content_size.filter(|told| *told != found as u64) {
        return Err(FrameProblem::Length { what: "the frame", told, found: found as u64 }.at(start));
    }
    if header.content_checksum {
        agree("the content", word(bytes, at, "the checksum of the content")?, checksum(&content[first..]), at)?;
        at += 4;
    }
    Ok(at)
}

/// Decompresses a block and tells how long its content is.
fn decompress(stored: &[u8], before: &[u8], room: &mut [u8]) -> Result<usize, String> {
    let size = match before {
        [] => block::decompress_into(stored, room),
        _ => block::decompress_into_with_dict(stored, room, before),
    };
    size.map_err(|error| format!("a block cannot be decompressed: {error}"))
}

fn agree(what: &'static str, found: u32, expected: u32, at: usize) -> Result<(), FrameError> {
    if found == expected { Ok(()) } else { Err(FrameProblem::Checksum { what, found, expected }.at(at)) }
}

struct Header {
    linked: bool,
    block_checksum: bool,
    content_checksum: bool,
    content_size: Option<u64>,
    /// Bytes of the largest block.
    block_size: usize,
    /// Where the first block starts.
    end: usize,
}

impl Header {
    fn read(bytes: &[u8], start: usize) -> Result<Self, FrameError> {
        let cut = || FrameProblem::Cut("a frame header").at(bytes.len());
        let wrong = |at: usize, problem: String| Err(FrameProblem::Header(problem).at(at));
        let [flags, block] = *bytes.get(start..).and_then(<[u8]>::first_chunk).ok_or_else(cut)?;
        if flags & 0b1100_0000 != VERSION {
            return wrong(start, format!("version {:02b}, expected 01", flags >> 6));
        }
        if flags & 0b0000_0010 != 0 || block & 0b1000_1111 != 0 {
            return wrong(start, format!("reserved bits are set in {flags:08b} {block:08b}"));
        }
        if flags & DICTIONARY != 0 {
            return wrong(start, "a dictionary, which Arrow does not have".to_owned());
        }
        let Some((kib, _)) = BLOCK_SIZES.into_iter().find(|(_, code)| *code == block >> 4) else {
            return wrong(start + 1, format!("block size code {}, expected 4 to 7", block >> 4));
        };
        let mut end = start + 2;
        let mut content_size = None;
        if flags & CONTENT_SIZE != 0 {
            content_size = Some(u64::from_le_bytes(*bytes.get(end..).and_then(<[u8]>::first_chunk).ok_or_else(cut)?));
            end += 8;
        }
        let found = u32::from(*bytes.get(end).ok_or_else(cut)?);
        agree("the frame header", found, checksum(&bytes[start..end]) >> 8 & 0xFF, end)?;
        Ok(Header {
            linked: flags & INDEPENDENT == 0,
            block_checksum: flags & BLOCK_CHECKSUM != 0,
            content_checksum: flags & CONTENT_CHECKSUM != 0,
            content_size,
            block_size: kib << 10,
            end: end + 1,
        })
    }
}
