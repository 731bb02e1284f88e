//! Options: one object serves readers and writers, each uses what concerns it. What is said of readers holds
//! for push decoders, but for ARROWIPC_OPTION_RECOVER: they hand out what comes before a fault in any case.
//!
//! Options are copied when a reader or writer is opened: change, use again or free them afterwards as you
//! like. NULL in place of options stands for the defaults. An unknown key is ARROWIPC_INVALID_ARGUMENT, so
//! that a program can probe for what a later version adds.

use super::boundary::{self, Context};
use super::error::arrowipc_error;
use super::reader::count;
use crate::compression::require;
use crate::error::{Error, Result};
use crate::format::{Compression, Format, MetadataVersion};
use crate::options::{DictionaryMode, Options, Projection, Validation};
use std::ffi::{c_char, c_void};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Reader and writer: 1 stream format, 2 file format. Reader: 0 (default) finds out. Writer: 0 (default) is
/// the stream format. Since 0.1
pub const ARROWIPC_OPTION_FORMAT: i32 = 1;
/// Reader: how much of the input is checked before it is handed out. 2 (default): everything, what is handed
/// out is safe to touch. 1: metadata, buffer bounds and a constant amount of work for each buffer. 0:
/// metadata and buffer bounds, for input from a writer that is trusted. Since 0.1
pub const ARROWIPC_OPTION_VALIDATION: i32 = 2;
/// Reader: 1 hands out what a damaged input still holds, which without it is an error: the batches before
/// the damage, where the data then end; of a file without a usable footer, those of the stream inside it.
/// arrowipc_reader_stopped_by tells what is wrong. Failures of the source stay errors. 0 is the default.
/// Since 0.1
pub const ARROWIPC_OPTION_RECOVER: i32 = 3;
/// Reader and writer: threads that decompress and compress the buffers of a message, 1 (default) to 256, that
/// of the calling program included. The others start with the first message that has enough work for them and
/// end when the reader or writer is freed. What is read and written does not depend on it. Since 0.1
pub const ARROWIPC_OPTION_THREADS: i32 = 4;
/// Writer: each body and each buffer starts at a multiple of 8 (default), 16, 32 or 64 bytes. Since 0.1
pub const ARROWIPC_OPTION_ALIGNMENT: i32 = 10;
/// Writer: compression of the bodies. 0 (default) none, 1 LZ4_FRAME, 2 ZSTD; ARROWIPC_UNSUPPORTED in a build
/// without the codec, see arrowipc_has_feature. Since 0.1
pub const ARROWIPC_OPTION_COMPRESSION: i32 = 11;
/// Writer: level of ZSTD, -131072 to 22, default 1. Since 0.1
pub const ARROWIPC_OPTION_COMPRESSION_LEVEL: i32 = 12;
/// Writer: a buffer that compression does not shrink by this many percent, 0 (default) to 100, is stored as
/// it is. Since 0.1
pub const ARROWIPC_OPTION_MINIMUM_SAVING: i32 = 13;
/// Writer: version of the metadata, 4 or 5 (default). Since 0.1
pub const ARROWIPC_OPTION_METADATA_VERSION: i32 = 14;
/// Writer: 1 writes the framing from before 0.15, without continuation marker; 0 is the default. Since 0.1
pub const ARROWIPC_OPTION_LEGACY_FRAMING: i32 = 15;
/// Writer: what is done with a dictionary that changed. 0 (default): it is sent again, which a file cannot
/// hold and which is an error there. 1: growth at its end is sent as a delta. 2: new values are appended to
/// one dictionary for each field. Since 0.1
pub const ARROWIPC_OPTION_DICTIONARIES: i32 = 16;
/// Writer: 1 writes zeros for the values of null slots and of everything in them, none of the bytes of texts
/// and lists that are null, and none that no view, list or union refers to. 0 (default): arrays are written as
/// they lie, whatever is behind their nulls. Padding is zero always. Since 0.1
pub const ARROWIPC_OPTION_CLEAR_NULLS: i32 = 17;
/// Reader: bytes of the metadata of one message, or of the footer, at most. Default 64 MiB. Since 0.1
pub const ARROWIPC_OPTION_MAX_METADATA_BYTES: i32 = 30;
/// Reader: bytes of the body of one message at most. Default 2^40. Since 0.1
pub const ARROWIPC_OPTION_MAX_BODY_BYTES: i32 = 31;
/// Reader: bytes of the buffers of one message after decompression at most. Default 2^34. Since 0.1
pub const ARROWIPC_OPTION_MAX_DECOMPRESSED_BYTES: i32 = 32;
/// Reader and writer: levels of nested fields at most, a column being one level. 1 to 256, default 64.
/// Since 0.1
pub const ARROWIPC_OPTION_MAX_NESTING_DEPTH: i32 = 33;
/// Reader and writer: fields of the schema at most, children included. Default 1,000,000. Since 0.1
pub const ARROWIPC_OPTION_MAX_FIELDS: i32 = 34;
/// Reader: bytes of memory that its dictionaries and the message that is being read take together at most:
/// bodies read from the source, decompressed and aligned buffers. The source's own memory and maps do not
/// count, nor what is read ahead of a file (up to 1 MiB at once, which small batches share as long as one of
/// them is there), nor memory that waits to be used again, and batches no more once they are handed out; of
/// arrowipc_reader_read_at each call counts for itself. Default 2^40. Since 0.1
pub const ARROWIPC_OPTION_MAX_TOTAL_BYTES: i32 = 35;
/// Reader: length at most of an array that has no bytes for its slots, of the types null, run-end encoded,
/// struct without fields, fixed-size list and binary of size 0, and of a batch without columns: it can be
/// claimed for nothing. Default 2^31 - 1, which the format recommends as the longest array. Since 0.1
pub const ARROWIPC_OPTION_MAX_UNBACKED_SLOTS: i32 = 36;

/// Nested fields are walked recursively, also by the release callbacks: this many levels fit any thread's
/// stack.
const DEEPEST_NESTING: i64 = 256;

/// More threads than messages have large buffers help nobody.
const MOST_THREADS: i64 = 256;

/// Options of readers and writers. Since 0.1
#[derive(Clone, Default)]
pub struct arrowipc_options(pub(super) Options);

/// The options to open with, the defaults for NULL.
///
/// # Safety
/// `options` is NULL or valid until the call ends.
pub(super) unsafe fn or_default(options: *const arrowipc_options) -> Options {
    // SAFETY: NULL or valid by the contract of this function.
    unsafe { options.as_ref() }.map_or_else(Options::default, |options| options.0.clone())
}

/// New options with the defaults, freed by arrowipc_options_free. NULL when there is no memory. Any thread.
/// Since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn arrowipc_options_new() -> *mut arrowipc_options {
    boundary::value(std::ptr::null_mut(), || Box::into_raw(Box::default()))
}

/// Frees options; NULL is fine. Readers and writers that were opened with them keep their copy. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_options_free(o: *mut arrowipc_options) {
    // SAFETY: NULL or options that the caller owns, as the header demands.
    unsafe { boundary::free(o) }
}

/// Sets one of the ARROWIPC_OPTION_* to a value. ARROWIPC_INVALID_ARGUMENT, and nothing is changed, when the
/// key is unknown or the value is not one of the key's. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_options_set_int(
    o: *mut arrowipc_options,
    key: i32,
    value: i64,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (o, err) = unsafe { (boundary::exclusive(o, "o"), boundary::optional_out(err)) };
    boundary::call(err, || set(&mut o?.0, key, value))
}

/// Gets one of the ARROWIPC_OPTION_* into `*value`. ARROWIPC_INVALID_ARGUMENT when the key is unknown.
/// Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_options_get_int(
    o: *const arrowipc_options,
    key: i32,
    value: *mut i64,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (o, value, err) =
        unsafe { (boundary::shared(o, "o"), boundary::out(value, "value"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (o, value) = (o?, value?);
        value.set(get(&o.0, key)?);
        Ok(())
    })
}

/// Reader: hands out only the columns at these positions of the schema, in this order. The indices are
/// copied. NULL `indices` with `n` 0 asks for all columns again, which is the default. A position that the
/// input does not have fails when the reader is opened. Replaces an earlier choice by name. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_options_set_columns(
    o: *mut arrowipc_options,
    indices: *const i32,
    n: usize,
    err: *mut *mut arrowipc_error,
) -> i32 {
    let all = indices.is_null();
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (o, indices, err) =
        unsafe { (boundary::exclusive(o, "o"), boundary::slice(indices, n, "indices"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (o, indices) = (o?, indices?);
        let position = |(i, &index)| {
            usize::try_from(index).map_err(|_| Error::argument(format!("indices[{i}] is {index}, expected 0 or more")))
        };
        let indices = indices.iter().enumerate().map(position).collect::<Result<_>>()?;
        o.0.projection = (!all).then_some(Projection::Indices(indices));
        Ok(())
    })
}

/// Reader: hands out only the columns with these names (UTF-8), in this order. The names are copied. NULL
/// `names` with `n` 0 asks for all columns again, which is the default. A name that no column has, or several
/// have, fails when the reader is opened. Replaces an earlier choice by position. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_options_set_column_names(
    o: *mut arrowipc_options,
    names: *const *const c_char,
    n: usize,
    err: *mut *mut arrowipc_error,
) -> i32 {
    let all = names.is_null();
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (o, names, err) =
        unsafe { (boundary::exclusive(o, "o"), boundary::slice(names, n, "names"), boundary::optional_out(err)) };
    boundary::call(err, || {
        let (o, names) = (o?, names?);
        let name = |(i, &name): (usize, &*const c_char)| {
            // SAFETY: NULL or a text, as the header demands.
            let text = unsafe { boundary::text(name, &format!("names[{i}]")) }?;
            text.to_str().map(str::to_owned).map_err(|_| Error::argument(format!("names[{i}] is not UTF-8")))
        };
        let names = names.iter().enumerate().map(name).collect::<Result<_>>()?;
        o.0.projection = (!all).then_some(Projection::Names(names));
        Ok(())
    })
}

/// Reader and writer: `fn` is called after each batch with the bytes and batches so far; a result that is not
/// 0 stops the call with ARROWIPC_CANCELLED. `ctx` is handed to it as it is and must outlive every reader and
/// writer that is opened with these options. It is called by the thread that reads or writes, hence
/// concurrently where arrowipc_reader_read_at is. NULL `fn` removes it. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_options_set_progress(
    o: *mut arrowipc_options,
    r#fn: Option<unsafe extern "C" fn(ctx: *mut c_void, bytes: i64, batches: i64) -> i32>,
    ctx: *mut c_void,
    err: *mut *mut arrowipc_error,
) -> i32 {
    // SAFETY: pointers are NULL or valid for this call, as the header demands.
    let (o, err) = unsafe { (boundary::exclusive(o, "o"), boundary::optional_out(err)) };
    let context = Context(ctx);
    boundary::call(err, || {
        o?.0.progress = r#fn.map(|function| -> crate::options::Progress {
            Arc::new(move |bytes, batches| {
                let [bytes, batches] = [bytes, batches].map(|count: u64| i64::try_from(count).unwrap_or(i64::MAX));
                // SAFETY: the caller promised that both may be used until the last reader and writer are gone.
                unsafe { function(context.pointer(), bytes, batches) == 0 }
            })
        });
        Ok(())
    })
}

fn unknown(key: i32) -> Error {
    Error::argument(format!("option {key} is unknown"))
}

/// The error of a value that is not one of its option's.
fn refuse(name: &str, value: i64, expected: impl Display) -> Error {
    Error::argument(format!("{name} is {value}, expected {expected}"))
}

fn within(name: &str, value: i64, range: RangeInclusive<i64>) -> Result<i64> {
    match range.contains(&value) {
        true => Ok(value),
        false => Err(refuse(name, value, format_args!("{} to {}", range.start(), range.end()))),
    }
}

/// A limit: at least 1.
fn limit(name: &str, value: i64) -> Result<u64> {
    within(name, value, 1..=i64::MAX).map(i64::unsigned_abs)
}

fn set(options: &mut Options, key: i32, value: i64) -> Result<()> {
    match key {
        ARROWIPC_OPTION_FORMAT => {
            options.format = match value {
                0 => None,
                1 => Some(Format::Stream),
                2 => Some(Format::File),
                _ => return Err(refuse("ARROWIPC_OPTION_FORMAT", value, "0, 1 or 2")),
            }
        }
        ARROWIPC_OPTION_VALIDATION => {
            options.validation = match value {
                0 => Validation::Trusted,
                1 => Validation::Layout,
                2 => Validation::Full,
                _ => return Err(refuse("ARROWIPC_OPTION_VALIDATION", value, "0, 1 or 2")),
            }
        }
        ARROWIPC_OPTION_RECOVER => options.recover = within("ARROWIPC_OPTION_RECOVER", value, 0..=1)? == 1,
        ARROWIPC_OPTION_THREADS => {
            options.threads = within("ARROWIPC_OPTION_THREADS", value, 1..=MOST_THREADS)? as usize
        }
        ARROWIPC_OPTION_ALIGNMENT => {
            options.alignment = match value {
                8 => 8,
                16 => 16,
                32 => 32,
                64 => 64,
                _ => return Err(refuse("ARROWIPC_OPTION_ALIGNMENT", value, "8, 16, 32 or 64")),
            }
        }
        ARROWIPC_OPTION_COMPRESSION => {
            let compression = match value {
                0 => None,
                1 => Some(Compression::Lz4Frame),
                2 => Some(Compression::Zstd),
                _ => return Err(refuse("ARROWIPC_OPTION_COMPRESSION", value, "0, 1 or 2")),
            };
            compression.map_or(Ok(()), require)?;
            options.compression = compression
        }
        ARROWIPC_OPTION_COMPRESSION_LEVEL => {
            options.compression_level = within("ARROWIPC_OPTION_COMPRESSION_LEVEL", value, -131_072..=22)? as i32
        }
        ARROWIPC_OPTION_MINIMUM_SAVING => {
            options.minimum_saving = within("ARROWIPC_OPTION_MINIMUM_SAVING", value, 0..=100)? as u8
        }
        ARROWIPC_OPTION_METADATA_VERSION => {
            options.metadata_version = match value {
                4 => MetadataVersion::V4,
                5 => MetadataVersion::V5,
                _ => return Err(refuse("ARROWIPC_OPTION_METADATA_VERSION", value, "4 or 5")),
            }
        }
        ARROWIPC_OPTION_LEGACY_FRAMING => {
            options.legacy_framing = within("ARROWIPC_OPTION_LEGACY_FRAMING", value, 0..=1)? == 1
        }
        ARROWIPC_OPTION_DICTIONARIES => {
            options.dictionaries = match value {
                0 => DictionaryMode::Replace,
                1 => DictionaryMode::Delta,
                2 => DictionaryMode::Unify,
                _ => return Err(refuse("ARROWIPC_OPTION_DICTIONARIES", value, "0, 1 or 2")),
            }
        }
        ARROWIPC_OPTION_CLEAR_NULLS => options.clear_nulls = within("ARROWIPC_OPTION_CLEAR_NULLS", value, 0..=1)? == 1,
        ARROWIPC_OPTION_MAX_METADATA_BYTES => {
            options.limits.metadata_bytes = limit("ARROWIPC_OPTION_MAX_METADATA_BYTES", value)?
        }
        ARROWIPC_OPTION_MAX_BODY_BYTES => options.limits.body_bytes = limit("ARROWIPC_OPTION_MAX_BODY_BYTES", value)?,
        ARROWIPC_OPTION_MAX_DECOMPRESSED_BYTES => {
            options.limits.decompressed_bytes = limit("ARROWIPC_OPTION_MAX_DECOMPRESSED_BYTES", value)?
        }
        ARROWIPC_OPTION_MAX_NESTING_DEPTH => {
            options.limits.nesting_depth =
                within("ARROWIPC_OPTION_MAX_NESTING_DEPTH", value, 1..=DEEPEST_NESTING)? as usize
        }
        ARROWIPC_OPTION_MAX_FIELDS => {
            options.limits.fields = limit("ARROWIPC_OPTION_MAX_FIELDS", value)?.try_into().unwrap_or(usize::MAX)
        }
        ARROWIPC_OPTION_MAX_TOTAL_BYTES => {
            options.limits.total_bytes = limit("ARROWIPC_OPTION_MAX_TOTAL_BYTES", value)?
        }
        ARROWIPC_OPTION_MAX_UNBACKED_SLOTS => {
            let slots = limit("ARROWIPC_OPTION_MAX_UNBACKED_SLOTS", value)?;
            options.limits.unbacked_slots = slots.try_into().unwrap_or(usize::MAX)
        }
        _ => return Err(unknown(key)),
    }
    Ok(())
}

fn get(options: &Options, key: i32) -> Result<i64> {
    let limits = &options.limits;
    Ok(match key {
        ARROWIPC_OPTION_FORMAT => options.format.map_or(0, |format| match format {
            Format::Stream => 1,
            Format::File => 2,
        }),
        ARROWIPC_OPTION_VALIDATION => match options.validation {
            Validation::Trusted => 0,
            Validation::Layout => 1,
            Validation::Full => 2,
        },
        ARROWIPC_OPTION_RECOVER => options.recover.into(),
        ARROWIPC_OPTION_THREADS => options.threads as i64,
        ARROWIPC_OPTION_ALIGNMENT => options.alignment as i64,
        ARROWIPC_OPTION_COMPRESSION => options.compression.map_or(0, |compression| match compression {
            Compression::Lz4Frame => 1,
            Compression::Zstd => 2,
        }),
        ARROWIPC_OPTION_COMPRESSION_LEVEL => options.compression_level.into(),
        ARROWIPC_OPTION_MINIMUM_SAVING => options.minimum_saving.into(),
        ARROWIPC_OPTION_METADATA_VERSION => match options.metadata_version {
            MetadataVersion::V4 => 4,
            MetadataVersion::V5 => 5,
        },
        ARROWIPC_OPTION_LEGACY_FRAMING => options.legacy_framing.into(),
        ARROWIPC_OPTION_DICTIONARIES => match options.dictionaries {
            DictionaryMode::Replace => 0,
            DictionaryMode::Delta => 1,
            DictionaryMode::Unify => 2,
        },
        ARROWIPC_OPTION_CLEAR_NULLS => options.clear_nulls.into(),
        ARROWIPC_OPTION_MAX_METADATA_BYTES => count(limits.metadata_bytes),
        ARROWIPC_OPTION_MAX_BODY_BYTES => count(limits.body_bytes),
        ARROWIPC_OPTION_MAX_DECOMPRESSED_BYTES => count(limits.decompressed_bytes),
        ARROWIPC_OPTION_MAX_NESTING_DEPTH => limits.nesting_depth as i64,
        ARROWIPC_OPTION_MAX_FIELDS => count(limits.fields as u64),
        ARROWIPC_OPTION_MAX_TOTAL_BYTES => count(limits.total_bytes),
        ARROWIPC_OPTION_MAX_UNBACKED_SLOTS => count(limits.unbacked_slots as u64),
        _ => return Err(unknown(key)),
    })
}
