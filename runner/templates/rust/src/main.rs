//! Adapter of my-adapter for the conformance suite. The kit speaks protocol 1; this gives it what it asks for.

use arrowipc_kit::cdata::ArrowArrayStream;
use arrowipc_kit::serve::{Adapter, Call, Failure, Read, Write, serve};
use serde_json::{Value as Json, json};

struct MyAdapter;

impl Adapter for MyAdapter {
    fn hello(&self) -> Json {
        json!({
            "adapter": {"id": "my-adapter", "version": "1"},
            "implementation": {"name": "my-adapter", "language": "rust", "version": "0"},
            // What the library can do, in the words of cases/features.yaml: "format.stream", "type.*", "compress.zstd:r".
            "features": [],
            "roles": ["consume", "produce"],
            "observe": ["cdata", "none"],
            "validate": ["none"],
        })
    }

    fn read(&mut self, read: &Read, _: &Call) -> Result<ArrowArrayStream, Failure> {
        // Here the library opens `read.path`, and exports a stream.
        Err(Failure::unsupported(format!("format.{}", read.format)))
    }

    fn write(&mut self, _: ArrowArrayStream, write: &Write, _: &Call) -> Result<(), Failure> {
        // Here the library imports the stream, and writes it to `write.path`.
        Err(Failure::unsupported(format!("format.{}", write.format)))
    }
}

fn main() -> std::io::Result<()> {
    serve(&mut MyAdapter)
}
