//! Writing what comes by the C Data Interface.

use crate::peer::{Batches, Output, OutputKind, Settings};
use arrow_array::ffi::from_ffi_and_data_type;
use arrow_array::{RecordBatch, StructArray};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{ArrowError, DataType, Schema};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;

pub fn write(settings: &Settings, output: &Output, batches: &Batches) -> Result<(), ArrowError> {
    match output.kind {
        OutputKind::File => to_file(settings, File::create(output.path())?, batches),
        OutputKind::Descriptor => {
            // SAFETY: the descriptor is open; it is not closed here.
            let file = ManuallyDrop::new(unsafe { File::from_raw_fd(output.fd) });
            to_file(settings, &*file, batches)
        }
        OutputKind::Memory => {
            let bytes = to(settings, Vec::new(), batches)?;
            output.hand_over(&bytes);
            Ok(())
        }
    }
}

fn to_file(settings: &Settings, file: impl Write, batches: &Batches) -> Result<(), ArrowError> {
    if settings.buffered != 0 {
        to(settings, BufWriter::with_capacity(64 << 10, file), batches)?.flush()?;
    } else {
        to(settings, file, batches)?;
    }
    Ok(())
}

fn to<W: Write>(settings: &Settings, sink: W, batches: &Batches) -> Result<W, ArrowError> {
    let schema = Schema::try_from(&batches.schema())?;
    let options = options(settings)?;
    if settings.file != 0 {
        let mut writer = FileWriter::try_new_with_options(sink, &schema, options)?;
        each(batches, &schema, |batch| writer.write(batch))?;
        writer.finish()?;
        writer.into_inner()
    } else {
        let mut writer = StreamWriter::try_new_with_options(sink, &schema, options)?;
        each(batches, &schema, |batch| writer.write(batch))?;
        writer.finish()?;
        writer.into_inner()
    }
}

fn options(settings: &Settings) -> Result<IpcWriteOptions, ArrowError> {
    let options = IpcWriteOptions::default();
    match settings.compression {
        1 => options.try_with_compression(Some(CompressionType::LZ4_FRAME)),
        2 => options.try_with_compression(Some(CompressionType::ZSTD))?.try_with_compression_level(Some(1)),
        _ => Ok(options),
    }
}

fn each(
    batches: &Batches,
    schema: &Schema,
    mut write: impl FnMut(&RecordBatch) -> Result<(), ArrowError>,
) -> Result<(), ArrowError> {
    let columns = DataType::Struct(schema.fields().clone());
    for i in 0..batches.count {
        // SAFETY: the benchmark's arrays are those of its schema.
        let data = unsafe { from_ffi_and_data_type(batches.get(i), columns.clone()) }?;
        write(&RecordBatch::from(StructArray::from(data)))?;
    }
    Ok(())
}
