//! What the names in a report mean: each is told before the first line that uses it, so that a report can be read by itself.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::line::CaseLine;
use crate::case::registry::Registry;
use crate::run::result::ArtifactResult;

/// A name and what it means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Term {
    /// What sort of name it is.
    pub kind: TermKind,
    /// The name.
    pub id: String,
    /// What it means: the rule of a clause, the effect of a flag.
    pub text: String,
    /// How strongly a clause binds, and whom.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub level: String,
    /// Where the format says so.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub source: String,
}

/// Sorts of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TermKind {
    /// Of `cases/clauses.yaml`.
    Clause,
    /// Of `cases/features.yaml`.
    Feature,
    /// Of `cases/flags.yaml`.
    Flag,
}

/// The registered names, and which of them were told.
#[derive(Debug)]
pub struct Glossary {
    registry: Registry,
    told: BTreeSet<(TermKind, String)>,
}

impl Glossary {
    /// Nothing was told.
    pub fn new(registry: Registry) -> Self {
        Self { registry, told: BTreeSet::new() }
    }

    /// The terms to tell before a variant.
    pub fn before_case(&mut self, case: &CaseLine) -> Vec<Term> {
        let clauses = case.clauses.iter().map(|id| (TermKind::Clause, id));
        let features = case.features.iter().map(|id| (TermKind::Feature, id));
        let flags = case.flags.iter().map(|id| (TermKind::Flag, id));
        self.untold(clauses.chain(features).chain(flags))
    }

    /// The terms to tell before a production.
    pub fn before_artifact(&mut self, artifact: &ArtifactResult) -> Vec<Term> {
        self.untold(artifact.observations.iter().map(|violation| (TermKind::Clause, &violation.clause)))
    }

    fn untold<'a>(&mut self, names: impl Iterator<Item = (TermKind, &'a String)>) -> Vec<Term> {
        let mut terms = Vec::new();
        for (kind, id) in names {
            if self.told.insert((kind, id.clone())) {
                terms.extend(self.term(kind, id));
            }
        }
        terms
    }

    fn term(&self, kind: TermKind, id: &str) -> Option<Term> {
        let plain = |text: &str| Term {
            kind,
            id: id.to_owned(),
            text: text.trim_end().to_owned(),
            level: String::new(),
            source: String::new(),
        };
        Some(match kind {
            TermKind::Feature => plain(&self.registry.features.get(id)?.description),
            TermKind::Flag => plain(&self.registry.flags.get(id)?.effect),
            TermKind::Clause => {
                let clause = self.registry.clauses.get(id)?;
                let (level, source) = (clause.level.clone(), clause.source.trim_end().to_owned());
                Term { level, source, ..plain(&clause.statement) }
            }
        })
    }
}
