//! A fault on an input.

use arrowipc_kit::value::first_difference;

use super::file::{Fault, How};
use super::subject::Subject;
use crate::case::file::CaseResult;
use crate::case::registry::Clause;
use crate::judge::bytes::Clauses;
use crate::wire::assemble::assemble;
use crate::wire::edit::{self, Edit};
use crate::wire::raw::RawInput;
use crate::wire::{check, decode};

/// Whether the suite would notice the fault by this input.
pub fn caught(fault: &Fault, subject: &Subject, clauses: &Clauses) -> bool {
    match &fault.how {
        How::Writes(edits) => subject.written.as_ref().is_some_and(|parts| writes(edits, parts, subject, clauses)),
        How::Reads(edits) => subject.found.as_ref().is_some_and(|(parts, bytes)| reads(edits, parts, bytes, subject)),
        How::Accepts(accepted) => {
            let unnoticed = !subject.broken.is_empty() && subject.broken.iter().all(|broken| accepted.contains(broken));
            subject.result == CaseResult::Invalid && unnoticed
        }
        How::Gives(gives) => subject.document.as_ref().is_some_and(|document| {
            let mut given = document.as_ref().clone();
            gives.apply(&mut given);
            subject.result != CaseResult::Invalid && first_difference(document, &given, subject.levels).is_some()
        }),
    }
}

/// The bytes of changed parts, if they can be changed so.
fn changed(edits: &[Edit], parts: &RawInput) -> Option<Vec<u8>> {
    let mut parts = parts.clone();
    edit::apply(&mut parts, edits).ok()?;
    Some(assemble(&parts).bytes)
}

/// A writer is caught by a rule that its bytes break, or by the data that they hold.
fn writes(edits: &[Edit], parts: &RawInput, subject: &Subject, clauses: &Clauses) -> bool {
    if subject.result == CaseResult::Invalid {
        return false;
    }
    let Some(bytes) = changed(edits, parts).filter(|bytes| *bytes != assemble(parts).bytes) else { return false };
    let breaks = check::check(&bytes, subject.format).into_iter().any(|violation| {
        let as_before = subject.violations.iter().any(|known| known.clause == violation.clause);
        !as_before && clauses.get(&violation.clause).is_none_or(Clause::binds_writers)
    });
    breaks || !decode::read(&bytes, subject.format).violations.is_empty() || reads_otherwise(&bytes, subject)
}

/// A reader is caught by a valid input that it refuses or reads otherwise, and by an invalid one that it reads.
fn reads(edits: &[Edit], parts: &RawInput, bytes: &[u8], subject: &Subject) -> bool {
    let Some(changed) = changed(edits, parts).filter(|changed| changed != bytes) else { return false };
    match subject.result {
        CaseResult::Invalid => {
            let reading = decode::read(&changed, subject.format);
            reading.document.is_some() && reading.violations.is_empty()
        }
        CaseResult::Valid => reads_otherwise(&changed, subject),
        // What is defined may be refused.
        CaseResult::Defined => {
            decode::read(&changed, subject.format).document.is_some() && reads_otherwise(&changed, subject)
        }
    }
}

fn reads_otherwise(bytes: &[u8], subject: &Subject) -> bool {
    let Some(document) = &subject.document else { return false };
    match decode::read(bytes, subject.format).document {
        None => true,
        Some(seen) => first_difference(document, &seen, subject.levels).is_some(),
    }
}
