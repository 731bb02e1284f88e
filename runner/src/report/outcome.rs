//! Productions and cells as one list of results, where each stands, and which of them are of one kind.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::line::Header;
use super::reader::Report;
use crate::judge::verdict::Verdict;
use crate::run::result::{ArtifactResult, CellResult, Trace, id_of};

/// Where a result stands: what its verdict means, held against what is known and what is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// As the case says.
    Passed,
    /// A failure that is listed as known.
    Known,
    /// Recorded and not judged.
    Observed,
    /// A failure that nobody listed.
    Failed,
    /// A feature that is not claimed.
    Unsupported,
    /// There were no bytes to read.
    Blocked,
    /// The adapter was down.
    NotRun,
}

impl Standing {
    /// Of a verdict that is expected or not, and judged or not.
    pub fn of(verdict: Verdict, expected: bool, observation: bool) -> Self {
        match verdict {
            verdict if verdict.is_success() => Self::Passed,
            _ if observation => Self::Observed,
            Verdict::Unsupported => Self::Unsupported,
            Verdict::Blocked => Self::Blocked,
            Verdict::NotRun => Self::NotRun,
            _ if expected => Self::Known,
            _ => Self::Failed,
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Known => "known",
            Self::Observed => "observed",
            Self::Failed => "failed",
            Self::Unsupported => "unsupported",
            Self::Blocked => "blocked",
            Self::NotRun => "not-run",
        }
    }

    /// Whether somebody has to do something about it.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::NotRun)
    }

    /// Whether the case was run and judged.
    pub fn is_judged(self) -> bool {
        matches!(self, Self::Passed | Self::Known | Self::Failed)
    }
}

/// A production or a cell.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// Full name of the variant.
    pub case: &'a str,
    /// `id@version` of who wrote.
    pub producer: &'a str,
    /// `id@version` of who read; none for a production.
    pub consumer: Option<&'a str>,
    /// How it went.
    pub verdict: Verdict,
    /// What that means.
    pub standing: Standing,
    /// How it was found out.
    pub trace: &'a Trace,
}

impl<'a> From<&'a ArtifactResult> for Outcome<'a> {
    fn from(artifact: &'a ArtifactResult) -> Self {
        Self {
            case: &artifact.case,
            producer: &artifact.producer,
            consumer: None,
            verdict: artifact.verdict,
            standing: Standing::of(artifact.verdict, artifact.expected, artifact.observation),
            trace: &artifact.trace,
        }
    }
}

impl<'a> From<&'a CellResult> for Outcome<'a> {
    fn from(cell: &'a CellResult) -> Self {
        Self {
            case: &cell.case,
            producer: &cell.producer,
            consumer: Some(&cell.consumer),
            verdict: cell.verdict,
            standing: Standing::of(cell.verdict, cell.expected, cell.observation),
            trace: &cell.trace,
        }
    }
}

impl<'a> Outcome<'a> {
    /// `a -> b`, or `a writes`.
    pub fn parties(&self) -> String {
        parties(self.producer, self.consumer)
    }

    /// `topic/id`, without the axes.
    pub fn case_name(&self) -> &'a str {
        self.case.split('[').next().unwrap_or_default()
    }

    /// `[axis,axis]`, or nothing.
    pub fn axes(&self) -> &'a str {
        &self.case[self.case_name().len()..]
    }

    /// The topic.
    pub fn topic(&self) -> &'a str {
        self.case_name().rsplit_once('/').map_or("", |(topic, _)| topic)
    }
}

/// `a -> b`, or `a writes`.
pub fn parties(producer: &str, consumer: Option<&str>) -> String {
    match consumer {
        Some(consumer) => format!("{producer} -> {consumer}"),
        None => format!("{producer} writes"),
    }
}

/// The results of a report, productions first.
pub fn outcomes(report: &Report) -> impl Iterator<Item = Outcome<'_>> {
    of(&report.artifacts, &report.cells)
}

fn of<'a>(artifacts: &'a [ArtifactResult], cells: &'a [CellResult]) -> impl Iterator<Item = Outcome<'a>> {
    artifacts.iter().map(Outcome::from).chain(cells.iter().map(Outcome::from))
}

/// The unlisted failures, those of one verdict between the same parties in all variants of a case as one.
pub fn kinds_of_failure<'a>(artifacts: &'a [ArtifactResult], cells: &'a [CellResult]) -> Vec<Vec<Outcome<'a>>> {
    let mut kinds: Vec<Vec<Outcome>> = Vec::new();
    let mut places = HashMap::new();
    let unexpected = artifacts.iter().filter(|artifact| !artifact.expected).map(Outcome::from);
    for failed in unexpected.chain(cells.iter().filter(|cell| !cell.expected).map(Outcome::from)) {
        let kind = (failed.verdict, failed.producer, failed.consumer, failed.case_name());
        let place = *places.entry(kind).or_insert_with(|| {
            kinds.push(Vec::new());
            kinds.len() - 1
        });
        kinds[place].push(failed);
    }
    kinds
}

/// The name of each party: its id, or `id@version` where several versions take part. Names stay when a version changes, so that
/// whoever compares runs finds its tests again.
pub fn names(header: &Header) -> BTreeMap<&str, &str> {
    let parties: BTreeSet<&str> = header.producers.iter().chain(&header.consumers).map(String::as_str).collect();
    let alone = |party: &str| parties.iter().filter(|other| id_of(other) == id_of(party)).count() == 1;
    parties.iter().map(|party| (*party, if alone(party) { id_of(party) } else { *party })).collect()
}
