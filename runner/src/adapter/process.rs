//! One process of an adapter: started in its own process group, asked line by line, bounded in time and memory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, kill_process_group, prlimit};

use super::lines::{Line, MAX_LINE, StderrTail, read_lines};
use super::manifest::Limits;
use super::spawn::spawn;

/// How often a process that is being waited for is looked at.
const POLL: Duration = Duration::from_millis(20);

/// Time for a process to end by itself: after `stop`, after the end of its output, after SIGABRT.
const GRACE: Duration = Duration::from_millis(500);

/// Variables of the caller that reach an adapter.
const KEPT: &[&str] =
    &["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"];

/// Variables that are the same everywhere, so that a run can be repeated.
const PINNED: &[(&str, &str)] = &[
    ("TZ", "UTC"),
    ("LC_ALL", "C.UTF-8"),
    ("PYTHONHASHSEED", "0"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("OMP_NUM_THREADS", "1"),
    ("ARROW_IO_THREADS", "1"),
    ("RAYON_NUM_THREADS", "1"),
    ("POLARS_MAX_THREADS", "1"),
];

/// How to start a process.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Added to the pinned environment.
    pub env: BTreeMap<String, String>,
    /// Bounds.
    pub limits: Limits,
}

/// The variable with the kit's path, for what loads the kit before it is told to `start`.
const KIT: &str = "ARROWIPC_KIT";

impl Launch {
    /// The same, with the kit's path in the environment.
    pub fn with_kit(mut self, kit: &Path) -> Self {
        self.env.entry(KIT.into()).or_insert_with(|| kit.to_string_lossy().into_owned());
        self
    }
}

/// How a process failed to answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Death {
    /// The program cannot be run at all.
    #[error("cannot run {program}: {reason}")]
    NotStarted {
        /// The program.
        program: String,
        /// The system's reason.
        reason: String,
    },
    /// It ended before it answered.
    #[error("ended with {0} before it answered")]
    Ended(End),
    /// It did not answer in time and was killed.
    #[error("did not answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// It used too much memory and was killed.
    #[error("used {used_mib} MiB of memory; its limit is {limit_mib} MiB")]
    OutOfMemory {
        /// Resident memory found.
        used_mib: u64,
        /// The limit.
        limit_mib: u64,
    },
    /// Its standard output is not protocol 1; it was killed.
    #[error("broke the protocol: {0}")]
    Garbage(String),
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// It closed its output and lived on.
    Mute,
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(number) => {
                let name = match *number {
                    4 => " (SIGILL)",
                    6 => " (SIGABRT)",
                    7 => " (SIGBUS)",
                    8 => " (SIGFPE)",
                    9 => " (SIGKILL)",
                    11 => " (SIGSEGV)",
                    15 => " (SIGTERM)",
                    _ => "",
                };
                write!(f, "signal {number}{name}")
            }
            Self::Mute => f.write_str("a closed standard output"),
        }
    }
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Code(code),
            (None, signal) => Self::Signal(signal.unwrap_or_default()),
        }
    }
}

/// The request to end.
const STOP: &str = r#"{"cmd":"stop"}"#;

/// How a process learns that it is no longer needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Farewell {
    /// It is told to stop.
    Stop,
    /// Its standard input ends.
    EndOfInput,
}

/// A running process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    requests: Option<Sender<Vec<u8>>>,
    lines: Receiver<Line>,
    stderr: StderrTail,
    memory_mib: u64,
    killed: bool,
}

impl Process {
    /// Starts the program in `folder`.
    pub fn start(launch: &Launch, folder: &Path) -> Result<Self, Death> {
        let [program, arguments @ ..] = launch.command.as_slice() else {
            return Err(Death::NotStarted { program: "nothing".into(), reason: "the command is empty".into() });
        };
        let failed = |reason: String| Death::NotStarted { program: program.clone(), reason };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(kept_environment())
            .envs(PINNED.iter().copied())
            .envs(&launch.env)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child = spawn(command).map_err(|error| failed(error.to_string()))?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed("its standard streams are missing".into()));
        };
        // The watch on resident memory tells what happened; this stops an allocation that is faster than the watch.
        let bytes = launch.limits.memory_mib.saturating_mul(2 << 20);
        let _ = prlimit(
            Pid::from_raw(child.id().cast_signed()),
            Resource::Data,
            Rlimit { current: Some(bytes), maximum: Some(bytes) },
        );
        let (requests, queue) = channel::<Vec<u8>>();
        thread::spawn(move || {
            // An adapter that does not read must not block the runner; that it is gone shows at its output.
            for request in queue {
                if stdin.write_all(&request).and_then(|()| stdin.flush()).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            child,
            requests: Some(requests),
            lines: read_lines(stdout),
            stderr: StderrTail::follow(stderr),
            memory_mib: launch.limits.memory_mib,
            killed: false,
        })
    }

    /// Sends one line and awaits one. After an error the process is dead.
    pub fn ask(&mut self, request: &str, limit: Duration) -> Result<String, Death> {
        self.silent()?;
        self.stderr.clear();
        self.send(request);
        self.receive(limit)
    }

    /// Nothing, as long as the process has said nothing that was not asked for and was not received. After an error it is dead.
    pub fn silent(&mut self) -> Result<(), Death> {
        match self.lines.try_recv() {
            Err(TryRecvError::Empty) => Ok(()),
            Err(TryRecvError::Disconnected) => Err(self.ended()),
            Ok(line) => Err(self.garbage(&format!("printed without being asked: {}", show(&line)))),
        }
    }

    /// Sends one line, and awaits nothing.
    pub fn send(&self, request: &str) {
        let mut bytes = request.as_bytes().to_vec();
        bytes.push(b'\n');
        if let Some(requests) = &self.requests {
            let _ = requests.send(bytes);
        }
    }

    /// Awaits one line. After an error the process is dead.
    pub fn receive(&mut self, limit: Duration) -> Result<String, Death> {
        let deadline = Instant::now() + limit;
        loop {
            match self.lines.recv_timeout(POLL.min(deadline.saturating_duration_since(Instant::now()))) {
                Ok(Line::Text(line)) => return Ok(line),
                Ok(line) => return Err(self.garbage(&show(&line))),
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(used_mib) = self.resident_mib().filter(|&used| used > self.memory_mib) {
                self.kill();
                return Err(Death::OutOfMemory { used_mib, limit_mib: self.memory_mib });
            }
            if Instant::now() >= deadline {
                // SIGABRT first: faulthandler and its kin then tell on standard error where the process hangs.
                if let Some(pid) = self.pid() {
                    let _ = kill_process(pid, Signal::ABORT);
                }
                self.await_end(GRACE);
                self.kill();
                return Err(Death::TimedOut(limit));
            }
        }
    }

    /// Ends a process whose answer cannot be understood.
    pub fn garbage(&mut self, what: &str) -> Death {
        self.kill();
        Death::Garbage(what.to_owned())
    }

    /// What the process said on standard error since the last request.
    pub fn stderr(&self) -> String {
        if self.killed { self.stderr.last_words() } else { self.stderr.text() }
    }

    /// Asks the process to end, and waits a moment for it.
    pub fn stop(mut self) {
        self.send(STOP);
        self.await_end(GRACE);
    }

    /// Tells the process to stop, or lets it see the end of its input, and awaits its end.
    pub fn end(mut self, farewell: Farewell, limit: Duration) -> Result<End, Death> {
        match farewell {
            Farewell::Stop => self.send(STOP),
            Farewell::EndOfInput => self.requests = None,
        }
        let deadline = Instant::now() + limit;
        match self.lines.recv_timeout(limit) {
            Ok(line) => Err(self.garbage(&format!("printed without being asked: {}", show(&line)))),
            Err(RecvTimeoutError::Timeout) => Err(Death::TimedOut(limit)),
            Err(RecvTimeoutError::Disconnected) => {
                let left = deadline.saturating_duration_since(Instant::now()).max(POLL);
                self.await_end(left).map(End::from).ok_or(Death::TimedOut(limit))
            }
        }
    }

    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(self.child.id().cast_signed())
    }

    fn ended(&mut self) -> Death {
        let end = self.await_end(GRACE).map_or(End::Mute, End::from);
        self.kill();
        Death::Ended(end)
    }

    fn await_end(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            if Instant::now() >= deadline {
                return None;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn kill(&mut self) {
        if std::mem::replace(&mut self.killed, true) {
            return;
        }
        // The group may outlive its leader, so it is killed even when the leader has ended.
        if let Some(pid) = self.pid() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }

    fn resident_mib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(PathBuf::from(format!("/proc/{}/status", self.child.id()))).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kib / 1024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn kept_environment() -> impl Iterator<Item = (&'static str, OsString)> {
    KEPT.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)))
}

fn show(line: &Line) -> String {
    match line {
        Line::Text(text) => format!("'{}'", shorten(text)),
        Line::TooLong => format!("a line of more than {MAX_LINE} bytes"),
        Line::NotText => "a line that is not UTF-8".into(),
    }
}

/// The beginning of a line, as much as a message bears.
pub fn shorten(text: &str) -> String {
    const MOST: usize = 120;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
