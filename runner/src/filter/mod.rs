//! Filters: commands that read IPC and write IPC, the adapters of `kind = "filter"`.
//!
//! What a filter read is proved by what it writes, which others read. So one command makes an implementation a consumer and a producer.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::adapter::message::Via;
use crate::case::options::{Format, Phase, WriteOptions};
use crate::command::child::Start;
use crate::command::claims::{Assumed, Claims};
use crate::command::end::{Members, Refusal, members};
use crate::command::host::{self, Programs};
use crate::command::options::OPTIONS;
use crate::command::template::Template;
use crate::command::whole;
use crate::library::request::{Consume, Produce, Transcode};

/// What is claimed for a filter unless it is said what to claim: all that a program that reads and writes batches could do. What it then
/// does not do is a failure that shows.
const FEATURES: &[&str] = &[
    "format.stream",
    "type.*",
    "dict.basic",
    "dict.nested",
    "dict.ordered",
    "dict.replacement",
    "dict.shared:r",
    "dict.delta:r",
    "endian.big:r",
    "compress.lz4:r",
    "compress.zstd:r",
    "meta.schema",
    "meta.field",
    "meta.batch",
    "version.v4:r",
    "legacy:r",
];

/// A command that reads IPC and writes IPC.
#[derive(Debug)]
pub struct Filter {
    command: Template,
    claims: Claims,
}

/// Serves protocol 1 on standard input and output for a command with placeholders.
pub fn serve(command: Vec<String>, claims: Claims) -> ExitCode {
    host::serve(&Filter { command: Template { command, ..Template::default() }, claims })
}

/// The placeholders of a filter's command.
pub fn placeholders() -> Vec<&'static str> {
    ["format", "to", "in", "out"].into_iter().chain(OPTIONS.iter().map(|option| option.placeholder)).collect()
}

impl Filter {
    /// The features that the command's placeholders make possible, and those that any command may have.
    fn assumed_features(&self) -> Vec<String> {
        let mut features: Vec<&str> = FEATURES.to_vec();
        let (told, asked) = (self.command.names("format"), self.command.names("to"));
        match (told, asked) {
            // It writes in the format that it is asked for, and sees what it reads, or is told.
            (_, true) => features.push("format.file"),
            // It keeps to one format, which is the one it is told.
            (true, false) => features.push("format.file:r"),
            (false, false) => {}
        }
        let named = OPTIONS.iter().filter(|option| self.command.names(option.placeholder));
        features.extend(named.flat_map(|option| option.features));
        features.into_iter().map(str::to_owned).collect()
    }

    /// Runs the command.
    fn run(
        &self,
        path: &Path,
        (format, to): (Format, Format),
        options: &WriteOptions,
        out: &Path,
    ) -> Result<u64, Refusal> {
        if format != to && !self.command.names("to") {
            return Err(Refusal::Unsupported(format!("format.{to} from a {format}; the command has no {{to}}")));
        }
        let (path_text, out_text) = (path.to_string_lossy(), out.to_string_lossy());
        let mut values = vec![("format", format.name()), ("to", to.name()), ("in", &*path_text), ("out", &*out_text)];
        let of_options = OPTIONS.iter().map(|option| (option, (option.value)(options)));
        let of_options: Vec<_> = of_options.collect();
        for (option, value) in &of_options {
            if value.is_some() && !self.command.names(option.placeholder) {
                return Err(Refusal::Unsupported(option.asked(value)));
            }
            values.push((option.placeholder, value.as_deref().unwrap_or(option.default)));
        }
        if options.footer_metadata.is_some() {
            return Err(Refusal::Unsupported("meta.footer".into()));
        }
        if options.compression_level.is_some() {
            return Err(Refusal::Unsupported("compress.level".into()));
        }
        let command = self.command.fill(&values);
        let start = Start {
            command: &command,
            stdin: (!self.command.names("in")).then_some(path),
            stdout: (!self.command.names("out")).then_some(out),
            reads: path,
            writes: Some(out),
        };
        let program = command.command.join(" ");
        let ended = start.run().map_err(|error| Refusal::Error(format!("'{program}' could not be run: {error}")))?;
        // Where a program refuses, it does not say; one that has written something was beyond the beginning.
        let written = out.metadata().map_or(0, |data| data.len());
        let done = ended.done(&program, if written == 0 { Phase::Open } else { Phase::Batch });
        if done.is_err() {
            // Half an output is none; that there may be no file is the same.
            let _ = std::fs::remove_file(out);
        }
        done.map(|()| written)
    }
}

impl Programs for Filter {
    fn introduction(&self) -> Members {
        self.claims.introduction(Assumed {
            adapter: "serve-filter",
            roles: vec!["consume", "transcode"],
            features: self.assumed_features(),
            observe: vec![Via::Transcode],
            loses: &[],
        })
    }

    fn produce(&self, _: &Path, _: &Produce) -> Result<Members, Refusal> {
        Err(Refusal::Unsupported("the command produce".into()))
    }

    fn transcode(&self, folder: &Path, request: &Transcode) -> Result<Members, Refusal> {
        let output = &request.output;
        whole::transcode(request)?;
        whole::write(output)?;
        let formats = (request.format, request.to);
        let size = self.run(&folder.join(&request.path), formats, &output.options, &folder.join(&output.out))?;
        Ok(members(json!({"size": size})))
    }

    fn consume(&self, folder: &Path, request: &Consume) -> Result<Members, Refusal> {
        whole::consume(request)?;
        let out = request.observe.out.as_ref().ok_or_else(|| Refusal::Error("observe names no file".into()))?;
        let out = folder.join(out);
        let run =
            || self.run(&folder.join(&request.path), (request.format, request.format), &WriteOptions::default(), &out);
        match request.observe.via {
            Via::Transcode => Ok(members(json!({"size": run()?}))),
            Via::None => {
                run()?;
                std::fs::remove_file(&out).map_err(Refusal::io("cannot remove", &out))?;
                Ok(Members::new())
            }
            other => Err(Refusal::Unsupported(format!("observing via {}", other.name()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(words: &[&str]) -> Filter {
        let command = words.iter().map(|word| (*word).to_owned()).collect();
        Filter { command: Template { command, ..Template::default() }, claims: Claims::default() }
    }

    #[test]
    fn what_is_claimed_follows_from_the_placeholders() {
        let formats = |words: &[&str]| {
            let features = filter(words).assumed_features();
            features.into_iter().filter(|feature| feature.starts_with("format.")).collect::<Vec<_>>()
        };
        assert_eq!(formats(&["cat"]), ["format.stream"]);
        assert_eq!(formats(&["tool", "{format}"]), ["format.stream", "format.file:r"]);
        assert_eq!(formats(&["tool", "--to={to}"]), ["format.stream", "format.file"]);
        let features = filter(&["tool", "-c", "{compression}"]).assumed_features();
        assert!(features.contains(&"compress.zstd:w".to_owned()) && features.contains(&"compress.zstd:r".to_owned()));
        assert!(!filter(&["cat"]).assumed_features().contains(&"compress.zstd:w".to_owned()));
    }
}
