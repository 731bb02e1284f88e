//! The engine: variants and participants in, results out.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use tempfile::TempDir;

use super::keep::Keep;
use super::participant::Participant;
use super::produce::Production;
use super::producer::{Producer, SUITE, suite_party};
use super::reading::{Reading, ReadingKey};
use super::repro::Repro;
use super::result::{ArtifactResult, CellResult};
use crate::adapter::pool::{Patience, Place};
use crate::adapter::setup::Adapter;
use crate::case::file::Through;
use crate::case::options::Format;
use crate::case::variant::Variant;
use crate::expect::deaths::Deaths;
use crate::expect::file::Role;
use crate::judge::bytes::{Clauses, Inspection, Kind};
use crate::judge::verdict::Verdict;

/// Who takes part unless told otherwise; the suite is a producer beside them.
pub const DEFAULT_ADAPTERS: &[&str] = &["libarrowipc", "pyarrow"];

/// Who takes part in a run, and how.
#[derive(Debug, Clone)]
pub struct Cast {
    /// All adapters, each once.
    pub adapters: Vec<Adapter>,
    /// The producers.
    pub producers: Vec<Producer>,
    /// Positions of the consumers.
    pub consumers: Vec<usize>,
    /// Versions that implementations must have, or the first numbers of them, by id; others may have any.
    pub versions: BTreeMap<String, String>,
    /// Adapters that would take part if they could be set up, and why they could not.
    pub left_out: BTreeMap<String, String>,
    /// What is known to kill whom.
    pub deaths: Deaths,
    /// The kit that adapters load.
    pub kit: PathBuf,
    /// How to run a part again.
    pub repro: Repro,
}

/// A run: its variants, its participants, and what is known so far.
#[derive(Debug)]
pub struct Engine {
    /// The variants.
    pub variants: Vec<Variant>,
    /// The adapters, started.
    pub participants: Vec<Participant>,
    /// The producers.
    pub producers: Vec<Producer>,
    /// Positions of the consumers.
    pub consumers: Vec<usize>,
    pub(super) clauses: Clauses,
    deaths: Deaths,
    pub(super) repro: Repro,
    pub(super) keep: Option<Keep>,
    pub(super) productions: Memo<(usize, Producer), Production>,
    pub(super) originals: Memo<usize, Option<Production>>,
    pub(super) readings: Memo<ReadingKey, Reading>,
    pub(super) inputs: Memo<usize, Result<PathBuf, String>>,
    pub(super) plain: Memo<(usize, Format), Result<PathBuf, String>>,
    pub(super) inspections: Memo<InspectionKey, Inspection>,
    uses: Mutex<HashMap<(usize, Producer), usize>>,
    requests: AtomicU64,
    folder: TempDir,
}

/// Bytes, and what is looked at: format, rules, data.
pub(super) type InspectionKey = (String, Kind, bool, bool);

/// The results for one variant, in order: each production before its cells.
#[derive(Debug, Default)]
pub struct VariantResults {
    /// One a producer that was asked.
    pub artifacts: Vec<ArtifactResult>,
    /// One a producer and consumer.
    pub cells: Vec<CellResult>,
}

impl Engine {
    /// Starts the adapters. What they write is held against the clauses.
    pub fn start(variants: Vec<Variant>, clauses: Clauses, cast: Cast, keep: Option<PathBuf>) -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("arrowipc-").tempdir()?;
        let workdir = folder.path().canonicalize()?;
        let participants = thread::scope(|scope| {
            let starting: Vec<_> = cast
                .adapters
                .into_iter()
                .map(|adapter| {
                    let place = Place { workdir: workdir.clone(), kit: cast.kit.clone() };
                    scope.spawn(move || Participant::start(adapter, place))
                })
                .collect();
            let started = starting.into_iter().map(|starting| starting.join());
            started
                .map(|participant| participant.map_err(|_| std::io::Error::other("starting an adapter panicked")))
                .collect::<std::io::Result<Vec<_>>>()
        })?;
        Ok(Self {
            variants,
            participants,
            producers: cast.producers,
            consumers: cast.consumers,
            clauses,
            deaths: cast.deaths,
            repro: cast.repro,
            keep: keep.map(Keep::new),
            productions: Memo::default(),
            originals: Memo::default(),
            readings: Memo::default(),
            inputs: Memo::default(),
            plain: Memo::default(),
            inspections: Memo::default(),
            uses: Mutex::default(),
            requests: AtomicU64::new(1),
            folder,
        })
    }

    /// Number of cells.
    pub fn cell_count(&self) -> usize {
        let made = |variant: &Variant| self.producers.iter().filter(|producer| producer.makes(variant)).count();
        self.variants.iter().map(made).sum::<usize>() * self.consumers.len()
    }

    /// A producer's id.
    pub fn id(&self, producer: Producer) -> &str {
        match producer {
            Producer::Suite => SUITE,
            Producer::Adapter(index) => &self.participants[index].adapter.id,
        }
    }

    /// A producer as reports name it: `id@version`.
    pub fn party(&self, producer: Producer) -> String {
        match producer {
            Producer::Suite => suite_party(),
            Producer::Adapter(index) => self.participants[index].party(),
        }
    }

    /// Runs everything with that many variants at a time; `emit` gets the results in the order of the variants.
    pub fn run(&self, jobs: NonZeroUsize, mut emit: impl FnMut(&Variant, VariantResults)) {
        let next = AtomicUsize::new(0);
        let (sender, receiver) = channel();
        thread::scope(|scope| {
            for _ in 0..jobs.get().min(self.variants.len()) {
                let (next, sender) = (&next, sender.clone());
                scope.spawn(move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= self.variants.len() || sender.send((index, self.run_variant(index))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let mut waiting = BTreeMap::new();
            let mut due = 0;
            for (index, results) in receiver {
                waiting.insert(index, results);
                while let Some(results) = waiting.remove(&due) {
                    emit(&self.variants[due], results);
                    due += 1;
                }
            }
        });
        self.stop();
    }

    /// Ends the adapters' processes.
    pub fn stop(&self) {
        for participant in &self.participants {
            participant.pool.stop();
        }
    }

    fn run_variant(&self, variant: usize) -> VariantResults {
        let mut results = VariantResults::default();
        for &producer in self.producers.iter().filter(|producer| producer.makes(&self.variants[variant])) {
            let cells: Vec<CellResult> =
                self.consumers.iter().map(|&consumer| self.cell(variant, producer, consumer)).collect();
            if let Some(production) = self.productions.get(&(variant, producer)) {
                results.artifacts.push(production.line());
            }
            results.cells.extend(cells);
        }
        results
    }

    /// Runs one cell. The production that it needs is made if it is not there.
    pub fn cell(&self, variant: usize, producer: Producer, consumer: usize) -> CellResult {
        let cell = self.cell_result(variant, producer, consumer);
        let key = (variant, producer);
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let count = uses.entry(key).or_default();
        *count += 1;
        if *count >= self.consumers.len()
            && let Some(production) = self.productions.get(&key)
        {
            production.discard();
        }
        cell
    }

    /// The production of a cell, if it was made.
    pub fn production(&self, variant: usize, producer: Producer) -> Option<ArtifactResult> {
        self.productions.get(&(variant, producer)).map(|production| production.line())
    }

    fn cell_result(&self, variant: usize, producer: Producer, consumer: usize) -> CellResult {
        let (variant_index, variant) = (variant, &self.variants[variant]);
        let to = &self.participants[consumer];
        let cell = CellResult {
            case: variant.name.clone(),
            producer: self.party(producer),
            consumer: to.party(),
            verdict: Verdict::Pass,
            expected: true,
            observation: false,
            evidence: None,
            artifact: None,
            ranges: Vec::new(),
            trace: Default::default(),
        };
        let cannot_produce = match producer {
            Producer::Suite => None,
            Producer::Adapter(index) => self.participants[index].cannot_produce(variant),
        };
        if let Some(reason) = cannot_produce.or_else(|| to.cannot_consume(variant)) {
            return cell.with(Verdict::Unsupported, reason);
        }
        if variant.through == Through::Transcode
            && !self.participants.iter().any(|other| other.may_make_original(variant))
        {
            return cell.with(Verdict::Unsupported, "no adapter of this run can make the bytes to rewrite".into());
        }
        // Without the consumer nothing would come of producing.
        if let Some(reason) = to.pool.down() {
            return cell.with(Verdict::NotRun, format!("{} {reason}", to.adapter.id));
        }
        if variant.through == Through::Echo {
            return self.give_structures(cell, variant, consumer, producer);
        }
        let production =
            self.productions.get_or_make((variant_index, producer), || self.produce(variant_index, producer));
        if production.result.sha256.is_none() {
            let verdict = if production.result.verdict == Verdict::NotRun { Verdict::NotRun } else { Verdict::Blocked };
            let ArtifactResult { verdict: cause, trace, .. } = &production.result;
            if cause.is_success() {
                return cell.with(Verdict::Pass, format!("{} wrote nothing: {}", self.id(producer), trace.message));
            }
            return cell.with(verdict, format!("{} made no bytes: {cause}: {}", self.id(producer), trace.message));
        }
        self.consume(cell, variant, consumer, producer, &production)
    }

    /// How long an adapter's answer is waited for; `with` is the other side.
    pub(super) fn patience(
        &self,
        participant: &Participant,
        role: Role,
        with: Option<&str>,
        variant: &Variant,
    ) -> Patience {
        self.deaths.patience(&participant.adapter.id, role, with, &variant.name)
    }

    pub(super) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn workdir(&self) -> &Path {
        self.folder.path()
    }
}

impl CellResult {
    pub(super) fn with(mut self, verdict: Verdict, message: String) -> Self {
        self.verdict = verdict;
        self.trace.message = message;
        self
    }
}

/// Values that are made once each, by whichever thread comes first.
#[derive(Debug)]
pub(super) struct Memo<K, V>(Mutex<HashMap<K, Arc<OnceLock<Arc<V>>>>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: std::hash::Hash + Eq, V> Memo<K, V> {
    pub(super) fn get_or_make(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        let slot = Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        Arc::clone(slot.get_or_init(|| Arc::new(make())))
    }

    pub(super) fn get(&self, key: &K) -> Option<Arc<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).and_then(|slot| slot.get().cloned())
    }
}
