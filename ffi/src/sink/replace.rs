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
    finished: bool,
}

impl ReplacedFile {
    /// Creates the temporary file in the folder of `path`.
    pub fn create(path: &Path) -> Result<Self> {
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
        Ok(ReplacedFile { file, temporary, path: path.to_owned(), finished: false })
    }

    /// The open file.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives the file its name; from now on it stays.
    pub fn finish(&mut self) -> Result<()> {
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
