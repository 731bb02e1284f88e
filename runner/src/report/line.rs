//! The lines of `report.jsonl`, format `arrowipc-report/1`: `cases/schema/report-v1.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::glossary::Term;
use crate::adapter::message::Hello;
use crate::case::file::{CaseResult, Reject, Strength};
use crate::case::variant::Variant;
use crate::judge::verdict::Verdict;
use crate::run::result::{ArtifactResult, CellResult};

/// The version of the report's format.
pub const SCHEMA: &str = "arrowipc-report/1";

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// First: what was run.
    Header(Header),
    /// What a name means, before the first line that uses it.
    Term(Term),
    /// A variant, before its results.
    Case(CaseLine),
    /// A production.
    Artifact(ArtifactResult),
    /// A cell.
    Cell(CellResult),
    /// Last: that nothing is missing.
    Footer(Footer),
}

/// What was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`].
    pub schema: String,
    /// The cases.
    pub suite: SuiteLine,
    /// Where orders are drawn from.
    pub seed: u64,
    /// The part of the cases, `i/n`.
    pub shard: String,
    /// Whether all cases of the shard were selected.
    pub all_cases: bool,
    /// Producers, `id@version`.
    pub producers: Vec<String>,
    /// Consumers, `id@version`.
    pub consumers: Vec<String>,
    /// What each adapter says of itself.
    pub implementations: BTreeMap<String, Hello>,
    /// Adapters that would have taken part if they could have been set up, and why they could not.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub left_out: BTreeMap<String, String>,
    /// Adapters that did not start, and why.
    #[serde(default)]
    pub down: BTreeMap<String, String>,
    /// The machine, as far as it matters.
    pub host: Host,
}

/// The cases of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuiteLine {
    /// Version of the suite.
    pub version: String,
    /// `sha256:…` of the files.
    pub digest: String,
}

/// The machine of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Operating system.
    pub os: String,
    /// Processor architecture.
    pub arch: String,
}

impl Host {
    /// This machine.
    pub fn this() -> Self {
        Self { os: std::env::consts::OS.into(), arch: std::env::consts::ARCH.into() }
    }
}

/// A variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseLine {
    /// Its full name.
    pub id: String,
    /// What it is about.
    #[serde(default)]
    pub why: String,
    /// The file that states it and the line where it starts, `cases/….yaml:8`.
    #[serde(default)]
    pub place: String,
    /// Changes whenever what is written, read or expected changes.
    pub digest: String,
    /// What the format says.
    pub result: CaseResult,
    /// How strongly.
    pub strength: Strength,
    /// Where an invalid case must be rejected.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reject: Option<Reject>,
    /// The rules that it checks.
    pub clauses: Vec<String>,
    /// Why no implementation reads it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alone: Option<String>,
    /// Whether what implementations do is recorded and not judged.
    #[serde(skip_serializing_if = "is_false", default)]
    pub observation: bool,
    /// Kinds of fault.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub flags: Vec<String>,
    /// Features that it needs, of either side.
    pub features: Vec<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl From<&Variant> for CaseLine {
    fn from(variant: &Variant) -> Self {
        let case = &variant.case;
        Self {
            id: variant.name.clone(),
            why: case.why.clone(),
            place: format!("{}:{}", case.file.display(), case.line),
            digest: variant.digest(),
            result: case.result,
            strength: case.strength,
            reject: case.reject,
            clauses: case.clauses.clone(),
            alone: case.alone.clone(),
            observation: case.observation,
            flags: case.flags.clone(),
            features: variant.needs.all().into_iter().map(str::to_owned).collect(),
        }
    }
}

/// The end of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Footer {
    /// Always true.
    pub complete: bool,
    /// Number of cells.
    pub cells: u64,
    /// Number of productions.
    pub artifacts: u64,
    /// Cells by verdict.
    pub counts: BTreeMap<Verdict, u64>,
    /// Results that are recorded and not judged, productions included.
    #[serde(default)]
    pub observations: u64,
    /// Failures that are not listed as known, productions included.
    pub unexpected: u64,
    /// Breaches of the known-failure contract, and valid inputs that nobody reads.
    pub breaches: Vec<String>,
}
