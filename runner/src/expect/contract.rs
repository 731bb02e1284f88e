//! Holding verdicts against `expect.toml`.

use std::collections::BTreeMap;

use super::file::{Entry, ExpectFile, Role, Rule};
use crate::glob;
use crate::judge::verdict::Verdict;
use crate::run::engine::DEFAULT_ADAPTERS;
use crate::run::producer::SUITE;
use crate::run::result::{ArtifactResult, CellResult, Trace, id_of};

/// The known failures of all adapters of a run, and what was seen of them.
#[derive(Debug, Default)]
pub struct Contract {
    files: BTreeMap<String, ExpectFile>,
    seen: BTreeMap<(String, usize), Seen>,
    left_out: Vec<String>,
}

/// What was seen of an entry.
#[derive(Debug, Default)]
pub struct Seen {
    /// How many results are as it says.
    pub matched: usize,
    /// The first result that it covers and that is recorded, not judged.
    pub observed: Option<String>,
    /// Results that it covers and that are not as it says: variant, verdict, message.
    pub broken: Vec<(String, Verdict, String)>,
}

/// Who takes part in a run, by name: `id`, or `id@version` for one of several versions.
#[derive(Debug, Clone, Default)]
pub struct Parties {
    /// Who writes.
    pub producers: Vec<String>,
    /// Who reads.
    pub consumers: Vec<String>,
}

impl Parties {
    /// Whether an entry of an adapter has had what it needs to match something: the adapter on its side, and on the other side who it
    /// names, or when that is a pattern all who take part unless told otherwise.
    pub fn can_match(&self, adapter: &str, rule: &Rule) -> bool {
        let (own, others) = match rule.role {
            Role::Produce => (&self.producers, &self.consumers),
            Role::Consume => (&self.consumers, &self.producers),
        };
        let takes_part = |names: &[String], id: &str| names.iter().any(|name| name == id);
        let is_there = if rule.is_of_production() {
            true
        } else if glob::is_pattern(&rule.with) {
            let everybody = DEFAULT_ADAPTERS.iter().all(|id| takes_part(others, id));
            everybody && (rule.role == Role::Produce || takes_part(others, SUITE))
        } else {
            others.iter().any(|name| is_named(&rule.with, name))
        };
        takes_part(own, adapter) && is_there
    }
}

/// Whether a pattern of ids or of `id@version` names an adapter.
pub fn is_named(pattern: &str, name: &str) -> bool {
    glob::matches(pattern, name) || glob::matches(pattern, id_of(name))
}

/// A breach of the contract that is not a failing result by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// `file:line: what is wrong`.
    pub problem: String,
    /// The edit that mends the file.
    pub edit: String,
}

impl Contract {
    /// The contract of adapters by id.
    pub fn new(files: BTreeMap<String, ExpectFile>) -> Self {
        Self { files, ..Self::default() }
    }

    /// Names of variants that are not run: entries about them may match nothing.
    pub fn leave_out(&mut self, variants: impl IntoIterator<Item = String>) {
        self.left_out.extend(variants);
    }

    /// The name of an adapter's list: its party when it is one of several versions, else its id.
    pub fn name_of<'a>(&self, party: &'a str) -> &'a str {
        if self.files.contains_key(party) { party } else { id_of(party) }
    }

    /// Holds a production against the contract and notes whether it is expected.
    pub fn check_artifact(&mut self, artifact: &mut ArtifactResult) {
        let Trace { message, .. } = &artifact.trace;
        let (case, verdict, observation) = (&artifact.case, artifact.verdict, artifact.observation);
        let made = artifact.sha256.is_some();
        let result = Found { case, verdict, message, observation, made };
        let side = (self.name_of(&artifact.producer).to_owned(), Role::Produce, None);
        let is_suite = side.0 == SUITE;
        // The suite's own bytes are as their case says, or the case is wrong.
        artifact.expected = self.check(&result, &[side]) && (verdict.is_success() || !is_suite);
    }

    /// Holds a cell against the contract and notes whether it is expected.
    pub fn check_cell(&mut self, cell: &mut CellResult) {
        let (producer, consumer) = (self.name_of(&cell.producer).to_owned(), self.name_of(&cell.consumer).to_owned());
        let Trace { message, .. } = &cell.trace;
        let (case, verdict, observation) = (&cell.case, cell.verdict, cell.observation);
        let result = Found { case, verdict, message, observation, made: false };
        let sides =
            [(consumer.clone(), Role::Consume, Some(producer.clone())), (producer, Role::Produce, Some(consumer))];
        cell.expected = self.check(&result, &sides);
    }

    fn check(&mut self, found: &Found, sides: &[(String, Role, Option<String>)]) -> bool {
        let mut listed = false;
        for (adapter, role, with) in sides {
            let Some(file) = self.files.get(adapter) else { continue };
            for (index, entry) in file.entries.iter().enumerate() {
                // Wrong bytes are found in a production, whatever consumers make of them.
                if (entry.rule.is_of_production() && with.is_some())
                    || !covers(&entry.rule, *role, with.as_deref(), found.case)
                {
                    continue;
                }
                let seen = self.seen.entry((adapter.clone(), index)).or_default();
                if found.observation {
                    seen.observed.get_or_insert_with(|| found.case.to_owned());
                    continue;
                }
                let as_listed = found.verdict == entry.rule.verdict
                    && entry.rule.message.as_ref().is_none_or(|text| found.message.contains(text));
                if as_listed {
                    seen.matched += 1;
                    listed = true;
                } else if entry.rule.some || (with.is_none() && found.made) {
                    // The entry is about others, or may be about what others make of the bytes.
                    continue;
                } else if found.verdict.is_success() || found.verdict.is_failure() {
                    seen.broken.push((found.case.to_owned(), found.verdict, found.message.to_owned()));
                }
            }
        }
        let failed = found.verdict.is_failure() && !found.observation;
        !failed || listed
    }

    /// What breaks the contract beyond unlisted failures. `complete`: every case was run, among these parties.
    pub fn breaches(&self, complete: Option<&Parties>) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for (adapter, file) in &self.files {
            for (index, entry) in file.entries.iter().enumerate() {
                let seen = self.seen.get(&(adapter.clone(), index));
                let place = format!("{}:{}", file.path.display(), entry.line);
                let run = !self.left_out.iter().any(|name| glob::selects(&entry.rule.case, name));
                let judged = run && complete.is_some_and(|parties| parties.can_match(adapter, &entry.rule));
                breaches.extend(entry_breaches(entry, seen, &place, judged));
            }
        }
        breaches
    }

    /// What was seen of an entry; nothing when no result was about it.
    pub fn seen(&self, adapter: &str, entry: usize) -> Option<&Seen> {
        self.seen.get(&(adapter.to_owned(), entry))
    }
}

struct Found<'a> {
    case: &'a str,
    verdict: Verdict,
    message: &'a str,
    observation: bool,
    /// Whether it is a production, and there are bytes.
    made: bool,
}

/// Whether an entry is about a result.
pub fn covers(rule: &Rule, role: Role, with: Option<&str>, case: &str) -> bool {
    rule.role == role && glob::selects(&rule.case, case) && with.is_none_or(|with| is_named(&rule.with, with))
}

fn entry_breaches(entry: &Entry, seen: Option<&Seen>, place: &str, complete: bool) -> Vec<Breach> {
    let rule = &entry.rule;
    let breach = |problem: String, edit: String| Breach { problem: format!("{place}: {problem}"), edit };
    let remove = || format!("remove the entry at {place}");
    let run = |seen: &&Seen| seen.matched > 0 || !seen.broken.is_empty();
    if let Some(case) = seen.filter(|seen| !run(seen)).and_then(|seen| seen.observed.as_ref()) {
        return vec![breach(
            format!("'{case}' is listed as {}, and is an observation, which is not judged", rule.verdict),
            remove(),
        )];
    }
    let Some(seen) = seen.filter(run) else {
        let idle = complete.then(|| breach(format!("'{}' as {} matches nothing", rule.case, rule.role), remove()));
        return idle.into_iter().collect();
    };
    let mut breaches = Vec::new();
    if seen.matched > rule.max {
        let problem = format!("'{}' covers {} results; its max is {}", rule.case, seen.matched, rule.max);
        let edit = format!("when all {0} are known, set max = {0} at {place}", seen.matched);
        breaches.push(breach(problem, edit));
    }
    // Of a glob of partners there may be fewer in a run.
    if complete && rule.some && !glob::is_pattern(&rule.with) && seen.matched < rule.max {
        let problem = format!("'{}' covers {} results; its max is {}", rule.case, seen.matched, rule.max);
        breaches.push(breach(problem, format!("set max = {} at {place}", seen.matched)));
    }
    if let Some((case, verdict, message)) = seen.broken.first() {
        let more = match seen.broken.len() {
            1 => String::new(),
            n => format!(", and {} more", n - 1),
        };
        breaches.push(if !verdict.is_success() {
            let wrong_message = if *verdict == rule.verdict { format!(" ({message})") } else { String::new() };
            let edit = format!("look into it; when it is known, set verdict = \"{verdict}\" at {place}");
            breach(format!("'{case}' is listed as {}, and is {verdict}{wrong_message}{more}", rule.verdict), edit)
        } else if seen.matched == 0 {
            breach(format!("'{case}' is listed as {}, and passes{more}", rule.verdict), remove())
        } else {
            let edit = format!("narrow case or with at {place}");
            breach(format!("'{case}' is covered by '{}' as {}, and passes{more}", rule.case, rule.verdict), edit)
        });
    }
    breaches
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn contract(text: &str) -> Contract {
        let file = ExpectFile::parse(text, Path::new("expect.toml")).unwrap();
        Contract::new(BTreeMap::from([("c".to_owned(), file)]))
    }

    fn everybody() -> Parties {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let adapters = ["c", "p", "libarrowipc", "pyarrow"];
        Parties { producers: names(&[&adapters[..], &[SUITE]].concat()), consumers: names(&adapters) }
    }

    fn cell(case: &str, verdict: Verdict) -> CellResult {
        CellResult {
            case: case.into(),
            producer: "p@1".into(),
            consumer: "c@2".into(),
            verdict,
            expected: false,
            observation: false,
            evidence: None,
            artifact: None,
            ranges: Vec::new(),
            trace: Trace { message: "not supported: x".into(), ..Trace::default() },
        }
    }

    fn problems(text: &str, cells: &[(&str, Verdict)]) -> (Vec<bool>, Vec<String>) {
        let mut contract = contract(text);
        let expected = cells
            .iter()
            .map(|(case, verdict)| {
                let mut cell = cell(case, *verdict);
                contract.check_cell(&mut cell);
                cell.expected
            })
            .collect();
        (expected, contract.breaches(Some(&everybody())).into_iter().map(|breach| breach.problem).collect())
    }

    const ENTRY: &str = "[[expected]]\ncase = 'a/b'\nrole = 'consume'\nverdict = 'over-strict'\nreason = 'r'\n";

    #[test]
    fn a_listed_failure_is_expected() {
        assert_eq!(problems(ENTRY, &[("a/b", Verdict::OverStrict)]), (vec![true], vec![]));
    }

    #[test]
    fn an_unlisted_failure_is_not() {
        assert_eq!(problems("", &[("a/c", Verdict::WrongValue)]), (vec![false], vec![]));
    }

    #[test]
    fn an_entry_that_matches_nothing_breaks_the_contract_unless_its_case_was_left_out() {
        let mut contract = contract(ENTRY);
        assert_eq!(contract.breaches(Some(&everybody())).len(), 1);
        contract.leave_out(["a/other".to_owned()]);
        assert_eq!(contract.breaches(Some(&everybody())).len(), 1);
        contract.leave_out(["a/b".to_owned()]);
        assert_eq!(contract.breaches(Some(&everybody())), []);
    }

    #[test]
    fn an_entry_about_somebody_who_takes_no_part_may_match_nothing() {
        let idle = |text: &str, parties: &Parties| contract(text).breaches(Some(parties)).len();
        let about = |with: &str| format!("{ENTRY}with = '{with}'\n");
        let mut parties = everybody();
        assert_eq!((idle(&about("p"), &parties), idle(&about("q"), &parties)), (1, 0));
        assert_eq!((idle(ENTRY, &parties), idle(&about("pyarr*"), &parties)), (1, 1));
        parties.producers.retain(|name| name != "pyarrow");
        assert_eq!((idle(&about("p"), &parties), idle(ENTRY, &parties)), (1, 0));
        parties.consumers.retain(|name| name != "c");
        assert_eq!(idle(&about("p"), &parties), 0);
    }

    #[test]
    fn each_of_several_versions_is_held_to_its_own_list() {
        let file = |text: &str| ExpectFile::parse(text, Path::new("expect.toml")).unwrap();
        let files = [("c".to_owned(), file("")), ("c@1.0".to_owned(), file(ENTRY))];
        let mut contract = Contract::new(files.into());
        for (consumer, expected) in [("c@1.0", true), ("c@2.0", false)] {
            let mut cell = CellResult { consumer: consumer.into(), ..cell("a/b", Verdict::OverStrict) };
            contract.check_cell(&mut cell);
            assert_eq!(cell.expected, expected, "{consumer}");
        }
        assert_eq!(contract.breaches(None), []);
    }

    #[test]
    fn a_partner_is_named_with_its_version_or_without() {
        for (with, expected) in [("p", true), ("p@1*", true), ("p@2", false), ("*", true)] {
            let file = ExpectFile::parse(&format!("{ENTRY}with = '{with}'\n"), Path::new("expect.toml")).unwrap();
            let versioned = ("p@1".to_owned(), ExpectFile::default());
            let mut contract = Contract::new([("c".to_owned(), file), versioned].into());
            let mut cell = cell("a/b", Verdict::OverStrict);
            contract.check_cell(&mut cell);
            assert_eq!(cell.expected, expected, "{with}");
        }
    }

    #[test]
    fn a_listed_success_breaks_the_contract() {
        let (expected, problems) = problems(ENTRY, &[("a/b", Verdict::Pass)]);
        assert_eq!(expected, [true]);
        assert_eq!(problems, ["expect.toml:1: 'a/b' is listed as over-strict, and passes"]);
    }

    #[test]
    fn a_changed_verdict_breaks_the_contract() {
        let (expected, problems) = problems(ENTRY, &[("a/b", Verdict::WrongValue)]);
        assert_eq!(expected, [false]);
        assert_eq!(problems, ["expect.toml:1: 'a/b' is listed as over-strict, and is wrong-value"]);
    }

    #[test]
    fn an_entry_that_matches_nothing_breaks_the_contract() {
        assert_eq!(problems(ENTRY, &[]).1, ["expect.toml:1: 'a/b' as consume matches nothing"]);
        assert_eq!(problems(ENTRY, &[("a/b", Verdict::Unsupported)]).1.len(), 1);
    }

    #[test]
    fn more_results_than_max_break_the_contract() {
        let text = ENTRY.replace("a/b", "a/*").replace("reason", "max = 1\nreason");
        let cells = [("a/b", Verdict::OverStrict), ("a/c", Verdict::OverStrict)];
        assert_eq!(problems(&text, &cells).1, ["expect.toml:1: 'a/*' covers 2 results; its max is 1"]);
    }

    #[test]
    fn another_message_breaks_the_contract() {
        let text = format!("{ENTRY}message = 'memory'\n");
        let (expected, problems) = problems(&text, &[("a/b", Verdict::OverStrict)]);
        assert_eq!(expected, [false]);
        assert_eq!(problems, ["expect.toml:1: 'a/b' is listed as over-strict, and is over-strict (not supported: x)"]);
    }

    #[test]
    fn an_entry_about_some_lets_others_pass_and_counts_its_own() {
        let text = "[[expected]]\ncase = 'a/**'\nrole = 'consume'\nwith = 'p'\nverdict = 'over-strict'\nmessage = 'not supported'\nsome = true\nmax = 2\nreason = 'r'\n";
        let held = |verdicts: &[Verdict], complete: bool| {
            let mut contract = contract(text);
            let mut cells: Vec<CellResult> = verdicts.iter().map(|verdict| cell("a/b", *verdict)).collect();
            cells.iter_mut().for_each(|cell| contract.check_cell(cell));
            let breaches = contract.breaches(complete.then_some(&everybody()));
            (
                cells.iter().all(|cell| cell.expected),
                breaches.into_iter().map(|breach| breach.problem).collect::<Vec<_>>(),
            )
        };
        let (strict, pass) = (Verdict::OverStrict, Verdict::Pass);
        assert_eq!(held(&[strict, pass, strict], true), (true, vec![]));
        assert_eq!(held(&[strict, pass], false), (true, vec![]));
        let fewer = "expect.toml:1: 'a/**' covers 1 results; its max is 2".to_owned();
        assert_eq!(held(&[strict, pass], true), (true, vec![fewer.clone()]));
        assert_eq!(held(&[strict; 3], true).1, [fewer.replace("covers 1", "covers 3")]);
        assert_eq!(held(&[pass], true).1, ["expect.toml:1: 'a/**' as consume matches nothing"]);
        assert!(!held(&[strict, Verdict::WrongValue], true).0);
    }
}
