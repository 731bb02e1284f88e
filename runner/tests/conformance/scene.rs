//! Cases, adapters and what they claim; the engine, started when the first trial needs it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use arrowipc_runner::adapter::claims::Claims;
use arrowipc_runner::adapter::message::Hello;
use arrowipc_runner::adapter::setup::bundled::find;
use arrowipc_runner::adapter::setup::{Adapter, Packages, build, prepare};
use arrowipc_runner::case::suite::Folder;
use arrowipc_runner::case::variant::Variant;
use arrowipc_runner::expect::contract::{Breach, Contract, Parties};
use arrowipc_runner::expect::deaths::Deaths;
use arrowipc_runner::judge::bytes::Clauses;
use arrowipc_runner::progress::Progress;
use arrowipc_runner::run::engine::{Cast, DEFAULT_ADAPTERS, Engine};
use arrowipc_runner::run::participant::{cannot_consume, cannot_produce};
use arrowipc_runner::run::producer::{Producer, SUITE};
use arrowipc_runner::run::repro::Repro;
use arrowipc_runner::run::result::{ArtifactResult, CellResult};
use arrowipc_runner::session::expectations;
use arrowipc_runner::workspace::Workspace;

/// What one trial is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// A cell.
    Cells,
    /// All cells of a topic between a producer and a consumer.
    Pairs,
}

impl Grain {
    /// As the environment asks for; nextest is known by its own variables.
    pub fn of_environment() -> Self {
        match std::env::var("ARROWIPC_TRIALS").as_deref() {
            Ok("cells") => Self::Cells,
            Ok("pairs") => Self::Pairs,
            _ if std::env::var_os("NEXTEST").is_some() || std::env::var_os("NEXTEST_RUN_ID").is_some() => Self::Pairs,
            _ => Self::Cells,
        }
    }
}

/// Where a cell stands: a variant, who writes, who reads.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The variant's position.
    pub variant: usize,
    /// Who makes the bytes.
    pub producer: Producer,
    /// The consumer's position.
    pub consumer: usize,
}

/// Everything the trials share.
pub struct Scene {
    /// The variants, in order.
    pub variants: Vec<Variant>,
    clauses: Clauses,
    adapters: Vec<Adapter>,
    claims: BTreeMap<String, Result<Hello, String>>,
    deaths: Deaths,
    kit: PathBuf,
    held: Mutex<Held>,
    engine: OnceLock<Result<Engine, String>>,
}

/// The known failures, and the productions that were held against them, each once.
struct Held {
    contract: Contract,
    artifacts: BTreeMap<(usize, Producer), bool>,
}

impl Scene {
    /// Makes everything ready: all topics, or one.
    pub fn set(topic: Option<&str>) -> Result<Self, String> {
        let workspace = Workspace::find().map_err(|error| error.to_string())?;
        let folder = Folder::new(workspace.cases());
        let (variants, clauses) = match topic {
            Some(topic) => folder
                .registry()
                .and_then(|registry| Ok((folder.topic(topic, &registry, 0)?, registry.clauses)))
                .map_err(|error| error.to_string())?,
            None => folder
                .load(0)
                .map(|suite| (suite.variants, suite.registry.clauses))
                .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?,
        };
        // Those of gigabytes are run with `arrowipc run --large`.
        let (large, variants): (Vec<_>, Vec<_>) = variants.into_iter().partition(|variant| variant.case.large);
        let stamp = workspace.reports().join("prepared-for");
        let packages = prepared_by_this_nextest_run(&stamp);
        let progress = Progress::on_stderr();
        let runner = Path::new(env!("CARGO_BIN_EXE_arrowipc"));
        if packages == Packages::Build {
            build(&workspace, &["arrowipc-kit"], &progress).map_err(|error| error.to_string())?;
        }
        let mut adapters = Vec::new();
        for id in adapter_ids() {
            let found = find(&id, &workspace).map_err(|error| error.to_string())?;
            adapters.push(prepare(&found, &workspace, runner, packages, &progress).map_err(|error| error.to_string())?);
        }
        progress.finish();
        note_preparation(&stamp);
        let kit = workspace.kit();
        let claims = Claims::of(&adapters, &workspace.reports().join("claims.json"), &kit);
        let known = expectations(&adapters).map_err(|error| error.to_string())?;
        let deaths = Deaths::listed_in(&known);
        let mut contract = Contract::new(known);
        contract.leave_out(large.into_iter().map(|variant| variant.name));
        let held = Mutex::new(Held { contract, artifacts: BTreeMap::new() });
        Ok(Self { variants, clauses, adapters, claims, deaths, kit, held, engine: OnceLock::new() })
    }

    /// Who makes bytes: the adapters, then the suite.
    pub fn producers(&self) -> Vec<(Producer, &str)> {
        let adapters = self.adapters.iter().enumerate();
        let adapters = adapters.map(|(index, adapter)| (Producer::Adapter(index), adapter.id.as_str()));
        adapters.chain([(Producer::Suite, SUITE)]).collect()
    }

    /// Who reads them: the adapters.
    pub fn consumers(&self) -> Vec<(usize, &str)> {
        self.adapters.iter().enumerate().map(|(index, adapter)| (index, adapter.id.as_str())).collect()
    }

    /// Whether the claims rule a cell out. An adapter that does not start rules nothing out: its trials fail.
    pub fn is_unsupported(&self, cell: Place) -> bool {
        let variant = &self.variants[cell.variant];
        let claim = |id: &String| self.claims.get(id).and_then(|hello| hello.as_ref().ok());
        let cannot_produce = match cell.producer {
            Producer::Suite => false,
            Producer::Adapter(index) => {
                let producer = &self.adapters[index].id;
                claim(producer).is_some_and(|hello| cannot_produce(producer, hello, variant).is_some())
            }
        };
        let consumer = &self.adapters[cell.consumer].id;
        cannot_produce || claim(consumer).is_some_and(|hello| cannot_consume(consumer, hello, variant).is_some())
    }

    /// Runs a cell and holds it, and the production it needs, against what is known.
    pub fn cell(
        &self,
        Place { variant, producer, consumer }: Place,
    ) -> Result<(CellResult, Option<ArtifactResult>), String> {
        let engine = self.engine.get_or_init(|| self.start()).as_ref().map_err(String::clone)?;
        let mut cell = engine.cell(variant, producer, consumer);
        let artifact = engine.production(variant, producer);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Held { contract, artifacts } = &mut *held;
        contract.check_cell(&mut cell);
        let artifact = artifact.map(|mut artifact| {
            let known = artifacts.entry((variant, producer)).or_insert_with(|| {
                contract.check_artifact(&mut artifact);
                artifact.expected
            });
            ArtifactResult { expected: *known, ..artifact }
        });
        Ok((cell, artifact))
    }

    /// What breaks the known-failure lists, after the trials.
    pub fn breaches(&self, complete: bool) -> Vec<Breach> {
        let parties = Parties {
            producers: self.producers().into_iter().map(|(_, name)| name.to_owned()).collect(),
            consumers: self.consumers().into_iter().map(|(_, name)| name.to_owned()).collect(),
        };
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.contract.breaches(complete.then_some(&parties))
    }

    /// Ends the adapters.
    pub fn stop(&self) {
        if let Some(Ok(engine)) = self.engine.get() {
            engine.stop();
        }
    }

    fn start(&self) -> Result<Engine, String> {
        let everybody: Vec<usize> = (0..self.adapters.len()).collect();
        let cast = Cast {
            adapters: self.adapters.clone(),
            producers: self.producers().into_iter().map(|(producer, _)| producer).collect(),
            consumers: everybody,
            versions: BTreeMap::new(),
            left_out: BTreeMap::new(),
            deaths: self.deaths.clone(),
            kit: self.kit.clone(),
            repro: Repro::default(),
        };
        Engine::start(self.variants.clone(), self.clauses.clone(), cast, None).map_err(|error| error.to_string())
    }
}

fn adapter_ids() -> Vec<String> {
    match std::env::var("ARROWIPC_ADAPTERS") {
        Ok(ids) => ids.split(',').map(|id| id.trim().to_owned()).collect(),
        Err(_) => DEFAULT_ADAPTERS.iter().map(|id| (*id).to_owned()).collect(),
    }
}

/// nextest lists the trials before it runs them, each in its own process; what the listing built is not built again.
fn prepared_by_this_nextest_run(stamp: &Path) -> Packages {
    match (std::env::var("NEXTEST_RUN_ID"), std::fs::read_to_string(stamp)) {
        (Ok(run), Ok(prepared)) if run == prepared => Packages::Trust,
        _ => Packages::Build,
    }
}

fn note_preparation(stamp: &Path) {
    if let (Ok(run), Some(folder)) = (std::env::var("NEXTEST_RUN_ID"), stamp.parent()) {
        // Without the note the next process asks Cargo again, which costs time only.
        let _ = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(stamp, run));
    }
}
