//! What the adapter says of itself and of arrow-rs.

use serde_json::{Value as Json, json};

/// Every entry was tried. Batches have no metadata in arrow-rs, dictionaries are not unified, and the endianness is that of the
/// machine.
const FEATURES: &[&str] = &[
    "format.*",
    "type.*",
    "dict.basic",
    "dict.nested",
    "dict.shared:r",
    "dict.delta",
    "dict.replacement",
    "dict.ordered",
    "compress.lz4",
    "compress.zstd",
    "compress.level",
    "source.memory_map:r",
    "source.memory:r",
    "access.random",
    "projection",
    "projection.any",
    "meta.schema",
    "meta.field",
    "meta.footer",
    "version.v4",
    "legacy",
    "alignment",
];

/// The answer to `start`.
pub fn hello() -> Json {
    json!({
        "adapter": {"id": "arrow-rs", "version": "1"},
        "implementation": {"name": "arrow-rs", "language": "rust", "version": "60.1.0", "components": {"arrow-ipc": "60.1.0"}},
        "roles": ["produce", "consume", "transcode", "echo"],
        "features": FEATURES,
        "observe": ["cdata", "transcode"],
        // Every array is validated in full when it is read, whatever is asked for.
        "validate": ["none", "full"],
        // Metadata are a HashMap; those of batches are not read.
        "loses": ["metadata_order", "batch_metadata"],
    })
}

/// The feature that arrow-rs says it does not have.
pub fn feature_of(message: &str) -> Option<String> {
    let known = [
        ("Dictionary replacement detected when writing IPC file", "dict.replacement"),
        ("endianness", "endian.big"),
        ("big endian", "endian.big"),
    ];
    known.iter().find(|(text, _)| message.contains(text)).map(|(_, feature)| (*feature).to_owned())
}
