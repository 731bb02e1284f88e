//! What is known to kill whom, or to be waited for in vain: it is asked for once, and for a short time.

use std::collections::BTreeMap;

use super::contract::covers;
use super::file::{ExpectFile, Role, Rule};
use crate::adapter::pool::Patience;
use crate::judge::verdict::Verdict;

/// The entries of known deaths, by the adapter's id.
#[derive(Debug, Clone, Default)]
pub struct Deaths(BTreeMap<String, Vec<Rule>>);

impl Deaths {
    /// Those that files of known failures list.
    pub fn listed_in(files: &BTreeMap<String, ExpectFile>) -> Self {
        let deaths = |file: &ExpectFile| {
            let rules = file.entries.iter().map(|entry| &entry.rule);
            rules.filter(|rule| patience(rule.verdict) != Patience::Full).cloned().collect::<Vec<_>>()
        };
        Self(files.iter().map(|(id, file)| (id.clone(), deaths(file))).filter(|(_, rules)| !rules.is_empty()).collect())
    }

    /// How an adapter is asked for a variant in a role, with the other side if there is one.
    pub fn patience(&self, adapter: &str, role: Role, with: Option<&str>, case: &str) -> Patience {
        let rules = self.0.get(adapter).into_iter().flatten();
        rules
            .filter(|rule| covers(rule, role, with, case))
            .map(|rule| patience(rule.verdict))
            .next()
            .unwrap_or_default()
    }
}

fn patience(verdict: Verdict) -> Patience {
    match verdict {
        Verdict::Timeout => Patience::Short,
        Verdict::Crash | Verdict::OutOfMemory => Patience::Once,
        _ => Patience::Full,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_death_is_known_of_whom_it_is_listed_and_with_whom() {
        let text = r#"
[[expected]]
case = "a/b[file]"
role = "consume"
with = "suite"
verdict = "timeout"
reason = "it turns in a circle"

[[expected]]
case = "a/c"
role = "consume"
verdict = "crash"
reason = "it falls"

[[expected]]
case = "a/d"
role = "consume"
verdict = "over-strict"
reason = "it says no"
"#;
        let files = BTreeMap::from([("x".to_owned(), ExpectFile::parse(text, Path::new("expect.toml")).unwrap())]);
        let deaths = Deaths::listed_in(&files);
        let patience = |adapter, role, with, case| deaths.patience(adapter, role, with, case);
        assert_eq!(patience("x", Role::Consume, Some("suite"), "a/b[file]"), Patience::Short);
        assert_eq!(patience("x", Role::Consume, Some("pyarrow"), "a/b[file]"), Patience::Full);
        assert_eq!(patience("x", Role::Produce, None, "a/b[file]"), Patience::Full);
        assert_eq!(patience("y", Role::Consume, Some("suite"), "a/b[file]"), Patience::Full);
        assert_eq!(patience("x", Role::Consume, Some("suite"), "a/c"), Patience::Once);
        assert_eq!(patience("x", Role::Consume, Some("suite"), "a/d"), Patience::Full);
    }
}
