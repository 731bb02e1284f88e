//! The inputs on which faults are tried.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrowipc_kit::value::{Document, Levels};

use crate::case::bytes::Base;
use crate::case::file::{CaseResult, Level};
use crate::case::options::Format;
use crate::case::suite::Suite;
use crate::case::variant::{Input, Variant};
use crate::hash::Sha;
use crate::wire::assemble::assemble;
use crate::wire::lift::lift;
use crate::wire::lower::lower;
use crate::wire::lower::options::RawOptions;
use crate::wire::raw::RawInput;
use crate::wire::violation::Violation;
use crate::wire::{check, decode};

/// Inputs above this many bytes are left out: they are of a few cases about size, and cost more than all the others.
const MOST_BYTES: usize = 300_000;

/// The bytes of a case, and what is known of them.
#[derive(Debug)]
pub struct Subject {
    /// The case.
    pub case: String,
    /// What the format says about them.
    pub result: CaseResult,
    /// Stream or file.
    pub format: Format,
    /// What must be equal.
    pub levels: Levels,
    /// The data; none of invalid cases without.
    pub document: Option<Arc<Document>>,
    /// The parts from which a writer makes the bytes, where the case does not change them.
    pub written: Option<RawInput>,
    /// The parts that a reader finds, and what they are as bytes again; none where there are no parts to be found.
    pub found: Option<(RawInput, Vec<u8>)>,
    /// Rules that a reader finds broken.
    pub broken: BTreeSet<String>,
    /// Rules that the bytes break as they are.
    pub violations: Vec<Violation>,
}

/// The subjects of a suite: for each case the bytes of its variants, equal ones once.
pub fn subjects(suite: &Suite) -> Vec<Subject> {
    let mut seen = BTreeSet::new();
    suite.variants.iter().filter_map(|variant| subject(variant, &mut seen)).collect()
}

fn subject(variant: &Variant, seen: &mut BTreeSet<(String, String)>) -> Option<Subject> {
    // What a writer must refuse is no input.
    if variant.append.is_some() && variant.case.result == CaseResult::Invalid {
        return None;
    }
    let document = match &variant.input {
        Input::Document(document) => Some(Arc::clone(document)),
        Input::Nothing => None,
        Input::Frame(_) | Input::Tensors(_) => return None,
    };
    let laid_out = variant.lay_out().ok().filter(|laid_out| laid_out.bytes.len() <= MOST_BYTES)?;
    let mut hash = Sha::new();
    hash.bytes(&laid_out.bytes);
    if !seen.insert((variant.case.name.clone(), hash.hex())) {
        return None;
    }
    let written = match (&variant.recipe, &document) {
        (None, Some(document)) => lower(document, &variant.options, &RawOptions::default(), variant.format).ok(),
        (Some(recipe), _) if recipe.edits.is_empty() && matches!(recipe.base, Base::Data { .. }) => recipe.parts().ok(),
        _ => None,
    };
    let reading = decode::read(&laid_out.bytes, variant.format);
    let levels = Levels { logical: true, schema: true, physical: variant.case.observe.contains(&Level::Physical) };
    Some(Subject {
        case: variant.case.name.clone(),
        result: variant.case.result,
        format: variant.format,
        levels,
        document,
        written,
        found: lift(&laid_out.bytes, variant.format).ok().map(|parts| {
            let bytes = assemble(&parts).bytes;
            (parts, bytes)
        }),
        broken: reading.violations.into_iter().map(|violation| violation.clause).collect(),
        violations: check::check(&laid_out.bytes, variant.format),
    })
}
