//! What a failure tells: batch, column, row, both values, and the command that does it again.

use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::report::human::{Style, summary};

use crate::adapters::{TRAP, Workshop, cell};

#[test]
fn a_wrong_value_names_its_place_both_values_and_a_command() {
    let findings = Workshop::with(TRAP).run(&["honest", "wrong-value"]);
    let place = r#"batch 1, column 0 "trap", row 1, value: expected "5", observed "4""#;
    let produced = findings.artifacts.iter().find(|artifact| artifact.verdict == Verdict::WrongValue).unwrap();
    assert_eq!(produced.trace.message, format!("the judge reader sees: {place}"));
    assert_eq!(produced.trace.repro, "arrowipc run 'traps/trap[stream]' -p wrong-value --keep out");
    let cell = cell(&findings, "trap", "wrong-value", "honest");
    assert_eq!(cell.trace.message, format!("what wrong-value wrote is wrong-value by itself; {place}"));
    assert_eq!(cell.trace.repro, "arrowipc run 'traps/trap[stream]' -p wrong-value -c honest --keep out");
}

#[test]
fn a_fault_of_the_c_data_interface_is_told_from_one_of_ipc() {
    let workshop = Workshop::with(TRAP);
    let message = |mode: &str| cell(&workshop.run(&["honest", mode]), "trap", "honest", mode).trace.message.clone();
    let (well, badly) = (message("echoes-well"), message("echoes-badly"));
    assert!(well.ends_with("; what goes in and out by the C Data Interface (echo) is right"), "{well}");
    assert!(badly.ends_with("(echo) is wrong too, so that may be to blame"), "{badly}");
}

#[test]
fn a_crash_tells_what_the_process_said_last() {
    let findings = Workshop::with(TRAP).run(&["honest", "crash"]);
    let cell = cell(&findings, "trap", "honest", "crash");
    assert_eq!(cell.trace.message, "ended with signal 11 (SIGSEGV) before it answered");
    assert_eq!(cell.trace.stderr, "about to crash");
}

#[test]
fn broken_protocol_is_quoted() {
    let workshop = Workshop::with(TRAP);
    let message = |mode: &str| cell(&workshop.run(&["honest", mode]), "trap", "honest", mode).trace.message.clone();
    assert!(
        message("garbage")
            .starts_with("broke the protocol: its line 'Traceback (most recent call last):' not an answer"),
        "{}",
        message("garbage")
    );
    assert_eq!(message("oversized"), "broke the protocol: a line of more than 1048576 bytes");
    assert!(message("wrong-id").contains("answers request 10"), "{}", message("wrong-id"));
    assert!(message("wrong-digest").contains("which is right"), "{}", message("wrong-digest"));
}

#[test]
fn the_summary_shows_failures_the_matrix_and_the_verdict() {
    let findings = Workshop::with(TRAP).run(&["honest", "wrong-value"]);
    let text = summary(&findings, Style { colours: false });
    let text = text.replace(&findings.report.display().to_string(), "report.jsonl");
    let text = text.replace(&findings.page().display().to_string(), "index.html");
    let expected = r#"FAIL traps/trap[stream]  wrong-value@1.0 writes  wrong-value
     the judge reader sees: batch 1, column 0 "trap", row 1, value: expected "5", observed "4"
     repro  arrowipc run 'traps/trap[stream]' -p wrong-value --keep out
"#;
    assert!(text.starts_with(expected), "{text}");
    let matrix = "\
writes \\ reads   honest@1.0       wrong-value@1.0
honest@1.0       3 ok             3 ok
wrong-value@1.0  2 ok, 1 blocked  2 ok, 1 blocked

3 cases · 12 cells · 10 passed · 0 unsupported · 2 blocked
1 unexpected failures, 0 breaches of known-failure lists · report.jsonl · index.html
";
    assert!(text.ends_with(matrix), "{text}");
}
