//! Key-value metadata as it crosses the C ABI: in the form of `ArrowSchema.metadata`.

use std::ffi::c_char;

use arrowipc_kit::cdata::{decode_metadata, encode_metadata};
use arrowipc_kit::value::Metadata;

use super::failure::Failure;
use super::load::Library;

/// Reads metadata; NULL is none.
///
/// # Safety
///
/// `pairs` is NULL or points to metadata that the library encoded.
pub(super) unsafe fn read(library: Library, pairs: *const c_char) -> Result<Metadata, Failure> {
    // SAFETY: the caller's promise.
    unsafe { decode_metadata(pairs) }.map_err(|error| Failure::of_host(library, error.to_string()))
}

/// Metadata for a call of the library, which copies them.
pub(super) struct Encoded(Option<Vec<u8>>);

impl Encoded {
    pub(super) fn new(library: Library, metadata: &Metadata) -> Result<Self, Failure> {
        encode_metadata(metadata).map(Self).map_err(|error| Failure::of_host(library, error.to_string()))
    }

    /// NULL when there are none.
    pub(super) fn as_ptr(&self) -> *const c_char {
        self.0.as_ref().map_or(std::ptr::null(), |pairs| pairs.as_ptr().cast())
    }
}
