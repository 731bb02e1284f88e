//! What the end of a process means: done, refused, crashed, or never really run.

use std::os::unix::process::ExitStatusExt;

use serde_json::{Map, Value, json};

use super::child::Ended;
use crate::adapter::process::End;
use crate::case::options::Phase;

/// The members of an answer but for its `id`.
pub type Members = Map<String, Value>;

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// The program says no.
    Rejected {
        /// Where, as far as can be told.
        phase: Phase,
        /// How it says so.
        kind: String,
        /// What it says.
        message: String,
    },
    /// The program died.
    Crashed {
        /// Of a signal, or with an exit code that says as much.
        end: Crash,
        /// What it said last.
        stderr: String,
    },
    /// The program cannot be asked for this.
    Unsupported(String),
    /// The program could not be run.
    Error(String),
}

/// How a program died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// Of a signal.
    Signal(i32),
    /// With an exit code.
    Exit(i32),
}

/// Signals of which programs die by their own fault, or for memory.
const FATAL: &[(i32, &str)] =
    &[(4, "SIGILL"), (6, "SIGABRT"), (7, "SIGBUS"), (8, "SIGFPE"), (9, "SIGKILL"), (11, "SIGSEGV"), (25, "SIGXFSZ")];

/// A shell that cannot run a program says so with these exit codes.
const NOT_RUN: [i32; 2] = [126, 127];

/// Lines of standard error that a message has at most.
const MOST_LINES: usize = 3;

impl Ended {
    /// Whether the program did what it was asked to; `phase` is where it refused if it did so.
    pub fn done(&self, program: &str, phase: Phase) -> Result<(), Refusal> {
        if let Some(bytes) = self.flooded {
            let stderr = format!("was killed when it had written {bytes} bytes\n{}", self.stderr);
            return Err(Refusal::Crashed { end: Crash::Signal(25), stderr });
        }
        let stderr = || self.stderr.clone();
        match (self.status.code(), self.status.signal()) {
            (Some(0), _) => Ok(()),
            (None, signal) => {
                Err(Refusal::Crashed { end: Crash::Signal(signal.unwrap_or_default()), stderr: stderr() })
            }
            (Some(code), _) if NOT_RUN.contains(&code) => {
                Err(Refusal::Error(format!("'{program}' could not be run (exit code {code}): {}", stderr())))
            }
            (Some(code), _) if is_crash(code, &self.stderr) => {
                Err(Refusal::Crashed { end: Crash::Exit(code), stderr: stderr() })
            }
            (Some(code), _) => {
                let message = last_words(&self.stderr);
                let message = if message.is_empty() { "nothing on standard error".into() } else { message };
                Err(Refusal::Rejected { phase, kind: format!("exit code {code}"), message })
            }
        }
    }
}

/// Whether an exit code tells of a crash: 128 and a fatal signal from a shell, a panic from programs in Rust and Go.
fn is_crash(code: i32, stderr: &str) -> bool {
    let says = |words: &str| stderr.lines().any(|line| line.starts_with(words));
    FATAL.iter().any(|(signal, _)| code == 128 + signal)
        || (code == 101 && stderr.contains("panicked at"))
        || (code == 2 && (says("panic: ") || says("fatal error: ")))
}

/// The last lines but for stack frames, which are indented.
fn last_words(stderr: &str) -> String {
    let lines = stderr.lines().filter(|line| !line.trim().is_empty() && !line.starts_with(char::is_whitespace));
    let lines: Vec<&str> = lines.filter(|line| *line != "Traceback (most recent call last):").collect();
    lines[lines.len().saturating_sub(MOST_LINES)..].join("\n")
}

/// The line that answers a request.
pub fn line(id: Option<Value>, outcome: Result<Members, Refusal>) -> Value {
    let mut answer = Members::new();
    answer.extend(id.map(|id| ("id".to_owned(), id)));
    answer.extend(match outcome {
        Ok(members) => Members::from_iter([("status".to_owned(), "ok".into())]).into_iter().chain(members).collect(),
        Err(refusal) => refusal.members(),
    });
    answer.into()
}

impl Refusal {
    fn members(self) -> Members {
        members(match self {
            Self::Rejected { phase, kind, message } => {
                json!({"status": "rejected", "phase": phase, "error": {"type": kind, "message": message}})
            }
            Self::Crashed { end: Crash::Exit(code), stderr } => {
                json!({"status": "crashed", "exit": code, "stderr": stderr})
            }
            Self::Crashed { end: Crash::Signal(number), stderr } => {
                let known = FATAL.iter().find(|(signal, _)| *signal == number);
                let name = known.map_or_else(|| End::Signal(number).to_string(), |(_, name)| (*name).to_owned());
                json!({"status": "crashed", "signal": name, "stderr": stderr})
            }
            Self::Unsupported(feature) => json!({"status": "unsupported", "feature": feature}),
            Self::Error(message) => json!({"status": "error", "message": message}),
        })
    }

    /// A failure of this host itself while it did something to a file.
    pub fn io(action: &str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let place = format!("{action} {}", path.display());
        move |error| Self::Error(format!("{place}: {error}"))
    }
}

/// The members of an object that was written with `json!`.
pub fn members(object: Value) -> Members {
    match object {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use super::*;

    fn ended(wait_status: i32, stderr: &str) -> Result<(), Refusal> {
        let ended = Ended { status: ExitStatus::from_raw(wait_status), stderr: stderr.into(), flooded: None };
        ended.done("tool", Phase::Batch)
    }

    fn exit(code: i32, stderr: &str) -> Value {
        line(Some(7.into()), ended(code << 8, stderr).map(|()| Members::new()))
    }

    #[test]
    fn an_exit_code_is_a_refusal_with_the_last_words() {
        assert_eq!(exit(0, "a warning"), json!({"id": 7, "status": "ok"}));
        let traceback = "Traceback (most recent call last):\n  File \"x\", line 1\n    f()\nArrowInvalid: no schema\n";
        assert_eq!(
            exit(1, traceback),
            json!({"id": 7, "status": "rejected", "phase": "batch",
                   "error": {"type": "exit code 1", "message": "ArrowInvalid: no schema"}})
        );
        assert_eq!(exit(3, "")["error"]["message"], "nothing on standard error");
        assert_eq!(exit(1, "a\nb\n\nc\nd")["error"]["message"], "b\nc\nd");
    }

    #[test]
    fn a_signal_is_a_crash_and_so_is_a_panic() {
        let of_signal = line(None, ended(11, "why").map(|()| Members::new()));
        assert_eq!(of_signal, json!({"status": "crashed", "signal": "SIGSEGV", "stderr": "why"}));
        assert_eq!(exit(139, "")["exit"], 139);
        assert_eq!(exit(101, "thread 'main' panicked at a.rs:1:1:\nx")["status"], "crashed");
        assert_eq!(exit(101, "usage")["status"], "rejected");
        assert_eq!(exit(2, "panic: index out of range\n\ngoroutine 1 [running]:")["status"], "crashed");
        assert_eq!(exit(2, "usage")["status"], "rejected");
    }

    #[test]
    fn a_program_that_a_shell_cannot_run_refuses_nothing() {
        assert_eq!(
            exit(127, "sh: mycat: not found"),
            json!({"id": 7, "status": "error",
                   "message": "'tool' could not be run (exit code 127): sh: mycat: not found"})
        );
    }
}
