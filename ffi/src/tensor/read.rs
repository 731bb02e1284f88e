//! Tensors one after the other.

use super::{Index, Layout, Tensor, decode};
use crate::error::{Error, Result};
use crate::memory::AlignedBuffer;
use crate::options::Options;
use crate::read::Messages;
use crate::source::{Cursor, Source};
use bytes::Bytes;

/// Reads tensor messages that follow each other.
pub struct TensorReader {
    messages: Messages,
    options: Options,
    read: u64,
    failed: bool,
}

impl TensorReader {
    /// Reads from where the source stands; nothing is read yet.
    pub fn open(source: Source, options: &Options) -> Self {
        let messages = Messages::new(Cursor::new(source.0));
        TensorReader { messages, options: options.clone(), read: 0, failed: false }
    }

    /// The next tensor; `None` where the input ends between messages or has an end-of-stream marker.
    pub fn next_tensor(&mut self) -> Result<Option<Tensor<Bytes>>> {
        if self.failed {
            return Err(Error::state("the tensor reader failed before"));
        }
        let next = self.advance();
        self.failed = next.is_err();
        next
    }

    fn advance(&mut self) -> Result<Option<Tensor<Bytes>>> {
        let Some((message, body, index)) = self.messages.next(&self.options.limits)? else { return Ok(None) };
        let decoded = decode::tensor(&message, &body, &self.options);
        let mut tensor = decoded.map_err(|e| message.place(e).in_message(index))?;
        align(&mut tensor)?;
        self.read += 1;
        self.options.report_progress(self.messages.position(), self.read)?;
        Ok(Some(tensor))
    }
}

/// Copies buffers that do not lie as machine words must.
fn align(tensor: &mut Tensor<Bytes>) -> Result<()> {
    align_buffer(&mut tensor.data, tensor.data_type.value_alignment())?;
    let Layout::Sparse { index, .. } = &mut tensor.layout else { return Ok(()) };
    match index {
        Index::Coo { indices, .. } => align_buffer(&mut indices.bytes, indices.integer.bytes()),
        Index::Csx { indptr, indices, .. } => {
            align_buffer(&mut indptr.bytes, indptr.integer.bytes())?;
            align_buffer(&mut indices.bytes, indices.integer.bytes())
        }
        Index::Csf { indptr_type, indptr, indices_type, indices, .. } => {
            indptr.iter_mut().try_for_each(|buffer| align_buffer(buffer, indptr_type.bytes()))?;
            indices.iter_mut().try_for_each(|buffer| align_buffer(buffer, indices_type.bytes()))
        }
    }
}

fn align_buffer(buffer: &mut Bytes, alignment: usize) -> Result<()> {
    if !buffer.is_empty() && !(buffer.as_ptr() as usize).is_multiple_of(alignment) {
        *buffer = AlignedBuffer::copy_of(buffer)?.into_bytes();
    }
    Ok(())
}
