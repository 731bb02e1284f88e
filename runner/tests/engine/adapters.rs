//! Fake adapters and small suites to run them on.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use arrowipc_runner::adapter::manifest::Limits;
use arrowipc_runner::adapter::process::Launch;
use arrowipc_runner::adapter::setup::Adapter;
use arrowipc_runner::case::suite::{Folder, Suite};
use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::progress::Progress;
use arrowipc_runner::run::engine::Cast;
use arrowipc_runner::run::producer::Producer;
use arrowipc_runner::run::repro::Repro;
use arrowipc_runner::run::select::Selection;
use arrowipc_runner::session::{self, Findings, Session};

/// A topic with a trap, into which faulty adapters step, between two cases that they treat well.
pub const TRAP: &str = "\
topic: traps
matrix: {format: [stream]}
cases:
  - id: before
    why: a fault costs no other case
    result: valid
    data: {columns: [{name: a, type: int32, values: [1, 2]}]}
  - id: trap
    why: faulty adapters step into this one
    result: valid
    data:
      metadata: [[k, v]]
      columns:
        - {name: trap, type: int32, batches: [[1, 2, null], [4, 5]]}
        - {name: s, type: utf8, batches: [[a, b, c], [d, e]]}
  - id: after
    why: a fault costs no other case
    result: valid
    data: {columns: [{name: a, type: int32, values: [3]}]}
";

/// Two rules beside those of the format: one that is a must, and one that is derived.
const CLAUSES: &str = "\
- {id: a-clause, level: must, basis: explicit, statement: x}
- {id: derived, level: must, basis: derived, statement: x}
";

/// The folder of a small suite.
pub struct Workshop {
    folder: tempfile::TempDir,
}

/// A fake adapter in this mode, with short limits.
pub fn fake(mode: &str) -> Adapter {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faulty/adapter.py");
    // Only what never answers is waited for in vain.
    let operation_seconds = if mode == "hang" { 1 } else { 20 };
    let limits = Limits { start_seconds: 20, operation_seconds, memory_mib: 200, restarts: 5, ..Limits::default() };
    Adapter {
        id: mode.to_owned(),
        launch: Launch {
            command: vec!["python3".into(), "-S".into(), program.display().to_string(), mode.to_owned()],
            env: BTreeMap::new(),
            limits,
        },
        expect: None,
        fingerprint: String::new(),
    }
}

impl Workshop {
    /// A suite with this topic.
    pub fn with(topic: &str) -> Self {
        let workshop = Self { folder: tempfile::tempdir().unwrap() };
        let cases = workshop.cases();
        std::fs::create_dir_all(&cases).unwrap();
        let features =
            ["format.stream", "format.file", "type.int32", "type.utf8", "fact.num_batches", "fact.write_peak"];
        let features: String = features.iter().map(|id| format!("- {{id: {id}, description: x}}\n")).collect();
        std::fs::write(cases.join("features.yaml"), features).unwrap();
        std::fs::write(cases.join("flags.yaml"), "- {id: Fault, effect: x}\n").unwrap();
        let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/clauses.yaml");
        let clauses = std::fs::read_to_string(catalogue).unwrap() + CLAUSES;
        std::fs::write(cases.join("clauses.yaml"), clauses).unwrap();
        workshop.write(topic);
        workshop
    }

    /// Replaces the topic of that name.
    pub fn write(&self, topic: &str) {
        let name = topic.lines().find_map(|line| line.strip_prefix("topic: ")).unwrap();
        std::fs::write(self.cases().join(format!("{name}.yaml")), topic).unwrap();
    }

    /// The folder of the cases.
    pub fn cases(&self) -> PathBuf {
        self.folder.path().join("cases")
    }

    /// The folder of the report.
    pub fn report(&self) -> PathBuf {
        self.folder.path().join("report")
    }

    /// A folder for what is kept.
    pub fn keep(&self) -> PathBuf {
        self.folder.path().join("keep")
    }

    /// The expanded cases.
    pub fn suite(&self) -> Suite {
        Folder::new(self.cases()).load(0).unwrap()
    }

    /// A session of these adapters, each a producer and a consumer.
    pub fn session(&self, adapters: Vec<Adapter>, jobs: usize) -> Session {
        let everybody: Vec<usize> = (0..adapters.len()).collect();
        Session {
            suite: self.suite(),
            selection: Selection::default(),
            cast: Cast {
                adapters,
                producers: everybody.iter().copied().map(Producer::Adapter).collect(),
                consumers: everybody,
                versions: BTreeMap::new(),
                left_out: BTreeMap::new(),
                deaths: Default::default(),
                kit: "/no/kit/is/needed.so".into(),
                repro: Repro { program: "arrowipc run".into(), adapters: Vec::new() },
            },
            seed: 0,
            jobs: NonZeroUsize::new(jobs).unwrap(),
            keep: None,
            report: self.report(),
        }
    }

    /// Runs adapters in these modes against each other, one variant at a time.
    pub fn run(&self, modes: &[&str]) -> Findings {
        self.run_session(self.session(modes.iter().map(|mode| fake(mode)).collect(), 1))
    }

    /// Runs a session.
    pub fn run_session(&self, session: Session) -> Findings {
        session::run(session, &Progress::silent(), |_| {}).unwrap()
    }
}

/// The verdict of a cell, by the ids of its parties.
pub fn verdict(findings: &Findings, case: &str, producer: &str, consumer: &str) -> Verdict {
    cell(findings, case, producer, consumer).verdict
}

/// A cell, by the ids of its parties.
pub fn cell<'a>(
    findings: &'a Findings,
    case: &str,
    producer: &str,
    consumer: &str,
) -> &'a arrowipc_runner::run::result::CellResult {
    let named = |party: &str, id: &str| party.split('@').next() == Some(id);
    let found = findings.cells.iter().find(|cell| {
        cell.case.starts_with(&format!("traps/{case}["))
            && named(&cell.producer, producer)
            && named(&cell.consumer, consumer)
    });
    found.unwrap_or_else(|| panic!("no cell {case} {producer} -> {consumer}"))
}
