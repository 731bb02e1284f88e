//! Where the commands write to.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use super::Failure;
use crate::input::STANDARD;

/// A file that appears when it is complete, so that nobody finds half of it and an input can be its own output; or standard output.
pub(super) struct Output {
    name: String,
    to: To,
}

enum To {
    New(BufWriter<NamedTempFile>, PathBuf),
    /// Standard output, a pipe or a device.
    Old(BufWriter<File>),
}

impl Output {
    /// Opens a place to write to; `-` is standard output.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let name = if path.as_os_str() == STANDARD { "standard output".to_owned() } else { path.display().to_string() };
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Failure::usage(format!("cannot write {name}: its folder does not exist")),
            _ => Failure::infrastructure(format!("cannot write {name}: {error}")),
        };
        let to = if path.as_os_str() == STANDARD {
            use std::os::fd::AsFd;
            To::Old(BufWriter::new(File::from(io::stdout().as_fd().try_clone_to_owned().map_err(failed)?)))
        } else if path.metadata().is_ok_and(|kind| !kind.is_file()) {
            To::Old(BufWriter::new(OpenOptions::new().write(true).open(path).map_err(failed)?))
        } else {
            let usual = std::fs::Permissions::from_mode(0o666);
            let file = tempfile::Builder::new().permissions(usual).tempfile_in(folder(path)).map_err(failed)?;
            To::New(BufWriter::new(file), path.to_owned())
        };
        Ok(Output { name, to })
    }

    /// A folder for files on the way, where possible beside the output.
    pub(super) fn folder(&self) -> io::Result<TempDir> {
        match &self.to {
            To::New(_, path) => tempfile::tempdir_in(folder(path)),
            To::Old(_) => tempfile::tempdir(),
        }
    }

    /// Takes a file of that folder for what was to be written.
    pub(super) fn adopt(mut self, file: &Path) -> Result<(), Failure> {
        let copied = match &self.to {
            To::New(_, path) => std::fs::rename(file, path).map(|()| false),
            To::Old(_) => File::open(file).and_then(|mut file| io::copy(&mut file, &mut self)).map(|_| true),
        };
        match copied.map_err(Failure::output)? {
            true => self.keep(),
            false => Ok(()),
        }
    }

    /// Ends what was written, and gives a file its name.
    pub(super) fn keep(self) -> Result<(), Failure> {
        let Output { name, to } = self;
        let failed = |error: io::Error| Failure::infrastructure(format!("cannot write {name}: {error}"));
        match to {
            To::Old(mut out) => out.flush().map_err(Failure::output),
            To::New(out, path) => {
                let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
                file.persist(path).map_err(|error| failed(error.error))?;
                Ok(())
            }
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            To::New(out, _) => out.write(bytes),
            To::Old(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::New(out, _) => out.flush(),
            To::Old(out) => out.flush(),
        }
    }
}
