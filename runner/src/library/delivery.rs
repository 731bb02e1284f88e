//! Sinks: how the bytes leave the library.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::abi::sink::Output;
use super::abi::writer::Finished;
use super::abi::{Library, Sink};
use super::answer::Refusal;
use super::pieces;
use crate::case::options::{Phase, Sink as Kind};

/// Makes the file `out` of what `write` writes to a sink of this kind, and answers its size. `write` hands back the finished writer.
pub fn deliver(
    library: Library,
    kind: Kind,
    out: &Path,
    write: impl FnOnce(Sink<'_>) -> Result<Box<dyn Finished + '_>, Refusal>,
) -> Result<u64, Refusal> {
    let opened = Refusal::at(Phase::Write, 0);
    let create = || File::create(out).map_err(Refusal::io("cannot create", out));
    match kind {
        Kind::Path => drop(write(Sink::to_path(library, out).map_err(opened)?)?),
        Kind::Memory => {
            let mut writer = write(Sink::to_memory(library).map_err(&opened)?)?;
            let bytes = writer.take_memory().map_err(opened)?;
            std::fs::write(out, &*bytes).map_err(Refusal::io("cannot write", out))?;
        }
        Kind::Fd => {
            let file = create()?;
            drop(write(Sink::to_fd(library, file.as_fd()).map_err(opened)?)?);
        }
        Kind::Callbacks => {
            let output = ShortWrites { file: create()?, calls: 0 };
            drop(write(Sink::to_callbacks(library, Box::new(output)).map_err(opened)?)?);
        }
        Kind::Socket => {
            let (near, far) = UnixStream::pair().map_err(Refusal::io("cannot make a socket pair for", out))?;
            save(library, near.into(), far, create()?, out, write)?;
        }
        Kind::Pipe => {
            let (far, near) = io::pipe().map_err(Refusal::io("cannot make a pipe for", out))?;
            save(library, near.into(), far, create()?, out, write)?;
        }
    }
    Ok(std::fs::metadata(out).map_err(Refusal::io("cannot find", out))?.len())
}

/// Writes to `near`, while a thread saves in `file` what arrives at `far`.
fn save(
    library: Library,
    near: OwnedFd,
    mut far: impl Read + Send + 'static,
    mut file: File,
    out: &Path,
    write: impl FnOnce(Sink<'_>) -> Result<Box<dyn Finished + '_>, Refusal>,
) -> Result<(), Refusal> {
    let saver = std::thread::spawn(move || io::copy(&mut far, &mut file));
    // The library owns `near`: it is closed when the writer goes, also after a failure, and that is the end for the saver.
    let written = Sink::to_owned_fd(library, near).map_err(Refusal::at(Phase::Write, 0)).and_then(write).map(drop);
    let saved =
        saver.join().map_err(|_| Refusal::Error(format!("the thread that saves {} panicked", out.display())))?;
    written?;
    saved.map_err(Refusal::io("cannot save", out))?;
    Ok(())
}

/// A file that takes fewer bytes than it is given.
struct ShortWrites {
    file: File,
    calls: usize,
}

impl Output for ShortWrites {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = pieces::length(self.calls, bytes.len());
        self.calls += 1;
        self.file.write(&bytes[..length])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
