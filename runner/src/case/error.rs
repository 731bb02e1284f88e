//! What is wrong with a case file, and where.

use std::path::{Path as FilePath, PathBuf};

use super::place::{self, Path, Place};

/// An error in a file of `cases/`, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseError {
    /// The file, as it was named.
    pub file: PathBuf,
    /// Line and column, where they are known.
    pub place: Option<Place>,
    /// What was found, what was expected, what to do.
    pub message: String,
}

impl std::fmt::Display for CaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(Place { line, column }) = self.place {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for CaseError {}

/// A YAML file that is being read; makes errors with places.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The file, as messages name it.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
}

impl Origin {
    /// Reads a file.
    pub fn read(file: &FilePath, shown_as: &FilePath) -> Result<Self, CaseError> {
        let text = std::fs::read_to_string(file).map_err(|error| CaseError {
            file: shown_as.to_owned(),
            place: None,
            message: format!("cannot be read: {error}"),
        })?;
        Ok(Self { file: shown_as.to_owned(), text })
    }

    /// Reads the text as a YAML document of this type.
    pub fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, CaseError> {
        serde_yaml::from_str(&self.text).map_err(|error| {
            let place = error.location().map(|at| Place { line: at.line(), column: at.column() });
            let mut message = error.to_string();
            // The place is written in front.
            if let Some(end) = place.and_then(|_| message.rfind(" at line ")) {
                message.truncate(end);
            }
            // serde's words for an integer that is too large.
            if let Some((before, number)) = message.split_once("invalid type: integer `")
                && let Some((number, _)) = number.split_once("` as ")
            {
                message = format!("{before}{number} does not fit a number of YAML; write it as a string");
            }
            let message = message.trim_start_matches('.').to_owned();
            CaseError { file: self.file.clone(), place, message }
        })
    }

    /// An error at the part of that path.
    pub fn error(&self, path: &Path, message: impl Into<String>) -> CaseError {
        CaseError { file: self.file.clone(), place: place::locate(&self.text, path), message: message.into() }
    }

    /// An error at the key of that path.
    pub fn error_at_key(&self, path: &Path, message: impl Into<String>) -> CaseError {
        CaseError { file: self.file.clone(), place: place::locate_key(&self.text, path), message: message.into() }
    }
}
