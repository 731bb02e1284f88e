//! A topic's file as it is written: `docs/cases.md`, `cases/schema/case-v1.json`.

use serde::{Deserialize, Serialize};
use serde_yaml::{Mapping, Value};

use super::options::{Access, Phase, Sink, Source, Validate, WriteOptions};
use crate::wire::lower::options::RawOptions;

/// `cases/<topic>.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicFile {
    /// The file's path below `cases/`, without `.yaml`.
    pub topic: String,
    /// Features that every case needs.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Rules that bytes of the cases break because the cases ask for it.
    #[serde(default)]
    pub breaks: Vec<String>,
    /// Axes of every case.
    #[serde(default)]
    pub matrix: Mapping,
    /// Data of cases without their own.
    pub data: Option<DataFile>,
    /// What must be equal, for cases that do not say.
    pub observe: Option<Vec<Level>>,
    /// The cases.
    pub cases: Vec<CaseFile>,
}

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Slug, unique in the topic, immutable.
    pub id: String,
    /// Former full names.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// For a reader who does not know the clause by heart.
    pub why: String,
    /// The rules that the case checks.
    #[serde(default)]
    pub clauses: Vec<String>,
    /// Rules that its bytes break because it asks for it, beyond the topic's.
    #[serde(default)]
    pub breaks: Vec<String>,
    /// Features beyond those that follow from the case.
    #[serde(default)]
    pub requires: Vec<String>,
    /// What the format says about it.
    pub result: CaseResult,
    /// How strongly it says so.
    #[serde(default)]
    pub strength: Strength,
    /// Kinds of fault.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Where an invalid case must be rejected.
    pub reject: Option<Reject>,
    /// What is written.
    pub data: Option<DataFile>,
    /// What a DataFrame holds.
    pub frame: Option<Value>,
    /// Tensors in place of data.
    pub tensors: Option<Vec<Value>>,
    /// Axes, merged over the topic's.
    #[serde(default)]
    pub matrix: Mapping,
    /// Writer options.
    #[serde(default)]
    pub options: WriteOptions,
    /// How the bytes leave the producer.
    #[serde(default)]
    pub write: WriteFile,
    /// How the consumer reads.
    #[serde(default)]
    pub read: ReadFile,
    /// Who makes the bytes; `suite` where it lays them out, else `write`.
    pub through: Option<Through>,
    /// Options of the raw writer.
    pub raw: Option<RawOptions>,
    /// Changes of what the raw writer made, or of `wire`.
    pub edit: Option<Vec<Value>>,
    /// The parts of the input, written down.
    pub wire: Option<Vec<Value>>,
    /// What the producer finds there already, and goes on behind.
    pub append: Option<AppendFile>,
    /// Changes of the structures that hold the data.
    pub cdata: Option<Vec<Value>>,
    /// Why no implementation reads it.
    pub alone: Option<String>,
    /// Whether it is of gigabytes, and run only when that is asked for.
    #[serde(default)]
    pub large: bool,
    /// What must be equal.
    pub observe: Option<Vec<Level>>,
    /// Facts that the implementation tells.
    #[serde(default)]
    pub expect: Mapping,
}

/// `append` of a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppendFile {
    /// Batches of the data that are there when the producer comes, a number for each time that it comes.
    #[serde(default)]
    pub after: Vec<usize>,
    /// Other data that are there, in place of the first batches.
    pub to: Option<DataFile>,
    /// Writer options of what is there.
    #[serde(default)]
    pub options: WriteOptions,
    /// Options of the raw writer for what is there.
    pub raw: Option<RawOptions>,
    /// Changes of what is there.
    pub edit: Option<Vec<Value>>,
}

/// What the format says about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseResult {
    /// It must be read, and equal.
    Valid,
    /// It must be rejected.
    Invalid,
    /// It may be rejected; if it is read, it must be equal.
    Defined,
}

impl CaseResult {
    /// The word for it in cases.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Defined => "defined",
        }
    }
}

/// How strongly the format says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// It must.
    #[default]
    Must,
    /// It should.
    Should,
    /// It may.
    May,
}

impl Strength {
    /// The word for it in cases.
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
        }
    }
}

/// `reject` of an invalid case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// The last phase in which a rejection is in time.
    pub latest: Phase,
}

/// `write` of a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteFile {
    /// Where the bytes go.
    pub sink: Option<Sink>,
}

/// `read` of a case.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadFile {
    /// Where the bytes come from.
    pub source: Option<Source>,
    /// How the reader goes through them.
    pub access: Option<Access>,
    /// How much the reader checks.
    pub validate: Option<Validate>,
    /// Batches for random access.
    pub order: Option<Vec<usize>>,
    /// Columns to read.
    pub projection: Option<Vec<usize>>,
}

/// Who makes the bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Through {
    /// The producer, from the data.
    #[default]
    Write,
    /// The first adapter that can; the producer reads and rewrites them.
    Transcode,
    /// The suite.
    Suite,
    /// Nobody: the data go into the consumer by the C Data Interface and come out again.
    Echo,
}

/// A level of comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Names, types, rows in total, values, validity.
    Logical,
    /// Metadata, nullability, dictionary types, union type ids, sorted keys.
    Schema,
    /// Batch boundaries and batch metadata.
    Physical,
}

/// `data` of a case or topic.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Metadata of the schema.
    pub metadata: Option<Value>,
    /// Metadata of each batch.
    pub batch_metadata: Option<Vec<Value>>,
    /// Rows of each batch, when there are no columns.
    pub rows: Option<Vec<usize>>,
    /// The columns: a field, and its values, batches, layout, layouts or gen.
    #[serde(default)]
    pub columns: Vec<Value>,
    /// Size of data made by rules.
    pub generate: Option<GenerateFile>,
    /// `sha256:…` of generated data.
    pub digest: Option<String>,
}

/// `generate` of data.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenerateFile {
    /// Number of batches.
    pub batches: u64,
    /// Rows of each.
    pub rows: u64,
}
