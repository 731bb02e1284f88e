//! LZ4 frames, written.

use super::{Codec, failed};
use crate::error::{Error, Result};
use lz4_flex::block::{CompressTable, compress_into_with_table, get_maximum_output_size};
use lz4_flex::frame::{BlockSize, FrameEncoder, FrameInfo};

/// LZ4 frames of independent blocks. A whole buffer is at hand, so its blocks are compressed where they lie.
pub struct Lz4 {
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
    pub fn new() -> Result<Self> {
        let mut headers = [[0; LZ4_HEADER]; 2];
        for (header, (size, _)) in headers.iter_mut().zip(LZ4_BLOCKS) {
            // An empty frame is a header and the end.
            let encoder = FrameEncoder::with_frame_info(FrameInfo::new().block_size(size), Vec::new());
            let frame = encoder.finish().map_err(failed)?;
            *header = frame.first_chunk().copied().ok_or_else(|| failed("a frame without header"))?;
        }
        Ok(Lz4 { headers, tables: [CompressTable::small(), CompressTable::large()], block: Vec::new() })
    }
}

impl Codec for Lz4 {
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

#[cfg(all(test, feature = "zstd"))]
mod tests {
    use super::super::tests::inputs;
    use super::*;
    use std::io::Write;

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
