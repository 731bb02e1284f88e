//! Consuming: bytes or structures in, a cell of the matrix out.

use super::engine::Engine;
use super::participant::evidence;
use super::produce::Production;
use super::producer::Producer;
use super::reading::{Given, Reader};
use super::result::{CellResult, Trace};
use crate::adapter::message::Via;
use crate::case::feature::{Direction, first_missing};
use crate::case::file::CaseResult;
use crate::case::variant::{Input, Variant};
use crate::judge::verdict::Verdict;

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
        // What a producer made of the data may be more than the consumer claims to read.
        let claims = participant.hello.as_ref().map(|hello| hello.features.as_slice()).unwrap_or_default();
        if let Some(feature) = first_missing(&production.holds, claims, Direction::Read) {
            let (from, to) = (self.id(producer), &participant.adapter.id);
            let message =
                format!("{from} made of the data what needs {feature}, which {to} does not claim for reading");
            return cell.with(Verdict::Unsupported, message);
        }
        // Bytes that are wrong by themselves may be refused, and whoever reads them sees what is in them.
        let made_wrong = production.result.verdict.is_failure() && variant.case.result == CaseResult::Valid;
        let result = if made_wrong { CaseResult::Defined } else { variant.case.result };
        let given = Given::Bytes { sha256, read: participant.read_request(variant) };
        let reader = Reader { engine: self, consumer, variant, result, producer, given, file };
        let mut cell = self.fill(cell, &reader);
        if cell.verdict.is_failure() {
            cell.ranges = production.in_question(variant, cell.trace.difference.as_ref());
        }
        let refused = cell.trace.phase.is_some() || cell.evidence == Some(Via::None);
        if made_wrong && (cell.verdict.is_of_data() || (cell.verdict == Verdict::Pass && refused)) {
            let (from, wrong) = (self.id(producer), production.result.verdict);
            cell.trace.message = format!("what {from} wrote is {wrong} by itself; {}", cell.trace.message);
            cell.verdict = Verdict::Blocked;
            cell.observation = false;
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
                let result = variant.case.result;
                let reader = Reader { engine: self, consumer, variant, result, producer, given, file };
                self.fill(cell, &reader)
            }
            Err(reason) => cell.with(Verdict::Blocked, reason),
        }
    }

    fn fill(&self, mut cell: CellResult, reader: &Reader<'_>) -> CellResult {
        let (variant, participant) = (reader.variant, reader.participant());
        let Some(via) = participant.hello.as_ref().ok().and_then(|hello| evidence(hello, variant)) else {
            return cell.with(Verdict::Blocked, "the adapter did not say how it can be observed".into());
        };
        let (judgement, via, trace) = reader.judge(via);
        cell.evidence = Some(via);
        cell.verdict = judgement.verdict;
        cell.trace = Trace::of_judgement(judgement, trace);
        cell.observation = variant.case.observation && cell.verdict.may_differ();
        let from = self.id(reader.producer);
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
