//! Requests and answers of protocol 1 (`docs/protocol.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::case::options::{Access, Format, Phase, Sink, Source, Validate, WriteOptions};
use crate::judge::declared::Part;

/// The protocol this runner speaks.
pub const PROTOCOL: u32 = 1;

/// One line to an adapter.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "cmd", rename_all = "lowercase")]
pub enum Request {
    /// The first request: who are you, what can you do.
    Start {
        /// Protocols that the runner speaks.
        protocols: Vec<u32>,
        /// Absolute folder of the payload files.
        workdir: PathBuf,
        /// Absolute path of `libarrowipc_kit.so`.
        kit: PathBuf,
    },
    /// Write canonical data as IPC.
    Produce {
        /// Echoed by the answer.
        id: u64,
        /// What is written.
        #[serde(flatten)]
        input: ProduceInput,
        /// File that is there already, behind whose batches the data go.
        #[serde(skip_serializing_if = "Option::is_none")]
        onto: Option<PathBuf>,
        /// Stream or file.
        format: Format,
        /// How the bytes leave the implementation.
        sink: Sink,
        /// Writer options.
        options: WriteOptions,
        /// File for the bytes.
        out: PathBuf,
    },
    /// Read IPC and write it again.
    Transcode {
        /// Echoed by the answer.
        id: u64,
        /// File with the bytes to read.
        path: PathBuf,
        /// Format of those bytes.
        format: Format,
        /// How they are read.
        source: Source,
        /// Format to write.
        to: Format,
        /// How the bytes leave the implementation.
        sink: Sink,
        /// Writer options.
        options: WriteOptions,
        /// File for the bytes.
        out: PathBuf,
    },
    /// Read IPC and tell what was read.
    Consume {
        /// Echoed by the answer.
        id: u64,
        /// File with the bytes.
        path: PathBuf,
        /// How they are read.
        #[serde(flatten)]
        read: ReadRequest,
        /// What is told.
        observe: Observe,
    },
    /// Take canonical data in and out again, through the C Data Interface.
    Echo {
        /// Echoed by the answer.
        id: u64,
        /// File with canonical JSON, layouts and changed structures.
        #[serde(rename = "in")]
        input: PathBuf,
        /// How much is checked of what was imported, before it is exported.
        validate: Validate,
        /// What is told.
        observe: Observe,
    },
    /// End with exit code 0.
    Stop,
}

/// The data of a `produce` request.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProduceInput {
    /// File with canonical JSON and layouts.
    In(PathBuf),
    /// Description of a pandas DataFrame.
    Frame(Value),
    /// Canonical tensors with layouts.
    Tensors(Value),
}

/// How bytes are read; with the bytes and the consumer this is the key of the consume cache.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct ReadRequest {
    /// Stream or file.
    pub format: Format,
    /// Order and granularity of reading.
    pub access: Access,
    /// Where the bytes come from.
    pub source: Source,
    /// How much the reader checks.
    pub validate: Validate,
    /// Column positions to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projection: Option<Vec<usize>>,
    /// Batches to read, for random access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Vec<usize>>,
}

/// The way in which a consumer proves what it read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The C Data Interface, dumped by the kit.
    Cdata,
    /// Canonical JSON, by the implementation's own accessors.
    Json,
    /// IPC, written again by the implementation and read by others.
    Transcode,
    /// The implementation compares with what is expected, and says so.
    #[serde(rename = "self")]
    Itself,
    /// A pandas DataFrame, described by the adapter.
    Frame,
    /// Tensors, described by the adapter.
    Tensors,
    /// Walk through the data, tell nothing.
    None,
}

impl Via {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cdata => "cdata",
            Self::Json => "json",
            Self::Transcode => "transcode",
            Self::Itself => "self",
            Self::Frame => "frame",
            Self::Tensors => "tensors",
            Self::None => "none",
        }
    }

    /// Whether batches can be proved in this way.
    pub fn tells_batches(self) -> bool {
        matches!(self, Self::Cdata | Self::Json | Self::Transcode | Self::Itself)
    }
}

/// What a consumer tells.
#[derive(Debug, Clone, Serialize)]
pub struct Observe {
    /// How.
    pub via: Via,
    /// Whether canonical JSON is wanted beside the digest.
    pub dump: bool,
    /// File for it, or for what is written again.
    pub out: PathBuf,
    /// File with what is expected, as Arrow's integration JSON, for an implementation that compares by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<PathBuf>,
}

/// Answer to `start`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol that the adapter chose.
    pub protocol: u32,
    /// The adapter itself.
    pub adapter: AdapterName,
    /// What it adapts.
    pub implementation: Implementation,
    /// `produce`, `consume`, `transcode`, `echo`.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Claimed features, see `docs/adapters.md`.
    #[serde(default)]
    pub features: Vec<String>,
    /// Ways to observe, the best first.
    #[serde(default)]
    pub observe: Vec<Via>,
    /// Degrees of validation.
    #[serde(default)]
    pub validate: Vec<Validate>,
    /// Types that the implementation cannot keep, and what becomes of them.
    #[serde(default)]
    pub type_map: BTreeMap<String, String>,
    /// Parts of the data that the implementation does not keep by design.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub loses: BTreeSet<Part>,
    /// The form in which data are handed over, where that cannot say everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited_to: Option<Limit>,
}

/// A form of data that cannot say everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// The JSON of Arrow's integration tests.
    IntegrationJson,
}

/// Name of an adapter as it gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdapterName {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
}

/// The implementation behind an adapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Implementation {
    /// E.g. `pyarrow`.
    pub name: String,
    /// Language of its interface.
    #[serde(default)]
    pub language: String,
    /// Its version.
    pub version: String,
    /// Versions of its parts.
    #[serde(default)]
    pub components: BTreeMap<String, String>,
}

/// An answer with an id.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Done.
    Ok(Done),
    /// The implementation refused.
    Rejected(Rejection),
    /// The implementation cannot do this.
    Unsupported {
        /// The missing feature.
        feature: String,
        /// Where this is tracked.
        issue: Option<String>,
    },
    /// The process that the adapter started for this request alone has died.
    Crashed {
        /// How it ended, e.g. `SIGSEGV` or `exit code 134`.
        end: String,
        /// What it said last.
        stderr: String,
    },
    /// The adapter itself failed.
    Error {
        /// What it says.
        message: String,
    },
}

/// A success, with what the implementation told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Done {
    /// Bytes written.
    pub size: Option<u64>,
    /// `sha256:…` of what was read.
    pub digest: Option<String>,
    /// Batches read.
    pub batches: Option<u64>,
    /// Rows read.
    pub rows: Option<u64>,
    /// What the implementation itself tells.
    pub facts: Map<String, Value>,
}

/// A refusal by the implementation.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection {
    /// Where it refused.
    pub phase: Phase,
    /// Type of its error.
    pub error_type: String,
    /// Text of its error.
    pub message: String,
    /// Batches handed over before.
    pub batches_before: Option<u64>,
    /// What the implementation itself tells.
    pub facts: Map<String, Value>,
}

#[derive(Deserialize)]
struct AnswerLine {
    id: Option<u64>,
    status: Status,
    size: Option<u64>,
    digest: Option<String>,
    batches: Option<u64>,
    rows: Option<u64>,
    #[serde(default)]
    facts: Map<String, Value>,
    phase: Option<Phase>,
    error: Option<ErrorLine>,
    batches_before: Option<u64>,
    feature: Option<String>,
    issue: Option<String>,
    message: Option<String>,
    signal: Option<String>,
    exit: Option<i32>,
    stderr: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Rejected,
    Unsupported,
    Crashed,
    Error,
}

#[derive(Deserialize)]
struct ErrorLine {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: String,
}

/// Reads the answer to request `id`; the error says what is wrong with the line.
pub fn parse_answer(line: &str, id: u64) -> Result<Answer, String> {
    let answer: AnswerLine = serde_json::from_str(line).map_err(|error| format!("not an answer ({error})"))?;
    match answer.id {
        Some(found) if found == id => {}
        Some(found) => return Err(format!("answers request {found} while {id} is the one asked")),
        None => return Err(format!("has no id while request {id} is the one asked")),
    }
    Ok(match answer.status {
        Status::Ok => Answer::Ok(Done {
            size: answer.size,
            digest: answer.digest,
            batches: answer.batches,
            rows: answer.rows,
            facts: answer.facts,
        }),
        Status::Rejected => {
            let error = answer.error.ok_or("is rejected without an error")?;
            Answer::Rejected(Rejection {
                phase: answer.phase.ok_or("is rejected without a phase")?,
                error_type: error.kind,
                message: error.message,
                batches_before: answer.batches_before,
                facts: answer.facts,
            })
        }
        Status::Unsupported => Answer::Unsupported {
            feature: answer.feature.or(answer.message).unwrap_or_else(|| "not named".into()),
            issue: answer.issue,
        },
        Status::Crashed => Answer::Crashed {
            end: match (answer.signal, answer.exit) {
                (Some(signal), _) => signal,
                (None, Some(code)) => format!("exit code {code}"),
                (None, None) => return Err("tells of a crash without its signal or exit code".into()),
            },
            stderr: answer.stderr.unwrap_or_default(),
        },
        Status::Error => Answer::Error { message: answer.message.unwrap_or_else(|| "no message".into()) },
    })
}

/// Reads the answer to `start`.
pub fn parse_hello(line: &str) -> Result<Hello, String> {
    let hello: Hello = serde_json::from_str(line).map_err(|error| format!("not an answer to start ({error})"))?;
    if hello.protocol == PROTOCOL {
        Ok(hello)
    } else {
        Err(format!("speaks protocol {}; this runner speaks {PROTOCOL}", hello.protocol))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_another_request_is_told() {
        let error = parse_answer(r#"{"id":4,"status":"ok"}"#, 5).unwrap_err();
        assert_eq!(error, "answers request 4 while 5 is the one asked");
    }

    #[test]
    fn a_rejection_needs_its_phase() {
        let line = r#"{"id":5,"status":"rejected","error":{"type":"E","message":"m"}}"#;
        assert_eq!(parse_answer(line, 5).unwrap_err(), "is rejected without a phase");
    }

    #[test]
    fn requests_are_written_as_the_protocol_says() {
        let request = Request::Consume {
            id: 19,
            path: "17.arrows".into(),
            read: ReadRequest {
                format: Format::Stream,
                access: Access::Next,
                source: Source::MemoryMap,
                validate: Validate::Full,
                projection: None,
                order: Some(vec![3, 0, 3]),
            },
            observe: Observe { via: Via::Cdata, dump: false, out: "19.json".into(), expected: None },
        };
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"cmd":"consume","id":19,"path":"17.arrows","format":"stream","access":"next","source":"memory_map","validate":"full","order":[3,0,3],"observe":{"via":"cdata","dump":false,"out":"19.json"}}"#
        );
        let request = Request::Produce {
            id: 1,
            input: ProduceInput::In("1.in.json".into()),
            onto: None,
            format: Format::File,
            sink: Sink::Path,
            options: WriteOptions::default(),
            out: "1.arrow".into(),
        };
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"cmd":"produce","id":1,"in":"1.in.json","format":"file","sink":"path","options":{},"out":"1.arrow"}"#
        );
    }
}
