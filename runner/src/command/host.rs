//! The protocol: one line in, one line out.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Deserialize;
use serde_json::{Value, json};

use super::end::{Members, Refusal, line, members};
use crate::adapter::message::PROTOCOL;
use crate::cli::INFRASTRUCTURE;
use crate::library::request::{Consume, Produce, Start, Transcode};

/// Programs that answer requests, each by being started.
pub trait Programs {
    /// The answer to `start`.
    fn introduction(&self) -> Members;
    /// Canonical data → IPC. Paths are relative to `folder`, here and below.
    fn produce(&self, folder: &Path, request: &Produce) -> Result<Members, Refusal>;
    /// IPC → IPC.
    fn transcode(&self, folder: &Path, request: &Transcode) -> Result<Members, Refusal>;
    /// IPC → what was read.
    fn consume(&self, folder: &Path, request: &Consume) -> Result<Members, Refusal>;
}

/// Serves protocol 1 on standard input and output, until `stop` or the end of the input.
pub fn serve(programs: &impl Programs) -> ExitCode {
    let mut host = Host { programs, folder: PathBuf::new() };
    let served = host.serve();
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("arrowipc: standard input or output fails: {error}");
            INFRASTRUCTURE.into()
        }
    }
}

struct Host<'a, P> {
    programs: &'a P,
    folder: PathBuf,
}

impl<P: Programs> Host<'_, P> {
    fn serve(&mut self) -> io::Result<()> {
        for line in io::stdin().lock().lines() {
            let Some(answer) = self.answer(&line?) else { break };
            // One write a line, so that a reader never sees half of one.
            io::stdout().write_all(format!("{answer}\n").as_bytes())?;
        }
        Ok(())
    }

    /// The answer to a line; `None` for `stop`.
    fn answer(&mut self, request: &str) -> Option<Value> {
        let request: Value = match serde_json::from_str(request) {
            Ok(request) => request,
            Err(error) => return Some(line(None, Err(Refusal::Error(format!("the line is not JSON: {error}"))))),
        };
        let outcome = match request.get("cmd").and_then(Value::as_str) {
            Some("start") => match read(&request).and_then(|start| self.start(start)) {
                // An introduction is no answer to a numbered request: it has no status.
                Ok(introduction) => return Some(introduction.into()),
                Err(refusal) => Err(refusal),
            },
            Some("produce") => read(&request).and_then(|request| self.programs.produce(&self.folder, &request)),
            Some("transcode") => read(&request).and_then(|request| self.programs.transcode(&self.folder, &request)),
            Some("consume") => read(&request).and_then(|request| self.programs.consume(&self.folder, &request)),
            // Nothing outlives a request.
            Some("reset") => Ok(members(json!({"allocated": 0}))),
            Some("stop") => return None,
            Some(command) => Err(Refusal::Unsupported(format!("the command {command}"))),
            None => Err(Refusal::Error("the request has no `cmd`".into())),
        };
        Some(line(request.get("id").cloned(), outcome))
    }

    fn start(&mut self, start: Start) -> Result<Members, Refusal> {
        if !start.protocols.contains(&PROTOCOL) {
            let offered = start.protocols;
            return Err(Refusal::Error(format!(
                "this adapter speaks protocol {PROTOCOL}, the runner offers {offered:?}"
            )));
        }
        self.folder = start.workdir;
        Ok(self.programs.introduction())
    }
}

fn read<T: for<'de> Deserialize<'de>>(request: &Value) -> Result<T, Refusal> {
    T::deserialize(request).map_err(|error| Refusal::Error(format!("the request cannot be understood: {error}")))
}
