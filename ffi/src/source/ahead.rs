//! How far to read ahead.

/// What is longer gets memory of its own, which a device fills directly.
pub(crate) const LARGE: usize = 256 << 10;
/// Bytes that are read at once: at first; behind something large; at most.
const FIRST: usize = 256 << 10;
const LEAST: usize = 4 << 10;
const MOST: usize = 1 << 20;

/// Bytes that are read at once from a device that may be read ahead. Small messages then share the memory, which lives as
/// long as one of them does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead(usize);

impl Ahead {
    /// At the start of an input.
    pub fn new() -> Self {
        Ahead(FIRST)
    }

    /// Bytes to read for `needed` ones, where `left` may be left of the input.
    pub fn room(self, needed: usize, left: Option<u64>) -> usize {
        let left = left.map_or(self.0, |left| usize::try_from(left).unwrap_or(self.0));
        self.0.min(left).max(needed)
    }

    /// Takes note that something large was read into memory of its own: where the next one follows, it should not be
    /// read ahead.
    pub fn passed_by(&mut self) {
        self.0 = LEAST;
    }

    /// Takes note of what came: the whole room, or `filled` bytes of it.
    pub fn came(&mut self, filled: usize, whole: bool) {
        self.0 = match whole {
            true => (self.0 * 2).min(MOST),
            // Whoever holds what comes in small pieces should not hold much room around it.
            false => filled.next_power_of_two().clamp(LEAST, self.0),
        };
    }
}
