//! Starting processes that end when this one does, in whatever way.

use std::io::{Error, Result};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::LazyLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use rustix::process::{Signal, set_parent_process_death_signal};

/// A process to start, and who waits for it.
type Job = (Command, Sender<Result<Child>>);

/// The thread that starts all processes. A child is told when the thread that started it ends, so that must be one that lives on.
static STARTER: LazyLock<Sender<Job>> = LazyLock::new(|| {
    let (jobs, queue) = channel::<Job>();
    thread::spawn(move || {
        for (mut command, asker) in queue {
            // An asker that is gone needs no child; it is dropped, and sees the end of its input.
            let _ = asker.send(command.spawn());
        }
    });
    jobs
});

/// Starts a process that is killed when this one ends: an adapter that hangs does not see the end of its input.
pub fn spawn(mut command: Command) -> Result<Child> {
    // SAFETY: between fork and exec there is one system call, and nothing is allocated.
    unsafe {
        command.pre_exec(|| set_parent_process_death_signal(Some(Signal::KILL)).map_err(Error::from));
    }
    let gone = || Error::other("the thread that starts processes has ended");
    let (asker, answer) = channel();
    STARTER.send((command, asker)).map_err(|_| gone())?;
    answer.recv().unwrap_or_else(|_| Err(gone()))
}
