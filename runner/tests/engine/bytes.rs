//! Bytes by themselves: what the suite lays out, and what it sees in what others write.

use arrowipc_runner::judge::verdict::Verdict::*;
use arrowipc_runner::report::human::{Style, summary};
use arrowipc_runner::run::producer::Producer;
use arrowipc_runner::session::{Ending, Findings};

use crate::adapters::{TRAP, Workshop, cell, fake, verdict};

/// Bytes that the suite lays out: as usual, in an unusual way, and wrong.
const LAID_OUT: &str = "\
topic: traps
matrix: {format: [stream]}
data: {columns: [{name: trap, type: utf8, values: [ab, c]}]}
cases:
  - id: plain
    why: as everybody writes it
    clauses: [a-clause]
    result: valid
    through: suite
  - id: unusual
    why: scalars that are equal to their default may be stored
    clauses: [a-clause]
    result: valid
    raw: {defaults: present}
  - id: wrong
    why: the last offset is behind the data
    clauses: [layout-varbinary-offset-oob, a-clause]
    result: invalid
    flags: [Fault]
    reject: {latest: validate}
    edit: [{set: 'batch[0].column[trap].offsets[2]', to: 4096}]
";

/// Runs the suite as a producer for adapters in these modes, of which all read and none writes.
fn read_by(topic: &str, modes: &[&str]) -> Findings {
    let workshop = Workshop::with(topic);
    let mut session = workshop.session(modes.iter().map(|mode| fake(mode)).collect(), 1);
    session.cast.producers = vec![Producer::Suite];
    workshop.run_session(session)
}

fn artifact<'a>(
    findings: &'a Findings,
    case: &str,
    producer: &str,
) -> &'a arrowipc_runner::run::result::ArtifactResult {
    let named = |party: &str| party.split('@').next() == Some(producer);
    let found = findings
        .artifacts
        .iter()
        .find(|artifact| artifact.case.starts_with(&format!("traps/{case}[")) && named(&artifact.producer));
    found.unwrap_or_else(|| panic!("{producer} made no bytes for {case}"))
}

#[test]
fn the_suite_alone_makes_bytes_that_a_case_chooses() {
    let workshop = Workshop::with(LAID_OUT);
    let mut session = workshop.session(vec![fake("honest")], 1);
    session.cast.producers.push(Producer::Suite);
    let findings = workshop.run_session(session);
    assert_eq!(findings.cells.len(), 3);
    assert!(findings.cells.iter().all(|cell| cell.producer == format!("suite@{}", env!("CARGO_PKG_VERSION"))));
    for case in ["plain", "unusual", "wrong"] {
        assert_eq!(verdict(&findings, case, "suite", "honest"), Pass, "{case}");
    }
    assert_eq!(findings.ending(), Ending::AsExpected);
    assert_ne!(artifact(&findings, "plain", "suite").sha256, artifact(&findings, "unusual", "suite").sha256);
}

#[test]
fn the_suite_also_writes_what_others_write() {
    let workshop = Workshop::with(TRAP);
    let mut session = workshop.session(vec![fake("honest")], 1);
    session.cast.producers.push(Producer::Suite);
    let findings = workshop.run_session(session);
    assert_eq!(findings.cells.len(), 2 * 3);
    assert_eq!(verdict(&findings, "trap", "suite", "honest"), Pass);
}

#[test]
fn what_accepts_a_fault_is_lenient_and_the_wrong_bytes_are_named() {
    let findings = read_by(LAID_OUT, &["honest", "careless"]);
    assert_eq!(verdict(&findings, "wrong", "suite", "honest"), Pass);
    let careless = cell(&findings, "wrong", "suite", "careless");
    assert_eq!((careless.verdict, careless.expected), (Lenient, false));
    let [range] = careless.ranges.as_slice() else { panic!("{:?}", careless.ranges) };
    // One of the bytes of 2 and 4096 is another one.
    assert_eq!(range.len(), 2, "{range:?}");
}

#[test]
fn an_invalid_case_without_the_fault_that_it_names_is_wrong() {
    let findings = read_by(&LAID_OUT.replace("layout-varbinary-offset-oob, ", ""), &["honest"]);
    let wrong = artifact(&findings, "wrong", "suite");
    assert_eq!((wrong.verdict, wrong.expected), (WrongBytes, false));
    let message = &wrong.trace.message;
    assert!(
        message.starts_with("the case is wrong: the judge reader finds another fault than one of its clauses: "),
        "{message}"
    );
    let harmless = LAID_OUT.replace("offsets[2]', to: 4096", "offsets[1]', to: 1");
    let findings = read_by(&harmless, &["honest"]);
    let message = &artifact(&findings, "wrong", "suite").trace.message;
    assert_eq!(message, "the case is wrong: it is invalid, and the judge reader finds no fault");
    assert_eq!(findings.ending(), Ending::Unexpected);
}

#[test]
fn an_invalid_case_that_is_to_be_rejected_before_its_fault_is_met_is_wrong() {
    let findings = read_by(&LAID_OUT.replace("latest: validate", "latest: schema"), &["honest"]);
    let message = &artifact(&findings, "wrong", "suite").trace.message;
    assert!(
        message.starts_with(
            "the case is wrong: a reader can find its fault in phase validate, and it must be rejected before: \
             batch[0].column[trap].offsets"
        ),
        "{message}"
    );
    assert_eq!(findings.ending(), Ending::Unexpected);
}

#[test]
fn a_valid_case_with_other_data_than_it_says_is_wrong() {
    let topic =
        LAID_OUT.replace("    raw: {defaults: present}", "    edit: [{set: 'batch[0].column[trap].data[0]', to: 122}]");
    let findings = read_by(&topic, &["honest"]);
    let message = &artifact(&findings, "unusual", "suite").trace.message;
    assert_eq!(
        message,
        r#"the case is wrong: the judge reader sees: batch 0, column 0 "trap", row 0, value: expected "ab", observed "zb""#
    );
}

#[test]
fn an_edit_that_changes_nothing_blocks_its_cells_and_fails_the_run() {
    let findings = read_by(&LAID_OUT.replace("to: 4096", "to: 3"), &["honest"]);
    assert_eq!(verdict(&findings, "wrong", "suite", "honest"), Blocked);
    let wrong = artifact(&findings, "wrong", "suite");
    assert_eq!((wrong.verdict, wrong.expected), (Blocked, false));
    let message = &wrong.trace.message;
    assert!(
        message.starts_with("cases/traps.yaml:21:18: batch[0].column[trap].offsets[2]: nothing changes"),
        "{message}"
    );
    assert_eq!(findings.ending(), Ending::Unexpected);
}

#[test]
fn bytes_that_break_a_rule_of_writers_are_wrong_and_are_still_read() {
    let findings = Workshop::with(TRAP).run(&["honest", "pads-to-4"]);
    let wrong = artifact(&findings, "trap", "pads-to-4");
    assert_eq!((wrong.verdict, wrong.expected), (WrongBytes, false), "{}", wrong.trace.message);
    assert!(wrong.trace.message.contains("(buffer-offset-aligned)"), "{}", wrong.trace.message);
    assert!(!wrong.ranges.is_empty());
    assert_eq!(verdict(&findings, "trap", "pads-to-4", "honest"), Pass);
    assert_eq!(artifact(&findings, "trap", "honest").verdict, Pass);
}

#[test]
fn a_rule_that_binds_nobody_or_that_the_case_asks_to_break_is_recorded_and_fails_nothing() {
    let dirty = |topic: &str, mode: &str| artifact(&Workshop::with(topic).run(&[mode]), "trap", mode).clone();
    // Padding is to be zero for the sake of safety; the format does not say that it must.
    let padded = dirty(TRAP, "dirty-padding");
    assert_eq!((padded.verdict, padded.expected), (Pass, true), "{}", padded.trace.message);
    assert!(
        padded.observations.iter().any(|violation| violation.clause == "security-deterministic-padding"),
        "{:?}",
        padded.observations
    );
    let mut topic = TRAP.to_owned();
    while let Some((_, clause)) = dirty(&topic, "pads-to-4").trace.message.rsplit_once(" (") {
        let clause = clause.split(')').next().unwrap();
        assert!(!topic.contains(clause), "{clause} fails a case that asks for it");
        topic = match topic.contains("breaks: [") {
            true => topic.replace("breaks: [", &format!("breaks: [{clause}, ")),
            false => topic.replace("topic: traps\n", &format!("topic: traps\nbreaks: [{clause}]\n")),
        };
    }
    let asked = dirty(&topic, "pads-to-4");
    assert_eq!((asked.verdict, asked.expected), (Pass, true), "{}", asked.trace.message);
    assert!(asked.observations.iter().any(|violation| violation.clause == "buffer-offset-aligned"));
}

#[test]
fn what_the_judge_reader_sees_is_held_against_the_data() {
    let findings = Workshop::with(TRAP).run(&["honest", "wrong-value"]);
    let wrong = artifact(&findings, "trap", "wrong-value");
    assert_eq!((wrong.verdict, wrong.expected), (WrongValue, false));
    assert!(wrong.trace.message.starts_with("the judge reader sees: batch 1, "), "{}", wrong.trace.message);
}

#[test]
fn what_the_format_does_not_bind_is_recorded_and_not_judged() {
    let observed = |clause: &str, rest: &str| {
        TRAP.replace(
            "    result: valid\n    data:\n      metadata",
            &format!("    clauses: [{clause}]\n{rest}    result: valid\n    data:\n      metadata"),
        )
    };
    for topic in [observed("derived", ""), observed("a-clause", "    strength: may\n")] {
        let findings = Workshop::with(&topic).run(&["honest", "drops-row", "crash"]);
        let dropped = cell(&findings, "trap", "honest", "drops-row");
        assert_eq!((dropped.verdict, dropped.expected, dropped.observation), (WrongValue, true, true));
        let crashed = cell(&findings, "trap", "honest", "crash");
        assert_eq!((crashed.verdict, crashed.expected, crashed.observation), (Crash, false, false));
        assert_eq!(findings.footer.observations, 2);
        let text = summary(&findings, Style { colours: false });
        assert!(text.contains("2 ok, 1 observed") && text.contains(" · 2 observations"), "{text}");
    }
    let findings = Workshop::with(&observed("a-clause", "")).run(&["honest", "drops-row"]);
    assert!(!cell(&findings, "trap", "honest", "drops-row").expected);
}

#[test]
fn an_observation_cannot_be_listed() {
    let topic = TRAP.replace(
        "    result: valid\n    data:\n      metadata",
        "    result: valid\n    strength: may\n    data:\n      metadata",
    );
    let workshop = Workshop::with(&topic);
    let path = workshop.report().with_extension("toml");
    let entry = "[[expected]]\ncase = 'traps/trap'\nrole = 'consume'\nverdict = 'wrong-value'\nmax = 2\nreason = 'r'\n";
    std::fs::write(&path, entry).unwrap();
    let mut adapter = fake("drops-row");
    adapter.expect = Some(path);
    let findings = workshop.run_session(workshop.session(vec![fake("honest"), adapter], 1));
    let problem = "adapters/drops-row/expect.toml:1: 'traps/trap[stream]' is listed as wrong-value, and is an observation, which is \
                   not judged";
    assert_eq!(findings.breaches.iter().map(|breach| breach.problem.as_str()).collect::<Vec<_>>(), [problem]);
}

/// Runs the suite as a producer for readers with the ids of the default ones.
fn read_by_the_default(topic: &str, modes: [&str; 2]) -> Vec<String> {
    let workshop = Workshop::with(topic);
    let readers = ["libarrowipc", "pyarrow"].iter().zip(modes);
    let readers = readers.map(|(id, mode)| arrowipc_runner::adapter::setup::Adapter { id: (*id).into(), ..fake(mode) });
    let mut session = workshop.session(readers.collect(), 1);
    session.cast.producers = vec![Producer::Suite];
    workshop.run_session(session).breaches.into_iter().map(|breach| breach.problem).collect()
}

#[test]
fn a_valid_case_that_nobody_reads_says_why() {
    let breach = "cases/traps.yaml:10: no implementation reads 'traps/unusual[stream]', which is valid";
    assert_eq!(read_by_the_default(LAID_OUT, ["honest", "strict"]), Vec::<String>::new());
    assert!(read_by_the_default(LAID_OUT, ["strict", "strict"]).contains(&breach.to_owned()));
    let alone =
        LAID_OUT.replace("    raw: {defaults: present}", "    raw: {defaults: present}\n    alone: both refuse it");
    assert!(!read_by_the_default(&alone, ["strict", "strict"]).contains(&breach.to_owned()));
    assert_eq!(
        read_by_the_default(&alone, ["honest", "honest"]),
        ["cases/traps.yaml:10: 'traps/unusual' says why it is alone, and all its variants are read"]
    );
}
