//! Record batch messages of one shape: for a schema only numbers differ from batch to batch, so the metadata are built once
//! and then overwritten in place.

use super::message::{self, Header, Parts, field_node};
use crate::array::Node;
use crate::error::{Code, Error, Result};
use crate::flatbuffer::{Table, Vector};
use crate::options::Options;
use crate::schema::Metadata;
use arrow_ipc as fb;
use std::ops::Range;

/// Framed metadata and where in them the numbers are.
pub struct Template {
    framed: Vec<u8>,
    /// Bytes of the framed metadata without padding.
    used: usize,
    /// Where the frame says how long metadata and padding are.
    size: Range<usize>,
    rows: Range<usize>,
    body_length: Range<usize>,
    nodes: Range<usize>,
    buffers: Range<usize>,
    variadic_counts: Range<usize>,
}

impl Template {
    /// A template for messages with as many nodes, buffers and counts, without custom metadata.
    pub fn new(parts: &Parts<'_>, options: &Options) -> Result<Self> {
        // A number that is its default, 0, would have no place.
        let nodes = vec![Node { length: 1, null_count: 0, first_buffer: 0, buffer_count: 0 }; parts.nodes.len()];
        let metadata = message::batch(
            &Header::RecordBatch(&Metadata::default()),
            1,
            &Parts { nodes: &nodes, length: 1, ..*parts },
            options,
        );
        let prefix = message::prefix_length(options);
        let place = |position: usize, length: usize| position + prefix..position + prefix + length;
        let missing = || Error::new(Code::Internal, "a number is missing in the metadata of a batch");
        let scalar = |table: &Table<'_>, slot| Ok::<_, Error>(place(table.field(slot, 8, "")?.ok_or_else(missing)?, 8));
        let vector =
            |found: Option<Vector<'_>>| found.map_or(0..0, |v| place(v.position(0) as usize, v.len() * v.width()));

        let message = Table::root(&metadata)?;
        let batch = message.table(fb::Message::VT_HEADER, "")?.ok_or_else(missing)?;
        let mut template = Template {
            framed: Vec::new(),
            used: prefix + metadata.len(),
            size: prefix - 4..prefix,
            rows: scalar(&batch, fb::RecordBatch::VT_LENGTH)?,
            body_length: scalar(&message, fb::Message::VT_BODYLENGTH)?,
            nodes: vector(batch.vector(fb::RecordBatch::VT_NODES, 16, "")?),
            buffers: vector(batch.vector(fb::RecordBatch::VT_BUFFERS, 16, "")?),
            variadic_counts: vector(batch.vector(fb::RecordBatch::VT_VARIADICBUFFERCOUNTS, 8, "")?),
        };
        template.framed = message::frame(&metadata, 0, options)?;
        Ok(template)
    }

    /// Whether messages about such a body have this shape.
    pub fn fits(&self, parts: &Parts<'_>) -> bool {
        self.nodes.len() == parts.nodes.len() * 16
            && self.buffers.len() == parts.buffers.len() * 16
            && self.variadic_counts.len() == parts.variadic_counts.len() * 8
    }

    /// The framed metadata of a message that starts at `position`, its body, which fits, at a multiple of the alignment.
    pub fn fill(&mut self, rows: usize, parts: &Parts<'_>, position: u64, alignment: usize) -> &[u8] {
        let end = position + self.used as u64;
        let padded = self.used + (end.next_multiple_of(alignment as u64) - end) as usize;
        if padded != self.framed.len() {
            self.framed.resize(padded, 0);
            // Whether metadata are too long was found out when the template was made.
            let size = (padded - self.size.end) as i32;
            self.framed[self.size.clone()].copy_from_slice(&size.to_le_bytes());
        }
        let framed = &mut self.framed;
        framed[self.rows.clone()].copy_from_slice(&(rows as i64).to_le_bytes());
        framed[self.body_length.clone()].copy_from_slice(&(parts.length as i64).to_le_bytes());
        let nodes = framed[self.nodes.clone()].as_chunks_mut::<16>().0;
        nodes.iter_mut().zip(parts.nodes).for_each(|(place, node)| *place = field_node(node).0);
        let buffers = framed[self.buffers.clone()].as_chunks_mut::<16>().0;
        buffers.iter_mut().zip(parts.buffers).for_each(|(place, buffer)| *place = buffer.0);
        let counts = framed[self.variadic_counts.clone()].as_chunks_mut::<8>().0;
        counts.iter_mut().zip(parts.variadic_counts).for_each(|(place, count)| *place = count.to_le_bytes());
        framed
    }
}
