//! Documents as streams, which notice how they are used.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::ffi::{CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use super::abi::{ArrowArray, ArrowArrayStream, ArrowSchema};
use super::build::{Array, Dictionaries, build_batch};
use super::change::{Changes, Failure, NO_CHANGES};
use super::export::export;
use super::faults;
use super::ledger::Ticket;
use super::schema::export_schema;
use crate::value::{Batch, Data, Document, Generate, ParseError, Schema};

/// Builds the batches of a document, any of them, any number of times.
pub struct Builder<'a> {
    document: &'a Document,
    changes: &'a Changes,
    dictionaries: Vec<Dictionaries>,
}

impl<'a> Builder<'a> {
    /// Checks the document and collects the default dictionaries.
    ///
    /// # Errors
    ///
    /// What [`Document::check`] finds.
    pub fn new(document: &'a Document) -> Result<Self, ParseError> {
        Self::with_changes(document, &NO_CHANGES)
    }

    /// As [`new`](Self::new), for structures that are changed after they are built.
    ///
    /// # Errors
    ///
    /// What [`Document::check`] finds.
    pub fn with_changes(document: &'a Document, changes: &'a Changes) -> Result<Self, ParseError> {
        document.check()?;
        Ok(Builder { document, changes, dictionaries: Dictionaries::of(document) })
    }

    /// The struct schema of the batches.
    ///
    /// # Errors
    ///
    /// See [`export_schema`]; changes of what is not there.
    pub fn schema(&self) -> Result<ArrowSchema, ParseError> {
        schema(&self.document.schema, self.changes)
    }

    /// The struct array of the batch of that index; a released one behind the last.
    ///
    /// # Errors
    ///
    /// Values that do not suit their field, layouts that contradict the values, changes of what is not there.
    pub fn batch(&self, index: usize) -> Result<ArrowArray, ParseError> {
        match self.document.batch(index) {
            Some(batch) => self.changes.array(index, export(self.array(index, &batch)?)),
            None => Ok(ArrowArray::released()),
        }
    }

    fn array(&self, index: usize, batch: &Batch) -> Result<Array, ParseError> {
        let built = build_batch(&self.document.schema, batch, &self.dictionaries);
        built.map_err(|error| error.at_index(index).at_key("batches"))
    }
}

fn schema(schema: &Schema, changes: &Changes) -> Result<ArrowSchema, ParseError> {
    changes.schema(export_schema(schema).map_err(|error| error.at_key("schema"))?)
}

/// The document as a stream, which owns what it needs of it. Written batches are built at once, so that a layout that
/// contradicts its values is an error here; generated ones are built when they are asked for, one at a time.
///
/// # Errors
///
/// See [`Builder::new`], [`Builder::schema`] and [`Builder::batch`].
pub fn build_stream(document: &Document) -> Result<ArrowArrayStream, ParseError> {
    build_changed_stream(document, &NO_CHANGES)
}

/// As [`build_stream`], for structures that are changed after they are built.
///
/// # Errors
///
/// As [`build_stream`]; changes of what is not there.
pub fn build_changed_stream(document: &Document, changes: &Changes) -> Result<ArrowArrayStream, ParseError> {
    let builder = Builder::with_changes(document, changes)?;
    builder.schema()?;
    let batches = match &document.data {
        Data::Batches(batches) => {
            let arrays = batches.iter().enumerate().map(|(index, batch)| builder.array(index, batch));
            Batches::Ready(arrays.collect::<Result<_, _>>()?)
        }
        Data::Generate(generate) => Batches::Generated { dictionaries: builder.dictionaries, rules: generate.clone() },
    };
    let changes = changes.clone();
    let stream = Stream { schema: document.schema.clone(), changes, batches, next: 0, failure: None };
    let ticket = Ticket::next();
    lock(&STREAMS).live.insert(ticket, Arc::new(Mutex::new(stream)));
    Ok(ArrowArrayStream {
        get_schema: Some(get_schema),
        get_next: Some(get_next),
        get_last_error: Some(get_last_error),
        release: Some(release),
        private_data: ticket.private_data(),
    })
}

/// The streams that were handed out and are not released yet.
struct Streams {
    live: BTreeMap<Ticket, Arc<Mutex<Stream>>>,
    /// Tickets below are of streams that were told of as forgotten.
    told: Ticket,
}

static STREAMS: Mutex<Streams> = Mutex::new(Streams { live: BTreeMap::new(), told: Ticket::NONE });

/// Number of streams that nobody has released, of those that were made since the last call.
pub(super) fn forgotten() -> usize {
    let mut streams = lock(&STREAMS);
    let count = streams.live.range(streams.told..).count();
    streams.told = Ticket::next();
    count
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a stream owns.
struct Stream {
    schema: Schema,
    changes: Changes,
    batches: Batches,
    /// Index of the next batch.
    next: usize,
    /// How the last call of `get_schema` or `get_next` failed; `None` after a success.
    failure: Option<Failure>,
}

enum Batches {
    Ready(VecDeque<Array>),
    Generated { rules: Generate, dictionaries: Vec<Dictionaries> },
}

impl Stream {
    fn schema(&mut self) -> Result<ArrowSchema, Failure> {
        match self.changes.failing_schema() {
            Some(failure) => Err(failure.clone()),
            None => Ok(schema(&self.schema, &self.changes)?),
        }
    }

    fn next(&mut self) -> Result<ArrowArray, Failure> {
        if let Some(failure) = self.changes.failing_batch(self.next) {
            return Err(failure.clone());
        }
        let index = self.next;
        let array = match &mut self.batches {
            Batches::Ready(arrays) => arrays.pop_front(),
            Batches::Generated { rules, dictionaries } if index < rules.batches => {
                Some(build_batch(&self.schema, &rules.batch(&self.schema, index), dictionaries)?)
            }
            Batches::Generated { .. } => None,
        };
        let Some(array) = array else { return Ok(ArrowArray::released()) };
        self.next += 1;
        Ok(self.changes.array(index, export(array))?)
    }
}

/// `EINVAL` of every platform that the kit is built for.
const EINVAL: c_int = 22;

/// The stream of a struct, unless it was released.
///
/// # Safety
///
/// `stream` points to a struct that `build_stream` made, possibly released since.
unsafe fn find(stream: *mut ArrowArrayStream, callback: &str) -> Option<Arc<Mutex<Stream>>> {
    // SAFETY: by the caller's promise.
    let ticket = Ticket::of(unsafe { (*stream).private_data });
    let found = lock(&STREAMS).live.get(&ticket).cloned();
    if found.is_none() {
        faults::note(
            "cstream-no-calls-after-release",
            format_args!("the consumer called {callback} of a released stream"),
        );
    }
    found
}

/// The stream for one call, which waits for one that another thread is in.
fn exclusive<'a>(stream: &'a Mutex<Stream>, callback: &str) -> MutexGuard<'a, Stream> {
    match stream.try_lock() {
        Ok(stream) => stream,
        Err(TryLockError::Poisoned(stream)) => stream.into_inner(),
        Err(TryLockError::WouldBlock) => {
            let message = format_args!("the consumer called {callback} while another call of the stream went on");
            faults::note("cstream-not-thread-safe", message);
            lock(stream)
        }
    }
}

/// Runs a callback, writes what it gives to `out`, and keeps how it failed.
///
/// # Safety
///
/// `stream` points to a struct that `build_stream` made, possibly released since; `out` is valid for writes.
unsafe fn answer<T>(
    stream: *mut ArrowArrayStream,
    name: &str,
    out: *mut T,
    callback: impl FnOnce(&mut Stream) -> Result<T, Failure>,
) -> c_int {
    // SAFETY: by the caller's promise.
    let Some(stream) = (unsafe { find(stream, name) }) else { return EINVAL };
    let mut stream = exclusive(&stream, name);
    stream.failure = None;
    let failure = match catch_unwind(AssertUnwindSafe(|| callback(&mut stream))) {
        Ok(Ok(value)) => {
            // SAFETY: valid for writes; what was there before is not initialised.
            unsafe { ptr::write(out, value) };
            return 0;
        }
        Ok(Err(failure)) => failure,
        Err(panic) => Failure::of_text(EINVAL, &panic_message(&*panic)),
    };
    let code = failure.code;
    stream.failure = Some(failure);
    code
}

impl From<ParseError> for Failure {
    fn from(error: ParseError) -> Self {
        Failure::of_text(EINVAL, &error.to_string())
    }
}

impl Failure {
    fn of_text(code: c_int, text: &str) -> Self {
        Failure { code, message: CString::new(text.replace('\0', "\\0")).ok() }
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("the kit panicked, which is a bug of it: {}", text.unwrap_or_default())
}

/// # Safety
///
/// As the C Stream Interface says.
unsafe extern "C" fn get_schema(stream: *mut ArrowArrayStream, out: *mut ArrowSchema) -> c_int {
    // SAFETY: by the caller's promise.
    unsafe { answer(stream, "get_schema", out, Stream::schema) }
}

/// # Safety
///
/// As the C Stream Interface says.
unsafe extern "C" fn get_next(stream: *mut ArrowArrayStream, out: *mut ArrowArray) -> c_int {
    // SAFETY: by the caller's promise.
    unsafe { answer(stream, "get_next", out, Stream::next) }
}

/// # Safety
///
/// As the C Stream Interface says.
unsafe extern "C" fn get_last_error(stream: *mut ArrowArrayStream) -> *const c_char {
    // SAFETY: by the caller's promise.
    let Some(stream) = (unsafe { find(stream, "get_last_error") }) else { return ptr::null() };
    let stream = exclusive(&stream, "get_last_error");
    let Some(failure) = &stream.failure else {
        let message = "the consumer called get_last_error when the last operation had not failed";
        faults::note("cstream-last-error-contract", message);
        return ptr::null();
    };
    // It lives until the next call of `get_schema` or `get_next`, or the release.
    failure.message.as_ref().map_or(ptr::null(), |message| message.as_ptr())
}

/// # Safety
///
/// `stream` points to a struct that `build_stream` made, possibly moved since.
unsafe extern "C" fn release(stream: *mut ArrowArrayStream) {
    // SAFETY: valid and not shared, by the contract of release callbacks.
    let stream = unsafe { &mut *stream };
    stream.release = None;
    let left = lock(&STREAMS).live.remove(&Ticket::of(stream.private_data));
    match left {
        Some(stream) if Arc::strong_count(&stream) > 1 => {
            faults::note("cstream-not-thread-safe", "the consumer released a stream while a call of it went on");
        }
        Some(_) => {}
        None => {
            faults::note("cstream-release", "the consumer released an already released stream, or two copies of it")
        }
    }
}
