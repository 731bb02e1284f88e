//! Sources: how the bytes of a file reach the library.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use super::abi::source::Input;
use super::abi::{Failure, Library, Source};
use super::answer::Refusal;
use super::pieces;
use super::region::Region;
use crate::case::options::{Phase, Source as Kind};

/// What stands behind a source while it is read.
pub struct Supply {
    /// Where the bytes lie, when the library is given them in memory.
    pub region: Option<Region>,
    feeder: Option<(PathBuf, JoinHandle<io::Result<()>>)>,
}

/// Opens the file at `path` as a source of this kind.
pub fn open(library: Library, kind: Kind, path: &Path) -> Result<(Source, Supply), Refusal> {
    let open = || File::open(path).map_err(Refusal::io("cannot open", path));
    let opened = Refusal::at(Phase::Open, 0);
    let plain = |source: Result<Source, Failure>| Ok((source.map_err(&opened)?, Supply { region: None, feeder: None }));
    match kind {
        Kind::Path => plain(Source::from_path(library, path, false)),
        Kind::MemoryMap => {
            let source = Source::from_path(library, path, true).map_err(opened)?;
            Ok((source, Supply { region: Some(Region::MapOf(path.to_owned())), feeder: None }))
        }
        Kind::Memory => {
            let bytes: Arc<[u8]> = std::fs::read(path).map_err(Refusal::io("cannot read", path))?.into();
            let region = Region::Block(bytes.as_ptr_range());
            Ok((Source::from_memory(library, bytes).map_err(opened)?, Supply { region: Some(region), feeder: None }))
        }
        Kind::Fd => plain(Source::from_fd(library, open()?.into())),
        Kind::Callbacks => {
            let input = ShortReads { file: open()?, calls: AtomicUsize::new(0) };
            plain(Source::from_callbacks(library, Box::new(input)))
        }
        Kind::Socket => {
            let (near, far) = UnixStream::pair().map_err(Refusal::io("cannot make a socket pair for", path))?;
            feed(library, path, open()?, near.into(), far)
        }
        Kind::Pipe => {
            let (near, far) = io::pipe().map_err(Refusal::io("cannot make a pipe for", path))?;
            feed(library, path, open()?, near.into(), far)
        }
    }
}

impl Supply {
    /// Ends the supply, after the reader has gone: what a feeder could not read from its file is told.
    pub fn end(self) -> Result<(), Refusal> {
        let Some((path, feeder)) = self.feeder else { return Ok(()) };
        match feeder.join() {
            // A reader that has what it wants hangs up.
            Ok(Err(error)) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => Ok(()),
            Ok(result) => result.map_err(Refusal::io("cannot feed", &path)),
            Err(_) => Err(Refusal::Error(format!("the thread that feeds {} panicked", path.display()))),
        }
    }
}

/// A source that reads `near`, and a thread that writes the file to `far`.
fn feed(
    library: Library,
    path: &Path,
    mut file: File,
    near: OwnedFd,
    mut far: impl Write + Send + 'static,
) -> Result<(Source, Supply), Refusal> {
    let source = Source::from_fd(library, near).map_err(Refusal::at(Phase::Open, 0))?;
    let feeder = std::thread::spawn(move || io::copy(&mut file, &mut far).map(drop));
    Ok((source, Supply { region: None, feeder: Some((path.to_owned(), feeder)) }))
}

/// A file that gives fewer bytes than it is asked for.
struct ShortReads {
    file: File,
    calls: AtomicUsize,
}

impl ShortReads {
    fn piece<'a>(&self, buffer: &'a mut [u8]) -> &'a mut [u8] {
        let length = pieces::length(self.calls.fetch_add(1, Ordering::Relaxed), buffer.len());
        &mut buffer[..length]
    }
}

impl Input for ShortReads {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.file).read(self.piece(buffer))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(self.piece(buffer), offset)
    }

    fn size(&self) -> io::Result<u64> {
        let mut file = &self.file;
        let position = file.stream_position()?;
        let size = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(position))?;
        Ok(size)
    }
}
