//! `arrowipc case lint`.

use std::collections::{BTreeMap, BTreeSet};

use super::args::LintArgs;
use super::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::case::suite::Suite;
use crate::case::variant::{Expected, Variant};

pub(super) fn run(args: &LintArgs) -> Result<u8, Failure> {
    let suite = super::list::load(args.cases.clone(), 0)?;
    let problems = problems(&suite);
    for problem in &problems {
        eprintln!("{problem}");
    }
    let cases: BTreeSet<&str> = suite.variants.iter().map(|variant| variant.case.name.as_str()).collect();
    let topics: BTreeSet<&str> = suite.variants.iter().map(|variant| variant.case.topic.as_str()).collect();
    println!(
        "{} topics, {} cases, {} variants, {} problems",
        topics.len(),
        cases.len(),
        suite.variants.len(),
        problems.len()
    );
    Ok(if problems.is_empty() { AS_EXPECTED } else { UNEXPECTED })
}

/// What is wrong with cases that can be run, with places.
pub fn problems(suite: &Suite) -> Vec<String> {
    let mut problems = BTreeSet::new();
    let names: BTreeSet<&str> = suite.variants.iter().map(|variant| variant.name.as_str()).collect();
    let mut used: BTreeMap<&str, &str> = BTreeMap::new();
    for variant in &suite.variants {
        let case = &variant.case;
        let mut add = |message: String| {
            problems.insert(format!("{}:{}: {}: {message}", case.file.display(), case.line, case.name));
        };
        if case.clauses.is_empty() {
            add("names no clause".into());
        }
        if case.why.trim().is_empty() {
            add("why is empty".into());
        }
        for feature in variant.needs.all() {
            if !suite.registry.features.contains_key(feature) {
                add(format!("needs '{feature}', which features.yaml lacks"));
            }
        }
        for alias in &case.aliases {
            if names.contains(alias.as_str()) || used.insert(alias, &case.name).is_some_and(|other| other != case.name)
            {
                add(format!("alias '{alias}' is the name of another case"));
            }
        }
        if let Some((stated, computed)) = wrong_digest(variant) {
            add(format!("digest is {stated} and must be {computed}"));
        }
    }
    problems.into_iter().collect()
}

fn wrong_digest(variant: &Variant) -> Option<(&str, &str)> {
    let Expected::Document(expected) = &variant.expected else { return None };
    let stated = expected.stated.as_deref()?;
    let computed = expected.computed();
    (stated != computed).then_some((stated, computed))
}
