//! Making what an adapter needs before it can be started.

mod cargo;
mod follow;
mod guard;
mod python;
mod script;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::manifest::{Kind, Limits, Manifest, ManifestError, Setup};
use super::process::Launch;
use crate::progress::Progress;
use crate::workspace::Workspace;

pub use cargo::{CargoError, build};
pub use guard::FileError;
pub use python::PythonError;
pub use script::ScriptError;

use script::Script;

/// An adapter that can be started.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// Its id.
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
    /// An `--adapter` that cannot be understood.
    #[error("--adapter '{text}': {reason}")]
    Spec {
        /// The argument.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Ids of the bundled adapters.
pub fn bundled(workspace: &Workspace) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(workspace.root.join("adapters")) else { return Vec::new() };
    let mut ids: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("adapter.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    ids.sort();
    ids
}

/// Whether Cargo is asked to bring packages up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packages {
    /// They are built.
    Build,
    /// They were built a moment ago.
    Trust,
}

/// Makes a bundled adapter ready.
pub fn prepare(
    id: &str,
    workspace: &Workspace,
    runner: &Path,
    packages: Packages,
    progress: &Progress,
) -> Result<Adapter, SetupError> {
    let folder = workspace.adapter(id);
    if !folder.join("adapter.toml").is_file() {
        let known = bundled(workspace).join(", ");
        return Err(SetupError::Unknown { id: id.into(), folder, known });
    }
    let manifest = Manifest::load(&folder)?;
    let mut places = BTreeMap::from([
        ("folder", folder.clone()),
        ("runner", runner.to_owned()),
        ("profile", workspace.profile_folder()),
        ("kit_python", workspace.root.join("kit/python")),
    ]);
    let made = workspace.target.join("adapters");
    match &manifest.setup {
        Some(Setup::Python { lock }) => {
            let python = |source| SetupError::Python { id: id.into(), source };
            let venv = python::prepare(id, &folder.join(lock), &made, progress);
            places.insert("venv", venv.map_err(python)?);
        }
        Some(Setup::Cargo { packages: names }) if packages == Packages::Build => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            build(workspace, &names, progress)?;
        }
        Some(Setup::Script { needs, run }) => {
            let missing: Vec<&str> = needs.iter().map(String::as_str).filter(|name| !is_on_path(name)).collect();
            if !missing.is_empty() {
                return Err(SetupError::Needs { id: id.into(), missing: missing.join(" and ") });
            }
            let run = manifest.fill_words(run, &places, "in setup.run")?;
            let include = workspace.root.join("kit/include");
            let script = Script { id, folder: &folder, locks: &folder, run: &run, include: &include };
            let built = script.prepare(&made, progress);
            places.insert("built", built.map_err(|source| SetupError::Script { id: id.into(), source })?);
        }
        Some(Setup::Cargo { .. }) | None => {}
    }
    let (command, env) = manifest.fill(&places)?;
    let mut parts = vec![folder.clone()];
    // A folder that a script filled is named after what it was made from.
    parts.extend(places.get("built").cloned());
    if manifest.kind == Kind::Library {
        parts.extend(command.iter().map(PathBuf::from).filter(|path| path.is_file()));
    }
    Ok(Adapter {
        id: id.into(),
        launch: Launch { command, env, limits: manifest.limits },
        expect: Some(folder.join("expect.toml")),
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

/// An adapter named on the command line: `[ID=]protocol:COMMAND` or `[ID=]library:PATH`.
pub fn from_spec(text: &str, runner: &Path) -> Result<Adapter, SetupError> {
    let wrong = |reason| SetupError::Spec { text: text.into(), reason };
    let (head, rest) =
        text.split_once(':').ok_or_else(|| wrong("KIND:COMMAND is expected, e.g. protocol:./my-adapter"))?;
    let (id, kind) = head.split_once('=').map_or((None, head), |(id, kind)| (Some(id), kind));
    let command: Vec<String> = match kind {
        "protocol" => rest.split_whitespace().map(absolute_program).collect(),
        "library" => vec![
            runner.to_string_lossy().into_owned(),
            "serve-library".into(),
            std::path::absolute(rest).unwrap_or_else(|_| rest.into()).to_string_lossy().into_owned(),
        ],
        _ => return Err(wrong("the kinds are protocol and library")),
    };
    let named = if kind == "library" { command.last() } else { command.first() };
    let stem = named.and_then(|name| Path::new(name).file_stem()).map(|stem| stem.to_string_lossy().into_owned());
    let id = id.map(str::to_owned).or(stem).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| wrong("the command is empty"))?;
    let parts: Vec<PathBuf> = command.iter().map(PathBuf::from).filter(|path| path.is_file()).collect();
    Ok(Adapter {
        id,
        launch: Launch { command, env: BTreeMap::new(), limits: Limits::default() },
        expect: None,
        fingerprint: fingerprint(&parts),
    })
}

/// Adapters work in another directory, so what is a file here is named in full.
fn absolute_program(word: &str) -> String {
    let path = Path::new(word);
    match std::path::absolute(path) {
        Ok(full) if word.contains('/') && path.is_file() => full.to_string_lossy().into_owned(),
        _ => word.to_owned(),
    }
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
    let mut hash = crate::hash::Sha::new();
    for file in &files {
        hash.text(&file.to_string_lossy());
        // A file that cannot be read cannot be told apart either; that it is missing shows when the adapter starts.
        hash.file(file).unwrap_or_default();
    }
    hash.hex()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_on_the_command_line_is_named_after_its_program() {
        let adapter = from_spec("protocol:./no-such/mine --flag", Path::new("/bin/arrowipc")).unwrap();
        assert_eq!((adapter.id.as_str(), adapter.launch.command.len()), ("mine", 2));
        let adapter = from_spec("other=library:/lib/libx.so", Path::new("/bin/arrowipc")).unwrap();
        assert_eq!(adapter.id, "other");
        assert_eq!(adapter.launch.command, ["/bin/arrowipc", "serve-library", "/lib/libx.so"]);
    }

    #[test]
    fn an_unknown_kind_is_told() {
        let error = from_spec("filter:cat", Path::new("/bin/arrowipc")).unwrap_err();
        assert_eq!(error.to_string(), "--adapter 'filter:cat': the kinds are protocol and library");
    }
}
