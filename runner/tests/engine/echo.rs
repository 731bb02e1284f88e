//! Cases without bytes: data that go into an adapter by the C Data Interface and come out again.

use arrowipc_runner::judge::verdict::Verdict::{Lenient, Pass, Unsupported, WrongInterface};
use arrowipc_runner::run::producer::Producer;
use arrowipc_runner::session::Findings;

use crate::adapters::{Workshop, cell, fake, verdict};

const ECHO: &str = "\
topic: traps
matrix: {nullable: [nullable]}
cases:
  - id: plain
    why: x
    result: valid
    through: echo
    data: {columns: [{name: a, type: int32, values: [1, null]}]}
  - id: wrong
    why: x
    result: invalid
    flags: [Fault]
    reject: {latest: batch}
    through: echo
    cdata: [{set: 'array[0].children[0].n_buffers', to: 1}]
    data: {columns: [{name: a, type: int32, values: [1, null]}]}
";

/// The findings of adapters in these modes.
fn run(modes: &[&str]) -> Findings {
    let workshop = Workshop::with(ECHO);
    let mut session = workshop.session(modes.iter().map(|mode| fake(mode)).collect(), 1);
    session.cast.producers.push(Producer::Suite);
    workshop.run_session(session)
}

#[test]
fn only_the_suite_hands_out_structures_and_only_who_echoes_takes_them() {
    let findings = run(&["honest", "echoes-well", "echoes-strictly"]);
    assert!(findings.cells.iter().all(|cell| cell.producer.starts_with("suite@")));
    assert!(findings.artifacts.is_empty());
    assert_eq!(verdict(&findings, "plain", "suite", "honest"), Unsupported);
    assert_eq!(cell(&findings, "plain", "suite", "honest").trace.message, "honest does not echo");
    assert_eq!(verdict(&findings, "plain", "suite", "echoes-well"), Pass);
    assert_eq!(verdict(&findings, "plain", "suite", "echoes-strictly"), Pass);
}

#[test]
fn wrong_structures_are_to_be_refused() {
    let findings = run(&["echoes-well", "echoes-strictly"]);
    assert_eq!(verdict(&findings, "wrong", "suite", "echoes-well"), Lenient);
    assert_eq!(verdict(&findings, "wrong", "suite", "echoes-strictly"), Pass);
    assert_eq!(
        cell(&findings, "wrong", "suite", "echoes-strictly").trace.message,
        "rejected in phase batch, as it must be: Unsound: the structures are not as they should be"
    );
}

#[test]
fn what_the_kit_noticed_fails_a_cell_whatever_else_is_right() {
    let findings = run(&["echoes-and-keeps", "echoes-nothing"]);
    let message = |mode| {
        assert_eq!(verdict(&findings, "plain", "suite", mode), WrongInterface);
        &cell(&findings, "plain", "suite", mode).trace.message
    };
    assert_eq!(message("echoes-and-keeps"), "the consumer has not released 1 array (clause a), and 1 more");
    assert_eq!(message("echoes-nothing"), "n_buffers is 1, expected 2 (clause a)");
}
