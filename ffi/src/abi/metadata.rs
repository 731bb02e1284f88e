//! Custom metadata as `ArrowSchema.metadata` encodes it: the number of pairs, then each key and value behind
//! its length, all numbers `int32_t` of the platform's byte order. Order and duplicate keys are kept.

use crate::error::{Error, Result};
use crate::schema::Metadata;
use std::ffi::c_char;

/// The encoding; `None` when there are no pairs.
pub(super) fn encode(metadata: &Metadata) -> Result<Option<Vec<u8>>> {
    if metadata.0.is_empty() {
        return Ok(None);
    }
    let mut encoded = Vec::new();
    encoded.extend(int32(metadata.0.len(), "pairs of metadata")?);
    for (key, value) in &metadata.0 {
        for part in [key, value] {
            encoded.extend(int32(part.len(), "bytes of a metadata key or value")?);
            encoded.extend(part);
        }
    }
    Ok(Some(encoded))
}

fn int32(number: usize, what: &str) -> Result<[u8; 4]> {
    match i32::try_from(number) {
        Ok(number) => Ok(number.to_ne_bytes()),
        Err(_) => Err(Error::unsupported(format!("{number} {what}, the C Data Interface can hold {}", i32::MAX))),
    }
}

/// The pairs of an encoding; none for NULL.
///
/// # Safety
/// `encoded` is NULL or points to an encoding.
pub(super) unsafe fn decode(encoded: *const c_char) -> Result<Metadata> {
    let mut metadata = Metadata::default();
    if encoded.is_null() {
        return Ok(metadata);
    }
    let mut rest = encoded.cast::<u8>();
    // SAFETY: an encoding starts with the number of pairs.
    let pairs = unsafe { next_length(&mut rest, "number of pairs")? };
    for _ in 0..pairs {
        // SAFETY: the encoding has another pair: a key, then a value.
        let (key, value) =
            unsafe { (next_bytes(&mut rest, "length of a key")?, next_bytes(&mut rest, "length of a value")?) };
        metadata.0.push((key, value));
    }
    Ok(metadata)
}

/// Reads a length and moves behind it.
///
/// # Safety
/// `rest` points to an `int32_t`, aligned or not.
unsafe fn next_length(rest: &mut *const u8, what: &str) -> Result<usize> {
    // SAFETY: by the contract of this function there are four bytes.
    let length = unsafe { rest.cast::<i32>().read_unaligned() };
    // SAFETY: as above; one past them is still in or at the end of the encoding.
    *rest = unsafe { rest.add(size_of::<i32>()) };
    usize::try_from(length).map_err(|_| Error::argument(format!("metadata: {what} is {length}")))
}

/// Reads bytes behind their length and moves behind them.
///
/// # Safety
/// `rest` points to an `int32_t`, aligned or not, and as many bytes as it says.
unsafe fn next_bytes(rest: &mut *const u8, what: &str) -> Result<Vec<u8>> {
    // SAFETY: by the contract of this function a length comes first.
    let length = unsafe { next_length(rest, what)? };
    // SAFETY: and as many bytes follow.
    let bytes = unsafe { std::slice::from_raw_parts(*rest, length) }.to_vec();
    // SAFETY: as above; one past them is still in or at the end of the encoding.
    *rest = unsafe { rest.add(length) };
    Ok(bytes)
}
