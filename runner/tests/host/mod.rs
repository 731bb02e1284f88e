//! The host of libarrowipc as the engine runs it: a child process that speaks protocol 1.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use arrowipc_kit::value::Document;
use arrowipc_runner::adapter::manifest::Limits;
use arrowipc_runner::adapter::message::{Answer, Observe, ReadRequest, Request, Via};
use arrowipc_runner::adapter::pool::{Outcome, Place, Pool};
use arrowipc_runner::adapter::process::Launch;
use arrowipc_runner::adapter::setup::build;
use arrowipc_runner::case::options::{Access, Format, Source, Validate};
use arrowipc_runner::progress::Progress;
use arrowipc_runner::workspace::Workspace;
use tempfile::TempDir;

/// Processes that host libarrowipc, and their work directory.
pub struct Host {
    pool: Pool,
    folder: TempDir,
    next: AtomicU64,
}

impl Host {
    /// Processes for one test, started when they are needed. libarrowipc is built first.
    pub fn start() -> Result<Self, String> {
        let workspace = Workspace::find().map_err(|error| error.to_string())?;
        let launch = Launch {
            command: command(&workspace)?,
            env: Default::default(),
            limits: Limits { operation_seconds: 60, ..Limits::default() },
        };
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let place = Place { workdir: folder.path().to_owned(), kit: workspace.kit() };
        Ok(Self { pool: Pool::new(launch, place), folder, next: AtomicU64::new(1) })
    }

    /// A number for a request and the names of its files.
    pub fn id(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// A file in the work directory.
    pub fn payload(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sends a request and awaits its answer.
    pub fn ask(&self, id: u64, request: &Request) -> Result<Answer, String> {
        let exchange = self.pool.ask(id, request);
        match exchange.outcome {
            Outcome::Answered(answer) => Ok(answer),
            Outcome::Died(death) => Err(format!("the host died: {death}; {}", exchange.stderr)),
            Outcome::Down(reason) => Err(format!("the host is down: {reason}")),
        }
    }

    /// Reads a file and tells the digest.
    pub fn consume(&self, path: &Path, read: ReadRequest) -> Result<Answer, String> {
        let id = self.id();
        self.observe(id, path, read, false)
    }

    /// Reads a file and gives back what was read.
    pub fn dump(&self, path: &Path, read: ReadRequest) -> Result<Document, String> {
        let id = self.id();
        match self.observe(id, path, read, true)? {
            Answer::Ok(_) => {
                let text = std::fs::read(self.payload(&dump_name(id))).map_err(|error| error.to_string())?;
                Document::from_json(&text).map_err(|error| error.to_string())
            }
            answer => Err(format!("no dump: {answer:?}")),
        }
    }

    fn observe(&self, id: u64, path: &Path, read: ReadRequest, dump: bool) -> Result<Answer, String> {
        let observe = Observe { via: Via::Cdata, dump, out: dump_name(id).into(), expected: None };
        self.ask(id, &Request::Consume { id, path: path.to_owned(), read, observe })
    }
}

/// The command that hosts libarrowipc, which is built by the first call.
pub fn command(workspace: &Workspace) -> Result<Vec<String>, String> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let built = || build(workspace, &["arrowipc"], &Progress::on_stderr()).map_err(|error| error.to_string());
    BUILT.get_or_init(built).clone()?;
    let library = workspace.profile_folder().join(format!("libarrowipc{}", std::env::consts::DLL_SUFFIX));
    Ok([env!("CARGO_BIN_EXE_arrowipc"), "serve-library", &library.to_string_lossy()].map(str::to_owned).to_vec())
}

fn dump_name(id: u64) -> String {
    format!("{id}.json")
}

/// Reading in order, with full validation.
pub fn read(format: Format, source: Source) -> ReadRequest {
    ReadRequest { format, access: Access::Next, source, validate: Validate::Full, projection: None, order: None }
}
