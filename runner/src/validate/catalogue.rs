//! The clauses, and how binding each is for who made an input.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use clap::ValueEnum;
use serde::Serialize;

use crate::case::registry::{Basis, Clause};

/// How binding a rule is; stronger ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The format demands it.
    Must,
    /// The format recommends it, or can be read so.
    Should,
    /// It is as the format allows, and worth knowing.
    May,
}

impl Level {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
        }
    }
}

/// Duties of writers of today that older inputs do not keep, or that a writer may have been asked to set aside. Bytes do not show which.
const OLDER: &[&str] = &[
    "version-write-v5",
    "framing-continuation-marker",
    "framing-legacy-prefix-write",
    "framing-eos-bytes",
    "framing-metadata-padded-8",
    "type-dictionary-index-signed-preferred",
    "footer-custom-metadata-identical",
];

/// Duties of writers that are about order and economy: nobody reads anything else where they are not kept, and cases that every reader must
/// take break them.
const HARMLESS: &[&str] = &[
    "buffer-padding-between",
    "message-bodylength-exact",
    "framing-no-gap",
    "file-embedded-eos",
    "footer-schema-identical",
    "layout-empty-offsets-one",
];

/// The catalogue as it was when this program was built, so that files can be checked anywhere.
static CLAUSES: LazyLock<BTreeMap<String, Clause>> = LazyLock::new(|| {
    let clauses: Vec<Clause> = serde_yaml::from_str(include_str!("../../../cases/clauses.yaml")).unwrap_or_default();
    clauses.into_iter().map(|clause| (clause.id.clone(), clause)).collect()
});

/// A clause by its id.
pub fn clause(id: &str) -> Option<&'static Clause> {
    CLAUSES.get(id)
}

/// How binding a clause is.
pub fn level(id: &str) -> Level {
    let Some(clause) = clause(id) else { return Level::Must };
    // What a reader must refuse is wrong, whether the format says so or it follows.
    let stated = clause.binds == "reader" || clause.basis != Basis::Derived && clause.ambiguity.is_empty();
    match clause.level.rsplit('-').next() {
        _ if OLDER.contains(&id) => Level::May,
        _ if HARMLESS.contains(&id) => Level::Should,
        Some("must") if stated => Level::Must,
        Some("must" | "should") => Level::Should,
        _ => Level::May,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::check;

    #[test]
    fn every_clause_that_can_be_reported_is_known_and_older_forms_are_allowed() {
        for id in check::clauses().iter().chain(OLDER).chain(HARMLESS) {
            assert!(clause(id).is_some(), "{id}");
        }
        assert_eq!(level("buffer-in-bounds"), Level::Must);
        assert_eq!(level("framing-alignment-64-preferred"), Level::Should);
        assert_eq!(level("framing-no-gap"), Level::Should);
        assert_eq!(level("dictionary-id-unknown"), Level::Must);
        assert_eq!(level("framing-continuation-marker"), Level::May);
        assert_eq!(level("no-such-clause"), Level::Must);
    }
}
