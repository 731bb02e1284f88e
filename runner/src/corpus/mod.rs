//! The cases as static files: what `arrowipc emit` writes, for projects that use them without the runner.
//!
//! | module | holds |
//! |---|---|
//! | `manifest` | [`Manifest`], the list of the cases |
//! | `place` | names of files |
//! | [`folder`] | the corpus in a folder: written, compared |
//!
//! The corpus is a function of the cases: neither time nor machine nor order plays a role.

pub mod folder;
mod manifest;
mod place;

use std::collections::BTreeMap;

use arrowipc_kit::value::{Batch, Canonical, Data, Document};

use crate::case::bytes::LaidOut;
use crate::case::file::{CaseResult, Through};
use crate::case::suite::Suite;
use crate::case::variant::{Expected, Input, Variant};
use crate::integration_json;
use crate::run::producer::MOST_ROWS;
use manifest::Values;
pub use manifest::{Emitted, Entry, LeftOut, MANIFEST, Manifest};
use place::{Stem, stem};

/// What a reader of the folder finds first.
const README: &str = include_str!("README.md");
/// The form of the values beside the inputs.
const CANONICAL_VALUES: &str = include_str!("../../../docs/canonical-values.md");
/// No byte may change on the way through a repository.
const GIT_ATTRIBUTES: &str = "* -text\n*.arrow binary\n*.arrows binary\n";

/// All files of the corpus.
#[derive(Debug, Default)]
pub struct Corpus {
    /// Their bytes, by their paths with `/`.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Corpus {
    /// Of all cases. The errors are those of cases whose bytes cannot be laid out.
    pub fn of(suite: &Suite) -> Result<Self, Vec<String>> {
        let mut making = Making::default();
        let (mut cases, mut left_out, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for variant in &suite.variants {
            match reason_to_leave_out(variant) {
                Some(reason) => left_out.push(LeftOut { id: variant.name.clone(), reason }),
                None => match making.entry(variant) {
                    Ok(entry) => cases.push(entry),
                    Err(error) => errors.push(error),
                },
            }
        }
        if !errors.is_empty() {
            errors.dedup();
            return Err(errors);
        }
        let manifest = Manifest::new(suite, cases, left_out);
        let mut files = making.files;
        files.insert("README.md".into(), README.into());
        files.insert("canonical-values.md".into(), CANONICAL_VALUES.into());
        files.insert(".gitattributes".into(), GIT_ATTRIBUTES.into());
        files.insert(MANIFEST.into(), manifest.text().map_err(|error| vec![error.to_string()])?.into());
        Ok(Self { files })
    }
}

/// Why a variant has no file.
fn reason_to_leave_out(variant: &Variant) -> Option<String> {
    if variant.append.is_some() {
        return Some("the bytes are those of whichever implementation goes on behind what is there".into());
    }
    match (&variant.input, &variant.expected, variant.through) {
        (_, _, Through::Transcode) => Some("the bytes are those of whichever implementation wrote them".into()),
        (_, _, Through::Echo) => Some("it is about the C Data Interface, and has no bytes".into()),
        (Input::Frame(_), _, _) | (_, Expected::Frame(_), _) => Some("it is about DataFrames of pandas".into()),
        (Input::Tensors(_), _, Through::Write) => {
            Some("the bytes are those of whichever implementation writes tensors".into())
        }
        (Input::Document(document), _, _) if document.row_count() > MOST_ROWS => Some(format!(
            "its {} rows are made by a rule; more than {MOST_ROWS} make no file here",
            document.row_count()
        )),
        _ => None,
    }
}

/// The files so far. Variants that are only read in different ways share theirs.
#[derive(Default)]
struct Making {
    files: BTreeMap<String, Vec<u8>>,
    inputs: BTreeMap<String, Made>,
    expected: BTreeMap<String, Values>,
}

/// The input of a variant.
#[derive(Clone)]
struct Made {
    case: String,
    file: Emitted,
    laid_out: LaidOut,
}

impl Making {
    fn entry(&mut self, variant: &Variant) -> Result<Entry, String> {
        let stem = stem(variant);
        let made = self.input(variant, &stem)?;
        let values = self.values(variant, &stem);
        let changes = made.laid_out.changes();
        Ok(Entry::new(variant, made.file, values, changes))
    }

    fn input(&mut self, variant: &Variant, stem: &Stem) -> Result<Made, String> {
        let path = stem.file(variant.format.extension());
        if let Some(made) = self.inputs.get(&path) {
            if made.case != variant.case.name {
                return Err(format!(
                    "{} and {} would both be {path}; one needs another id",
                    made.case, variant.case.name
                ));
            }
            return Ok(made.clone());
        }
        let laid_out = variant.lay_out().map_err(|error| match &variant.recipe {
            // It names the place in the case.
            Some(_) => error,
            None => format!("{}: {error}", variant.name),
        })?;
        let file = self.add(path.clone(), laid_out.bytes.clone());
        let made = Made { case: variant.case.name.clone(), file, laid_out };
        self.inputs.insert(path, made.clone());
        Ok(made)
    }

    fn values(&mut self, variant: &Variant, stem: &Stem) -> Values {
        let path = stem.file("json");
        if variant.case.result == CaseResult::Invalid {
            return Values::default();
        }
        if let Some(values) = self.expected.get(&path) {
            return values.clone();
        }
        let mut values = Values::default();
        let canonical = match (&variant.input, &variant.expected) {
            (Input::Document(document), _) => {
                match integration_json::write(document) {
                    Ok(json) => {
                        values.integration = Some(self.add(stem.file("integration.json"), line(json.to_string())))
                    }
                    Err(error) => values.inexpressible = Some(error.to_string()),
                }
                Some(written_down(document).canonical())
            }
            (_, Expected::Tensors(tensors)) => {
                values.inexpressible = Some("the format has no tensors".into());
                Some(tensors.canonical())
            }
            _ => None,
        };
        values.canonical = canonical.map(|canonical| self.add(path.clone(), line(canonical)));
        self.expected.insert(path, values.clone());
        values
    }

    fn add(&mut self, path: String, bytes: Vec<u8>) -> Emitted {
        let emitted = Emitted::of(&path, &bytes);
        self.files.insert(path, bytes);
        emitted
    }
}

fn line(mut text: String) -> Vec<u8> {
    text.push('\n');
    text.into_bytes()
}

/// The data as readers hand them out: values in place of rules, wherever they lay in memory.
pub(crate) fn written_down(document: &Document) -> Document {
    let batches = document.batches().map(|batch| Batch {
        rows: batch.rows,
        metadata: batch.metadata.clone(),
        columns: batch.columns.iter().map(|column| column.values.clone().into()).collect(),
    });
    Document { schema: document.schema.clone(), data: Data::Batches(batches.collect()) }
}
