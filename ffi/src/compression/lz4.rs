//! LZ4 frames, read.

use super::{Codec, mismatch};
use crate::error::{Error, Result};
use std::io::{self, Read};

pub struct Lz4Frame;

impl Codec for Lz4Frame {
    /// A byte of a match length adds 255.
    fn largest_expansion(&self, compressed: u64) -> u64 {
        compressed.saturating_mul(255).saturating_add(64)
    }

    fn content_size(&self, input: &[u8]) -> Result<Option<u64>> {
        const MAGIC: u32 = 0x184D_2204;
        /// Bit of the flags that says that the content size follows behind flags and block size.
        const CONTENT_SIZE: u8 = 1 << 3;
        let Some(rest) = input.strip_prefix(&MAGIC.to_le_bytes()) else {
            return Err(Error::invalid(
                "compression-lz4-frame",
                "broken LZ4 frame: it does not start with the magic number",
            ));
        };
        match rest {
            [flags, _, size @ ..] if flags & CONTENT_SIZE != 0 => {
                Ok(size.first_chunk().map(|size| u64::from_le_bytes(*size)))
            }
            _ => Ok(None),
        }
    }

    fn decompress(&self, input: &[u8], output: &mut [u8]) -> Result<()> {
        let mut decoder = lz4_flex::frame::FrameDecoder::new(input);
        let failed = |e: io::Error| Error::invalid("compression-lz4-frame", format!("broken LZ4 frame: {e}"));
        let mut filled = 0;
        while filled < output.len() {
            match decoder.read(&mut output[filled..]).map_err(failed)? {
                0 => return Err(mismatch(output.len(), filled)),
                count => filled += count,
            }
        }
        match decoder.read(&mut [0; 1]).map_err(failed)? {
            0 => Ok(()),
            _ => Err(mismatch(output.len(), "more")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::decompress;
    use super::*;
    use crate::format::Compression;
    use std::io::Write;

    #[test]
    fn a_frame_that_says_it_is_larger_is_refused() {
        let info = lz4_flex::frame::FrameInfo::new().content_size(Some(1000));
        let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(&[3; 1000]).unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(Lz4Frame.content_size(&packed).unwrap(), Some(1000));
        assert_eq!(decompress(Compression::Lz4Frame, &packed, 1000).unwrap().as_ref(), [3; 1000]);
        let error = decompress(Compression::Lz4Frame, &packed, 10).unwrap_err();
        assert_eq!(error.message, "a compressed buffer claims 10 bytes and decompresses to 1000");
    }
}
