//! Copying from file to file inside the system.

use std::fs::File;
use std::io::{Error, Result};
use std::os::fd::AsRawFd;

/// Copies up to `length` bytes of `from`, from `offset` on, to where `to` stands, and says how many. File systems that can
/// let both files share the bytes. 0 where the system does not copy between these files, or `from` ends.
pub fn copy_range(from: &File, offset: u64, to: &File, length: usize) -> Result<usize> {
    let Ok(mut position) = libc::off64_t::try_from(offset) else { return Ok(0) };
    // SAFETY: both descriptors are open; the position lives as long as the call, and NULL stands for that of `to`.
    let copied = unsafe {
        libc::copy_file_range(from.as_raw_fd(), &mut position, to.as_raw_fd(), std::ptr::null_mut(), length, 0)
    };
    match usize::try_from(copied) {
        Ok(copied) => Ok(copied),
        Err(_) => match Error::last_os_error() {
            // Kernels, file systems and descriptors that cannot: the caller reads and writes, which tells what else is wrong.
            error
                if matches!(
                    error.raw_os_error(),
                    Some(libc::ENOSYS | libc::EXDEV | libc::EINVAL | libc::EOPNOTSUPP | libc::EBADF | libc::EPERM)
                ) =>
            {
                Ok(0)
            }
            error => Err(error),
        },
    }
}
