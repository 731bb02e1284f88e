//! Adapters that are no program of their own but one behind a host of the runner: filters and archery's executables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::manifest::{Kind, Manifest, ManifestError};
use crate::archery::{Archery, Executables};
use crate::command::claims::Claims;
use crate::command::template::Template;
use crate::filter;

/// The command that serves a filter.
pub fn filter_command(runner: &Path, command: &[String], claims: &Claims) -> Vec<String> {
    let claims = serde_json::to_string(claims).unwrap_or_default();
    let host = [runner.to_string_lossy().into_owned(), "serve-filter".into(), "--claims".into(), claims, "--".into()];
    host.into_iter().chain(command.iter().cloned()).collect()
}

/// The command that serves archery's executables.
fn archery_command(runner: &Path, archery: &Archery) -> Vec<String> {
    let archery = serde_json::to_string(archery).unwrap_or_default();
    vec![runner.to_string_lossy().into_owned(), "serve-archery".into(), archery]
}

impl Manifest {
    /// The command of a host, with the placeholders of places filled and those of its own left to it.
    pub(super) fn host_command(&self, places: &BTreeMap<&str, PathBuf>) -> Result<Vec<String>, ManifestError> {
        let runner = places.get("runner").map_or(Path::new("arrowipc"), PathBuf::as_path);
        let claims = self.claims.clone().unwrap_or_default();
        let version_command = self.fill_words(&claims.version_command, places, "in claims.version_command")?;
        let claims = Claims { version_command, ..claims };
        if self.kind == Kind::Filter {
            let places = with_own(places, &filter::placeholders());
            return Ok(filter_command(runner, &self.fill_words(&self.command, &places, "in command")?, &claims));
        }
        let mut executables = self.archery.clone().unwrap_or_default();
        for (verb, template) in &mut executables.0 {
            let (places, place) = (with_own(places, &verb.files()), format!("in archery.{}", verb.name()));
            let command = self.fill_words(&template.command, &places, &place)?;
            let env = template.env.iter().map(|(name, value)| {
                Ok((name.clone(), self.fill_words(std::slice::from_ref(value), &places, &place)?.concat()))
            });
            *template = Template { env: env.collect::<Result<_, ManifestError>>()?, command };
        }
        Ok(archery_command(runner, &Archery { executables, claims }))
    }

    /// Whether the keys are those of the kind.
    pub(super) fn check_keys(&self, path: &Path) -> Result<(), ManifestError> {
        let hosted = matches!(self.kind, Kind::Filter | Kind::Archery);
        let wrong = |problem| Err(ManifestError::Keys { path: path.to_owned(), kind: self.kind, problem });
        match (&self.archery, self.command.is_empty()) {
            (Some(_), _) if self.kind != Kind::Archery => wrong("has no [archery]"),
            (Some(_), false) => wrong("has no `command`, but one for each verb in [archery]"),
            (None, _) if self.kind == Kind::Archery => wrong("needs [archery], with a command for at least one verb"),
            (Some(Executables(verbs)), true) if verbs.values().any(|verb| verb.command.is_empty()) => {
                wrong("has a verb whose command is empty")
            }
            (Some(Executables(verbs)), true) if verbs.is_empty() => wrong("needs a command for at least one verb"),
            (None, true) => Err(ManifestError::NoCommand { path: path.to_owned(), key: "command" }),
            _ if self.claims.is_some() && !hosted => wrong("says by itself what it can do, and has no [claims]"),
            _ => Ok(()),
        }
    }
}

/// Places, and placeholders that stay as they are.
fn with_own<'a>(places: &BTreeMap<&'a str, PathBuf>, own: &[&'a str]) -> BTreeMap<&'a str, PathBuf> {
    let mut places = places.clone();
    places.extend(own.iter().map(|name| (*name, PathBuf::from(format!("{{{name}}}")))));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archery::Verb;

    fn manifest(text: &str) -> Manifest {
        toml::from_str(text).unwrap()
    }

    fn places() -> BTreeMap<&'static str, PathBuf> {
        BTreeMap::from([("runner", "/bin/arrowipc".into()), ("built", "/b".into())])
    }

    #[test]
    fn a_filter_is_served_with_its_own_placeholders() {
        let manifest =
            manifest("id = 'x'\nkind = 'filter'\ncommand = ['{built}/cat', '{format}']\n[claims]\nversion = '1'");
        let command = manifest.fill(&places()).unwrap().0;
        assert_eq!(command[..3], ["/bin/arrowipc", "serve-filter", "--claims"]);
        assert!(command[3].contains(r#""version":"1""#), "{}", command[3]);
        assert_eq!(command[4..], ["--", "/b/cat", "{format}"]);
    }

    #[test]
    fn executables_are_served_with_places_filled() {
        let text = "id = 'x'\nkind = 'archery'\n[archery]\nvalidate = ['{built}/t', '{json}']\n\
                    file_to_stream = { command = ['{built}/f'], env = { FROM = '{in}', HOME = '{built}' } }";
        let command = manifest(text).fill(&places()).unwrap().0;
        assert_eq!(command[..2], ["/bin/arrowipc", "serve-archery"]);
        let archery: Archery = serde_json::from_str(&command[2]).unwrap();
        assert_eq!(archery.executables.0[&Verb::Validate].command, ["/b/t", "{json}"]);
        let env = &archery.executables.0[&Verb::FileToStream].env;
        assert_eq!((env["FROM"].as_str(), env["HOME"].as_str()), ("{in}", "/b"));
    }

    #[test]
    fn a_placeholder_that_means_nothing_for_a_verb_is_told() {
        let text = "id = 'x'\nkind = 'archery'\n[archery]\nvalidate = ['t', '{out}']";
        assert_eq!(
            manifest(text).fill(&places()).unwrap_err().to_string(),
            "adapter.toml of 'x': '{out}' has no meaning in archery.validate; known are {arrow} {built} {json} {runner}"
        );
    }

    #[test]
    fn every_kind_has_its_keys() {
        let problem = |text: &str| {
            let path = Path::new("adapter.toml");
            manifest(&format!("id = 'x'\n{text}")).check_keys(path).err().map(|error| error.to_string())
        };
        assert_eq!(problem("kind = 'filter'\ncommand = ['cat']\n[claims]"), None);
        assert_eq!(problem("kind = 'archery'\n[archery]\nvalidate = ['t']"), None);
        let table = [
            ("kind = 'filter'", "command is empty; its first string is the program"),
            ("kind = 'archery'", "kind archery needs [archery], with a command for at least one verb"),
            ("kind = 'archery'\n[archery]", "kind archery needs a command for at least one verb"),
            (
                "kind = 'protocol'\ncommand = ['a']\n[claims]",
                "kind protocol says by itself what it can do, and has no [claims]",
            ),
            ("kind = 'filter'\ncommand = ['a']\n[archery]\nvalidate = ['t']", "kind filter has no [archery]"),
            (
                "kind = 'archery'\ncommand = ['a']\n[archery]\nvalidate = ['t']",
                "kind archery has no `command`, but one for each verb in [archery]",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(problem(text), Some(format!("adapter.toml: {expected}")), "{text}");
        }
    }
}
