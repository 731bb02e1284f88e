//! Gather writes that never raise `SIGPIPE`.

use super::signal::without_sigpipe;
use std::fs::File;
use std::io::{Error, ErrorKind, IoSlice, IsTerminal, Result, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::FileTypeExt;

/// Kinds of descriptors that are written to in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A socket.
    Socket,
    /// A device that nobody sits at, such as the one that takes everything.
    Device,
    /// A terminal.
    Terminal,
    /// A pipe, or what cannot be told.
    Other,
}

impl Kind {
    /// The kind of an open file.
    pub fn of(file: &File) -> Self {
        match file.metadata() {
            Ok(metadata) if metadata.is_file() => Kind::File,
            Ok(metadata) if metadata.file_type().is_socket() => Kind::Socket,
            Ok(_) if file.is_terminal() => Kind::Terminal,
            Ok(metadata) if metadata.file_type().is_char_device() => Kind::Device,
            _ => Kind::Other,
        }
    }
}

/// Writes as much of the pieces as goes at once, and says how much. Where nobody reads any more that is the error
/// `EPIPE`, and no signal.
pub fn write_vectored(file: &File, kind: Kind, pieces: &[IoSlice<'_>]) -> Result<usize> {
    let broken = |result: &Result<usize>| result.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe);
    match kind {
        // Devices raise no signal.
        Kind::File | Kind::Device | Kind::Terminal => (&mut &*file).write_vectored(pieces),
        Kind::Socket => send(file.as_fd(), pieces),
        Kind::Other => without_sigpipe(|| (&mut &*file).write_vectored(pieces), broken),
    }
}

/// As much as goes at once to a socket, told not to raise a signal.
fn send(socket: BorrowedFd<'_>, pieces: &[IoSlice<'_>]) -> Result<usize> {
    // SAFETY: all of its members may be zero: no address, no pieces, no control data.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    // `IoSlice` has the layout of `iovec` on Unix, as its documentation says; `sendmsg` does not write to it.
    message.msg_iov = pieces.as_ptr().cast_mut().cast();
    message.msg_iovlen = pieces.len() as _;
    // SAFETY: the message and the pieces it names live as long as the call.
    match unsafe { libc::sendmsg(socket.as_raw_fd(), &message, libc::MSG_NOSIGNAL) } {
        -1 => Err(Error::last_os_error()),
        count => Ok(count as usize),
    }
}
