//! `consume`: IPC → what was read.

use std::ops::Range;

use arrowipc_kit::cdata::{ArrowArray, ArrowSchema};
use arrowipc_kit::value::{Canonical, Metadata, Schema};
use serde_json::{Value, json};

use super::abi::addresses::lie_in;
use super::abi::symbols::{ReadStatistics, key};
use super::abi::{Failure, Options, Reader, Source};
use super::account::Account;
use super::answer::{Members, Refusal};
use super::host::Host;
use super::observation::{Observation, read_schema};
use super::produce::format_number;
use super::region::Region;
use super::request::Consume;
use super::supply;
use crate::adapter::message::Via;
use crate::case::options::{Access, Format, Phase, Source as Kind, Validate};

impl Host {
    /// Reads a file and tells what was read.
    pub fn consume(&self, request: &Consume) -> Result<Members, Refusal> {
        if request.observe.via == Via::Tensors {
            return self.consume_tensors(request);
        }
        let before = self.library.memory_current();
        let mut answer = self.consume_batches(request)?;
        if let Some(Value::Object(facts)) = answer.get_mut("facts") {
            facts.insert("left".into(), (self.library.memory_current() - before).into());
        }
        Ok(answer)
    }

    fn consume_batches(&self, request: &Consume) -> Result<Members, Refusal> {
        let mut account = Account::open(self.library);
        let (source, supply) =
            account.holding(|| supply::open(self.library, request.source, &self.payload(&request.path)))?;
        let answer = self.read(request, source, supply.region.as_ref(), account);
        let supplied = supply.end();
        let answer = answer?;
        supplied.map(|()| answer)
    }

    fn read(
        &self,
        request: &Consume,
        source: Source,
        region: Option<&Region>,
        mut account: Account,
    ) -> Result<Members, Refusal> {
        let options = self.reader_options(request)?;
        let reader = account.holding(|| Reader::open(source, &options));
        let mut reader = reader.map_err(|failure| refused_at_open(failure, request.format, request.source))?;
        let refused = Refusal::at(Phase::Schema, 0);
        let schema = reader.schema().map_err(&refused)?;
        let mut reading = Reading {
            account,
            regions: region.map(Region::addresses).transpose()?,
            in_map: true,
            schema: read_schema(&schema)?,
            observation: Observation::begin(self, &request.observe, schema)?,
            kept: (request.access == Access::All).then(Vec::new),
        };
        let mut facts =
            if request.format == Format::File { facts_of_file(&reader).map_err(&refused)? } else { Members::new() };
        match request.access {
            Access::Next => {
                while let Some((batch, metadata)) = reading.hold(|| reader.next())? {
                    reading.add(batch, metadata)?;
                }
                facts.insert("statistics".into(), statistics(&reader.statistics()?));
            }
            Access::Random => {
                let order = match &request.order {
                    Some(order) => order.clone(),
                    None => (0..reader.num_batches()?).collect(),
                };
                for index in order {
                    let batch = reading.hold(|| reader.read_at(index))?;
                    let metadata = reading.hold(|| reader.batch_metadata(index))?;
                    reading.add(batch, metadata)?;
                }
                facts.insert("statistics".into(), statistics(&reader.statistics()?));
            }
            Access::All | Access::CStream => {
                let mut metadata = metadata_of_file(&reader, request.format)?.into_iter();
                let mut stream = reading.hold(|| reader.into_stream())?;
                reading.matches(&stream.schema().map_err(refused)?)?;
                while let Some(batch) = reading.hold(|| stream.next())? {
                    reading.add(batch, metadata.next().unwrap_or_default())?;
                }
            }
        }
        reading.finish(facts)
    }

    fn reader_options(&self, request: &Consume) -> Result<Options, Failure> {
        let mut options = Options::new(self.library);
        options.set(key::FORMAT, format_number(request.format))?;
        set_validation(&mut options, request.validate)?;
        if let Some(columns) = &request.projection {
            options.set_columns(columns)?;
        }
        Ok(options)
    }
}

/// Sets how much a reader checks; what is left open keeps the library's default.
pub fn set_validation(options: &mut Options, validate: Option<Validate>) -> Result<(), Failure> {
    match validate {
        Some(Validate::None) => options.set(key::VALIDATION, 0),
        Some(Validate::Full) => options.set(key::VALIDATION, 2),
        None => Ok(()),
    }
}

/// Batches on their way from the reader to the observation.
struct Reading {
    account: Account,
    regions: Option<Vec<Range<usize>>>,
    in_map: bool,
    schema: Schema,
    observation: Observation,
    /// The batches so far, where all of them are held before the first is observed.
    kept: Option<Vec<(ArrowArray, Metadata)>>,
}

impl Reading {
    /// A call for a batch, whose memory is counted.
    fn hold<T>(&mut self, call: impl FnOnce() -> Result<T, Failure>) -> Result<T, Refusal> {
        let batches = self.observation.batches() + self.kept.as_ref().map_or(0, Vec::len) as u64;
        self.account.holding(call).map_err(Refusal::at(Phase::Batch, batches))
    }

    fn add(&mut self, batch: ArrowArray, metadata: Metadata) -> Result<(), Refusal> {
        if let Some(regions) = &self.regions {
            self.in_map &= lie_in(&batch, &self.schema.fields, regions);
        }
        match &mut self.kept {
            Some(kept) => kept.push((batch, metadata)),
            None => self.observation.add(batch, &metadata)?,
        }
        Ok(())
    }

    /// Checks that an exported stream has the schema that its reader had.
    fn matches(&self, schema: &ArrowSchema) -> Result<(), Refusal> {
        let found = read_schema(schema)?;
        if found == self.schema {
            return Ok(());
        }
        let (expected, found) = (self.schema.canonical(), found.canonical());
        Err(Refusal::Error(format!("the exported stream has the schema {found}, its reader had {expected}")))
    }

    fn finish(mut self, mut facts: Members) -> Result<Members, Refusal> {
        for (batch, metadata) in self.kept.into_iter().flatten() {
            self.observation.add(batch, &metadata)?;
        }
        facts.insert("allocated".into(), self.account.allocated().into());
        facts.insert("peak".into(), self.account.peak().into());
        if self.regions.is_some() {
            facts.insert("in_map".into(), self.in_map.into());
        }
        let mut answer = self.observation.finish()?;
        answer.insert("facts".into(), facts.into());
        Ok(answer)
    }
}

/// A reader that does not open: the schema's fault where the failure names its message or a field. That a file cannot be read because its
/// source only goes forward is a refusal of that input, not a missing feature.
fn refused_at_open(failure: Failure, format: Format, source: Kind) -> Refusal {
    let of_schema = failure.place.message_index.is_some() || failure.place.field_path.is_some();
    let phase = if of_schema { Phase::Schema } else { Phase::Open };
    let forward_only = matches!(source, Kind::Socket | Kind::Pipe);
    match Refusal::at(phase, 0)(failure) {
        Refusal::Unsupported { failure: Some(failure), .. } if format == Format::File && forward_only => {
            Refusal::Rejected { phase: Phase::Open, failure, batches_before: 0 }
        }
        refusal => refusal,
    }
}

/// What the reader of a file knows before it reads a batch. Where a batch's metadata are broken there is no number of rows; the refusal
/// comes when that batch is read.
fn facts_of_file(reader: &Reader) -> Result<Members, Failure> {
    let mut facts = Members::new();
    facts.insert("num_batches".into(), reader.num_batches()?.into());
    facts.extend(reader.num_rows().ok().map(|rows| ("num_rows".to_owned(), rows.into())));
    let footer = reader.footer_metadata()?;
    facts.insert("footer_metadata".into(), serde_json::from_str(&footer.canonical()).unwrap_or_default());
    Ok(facts)
}

/// Metadata of the batches, which an exported stream does not carry: of a file's up to the first broken one, of a stream's none.
fn metadata_of_file(reader: &Reader, format: Format) -> Result<Vec<Metadata>, Failure> {
    match format {
        Format::Stream => Ok(Vec::new()),
        Format::File => Ok((0..reader.num_batches()?).map_while(|index| reader.batch_metadata(index).ok()).collect()),
    }
}

fn statistics(statistics: &ReadStatistics) -> Value {
    json!({
        "messages": statistics.messages,
        "batches": statistics.batches,
        "dictionaries": statistics.dictionaries,
        "deltas": statistics.deltas,
        "replacements": statistics.replacements,
        "bytes_read": statistics.bytes_read,
        "bytes_decompressed": statistics.bytes_decompressed,
        "bytes_copied": statistics.bytes_copied,
    })
}
