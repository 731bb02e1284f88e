//! The corpus in a folder: written, compared.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Corpus, MANIFEST};

/// The folders of a corpus, which hold nothing else.
const FOLDERS: &[&str] = &["valid", "invalid", "defined"];

/// Why a corpus is not written or compared.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder holds something else.
    #[error("{} holds files and no {MANIFEST}: it is no corpus; name an empty folder, or one of an earlier emit", .0.display())]
    NotACorpus(PathBuf),
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// A difference between a folder and the corpus.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// A file has other bytes.
    Changed(String),
    /// A file is not there.
    Missing(String),
    /// A file is no part of the corpus.
    Surplus(String),
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changed(path) => write!(f, "changed  {path}"),
            Self::Missing(path) => write!(f, "missing  {path}"),
            Self::Surplus(path) => write!(f, "surplus  {path}"),
        }
    }
}

/// What differs, in the order of the paths.
pub fn differences(corpus: &Corpus, folder: &Path) -> Result<Vec<Difference>, FolderError> {
    let found = files_in(folder)?;
    let mut differences = Vec::new();
    for path in corpus.files.keys().chain(&found).collect::<BTreeSet<_>>() {
        let Some(bytes) = corpus.files.get(path) else {
            differences.push(Difference::Surplus(path.clone()));
            continue;
        };
        if !found.contains(path) {
            differences.push(Difference::Missing(path.clone()));
            continue;
        }
        let file = folder.join(path);
        if fs::read(&file).map_err(|error| at(&file, error))? != *bytes {
            differences.push(Difference::Changed(path.clone()));
        }
    }
    Ok(differences)
}

/// Brings a folder to hold the corpus: what differs is written, what an earlier corpus had more is removed. A folder with
/// anything but a corpus is refused.
pub fn write(corpus: &Corpus, folder: &Path) -> Result<(), FolderError> {
    if !files_in(folder)?.is_empty() && !folder.join(MANIFEST).is_file() {
        return Err(FolderError::NotACorpus(folder.to_owned()));
    }
    for difference in differences(corpus, folder)? {
        match difference {
            Difference::Changed(path) | Difference::Missing(path) => {
                let file = folder.join(&path);
                if let Some(parent) = file.parent() {
                    fs::create_dir_all(parent).map_err(|error| at(parent, error))?;
                }
                let bytes = corpus.files.get(&path).map(Vec::as_slice).unwrap_or_default();
                fs::write(&file, bytes).map_err(|error| at(&file, error))?;
            }
            // What others put beside the corpus stays.
            Difference::Surplus(path) if !FOLDERS.iter().any(|own| path.starts_with(&format!("{own}/"))) => {}
            Difference::Surplus(path) => {
                let file = folder.join(&path);
                fs::remove_file(&file).map_err(|error| at(&file, error))?;
            }
        }
    }
    Ok(())
}

/// The paths of all files, with `/`; none of a folder that is not there. Version control is passed over.
fn files_in(folder: &Path) -> Result<BTreeSet<String>, FolderError> {
    let mut files = BTreeSet::new();
    if folder.exists() {
        collect(folder, "", &mut files)?;
    }
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeSet<String>) -> Result<(), FolderError> {
    for entry in fs::read_dir(folder).map_err(|error| at(folder, error))? {
        let entry = entry.map_err(|error| at(folder, error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if prefix.is_empty() && name == ".git" {
            continue;
        }
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else {
            files.insert(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

fn at(path: &Path, error: io::Error) -> FolderError {
    FolderError::Io { path: path.to_owned(), error }
}
