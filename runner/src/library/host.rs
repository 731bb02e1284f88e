//! The protocol: one line in, one line out.

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use arrowipc_kit::cdata::take_faults;
use serde::Deserialize;
use serde_json::Value;

use super::abi::Library;
use super::answer::{self, Members, Refusal, members};
use super::claims;
use super::request::Start;
use crate::adapter::message::PROTOCOL;

/// A library that answers requests.
pub struct Host {
    /// The library.
    pub library: Library,
    path: PathBuf,
    workdir: PathBuf,
}

impl Host {
    /// A host of a library that was loaded from `path`.
    pub fn new(library: Library, path: &Path) -> Self {
        Self { library, path: path.to_owned(), workdir: PathBuf::new() }
    }

    /// The place of a payload file.
    pub fn payload(&self, path: &Path) -> PathBuf {
        self.workdir.join(path)
    }

    /// Answers every line of standard input, until `stop` or the end.
    pub fn serve(mut self) -> io::Result<()> {
        let mut answers = take_standard_output()?;
        for line in io::stdin().lock().lines() {
            let Some(answer) = self.answer(&line?) else { break };
            // One write a line, so that a reader never sees half of one.
            answers.write_all(format!("{answer}\n").as_bytes())?;
        }
        Ok(())
    }

    /// The answer to a line; `None` for `stop`.
    fn answer(&mut self, line: &str) -> Option<Value> {
        let request: Value = match serde_json::from_str(line) {
            Ok(request) => request,
            Err(error) => {
                let refusal = Refusal::Error(format!("the line is not JSON: {error}"));
                return Some(answer::line(None, Err(refusal), Vec::new()));
            }
        };
        let id = request.get("id").cloned();
        let outcome = match request.get("cmd").and_then(Value::as_str) {
            Some("start") => match read(&request).and_then(|start| self.start(start)) {
                // An introduction is no answer to a numbered request: it has no status.
                Ok(introduction) => return Some(introduction.into()),
                Err(refusal) => Err(refusal),
            },
            Some("produce") => read(&request).and_then(|request| self.produce(&request)),
            Some("consume") => read(&request).and_then(|request| self.consume(&request)),
            Some("transcode") => read(&request).and_then(|request| self.transcode(&request)),
            Some("echo") => read(&request).and_then(|request| self.echo(&request)),
            Some("reset") => Ok(members(serde_json::json!({"allocated": self.library.memory_current()}))),
            Some("stop") => return None,
            Some(command) => Err(Refusal::unsupported(format!("the command {command}"))),
            None => Err(Refusal::Error("the request has no `cmd`".into())),
        };
        Some(answer::line(id, outcome, take_faults()))
    }

    fn start(&mut self, start: Start) -> Result<Members, Refusal> {
        if !start.protocols.contains(&PROTOCOL) {
            let offered = start.protocols;
            return Err(Refusal::Error(format!(
                "this adapter speaks protocol {PROTOCOL}, the runner offers {offered:?}"
            )));
        }
        self.workdir = start.workdir;
        Ok(claims::introduction(self.library, &self.path))
    }
}

fn read<T: for<'de> Deserialize<'de>>(request: &Value) -> Result<T, Refusal> {
    T::deserialize(request).map_err(|error| Refusal::Error(format!("the request cannot be understood: {error}")))
}

/// Standard output for the protocol alone: what the library prints from here on goes to standard error.
fn take_standard_output() -> io::Result<File> {
    let protocol = rustix::io::dup(io::stdout())?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(protocol.into())
}
