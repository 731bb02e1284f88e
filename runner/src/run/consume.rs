//! Consuming: bytes or structures in, what the implementation saw out, judged by the case.

use std::path::{Path, PathBuf};

use arrowipc_kit::value::{Document, Tensors};
use serde_json::Value as Json;

use super::engine::Engine;
use super::participant::{Participant, evidence, routes};
use super::produce::Production;
use super::producer::Producer;
use super::result::{CellResult, Trace};
use crate::adapter::message::{Done, Observe, ReadRequest, Rejection, Request, Via};
use crate::adapter::pool::Exchange;
use crate::case::file::CaseResult;
use crate::case::options::{Access, Source, Validate};
use crate::case::variant::{Expected, ExpectedDocument, Input, Variant};
use crate::hash::Sha;
use crate::integration_json;
use crate::judge::declared::{Declared, Part};
use crate::judge::verdict::Verdict;
use crate::judge::{self, Judgement, compare, facts};
use crate::wire::decode;

/// A dump of more values than this is not asked for: generated data are judged by their digest.
const MOST_DUMPED_VALUES: u64 = 2_000_000;

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
enum Given {
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
    exchange: Exchange,
    dump: Option<Result<Vec<u8>, String>>,
}

impl Engine {
    /// Fills a cell whose bytes are there.
    pub(super) fn consume(
        &self,
        mut cell: CellResult,
        variant: &Variant,
        consumer: usize,
        producer: Producer,
        production: &Production,
    ) -> CellResult {
        let participant = &self.participants[consumer];
        let Some(file) = production.file() else {
            return cell.with(Verdict::Blocked, "the bytes are gone".into());
        };
        let sha256 = production.result.sha256.clone().unwrap_or_default();
        cell.artifact = Some(sha256.clone());
        let given = Given::Bytes { sha256, read: participant.read_request(variant) };
        let reader = Reader { engine: self, consumer, variant, given, file };
        let mut cell = self.fill(cell, variant, producer, &reader);
        if cell.verdict.is_failure() {
            cell.ranges = production.in_question(variant, cell.trace.difference.as_ref());
        }
        cell
    }

    /// Fills a cell of a case that has no bytes.
    pub(super) fn give_structures(
        &self,
        cell: CellResult,
        variant: &Variant,
        consumer: usize,
        producer: Producer,
    ) -> CellResult {
        let Input::Document(document) = &variant.input else {
            return cell.with(Verdict::Blocked, "there are no data".into());
        };
        match self.input_file(document, || variant.input_text()) {
            Ok(file) => {
                if let Some(keep) = &self.keep {
                    keep.input(variant);
                }
                let given = Given::Structures(file.clone());
                let reader = Reader { engine: self, consumer, variant, given, file };
                self.fill(cell, variant, producer, &reader)
            }
            Err(reason) => cell.with(Verdict::Blocked, reason),
        }
    }

    fn fill(&self, mut cell: CellResult, variant: &Variant, producer: Producer, reader: &Reader<'_>) -> CellResult {
        let participant = &self.participants[reader.consumer];
        let Some(via) = participant.hello.as_ref().ok().and_then(|hello| evidence(hello, variant)) else {
            return cell.with(Verdict::Blocked, "the adapter did not say how it can be observed".into());
        };
        let (judgement, via, trace) = reader.judge(variant, participant, via, producer);
        cell.evidence = Some(via);
        cell.verdict = judgement.verdict;
        cell.trace = Trace::of_judgement(judgement, trace);
        cell.observation = variant.case.observation && cell.verdict.may_differ();
        let from = self.id(producer);
        if !cell.verdict.is_success() {
            cell.trace.repro = self.repro.command(&variant.name, from, Some(&participant.adapter.id));
        }
        if let Some(keep) = &self.keep {
            let dump = cell.verdict.is_failure().then(|| reader.dump_for_keeping(via)).flatten();
            let read = participant.read_request(variant);
            keep.cell(variant, from, &participant.adapter.id, &read, &cell, dump.as_deref());
        }
        cell
    }
}

/// One consumer about to be given something.
struct Reader<'a> {
    engine: &'a Engine,
    consumer: usize,
    variant: &'a Variant,
    given: Given,
    file: PathBuf,
}

impl Reader<'_> {
    fn judge(
        &self,
        variant: &Variant,
        participant: &Participant,
        via: Via,
        producer: Producer,
    ) -> (Judgement, Via, Trace) {
        let result = variant.case.result;
        // What was read from bytes that may be invalid is walked through before it is dumped. Nobody walks through tensors.
        if result != CaseResult::Valid {
            let quiet = if via == Via::Tensors { via } else { Via::None };
            let walk = self.ask(quiet, false);
            let trace = Trace::of(&walk.exchange);
            match judge::answer(&walk.exchange) {
                // "Unsupported" is a refusal, too, where the case allows one.
                Err(judgement) if judgement.verdict == Verdict::FalseClaim => {
                    return (Judgement::pass(), quiet, trace);
                }
                Err(judgement) => return (judgement, quiet, trace),
                Ok(Err(rejection)) => return (judge_rejection(variant, rejection), quiet, trace),
                Ok(Ok(done)) if result == CaseResult::Invalid => {
                    let read = match done.batches.filter(|_| via == Via::Tensors) {
                        Some(tensors) => format!(", {tensors} tensors were read"),
                        None => done.rows.map(|rows| format!(", {rows} rows were read")).unwrap_or_default(),
                    };
                    let latest =
                        variant.case.reject.map(|reject| format!(" by phase {}", reject.latest)).unwrap_or_default();
                    let message = format!("accepted{read}; the input is invalid and must be rejected{latest}");
                    return (Judgement::new(Verdict::Lenient, message), quiet, trace);
                }
                Ok(Ok(_)) => {}
            }
        }
        let (judgement, trace) = self.judge_by(variant, participant, via, producer);
        let judgement = match judgement.verdict {
            Verdict::WrongValue
            | Verdict::WrongSchema
            | Verdict::WrongLayout
            | Verdict::WrongInterface
            | Verdict::WrongBytes
            | Verdict::Crash => {
                let hint = self.other_route(variant, participant, via, producer);
                Judgement { message: judgement.message + &hint, ..judgement }
            }
            _ => judgement,
        };
        (judgement, via, trace)
    }

    /// Judges what leaves the implementation in one way.
    fn judge_by(
        &self,
        variant: &Variant,
        participant: &Participant,
        via: Via,
        producer: Producer,
    ) -> (Judgement, Trace) {
        let reading = self.ask(via, !matches!(via, Via::Cdata | Via::None));
        let mut trace = Trace::of(&reading.exchange);
        let judgement = match judge::answer(&reading.exchange) {
            Err(judgement) => judgement,
            Ok(Err(rejection)) => judge_rejection(variant, rejection),
            Ok(Ok(done)) => {
                let judgement = match &variant.expected {
                    Expected::Document(expected) => {
                        self.judge_document(variant, participant, expected, (via, &reading, done), producer)
                    }
                    Expected::Frame(expected) => judge_frame(expected, &reading),
                    Expected::Tensors(expected) => judge_tensors(expected, &reading),
                    Expected::Nothing => Judgement::pass(),
                };
                let rules = variant.case.expect.iter().filter(|rule| !rule.of_producer());
                trace.facts = facts::asked(rules.clone(), &done.facts);
                let judgement = match judgement.verdict.is_success() {
                    true => facts::judge(rules, &done.facts).unwrap_or(judgement),
                    false => judgement,
                };
                facts::with_faults(judgement, &done.facts, via != Via::Cdata || done.digest.is_some())
            }
        };
        (judgement, trace)
    }

    /// Whether the data are as wrong when they leave the implementation in another way: if not, reading is not to blame.
    fn other_route(&self, variant: &Variant, participant: &Participant, via: Via, producer: Producer) -> String {
        let (Expected::Document(_), Given::Bytes { .. }) = (&variant.expected, &self.given) else {
            return String::new();
        };
        let Ok(hello) = &participant.hello else { return String::new() };
        let Some(other) = routes(hello, variant).find(|other| *other != via) else { return String::new() };
        let (judgement, _) = self.judge_by(variant, participant, other, producer);
        let (here, there) = (via.name(), other.name());
        match judgement.verdict {
            Verdict::Pass | Verdict::Converted => {
                format!("; by {there} it is as the case says, so what leaves it by {here} is to blame, not reading")
            }
            Verdict::Unsupported | Verdict::FalseClaim | Verdict::AdapterError | Verdict::NotRun => String::new(),
            verdict => format!("; by {there} it is {verdict}, too"),
        }
    }

    fn judge_document(
        &self,
        variant: &Variant,
        participant: &Participant,
        expected: &ExpectedDocument,
        (via, reading, done): (Via, &Reading, &Done),
        producer: Producer,
    ) -> Judgement {
        match via {
            Via::Itself => judge_itself(done),
            Via::Json => match reading.document("its JSON is not canonical") {
                Ok(observed) => self.compare(variant, participant, expected, &observed, producer),
                Err(judgement) => judgement,
            },
            Via::Transcode => self.judge_transcoded(variant, participant, expected, reading, producer),
            Via::Cdata | Via::Frame | Via::Tensors | Via::None => {
                self.judge_exported(variant, participant, expected, done, producer)
            }
        }
    }

    /// Compares with the case, but for what those through whom the data went do not keep.
    fn compare(
        &self,
        variant: &Variant,
        participant: &Participant,
        expected: &ExpectedDocument,
        observed: &Document,
        producer: Producer,
    ) -> Judgement {
        let writer = match producer {
            Producer::Suite => Declared::default(),
            Producer::Adapter(index) => self.engine.participants[index].declared(),
        };
        let through = [writer, participant.declared()];
        compare::documents(&expected.document, observed, variant.case.levels(), &through)
    }

    /// What was written again is read by the judge reader, and by another consumer: both must see the same.
    fn judge_transcoded(
        &self,
        variant: &Variant,
        participant: &Participant,
        expected: &ExpectedDocument,
        reading: &Reading,
        producer: Producer,
    ) -> Judgement {
        let bytes = match reading.bytes() {
            Ok(bytes) => bytes,
            Err(reason) => return Judgement::new(Verdict::AdapterError, reason),
        };
        let seen = decode::read(bytes, variant.format);
        let Some(observed) = seen.document else {
            let why = seen.violations.first().map_or_else(|| "it holds no data".to_owned(), ToString::to_string);
            let message = format!("what it wrote again cannot be read by the judge reader: {why}");
            return Judgement::new(Verdict::WrongBytes, message);
        };
        let judgement = self.compare(variant, participant, expected, &observed, producer);
        match self.second_reader(bytes, variant) {
            Some((who, Ok(digest))) if digest != observed.digest().to_string() => {
                let message = format!(
                    "what it wrote again is read as {} by the judge reader, and otherwise by {who}: {digest}",
                    observed.digest()
                );
                Judgement::new(Verdict::WrongBytes, message)
            }
            Some((who, Err(reason))) => {
                Judgement::new(Verdict::WrongBytes, format!("what it wrote again is refused by {who}: {reason}"))
            }
            Some((_, Ok(_))) | None => judgement,
        }
    }

    /// What another consumer of the run reads in bytes: its id, and the digest or why there is none.
    fn second_reader(&self, bytes: &[u8], variant: &Variant) -> Option<(String, Result<String, String>)> {
        let reads = |index: &usize| {
            let hello = self.engine.participants[*index].hello.as_ref();
            *index != self.consumer && hello.is_ok_and(|hello| hello.observe.contains(&Via::Cdata))
        };
        // The project's own library reads everything that the format has; without it, whoever comes first.
        let own = |index: &usize| self.engine.participants[*index].adapter.id == "libarrowipc";
        let all = 0..self.engine.participants.len();
        let second = all.clone().find(|index| reads(index) && own(index)).or_else(|| all.clone().find(reads))?;
        let id = self.engine.participants[second].adapter.id.clone();
        let name = format!("{}.again.{}", self.engine.next_request(), variant.format.extension());
        let file = self.engine.workdir().join(&name);
        if let Err(error) = std::fs::write(&file, bytes) {
            return Some((id, Err(format!("the bytes could not be written: {error}"))));
        }
        let mut hash = Sha::new();
        hash.bytes(bytes);
        let read = ReadRequest {
            format: variant.format,
            access: Access::Next,
            source: Source::Path,
            validate: Validate::None,
            projection: None,
            order: None,
        };
        let given = Given::Bytes { sha256: hash.hex(), read };
        let reader = Reader { engine: self.engine, consumer: second, variant, given, file: file.clone() };
        let reading = reader.ask(Via::Cdata, false);
        // Nobody else needs it.
        let _ = std::fs::remove_file(file);
        let read = match judge::answer(&reading.exchange) {
            Ok(Ok(done)) => done.digest.clone().ok_or_else(|| "it answers without a digest".to_owned()),
            Ok(Err(rejection)) => Err(rejection.message.clone()),
            Err(judgement) if judgement.verdict == Verdict::NotRun => return None,
            Err(judgement) => Err(judgement.message),
        };
        Some((id, read))
    }

    fn judge_exported(
        &self,
        variant: &Variant,
        participant: &Participant,
        expected: &ExpectedDocument,
        done: &Done,
        producer: Producer,
    ) -> Judgement {
        let wrong_adapter = |message: String| Judgement::new(Verdict::AdapterError, message);
        let Some(digest) = &done.digest else {
            return wrong_adapter("answers ok without a digest".into());
        };
        if digest == expected.digest() {
            return Judgement::pass();
        }
        let values = expected.document.row_count() * expected.document.schema.fields.len() as u64;
        if values > MOST_DUMPED_VALUES {
            let (rows, batches) = (expected.document.row_count(), expected.document.batch_count());
            let told = |n: Option<u64>| n.map_or("?".into(), |n| n.to_string());
            let message = format!(
                "the data are too large to dump; expected {} ({rows} rows in {batches} batches), observed {digest} ({} rows in {} batches)",
                expected.digest(),
                told(done.rows),
                told(done.batches)
            );
            return Judgement::new(Verdict::WrongValue, message);
        }
        let dumped = self.ask(Via::Cdata, true);
        let again = match judge::answer(&dumped.exchange) {
            Err(judgement) => return judgement,
            Ok(Err(rejection)) => {
                let reason = &rejection.message;
                return wrong_adapter(format!("was read at first and rejected when a dump was asked for: {reason}"));
            }
            Ok(Ok(again)) => again.digest.as_deref().unwrap_or("none"),
        };
        let observed = match dumped.document("its dump is not canonical JSON") {
            Ok(observed) => observed,
            Err(judgement) => return judgement,
        };
        let truth = observed.digest().to_string();
        if truth != again {
            let hint = if truth == expected.digest() { ", which is right" } else { "" };
            return wrong_adapter(format!("answers digest {again}, but its dump has {truth}{hint}"));
        }
        let judgement = self.compare(variant, participant, expected, &observed, producer);
        // Metadata without an order come in another one each time.
        if again == digest || participant.declared().loses.contains(&Part::MetadataOrder) {
            let hint = if judgement.verdict.is_failure() { self.echo(variant, participant) } else { "" };
            return Judgement { message: judgement.message + hint, ..judgement };
        }
        // The same bytes were read twice with two results: memory that nobody wrote, or a state that outlives a reading.
        let message = match judgement.verdict.is_success() {
            true => format!("reads the same bytes differently each time: at first {digest}, then as expected"),
            false => format!("{}; reads the same bytes differently each time", judgement.message),
        };
        let verdict = if judgement.verdict.is_success() { Verdict::WrongValue } else { judgement.verdict };
        Judgement { verdict, message, ..judgement }
    }

    /// Whether the data come through the implementation by its C Data Interface: what is wrong there is wrong with that.
    fn echo(&self, variant: &Variant, participant: &Participant) -> &'static str {
        if let Given::Structures(_) = self.given {
            return "";
        }
        let echoes = participant.hello.as_ref().is_ok_and(|hello| hello.roles.iter().any(|role| role == "echo"));
        let Input::Document(document) = &variant.input else { return "" };
        let Some(input) = echoes.then(|| self.engine.input_file(document, || variant.input_text()).ok()).flatten()
        else {
            return "";
        };
        let id = self.engine.next_request();
        let out = PathBuf::from(format!("{id}.json"));
        let observe = Observe { via: Via::Cdata, dump: false, out, expected: None };
        let request = Request::Echo { id, input, validate: participant.validation(), observe };
        let exchange = participant.pool.ask(id, &request);
        match judge::answer(&exchange) {
            Ok(Ok(done)) if done.digest == Some(document.digest().to_string()) => {
                "; what goes in and out by the C Data Interface (echo) is right"
            }
            Ok(Ok(_)) => "; what goes in and out by the C Data Interface (echo) is wrong too, so that may be to blame",
            Ok(Err(_)) | Err(_) => "",
        }
    }

    /// A file with what the case expects as Arrow's integration JSON, where that can express it.
    fn expected_file(&self, id: u64) -> Option<PathBuf> {
        let Expected::Document(expected) = &self.variant.expected else { return None };
        let json = integration_json::write(&expected.document).ok()?;
        let name = PathBuf::from(format!("{id}.expected.json"));
        std::fs::write(self.engine.workdir().join(&name), json.to_string()).ok()?;
        Some(name)
    }

    fn dump_for_keeping(&self, via: Via) -> Option<Vec<u8>> {
        let reading = (via != Via::None).then(|| self.ask(via, true))?;
        reading.bytes().ok().map(<[u8]>::to_vec)
    }

    /// Asks the consumer, unless it has answered the same already.
    fn ask(&self, via: Via, dump: bool) -> std::sync::Arc<Reading> {
        let key = ReadingKey { consumer: self.consumer, given: self.given.clone(), via, dump };
        self.engine.readings.get_or_make(key, || {
            let id = self.engine.next_request();
            let out = PathBuf::from(format!("{id}.json"));
            let expected = (via == Via::Itself).then(|| self.expected_file(id)).flatten();
            let observe = Observe { via, dump, out: out.clone(), expected: expected.clone() };
            let path = relative(&self.file);
            let request = match &self.given {
                Given::Bytes { read, .. } => Request::Consume { id, path, read: read.clone(), observe },
                Given::Structures(_) => Request::Echo {
                    id,
                    input: path,
                    validate: self.engine.participants[self.consumer].validation(),
                    observe,
                },
            };
            let exchange = self.engine.participants[self.consumer].pool.ask(id, &request);
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
    fn bytes(&self) -> Result<&[u8], String> {
        match &self.dump {
            Some(Ok(bytes)) => Ok(bytes),
            Some(Err(reason)) => Err(reason.clone()),
            None => Err("no dump was asked for".into()),
        }
    }

    fn document(&self, complaint: &str) -> Result<Document, Judgement> {
        let read = self.bytes().and_then(|bytes| Document::from_json(bytes).map_err(|error| error.to_string()));
        read.map_err(|reason| Judgement::new(Verdict::AdapterError, format!("{complaint}: {reason}")))
    }
}

fn judge_rejection(variant: &Variant, rejection: &Rejection) -> Judgement {
    let judgement = judge::rejection(variant.case.result, variant.case.reject, rejection);
    facts::with_faults(judgement, &rejection.facts, true)
}

/// The word of an implementation that compares by itself.
fn judge_itself(done: &Done) -> Judgement {
    match done.facts.get("equal").and_then(Json::as_bool) {
        Some(true) => Judgement::pass(),
        Some(false) => {
            let difference = done.facts.get("difference").and_then(Json::as_str).unwrap_or("it does not say where");
            Judgement::new(Verdict::WrongValue, format!("it says that the data differ: {difference}"))
        }
        None => Judgement::new(Verdict::AdapterError, "answers ok without saying whether the data are equal"),
    }
}

fn judge_frame(expected: &Json, reading: &Reading) -> Judgement {
    let observed = reading.bytes().and_then(|bytes| serde_json::from_slice(bytes).map_err(|error| error.to_string()));
    match observed {
        Ok(observed) => compare::frames(expected, &observed),
        Err(reason) => {
            Judgement::new(Verdict::AdapterError, format!("its description of the frame cannot be read: {reason}"))
        }
    }
}

fn judge_tensors(expected: &Tensors, reading: &Reading) -> Judgement {
    match reading.bytes().and_then(|bytes| Tensors::from_json(bytes).map_err(|error| error.to_string())) {
        Ok(observed) => compare::tensors(expected, &observed),
        Err(reason) => Judgement::new(Verdict::AdapterError, format!("its tensors are not canonical JSON: {reason}")),
    }
}

/// The file's name in the work directory.
fn relative(file: &Path) -> PathBuf {
    file.file_name().map_or_else(|| file.to_owned(), PathBuf::from)
}
