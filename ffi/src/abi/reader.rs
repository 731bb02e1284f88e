//! Reader: streams and files behind one handle.
//!
//! Calls that take a `const arrowipc_reader *` may run concurrently, also with each other on different
//! threads; all others need the reader for themselves. Schemas and arrays that were handed out are the
//! caller's: they stay valid when the reader is freed, and each may be released by any thread.

use super::boundary::{self, Guarded};
use super::c_data::{ArrowArray, ArrowSchema, CStructure};
use super::error::arrowipc_error;
use super::memory;
use super::options::{self, arrowipc_options};
use super::source::arrowipc_source;
use super::{array_export, metadata, schema_export};
use crate::Options;
use crate::array::Batch;
use crate::error::{Error, Result};
use crate::format::Format;
use crate::read::{Reader, Statistics};
use crate::source::Source;
use std::ffi::c_char;
use std::ptr;
use std::sync::Mutex;

/// Reads a stream or a file. Since 0.1
pub struct arrowipc_reader(Guarded<State>);

/// A reader and the texts that it lends out.
struct State {
    reader: Reader,
    /// The last batch that was read in order, without the memory of its buffers; and one of any order.
    batch: Batch,
    spare: Mutex<Batch>,
    batch_metadata: Option<Vec<u8>>,
    footer_metadata: Option<Vec<u8>>,
    stopped_by: Option<arrowipc_error>,
}

impl State {
    /// Takes note of what a recovery found wrong.
    fn note_damage(&mut self) {
        self.stopped_by = self.reader.stopped_by().cloned().map(arrowipc_error::new);
    }
}

impl arrowipc_reader {
    fn open(source: Source, options: &Options) -> Result<Self> {
        let reader = Reader::open(source, options)?;
        let footer_metadata = reader.footer_metadata().map(metadata::encode).transpose()?.flatten();
        let (batch, spare) = Default::default();
        let mut state = State { reader, batch, spare, batch_metadata: None, footer_metadata, stopped_by: None };
        state.note_damage();
        Ok(arrowipc_reader(Guarded::new(state)))
    }

    fn with<R>(&self, body: impl FnOnce(&Reader) -> Result<R>) -> Result<R> {
        self.0.with(|state| body(&state.reader))
    }

    /// The schema as a structure of its own.
    pub(super) fn schema(&self) -> Result<ArrowSchema> {
        self.with(|reader| schema_export::export(reader.schema()))
    }

    /// The next batch, a released array at the end, and its metadata, which live until the next call.
    pub(super) fn next(&mut self) -> Result<(ArrowArray, *const c_char)> {
        self.0.with_mut(|state| {
            state.batch_metadata = None;
            let batch = &mut state.batch;
            let found = state.reader.next_into(batch).inspect_err(|_| batch.columns.clear())?;
            if !found {
                batch.columns.clear();
                state.note_damage();
                return Ok((ArrowArray::RELEASED, ptr::null()));
            }
            state.batch_metadata = metadata::encode(&batch.metadata)?;
            Ok((array_export::export(batch)?, lend(&state.batch_metadata)))
        })
    }

    /// Batch `index` of a file.
    fn read_at(&self, index: usize) -> Result<ArrowArray> {
        self.0.with(|state| match state.spare.try_lock() {
            Ok(mut batch) => {
                let read = state.reader.read_into(index, &mut batch);
                read.and_then(|()| array_export::export(&mut batch)).inspect_err(|_| batch.columns.clear())
            }
            // Another thread uses it.
            Err(_) => array_export::export(&mut state.reader.read_at(index)?),
        })
    }
}

fn lend(encoded: &Option<Vec<u8>>) -> *const c_char {
    encoded.as_ref().map_or(ptr::null(), |encoded| encoded.as_ptr().cast())
}

fn batch_index(i: i64) -> Result<usize> {
    usize::try_from(i).map_err(|_| Error::argument(format!("i is {i}, expected the index of a batch")))
}

/// Opens a reader: reads the schema and, of a file, the footer. `source` is consumed, also on failure. NULL
/// `options` stands for the defaults. `*out` is the caller's, freed by arrowipc_reader_free or consumed by
/// arrowipc_reader_into_stream.
///
/// ARROWIPC_INVALID_DATA when the input is no Arrow stream or file, is truncated or malformed;
/// ARROWIPC_UNSUPPORTED for the file format from an input that can only be read forward;
/// ARROWIPC_INVALID_ARGUMENT for a column that the input does not have. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_open(
    source: *mut arrowipc_source,
    options: *const arrowipc_options,
    out: *mut *mut arrowipc_reader,
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
        out.set(Box::into_raw(Box::new(arrowipc_reader::open(source.0, &options)?)));
        Ok(())
    })
}

/// 1 for the stream format, 2 for the file format; 0 for NULL or a reader that failed with ARROWIPC_INTERNAL.
/// Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_format(r: *const arrowipc_reader) -> i32 {
    // SAFETY: NULL or a reader that lives, as the header demands.
    let reader = unsafe { boundary::shared(r, "r") };
    let format = reader.and_then(|reader| reader.with(|reader| Ok(reader.format())));
    format.map_or(0, |format| match format {
        Format::Stream => 1,
        Format::File => 2,
    })
}

/// Stores the schema of the batches, after the choice of columns, in `*out`: a struct with one child for each
/// column. `*out` is not looked at before and is the caller's to release. ARROWIPC_UNSUPPORTED when a name
/// holds a NUL, which the C Data Interface cannot hold. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_schema(
    r: *const arrowipc_reader,
    out: *mut ArrowSchema,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (reader, out, err) =
        unsafe { (boundary::shared(r, "r"), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (reader, out) = (reader?, out?);
        out.set(reader.schema()?);
        Ok(())
    })
}

/// Stores the next batch in `*out`: a struct array with one child for each column. `*out` is not looked at
/// before and is the caller's to release. At the end of the data the call succeeds and `out->release` is
/// NULL, however often it is repeated.
///
/// `*metadata`, unless `metadata` is NULL, becomes the custom metadata of the batch, encoded as in
/// ArrowSchema.metadata, or NULL when there is none; the text belongs to the reader and is valid until the
/// next call that takes `r` without const. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_next(
    r: *mut arrowipc_reader,
    out: *mut ArrowArray,
    metadata: *mut *const c_char,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the reader is used by it alone, as the header demands.
    let (reader, out, metadata, err) = unsafe {
        (
            boundary::exclusive(r, "r"),
            boundary::out(out, "out"),
            boundary::optional_out(metadata),
            boundary::optional_out(err),
        )
    };
    boundary::call(err, || {
        let (reader, out) = (reader?, out?);
        let (batch, lent) = reader.next()?;
        out.set(batch);
        if let Some(metadata) = metadata {
            metadata.set(lent);
        }
        Ok(())
    })
}

/// File format: stores the number of batches in `*out`. ARROWIPC_INVALID_ARGUMENT for a stream. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_num_batches(
    r: *const arrowipc_reader,
    out: *mut i64,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (reader, out, err) =
        unsafe { (boundary::shared(r, "r"), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (reader, out) = (reader?, out?);
        out.set(count(reader.with(Reader::num_batches)? as u64));
        Ok(())
    })
}

/// File format: stores the number of rows of batch `i`, or of all batches when `i` is -1, in `*out`, without
/// reading the bodies. ARROWIPC_INVALID_ARGUMENT for a stream and for a batch that is not there. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_num_rows(
    r: *const arrowipc_reader,
    i: i64,
    out: *mut i64,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (reader, out, err) =
        unsafe { (boundary::shared(r, "r"), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (reader, out) = (reader?, out?);
        let index = if i == -1 { None } else { Some(batch_index(i)?) };
        out.set(count(reader.with(|reader| reader.num_rows(index))?));
        Ok(())
    })
}

/// File format: stores batch `i` in `*out`, as arrowipc_reader_next does, in any order and from several
/// threads at once; what arrowipc_reader_next hands out is not changed by it. ARROWIPC_INVALID_ARGUMENT for a
/// stream and for a batch that is not there. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_read_at(
    r: *const arrowipc_reader,
    i: i64,
    out: *mut ArrowArray,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (reader, out, err) =
        unsafe { (boundary::shared(r, "r"), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (reader, out) = (reader?, out?);
        let index = batch_index(i)?;
        out.set(reader.read_at(index)?);
        Ok(())
    })
}

/// File format: stores the custom metadata of batch `i` in `*out`, encoded as in ArrowSchema.metadata,
/// without reading the body: a block of the caller's, freed by arrowipc_metadata_free, or NULL when there is
/// none. ARROWIPC_INVALID_ARGUMENT for a stream and for a batch that is not there. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_batch_metadata(
    r: *const arrowipc_reader,
    i: i64,
    out: *mut *mut c_char,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (reader, out, err) =
        unsafe { (boundary::shared(r, "r"), boundary::out(out, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (reader, out) = (reader?, out?);
        let index = batch_index(i)?;
        let encoded = reader.with(|reader| metadata::encode(&reader.batch_metadata(index)?))?;
        let block = encoded.as_deref().map(memory::hand_out_metadata).transpose()?;
        out.set(block.unwrap_or(ptr::null_mut()));
        Ok(())
    })
}

/// Custom metadata of a file's footer, encoded as in ArrowSchema.metadata; NULL when there is none, for a
/// stream and for NULL. Belongs to the reader and lives as long as it does. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_footer_metadata(r: *const arrowipc_reader) -> *const c_char {
    // SAFETY: NULL or a reader that lives, as the header demands.
    let reader = unsafe { boundary::shared(r, "r") };
    reader.and_then(|reader| reader.0.with(|state| Ok(lend(&state.footer_metadata)))).unwrap_or(ptr::null())
}

/// With ARROWIPC_OPTION_RECOVER, what is wrong with the input: where the batches end, or what speaks
/// against the footer of a file, which is then read as a stream and in order only. NULL as long as
/// nothing is wrong, without the option, and for NULL. Belongs to the reader, do not free it; it is valid
/// until the next call that takes `r` without const. A stream of arrowipc_reader_into_stream ends where the
/// batches do and cannot be asked. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_stopped_by(r: *const arrowipc_reader) -> *const arrowipc_error {
    // SAFETY: NULL or a reader that lives, as the header demands.
    let reader = unsafe { boundary::shared(r, "r") };
    let stopped_by = reader
        .and_then(|reader| reader.0.with(|state| Ok(state.stopped_by.as_ref().map_or(ptr::null(), ptr::from_ref))));
    stopped_by.unwrap_or(ptr::null())
}

/// What a reader did so far. Later versions add members at the end. Since 0.1
#[repr(C)]
#[derive(Clone, Copy)]
pub struct arrowipc_read_statistics {
    /// Encapsulated messages read.
    pub messages: i64,
    /// Record batches read.
    pub batches: i64,
    /// Dictionary batches read, deltas and replacements included.
    pub dictionaries: i64,
    /// Of these, deltas.
    pub deltas: i64,
    /// Of these, those that replaced a dictionary.
    pub replacements: i64,
    /// Bytes taken from the source, or looked at in memory.
    pub bytes_read: i64,
    /// Bytes that decompression made.
    pub bytes_decompressed: i64,
    /// Bytes of bodies that were copied: read into memory, or moved to be aligned.
    pub bytes_copied: i64,
}

impl From<Statistics> for arrowipc_read_statistics {
    fn from(statistics: Statistics) -> Self {
        arrowipc_read_statistics {
            messages: count(statistics.messages),
            batches: count(statistics.batches),
            dictionaries: count(statistics.dictionaries),
            deltas: count(statistics.deltas),
            replacements: count(statistics.replacements),
            bytes_read: count(statistics.bytes_read),
            bytes_decompressed: count(statistics.bytes_decompressed),
            bytes_copied: count(statistics.bytes_copied),
        }
    }
}

/// Stores what the reader did so far in `*out`. `out_size` is sizeof *out as the program knows it: a smaller
/// structure gets the members that fit, of a larger one the rest is set to zero. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_statistics(
    r: *const arrowipc_reader,
    out: *mut arrowipc_read_statistics,
    out_size: usize,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, `out` for `out_size` bytes, as the header demands.
    let (reader, out, err) =
        unsafe { (boundary::shared(r, "r"), boundary::out_bytes(out, out_size, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (reader, out) = (reader?, out?);
        out.set(arrowipc_read_statistics::from(reader.with(|reader| Ok(reader.statistics()))?));
        Ok(())
    })
}

/// Frees a reader and its source; NULL is fine. Schemas and arrays that it handed out stay valid. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_reader_free(r: *mut arrowipc_reader) {
    // SAFETY: NULL or a reader that the caller owns, as the header demands.
    unsafe { boundary::free(r) }
}

/// A count for C.
pub(super) fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
