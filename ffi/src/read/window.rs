//! Neighbouring messages of a file, read at once.

use super::blocks::Block;
use crate::error::Result;
use crate::memory::Pool;
use crate::source::{Ahead, Input, LARGE};
use bytes::Bytes;
use std::sync::Arc;

/// What was read ahead of a file whose batches are read in order.
pub struct Window {
    /// Of a device that may be read ahead.
    ahead: Option<Ahead>,
    bytes: Bytes,
    /// Where they lie in the input.
    offset: u64,
}

impl Window {
    /// Nothing yet.
    pub fn new(input: &Input) -> Self {
        Window { ahead: input.reads_ahead().then(Ahead::new), bytes: Bytes::new(), offset: 0 }
    }

    /// The message at `block`, with what follows it up to `end`; `None` when it is too large for that.
    fn message(&mut self, input: &Input, block: Block, end: u64, pool: &Arc<Pool>) -> Result<Option<Bytes>> {
        let Some(ahead) = &mut self.ahead else { return Ok(None) };
        let Some(length) = small(block) else {
            ahead.passed_by();
            return Ok(None);
        };
        let place = |offset: u64| block.offset.checked_sub(offset).and_then(|start| usize::try_from(start).ok());
        if let Some(start) = place(self.offset)
            && start.checked_add(length).is_some_and(|end| end <= self.bytes.len())
        {
            return Ok(Some(self.bytes.slice(start..start + length)));
        }
        self.bytes = Bytes::new();
        let room = ahead.room(length, Some(end.saturating_sub(block.offset)));
        let read = |length| input.range_aside(block.offset, length, (block.offset % 64) as usize, pool);
        let Ok(bytes) = read(room) else {
            // What cannot be read may be behind what is asked for.
            ahead.passed_by();
            return Ok(Some(read(length)?));
        };
        ahead.came(room, true);
        (self.bytes, self.offset) = (bytes, block.offset);
        Ok(Some(self.bytes.slice(..length)))
    }
}

/// Bytes of a message that is read at once.
fn small(block: Block) -> Option<usize> {
    let length = block.metadata_length.saturating_add(block.body_length);
    usize::try_from(length).ok().filter(|length| *length <= LARGE)
}

/// The message at `block`, from its prefix to the end of its body, when that costs no more than its metadata: in memory, or
/// small. `end` is where what may be read ends.
pub fn message(
    input: &Input,
    block: Block,
    end: u64,
    window: Option<&mut Window>,
    pool: &Arc<Pool>,
) -> Result<Option<Bytes>> {
    if let Some(window) = window
        && let Some(bytes) = window.message(input, block, end, pool)?
    {
        return Ok(Some(bytes));
    }
    let length = if input.is_memory() { usize::try_from(block.end() - block.offset).ok() } else { small(block) };
    let Some(length) = length else { return Ok(None) };
    // The body starts at a multiple of 64.
    let skipped = (block.metadata_length as usize).wrapping_neg() % 64;
    Ok(Some(input.range_aside(block.offset, length, skipped, pool)?))
}
