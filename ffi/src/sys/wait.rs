//! Waiting for a descriptor.

use super::check;
use std::io::{ErrorKind, Result};
use std::os::fd::{AsRawFd, BorrowedFd};

/// What a descriptor is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Bytes to read, or the end of them.
    Read,
    /// Room to write, or nobody left to read.
    Write,
}

/// Sleeps until a descriptor on which a call failed with `EAGAIN` can go on. False when the descriptor blocks: the
/// call then ran into a time limit of a socket, which is the caller's to hear of.
pub fn wait(fd: BorrowedFd<'_>, direction: Direction) -> Result<bool> {
    // SAFETY: F_GETFL takes an open descriptor and no further argument.
    let flags = check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) })?;
    if flags & libc::O_NONBLOCK == 0 {
        return Ok(false);
    }
    let events = match direction {
        Direction::Read => libc::POLLIN,
        Direction::Write => libc::POLLOUT,
    };
    let mut waited = libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 };
    loop {
        // SAFETY: there is one structure, which lives as long as the call.
        match check(unsafe { libc::poll(&mut waited, 1, -1) }) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            // Errors of the descriptor are told by the call that is tried again.
            Ok(_) => return Ok(true),
        }
    }
}
