//! One run from cases to report.

pub mod ledger;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::adapter::setup::Adapter;
use crate::adapter::setup::bundled::begins_with;
use crate::case::suite::Suite;
use crate::expect::contract::{Breach, Contract, Parties};
use crate::expect::deaths::Deaths;
use crate::expect::file::{ExpectError, ExpectFile};
use crate::judge::verdict::Verdict;
use crate::progress::Progress;
use crate::report::folder::ReportFolder;
use crate::report::glossary::Glossary;
use crate::report::line::{Footer, Header, Host, Line, SCHEMA, SuiteLine};
use crate::report::writer::WriteError;
use crate::run::engine::{Cast, DEFAULT_ADAPTERS, Engine};
use crate::run::participant::Participant;
use crate::run::producer::{Producer, SUITE};
use crate::run::result::{ArtifactResult, CellResult};
use crate::run::select::Selection;
use ledger::Ledger;

/// What is run, and where its results go.
#[derive(Debug)]
pub struct Session {
    /// The cases.
    pub suite: Suite,
    /// Which of them.
    pub selection: Selection,
    /// Who takes part.
    pub cast: Cast,
    /// Where orders were drawn from when the cases were expanded.
    pub seed: u64,
    /// Variants at a time.
    pub jobs: NonZeroUsize,
    /// Folder for bytes, inputs and dumps.
    pub keep: Option<PathBuf>,
    /// Folder of `report.jsonl` and `index.html`.
    pub report: PathBuf,
}

/// A run that cannot be carried through.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A file of known failures is wrong.
    #[error(transparent)]
    Expect(#[from] ExpectError),
    /// The report cannot be written.
    #[error(transparent)]
    Report(#[from] WriteError),
    /// An implementation has another version than the one asked for.
    #[error(
        "{id}@{asked} was asked for, and {id} is version {found}; its lock file decides which version is installed, and versions/ in its folder holds others"
    )]
    Version {
        /// The adapter.
        id: String,
        /// The version asked for.
        asked: String,
        /// The version there is.
        found: String,
    },
    /// A version of `versions/` is that of the default one, or not the one it is named after.
    #[error("adapters/{id}/versions/{named} runs version {found}; {reason}")]
    Misnamed {
        /// The adapter.
        id: String,
        /// The folder's name.
        named: String,
        /// The version there is.
        found: String,
        /// What is wrong with that.
        reason: &'static str,
    },
    /// The work directory cannot be made.
    #[error("the work directory cannot be made: {0}")]
    Workdir(std::io::Error),
}

/// What came of a run.
#[derive(Debug)]
pub struct Findings {
    /// The first line of the report.
    pub header: Header,
    /// Productions, in order.
    pub artifacts: Vec<ArtifactResult>,
    /// Cells, in order.
    pub cells: Vec<CellResult>,
    /// The last line of the report.
    pub footer: Footer,
    /// Breaches of the known-failure contract, with the edits that mend them.
    pub breaches: Vec<Breach>,
    /// For each adapter, entries that would list its unlisted failures.
    pub additions: Vec<(String, String)>,
    /// The report.
    pub report: PathBuf,
}

/// How a run ended, as an exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything as expected.
    AsExpected,
    /// Unexpected results, or breaches of the contract.
    Unexpected,
    /// Results are missing because an adapter was down.
    Incomplete,
}

impl Findings {
    /// The page that shows the report.
    pub fn page(&self) -> PathBuf {
        self.report.with_file_name("index.html")
    }

    /// How the run ended.
    pub fn ending(&self) -> Ending {
        let missing = self.footer.counts.contains_key(&Verdict::NotRun);
        if self.footer.unexpected > 0 || !self.footer.breaches.is_empty() {
            Ending::Unexpected
        } else if missing || !self.header.down.is_empty() {
            Ending::Incomplete
        } else {
            Ending::AsExpected
        }
    }
}

/// Carries out a run. `each` sees every line of the report as it is written.
pub fn run(session: Session, progress: &Progress, mut each: impl FnMut(&Line)) -> Result<Findings, SessionError> {
    let Session { suite, selection, mut cast, seed, jobs, keep, report } = session;
    let known = expectations(&cast.adapters)?;
    cast.deaths = Deaths::listed_in(&known);
    let mut contract = Contract::new(known);
    let parties = parties(&cast);
    let all_cases = Selection { shard: None, ..selection.clone() }.is_everything();
    let everything = selection.is_everything();
    let readers = default_readers(&parties);
    let left_out = suite.variants.iter().filter(|variant| variant.case.large && !selection.large);
    contract.leave_out(left_out.map(|variant| variant.name.clone()));
    if selection.large {
        cast.adapters.iter_mut().for_each(|adapter| adapter.launch.limits = adapter.launch.limits.of_gigabytes());
    }
    let glossary = Glossary::new(suite.registry.clone());
    let variants = suite.variants.into_iter().filter(|variant| selection.selects(variant)).collect();
    progress.doing("starting adapters");
    let (versions, left_out) = (cast.versions.clone(), cast.left_out.clone());
    let engine = Engine::start(variants, suite.registry.clauses, cast, keep).map_err(SessionError::Workdir)?;
    check_versions(&engine, &versions)?;
    let header = Header { left_out, ..header(&engine, &suite.digest, seed, &selection, all_cases) };
    let mut folder = ReportFolder::create(&report)?;
    let mut write = |line: Line| {
        each(&line);
        folder.add(&line);
    };
    let mut ledger = Ledger::open(header, contract, glossary, &mut write);
    progress.count(engine.cell_count() as u64);
    engine.run(jobs, |variant, results| {
        progress.advance(results.cells.len() as u64);
        ledger.add(variant, results);
    });
    progress.finish();
    let mut findings = ledger.close(everything.then_some(&parties), readers);
    findings.report = folder.finish()?;
    Ok(findings)
}

/// The known failures of adapters, by id.
pub fn expectations(adapters: &[Adapter]) -> Result<BTreeMap<String, ExpectFile>, ExpectError> {
    let listed = adapters.iter().filter_map(|adapter| {
        let path = adapter.expect.as_ref()?;
        Some(ExpectFile::load(path, &ExpectFile::path_of(&adapter.id)).map(|file| (adapter.id.clone(), file)))
    });
    listed.collect()
}

/// The names of who takes part.
fn parties(cast: &Cast) -> Parties {
    let producers = cast.producers.iter().map(|producer| match producer {
        Producer::Suite => SUITE.to_owned(),
        Producer::Adapter(index) => cast.adapters[*index].id.clone(),
    });
    let consumers = cast.consumers.iter().map(|index| cast.adapters[*index].id.clone());
    Parties { producers: producers.collect(), consumers: consumers.collect() }
}

/// Whether those read who read unless told otherwise: what no one of fewer reads, another may read.
pub fn default_readers(parties: &Parties) -> bool {
    DEFAULT_ADAPTERS.iter().all(|id| parties.consumers.iter().any(|name| name == id))
}

fn check_versions(engine: &Engine, asked: &BTreeMap<String, String>) -> Result<(), SessionError> {
    if let Some(asked) = asked.get(SUITE).filter(|asked| *asked != env!("CARGO_PKG_VERSION")) {
        let (id, asked) = (SUITE.to_owned(), asked.clone());
        return Err(SessionError::Version { id, asked, found: env!("CARGO_PKG_VERSION").into() });
    }
    for participant in &engine.participants {
        let name = &participant.adapter.id;
        let Ok(hello) = &participant.hello else { continue };
        let found = &hello.implementation.version;
        let asked = asked.get(name);
        if let Some((id, named)) = name.split_once('@') {
            let misnamed = |reason| {
                let (id, named, found) = (id.to_owned(), named.to_owned(), found.clone());
                Err(SessionError::Misnamed { id, named, found, reason })
            };
            if found != named {
                return misnamed("the folder has the version's name");
            }
            let is_default = |other: &Participant| other.adapter.id == id && other.party() == *name;
            if engine.participants.iter().any(is_default) {
                return misnamed("that is the default version, and there is no need for another one");
            }
        } else if let Some(asked) = asked.filter(|asked| !begins_with(found, asked)) {
            let (id, asked, found) = (name.clone(), asked.clone(), found.clone());
            return Err(SessionError::Version { id, asked, found });
        }
    }
    Ok(())
}

fn header(engine: &Engine, digest: &str, seed: u64, selection: &Selection, all_cases: bool) -> Header {
    let mut implementations = BTreeMap::new();
    let mut down = BTreeMap::new();
    for participant in &engine.participants {
        match &participant.hello {
            Ok(hello) => {
                implementations.insert(participant.party(), hello.clone());
            }
            Err(reason) => {
                down.insert(participant.adapter.id.clone(), reason.clone());
            }
        }
    }
    Header {
        schema: SCHEMA.into(),
        suite: SuiteLine { version: env!("CARGO_PKG_VERSION").into(), digest: digest.into() },
        seed,
        shard: selection.shard.map_or_else(|| "1/1".into(), |shard| shard.to_string()),
        all_cases,
        producers: engine.producers.iter().map(|producer| engine.party(*producer)).collect(),
        consumers: engine.consumers.iter().map(|index| engine.participants[*index].party()).collect(),
        implementations,
        left_out: BTreeMap::new(),
        down,
        host: Host::this(),
    }
}
