//! The answer to `start`.

use std::path::Path;

use serde_json::json;

use super::abi::Library;
use super::answer::{Members, members};
use crate::adapter::message::PROTOCOL;

/// What the ABI can say, whatever the library makes of it. The formats leave no room for one dictionary id in two fields when data are
/// written: arrays of the C Data Interface carry no ids.
const FEATURES: &[&str] = &[
    "format.*",
    "type.*",
    "dict.basic",
    "dict.nested",
    "dict.shared:r",
    "dict.delta",
    "dict.replacement",
    "dict.unify",
    "dict.ordered",
    "endian.big",
    "compress.level",
    "source.path",
    "source.memory",
    "source.fd",
    "source.callbacks",
    "source.socket",
    "source.pipe",
    "sink.*",
    "write.append",
    "access.*",
    "projection",
    "projection.any",
    "meta.*",
    "version.v4",
    "legacy",
    "alignment",
    "validate.full",
    "tensor.*",
    "fact.*",
];

/// Features that a library may be built without: `arrowipc_has_feature` tells.
const OPTIONAL: &[(&std::ffi::CStr, &str)] =
    &[(c"lz4", "compress.lz4"), (c"zstd", "compress.zstd"), (c"mmap", "source.memory_map")];

/// Who this is, and what it can do.
pub fn introduction(library: Library, path: &Path) -> Members {
    let built_in = OPTIONAL.iter().filter(|(name, _)| library.has_feature(name)).map(|(_, feature)| *feature);
    let features: Vec<&str> = FEATURES.iter().copied().chain(built_in).collect();
    members(json!({
        "protocol": PROTOCOL,
        "adapter": {"id": "serve-library", "version": "1"},
        "implementation": {"name": name(path), "language": "c", "version": library.version()},
        "roles": ["produce", "consume", "transcode", "echo"],
        "features": features,
        "observe": ["cdata", "tensors"],
        "validate": ["none", "full"],
        "type_map": {},
    }))
}

/// The name of a library: its file's up to the suffix and version, `libarrowipc` for `libarrowipc.so.0.1`.
fn name(path: &Path) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let end = file.find(".so").or_else(|| file.find(".dylib")).unwrap_or(file.len());
    file[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_library_is_named_without_suffix_and_version() {
        for file in ["libarrowipc.so", "/usr/lib/libarrowipc.so.0.1", "libarrowipc.dylib", "libarrowipc"] {
            assert_eq!(name(file.as_ref()), "libarrowipc", "{file}");
        }
    }
}
