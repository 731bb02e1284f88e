//! File descriptors of the caller.

use crate::error::{Error, Result};
use std::os::fd::{FromRawFd, OwnedFd};

/// The descriptor as the core takes it, once it is known to be open.
///
/// # Safety
/// The descriptor, if open, may be used and, unless the core is told to keep it open, closed by this library.
pub(super) unsafe fn open(fd: i32) -> Result<OwnedFd> {
    // SAFETY: F_GETFD takes any number and changes nothing.
    if fd < 0 || unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1 {
        return Err(Error::errno(&format!("file descriptor {fd}"), libc::EBADF));
    }
    // SAFETY: the descriptor is open and the caller leaves it to this library.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
