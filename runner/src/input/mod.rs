//! The bytes of an input that a user names: a file, or standard input. Nothing is read into memory; files are mapped, and what comes through
//! a pipe is kept in an unnamed file, since footers lie at the end and dictionaries may lie anywhere.

mod recognise;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use crate::progress::Progress;

pub use recognise::{Foreign, recognise};

/// The name of standard input and output on the command line.
pub const STANDARD: &str = "-";

/// An input, open.
#[derive(Debug)]
pub struct Input {
    name: String,
    /// Nothing for an empty input, which cannot be mapped.
    map: Option<Mmap>,
}

/// Why an input cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// There is no such file.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// A folder.
    #[error("{} is a folder; name a file of it", .0.display())]
    Folder(PathBuf),
    /// The operating system refuses.
    #[error("cannot read {name}: {cause}")]
    Io {
        /// What was to be read.
        name: String,
        /// What the system says.
        cause: io::Error,
    },
}

impl InputError {
    /// Whether the name is wrong, rather than the surroundings.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Folder(_))
    }
}

impl Input {
    /// Opens a file, or standard input if the path is `-`.
    ///
    /// A file must not be changed while it is open: one that is cut short ends this program with SIGBUS, as memory maps do.
    pub fn open(path: &Path, progress: &Progress) -> Result<Self, InputError> {
        let standard = path.as_os_str() == STANDARD;
        let name = if standard { "standard input".to_owned() } else { path.display().to_string() };
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::NotFound => InputError::Missing(path.to_owned()),
            _ => InputError::Io { name: name.clone(), cause },
        };
        let file = match standard {
            true => own_standard_input(),
            false => File::open(path),
        };
        let file = file.map_err(failed)?;
        let kind = file.metadata().map_err(failed)?;
        if kind.is_dir() {
            return Err(InputError::Folder(path.to_owned()));
        }
        let file = if kind.is_file() { file } else { kept(file, &name, progress).map_err(failed)? };
        let map = map(&file).map_err(failed)?;
        Ok(Input { name, map })
    }

    /// What it is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All its bytes; those that are not looked at are not read.
    pub fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }
}

/// Standard input as a file of its own: one that was redirected can be mapped.
fn own_standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// All that comes through a pipe, in a file without a name.
fn kept(mut pipe: File, name: &str, progress: &Progress) -> io::Result<File> {
    progress.doing(&format!("reading {name}"));
    let mut file = tempfile::tempfile()?;
    io::copy(&mut pipe, &mut file)?;
    Ok(file)
}

fn map(file: &File) -> io::Result<Option<Mmap>> {
    if file.metadata()?.len() == 0 {
        return Ok(None);
    }
    // SAFETY: the map is private and read-only; that nobody changes the file meanwhile is asked of the user.
    unsafe { Mmap::map(file) }.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_mapped_and_an_empty_one_has_no_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a file");
        std::fs::write(&path, b"bytes").unwrap();
        let input = Input::open(&path, &Progress::silent()).unwrap();
        assert_eq!((input.bytes(), input.name()), (&b"bytes"[..], path.to_str().unwrap()));
        std::fs::write(folder.path().join("empty"), b"").unwrap();
        assert_eq!(Input::open(&folder.path().join("empty"), &Progress::silent()).unwrap().bytes(), b"");
    }

    #[test]
    fn what_is_no_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Input::open(&folder.path().join("none"), &Progress::silent()).unwrap_err();
        assert_eq!(missing.to_string(), format!("there is no file {}/none", folder.path().display()));
        let error = Input::open(folder.path(), &Progress::silent()).unwrap_err();
        assert_eq!(error.to_string(), format!("{} is a folder; name a file of it", folder.path().display()));
        assert!(missing.is_usage() && error.is_usage());
    }
}
