//! `expect.toml`: what is known to fail.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::glob;
use crate::judge::verdict::Verdict;

/// The known failures of one adapter.
#[derive(Debug, Clone, Default)]
pub struct ExpectFile {
    /// The file, as messages name it.
    pub path: PathBuf,
    /// The entries.
    pub entries: Vec<Entry>,
}

/// One known failure, or several of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line where it begins.
    pub line: usize,
    /// What it says.
    pub rule: Rule,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Full name, or glob.
    pub case: String,
    /// The adapter's side of the cell.
    pub role: Role,
    /// The adapter on the other side, a glob.
    #[serde(default = "any")]
    pub with: String,
    /// The verdict, exactly.
    pub verdict: Verdict,
    /// Text that the message holds.
    pub message: Option<String>,
    /// Whether it is about some of the results that it covers, those whose message it tells; others may pass or fail in other ways.
    #[serde(default)]
    pub some: bool,
    /// How many results it may cover.
    #[serde(default = "one")]
    pub max: usize,
    /// Why it fails.
    pub reason: String,
    /// Where this is tracked.
    pub issue: Option<String>,
}

impl Rule {
    /// Whether it is about a production alone, whatever consumers make of the bytes.
    pub fn is_of_production(&self) -> bool {
        is_of_production(self.role, self.verdict)
    }
}

/// Whether a verdict in a role is about a production alone.
pub fn is_of_production(role: Role, verdict: Verdict) -> bool {
    role == Role::Produce && matches!(verdict, Verdict::WrongBytes | Verdict::WrongInterface)
}

fn any() -> String {
    "*".into()
}

fn one() -> usize {
    1
}

/// A side of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It wrote the bytes.
    Produce,
    /// It read them.
    Consume,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Produce => "produce",
            Self::Consume => "consume",
        })
    }
}

impl Entry {
    /// What is wrong with it, whatever is run.
    pub fn problems(&self) -> Vec<String> {
        let Rule { case, with, verdict, message, some, reason, max, .. } = &self.rule;
        let mut problems = Vec::new();
        if !verdict.is_failure() {
            problems.push(format!("'{verdict}' is no failure and needs no entry"));
        }
        // An id is that of all versions.
        if verdict.is_unsafe() && (glob::is_pattern(case) || (*max != 1 && glob::is_pattern(with))) {
            problems.push(format!("'{verdict}' is listed by full name only, one entry each"));
        }
        if *some && message.as_ref().is_none_or(|text| text.trim().is_empty()) {
            problems.push("it is about some of the results that it covers; say by message about which".into());
        }
        if reason.trim().is_empty() {
            problems.push("the reason is empty; say why this fails".into());
        }
        problems
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    #[serde(default)]
    expected: Vec<toml::Spanned<Rule>>,
}

/// What is wrong with an `expect.toml`.
#[derive(Debug, thiserror::Error)]
pub enum ExpectError {
    /// It cannot be read.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// It is not what `cases/schema/expect-v1.json` says.
    #[error("{path}: {message}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The parser's message, with line and column.
        message: String,
    },
    /// An entry that cannot be meant.
    #[error("{path}:{line}: {message}")]
    Entry {
        /// The file.
        path: PathBuf,
        /// The entry's line.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

impl ExpectFile {
    /// Where the known failures of an adapter are: `id`, or `id@version` for one of its `versions/`.
    pub fn path_of(name: &str) -> PathBuf {
        let folder = match name.split_once('@') {
            Some((id, version)) => Path::new("adapters").join(id).join("versions").join(version),
            None => Path::new("adapters").join(name),
        };
        folder.join("expect.toml")
    }

    /// Reads a file; one that does not exist has no entries.
    pub fn load(path: &Path, shown_as: &Path) -> Result<Self, ExpectError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(reason) => return Err(ExpectError::Unreadable { path: shown_as.into(), reason }),
        };
        Self::parse(&text, shown_as)
    }

    /// Reads a text.
    pub fn parse(text: &str, shown_as: &Path) -> Result<Self, ExpectError> {
        let file = Self::draft(text, shown_as)?;
        let wrong = file.entries.iter().find_map(|entry| Some((entry.line, entry.problems().into_iter().next()?)));
        match wrong {
            Some((line, message)) => Err(ExpectError::Entry { path: shown_as.into(), line, message }),
            None => Ok(file),
        }
    }

    /// Reads a text whose entries may not be done yet.
    pub fn draft(text: &str, shown_as: &Path) -> Result<Self, ExpectError> {
        let contents: Contents = toml::from_str(text)
            .map_err(|error| ExpectError::Malformed { path: shown_as.into(), message: error.to_string() })?;
        let entries = contents.expected.into_iter().map(|spanned| {
            let start = spanned.span().start.min(text.len());
            Entry { line: text[..start].matches('\n').count() + 1, rule: spanned.into_inner() }
        });
        Ok(Self { path: shown_as.into(), entries: entries.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "\n[[expected]]\ncase = 'a/b'\nrole = 'consume'\nverdict = 'over-strict'\nreason = 'r'\n";

    fn parse(text: &str) -> Result<ExpectFile, String> {
        ExpectFile::parse(text, Path::new("expect.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn entries_know_their_lines() {
        let file = parse(&format!("# known\n{ENTRY}{ENTRY}")).unwrap();
        assert_eq!(file.entries.iter().map(|entry| entry.line).collect::<Vec<_>>(), [3, 9]);
        assert_eq!((file.entries[0].rule.with.as_str(), file.entries[0].rule.max), ("*", 1));
    }

    #[test]
    fn a_crash_is_listed_by_full_name() {
        let text = ENTRY.replace("over-strict", "crash").replace("a/b", "a/*");
        assert_eq!(parse(&text).unwrap_err(), "expect.toml:2: 'crash' is listed by full name only, one entry each");
    }

    #[test]
    fn a_pass_needs_no_entry() {
        let error = parse(&ENTRY.replace("over-strict", "pass")).unwrap_err();
        assert_eq!(error, "expect.toml:2: 'pass' is no failure and needs no entry");
    }
}
