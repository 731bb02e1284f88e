//! Reading tensors: the tensor messages of a source, one after the other.
//!
//! A tensor reader is used by one thread at a time and may move between threads. Tensors that were handed
//! out are the caller's: they stay valid when the reader is freed.

use super::boundary::{self, Guarded};
use super::error::arrowipc_error;
use super::options::{self, arrowipc_options};
use super::source::arrowipc_source;
use super::tensor::arrowipc_tensor;
use crate::tensor::TensorReader;
use std::ptr;

/// Reads tensors. Since 0.1
pub struct arrowipc_tensor_reader(Guarded<TensorReader>);

/// Opens a tensor reader; nothing is read yet. `source` is consumed, also on failure. NULL `options`
/// stands for the defaults; what matters are the limits, ARROWIPC_OPTION_MAX_FIELDS being that of the
/// dimensions, and ARROWIPC_OPTION_VALIDATION, which is about the entries of sparse indices. The progress
/// callback gets the number of tensors for that of batches. `*out` is the caller's, freed by
/// arrowipc_tensor_reader_free. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_tensor_reader_open(
    source: *mut arrowipc_source,
    options: *const arrowipc_options,
    out: *mut *mut arrowipc_tensor_reader,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the source is the caller's to give, as the header demands.
    let (source, options, out, err) = unsafe {
        (
            boundary::consumed(source, "source"),
            options::or_default(options),
            boundary::out(out, "out"),
            boundary::optional_out(err),
        )
    };
    boundary::call(err, || {
        let (source, out) = (source?, out?);
        let reader = TensorReader::open(source.0, &options);
        out.set(Box::into_raw(Box::new(arrowipc_tensor_reader(Guarded::new(reader)))));
        Ok(())
    })
}

/// Reads the next tensor. `*out` is the caller's, freed by arrowipc_tensor_free. Where the input ends
/// between messages, or at an end-of-stream marker, the call succeeds and `*out` is NULL, however often
/// it is repeated. The values of a source in memory, or of a memory map, are not copied unless they must
/// be to be aligned.
///
/// ARROWIPC_INVALID_DATA for a message that is truncated, malformed or no tensor; ARROWIPC_UNSUPPORTED
/// for values that are not whole bytes and for names that hold a NUL. After a failure the reader answers
/// ARROWIPC_INVALID_STATE. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_tensor_reader_next(
    r: *mut arrowipc_tensor_reader,
    out: *mut *mut arrowipc_tensor,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the reader is used by it alone, as the header demands.
    let (reader, out, err) =
        unsafe { (boundary::exclusive(r, "r"), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (reader, out) = (reader?, out?);
        let tensor = reader.0.with_mut(TensorReader::next_tensor)?;
        let tensor = tensor.map(arrowipc_tensor::new).transpose()?;
        out.set(tensor.map_or(ptr::null_mut(), |tensor| Box::into_raw(Box::new(tensor))));
        Ok(())
    })
}

/// Frees a tensor reader and its source; NULL is fine. Tensors that it handed out stay valid. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_tensor_reader_free(r: *mut arrowipc_tensor_reader) {
    // SAFETY: NULL or a reader that the caller owns, as the header demands.
    unsafe { boundary::free(r) }
}
