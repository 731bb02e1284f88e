//! A file that appears under its name only when it is complete.

use crate::error::{Error, Result};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

static COUNTER: AtomicU64 = AtomicU64::new(0);

/// A file written beside its final name.
pub struct ReplacedFile {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    /// Whether the bytes must lie on the device before they get the name.
    durable: bool,
    finished: bool,
}

impl ReplacedFile {
    /// Creates the temporary file in the folder of `path`, with the permissions of the file that it replaces. Of a symbolic
    /// link the file behind it is replaced.
    pub fn create(path: &Path) -> Result<Self> {
        let behind = if path.is_symlink() { path.canonicalize().ok() } else { None };
        let path = behind.as_deref().unwrap_or(path);
        let name = path
            .file_name()
            .ok_or_else(|| Error::argument(format!("the path \"{}\" does not name a file", path.display())))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{}.partial", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
        let temporary = path.with_file_name(hidden);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)
            .map_err(|e| Error::io(&format!("creating {}", temporary.display()), &e))?;
        let replaced = ReplacedFile { file, temporary, path: path.to_owned(), durable: false, finished: false };
        if let Ok(metadata) = path.metadata() {
            let kept = replaced.file.set_permissions(metadata.permissions());
            kept.map_err(|e| Error::io(&format!("keeping the permissions of {}", path.display()), &e))?;
        }
        Ok(replaced)
    }

    /// Asks that [`ReplacedFile::finish`] waits until the bytes lie on the device: what they replace may be the only copy
    /// of a part of them.
    pub fn keep_through_power_loss(&mut self) {
        self.durable = true;
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file its name; from now on it stays.
    pub fn finish(&mut self) -> Result<()> {
        if self.durable {
            self.file.sync_all().map_err(|e| Error::io(&format!("syncing {}", self.temporary.display()), &e))?;
        }
        std::fs::rename(&self.temporary, &self.path)
            .map_err(|e| Error::io(&format!("renaming {} to {}", self.temporary.display(), self.path.display()), &e))?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for ReplacedFile {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing is lost when this fails: the file is incomplete and under another name.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}
