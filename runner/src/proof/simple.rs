//! Small cases that say little of Arrow and much of an adapter.

use std::collections::BTreeSet;

use crate::adapter::message::Hello;
use crate::case::feature::{Direction, first_missing};
use crate::case::file::{CaseResult, Through};
use crate::case::options::{Access, Sink, Source};
use crate::case::variant::{Expected, Input, Variant};
use crate::run::participant::routes;

/// Whether a variant is legal data of a few rows that everybody writes and reads in the plainest way.
fn is_plain(variant: &Variant) -> bool {
    let case = &variant.case;
    let data = matches!((&variant.input, &variant.expected), (Input::Document(document), Expected::Document(_)) if (1..=100).contains(&document.row_count()));
    data && variant.through == Through::Write
        && variant.append.is_none()
        && case.result == CaseResult::Valid
        && !case.observation
        && !case.large
        && case.alone.is_none()
        && case.expect.is_empty()
        && variant.sink == Sink::Path
        && variant.read.source == Source::Path
        && variant.read.access == Access::Next
        && variant.read.projection.is_none()
}

fn batches(variant: &Variant) -> usize {
    match &variant.input {
        Input::Document(document) => document.batch_count(),
        Input::Frame(_) | Input::Tensors(_) | Input::Nothing => 0,
    }
}

/// The plainest variant of those that an adapter claims to read, and to write if it writes at all.
pub fn plainest<'a>(variants: &'a [Variant], hello: &Hello) -> Option<&'a Variant> {
    let has = |role: &str| hello.roles.iter().any(|known| known == role);
    let writes = has("produce") || has("transcode");
    let reads = |variant: &Variant| has("consume") && routes(hello, variant).next().is_some();
    let fits = |needs: &BTreeSet<String>, wanted: bool, direction| {
        !wanted || first_missing(needs, &hello.features, direction).is_none()
    };
    variants
        .iter()
        .filter(|variant| is_plain(variant))
        .filter(|variant| fits(&variant.needs.read, reads(variant), Direction::Read))
        .filter(|variant| fits(&variant.needs.write, writes, Direction::Write))
        .min_by_key(|variant| (variant.needs.read.len(), batches(variant), variant.name.as_str()))
}
