//! Version: of the header a program was compiled with, and of the library it runs with.

use super::boundary;
use std::ffi::{CStr, c_char};

/// Version of this header: major part. Programs are to be compiled again when it changes. Since 0.1
pub const ARROWIPC_VERSION_MAJOR: u32 = 0;
/// Version of this header: minor part. It grows when something is added. Since 0.1
pub const ARROWIPC_VERSION_MINOR: u32 = 1;
/// Version of this header: patch. Since 0.1
pub const ARROWIPC_VERSION_PATCH: u32 = 0;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no NUL"),
};

/// What this build can do, by name.
const FEATURES: &[&CStr] = &[
    #[cfg(feature = "lz4")]
    c"lz4",
    #[cfg(feature = "zstd")]
    c"zstd",
    c"mmap",
];

/// Version of the library as "major.minor.patch". Never NULL; lives as long as the library. Any thread.
/// Since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn arrowipc_version() -> *const c_char {
    VERSION.as_ptr()
}

/// Version of the library as major << 16 | minor << 8 | patch, to be compared. Any thread. Since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn arrowipc_version_number() -> u32 {
    ARROWIPC_VERSION_MAJOR << 16 | ARROWIPC_VERSION_MINOR << 8 | ARROWIPC_VERSION_PATCH
}

/// 1 when this build has the feature, 0 when it has not or the name is unknown or NULL. Names: "lz4" and
/// "zstd" (compressed bodies), "mmap" (memory-mapped files). Any thread. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_has_feature(name: *const c_char) -> i32 {
    // SAFETY: NULL or a text, as the header demands.
    let name = unsafe { boundary::text(name, "name") };
    name.is_ok_and(|name| FEATURES.contains(&name)).into()
}
