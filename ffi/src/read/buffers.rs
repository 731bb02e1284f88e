//! The buffers of a batch: checked against body and length before they are touched, copied only to align or swap them, and
//! noted where they are to be decompressed.

use super::batch::{Decoder, PACKED};
use super::swap::Swap;
use super::unpack::Packed;
use crate::array::Buffer;
use crate::compression::check;
use crate::error::{Code, Error, Result};
use crate::format::{Compression, NOT_COMPRESSED};
use crate::memory::AlignedBuffer;
use crate::schema::ByteOrder;

impl Decoder<'_> {
    /// Adds a buffer with memory of its own.
    pub(super) fn push_owned(&mut self, buffer: AlignedBuffer) -> Result<()> {
        let columns = &mut *self.columns;
        let owner = columns.owners.len() as u32;
        columns.buffers.push(Buffer { owner, start: 0, length: buffer.as_ref().len() });
        columns.owners.push(buffer.into_bytes());
        Ok(())
    }

    /// The bytes at `start` of the body, which the header's bounds check has seen.
    #[inline]
    fn locate(&self, start: usize, length: usize) -> Result<Buffer> {
        if self.starts.is_empty() {
            return Ok(Buffer { owner: 0, start, length });
        }
        let part = self.starts.partition_point(|part| *part <= start).checked_sub(1);
        let found = part.map(|part| Buffer { owner: part as u32, start: start - self.starts[part], length });
        let held = |buffer: &Buffer| {
            self.columns.owners.get(buffer.owner as usize).is_some_and(|part| part.len() - buffer.start >= length)
        };
        found.filter(held).ok_or_else(|| Error::new(Code::Internal, "a part of a body that is needed was not read"))
    }

    /// The next buffer: at a multiple of `alignment`, a power of two, little-endian, of at least `needed` bytes, and
    /// decompressed in the end.
    #[inline]
    pub(super) fn buffer(
        &mut self,
        what: &str,
        needed: usize,
        alignment: usize,
        swap: Swap,
        clause: &'static str,
    ) -> Result<()> {
        let swap = if self.rules.byte_order == ByteOrder::Big { swap } else { Swap::None };
        let index = self.at.buffer;
        let (start, length) = self.header.buffer(index, self.body)?;
        self.at.buffer += 1;
        let mut found = if length == 0 { Buffer { owner: 0, start, length } } else { self.locate(start, length)? };
        if length > 0
            && let Some(codec) = self.header.compression
        {
            let position = self.header.buffer_position(index);
            match self.plain_part(codec, found).map_err(|e| e.at(position))? {
                Part::Stored => (found.start, found.length) = (found.start + 8, found.length - 8),
                Part::Packed { length } => {
                    if length < needed {
                        return Err(self.short(what, needed, length, clause));
                    }
                    let stored = Buffer { start: found.start + 8, length: found.length - 8, ..found };
                    return self.pack(Packed {
                        codec,
                        stored,
                        start: 0,
                        length,
                        swap,
                        buffer: self.columns.buffers.len(),
                        node: self.columns.nodes.len() - 1,
                        position,
                    });
                }
            }
        }
        if found.length < needed {
            return Err(self.short(what, needed, found.length, clause));
        }
        let address = self.columns.bytes(found).as_ptr() as usize;
        if found.length > 0 && (swap != Swap::None || address & (alignment - 1) != 0) {
            return self.copy(found, swap).map_err(|e| e.at(self.header.buffer_position(index)));
        }
        self.columns.buffers.push(found);
        Ok(())
    }

    /// The last buffer taken is too short.
    #[cold]
    fn short(&self, what: &str, needed: usize, length: usize, clause: &'static str) -> Error {
        let index = self.at.buffer - 1;
        let message = format!("buffer {index} ({what}) has {length} bytes, {needed} are needed");
        Error::invalid(clause, message).at(self.header.buffer_position(index))
    }

    /// Adds a buffer that is to be decompressed.
    fn pack(&mut self, packed: Packed) -> Result<()> {
        let length = packed.length as u64;
        let place = |e: Error| e.at(packed.position);
        let (total, limit) = (self.cost.decompressed + length, self.rules.limits.decompressed_bytes);
        if total > limit {
            return Err(place(Error::limit("the decompressed size of a message", total, limit)));
        }
        self.rules.account.take(length).map_err(place)?;
        check(packed.codec, self.columns.bytes(packed.stored), packed.length).map_err(place)?;
        self.cost.decompressed = total;
        let start = self.packed.last().map_or(0, |last| last.start + last.room());
        self.columns.buffers.push(Buffer { owner: PACKED, start, length: packed.length });
        self.packed.push(Packed { start, ..packed });
        Ok(())
    }

    /// Adds a copy of a buffer of the body.
    fn copy(&mut self, found: Buffer, swap: Swap) -> Result<()> {
        // Buffers may share bytes of the body: copies of them may take more than the body.
        let total = self.cost.copied + found.length as u64;
        let limit = self.rules.limits.decompressed_bytes.max(self.body as u64);
        if total > limit {
            return Err(Error::limit("the size of the buffers of a message that are copied", total, limit));
        }
        self.rules.account.take(found.length as u64)?;
        let copy = swap.copy(self.columns.bytes(found))?;
        self.cost.copied = total;
        self.push_owned(copy)
    }

    /// What the length prefix of a buffer in a compressed body says.
    fn plain_part(&self, codec: Compression, stored: Buffer) -> Result<Part> {
        let stored = self.columns.bytes(stored);
        let Some((prefix, packed)) = stored.split_first_chunk::<8>() else {
            let message = format!("a compressed buffer of {} bytes has no length prefix", stored.len());
            return Err(Error::invalid("compression-prefix-truncated", message));
        };
        match i64::from_le_bytes(*prefix) {
            NOT_COMPRESSED => Ok(Part::Stored),
            // Some writers put no frame behind the length of an empty buffer (clause compression-empty-with-prefix).
            0 if packed.is_empty() => Ok(Part::Stored),
            length => match usize::try_from(length) {
                Ok(length) => Ok(Part::Packed { length }),
                Err(_) => Err(Error::invalid(
                    "compression-prefix-negative",
                    format!("the length prefix of a {codec:?} buffer is {length}"),
                )),
            },
        }
    }
}

/// How a buffer lies in a compressed body.
enum Part {
    /// Behind the prefix, as it is.
    Stored,
    /// Behind the prefix, compressed; this many bytes long when it is not.
    Packed { length: usize },
}
