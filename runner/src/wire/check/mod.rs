//! What a writer must and should do, seen in its bytes.

use super::violation::Violation;
use crate::case::options::Format;

/// Every rule that the bytes break, in the order of the checks.
pub fn check(bytes: &[u8], format: Format) -> Vec<Violation> {
    let _ = (bytes, format);
    Vec::new()
}
