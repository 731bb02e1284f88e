//! Writers.

use std::marker::PhantomData;
use std::ops::Deref;
use std::os::fd::BorrowedFd;

use arrowipc_kit::cdata::{ArrowArray, ArrowArrayStream, ArrowSchema};
use arrowipc_kit::value::Metadata;

use super::failure::Failure;
use super::load::Library;
use super::metadata::Encoded;
use super::options::Options;
use super::sink::Sink;
use super::source::Source;
use super::symbols::WriterHandle;

/// An `arrowipc_writer` object; `'a` is the descriptor that its sink borrows, if it does.
pub struct Writer<'a> {
    library: Library,
    handle: *mut WriterHandle,
    borrowed: PhantomData<BorrowedFd<'a>>,
}

impl<'a> Writer<'a> {
    /// Starts the output.
    pub fn open(sink: Sink<'a>, schema: &ArrowSchema, options: &Options) -> Result<Self, Failure> {
        let library = sink.library();
        let mut handle = std::ptr::null_mut();
        library.call(|symbols, error| {
            // SAFETY: the sink is consumed by the call, also when it fails; the schema is only read and the options are copied.
            unsafe { (symbols.writer_open)(sink.into_raw(), schema, options.as_ptr(), &mut handle, error) }
        })?;
        Ok(Self { library, handle, borrowed: PhantomData })
    }

    /// Goes on behind what a source holds, which must have this schema.
    pub fn append(source: Source, sink: Sink<'a>, schema: &ArrowSchema, options: &Options) -> Result<Self, Failure> {
        let library = sink.library();
        let mut handle = std::ptr::null_mut();
        library.call(|symbols, error| {
            let (source, sink) = (source.into_raw(), sink.into_raw());
            // SAFETY: source and sink are consumed by the call, also when it fails; the schema is only read and the options are copied.
            unsafe { (symbols.writer_open_append)(source, sink, schema, options.as_ptr(), &mut handle, error) }
        })?;
        Ok(Self { library, handle, borrowed: PhantomData })
    }

    /// Writes a batch, with metadata on its message.
    pub fn write(&mut self, mut batch: ArrowArray, metadata: &Metadata) -> Result<(), Failure> {
        let pairs = Encoded::new(self.library, metadata)?;
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open and used by this call alone. The array is consumed by the call, which leaves a released one
            // behind; the metadata are copied.
            unsafe { (symbols.writer_write)(self.handle, &mut batch, pairs.as_ptr(), error) }
        })
    }

    /// Writes every batch of a stream.
    pub fn write_stream(&mut self, mut stream: ArrowArrayStream) -> Result<(), Failure> {
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open and used by this call alone. The stream is consumed by the call, which leaves a released one
            // behind.
            unsafe { (symbols.writer_write_stream)(self.handle, &mut stream, error) }
        })
    }

    /// Sets the metadata of the footer of a file.
    pub fn set_footer_metadata(&mut self, metadata: &Metadata) -> Result<(), Failure> {
        let pairs = Encoded::new(self.library, metadata)?;
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open and used by this call alone; the metadata are copied.
            unsafe { (symbols.writer_set_footer_metadata)(self.handle, pairs.as_ptr(), error) }
        })
    }

    /// Writes the end of the stream, or the footer, and flushes.
    pub fn finish(&mut self) -> Result<(), Failure> {
        // SAFETY: the handle is open and used by this call alone.
        self.library.call(|symbols, error| unsafe { (symbols.writer_finish)(self.handle, error) })
    }
}

/// A writer that has finished.
pub trait Finished {
    /// The output, where the sink is memory.
    fn take_memory(&mut self) -> Result<Memory, Failure>;
}

impl Finished for Writer<'_> {
    fn take_memory(&mut self) -> Result<Memory, Failure> {
        let (mut data, mut length) = (std::ptr::null_mut(), 0);
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open and used by this call alone.
            unsafe { (symbols.writer_take_memory)(self.handle, &mut data, &mut length, error) }
        })?;
        // SAFETY: the call handed the block over.
        Ok(unsafe { Memory::new(self.library, data, length) })
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is open.
        unsafe { (self.library.symbols().writer_free)(self.handle) };
    }
}

/// A block of memory that the library handed over.
pub struct Memory {
    library: Library,
    data: *mut u8,
    length: usize,
}

impl Memory {
    /// Takes a block over.
    ///
    /// # Safety
    ///
    /// The library handed over `length` bytes at `data`, to this value alone.
    pub(super) unsafe fn new(library: Library, data: *mut u8, length: usize) -> Self {
        Self { library, data, length }
    }
}

impl Deref for Memory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: the block is this value's alone and has this length.
        unsafe { std::slice::from_raw_parts(self.data, self.length) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the block was handed over with this length and is freed once.
        unsafe { (self.library.symbols().memory_free)(self.data, self.length) };
    }
}
