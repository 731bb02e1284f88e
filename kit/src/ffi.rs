//! The exported C functions, which `include/arrowipc_kit.h` declares and describes.
//!
//! Each runs inside `guard`: a NULL argument, an error and a panic all become a return other than 0 and a text for
//! [`arrowipc_kit_error`]. Structs that a function consumes are moved out of the caller's memory first, so that they
//! are released whatever happens then.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::{fs, ptr};

use crate::cdata::{
    ArrowArray, ArrowArrayStream, ArrowSchema, Error, Input, Observer, Summary, build_changed_stream, check_stream,
    decode_metadata, encode_metadata, observe_stream, panic_message, take_faults,
};
use crate::value::{Data, ParseError};

/// The caller or the kit failed.
const FAILED: c_int = 1;
/// What was given to the kit is not as the C Data or C Stream Interface says.
const MALFORMED: c_int = 2;

/// Size of the caller's memory for a digest: `sha256:`, 64 hex digits and a NUL byte.
pub const DIGEST_SIZE: usize = 72;

/// Builds the stream of a canonical JSON file.
///
/// # Safety
///
/// `json_path` is NULL or a C string; `out` is NULL or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_kit_build(json_path: *const c_char, out: *mut ArrowArrayStream) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or valid for writes.
        unsafe { write(out, "out", ArrowArrayStream::released())? };
        // SAFETY: `json_path` is NULL or a C string.
        let path = unsafe { path(json_path, "json_path")? };
        let Input { document, changes } = input(&path)?;
        let stream = build_changed_stream(&document, &changes).map_err(|error| in_file(&path, &error))?;
        // SAFETY: `out` is NULL or valid for writes.
        unsafe { write(out, "out", stream) }
    })
}

/// Gives the metadata of a batch of a canonical JSON file, in the binary form of `ArrowSchema.metadata`.
///
/// # Safety
///
/// `json_path` is NULL or a C string; `out` is NULL or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_kit_batch_metadata(
    json_path: *const c_char,
    batch: i64,
    out: *mut *mut c_char,
) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or valid for writes.
        unsafe { write(out, "out", ptr::null_mut())? };
        // SAFETY: `json_path` is NULL or a C string.
        let path = unsafe { path(json_path, "json_path")? };
        let Input { document, .. } = input(&path)?;
        let count = document.batch_count();
        let Some(index) = usize::try_from(batch).ok().filter(|index| *index < count) else {
            return Err(format!("{}: batch {batch} is asked for of {count}", path.display()).into());
        };
        // Generated batches have none, and need not be made to tell.
        let Data::Batches(batches) = &document.data else { return Ok(()) };
        let encoded = encode_metadata(&batches[index].metadata).map_err(|error| in_file(&path, &error))?;
        // SAFETY: `out` is NULL or valid for writes.
        unsafe { write(out, "out", encoded.map_or(ptr::null_mut(), allocate_text)) }
    })
}

/// Frees what [`arrowipc_kit_batch_metadata`] or [`arrowipc_kit_faults`] gave.
///
/// # Safety
///
/// `text` is NULL or from one of these functions, and was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_kit_free_text(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: from `allocate_text`, and not freed before.
        unsafe { free_text(text) }
    }
}

/// Starts an observer, and consumes the schema.
///
/// # Safety
///
/// `schema` is NULL or a schema of the C Data Interface; `dump_path` is NULL or a C string; `out` is NULL or valid
/// for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_kit_observer_new(
    schema: *mut ArrowSchema,
    dump_path: *const c_char,
    out: *mut *mut Observer,
) -> c_int {
    guard(|| {
        // SAFETY: NULL or an initialised schema.
        let schema = unsafe { ArrowSchema::take(not_null(schema, "schema")?) };
        // SAFETY: `out` is NULL or valid for writes.
        unsafe { write(out, "out", ptr::null_mut())? };
        // SAFETY: `dump_path` is NULL or a C string.
        let dump = unsafe { optional_path(dump_path, "dump_path")? };
        // SAFETY: the schema is as the C Data Interface says.
        let observer = unsafe { Observer::new(schema, dump.as_deref()) }?;
        // SAFETY: `out` is NULL or valid for writes.
        unsafe { write(out, "out", Box::into_raw(Box::new(observer))) }
    })
}

/// Adds a batch to an observer, and consumes the array.
///
/// # Safety
///
/// `observer` is NULL or from [`arrowipc_kit_observer_new`] and not used by another thread meanwhile; `array` is NULL
/// or an array of the observer's schema; `metadata` is NULL or in the binary form of `ArrowSchema.metadata`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_kit_observer_batch(
    observer: *mut Observer,
    array: *mut ArrowArray,
    metadata: *const c_char,
) -> c_int {
    guard(|| {
        // SAFETY: NULL or an initialised array.
        let array = unsafe { ArrowArray::take(not_null(array, "array")?) };
        // SAFETY: from `Box::into_raw`, and not shared meanwhile.
        let observer = unsafe { &mut *not_null(observer, "observer")? };
        // SAFETY: NULL or metadata in their binary form.
        let metadata = unsafe { decode_metadata(metadata) }.map_err(|error| format!("batch metadata: {error}"))?;
        // SAFETY: the array is one of the schema of the observer.
        Ok(unsafe { observer.batch(array, &metadata) }?)
    })
}

/// Ends an observer and frees it, whatever is returned.
///
/// # Safety
///
/// `observer` is NULL or from [`arrowipc_kit_observer_new`], and is used no more; `digest` is NULL or has room for
/// [`DIGEST_SIZE`] bytes; `batches` and `rows` are NULL or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_kit_observer_finish(
    observer: *mut Observer,
    digest: *mut c_char,
    batches: *mut i64,
    rows: *mut i64,
) -> c_int {
    guard(|| {
        // SAFETY: from `Box::into_raw`, by the caller's promise.
        let observer = unsafe { Box::from_raw(not_null(observer, "observer")?) };
        let summary = observer.finish()?;
        // SAFETY: each place is NULL or valid for writes of its size.
        unsafe { write_summary(&summary, digest, batches, rows) }
    })
}

/// Observes a whole stream, and consumes it.
///
/// # Safety
///
/// `stream` is NULL or a stream of the C Stream Interface; the others as for [`arrowipc_kit_observer_new`] and
/// [`arrowipc_kit_observer_finish`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_kit_observe_stream(
    stream: *mut ArrowArrayStream,
    dump_path: *const c_char,
    digest: *mut c_char,
    batches: *mut i64,
    rows: *mut i64,
) -> c_int {
    guard(|| {
        // SAFETY: NULL or an initialised stream.
        let stream = unsafe { ArrowArrayStream::take(not_null(stream, "stream")?) };
        // SAFETY: `dump_path` is NULL or a C string.
        let dump = unsafe { optional_path(dump_path, "dump_path")? };
        // SAFETY: the stream and what it gives are as the C Stream Interface says.
        let summary = unsafe { observe_stream(stream, dump.as_deref()) }?;
        // SAFETY: each place is NULL or valid for writes of its size.
        unsafe { write_summary(&summary, digest, batches, rows) }
    })
}

/// Wraps a stream, which is consumed, in one that notices whether it keeps to the C Stream Interface.
///
/// # Safety
///
/// `stream` is NULL or a stream of the C Stream Interface; `out` is NULL or valid for writes, and may be `stream`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_kit_check_stream(stream: *mut ArrowArrayStream, out: *mut ArrowArrayStream) -> c_int {
    guard(|| {
        // SAFETY: NULL or an initialised stream.
        let stream = unsafe { ArrowArrayStream::take(not_null(stream, "stream")?) };
        // SAFETY: `out` is NULL or valid for writes.
        unsafe { write(out, "out", ArrowArrayStream::released())? };
        // SAFETY: the stream and what it gives are as the C Stream Interface says; `out` as above.
        unsafe { write(out, "out", check_stream(stream)?) }
    })
}

/// Gives what was noticed of the other side of the interface since the last call: a list of strings in JSON.
///
/// # Safety
///
/// `out` is NULL or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_kit_faults(out: *mut *mut c_char) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or valid for writes.
        unsafe { write(out, "out", ptr::null_mut())? };
        let mut json = serde_json::to_vec(&take_faults()).map_err(|error| error.to_string())?;
        json.push(0);
        // SAFETY: as above.
        unsafe { write(out, "out", allocate_text(json)) }
    })
}

/// The text of the calling thread's last failure, valid until the thread's next one; empty when there was none.
#[unsafe(no_mangle)]
pub extern "C" fn arrowipc_kit_error() -> *const c_char {
    LAST_ERROR.with_borrow(|error| error.as_ptr())
}

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::default();
}

/// Why an exported function fails.
pub(crate) struct Failure {
    code: c_int,
    text: String,
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Failure { code: FAILED, text }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = if matches!(error, Error::Malformed(_)) { MALFORMED } else { FAILED };
        Failure { code, text: error.to_string() }
    }
}

/// Runs the body of an exported function: 0, or the code of the failure, whose text is kept.
pub(crate) fn guard(body: impl FnOnce() -> Result<(), Failure>) -> c_int {
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return 0,
        Ok(Err(failure)) => failure,
        Err(panic) => panic_message(&*panic).into(),
    };
    LAST_ERROR.set(CString::new(failure.text.replace('\0', "\\0")).unwrap_or_default());
    failure.code
}

fn in_file(path: &Path, error: &ParseError) -> String {
    format!("{}: {error}", path.display())
}

fn input(path: &Path) -> Result<Input, String> {
    let json = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Input::from_json(&json).map_err(|error| in_file(path, &error))
}

pub(crate) fn not_null<T>(pointer: *mut T, name: &str) -> Result<*mut T, Failure> {
    if pointer.is_null() { Err(format!("argument `{name}` is NULL").into()) } else { Ok(pointer) }
}

/// # Safety
///
/// `pointer` is NULL or valid for writes.
unsafe fn write<T>(pointer: *mut T, name: &str, value: T) -> Result<(), Failure> {
    let pointer = not_null(pointer, name)?;
    // SAFETY: by the caller's promise. What was there before may be uninitialised and is not dropped.
    unsafe { ptr::write(pointer, value) };
    Ok(())
}

/// # Safety
///
/// `path` is NULL or a C string.
unsafe fn path(path: *const c_char, name: &str) -> Result<PathBuf, Failure> {
    // SAFETY: NULL or a C string.
    unsafe { optional_path(path, name)? }.ok_or_else(|| format!("argument `{name}` is NULL").into())
}

/// # Safety
///
/// `path` is NULL or a C string.
unsafe fn optional_path(path: *const c_char, name: &str) -> Result<Option<PathBuf>, Failure> {
    if path.is_null() {
        return Ok(None);
    }
    // SAFETY: a C string, since it is not NULL.
    let path = unsafe { CStr::from_ptr(path) };
    let utf8 = path.to_str().map_err(|_| format!("argument `{name}` is not UTF-8: {path:?}"))?;
    Ok(Some(PathBuf::from(utf8)))
}

/// Writes what an observer has seen; counts that are not wanted have NULL for a place.
///
/// # Safety
///
/// `digest` is NULL or has room for [`DIGEST_SIZE`] bytes; `batches` and `rows` are NULL or valid for writes.
unsafe fn write_summary(
    summary: &Summary,
    digest: *mut c_char,
    batches: *mut i64,
    rows: *mut i64,
) -> Result<(), Failure> {
    let mut bytes = [0; DIGEST_SIZE];
    let text = summary.digest.to_string();
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    // SAFETY: by the caller's promise.
    unsafe {
        write(digest.cast::<[u8; DIGEST_SIZE]>(), "digest", bytes)?;
        for (place, count) in [(batches, summary.batches), (rows, summary.rows)] {
            if !place.is_null() {
                ptr::write(place, count as i64);
            }
        }
    }
    Ok(())
}

/// Bytes before a text that hold its length, for `free_text`.
const HEADER: usize = size_of::<usize>();

/// Bytes for a C caller to own.
fn allocate_text(text: Vec<u8>) -> *mut c_char {
    let mut memory = text.len().to_ne_bytes().to_vec();
    memory.extend_from_slice(&text);
    let memory: *mut u8 = Box::into_raw(memory.into_boxed_slice()).cast();
    memory.wrapping_add(HEADER).cast()
}

/// # Safety
///
/// `text` is from `allocate_text`, and was not freed before.
unsafe fn free_text(text: *mut c_char) {
    let memory: *mut u8 = text.cast::<u8>().wrapping_sub(HEADER);
    // SAFETY: `allocate_text` put the length there, and made a boxed slice of header and text.
    unsafe {
        let length = usize::from_ne_bytes(memory.cast::<[u8; HEADER]>().read());
        drop(Box::from_raw(ptr::slice_from_raw_parts_mut(memory, HEADER + length)));
    }
}
