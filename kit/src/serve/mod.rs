//! The adapter side of protocol 1 (`docs/protocol.md`), for programs whose implementation speaks the C Data Interface.
//!
//! [`serve`] answers the requests on standard input: it builds what is to be written, observes what was read, and asks an
//! [`Adapter`] for the two steps between. C programs have the same through `arrowipc_kit_serve`.
//!
//! | module | holds |
//! |---|---|
//! | `request` | what an adapter is asked: [`Read`], [`Write`] |
//! | `call` | what it says beside its result: [`Call`] |
//! | `failure` | why a request is not done: [`Failure`] |
//! | `host` | requests → answers |
//! | `lines` | standard input and output |
//! | `abi` | the C functions, and [`Adapter`] made of callbacks |

mod abi;
mod call;
mod failure;
mod host;
mod lines;
mod request;

use serde_json::Value as Json;

pub use abi::arrowipc_kit_serve;
pub use call::Call;
pub use failure::{Failure, Phase};
pub use lines::serve;
pub use request::{Options, Read, Write};

use crate::cdata::ArrowArrayStream;

/// An implementation behind the protocol. What a method does not override is answered as unsupported.
///
/// A failure of a stream that a method gives is the rejection of its phase, schema or batch, with the stream's own code and text,
/// unless the adapter says otherwise by [`Call::refuse`] before the callback returns.
pub trait Adapter {
    /// The answer to `start` but for `protocol`: an object with `adapter`, `implementation`, `features` and what else there is
    /// to say.
    fn hello(&self) -> Json;

    /// Opens IPC data. The stream is read to its end and released before the next call; what was read is validated before the
    /// stream gives it away, if the request wants that. Metadata of batches go to [`Call::set_batch_metadata`].
    ///
    /// # Errors
    ///
    /// What cannot be opened.
    fn read(&mut self, read: &Read, call: &Call) -> Result<ArrowArrayStream, Failure> {
        let _ = (read, call);
        Err(Failure::unsupported("cmd.consume"))
    }

    /// Writes a stream as IPC data to the file of the request. [`Call::batch_metadata`] has the metadata of its batches.
    ///
    /// # Errors
    ///
    /// What cannot be written. Failures of the stream itself are known to the caller.
    fn write(&mut self, stream: ArrowArrayStream, write: &Write, call: &Call) -> Result<(), Failure> {
        let _ = (stream, write, call);
        Err(Failure::unsupported("cmd.produce"))
    }

    /// Imports a stream and exports it again.
    ///
    /// # Errors
    ///
    /// What cannot be imported.
    fn echo(&mut self, stream: ArrowArrayStream, validate: &str, call: &Call) -> Result<ArrowArrayStream, Failure> {
        let _ = (stream, validate, call);
        Err(Failure::unsupported("cmd.echo"))
    }

    /// Whether [`transcode`](Self::transcode) is there; without it IPC data are transcoded by [`read`](Self::read) and
    /// [`write`](Self::write), through a stream.
    fn transcodes(&self) -> bool {
        false
    }

    /// Reads IPC data and writes them again without a stream between, so that it shows whether a fault is of reading or of
    /// exporting.
    ///
    /// # Errors
    ///
    /// What cannot be read or written, with the phase.
    fn transcode(&mut self, read: &Read, write: &Write, call: &Call) -> Result<(), Failure> {
        let _ = (read, write, call);
        Err(Failure::unsupported("cmd.transcode"))
    }

    /// Answers a request that is about neither streams of batches nor the protocol itself, e.g. one of tensors: `request` is the
    /// whole line, the members of the answer go to [`Call::answer`].
    ///
    /// # Errors
    ///
    /// What the adapter does not know, or cannot do.
    fn other(&mut self, request: &Json, call: &Call) -> Result<(), Failure> {
        let _ = call;
        Err(Failure::unsupported(format!("cmd.{}", request["cmd"].as_str().unwrap_or_default())))
    }

    /// The feature that the implementation says it does not have, where `message` is that of a failed stream. `None` makes a
    /// rejection of it.
    fn feature_of(&self, code: i32, message: &str) -> Option<String> {
        let _ = (code, message);
        None
    }

    /// Releases everything that is held, and tells the bytes that the implementation still counts.
    fn reset(&mut self) -> i64 {
        0
    }
}
