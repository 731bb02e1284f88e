//! A C stream that a reader became.

use std::ffi::c_int;

use arrowipc_kit::cdata::{ArrowArray, ArrowArrayStream, ArrowSchema};

use super::failure::Failure;
use super::load::Library;

/// An `ArrowArrayStream` of `arrowipc_reader_into_stream`.
pub struct Stream {
    library: Library,
    stream: ArrowArrayStream,
}

/// The members with which the C Stream Interface's `struct ArrowArrayStream` starts.
#[repr(C)]
#[derive(Clone, Copy)]
struct Callbacks {
    get_schema: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowArray) -> c_int>,
}

impl Stream {
    /// # Safety
    ///
    /// `library` exported the stream.
    pub(super) unsafe fn new(library: Library, stream: ArrowArrayStream) -> Self {
        Self { library, stream }
    }

    /// The schema.
    pub fn schema(&mut self) -> Result<ArrowSchema, Failure> {
        let mut schema = ArrowSchema::released();
        let get_schema = self.callbacks().get_schema;
        self.call("get_schema", |stream| {
            // SAFETY: the stream is live and used by this call alone; the schema is a place to write one to.
            get_schema.map(|get_schema| unsafe { get_schema(stream, &mut schema) })
        })?;
        Ok(schema)
    }

    /// The next batch; `None` at the end.
    pub fn next(&mut self) -> Result<Option<ArrowArray>, Failure> {
        let mut array = ArrowArray::released();
        let get_next = self.callbacks().get_next;
        self.call("get_next", |stream| {
            // SAFETY: the stream is live and used by this call alone; the array is a place to write one to.
            get_next.map(|get_next| unsafe { get_next(stream, &mut array) })
        })?;
        Ok(Some(array).filter(|array| !array.is_released()))
    }

    fn callbacks(&self) -> Callbacks {
        let stream: *const ArrowArrayStream = &self.stream;
        // SAFETY: an `ArrowArrayStream` is the C struct that starts as `Callbacks` does.
        unsafe { *stream.cast() }
    }

    fn call(
        &mut self,
        name: &str,
        function: impl FnOnce(*mut ArrowArrayStream) -> Option<c_int>,
    ) -> Result<(), Failure> {
        match function(&mut self.stream) {
            Some(0) => Ok(()),
            // SAFETY: the library exported the stream, by the promise of `new`, and its last call failed.
            Some(_) => Err(unsafe { Failure::of_stream(self.library, &mut self.stream) }),
            None => Err(Failure::of_host(self.library, format!("the exported stream has no {name}"))),
        }
    }
}
