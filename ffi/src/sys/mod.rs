//! What the operating system offers and the standard library does not: waiting for a descriptor that does not block,
//! writing without a signal that would end the program, copying a part of a file, and threads that stay and work on what a
//! call has borrowed.
//!
//! With [`crate::abi`] and [`crate::memory`] this is the only module with `unsafe`. Each block is one call into libc
//! with pointers to values of the caller, but for the one in [`workers`].

mod copy;
mod signal;
mod wait;
mod workers;
mod write;

pub use copy::copy_range;
pub use wait::{Direction, wait};
pub use workers::Workers;
pub use write::{Kind, write_vectored};

use std::io::{Error, Result};

/// The result of a call that answers -1 on failure.
fn check(result: libc::c_int) -> Result<libc::c_int> {
    if result == -1 { Err(Error::last_os_error()) } else { Ok(result) }
}
