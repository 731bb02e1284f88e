//! Reading `report.jsonl`, refusing what is not whole.

use std::path::{Path, PathBuf};

use super::glossary::Term;
use super::line::{CaseLine, Footer, Header, Line, SCHEMA};
use crate::run::result::{ArtifactResult, CellResult};

/// A whole report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What was run.
    pub header: Header,
    /// What the names mean that the lines use.
    pub terms: Vec<Term>,
    /// The variants.
    pub cases: Vec<CaseLine>,
    /// The productions.
    pub artifacts: Vec<ArtifactResult>,
    /// The cells.
    pub cells: Vec<CellResult>,
    /// The end.
    pub footer: Footer,
}

/// A report that is not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// A line that is no line of a report.
    #[error("{path}:{line}: {message}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The footer is missing: the run did not end, or the file was cut off.
    #[error("{path}: the report has no footer, so its run did not end; run it again")]
    NoFooter {
        /// The file.
        path: PathBuf,
    },
    /// The footer counts other cells than there are.
    #[error("{path}: the footer counts {told} cells and there are {found}; the file was changed")]
    Miscounted {
        /// The file.
        path: PathBuf,
        /// By the footer.
        told: u64,
        /// In the file.
        found: u64,
    },
}

/// Reads a report: the file, or the folder that holds `report.jsonl`.
pub fn read(path: &Path) -> Result<Report, ReadError> {
    let path = if path.is_dir() { path.join("report.jsonl") } else { path.to_owned() };
    let text = std::fs::read_to_string(&path).map_err(|reason| ReadError::Unreadable { path: path.clone(), reason })?;
    parse(&text, &path)
}

/// Reads the text of a report.
pub fn parse(text: &str, path: &Path) -> Result<Report, ReadError> {
    let wrong = |line: usize, message: String| ReadError::Line { path: path.to_owned(), line, message };
    let mut lines = text.lines().enumerate().map(|(index, text)| {
        serde_json::from_str::<Line>(text)
            .map(|line| (index + 1, line))
            .map_err(|error| wrong(index + 1, error.to_string()))
    });
    let header = match lines.next().transpose()? {
        Some((_, Line::Header(header))) if header.schema == SCHEMA => header,
        Some((_, Line::Header(header))) => {
            return Err(wrong(1, format!("the format is '{}'; this program reads '{SCHEMA}'", header.schema)));
        }
        _ => return Err(wrong(1, "the first line of a report is its header".into())),
    };
    let (mut terms, mut cases, mut artifacts, mut cells) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut footer = None;
    for line in lines {
        let (number, line) = line?;
        if footer.is_some() {
            return Err(wrong(number, "there are lines behind the footer".into()));
        }
        match line {
            Line::Header(_) => return Err(wrong(number, "a second header".into())),
            Line::Term(term) => terms.push(term),
            Line::Case(case) => cases.push(case),
            Line::Artifact(artifact) => artifacts.push(artifact),
            Line::Cell(cell) => cells.push(cell),
            Line::Footer(end) => footer = Some(end),
        }
    }
    let footer: Footer = footer.ok_or_else(|| ReadError::NoFooter { path: path.to_owned() })?;
    if footer.cells != cells.len() as u64 {
        return Err(ReadError::Miscounted { path: path.to_owned(), told: footer.cells, found: cells.len() as u64 });
    }
    Ok(Report { header, terms, cases, artifacts, cells, footer })
}
