//! Tensors: written and read again, read as Arrow C++ wrote them, refused, damaged.

mod arrow_cpp;
mod damaged;
mod raw;
mod refused;
mod round_trip;
mod samples;

use arrowipc::tensor::{Tensor, TensorReader, TensorWriter};
use arrowipc::{Options, Result, sink::Sink, source::Source};
use bytes::Bytes;

/// Reads every tensor of an input.
fn read_with(bytes: &[u8], options: &Options) -> Result<Vec<Tensor<Bytes>>> {
    let mut reader = TensorReader::open(Source::memory(Bytes::copy_from_slice(bytes)), options);
    let mut tensors = Vec::new();
    while let Some(tensor) = reader.next_tensor()? {
        tensors.push(tensor);
    }
    Ok(tensors)
}

fn read(bytes: &[u8]) -> Result<Vec<Tensor<Bytes>>> {
    read_with(bytes, &Options::default())
}

/// The only tensor of an input.
fn read_one(bytes: &[u8]) -> Result<Tensor<Bytes>> {
    let mut tensors = read(bytes)?;
    assert_eq!(tensors.len(), 1);
    Ok(tensors.remove(0))
}

fn write_with<'a>(tensors: impl IntoIterator<Item = Tensor<&'a [u8]>>, options: &Options) -> Result<Vec<u8>> {
    let mut writer = TensorWriter::open(Sink::memory(), options);
    for tensor in tensors {
        writer.write(tensor)?;
    }
    writer.finish()?;
    writer.take_memory()
}

fn write_one(tensor: Tensor<&[u8]>) -> Result<Vec<u8>> {
    write_with([tensor], &Options::default())
}

/// Code and whole message of an error.
fn told<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => "no error".to_owned(),
        Err(error) => format!("{:?}: {error}", error.code),
    }
}

/// Little-endian integers.
fn le<const N: usize>(values: impl IntoIterator<Item = i64>) -> Vec<u8> {
    values.into_iter().flat_map(|value| value.to_le_bytes()[..N].to_vec()).collect()
}
