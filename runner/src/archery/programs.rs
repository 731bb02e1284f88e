//! The executables, one a verb, and how they are started.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::case::options::Phase;
use crate::command::child::Start;
use crate::command::end::Refusal;
use crate::command::template::Template;

/// What an executable does: it turns one file into another, or compares two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Integration JSON → IPC file.
    JsonToArrow,
    /// IPC file → integration JSON.
    ArrowToJson,
    /// Whether an IPC file holds what the integration JSON says.
    Validate,
    /// IPC file → IPC stream.
    FileToStream,
    /// IPC stream → IPC file.
    StreamToFile,
}

impl Verb {
    /// Its key in `[archery]`.
    pub fn name(self) -> &'static str {
        match self {
            Self::JsonToArrow => "json_to_arrow",
            Self::ArrowToJson => "arrow_to_json",
            Self::Validate => "validate",
            Self::FileToStream => "file_to_stream",
            Self::StreamToFile => "stream_to_file",
        }
    }

    /// The placeholders of its two files.
    pub fn files(self) -> [&'static str; 2] {
        match self {
            Self::JsonToArrow | Self::Validate => ["json", "arrow"],
            Self::ArrowToJson => ["arrow", "json"],
            Self::FileToStream | Self::StreamToFile => ["in", "out"],
        }
    }

    /// Whether it makes the second file of the first one.
    fn writes(self) -> bool {
        self != Self::Validate
    }
}

/// The executables: `[archery]` of `adapter.toml`. A file that a command does not name is its standard input or output.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Executables(pub BTreeMap<Verb, Template>);

/// An executable that did not do what it was asked to.
#[derive(Debug)]
pub struct Failure {
    /// Why.
    pub refusal: Refusal,
    /// Whether it had written something by then.
    wrote: bool,
}

impl Failure {
    /// Of an executable that reads what the request is about. Where it refuses, it does not say; one that has written something was beyond
    /// the beginning.
    pub fn while_reading(self) -> Refusal {
        let phase = if self.wrote { Phase::Batch } else { Phase::Open };
        self.in_phase(phase)
    }

    /// Of an executable that writes it.
    pub fn while_writing(self) -> Refusal {
        self.in_phase(Phase::Write)
    }

    fn in_phase(self, phase: Phase) -> Refusal {
        match self.refusal {
            Refusal::Rejected { kind, message, .. } => Refusal::Rejected { phase, kind, message },
            other => other,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, wrote: false }
    }
}

impl Executables {
    /// Whether there is one for a verb.
    pub fn has(&self, verb: Verb) -> bool {
        self.0.contains_key(&verb)
    }

    /// Runs the executable of a verb on two files. What it writes is gone if it fails.
    pub fn run(&self, verb: Verb, from: &Path, to: &Path) -> Result<(), Failure> {
        let Some(template) = self.0.get(&verb) else {
            return Err(Refusal::Unsupported(format!("{}, for which there is no executable", verb.name())).into());
        };
        let [from_name, to_name] = verb.files();
        let command = template.fill(&[(from_name, &from.to_string_lossy()), (to_name, &to.to_string_lossy())]);
        let start = Start {
            command: &command,
            stdin: (!template.names(from_name)).then_some(from),
            stdout: (verb.writes() && !template.names(to_name)).then_some(to),
            reads: from,
            writes: verb.writes().then_some(to),
        };
        let program = command.command.join(" ");
        let ended = start.run().map_err(|error| Refusal::Error(format!("'{program}' could not be run: {error}")))?;
        let done = ended.done(&program, Phase::Open);
        let wrote = verb.writes() && to.metadata().is_ok_and(|data| data.len() > 0);
        if done.is_ok() && verb.writes() && !wrote {
            let message = format!("'{program}' ended well and wrote nothing");
            return Err(Refusal::Rejected { phase: Phase::Open, kind: "no output".into(), message }.into());
        }
        done.map_err(|refusal| {
            if verb.writes() {
                // That there may be no file is the same.
                let _ = std::fs::remove_file(to);
            }
            Failure { refusal, wrote }
        })
    }
}
