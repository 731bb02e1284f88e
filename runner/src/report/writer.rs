//! Writing `report.jsonl`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::line::Line;

/// The report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: the report cannot be written: {reason}")]
pub struct WriteError {
    path: PathBuf,
    reason: std::io::Error,
}

/// Writes a file beside its final name and renames it, so that nobody reads half of it.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let error = |reason| WriteError { path: path.to_owned(), reason };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.unfinished", std::process::id()));
    let unfinished = path.with_file_name(name);
    std::fs::write(&unfinished, bytes).and_then(|()| std::fs::rename(&unfinished, path)).map_err(error)
}

/// A report that is being written beside its final name; the old one stands until the new one is complete.
#[derive(Debug)]
pub struct ReportWriter {
    path: PathBuf,
    unfinished: PathBuf,
    file: BufWriter<File>,
}

impl ReportWriter {
    /// Starts `report.jsonl` in a folder.
    pub fn create(folder: &Path) -> Result<Self, WriteError> {
        let path = folder.join("report.jsonl");
        let unfinished = folder.join(format!("report.jsonl.{}.unfinished", std::process::id()));
        let created = std::fs::create_dir_all(folder).and_then(|()| File::create(&unfinished));
        match created {
            Ok(file) => Ok(Self { path, unfinished, file: BufWriter::new(file) }),
            Err(reason) => Err(WriteError { path, reason }),
        }
    }

    /// Adds a line.
    pub fn add(&mut self, line: &Line) -> Result<(), WriteError> {
        let mut text = serde_json::to_vec(line).map_err(|error| self.error(error.into()))?;
        text.push(b'\n');
        self.file.write_all(&text).map_err(|reason| self.error(reason))
    }

    /// Gives the report its name; the last line was its footer.
    pub fn finish(mut self) -> Result<PathBuf, WriteError> {
        let done = self.file.flush().and_then(|()| std::fs::rename(&self.unfinished, &self.path));
        done.map_err(|reason| self.error(reason))?;
        Ok(self.path.clone())
    }

    fn error(&self, reason: std::io::Error) -> WriteError {
        WriteError { path: self.path.clone(), reason }
    }
}
