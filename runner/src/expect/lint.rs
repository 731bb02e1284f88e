//! What is wrong with files of known failures, whatever is run.

use std::collections::BTreeMap;

use super::contract::is_named;
use super::file::{ExpectFile, Rule};
use crate::glob;
use crate::judge::verdict::Verdict;
use crate::run::producer::SUITE;

/// What entries may speak of.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Full names of all variants.
    pub variants: Vec<String>,
    /// Names of all adapters: `id`, or `id@version`.
    pub adapters: Vec<String>,
}

/// What is wrong with the text of a file, a line each, with places.
pub fn problems(name: &str, text: &str, known: &Known) -> Vec<String> {
    let path = ExpectFile::path_of(name);
    let file = match ExpectFile::draft(text, &path) {
        Ok(file) => file,
        Err(error) => return vec![error.to_string()],
    };
    let mut problems = Vec::new();
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for entry in &file.entries {
        let Rule { case, role, with, verdict, message, issue, .. } = &entry.rule;
        let mut add = |problem: String| problems.push(format!("{}:{}: {problem}", path.display(), entry.line));
        entry.problems().into_iter().for_each(&mut add);
        let selected = known.variants.iter().filter(|variant| glob::selects(case, variant)).count();
        if selected == 0 {
            add(format!("no case matches '{case}'"));
        } else if verdict.is_unsafe() && selected > 1 {
            add(format!("'{case}' is {selected} variants; '{verdict}' is listed by full name only, one entry each"));
        }
        if let Some(issue) = issue.as_deref().filter(|issue| !is_url(issue)) {
            add(format!("issue is '{issue}'; a URL is expected, or no issue"));
        }
        let somebody = known.adapters.iter().map(String::as_str).chain([SUITE]).any(|name| is_named(with, name));
        if !somebody {
            add(format!("with names no adapter: '{with}'"));
        }
        let key = format!("{case} {role} {with} {verdict} {message:?}");
        if let Some(line) = first.get(&key) {
            add(format!("says the same as the entry at line {line}"));
        } else {
            first.insert(key, entry.line);
        }
        if *verdict == Verdict::AdapterError {
            add("an error of the adapter itself is mended, not listed".into());
        }
    }
    problems
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "[[expected]]\ncase = 'a/b'\nrole = 'consume'\nverdict = 'over-strict'\nreason = 'r'\n";

    fn found(text: &str) -> Vec<String> {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let known = Known { variants: names(&["a/b[x]", "a/b[y]"]), adapters: names(&["c", "p@1.0"]) };
        let problems = problems("c", text, &known);
        problems.iter().map(|problem| problem.replace("adapters/c/expect.toml:", "")).collect()
    }

    #[test]
    fn a_good_entry_has_no_problems() {
        assert_eq!(found(ENTRY), [""; 0]);
        assert_eq!(found(&format!("{ENTRY}issue = 'https://x/1'\nwith = 'p'\n")), [""; 0]);
        assert_eq!(found(&format!("{ENTRY}with = 'suite'\n")), [""; 0]);
    }

    #[test]
    fn every_problem_is_told_with_its_line() {
        for (text, problem) in [
            (ENTRY.replace("'r'", "' '"), "1: the reason is empty; say why this fails"),
            (ENTRY.replace("a/b", "a/bb"), "1: no case matches 'a/bb'"),
            (format!("{ENTRY}issue = 'GH-1'\n"), "1: issue is 'GH-1'; a URL is expected, or no issue"),
            (format!("{ENTRY}with = 'pp'\n"), "1: with names no adapter: 'pp'"),
            (format!("{ENTRY}\n{ENTRY}"), "7: says the same as the entry at line 1"),
            (
                ENTRY.replace("over-strict", "crash"),
                "1: 'a/b' is 2 variants; 'crash' is listed by full name only, one entry each",
            ),
            (ENTRY.replace("over-strict", "adapter-error"), "1: an error of the adapter itself is mended, not listed"),
        ] {
            assert_eq!(found(&text), [problem]);
        }
        assert!(found(&format!("{ENTRY}rason = 1\n"))[0].contains("unknown field"));
    }
}
