//! The names that cases may use: features, flags, clauses.

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use serde::{Deserialize, Serialize};

use super::error::{CaseError, Origin};
use super::place::Path;

/// What is registered.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// `cases/features.yaml`.
    pub features: BTreeMap<String, Feature>,
    /// `cases/flags.yaml`.
    pub flags: BTreeMap<String, Flag>,
    /// `cases/clauses.yaml`.
    pub clauses: BTreeMap<String, Clause>,
}

/// Something that an implementation may or may not have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Dotted name.
    pub id: String,
    /// One line.
    pub description: String,
    /// Version of the columnar format that introduced it.
    pub since: Option<String>,
}

/// A kind of fault in an invalid case.
#[derive(Debug, Clone, Deserialize)]
pub struct Flag {
    /// Its name.
    pub id: String,
    /// What it does to a reader.
    #[serde(default)]
    pub effect: String,
    /// Further reading.
    #[serde(default)]
    pub links: Vec<String>,
}

/// A rule of the format.
#[derive(Debug, Clone, Deserialize)]
pub struct Clause {
    /// Its name.
    pub id: String,
    /// `must`, `should`, `may`, possibly prefixed with `reader-` or `writer-`.
    #[serde(default)]
    pub level: String,
    /// `writer`, `reader` or `both`.
    #[serde(default)]
    pub binds: String,
    /// How the format says so.
    #[serde(default)]
    pub basis: Basis,
    /// The rule in other words.
    #[serde(default)]
    pub statement: String,
    /// Where the format says so.
    #[serde(default)]
    pub source: String,
    /// How it is checked: `wire`, `accept`, `reject`, `roundtrip`, `api`.
    #[serde(default)]
    pub check: String,
    /// In which ways what it says can be read, where there is more than one.
    #[serde(default)]
    pub ambiguity: String,
    /// Why no case can check it; empty where one can.
    #[serde(default)]
    pub unchecked: String,
}

/// How the format states a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// In so many words.
    #[default]
    Explicit,
    /// By describing the bytes.
    Declarative,
    /// Not at all: it follows from other rules, or from what readers need to be robust.
    Derived,
}

impl Basis {
    /// The word for it in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::Declarative => "declarative",
            Self::Derived => "derived",
        }
    }
}

impl Clause {
    /// Whether nobody may write bytes that break it: a must of writers that the format states, in a way that can be read only so.
    pub fn binds_writers(&self) -> bool {
        matches!(self.level.as_str(), "must" | "writer-must") && self.is_stated()
    }

    /// Whether bytes that break it are none that everybody must read: such a must of writers and readers.
    pub fn binds_everybody(&self) -> bool {
        self.level == "must" && self.is_stated()
    }

    fn is_stated(&self) -> bool {
        self.basis != Basis::Derived && self.ambiguity.is_empty()
    }
}

impl Registry {
    /// Reads the three files of a folder of cases.
    pub fn load(folder: &FilePath, shown_as: &FilePath) -> Result<Self, CaseError> {
        let read = |name: &str| Origin::read(&folder.join(name), &shown_as.join(name));
        Ok(Self {
            features: by_id(&read("features.yaml")?, |entry: &Feature| &entry.id)?,
            flags: by_id(&read("flags.yaml")?, |entry: &Flag| &entry.id)?,
            clauses: by_id(&read("clauses.yaml")?, |entry: &Clause| &entry.id)?,
        })
    }
}

fn by_id<T: serde::de::DeserializeOwned>(
    origin: &Origin,
    id: impl Fn(&T) -> &String,
) -> Result<BTreeMap<String, T>, CaseError> {
    let mut entries = BTreeMap::new();
    for (index, entry) in origin.parse::<Option<Vec<T>>>()?.unwrap_or_default().into_iter().enumerate() {
        let name = id(&entry).clone();
        if entries.insert(name.clone(), entry).is_some() {
            return Err(origin.error(&Path::default().to(index).to("id"), format!("'{name}' is listed twice")));
        }
    }
    Ok(entries)
}

/// The registered name nearest to a wrong one, as `; did you mean 'x'?`, or nothing when none is near.
pub fn suggestion<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let nearest = known.into_iter().map(|name| (distance(wrong, name), name)).min();
    match nearest {
        Some((steps, name)) if steps <= 1 + wrong.len() / 4 => format!("; did you mean '{name}'?"),
        _ => String::new(),
    }
}

/// Number of characters to change, add or take away.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested() {
        assert_eq!(suggestion("type.utf", ["type.utf8", "type.int8"]), "; did you mean 'type.utf8'?");
        assert_eq!(suggestion("frobnicate", ["type.utf8"]), "");
    }
}
