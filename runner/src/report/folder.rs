//! The folder of a report: `report.jsonl`, and `index.html` that shows it.

use std::path::{Path, PathBuf};

use super::html::Page;
use super::line::Line;
use super::writer::{ReportWriter, WriteError, replace};

/// A folder in the making; what was there stands until the report is complete.
#[derive(Debug)]
pub struct ReportFolder {
    writer: ReportWriter,
    page: Page,
    trouble: Option<WriteError>,
}

impl ReportFolder {
    /// Starts a report in a folder.
    pub fn create(folder: &Path) -> Result<Self, WriteError> {
        Ok(Self { writer: ReportWriter::create(folder)?, page: Page::default(), trouble: None })
    }

    /// Adds a line. An error is kept for the end.
    pub fn add(&mut self, line: &Line) {
        // A variant comes before its results, so each is taken up.
        let _ = self.page.add(line);
        if let Err(error) = self.writer.add(line) {
            self.trouble.get_or_insert(error);
        }
    }

    /// Gives the files their names; the last line was the footer. The path is that of `report.jsonl`.
    pub fn finish(self) -> Result<PathBuf, WriteError> {
        if let Some(error) = self.trouble {
            return Err(error);
        }
        let report = self.writer.finish()?;
        replace(&report.with_file_name("index.html"), self.page.finish().as_bytes())?;
        Ok(report)
    }
}
