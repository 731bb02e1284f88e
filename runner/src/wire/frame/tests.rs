//! Frames of every kind, and bytes that are none.

use super::*;

/// Compressible in part, and longer than two blocks of 64 KiB.
fn content() -> Vec<u8> {
    (0..200_000_u32)
        .map(|at| if at % 1000 < 900 { (at / 1000) as u8 } else { (at.wrapping_mul(at) >> 7) as u8 })
        .collect()
}

fn frames(codec: Compression) -> Vec<Frame> {
    let mut frames = Vec::new();
    for bits in 0..32 {
        let set = |bit: u32| bits >> bit & 1 == 1;
        frames.push(Frame {
            content_size: set(0),
            content_checksum: set(1),
            block_checksum: set(2),
            linked_blocks: set(3),
            stored: set(4),
            block_kib: [64, 256, 1024, 4096][bits as usize % 4],
            level: [1, 3, -5, 19][bits as usize % 4],
            ..Frame::new(codec)
        });
    }
    frames
}

#[test]
fn every_kind_of_frame_is_read_back() {
    for codec in [Compression::Lz4, Compression::Zstd] {
        for content in [&b""[..], b"a", &content()] {
            for frame in frames(codec) {
                let bytes = make(std::slice::from_ref(&frame), content);
                let read = decompress(codec, &bytes, content.len(), content.len());
                assert_eq!(read.as_deref(), Ok(content), "{frame:?}");
                assert_eq!(bytes, make(&[frame], content));
            }
        }
    }
}

#[test]
fn the_implementations_of_the_codecs_read_every_kind_of_frame() {
    use std::io::Read;
    let content = content();
    for frame in frames(Compression::Lz4) {
        let bytes = make(std::slice::from_ref(&frame), &content);
        let mut read = Vec::new();
        lz4_flex::frame::FrameDecoder::new(&bytes[..]).read_to_end(&mut read).unwrap();
        assert!(read == content, "{frame:?}");
    }
    for frame in frames(Compression::Zstd) {
        let bytes = make(std::slice::from_ref(&frame), &content);
        assert!(zstd::bulk::decompress(&bytes, content.len()).unwrap() == content, "{frame:?}");
    }
}

#[test]
fn linked_blocks_refer_to_the_ones_before() {
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let noise: Vec<u8> = noise.take(60 << 10).collect();
    let twice = [&noise[..], &noise[..]].concat();
    let size = |linked_blocks| make(&[Frame { linked_blocks, ..Frame::new(Compression::Lz4) }], &twice).len();
    assert!(size(true) < size(false) * 2 / 3, "{} and {}", size(true), size(false));
}

#[test]
fn several_frames_and_skipped_ones_are_one_content() {
    for codec in [Compression::Lz4, Compression::Zstd] {
        let of = |take: Option<usize>| Frame { take, ..Frame::new(codec) };
        let skippable = Frame { skippable: Some(b"skip me".to_vec()), ..Frame::new(codec) };
        let bytes = make(&[skippable.clone(), of(Some(3)), of(Some(0)), skippable, of(None)], b"several frames");
        assert_eq!(decompress(codec, &bytes, 14, 14).unwrap(), b"several frames");
    }
}

#[test]
fn every_truncation_and_every_changed_byte_of_a_checked_frame_is_found() {
    for codec in [Compression::Lz4, Compression::Zstd] {
        let frame = Frame { content_checksum: true, block_checksum: true, ..Frame::new(codec) };
        let content = b"abcabcabcabcabcabcabcabcabcabcabcabcabcdefg";
        let bytes = make(&[frame], content);
        for end in 0..bytes.len() {
            assert!(decompress(codec, &bytes[..end], content.len(), 1000).is_err(), "{codec} cut at {end}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let read = decompress(codec, &changed, content.len(), 1000);
            assert_ne!(read.as_deref(), Ok(&content[..]), "{codec} changed at {at}");
        }
    }
}

#[test]
fn lengths_are_held_against_the_prefix_and_the_limit() {
    for codec in [Compression::Lz4, Compression::Zstd] {
        for content_size in [true, false] {
            let bytes = make(&[Frame { content_size, ..Frame::new(codec) }], b"seven b");
            let told = |expected, limit| decompress(codec, &bytes, expected, limit).unwrap_err().problem;
            let length = |told, found| FrameProblem::Length { what: "the prefix", told, found };
            assert_eq!(told(8, 100), length(8, 7));
            assert_eq!(told(6, 100), length(6, 7));
            assert_eq!(told(7, 6), FrameProblem::Limit { told: 7, limit: 6 });
        }
        assert_eq!(decompress(codec, &[], 0, 10).unwrap_err().problem, FrameProblem::None);
    }
}

#[test]
fn errors_name_the_place() {
    let mut bytes = make(&[Frame { content_size: false, ..Frame::new(Compression::Lz4) }], b"ab");
    bytes.extend([1, 2, 3, 4]);
    let error = decompress(Compression::Lz4, &bytes, 2, 2).unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 17 of the compressed bytes: found the magic number 0x04030201, expected 0x184d2204 or that of a frame to be skipped"
    );
}
