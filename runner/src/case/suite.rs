//! All cases of a folder.

use std::path::{Path as FilePath, PathBuf};

use super::error::CaseError;
use super::expand;
use super::registry::Registry;
use super::variant::Variant;
use crate::hash::Sha;

/// Files and folders of `cases/` that hold no topic.
const NOT_TOPICS: &[&str] = &["features.yaml", "flags.yaml", "clauses.yaml", "faults.yaml", "schema"];

/// The cases, expanded, in a fixed order.
#[derive(Debug)]
pub struct Suite {
    /// Every variant, by topic, then as written.
    pub variants: Vec<Variant>,
    /// The names that cases may use.
    pub registry: Registry,
    /// `sha256:…` of all files.
    pub digest: String,
}

/// Where cases come from.
#[derive(Debug, Clone)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// The folder as messages name it.
    pub shown_as: PathBuf,
}

impl Folder {
    /// A folder of cases; messages name it as `cases` when that is its name.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let shown_as = path.file_name().map_or_else(|| path.clone(), PathBuf::from);
        Self { path, shown_as }
    }

    /// The names of the topics, sorted.
    pub fn topics(&self) -> Result<Vec<String>, CaseError> {
        let mut topics = Vec::new();
        self.collect(&self.path, "", &mut topics)?;
        topics.sort();
        Ok(topics)
    }

    fn collect(&self, folder: &FilePath, prefix: &str, topics: &mut Vec<String>) -> Result<(), CaseError> {
        let failed = |error: std::io::Error| CaseError {
            file: self.shown_as.join(prefix),
            place: None,
            message: format!("cannot be listed: {error}"),
        };
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if prefix.is_empty() && NOT_TOPICS.contains(&name.as_str()) {
                continue;
            }
            if entry.path().is_dir() {
                self.collect(&entry.path(), &format!("{prefix}{name}/"), topics)?;
            } else if let Some(stem) = name.strip_suffix(".yaml") {
                topics.push(format!("{prefix}{stem}"));
            }
        }
        Ok(())
    }

    /// The registered names.
    pub fn registry(&self) -> Result<Registry, CaseError> {
        Registry::load(&self.path, &self.shown_as)
    }

    /// Expands one topic.
    pub fn topic(&self, topic: &str, registry: &Registry, seed: u64) -> Result<Vec<Variant>, CaseError> {
        let file = format!("{topic}.yaml");
        expand::topic(topic, &self.path.join(&file), self.shown_as.join(&file), registry, seed)
    }

    /// Expands all topics; every topic with an error adds one.
    pub fn load(&self, seed: u64) -> Result<Suite, Vec<CaseError>> {
        let one = |error| vec![error];
        let registry = self.registry().map_err(one)?;
        let mut hash = Sha::new();
        for name in ["features.yaml", "flags.yaml", "clauses.yaml"] {
            hash.text(name);
            hash.file(&self.path.join(name)).unwrap_or_default();
        }
        let (mut variants, mut errors) = (Vec::new(), Vec::new());
        for topic in self.topics().map_err(one)? {
            hash.text(&topic);
            hash.file(&self.path.join(format!("{topic}.yaml"))).unwrap_or_default();
            match self.topic(&topic, &registry, seed) {
                Ok(expanded) => variants.extend(expanded),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(Suite { variants, registry, digest: format!("sha256:{}", hash.hex()) })
        } else {
            Err(errors)
        }
    }
}
