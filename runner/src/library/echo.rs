//! `echo`: canonical data → what is told of them, without IPC.

use arrowipc_kit::cdata::Builder;

use super::answer::{Members, Refusal};
use super::host::Host;
use super::observation::Observation;
use super::produce::{read_document, unbuildable};
use super::request::Echo;

impl Host {
    /// Builds the data and observes them at once: the ABI has no import that gives back what it was given.
    pub fn echo(&self, request: &Echo) -> Result<Members, Refusal> {
        let document = read_document(&self.payload(&request.input))?;
        let builder = Builder::new(&document).map_err(unbuildable)?;
        let schema = builder.schema().map_err(unbuildable)?;
        let mut observation = Observation::begin(self, &request.observe, schema)?;
        for (index, batch) in document.batches().enumerate() {
            let array = builder.batch(index).map_err(unbuildable)?;
            observation.add(array, &batch.metadata)?;
        }
        observation.finish()
    }
}
