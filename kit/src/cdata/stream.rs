//! Documents as streams.

use std::any::Any;
use std::collections::VecDeque;
use std::ffi::{CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use super::abi::{ArrowArray, ArrowArrayStream, ArrowSchema};
use super::build::{Array, Dictionaries, build_batch};
use super::export::export;
use super::schema::export_schema;
use crate::value::{Batch, Data, Document, Generate, ParseError, Schema};

/// Builds the batches of a document, any of them, any number of times.
pub struct Builder<'a> {
    document: &'a Document,
    dictionaries: Vec<Dictionaries>,
}

impl<'a> Builder<'a> {
    /// Checks the document and collects the default dictionaries.
    ///
    /// # Errors
    ///
    /// What [`Document::check`] finds.
    pub fn new(document: &'a Document) -> Result<Self, ParseError> {
        document.check()?;
        Ok(Builder { document, dictionaries: Dictionaries::of(document) })
    }

    /// The struct schema of the batches.
    ///
    /// # Errors
    ///
    /// See [`export_schema`].
    pub fn schema(&self) -> Result<ArrowSchema, ParseError> {
        export_schema(&self.document.schema).map_err(|error| error.at_key("schema"))
    }

    /// The struct array of the batch of that index; a released one behind the last.
    ///
    /// # Errors
    ///
    /// Values that do not suit their field, and layouts that contradict the values.
    pub fn batch(&self, index: usize) -> Result<ArrowArray, ParseError> {
        match self.document.batch(index) {
            Some(batch) => Ok(export(self.array(index, &batch)?)),
            None => Ok(ArrowArray::released()),
        }
    }

    fn array(&self, index: usize, batch: &Batch) -> Result<Array, ParseError> {
        let built = build_batch(&self.document.schema, batch, &self.dictionaries);
        built.map_err(|error| error.at_index(index).at_key("batches"))
    }
}

/// The document as a stream, which owns what it needs of it. Written batches are built at once, so that a layout that
/// contradicts its values is an error here; generated ones are built when they are asked for, one at a time.
///
/// # Errors
///
/// See [`Builder::new`], [`Builder::schema`] and [`Builder::batch`].
pub fn build_stream(document: &Document) -> Result<ArrowArrayStream, ParseError> {
    let builder = Builder::new(document)?;
    builder.schema()?;
    let batches = match &document.data {
        Data::Batches(batches) => {
            let arrays = batches.iter().enumerate().map(|(index, batch)| builder.array(index, batch));
            Batches::Ready(arrays.collect::<Result<_, _>>()?)
        }
        Data::Generate(generate) => {
            Batches::Generated { dictionaries: builder.dictionaries, rules: generate.clone(), next: 0 }
        }
    };
    let private = Box::new(Private { schema: document.schema.clone(), batches, error: None });
    Ok(ArrowArrayStream {
        get_schema: Some(get_schema),
        get_next: Some(get_next),
        get_last_error: Some(get_last_error),
        release: Some(release),
        private_data: Box::into_raw(private).cast(),
    })
}

/// What a stream owns, behind its `private_data`.
struct Private {
    schema: Schema,
    batches: Batches,
    /// Text of the last failure.
    error: Option<CString>,
}

enum Batches {
    Ready(VecDeque<Array>),
    Generated { rules: Generate, dictionaries: Vec<Dictionaries>, next: usize },
}

impl Private {
    fn next(&mut self) -> Result<ArrowArray, ParseError> {
        let array = match &mut self.batches {
            Batches::Ready(arrays) => arrays.pop_front(),
            Batches::Generated { rules, dictionaries, next } if *next < rules.batches => {
                let batch = rules.batch(&self.schema, *next);
                *next += 1;
                Some(build_batch(&self.schema, &batch, dictionaries)?)
            }
            Batches::Generated { .. } => None,
        };
        Ok(array.map_or_else(ArrowArray::released, export))
    }
}

/// `EINVAL` of every platform that the kit is built for.
const EINVAL: c_int = 22;

/// Runs a callback, writes what it gives to `out`, and keeps the text of its failure.
///
/// # Safety
///
/// `stream` points to a struct that `build_stream` made and that is not released; `out` is valid for writes.
unsafe fn answer<T>(
    stream: *mut ArrowArrayStream,
    out: *mut T,
    callback: impl FnOnce(&mut Private) -> Result<T, ParseError>,
) -> c_int {
    // SAFETY: `private_data` is from `build_stream`, and streams are not used by two threads at once.
    let private = unsafe { &mut *(*stream).private_data.cast::<Private>() };
    let message = match catch_unwind(AssertUnwindSafe(|| callback(private))) {
        Ok(Ok(value)) => {
            // SAFETY: valid for writes; what was there before is not initialised.
            unsafe { ptr::write(out, value) };
            return 0;
        }
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic_message(&*panic),
    };
    private.error = CString::new(message.replace('\0', "\\0")).ok();
    EINVAL
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
    unsafe { answer(stream, out, |private| export_schema(&private.schema)) }
}

/// # Safety
///
/// As the C Stream Interface says.
unsafe extern "C" fn get_next(stream: *mut ArrowArrayStream, out: *mut ArrowArray) -> c_int {
    // SAFETY: by the caller's promise.
    unsafe { answer(stream, out, Private::next) }
}

/// # Safety
///
/// As the C Stream Interface says.
unsafe extern "C" fn get_last_error(stream: *mut ArrowArrayStream) -> *const c_char {
    // SAFETY: `private_data` is from `build_stream`, and streams are not used by two threads at once.
    let private = unsafe { &*(*stream).private_data.cast::<Private>() };
    private.error.as_ref().map_or(ptr::null(), |error| error.as_ptr())
}

/// # Safety
///
/// `stream` points to a struct that `build_stream` made, possibly moved since, and not released yet.
unsafe extern "C" fn release(stream: *mut ArrowArrayStream) {
    // SAFETY: valid and not shared, by the contract of release callbacks.
    let stream = unsafe { &mut *stream };
    stream.release = None;
    // SAFETY: `build_stream` made it from a box, and nobody took it back, since `release` was set until now.
    drop(unsafe { Box::from_raw(stream.private_data.cast::<Private>()) });
}
