//! Streams of others, read in a way that shows whether they keep to the C Stream Interface.
//!
//! What is wrong and does not keep the data from being read is noted as a fault.

use std::ffi::{CStr, CString, c_char, c_int};
use std::io;
use std::ptr;

use super::abi::{ArrowArray, ArrowArrayStream, ArrowSchema};
use super::schema::import_schema;
use super::{Error, Malformed, faults};

/// Reads a stream one chunk ahead, asks for its schema twice, for its end twice, and gives the last chunk away when
/// the stream is already released.
pub struct Puller {
    stream: ArrowArrayStream,
    /// What `get_next` gave, or how it failed, one chunk ahead of what was given away.
    ahead: Option<Result<Option<ArrowArray>, Error>>,
}

/// A release callback for memory that a stream is to write to: what still has it was not written to.
unsafe extern "C" fn unwritten_array(array: *mut ArrowArray) {
    // SAFETY: valid and not shared, by the contract of release callbacks.
    unsafe { (*array).release = None };
}

/// As [`unwritten_array`].
unsafe extern "C" fn unwritten_schema(schema: *mut ArrowSchema) {
    // SAFETY: as above.
    unsafe { (*schema).release = None };
}

impl Puller {
    /// A stream that was not read from yet.
    ///
    /// # Errors
    ///
    /// A stream that is released, or has not every callback.
    ///
    /// # Safety
    ///
    /// The stream, and what it gives, are as the C Stream Interface says.
    pub unsafe fn new(stream: ArrowArrayStream) -> Result<Self, Error> {
        if stream.is_released() {
            return Err(noted(Malformed::new("cdata-released-input", "the stream is released")).into());
        }
        let callbacks = (stream.get_schema, stream.get_next, stream.get_last_error);
        let (Some(_), Some(_), Some(_)) = callbacks else {
            return Err(noted(Malformed::new("cstream-struct-layout", "a callback of the stream is NULL")).into());
        };
        Ok(Puller { stream, ahead: None })
    }

    /// The schema.
    ///
    /// # Errors
    ///
    /// A failure of the stream.
    pub fn schema(&mut self) -> Result<ArrowSchema, Error> {
        let schema = self.pull_schema()?;
        let again = self.pull_schema()?;
        // SAFETY: both are as the C Data Interface says, by the promise made to `new`.
        let (first, second) = unsafe { (import_schema(&schema), import_schema(&again)) };
        // A malformed schema is told of by whoever reads it.
        if first.is_ok() && first != second {
            faults::note("cstream-get-schema", "get_schema gives another schema when it is called again");
        }
        Ok(schema)
    }

    /// The next chunk; `None` at the end.
    ///
    /// # Errors
    ///
    /// A failure of the stream, which is not called again after one.
    #[allow(clippy::should_implement_trait, reason = "a chunk may be an error, and the end comes again and again")]
    pub fn next(&mut self) -> Result<Option<ArrowArray>, Error> {
        let current = match self.ahead.take() {
            Some(ahead) => ahead,
            None => self.pull(),
        };
        let Some(array) = current? else {
            self.end();
            self.ahead = Some(Ok(None));
            return Ok(None);
        };
        let following = self.pull();
        if let Ok(None) = following {
            self.end();
        }
        self.ahead = Some(following);
        Ok(Some(array))
    }

    /// The stream itself, for what only its maker knows to ask; released once the last chunk is given away.
    pub fn stream(&mut self) -> &mut ArrowArrayStream {
        &mut self.stream
    }

    fn pull_schema(&mut self) -> Result<ArrowSchema, Error> {
        let mut schema = ArrowSchema { release: Some(unwritten_schema), ..ArrowSchema::released() };
        let get_schema = self.stream.get_schema;
        self.call("get_schema", |stream| {
            // SAFETY: the stream is live, and its callbacks are as the interface says, by the promise made to `new`.
            get_schema.map_or(0, |get_schema| unsafe { get_schema(stream, &mut schema) })
        })?;
        if is(schema.release, unwritten_schema) {
            return Err(noted(Malformed::new("cstream-get-schema", "get_schema answers 0 and gives no schema")).into());
        }
        Ok(schema)
    }

    fn pull(&mut self) -> Result<Option<ArrowArray>, Error> {
        let mut array = ArrowArray { release: Some(unwritten_array), ..ArrowArray::released() };
        let get_next = self.stream.get_next;
        self.call("get_next", |stream| {
            // SAFETY: as in `pull_schema`.
            get_next.map_or(0, |get_next| unsafe { get_next(stream, &mut array) })
        })?;
        if is(array.release, unwritten_array) {
            let message = "get_next answers 0 and gives neither an array nor a released one";
            return Err(noted(Malformed::new("cstream-get-next-end", message)).into());
        }
        Ok(Some(array).filter(|array| !array.is_released()))
    }

    /// Asks for the end again, and releases the stream.
    fn end(&mut self) {
        if self.stream.is_released() {
            return;
        }
        // Whether a stream may fail when it is called after its end is not said anywhere.
        if let Ok(Some(_)) = self.pull() {
            faults::note("cstream-get-next-after-end", "get_next gives an array after the end of the stream");
        }
        drop(std::mem::replace(&mut self.stream, ArrowArrayStream::released()));
    }

    fn call(
        &mut self,
        callback: &'static str,
        function: impl FnOnce(&mut ArrowArrayStream) -> c_int,
    ) -> Result<(), Error> {
        let code = function(&mut self.stream);
        if code == 0 {
            return Ok(());
        }
        if code < 0 {
            let message = format!("{callback} answers {code}, which is no errno");
            faults::note("cstream-errors-errno", message);
        }
        let text = self.stream.get_last_error.and_then(|get_last_error| {
            // SAFETY: the last operation failed; the text is NULL or a C string that lives until the next call.
            unsafe { get_last_error(&mut self.stream).as_ref().map(|text| CStr::from_ptr(text)) }
        });
        let message = match text {
            Some(text) => text.to_string_lossy().into_owned(),
            None => io::Error::from_raw_os_error(code).to_string(),
        };
        Err(Error::Stream { callback, code, message })
    }
}

/// Whether a callback is this function.
fn is<S>(callback: Option<unsafe extern "C" fn(*mut S)>, function: unsafe extern "C" fn(*mut S)) -> bool {
    callback.is_some_and(|callback| callback as usize == function as usize)
}

fn noted(malformed: Malformed) -> Malformed {
    faults::note_text(malformed.to_string());
    malformed
}

/// The same stream, read as [`Puller`] does: for a program that pulls it callback by callback.
///
/// # Errors
///
/// As [`Puller::new`].
///
/// # Safety
///
/// As [`Puller::new`].
pub unsafe fn check_stream(stream: ArrowArrayStream) -> Result<ArrowArrayStream, Error> {
    // SAFETY: by the caller's promise.
    unsafe { watch(stream, Box::new(|_| {})) }
}

/// What a watched stream gave away.
pub(crate) enum Event<'a> {
    /// A chunk of so many rows.
    Batch(u64),
    /// A failure, of the schema or of a chunk.
    Failed {
        /// Whether of the schema.
        schema: bool,
        /// The failure.
        error: &'a Error,
    },
}

/// Hears of what a stream gives away.
pub(crate) type Watcher = Box<dyn FnMut(Event<'_>) + Send>;

/// As [`check_stream`]; `watcher` hears of every chunk and failure when the program that reads the stream gets it.
///
/// # Errors
///
/// As [`Puller::new`].
///
/// # Safety
///
/// As [`Puller::new`].
pub(crate) unsafe fn watch(stream: ArrowArrayStream, watcher: Watcher) -> Result<ArrowArrayStream, Error> {
    // SAFETY: by the caller's promise.
    let private = Box::new(Checked { puller: unsafe { Puller::new(stream)? }, watcher, error: None });
    Ok(ArrowArrayStream {
        get_schema: Some(get_schema),
        get_next: Some(get_next),
        get_last_error: Some(get_last_error),
        release: Some(release),
        private_data: Box::into_raw(private).cast(),
    })
}

/// What the stream of `watch` owns.
struct Checked {
    puller: Puller,
    watcher: Watcher,
    /// Text of the last failure.
    error: Option<CString>,
}

impl Checked {
    fn schema(&mut self) -> Result<ArrowSchema, Error> {
        self.puller.schema().inspect_err(|error| (self.watcher)(Event::Failed { schema: true, error }))
    }

    /// The next chunk; a released one at the end.
    fn next(&mut self) -> Result<ArrowArray, Error> {
        match self.puller.next() {
            Ok(Some(array)) => {
                (self.watcher)(Event::Batch(array.rows()));
                Ok(array)
            }
            Ok(None) => Ok(ArrowArray::released()),
            Err(error) => {
                (self.watcher)(Event::Failed { schema: false, error: &error });
                Err(error)
            }
        }
    }
}

/// `EINVAL` of every platform that the kit is built for.
const EINVAL: c_int = 22;

/// # Safety
///
/// `stream` is from `watch` and not released; `out` is valid for writes.
unsafe fn answer<T>(
    stream: *mut ArrowArrayStream,
    out: *mut T,
    pull: impl FnOnce(&mut Checked) -> Result<T, Error>,
) -> c_int {
    // SAFETY: `private_data` is from `watch`, and streams are not used by two threads at once.
    let private = unsafe { &mut *(*stream).private_data.cast::<Checked>() };
    match pull(private) {
        Ok(value) => {
            // SAFETY: valid for writes; what was there before is not initialised.
            unsafe { ptr::write(out, value) };
            0
        }
        Err(error) => {
            let (code, text) = match error {
                Error::Stream { code, message, .. } => (code, message),
                error => (EINVAL, error.to_string()),
            };
            private.error = CString::new(text.replace('\0', "\\0")).ok();
            code
        }
    }
}

/// # Safety
///
/// As the C Stream Interface says.
unsafe extern "C" fn get_schema(stream: *mut ArrowArrayStream, out: *mut ArrowSchema) -> c_int {
    // SAFETY: by the caller's promise.
    unsafe { answer(stream, out, Checked::schema) }
}

/// # Safety
///
/// As the C Stream Interface says.
unsafe extern "C" fn get_next(stream: *mut ArrowArrayStream, out: *mut ArrowArray) -> c_int {
    // SAFETY: by the caller's promise.
    unsafe { answer(stream, out, Checked::next) }
}

/// # Safety
///
/// As the C Stream Interface says.
unsafe extern "C" fn get_last_error(stream: *mut ArrowArrayStream) -> *const c_char {
    // SAFETY: `private_data` is from `watch`, and streams are not used by two threads at once.
    let private = unsafe { &*(*stream).private_data.cast::<Checked>() };
    private.error.as_ref().map_or(ptr::null(), |error| error.as_ptr())
}

/// # Safety
///
/// `stream` is from `watch`, possibly moved since, and not released yet.
unsafe extern "C" fn release(stream: *mut ArrowArrayStream) {
    // SAFETY: valid and not shared, by the contract of release callbacks.
    let stream = unsafe { &mut *stream };
    stream.release = None;
    // SAFETY: `watch` made it from a box, and nobody took it back, since `release` was set until now.
    drop(unsafe { Box::from_raw(stream.private_data.cast::<Checked>()) });
}
