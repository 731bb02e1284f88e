//! One process at a time makes a folder; the others wait, and find it made.

use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::progress::Progress;

/// A file operation failed.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct FileError {
    /// The file or folder.
    pub path: PathBuf,
    /// The system's reason.
    pub reason: std::io::Error,
}

impl FileError {
    /// An error of an operation on `path`.
    pub fn on(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |reason| Self { path, reason }
    }
}

/// Waits until nobody else makes `name` in `folder`. The lock ends with the guard, and with the process.
pub fn hold(id: &str, name: &str, folder: &Path, progress: &Progress) -> Result<File, FileError> {
    std::fs::create_dir_all(folder).map_err(FileError::on(folder))?;
    let path = folder.join(format!("{name}.lock"));
    let guard = File::create(&path).map_err(FileError::on(&path))?;
    if flock(&guard, FlockOperation::NonBlockingLockExclusive).is_err() {
        progress.step(&format!("{id}: another process sets this adapter up; waiting for it"));
        flock(&guard, FlockOperation::LockExclusive).map_err(|error| FileError::on(&path)(error.into()))?;
    }
    Ok(guard)
}

/// Removes a folder that may not be there.
pub fn remove(folder: &Path) -> Result<(), FileError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(FileError::on(folder)(error)),
        _ => Ok(()),
    }
}
