//! TAP 14, read by a small harness that keeps to the specification.

use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::report::reader;
use arrowipc_runner::report::tap::tap;

use crate::adapters::{TRAP, Workshop};
use crate::samples::{HOSTILE, hostile};

/// A test point as a harness reads it.
#[derive(Debug, Default)]
struct Point {
    ok: bool,
    description: String,
    directive: String,
    diagnostics: serde_json::Map<String, serde_json::Value>,
}

/// Reads a TAP 14 document, refusing what a harness would not understand.
fn points(text: &str) -> Result<Vec<Point>, String> {
    let mut lines = text.lines();
    if lines.next() != Some("TAP version 14") {
        return Err("no version".into());
    }
    let plan = lines.next().and_then(|line| line.strip_prefix("1..")).ok_or("no plan")?;
    let plan: usize = plan.parse().map_err(|_| "no plan")?;
    let mut points: Vec<Point> = Vec::new();
    let mut block: Option<String> = None;
    for line in lines {
        match (&mut block, line) {
            (None, "  ---") if !points.is_empty() => block = Some(String::new()),
            (Some(yaml), "  ...") => {
                let last = points.last_mut().ok_or("a block without a point")?;
                last.diagnostics = serde_yaml::from_str(yaml).map_err(|error| format!("{error}: {yaml}"))?;
                block = None;
            }
            (Some(yaml), line) => {
                yaml.push_str(line.strip_prefix("  ").ok_or(format!("not indented: {line}"))?);
                yaml.push('\n');
            }
            (None, line) => points.push(point(line, points.len() + 1)?),
        }
    }
    match points.len() {
        found if found == plan => Ok(points),
        found => Err(format!("{plan} points are planned, {found} are there")),
    }
}

fn point(line: &str, number: usize) -> Result<Point, String> {
    let (ok, rest) = match (line.strip_prefix("ok "), line.strip_prefix("not ok ")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err(format!("no test point: {line}")),
    };
    let rest = rest.strip_prefix(&format!("{number} - ")).ok_or(format!("expected number {number}: {line}"))?;
    let mut point = Point { ok, ..Point::default() };
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => point.description.push(chars.next().ok_or("nothing behind a backslash")?),
            '#' => {
                point.directive = chars.by_ref().collect::<String>().trim().to_owned();
            }
            c => point.description.push(c),
        }
    }
    point.description.truncate(point.description.trim_end().len());
    Ok(point)
}

#[test]
fn a_run_gives_a_point_for_each_result() {
    let workshop = Workshop::with(TRAP);
    workshop.run(&["honest", "crash", "drops-row", "modest", "dies-at-start"]);
    let report = reader::read(&workshop.report()).unwrap();
    let points = points(&tap(&report)).unwrap();
    let failures = points.iter().filter(|point| !point.ok && point.directive.is_empty()).count();
    let verdicts = report.cells.iter().map(|cell| cell.verdict);
    let verdicts = verdicts.chain(report.artifacts.iter().map(|artifact| artifact.verdict));
    let missing = verdicts.filter(|verdict| *verdict == Verdict::NotRun).count();
    assert_eq!(
        failures,
        report.footer.unexpected as usize + missing + report.header.down.len() + report.footer.breaches.len()
    );
    let wrong =
        points.iter().find(|point| point.description.ends_with("honest@1.0 -> drops-row@1.0") && !point.ok).unwrap();
    assert_eq!(wrong.description, "traps/trap[stream] honest@1.0 -> drops-row@1.0");
    let keys: Vec<&String> = wrong.diagnostics.keys().collect();
    assert_eq!(keys, ["verdict", "message", "repro"]);
}

#[test]
fn hostile_text_is_no_directive_and_no_line_of_its_own() {
    let points = points(&tap(&hostile())).unwrap();
    let failed = points.iter().find(|point| !point.ok && point.directive.is_empty()).unwrap();
    assert_eq!(failed.diagnostics["message"], HOSTILE);
    assert!(failed.description.contains("# TODO | `` ``` ::error::x"), "{}", failed.description);
}

#[test]
fn what_is_known_or_could_not_be_asked_is_told_by_directives() {
    let directives: Vec<(bool, String)> = points(&tap(&hostile()))
        .unwrap()
        .into_iter()
        .filter(|point| !point.directive.is_empty())
        .map(|point| (point.ok, point.directive))
        .collect();
    let expected = [
        (false, "TODO known: lenient"),
        (true, "SKIP unsupported"),
        (true, "SKIP blocked"),
        (false, "TODO observed: late"),
    ];
    assert_eq!(directives, expected.map(|(ok, text)| (ok, text.to_owned())));
}

#[test]
fn a_document_that_is_broken_is_seen() {
    for (text, problem) in [
        ("1..0", "no version"),
        ("TAP version 14\n1..2\nok 1 - a", "2 points are planned, 1 are there"),
        ("TAP version 14\n1..1\nok 2 - a", "expected number 1: ok 2 - a"),
        ("TAP version 14\n1..1\nwhat", "no test point: what"),
    ] {
        assert_eq!(points(text).err().as_deref(), Some(problem));
    }
}
