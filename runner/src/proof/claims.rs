//! Claims against the truth: what an adapter says that its implementation can do, and what the cases show.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::scene;
use crate::adapter::message::Hello;
use crate::adapter::setup::Adapter;
use crate::case::feature::{Direction, covers};
use crate::case::file::{CaseResult, Through};
use crate::case::suite::Suite;
use crate::case::variant::Variant;
use crate::judge::verdict::Verdict;
use crate::run::engine::Engine;
use crate::run::producer::Producer;

/// How many variants are run for each feature and direction.
const VARIANTS: usize = 3;

/// What is known of a feature in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The feature.
    pub feature: String,
    /// `read` or `write`.
    pub direction: &'static str,
    /// Whether it is claimed.
    pub claimed: bool,
    /// What the cases show.
    pub truth: Truth,
    /// How many of the cases that were run pass, and how many there were.
    pub passed: (usize, usize),
    /// What the first that does not pass says.
    pub message: String,
}

/// What cases show of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// Claimed, and there.
    Holds,
    /// Claimed, and not there.
    FalseClaim,
    /// Not claimed, and there.
    Hidden,
    /// Not claimed, and not there.
    Absent,
    /// No case shows it.
    Unknown,
}

impl Truth {
    /// The words for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "claimed, passes",
            Self::FalseClaim => "claimed, FAILS",
            Self::Hidden => "not claimed, would pass",
            Self::Absent => "not claimed, fails",
            Self::Unknown => "no case",
        }
    }
}

/// A feature in a direction.
type Key<'a> = (&'a str, Direction);

/// Runs a few cases for each feature, claimed or not. None: the adapter does not start.
pub fn probe(adapter: &Adapter, suite: &Suite, kit: &Path) -> std::io::Result<Result<Vec<Row>, String>> {
    let mut engine = scene::set(adapter, Vec::new(), suite, kit)?;
    let hello = match &engine.participants[0].hello {
        Ok(hello) => hello.clone(),
        Err(reason) => return Ok(Err(reason.clone())),
    };
    let chosen = chosen(suite, &hello);
    let mut position: BTreeMap<&str, usize> = BTreeMap::new();
    let mut variants = Vec::new();
    for variant in chosen.values().flatten() {
        position.entry(&variant.name).or_insert_with(|| {
            variants.push((*variant).clone());
            variants.len() - 1
        });
    }
    engine.variants = variants;
    // What is not claimed is tried as well.
    if let Ok(hello) = &mut engine.participants[0].hello {
        hello.features = vec!["*".into()];
    }
    // A variant may show several features, and its bytes are gone once it was run.
    let mut tried: BTreeMap<(usize, Direction), Option<(Verdict, String)>> = BTreeMap::new();
    let rows = chosen.iter().map(|(&(feature, direction), variants)| {
        let results = variants.iter().filter_map(|variant| {
            let variant = position[variant.name.as_str()];
            tried.entry((variant, direction)).or_insert_with(|| try_out(&engine, variant, direction)).clone()
        });
        let results: Vec<_> = results.collect();
        row(feature, direction, claims(&hello, feature, direction), &results)
    });
    let rows = rows.collect();
    engine.stop();
    Ok(Ok(rows))
}

fn claims(hello: &Hello, feature: &str, direction: Direction) -> bool {
    hello.features.iter().any(|claim| covers(claim, feature, direction))
}

fn row(feature: &str, direction: Direction, claimed: bool, results: &[(Verdict, String)]) -> Row {
    let passed = results.iter().filter(|(verdict, _)| verdict.is_success()).count();
    let truth = match (results.is_empty(), claimed, passed == results.len()) {
        (true, ..) => Truth::Unknown,
        (_, true, true) => Truth::Holds,
        (_, true, false) => Truth::FalseClaim,
        (_, false, true) => Truth::Hidden,
        (_, false, false) => Truth::Absent,
    };
    let first = results.iter().find(|(verdict, _)| !verdict.is_success());
    Row {
        feature: feature.to_owned(),
        direction: if direction == Direction::Read { "read" } else { "write" },
        claimed,
        truth,
        passed: (passed, results.len()),
        message: first.map(|(verdict, message)| format!("{verdict}: {message}")).unwrap_or_default(),
    }
}

/// What came of a variant; nothing when it cannot be told.
fn try_out(engine: &Engine, variant: usize, direction: Direction) -> Option<(Verdict, String)> {
    let judged = |verdict: Verdict| verdict.is_success() || verdict.is_failure();
    match direction {
        Direction::Read => {
            let cell = engine.cell(variant, Producer::Suite, 0);
            judged(cell.verdict).then_some((cell.verdict, cell.trace.message))
        }
        Direction::Write => {
            engine.cell(variant, Producer::Adapter(0), 0);
            let artifact = engine.production(variant, Producer::Adapter(0))?;
            judged(artifact.verdict).then_some((artifact.verdict, artifact.trace.message))
        }
    }
}

/// For each feature and direction that the adapter has a role for, the variants that need little else that is not claimed.
fn chosen<'a>(suite: &'a Suite, hello: &Hello) -> BTreeMap<(&'a str, Direction), Vec<&'a Variant>> {
    let has = |role: &str| hello.roles.iter().any(|known| known == role);
    let directions: Vec<Direction> = [
        (Direction::Read, has("consume")),
        // Without reading no engine asks for bytes.
        (Direction::Write, has("consume") && (has("produce") || has("transcode"))),
    ]
    .into_iter()
    .filter_map(|(direction, there)| there.then_some(direction))
    .collect();
    let mut chosen: BTreeMap<Key<'a>, Vec<&Variant>> = BTreeMap::new();
    for feature in suite.registry.features.keys() {
        for &direction in &directions {
            chosen.insert((feature, direction), Vec::new());
        }
    }
    for variant in suite.variants.iter().filter(|variant| is_proof(variant)) {
        for &direction in &directions {
            let maker = if direction == Direction::Read { Producer::Suite } else { Producer::Adapter(0) };
            if variant.through == Through::Echo || !maker.makes(variant) {
                continue;
            }
            for feature in needs(variant, direction) {
                if let Some(variants) = chosen.get_mut(&(feature.as_str(), direction)) {
                    variants.push(variant);
                }
            }
        }
    }
    for ((feature, direction), variants) in &mut chosen {
        let others = |variant: &Variant| {
            let others = needs(variant, *direction).iter().filter(|need| need.as_str() != *feature);
            others.filter(|need| !claims(hello, need, *direction)).count()
        };
        variants
            .sort_by_cached_key(|variant| (others(variant), needs(variant, *direction).len(), variant.name.clone()));
        let mut cases = BTreeSet::new();
        // Variants of different cases say more than those of one.
        variants.retain(|variant| others(variant) == 0 && cases.insert(&variant.case.name) && cases.len() <= VARIANTS);
    }
    chosen.retain(|(feature, direction), variants| !variants.is_empty() || claims(hello, feature, *direction));
    chosen
}

fn needs(variant: &Variant, direction: Direction) -> &BTreeSet<String> {
    if direction == Direction::Read { &variant.needs.read } else { &variant.needs.write }
}

/// Whether a result of a variant says whether features are there: legal data, which everybody must read.
fn is_proof(variant: &Variant) -> bool {
    let case = &variant.case;
    case.result == CaseResult::Valid && !case.observation && !case.large && case.alone.is_none()
}
