//! Readers.

use arrowipc_kit::cdata::{ArrowArray, ArrowArrayStream, ArrowSchema};
use arrowipc_kit::value::Metadata;

use super::failure::Failure;
use super::load::Library;
use super::metadata;
use super::options::Options;
use super::source::Source;
use super::stream::Stream;
use super::symbols::{ReadStatistics, ReaderHandle};

/// An `arrowipc_reader` object.
pub struct Reader {
    library: Library,
    handle: *mut ReaderHandle,
}

impl Reader {
    /// Reads the schema (and the footer of a file).
    pub fn open(source: Source, options: &Options) -> Result<Self, Failure> {
        let library = source.library();
        let mut handle = std::ptr::null_mut();
        library.call(|symbols, error| {
            // SAFETY: the source is consumed by the call, also when it fails; the options are copied.
            unsafe { (symbols.reader_open)(source.into_raw(), options.as_ptr(), &mut handle, error) }
        })?;
        Ok(Self { library, handle })
    }

    /// The schema, after projection.
    pub fn schema(&self) -> Result<ArrowSchema, Failure> {
        let mut schema = ArrowSchema::released();
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open; the schema is a place to write one to.
            unsafe { (symbols.reader_schema)(self.handle, &mut schema, error) }
        })?;
        Ok(schema)
    }

    /// The next batch and the metadata of its message; `None` at the end.
    pub fn next(&mut self) -> Result<Option<(ArrowArray, Metadata)>, Failure> {
        let mut array = ArrowArray::released();
        let mut pairs = std::ptr::null();
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open and used by this call alone; the array is a place to write one to.
            unsafe { (symbols.reader_next)(self.handle, &mut array, &mut pairs, error) }
        })?;
        if array.is_released() {
            return Ok(None);
        }
        // SAFETY: the metadata are the reader's, valid until its next call.
        let pairs = unsafe { metadata::read(self.library, pairs) }?;
        Ok(Some((array, pairs)))
    }

    /// Number of batches of a file.
    pub fn num_batches(&self) -> Result<i64, Failure> {
        let mut count = 0;
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open.
            unsafe { (symbols.reader_num_batches)(self.handle, &mut count, error) }
        })?;
        Ok(count)
    }

    /// Number of rows of all batches of a file.
    pub fn num_rows(&self) -> Result<i64, Failure> {
        const ALL: i64 = -1;
        let mut count = 0;
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open.
            unsafe { (symbols.reader_num_rows)(self.handle, ALL, &mut count, error) }
        })?;
        Ok(count)
    }

    /// Batch `index` of a file.
    pub fn read_at(&self, index: i64) -> Result<ArrowArray, Failure> {
        let mut array = ArrowArray::released();
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open; the array is a place to write one to.
            unsafe { (symbols.reader_read_at)(self.handle, index, &mut array, error) }
        })?;
        Ok(array)
    }

    /// Metadata of the message of batch `index` of a file.
    pub fn batch_metadata(&self, index: i64) -> Result<Metadata, Failure> {
        let mut pairs = std::ptr::null_mut();
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open.
            unsafe { (symbols.reader_batch_metadata)(self.handle, index, &mut pairs, error) }
        })?;
        // SAFETY: the block is NULL or metadata made for this call, read and freed once.
        unsafe {
            let metadata = metadata::read(self.library, pairs);
            (self.library.symbols().metadata_free)(pairs);
            metadata
        }
    }

    /// Metadata of the footer of a file.
    pub fn footer_metadata(&self) -> Result<Metadata, Failure> {
        // SAFETY: the handle is open; the metadata live as long as it does.
        unsafe {
            let pairs = (self.library.symbols().reader_footer_metadata)(self.handle);
            metadata::read(self.library, pairs)
        }
    }

    /// What was read so far.
    pub fn statistics(&self) -> Result<ReadStatistics, Failure> {
        let mut statistics = ReadStatistics::default();
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open; the struct travels with its size.
            unsafe { (symbols.reader_statistics)(self.handle, &mut statistics, size_of::<ReadStatistics>(), error) }
        })?;
        Ok(statistics)
    }

    /// Hands the rest of the batches to a C stream.
    pub fn into_stream(self) -> Result<Stream, Failure> {
        let reader = std::mem::ManuallyDrop::new(self);
        let mut stream = ArrowArrayStream::released();
        reader.library.call(|symbols, error| {
            // SAFETY: the handle is open and consumed by the call, also when it fails; the stream is a place to write one to.
            unsafe { (symbols.reader_into_stream)(reader.handle, &mut stream, error) }
        })?;
        // SAFETY: the call above exported it.
        unsafe { Stream::new(reader.library, stream) }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // SAFETY: the handle is open and was not consumed. Arrays that it handed out do not need it.
        unsafe { (self.library.symbols().reader_free)(self.handle) };
    }
}
