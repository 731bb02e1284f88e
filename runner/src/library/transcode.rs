//! `transcode`: IPC → IPC.

use arrowipc_kit::value::Metadata;

use super::abi::symbols::key;
use super::abi::{Options, Reader, Writer};
use super::answer::{Members, Refusal};
use super::delivery::deliver;
use super::host::Host;
use super::produce::{footer_metadata, format_number, writer_options, written};
use super::request::Transcode;
use super::supply;
use crate::case::options::{Format, Phase};

impl Host {
    /// Reads a file batch by batch and writes each one again. What the options leave open of the footer's metadata is taken over.
    pub fn transcode(&self, request: &Transcode) -> Result<Members, Refusal> {
        let (source, supply) = supply::open(self.library, request.source, &self.payload(&request.path))?;
        let copied = self.copy(request, source);
        let supplied = supply.end();
        let size = copied?;
        supplied.map(|()| written(size, None))
    }

    fn copy(&self, request: &Transcode, source: super::abi::Source) -> Result<u64, Refusal> {
        let mut options = Options::new(self.library);
        options.set(key::FORMAT, format_number(request.format))?;
        let mut reader = Reader::open(source, &options).map_err(Refusal::at(Phase::Open, 0))?;
        let schema = reader.schema().map_err(Refusal::at(Phase::Schema, 0))?;
        let output = &request.output;
        let options = writer_options(self.library, request.to, &output.options)?;
        let footer = match &output.options.footer_metadata {
            Some(_) => footer_metadata(&output.options),
            None if request.format == Format::File && request.to == Format::File => reader.footer_metadata()?,
            None => Metadata::default(),
        };
        deliver(self.library, output.sink, &self.payload(&output.out), |sink| {
            let refused = Refusal::at(Phase::Write, 0);
            let mut writer = Writer::open(sink, &schema, &options).map_err(&refused)?;
            if !footer.is_empty() {
                writer.set_footer_metadata(&footer).map_err(&refused)?;
            }
            let mut batches = 0;
            while let Some((batch, metadata)) = reader.next().map_err(Refusal::at(Phase::Batch, batches))? {
                writer.write(batch, &metadata).map_err(&refused)?;
                batches += 1;
            }
            writer.finish().map_err(refused)?;
            Ok(Box::new(writer))
        })
    }
}
