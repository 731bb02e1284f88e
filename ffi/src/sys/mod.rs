//! What the operating system offers for descriptors and the standard library does not: waiting for one that does not
//! block, writing without a signal that would end the program, and copying a part of a file.
//!
//! With [`crate::abi`] and [`crate::memory`] this is the only module with `unsafe`. Each block is one call into libc
//! with pointers to values of the caller.

mod copy;
mod signal;
mod wait;
mod write;

pub use copy::copy_range;
pub use wait::{Direction, wait};
pub use write::{Kind, write_vectored};

use std::io::{Error, Result};

/// The result of a call that answers -1 on failure.
fn check(result: libc::c_int) -> Result<libc::c_int> {
    if result == -1 { Err(Error::last_os_error()) } else { Ok(result) }
}
