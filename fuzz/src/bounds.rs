//! What an input may cost.

use crate::api::{DECOMPRESSED_BYTES, Failure};

/// Memory that does not depend on the input.
const FIXED_BYTES: i64 = 4 * DECOMPRESSED_BYTES;
/// Memory for each byte of the input.
const BYTES_PER_BYTE: i64 = 512;

/// Runs `body` on an input of `length` bytes: what it allocates is in proportion, and all of it is freed.
pub fn within<R>(length: usize, body: impl FnOnce() -> R) -> R {
    let before = arrowipc::memory::current();
    arrowipc::memory::peak(true);
    let result = body();
    let most = arrowipc::memory::peak(false) - before;
    let allowed = FIXED_BYTES + BYTES_PER_BYTE * length as i64;
    assert!(most <= allowed, "{length} bytes of input took {most} bytes of memory, {allowed} are allowed");
    result
}

/// A failure must blame the input.
pub fn expected(failure: &Failure) {
    assert!(failure.blames_the_input(), "{failure:?}");
}
