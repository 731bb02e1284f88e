//! Going on behind what is there: what a producer finds, what it must refuse, and what comes of either.

use arrowipc_runner::case::suite::Folder;
use arrowipc_runner::judge::verdict::Verdict::*;
use arrowipc_runner::run::producer::Producer;
use arrowipc_runner::run::result::ArtifactResult;
use arrowipc_runner::session::Findings;

use crate::adapters::{Workshop, cell, fake, verdict};

const APPENDED: &str = "\
topic: traps
matrix: {format: [stream]}
cases:
  - id: grown
    why: two batches come behind one, in two goes
    clauses: [a-clause]
    result: valid
    append: {after: [1, 2]}
    data: {columns: [{name: a, type: int32, batches: [[1], [2, null], [3]]}]}
  - id: other
    why: another schema is there
    clauses: [a-clause]
    result: invalid
    flags: [Fault]
    append: {to: {columns: [{name: b, type: int32, values: [1]}]}}
    data: {columns: [{name: a, type: int32, values: [1]}]}
";

fn written<'a>(findings: &'a Findings, case: &str, producer: &str) -> &'a ArtifactResult {
    let of = |artifact: &&ArtifactResult| {
        artifact.case.starts_with(&format!("traps/{case}[")) && artifact.producer.starts_with(&format!("{producer}@"))
    };
    findings.artifacts.iter().find(of).unwrap_or_else(|| panic!("{producer} was not asked to write {case}"))
}

#[test]
fn what_goes_on_and_refuses_as_it_must_passes() {
    let findings = Workshop::with(APPENDED).run(&["honest"]);
    assert_eq!(verdict(&findings, "grown", "honest", "honest"), Pass);
    let other = written(&findings, "other", "honest");
    assert_eq!(other.verdict, Pass);
    assert_eq!(other.sha256, None);
    let refused = "rejected in phase write, as it must be: FakeInvalid: another schema is there";
    assert_eq!(other.trace.message, refused);
    let nothing = cell(&findings, "other", "honest", "honest");
    assert_eq!((nothing.verdict, nothing.trace.message.as_str()), (Pass, &*format!("honest wrote nothing: {refused}")));
}

#[test]
fn what_goes_on_behind_anything_is_lenient() {
    let findings = Workshop::with(APPENDED).run(&["appends-anything"]);
    let other = written(&findings, "other", "appends-anything");
    assert_eq!((other.verdict, other.expected), (Lenient, false));
    assert_eq!(other.trace.message, "went on behind what is there, which is to be refused");
    assert_eq!(verdict(&findings, "other", "appends-anything", "appends-anything"), Blocked);
    assert_eq!(verdict(&findings, "grown", "appends-anything", "appends-anything"), Pass);
}

#[test]
fn what_overwrites_loses_values() {
    let findings = Workshop::with(APPENDED).run(&["overwrites"]);
    let grown = written(&findings, "grown", "overwrites");
    assert_eq!(grown.verdict, WrongValue);
    assert_eq!(grown.trace.message, "the judge reader sees: row count: expected 4, observed 1");
}

#[test]
fn the_suite_appends_nothing() {
    let mut session = Workshop::with(APPENDED).session(vec![fake("honest")], 1);
    session.cast.producers = vec![Producer::Suite];
    assert!(Workshop::with(APPENDED).run_session(session).cells.is_empty());
}

#[test]
fn what_makes_no_sense_is_told_with_its_place() {
    let told = |from: &str, to: &str| {
        assert!(APPENDED.contains(from), "{from}");
        let workshop = Workshop::with(&APPENDED.replace(from, to));
        let errors = Folder::new(workshop.cases()).load(0).map(|_| ()).unwrap_err();
        errors[0].to_string()
    };
    for (from, to, message) in [
        ("[1, 2]", "[2, 2]", "8:14: each number is larger than the one before it"),
        ("[1, 2]", "[1, 4]", "8:21: 4 batches are there, and the data have 3"),
        (
            "after: [1, 2]",
            "options: {}",
            "8:5: after: [NUMBER, …] says how many batches are there; to: DATA, what else is",
        ),
        ("{to: ", "{after: [1], to: ", "15:26: either batches of the data are there (after) or other data (to)"),
        (
            "flags: [Fault]",
            "flags: [Fault]\n    reject: {latest: open}",
            "15:5: a writer refuses to append when it is asked to, and nobody reads; leave reject out",
        ),
        (
            "{after: [1, 2]}",
            "{after: [1, 2]}\n    through: transcode",
            "8:5: a producer goes on behind what is there: through is write, and raw, edit and wire are below append",
        ),
        (
            "result: invalid\n    flags: [Fault]",
            "result: defined",
            "14:14: other data are there only to be refused: the result is invalid",
        ),
    ] {
        assert_eq!(told(from, to), format!("cases/traps.yaml:{message}"));
    }
}
