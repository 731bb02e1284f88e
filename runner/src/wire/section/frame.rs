//! FRAMEs and the `store` of a buffer.

use serde_json::{Map, Value as Json};

use crate::case::options::Compression;
use crate::wire::raw::{Frame, Store};
use crate::wire::value::{self, ValueError, expected};

const KEYS: &[&str] = &[
    "codec",
    "block",
    "linked",
    "block_checksum",
    "content_checksum",
    "content_size",
    "stored",
    "level",
    "take",
    "skippable",
];

/// How a buffer is stored: `plain`, `uncompressed`, `compressed`, or FRAMEs. `codec` is that of the body.
pub fn store(json: &Json, codec: Option<Compression>) -> Result<Store, ValueError> {
    match json {
        Json::String(word) => match word.as_str() {
            "plain" => Ok(Store::Plain),
            "uncompressed" => Ok(Store::Uncompressed),
            "compressed" => match codec {
                Some(codec) => Ok(Store::Compressed(codec)),
                None => Err(ValueError::new("'compressed' needs a codec: the header's 'compression', or 'codec'")),
            },
            _ => Err(expected("plain, uncompressed, compressed or a FRAME", json)),
        },
        _ => Ok(Store::Framed { prefix: None, frames: frames(json, codec)? }),
    }
}

/// A FRAME or a list of them.
pub fn frames(json: &Json, codec: Option<Compression>) -> Result<Vec<Frame>, ValueError> {
    match json {
        Json::Array(items) if !items.is_empty() => {
            let frames = items.iter().enumerate();
            frames
                .map(|(index, item)| match item {
                    Json::Object(entries) => frame(entries, codec).map_err(|error| error.below(index)),
                    _ => Err(expected("a FRAME", item).below(index)),
                })
                .collect()
        }
        Json::Object(entries) => Ok(vec![frame(entries, codec)?]),
        _ => Err(expected("a FRAME or a list of them", json)),
    }
}

fn frame(entries: &Map<String, Json>, codec: Option<Compression>) -> Result<Frame, ValueError> {
    let codec = match entries.get("codec") {
        Some(json) => Some(self::codec(json).map_err(|error| error.below("codec"))?),
        None => codec,
    };
    let codec = codec.ok_or_else(|| ValueError::new("a FRAME needs 'codec', unless the header has 'compression'"))?;
    let mut frame = Frame::new(codec);
    for (key, json) in entries {
        let flag = || value::boolean(json);
        let set = match key.as_str() {
            "codec" => Ok(()),
            "block" => block(json).map(|kib| frame.block_kib = kib),
            "linked" => flag().map(|flag| frame.linked_blocks = flag),
            "block_checksum" => flag().map(|flag| frame.block_checksum = flag),
            "content_checksum" => flag().map(|flag| frame.content_checksum = flag),
            "content_size" => flag().map(|flag| frame.content_size = flag),
            "stored" => flag().map(|flag| frame.stored = flag),
            "level" => level(json).map(|level| frame.level = level),
            "take" => value::size(json).map(|size| frame.take = Some(size)),
            "skippable" => value::hex(json).map(|bytes| frame.skippable = Some(bytes)),
            _ => Err(ValueError::new(format!("a FRAME has no '{key}'; its keys are {}", KEYS.join(", ")))),
        };
        set.map_err(|error| error.below(key.as_str()))?;
        let only = match key.as_str() {
            "block" | "linked" | "block_checksum" => Compression::Lz4,
            "level" => Compression::Zstd,
            _ => codec,
        };
        if only != codec {
            return Err(
                ValueError::new(format!("'{key}' is of {only} frames, and this one is {codec}")).below(key.as_str())
            );
        }
    }
    Ok(frame)
}

/// `lz4` or `zstd`.
pub fn codec(json: &Json) -> Result<Compression, ValueError> {
    let codec = json.as_str().and_then(Compression::from_name).filter(|codec| *codec != Compression::None);
    codec.ok_or_else(|| expected("lz4 or zstd", json))
}

fn block(json: &Json) -> Result<usize, ValueError> {
    let kib = value::integer(json).filter(|kib| [64, 256, 1024, 4096].contains(kib));
    kib.map(|kib| kib as usize).ok_or_else(|| expected("64, 256, 1024 or 4096 (KiB)", json))
}

fn level(json: &Json) -> Result<i32, ValueError> {
    let level = value::integer(json).and_then(|level| i32::try_from(level).ok());
    level.filter(|level| (-7..=22).contains(level)).ok_or_else(|| expected("a level of -7 to 22", json))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(json: Json) -> String {
        store(&json, None).unwrap_err().to_string()
    }

    #[test]
    fn a_store_is_a_word_or_frames() {
        assert_eq!(store(&json!("plain"), None), Ok(Store::Plain));
        assert_eq!(store(&json!("uncompressed"), None), Ok(Store::Uncompressed));
        assert_eq!(store(&json!("compressed"), Some(Compression::Zstd)), Ok(Store::Compressed(Compression::Zstd)));
        let whole = json!({
            "codec": "lz4", "block": 256, "linked": true, "block_checksum": true, "content_checksum": true,
            "content_size": true, "stored": true, "take": 100, "skippable": "00"
        });
        let Store::Framed { prefix: None, frames } =
            store(&json!([whole, {"codec": "zstd", "level": -1}]), None).unwrap()
        else {
            panic!("no frames")
        };
        let first = Frame {
            codec: Compression::Lz4,
            take: Some(100),
            content_size: true,
            content_checksum: true,
            block_checksum: true,
            linked_blocks: true,
            block_kib: 256,
            stored: true,
            level: 3,
            skippable: Some(vec![0]),
        };
        assert_eq!(frames, [first, Frame { level: -1, ..Frame::new(Compression::Zstd) }]);
    }

    #[test]
    fn what_is_no_store_is_named() {
        assert_eq!(refused(json!("raw")), "expected plain, uncompressed, compressed or a FRAME, found \"raw\"");
        assert_eq!(refused(json!("compressed")), "'compressed' needs a codec: the header's 'compression', or 'codec'");
        assert_eq!(refused(json!({})), "a FRAME needs 'codec', unless the header has 'compression'");
        assert_eq!(refused(json!([])), "expected a FRAME or a list of them, found []");
        assert_eq!(refused(json!([3])), "[0]: expected a FRAME, found 3");
        assert_eq!(refused(json!([{"codec": "none"}])), "[0].codec: expected lz4 or zstd, found \"none\"");
        assert_eq!(
            refused(json!({"codec": "lz4", "block": 5})),
            "block: expected 64, 256, 1024 or 4096 (KiB), found 5"
        );
        assert_eq!(refused(json!({"codec": "zstd", "level": 99})), "level: expected a level of -7 to 22, found 99");
        assert_eq!(
            refused(json!({"codec": "zstd", "linked": true})),
            "linked: 'linked' is of lz4 frames, and this one is zstd"
        );
        assert_eq!(
            refused(json!({"codec": "zstd", "size": true})),
            "size: a FRAME has no 'size'; its keys are codec, block, linked, block_checksum, content_checksum, content_size, \
             stored, level, take, skippable"
        );
    }
}
