//! Which implementation has what, as the results of a run show it: Arrow's implementation status page, measured.
//!
//! A case that passes shows every feature that it needs. One that fails counts against the rarest of them in the run, for the others
//! are shown by many cases more: a case of delta dictionaries of strings says little about strings. Of cases that may be rejected
//! those count that were read. Who reads is not to blame for wrong bytes.

pub mod rows;
pub mod text;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use self::rows::SECTIONS;
use super::line::CaseLine;
use super::outcome::{Standing, names, outcomes};
use super::reader::Report;
use crate::adapter::message::Hello;
use crate::case::feature::{Direction, concerns_only_reading, concerns_only_writing, covers};
use crate::case::file::CaseResult;
use crate::run::producer::SUITE;
use crate::run::result::id_of;

/// What results show of a feature, on one side of an implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// Every result shows it.
    Yes,
    /// Some results show it, others that it fails.
    Partly,
    /// It is claimed, and no result shows it.
    No,
    /// It is not claimed.
    Unclaimed,
    /// No result is about it.
    Unknown,
}

/// The results about a feature, on one side of an implementation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Whether it is claimed.
    pub claimed: bool,
    /// Results that show it.
    pub passed: u64,
    /// Results that show that it fails.
    pub failed: u64,
    /// Results that failed, be it for this feature or another one.
    pub failed_with_it: u64,
    /// The first variant that shows that it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_failure: Option<String>,
}

impl Evidence {
    /// The results that say something about it: those that passed, and those that failed for it; where none passed, all that failed.
    pub fn judged(&self) -> u64 {
        self.passed + if self.passed == 0 { self.failed_with_it } else { self.failed }
    }

    /// What it comes to.
    pub fn support(&self) -> Support {
        match (self.passed, self.failed, self.failed_with_it) {
            (0, 0, 0) if self.claimed => Support::Unknown,
            (0, 0, 0) => Support::Unclaimed,
            (0, ..) => Support::No,
            (_, 0, _) => Support::Yes,
            _ => Support::Partly,
        }
    }
}

/// What is shown of an implementation in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The feature of the row that is shown least.
    pub feature: &'static str,
    /// As a reader; none where the feature is about writing alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<Evidence>,
    /// As a writer; none where the feature is about reading alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write: Option<Evidence>,
}

impl Entry {
    /// What is shown, of the sides that the feature is about.
    pub fn sides(&self) -> impl Iterator<Item = &Evidence> {
        self.read.iter().chain(&self.write)
    }

    /// How little is shown, to compare with others of a row.
    fn lack(&self) -> (Option<Support>, u64) {
        (self.sides().map(Evidence::support).max(), self.sides().map(|side| side.failed).sum())
    }
}

/// A row, with an entry for each implementation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasuredRow {
    /// Its name.
    pub label: &'static str,
    /// In the order of the implementations.
    pub entries: Vec<Entry>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasuredSection {
    /// Its heading.
    pub title: &'static str,
    /// Its rows.
    pub rows: Vec<MeasuredRow>,
}

/// The measured status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The implementations, `id@version`.
    pub implementations: Vec<String>,
    /// Their names, shorter where no two are of one id.
    pub names: Vec<String>,
    /// The tables.
    pub sections: Vec<MeasuredSection>,
}

/// What a report shows.
pub fn status(report: &Report) -> Status {
    let names = names(&report.header);
    let implementations: Vec<&str> = names.keys().copied().filter(|party| id_of(party) != SUITE).collect();
    let evidence = evidence(report);
    let side = |party: &str, feature: &'static str, direction: Direction| {
        let found = evidence.get(&(party, feature, direction)).cloned().unwrap_or_default();
        let claimed = report.header.implementations.get(party).is_some_and(|hello| claims(hello, feature, direction));
        Evidence { claimed, ..found }
    };
    let entry = |party: &str, features: &[&'static str]| {
        let entries = features.iter().map(|feature| Entry {
            feature,
            read: (!concerns_only_writing(feature)).then(|| side(party, feature, Direction::Read)),
            write: (!concerns_only_reading(feature)).then(|| side(party, feature, Direction::Write)),
        });
        entries.max_by_key(Entry::lack)
    };
    let sections = SECTIONS.iter().map(|section| MeasuredSection {
        title: section.title,
        rows: section
            .rows
            .iter()
            .map(|row| MeasuredRow {
                label: row.label,
                entries: implementations.iter().filter_map(|party| entry(party, row.features)).collect(),
            })
            .collect(),
    });
    Status {
        sections: sections.collect(),
        names: implementations.iter().map(|party| names[party].to_owned()).collect(),
        implementations: implementations.into_iter().map(str::to_owned).collect(),
    }
}

/// Whether an implementation claims a feature, and takes part on that side.
fn claims(hello: &Hello, feature: &str, direction: Direction) -> bool {
    let role = match direction {
        Direction::Read => "consume",
        Direction::Write => "produce",
    };
    hello.roles.iter().any(|known| known == role || known == "transcode")
        && hello.features.iter().any(|claim| covers(claim, feature, direction))
}

/// What results say about each implementation and feature: productions about who writes, cells about who reads.
fn evidence(report: &Report) -> BTreeMap<(&str, &str, Direction), Evidence> {
    let meant = report.cases.iter().filter(|case| case.result != CaseResult::Invalid);
    let cases: HashMap<&str, &CaseLine> = meant.map(|case| (case.id.as_str(), case)).collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for feature in cases.values().flat_map(|case| &case.features) {
        *uses.entry(feature).or_default() += 1;
    }
    let wrong = report.artifacts.iter().filter(|artifact| !artifact.verdict.is_success());
    let wrong: HashSet<(&str, &str)> =
        wrong.map(|artifact| (artifact.case.as_str(), artifact.producer.as_str())).collect();
    let mut evidence: BTreeMap<(&str, &str, Direction), Evidence> = BTreeMap::new();
    for outcome in outcomes(report).filter(|outcome| outcome.standing.is_judged()) {
        let Some(case) = cases.get(outcome.case) else { continue };
        let (party, direction) = match outcome.consumer {
            Some(_) if wrong.contains(&(outcome.case, outcome.producer)) => continue,
            Some(consumer) => (consumer, Direction::Read),
            None => (outcome.producer, Direction::Write),
        };
        let passed = outcome.standing == Standing::Passed;
        if case.result == CaseResult::Defined && !(passed && outcome.trace.phase.is_none()) {
            continue;
        }
        let rarest = case.features.iter().map(|feature| uses[feature.as_str()]).min();
        for feature in &case.features {
            let found = evidence.entry((party, feature, direction)).or_default();
            if passed {
                found.passed += 1;
                continue;
            }
            found.failed_with_it += 1;
            if Some(uses[feature.as_str()]) == rarest {
                found.failed += 1;
                found.first_failure.get_or_insert_with(|| outcome.case.to_owned());
            }
        }
    }
    evidence
}
