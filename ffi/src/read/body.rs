//! The bytes of a body, or those of them that are needed.

use super::message::BatchHeader;
use super::place::Position;
use bytes::Bytes;
use std::ops::Range;

/// Bytes between two parts that are read with them, since another read costs more.
const GAP: usize = 16 << 10;

/// A body, or parts of one.
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// Parts of a body of `length` bytes, by where they start, in order.
    Parts { length: usize, starts: Vec<usize>, parts: Vec<Bytes> },
}

impl Body {
    /// Bytes of it in memory.
    pub fn held(&self) -> u64 {
        match self {
            Body::Whole(bytes) => bytes.len() as u64,
            Body::Parts { parts, .. } => parts.iter().map(|part| part.len() as u64).sum(),
        }
    }
}

/// The parts of a body of `length` bytes that hold the buffers of some columns; `None` when all of it may as well be read,
/// or when the header is wrong, which decoding it tells.
pub fn needed(header: &BatchHeader<'_>, spans: &[(Position, Position)], length: usize) -> Option<Vec<Range<usize>>> {
    let mut parts = Vec::new();
    for (start, end) in spans {
        let (start, end) = (start.of(header).ok()?, end.of(header).ok()?);
        for buffer in start.buffer..end.buffer {
            let (start, size) = header.buffer(buffer, length).ok()?;
            if size > 0 {
                // Values lie to multiples of 64 as they do in the body.
                parts.push(start - start % 64..start + size);
            }
        }
    }
    parts.sort_unstable_by_key(|part| part.start);
    parts.dedup_by(|next, part| {
        let near = next.start <= part.end.saturating_add(GAP);
        if near {
            part.end = part.end.max(next.end);
        }
        near
    });
    let sum: usize = parts.iter().map(ExactSizeIterator::len).sum();
    (sum <= length / 4 * 3).then_some(parts)
}
