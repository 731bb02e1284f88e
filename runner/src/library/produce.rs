//! `produce`: canonical data → IPC.

use std::path::Path;

use arrowipc_kit::cdata::{Builder, Input, build_changed_stream};
use arrowipc_kit::value::{Data, Document, Metadata, ParseError};
use serde_json::json;

use super::abi::symbols::{FORMAT_FILE, FORMAT_STREAM, key};
use super::abi::{Failure, Library, Options, Source, Writer};
use super::account::Account;
use super::answer::{Members, Refusal, members};
use super::delivery::deliver;
use super::host::Host;
use super::request::Produce;
use crate::case::options::{Compression, Dictionaries, Format, Phase, WriteOptions};

impl Host {
    /// Writes tensors, or canonical data, also behind what is there already: batch by batch where batches have metadata, which a stream does not carry, and else as one stream.
    pub fn produce(&self, request: &Produce) -> Result<Members, Refusal> {
        let input = match (&request.input, &request.tensors) {
            (Some(input), None) => input,
            (None, Some(tensors)) => return self.produce_tensors(tensors, request.format, &request.output),
            _ => return Err(Refusal::unsupported("a production of neither `in` nor `tensors`")),
        };
        let Input { document, changes } = read_input(&self.payload(input))?;
        let builder = Builder::with_changes(&document, &changes).map_err(unbuildable)?;
        let schema = builder.schema().map_err(unbuildable)?;
        let output = &request.output;
        let options = writer_options(self.library, request.format, &output.options)?;
        let footer = footer_metadata(&output.options);
        let mut peak = 0;
        let size = deliver(self.library, output.sink, &self.payload(&output.out), |sink| {
            let refused = Refusal::at(Phase::Write, 0);
            let account = Account::open(self.library);
            let structures = Refusal::of_structures(Phase::Write);
            let mut writer = match &request.onto {
                None => Writer::open(sink, &schema, &options).map_err(&structures)?,
                Some(onto) => {
                    let source = Source::from_path(self.library, &self.payload(onto), false);
                    let source = source.map_err(Refusal::at(Phase::Open, 0))?;
                    Writer::append(source, sink, &schema, &options).map_err(Refusal::of_structures(Phase::Open))?
                }
            };
            if !footer.is_empty() {
                writer.set_footer_metadata(&footer).map_err(&refused)?;
            }
            if has_batch_metadata(&document) {
                for (index, batch) in document.batches().enumerate() {
                    let array = builder.batch(index).map_err(unbuildable)?;
                    writer.write(array, &batch.metadata).map_err(&structures)?;
                }
            } else {
                let stream = build_changed_stream(&document, &changes).map_err(unbuildable)?;
                writer.write_stream(stream).map_err(&structures)?;
            }
            writer.finish().map_err(&refused)?;
            peak = account.peak();
            Ok(Box::new(writer))
        })?;
        Ok(written(size, Some(peak)))
    }
}

/// The members of the answer to a request that wrote.
pub fn written(size: u64, write_peak: Option<i64>) -> Members {
    let mut facts = members(json!({"size": size}));
    facts.extend(write_peak.map(|peak| ("write_peak".to_owned(), peak.into())));
    members(json!({"size": size, "facts": facts}))
}

/// Reads canonical JSON, with layouts and changed structures.
pub fn read_input(path: &Path) -> Result<Input, Refusal> {
    let text = std::fs::read(path).map_err(Refusal::io("cannot read", path))?;
    Input::from_json(&text).map_err(|error| Refusal::Error(format!("{}: {error}", path.display())))
}

/// Canonical data that the kit cannot lay out as they ask to be.
pub fn unbuildable(error: ParseError) -> Refusal {
    Refusal::Error(format!("the data cannot be built: {error}"))
}

fn has_batch_metadata(document: &Document) -> bool {
    // Generated batches never have metadata, and it would be a waste to make them for the question.
    match &document.data {
        Data::Batches(batches) => batches.iter().any(|batch| !batch.metadata.is_empty()),
        Data::Generate(_) => false,
    }
}

/// Metadata for the footer.
pub fn footer_metadata(options: &WriteOptions) -> Metadata {
    options.footer_metadata.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

/// The library's number of a format.
pub fn format_number(format: Format) -> i64 {
    match format {
        Format::Stream => FORMAT_STREAM.into(),
        Format::File => FORMAT_FILE.into(),
    }
}

/// The library's options for the protocol's; what is left open keeps the library's default.
pub fn writer_options(library: Library, format: Format, options: &WriteOptions) -> Result<Options, Failure> {
    let compression = options.compression.map(|compression| match compression {
        Compression::None => 0,
        Compression::Lz4 => 1,
        Compression::Zstd => 2,
    });
    let dictionaries = options.dictionaries.map(|dictionaries| match dictionaries {
        Dictionaries::Replace => 0,
        Dictionaries::Delta => 1,
        Dictionaries::Unify => 2,
    });
    let settings = [
        (key::FORMAT, Some(format_number(format))),
        (key::COMPRESSION, compression),
        (key::COMPRESSION_LEVEL, options.compression_level.map(i64::from)),
        (key::ALIGNMENT, options.alignment.map(i64::from)),
        (key::METADATA_VERSION, options.metadata_version.map(i64::from)),
        (key::LEGACY_FRAMING, options.legacy.map(i64::from)),
        (key::DICTIONARIES, dictionaries),
    ];
    let mut set = Options::new(library);
    for (key, value) in settings {
        if let Some(value) = value {
            set.set(key, value)?;
        }
    }
    Ok(set)
}
