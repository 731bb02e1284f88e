//! Making what an adapter needs before it can be started.

pub mod bundled;
mod cargo;
mod follow;
mod guard;
mod python;
mod script;
mod spec;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::manifest::{Kind, Manifest, ManifestError, Setup};
use super::process::Launch;
use crate::progress::Progress;
use crate::workspace::Workspace;

pub use cargo::{CargoError, build};
pub use guard::FileError;
pub use python::PythonError;
pub use script::ScriptError;
pub use spec::from_spec;

use bundled::Bundled;
use script::Script;

/// How many adapters are set up at a time: each may use several processors, and much of a registry's patience.
const AT_A_TIME: NonZeroUsize = NonZeroUsize::new(2).unwrap();

/// An adapter that can be started.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// Its id; `id@version` for one of its `versions/`.
    pub id: String,
    /// How it is started.
    pub launch: Launch,
    /// Known failures; the file may be absent.
    pub expect: Option<PathBuf>,
    /// Changes whenever what the adapter claims may have changed: hash of its files.
    pub fingerprint: String,
}

/// An adapter cannot be made ready.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Its `adapter.toml` is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Its virtual environment cannot be made.
    #[error("setting up adapter '{id}': {source}")]
    Python {
        /// The adapter.
        id: String,
        /// Why.
        source: PythonError,
    },
    /// Its script failed.
    #[error("setting up adapter '{id}': {source}")]
    Script {
        /// The adapter.
        id: String,
        /// Why.
        source: ScriptError,
    },
    /// Programs are missing.
    #[error("adapter '{id}' needs {missing} on PATH; install what is missing, or leave the adapter out")]
    Needs {
        /// The adapter.
        id: String,
        /// The programs.
        missing: String,
    },
    /// Cargo failed.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// There is no such bundled adapter.
    #[error("no adapter '{id}': {folder} does not exist; bundled are {known}")]
    Unknown {
        /// What was asked for.
        id: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// What there is.
        known: String,
    },
    /// A version that may be several.
    #[error("'{party}' can be {known}; name more of the version")]
    Ambiguous {
        /// What was asked for.
        party: String,
        /// What it can be.
        known: String,
    },
    /// An `--adapter` that cannot be understood.
    #[error("--adapter '{text}': {reason}")]
    Spec {
        /// The argument.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Whether Cargo is asked to bring packages up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packages {
    /// They are built.
    Build,
    /// They were built a moment ago.
    Trust,
}

/// Makes adapters ready, a few at a time; `each` hears of every one as soon as it is, and says whether those that wait are still wanted.
/// Results are in the order of `wanted`; nothing for one that was no longer wanted.
pub fn prepare_all(
    wanted: &[Bundled],
    workspace: &Workspace,
    runner: &Path,
    progress: &Progress,
    each: impl Fn(&Bundled, &Result<Adapter, SetupError>) -> bool + Sync,
) -> Vec<Option<Result<Adapter, SetupError>>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(wanted.iter().map(|_| None).collect::<Vec<_>>());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME.get() {
            scope.spawn(|| {
                while let Some((index, bundled)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    wanted.get(index).map(|bundled| (index, bundled))
                } {
                    let result = prepare(bundled, workspace, runner, Packages::Build, progress);
                    if !each(bundled, &result) {
                        next.store(wanted.len(), Ordering::Relaxed);
                    }
                    results.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(result);
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a bundled adapter ready.
pub fn prepare(
    Bundled { name, folder, locks, .. }: &Bundled,
    workspace: &Workspace,
    runner: &Path,
    packages: Packages,
    progress: &Progress,
) -> Result<Adapter, SetupError> {
    let manifest = Manifest::load(folder)?;
    let mut places = BTreeMap::from([
        ("folder", folder.clone()),
        ("runner", runner.to_owned()),
        ("profile", workspace.profile_folder()),
        ("kit_python", workspace.kit_python()),
    ]);
    let made = workspace.target.join("adapters");
    match &manifest.setup {
        Some(Setup::Python { lock }) => {
            let python = |source| SetupError::Python { id: name.clone(), source };
            let venv = python::prepare(name, &locks.join(lock), &made, progress);
            places.insert("venv", venv.map_err(python)?);
        }
        Some(Setup::Cargo { packages: names }) if packages == Packages::Build => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            build(workspace, &names, progress)?;
        }
        Some(Setup::Script { needs, run, sources }) => {
            let missing: Vec<&str> = needs.iter().map(String::as_str).filter(|name| !is_on_path(name)).collect();
            if !missing.is_empty() {
                return Err(SetupError::Needs { id: name.clone(), missing: missing.join(" and ") });
            }
            let run = manifest.fill_words(run, &places, "in setup.run")?;
            let include = workspace.root.join("kit/include");
            let script = Script { id: name, folder, locks, run: &run, sources, include: &include };
            let built = script.prepare(&made, progress);
            places.insert("built", built.map_err(|source| SetupError::Script { id: name.clone(), source })?);
        }
        Some(Setup::Cargo { .. }) | None => {}
    }
    let (command, env) = manifest.fill(&places)?;
    let mut parts = vec![folder.clone(), locks.clone()];
    // A folder that a script filled is named after what it was made from.
    parts.extend(places.get("built").cloned());
    if manifest.kind == Kind::Library {
        parts.extend(command.iter().map(PathBuf::from).filter(|path| path.is_file()));
    }
    Ok(Adapter {
        id: name.clone(),
        launch: Launch { command, env, limits: manifest.limits },
        expect: Some(locks.join("expect.toml")),
        fingerprint: fingerprint(&parts),
    })
}

/// Whether a program can be found as a shell would find it.
fn is_on_path(name: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let runs =
        |path: PathBuf| path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0);
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| runs(folder.join(name))))
}

/// Hash of the names and contents of files, and of the files directly in folders.
fn fingerprint(parts: &[PathBuf]) -> String {
    let mut files: Vec<PathBuf> = Vec::new();
    for part in parts {
        match std::fs::read_dir(part) {
            Ok(entries) => files.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file())),
            Err(_) => files.push(part.clone()),
        }
    }
    files.sort();
    files.dedup();
    let mut hash = crate::hash::Sha::new();
    for file in &files {
        hash.text(&file.to_string_lossy());
        // A file that cannot be read cannot be told apart either; that it is missing shows when the adapter starts.
        hash.file(file).unwrap_or_default();
    }
    hash.hex()
}
