//! A virtual environment with exactly the packages of a lock file.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::follow::follow;
use super::guard::{self, FileError};
use crate::hash::Sha;
use crate::progress::Progress;

/// A virtual environment could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    /// The lock file cannot be read.
    #[error("{path}: {reason}")]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// There is no Python.
    #[error("cannot run '{program}': {reason}; install Python 3.10 or later, or name one with PYTHON=…")]
    NoPython {
        /// What was run.
        program: String,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// `python3 -m venv` failed.
    #[error("'{program} -m venv' failed; on Debian and Ubuntu it comes with: apt install python3-venv\n{output}")]
    NoVenv {
        /// The Python.
        program: String,
        /// What it said.
        output: String,
    },
    /// `pip install` failed.
    #[error(
        "pip could not install {lock}; a package registry must be reachable, and every package needs its hash\n{output}"
    )]
    Pip {
        /// The lock file.
        lock: PathBuf,
        /// The last lines it said.
        output: String,
    },
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Gives the virtual environment for a lock file, made if it is not there. Safe against other processes doing the same.
pub fn prepare(id: &str, lock: &Path, folder: &Path, progress: &Progress) -> Result<PathBuf, PythonError> {
    let mut hash = Sha::new();
    hash.file(lock).map_err(|reason| PythonError::Lock { path: lock.into(), reason })?;
    let name = format!("{id}-{}", &hash.hex()[..16]);
    let venv = folder.join(&name);
    if venv.is_dir() {
        return Ok(venv);
    }
    let _guard = guard::hold(id, &name, folder, progress)?;
    if venv.is_dir() {
        return Ok(venv);
    }
    let unfinished = folder.join(format!("{name}.unfinished"));
    guard::remove(&unfinished)?;
    let program = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    progress.step(&format!("{id}: making a virtual environment in {}", venv.display()));
    let made = Command::new(&program).args(["-m", "venv"]).arg(&unfinished).stdin(Stdio::null()).output();
    let made = made.map_err(|reason| PythonError::NoPython { program: program.clone(), reason })?;
    if !made.status.success() {
        let output = format!("{}{}", String::from_utf8_lossy(&made.stdout), String::from_utf8_lossy(&made.stderr));
        return Err(PythonError::NoVenv { program, output: output.trim_end().into() });
    }
    install(id, &unfinished.join("bin/python"), lock, progress)?;
    std::fs::rename(&unfinished, &venv).map_err(FileError::on(&venv))?;
    Ok(venv)
}

fn install(id: &str, python: &Path, lock: &Path, progress: &Progress) -> Result<(), PythonError> {
    progress.step(&format!("{id}: installing {}", lock.display()));
    let mut command = Command::new(python);
    command
        .args(["-m", "pip", "install", "--require-hashes", "--no-input", "--no-color", "--progress-bar=off"])
        .args(["--disable-pip-version-check", "-r"])
        .arg(lock);
    let (status, output) = follow(id, &mut command, progress).map_err(FileError::on(python))?;
    if status.success() { Ok(()) } else { Err(PythonError::Pip { lock: lock.into(), output }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_lock_file_makes_an_environment_once() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("requirements.lock");
        std::fs::write(&lock, "# nothing\n").unwrap();
        let venvs = folder.path().join("venvs");
        let first = prepare("x", &lock, &venvs, &Progress::silent()).unwrap();
        assert!(first.join("bin/python").exists());
        assert_eq!(prepare("x", &lock, &venvs, &Progress::silent()).unwrap(), first);
        std::fs::write(&lock, "# nothing else\n").unwrap();
        assert_ne!(prepare("x", &lock, &venvs, &Progress::silent()).unwrap(), first);
    }

    #[test]
    fn two_at_once_make_one_environment() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("requirements.lock");
        std::fs::write(&lock, "").unwrap();
        let venvs = folder.path().join("venvs");
        let both = std::thread::scope(|scope| {
            let make = || prepare("x", &lock, &venvs, &Progress::silent()).unwrap();
            let first = scope.spawn(make);
            (make(), first.join().unwrap())
        });
        assert_eq!(both.0, both.1);
        let made: Vec<_> = std::fs::read_dir(&venvs).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(made.len(), 2, "one environment and its lock file: {made:?}");
    }

    #[test]
    fn what_pip_says_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("requirements.lock");
        std::fs::write(&lock, "./no-such-package\n").unwrap();
        let error = prepare("x", &lock, &folder.path().join("venvs"), &Progress::silent()).unwrap_err().to_string();
        assert!(error.starts_with("pip could not install ") && error.contains("no-such-package"), "{error}");
    }

    #[test]
    fn a_missing_lock_file_is_named() {
        let error = prepare("x", Path::new("/no/such.lock"), Path::new("/no"), &Progress::silent()).unwrap_err();
        assert!(error.to_string().starts_with("/no/such.lock: No such file"), "{error}");
    }
}
