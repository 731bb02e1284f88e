//! The codecs of compressed bodies, decompressing.

use crate::error::{Error, Result};
use crate::format::Compression;
use crate::memory::AlignedBuffer;
use std::io::Read;

/// Most bytes that `compressed` bytes can stand for.
///
/// LZ4: a byte of a match length adds 255. ZSTD: a run of one byte takes a block header of 3 bytes and the byte, and a
/// block holds at most 128 KiB.
fn largest_expansion(codec: Compression, compressed: usize) -> u64 {
    let compressed = compressed as u64;
    match codec {
        Compression::Lz4Frame => compressed.saturating_mul(255).saturating_add(64),
        Compression::Zstd => (compressed / 4 + 1).saturating_mul(128 << 10),
    }
}

/// Decompresses to exactly `length` bytes. A length that the input cannot reach is refused before anything is allocated.
pub fn decompress(codec: Compression, input: &[u8], length: usize) -> Result<AlignedBuffer> {
    if length as u64 > largest_expansion(codec, input.len()) {
        return Err(Error::invalid(
            "compression-bomb",
            format!("{} compressed bytes claim to hold {length}, more than the codec can pack into them", input.len()),
        ));
    }
    check_frame(codec, input, length)?;
    let mut output = AlignedBuffer::zeroed(length)?;
    match codec {
        Compression::Lz4Frame => lz4(input, output.as_mut())?,
        Compression::Zstd => zstd(input, output.as_mut())?,
    }
    Ok(output)
}

/// Checks what the first frame says of itself, before the memory for its content is there.
fn check_frame(codec: Compression, input: &[u8], length: usize) -> Result<()> {
    let content = match codec {
        Compression::Lz4Frame => lz4_content(input)?,
        Compression::Zstd => zstd::zstd_safe::get_frame_content_size(input).map_err(|_| {
            Error::invalid("compression-zstd-options", "broken ZSTD data: they do not start with a frame")
        })?,
    };
    match content {
        Some(content) if content > length as u64 => Err(mismatch(length, content)),
        _ => Ok(()),
    }
}

/// The content size in the header of an LZ4 frame, if it is there.
fn lz4_content(input: &[u8]) -> Result<Option<u64>> {
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

fn mismatch(expected: usize, found: impl std::fmt::Display) -> Error {
    Error::invalid(
        "compression-prefix-mismatch",
        format!("a compressed buffer claims {expected} bytes and decompresses to {found}"),
    )
}

fn lz4(input: &[u8], output: &mut [u8]) -> Result<()> {
    let mut decoder = lz4_flex::frame::FrameDecoder::new(input);
    let failed = |e: std::io::Error| Error::invalid("compression-lz4-frame", format!("broken LZ4 frame: {e}"));
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

fn zstd(input: &[u8], output: &mut [u8]) -> Result<()> {
    let failed = |e: std::io::Error| Error::invalid("compression-zstd-options", format!("broken ZSTD data: {e}"));
    let mut decompressor = zstd::bulk::Decompressor::new().map_err(|e| Error::io("making a ZSTD context", &e))?;
    let length = output.len();
    match decompressor.decompress_to_buffer(input, output).map_err(failed)? {
        found if found == length => Ok(()),
        found => Err(mismatch(length, found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use crate::write::codec::Compressor;
    use std::io::Write;

    fn compressed(codec: Compression, input: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        Compressor::new(codec, 1).unwrap().compress(input, &mut packed).unwrap();
        packed
    }

    #[test]
    fn both_codecs_give_back_what_they_took() {
        for codec in [Compression::Lz4Frame, Compression::Zstd] {
            for input in [&b""[..], b"a", &[7; 100_000], &(0..=255).cycle().take(70_000).collect::<Vec<u8>>()] {
                let packed = compressed(codec, input);
                assert_eq!(decompress(codec, &packed, input.len()).unwrap().as_ref(), input);
                let short = decompress(codec, &packed, input.len() + 1).unwrap_err();
                assert_eq!(short.code, Code::InvalidData);
                if !input.is_empty() {
                    assert_eq!(decompress(codec, &packed, input.len() - 1).unwrap_err().code, Code::InvalidData);
                }
            }
        }
    }

    #[test]
    fn what_is_no_frame_or_a_larger_one_is_refused_before_it_is_allocated() {
        let garbage = vec![0x5A; 64 << 10];
        let small = vec![3; 1000];
        for (codec, clause) in
            [(Compression::Lz4Frame, "compression-lz4-frame"), (Compression::Zstd, "compression-zstd-options")]
        {
            let error = decompress(codec, &garbage, 16_000_000).unwrap_err();
            assert_eq!((error.code, error.clause), (Code::InvalidData, Some(clause)));
            assert!(decompress(codec, &garbage[..3], 16).is_err());
        }
        let packed = zstd::bulk::compress(&small, 1).unwrap();
        let error = decompress(Compression::Zstd, &packed, 10).unwrap_err();
        assert_eq!(error.message, "a compressed buffer claims 10 bytes and decompresses to 1000");
        let info = lz4_flex::frame::FrameInfo::new().content_size(Some(1000));
        let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(&small).unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(lz4_content(&packed).unwrap(), Some(1000));
        assert_eq!(decompress(Compression::Lz4Frame, &packed, 1000).unwrap().as_ref(), small);
        let error = decompress(Compression::Lz4Frame, &packed, 10).unwrap_err();
        assert_eq!(error.message, "a compressed buffer claims 10 bytes and decompresses to 1000");
    }

    #[test]
    fn an_impossible_length_is_refused_before_it_is_allocated() {
        for codec in [Compression::Lz4Frame, Compression::Zstd] {
            let packed = compressed(codec, &[1; 1000]);
            let before = crate::memory::peak(true);
            let error = decompress(codec, &packed, 1 << 50).unwrap_err();
            assert_eq!((error.code, error.clause), (Code::InvalidData, Some("compression-bomb")));
            assert!(crate::memory::peak(false) - before < 1 << 30);
        }
    }
}
