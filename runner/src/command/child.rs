//! One process: started on files, awaited, bounded.
//!
//! Standard input and output are files, so that neither can fill up while the other is awaited. The time limit is the engine's: it kills
//! the group of the host's process, to which the child belongs.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, getpgrp, getpid, kill_process_group, pidfd_open};

use super::template::Template;
use crate::adapter::lines::StderrTail;

/// How often what a child writes is measured.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// What a process may write: four times what it is given, and this.
const MOST_BEYOND_INPUT: u64 = 1 << 30;

/// A process to be started.
#[derive(Debug)]
pub struct Start<'a> {
    /// Program, arguments and environment, without placeholders.
    pub command: &'a Template,
    /// Standard input; nothing is there to be read without one.
    pub stdin: Option<&'a Path>,
    /// Standard output; what is printed goes to standard error without one.
    pub stdout: Option<&'a Path>,
    /// The file that the process reads, wherever it does.
    pub reads: &'a Path,
    /// The file that it writes, wherever it does.
    pub writes: Option<&'a Path>,
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    /// As the system tells it.
    pub status: ExitStatus,
    /// The last part of its standard error.
    pub stderr: String,
    /// The bytes that it had written when it was killed for that.
    pub flooded: Option<u64>,
}

impl Start<'_> {
    /// Starts the process and awaits its end.
    pub fn run(&self) -> io::Result<Ended> {
        let [program, arguments @ ..] = self.command.command.as_slice() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the command is empty"));
        };
        let mut command = Command::new(program);
        command.args(arguments).envs(&self.command.env).stderr(Stdio::piped());
        command.stdin(self.stdin.map_or_else(|| Ok(Stdio::null()), |path| File::open(path).map(Stdio::from))?);
        command.stdout(match self.stdout {
            Some(path) => File::create(path)?.into(),
            // Standard output of this process belongs to the protocol.
            None => Stdio::from(rustix::io::dup(io::stderr())?),
        });
        let mut child = command.spawn()?;
        let stderr = child.stderr.take().map(StderrTail::follow).unwrap_or_default();
        let most = file_size(self.reads).saturating_mul(4).saturating_add(MOST_BEYOND_INPUT);
        let flooded = self.watch(&mut child, most)?;
        let status = child.wait()?;
        Ok(Ended { status, stderr: stderr.last_words(), flooded })
    }

    /// Waits for the end of the child, which it hastens when the child writes too much, or when nobody awaits the answer any more.
    fn watch(&self, child: &mut Child, most: u64) -> io::Result<Option<u64>> {
        let Some(pid) = Pid::from_raw(child.id().cast_signed()) else { return Ok(None) };
        let end = pidfd_open(pid, PidfdFlags::empty())?;
        let answers = io::stdout();
        loop {
            let mut awaited = [PollFd::new(&end, PollFlags::IN), PollFd::new(&answers, PollFlags::empty())];
            match poll(&mut awaited, Some(&TICK)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if awaited[0].revents().contains(PollFlags::IN) {
                return Ok(None);
            }
            if awaited[1].revents().contains(PollFlags::ERR) {
                abandon(child);
            }
            let written = self.writes.map_or(0, file_size);
            if written > most {
                child.kill()?;
                return Ok(Some(written));
            }
        }
    }
}

/// Ends this process and the child, whose engine has gone: with everything that the child may have started, where that is in a group of ours.
fn abandon(child: &mut Child) -> ! {
    let _ = child.kill();
    if getpgrp() == getpid() {
        let _ = kill_process_group(getpgrp(), Signal::KILL);
    }
    std::process::exit(crate::cli::INFRASTRUCTURE.into())
}

fn file_size(path: &Path) -> u64 {
    path.metadata().map_or(0, |data| data.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Template {
        Template { command: ["sh", "-c", script].map(str::to_owned).to_vec(), env: Default::default() }
    }

    /// Runs a script whose standard input holds `input`; what it wrote, and how it ended.
    fn run(script: &str, input: &[u8]) -> (Vec<u8>, Ended) {
        let folder = tempfile::tempdir().unwrap();
        let (given, out) = (folder.path().join("in"), folder.path().join("out"));
        std::fs::write(&given, input).unwrap();
        let command = shell(script);
        let start =
            Start { command: &command, stdin: Some(&given), stdout: Some(&out), reads: &given, writes: Some(&out) };
        let ended = start.run().unwrap();
        (std::fs::read(&out).unwrap(), ended)
    }

    #[test]
    fn what_goes_in_and_out_may_be_larger_than_any_pipe() {
        let input = vec![b'x'; 1 << 20];
        let (output, ended) = run("cat; cat /dev/null; echo done >&2", &input);
        assert_eq!(output, input);
        assert!(ended.status.success());
        assert_eq!(ended.stderr, "done");
    }

    #[test]
    fn what_floods_the_disk_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let command = shell("exec sleep 60");
        let input = Path::new("/dev/null");
        let start = Start { command: &command, stdin: None, stdout: None, reads: input, writes: Some(&out) };
        // A file without blocks is as large to the watch as one that fills the disk.
        File::create(&out).unwrap().set_len(MOST_BEYOND_INPUT + 1).unwrap();
        let ended = start.run().unwrap();
        assert_eq!((ended.flooded, ended.status.success()), (Some(MOST_BEYOND_INPUT + 1), false));
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let command = Template { command: vec!["/no/such/program".into()], env: Default::default() };
        let start = Start { command: &command, stdin: None, stdout: None, reads: Path::new("/"), writes: None };
        assert_eq!(start.run().unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
