//! JUnit XML, as Jenkins' xUnit plugin defines it in `junit-10.xsd` and as GitLab reads it.
//!
//! A test suite for each pair of producer and consumer and for each producer, a test for each cell and production. A known failure is
//! a skipped test with its message, so that a CI counts only what is new. Names stay when versions change.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use super::clip;
use super::outcome::{Outcome, Standing, names, outcomes, parties};
use super::reader::Report;
use super::xml::Escaped;
use crate::judge::verdict::Verdict;

/// How large a file may be: GitLab refuses those of 30 MB.
const MOST_BYTES: usize = 30_000_000;

/// How many tests a file may hold: GitLab reads 500,000 of all files.
const MOST_TESTS: usize = 250_000;

/// How much of a message an attribute shows.
const ATTRIBUTE_BYTES: usize = 300;

/// How much of a message, and of what a process said last, an element shows.
const CONTENT_BYTES: usize = 4096;

/// What becomes one test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Each result.
    Result,
    /// What passed in all variants of a case; anything else by itself.
    Case,
    /// What nobody has to look at in all cases of a topic; anything else by itself.
    Topic,
}

/// The report as JUnit XML. Of a report that is too large for its readers, results that nobody has to look at become one test.
pub fn junit(report: &Report) -> String {
    let fits = |text: &String| text.len() <= MOST_BYTES && text.matches("<testcase ").count() <= MOST_TESTS;
    let detailed = [Detail::Result, Detail::Case].into_iter().map(|detail| of(report, detail)).find(fits);
    detailed.unwrap_or_else(|| of(report, Detail::Topic))
}

/// The report as JUnit XML, in this detail.
pub fn of(report: &Report, detail: Detail) -> String {
    let mut suites = suites(report, detail);
    suites.push(of_run(report));
    suites.retain(|suite| !suite.tests.is_empty());
    let total = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"arrowipc\" tests=\"{}\" failures=\"{}\" errors=\"{}\">",
        total(|suite| suite.tests.len()),
        total(|suite| suite.count("failure")),
        total(|suite| suite.count("error")),
    );
    for suite in &suites {
        suite.write(&mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

#[derive(Debug, Default)]
struct Suite {
    name: String,
    tests: Vec<Test>,
}

#[derive(Debug, Default)]
struct Test {
    class: String,
    name: String,
    ms: f64,
    /// What is said of a test that did not pass.
    told: Option<Told>,
}

#[derive(Debug)]
struct Told {
    /// `failure`, `error` or `skipped`.
    element: &'static str,
    /// The verdict, of what failed.
    kind: String,
    message: String,
    content: String,
    stderr: String,
}

/// A suite for each producer and for each pair.
fn suites(report: &Report, detail: Detail) -> Vec<Suite> {
    let names = names(&report.header);
    let places: HashMap<&str, &String> = report.cases.iter().map(|case| (case.id.as_str(), &case.place)).collect();
    let mut suites: Vec<Suite> = Vec::new();
    let mut positions = HashMap::new();
    let mut folded: HashMap<(usize, &str), usize> = HashMap::new();
    for outcome in outcomes(report) {
        let short = |party: &str| names.get(party).map_or_else(|| party.to_owned(), |name| (*name).to_owned());
        let pair = (outcome.producer, outcome.consumer);
        let position = *positions.entry(pair).or_insert_with(|| {
            let name = parties(&short(outcome.producer), outcome.consumer.map(short).as_deref());
            suites.push(Suite { name, tests: Vec::new() });
            suites.len() - 1
        });
        let suite = &mut suites[position];
        let group = match (detail, outcome.standing) {
            (Detail::Case, Standing::Passed) => Some(outcome.case_name()),
            (Detail::Topic, standing) if !standing.is_bad() => Some(outcome.topic()),
            _ => None,
        };
        let test = Test {
            class: outcome.topic().replace('/', "."),
            name: format!("{} {}", group.unwrap_or(outcome.case), suite.name),
            ms: outcome.trace.ms,
            told: group.is_none().then(|| told(&outcome, places.get(outcome.case).copied())).flatten(),
        };
        match group.map(|group| *folded.entry((position, group)).or_insert(suite.tests.len())) {
            Some(known) if known < suite.tests.len() => suite.tests[known].ms += test.ms,
            _ => suite.tests.push(test),
        }
    }
    suites
}

/// What is said of a result: nothing where it passed.
fn told(outcome: &Outcome, place: Option<&String>) -> Option<Told> {
    let (verdict, trace) = (outcome.verdict, outcome.trace);
    let element = match outcome.standing {
        Standing::Passed => return None,
        Standing::Failed if verdict.is_unsafe() || verdict == Verdict::AdapterError => "error",
        Standing::NotRun => "error",
        Standing::Failed => "failure",
        Standing::Known | Standing::Observed | Standing::Unsupported | Standing::Blocked => "skipped",
    };
    let standing = match outcome.standing {
        Standing::Known | Standing::Observed => format!("{}: {verdict}: ", outcome.standing.name()),
        _ => format!("{verdict}: "),
    };
    let message = standing + &clip::line(&trace.message);
    if element == "skipped" {
        return Some(Told { element, kind: String::new(), message, content: String::new(), stderr: String::new() });
    }
    let mut content = clip::beginning(&trace.message, CONTENT_BYTES).into_owned();
    for (word, text) in [("case", place), ("repro", Some(&trace.repro))] {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            let _ = write!(content, "\n{word}: {text}");
        }
    }
    let stderr = clip::end(&trace.stderr, CONTENT_BYTES).into_owned();
    Some(Told { element, kind: verdict.name().to_owned(), message, content, stderr })
}

/// What is wrong with the run as a whole: adapters that did not start, lists of known failures that are not right.
fn of_run(report: &Report) -> Suite {
    let test = |name: String, kind: &str, message: &str| Test {
        class: "run".into(),
        name,
        ms: 0.0,
        told: Some(Told {
            element: "error",
            kind: kind.into(),
            message: clip::line(message),
            content: clip::beginning(message, CONTENT_BYTES).into_owned(),
            stderr: String::new(),
        }),
    };
    let down = report.header.down.iter().map(|(id, reason)| test(format!("{id} starts"), "down", reason));
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    let breaches = report.footer.breaches.iter().map(|problem| {
        let place = problem.split(": ").next().unwrap_or(problem);
        let time = times.entry(place).or_default();
        *time += 1;
        let name = if *time == 1 { place.to_owned() } else { format!("{place} ({time})") };
        test(name, "list", problem)
    });
    Suite { name: "run".into(), tests: down.chain(breaches).collect() }
}

impl Suite {
    fn count(&self, element: &str) -> usize {
        self.tests.iter().filter(|test| test.told.as_ref().is_some_and(|told| told.element == element)).count()
    }

    fn write(&self, out: &mut String) {
        let ms: f64 = self.tests.iter().map(|test| test.ms).sum();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\">",
            Escaped(&self.name),
            self.tests.len(),
            self.count("failure"),
            self.count("error"),
            self.count("skipped"),
            seconds(ms),
        );
        self.tests.iter().for_each(|test| test.write(out));
        out.push_str("  </testsuite>\n");
    }
}

impl Test {
    fn write(&self, out: &mut String) {
        let (class, name) = (Escaped(&self.class), Escaped(&self.name));
        let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{name}\" time=\"{}\"", seconds(self.ms));
        let Some(told) = &self.told else {
            out.push_str("/>\n");
            return;
        };
        let message = clip::beginning(&told.message, ATTRIBUTE_BYTES);
        let _ = write!(out, ">\n      <{}", told.element);
        if !told.kind.is_empty() {
            let _ = write!(out, " type=\"{}\"", Escaped(&told.kind));
        }
        let _ = write!(out, " message=\"{}\"", Escaped(&message));
        if told.content.is_empty() {
            out.push_str("/>\n");
        } else {
            let _ = writeln!(out, ">{}</{}>", Escaped(&told.content), told.element);
        }
        if !told.stderr.is_empty() {
            let _ = writeln!(out, "      <system-err>{}</system-err>", Escaped(&told.stderr));
        }
        out.push_str("    </testcase>\n");
    }
}

/// Milliseconds as the schema wants seconds: digits and a point.
fn seconds(ms: f64) -> String {
    format!("{:.3}", ms.max(0.0) / 1000.0)
}
