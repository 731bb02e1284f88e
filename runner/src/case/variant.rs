//! A case, and its variants: what is actually run.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use arrowipc_kit::value::{Canonical, Document, Levels, Tensors};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::append::Append;
use super::bytes::Recipe;
use super::feature::Needs;
use super::file::{CaseResult, Level, Reject, Strength, Through};
use super::options::{Access, Format, Sink, Source, Validate, WriteOptions};
use crate::hash::Sha;

/// What all variants of a case share.
#[derive(Debug)]
pub struct Case {
    /// `topic/id`.
    pub name: String,
    /// Its topic.
    pub topic: String,
    /// Former full names.
    pub aliases: Vec<String>,
    /// For a reader who does not know the clause by heart.
    pub why: String,
    /// The rules that it checks.
    pub clauses: Vec<String>,
    /// Rules that its bytes break because it asks for it: no fault of who writes them.
    pub breaks: BTreeSet<String>,
    /// Kinds of fault.
    pub flags: Vec<String>,
    /// What the format says about it.
    pub result: CaseResult,
    /// How strongly.
    pub strength: Strength,
    /// Where an invalid case must be rejected.
    pub reject: Option<Reject>,
    /// What must be equal.
    pub observe: BTreeSet<Level>,
    /// Facts that the implementation tells.
    pub expect: Vec<FactRule>,
    /// Why no implementation reads it.
    pub alone: Option<String>,
    /// Whether it is of gigabytes, and run only when that is asked for.
    pub large: bool,
    /// Whether it only records what implementations do, because the format does not bind them: it says `may`, or all its clauses are
    /// derived.
    pub observation: bool,
    /// The file it is in, below the folder of the cases.
    pub file: PathBuf,
    /// Its line there.
    pub line: usize,
}

impl Case {
    /// The levels of comparison, for the kit.
    pub fn levels(&self) -> Levels {
        Levels {
            logical: self.observe.contains(&Level::Logical),
            schema: self.observe.contains(&Level::Schema),
            physical: self.observe.contains(&Level::Physical),
        }
    }
}

/// What a fact must be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FactRule {
    /// The fact's name.
    pub name: String,
    /// What it must be.
    pub bound: Bound,
}

impl FactRule {
    /// Whether the producer tells this fact; otherwise the consumer does.
    pub fn of_producer(&self) -> bool {
        self.name.starts_with("write_")
    }
}

/// A condition on a fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Equal to this.
    Equals(Json),
    /// A number not above this.
    AtMost(f64),
    /// A number not below this.
    AtLeast(f64),
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Equals(value) => value.fmt(f),
            Self::AtMost(most) => write!(f, "at most {most}"),
            Self::AtLeast(least) => write!(f, "at least {least}"),
        }
    }
}

/// What is run: a case with one value on each axis.
#[derive(Debug, Clone)]
pub struct Variant {
    /// `topic/id[axis,axis]`.
    pub name: String,
    /// The case.
    pub case: Arc<Case>,
    /// Its axes with their values, in the order of the name.
    pub axes: Vec<(String, String)>,
    /// What is written.
    pub input: Input,
    /// What must be read.
    pub expected: Expected,
    /// Who makes the bytes.
    pub through: Through,
    /// Stream or file.
    pub format: Format,
    /// How the bytes leave the producer.
    pub sink: Sink,
    /// Writer options.
    pub options: WriteOptions,
    /// How the consumer reads.
    pub read: Read,
    /// Changes of the structures that hold the data, as a producer's input has them.
    pub changes: Option<Arc<Json>>,
    /// How the suite lays out the bytes, where it makes them.
    pub recipe: Option<Arc<Recipe>>,
    /// What the producer finds there already, and goes on behind.
    pub append: Option<Arc<Append>>,
    /// Features that this takes.
    pub needs: Needs,
}

/// How a consumer reads.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Read {
    /// Where the bytes come from.
    pub source: Source,
    /// How it goes through them.
    pub access: Access,
    /// How much it checks; left open, as much as it can.
    pub validate: Option<Validate>,
    /// Columns to read.
    pub projection: Option<Vec<usize>>,
    /// Batches to read.
    pub order: Option<Vec<usize>>,
}

/// What is written.
#[derive(Debug, Clone)]
pub enum Input {
    /// Canonical data with layouts.
    Document(Arc<Document>),
    /// A pandas DataFrame.
    Frame(Arc<Json>),
    /// Tensors with layouts.
    Tensors(Arc<Tensors>),
    /// No data: the bytes are written down.
    Nothing,
}

impl Input {
    /// The text from which a producer works.
    pub fn text(&self) -> String {
        match self {
            Self::Document(document) => document.canonical(),
            Self::Frame(frame) => frame.to_string(),
            Self::Tensors(tensors) => tensors.canonical(),
            Self::Nothing => String::new(),
        }
    }
}

/// What must be read.
#[derive(Debug, Clone)]
pub enum Expected {
    /// This data.
    Document(Arc<ExpectedDocument>),
    /// A pandas DataFrame.
    Frame(Arc<Json>),
    /// These tensors; none where the input is invalid.
    Tensors(Arc<Tensors>),
    /// No data: the input is invalid.
    Nothing,
}

/// Expected data and its digest.
#[derive(Debug)]
pub struct ExpectedDocument {
    /// The data.
    pub document: Document,
    /// The digest that the case states, for generated data.
    pub stated: Option<String>,
    computed: OnceLock<String>,
}

impl ExpectedDocument {
    /// Expected data with the digest that the case states, if it does.
    pub fn new(document: Document, stated: Option<String>) -> Self {
        Self { document, stated, computed: OnceLock::new() }
    }

    /// `sha256:…` of the data.
    pub fn digest(&self) -> &str {
        self.stated.as_deref().unwrap_or_else(|| self.computed())
    }

    /// The digest of the data as they are, whatever the case states.
    pub fn computed(&self) -> &str {
        self.computed.get_or_init(|| self.document.digest().to_string())
    }
}

impl Variant {
    /// The text from which a producer works, with the changes of the structures.
    pub fn input_text(&self) -> String {
        let mut text = self.input.text();
        if let Some(changes) = &self.changes
            && text.pop() == Some('}')
        {
            text.push_str(&format!(",\"cdata\":{changes}}}"));
        }
        text
    }

    /// Whether the producer may refuse to go on behind what is there.
    pub fn may_not_be_appended(&self) -> bool {
        self.append.is_some() && self.case.result != CaseResult::Valid
    }

    /// Whether it must.
    pub fn must_not_be_appended(&self) -> bool {
        self.append.is_some() && self.case.result == CaseResult::Invalid
    }

    /// Changes whenever what is written, read or expected changes.
    pub fn digest(&self) -> String {
        let expected = match &self.expected {
            Expected::Document(expected) => expected.digest().to_owned(),
            Expected::Frame(frame) => frame.to_string(),
            Expected::Tensors(tensors) => tensors.canonical(),
            Expected::Nothing => String::new(),
        };
        let settings = json!({
            "format": self.format, "sink": self.sink, "options": self.options, "read": self.read,
            "through": self.through, "result": self.case.result, "strength": self.case.strength,
            "reject": self.case.reject, "observe": self.case.observe, "expect": self.case.expect,
        });
        let mut hash = Sha::new();
        hash.text(&settings.to_string());
        hash.text(&expected);
        hash.text(&self.input.text());
        if let Some(changes) = &self.changes {
            hash.text(&changes.to_string());
        }
        if let Some(recipe) = &self.recipe {
            hash.text(&recipe.text());
        }
        if let Some(append) = &self.append {
            hash.text(&append.text());
        }
        format!("sha256:{}", hash.hex())
    }
}
