//! Adapter of arrow-rs: its IPC readers and writers between streams of the C Data Interface.
//!
//! The protocol is spoken by the kit. A panic of arrow-rs is a refusal of type `panic`, unless it happens where it exports, which aborts.

mod claims;
mod input;
mod output;
mod panics;

use arrow_array::RecordBatchReader;
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrowipc_kit::cdata::ArrowArrayStream;
use arrowipc_kit::serve::{Adapter, Call, Failure, Phase, Read, Write, serve};
use serde_json::Value as Json;

use input::Input;
use panics::caught;

struct ArrowRs;

impl Adapter for ArrowRs {
    fn hello(&self) -> Json {
        claims::hello()
    }

    fn read(&mut self, read: &Read, call: &Call) -> Result<ArrowArrayStream, Failure> {
        let input = caught(Phase::Open, || Input::open(read, call))?;
        Ok(exported(Box::new(input)))
    }

    fn write(&mut self, stream: ArrowArrayStream, write: &Write, call: &Call) -> Result<(), Failure> {
        caught(Phase::Write, || output::write(imported(stream)?, write, call))
    }

    fn echo(&mut self, stream: ArrowArrayStream, validate: &str, call: &Call) -> Result<ArrowArrayStream, Failure> {
        let imported = caught(Phase::Schema, || imported(stream))?;
        Ok(exported(Box::new(Input::of(imported, validate == "full", call))))
    }

    fn transcodes(&self) -> bool {
        true
    }

    fn transcode(&mut self, read: &Read, write: &Write, call: &Call) -> Result<(), Failure> {
        let input = caught(Phase::Open, || Input::open(read, call))?;
        caught(Phase::Write, || output::write(input, write, call))
    }

    fn feature_of(&self, _: i32, message: &str) -> Option<String> {
        claims::feature_of(message)
    }
}

fn exported(reader: Box<dyn RecordBatchReader + Send>) -> ArrowArrayStream {
    // SAFETY: both are the struct of the C Stream Interface.
    unsafe { std::mem::transmute::<FFI_ArrowArrayStream, ArrowArrayStream>(FFI_ArrowArrayStream::new(reader)) }
}

fn imported(stream: ArrowArrayStream) -> Result<RecordBatchStreamReader, Failure> {
    // SAFETY: both are the struct of the C Stream Interface.
    let stream = unsafe { std::mem::transmute::<ArrowArrayStream, FFI_ArrowArrayStream>(stream) };
    RecordBatchStreamReader::try_new(stream).map_err(|error| panics::rejected(Phase::Schema, &error))
}

fn main() -> std::io::Result<()> {
    serve(&mut ArrowRs)
}
