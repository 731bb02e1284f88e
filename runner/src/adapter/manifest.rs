//! `adapters/<id>/adapter.toml`: how an adapter is set up and started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::archery::Executables;
use crate::command::claims::Claims;

/// One `adapter.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The folder's name.
    pub id: String,
    /// Whether it takes part only where it is named, and `all` leaves it out.
    #[serde(default)]
    pub by_name_only: bool,
    /// What stands behind the command.
    pub kind: Kind,
    /// Program and arguments, with placeholders; archery's executables have one each instead.
    #[serde(default)]
    pub command: Vec<String>,
    /// The commands of archery's executables.
    pub archery: Option<Executables>,
    /// What is said of a program that cannot speak for itself.
    pub claims: Option<Claims>,
    /// Added to the pinned environment, with placeholders.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// What must exist before the command can run.
    pub setup: Option<Setup>,
    /// Bounds of each process.
    #[serde(default)]
    pub limits: Limits,
}

/// What stands behind an adapter's command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A program that speaks protocol 1.
    Protocol,
    /// A shared library with libarrowipc's ABI, hosted by `arrowipc serve-library`.
    Library,
    /// A command that reads IPC and writes IPC, hosted by `arrowipc serve-filter`.
    Filter,
    /// The executables of Arrow's integration tests, hosted by `arrowipc serve-archery`.
    Archery,
}

impl Kind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Protocol, Self::Library, Self::Filter, Self::Archery];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Library => "library",
            Self::Filter => "filter",
            Self::Archery => "archery",
        }
    }
}

/// What must exist before an adapter's command can run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Setup {
    /// A virtual environment with the packages of a lock file.
    Python {
        /// The lock file, in the adapter's folder.
        #[serde(default = "default_lock")]
        lock: PathBuf,
    },
    /// Packages of this workspace.
    Cargo {
        /// Their names.
        packages: Vec<String>,
    },
    /// A folder that a script of the adapter fills.
    Script {
        /// Programs that must be on `PATH`.
        #[serde(default)]
        needs: Vec<String>,
        /// The script and its arguments, with placeholders.
        run: Vec<String>,
        /// Files and folders outside of the adapter's, relative to it, from which the script builds as well.
        #[serde(default)]
        sources: Vec<PathBuf>,
    },
}

fn default_lock() -> PathBuf {
    "requirements.lock".into()
}

/// Up to so many bytes are few.
const FEW_BYTES: u64 = 64 << 10;

/// Bounds of an adapter's processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Seconds until `start` is answered.
    pub start_seconds: u64,
    /// Seconds until any other request is answered.
    pub operation_seconds: u64,
    /// Seconds until bytes are read of which there are few; where it is left open, as many as for others.
    pub small_seconds: Option<u64>,
    /// Resident memory in MiB.
    pub memory_mib: u64,
    /// Processes started again in one run before the adapter is down.
    pub restarts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { start_seconds: 30, operation_seconds: 30, small_seconds: None, memory_mib: 2048, restarts: 50 }
    }
}

impl Limits {
    /// Time until `start` is answered.
    pub fn start(self) -> Duration {
        Duration::from_secs(self.start_seconds)
    }

    /// Time until any other request is answered.
    pub fn operation(self) -> Duration {
        Duration::from_secs(self.operation_seconds)
    }

    /// Time until that many bytes are read.
    pub fn reading(self, bytes: u64) -> Duration {
        let small = self.small_seconds.filter(|_| bytes <= FEW_BYTES);
        Duration::from_secs(small.unwrap_or(self.operation_seconds))
    }

    /// Bounds for cases of gigabytes: eight times the memory, forty times the time.
    pub fn of_gigabytes(self) -> Self {
        Self {
            operation_seconds: self.operation_seconds.saturating_mul(40),
            memory_mib: self.memory_mib.saturating_mul(8),
            ..self
        }
    }
}

/// What is wrong with an `adapter.toml`.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what `cases/schema/adapter-v1.json` says.
    #[error("{path}: {message}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The parser's message, with line and column.
        message: String,
    },
    /// The id differs from the folder.
    #[error("{path}: id is '{id}' in the folder '{folder}'; they must be equal")]
    Misplaced {
        /// The file.
        path: PathBuf,
        /// The id in it.
        id: String,
        /// Its folder's name.
        folder: String,
    },
    /// A placeholder that nothing fills.
    #[error("adapter.toml of '{id}': '{{{name}}}' has no meaning {place}; known are {known}")]
    Placeholder {
        /// The adapter.
        id: String,
        /// The placeholder.
        name: String,
        /// Where it stands.
        place: String,
        /// What could stand there.
        known: String,
    },
    /// Keys that another kind has.
    #[error("{path}: kind {} {problem}", kind.name())]
    Keys {
        /// The file.
        path: PathBuf,
        /// Its kind.
        kind: Kind,
        /// What is wrong with that.
        problem: &'static str,
    },
    /// A command has no program.
    #[error("{path}: {key} is empty; its first string is the program")]
    NoCommand {
        /// The file.
        path: PathBuf,
        /// `command` or `run`.
        key: &'static str,
    },
}

impl Manifest {
    /// Reads `adapter.toml` of an adapter's folder.
    pub fn load(folder: &Path) -> Result<Self, ManifestError> {
        let path = folder.join("adapter.toml");
        let manifest = Self::read(&path)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if manifest.id != name {
            return Err(ManifestError::Misplaced { path, id: manifest.id, folder: name.into_owned() });
        }
        Ok(manifest)
    }

    /// Reads an `adapter.toml`, wherever it lies.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let path = path.to_owned();
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ManifestError::Unreadable { path: path.clone(), source })?;
        let manifest: Self = toml::from_str(&text)
            .map_err(|error| ManifestError::Malformed { path: path.clone(), message: error.to_string() })?;
        manifest.check_keys(&path)?;
        if matches!(&manifest.setup, Some(Setup::Script { run, .. }) if run.is_empty()) {
            return Err(ManifestError::NoCommand { path, key: "run" });
        }
        Ok(manifest)
    }

    /// Command and environment with every placeholder filled.
    pub fn fill(
        &self,
        places: &BTreeMap<&str, PathBuf>,
    ) -> Result<(Vec<String>, BTreeMap<String, String>), ManifestError> {
        let env = self
            .env
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.fill_text(value, places, "in env")?)))
            .collect::<Result<_, _>>()?;
        let command = match self.kind {
            Kind::Protocol | Kind::Library => self.fill_words(&self.command, places, "in command")?,
            Kind::Filter | Kind::Archery => self.host_command(places)?,
        };
        Ok((command, env))
    }

    /// Words with every placeholder filled; `place` says where they stand.
    pub fn fill_words(
        &self,
        words: &[String],
        places: &BTreeMap<&str, PathBuf>,
        place: &str,
    ) -> Result<Vec<String>, ManifestError> {
        words.iter().map(|text| self.fill_text(text, places, place)).collect()
    }

    fn fill_text(&self, text: &str, places: &BTreeMap<&str, PathBuf>, place: &str) -> Result<String, ManifestError> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            let path = places.get(name).ok_or_else(|| ManifestError::Placeholder {
                id: self.id.clone(),
                name: name.into(),
                place: place.into(),
                known: places.keys().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(" "),
            })?;
            filled.push_str(&path.to_string_lossy());
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Result<Manifest, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn limits_have_defaults() {
        let manifest = manifest("id = 'x'\nkind = 'protocol'\ncommand = ['a']\n[limits]\nrestarts = 3").unwrap();
        assert_eq!(manifest.limits, Limits { restarts: 3, ..Limits::default() });
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let error = manifest("id = 'x'\nkind = 'protocol'\ncommand = ['a']\ncomand = []").unwrap_err();
        assert!(error.to_string().contains("line 4"), "{error}");
    }

    #[test]
    fn placeholders_are_filled_and_unknown_ones_told() {
        let mut manifest = manifest("id = 'x'\nkind = 'protocol'\ncommand = ['{venv}/bin/python', '-u']").unwrap();
        let places = BTreeMap::from([("venv", PathBuf::from("/v"))]);
        assert_eq!(manifest.fill(&places).unwrap().0, ["/v/bin/python", "-u"]);
        manifest.command = vec!["{vnv}".into()];
        assert_eq!(
            manifest.fill(&places).unwrap_err().to_string(),
            "adapter.toml of 'x': '{vnv}' has no meaning in command; known are {venv}"
        );
    }
}
