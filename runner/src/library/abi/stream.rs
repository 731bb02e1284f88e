//! A C stream that a reader became.

use arrowipc_kit::cdata::{ArrowArray, ArrowArrayStream, ArrowSchema, Error, Puller};

use super::failure::Failure;
use super::load::Library;

/// An `ArrowArrayStream` of `arrowipc_reader_into_stream`.
pub struct Stream {
    library: Library,
    puller: Puller,
}

impl Stream {
    /// # Safety
    ///
    /// `library` exported the stream.
    pub(super) unsafe fn new(library: Library, stream: ArrowArrayStream) -> Result<Self, Failure> {
        // SAFETY: the library promises to keep to the C Stream Interface.
        let puller = unsafe { Puller::new(stream) };
        Ok(Self { library, puller: puller.map_err(|error| Failure::of_host(library, error.to_string()))? })
    }

    /// The schema.
    pub fn schema(&mut self) -> Result<ArrowSchema, Failure> {
        let schema = self.puller.schema();
        schema.map_err(|error| self.failure(&error))
    }

    /// The next batch; `None` at the end.
    pub fn next(&mut self) -> Result<Option<ArrowArray>, Failure> {
        let batch = self.puller.next();
        batch.map_err(|error| self.failure(&error))
    }

    fn failure(&mut self, error: &Error) -> Failure {
        match error {
            // SAFETY: the library exported the stream, by the promise of `new`; its last call failed, and none came after.
            Error::Stream { .. } => unsafe { Failure::of_stream(self.library, self.puller.stream()) },
            error => Failure::of_host(self.library, error.to_string()),
        }
    }
}
