//! A command with placeholders.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Program and arguments, and variables of their environment. Both hold placeholders such as `{format}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Template {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Added to the environment.
    pub env: BTreeMap<String, String>,
}

/// How a template is written: as its words, or with an environment.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a list of words, or a table of `command` and `env`")]
enum Written {
    Words(Vec<String>),
    Full(WithEnvironment),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithEnvironment {
    command: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

impl From<Written> for Template {
    fn from(written: Written) -> Self {
        match written {
            Written::Words(command) => Self { command, env: BTreeMap::new() },
            Written::Full(WithEnvironment { command, env }) => Self { command, env },
        }
    }
}

impl Template {
    /// Whether a placeholder occurs.
    pub fn names(&self, placeholder: &str) -> bool {
        let placeholder = format!("{{{placeholder}}}");
        self.texts().any(|text| text.contains(&placeholder))
    }

    /// A placeholder that is none of `known`: a name in braces, and nothing else in them, so that a program's own braces are left alone.
    pub fn unknown(&self, known: &[&str]) -> Option<&str> {
        let is_name =
            |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let mut in_braces = self.texts().flat_map(|text| {
            let opened = text.match_indices('{').map(|(start, _)| &text[start + 1..]);
            opened.filter_map(|behind| Some(behind.split_once('}')?.0))
        });
        in_braces.find(|name| is_name(name) && !known.contains(name))
    }

    /// The template with these values in place of their placeholders.
    pub fn fill(&self, values: &[(&str, &str)]) -> Self {
        let fill = |text: &String| {
            values.iter().fold(text.clone(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
        };
        Self {
            command: self.command.iter().map(fill).collect(),
            env: self.env.iter().map(|(name, value)| (name.clone(), fill(value))).collect(),
        }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.command.iter().chain(self.env.values()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(words: &[&str]) -> Template {
        Template { command: words.iter().map(|word| (*word).to_owned()).collect(), env: BTreeMap::new() }
    }

    #[test]
    fn placeholders_are_filled_in_words_and_environment() {
        let written = r#"{"command": ["tool", "--from={format}", "{format}:{to}"], "env": {"TO": "{to}"}}"#;
        let template: Template = serde_json::from_str(written).unwrap();
        let filled = template.fill(&[("format", "stream"), ("to", "file")]);
        assert_eq!(filled.command, ["tool", "--from=stream", "stream:file"]);
        assert_eq!(filled.env["TO"], "file");
        assert!(template.names("to") && !template.names("compression"));
    }

    #[test]
    fn a_template_may_be_words_alone() {
        let template: Template = serde_json::from_str(r#"["cat", "-"]"#).unwrap();
        assert_eq!(template, self::template(&["cat", "-"]));
    }

    #[test]
    fn a_misspelt_placeholder_is_found_and_braces_of_a_program_are_not() {
        let known = ["format", "to"];
        assert_eq!(template(&["x", "{fromat}"]).unknown(&known), Some("fromat"));
        for fine in ["{format}{to}", "awk '{ print }'", "{}", "${HOME}", "{", "}{"] {
            assert_eq!(template(&[fine]).unknown(&known), None, "{fine}");
        }
    }
}
