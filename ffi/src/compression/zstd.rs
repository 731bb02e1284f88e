//! ZSTD frames, read.

use super::{Codec, mismatch};
use crate::error::{Error, Result};
use std::io;

/// The codec, with the context that it made when it was first used.
#[derive(Default)]
pub struct Zstd(Option<zstd::bulk::Decompressor<'static>>);

impl Codec for Zstd {
    /// A run of one byte takes a block header of 3 bytes and the byte, and a block holds at most 128 KiB.
    fn largest_expansion(&self, compressed: u64) -> u64 {
        (compressed / 4 + 1).saturating_mul(128 << 10)
    }

    fn content_size(&self, input: &[u8]) -> Result<Option<u64>> {
        zstd::zstd_safe::get_frame_content_size(input)
            .map_err(|_| Error::invalid("compression-zstd-options", "broken ZSTD data: they do not start with a frame"))
    }

    fn decompress(&mut self, input: &[u8], output: &mut [u8]) -> Result<()> {
        let failed = |e: io::Error| Error::invalid("compression-zstd-options", format!("broken ZSTD data: {e}"));
        let context = match &mut self.0 {
            Some(context) => context,
            none => none.insert(zstd::bulk::Decompressor::new().map_err(|e| Error::io("making a ZSTD context", &e))?),
        };
        let length = output.len();
        match context.decompress_to_buffer(input, output).map_err(failed)? {
            found if found == length => Ok(()),
            found => Err(mismatch(length, found)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::decompress;
    use crate::format::Compression;

    #[test]
    fn a_frame_that_says_it_is_larger_is_refused() {
        let packed = zstd::bulk::compress(&[3; 1000], 1).unwrap();
        let error = decompress(Compression::Zstd, &packed, 10).unwrap_err();
        assert_eq!(error.message, "a compressed buffer claims 10 bytes and decompresses to 1000");
    }
}
