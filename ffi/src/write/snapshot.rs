//! What was written of an array, to tell at the speed of memory whether another one would be written alike.

use super::body::{Body, Bytes};
use crate::error::{Error, Result};

/// A copy of a body.
#[derive(Default)]
pub struct Snapshot {
    /// Length and null count of each field node.
    nodes: Vec<(usize, usize)>,
    /// Where each buffer ends in `bytes`; `None` for a bitmap that is left out.
    ends: Vec<Option<usize>>,
    bytes: Vec<u8>,
}

impl Snapshot {
    /// Copies a body.
    pub fn of(body: &Body<'_>) -> Result<Self> {
        let mut snapshot = Snapshot::default();
        let total = body.buffers.iter().map(|buffer| body.bytes(buffer).len()).sum();
        snapshot.bytes.try_reserve_exact(total).map_err(|_| Error::out_of_memory(total as u64))?;
        snapshot.nodes.extend(body.nodes.iter().map(|node| (node.length, node.null_count)));
        for buffer in &body.buffers {
            snapshot.bytes.extend_from_slice(body.bytes(buffer));
            snapshot.ends.push((!matches!(buffer, Bytes::Absent)).then_some(snapshot.bytes.len()));
        }
        Ok(snapshot)
    }

    /// Whether a body has the same nodes and the same bytes.
    pub fn is(&self, body: &Body<'_>) -> bool {
        let nodes = body.nodes.iter().map(|node| (node.length, node.null_count));
        if !nodes.eq(self.nodes.iter().copied()) || body.buffers.len() != self.ends.len() {
            return false;
        }
        let mut start = 0;
        body.buffers.iter().zip(&self.ends).all(|(buffer, end)| match end {
            None => matches!(buffer, Bytes::Absent),
            Some(end) => {
                let before = &self.bytes[start..*end];
                start = *end;
                !matches!(buffer, Bytes::Absent) && body.bytes(buffer) == before
            }
        })
    }
}
