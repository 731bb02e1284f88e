//! Producing: canonical data or a DataFrame in, bytes out.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrowipc_kit::value::{Canonical, Document};

use super::engine::Engine;
use super::participant::{Participant, makes_original};
use super::result::{ArtifactResult, Trace};
use crate::adapter::message::{ProduceInput, Request};
use crate::adapter::pool::Exchange;
use crate::case::file::{CaseResult, Through};
use crate::case::options::{Sink, Source};
use crate::case::variant::{Input, Variant};
use crate::hash::Sha;
use crate::judge::verdict::Verdict;
use crate::judge::{self, Judgement, facts};

/// Bytes and how they came to be.
#[derive(Debug)]
pub struct Production {
    /// The line of the report.
    pub result: ArtifactResult,
    file: Mutex<Option<PathBuf>>,
}

impl Production {
    /// The file with the bytes, until all who need them have read them.
    pub fn file(&self) -> Option<PathBuf> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Removes the file.
    pub(super) fn discard(&self) {
        if let Some(file) = self.file.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // The folder goes at the end of the run anyway.
            let _ = std::fs::remove_file(file);
        }
    }
}

impl Engine {
    pub(super) fn produce(&self, index: usize, producer: usize) -> Production {
        let variant = &self.variants[index];
        let participant = &self.participants[producer];
        let production = match variant.through {
            Through::Write => self.write(variant, participant),
            Through::Transcode => self.transcode(index, variant, participant),
        };
        if let (Some(keep), Some(file)) = (&self.keep, production.file()) {
            keep.artifact(variant, &participant.adapter.id, &file);
        }
        production
    }

    /// Asks a participant to write the variant's data.
    fn write(&self, variant: &Variant, participant: &Participant) -> Production {
        let input = match &variant.input {
            Input::Frame(frame) => ProduceInput::Frame(frame.as_ref().clone()),
            Input::Document(document) => match self.input_file(document) {
                Ok(path) => ProduceInput::In(path),
                Err(reason) => return self.failed(variant, participant, &reason),
            },
        };
        if let Some(keep) = &self.keep {
            keep.input(variant);
        }
        let id = self.next_request();
        let out = PathBuf::from(format!("{id}.{}", variant.format.extension()));
        let request = Request::Produce {
            id,
            input,
            format: variant.format,
            sink: variant.sink,
            options: variant.options.clone(),
            out: out.clone(),
        };
        let exchange = participant.pool.ask(id, &request);
        self.finish(variant, participant, &exchange, &out)
    }

    fn transcode(&self, index: usize, variant: &Variant, participant: &Participant) -> Production {
        let original = self.originals.get_or_make(index, || {
            let able = |participant: &&Participant| {
                participant.hello.as_ref().is_ok_and(|hello| makes_original(hello, variant))
            };
            let source = self.participants.iter().find(able)?;
            let plain = Variant { sink: Sink::Path, ..variant.clone() };
            Some(self.write(&plain, source))
        });
        let Some(original) = original.as_ref() else {
            return self.failed(variant, participant, "no adapter of this run can make the bytes to rewrite");
        };
        let Some(path) = original.file() else {
            let ArtifactResult { producer, verdict, trace, .. } = &original.result;
            let reason = format!("{producer} could not make the bytes to rewrite: {verdict}: {}", trace.message);
            return self.failed(variant, participant, &reason);
        };
        let id = self.next_request();
        let out = PathBuf::from(format!("{id}.{}", variant.format.extension()));
        let request = Request::Transcode {
            id,
            path,
            format: variant.format,
            source: Source::Path,
            to: variant.format,
            sink: variant.sink,
            options: variant.options.clone(),
            out: out.clone(),
        };
        let exchange = participant.pool.ask(id, &request);
        self.finish(variant, participant, &exchange, &out)
    }

    /// The file with the canonical text of a document, written once.
    pub(super) fn input_file(&self, document: &Arc<Document>) -> Result<PathBuf, String> {
        let made = self.inputs.get_or_make(Arc::as_ptr(document) as usize, || {
            let path = PathBuf::from(format!("{}.in.json", self.next_request()));
            std::fs::write(self.workdir().join(&path), document.canonical())
                .map(|()| path)
                .map_err(|error| format!("the input file could not be written: {error}"))
        });
        made.as_ref().clone()
    }

    /// A production that failed before the participant was asked.
    fn failed(&self, variant: &Variant, participant: &Participant, reason: &str) -> Production {
        let judgement = Judgement::new(Verdict::Blocked, reason);
        self.production_of(variant, participant, judgement, Trace { attempts: 0, ..Trace::default() }, None)
    }

    fn finish(&self, variant: &Variant, participant: &Participant, exchange: &Exchange, out: &Path) -> Production {
        let trace = Trace::of(exchange);
        let path = self.workdir().join(out);
        let done = match judge::answer(exchange) {
            Err(judgement) => return self.production_of(variant, participant, judgement, trace, None),
            Ok(Err(rejection)) => {
                // Writers may refuse what is not valid; then there is nothing to read.
                let result = match variant.case.result {
                    CaseResult::Invalid => CaseResult::Defined,
                    result => result,
                };
                let mut judgement = judge::rejection(result, None, rejection);
                if judgement.verdict == Verdict::Pass {
                    judgement.verdict = Verdict::Blocked;
                }
                return self.production_of(variant, participant, judgement, trace, None);
            }
            Ok(Ok(done)) => done,
        };
        let mut hash = Sha::new();
        let size = match hash.file(&path) {
            Ok(size) => size,
            Err(error) => {
                let judgement = Judgement::new(
                    Verdict::AdapterError,
                    format!("answers ok, but '{}' cannot be read: {error}", out.display()),
                );
                return self.production_of(variant, participant, judgement, trace, None);
            }
        };
        let rules = variant.case.expect.iter().filter(|rule| rule.of_producer());
        let trace = Trace { facts: facts::asked(rules.clone(), &done.facts), ..trace };
        let judgement = match done.size.filter(|told| *told != size) {
            Some(told) => {
                Judgement::new(Verdict::AdapterError, format!("tells a size of {told} bytes; the file has {size}"))
            }
            None => facts::judge(rules, &done.facts).unwrap_or_else(Judgement::pass),
        };
        self.production_of(variant, participant, judgement, trace, Some((path, hash.hex(), size)))
    }

    fn production_of(
        &self,
        variant: &Variant,
        participant: &Participant,
        judgement: Judgement,
        trace: Trace,
        bytes: Option<(PathBuf, String, u64)>,
    ) -> Production {
        let (file, sha256, size) = match bytes {
            Some((file, sha256, size)) => (Some(file), Some(sha256), Some(size)),
            None => (None, None, None),
        };
        let mut result = ArtifactResult {
            case: variant.name.clone(),
            producer: participant.party(),
            verdict: judgement.verdict,
            expected: true,
            sha256,
            size,
            trace: Trace { phase: judgement.phase, message: judgement.message, ..trace },
        };
        if !result.verdict.is_success() {
            result.trace.repro = self.repro.command(&variant.name, &participant.adapter.id, None);
        }
        Production { result, file: Mutex::new(file) }
    }
}

impl Trace {
    /// What an exchange tells of itself.
    pub(super) fn of(exchange: &Exchange) -> Self {
        Self {
            stderr: exchange.stderr.clone(),
            unstable: exchange.unstable.clone(),
            attempts: exchange.attempts,
            ms: (exchange.time.as_secs_f64() * 1e5).round() / 100.0,
            ..Self::default()
        }
    }
}
