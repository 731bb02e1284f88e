//! Arrays → canonical values.

mod view;

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use view::View;

use super::abi::{ArrowArray, ArrowArrayStream, ArrowSchema};
use super::schema::import_schema;
use super::{Error, Malformed};
use crate::value::{Batch, Column, Digest, DocumentWriter, Metadata, Schema, Value};

/// Takes the digest of batches as they come, and writes their canonical text when asked to. It holds one batch at a
/// time.
pub struct Observer {
    schema: Schema,
    writer: DocumentWriter,
    /// Name of the dump.
    dump: Option<String>,
    batches: u64,
    rows: u64,
    /// Text of the first failure, after which the digest means nothing.
    failure: Option<String>,
}

/// What an observer has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Digest of the whole.
    pub digest: Digest,
    /// Number of batches.
    pub batches: u64,
    /// Number of rows of all batches.
    pub rows: u64,
}

impl Observer {
    /// Starts a digest, and a dump into a new file when a path is given. The schema is released.
    ///
    /// # Errors
    ///
    /// A malformed schema, or a file that cannot be made.
    ///
    /// # Safety
    ///
    /// What the schema points to is as the C Data Interface says.
    pub unsafe fn new(schema: ArrowSchema, dump: Option<&Path>) -> Result<Self, Error> {
        // SAFETY: by the caller's promise.
        let schema = unsafe { import_schema(&schema)? };
        let Some(path) = dump else { return Ok(Self::start(schema, None)) };
        let name = path.display().to_string();
        match File::create(path) {
            Ok(file) => Ok(Self::start(schema, Some((Box::new(BufWriter::new(file)), name)))),
            Err(error) => Err(Error::File { path: name, error }),
        }
    }

    /// As [`new`](Self::new), with the dump going to `sink`, which errors call `name`.
    ///
    /// # Errors
    ///
    /// A malformed schema.
    ///
    /// # Safety
    ///
    /// What the schema points to is as the C Data Interface says.
    pub unsafe fn with_sink(schema: ArrowSchema, sink: Box<dyn Write + Send>, name: &str) -> Result<Self, Error> {
        // SAFETY: by the caller's promise.
        let schema = unsafe { import_schema(&schema)? };
        Ok(Self::start(schema, Some((sink, name.to_owned()))))
    }

    fn start(schema: Schema, dump: Option<(Box<dyn Write + Send>, String)>) -> Self {
        let (writer, dump) = match dump {
            Some((sink, name)) => (DocumentWriter::with_dump(&schema, sink), Some(name)),
            None => (DocumentWriter::digest_only(&schema), None),
        };
        Observer { schema, writer, dump, batches: 0, rows: 0, failure: None }
    }

    /// The schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Adds a batch, and releases the array, whether it succeeds or not.
    ///
    /// # Errors
    ///
    /// An array that contradicts the schema or the C Data Interface. The observer is of no use after that.
    ///
    /// # Safety
    ///
    /// What the array points to is as the C Data Interface says for the schema of this observer.
    pub unsafe fn batch(&mut self, array: ArrowArray, metadata: &Metadata) -> Result<(), Error> {
        // SAFETY: by the caller's promise.
        let result = unsafe { self.write_batch(&array, metadata) };
        if let Err(error) = &result {
            self.failure.get_or_insert_with(|| error.to_string());
        }
        result.map_err(Error::from)
    }

    /// # Safety
    ///
    /// As for `batch`.
    unsafe fn write_batch(&mut self, array: &ArrowArray, metadata: &Metadata) -> Result<(), Malformed> {
        // SAFETY: by the caller's promise.
        let batch = unsafe { BatchView::new(&self.schema, array)? };
        self.writer.begin_batch(batch.rows, metadata);
        for column in 0..self.schema.fields.len() {
            self.writer.begin_column();
            batch.values(column).try_for_each(|value| value.map(|value| self.writer.value(&value)))?;
            self.writer.end_column();
        }
        self.batches += 1;
        self.rows += batch.rows as u64;
        Ok(())
    }

    /// Ends digest and dump.
    ///
    /// # Errors
    ///
    /// A batch that failed before, or a dump that could not be written.
    pub fn finish(self) -> Result<Summary, Error> {
        if let Some(failure) = self.failure {
            return Err(Malformed::new(format!("a batch failed before: {failure}")).into());
        }
        let digest =
            self.writer.finish().map_err(|error| Error::File { path: self.dump.unwrap_or_default(), error })?;
        Ok(Summary { digest, batches: self.batches, rows: self.rows })
    }
}

/// Reads a whole stream and releases it. Batches have no metadata.
///
/// # Errors
///
/// Failures of the stream, and those of [`Observer`].
///
/// # Safety
///
/// The stream, and what it gives, are as the C Stream Interface says.
pub unsafe fn observe_stream(mut stream: ArrowArrayStream, dump: Option<&Path>) -> Result<Summary, Error> {
    let (Some(get_schema), Some(get_next), false) = (stream.get_schema, stream.get_next, stream.is_released()) else {
        return Err(Malformed::new("the stream is released").into());
    };
    let mut schema = ArrowSchema::released();
    // SAFETY: the stream is not released; by the caller's promise its callbacks are as the interface says, here and
    // below.
    let code = unsafe { get_schema(&mut stream, &mut schema) };
    if code != 0 {
        // SAFETY: by the caller's promise.
        return Err(unsafe { stream_error(&mut stream, "get_schema", code) });
    }
    // SAFETY: by the caller's promise.
    let mut observer = unsafe { Observer::new(schema, dump)? };
    loop {
        let mut array = ArrowArray::released();
        // SAFETY: as above.
        let code = unsafe { get_next(&mut stream, &mut array) };
        if code != 0 {
            // SAFETY: by the caller's promise.
            return Err(unsafe { stream_error(&mut stream, "get_next", code) });
        }
        if array.is_released() {
            return observer.finish();
        }
        // SAFETY: by the caller's promise.
        unsafe { observer.batch(array, &Metadata::default())? };
    }
}

/// # Safety
///
/// The stream is not released.
unsafe fn stream_error(stream: &mut ArrowArrayStream, callback: &'static str, code: i32) -> Error {
    let text = stream.get_last_error.map(|get_last_error| {
        // SAFETY: not released; the text is NULL or a C string that lives until the next call.
        unsafe { get_last_error(stream).as_ref().map(|text| CStr::from_ptr(text)) }
    });
    let message = match text.flatten() {
        Some(text) => text.to_string_lossy().into_owned(),
        None => io::Error::from_raw_os_error(code).to_string(),
    };
    Error::Stream { callback, code, message }
}

/// The values of a batch, without metadata, which do not cross the C Data Interface.
///
/// # Errors
///
/// An array that contradicts the schema or the C Data Interface.
///
/// # Safety
///
/// What the array points to is as the C Data Interface says for this schema.
pub unsafe fn read_batch(schema: &Schema, array: &ArrowArray) -> Result<Batch, Malformed> {
    // SAFETY: by the caller's promise.
    let batch = unsafe { BatchView::new(schema, array)? };
    let columns = (0..schema.fields.len()).map(|column| {
        let values: Vec<Value> = batch.values(column).collect::<Result<_, _>>()?;
        Ok(Column::from(values))
    });
    Ok(Batch { rows: batch.rows, metadata: Metadata::default(), columns: columns.collect::<Result<_, Malformed>>()? })
}

/// The struct array of a record batch.
struct BatchView<'a> {
    schema: &'a Schema,
    rows: usize,
    offset: usize,
    columns: Vec<View<'a>>,
}

impl<'a> BatchView<'a> {
    /// # Safety
    ///
    /// What the array points to is as the C Data Interface says for this schema.
    unsafe fn new(schema: &'a Schema, array: &'a ArrowArray) -> Result<Self, Malformed> {
        // SAFETY: by the caller's promise.
        let (rows, offset, columns) = unsafe { view::columns(&schema.fields, array)? };
        Ok(BatchView { schema, rows, offset, columns })
    }

    /// The values of a column.
    fn values(&self, column: usize) -> impl Iterator<Item = Result<Value, Malformed>> {
        (self.offset..self.offset + self.rows).map(move |row| {
            self.columns[column].value(row).map_err(|error| error.within(&self.schema.fields[column].name))
        })
    }
}
