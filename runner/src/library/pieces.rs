//! Short reads and writes: what a caller's functions may do, and rarely do in tests.

/// Lengths by turns: a byte, odd numbers across the 4 and 8 bytes of prefixes and alignment, a page, and enough to get on with large
/// data.
const LENGTHS: [usize; 6] = [1, 3, 13, 509, 4096, 1 << 20];

/// How many of `wanted` bytes are given or taken in call number `call`; none only when none are wanted.
pub fn length(call: usize, wanted: usize) -> usize {
    LENGTHS[call % LENGTHS.len()].min(wanted)
}
