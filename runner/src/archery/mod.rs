//! The executables of Arrow's own integration tests, the adapters of `kind = "archery"`.
//!
//! Each turns one file into another: integration JSON into an IPC file and back, a file into a stream and back; or it says whether a file
//! holds what the JSON says. That JSON cannot say everything ([`crate::integration_json`]), and the adapter claims no more than it can.

mod programs;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use arrowipc_kit::cdata::Input;
use arrowipc_kit::value::{Canonical, Document};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tempfile::TempDir;

use crate::adapter::message::Via;
use crate::case::options::Format;
use crate::command::claims::{Assumed, Claims};
use crate::command::end::{Members, Refusal, members};
use crate::command::host::{self, Programs};
use crate::command::options::first_asked;
use crate::command::whole;
use crate::integration_json;
use crate::judge::declared::Part;
use crate::library::request::{Consume, Output, Produce, Transcode};
use programs::Failure;

pub use programs::{Executables, Verb};

/// What is claimed for both directions. A dictionary that changes between batches reaches nobody: the JSON has one for all, and so has a
/// file, as which every stream is read.
const FEATURES: &[&str] = &["type.*", "dict.basic", "dict.nested", "dict.ordered", "meta.schema", "meta.field"];

/// What is claimed for reading beside it.
const READ_FEATURES: &[&str] =
    &["dict.shared:r", "endian.big:r", "compress.lz4:r", "compress.zstd:r", "version.v4:r", "legacy:r"];

/// Executables, and what is said of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Archery {
    /// The executables.
    pub executables: Executables,
    /// What is said of them.
    pub claims: Claims,
}

/// Serves protocol 1 on standard input and output for executables.
pub fn serve(archery: &Archery) -> ExitCode {
    host::serve(archery)
}

/// Where the files of one request lie that nobody else sees.
struct Scratch(TempDir);

impl Scratch {
    fn make(folder: &Path) -> Result<Self, Refusal> {
        tempfile::tempdir_in(folder).map(Self).map_err(Refusal::io("cannot make a folder in", folder))
    }

    /// A file that is not there yet: some executables do not write over one.
    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

impl Archery {
    /// Whether every format can be written again as itself: through the other one.
    fn converts(&self) -> bool {
        self.executables.has(Verb::StreamToFile) && self.executables.has(Verb::FileToStream)
    }

    fn observe(&self) -> Vec<Via> {
        let ways = [
            (Via::Json, self.executables.has(Verb::ArrowToJson)),
            (Via::Transcode, self.converts()),
            (Via::Itself, self.executables.has(Verb::Validate)),
        ];
        ways.into_iter().filter(|(_, there)| *there).map(|(via, _)| via).collect()
    }

    fn assumed_features(&self) -> Vec<String> {
        let has = |verb| self.executables.has(verb);
        let formats = [
            ("format.file:r", true),
            ("format.stream:r", has(Verb::StreamToFile)),
            ("format.file:w", has(Verb::JsonToArrow) || self.converts()),
            ("format.stream:w", has(Verb::JsonToArrow) && has(Verb::FileToStream) || self.converts()),
        ];
        let formats = formats.iter().filter(|(_, there)| *there).map(|(feature, _)| feature);
        formats.chain(FEATURES).chain(READ_FEATURES).map(|feature| (*feature).to_owned()).collect()
    }

    /// The input as an IPC file, which every executable reads.
    fn as_file(&self, path: &Path, format: Format, scratch: &Scratch) -> Result<PathBuf, Refusal> {
        match format {
            Format::File => Ok(path.to_owned()),
            Format::Stream => {
                let file = scratch.file("as-file.arrow");
                self.executables.run(Verb::StreamToFile, path, &file).map_err(Failure::while_reading)?;
                Ok(file)
            }
        }
    }

    /// Reads a file to its end, for the sake of reading it.
    fn read_through(&self, file: &Path, scratch: &Scratch) -> Result<(), Refusal> {
        let reads = [Verb::FileToStream, Verb::ArrowToJson].into_iter().find(|verb| self.executables.has(*verb));
        let verb = reads.ok_or_else(|| Refusal::Unsupported("reading without comparing".into()))?;
        self.executables.run(verb, file, &scratch.file("read-through")).map_err(Failure::while_reading)
    }

    /// What the implementation's own writer of integration JSON says it read.
    fn read_as_json(&self, file: &Path, scratch: &Scratch) -> Result<Document, Refusal> {
        let json = scratch.file("read.json");
        self.executables.run(Verb::ArrowToJson, file, &json).map_err(Failure::while_reading)?;
        let text = std::fs::read(&json).map_err(Refusal::io("cannot read", &json))?;
        integration_json::read(&text).map_err(|error| {
            Refusal::Error(format!("what arrow_to_json wrote is not Arrow's integration JSON: {error}"))
        })
    }

    /// Whether the implementation itself finds in a file what is expected.
    fn compare(&self, expected: &Path, file: &Path, scratch: &Scratch) -> Result<Members, Refusal> {
        let difference = match self.executables.run(Verb::Validate, expected, file) {
            Ok(()) => return Ok(members(json!({"facts": {"equal": true}}))),
            Err(Failure { refusal: Refusal::Rejected { message, .. }, .. }) => message,
            Err(failure) => return Err(failure.while_reading()),
        };
        // The executable does not say whether it could not read or read something else; another one that reads does.
        match self.read_through(file, scratch) {
            Ok(()) | Err(Refusal::Unsupported(_)) => {
                Ok(members(json!({"facts": {"equal": false, "difference": difference}})))
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Writes what was read in another format, or in the same one by way of the other.
    fn convert(
        &self,
        path: &Path,
        (format, to): (Format, Format),
        out: &Path,
        scratch: &Scratch,
    ) -> Result<(), Refusal> {
        let between = scratch.file("between");
        let steps: &[(Verb, &Path, &Path)] = match (format, to) {
            (Format::Stream, Format::File) => &[(Verb::StreamToFile, path, out)],
            (Format::File, Format::Stream) => &[(Verb::FileToStream, path, out)],
            (Format::Stream, Format::Stream) => {
                &[(Verb::StreamToFile, path, &between), (Verb::FileToStream, &between, out)]
            }
            (Format::File, Format::File) => {
                &[(Verb::FileToStream, path, &between), (Verb::StreamToFile, &between, out)]
            }
        };
        for (verb, from, to) in steps {
            let failed = if *from == path { Failure::while_reading } else { Failure::while_writing };
            self.executables.run(*verb, from, to).map_err(failed)?;
        }
        Ok(())
    }
}

impl Programs for Archery {
    fn introduction(&self) -> Members {
        let roles = [
            ("produce", self.executables.has(Verb::JsonToArrow)),
            ("consume", !self.observe().is_empty()),
            ("transcode", self.converts()),
        ];
        let mut introduction = self.claims.introduction(Assumed {
            adapter: "serve-archery",
            roles: roles.into_iter().filter(|(_, there)| *there).map(|(role, _)| role).collect(),
            features: self.assumed_features(),
            observe: self.observe(),
            loses: &[Part::BatchMetadata],
        });
        introduction.insert("limited_to".into(), "integration_json".into());
        introduction
    }

    fn produce(&self, folder: &Path, request: &Produce) -> Result<Members, Refusal> {
        let out = output(folder, &request.output)?;
        let Some(input) = &request.input else { return Err(Refusal::Unsupported("data that are no batches".into())) };
        let input = folder.join(input);
        let text = std::fs::read(&input).map_err(Refusal::io("cannot read", &input))?;
        let Input { document, .. } =
            Input::from_json(&text).map_err(|error| Refusal::Error(format!("{}: {error}", input.display())))?;
        let json = integration_json::write(&document)
            .map_err(|reason| Refusal::Unsupported(format!("integration JSON of these data ({reason})")))?;
        let scratch = Scratch::make(folder)?;
        let written = scratch.file("written.json");
        std::fs::write(&written, json.to_string()).map_err(Refusal::io("cannot write", &written))?;
        match request.format {
            Format::File => self.executables.run(Verb::JsonToArrow, &written, &out).map_err(Failure::while_writing)?,
            Format::Stream => {
                let file = scratch.file("written.arrow");
                self.executables.run(Verb::JsonToArrow, &written, &file).map_err(Failure::while_writing)?;
                self.executables.run(Verb::FileToStream, &file, &out).map_err(Failure::while_writing)?;
            }
        }
        size(&out)
    }

    fn transcode(&self, folder: &Path, request: &Transcode) -> Result<Members, Refusal> {
        whole::transcode(request)?;
        let out = output(folder, &request.output)?;
        let scratch = Scratch::make(folder)?;
        self.convert(&folder.join(&request.path), (request.format, request.to), &out, &scratch)?;
        size(&out)
    }

    fn consume(&self, folder: &Path, request: &Consume) -> Result<Members, Refusal> {
        whole::consume(request)?;
        let (path, observe) = (folder.join(&request.path), &request.observe);
        let out = || {
            observe
                .out
                .as_ref()
                .map(|out| folder.join(out))
                .ok_or_else(|| Refusal::Error("observe names no file".into()))
        };
        let scratch = Scratch::make(folder)?;
        match observe.via {
            Via::Json => {
                let file = self.as_file(&path, request.format, &scratch)?;
                let document = self.read_as_json(&file, &scratch)?;
                let out = out()?;
                std::fs::write(&out, document.canonical()).map_err(Refusal::io("cannot write", &out))?;
                Ok(members(json!({"batches": document.batch_count(), "rows": document.row_count()})))
            }
            Via::Transcode => {
                let out = out()?;
                self.convert(&path, (request.format, request.format), &out, &scratch)?;
                size(&out)
            }
            Via::Itself => {
                let expected = observe.expected.as_ref().ok_or_else(|| {
                    Refusal::Unsupported("comparing by itself, without integration JSON of what is expected".into())
                })?;
                let file = self.as_file(&path, request.format, &scratch)?;
                self.compare(&folder.join(expected), &file, &scratch)
            }
            // To write a stream as a file is to read it.
            Via::None if request.format == Format::Stream => {
                self.as_file(&path, request.format, &scratch).map(|_| Members::new())
            }
            Via::None => self.read_through(&path, &scratch).map(|()| Members::new()),
            other => Err(Refusal::Unsupported(format!("observing via {}", other.name()))),
        }
    }
}

/// The file for the bytes; the executables know no options.
fn output(folder: &Path, output: &Output) -> Result<PathBuf, Refusal> {
    whole::write(output)?;
    if let Some(option) = first_asked(&output.options) {
        return Err(Refusal::Unsupported(option));
    }
    Ok(folder.join(&output.out))
}

fn size(out: &Path) -> Result<Members, Refusal> {
    let size = out.metadata().map_err(Refusal::io("cannot find", out))?.len();
    Ok(members(json!({"size": size})))
}
