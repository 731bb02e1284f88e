//! LZ4 frames, decompressed where the content is to lie: block by block, without a buffer in between.
//!
//! Source: `doc/lz4_Frame_format.md` of lz4/lz4, version 1.6.

use super::{Codec, mismatch};
use crate::error::{Error, Result};
use lz4_flex::block::{DecompressError, decompress_into, decompress_into_with_dict};
use twox_hash::XxHash32;

/// What a frame starts with.
const MAGIC: u32 = 0x184D_2204;
/// The version of the format, in the highest bits of the flags.
const VERSION: u8 = 1;
/// Set in the size of a block that is stored as it is.
const STORED: u32 = 1 << 31;
/// How far a match reaches back.
const WINDOW: usize = 64 << 10;

/// Flags in the header of a frame.
mod flag {
    pub const DICTIONARY: u8 = 1;
    pub const RESERVED: u8 = 1 << 1;
    pub const CONTENT_CHECKSUM: u8 = 1 << 2;
    pub const CONTENT_SIZE: u8 = 1 << 3;
    pub const BLOCK_CHECKSUMS: u8 = 1 << 4;
    pub const INDEPENDENT: u8 = 1 << 5;
}

fn broken(what: impl std::fmt::Display) -> Error {
    Error::invalid("compression-lz4-frame", format!("broken LZ4 frame: {what}"))
}

fn take<'i>(input: &mut &'i [u8], length: usize, what: &str) -> Result<&'i [u8]> {
    input.split_off(..length).ok_or_else(|| broken(format_args!("it ends inside {what}")))
}

fn word(input: &mut &[u8], what: &str) -> Result<u32> {
    Ok(take(input, 4, what)?.first_chunk().map_or(0, |word| u32::from_le_bytes(*word)))
}

/// The header of a frame.
struct Header {
    flags: u8,
    /// Most bytes of a block's content.
    block: usize,
    content_size: Option<u64>,
}

impl Header {
    fn parse(input: &mut &[u8]) -> Result<Self> {
        if word(input, "the magic number").ok() != Some(MAGIC) {
            return Err(broken("it does not start with the magic number"));
        }
        let whole = *input;
        let &[flags, sizes] = take(input, 2, "its header")? else { return Err(broken("it ends inside its header")) };
        if flags >> 6 != VERSION || flags & flag::RESERVED != 0 || sizes & 0x8F != 0 {
            return Err(broken(format_args!("its header has flags {flags:#04x} and {sizes:#04x}")));
        }
        let block = match sizes >> 4 {
            code @ 4..=7 => 1 << (8 + 2 * code),
            code => return Err(broken(format_args!("its largest block has code {code}, expected 4 to 7"))),
        };
        let content_size = match flags & flag::CONTENT_SIZE != 0 {
            true => take(input, 8, "its header")?.first_chunk().map(|size| u64::from_le_bytes(*size)),
            false => None,
        };
        if flags & flag::DICTIONARY != 0 {
            return Err(broken("it needs a dictionary"));
        }
        let described = &whole[..whole.len() - input.len()];
        let [checksum] = take(input, 1, "its header")? else { return Err(broken("it ends inside its header")) };
        if (XxHash32::oneshot(0, described) >> 8) as u8 != *checksum {
            return Err(broken("its header does not fit its checksum"));
        }
        Ok(Header { flags, block, content_size })
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// The codec.
#[derive(Default)]
pub struct Lz4Frame;

impl Codec for Lz4Frame {
    /// A byte of a match length adds 255.
    fn largest_expansion(&self, compressed: u64) -> u64 {
        compressed.saturating_mul(255).saturating_add(64)
    }

    fn content_size(&self, mut input: &[u8]) -> Result<Option<u64>> {
        Ok(Header::parse(&mut input)?.content_size)
    }

    /// Decompresses a frame, and those that follow it. What else follows is padding.
    fn decompress(&mut self, mut input: &[u8], output: &mut [u8]) -> Result<()> {
        let mut filled = frame(&mut input, output, 0)?;
        while input.starts_with(&MAGIC.to_le_bytes()) {
            filled = frame(&mut input, output, filled)?;
        }
        if filled < output.len() {
            return Err(mismatch(output.len(), filled));
        }
        Ok(())
    }
}

/// Decompresses the next frame to `output` from `start` on; answers where its content ends.
fn frame(input: &mut &[u8], output: &mut [u8], start: usize) -> Result<usize> {
    let header = Header::parse(input)?;
    let mut filled = start;
    loop {
        let size = word(input, "the size of a block")?;
        if size == 0 {
            break;
        }
        let stored = size & STORED != 0;
        let length = (size & !STORED) as usize;
        if length > header.block {
            return Err(broken(format_args!("a block has {length} bytes, the largest may have {}", header.block)));
        }
        let block = take(input, length, "a block")?;
        if header.has(flag::BLOCK_CHECKSUMS) && word(input, "a block's checksum")? != XxHash32::oneshot(0, block) {
            return Err(broken("a block does not fit its checksum"));
        }
        let wanted = output.len();
        let (before, rest) = output.split_at_mut(filled);
        let all = rest.len() <= header.block;
        let room = rest.len().min(header.block);
        let room = &mut rest[..room];
        filled += match stored {
            true if length > room.len() => return Err(mismatch(wanted, "more")),
            true => {
                room[..length].copy_from_slice(block);
                length
            }
            false => {
                let unpacked = match header.has(flag::INDEPENDENT) {
                    true => decompress_into(block, room),
                    false => {
                        decompress_into_with_dict(block, room, &before[filled.saturating_sub(WINDOW).max(start)..])
                    }
                };
                unpacked.map_err(|e| match e {
                    DecompressError::OutputTooSmall { .. } if all => mismatch(wanted, "more"),
                    error => broken(error),
                })?
            }
        };
    }
    if header.has(flag::CONTENT_CHECKSUM)
        && word(input, "the content's checksum")? != XxHash32::oneshot(0, &output[start..filled])
    {
        return Err(broken("the content does not fit its checksum"));
    }
    let length = (filled - start) as u64;
    match header.content_size {
        Some(size) if size != length => Err(broken(format_args!("it has {length} bytes, its header says {size}"))),
        _ => Ok(filled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    use std::io::Write;

    /// Text that compresses, with matches that reach far back.
    fn content(length: usize) -> Vec<u8> {
        let mut state = 1u32;
        let mut bytes: Vec<u8> = Vec::new();
        while bytes.len() < length {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let start = (state >> 8) as usize % (bytes.len() + 1);
            match state % 3 {
                0 => bytes.extend_from_slice(&state.to_le_bytes()),
                _ => bytes.extend_from_within(start..bytes.len().min(start + 100)),
            }
        }
        bytes.truncate(length);
        bytes
    }

    fn packed_by(info: &FrameInfo, content: &[u8]) -> Vec<u8> {
        let mut encoder = FrameEncoder::with_frame_info(info.clone(), Vec::new());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn frames() -> impl Iterator<Item = FrameInfo> {
        let sizes = [BlockSize::Max64KB, BlockSize::Max256KB, BlockSize::Max1MB, BlockSize::Max4MB];
        let modes = [BlockMode::Independent, BlockMode::Linked];
        let flags = [(false, false), (true, false), (false, true), (true, true)];
        sizes.into_iter().flat_map(move |size| {
            modes.into_iter().flat_map(move |mode| {
                flags.into_iter().map(move |(blocks, whole)| {
                    let info = FrameInfo::new().block_size(size).block_mode(mode);
                    info.block_checksums(blocks).content_checksum(whole)
                })
            })
        })
    }

    #[test]
    fn every_kind_of_frame_is_read() {
        for length in [0, 1, 65_536, 65_537, 700_000] {
            let content = content(length);
            for info in frames() {
                for info in [info.clone(), info.content_size(Some(length as u64))] {
                    let packed = packed_by(&info, &content);
                    let mut output = vec![0; length];
                    decompress(&packed, &mut output).unwrap();
                    assert!(output == content, "{info:?}");
                }
            }
        }
    }

    #[test]
    fn frames_may_follow_each_other_and_padding_them() {
        let content = content(150_000);
        let info = FrameInfo::new().block_mode(BlockMode::Linked).content_checksum(true);
        let mut packed = packed_by(&info, &content[..70_000]);
        packed.extend(packed_by(&FrameInfo::new(), &content[70_000..]));
        packed.extend([0; 5]);
        let mut output = vec![0; content.len()];
        decompress(&packed, &mut output).unwrap();
        assert!(output == content);
        assert_eq!(told(&packed, 70_000), "a compressed buffer claims 70000 bytes and decompresses to more");
    }

    fn decompress(packed: &[u8], output: &mut [u8]) -> Result<()> {
        Lz4Frame.decompress(packed, output)
    }

    #[test]
    fn a_frame_that_says_it_is_larger_is_refused() {
        let packed = packed_by(&FrameInfo::new().content_size(Some(1000)), &[3; 1000]);
        assert_eq!(Lz4Frame.content_size(&packed).unwrap(), Some(1000));
        let error = super::super::decompress(crate::format::Compression::Lz4Frame, &packed, 10).unwrap_err();
        assert_eq!(error.message, "a compressed buffer claims 10 bytes and decompresses to 1000");
    }

    fn told(packed: &[u8], length: usize) -> String {
        let error = decompress(packed, &mut vec![0; length]).unwrap_err();
        assert_eq!(error.code, crate::Code::InvalidData);
        error.message
    }

    #[test]
    fn other_lengths_are_refused() {
        for info in frames() {
            let content = content(200_000);
            let packed = packed_by(&info, &content);
            let text = |found: &str, length: usize| {
                format!("a compressed buffer claims {length} bytes and decompresses to {found}")
            };
            assert_eq!(told(&packed, 200_001), text("200000", 200_001));
            assert_eq!(told(&packed, 199_999), text("more", 199_999));
            assert_eq!(told(&packed, 0), text("more", 0));
        }
    }

    #[test]
    fn cut_and_changed_frames_are_refused() {
        let info = FrameInfo::new().block_checksums(true).content_checksum(true).content_size(Some(3000));
        let packed = packed_by(&info, &content(3000));
        for length in 0..packed.len() {
            assert!(told(&packed[..length], 3000).starts_with("broken LZ4 frame: it "), "{length}");
        }
        for position in 0..packed.len() {
            let mut changed = packed.clone();
            changed[position] ^= 0x10;
            assert!(told(&changed, 3000).starts_with("broken LZ4 frame: "), "{position}");
        }
    }

    #[test]
    fn the_error_says_what_is_wrong() {
        let packed = packed_by(&FrameInfo::new(), &[0; 1000]);
        let changed = |position: usize, value: u8| {
            let mut changed = packed.clone();
            changed[position] = value;
            told(&changed, 1000)
        };
        assert_eq!(changed(0, 0), "broken LZ4 frame: it does not start with the magic number");
        assert_eq!(changed(4, 0xC0), "broken LZ4 frame: its header has flags 0xc0 and 0x40");
        assert_eq!(changed(5, 0x30), "broken LZ4 frame: its largest block has code 3, expected 4 to 7");
        assert_eq!(changed(6, packed[6] ^ 1), "broken LZ4 frame: its header does not fit its checksum");
        let size = u32::from_le_bytes([packed[7], packed[8], 0x7F, 0]);
        let text = format!("broken LZ4 frame: a block has {size} bytes, the largest may have 65536");
        assert_eq!(changed(9, 0x7F), text);
    }
}
