//! The blocks of a footer: where messages lie.

use crate::error::{Error, Result};
use crate::flatbuffer::{Vector, struct_i32, struct_i64};
use crate::format::BLOCK_BYTES;
use bytes::Bytes;

/// Where a message lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// First byte of the message's prefix.
    pub offset: u64,
    /// Bytes of prefix, metadata and padding.
    pub metadata_length: u64,
    /// Bytes of body behind them.
    pub body_length: u64,
}

impl Block {
    /// First byte behind the body.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.metadata_length).saturating_add(self.body_length)
    }

    fn parse(bytes: &[u8], footer_offset: u64) -> Result<Self> {
        let (offset, metadata, body) = (struct_i64(bytes, 0), struct_i32(bytes, 8), struct_i64(bytes, 16));
        let text =
            || format!("{metadata} bytes of metadata and {body} of body at {offset}, the footer is at {footer_offset}");
        let invalid = || Error::invalid("footer-block-out-of-range", text());
        let block = Block {
            offset: u64::try_from(offset).map_err(|_| invalid())?,
            metadata_length: u64::try_from(metadata).map_err(|_| invalid())?,
            body_length: u64::try_from(body).map_err(|_| invalid())?,
        };
        let end = block.offset.checked_add(block.metadata_length).and_then(|end| end.checked_add(block.body_length));
        match end {
            Some(end) if end <= footer_offset && block.metadata_length >= 4 => Ok(block),
            _ => Err(invalid()),
        }
    }
}

/// A vector of blocks, which stays where it lies in the footer: a file of many batches is opened without a look at them,
/// and each block is checked when it is asked for.
#[derive(Default)]
pub struct Blocks {
    bytes: Bytes,
    /// Where the first lies in the input.
    position: u64,
    footer_offset: u64,
    what: &'static str,
}

impl Blocks {
    /// The blocks of `what` in a footer that lies at `footer_offset`.
    pub fn new(footer: &Bytes, footer_offset: u64, vector: Vector<'_>, what: &'static str) -> Self {
        let position = footer_offset + vector.position(0);
        Blocks { bytes: footer.slice_ref(vector.as_bytes()), position, footer_offset, what }
    }

    /// Where the messages end at the latest.
    pub fn end(&self) -> u64 {
        self.footer_offset
    }

    /// Number of blocks.
    pub fn len(&self) -> usize {
        self.bytes.len() / BLOCK_BYTES
    }

    /// Block `index`, which lies before the footer; `None` when there are not so many.
    pub fn get(&self, index: usize) -> Option<Result<Block>> {
        let start = index.checked_mul(BLOCK_BYTES)?;
        let block = Block::parse(self.bytes.get(start..start + BLOCK_BYTES)?, self.footer_offset);
        Some(block.map_err(|e| {
            let message = format!("block {index} of the footer's {}: {}", self.what, e.message);
            Error { message, ..e }.at(self.position + start as u64)
        }))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Result<Block>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
