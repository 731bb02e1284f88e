//! The reports of all shards of a run, as the report that one run would have left.

use std::collections::{BTreeMap, HashMap};

use super::glossary::Glossary;
use super::line::{Header, Line};
use super::reader::Report;
use crate::case::suite::Suite;
use crate::expect::contract::{Contract, Parties};
use crate::expect::file::ExpectFile;
use crate::run::engine::VariantResults;
use crate::run::result::id_of;
use crate::run::select::Shard;
use crate::session::ledger::Ledger;
use crate::session::{Findings, default_readers};

/// Reports that are not the shards of one run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Nothing to merge.
    #[error("no report is named; name those of all shards")]
    Nothing,
    /// A shard that cannot be read.
    #[error("{name}: its shard is '{shard}', and i/n is expected, with i from 1 to n")]
    NoShard {
        /// The report.
        name: String,
        /// What it says.
        shard: String,
    },
    /// Shards of another split.
    #[error("{name}: it is shard {shard}, and {first} is one of {of}; split a run one way")]
    OtherSplit {
        /// The report.
        name: String,
        /// Its shard.
        shard: Shard,
        /// Another report.
        first: String,
        /// In how many parts that was split.
        of: u64,
    },
    /// The same shard again.
    #[error("{name}: it is shard {shard}, and so is {other}; name each shard once")]
    Twice {
        /// The report.
        name: String,
        /// Its shard.
        shard: Shard,
        /// The report before.
        other: String,
    },
    /// A shard is missing.
    #[error("shard {0} is missing; name the reports of all shards")]
    Missing(String),
    /// Two shards were not run alike.
    #[error("{name}: {key} is not as in {first}: {found}, there {expected}; run all shards alike")]
    Differs {
        /// The report.
        name: String,
        /// The report it is compared with.
        first: String,
        /// What differs, a key of the header.
        key: String,
        /// What it is here.
        found: String,
        /// What it is there.
        expected: String,
    },
    /// The cases are not those that were run.
    #[error(
        "the reports are about cases of digest {told}, and the cases here have {found}; check out the version that was run, or name its cases with --cases"
    )]
    OtherCases {
        /// Of the reports.
        told: String,
        /// Of the cases here.
        found: String,
    },
    /// A result about a case that is not there, or of another shard.
    #[error("'{0}' is in a report, and is no case of the suite; the report was changed")]
    Unknown(String),
}

/// What there is to merge: each report with its name.
pub type Named = (String, Report);

/// The header of the whole run.
pub fn header(reports: &[Named]) -> Result<Header, MergeError> {
    let (first_name, first) = reports.first().ok_or(MergeError::Nothing)?;
    let of = shard(first_name, first)?.of;
    let mut parts: BTreeMap<u64, &String> = BTreeMap::new();
    for (name, report) in reports {
        let shard = shard(name, report)?;
        if shard.of != of {
            return Err(MergeError::OtherSplit { name: name.clone(), shard, first: first_name.clone(), of });
        }
        if let Some((key, found, expected)) = difference(&report.header, &first.header) {
            return Err(MergeError::Differs { name: name.clone(), first: first_name.clone(), key, found, expected });
        }
        if let Some(other) = parts.insert(shard.part, name) {
            return Err(MergeError::Twice { name: name.clone(), shard, other: other.clone() });
        }
    }
    if let Some(part) = (1..=of).find(|part| !parts.contains_key(part)) {
        return Err(MergeError::Missing(format!("{part}/{of}")));
    }
    let all = |of: fn(&Header) -> &BTreeMap<String, String>| {
        reports.iter().flat_map(|(_, report)| of(&report.header).clone()).collect()
    };
    Ok(Header {
        shard: "1/1".into(),
        left_out: all(|header| &header.left_out),
        down: all(|header| &header.down),
        ..first.header.clone()
    })
}

fn shard(name: &str, report: &Report) -> Result<Shard, MergeError> {
    let told = &report.header.shard;
    told.parse().map_err(|_| MergeError::NoShard { name: name.to_owned(), shard: told.clone() })
}

/// The first key in which two headers differ that must be alike, with both values.
fn difference(found: &Header, expected: &Header) -> Option<(String, String, String)> {
    let alike = |header: &Header| {
        let header =
            Header { shard: String::new(), left_out: BTreeMap::new(), down: BTreeMap::new(), ..header.clone() };
        serde_json::to_value(header).unwrap_or_default()
    };
    let (found, expected) = (alike(found), alike(expected));
    let keys = expected.as_object().into_iter().chain(found.as_object()).flat_map(|object| object.keys());
    let differs = |key: &&String| found.get(key.as_str()) != expected.get(key.as_str());
    let text =
        |value: &serde_json::Value, key: &str| value.get(key).map_or_else(|| "nothing".into(), ToString::to_string);
    keys.into_iter().find(differs).map(|key| (key.clone(), text(&found, key), text(&expected, key)))
}

/// Merges shards. Results stay as their reports tell them; what only a whole run shows is found out anew: entries of the lists of
/// known failures that match nothing or too much, and inputs that nobody reads. `lists` are those of bundled adapters by name.
pub fn merge(
    header: Header,
    reports: Vec<Named>,
    suite: &Suite,
    lists: BTreeMap<String, ExpectFile>,
    write: &mut dyn FnMut(Line),
) -> Result<Findings, MergeError> {
    if suite.digest != header.suite.digest {
        return Err(MergeError::OtherCases { told: header.suite.digest, found: suite.digest.clone() });
    }
    let mut results: HashMap<String, VariantResults> = HashMap::new();
    let mut others = Vec::new();
    let paths: Vec<String> = lists.values().map(|list| format!("{}:", list.path.display())).collect();
    for (_, report) in reports {
        for case in report.cases {
            results.entry(case.id).or_default();
        }
        for artifact in report.artifacts {
            results.entry(artifact.case.clone()).or_default().artifacts.push(artifact);
        }
        for cell in report.cells {
            results.entry(cell.case.clone()).or_default().cells.push(cell);
        }
        // A list that is not at hand was held against each shard, and that is all that can be said.
        let of_list = |problem: &String| problem.starts_with("adapters/");
        let at_hand = |problem: &String| paths.iter().any(|path| problem.starts_with(path));
        others.extend(report.footer.breaches.into_iter().filter(|problem| of_list(problem) && !at_hand(problem)));
    }
    let parties = parties(&header, &lists);
    let mut contract = Contract::new(lists);
    let not_run = suite.variants.iter().filter(|variant| variant.case.large && !results.contains_key(&variant.name));
    contract.leave_out(not_run.map(|variant| variant.name.clone()));
    let (everything, readers) = (header.all_cases, default_readers(&parties));
    let mut ledger = Ledger::open(header, contract, Glossary::new(suite.registry.clone()), write).as_told(others);
    for variant in &suite.variants {
        if let Some(results) = results.remove(&variant.name) {
            ledger.add(variant, results);
        }
    }
    match results.into_keys().min() {
        Some(name) => Err(MergeError::Unknown(name)),
        None => Ok(ledger.close(everything.then_some(&parties), readers)),
    }
}

/// Who took part, by the names of their lists.
fn parties(header: &Header, lists: &BTreeMap<String, ExpectFile>) -> Parties {
    let name = |party: &String| if lists.contains_key(party) { party.clone() } else { id_of(party).to_owned() };
    Parties {
        producers: header.producers.iter().map(name).collect(),
        consumers: header.consumers.iter().map(name).collect(),
    }
}
