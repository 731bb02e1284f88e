//! Arrays as the reader hands them out. How the writer takes them is in [`crate::write::arrays`].

use crate::schema::{Field, Metadata, Schema};
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;

/// Where a buffer of a decoded array lies: `length` bytes at `start` of `owners[owner]` of its [`Columns`].
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    /// Index of the owner, or [`Buffer::ABSENT`].
    pub owner: u32,
    /// First byte in the owner.
    pub start: usize,
    /// Length in bytes.
    pub length: usize,
}

impl Buffer {
    /// A validity bitmap that is not there because nothing is null.
    pub const ABSENT: Buffer = Buffer { owner: u32::MAX, start: 0, length: 0 };

    /// Whether this is a bitmap that is not there.
    pub fn is_absent(&self) -> bool {
        self.owner == u32::MAX
    }
}

/// One array of a decoded tree.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Number of slots.
    pub length: usize,
    /// Number of nulls, exact.
    pub null_count: usize,
    /// First buffer in [`Columns::buffers`].
    pub first_buffer: u32,
    /// Number of buffers. The buffers are those of the C Data Interface without the lengths of variadic buffers.
    pub buffer_count: u32,
}

/// Decoded arrays: the nodes of one or more field trees in depth-first order, children after their parent.
/// A dictionary-encoded field has one node, its indices; the children of its type belong to the dictionary.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// The arrays.
    pub nodes: Vec<Node>,
    /// Their buffers.
    pub buffers: Vec<Buffer>,
    /// The memory the buffers lie in.
    pub owners: Vec<Bytes>,
}

impl Columns {
    /// No arrays; the tables keep their memory.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.buffers.clear();
        self.owners.clear();
    }

    /// The bytes of a buffer; empty when absent.
    pub fn bytes(&self, buffer: Buffer) -> &[u8] {
        match self.owners.get(buffer.owner as usize) {
            Some(owner) => &owner[buffer.start..buffer.start + buffer.length],
            None => &[],
        }
    }
}

/// Dictionaries by id as they were when a batch was read. Values that hold dictionary-encoded fields refer to the same map.
pub type Dictionaries = HashMap<i64, Arc<Columns>>;

/// A record batch that was read.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The fields, after projection.
    pub schema: Arc<Schema>,
    /// Number of rows.
    pub rows: usize,
    /// One tree a field of the schema.
    pub columns: Columns,
    /// Every dictionary that the columns refer to, and those that these refer to; one tree each.
    pub dictionaries: Arc<Dictionaries>,
    /// Custom metadata of the message.
    pub metadata: Metadata,
}

/// The trees of `fields` in the order of [`Columns::nodes`]: how many nodes a field takes.
pub fn node_count(field: &Field) -> usize {
    1 + if field.dictionary.is_some() { 0 } else { field.children.iter().map(node_count).sum() }
}

/// Set bits among the first `length`.
pub fn count_ones(bitmap: &[u8], length: usize) -> usize {
    let (words, rest) = bitmap[..length.div_ceil(8)].split_at(length / 64 * 8);
    let ones: u64 = words.as_chunks().0.iter().map(|word| u64::from(u64::from_le_bytes(*word).count_ones())).sum();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let last = u64::from_le_bytes(last) & ((1 << (length % 64)) - 1);
    ones as usize + last.count_ones() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_are_counted_up_to_any_bit() {
        let bitmap: Vec<u8> = (0..40u8).map(|index| index.wrapping_mul(151) ^ 0xA5).collect();
        let mut ones = 0;
        for length in 0..=bitmap.len() * 8 {
            assert_eq!(count_ones(&bitmap, length), ones, "{length}");
            ones += bitmap.get(length / 8).map_or(0, |byte| usize::from(byte >> (length % 8) & 1));
        }
    }
}
