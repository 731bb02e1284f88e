//! Running a program that takes its time: what it says is shown when it fails, and how it is getting on while it runs.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::progress::Progress;

/// How many of a program's last lines are remembered.
const LINES: usize = 40;

/// How often a program that is still running is spoken of where there is no terminal.
const REMINDER: Duration = Duration::from_secs(30);

/// How often it is looked at whether a program has ended.
const POLL: Duration = Duration::from_millis(100);

/// Runs a program to its end. Gives how it ended, and the last lines of what it said.
pub fn follow(id: &str, command: &mut Command, progress: &Progress) -> std::io::Result<(ExitStatus, String)> {
    let (output, errors) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(errors.try_clone()?).stderr(errors);
    let mut child = command.spawn()?;
    // The command holds the writing ends of the pipe; without them the pipe ends with the child.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                return;
            }
        }
    });
    let mut said: VecDeque<String> = VecDeque::new();
    let (began, mut reminded) = (Instant::now(), Instant::now());
    loop {
        match lines.recv_timeout(POLL) {
            Ok(line) => {
                progress.doing(&format!("{id}: {line}"));
                said.push_back(line);
                if said.len() > LINES {
                    said.pop_front();
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Ok((child.wait()?, said.make_contiguous().join("\n")));
            }
            // A daemon that the program left behind may hold the pipe open for ever.
            Err(RecvTimeoutError::Timeout) => {
                if let Some(status) = child.try_wait()? {
                    return Ok((status, said.make_contiguous().join("\n")));
                }
            }
        }
        if reminded.elapsed() >= REMINDER {
            let last = said.back().map_or(String::new(), |line| format!("; last it said: {line}"));
            progress.remind(&format!("{id}: still at it after {} s{last}", began.elapsed().as_secs()));
            reminded = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> (ExitStatus, String) {
        follow("x", Command::new("sh").args(["-c", script]), &Progress::silent()).unwrap()
    }

    #[test]
    fn both_outputs_are_heard_and_the_end_is_told() {
        let (status, said) = shell("echo one; echo two >&2; exit 3");
        assert_eq!((status.code(), said.as_str()), (Some(3), "one\ntwo"));
    }

    #[test]
    fn only_the_last_lines_are_remembered() {
        let (_, said) = shell("seq 1000");
        assert_eq!((said.lines().count(), said.lines().next()), (LINES, Some("961")));
    }

    #[test]
    fn what_a_program_leaves_behind_is_not_waited_for() {
        let began = Instant::now();
        assert!(shell("sleep 20 & echo done").0.success());
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
