//! `echo`: canonical data into the library and out of it again.

use arrowipc_kit::cdata::{Builder, Input, build_changed_stream};

use super::abi::symbols::{FORMAT_STREAM, key};
use super::abi::writer::{Finished, Memory};
use super::abi::{Options, Reader, Sink, Source, Writer};
use super::answer::{Members, Refusal};
use super::consume::set_validation;
use super::host::Host;
use super::observation::Observation;
use super::produce::{read_input, unbuildable};
use super::request::Echo;
use crate::case::options::Phase;

impl Host {
    /// Gives the library a stream to import and observes the one that it exports. Between the two the ABI has only a writer and a
    /// reader: the data go through memory.
    pub fn echo(&self, request: &Echo) -> Result<Members, Refusal> {
        let input = read_input(&self.payload(&request.input))?;
        let written = self.import(&input)?;
        let source = Source::from_memory(self.library, (*written).into()).map_err(Refusal::at(Phase::Open, 0))?;
        drop(written);
        let mut options = self.stream_format()?;
        set_validation(&mut options, request.validate)?;
        let reader = Reader::open(source, &options).map_err(Refusal::at(Phase::Schema, 0))?;
        let mut stream = reader.into_stream().map_err(Refusal::at(Phase::Schema, 0))?;
        let schema = stream.schema().map_err(Refusal::at(Phase::Schema, 0))?;
        let mut observation = Observation::begin(self, &request.observe, schema)?;
        let mut batches = input.document.batches();
        while let Some(array) = stream.next().map_err(Refusal::at(Phase::Batch, observation.batches()))? {
            let metadata = batches.next().map(|batch| batch.metadata.clone()).unwrap_or_default();
            observation.add(array, &metadata)?;
        }
        observation.finish()
    }

    /// What the library makes of the structures of the input.
    fn import(&self, input: &Input) -> Result<Memory, Refusal> {
        let schema = Builder::with_changes(&input.document, &input.changes).and_then(|builder| builder.schema());
        let schema = schema.map_err(unbuildable)?;
        let sink = Sink::to_memory(self.library).map_err(Refusal::at(Phase::Open, 0))?;
        let mut writer =
            Writer::open(sink, &schema, &self.stream_format()?).map_err(Refusal::of_structures(Phase::Schema))?;
        let stream = build_changed_stream(&input.document, &input.changes).map_err(unbuildable)?;
        writer.write_stream(stream).map_err(Refusal::of_structures(Phase::Batch))?;
        writer.finish().map_err(Refusal::at(Phase::Batch, 0))?;
        writer.take_memory().map_err(Refusal::from)
    }

    fn stream_format(&self) -> Result<Options, Refusal> {
        let mut options = Options::new(self.library);
        options.set(key::FORMAT, FORMAT_STREAM.into())?;
        Ok(options)
    }
}
