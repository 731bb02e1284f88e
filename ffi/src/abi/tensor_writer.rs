//! Writing tensors: one message for each tensor.
//!
//! A tensor writer is used by one thread at a time and may move between threads. After a failure of the
//! sink nothing more can be written: the output is incomplete.

use super::boundary::{self, Guarded};
use super::error::arrowipc_error;
use super::memory;
use super::options::{self, arrowipc_options};
use super::sink::arrowipc_sink;
use super::tensor::arrowipc_tensor_description;
use super::tensor_import;
use crate::error::{Error, Result};
use crate::tensor::TensorWriter;

/// Writes tensors. Since 0.1
pub struct arrowipc_tensor_writer(Guarded<State>);

struct State {
    writer: TensorWriter,
    memory_taken: bool,
}

impl State {
    fn take_memory(&mut self) -> Result<Vec<u8>> {
        if self.memory_taken {
            return Err(Error::state("the memory was already taken"));
        }
        let memory = self.writer.take_memory()?;
        self.memory_taken = true;
        Ok(memory)
    }
}

/// Opens a tensor writer; nothing is written yet. `sink` is consumed, also on failure. NULL `options`
/// stands for the defaults; what matters are ARROWIPC_OPTION_METADATA_VERSION and
/// ARROWIPC_OPTION_LEGACY_FRAMING. Buffers start at multiples of 64 bytes, as the format demands, and are
/// never compressed. The progress callback gets the number of tensors for that of batches. `*out` is the
/// caller's, freed by arrowipc_tensor_writer_free. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_tensor_writer_open(
    sink: *mut arrowipc_sink,
    options: *const arrowipc_options,
    out: *mut *mut arrowipc_tensor_writer,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the sink is the caller's to give, as the header demands.
    let (sink, options, out, err) = unsafe {
        (
            boundary::consumed(sink, "sink"),
            options::or_default(options),
            boundary::out(out, "out"),
            boundary::optional_out(err),
        )
    };
    boundary::call(err, || {
        let (sink, out) = (sink?, out?);
        let state = State { writer: TensorWriter::open(sink.0, &options), memory_taken: false };
        out.set(Box::into_raw(Box::new(arrowipc_tensor_writer(Guarded::new(state)))));
        Ok(())
    })
}

/// Writes a tensor. `tensor` and what it points to are borrowed for the call. Dense values that lie side
/// by side, each once, are written as they lie, be it in row-major, column-major or another order of the
/// dimensions; others are put into row-major order. Sparse values and indices are checked in full and
/// written as they are.
///
/// ARROWIPC_INVALID_ARGUMENT for a description that contradicts itself or the format, of which nothing is
/// written; ARROWIPC_UNSUPPORTED when members are set that this version does not know, and for values
/// that are not whole bytes; ARROWIPC_INVALID_STATE after arrowipc_tensor_writer_finish or a failure of
/// the sink. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_tensor_writer_write(
    w: *mut arrowipc_tensor_writer,
    tensor: *const arrowipc_tensor_description,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the writer is used by it alone, as the header demands.
    let (writer, description, err) =
        unsafe { (boundary::exclusive(w, "w"), boundary::sized(tensor, "tensor"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (writer, description) = (writer?, description?);
        // SAFETY: the size was just read.
        unsafe { boundary::no_extension(tensor, "tensor") }?;
        // SAFETY: what is pointed to is there and stays as it is during the call, as the header demands.
        let tensor = unsafe { tensor_import::import(&description) }?;
        writer.0.with_mut(|state| state.writer.write(tensor))
    })
}

/// Flushes, and renames the file of arrowipc_sink_to_path. No end marker is written: tensor messages
/// stand alone. Nothing can be written afterwards; the writer is still to be freed.
/// ARROWIPC_INVALID_STATE when repeated. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_tensor_writer_finish(
    w: *mut arrowipc_tensor_writer,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the writer is used by it alone, as the header demands.
    let (writer, err) = unsafe { (boundary::exclusive(w, "w"), boundary::optional_out(err)) };
    boundary::call(err, || writer?.0.with_mut(|state| state.writer.finish()))
}

/// Hands over the bytes of a memory sink, once, after arrowipc_tensor_writer_finish: `*n` bytes at
/// `*data`, a block of the caller's that arrowipc_memory_free frees and that does not need the writer any
/// more. ARROWIPC_INVALID_STATE before arrowipc_tensor_writer_finish and when repeated,
/// ARROWIPC_INVALID_ARGUMENT for other sinks. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_tensor_writer_take_memory(
    w: *mut arrowipc_tensor_writer,
    data: *mut *mut u8,
    n: *mut usize,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the writer is used by it alone, as the header demands.
    let (writer, data, n, err) = unsafe {
        (boundary::exclusive(w, "w"), boundary::out(data, "data"), boundary::out(n, "n"), boundary::optional_out(err))
    };
    boundary::call(err, || {
        let (writer, data, n) = (writer?, data?, n?);
        let (block, length) = memory::hand_out(writer.0.with_mut(State::take_memory)?);
        data.set(block);
        n.set(length);
        Ok(())
    })
}

/// Frees a tensor writer and its sink; NULL is fine. Without arrowipc_tensor_writer_finish the output
/// stays incomplete: a file never gets its name. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_tensor_writer_free(w: *mut arrowipc_tensor_writer) {
    // SAFETY: NULL or a writer that the caller owns, as the header demands.
    unsafe { boundary::free(w) }
}
