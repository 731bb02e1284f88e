//! Tensors: canonical JSON → messages, messages → canonical JSON.

use arrowipc_kit::cdata::TensorMemory;
use arrowipc_kit::value::{Canonical, Tensors};
use serde_json::{Value, json};

use super::abi::symbols::key;
use super::abi::tensor::TensorError;
use super::abi::{Options, Source, TensorReader, TensorWriter};
use super::answer::{Members, Refusal, members};
use super::delivery::deliver;
use super::host::Host;
use super::produce::{unbuildable, writer_options, written};
use super::request::{Consume, Output};
use super::supply;
use crate::case::options::{Access, Format, Phase, Validate};
use crate::hash::Sha;

impl Host {
    /// Writes tensors, each a message of its own.
    pub fn produce_tensors(&self, tensors: &Value, format: Format, output: &Output) -> Result<Members, Refusal> {
        one_behind_the_other(format)?;
        let tensors = Tensors::from_json(json!({ "tensors": tensors }).to_string().as_bytes()).map_err(unbuildable)?;
        let tensors = tensors.0.iter().map(TensorMemory::build).collect::<Result<Vec<_>, _>>().map_err(unbuildable)?;
        let options = writer_options(self.library, format, &output.options)?;
        let size = deliver(self.library, output.sink, &self.payload(&output.out), |sink| {
            let refused = Refusal::of_structures(Phase::Write);
            let mut writer = TensorWriter::open(sink, &options).map_err(&refused)?;
            tensors.iter().try_for_each(|tensor| writer.write(tensor)).map_err(&refused)?;
            writer.finish().map_err(&refused)?;
            Ok(Box::new(writer))
        })?;
        Ok(written(size, None))
    }

    /// Reads tensors and tells them.
    pub fn consume_tensors(&self, request: &Consume) -> Result<Members, Refusal> {
        one_behind_the_other(request.format)?;
        if request.access != Access::Next {
            return Err(Refusal::unsupported(format!("access.{} of tensors", request.access)));
        }
        let (source, supply) = supply::open(self.library, request.source, &self.payload(&request.path))?;
        let tensors = self.read_tensors(request, source);
        let supplied = supply.end();
        let tensors = tensors?;
        supplied?;
        let text = tensors.canonical();
        if request.observe.dump {
            let out = request.observe.out.as_ref();
            let out = out.ok_or_else(|| Refusal::Error("the request wants a dump and names no file for it".into()))?;
            let path = self.payload(out);
            std::fs::write(&path, &text).map_err(Refusal::io("cannot write", &path))?;
        }
        let mut hash = Sha::new();
        hash.bytes(text.as_bytes());
        Ok(members(json!({"digest": format!("sha256:{}", hash.hex()), "batches": tensors.0.len()})))
    }

    fn read_tensors(&self, request: &Consume, source: Source) -> Result<Tensors, Refusal> {
        let mut options = Options::new(self.library);
        match request.validate {
            Some(Validate::None) => options.set(key::VALIDATION, 0)?,
            Some(Validate::Full) => options.set(key::VALIDATION, 2)?,
            None => {}
        }
        let mut reader = TensorReader::open(source, &options).map_err(Refusal::at(Phase::Open, 0))?;
        let mut tensors = Tensors::default();
        loop {
            match reader.next() {
                Ok(Some(tensor)) => tensors.0.push(tensor),
                Ok(None) => return Ok(tensors),
                Err(TensorError::Failed(failure)) => {
                    return Err(Refusal::at(Phase::Batch, tensors.0.len() as u64)(failure));
                }
                Err(TensorError::Contradiction(error)) => {
                    return Err(Refusal::Error(format!("the tensor that was read cannot be told: {error}")));
                }
            }
        }
    }
}

/// Tensors follow each other as the messages of a stream do; files have no place for them.
fn one_behind_the_other(format: Format) -> Result<(), Refusal> {
    match format {
        Format::Stream => Ok(()),
        Format::File => Err(Refusal::unsupported("tensors in files")),
    }
}
