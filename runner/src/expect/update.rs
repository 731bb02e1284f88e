//! Bringing files of known failures up to date with a report: what is missing is added, what is idle goes, numbers and verdicts are set
//! right. Comments, order and reasons of the entries that stay are kept.

use std::collections::BTreeMap;
use std::path::Path;

use super::additions::{Addition, additions};
use super::contract::{Contract, Parties, Seen, covers};
use super::file::{Entry, ExpectError, ExpectFile, Rule};
use crate::judge::verdict::Verdict;
use crate::report::reader::Report;
use crate::run::result::{ArtifactResult, CellResult};

/// A file of known failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its text; empty when there is no file.
    pub text: String,
    /// Whether it is to be brought up to date.
    pub wanted: bool,
}

/// A file that is up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// Its new text.
    pub text: String,
    /// What was done, a line each; nothing when it was up to date.
    pub changes: Vec<String>,
}

/// Brings the wanted files up to date, by the names of their adapters. All files of those who took part are needed: a failure may be
/// listed on either side.
pub fn update(sources: &BTreeMap<String, Source>, report: &Report) -> Result<BTreeMap<String, Updated>, ExpectError> {
    let mut files = BTreeMap::new();
    for (name, source) in sources {
        files.insert(name.clone(), ExpectFile::draft(&source.text, &ExpectFile::path_of(name))?);
    }
    let mut results = Results { artifacts: report.artifacts.clone(), cells: report.cells.clone() };
    let before = results.hold_against(files.clone());
    let parties = parties(report, &before);
    let mut plans: BTreeMap<String, Plan> = BTreeMap::new();
    for (name, source) in sources.iter().filter(|(_, source)| source.wanted) {
        let Some(file) = files.get_mut(name) else { continue };
        let judged = |rule: &Rule| report.header.all_cases && whole(report) && parties.can_match(name, rule);
        let plan = Plan::of(name, file, &before, judged, &source.text);
        file.entries = plan.staying();
        plans.insert(name.clone(), plan);
    }
    let after = results.hold_against(files);
    let mut added: BTreeMap<&str, Vec<Addition<'_>>> = BTreeMap::new();
    for addition in additions(&results.artifacts, &results.cells, |party| after.name_of(party)) {
        added.entry(addition.adapter).or_default().push(addition);
    }
    let updated = plans.iter().map(|(name, plan)| {
        let added = added.remove(name.as_str()).unwrap_or_default();
        (name.clone(), plan.carry_out(name, &added))
    });
    Ok(updated.collect())
}

/// Whether the report is about all cases, and not a shard of them.
fn whole(report: &Report) -> bool {
    report.header.shard == "1/1" && report.header.down.is_empty()
}

fn parties(report: &Report, contract: &Contract) -> Parties {
    let names =
        |parties: &[String]| parties.iter().map(|party| contract.name_of(party).to_owned()).collect::<Vec<String>>();
    Parties { producers: names(&report.header.producers), consumers: names(&report.header.consumers) }
}

/// Results that are held against a contract again.
struct Results {
    artifacts: Vec<ArtifactResult>,
    cells: Vec<CellResult>,
}

impl Results {
    fn hold_against(&mut self, files: BTreeMap<String, ExpectFile>) -> Contract {
        let mut contract = Contract::new(files);
        self.artifacts.iter_mut().for_each(|artifact| contract.check_artifact(artifact));
        self.cells.iter_mut().for_each(|cell| contract.check_cell(cell));
        contract
    }
}

/// What becomes of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Stays,
    /// With this verdict and this number.
    Becomes(Verdict, usize),
    Goes(&'static str),
    /// It covers too much; what is right of it is listed anew.
    IsSplit,
}

/// A file as it is, and what becomes of its entries.
struct Plan {
    lines: Vec<String>,
    entries: Vec<(Entry, Fate)>,
}

impl Plan {
    fn of(name: &str, file: &ExpectFile, contract: &Contract, judged: impl Fn(&Rule) -> bool, text: &str) -> Self {
        let fate = |(index, entry): (usize, &Entry)| {
            let fate = fate(&entry.rule, contract.seen(name, index), judged(&entry.rule));
            (entry.clone(), fate)
        };
        Self {
            lines: text.lines().map(str::to_owned).collect(),
            entries: file.entries.iter().enumerate().map(fate).collect(),
        }
    }

    /// The entries that will be there but for added ones.
    fn staying(&self) -> Vec<Entry> {
        let staying = self.entries.iter().filter_map(|(entry, fate)| match fate {
            Fate::Stays => Some(entry.clone()),
            Fate::Becomes(verdict, max) => {
                Some(Entry { rule: Rule { verdict: *verdict, max: *max, ..entry.rule.clone() }, ..entry.clone() })
            }
            Fate::Goes(_) | Fate::IsSplit => None,
        });
        staying.collect()
    }

    fn carry_out(&self, name: &str, added: &[Addition<'_>]) -> Updated {
        let mut changes = Vec::new();
        let first = self.entries.first().map_or(self.lines.len(), |(entry, _)| self.start(entry));
        let mut out: Vec<String> = self.lines[..first].to_vec();
        if self.lines.is_empty() {
            out.extend(head(name));
        }
        let mut split: Vec<Vec<&Addition<'_>>> = vec![Vec::new(); self.entries.len()];
        let mut new = Vec::new();
        for addition in added {
            let covers = |(entry, fate): &(Entry, Fate)| {
                *fate == Fate::IsSplit
                    && covers(&entry.rule, addition.role, addition.partner, addition.variant)
                    && entry.rule.verdict == addition.verdict
            };
            match self.entries.iter().position(covers) {
                Some(index) => split[index].push(addition),
                None => new.push(addition),
            }
        }
        for (index, (entry, fate)) in self.entries.iter().enumerate() {
            let Rule { case, verdict, max, .. } = &entry.rule;
            let end = self.entries.get(index + 1).map_or(self.lines.len(), |(next, _)| self.start(next));
            let block = &self.lines[self.start(entry)..end];
            match fate {
                Fate::Stays => out.extend(block.iter().cloned()),
                Fate::Becomes(now, number) => {
                    changes.push(format!("{case}: {verdict} × {max} becomes {now} × {number}"));
                    out.extend(changed(block, *now, *number));
                }
                Fate::Goes(reason) => changes.push(format!("{case}: {verdict} goes: {reason}")),
                Fate::IsSplit => {
                    changes.push(format!("{case}: {verdict} × {max} becomes {} narrower entries", split[index].len()));
                    for addition in &split[index] {
                        append(&mut out, &addition.text(&entry.rule.reason, entry.rule.issue.as_deref()));
                    }
                }
            }
        }
        for addition in new {
            changes.push(format!("{}: {} × {} is added", addition.case, addition.verdict, addition.max));
            append(&mut out, &addition.text("", None));
        }
        while out.last().is_some_and(|line| line.is_empty()) {
            out.pop();
        }
        Updated { text: out.join("\n") + "\n", changes }
    }

    /// Where an entry begins: at the comment that stands right above it.
    fn start(&self, entry: &Entry) -> usize {
        let header = entry.line.saturating_sub(1).min(self.lines.len());
        let comments = self.lines[..header].iter().rev();
        header - comments.take_while(|line| line.starts_with('#') && !line.starts_with("#:")).count()
    }
}

/// The beginning of a new file.
fn head(name: &str) -> [String; 2] {
    let up = if name.contains('@') { "../../../../" } else { "../../" };
    [format!("#:schema {up}cases/schema/expect-v1.json"), format!("# Known failures of {name}.")]
}

/// Adds an entry behind an empty line.
fn append(out: &mut Vec<String>, entry: &str) {
    while out.last().is_some_and(|line| line.is_empty()) {
        out.pop();
    }
    if !out.is_empty() {
        out.push(String::new());
    }
    out.extend(entry.lines().map(str::to_owned));
    out.push(String::new());
}

fn fate(rule: &Rule, seen: Option<&Seen>, judged: bool) -> Fate {
    let Some(seen) = seen else {
        return if judged { Fate::Goes("it matches nothing") } else { Fate::Stays };
    };
    let Seen { matched, observed, broken } = seen;
    let failures: Vec<&(String, Verdict, String)> =
        broken.iter().filter(|(_, verdict, _)| !verdict.is_success()).collect();
    match (*matched, broken.as_slice()) {
        (0, []) if observed.is_some() => Fate::Goes("it is an observation, which is not judged"),
        (0, []) => {
            if judged {
                Fate::Goes("it matches nothing")
            } else {
                Fate::Stays
            }
        }
        (matched, []) if matched > rule.max || (judged && matched < rule.max) => Fate::Becomes(rule.verdict, matched),
        (_, []) => Fate::Stays,
        (0, _) if failures.is_empty() => Fate::Goes("it passes"),
        (0, [(_, verdict, _), ..]) => {
            let alike = failures.len() == broken.len() && failures.iter().all(|(_, other, _)| other == verdict);
            let is_said = |(_, _, message): &(String, Verdict, String)| {
                rule.message.as_ref().is_none_or(|text| message.contains(text))
            };
            if alike && !verdict.is_unsafe() && broken.iter().all(is_said) {
                Fate::Becomes(*verdict, broken.len())
            } else {
                Fate::IsSplit
            }
        }
        _ => Fate::IsSplit,
    }
}

/// The lines of an entry with another verdict and number.
fn changed(block: &[String], verdict: Verdict, max: usize) -> Vec<String> {
    let is_key = |line: &str, key: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
    let mut lines = Vec::new();
    for line in block {
        if is_key(line, "verdict") {
            lines.push(format!("verdict = \"{verdict}\""));
            if max > 1 {
                lines.push(format!("max = {max}"));
            }
        } else if !is_key(line, "max") {
            lines.push(line.clone());
        }
    }
    lines
}

/// How many entries of a text wait for their reason.
pub fn without_reason(text: &str) -> usize {
    let file = ExpectFile::draft(text, Path::new("expect.toml"));
    file.map_or(0, |file| file.entries.iter().filter(|entry| entry.rule.reason.trim().is_empty()).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::line::{Footer, Header, Host, SuiteLine};
    use crate::run::result::Trace;

    fn cell(case: &str, producer: &str, verdict: Verdict) -> CellResult {
        CellResult {
            case: case.into(),
            producer: format!("{producer}@1"),
            consumer: "c@2".into(),
            verdict,
            expected: false,
            observation: false,
            evidence: None,
            artifact: None,
            ranges: Vec::new(),
            trace: Trace { message: "m".into(), ..Trace::default() },
        }
    }

    fn report(all_cases: bool, cells: &[(&str, Verdict)]) -> Report {
        let parties = ["c@2", "libarrowipc@1", "pyarrow@1", "suite@1"].map(str::to_owned).to_vec();
        let header = Header {
            schema: String::new(),
            suite: SuiteLine { version: "1".into(), digest: "d".into() },
            seed: 0,
            shard: "1/1".into(),
            all_cases,
            producers: parties.clone(),
            consumers: parties,
            implementations: BTreeMap::new(),
            left_out: BTreeMap::new(),
            down: BTreeMap::new(),
            host: Host::this(),
        };
        let footer = Footer {
            complete: true,
            cells: 0,
            artifacts: 0,
            counts: BTreeMap::new(),
            observations: 0,
            unexpected: 0,
            breaches: Vec::new(),
        };
        let cells = cells.iter().map(|(case, verdict)| cell(case, "pyarrow", *verdict)).collect();
        Report { header, terms: Vec::new(), cases: Vec::new(), artifacts: Vec::new(), cells, footer }
    }

    fn updated(text: &str, report: &Report) -> Updated {
        let source = Source { text: text.into(), wanted: true };
        update(&BTreeMap::from([("c".to_owned(), source)]), report).unwrap().remove("c").unwrap()
    }

    const FILE: &str = "\
#:schema ../../cases/schema/expect-v1.json
# Known failures of c.

# Kept as it is.
[[expected]]
case = \"a/b\"
role = 'consume'
verdict = \"over-strict\" # for now
max = 2
reason = \"r\" # why
issue = \"https://x\"

# About the second.
[[expected]]
case = \"a/c\"
role = \"consume\"
verdict = \"lenient\"
reason = \"s\"
";

    const STRICT: Verdict = Verdict::OverStrict;

    #[test]
    fn a_file_that_is_right_stays_as_it_is() {
        let report = report(true, &[("a/b[x]", STRICT), ("a/b[y]", STRICT), ("a/c", Verdict::Lenient)]);
        assert_eq!(updated(FILE, &report), Updated { text: FILE.into(), changes: vec![] });
    }

    #[test]
    fn what_is_idle_goes_and_what_is_missing_is_added() {
        let cells = [("a/b[x]", STRICT), ("a/b[y]", STRICT), ("a/c", Verdict::Pass), ("a/d", Verdict::WrongValue)];
        let done = updated(FILE, &report(false, &cells));
        assert_eq!(done.changes, ["a/c: lenient goes: it passes", "a/d: wrong-value × 1 is added"]);
        let kept = FILE.split("\n# About").next().unwrap();
        let added = "\n[[expected]]\ncase = \"a/d\"\nrole = \"consume\"\nwith = \"pyarrow\"\nverdict = \"wrong-value\"\nreason = \"\" # m\n";
        assert_eq!(done.text, format!("{kept}{added}"));
        assert_eq!(without_reason(&done.text), 1);
        assert_eq!(updated(&done.text, &report(false, &cells)).changes, [""; 0]);
    }

    #[test]
    fn what_matches_nothing_goes_when_all_cases_were_run() {
        let cells = [("a/b[x]", STRICT), ("a/b[y]", STRICT)];
        assert_eq!(updated(FILE, &report(false, &cells)).text, FILE);
        assert_eq!(updated(FILE, &report(true, &cells)).changes, ["a/c: lenient goes: it matches nothing"]);
    }

    #[test]
    fn verdicts_and_numbers_are_set_right() {
        let cells = [("a/b[x]", STRICT), ("a/b[y]", STRICT), ("a/b[z]", STRICT), ("a/c", Verdict::Late)];
        let done = updated(FILE, &report(false, &cells));
        let changes = ["a/b: over-strict × 2 becomes over-strict × 3", "a/c: lenient × 1 becomes late × 1"];
        assert_eq!(done.changes, changes);
        let right = FILE.replace("\"over-strict\" # for now", "\"over-strict\"").replace("max = 2", "max = 3");
        assert_eq!(done.text, right.replace("lenient", "late"));
        let fewer = updated(FILE, &report(true, &[("a/b[x]", STRICT), ("a/c", Verdict::Lenient)]));
        assert!(!fewer.text.contains("max"), "{}", fewer.text);
    }

    #[test]
    fn an_entry_that_covers_too_much_is_split_and_its_reason_kept() {
        let cells = [("a/b[x]", STRICT), ("a/b[y]", Verdict::Pass), ("a/b[z]", STRICT), ("a/c", Verdict::Lenient)];
        let done = updated(FILE, &report(false, &cells));
        assert_eq!(done.changes, ["a/b: over-strict × 2 becomes 2 narrower entries"]);
        for variant in ["a/b[x]", "a/b[z]"] {
            let entry = format!(
                "[[expected]]\ncase = \"{variant}\"\nrole = \"consume\"\nwith = \"pyarrow\"\nverdict = \"over-strict\"\nreason = \"r\"\nissue = \"https://x\"\n"
            );
            assert!(done.text.contains(&entry), "{}", done.text);
        }
        assert!(done.text.ends_with("# About the second.\n[[expected]]\ncase = \"a/c\"\nrole = \"consume\"\nverdict = \"lenient\"\nreason = \"s\"\n"));
    }

    #[test]
    fn a_new_file_has_its_head() {
        let done = updated("", &report(false, &[("a/c", Verdict::Lenient)]));
        assert!(
            done.text
                .starts_with("#:schema ../../cases/schema/expect-v1.json\n# Known failures of c.\n\n[[expected]]\n")
        );
    }
}
