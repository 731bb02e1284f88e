//! The codecs of compressed bodies, compressing. The other direction is [`crate::compression`].

use crate::error::{Code, Error, Result};
use crate::format::Compression;
use lz4_flex::block::{CompressTable, compress_into_with_table, get_maximum_output_size};
use lz4_flex::frame::{BlockSize, FrameEncoder, FrameInfo};
use std::io::Cursor;

/// Where memory grows by what is needed instead of twofold.
const LARGE: usize = 1 << 20;

/// Compresses buffers, each by itself. Contexts and tables are made once.
pub struct Compressor(Codec);

enum Codec {
    Lz4(Lz4),
    Zstd(zstd::bulk::Compressor<'static>),
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(Code::Internal, format!("compressing a buffer: {error}"))
}

impl Compressor {
    /// A compressor; `level` concerns ZSTD.
    pub fn new(codec: Compression, level: i32) -> Result<Self> {
        Ok(Compressor(match codec {
            Compression::Lz4Frame => Codec::Lz4(Lz4::new()?),
            Compression::Zstd => Codec::Zstd(
                zstd::bulk::Compressor::new(level).map_err(|error| Error::io("making a ZSTD context", &error))?,
            ),
        }))
    }

    /// Appends the frame that stands for `input`.
    pub fn compress(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<()> {
        match &mut self.0 {
            Codec::Lz4(lz4) => lz4.compress(input, output),
            Codec::Zstd(zstd) => {
                let bound = zstd::zstd_safe::compress_bound(input.len());
                reserve(output, bound)?;
                let start = output.len() as u64;
                let mut rest = Cursor::new(output);
                rest.set_position(start);
                zstd.compress_to_buffer(input, &mut rest).map(|_| ()).map_err(failed)
            }
        }
    }
}

/// Room for `more` bytes: much of it not in advance.
fn reserve(output: &mut Vec<u8>, more: usize) -> Result<()> {
    let reserved = if more < LARGE { output.try_reserve(more) } else { output.try_reserve_exact(more) };
    reserved.map_err(|_| Error::out_of_memory(more as u64))
}

/// LZ4 frames of independent blocks. A whole buffer is at hand, so its blocks are compressed where they lie.
struct Lz4 {
    /// Frame headers of the block sizes below.
    headers: [[u8; LZ4_HEADER]; 2],
    tables: [CompressTable; 2],
    block: Vec<u8>,
}

/// A frame header without content size and dictionary: magic number, two bytes of flags, their checksum.
const LZ4_HEADER: usize = 7;
/// Sizes of blocks: a buffer that fits into one small block gets it. Both stay in a processor's cache.
const LZ4_BLOCKS: [(BlockSize, usize); 2] = [(BlockSize::Max64KB, 64 << 10), (BlockSize::Max256KB, 256 << 10)];
/// Set in the size of a block that is stored as it is.
const LZ4_PLAIN: u32 = 1 << 31;
/// Ends a frame in place of the size of a block.
const LZ4_END: u32 = 0;

impl Lz4 {
    fn new() -> Result<Self> {
        let mut headers = [[0; LZ4_HEADER]; 2];
        for (header, (size, _)) in headers.iter_mut().zip(LZ4_BLOCKS) {
            // An empty frame is a header and the end.
            let encoder = FrameEncoder::with_frame_info(FrameInfo::new().block_size(size), Vec::new());
            let frame = encoder.finish().map_err(failed)?;
            *header = frame.first_chunk().copied().ok_or_else(|| failed("a frame without header"))?;
        }
        Ok(Lz4 { headers, tables: [CompressTable::small(), CompressTable::large()], block: Vec::new() })
    }

    fn compress(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<()> {
        // The small table reaches one byte less than 64 KiB.
        let size = usize::from(input.len() >= LZ4_BLOCKS[0].1 - 1);
        let (table, length) = (&mut self.tables[size], LZ4_BLOCKS[size].1);
        let bound = get_maximum_output_size(input.len().min(length));
        if self.block.len() < bound {
            self.block.resize(bound, 0);
        }
        output.extend_from_slice(&self.headers[size]);
        for plain in input.chunks(length) {
            let packed = compress_into_with_table(plain, &mut self.block, table).map_err(failed)?;
            let (size, block) = match packed < plain.len() {
                true => (packed as u32, &self.block[..packed]),
                false => (plain.len() as u32 | LZ4_PLAIN, plain),
            };
            output.try_reserve(8 + block.len()).map_err(|_| Error::out_of_memory(block.len() as u64))?;
            output.extend_from_slice(&size.to_le_bytes());
            output.extend_from_slice(block);
        }
        output.extend_from_slice(&LZ4_END.to_le_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Bytes that hardly shrink, and bytes that do.
    fn inputs() -> impl Iterator<Item = Vec<u8>> {
        let noise = |length: usize| (0..length as u64).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8);
        [0, 1, 12, 13, 1000, 65_534, 65_535, 65_536, 65_537, 262_144, 262_145, 700_000].into_iter().flat_map(
            move |length| {
                [
                    noise(length).collect(),
                    vec![7; length],
                    noise(length).map(|byte| byte & 3).collect(),
                    noise(length).enumerate().map(|(i, byte)| if i < 300_000 { byte } else { 0 }).collect(),
                ]
            },
        )
    }

    #[test]
    fn frames_follow_each_other_and_give_back_what_they_stand_for() {
        for codec in [Compression::Lz4Frame, Compression::Zstd] {
            let mut compressor = Compressor::new(codec, 1).unwrap();
            let (mut output, mut starts) = (b"before".to_vec(), vec![6]);
            for input in inputs() {
                compressor.compress(&input, &mut output).unwrap();
                starts.push(output.len());
            }
            assert_eq!(&output[..6], b"before");
            for (frame, input) in starts.windows(2).map(|ends| &output[ends[0]..ends[1]]).zip(inputs()) {
                let read = crate::compression::decompress(codec, frame, input.len()).unwrap();
                assert!(read.as_ref() == input, "{codec:?} of {} bytes", input.len());
            }
        }
    }

    #[test]
    fn lz4_frames_have_the_headers_and_about_the_size_of_those_of_the_crate() {
        let mut lz4 = Lz4::new().unwrap();
        let (mut sum, mut reference_sum) = (0, 0);
        for input in inputs().filter(|input| !input.is_empty()) {
            let mut packed = Vec::new();
            lz4.compress(&input, &mut packed).unwrap();
            let size = LZ4_BLOCKS[usize::from(packed[5] == 0x50)].0;
            let mut encoder = FrameEncoder::with_frame_info(FrameInfo::new().block_size(size), Vec::new());
            encoder.write_all(&input).unwrap();
            let reference = encoder.finish().unwrap();
            assert_eq!(packed[..LZ4_HEADER], reference[..LZ4_HEADER]);
            sum += packed.len();
            reference_sum += reference.len();
        }
        assert!(sum.abs_diff(reference_sum) * 20 < reference_sum, "{sum} against {reference_sum}");
    }
}
