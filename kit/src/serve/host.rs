//! Requests → answers.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use super::request::{self, Consume, Echo, Observe, Produce, Start, Transcode};
use super::{Adapter, Call, Failure, Phase, Read, Write};
use crate::cdata::{ArrowArrayStream, Error, Event, Input, Observer, Puller, build_changed_stream, take_faults, watch};
use crate::value::{Data, ParseError};

/// The protocol that is spoken.
const PROTOCOL: u32 = 1;

/// Members of an answer.
type Members = Map<String, Json>;

/// An adapter between its requests.
pub(super) struct Host<'a> {
    adapter: &'a mut dyn Adapter,
    /// Payload files are relative to it.
    folder: PathBuf,
}

impl<'a> Host<'a> {
    pub(super) fn new(adapter: &'a mut dyn Adapter) -> Self {
        Host { adapter, folder: PathBuf::new() }
    }

    /// The answer to a request; `None` for `stop`.
    pub(super) fn answer(&mut self, request: &Json) -> Option<Json> {
        let id = request.get("id").cloned();
        let call = Call::default();
        let outcome = match request["cmd"].as_str() {
            Some("stop") => return None,
            Some("start") => match self.start(request) {
                // An introduction and what is left in use are no answers to numbered requests: they have no status.
                Ok(hello) => return Some(hello),
                Err(failure) => Err(failure),
            },
            Some("reset") => return Some(json!({"allocated": self.adapter.reset()})),
            Some(command) => self.perform(command, request, &call),
            None => Err(Failure::Error("the request has no `cmd`".to_owned())),
        };
        let mut answer = Members::new();
        answer.extend(id.map(|id| ("id".to_owned(), id)));
        let (facts, members) = call.told();
        match outcome {
            Ok(done) => {
                answer.insert("status".to_owned(), "ok".into());
                answer.extend(done);
                answer.extend(members);
            }
            Err(failure) => {
                let writes = matches!(failure, Failure::Rejected { phase: Phase::Write, .. });
                answer.extend(failure.answer((!writes).then(|| call.counted().0)));
            }
        }
        // What has no number gives the implementation nothing to go wrong with.
        let faults = take_faults();
        if answer.contains_key("id") && matches!(answer["status"].as_str(), Some("ok" | "rejected")) {
            answer.insert("facts".to_owned(), facts.into());
            answer["facts"]["cdata_faults"] = faults.into();
        }
        Some(answer.into())
    }

    fn start(&mut self, request: &Json) -> Result<Json, Failure> {
        let start: Start = request::of(request)?;
        if !start.protocols.contains(&PROTOCOL) {
            let found = &start.protocols;
            return Err(Failure::Error(format!("only protocol {PROTOCOL} is spoken here, not one of {found:?}")));
        }
        self.folder = start.workdir;
        let Json::Object(hello) = self.adapter.hello() else {
            return Err(Failure::Error("what the adapter says of itself is no JSON object".to_owned()));
        };
        let mut answer = Members::from_iter([("protocol".to_owned(), PROTOCOL.into())]);
        answer.extend(hello);
        Ok(answer.into())
    }

    fn perform(&mut self, command: &str, request: &Json, call: &Call) -> Result<Members, Failure> {
        let via = request["observe"]["via"].as_str().unwrap_or("none");
        match command {
            "produce" if request.get("in").is_some() => self.produce(&request::of(request)?, call),
            "transcode" => self.transcode(&request::of(request)?, call),
            "consume" if via == "transcode" => self.consume_again(&request::of(request)?, call),
            "consume" if matches!(via, "cdata" | "none") => self.consume(&request::of(request)?, call),
            "echo" => self.echo(&request::of(request)?, call),
            _ => self.adapter.other(request, call).map(|()| Members::new()).map_err(|failure| told(call, failure)),
        }
    }

    fn produce(&mut self, produce: &Produce, call: &Call) -> Result<Members, Failure> {
        let stream = self.build(&produce.input, call)?;
        let write = produce.write(&self.folder);
        let written = self.adapter.write(stream, &write, call);
        written.map_err(|failure| told(call, failure).while_writing())?;
        size(&write.path)
    }

    fn transcode(&mut self, transcode: &Transcode, call: &Call) -> Result<Members, Failure> {
        let (read, write) = (transcode.read(&self.folder), transcode.write(&self.folder));
        self.rewrite(&read, &write, call)?;
        size(&write.path)
    }

    fn consume(&mut self, consume: &Consume, call: &Call) -> Result<Members, Failure> {
        let read = consume.read(&self.folder);
        let stream = self.adapter.read(&read, call).map_err(|failure| told(call, failure))?;
        self.observe(stream, &consume.observe, call)
    }

    /// What was read, for somebody else to read.
    fn consume_again(&mut self, consume: &Consume, call: &Call) -> Result<Members, Failure> {
        let (read, write) = (consume.read(&self.folder), consume.write_again(&self.folder)?);
        self.rewrite(&read, &write, call)?;
        let (batches, rows) = call.counted();
        Ok(if self.adapter.transcodes() { Members::new() } else { members(json!({"batches": batches, "rows": rows})) })
    }

    fn echo(&mut self, echo: &Echo, call: &Call) -> Result<Members, Failure> {
        let stream = self.build(&echo.input, call)?;
        let stream = self.adapter.echo(stream, &echo.validate, call).map_err(|failure| told(call, failure))?;
        self.observe(stream, &echo.observe, call)
    }

    /// The stream of a document. The metadata of its batches, which do not cross the interface, go to the call.
    fn build(&self, input: &Path, call: &Call) -> Result<ArrowArrayStream, Failure> {
        let path = self.folder.join(input);
        let json = fs::read(&path).map_err(|error| Failure::Error(format!("{}: {error}", path.display())))?;
        let unbuildable = |error: ParseError| Failure::Error(format!("{}: {error}", path.display()));
        let Input { document, changes } = Input::from_json(&json).map_err(unbuildable)?;
        if let Data::Batches(batches) = &document.data {
            for (batch, index) in batches.iter().zip(0..) {
                if !batch.metadata.0.is_empty() {
                    call.set_batch_metadata(index, batch.metadata.clone());
                }
            }
        }
        build_changed_stream(&document, &changes).map_err(unbuildable)
    }

    fn observe(&self, stream: ArrowArrayStream, observe: &Observe, call: &Call) -> Result<Members, Failure> {
        let failed = |phase| move |error| self.failure(phase, &error, call);
        // SAFETY: that the adapter's stream is as the C Stream Interface says is what the kit looks at.
        let mut stream = unsafe { Puller::new(stream) }.map_err(failed(Phase::Schema))?;
        let schema = stream.schema().map_err(failed(Phase::Schema))?;
        if observe.via == "none" {
            while let Some(array) = stream.next().map_err(failed(Phase::Batch))? {
                call.count(array.rows());
            }
            let (batches, rows) = call.counted();
            return Ok(members(json!({"batches": batches, "rows": rows})));
        }
        let dump = observe.dump(&self.folder)?;
        // SAFETY: as above.
        let mut observer = unsafe { Observer::new(schema, dump.as_deref()) }.map_err(failed(Phase::Schema))?;
        while let Some(array) = stream.next().map_err(failed(Phase::Batch))? {
            let metadata = call.count(array.rows());
            // SAFETY: as above.
            unsafe { observer.batch(array, &metadata) }.map_err(failed(Phase::Batch))?;
        }
        let summary = observer.finish().map_err(failed(Phase::Finish))?;
        Ok(members(json!({"digest": summary.digest.to_string(), "batches": summary.batches, "rows": summary.rows})))
    }

    /// Reads and writes again, by the adapter alone where it does that, else through a stream.
    fn rewrite(&mut self, read: &Read, write: &Write, call: &Call) -> Result<(), Failure> {
        if self.adapter.transcodes() {
            return self.adapter.transcode(read, write, call).map_err(|failure| told(call, failure));
        }
        let stream = self.adapter.read(read, call).map_err(|failure| told(call, failure))?;
        let (seen, events) = std::sync::mpsc::channel();
        let counting = call.clone();
        let reading = move |event: Event<'_>| match event {
            Event::Batch(rows) => drop(counting.count(rows)),
            Event::Failed { schema, error } => {
                let phase = if schema { Phase::Schema } else { Phase::Batch };
                // What the adapter says of the failure it says before its callback returns.
                drop(seen.send((phase, failure_of(error), counting.take_refusal())));
            }
        };
        // SAFETY: that the adapter's stream is as the C Stream Interface says is what the kit looks at.
        let stream = unsafe { watch(stream, Box::new(reading)) };
        let stream = stream.map_err(|error| self.failure(Phase::Schema, &error, call))?;
        let written = self.adapter.write(stream, write, call);
        // A writer that is given a failing stream fails for the reader's reason.
        if let Ok((phase, failed, refusal)) = events.try_recv() {
            return Err(refusal.unwrap_or_else(|| failed.reason(phase, &*self.adapter)));
        }
        written.map_err(|failure| told(call, failure).while_writing())
    }

    /// What an error of the adapter's stream, or of the observation, is to the runner.
    fn failure(&self, phase: Phase, error: &Error, call: &Call) -> Failure {
        match call.take_refusal() {
            Some(refusal) if matches!(error, Error::Stream { .. }) => refusal,
            _ => failure_of(error).reason(phase, &*self.adapter),
        }
    }
}

/// An error of a stream or an observation.
enum Failed {
    /// A callback answered with an errno.
    Stream(i32, String),
    /// What was exported is not as the interface says.
    Malformed,
    /// The kit or its files failed.
    Other(String),
}

fn failure_of(error: &Error) -> Failed {
    match error {
        Error::Stream { code, message, .. } => Failed::Stream(*code, message.clone()),
        Error::Malformed(_) => Failed::Malformed,
        error => Failed::Other(error.to_string()),
    }
}

impl Failed {
    fn reason(self, phase: Phase, adapter: &dyn Adapter) -> Failure {
        match self {
            Self::Stream(code, message) => match adapter.feature_of(code, &message) {
                Some(feature) => Failure::Unsupported { feature, message },
                None => Failure::rejected(phase, errno_name(code), message),
            },
            Self::Malformed => Failure::Malformed,
            Self::Other(message) => Failure::Error(message),
        }
    }
}

/// The reason that a callback gave through the call, if it did, else its own.
fn told(call: &Call, failure: Failure) -> Failure {
    call.take_refusal().unwrap_or(failure)
}

/// Names of the codes that the C Stream Interface speaks of, on the platforms that the kit is built for.
fn errno_name(code: i32) -> String {
    match code {
        5 => "EIO".to_owned(),
        12 => "ENOMEM".to_owned(),
        22 => "EINVAL".to_owned(),
        38 => "ENOSYS".to_owned(),
        95 => "ENOTSUP".to_owned(),
        code => format!("errno {code}"),
    }
}

/// The size of what was written.
fn size(path: &Path) -> Result<Members, Failure> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(members(json!({"size": metadata.len()}))),
        Err(error) => Err(Failure::Error(format!("{} was to be written: {error}", path.display()))),
    }
}

/// The members of an object that was written with `json!`.
fn members(object: Json) -> Members {
    match object {
        Json::Object(members) => members,
        _ => Members::new(),
    }
}
