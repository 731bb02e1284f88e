//! What a run finds: one result a production, one a cell. These are lines of the report.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::adapter::message::Via;
use crate::case::options::Phase;
use crate::judge::difference::Difference;
use crate::judge::verdict::Verdict;
use crate::wire::map::Excerpt;
use crate::wire::violation::Violation;

/// Bytes that a producer made for a variant, or why it did not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArtifactResult {
    /// Full name of the variant.
    pub case: String,
    /// `id@version`.
    pub producer: String,
    /// How the production went.
    pub verdict: Verdict,
    /// Whether that is as it should be, or known.
    pub expected: bool,
    /// Whether it is recorded and not judged: the format does not bind implementations there.
    #[serde(skip_serializing_if = "is_false", default)]
    pub observation: bool,
    /// SHA-256 of the bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<String>,
    /// Their number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<u64>,
    /// Rules that the bytes break and that do not bind whoever made them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub observations: Vec<Violation>,
    /// The bytes that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ranges: Vec<Range<usize>>,
    /// What lies around the bytes that are wrong, and around those that failed cells have in question.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub excerpts: Vec<Excerpt>,
    /// How it was found out, and what it costs to do so again.
    #[serde(flatten)]
    pub trace: Trace,
}

/// What a consumer made of a producer's bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellResult {
    /// Full name of the variant.
    pub case: String,
    /// `id@version`.
    pub producer: String,
    /// `id@version`.
    pub consumer: String,
    /// How it went.
    pub verdict: Verdict,
    /// Whether that is as it should be, or known.
    pub expected: bool,
    /// Whether it is recorded and not judged: the format does not bind implementations there.
    #[serde(skip_serializing_if = "is_false", default)]
    pub observation: bool,
    /// How well the result is proved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<Via>,
    /// SHA-256 of the bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub artifact: Option<String>,
    /// The bytes in question, when it failed: of an invalid input those that make it invalid, else those that the case chose
    /// and those of the value that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ranges: Vec<Range<usize>>,
    /// How it was found out, and what it costs to do so again.
    #[serde(flatten)]
    pub trace: Trace,
}

/// How a result was found out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Phase of a rejection.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phase: Option<Phase>,
    /// What was found, what was expected, where.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub message: String,
    /// The first difference, where data were compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub difference: Option<Difference>,
    /// What a process said last.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub stderr: String,
    /// How the first attempt ended when the second one was answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unstable: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// Milliseconds of the last attempt.
    pub ms: f64,
    /// What the implementation told of itself, of what the case asks for.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub facts: Map<String, Json>,
    /// The command that does it again; for what did not pass.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub repro: String,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// `id@version` → `id`.
pub fn id_of(party: &str) -> &str {
    party.split_once('@').map_or(party, |(id, _)| id)
}
