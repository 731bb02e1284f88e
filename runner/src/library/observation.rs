//! What is told about the batches of a request.

use arrowipc_kit::cdata::{ArrowArray, ArrowSchema, Error, Observer, import_schema};
use arrowipc_kit::value::{Metadata, Schema};
use serde_json::json;

use super::answer::{Members, Refusal, members};
use super::host::Host;
use super::request::Observe;
use crate::adapter::message::Via;

/// Batches on their way to a digest and a dump, or counted only.
pub struct Observation {
    observer: Option<Observer>,
    batches: u64,
}

impl Observation {
    /// Starts with the schema of the batches.
    pub fn begin(host: &Host, observe: &Observe, schema: ArrowSchema) -> Result<Self, Refusal> {
        let observer = match observe.via {
            Via::None => None,
            Via::Frame => return Err(Refusal::unsupported("frame.pandas")),
            Via::Json | Via::Transcode | Via::Itself => {
                return Err(Refusal::unsupported(format!("observing via {}", observe.via.name())));
            }
            Via::Tensors => return Err(Refusal::unsupported("tensors without messages")),
            Via::Cdata => {
                let dump = match (&observe.out, observe.dump) {
                    (Some(out), true) => Some(host.payload(out)),
                    (None, true) => {
                        return Err(Refusal::Error("the request wants a dump and names no file for it".into()));
                    }
                    (_, false) => None,
                };
                // SAFETY: the schema was exported by the library or built by the kit, which promise to keep to the C Data Interface.
                Some(unsafe { Observer::new(schema, dump.as_deref()) }.map_err(unreadable)?)
            }
        };
        Ok(Self { observer, batches: 0 })
    }

    /// Adds a batch and lets it go.
    pub fn add(&mut self, batch: ArrowArray, metadata: &Metadata) -> Result<(), Refusal> {
        self.batches += 1;
        match &mut self.observer {
            // SAFETY: the batch was exported by the library, or built by the kit, for the schema of `begin`.
            Some(observer) => unsafe { observer.batch(batch, metadata) }.map_err(unreadable),
            None => Ok(()),
        }
    }

    /// Number of batches so far.
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// The members of the answer.
    pub fn finish(self) -> Result<Members, Refusal> {
        Ok(members(match self.observer {
            Some(observer) => {
                let summary = observer.finish().map_err(unreadable)?;
                json!({"digest": summary.digest.to_string(), "batches": summary.batches, "rows": summary.rows})
            }
            None => json!({"batches": self.batches}),
        }))
    }
}

/// Reads an exported schema.
pub fn read_schema(schema: &ArrowSchema) -> Result<Schema, Refusal> {
    // SAFETY: as for `begin`.
    unsafe { import_schema(schema) }.map_err(|error| unreadable(error.into()))
}

/// What the library handed out is not what the C Data Interface promises, or the dump cannot be written.
fn unreadable(error: Error) -> Refusal {
    if let Error::Malformed(_) = error {
        return Refusal::Malformed;
    }
    Refusal::Error(format!("the exported data cannot be read: {error}"))
}
