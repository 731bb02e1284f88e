//! Tensors to a sink.

use super::check::{Coordinates, value_width};
use super::{Axis, Index, Layout, Tensor, encode};
use crate::error::{Code, Error, Result};
use crate::options::{Options, Validation};
use crate::sink::{Output, Sink};
use crate::write::message::{BodyBytes, frame};

/// The body of a message starts, by the format, at a multiple of 64 bytes; here each buffer of it does, and the next
/// message too, so that this holds from the start of the output as well as from that of the message.
const ALIGNMENT: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The sink failed: what follows would not be readable.
    Broken,
    Finished,
}

/// Writes tensor messages that follow each other.
pub struct TensorWriter {
    output: Output,
    options: Options,
    written: u64,
    state: State,
}

impl TensorWriter {
    /// Nothing is written yet. Of the options, metadata version and framing matter.
    pub fn open(sink: Sink, options: &Options) -> Self {
        let options = Options { alignment: ALIGNMENT, compression: None, ..options.clone() };
        TensorWriter { output: Output::new(sink), options, written: 0, state: State::Open }
    }

    fn check_open(&self) -> Result<()> {
        match self.state {
            State::Open => Ok(()),
            State::Finished => Err(Error::state("the tensor writer is finished")),
            State::Broken => Err(Error::state("the tensor writer failed before, its output is incomplete")),
        }
    }

    /// Writes a tensor. One that violates the format leaves the writer as it was.
    pub fn write(&mut self, mut tensor: Tensor<&[u8]>) -> Result<()> {
        self.check_open()?;
        if let Layout::Sparse { index: Index::Coo { canonical, .. }, .. } = &mut tensor.layout {
            // Whether it is, is found out once the coordinates are known to be there.
            *canonical = false;
        }
        let checked = tensor.check(Validation::Full).and_then(|()| complete(&mut tensor));
        checked.map_err(|e| match e.code {
            Code::InvalidData => Error { code: Code::InvalidArgument, ..e },
            _ => e,
        })?;
        let width = value_width(&tensor.data_type)?;
        let data = encode::pack(&mut tensor, width)?;
        let body = encode::body(&tensor, data);
        let mut bytes = BodyBytes::default();
        bytes.lay_out(&body, ALIGNMENT);
        let metadata = encode::message(&tensor, &bytes, &self.options);
        let framed = frame(&metadata, self.output.position(), &self.options)?;

        // From here on bytes are written.
        self.state = State::Broken;
        self.output.write(&framed, &bytes.pieces)?;
        self.output.end_message()?;
        self.state = State::Open;
        self.written += 1;
        self.options.report_progress(self.output.position(), self.written)
    }

    /// Flushes. Tensor messages stand alone: no end marker follows them.
    pub fn finish(&mut self) -> Result<()> {
        self.check_open()?;
        self.state = State::Broken;
        self.output.finish()?;
        self.state = State::Finished;
        Ok(())
    }

    /// The bytes of a memory sink, once, after `finish`.
    pub fn take_memory(&mut self) -> Result<Vec<u8>> {
        if self.state != State::Finished {
            return Err(Error::state("the tensor writer is not finished"));
        }
        self.output.take_memory()
    }
}

/// What writers owe beyond what readers check: an index in order, and a flag that says so if and only if it is.
fn complete(tensor: &mut Tensor<&[u8]>) -> Result<()> {
    let Layout::Sparse { non_zero_length, index } = &mut tensor.layout else { return Ok(()) };
    match index {
        Index::Coo { indices, strides, canonical } => {
            let matrix = Coordinates::measure(indices, *strides, *non_zero_length as usize, tensor.shape.len())?;
            *canonical = matrix.is_canonical();
            Ok(())
        }
        Index::Csx { compressed, indptr, indices } => {
            let (ranges, entries) = (indptr.entries(), indices.entries());
            for range in 1..ranges.len() {
                let (start, end) = (ranges.get(range - 1) as usize, ranges.get(range) as usize);
                if let Some(entry) = (start + 1..end).find(|entry| entries.get(*entry) < entries.get(entry - 1)) {
                    let what = match compressed {
                        Axis::Row => "row",
                        Axis::Column => "column",
                    };
                    let text = format!("the indices of {what} {} are not sorted: entry {entry} falls", range - 1);
                    return Err(Error::invalid("sparse-csx-sorted", text));
                }
            }
            Ok(())
        }
        Index::Csf { .. } => Ok(()),
    }
}
