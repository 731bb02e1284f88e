//! Arrays as the reader hands them out and as the writer takes them.

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

/// An array that somebody else owns, as the C Data Interface describes it, its buffers with their sizes.
#[derive(Clone, Debug)]
pub struct ArrayView<'a> {
    /// Number of slots behind `offset`.
    pub length: usize,
    /// Slots before the first one that counts.
    pub offset: usize,
    /// Validity bitmap over `offset + length` bits; `None` when there are no nulls.
    pub validity: Option<&'a [u8]>,
    /// The buffers but validity, from slot 0 on and exactly as long as `offset + length` slots need (for variable-size
    /// data: as the last offset says). For view types: the views, then the data buffers.
    pub buffers: Vec<&'a [u8]>,
    /// Child arrays by position.
    pub children: Vec<ArrayView<'a>>,
    /// Dictionary values of a dictionary-encoded array.
    pub dictionary: Option<Box<ArrayView<'a>>>,
}

/// A record batch to write: `columns` fit the writer's schema one by one.
#[derive(Clone, Debug)]
pub struct BatchView<'a> {
    /// Number of rows.
    pub rows: usize,
    /// Offset that applies to every column, on top of its own.
    pub offset: usize,
    /// The columns.
    pub columns: Vec<ArrayView<'a>>,
}

/// The trees of `fields` in the order of [`Columns::nodes`]: how many nodes a field takes.
pub fn node_count(field: &Field) -> usize {
    1 + if field.dictionary.is_some() { 0 } else { field.children.iter().map(node_count).sum() }
}

/// Set bits among the first `length`.
pub fn count_ones(bitmap: &[u8], length: usize) -> usize {
    let (whole, rest) = (length / 8, length % 8);
    let mut words = bitmap[..whole].chunks_exact(8);
    let mut ones: usize = 0;
    for word in &mut words {
        ones += word.try_into().map_or(0, u64::from_le_bytes).count_ones() as usize;
    }
    ones += words.remainder().iter().map(|byte| byte.count_ones() as usize).sum::<usize>();
    if rest > 0 {
        ones += (bitmap[whole] & ((1 << rest) - 1)).count_ones() as usize;
    }
    ones
}
