//! `SIGPIPE`, which ends a program that writes to a pipe without a reader unless it has been told not to.
//!
//! A library may not change what a signal does in the whole process. So the signal is kept from this thread while it
//! writes, and taken back when the write raised it: a signal of that kind goes to the thread that wrote.

use std::mem::MaybeUninit;
use std::ptr::null_mut;

/// Runs `write`; `broken` says of its result whether it found nobody to read.
pub fn without_sigpipe<T>(write: impl FnOnce() -> T, broken: impl FnOnce(&T) -> bool) -> T {
    if is_pending() {
        // The program keeps it from itself, and one more changes nothing.
        return write();
    }
    let (only, mut before) = (only_sigpipe(), MaybeUninit::uninit());
    // SAFETY: both sets live as long as the call, which fills the second one; it fails for an unknown action only.
    let before = unsafe {
        libc::pthread_sigmask(libc::SIG_BLOCK, &only, before.as_mut_ptr());
        before.assume_init()
    };
    let result = write();
    if broken(&result) && is_pending() {
        let mut signal = 0;
        // SAFETY: the set and the output live as long as the call, which returns at once: the signal waits.
        unsafe { libc::sigwait(&only, &mut signal) };
    }
    // SAFETY: the set was filled above; NULL says that nobody wants the present one.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, null_mut()) };
    result
}

/// A set of signals with `SIGPIPE` alone.
fn only_sigpipe() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: the first call initialises the set; neither fails for a valid pointer and a known signal.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
        set.assume_init()
    }
}

/// Whether the signal waits for this thread.
fn is_pending() -> bool {
    let mut pending = MaybeUninit::uninit();
    // SAFETY: the first call initialises the set, which the second one reads; neither fails for a valid pointer.
    unsafe {
        libc::sigpending(pending.as_mut_ptr());
        libc::sigismember(pending.as_ptr(), libc::SIGPIPE) == 1
    }
}
