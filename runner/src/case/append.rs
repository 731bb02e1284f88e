//! What a producer finds there already, and goes on behind: `append` of a case.

use std::sync::Arc;

use arrowipc_kit::value::{Data, Document};
use serde_json::{Value as Json, json};

use super::bytes::{Base, Recipe};
use super::data;
use super::error::{CaseError, Origin};
use super::file::{AppendFile, CaseFile, CaseResult, Through};
use super::natural::to_json;
use super::options::Format;
use super::place::Path;
use crate::wire::edit::Edit;

/// What is there, and what is put behind it.
#[derive(Debug)]
pub struct Append {
    /// How the suite lays out what is there.
    pub recipe: Recipe,
    /// The data that are there.
    pub there: Arc<Document>,
    /// What the producer puts behind it: one document for each time that it comes.
    pub parts: Vec<Arc<Document>>,
}

impl Append {
    /// Changes whenever what the producer finds or is given changes, as far as its data do not say it.
    pub fn text(&self) -> String {
        let Base::Data { options, .. } = &self.recipe.base else { return String::new() };
        let parts: Vec<usize> = self.parts.iter().map(|part| part.batch_count()).collect();
        json!({"options": options, "recipe": self.recipe.text(), "there": self.there.digest().to_string(), "parts": parts})
            .to_string()
    }

    /// What the bytes that are there are, in a case of this result: what nobody changed is valid.
    pub fn result(&self, case: CaseResult) -> CaseResult {
        if self.recipe.edits.is_empty() { CaseResult::Valid } else { case }
    }
}

/// `append` as it is written, checked as far as that needs no data.
pub struct Written<'a> {
    file: &'a AppendFile,
    to: Option<Document>,
    edits: Vec<Edit>,
    edit: Json,
    path: Path,
}

impl<'a> Written<'a> {
    /// Reads what a case says of it.
    pub fn read(case: &'a CaseFile, through: Through, origin: &Origin, path: &Path) -> Result<Option<Self>, CaseError> {
        let Some(file) = &case.append else { return Ok(None) };
        let path = path.to("append");
        let wrong = |at: &Path, message: &str| Err(origin.error_at_key(at, message));
        if through != Through::Write {
            return wrong(
                &path,
                "a producer goes on behind what is there: through is write, and raw, edit and wire are below append",
            );
        }
        if case.frame.is_some() || case.tensors.is_some() {
            return wrong(&path, "batches are appended, not a frame or tensors");
        }
        match (&file.to, file.after.as_slice()) {
            (None, []) => {
                return wrong(&path, "after: [NUMBER, …] says how many batches are there; to: DATA, what else is");
            }
            (Some(_), [_, ..]) => {
                return wrong(&path.to("to"), "either batches of the data are there (after) or other data (to)");
            }
            (Some(_), []) if case.result != CaseResult::Invalid => {
                return wrong(&path.to("to"), "other data are there only to be refused: the result is invalid");
            }
            (None, after) if !after.is_sorted_by(|left, right| left < right) => {
                return wrong(&path.to("after"), "each number is larger than the one before it");
            }
            _ => {}
        }
        let to = file.to.as_ref().map(|to| data::read(to, origin, &path.to("to"))).transpose()?;
        let at = path.to("edit");
        let edit = file.edit.iter().flatten().enumerate().map(|(index, item)| to_json(item, origin, &at.to(index)));
        let edit = Json::from(edit.collect::<Result<Vec<_>, _>>()?);
        let edits = Edit::list(&edit).map_err(|error| origin.error(&at.below(&error.path), error.message))?;
        Ok(Some(Self { file, to, edits, edit, path }))
    }

    /// What is there and what is appended, of a variant with these data.
    pub fn of(&self, data: &Document, format: Format, origin: &Arc<Origin>) -> Result<Append, CaseError> {
        let Data::Batches(batches) = &data.data else {
            return Err(origin.error(&self.path, "generated data are written as a whole"));
        };
        let last = self.file.after.last().copied().unwrap_or_default();
        if last > batches.len() {
            let message = format!("{last} batches are there, and the data have {}", batches.len());
            return Err(origin.error(&self.path.to("after"), message));
        }
        let part = |from: usize, to: usize| {
            Arc::new(Document { schema: data.schema.clone(), data: Data::Batches(batches[from..to].to_vec()) })
        };
        let ends = self.file.after.iter().skip(1).copied().chain([batches.len()]);
        let (there, parts) = match &self.to {
            Some(there) => (Arc::new(there.clone()), vec![part(0, batches.len())]),
            None => (
                part(0, self.file.after[0]),
                self.file.after.iter().zip(ends).map(|(from, to)| part(*from, to)).collect(),
            ),
        };
        let base = Base::Data {
            document: Arc::clone(&there),
            options: self.file.options.clone(),
            raw: self.file.raw.clone().unwrap_or_default(),
        };
        let written = Arc::new(json!({"wire": null, "edit": self.edit}));
        let recipe = Recipe::new(base, format, self.edits.clone(), written, Arc::clone(origin), self.path.clone());
        Ok(Append { recipe, there, parts })
    }
}
