//! Known failures over a whole run.

use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::run::producer::Producer;
use arrowipc_runner::session::Ending;

use crate::adapters::{TRAP, Workshop, cell, fake};

const ENTRY: &str =
    "[[expected]]\ncase = 'traps/trap'\nrole = 'consume'\nverdict = 'wrong-value'\nmax = 3\nreason = 'r'\n";

fn run(entries: &str) -> arrowipc_runner::session::Findings {
    let workshop = Workshop::with(TRAP);
    let path = workshop.report().with_extension("toml");
    std::fs::write(&path, entries).unwrap();
    let mut adapter = fake("drops-row");
    adapter.expect = Some(path);
    let mut session = workshop.session(vec![fake("honest"), adapter], 1);
    session.cast.producers.push(Producer::Suite);
    workshop.run_session(session)
}

#[test]
fn an_unlisted_failure_fails_the_run_and_its_entries_mend_it() {
    let findings = run("");
    assert_eq!(findings.ending(), Ending::Unexpected);
    let [(adapter, entries)] = findings.additions.as_slice() else { panic!("{:?}", findings.additions) };
    assert_eq!(adapter, "drops-row");
    let mended = run(&entries.replace("reason = \"\"", "reason = \"known\""));
    assert_eq!((mended.ending(), mended.breaches), (Ending::AsExpected, vec![]));
}

#[test]
fn a_listed_failure_still_runs_and_is_expected() {
    let findings = run(ENTRY);
    assert_eq!(findings.ending(), Ending::AsExpected);
    let cell = cell(&findings, "trap", "honest", "drops-row");
    assert!(cell.expected && cell.verdict.is_failure());
}

#[test]
fn every_breach_fails_the_run_and_prints_its_edit() {
    for (entry, problem, edit) in [
        (ENTRY.replace("traps/trap", "traps/before"), "is listed as wrong-value, and passes", "remove the entry at"),
        (ENTRY.replace("traps/trap'", "traps/gone'\nwith = 'honest'"), "matches nothing", "remove the entry at"),
        (
            ENTRY.replace("wrong-value", "over-strict"),
            "is listed as over-strict, and is wrong-value",
            "set verdict = \"wrong-value\"",
        ),
        (ENTRY.replace("max = 3", "max = 1"), "covers 3 results; its max is 1", "set max = 3"),
    ] {
        let findings = run(&entry);
        assert_eq!(findings.ending(), Ending::Unexpected);
        let breach = &findings.breaches[0];
        assert!(breach.problem.starts_with("adapters/drops-row/expect.toml:1: "), "{}", breach.problem);
        assert!(breach.problem.contains(problem), "{}", breach.problem);
        assert!(breach.edit.contains(edit), "{}", breach.edit);
    }
}

#[test]
fn a_part_of_the_cases_does_not_ask_for_the_rest() {
    let workshop = Workshop::with(TRAP);
    let path = workshop.report().with_extension("toml");
    std::fs::write(&path, ENTRY.replace("traps/trap'", "traps/gone'\nwith = 'honest'")).unwrap();
    let mut adapter = fake("honest");
    adapter.expect = Some(path);
    let mut session = workshop.session(vec![adapter], 1);
    session.selection.names = vec!["traps/before".into()];
    assert_eq!(workshop.run_session(session).ending(), Ending::AsExpected);
}

#[test]
fn what_is_known_to_hang_is_asked_once_and_not_for_long() {
    let workshop = Workshop::with(TRAP);
    let mut adapter = fake("hang");
    adapter.launch.limits.operation_seconds = 600;
    let path = workshop.report().with_extension("toml");
    let entry = |role: &str, with: &str| {
        format!(
            "[[expected]]\ncase = \"traps/trap[stream]\"\nrole = \"{role}\"\nwith = \"{with}\"\nverdict = \"timeout\"\nreason = \"it waits for ever\"\n"
        )
    };
    std::fs::write(&path, entry("consume", "honest") + &entry("produce", "*")).unwrap();
    adapter.expect = Some(path);
    let findings = workshop.run_session(workshop.session(vec![fake("honest"), adapter], 1));
    let cell = cell(&findings, "trap", "honest", "hang");
    assert_eq!((cell.verdict, cell.expected, cell.trace.attempts), (Verdict::Timeout, true, 1));
    assert_eq!(cell.trace.message, "did not answer within 2 s");
}
