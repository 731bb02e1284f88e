//! Entries that would list unlisted failures, as few as there are kinds of failure.
//!
//! An entry covers what fails in one way: a topic, a case or a variant, with everybody or with one. It never covers a result that passes
//! or fails in another way, which would break the contract.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use super::file::{Role, is_of_production};
use super::kinds::{FEW, Kind, kinds};
use crate::glob;
use crate::judge::verdict::Verdict;
use crate::run::producer::SUITE;
use crate::run::result::{ArtifactResult, CellResult, Trace};

/// How much of a message is shown beside an entry.
const MESSAGE: usize = 100;

/// An entry that would list failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition<'a> {
    /// Whose file it belongs in.
    pub adapter: &'a str,
    /// A name, or a glob.
    pub case: String,
    /// The adapter's side.
    pub role: Role,
    /// The adapter on the other side; everybody without it.
    pub with: Option<&'a str>,
    /// How they fail.
    pub verdict: Verdict,
    /// The words of those of the results that it is about, when others that it covers pass or fail in another way.
    pub words: Option<String>,
    /// How many results it covers.
    pub max: usize,
    /// One of the variants that fail.
    pub variant: &'a str,
    /// Who is on the other side of it.
    pub partner: Option<&'a str>,
    /// What is said of that one.
    pub message: &'a str,
}

impl Addition<'_> {
    /// The entry as it stands in a file, with the reason and the issue that are known.
    pub fn text(&self, reason: &str, issue: Option<&str>) -> String {
        let Self { case, role, with, verdict, words, max, .. } = self;
        let mut text = format!("[[expected]]\ncase = {}\nrole = \"{role}\"\n", quoted(case));
        if let Some(with) = with {
            let _ = writeln!(text, "with = {}", quoted(with));
        }
        let _ = writeln!(text, "verdict = \"{verdict}\"");
        if let Some(words) = words {
            let _ = writeln!(text, "message = {}\nsome = true", quoted(words));
        }
        if *max > 1 {
            let _ = writeln!(text, "max = {max}");
        }
        let _ = write!(text, "reason = {}", quoted(reason));
        if reason.is_empty() {
            let _ = write!(text, " # {}", excerpt(self.message));
        }
        text.push('\n');
        if let Some(issue) = issue {
            let _ = writeln!(text, "issue = {}", quoted(issue));
        }
        text
    }
}

/// A string as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The beginning of a message, fit for a comment.
fn excerpt(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let plain = line.chars().map(|c| if c.is_control() { '?' } else { c });
    let mut text: String = plain.clone().take(MESSAGE).collect();
    if plain.count() > MESSAGE {
        text.push('…');
    }
    text
}

/// The entries that would list the unlisted failures of a run; `name` gives the name that an adapter's list has, of `id@version`.
///
/// Bytes that no consumer reads as it should, of two or more, are the producer's failure.
pub fn additions<'a>(
    artifacts: &'a [ArtifactResult],
    cells: &'a [CellResult],
    name: impl Fn(&'a str) -> &'a str,
) -> Vec<Addition<'a>> {
    let sides = Sides::of(artifacts, cells, name);
    let mut additions: Vec<Addition<'a>> = Vec::new();
    for (&(adapter, role), outcomes) in &sides.0 {
        let mut wanted: BTreeMap<Verdict, Open<'a>> = BTreeMap::new();
        for outcome in outcomes.iter().filter(|outcome| outcome.unlisted) {
            let open = wanted.entry(outcome.verdict).or_default();
            open.insert((outcome.variant, outcome.with), outcome.message);
        }
        for (verdict, mut open) in wanted {
            let failures = Failures { outcomes, adapter, role, verdict };
            let mut exact = failures.exactly(open.clone());
            if exact.len() > FEW && !verdict.is_unsafe() {
                additions.extend(failures.by_kind(&mut open));
                exact = failures.exactly(open);
            }
            additions.extend(exact);
        }
    }
    additions.sort_by(|a, b| (a.adapter, &a.case, a.role, a.with).cmp(&(b.adapter, &b.case, b.role, b.with)));
    additions
}

/// What is unlisted: the variant and the partner, and the message.
type Open<'a> = BTreeMap<Covered<'a>, &'a str>;

/// The failures of one adapter in one role with one verdict, among all its results in that role.
struct Failures<'a, 'o> {
    outcomes: &'o [Outcome<'a>],
    adapter: &'a str,
    role: Role,
    verdict: Verdict,
}

impl<'a> Failures<'a, '_> {
    /// Entries that cover nothing else.
    fn exactly(&self, mut open: Open<'a>) -> Vec<Addition<'a>> {
        let Self { outcomes, adapter, role, verdict } = *self;
        let mut additions = Vec::new();
        while let Some(((variant, partner), message)) = open.pop_first() {
            let reach = choose(outcomes, role, verdict, variant, partner, &open);
            for (variant, with) in &reach.covered {
                open.remove(&(*variant, *with));
            }
            let Reach { case, with, count: max, .. } = reach;
            additions.push(Addition {
                adapter,
                case,
                role,
                with,
                verdict,
                words: None,
                max,
                variant,
                partner,
                message,
            });
        }
        additions
    }

    /// Entries for those that say the same; what they cover is open no longer.
    fn by_kind(&self, open: &mut Open<'a>) -> Vec<Addition<'a>> {
        let Self { outcomes, adapter, role, verdict } = *self;
        let failures: Vec<_> = open.iter().map(|((variant, with), message)| (*variant, *with, *message)).collect();
        let mut additions = Vec::new();
        for Kind { case, with, words } in kinds(&failures) {
            let of_kind = |outcome: &&Outcome<'a>| {
                outcome.verdict == verdict
                    && !(is_of_production(role, verdict) && outcome.with.is_some())
                    && (with.is_none() || with == outcome.with)
                    && outcome.message.contains(&words)
                    && glob::selects(&case, outcome.variant)
            };
            let max = outcomes.iter().filter(of_kind).count();
            let mut first = None;
            for outcome in outcomes.iter().filter(of_kind) {
                if let Some(message) = open.remove(&(outcome.variant, outcome.with)) {
                    first.get_or_insert((outcome.variant, outcome.with, message));
                }
            }
            // What an earlier kind covers needs no other.
            if let Some((variant, partner, message)) = first {
                let words = Some(words);
                additions.push(Addition { adapter, case, role, with, verdict, words, max, variant, partner, message });
            }
        }
        additions
    }
}

/// A result, from the side of one who took part.
#[derive(Debug)]
struct Outcome<'a> {
    variant: &'a str,
    /// Who is on the other side; nobody for a production.
    with: Option<&'a str>,
    verdict: Verdict,
    /// Whether it is a production, and there are bytes.
    made: bool,
    unlisted: bool,
    message: &'a str,
}

/// The results of those with unlisted failures, each side's in the order of variants.
struct Sides<'a>(BTreeMap<(&'a str, Role), Vec<Outcome<'a>>>);

impl<'a> Sides<'a> {
    fn of(artifacts: &'a [ArtifactResult], cells: &'a [CellResult], name: impl Fn(&'a str) -> &'a str) -> Self {
        let judged = |verdict: Verdict| verdict.is_success() || verdict.is_failure();
        let mut readings: HashMap<(&str, &str), (usize, usize)> = HashMap::new();
        for cell in cells.iter().filter(|cell| judged(cell.verdict)) {
            let (run, passed) = readings.entry((&cell.case, &cell.producer)).or_default();
            *run += 1;
            *passed += usize::from(cell.verdict.is_success());
        }
        let blames_producer = |cell: &CellResult| {
            let readings = readings.get(&(cell.case.as_str(), cell.producer.as_str()));
            name_is_not_suite(&cell.producer) && readings.is_some_and(|(run, passed)| *run > 1 && *passed == 0)
        };
        let mut sides: BTreeMap<(&str, Role), Vec<Outcome<'_>>> = BTreeMap::new();
        let unlisted = cells.iter().filter(|cell| !cell.expected && cell.verdict.is_failure());
        for cell in unlisted {
            let side =
                if blames_producer(cell) { (&cell.producer, Role::Produce) } else { (&cell.consumer, Role::Consume) };
            sides.entry((name(side.0), side.1)).or_default();
        }
        for artifact in artifacts.iter().filter(|artifact| !artifact.expected && artifact.verdict.is_failure()) {
            if name_is_not_suite(&artifact.producer) {
                sides.entry((name(&artifact.producer), Role::Produce)).or_default();
            }
        }
        for artifact in artifacts.iter().filter(|artifact| judged(artifact.verdict) && !artifact.observation) {
            if let Some(outcomes) = sides.get_mut(&(name(&artifact.producer), Role::Produce)) {
                outcomes.push(Outcome {
                    variant: &artifact.case,
                    with: None,
                    verdict: artifact.verdict,
                    made: artifact.sha256.is_some(),
                    unlisted: !artifact.expected,
                    message: said(&artifact.trace),
                });
            }
        }
        for cell in cells.iter().filter(|cell| judged(cell.verdict) && !cell.observation) {
            let blamed = blames_producer(cell);
            let (producer, consumer) = (name(&cell.producer), name(&cell.consumer));
            let both = [(producer, Role::Produce, consumer, blamed), (consumer, Role::Consume, producer, !blamed)];
            for (own, role, with, to_blame) in both {
                if let Some(outcomes) = sides.get_mut(&(own, role)) {
                    outcomes.push(Outcome {
                        variant: &cell.case,
                        with: Some(with),
                        verdict: cell.verdict,
                        made: false,
                        unlisted: to_blame && !cell.expected && cell.verdict.is_failure(),
                        message: said(&cell.trace),
                    });
                }
            }
        }
        for outcomes in sides.values_mut() {
            outcomes.sort_by_key(|outcome| (outcome.variant, outcome.with));
        }
        Self(sides)
    }
}

/// What was said of a result, without what the suite says before it.
fn said(trace: &Trace) -> &str {
    let rejection = trace.phase.and_then(|_| trace.message.split_once(": "));
    rejection.map_or(trace.message.as_str(), |(_, said)| said)
}

fn name_is_not_suite(party: &str) -> bool {
    crate::run::result::id_of(party) != SUITE
}

/// What an entry would cover.
struct Reach<'a> {
    case: String,
    with: Option<&'a str>,
    count: usize,
    covered: Vec<(&'a str, Option<&'a str>)>,
}

/// The widest entry for a failure that covers nothing else than what fails in the same way.
fn choose<'a>(
    outcomes: &[Outcome<'a>],
    role: Role,
    verdict: Verdict,
    variant: &'a str,
    partner: Option<&'a str>,
    open: &Open<'a>,
) -> Reach<'a> {
    let case = variant.split('[').next().unwrap_or_default();
    let topic = case.rsplit_once('/').map_or("", |(topic, _)| topic);
    let alone = Reach { case: variant.to_owned(), with: partner, count: 1, covered: Vec::new() };
    if verdict.is_unsafe() {
        return alone;
    }
    // A production that others read all the same is listed with the suite, whose judge reader found it.
    let narrow = partner.or(Some(SUITE));
    for (pattern, with) in [
        (Pattern::Topic(topic), None),
        (Pattern::Topic(topic), narrow),
        (Pattern::Case(case), None),
        (Pattern::Case(case), narrow),
        (Pattern::Variant(variant), None),
        (Pattern::Variant(variant), narrow),
    ] {
        let Some((count, covered)) = survey(outcomes, role, verdict, pattern, with) else { continue };
        let newly = || covered.iter().filter(|key| open.contains_key(*key) || **key == (variant, partner));
        let cases: BTreeSet<&str> = newly().filter_map(|(variant, _)| variant.split('[').next()).collect();
        let partners: BTreeSet<&str> = newly().filter_map(|(_, with)| *with).collect();
        let worth_it = match pattern {
            Pattern::Topic(topic) => !topic.is_empty() && cases.len() > 1 && (with.is_some() || partners.len() != 1),
            Pattern::Case(_) | Pattern::Variant(_) => with.is_some() || partners.len() != 1,
        };
        if worth_it {
            return Reach { case: pattern.text(), with, count, covered };
        }
    }
    alone
}

#[derive(Clone, Copy)]
enum Pattern<'a> {
    Topic(&'a str),
    Case(&'a str),
    Variant(&'a str),
}

impl Pattern<'_> {
    fn selects(self, variant: &str) -> bool {
        match self {
            Self::Topic(topic) => variant.strip_prefix(topic).is_some_and(|rest| rest.starts_with('/')),
            Self::Case(case) => variant.strip_prefix(case).is_some_and(|rest| rest.is_empty() || rest.starts_with('[')),
            Self::Variant(name) => name == variant,
        }
    }

    fn first(self) -> String {
        match self {
            Self::Topic(topic) => format!("{topic}/"),
            Self::Case(name) | Self::Variant(name) => name.to_owned(),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Topic(topic) => format!("{topic}/**"),
            Self::Case(name) | Self::Variant(name) => name.to_owned(),
        }
    }
}

/// A result that an entry covers: the variant, and the partner where there is one.
type Covered<'a> = (&'a str, Option<&'a str>);

/// How many results an entry would cover, and which; none when it covers one that passes or fails in another way.
fn survey<'a>(
    outcomes: &[Outcome<'a>],
    role: Role,
    verdict: Verdict,
    pattern: Pattern<'_>,
    with: Option<&str>,
) -> Option<(usize, Vec<Covered<'a>>)> {
    let of_production = is_of_production(role, verdict);
    let prefix = pattern.first();
    let start = outcomes.partition_point(|outcome| outcome.variant < prefix.as_str());
    let mut covered = Vec::new();
    for outcome in outcomes[start..].iter().take_while(|outcome| outcome.variant.starts_with(&prefix)) {
        let is_named = outcome.with.is_none() || with.is_none() || with == outcome.with;
        if !pattern.selects(outcome.variant) || !is_named || (of_production && outcome.with.is_some()) {
            continue;
        }
        if outcome.verdict == verdict {
            covered.push((outcome.variant, outcome.with));
        } else if !(outcome.with.is_none() && outcome.made) {
            return None;
        }
    }
    Some((covered.len(), covered))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::result::id_of;

    fn cell(case: &str, producer: &str, consumer: &str, verdict: Verdict) -> CellResult {
        CellResult {
            case: case.into(),
            producer: format!("{producer}@1"),
            consumer: format!("{consumer}@1"),
            verdict,
            expected: !verdict.is_failure(),
            observation: false,
            evidence: None,
            artifact: None,
            ranges: Vec::new(),
            trace: Trace { message: "not \"supported\"\nat all".into(), ..Trace::default() },
        }
    }

    fn artifact(case: &str, verdict: Verdict, made: bool) -> ArtifactResult {
        ArtifactResult {
            case: case.into(),
            producer: "p@1".into(),
            verdict,
            expected: !verdict.is_failure(),
            observation: false,
            sha256: made.then(|| "0".repeat(64)),
            size: None,
            observations: Vec::new(),
            ranges: Vec::new(),
            excerpts: Vec::new(),
            trace: Trace::default(),
        }
    }

    /// `adapter: case with × max`, one an entry.
    fn entries(artifacts: &[ArtifactResult], cells: &[CellResult]) -> Vec<String> {
        let shown = |addition: Addition<'_>| {
            let Addition { adapter, case, with, max, .. } = addition;
            format!("{adapter}: {case} {} × {max}", with.unwrap_or("*"))
        };
        additions(artifacts, cells, id_of).into_iter().map(shown).collect()
    }

    const WRONG: Verdict = Verdict::WrongValue;
    const PASS: Verdict = Verdict::Pass;

    #[test]
    fn an_entry_is_ready_to_be_pasted_but_for_its_reason() {
        let cells = [cell("a/c", "p", "c", WRONG)];
        let added = additions(&[], &cells, id_of);
        assert_eq!(
            added[0].text("", None),
            "[[expected]]\ncase = \"a/c\"\nrole = \"consume\"\nwith = \"p\"\nverdict = \"wrong-value\"\nreason = \"\" # not \"supported\"\n"
        );
        assert!(
            added[0].text("it \"is\"", Some("https://x")).ends_with("reason = 'it \"is\"'\nissue = \"https://x\"\n")
        );
    }

    #[test]
    fn variants_that_all_fail_are_one_entry_and_others_are_named() {
        let of = |verdicts: &[(&str, Verdict)]| {
            let cells: Vec<CellResult> =
                verdicts.iter().map(|(case, verdict)| cell(case, "p", "c", *verdict)).collect();
            entries(&[], &cells)
        };
        let crash = Verdict::Crash;
        assert_eq!(of(&[("a/b[x]", WRONG), ("a/b[y]", WRONG), ("a/bc[x]", PASS)]), ["c: a/b p × 2"]);
        let three = [("a/b[x]", WRONG), ("a/b[y]", WRONG), ("a/b[z]", PASS)];
        assert_eq!(of(&three), ["c: a/b[x] p × 1", "c: a/b[y] p × 1"]);
        assert_eq!(of(&[("a/b[x]", crash), ("a/b[y]", crash)]), ["c: a/b[x] p × 1", "c: a/b[y] p × 1"]);
    }

    #[test]
    fn a_topic_that_all_fails_is_one_entry() {
        let mut cells =
            vec![cell("t/b[x]", "p", "c", WRONG), cell("t/c[x]", "p", "c", WRONG), cell("u/c", "p", "c", PASS)];
        assert_eq!(entries(&[], &cells), ["c: t/** p × 2"]);
        cells.push(cell("t/d", "p", "c", Verdict::OverStrict));
        assert_eq!(entries(&[], &cells), ["c: t/b p × 1", "c: t/c p × 1", "c: t/d p × 1"]);
        cells.pop();
        // What is known already does not stand in the way, and counts.
        cells.push(CellResult { expected: true, ..cell("t/d", "p", "c", WRONG) });
        assert_eq!(entries(&[], &cells), ["c: t/** p × 3"]);
    }

    #[test]
    fn what_fails_with_everybody_is_one_entry() {
        let fails =
            |producer: &str, verdict: Verdict| [cell("a/b", producer, "c", verdict), cell("a/b", producer, "d", PASS)];
        let cells: Vec<CellResult> = [fails("p", WRONG), fails("q", WRONG), fails("c", WRONG)].concat();
        assert_eq!(entries(&[], &cells), ["c: a/b * × 3"]);
        let cells: Vec<CellResult> = [fails("p", WRONG), fails("q", WRONG), fails("c", PASS)].concat();
        assert_eq!(entries(&[], &cells), ["c: a/b p × 1", "c: a/b q × 1"]);
    }

    #[test]
    fn bytes_that_nobody_reads_well_are_the_producers_failure() {
        let read = |producer: &str| [cell("a/b", producer, "c", WRONG), cell("a/b", producer, "d", WRONG)];
        assert_eq!(entries(&[artifact("a/b", PASS, true)], &read("p")), ["p: a/b * × 2"]);
        // The suite's own bytes are as their case says.
        assert_eq!(entries(&[], &read("suite")), ["c: a/b suite × 1", "d: a/b suite × 1"]);
    }

    #[test]
    fn a_production_is_listed_with_its_readers_or_with_the_suite_alone() {
        let wrong = artifact("a/b", Verdict::WrongSchema, true);
        let read = |verdict: Verdict| [cell("a/b", "p", "c", verdict), cell("a/b", "p", "d", verdict)];
        assert_eq!(entries(std::slice::from_ref(&wrong), &read(Verdict::WrongSchema)), ["p: a/b * × 3"]);
        assert_eq!(entries(&[wrong], &read(PASS)), ["p: a/b suite × 1"]);
        let unwritten = artifact("a/b", Verdict::OverStrict, false);
        assert_eq!(entries(&[unwritten], &[]), ["p: a/b * × 1"]);
        let bytes = artifact("a/b", Verdict::WrongBytes, true);
        assert_eq!(entries(&[bytes], &read(PASS)), ["p: a/b * × 1"]);
    }

    #[test]
    fn what_many_cases_say_is_one_entry_among_others_that_pass() {
        let names: Vec<String> = (0..=FEW).map(|n| format!("types/t{n}/a")).collect();
        let mut cells = Vec::new();
        for name in &names {
            cells.push(cell(&format!("{name}[x]"), "p", "c", Verdict::OverStrict));
            cells.push(cell(&format!("{name}[y]"), "p", "c", Verdict::Pass));
        }
        let additions = additions(&[], &cells, id_of);
        let [addition] = additions.as_slice() else { panic!("{additions:?}") };
        let expected = "[[expected]]\ncase = \"types/**\"\nrole = \"consume\"\nwith = \"p\"\nverdict = \"over-strict\"\n\
            message = \"not\"\nsome = true\nmax = 9\nreason = \"known\"\n";
        assert_eq!(addition.text("known", None), expected);
    }
}
