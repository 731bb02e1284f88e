//! Failures that say the same: one entry for many of them, where entries that cover nothing else would be as many as they are.

use std::collections::{BTreeMap, BTreeSet};

/// More cases than this that fail with the same words are one kind of failure.
pub const FEW: usize = 8;

/// How much of a message is looked for.
const WORDS: usize = 80;

/// A failure: the variant, the partner where there is one, and what is said of it.
pub type Failure<'a> = (&'a str, Option<&'a str>, &'a str);

/// Failures that say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind<'a> {
    /// A glob of their cases.
    pub case: String,
    /// Their partner; nobody for productions.
    pub with: Option<&'a str>,
    /// The words that they share.
    pub words: String,
}

/// The kinds among failures, each of more than a few cases.
pub fn kinds<'a>(failures: &[Failure<'a>]) -> Vec<Kind<'a>> {
    let mut groups: BTreeMap<(String, Option<&str>), Vec<&str>> = BTreeMap::new();
    for (variant, with, message) in failures {
        let Some(words) = words(message) else { continue };
        groups.entry((words, *with)).or_default().push(variant);
    }
    groups.into_iter().filter_map(|((words, with), variants)| kind(&variants, with, words)).collect()
}

fn kind<'a>(variants: &[&str], with: Option<&'a str>, words: String) -> Option<Kind<'a>> {
    let cases: BTreeSet<&str> = variants.iter().filter_map(|variant| variant.split('[').next()).collect();
    if cases.len() <= FEW {
        return None;
    }
    Some(Kind { case: shared_folder(&cases), with, words })
}

/// The glob of the deepest folder that all are in.
fn shared_folder(cases: &BTreeSet<&str>) -> String {
    let (Some(first), Some(last)) = (cases.first(), cases.last()) else { return "**".into() };
    let shared = first.split('/').zip(last.split('/')).take_while(|(a, b)| a == b).map(|(part, _)| part);
    shared.chain(["**"]).collect::<Vec<_>>().join("/")
}

/// The longest part of a message that does not speak of one value, name or place; the one with a clause where there is one.
fn words(message: &str) -> Option<String> {
    // Behind a semicolon is what else the suite found out.
    let line = message.lines().next()?.split(';').next()?;
    let mut parts: Vec<String> = vec![String::new()];
    for (index, quoted) in line.split('"').enumerate() {
        if index % 2 == 1 {
            parts.push(String::new());
            continue;
        }
        for word in quoted.split_inclusive(' ') {
            let is_number = word.contains(|c: char| c.is_ascii_digit()) && !word.contains(|c: char| c.is_alphabetic());
            match parts.last_mut() {
                Some(part) if !is_number => part.push_str(word),
                _ => parts.push(String::new()),
            }
        }
    }
    // A clause tells more than any words.
    let worth = |part: &&str| (part.contains("(clause "), part.chars().count());
    let longest = parts.iter().map(|part| part.trim()).rev().max_by_key(worth)?;
    let words: String = longest.chars().take(WORDS).collect();
    (!words.is_empty()).then(|| words.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_leave_out_what_is_of_one_result() {
        for (message, expected) in [
            ("OSError: ZSTD decompression failed: Unknown frame", "OSError: ZSTD decompression failed: Unknown frame"),
            (
                r#"column 0 "d", type: expected utf8, observed utf8_view; by json it is so"#,
                ", type: expected utf8, observed utf8_view",
            ),
            (r#"column "d": row 0 has index 2 of a dictionary of 2 (clause layout-x)"#, "(clause layout-x)"),
        ] {
            assert_eq!(words(message).as_deref(), Some(expected));
        }
        assert_eq!(words("\"x\""), None);
    }

    #[test]
    fn many_cases_with_the_same_words_are_one_kind() {
        let names: Vec<String> = (0..=FEW).map(|n| format!("types/t{n}/a[zstd]")).collect();
        let failures = |with: &'static str| names.iter().map(move |name| (name.as_str(), Some(with), "it fails"));
        let of = |partners: &[&'static str]| {
            let failures: Vec<Failure<'_>> = partners.iter().flat_map(|with| failures(with)).collect();
            kinds(&failures)
        };
        let kind = |with| Kind { case: "types/**".into(), with, words: "it fails".into() };
        assert_eq!(of(&["p", "q"]), [kind(Some("p")), kind(Some("q"))]);
        let few: Vec<Failure<'_>> = failures("p").take(FEW).collect();
        assert_eq!(kinds(&few), []);
    }
}
