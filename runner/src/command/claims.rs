//! What a program is said to be able to do: `[claims]` of `adapter.toml`, or what is assumed without it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::end::{Members, members};
use crate::adapter::message::{PROTOCOL, Via};
use crate::judge::declared::Part;

/// What is said of a program that cannot speak for itself. Every key is optional.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Claims {
    /// The implementation's name; the adapter's id without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its language.
    pub language: String,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// A command that prints its version.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub version_command: Vec<String>,
    /// Its features, in place of those that are assumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
    /// Parts of the data that it does not keep by design.
    pub loses: BTreeSet<Part>,
    /// Types that it cannot keep, and what it makes of them.
    pub type_map: BTreeMap<String, String>,
}

/// What a host knows of its program by itself.
#[derive(Debug)]
pub struct Assumed<'a> {
    /// The host.
    pub adapter: &'a str,
    /// Roles that the program can play.
    pub roles: Vec<&'a str>,
    /// Features that are claimed for it unless it is said which.
    pub features: Vec<String>,
    /// Ways to observe, the best first.
    pub observe: Vec<Via>,
    /// Parts of the data that the way to the program does not carry.
    pub loses: &'a [Part],
}

impl Claims {
    /// The answer to `start`.
    pub fn introduction(&self, assumed: Assumed<'_>) -> Members {
        let loses: BTreeSet<Part> = self.loses.iter().chain(assumed.loses).copied().collect();
        members(json!({
            "protocol": PROTOCOL,
            "adapter": {"id": assumed.adapter, "version": "1"},
            "implementation": {
                "name": self.name.as_deref().unwrap_or(assumed.adapter),
                "language": self.language,
                "version": self.version(),
            },
            "roles": assumed.roles,
            "features": self.features.clone().unwrap_or(assumed.features),
            "observe": assumed.observe,
            "validate": ["none"],
            "type_map": self.type_map,
            "loses": loses,
        }))
    }

    /// The version: said, or printed by the command that prints it.
    fn version(&self) -> String {
        let printed = || {
            let [program, arguments @ ..] = self.version_command.as_slice() else { return None };
            let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
            version_in(&format!(
                "{}\n{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ))
        };
        self.version.clone().or_else(printed).unwrap_or_else(|| "unknown".into())
    }
}

/// The first word that looks like a version, `1.2.3` of `mycat v1.2.3 (linux)`.
fn version_in(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')'));
    let versions = words.map(|word| word.strip_prefix('v').unwrap_or(word));
    versions.into_iter().find(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::message::parse_hello;

    fn assumed() -> Assumed<'static> {
        Assumed {
            adapter: "serve-filter",
            roles: vec!["consume"],
            features: vec!["type.*".into()],
            observe: vec![Via::Transcode],
            loses: &[Part::BatchMetadata],
        }
    }

    fn hello(claims: &Claims) -> crate::adapter::message::Hello {
        parse_hello(&serde_json::Value::Object(claims.introduction(assumed())).to_string()).unwrap()
    }

    #[test]
    fn what_is_not_said_is_assumed() {
        let hello = hello(&Claims::default());
        assert_eq!(
            (hello.implementation.name.as_str(), hello.implementation.version.as_str()),
            ("serve-filter", "unknown")
        );
        assert_eq!((hello.features, hello.observe), (vec!["type.*".to_owned()], vec![Via::Transcode]));
        assert_eq!(hello.loses, [Part::BatchMetadata].into());
    }

    #[test]
    fn what_is_said_stands() {
        let written = r#"
            name = "mycat"
            version_command = ["echo", "mycat version v1.2.3, built today"]
            features = ["format.stream", "type.int32"]
            loses = ["nullable"]
            type_map = { utf8 = "utf8_view" }
        "#;
        let hello = hello(&toml::from_str(written).unwrap());
        assert_eq!((hello.implementation.name.as_str(), hello.implementation.version.as_str()), ("mycat", "1.2.3"));
        assert_eq!(hello.features, ["format.stream", "type.int32"]);
        assert_eq!(hello.loses, [Part::BatchMetadata, Part::Nullable].into());
        assert_eq!(hello.type_map["utf8"], "utf8_view");
    }

    #[test]
    fn a_misspelt_claim_is_told() {
        let error = toml::from_str::<Claims>("losses = []").unwrap_err().to_string();
        assert!(error.contains("unknown field `losses`"), "{error}");
        assert!(toml::from_str::<Claims>("loses = ['names']").is_err());
    }
}
