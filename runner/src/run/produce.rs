//! Producing: canonical data or a DataFrame in, bytes out; and a look at the bytes themselves.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use arrowipc_kit::value::{Canonical, Document};

use super::engine::Engine;
use super::participant::{Participant, makes_original, plain_format, rewrites};
use super::producer::{MOST_ROWS, Producer};
use super::result::{ArtifactResult, Trace};
use crate::adapter::message::{Answer, ProduceInput, Request};
use crate::adapter::pool::{Exchange, Outcome};
use crate::case::derive::needs_of;
use crate::case::file::{CaseResult, Through};
use crate::case::options::{Format, Phase, Sink, Source, WriteOptions};
use crate::case::variant::{Input, Variant};
use crate::expect::file::Role;
use crate::hash::Sha;
use crate::judge::bytes::{self, Finding, Kind, Written, inspect};
use crate::judge::declared::Declared;
use crate::judge::difference::Difference;
use crate::judge::verdict::Verdict;
use crate::judge::{self, Judgement, facts};
use crate::wire::assemble::assemble;
use crate::wire::changes::Change;
use crate::wire::decode;
use crate::wire::lower::lower;
use crate::wire::lower::options::RawOptions;
use crate::wire::map::{Excerpt, excerpts, locate};

/// Bytes and how they came to be.
#[derive(Debug)]
pub struct Production {
    /// The line of the report.
    pub result: ArtifactResult,
    /// The bytes that make an invalid input invalid.
    pub faults: Vec<Range<usize>>,
    /// Features of the data in the bytes, where they are not those of the case.
    pub holds: BTreeSet<String>,
    /// The bytes that the case chose.
    chosen: Vec<Range<usize>>,
    /// The bytes that anybody has in question.
    questioned: Mutex<Vec<Range<usize>>>,
    excerpts: OnceLock<Vec<Excerpt>>,
    format: Format,
    file: Mutex<Option<PathBuf>>,
}

impl Production {
    /// The file with the bytes, until all who need them have read them.
    pub fn file(&self) -> Option<PathBuf> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The line of the report, with what lies around the bytes in question once all who read them have done so.
    pub(super) fn line(&self) -> ArtifactResult {
        let excerpts = self.excerpts.get().cloned().unwrap_or_default();
        ArtifactResult { excerpts, ..self.result.clone() }
    }

    /// The bytes in question where reading failed, here or at a difference.
    pub(super) fn in_question(&self, variant: &Variant, difference: Option<&Difference>) -> Vec<Range<usize>> {
        let mut ranges = self.faults.clone();
        if variant.case.result != CaseResult::Invalid {
            ranges.extend(self.chosen.iter().cloned());
            ranges.extend(difference.into_iter().flat_map(|difference| self.locate(difference)));
        }
        ranges.truncate(MOST_RANGES);
        self.questioned.lock().unwrap_or_else(PoisonError::into_inner).extend(ranges.iter().cloned());
        ranges
    }

    fn locate(&self, difference: &Difference) -> Vec<Range<usize>> {
        let Difference { batch: Some(batch), column: Some(column), row, .. } = *difference else { return Vec::new() };
        let bytes = self.file().filter(|file| is_small(file)).and_then(|file| std::fs::read(file).ok());
        bytes.map(|bytes| locate::column(&bytes, self.format, batch, column, row)).unwrap_or_default()
    }

    fn excerpt(&self, file: &Path) -> Vec<Excerpt> {
        let mut ranges = std::mem::take(&mut *self.questioned.lock().unwrap_or_else(PoisonError::into_inner));
        // The order of the readers is none of the report's.
        ranges.sort_by_key(|range| (range.start, range.end));
        ranges.dedup();
        if ranges.is_empty() || !is_small(file) {
            return Vec::new();
        }
        std::fs::read(file).map(|bytes| excerpts(&bytes, self.format, &ranges)).unwrap_or_default()
    }

    /// Removes the file; what is told of it is kept.
    pub(super) fn discard(&self) {
        if let Some(file) = self.file.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.excerpts.get_or_init(|| self.excerpt(&file));
            // The folder goes at the end of the run anyway.
            let _ = std::fs::remove_file(file);
        }
    }
}

/// How many ranges a result names.
const MOST_RANGES: usize = 64;

/// Files of more bytes are not looked into for what lies around those in question.
const MOST_LOOKED_INTO: u64 = 1 << 20;

fn is_small(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|metadata| metadata.len() <= MOST_LOOKED_INTO)
}

impl Engine {
    pub(super) fn produce(&self, index: usize, producer: Producer) -> Production {
        let variant = &self.variants[index];
        let production = match (producer, variant.through) {
            (Producer::Suite, _) => self.lay_out(variant),
            (Producer::Adapter(adapter), Through::Transcode) => self.transcode(index, variant, adapter),
            (Producer::Adapter(adapter), _) => match &self.participants[adapter].hello {
                Ok(hello) if rewrites(hello) => self.rewrite(variant, adapter),
                Ok(_) | Err(_) => self.write(variant, adapter),
            },
        };
        if let (Some(keep), Some(file)) = (&self.keep, production.file()) {
            keep.artifact(variant, self.id(producer), &file);
        }
        production
    }

    /// Makes the bytes of a variant without an adapter.
    fn lay_out(&self, variant: &Variant) -> Production {
        let start = Instant::now();
        if let Some(keep) = &self.keep {
            keep.input(variant);
        }
        let made = variant.lay_out().map(|laid_out| laid_out.bytes);
        let ms = (start.elapsed().as_secs_f64() * 1e5).round() / 100.0;
        let trace = Trace { attempts: 1, ms, ..Trace::default() };
        let out = self.workdir().join(format!("{}.{}", self.next_request(), variant.format.extension()));
        let written = made.and_then(|bytes| {
            let written = std::fs::write(&out, &bytes).map(|()| bytes);
            written.map_err(|error| format!("the bytes could not be written: {error}"))
        });
        match written {
            Ok(bytes) => {
                let mut production = self.made(variant, Producer::Suite, Judgement::pass(), trace, (out, bytes));
                let changes = variant.recipe.as_ref().and_then(|recipe| Some(recipe.lay_out().ok()?.changes()));
                let changed: Vec<_> = changes.iter().flatten().map(range_of).collect();
                // Without edits the fault is where the judge reader found it.
                if !production.faults.is_empty() && !changed.is_empty() {
                    production.faults = changed.clone();
                }
                production.chosen = changed;
                production
            }
            Err(reason) => self.not_made(variant, Producer::Suite, Judgement::new(Verdict::Blocked, reason), trace),
        }
    }

    /// Asks an adapter to write the variant's data.
    fn write(&self, variant: &Variant, adapter: usize) -> Production {
        let input = match &variant.input {
            Input::Frame(frame) => ProduceInput::Frame(frame.as_ref().clone()),
            Input::Tensors(tensors) => match serde_json::from_str::<serde_json::Value>(&tensors.canonical()) {
                Ok(mut json) => ProduceInput::Tensors(json["tensors"].take()),
                Err(error) => return self.failed(variant, adapter, &format!("the tensors are no JSON: {error}")),
            },
            Input::Nothing => return self.failed(variant, adapter, "there are no data to write"),
            Input::Document(_) if variant.append.is_some() => return self.append(variant, adapter),
            Input::Document(document) => match self.input_file(document, || variant.input_text()) {
                Ok(path) => ProduceInput::In(path),
                Err(reason) => return self.failed(variant, adapter, &reason),
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
            onto: None,
            format: variant.format,
            sink: variant.sink,
            options: variant.options.clone(),
            out: out.clone(),
        };
        let exchange = self.ask_producer(variant, adapter, id, &request);
        self.finish(variant, adapter, &exchange, &out)
    }

    /// Asks an adapter to put the variant's data behind what is there, as often as the case says.
    fn append(&self, variant: &Variant, adapter: usize) -> Production {
        let Some(append) = &variant.append else { return self.failed(variant, adapter, "nothing is there") };
        let extension = variant.format.extension();
        let mut onto = PathBuf::from(format!("{}.there.{extension}", self.next_request()));
        let there = append.recipe.lay_out().map_err(ToString::to_string).and_then(|laid_out| {
            let written = std::fs::write(self.workdir().join(&onto), &laid_out.bytes);
            written.map_err(|error| format!("the bytes could not be written: {error}"))
        });
        if let Err(reason) = there {
            return self.failed(variant, adapter, &format!("what is to be there cannot be made: {reason}"));
        }
        if let Some(keep) = &self.keep {
            keep.input(variant);
            keep.artifact(variant, "there", &self.workdir().join(&onto));
        }
        let mut asked = None;
        for part in &append.parts {
            let input = match self.input_file(part, || part.canonical()) {
                Ok(path) => ProduceInput::In(path),
                Err(reason) => return self.failed(variant, adapter, &reason),
            };
            let id = self.next_request();
            let out = PathBuf::from(format!("{id}.{extension}"));
            let request = Request::Produce {
                id,
                input,
                onto: Some(onto),
                format: variant.format,
                sink: variant.sink,
                options: variant.options.clone(),
                out: out.clone(),
            };
            let exchange = self.participants[adapter].pool.ask(id, &request);
            let done = matches!(judge::answer(&exchange), Ok(Ok(_)));
            onto = out.clone();
            asked = Some((exchange, out));
            if !done {
                break;
            }
        }
        match asked {
            Some((exchange, out)) => self.finish(variant, adapter, &exchange, &out),
            None => self.failed(variant, adapter, "there are no data to write"),
        }
    }

    fn transcode(&self, index: usize, variant: &Variant, adapter: usize) -> Production {
        let original = self.originals.get_or_make(index, || {
            let able = |participant: &Participant| {
                participant.hello.as_ref().is_ok_and(|hello| makes_original(hello, variant))
            };
            let source = self.participants.iter().position(able)?;
            let plain = Variant { sink: Sink::Path, ..variant.clone() };
            Some(self.write(&plain, source))
        });
        let Some(original) = original.as_ref() else {
            return self.failed(variant, adapter, "no adapter of this run can make the bytes to rewrite");
        };
        let Some(path) = original.file() else {
            let ArtifactResult { producer, verdict, trace, .. } = &original.result;
            let reason = format!("{producer} could not make the bytes to rewrite: {verdict}: {}", trace.message);
            return self.failed(variant, adapter, &reason);
        };
        let (exchange, out) = self.ask_to_rewrite(variant, adapter, (path, variant.format));
        self.finish(variant, adapter, &exchange, &out)
    }

    /// Asks an adapter to read a file and to write it as the variant says.
    fn ask_to_rewrite(
        &self,
        variant: &Variant,
        adapter: usize,
        (path, format): (PathBuf, Format),
    ) -> (Exchange, PathBuf) {
        let id = self.next_request();
        let out = PathBuf::from(format!("{id}.{}", variant.format.extension()));
        let request = Request::Transcode {
            id,
            path,
            format,
            source: Source::Path,
            to: variant.format,
            sink: variant.sink,
            options: variant.options.clone(),
            out: out.clone(),
        };
        (self.ask_producer(variant, adapter, id, &request), out)
    }

    fn ask_producer(&self, variant: &Variant, adapter: usize, id: u64, request: &Request) -> Exchange {
        let participant = &self.participants[adapter];
        let patience = self.patience(participant, Role::Produce, None, variant);
        participant.pool.ask_with(patience, id, request)
    }

    /// Asks an adapter that takes no data but as IPC to read them from the suite's plain bytes and to write them.
    fn rewrite(&self, variant: &Variant, adapter: usize) -> Production {
        let format = self.participants[adapter].hello.as_ref().ok().and_then(plain_format);
        let (Input::Document(document), Some(format)) = (&variant.input, format) else {
            return self.failed(variant, adapter, "there are no data to write");
        };
        let path = match self.plain_file(document, format) {
            Ok(path) => path,
            Err(reason) => return self.failed(variant, adapter, &reason),
        };
        let (exchange, out) = self.ask_to_rewrite(variant, adapter, (path, format));
        match judge::answer(&exchange) {
            // What it does not read, it cannot be asked to write.
            Ok(Err(rejection)) if !matches!(rejection.phase, Phase::Write | Phase::Finish) => {
                let reason = format!("it does not read the bytes that it is to rewrite: {}", rejection.message);
                let judgement = Judgement::new(Verdict::Blocked, reason);
                self.not_made(variant, Producer::Adapter(adapter), judgement, Trace::of(&exchange))
            }
            _ => self.finish(variant, adapter, &exchange, &out),
        }
    }

    /// The file with a document as the suite writes it, without options, written once.
    fn plain_file(&self, document: &Arc<Document>, format: Format) -> Result<PathBuf, String> {
        let made = self.plain.get_or_make((Arc::as_ptr(document) as usize, format), || {
            let input = lower(document, &WriteOptions::default(), &RawOptions::default(), format)
                .map_err(|error| format!("the suite does not lay out these data: {error}"))?;
            let path = PathBuf::from(format!("{}.plain.{}", self.next_request(), format.extension()));
            std::fs::write(self.workdir().join(&path), assemble(&input).bytes)
                .map(|()| path)
                .map_err(|error| format!("the plain bytes could not be written: {error}"))
        });
        made.as_ref().clone()
    }

    /// The file with what a producer of a document is given, written once: variants that share a document share its changes.
    pub(super) fn input_file(
        &self,
        document: &Arc<Document>,
        text: impl FnOnce() -> String,
    ) -> Result<PathBuf, String> {
        let made = self.inputs.get_or_make(Arc::as_ptr(document) as usize, || {
            let path = PathBuf::from(format!("{}.in.json", self.next_request()));
            std::fs::write(self.workdir().join(&path), text())
                .map(|()| path)
                .map_err(|error| format!("the input file could not be written: {error}"))
        });
        made.as_ref().clone()
    }

    /// A production that failed before the adapter was asked.
    fn failed(&self, variant: &Variant, adapter: usize, reason: &str) -> Production {
        self.not_made(variant, Producer::Adapter(adapter), Judgement::new(Verdict::Blocked, reason), Trace::default())
    }

    fn finish(&self, variant: &Variant, adapter: usize, exchange: &Exchange, out: &Path) -> Production {
        let producer = Producer::Adapter(adapter);
        let trace = Trace::of(exchange);
        let path = self.workdir().join(out);
        let done = match judge::answer(exchange) {
            // "Unsupported" is a refusal, too, where the case allows one.
            Err(judgement) if judgement.verdict == Verdict::FalseClaim && variant.may_not_be_appended() => {
                let verdict = if variant.must_not_be_appended() { Verdict::Pass } else { Verdict::Blocked };
                return self.not_made(variant, producer, Judgement { verdict, ..judgement }, trace);
            }
            Err(judgement) => return self.not_made(variant, producer, judgement, trace),
            Ok(Err(rejection)) if variant.must_not_be_appended() => {
                let judgement = facts::with_faults(judge::refusal(rejection), &rejection.facts, true);
                return self.not_made(variant, producer, judgement, trace);
            }
            Ok(Ok(_)) if variant.must_not_be_appended() => {
                let reason = "went on behind what is there, which is to be refused";
                return self.not_made(variant, producer, Judgement::new(Verdict::Lenient, reason), trace);
            }
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
                return self.not_made(variant, producer, judgement, trace);
            }
            Ok(Ok(done)) => done,
        };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let reason = format!("answers ok, but '{}' cannot be read: {error}", out.display());
                return self.not_made(variant, producer, Judgement::new(Verdict::AdapterError, reason), trace);
            }
        };
        let size = bytes.len() as u64;
        let rules = variant.case.expect.iter().filter(|rule| rule.of_producer());
        let trace = Trace { facts: facts::asked(rules.clone(), &done.facts), ..trace };
        let judgement = match done.size.filter(|told| *told != size) {
            Some(told) => {
                Judgement::new(Verdict::AdapterError, format!("tells a size of {told} bytes; the file has {size}"))
            }
            None => facts::judge(rules, &done.facts).unwrap_or_else(Judgement::pass),
        };
        let judgement = facts::with_faults(judgement, &done.facts, true);
        self.made(variant, producer, judgement, trace, (path, bytes))
    }

    /// A production whose bytes are there: what they are by themselves is part of it. Consumers read them whatever comes of that.
    fn made(
        &self,
        variant: &Variant,
        producer: Producer,
        judgement: Judgement,
        trace: Trace,
        (file, bytes): (PathBuf, Vec<u8>),
    ) -> Production {
        let mut hash = Sha::new();
        hash.bytes(&bytes);
        let sha256 = hash.hex();
        let found = self.look_at(variant, producer, &bytes, &sha256);
        let mut production = self.not_made(
            variant,
            producer,
            if judgement.verdict.is_success() { found.judgement } else { judgement },
            trace,
        );
        let invalid = variant.case.result == CaseResult::Invalid;
        production.faults = if invalid { found.ranges.clone() } else { Vec::new() };
        production.result.ranges = if invalid { Vec::new() } else { found.ranges };
        production.questioned = Mutex::new(production.result.ranges.clone());
        production.result.observations = found.observations;
        if production.result.verdict != Verdict::Pass
            && let (false, Kind::Batches(format)) = (invalid, Kind::of(variant))
        {
            production.holds = decode::read(&bytes, format).document.as_ref().map(needs_of).unwrap_or_default();
        }
        production.result.size = Some(bytes.len() as u64);
        production.result.sha256 = Some(sha256);
        production.file = Mutex::new(Some(file));
        production
    }

    /// Holds bytes against the rules of the format, and what the judge reader sees in them against the data.
    fn look_at(&self, variant: &Variant, producer: Producer, bytes: &[u8], sha256: &str) -> Finding {
        let (kind, written) = (Kind::of(variant), Written::of(variant));
        // The bytes of an invalid case are wrong on purpose.
        let check = variant.through != Through::Suite || variant.case.result != CaseResult::Invalid;
        let read = !matches!(written, Written::Document(document) if document.row_count() > MOST_ROWS);
        let key = (sha256.to_owned(), kind, check, read);
        let inspection = self.inspections.get_or_make(key, || inspect(bytes, kind, check, read));
        let input = bytes::Input { bytes, kind, written, case: &variant.case, result: variant.case.result };
        match producer {
            Producer::Suite if variant.through == Through::Suite => bytes::of_suite(input, &inspection, &self.clauses),
            Producer::Suite => bytes::of_adapter(input, &inspection, &Declared::default(), &self.clauses),
            Producer::Adapter(adapter) => {
                bytes::of_adapter(input, &inspection, &self.participants[adapter].declared(), &self.clauses)
            }
        }
    }

    /// A production without bytes.
    fn not_made(&self, variant: &Variant, producer: Producer, judgement: Judgement, trace: Trace) -> Production {
        let mut result = ArtifactResult {
            case: variant.name.clone(),
            producer: self.party(producer),
            verdict: judgement.verdict,
            expected: true,
            observation: variant.case.observation && judgement.verdict.may_differ(),
            sha256: None,
            size: None,
            observations: Vec::new(),
            ranges: Vec::new(),
            excerpts: Vec::new(),
            trace: Trace::of_judgement(judgement, trace),
        };
        if !result.verdict.is_success() {
            result.trace.repro = self.repro.command(&variant.name, self.id(producer), None);
        }
        Production {
            result,
            faults: Vec::new(),
            holds: BTreeSet::new(),
            chosen: Vec::new(),
            questioned: Mutex::default(),
            excerpts: OnceLock::new(),
            format: variant.format,
            file: Mutex::new(None),
        }
    }
}

/// The bytes of the result. A change lies where it does in the base: only the last one of an input moves what follows.
fn range_of(change: &Change) -> Range<usize> {
    change.offset..change.offset + change.new.length
}

impl Trace {
    /// What was found, and how.
    pub(super) fn of_judgement(judgement: Judgement, trace: Self) -> Self {
        let Judgement { phase, message, difference, .. } = judgement;
        Self { phase, message, difference: difference.map(|found| *found), ..trace }
    }

    /// What an exchange tells of itself.
    pub(super) fn of(exchange: &Exchange) -> Self {
        let stderr = match &exchange.outcome {
            Outcome::Answered(Answer::Crashed { stderr, .. }) => stderr,
            _ => &exchange.stderr,
        };
        Self {
            stderr: stderr.clone(),
            unstable: exchange.unstable.clone(),
            attempts: exchange.attempts,
            ms: (exchange.time.as_secs_f64() * 1e5).round() / 100.0,
            ..Self::default()
        }
    }
}
