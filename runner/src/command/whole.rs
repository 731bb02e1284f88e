//! Requests that programs can carry out which take whole files and know nothing else.

use crate::case::options::{Access, Sink, Source};
use crate::library::request::{Consume, Output, Transcode};

use super::end::Refusal;

/// Refuses to read in any other way than a file by its path, from the first batch to the last.
pub fn consume(request: &Consume) -> Result<(), Refusal> {
    from_path(request.source)?;
    if request.access != Access::Next || request.order.is_some() {
        return Err(Refusal::Unsupported(format!("access.{}", request.access)));
    }
    match request.projection {
        Some(_) => Err(Refusal::Unsupported("projection".into())),
        None => Ok(()),
    }
}

/// Refuses to rewrite anything but a file.
pub fn transcode(request: &Transcode) -> Result<(), Refusal> {
    from_path(request.source)
}

/// Refuses to write anything but a file.
pub fn write(output: &Output) -> Result<(), Refusal> {
    match output.sink {
        Sink::Path => Ok(()),
        sink => Err(Refusal::Unsupported(format!("sink.{sink}"))),
    }
}

fn from_path(source: Source) -> Result<(), Refusal> {
    match source {
        Source::Path => Ok(()),
        source => Err(Refusal::Unsupported(format!("source.{source}"))),
    }
}
