//! Writing: the writers of arrow-ipc with the options that they have.

use std::fs::File;
use std::io::BufWriter;

use arrow_array::RecordBatchReader;
use arrow_ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions, StreamWriter};
use arrow_ipc::{CompressionType, MetadataVersion};
use arrowipc_kit::serve::{Call, Failure, Phase, Write};

use crate::panics::rejected;

/// Writes batches to the file of the request.
pub fn write(batches: impl RecordBatchReader, write: &Write, _: &Call) -> Result<(), Failure> {
    if write.sink != "path" {
        return Err(Failure::unsupported(format!("sink.{}", write.sink)));
    }
    let refused = |error| rejected(Phase::Write, &error);
    let options = options(write)?;
    let schema = batches.schema();
    let file =
        File::create(&write.path).map_err(|error| Failure::Error(format!("{}: {error}", write.path.display())))?;
    let sink = BufWriter::new(file);
    match write.format.as_str() {
        "stream" => {
            let mut writer = StreamWriter::try_new_with_options(sink, &schema, options).map_err(refused)?;
            for batch in batches {
                writer.write(&batch.map_err(|error| rejected(Phase::Batch, &error))?).map_err(refused)?;
            }
            writer.finish().map_err(refused)
        }
        "file" => {
            let mut writer = FileWriter::try_new_with_options(sink, &schema, options).map_err(refused)?;
            for (key, value) in write.options.footer_metadata().0 {
                writer.write_metadata(key.to_string(), value.to_string());
            }
            for batch in batches {
                writer.write(&batch.map_err(|error| rejected(Phase::Batch, &error))?).map_err(refused)?;
            }
            writer.finish().map_err(refused)
        }
        format => Err(Failure::unsupported(format!("format.{format}"))),
    }
}

fn options(write: &Write) -> Result<IpcWriteOptions, Failure> {
    let asked = &write.options;
    let refused = |error| rejected(Phase::Write, &error);
    let version = if asked.metadata_version == 4 { MetadataVersion::V4 } else { MetadataVersion::V5 };
    // What is not asked for is left as arrow-rs has it, which aligns to 64.
    let alignment = usize::try_from(asked.alignment.unwrap_or(64))
        .map_err(|error| Failure::Error(format!("an alignment of {:?}: {error}", asked.alignment)))?;
    let options = IpcWriteOptions::try_new(alignment, asked.legacy, version).map_err(refused)?;
    let codec = match asked.compression.as_str() {
        "lz4" => Some(CompressionType::LZ4_FRAME),
        "zstd" => Some(CompressionType::ZSTD),
        _ => None,
    };
    let options = options.try_with_compression(codec).map_err(refused)?;
    let options = match asked.compression_level {
        None => options,
        Some(level) => {
            let level = i32::try_from(level).map_err(|error| Failure::Error(format!("a level of {level}: {error}")))?;
            options.try_with_compression_level(Some(level)).map_err(refused)?
        }
    };
    match asked.dictionaries.as_str() {
        "replace" => Ok(options),
        "delta" => Ok(options.with_dictionary_handling(DictionaryHandling::Delta)),
        mode => Err(Failure::unsupported(format!("dict.{mode}"))),
    }
}
