//! The C functions of the library, each handle with its owner.

use arrowipc::abi::c_data::{ArrowArray, ArrowArrayStream, ArrowSchema, CStructure};
use arrowipc::abi::{error, memory, options, reader, sink, source, stream, writer};
use std::ffi::{CStr, c_char, c_void};
use std::ptr::null_mut;

pub const FORMAT: i32 = 1;
pub const VALIDATION: i32 = 2;
pub const ALIGNMENT: i32 = 10;
pub const COMPRESSION: i32 = 11;
pub const MINIMUM_SAVING: i32 = 13;
pub const METADATA_VERSION: i32 = 14;
pub const LEGACY_FRAMING: i32 = 15;
pub const DICTIONARIES: i32 = 16;
pub const MAX_DECOMPRESSED_BYTES: i32 = 32;

pub const STREAM: i64 = 1;
pub const FILE: i64 = 2;

pub const INVALID_ARGUMENT: i32 = 1;
pub const INVALID_DATA: i32 = 3;
pub const UNSUPPORTED: i32 = 4;
pub const LIMIT_EXCEEDED: i32 = 5;

/// An error with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub status: i32,
    pub message: String,
    pub clause: String,
}

impl Failure {
    /// Takes what a failed call left in its last argument.
    fn take(status: i32, failure: *mut error::arrowipc_error) -> Self {
        assert!(!failure.is_null(), "status {status} without an error");
        let text = |pointer: *const c_char| match pointer.is_null() {
            true => String::new(),
            // SAFETY: texts of an error end with NUL and live as long as it does.
            false => unsafe { CStr::from_ptr(pointer) }.to_str().expect("errors are UTF-8").to_owned(),
        };
        // SAFETY: the failed call set the error, which is freed once, here.
        unsafe {
            assert_eq!(error::arrowipc_error_code(failure), status);
            let message = text(error::arrowipc_error_message(failure));
            assert!(!message.contains('\n'), "an error of several lines: {message}");
            let clause = text(error::arrowipc_error_clause(failure));
            error::arrowipc_error_free(failure);
            Failure { status, message, clause }
        }
    }

    /// Whether it is one of those that bytes may cause.
    pub fn blames_the_input(&self) -> bool {
        matches!(self.status, INVALID_DATA | UNSUPPORTED | LIMIT_EXCEEDED)
    }
}

/// Calls a function whose last argument is the error.
macro_rules! call {
    ($function:expr $(, $argument:expr)*) => {{
        let mut failure = null_mut();
        // SAFETY: the arguments are valid for the call and owned as the header demands.
        match unsafe { $function($($argument,)* &mut failure) } {
            0 => Ok(()),
            status => Err(Failure::take(status, failure)),
        }
    }};
}

/// Options; what is not named has its default, but for the size of decompressed bodies, which is kept small.
pub struct Options(*mut options::arrowipc_options);

/// Bytes that the bodies of one message may take after decompression.
pub const DECOMPRESSED_BYTES: i64 = 16 << 20;

impl Options {
    pub fn new(values: &[(i32, i64)]) -> Self {
        let options = Options(options::arrowipc_options_new());
        for (key, value) in [(MAX_DECOMPRESSED_BYTES, DECOMPRESSED_BYTES)].iter().chain(values) {
            call!(options::arrowipc_options_set_int, options.0, *key, *value).expect("options of the header");
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

/// A structure of the C Data Interface that is released in the end.
pub struct Owned<T: CStructure>(T);

impl<T: CStructure> Owned<T> {
    pub fn released() -> Self {
        Owned(T::RELEASED)
    }

    /// # Safety
    /// The structure is released or valid, and nobody else releases it.
    pub unsafe fn new(structure: T) -> Self {
        Owned(structure)
    }

    pub fn as_mut_ptr(&mut self) -> *mut T {
        &mut self.0
    }
}

impl<T: CStructure> std::ops::Deref for Owned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: CStructure> Drop for Owned<T> {
    fn drop(&mut self) {
        if let Some(release) = self.0.release_callback() {
            // SAFETY: live, owned here alone.
            unsafe { release(&mut self.0) };
        }
    }
}

unsafe extern "C" fn free_bytes(context: *mut c_void) {
    // SAFETY: the context is the box made in `Reader::open`, and this is called once.
    drop(unsafe { Box::from_raw(context.cast::<Box<[u8]>>()) });
}

/// A reader of bytes in memory. They are copied to a block of exactly their size: what reads behind it is found out.
pub struct Reader(*mut reader::arrowipc_reader);

impl Reader {
    pub fn open(bytes: &[u8], options: &Options) -> Result<Self, Failure> {
        let owned = Box::new(Box::<[u8]>::from(bytes));
        let (data, length) = (owned.as_ptr().cast::<c_void>(), owned.len());
        let context = Box::into_raw(owned).cast::<c_void>();
        let (mut from, mut handle) = (null_mut(), null_mut());
        call!(source::arrowipc_source_from_memory, data, length, Some(free_bytes), context, &mut from)?;
        call!(reader::arrowipc_reader_open, from, options.0, &mut handle)?;
        Ok(Reader(handle))
    }

    pub fn schema(&self) -> Result<Owned<ArrowSchema>, Failure> {
        let mut schema = Owned::<ArrowSchema>::released();
        call!(reader::arrowipc_reader_schema, self.0, schema.as_mut_ptr())?;
        Ok(schema)
    }

    /// The next batch, `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<Owned<ArrowArray>>, Failure> {
        let (mut array, mut metadata) = (Owned::<ArrowArray>::released(), std::ptr::null());
        call!(reader::arrowipc_reader_next, self.0, array.as_mut_ptr(), &mut metadata)?;
        Ok(array.release.is_some().then_some(array))
    }

    pub fn num_batches(&self) -> Result<i64, Failure> {
        let mut count = 0;
        call!(reader::arrowipc_reader_num_batches, self.0, &mut count)?;
        Ok(count)
    }

    /// Rows of all batches.
    pub fn num_rows(&self) -> Result<i64, Failure> {
        let mut count = 0;
        call!(reader::arrowipc_reader_num_rows, self.0, -1, &mut count)?;
        Ok(count)
    }

    pub fn read_at(&self, index: i64) -> Result<Owned<ArrowArray>, Failure> {
        let mut array = Owned::<ArrowArray>::released();
        call!(reader::arrowipc_reader_read_at, self.0, index, array.as_mut_ptr())?;
        Ok(array)
    }

    /// Asks for the metadata of a batch and frees them.
    pub fn batch_metadata(&self, index: i64) -> Result<(), Failure> {
        let mut metadata = null_mut();
        call!(reader::arrowipc_reader_batch_metadata, self.0, index, &mut metadata)?;
        // SAFETY: handed out by the call above, freed once.
        unsafe { memory::arrowipc_metadata_free(metadata) };
        Ok(())
    }

    pub fn into_stream(self) -> Result<Owned<ArrowArrayStream>, Failure> {
        let mut stream = Owned::<ArrowArrayStream>::released();
        let handle = std::mem::ManuallyDrop::new(self).0;
        call!(stream::arrowipc_reader_into_stream, handle, stream.as_mut_ptr())?;
        Ok(stream)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // SAFETY: opened in `open`, freed once.
        unsafe { reader::arrowipc_reader_free(self.0) };
    }
}

/// Writes all batches of a stream to memory.
pub fn write(
    schema: &ArrowSchema,
    mut batches: Owned<ArrowArrayStream>,
    options: &Options,
) -> Result<Vec<u8>, Failure> {
    struct Writer(*mut writer::arrowipc_writer);
    impl Drop for Writer {
        fn drop(&mut self) {
            // SAFETY: opened below, freed once.
            unsafe { writer::arrowipc_writer_free(self.0) };
        }
    }
    let (mut out, mut handle) = (null_mut(), null_mut());
    call!(sink::arrowipc_sink_to_memory, &mut out)?;
    call!(writer::arrowipc_writer_open, out, schema, options.0, &mut handle)?;
    let writer = Writer(handle);
    call!(writer::arrowipc_writer_write_stream, writer.0, batches.as_mut_ptr())?;
    call!(writer::arrowipc_writer_finish, writer.0)?;
    let (mut data, mut length) = (null_mut(), 0);
    call!(writer::arrowipc_writer_take_memory, writer.0, &mut data, &mut length)?;
    // SAFETY: the block was just handed over, and is freed once.
    unsafe {
        let bytes = std::slice::from_raw_parts(data, length).to_vec();
        memory::arrowipc_memory_free(data, length);
        Ok(bytes)
    }
}
