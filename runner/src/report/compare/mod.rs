//! Two reports, held against each other: what changed, how bad that is, and whether the cases or the implementations did.

pub mod text;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::line::Header;
use super::outcome::{Outcome, Standing, outcomes};
use super::reader::Report;
use crate::judge::verdict::Verdict;
use crate::run::result::id_of;

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The process dies, hangs or overruns its memory, and did not before
    NewUnsafe,
    /// What passed fails, or is no longer supported
    Regression,
    /// What failed passes
    Fixed,
    /// Another change of verdict
    ClassChange,
    /// There was no such result
    Added,
    /// There is no such result any more
    Removed,
}

impl Class {
    /// Every class, the worst first.
    pub const ALL: &[Self] =
        &[Self::NewUnsafe, Self::Regression, Self::Fixed, Self::ClassChange, Self::Added, Self::Removed];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NewUnsafe => "new-unsafe",
            Self::Regression => "regression",
            Self::Fixed => "fixed",
            Self::ClassChange => "class-change",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

/// Who brought a change about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The case is the same: who writes or reads it changed.
    Implementation,
    /// The case was added, removed or changed.
    Suite,
}

/// A result that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change<'a> {
    /// What became of it.
    pub class: Class,
    /// Who brought that about.
    pub by: By,
    /// Full name of the variant.
    pub case: &'a str,
    /// Who writes, as the newer report names it where it does.
    pub producer: &'a str,
    /// Who reads; none for a production.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer: Option<&'a str>,
    /// The verdict before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Verdict>,
    /// The verdict now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Verdict>,
    /// What is told of it now; of what is gone, what was told.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub message: &'a str,
    /// The command that does it again.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub repro: &'a str,
}

/// How many changes of a class there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Where the case is the same.
    pub implementation: u64,
    /// Where the case changed.
    pub suite: u64,
}

/// What two reports have to tell of each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison<'a> {
    /// Version and digest of the cases before and now.
    pub suite: [String; 2],
    /// Implementations whose version is another one: before, and now.
    pub versions: Vec<[&'a str; 2]>,
    /// Changes by class; every class is there.
    pub counts: BTreeMap<Class, Count>,
    /// Number of results that are what they were.
    pub unchanged: u64,
    /// The changes, the worst first.
    pub changes: Vec<Change<'a>>,
}

/// A result's name in both reports: variant, producer, consumer, the parties by names that the reports share.
type Key<'a> = (&'a str, &'a str, Option<&'a str>);

/// Holds a newer report against an older one.
pub fn compare<'a>(old: &'a Report, new: &'a Report) -> Comparison<'a> {
    let (shared_before, shared_now) = (shared(&old.header, &new.header), shared(&new.header, &old.header));
    let digests = |report: &'a Report| -> HashMap<&'a str, &'a str> {
        report.cases.iter().map(|case| (case.id.as_str(), case.digest.as_str())).collect()
    };
    let (digests_before, digests_now) = (digests(old), digests(new));
    let by = |case: &str| {
        if digests_before.get(case) == digests_now.get(case) { By::Implementation } else { By::Suite }
    };
    let mut before: HashMap<Key, Outcome> =
        outcomes(old).map(|outcome| (key(&outcome, &shared_before), outcome)).collect();
    let (mut changes, mut unchanged) = (Vec::new(), 0);
    for after in outcomes(new) {
        let before = before.remove(&key(&after, &shared_now));
        match class(before.as_ref(), Some(&after)) {
            Some(class) => changes.push(change(class, by(after.case), before.as_ref(), &after, Some(&after))),
            None => unchanged += 1,
        }
    }
    let mut gone: Vec<Outcome> = before.into_values().collect();
    gone.sort_by_key(|outcome| (outcome.case, outcome.producer, outcome.consumer));
    changes.extend(gone.iter().map(|gone| change(Class::Removed, by(gone.case), Some(gone), gone, None)));
    changes.sort_by_key(|change| (change.class, change.by));
    let mut counts: BTreeMap<Class, Count> = Class::ALL.iter().map(|class| (*class, Count::default())).collect();
    for change in &changes {
        let count = counts.entry(change.class).or_default();
        match change.by {
            By::Implementation => count.implementation += 1,
            By::Suite => count.suite += 1,
        }
    }
    let suite = |report: &Report| format!("{} {}", report.header.suite.version, report.header.suite.digest);
    Comparison {
        suite: [suite(old), suite(new)],
        versions: versions(&old.header, &shared_before, &new.header, &shared_now),
        counts,
        unchanged,
        changes,
    }
}

impl Comparison<'_> {
    /// Which of these classes there are. Changes of the suite count where `suite_too`.
    pub fn found(&self, classes: &[Class], suite_too: bool) -> Vec<Class> {
        let there = |class: &Class| {
            self.counts.get(class).is_some_and(|count| count.implementation > 0 || suite_too && count.suite > 0)
        };
        Class::ALL.iter().copied().filter(|class| classes.contains(class) && there(class)).collect()
    }
}

fn change<'a>(
    class: Class,
    by: By,
    before: Option<&Outcome>,
    shown: &Outcome<'a>,
    after: Option<&Outcome>,
) -> Change<'a> {
    let verdict = |outcome: Option<&Outcome>| outcome.map(|outcome| outcome.verdict);
    let (case, producer, consumer) = (shown.case, shown.producer, shown.consumer);
    let (message, repro) = (shown.trace.message.as_str(), shown.trace.repro.as_str());
    Change { class, by, case, producer, consumer, before: verdict(before), after: verdict(after), message, repro }
}

/// What became of a result; nothing when it is what it was.
fn class(before: Option<&Outcome>, after: Option<&Outcome>) -> Option<Class> {
    let (before, after) = match (before, after) {
        (None, Some(after)) if after.verdict.is_unsafe() => return Some(Class::NewUnsafe),
        (None, Some(_)) => return Some(Class::Added),
        (Some(_), None) => return Some(Class::Removed),
        (Some(before), Some(after)) => (before, after),
        (None, None) => return None,
    };
    let failed = |outcome: &Outcome| matches!(outcome.standing, Standing::Known | Standing::Failed);
    let passed = |outcome: &Outcome| outcome.standing == Standing::Passed;
    if before.verdict == after.verdict {
        None
    } else if after.verdict.is_unsafe() && !before.verdict.is_unsafe() {
        Some(Class::NewUnsafe)
    } else if passed(before) && (failed(after) || after.standing == Standing::Unsupported) {
        Some(Class::Regression)
    } else if failed(before) && passed(after) {
        Some(Class::Fixed)
    } else {
        Some(Class::ClassChange)
    }
}

fn key<'a>(outcome: &Outcome<'a>, shared: &HashMap<&'a str, &'a str>) -> Key<'a> {
    let name = |party: &'a str| shared.get(party).copied().unwrap_or(party);
    (outcome.case, name(outcome.producer), outcome.consumer.map(name))
}

/// The names by which two reports mean the same: `id@version` where both have it, else the id of whose version changed. That is told
/// where one party of the id is without counterpart on either side.
fn shared<'a>(header: &'a Header, other: &'a Header) -> HashMap<&'a str, &'a str> {
    let (own, others) = (parties(header), parties(other));
    let lone = |of: &BTreeSet<&str>, without: &BTreeSet<&str>, id: &str| {
        of.iter().filter(|party| id_of(party) == id && !without.contains(*party)).count() == 1
    };
    let name = |party: &'a str| {
        let id = id_of(party);
        let moved = !others.contains(party) && lone(&own, &others, id) && lone(&others, &own, id);
        (party, if moved { id } else { party })
    };
    own.iter().map(|party| name(party)).collect()
}

fn parties(header: &Header) -> BTreeSet<&str> {
    header.producers.iter().chain(&header.consumers).map(String::as_str).collect()
}

fn versions<'a>(
    old: &'a Header,
    shared_before: &HashMap<&'a str, &'a str>,
    new: &'a Header,
    shared_now: &HashMap<&'a str, &'a str>,
) -> Vec<[&'a str; 2]> {
    let moved = parties(old).into_iter().filter(|party| shared_before.get(party).is_some_and(|name| name != party));
    let now = |before: &str| parties(new).into_iter().find(|party| shared_now.get(party) == shared_before.get(before));
    moved.filter_map(|before| Some([before, now(before)?])).collect()
}
