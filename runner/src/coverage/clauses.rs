//! Rules of the format × the cases that check them.
//!
//! A clause is covered when a case names it. Clauses that [`wire::check`](crate::wire::check) can report are held against everything that any producer writes in a
//! run as well; that is told beside the cases and counts for nothing here, since a check shows that good bytes pass, and a case that names
//! the clause says what is at stake.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;

use crate::case::file::{CaseResult, Strength};
use crate::case::registry::{Basis, Clause};
use crate::case::suite::Suite;
use crate::wire::check;

/// How many of all clauses must have a case, in percent.
pub const LEAST_PERCENT: f64 = 95.0;

/// Clauses that a problem names.
const MOST_NAMES: usize = 5;

/// The groups of clauses, by the first word of their ids, in the order of the catalogue.
pub const GROUPS: &[(&str, &str)] = &[
    ("framing", "Framing of messages"),
    ("message", "Messages"),
    ("version", "Versions and limits"),
    ("schema", "Schemas"),
    ("field", "Fields"),
    ("type", "Types"),
    ("layout", "Layout of arrays"),
    ("batch", "Record batches"),
    ("buffer", "Buffers"),
    ("compression", "Compression"),
    ("dictionary", "Dictionaries"),
    ("file", "Files"),
    ("footer", "Footers"),
    ("tensor", "Tensors"),
    ("sparse", "Sparse tensors"),
    ("metadata", "Custom metadata"),
    ("extension", "Extension types"),
    ("endian", "Byte order"),
    ("security", "Untrusted input"),
    ("cdata", "C Data Interface"),
    ("cstream", "C Stream Interface"),
];

/// The clauses of the catalogue with their cases.
#[derive(Debug, Serialize)]
pub struct ClauseCoverage {
    /// Counts of all clauses.
    pub total: Totals,
    /// The groups, as [`GROUPS`] lists them.
    pub groups: Vec<Group>,
}

/// Clauses on one subject.
#[derive(Debug, Serialize)]
pub struct Group {
    /// The first word of their ids.
    pub id: String,
    /// The subject.
    pub title: String,
    /// Counts.
    pub total: Totals,
    /// The clauses, by id.
    pub clauses: Vec<Covered>,
}

/// A clause and the cases that check it.
#[derive(Debug, Serialize)]
pub struct Covered {
    /// Its name.
    pub id: String,
    /// `must`, `should`, `may`, possibly prefixed with `reader-` or `writer-`.
    pub level: String,
    /// How the format states it.
    pub basis: Basis,
    /// How it is checked.
    pub check: String,
    /// Whether it is checked on everything that a producer writes.
    pub every_output: bool,
    /// The rule.
    pub statement: String,
    /// Where the format says so.
    pub source: String,
    /// What the format leaves open.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ambiguity: String,
    /// Why no case can check it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unchecked: String,
    /// Cases and variants by result and strength; only what there is.
    pub counts: Vec<Count>,
    /// The cases, by name.
    pub cases: Vec<CaseOfClause>,
}

/// A case that checks a clause.
#[derive(Debug, Clone, Serialize)]
pub struct CaseOfClause {
    /// `topic/id`.
    pub name: String,
    /// Its topic.
    #[serde(skip)]
    pub topic: String,
    /// Its file.
    pub file: PathBuf,
    /// What the format says about it.
    pub result: CaseResult,
    /// How strongly.
    pub strength: Strength,
    /// Number of variants.
    pub variants: usize,
}

/// How many cases there are of one result and strength.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What the format says about them.
    pub result: CaseResult,
    /// How strongly.
    pub strength: Strength,
    /// Cases.
    pub cases: usize,
    /// Their variants.
    pub variants: usize,
}

/// Numbers of clauses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// All.
    pub clauses: usize,
    /// Of these, with a case.
    pub covered: usize,
    /// Those of level must, stated by the format, that a case can check.
    pub must: usize,
    /// Of these, with a case.
    pub must_covered: usize,
    /// Those checked on everything that a producer writes.
    pub every_output: usize,
    /// Those that no case can check.
    pub unchecked: usize,
}

impl Totals {
    /// Percent of all clauses that have a case.
    pub fn percent(&self) -> f64 {
        percent(self.covered, self.clauses)
    }

    /// Percent of the checkable musts that have a case.
    pub fn must_percent(&self) -> f64 {
        percent(self.must_covered, self.must)
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 100.0 } else { 100.0 * part as f64 / whole as f64 }
}

impl Covered {
    /// Whether a case checks it.
    pub fn is_covered(&self) -> bool {
        !self.cases.is_empty()
    }

    /// Whether a case can check it.
    pub fn is_checkable(&self) -> bool {
        self.unchecked.is_empty()
    }

    /// Whether it is a must that the format states and a case can check: one that has to have a case.
    pub fn must_be_covered(&self) -> bool {
        matches!(self.level.as_str(), "must" | "reader-must" | "writer-must")
            && self.basis != Basis::Derived
            && self.is_checkable()
    }
}

impl ClauseCoverage {
    /// Of all cases of a suite.
    pub fn of(suite: &Suite) -> Self {
        let mut cases = cases_by_clause(suite);
        let everywhere: BTreeSet<&str> = check::clauses().iter().copied().collect();
        let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
        for (id, clause) in &suite.registry.clauses {
            let of_clause = cases.remove(id.as_str()).unwrap_or_default().into_values().collect();
            let covered = covered(clause, of_clause, everywhere.contains(id.as_str()));
            let (position, group) = group_of(id);
            groups.entry(position).or_insert(group).add(covered);
        }
        let mut total = Totals::default();
        for group in groups.values() {
            total.add(&group.total);
        }
        Self { total, groups: groups.into_values().collect() }
    }

    /// All clauses, in the order of the groups.
    pub fn clauses(&self) -> impl Iterator<Item = &Covered> {
        self.groups.iter().flat_map(|group| &group.clauses)
    }

    /// Musts that the format states, that a case can check, and that none does. There must be none.
    pub fn missing_musts(&self) -> impl Iterator<Item = &Covered> {
        self.clauses().filter(|clause| clause.must_be_covered() && !clause.is_covered())
    }

    /// Other clauses that a case can check and none does.
    pub fn missing_others(&self) -> impl Iterator<Item = &Covered> {
        self.clauses().filter(|clause| clause.is_checkable() && !clause.must_be_covered() && !clause.is_covered())
    }

    /// Clauses that no case can check.
    pub fn unchecked(&self) -> impl Iterator<Item = &Covered> {
        self.clauses().filter(|clause| !clause.is_checkable())
    }

    /// What is not as it must be, in a line each.
    pub fn problems(&self) -> Vec<String> {
        let missing: Vec<&Covered> = self.missing_musts().collect();
        let unexpected: Vec<&Covered> = self.unchecked().filter(|clause| clause.is_covered()).collect();
        let mut problems = Vec::new();
        if !missing.is_empty() {
            problems.push(format!("musts without a case: {}", named(&missing)));
        }
        if !unexpected.is_empty() {
            problems.push(format!("said to be beyond checking, and with a case: {}", named(&unexpected)));
        }
        if self.total.percent() < LEAST_PERCENT {
            let Totals { clauses, covered, .. } = self.total;
            let percent = self.total.percent();
            problems.push(format!(
                "{covered} of {clauses} clauses have a case, {percent:.1} %; at least {LEAST_PERCENT} % must"
            ));
        }
        problems
    }
}

/// Ids, the first few of them.
fn named(clauses: &[&Covered]) -> String {
    let ids: Vec<&str> = clauses.iter().take(MOST_NAMES).map(|clause| clause.id.as_str()).collect();
    match clauses.len() - ids.len() {
        0 => ids.join(", "),
        more => format!("{} and {more} more", ids.join(", ")),
    }
}

impl Group {
    fn add(&mut self, clause: Covered) {
        let one = |condition: bool| usize::from(condition);
        self.total.add(&Totals {
            clauses: 1,
            covered: one(clause.is_covered()),
            must: one(clause.must_be_covered()),
            must_covered: one(clause.must_be_covered() && clause.is_covered()),
            every_output: one(clause.every_output),
            unchecked: one(!clause.is_checkable()),
        });
        self.clauses.push(clause);
    }
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.clauses += other.clauses;
        self.covered += other.covered;
        self.must += other.must;
        self.must_covered += other.must_covered;
        self.every_output += other.every_output;
        self.unchecked += other.unchecked;
    }
}

/// The group of a clause, empty, and its position; unknown ones come last.
fn group_of(id: &str) -> (usize, Group) {
    let word = id.split('-').next().unwrap_or_default();
    let position = GROUPS.iter().position(|(known, _)| *known == word);
    let (id, title) = position.map_or(("other", "Others"), |position| GROUPS[position]);
    let group = Group { id: id.into(), title: title.into(), total: Totals::default(), clauses: Vec::new() };
    (position.unwrap_or(GROUPS.len()), group)
}

fn covered(clause: &Clause, cases: Vec<CaseOfClause>, every_output: bool) -> Covered {
    Covered {
        id: clause.id.clone(),
        level: clause.level.clone(),
        basis: clause.basis,
        check: clause.check.clone(),
        every_output,
        statement: clause.statement.trim_end().to_owned(),
        source: clause.source.trim_end().to_owned(),
        ambiguity: clause.ambiguity.trim_end().to_owned(),
        unchecked: clause.unchecked.trim_end().to_owned(),
        counts: counts(&cases),
        cases,
    }
}

fn counts(cases: &[CaseOfClause]) -> Vec<Count> {
    let results = [CaseResult::Valid, CaseResult::Invalid, CaseResult::Defined];
    let strengths = [Strength::Must, Strength::Should, Strength::May];
    let kinds = results.into_iter().flat_map(|result| strengths.map(|strength| (result, strength)));
    let count = |(result, strength)| {
        let of_kind = cases.iter().filter(|case| (case.result, case.strength) == (result, strength));
        let (cases, variants) = of_kind.fold((0, 0), |(cases, variants), case| (cases + 1, variants + case.variants));
        Count { result, strength, cases, variants }
    };
    kinds.map(count).filter(|count| count.cases > 0).collect()
}

/// The cases of each clause, by name.
fn cases_by_clause(suite: &Suite) -> BTreeMap<&str, BTreeMap<&str, CaseOfClause>> {
    let mut cases: BTreeMap<&str, BTreeMap<&str, CaseOfClause>> = BTreeMap::new();
    for variant in &suite.variants {
        let case = &variant.case;
        for clause in case.clauses.iter().collect::<BTreeSet<_>>() {
            let known = cases.entry(clause).or_default().entry(&case.name).or_insert_with(|| CaseOfClause {
                name: case.name.clone(),
                topic: case.topic.clone(),
                file: case.file.clone(),
                result: case.result,
                strength: case.strength,
                variants: 0,
            });
            known.variants += 1;
        }
    }
    cases
}
