//! The codecs of compressed bodies, each a feature of the crate: decompressing. The other direction is [`crate::write::codec`].

#[cfg(feature = "lz4")]
mod lz4;
#[cfg(feature = "zstd")]
mod zstd;

use crate::error::{Error, Result};
use crate::format::Compression;

/// What a codec does; one frame, or several, stand for a buffer.
trait Codec {
    /// Most bytes that `compressed` bytes can stand for.
    fn largest_expansion(&self, compressed: u64) -> u64;

    /// The content size in the header of the first frame, if it is there.
    fn content_size(&self, input: &[u8]) -> Result<Option<u64>>;

    /// Decompresses to exactly the length of `output`.
    fn decompress(&mut self, input: &[u8], output: &mut [u8]) -> Result<()>;
}

/// Decompresses buffers, each by itself. Contexts are made once.
#[derive(Default)]
pub struct Decompressor {
    #[cfg(feature = "lz4")]
    lz4: lz4::Lz4Frame,
    #[cfg(feature = "zstd")]
    zstd: zstd::Zstd,
}

impl Decompressor {
    /// The codec, in a build that has it.
    fn codec(&mut self, compression: Compression) -> Result<&mut dyn Codec> {
        match compression {
            #[cfg(feature = "lz4")]
            Compression::Lz4Frame => Ok(&mut self.lz4),
            #[cfg(feature = "zstd")]
            Compression::Zstd => Ok(&mut self.zstd),
            #[cfg(not(feature = "lz4"))]
            Compression::Lz4Frame => Err(absent("LZ4", "lz4")),
            #[cfg(not(feature = "zstd"))]
            Compression::Zstd => Err(absent("ZSTD", "zstd")),
        }
    }

    /// Decompresses to exactly the bytes of `output`.
    pub fn decompress(&mut self, compression: Compression, input: &[u8], output: &mut [u8]) -> Result<()> {
        self.codec(compression)?.decompress(input, output)
    }
}

#[cfg(not(all(feature = "lz4", feature = "zstd")))]
fn absent(name: &str, feature: &str) -> Error {
    Error::unsupported(format!(
        "this build of libarrowipc has no {name}; one that was built with the Cargo feature \"{feature}\" is needed"
    ))
}

/// Fails in a build without the codec.
pub fn require(compression: Compression) -> Result<()> {
    Decompressor::default().codec(compression).map(|_| ())
}

/// Checks that `input` may decompress to `length` bytes, before there is memory for them: the codec must be able to reach
/// the length, and what the first frame says of itself must fit it.
pub fn check(compression: Compression, input: &[u8], length: usize) -> Result<()> {
    let mut decompressor = Decompressor::default();
    let codec = decompressor.codec(compression)?;
    if length as u64 > codec.largest_expansion(input.len() as u64) {
        return Err(Error::invalid(
            "compression-bomb",
            format!("{} compressed bytes claim to hold {length}, more than the codec can pack into them", input.len()),
        ));
    }
    match codec.content_size(input)? {
        Some(content) if content > length as u64 => Err(mismatch(length, content)),
        _ => Ok(()),
    }
}

/// Checks and decompresses to exactly `length` bytes.
#[cfg(test)]
pub fn decompress(compression: Compression, input: &[u8], length: usize) -> Result<Vec<u8>> {
    check(compression, input, length)?;
    let mut output = vec![0; length];
    Decompressor::default().decompress(compression, input, &mut output)?;
    Ok(output)
}

fn mismatch(expected: usize, found: impl std::fmt::Display) -> Error {
    Error::invalid(
        "compression-prefix-mismatch",
        format!("a compressed buffer claims {expected} bytes and decompresses to {found}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use crate::write::codec::Compressor;

    fn compressed(codec: Compression, input: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        Compressor::new(codec, 1).unwrap().compress(input, &mut packed).unwrap();
        packed
    }

    /// The codecs of this build, with the clause that says how their data look.
    const CODECS: &[(Compression, &str)] = &[
        #[cfg(feature = "lz4")]
        (Compression::Lz4Frame, "compression-lz4-frame"),
        #[cfg(feature = "zstd")]
        (Compression::Zstd, "compression-zstd-options"),
    ];

    #[test]
    fn codecs_give_back_what_they_took() {
        for (codec, _) in CODECS.iter().copied() {
            for input in [&b""[..], b"a", &[7; 100_000], &(0..=255).cycle().take(70_000).collect::<Vec<u8>>()] {
                let packed = compressed(codec, input);
                assert_eq!(decompress(codec, &packed, input.len()).unwrap(), input);
                let short = decompress(codec, &packed, input.len() + 1).unwrap_err();
                assert_eq!(short.code, Code::InvalidData);
                if !input.is_empty() {
                    assert_eq!(decompress(codec, &packed, input.len() - 1).unwrap_err().code, Code::InvalidData);
                }
            }
        }
    }

    #[test]
    fn what_is_no_frame_is_refused_before_it_is_allocated() {
        let garbage = vec![0x5A; 64 << 10];
        for (codec, clause) in CODECS.iter().copied() {
            let error = decompress(codec, &garbage, 16_000_000).unwrap_err();
            assert_eq!((error.code, error.clause), (Code::InvalidData, Some(clause)));
            assert!(decompress(codec, &garbage[..3], 16).is_err());
        }
    }

    #[test]
    fn an_impossible_length_is_refused_before_it_is_allocated() {
        for (codec, _) in CODECS.iter().copied() {
            let packed = compressed(codec, &[1; 1000]);
            let before = crate::memory::peak(true);
            let error = decompress(codec, &packed, 1 << 50).unwrap_err();
            assert_eq!((error.code, error.clause), (Code::InvalidData, Some("compression-bomb")));
            assert!(crate::memory::peak(false) - before < 1 << 30);
        }
    }

    #[cfg(not(feature = "zstd"))]
    #[test]
    fn a_codec_that_was_left_out_says_how_to_get_it() {
        let error = decompress(Compression::Zstd, b"", 0).unwrap_err();
        assert_eq!(error.code, Code::Unsupported);
        assert_eq!(
            error.message,
            "this build of libarrowipc has no ZSTD; one that was built with the Cargo feature \"zstd\" is needed"
        );
        assert_eq!(require(Compression::Zstd).unwrap_err().message, error.message);
    }
}
