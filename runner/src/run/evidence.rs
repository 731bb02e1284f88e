//! What left a consumer, held against the case: by the route that its adapter prefers, and by another where that is wrong.

use std::path::PathBuf;

use arrowipc_kit::value::{Document, Tensors};
use serde_json::Value as Json;

use super::participant::routes;
use super::producer::Producer;
use super::reading::{Given, Reader, Reading};
use super::result::Trace;
use crate::adapter::message::{Done, Observe, Rejection, Request, Via};
use crate::case::file::CaseResult;
use crate::case::variant::{Expected, ExpectedDocument, Input};
use crate::judge::declared::{Declared, Part};
use crate::judge::verdict::Verdict;
use crate::judge::{self, Judgement, compare, facts};

/// A dump of more values than this is not asked for: generated data are judged by their digest.
const MOST_DUMPED_VALUES: u64 = 2_000_000;

impl Reader<'_> {
    pub(super) fn judge(&self, via: Via) -> (Judgement, Via, Trace) {
        let result = self.result;
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
                Ok(Err(rejection)) => return (self.judge_rejection(rejection), quiet, trace),
                Ok(Ok(done)) if result == CaseResult::Invalid => {
                    let read = match done.batches.filter(|_| via == Via::Tensors) {
                        Some(tensors) => format!(", {tensors} tensors were read"),
                        None => done.rows.map(|rows| format!(", {rows} rows were read")).unwrap_or_default(),
                    };
                    let latest = self
                        .variant
                        .case
                        .reject
                        .map(|reject| format!(" by phase {}", reject.latest))
                        .unwrap_or_default();
                    let message = format!("accepted{read}; the input is invalid and must be rejected{latest}");
                    return (Judgement::new(Verdict::Lenient, message), quiet, trace);
                }
                Ok(Ok(_)) => {}
            }
        }
        let (judgement, trace) = self.judge_by(via);
        let judgement = match judgement.verdict {
            Verdict::WrongValue
            | Verdict::WrongSchema
            | Verdict::WrongLayout
            | Verdict::WrongInterface
            | Verdict::WrongBytes
            | Verdict::Crash => {
                let hint = self.other_route(via);
                Judgement { message: judgement.message + &hint, ..judgement }
            }
            _ => judgement,
        };
        (judgement, via, trace)
    }

    /// Judges what leaves the implementation in one way.
    fn judge_by(&self, via: Via) -> (Judgement, Trace) {
        let reading = self.ask(via, !matches!(via, Via::Cdata | Via::None));
        let mut trace = Trace::of(&reading.exchange);
        let judgement = match judge::answer(&reading.exchange) {
            Err(judgement) => judgement,
            Ok(Err(rejection)) => self.judge_rejection(rejection),
            Ok(Ok(done)) => {
                let judgement = match &self.variant.expected {
                    Expected::Document(expected) => self.judge_document(expected, (via, &reading, done)),
                    Expected::Frame(expected) => judge_frame(expected, &reading),
                    Expected::Tensors(expected) => judge_tensors(expected, &reading),
                    Expected::Nothing => Judgement::pass(),
                };
                let rules = self.variant.case.expect.iter().filter(|rule| !rule.of_producer());
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

    fn judge_rejection(&self, rejection: &Rejection) -> Judgement {
        let judgement = judge::rejection(self.result, self.variant.case.reject, rejection);
        facts::with_faults(judgement, &rejection.facts, true)
    }

    /// Whether the data are as wrong when they leave the implementation in another way: if not, reading is not to blame.
    fn other_route(&self, via: Via) -> String {
        let (Expected::Document(_), Given::Bytes { .. }) = (&self.variant.expected, &self.given) else {
            return String::new();
        };
        let Ok(hello) = &self.participant().hello else { return String::new() };
        let Some(other) = routes(hello, self.variant).find(|other| *other != via) else { return String::new() };
        let (judgement, _) = self.judge_by(other);
        let (here, there) = (via.name(), other.name());
        match judgement.verdict {
            Verdict::Pass | Verdict::Converted => {
                format!("; by {there} it is as the case says, so what leaves it by {here} is to blame, not reading")
            }
            Verdict::Unsupported | Verdict::FalseClaim | Verdict::AdapterError | Verdict::NotRun => String::new(),
            verdict => format!("; by {there} it is {verdict}, too"),
        }
    }

    fn judge_document(&self, expected: &ExpectedDocument, (via, reading, done): (Via, &Reading, &Done)) -> Judgement {
        match via {
            Via::Itself => judge_itself(done),
            Via::Json => match reading.document("its JSON is not canonical") {
                Ok(observed) => self.compare(expected, &observed),
                Err(judgement) => judgement,
            },
            Via::Transcode => self.judge_transcoded(expected, reading),
            Via::Cdata | Via::Frame | Via::Tensors | Via::None => self.judge_exported(expected, done),
        }
    }

    /// Compares with the case, but for what those through whom the data went do not keep.
    pub(super) fn compare(&self, expected: &ExpectedDocument, observed: &Document) -> Judgement {
        let writer = match self.producer {
            Producer::Suite => Declared::default(),
            Producer::Adapter(index) => self.engine.participants[index].declared(),
        };
        let through = [writer, self.participant().declared()];
        compare::documents(&expected.document, observed, self.variant.case.levels(), &through)
    }

    fn judge_exported(&self, expected: &ExpectedDocument, done: &Done) -> Judgement {
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
                let judgement = self.judge_rejection(rejection);
                return Judgement { message: judgement.message + "; it was read at first, as other data", ..judgement };
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
        let judgement = self.compare(expected, &observed);
        // Metadata without an order come in another one each time.
        if again == digest || self.participant().declared().loses.contains(&Part::MetadataOrder) {
            let hint = if judgement.verdict.is_failure() { self.echo() } else { "" };
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
    fn echo(&self) -> &'static str {
        if let Given::Structures(_) = self.given {
            return "";
        }
        let echoes = self.participant().hello.as_ref().is_ok_and(|hello| hello.roles.iter().any(|role| role == "echo"));
        let Input::Document(document) = &self.variant.input else { return "" };
        let text = || self.variant.input_text();
        let Some(input) = echoes.then(|| self.engine.input_file(document, text).ok()).flatten() else { return "" };
        let id = self.engine.next_request();
        let out = PathBuf::from(format!("{id}.json"));
        let observe = Observe { via: Via::Cdata, dump: false, out, expected: None };
        let request = Request::Echo { id, input, validate: self.participant().validation(), observe };
        let exchange = self.participant().pool.ask(id, &request);
        match judge::answer(&exchange) {
            Ok(Ok(done)) if done.digest == Some(document.digest().to_string()) => {
                "; what goes in and out by the C Data Interface (echo) is right"
            }
            Ok(Ok(_)) => "; what goes in and out by the C Data Interface (echo) is wrong too, so that may be to blame",
            Ok(Err(_)) | Err(_) => "",
        }
    }
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
