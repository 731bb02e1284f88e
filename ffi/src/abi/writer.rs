//! Writer: batches become a stream or a file.
//!
//! A writer is used by one thread at a time and may move between threads. Schemas handed in are borrowed for
//! the call; arrays and streams are consumed, also on failure: afterwards their `release` is NULL. After a
//! failure of the sink nothing more can be written: the output is incomplete.

use super::array_import;
use super::boundary::{self, Guarded};
use super::c_data::{ArrowArray, ArrowArrayStream, ArrowSchema, Owned};
use super::error::arrowipc_error;
use super::memory;
use super::metadata;
use super::options::{self, arrowipc_options};
use super::reader::count;
use super::schema_import;
use super::sink::arrowipc_sink;
use super::source::arrowipc_source;
use super::stream;
use crate::error::{Error, Result};
use crate::options::Limits;
use crate::schema::{Metadata, Schema};
use crate::write::arrays::Arrays;
use crate::write::{Statistics, Writer};
use std::ffi::c_char;

/// Writes a stream or a file. Since 0.1
pub struct arrowipc_writer(Guarded<State>);

/// A writer and what its calls have in common.
struct State {
    writer: Writer,
    schema: Schema,
    limits: Limits,
    memory_taken: bool,
    /// Memory for the views of the next batch.
    room: Arrays<'static>,
}

impl State {
    /// A handle that becomes the caller's.
    fn handle(writer: Writer, schema: Schema, limits: Limits) -> *mut arrowipc_writer {
        let state = State { writer, schema, limits, memory_taken: false, room: Arrays::default() };
        Box::into_raw(Box::new(arrowipc_writer(Guarded::new(state))))
    }

    fn take_memory(&mut self) -> Result<Vec<u8>> {
        if self.memory_taken {
            return Err(Error::state("the memory was already taken"));
        }
        let memory = self.writer.take_memory()?;
        self.memory_taken = true;
        Ok(memory)
    }

    fn write(&mut self, batch: Owned<ArrowArray>, metadata: &Metadata) -> Result<()> {
        let mut arrays = std::mem::take(&mut self.room).recycled();
        // SAFETY: the header demands an array of the C Data Interface; it lives and stays as it is as long as `batch`.
        let view = unsafe { array_import::view(&batch, &self.schema.fields, &mut arrays) }?;
        let written = self.writer.write(view, metadata);
        self.room = arrays.recycled();
        written
    }
}

/// Opens a writer and writes the schema. `sink` is consumed, also on failure. `schema` is borrowed: a struct
/// ("+s") with one child for each column. NULL `options` stands for the defaults. `*out` is the caller's,
/// freed by arrowipc_writer_free.
///
/// ARROWIPC_INVALID_ARGUMENT for a schema that is released, malformed or no struct, ARROWIPC_UNSUPPORTED for
/// one that the format cannot hold, as a dictionary whose values are dictionary-encoded themselves. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_writer_open(
    sink: *mut arrowipc_sink,
    schema: *const ArrowSchema,
    options: *const arrowipc_options,
    out: *mut *mut arrowipc_writer,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the sink is the caller's to give, as the header demands.
    let (sink, schema, options, out, err) = unsafe {
        (
            boundary::consumed(sink, "sink"),
            boundary::shared(schema, "schema"),
            options::or_default(options),
            boundary::out(out, "out"),
            boundary::optional_out(err),
        )
    };
    boundary::call(err, || {
        let (sink, schema, out) = (sink?, schema?, out?);
        // SAFETY: the header demands a schema of the C Data Interface that stays as it is during the call.
        let schema = unsafe { schema_import::import(schema, &options.limits) }?;
        let writer = Writer::open(sink.0, &schema, &options)?;
        out.set(State::handle(writer, schema, options.limits));
        Ok(())
    })
}

/// Opens a writer that goes on behind what `source` holds, a stream or a file, which ARROWIPC_OPTION_FORMAT
/// may say. Its messages are copied to `sink` byte for byte, without the end-of-stream marker and the footer;
/// then follows what is written, and arrowipc_writer_finish writes the end or a footer that lists all.
/// `source` and `sink` are consumed, also on failure. `schema`, borrowed, must be that of the input in all but
/// dictionary ids; NULL takes it as it is. NULL `options` stands for the defaults. `*out` is the caller's,
/// freed by arrowipc_writer_free.
///
/// To append to the file "data.arrow", open arrowipc_source_from_path("data.arrow", 0) and then
/// arrowipc_sink_to_path("data.arrow"): the file changes when arrowipc_writer_finish gives the whole, which by
/// then lies on the device, its name. A program that fails or ends before leaves it as it was, and who has it
/// open or mapped goes on reading what it was. File systems that can let both share the bytes.
///
/// Kept are schema, dictionaries (so that deltas and unified indices go on, and a file refuses what would
/// replace one), the metadata of the footer unless arrowipc_writer_set_footer_metadata sets others, metadata
/// version and framing, whatever the options say. Alignment, compression and what is done with dictionaries
/// that change are those of the options, for what is written. Statistics count what is written, and in
/// bytes_written what was copied, too.
///
/// ARROWIPC_INVALID_DATA for an input that is damaged or cut off, or whose footer is not that of its messages,
/// ARROWIPC_INVALID_ARGUMENT for another schema, and for a sink to the descriptor of the very file that the source
/// reads. ARROWIPC_UNSUPPORTED for a source that only reads forward, big-endian input, a dictionary
/// that several fields share, and bytes behind the end of the stream, which would be lost. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_writer_open_append(
    source: *mut arrowipc_source,
    sink: *mut arrowipc_sink,
    schema: *const ArrowSchema,
    options: *const arrowipc_options,
    out: *mut *mut arrowipc_writer,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, source and sink are the caller's to give, as the header demands.
    let (source, sink, schema, options, out, err) = unsafe {
        (
            boundary::consumed(source, "source"),
            boundary::consumed(sink, "sink"),
            schema.as_ref(),
            options::or_default(options),
            boundary::out(out, "out"),
            boundary::optional_out(err),
        )
    };
    boundary::call(err, || {
        let (source, sink, out) = (source?, sink?, out?);
        // SAFETY: the header demands a schema of the C Data Interface that stays as it is during the call.
        let expected = schema.map(|schema| unsafe { schema_import::import(schema, &options.limits) }).transpose()?;
        let writer = Writer::append(source.0, sink.0, expected.as_ref(), &options)?;
        let schema = writer.schema().clone().without_ids();
        out.set(State::handle(writer, schema, options.limits));
        Ok(())
    })
}

/// Writes a batch and the dictionaries that changed. `batch` is consumed, also on failure: a struct array
/// with one child for each column of the schema and without nulls of its own. It may have an offset and so
/// may its children; only the rows in sight are written. `metadata`, NULL or encoded as in
/// ArrowSchema.metadata, becomes the custom metadata of the batch and is borrowed.
///
/// ARROWIPC_INVALID_ARGUMENT for an array that does not fit the schema, of which nothing is written;
/// ARROWIPC_INVALID_STATE after arrowipc_writer_finish or a failure of the sink. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_writer_write(
    w: *mut arrowipc_writer,
    batch: *mut ArrowArray,
    metadata: *const c_char,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, the writer is used by it alone, and the batch is the
    // caller's to give, as the header demands.
    let (batch, writer, err) =
        unsafe { (Owned::take(batch, "batch"), boundary::exclusive(w, "w"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (batch, writer) = (batch?, writer?);
        // SAFETY: NULL or an encoding, as the header demands.
        let metadata = unsafe { metadata::decode(metadata) }?;
        writer.0.with_mut(|state| state.write(batch, &metadata))
    })
}

/// Writes every batch of a stream. `stream` is consumed, also on failure. Its schema must have the columns of
/// the writer's: names and types, and no nullable field where the writer's is not; metadata may differ. When
/// the stream fails, the status is ARROWIPC_IO with its errno (ARROWIPC_OUT_OF_MEMORY for ENOMEM); of a
/// stream from arrowipc_reader_into_stream the error is passed on as it is. Batches before the failure are
/// written. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_writer_write_stream(
    w: *mut arrowipc_writer,
    stream: *mut ArrowArrayStream,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, the writer is used by it alone, and the stream is the
    // caller's to give, as the header demands.
    let (stream, writer, err) =
        unsafe { (Owned::take(stream, "stream"), boundary::exclusive(w, "w"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (mut stream, writer) = (stream?, writer?);
        writer.0.with_mut(|state| {
            let schema = stream::get_schema(&mut stream)?;
            // SAFETY: the header demands a stream of the C Stream Interface; its schema stays as it is until released.
            let schema = unsafe { schema_import::import(&schema, &state.limits) }?;
            schema_import::check_same_columns(&schema, &state.schema)?;
            while let Some(batch) = stream::get_next(&mut stream)? {
                state.write(batch, &Metadata::default())?;
            }
            Ok(())
        })
    })
}

/// File format: sets the custom metadata of the footer, NULL or encoded as in ArrowSchema.metadata, which is
/// borrowed. Replaces what an earlier call set. The format wants the same metadata in the first message
/// (clause footer-custom-metadata-identical), where they are written if they are set before the first batch; set
/// later, they are in the footer alone. ARROWIPC_INVALID_ARGUMENT for the stream format, ARROWIPC_INVALID_STATE
/// after arrowipc_writer_finish. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_writer_set_footer_metadata(
    w: *mut arrowipc_writer,
    metadata: *const c_char,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the writer is used by it alone, as the header demands.
    let (writer, err) = unsafe { (boundary::exclusive(w, "w"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let writer = writer?;
        // SAFETY: NULL or an encoding, as the header demands.
        let metadata = unsafe { metadata::decode(metadata) }?;
        writer.0.with_mut(|state| state.writer.set_footer_metadata(metadata))
    })
}

/// Writes the end of the stream or the footer of the file, flushes, and renames the file of
/// arrowipc_sink_to_path. Nothing can be written afterwards; the writer is still to be freed.
/// ARROWIPC_INVALID_STATE when repeated. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_writer_finish(w: *mut arrowipc_writer, err: *mut *mut arrowipc_error) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, and the writer is used by it alone, as the header demands.
    let (writer, err) = unsafe { (boundary::exclusive(w, "w"), boundary::optional_out(err)) };
    boundary::call(err, || writer?.0.with_mut(|state| state.writer.finish()))
}

/// Hands over the bytes of a memory sink, once, after arrowipc_writer_finish: `*n` bytes at `*data`, a block
/// of the caller's that arrowipc_memory_free frees and that does not need the writer any more.
/// ARROWIPC_INVALID_STATE before arrowipc_writer_finish and when repeated, ARROWIPC_INVALID_ARGUMENT for
/// other sinks. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_writer_take_memory(
    w: *mut arrowipc_writer,
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

/// What a writer did so far. Later versions add members at the end. Since 0.1
#[repr(C)]
#[derive(Clone, Copy)]
pub struct arrowipc_write_statistics {
    /// Encapsulated messages written.
    pub messages: i64,
    /// Record batches written.
    pub batches: i64,
    /// Dictionary batches written, deltas and replacements included.
    pub dictionaries: i64,
    /// Of these, deltas.
    pub deltas: i64,
    /// Of these, those that replace a dictionary.
    pub replacements: i64,
    /// Bytes of the bodies before compression.
    pub body_bytes_raw: i64,
    /// Bytes of the bodies as written.
    pub body_bytes_written: i64,
    /// Bytes given to the sink.
    pub bytes_written: i64,
}

impl From<Statistics> for arrowipc_write_statistics {
    fn from(statistics: Statistics) -> Self {
        arrowipc_write_statistics {
            messages: count(statistics.messages),
            batches: count(statistics.batches),
            dictionaries: count(statistics.dictionaries),
            deltas: count(statistics.deltas),
            replacements: count(statistics.replacements),
            body_bytes_raw: count(statistics.body_bytes_raw),
            body_bytes_written: count(statistics.body_bytes_written),
            bytes_written: count(statistics.bytes_written),
        }
    }
}

/// Stores what the writer did so far in `*out`. `out_size` is sizeof *out as the program knows it: a smaller
/// structure gets the members that fit, of a larger one the rest is set to zero. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_writer_statistics(
    w: *const arrowipc_writer,
    out: *mut arrowipc_write_statistics,
    out_size: usize,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, `out` for `out_size` bytes, as the header demands.
    let (writer, out, err) =
        unsafe { (boundary::shared(w, "w"), boundary::out_bytes(out, out_size, "out"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (writer, out) = (writer?, out?);
        out.set(arrowipc_write_statistics::from(writer.0.with(|state| Ok(state.writer.statistics()))?));
        Ok(())
    })
}

/// Frees a writer and its sink; NULL is fine. Without arrowipc_writer_finish the output stays incomplete: a
/// stream without end, a file that never gets its name. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_writer_free(w: *mut arrowipc_writer) {
    // SAFETY: NULL or a writer that the caller owns, as the header demands.
    unsafe { boundary::free(w) }
}
