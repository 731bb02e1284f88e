//! The binary form of metadata in `ArrowSchema.metadata`: the number of pairs, then length and bytes of each key and
//! value, all numbers 32-bit in native order.

use std::ffi::c_char;

use super::Malformed;
use crate::value::{Metadata, ParseError, Text};

/// The binary form; `None` for no pairs, which is a NULL pointer.
///
/// # Errors
///
/// More than `i32::MAX` pairs or bytes.
pub fn encode_metadata(metadata: &Metadata) -> Result<Option<Vec<u8>>, ParseError> {
    if metadata.is_empty() {
        return Ok(None);
    }
    let number = |number: usize| {
        let narrow = i32::try_from(number).map(i32::to_ne_bytes);
        narrow.map_err(|_| {
            ParseError::new(format!("at most {} pairs or bytes of metadata", i32::MAX), number.to_string())
        })
    };
    let mut out = number(metadata.0.len())?.to_vec();
    for text in metadata.0.iter().flat_map(|(key, value)| [key, value]) {
        out.extend_from_slice(&number(text.as_bytes().len())?);
        out.extend_from_slice(text.as_bytes());
    }
    Ok(Some(out))
}

/// Reads the binary form; NULL is no pairs.
///
/// # Errors
///
/// A negative number.
///
/// # Safety
///
/// `encoded` is NULL or points to metadata in their binary form, which says itself how long it is.
pub unsafe fn decode_metadata(encoded: *const c_char) -> Result<Metadata, Malformed> {
    let mut metadata = Metadata::default();
    if encoded.is_null() {
        return Ok(metadata);
    }
    let mut cursor = Cursor(encoded.cast());
    // SAFETY: the cursor passes over what the numbers announce, in their order, and over nothing else.
    unsafe {
        for _ in 0..cursor.number("pairs")? {
            let key = cursor.text("bytes of a key")?;
            metadata.0.push((key, cursor.text("bytes of a value")?));
        }
    }
    Ok(metadata)
}

struct Cursor(*const u8);

impl Cursor {
    /// # Safety
    ///
    /// As many bytes follow.
    unsafe fn bytes(&mut self, length: usize) -> Vec<u8> {
        // SAFETY: by the caller's promise.
        let bytes = unsafe { std::slice::from_raw_parts(self.0, length) }.to_vec();
        self.0 = self.0.wrapping_add(length);
        bytes
    }

    /// # Safety
    ///
    /// A number follows.
    unsafe fn number(&mut self, what: &str) -> Result<usize, Malformed> {
        // SAFETY: four bytes follow, by the caller's promise; they need not be aligned.
        let number = unsafe { self.0.cast::<i32>().read_unaligned() };
        self.0 = self.0.wrapping_add(size_of::<i32>());
        usize::try_from(number)
            .map_err(|_| Malformed::new("cdata-metadata-encoding", format!("the metadata announce {number} {what}")))
    }

    /// # Safety
    ///
    /// A number and as many bytes follow.
    unsafe fn text(&mut self, what: &str) -> Result<Text, Malformed> {
        // SAFETY: by the caller's promise.
        unsafe {
            let length = self.number(what)?;
            Ok(Text::from(self.bytes(length)))
        }
    }
}
