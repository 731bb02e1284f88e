//! Arrays → canonical values.

mod view;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;
use std::ptr;

use view::View;

use super::abi::{ArrowArray, ArrowArrayStream, ArrowSchema};
use super::pull::Puller;
use super::schema::import_schema;
use super::{Error, Malformed, faults};
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
    /// The last column is moved out and read when the rest is released, as the interface allows a consumer to do.
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
        let result = unsafe { self.write_batch(array, metadata) };
        if let Err(error) = &result {
            faults::note_text(error.to_string());
            self.failure.get_or_insert_with(|| error.to_string());
        }
        result.map_err(Error::from)
    }

    /// # Safety
    ///
    /// As for `batch`.
    unsafe fn write_batch(&mut self, array: ArrowArray, metadata: &Metadata) -> Result<(), Malformed> {
        // SAFETY: by the caller's promise.
        let batch = unsafe { BatchView::new(&self.schema, &array)? };
        let (rows, slots) = (batch.rows, batch.slots());
        self.writer.begin_batch(rows, metadata);
        for column in 0..self.schema.fields.len().saturating_sub(1) {
            self.writer.begin_column();
            batch.values(column).try_for_each(|value| value.map(|value| self.writer.value(&value)))?;
            self.writer.end_column();
        }
        if let Some(field) = self.schema.fields.last() {
            // SAFETY: the view has found as many children as fields; it is used no more.
            let column = unsafe { move_last_child(array) };
            // SAFETY: by the caller's promise, and as the interface says of a child that was moved out.
            let view = unsafe { view::bind_field(field, &column) }.map_err(|error| error.within(&field.name))?;
            self.writer.begin_column();
            for slot in slots {
                self.writer.value(&view.value(slot).map_err(|error| error.within(&field.name))?);
            }
            self.writer.end_column();
        }
        self.batches += 1;
        self.rows += rows as u64;
        Ok(())
    }

    /// Ends digest and dump.
    ///
    /// # Errors
    ///
    /// A batch that failed before, or a dump that could not be written.
    pub fn finish(self) -> Result<Summary, Error> {
        if let Some(failure) = self.failure {
            return Err(Error::Failed { failure });
        }
        let digest =
            self.writer.finish().map_err(|error| Error::File { path: self.dump.unwrap_or_default(), error })?;
        Ok(Summary { digest, batches: self.batches, rows: self.rows })
    }
}

/// Moves the last child out of an array, which is released.
///
/// # Safety
///
/// The array is as the C Data Interface says, and has a child.
unsafe fn move_last_child(array: ArrowArray) -> ArrowArray {
    // SAFETY: there are `n_children` pointers to arrays that this one owns. The source of a move is marked as released,
    // and of a struct that is there twice one is never used again.
    unsafe {
        let source = *array.children.add(array.n_children as usize - 1);
        let child = ptr::read(source);
        (*source).release = None;
        drop(array);
        child
    }
}

/// Reads a whole stream and releases it, as [`Puller`] does. Batches have no metadata.
///
/// # Errors
///
/// Failures of the stream, and those of [`Observer`].
///
/// # Safety
///
/// The stream, and what it gives, are as the C Stream Interface says.
pub unsafe fn observe_stream(stream: ArrowArrayStream, dump: Option<&Path>) -> Result<Summary, Error> {
    // SAFETY: by the caller's promise, here and below.
    let mut stream = unsafe { Puller::new(stream)? };
    // SAFETY: as above.
    let mut observer = unsafe { Observer::new(stream.schema()?, dump)? };
    while let Some(array) = stream.next()? {
        // SAFETY: as above.
        unsafe { observer.batch(array, &Metadata::default())? };
    }
    observer.finish()
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

    /// Those slots of the columns that are rows.
    fn slots(&self) -> Range<usize> {
        self.offset..self.offset + self.rows
    }

    /// The values of a column.
    fn values(&self, column: usize) -> impl Iterator<Item = Result<Value, Malformed>> {
        self.slots().map(move |row| {
            self.columns[column].value(row).map_err(|error| error.within(&self.schema.fields[column].name))
        })
    }
}
