//! One reading: what a consumer is given, how it is asked, and what it hands back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrowipc_kit::value::Document;

use super::engine::Engine;
use super::participant::Participant;
use super::producer::Producer;
use crate::adapter::message::{Observe, ReadRequest, Request, Via};
use crate::adapter::pool::Exchange;
use crate::case::file::CaseResult;
use crate::case::variant::{Expected, Variant};
use crate::expect::file::Role;
use crate::integration_json;
use crate::judge::Judgement;
use crate::judge::verdict::Verdict;

/// What makes two readings the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReadingKey {
    consumer: usize,
    given: Given,
    via: Via,
    dump: bool,
}

/// What a consumer is given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Given {
    /// Bytes, and how to read them.
    Bytes {
        /// SHA-256 of the bytes.
        sha256: String,
        /// How they are read.
        read: ReadRequest,
    },
    /// The structures of the C Data Interface that the kit makes of a file of canonical data.
    Structures(PathBuf),
}

/// A consumer's answer, with the dump when one was asked for.
#[derive(Debug)]
pub struct Reading {
    pub(super) exchange: Exchange,
    dump: Option<Result<Vec<u8>, String>>,
}

/// One consumer about to be given something.
pub(super) struct Reader<'a> {
    pub(super) engine: &'a Engine,
    pub(super) consumer: usize,
    pub(super) variant: &'a Variant,
    /// What may come of it: the case's, unless the bytes are other than the case has them.
    pub(super) result: CaseResult,
    /// Who wrote it.
    pub(super) producer: Producer,
    pub(super) given: Given,
    /// The file that holds it.
    pub(super) file: PathBuf,
}

impl<'a> Reader<'a> {
    pub(super) fn participant(&self) -> &'a Participant {
        &self.engine.participants[self.consumer]
    }

    /// A file with what the case expects as Arrow's integration JSON, where that can express it.
    fn expected_file(&self, id: u64) -> Option<PathBuf> {
        let Expected::Document(expected) = &self.variant.expected else { return None };
        let json = integration_json::write(&expected.document).ok()?;
        let name = PathBuf::from(format!("{id}.expected.json"));
        std::fs::write(self.engine.workdir().join(&name), json.to_string()).ok()?;
        Some(name)
    }

    pub(super) fn dump_for_keeping(&self, via: Via) -> Option<Vec<u8>> {
        let reading = (via != Via::None).then(|| self.ask(via, true))?;
        reading.bytes().ok().map(<[u8]>::to_vec)
    }

    /// Asks the consumer, unless it has answered the same already.
    pub(super) fn ask(&self, via: Via, dump: bool) -> Arc<Reading> {
        let key = ReadingKey { consumer: self.consumer, given: self.given.clone(), via, dump };
        self.engine.readings.get_or_make(key, || {
            let id = self.engine.next_request();
            let out = PathBuf::from(format!("{id}.json"));
            let expected = (via == Via::Itself).then(|| self.expected_file(id)).flatten();
            let observe = Observe { via, dump, out: out.clone(), expected: expected.clone() };
            let path = relative(&self.file);
            let request = match &self.given {
                Given::Bytes { read, .. } => Request::Consume { id, path, read: read.clone(), observe },
                Given::Structures(_) => {
                    Request::Echo { id, input: path, validate: self.participant().validation(), observe }
                }
            };
            let patience = self.engine.patience(
                self.participant(),
                Role::Consume,
                Some(self.engine.id(self.producer)),
                self.variant,
            );
            let exchange = self.participant().pool.ask_with(patience, id, &request);
            let path = self.engine.workdir().join(&out);
            let dump = dump
                .then(|| std::fs::read(&path).map_err(|error| format!("'{}' cannot be read: {error}", out.display())));
            // An adapter may write the file without being asked to.
            let _ = std::fs::remove_file(path);
            if let Some(expected) = expected {
                let _ = std::fs::remove_file(self.engine.workdir().join(expected));
            }
            Reading { exchange, dump }
        })
    }
}

impl Reading {
    pub(super) fn bytes(&self) -> Result<&[u8], String> {
        match &self.dump {
            Some(Ok(bytes)) => Ok(bytes),
            Some(Err(reason)) => Err(reason.clone()),
            None => Err("no dump was asked for".into()),
        }
    }

    pub(super) fn document(&self, complaint: &str) -> Result<Document, Judgement> {
        let read = self.bytes().and_then(|bytes| Document::from_json(bytes).map_err(|error| error.to_string()));
        read.map_err(|reason| Judgement::new(Verdict::AdapterError, format!("{complaint}: {reason}")))
    }
}

/// The file's name in the work directory.
fn relative(file: &Path) -> PathBuf {
    file.file_name().map_or_else(|| file.to_owned(), PathBuf::from)
}
