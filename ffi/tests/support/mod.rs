//! The C ABI as tests call it, and batches to send through it.
#![allow(dead_code, reason = "each test uses a part")]

pub mod batches;
pub mod messages;

use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::SchemaRef;
use arrowipc::abi::{error, memory, options, reader, sink, source, stream, writer};
use std::ffi::{CStr, c_void};
use std::ptr::null_mut;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub const FORMAT: i32 = 1;
pub const VALIDATION: i32 = 2;
pub const COMPRESSION: i32 = 11;
pub const METADATA_VERSION: i32 = 14;
pub const LEGACY: i32 = 15;
pub const DICTIONARIES: i32 = 16;

/// Calls a function of the C ABI whose last argument is the error.
macro_rules! checked {
    ($function:expr, $($argument:expr),*) => {{
        let mut failure = null_mut();
        // SAFETY: the arguments are valid for the call and owned as the header demands.
        let status = unsafe { $function($($argument,)* &mut failure) };
        if status == 0 {
            Ok(())
        } else {
            // SAFETY: a failed call set the error, and it is freed once.
            let message = unsafe {
                let message = CStr::from_ptr(error::arrowipc_error_message(failure)).to_string_lossy().into_owned();
                error::arrowipc_error_free(failure);
                message
            };
            Err(format!("status {status}: {message}"))
        }
    }};
}

/// Memory is counted for the whole process: in a file where that matters, one test runs at a time.
pub fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

pub struct Options(pub *mut options::arrowipc_options);

impl Options {
    pub fn new(values: &[(i32, i64)]) -> Self {
        let options = Options(options::arrowipc_options_new());
        for (key, value) in values {
            checked!(options::arrowipc_options_set_int, options.0, *key, *value).unwrap();
        }
        options
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: made by arrowipc_options_new, freed once.
        unsafe { options::arrowipc_options_free(self.0) };
    }
}

/// Writes through the C ABI.
pub fn write_ours(schema: &SchemaRef, batches: &[RecordBatch], values: &[(i32, i64)]) -> Result<Vec<u8>, String> {
    let options = Options::new(values);
    let c_schema = arrow_schema::ffi::FFI_ArrowSchema::try_from(schema.as_ref()).unwrap();
    let (mut out, mut handle) = (null_mut(), null_mut());
    checked!(sink::arrowipc_sink_to_memory, &mut out)?;
    checked!(writer::arrowipc_writer_open, out, (&raw const c_schema).cast(), options.0, &mut handle)?;
    let batches: Vec<_> = batches.iter().cloned().map(Ok).collect();
    let mut stream = FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new(batches, Arc::clone(schema))));
    let written = checked!(writer::arrowipc_writer_write_stream, handle, (&raw mut stream).cast())
        .and_then(|()| checked!(writer::arrowipc_writer_finish, handle));
    taken(written, handle)
}

/// The bytes of a writer to memory, which is freed.
pub fn taken(written: Result<(), String>, handle: *mut writer::arrowipc_writer) -> Result<Vec<u8>, String> {
    let (mut data, mut length) = (null_mut(), 0);
    let taken = written.and_then(|()| checked!(writer::arrowipc_writer_take_memory, handle, &mut data, &mut length));
    let bytes = taken.map(|()| {
        // SAFETY: the block was just handed over, and is freed once.
        unsafe {
            let bytes = std::slice::from_raw_parts(data, length).to_vec();
            memory::arrowipc_memory_free(data, length);
            bytes
        }
    });
    // SAFETY: the writer is owned by the caller, who gives it up.
    unsafe { writer::arrowipc_writer_free(handle) };
    bytes
}

unsafe extern "C" fn free_bytes(context: *mut c_void) {
    // SAFETY: the context is the box made in `read_ours`, and this is called once.
    drop(unsafe { Box::from_raw(context.cast::<Vec<u8>>()) });
}

/// Reads through the C ABI and its C stream.
pub fn read_ours(bytes: &[u8], values: &[(i32, i64)]) -> Result<(SchemaRef, Vec<RecordBatch>), String> {
    let options = Options::new(values);
    let owned = Box::new(bytes.to_vec());
    let (data, length) = (owned.as_ptr().cast::<c_void>(), owned.len());
    let (mut from, mut handle) = (null_mut(), null_mut());
    let context = Box::into_raw(owned).cast::<c_void>();
    checked!(source::arrowipc_source_from_memory, data, length, Some(free_bytes), context, &mut from)?;
    checked!(reader::arrowipc_reader_open, from, options.0, &mut handle)?;
    let mut stream = FFI_ArrowArrayStream::empty();
    checked!(stream::arrowipc_reader_into_stream, handle, (&raw mut stream).cast())?;
    let batches = RecordBatchStreamReader::try_new(stream).map_err(|e| e.to_string())?;
    let schema = batches.schema();
    let batches = batches.collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())?;
    Ok((schema, batches))
}

/// Reads through the C ABI and writes what was read, without a look at it.
pub fn rewrite_ours(bytes: &[u8], values: &[(i32, i64)]) -> Result<Vec<u8>, String> {
    let (mut from, mut handle, mut out, mut written) = (null_mut(), null_mut(), null_mut(), null_mut());
    let (data, length) = (bytes.as_ptr().cast::<c_void>(), bytes.len());
    checked!(source::arrowipc_source_from_memory, data, length, None, null_mut(), &mut from)?;
    checked!(reader::arrowipc_reader_open, from, null_mut(), &mut handle)?;
    let mut schema = arrow_schema::ffi::FFI_ArrowSchema::empty();
    checked!(reader::arrowipc_reader_schema, handle, (&raw mut schema).cast())?;
    let mut stream = FFI_ArrowArrayStream::empty();
    checked!(stream::arrowipc_reader_into_stream, handle, (&raw mut stream).cast())?;
    checked!(sink::arrowipc_sink_to_memory, &mut out)?;
    let options = Options::new(values);
    checked!(writer::arrowipc_writer_open, out, (&raw const schema).cast(), options.0, &mut written)?;
    let finished = checked!(writer::arrowipc_writer_write_stream, written, (&raw mut stream).cast())
        .and_then(|()| checked!(writer::arrowipc_writer_finish, written));
    taken(finished, written)
}

/// How a reader gets its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Memory,
    Path,
    Map,
    Descriptor,
    Callbacks,
    ForwardCallbacks,
}

impl From {
    pub const ALL: [From; 6] =
        [From::Memory, From::Path, From::Map, From::Descriptor, From::Callbacks, From::ForwardCallbacks];
}

struct Callback {
    bytes: Vec<u8>,
    position: std::sync::Mutex<usize>,
}

/// Copies at most 1,000 bytes, so that every larger read is a short one.
fn copy_some(bytes: &[u8], start: usize, buffer: *mut u8, n: usize) -> usize {
    let start = start.min(bytes.len());
    let count = n.min(bytes.len() - start).min(1000);
    // SAFETY: the buffer has room for `n` bytes, as the callback's contract says.
    unsafe { std::ptr::copy_nonoverlapping(bytes[start..].as_ptr(), buffer, count) };
    count
}

unsafe extern "C" fn read(context: *mut c_void, buffer: *mut u8, n: usize, out: *mut usize) -> i32 {
    // SAFETY: the context is the `Callback` given to the source.
    let callback = unsafe { &*context.cast::<Callback>() };
    let mut position = callback.position.lock().unwrap();
    let count = copy_some(&callback.bytes, *position, buffer, n);
    *position += count;
    // SAFETY: `out` is valid, as the callback's contract says.
    unsafe { *out = count };
    0
}

unsafe extern "C" fn read_at(context: *mut c_void, offset: u64, buffer: *mut u8, n: usize, out: *mut usize) -> i32 {
    // SAFETY: the context is the `Callback` given to the source, `out` is valid.
    unsafe { *out = copy_some(&(*context.cast::<Callback>()).bytes, offset as usize, buffer, n) };
    0
}

unsafe extern "C" fn size(context: *mut c_void, out: *mut u64) -> i32 {
    // SAFETY: the context is the `Callback` given to the source, `out` is valid.
    unsafe { *out = (*context.cast::<Callback>()).bytes.len() as u64 };
    0
}

unsafe extern "C" fn release(context: *mut c_void) {
    // SAFETY: the context is a `Callback` in a box, released once.
    drop(unsafe { Box::from_raw(context.cast::<Callback>()) });
}

/// A source of `bytes`. `path` names a file that holds them.
pub fn source_of(from: From, bytes: &[u8], path: &std::path::Path) -> *mut source::arrowipc_source {
    let name = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
    let mut out = null_mut();
    match from {
        From::Memory => {
            let owned = Box::new(bytes.to_vec());
            let (data, length) = (owned.as_ptr().cast::<c_void>(), owned.len());
            let context = Box::into_raw(owned).cast::<c_void>();
            checked!(source::arrowipc_source_from_memory, data, length, Some(free_bytes), context, &mut out)
        }
        From::Path => checked!(source::arrowipc_source_from_path, name.as_ptr(), 0, &mut out),
        From::Map => checked!(source::arrowipc_source_from_path, name.as_ptr(), 1, &mut out),
        From::Descriptor => {
            let fd = std::os::fd::IntoRawFd::into_raw_fd(std::fs::File::open(path).unwrap());
            checked!(source::arrowipc_source_from_fd, fd, 1, &mut out)
        }
        From::Callbacks | From::ForwardCallbacks => {
            let random = from == From::Callbacks;
            let callbacks = source::arrowipc_source_callbacks {
                struct_size: size_of::<source::arrowipc_source_callbacks>(),
                read: Some(read),
                read_at: if random { Some(read_at) } else { None },
                size: if random { Some(size) } else { None },
                release: Some(release),
            };
            let context = Box::into_raw(Box::new(Callback { bytes: bytes.to_vec(), position: 0.into() }));
            checked!(source::arrowipc_source_from_callbacks, &callbacks, context.cast(), &mut out)
        }
    }
    .unwrap();
    out
}

/// Reads everything and checks every array in full with arrow-rs; below full validation, where content was not checked,
/// arrays are released as they came. Returns the rows, or the status and text of the error.
///
/// # Panics
/// Where an array came back that arrow-rs finds invalid.
pub fn read_and_check(
    from: From,
    bytes: &[u8],
    path: &std::path::Path,
    values: &[(i32, i64)],
) -> Result<usize, (i32, String)> {
    let options = Options::new(values);
    let mut failure = null_mut();
    let failed = |status: i32, failure: *mut error::arrowipc_error| {
        // SAFETY: the call that answered `status` set the error, which is freed once.
        unsafe {
            let message = CStr::from_ptr(error::arrowipc_error_message(failure)).to_string_lossy().into_owned();
            error::arrowipc_error_free(failure);
            (status, message)
        }
    };
    let mut handle = null_mut();
    // SAFETY: the source is consumed, the others are valid for the call.
    match unsafe { reader::arrowipc_reader_open(source_of(from, bytes, path), options.0, &mut handle, &mut failure) } {
        0 => {}
        status => return Err(failed(status, failure)),
    }
    struct Free(*mut reader::arrowipc_reader);
    impl Drop for Free {
        fn drop(&mut self) {
            // SAFETY: opened below, freed once.
            unsafe { reader::arrowipc_reader_free(self.0) };
        }
    }
    let free = Free(handle);
    let mut schema = arrow_schema::ffi::FFI_ArrowSchema::empty();
    // SAFETY: the reader lives, the output is valid.
    match unsafe { reader::arrowipc_reader_schema(free.0, (&raw mut schema).cast(), &mut failure) } {
        0 => {}
        status => return Err(failed(status, failure)),
    }
    let mut rows = 0;
    loop {
        let mut array = arrow_array::ffi::FFI_ArrowArray::empty();
        // SAFETY: the reader lives and is used by this thread alone, the output is valid.
        match unsafe { reader::arrowipc_reader_next(free.0, (&raw mut array).cast(), null_mut(), &mut failure) } {
            0 => {}
            status => return Err(failed(status, failure)),
        }
        if array.is_released() {
            return Ok(rows);
        }
        if values.iter().any(|(key, level)| *key == VALIDATION && *level < 2) {
            rows += array.len();
            continue;
        }
        // SAFETY: schema and array were exported together.
        let data = match unsafe { arrow_array::ffi::from_ffi(array, &schema) } {
            Ok(data) => data,
            // arrow-rs holds scales of 8 bits, the format of 32.
            Err(e) if e.to_string().contains("decimal type requires an integer scale") => return Ok(rows),
            Err(e) => panic!("{from:?} {values:?}: a batch that cannot be imported came back: {e}"),
        };
        match data.validate_full() {
            Ok(()) => {}
            // The format leaves nulls in fields that are not nullable open (clause field-nonnullable-with-nulls).
            Err(e) if e.to_string().contains("non-nullable") => {}
            // Nullable map entries may be refused (clause type-map-nullable-invalid).
            Err(e) if e.to_string().contains("set to false for the map entries") => {}
            Err(e) if slot_of_view(&e.to_string()).is_some_and(|slot| has_null_at(&data, slot)) => {}
            Err(e) => panic!("{from:?} {values:?}: an invalid array came back: {e}"),
        }
        rows += data.len();
    }
}

/// The slot of a view that arrow-rs complains about. Under null slots any bytes may lie (clause layout-view-null-slot).
fn slot_of_view(message: &str) -> Option<usize> {
    ["Invalid buffer slice at ", "Invalid buffer index at ", "View at index "].iter().find_map(|place| {
        let rest = &message[message.find(place)? + place.len()..];
        rest[..rest.find(|c: char| !c.is_ascii_digit())?].parse().ok()
    })
}

fn has_null_at(data: &arrow_data::ArrayData, slot: usize) -> bool {
    (slot < data.len() && data.is_null(slot)) || data.child_data().iter().any(|child| has_null_at(child, slot))
}
