//! The codecs of compressed bodies, compressing. The other direction is [`crate::compression`].

#[cfg(feature = "lz4")]
mod lz4;
#[cfg(feature = "zstd")]
mod zstd;

use crate::compression::require;
use crate::error::{Code, Error, Result};
use crate::format::Compression;

/// Compresses buffers, each by itself. Contexts and tables are made once.
pub struct Compressor(Box<dyn Codec>);

/// One codec at work.
trait Codec: Send {
    /// Appends the frame that stands for `input`.
    fn compress(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<()>;
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(Code::Internal, format!("compressing a buffer: {error}"))
}

impl Compressor {
    /// A compressor; `level` concerns ZSTD.
    #[cfg_attr(not(feature = "zstd"), allow(unused_variables, reason = "no other codec has levels"))]
    pub fn new(codec: Compression, level: i32) -> Result<Self> {
        require(codec)?;
        match codec {
            #[cfg(feature = "lz4")]
            Compression::Lz4Frame => Ok(Compressor(Box::new(lz4::Lz4::new()?))),
            #[cfg(feature = "zstd")]
            Compression::Zstd => Ok(Compressor(Box::new(zstd::Zstd::new(level)?))),
            #[cfg(not(all(feature = "lz4", feature = "zstd")))]
            _ => Err(failed("a codec that this build has not")),
        }
    }

    /// Appends the frame that stands for `input`.
    pub fn compress(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<()> {
        self.0.compress(input, output)
    }
}

#[cfg(all(test, feature = "lz4", feature = "zstd"))]
mod tests {
    use super::*;

    /// Bytes that hardly shrink, and bytes that do.
    pub fn inputs() -> impl Iterator<Item = Vec<u8>> {
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
}
