//! `arrowipc case lint`.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde_json::json;

use super::args::{LintArgs, PlainFormat};
use super::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::case::bytes::Recipe;
use crate::case::file::CaseResult;
use crate::case::suite::Suite;
use crate::case::variant::{Expected, Variant};
use crate::judge::bytes::{self, Clauses, Kind, Written, inspect};
use crate::progress::Progress;

pub(super) fn run(args: &LintArgs) -> Result<u8, Failure> {
    let suite = super::list::load(args.cases.clone(), 0)?;
    let problems = Progress::during("checking the cases", || problems(&suite, args.large));
    let cases: BTreeSet<&str> = suite.variants.iter().map(|variant| variant.case.name.as_str()).collect();
    let topics: BTreeSet<&str> = suite.variants.iter().map(|variant| variant.case.topic.as_str()).collect();
    let (topics, cases, variants) = (topics.len(), cases.len(), suite.variants.len());
    match args.format {
        PlainFormat::Json => {
            let told = json!({"topics": topics, "cases": cases, "variants": variants, "problems": problems});
            println!("{told:#}");
        }
        PlainFormat::Human => {
            for problem in &problems {
                eprintln!("{problem}");
            }
            println!("{topics} topics, {cases} cases, {variants} variants, {} problems", problems.len());
        }
    }
    Ok(if problems.is_empty() { AS_EXPECTED } else { UNEXPECTED })
}

/// What is wrong with cases that can be run, with places. Digests of cases of gigabytes are checked with `large` alone.
pub fn problems(suite: &Suite, large: bool) -> Vec<String> {
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
        if case.result == CaseResult::Invalid && case.flags.is_empty() {
            add("is invalid and has no flag".into());
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
        if (large || !case.large)
            && let Some((stated, computed)) = wrong_digest(variant)
        {
            add(format!("digest is {stated} and must be {computed}"));
        }
    }
    problems.extend(problems_of_bytes(suite));
    problems.into_iter().collect()
}

/// Bytes that a case chooses: those that are read, or those that a producer goes on behind.
struct Chosen<'a> {
    variant: &'a Variant,
    recipe: &'a Recipe,
    written: Written<'a>,
    result: CaseResult,
}

impl<'a> Chosen<'a> {
    fn of(variant: &'a Variant) -> Option<Self> {
        let result = variant.case.result;
        if let Some(append) = &variant.append {
            let (recipe, written) = (&append.recipe, Written::Document(&append.there));
            return Some(Self { variant, recipe, written, result: append.result(result) });
        }
        let recipe = variant.recipe.as_deref()?;
        Some(Self { variant, recipe, written: Written::of(variant), result })
    }

    fn problem(&self, clauses: &Clauses) -> Option<String> {
        let Self { variant, recipe, written, result } = *self;
        let laid_out = match recipe.lay_out() {
            Ok(laid_out) => laid_out,
            Err(error) => return Some(error.to_string()),
        };
        let (case, kind) = (&variant.case, Kind::of(variant));
        let inspection = inspect(&laid_out.bytes, kind, result != CaseResult::Invalid, true);
        let input = bytes::Input { bytes: &laid_out.bytes, kind, written, case, result };
        let judgement = bytes::of_suite(input, &inspection, clauses).judgement;
        let message = format!("{}:{}: {}: {}", case.file.display(), case.line, variant.name, judgement.message);
        (!judgement.verdict.is_success()).then_some(message)
    }
}

/// What is wrong with the bytes that cases choose, found on all processors.
fn problems_of_bytes(suite: &Suite) -> BTreeSet<String> {
    let mut known: BTreeSet<*const Recipe> = BTreeSet::new();
    let chosen: Vec<Chosen> = suite
        .variants
        .iter()
        .filter_map(Chosen::of)
        // Variants that are only read in different ways share their bytes.
        .filter(|chosen| known.insert(std::ptr::from_ref(chosen.recipe)))
        .collect();
    let (next, problems) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        for _ in 0..threads.min(chosen.len()) {
            scope.spawn(|| {
                while let Some(chosen) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(problem) = chosen.problem(&suite.registry.clauses) {
                        problems.lock().unwrap_or_else(PoisonError::into_inner).insert(problem);
                    }
                }
            });
        }
    });
    problems.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn wrong_digest(variant: &Variant) -> Option<(&str, &str)> {
    let Expected::Document(expected) = &variant.expected else { return None };
    let stated = expected.stated.as_deref()?;
    let computed = expected.computed();
    (stated != computed).then_some((stated, computed))
}
