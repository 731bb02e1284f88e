//! Push decoder: a stream in pieces, without IO.
//!
//! For programs that have the bytes already, or wait for them by themselves: event loops, sockets,
//! messages of other protocols. A decoder reads nothing and never blocks; a program does this:
//!
//!   arrowipc_decoder_new -> (arrowipc_decoder_push -> arrowipc_decoder_next, until ARROWIPC_EVENT_NEED_DATA)
//!   ..., until ARROWIPC_EVENT_END -> arrowipc_decoder_free
//!
//! and calls arrowipc_decoder_finish where the input ends before. A decoder copies what it is handed. It
//! is used by one thread at a time and may move between threads; calls that take a `const
//! arrowipc_decoder *` may run concurrently with each other. Schemas and arrays that were handed out are
//! the caller's: they stay valid when the decoder is freed, and each may be released by any thread.

use super::boundary::{self, Guarded};
use super::c_data::{ArrowArray, ArrowSchema, Owned};
use super::error::arrowipc_error;
use super::options::{self, arrowipc_options};
use super::reader::arrowipc_read_statistics;
use super::{array_export, metadata, schema_export};
use crate::error::{Error, Result};
use crate::read::push::{Event, PushDecoder};
use std::ffi::c_char;
use std::ptr;

/// What arrowipc_decoder_next found: nothing more in the bytes so far. Since 0.1
pub const ARROWIPC_EVENT_NEED_DATA: i32 = 0;
/// What arrowipc_decoder_next found: the schema, once, before everything else. Since 0.1
pub const ARROWIPC_EVENT_SCHEMA: i32 = 1;
/// What arrowipc_decoder_next found: a record batch. Since 0.1
pub const ARROWIPC_EVENT_BATCH: i32 = 2;
/// What arrowipc_decoder_next found: the end of the stream, behind everything else and however often the
/// call is repeated. Since 0.1
pub const ARROWIPC_EVENT_END: i32 = 3;

/// Decodes a stream that is pushed to it. Since 0.1
pub struct arrowipc_decoder(Guarded<State>);

/// A decoder and the text that it lends out.
struct State {
    decoder: PushDecoder,
    batch_metadata: Option<Vec<u8>>,
}

/// An event as it crosses.
enum Found {
    NeedData,
    Schema(ArrowSchema),
    Batch(ArrowArray, *const c_char),
    End,
}

impl State {
    fn next(&mut self) -> Result<Found> {
        self.batch_metadata = None;
        match self.decoder.next_event() {
            Event::Schema(schema) => Ok(Found::Schema(schema_export::export(&schema)?)),
            Event::Batch(mut batch) => {
                self.batch_metadata = metadata::encode(&batch.metadata)?;
                let lent = self.batch_metadata.as_ref().map_or(ptr::null(), |encoded| encoded.as_ptr().cast());
                Ok(Found::Batch(array_export::export(&mut batch)?, lent))
            }
            Event::End => Ok(Found::End),
            Event::NeedData if self.decoder.has_ended() => Ok(Found::End),
            Event::NeedData if self.decoder.has_failed() => Err(Error::state("the decoder failed before")),
            Event::NeedData => Ok(Found::NeedData),
        }
    }
}

/// Makes a decoder at the start of a stream. NULL `options` stands for the defaults. `*out` is the
/// caller's, freed by arrowipc_decoder_free. ARROWIPC_INVALID_ARGUMENT for options that ask for the file
/// format, which a reader reads. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_decoder_new(
    options: *const arrowipc_options,
    out: *mut *mut arrowipc_decoder,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (options, out, err) =
        unsafe { (options::or_default(options), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let out = out?;
        let state = State { decoder: PushDecoder::new(&options)?, batch_metadata: None };
        out.set(Box::into_raw(Box::new(arrowipc_decoder(Guarded::new(state)))));
        Ok(())
    })
}

/// Bytes that are missing before anything can happen: a program that reads as many and no more reads
/// nothing that is not the stream's. 0 when the stream has ended or the decoder failed, and for NULL.
/// Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_decoder_required(d: *const arrowipc_decoder) -> usize {
    // SAFETY: NULL or a decoder that lives, as the header demands.
    let decoder = unsafe { boundary::shared(d, "d") };
    decoder.and_then(|decoder| decoder.0.with(|state| Ok(state.decoder.required()))).unwrap_or(0)
}

/// Takes `n` bytes at `data` that follow the last ones, in pieces of any size; they are copied. NULL
/// `data` is fine when `n` is 0. `*taken` becomes the number of bytes taken: all, but for those behind
/// the end of the stream, which are not the decoder's. What was found waits for arrowipc_decoder_next.
///
/// On failure the decoder takes no more, `*taken` is left alone, and what was found before the fault
/// still waits for arrowipc_decoder_next. ARROWIPC_INVALID_DATA for malformed bytes,
/// ARROWIPC_INVALID_STATE after an earlier failure. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_decoder_push(
    d: *mut arrowipc_decoder,
    data: *const u8,
    n: usize,
    taken: *mut usize,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the decoder is used by it alone, as the header demands.
    let (decoder, data, taken, err) = unsafe {
        (
            boundary::exclusive(d, "d"),
            boundary::slice(data, n, "data"),
            boundary::out(taken, "taken"),
            boundary::optional_out(err),
        )
    };
    boundary::call(err, || {
        let (decoder, data, taken) = (decoder?, data?, taken?);
        taken.set(decoder.0.with_mut(|state| state.decoder.push(data))?);
        Ok(())
    })
}

/// Tells what was found next: `*event` becomes one of the ARROWIPC_EVENT_*.
///
/// With ARROWIPC_EVENT_SCHEMA, `*schema` becomes the schema of the batches, after the choice of columns:
/// a struct with one child for each column. With ARROWIPC_EVENT_BATCH, `*batch` becomes a struct array
/// with one child for each column, and `*metadata` the custom metadata of the batch, encoded as in
/// ArrowSchema.metadata, or NULL when there is none; the text belongs to the decoder and is valid until
/// the next call that takes `d` without const. Each is written with its event only, is not looked at
/// before, and is the caller's to release. NULL `schema` and NULL `metadata` are fine: they are not
/// wanted.
///
/// What failed to be handed out is gone. ARROWIPC_UNSUPPORTED when a name holds a NUL, which the C Data
/// Interface cannot hold; ARROWIPC_INVALID_STATE behind the last event before a failure. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_decoder_next(
    d: *mut arrowipc_decoder,
    event: *mut i32,
    schema: *mut ArrowSchema,
    batch: *mut ArrowArray,
    metadata: *mut *const c_char,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the decoder is used by it alone, as the header demands.
    let (decoder, event, schema, batch, metadata, err) = unsafe {
        (
            boundary::exclusive(d, "d"),
            boundary::out(event, "event"),
            boundary::optional_out(schema),
            boundary::out(batch, "batch"),
            boundary::optional_out(metadata),
            boundary::optional_out(err),
        )
    };
    boundary::call(err, || {
        let (decoder, event, batch) = (decoder?, event?, batch?);
        event.set(match decoder.0.with_mut(State::next)? {
            Found::NeedData => ARROWIPC_EVENT_NEED_DATA,
            Found::Schema(found) => {
                match schema {
                    Some(schema) => schema.set(found),
                    // SAFETY: the schema was just made and nobody else has seen it.
                    None => drop(unsafe { Owned::new(found) }),
                }
                ARROWIPC_EVENT_SCHEMA
            }
            Found::Batch(found, lent) => {
                batch.set(found);
                if let Some(metadata) = metadata {
                    metadata.set(lent);
                }
                ARROWIPC_EVENT_BATCH
            }
            Found::End => ARROWIPC_EVENT_END,
        });
        Ok(())
    })
}

/// Says that the input ended. Between two messages that ends the stream, which arrowipc_decoder_next then
/// tells; inside a message, or before a schema, it is ARROWIPC_INVALID_DATA. Nothing happens when the
/// stream has ended. ARROWIPC_INVALID_STATE after an earlier failure. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_decoder_finish(d: *mut arrowipc_decoder, err: *mut *mut arrowipc_error) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the decoder is used by it alone, as the header demands.
    let (decoder, err) = unsafe { (boundary::exclusive(d, "d"), boundary::optional_out(err)) };
    boundary::call(err, || decoder?.0.with_mut(|state| state.decoder.finish()))
}

/// Stores what the decoder did so far in `*out`. `out_size` is sizeof *out as the program knows it: a
/// smaller structure gets the members that fit, of a larger one the rest is set to zero. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_decoder_statistics(
    d: *const arrowipc_decoder,
    out: *mut arrowipc_read_statistics,
    out_size: usize,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, `out` for `out_size` bytes, as the header demands.
    let (decoder, out, err) =
        unsafe { (boundary::shared(d, "d"), boundary::out_bytes(out, out_size, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (decoder, out) = (decoder?, out?);
        out.set(arrowipc_read_statistics::from(decoder.0.with(|state| Ok(state.decoder.statistics()))?));
        Ok(())
    })
}

/// Frees a decoder; NULL is fine. Schemas and arrays that it handed out stay valid. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_decoder_free(d: *mut arrowipc_decoder) {
    // SAFETY: NULL or a decoder that the caller owns, as the header demands.
    unsafe { boundary::free(d) }
}
