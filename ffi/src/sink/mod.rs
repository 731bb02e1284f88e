//! Where bytes go.

mod replace;

use crate::error::{Error, Result};
use crate::source::Input;
use crate::sys::{self, Direction, Kind};
use crate::write::scratch::recycled;
use replace::ReplacedFile;
use std::fs::File;
use std::io::{ErrorKind, IoSlice};
use std::os::fd::{AsFd, IntoRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Size of the memory in which small messages are collected.
const STAGE: usize = 256 << 10;
/// A message to a file is written from where its pieces lie when it is at least as large: a smaller one is cheaper copied,
/// for what counts are few and large writes.
const LARGE_MESSAGE: usize = 256 << 10;
/// The same where each message goes out by itself and copying saves no call.
const LARGE_LIVE_MESSAGE: usize = 16 << 10;
/// Pieces that are smaller on average are cheaper copied than handed over one by one.
const LARGE_PIECE: usize = 2 << 10;
/// A callback gets pieces that are at least as large as they lie; in a call of its own.
const LARGE_CALLBACK_PIECE: usize = 4 << 10;
/// Bytes that are copied at once from an input, between two looks at whether to go on.
const COPY_STEP: u64 = 4 << 20;
/// As many where the system copies them.
const SYSTEM_COPY_STEP: u64 = 1 << 30;
/// Most pieces that one system call takes.
const GATHER: usize = 1024;

/// Bytes to a caller's callbacks.
pub trait Callbacks: Send {
    /// Takes up to `bytes.len()` bytes and says how many; 0 is an error.
    fn write(&mut self, bytes: &[u8]) -> Result<usize>;
    /// Called after the last byte.
    fn flush(&mut self) -> Result<()>;
}

/// Output of a writer.
pub struct Sink(Target);

enum Target {
    Memory(Vec<u8>),
    Path(ReplacedFile),
    Fd(Descriptor),
    Callbacks(Box<dyn Callbacks>),
}

struct Descriptor {
    /// `None` only while it is dropped.
    file: Option<File>,
    keep_open: bool,
    kind: Kind,
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        if let (Some(file), true) = (self.file.take(), self.keep_open) {
            // The descriptor goes on belonging to the caller.
            let _ = file.into_raw_fd();
        }
    }
}

impl Sink {
    /// Memory that grows; see [`crate::write::Writer::take_memory`].
    pub fn memory() -> Self {
        Sink(Target::Memory(Vec::new()))
    }

    /// A file, written beside `path` and renamed to it by `finish`. A device or named pipe is written to as it is.
    pub fn path(path: &Path) -> Result<Self> {
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            let file = File::options().write(true).open(path);
            let file = file.map_err(|e| Error::io(&format!("opening {}", path.display()), &e))?;
            return Ok(Sink::fd(file.into(), false));
        }
        Ok(Sink(Target::Path(ReplacedFile::create(path)?)))
    }

    /// An open descriptor; `keep_open` leaves it open when the sink goes.
    pub fn fd(fd: OwnedFd, keep_open: bool) -> Self {
        let file = File::from(fd);
        let kind = Kind::of(&file);
        Sink(Target::Fd(Descriptor { file: Some(file), keep_open, kind }))
    }

    /// A caller's functions.
    pub fn callbacks(callbacks: Box<dyn Callbacks>) -> Self {
        Sink(Target::Callbacks(callbacks))
    }
}

/// A sink with the position in it, small messages collected.
pub(crate) struct Output {
    target: Target,
    stage: Vec<u8>,
    /// Memory for the list of pieces of a gather write.
    slices: Vec<IoSlice<'static>>,
    position: u64,
}

impl Output {
    pub fn new(sink: Sink) -> Self {
        Output { target: sink.0, stage: Vec::new(), slices: Vec::new(), position: 0 }
    }

    /// Bytes given so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Writes `head` and the pieces one after the other.
    pub fn write(&mut self, head: &[u8], pieces: &[&[u8]]) -> Result<()> {
        let total = head.len() + pieces.iter().map(|piece| piece.len()).sum::<usize>();
        let large = total / (pieces.len() + 1) >= LARGE_PIECE;
        match &mut self.target {
            Target::Memory(memory) => {
                memory.try_reserve(total).map_err(|_| Error::out_of_memory(total as u64))?;
                append(memory, head, pieces);
            }
            Target::Callbacks(_) if total >= LARGE_CALLBACK_PIECE => {
                self.copy_or_call(head)?;
                pieces.iter().try_for_each(|piece| self.copy_or_call(piece))?;
            }
            target if large && total >= target.large_message() => self.gather(head, pieces)?,
            _ => {
                self.reserve_stage(total)?;
                if total < STAGE - self.stage.len() {
                    append(&mut self.stage, head, pieces);
                } else {
                    self.stage(head)?;
                    pieces.iter().try_for_each(|piece| self.stage(piece))?;
                }
            }
        }
        self.position += total as u64;
        Ok(())
    }

    /// Writes the first `length` bytes of an input, which has as many. `progress` is told how many are written, and may end
    /// it. Files are copied by the system where it can; a file that gets its name by [`Output::finish`] survives a loss
    /// of power then, for it may replace what was copied.
    pub fn copy(&mut self, input: &Input, length: u64, mut progress: impl FnMut(u64) -> Result<()>) -> Result<()> {
        if let Target::Path(file) = &mut self.target {
            file.keep_through_power_loss();
        }
        if let (Some((from, base)), Some(to)) = (input.file(), self.target.file()) {
            if same(from, to)? {
                return Err(Error::argument(
                    "the sink is the file that is appended to; a sink to its path replaces it when it is whole",
                ));
            }
            while self.position < length {
                let step = (length - self.position).min(SYSTEM_COPY_STEP) as usize;
                match sys::copy_range(from, base + self.position, to, step) {
                    Ok(0) => break,
                    Ok(count) => self.position += count as u64,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => return Err(Error::io("copying", &error)),
                }
                progress(self.position)?;
            }
        }
        while self.position < length {
            let step = (length - self.position).min(COPY_STEP) as usize;
            let bytes = input.range(self.position, step)?;
            self.write(&bytes, &[])?;
            progress(self.position)?;
        }
        Ok(())
    }

    /// Little output keeps the stage small; more of it makes it as large as it will be, in one step.
    fn reserve_stage(&mut self, more: usize) -> Result<()> {
        let needed = self.stage.len().saturating_add(more).min(STAGE);
        if needed > self.stage.capacity() {
            let capacity = if needed < STAGE / 4 { needed.next_power_of_two() } else { STAGE };
            let more = capacity - self.stage.len();
            self.stage.try_reserve_exact(more).map_err(|_| Error::out_of_memory(more as u64))?;
        }
        Ok(())
    }

    /// Copies a piece to the stage, which is sent whenever it is full.
    fn stage(&mut self, mut piece: &[u8]) -> Result<()> {
        loop {
            let room = STAGE - self.stage.len();
            if piece.len() < room {
                self.stage.extend_from_slice(piece);
                return Ok(());
            }
            let (now, later) = piece.split_at(room);
            self.stage.extend_from_slice(now);
            self.send_stage()?;
            piece = later;
        }
    }

    fn copy_or_call(&mut self, piece: &[u8]) -> Result<()> {
        if piece.len() < LARGE_CALLBACK_PIECE {
            self.reserve_stage(piece.len())?;
            return self.stage(piece);
        }
        self.send_stage()?;
        self.target.send(piece)
    }

    /// Writes what is staged and the pieces from where they lie.
    fn gather(&mut self, head: &[u8], pieces: &[&[u8]]) -> Result<()> {
        let mut slices: Vec<IoSlice<'_>> = recycled(std::mem::take(&mut self.slices));
        slices.extend([IoSlice::new(&self.stage), IoSlice::new(head)]);
        slices.extend(pieces.iter().map(|piece| IoSlice::new(piece)));
        let sent = self.target.gather(&mut slices);
        self.slices = recycled(slices);
        self.stage.clear();
        sent
    }

    fn send_stage(&mut self) -> Result<()> {
        let sent = self.target.send(&self.stage);
        self.stage.clear();
        sent
    }

    /// Ends a message: what waits at the other end gets it.
    pub fn end_message(&mut self) -> Result<()> {
        if self.target.is_live() { self.send_stage() } else { Ok(()) }
    }

    /// Sends what is left, and gives a file its name.
    pub fn finish(&mut self) -> Result<()> {
        self.send_stage()?;
        match &mut self.target {
            Target::Path(file) => file.finish(),
            Target::Callbacks(callbacks) => callbacks.flush(),
            Target::Memory(_) | Target::Fd(_) => Ok(()),
        }
    }

    /// The bytes of a memory sink.
    pub fn take_memory(&mut self) -> Result<Vec<u8>> {
        match &mut self.target {
            Target::Memory(memory) => Ok(std::mem::take(memory)),
            _ => Err(Error::argument("the writer's sink is not memory")),
        }
    }
}

fn append(memory: &mut Vec<u8>, head: &[u8], pieces: &[&[u8]]) {
    memory.extend_from_slice(head);
    pieces.iter().for_each(|piece| memory.extend_from_slice(piece));
}

/// Whether two open files are one.
fn same(first: &File, second: &File) -> Result<bool> {
    let identity = |file: &File| {
        let metadata = file.metadata().map_err(|e| Error::io("looking at a file", &e))?;
        Ok((metadata.dev(), metadata.ino()))
    };
    Ok(identity(first)? == identity(second)?)
}

impl Target {
    /// The file that bytes go to, unless somebody waits for them.
    fn file(&self) -> Option<&File> {
        match self {
            Target::Path(file) => Some(file.file()),
            Target::Fd(Descriptor { file, kind: Kind::File, .. }) => file.as_ref(),
            Target::Memory(_) | Target::Fd(_) | Target::Callbacks(_) => None,
        }
    }

    /// Whether somebody may wait for each message. Of a file all that counts is that everything gets there.
    fn is_live(&self) -> bool {
        match self {
            Target::Memory(_) | Target::Path(_) => false,
            Target::Fd(descriptor) => !matches!(descriptor.kind, Kind::File | Kind::Device),
            Target::Callbacks(_) => true,
        }
    }

    /// From how many bytes on a message of large pieces is not copied.
    fn large_message(&self) -> usize {
        match self {
            Target::Callbacks(_) => usize::MAX,
            target if target.is_live() => LARGE_LIVE_MESSAGE,
            _ => LARGE_MESSAGE,
        }
    }

    fn send(&mut self, mut bytes: &[u8]) -> Result<()> {
        match self {
            _ if bytes.is_empty() => Ok(()),
            Target::Callbacks(callbacks) => {
                while !bytes.is_empty() {
                    match callbacks.write(bytes)? {
                        0 => return Err(Error::new(crate::Code::Io, "the write callback took no byte")),
                        count => bytes = &bytes[count.min(bytes.len())..],
                    }
                }
                Ok(())
            }
            _ => self.gather(&mut [IoSlice::new(bytes)]),
        }
    }

    fn gather(&mut self, pieces: &mut [IoSlice<'_>]) -> Result<()> {
        match self {
            Target::Path(file) => gather(file.file(), Kind::File, pieces),
            Target::Fd(descriptor) => {
                let file = descriptor.file.as_ref().ok_or_else(|| Error::state("the sink is closed"))?;
                gather(file, descriptor.kind, pieces)
            }
            Target::Memory(memory) => {
                pieces.iter().for_each(|piece| memory.extend_from_slice(piece));
                Ok(())
            }
            Target::Callbacks(_) => pieces.iter().try_for_each(|piece| self.send(piece)),
        }
    }
}

/// Writes all pieces by gather writes. Waits where the descriptor does not block.
fn gather(file: &File, kind: Kind, mut pieces: &mut [IoSlice<'_>]) -> Result<()> {
    let failed = |error: &std::io::Error| Error::io("writing", error);
    // Pieces without bytes are skipped: of them alone nothing would be written.
    IoSlice::advance_slices(&mut pieces, 0);
    while !pieces.is_empty() {
        match sys::write_vectored(file, kind, &pieces[..pieces.len().min(GATHER)]) {
            Ok(0) => return Err(failed(&std::io::Error::from(ErrorKind::WriteZero))),
            Ok(count) => IoSlice::advance_slices(&mut pieces, count),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if !sys::wait(file.as_fd(), Direction::Write).map_err(|e| failed(&e))? {
                    return Err(failed(&error));
                }
            }
            Err(error) => return Err(failed(&error)),
        }
    }
    Ok(())
}
