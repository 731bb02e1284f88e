//! The manifest: `cases/schema/manifest-v1.json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::case::file::{CaseResult, Level, Strength};
use crate::case::options::{Access, Format, Phase, Source, Validate};
use crate::case::registry::{Basis, Clause, Registry};
use crate::case::suite::Suite;
use crate::case::variant::{Bound, Expected, Variant};
use crate::hash::Sha;
use crate::wire::changes::Change;

/// Its name.
pub const MANIFEST: &str = "manifest.json";
/// The version of its format.
const SCHEMA: &str = "arrowipc-manifest/1";

/// What the folder holds.
#[derive(Debug, Serialize)]
pub struct Manifest {
    /// `arrowipc-manifest/1`.
    pub schema: &'static str,
    /// The cases that it was made from.
    pub suite: SuiteOf,
    /// What there is to read, by id.
    pub cases: Vec<Entry>,
    /// What has no file, by id.
    pub left_out: Vec<LeftOut>,
    /// The features that the entries name, and what they are.
    pub features: BTreeMap<String, String>,
    /// The kinds of fault that the entries name, and what they do to a reader.
    pub flags: BTreeMap<String, String>,
    /// The rules that the entries name.
    pub clauses: BTreeMap<String, Rule>,
}

/// A rule of the format.
#[derive(Debug, Serialize)]
pub struct Rule {
    /// `must`, `should`, `may`, possibly prefixed with `reader-` or `writer-`.
    pub level: String,
    /// How the format states it.
    pub basis: Basis,
    /// The rule in other words.
    pub statement: String,
    /// Where the format says so.
    pub source: String,
}

/// The cases that a corpus was made from.
#[derive(Debug, Serialize)]
pub struct SuiteOf {
    /// The version of the suite.
    pub version: &'static str,
    /// `sha256:…` of the case files.
    pub digest: String,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Emitted {
    /// Its path in the folder, with `/`.
    pub path: String,
    /// SHA-256 in hex.
    pub sha256: String,
    /// Bytes.
    pub size: usize,
}

impl Emitted {
    /// Of these bytes.
    pub(super) fn of(path: &str, bytes: &[u8]) -> Self {
        let mut hash = Sha::new();
        hash.bytes(bytes);
        Self { path: path.to_owned(), sha256: hash.hex(), size: bytes.len() }
    }
}

/// A variant of a case: an input, how it is read, and what must come of it.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// `topic/id[axis,axis]`.
    pub id: String,
    /// The input.
    #[serde(flatten)]
    pub file: Emitted,
    /// Stream or file.
    pub format: Format,
    /// `valid`: it must be read. `invalid`: it must be rejected. `defined`: it may be rejected.
    pub result: CaseResult,
    /// How strongly the format says so.
    pub strength: Strength,
    /// Whether the format does not bind readers here.
    #[serde(skip_serializing_if = "is_false")]
    pub observation: bool,
    /// Of an invalid input: the phase by which it must be rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Why the case is there.
    pub why: String,
    /// Why hardly an implementation reads a valid one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alone: Option<String>,
    /// The rules that it checks.
    pub clauses: Vec<String>,
    /// The rules that its bytes break because it asks for it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub breaks: BTreeSet<String>,
    /// Kinds of fault.
    pub flags: Vec<String>,
    /// What a reader needs.
    pub features: BTreeSet<String>,
    /// How it is to be read, where that is part of the case.
    #[serde(skip_serializing_if = "Reading::is_empty")]
    pub read: Reading,
    /// What must be equal: names of levels.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub observe: BTreeSet<Level>,
    /// The values of the whole input, in canonical JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Emitted>,
    /// `sha256:…` of the values that this reading gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The same values in Arrow's integration JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration: Option<Emitted>,
    /// Why there is no integration JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_integration: Option<String>,
    /// What a reader must tell beside the values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Bound>,
    /// What edits did to the bytes of a plain writer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// What an input holds, as files.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    /// Canonical JSON.
    pub canonical: Option<Emitted>,
    /// Integration JSON.
    pub integration: Option<Emitted>,
    /// Why there is no integration JSON.
    pub inexpressible: Option<String>,
}

/// How an input is read; what is left out is left to the reader.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Reading {
    /// Where the bytes come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// How the reader goes through them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// How much is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate: Option<Validate>,
    /// Columns, by position, in the order in which they are handed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projection: Option<Vec<usize>>,
    /// Batches, in this order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Vec<usize>>,
}

impl Reading {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A variant without a file.
#[derive(Debug, Serialize)]
pub struct LeftOut {
    /// `topic/id[axis,axis]`.
    pub id: String,
    /// Why.
    pub reason: String,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// What is registered under these names.
fn named<'a, T, U>(
    registered: &BTreeMap<String, T>,
    names: impl Iterator<Item = &'a String>,
    of: impl Fn(&T) -> U,
) -> BTreeMap<String, U> {
    let names: BTreeSet<&String> = names.collect();
    names.into_iter().filter_map(|name| Some((name.clone(), of(registered.get(name)?)))).collect()
}

impl Manifest {
    /// Of these entries, sorted, with what they name.
    pub(super) fn new(suite: &Suite, mut cases: Vec<Entry>, mut left_out: Vec<LeftOut>) -> Self {
        cases.sort_by(|a, b| a.id.cmp(&b.id));
        left_out.sort_by(|a, b| a.id.cmp(&b.id));
        let Registry { features, flags, clauses } = &suite.registry;
        let line = |text: &str| text.trim_end().to_owned();
        let rule = |clause: &Clause| Rule {
            level: clause.level.clone(),
            basis: clause.basis,
            statement: line(&clause.statement),
            source: line(&clause.source),
        };
        Self {
            schema: SCHEMA,
            suite: SuiteOf { version: env!("CARGO_PKG_VERSION"), digest: suite.digest.clone() },
            features: named(features, cases.iter().flat_map(|case| &case.features), |it| line(&it.description)),
            flags: named(flags, cases.iter().flat_map(|case| &case.flags), |it| line(&it.effect)),
            clauses: named(clauses, cases.iter().flat_map(|case| case.clauses.iter().chain(&case.breaks)), rule),
            cases,
            left_out,
        }
    }

    /// As it is written.
    pub(super) fn text(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

impl Entry {
    /// Of a variant; its files were made.
    pub(super) fn new(variant: &Variant, file: Emitted, values: Values, changes: Vec<Change>) -> Self {
        let (case, read) = (&variant.case, &variant.read);
        let compared = case.result != CaseResult::Invalid;
        Self {
            id: variant.name.clone(),
            file,
            format: variant.format,
            result: case.result,
            strength: case.strength,
            observation: case.observation,
            phase: case.reject.map(|reject| reject.latest),
            why: case.why.clone(),
            alone: case.alone.as_ref().map(|why| why.trim_end().to_owned()),
            clauses: case.clauses.clone(),
            breaks: case.breaks.clone(),
            flags: case.flags.clone(),
            features: variant.needs.read.clone(),
            read: Reading {
                source: Some(read.source).filter(|source| *source != Source::default()),
                access: Some(read.access).filter(|access| *access != Access::default()),
                validate: read.validate,
                projection: read.projection.clone(),
                order: read.order.clone(),
            },
            observe: if compared { case.observe.clone() } else { BTreeSet::new() },
            expected: values.canonical,
            digest: match &variant.expected {
                Expected::Document(expected) if compared => Some(expected.digest().to_owned()),
                _ => None,
            },
            integration: values.integration,
            no_integration: values.inexpressible,
            facts: case
                .expect
                .iter()
                .filter(|rule| !rule.of_producer())
                .map(|rule| (rule.name.clone(), rule.bound.clone()))
                .collect(),
            changes,
        }
    }
}
