//! Reading streams and files in order.

use crate::file::MappedFile;
use crate::peer::{Input, InputKind, Settings, Taker};
use arrow_array::ffi::FFI_ArrowArray;
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_buffer::Buffer;
use arrow_ipc::reader::{FileReader, StreamDecoder, StreamReader};
use arrow_schema::ArrowError;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::ptr::NonNull;
use std::sync::Arc;

pub fn read(settings: &Settings, input: &Input, taker: &Taker) -> Result<(), ArrowError> {
    match input.kind {
        InputKind::Pushed if settings.unchecked() => {
            Err(ArrowError::NotYetImplemented("a decoder that does not check".to_owned()))
        }
        InputKind::Pushed => {
            // A buffer of its own for each piece, as bytes from a socket have.
            let pieces = input.data().chunks(input.piece).map(Buffer::from);
            decode(pieces, taker)
        }
        InputKind::Memory if settings.file != 0 => mapped(&MappedFile::open(whole(input.data()), settings)?, taker),
        // The decoder does not copy, but cannot be told not to check.
        InputKind::Memory if !settings.unchecked() => decode(std::iter::once(whole(input.data())), taker),
        InputKind::Memory => stream(settings, input.data(), taker),
        InputKind::Map => mapped(&MappedFile::open(crate::file::map(input.path())?, settings)?, taker),
        InputKind::File => reader(settings, File::open(input.path())?, taker),
        InputKind::Descriptor => {
            // SAFETY: the descriptor is open; it is not closed here.
            let file = ManuallyDrop::new(unsafe { File::from_raw_fd(input.fd) });
            reader(settings, &*file, taker)
        }
    }
}

fn reader(settings: &Settings, source: impl Read + Seek, taker: &Taker) -> Result<(), ArrowError> {
    if settings.file != 0 {
        return file(settings, source, taker);
    }
    if settings.buffered != 0 {
        stream(settings, BufReader::with_capacity(64 << 10, source), taker)
    } else {
        stream(settings, source, taker)
    }
}

fn stream(settings: &Settings, source: impl Read, taker: &Taker) -> Result<(), ArrowError> {
    let reader = StreamReader::try_new(source, settings.columns())?;
    // SAFETY: what is read without checks was written by the benchmark.
    let reader = unsafe { reader.with_skip_validation(settings.unchecked()) };
    hand_out(reader, taker)
}

fn file(settings: &Settings, source: impl Read + Seek, taker: &Taker) -> Result<(), ArrowError> {
    let reader = FileReader::try_new(source, settings.columns())?;
    // SAFETY: as above.
    let reader = unsafe { reader.with_skip_validation(settings.unchecked()) };
    hand_out(reader, taker)
}

fn decode(pieces: impl Iterator<Item = Buffer>, taker: &Taker) -> Result<(), ArrowError> {
    let mut decoder = StreamDecoder::new();
    for mut piece in pieces {
        while !piece.is_empty() {
            if let Some(batch) = decoder.decode(&mut piece)? {
                taker.take(export(batch));
            }
        }
    }
    decoder.finish()
}

fn mapped(file: &MappedFile, taker: &Taker) -> Result<(), ArrowError> {
    hand_out((0..file.len()).map(|i| file.get(i)), taker)
}

fn hand_out(batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>, taker: &Taker) -> Result<(), ArrowError> {
    for batch in batches {
        taker.take(export(batch?));
    }
    Ok(())
}

/// A batch as a struct of the C Data Interface.
pub fn export(batch: RecordBatch) -> FFI_ArrowArray {
    FFI_ArrowArray::new(&StructArray::from(batch).into_data())
}

/// Memory of the benchmark, which outlives every array, without a copy.
fn whole(bytes: &'static [u8]) -> Buffer {
    let start = NonNull::from(bytes).cast();
    // SAFETY: the bytes are never freed while arrays are there.
    unsafe { Buffer::from_custom_allocation(start, bytes.len(), Arc::new(())) }
}
