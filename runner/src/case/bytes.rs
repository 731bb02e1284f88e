//! The bytes that the suite lays out for a case: `docs/wire.md`.

use std::sync::{Arc, OnceLock};

use arrowipc_kit::value::Document;
use serde_json::{Value as Json, json};

use super::error::{CaseError, Origin};
use super::options::{Format, WriteOptions};
use super::place::Path;
use super::variant::{Input, Variant};
use crate::wire::assemble::assemble;
use crate::wire::changes::{Change, changes};
use crate::wire::edit::{self, Edit};
use crate::wire::lower::lower;
use crate::wire::lower::options::RawOptions;
use crate::wire::raw::RawInput;
use crate::wire::section;

/// How the bytes of a variant come to be. They are laid out when somebody needs them, and once.
#[derive(Debug)]
pub struct Recipe {
    /// Where the parts come from.
    pub base: Base,
    /// Stream or file.
    pub format: Format,
    /// What is changed in them.
    pub edits: Vec<Edit>,
    /// `wire` and `edit` as they are written, for digests.
    pub written: Arc<Json>,
    /// The file of the case.
    pub origin: Arc<Origin>,
    /// The case in that file.
    pub path: Path,
    made: OnceLock<Result<LaidOut, CaseError>>,
}

/// Where the parts of an input come from.
#[derive(Debug, Clone)]
pub enum Base {
    /// Data, by the raw writer.
    Data {
        /// The data.
        document: Arc<Document>,
        /// What any writer can be told.
        options: WriteOptions,
        /// What only the raw writer can be told.
        raw: RawOptions,
    },
    /// The case's `wire`.
    Written,
}

/// Bytes that were laid out.
#[derive(Debug, Clone)]
pub struct LaidOut {
    /// The input.
    pub bytes: Vec<u8>,
    /// What it would be without the edits, where there are some.
    pub unedited: Option<Vec<u8>>,
}

impl LaidOut {
    /// What the edits did.
    pub fn changes(&self) -> Vec<Change> {
        self.unedited.as_ref().map(|unedited| changes(unedited, &self.bytes)).unwrap_or_default()
    }
}

impl Recipe {
    /// A recipe that was not followed yet.
    pub fn new(
        base: Base,
        format: Format,
        edits: Vec<Edit>,
        written: Arc<Json>,
        origin: Arc<Origin>,
        path: Path,
    ) -> Self {
        Self { base, format, edits, written, origin, path, made: OnceLock::new() }
    }

    /// The bytes, or the place in the case that stands in their way.
    pub fn lay_out(&self) -> Result<&LaidOut, &CaseError> {
        self.made.get_or_init(|| self.make()).as_ref()
    }

    /// Changes whenever the bytes do, as far as the data do not say it.
    pub fn text(&self) -> String {
        let raw = match &self.base {
            Base::Data { raw, .. } => json!(raw),
            Base::Written => Json::Null,
        };
        json!({"raw": raw, "written": *self.written}).to_string()
    }

    /// The parts before the edits.
    pub fn parts(&self) -> Result<RawInput, CaseError> {
        match &self.base {
            Base::Data { document, options, raw } => lower(document, options, raw, self.format)
                .map_err(|error| self.origin.error(&self.path, format!("the data cannot be laid out: {error}"))),
            Base::Written => section::read(&self.written["wire"], self.format)
                .map_err(|error| self.origin.error(&self.path.to("wire").below(&error.path), error.message)),
        }
    }

    fn make(&self) -> Result<LaidOut, CaseError> {
        let parts = self.parts()?;
        let unedited = assemble(&parts).bytes;
        if self.edits.is_empty() {
            return Ok(LaidOut { bytes: unedited, unedited: None });
        }
        let paths = self.path.to("edit");
        let mut input = parts.clone();
        edit::apply(&mut input, &self.edits)
            .map_err(|error| self.origin.error(&paths.below(&error.path), error.message))?;
        let bytes = assemble(&input).bytes;
        for index in 0..self.edits.len() {
            if self.without(&parts, index).is_some_and(|without| without == bytes) {
                return Err(self
                    .origin
                    .error(&paths.to(index), "this edit changes no byte; take it out, or change another field"));
            }
        }
        Ok(LaidOut { bytes, unedited: Some(unedited) })
    }

    /// The bytes without one of the edits; none when the others need it.
    fn without(&self, parts: &RawInput, left_out: usize) -> Option<Vec<u8>> {
        let mut edits = self.edits.clone();
        edits.remove(left_out);
        let mut input = parts.clone();
        edit::apply(&mut input, &edits).ok()?;
        Some(assemble(&input).bytes)
    }
}

impl Variant {
    /// The bytes that the suite makes: those that the case chooses, or those of the raw writer without options of its own.
    pub fn lay_out(&self) -> Result<LaidOut, String> {
        match (&self.recipe, &self.input) {
            (Some(recipe), _) => recipe.lay_out().cloned().map_err(ToString::to_string),
            (None, Input::Document(document)) => lower(document, &self.options, &RawOptions::default(), self.format)
                .map(|input| LaidOut { bytes: assemble(&input).bytes, unedited: None })
                .map_err(|error| error.to_string()),
            (None, Input::Frame(_) | Input::Tensors(_) | Input::Nothing) => Err("the suite lays out data".into()),
        }
    }
}
