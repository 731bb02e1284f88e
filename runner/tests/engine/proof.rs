//! `adapter check` and `adapter probe`: what they find of healthy and of faulty adapters.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

use crate::adapters::{TRAP, Workshop};

fn prove(command: &str, topic: &str, mode: &str) -> Output {
    let workshop = Workshop::with(topic);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faulty/adapter.py");
    Command::new(env!("CARGO_BIN_EXE_arrowipc"))
        .args(["adapter", command, &format!("{mode}=protocol:python3 -S {} {mode}", program.display())])
        .args(["--kit", "/no/kit.so", "--format", "jsonl", "--cases"])
        .arg(workshop.cases())
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Json> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(line: &'a Json, key: &str) -> &'a str {
    line[key].as_str().unwrap_or_default()
}

#[test]
fn a_healthy_adapter_keeps_every_rule() {
    let output = prove("check", TRAP, "honest");
    let findings = lines(&output);
    let broken: Vec<_> = findings.iter().filter(|finding| finding["outcome"] != "kept").collect();
    assert_eq!(broken, [&Json::Null; 0]);
    assert_eq!(output.status.code(), Some(0));
    for rule in ["dumps what its digest is of, when asked to", "writes a simple case", "reads what it writes"] {
        assert!(findings.iter().any(|finding| finding["rule"] == rule), "{rule}");
    }
}

#[test]
fn a_broken_rule_is_named() {
    for (mode, rule, found) in [
        ("dies-of-garbage", "answers a line that is no request, and lives on", "ended with exit code 1"),
        ("forgets-ids", "does not know an unknown command", "has no id"),
        ("chatters", "says nothing but answers on standard output", "printed without being asked: 'and now?'"),
        ("ends-badly", "ends with its input", "ends with exit code 3; exit code 0 is expected"),
    ] {
        let output = prove("check", TRAP, mode);
        let findings = lines(&output);
        let finding = findings.iter().find(|finding| finding["rule"] == rule).unwrap();
        assert_eq!(text(finding, "outcome"), "broken", "{mode}: {finding}");
        assert!(text(finding, "found").contains(found), "{mode}: {finding}");
        assert_eq!(output.status.code(), Some(1), "{mode}");
    }
}

#[test]
fn an_adapter_that_does_not_start_has_shown_nothing() {
    let output = prove("check", TRAP, "dies-at-start");
    let findings = lines(&output);
    assert_eq!(findings.len(), 1);
    assert!(text(&findings[0], "found").contains("cannot load libfake.so"), "{}", findings[0]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(prove("probe", TRAP, "dies-at-start").status.code(), Some(3));
}

#[test]
fn claims_are_held_against_what_the_cases_show() {
    let topic = TRAP.replace("      metadata: [[k, v]]\n", "");
    for (mode, feature, truth, code) in [
        ("honest", "type.utf8", "holds", 0),
        ("lies", "type.utf8", "false-claim", 1),
        ("modest", "type.utf8", "hidden", 0),
        ("modest", "type.int32", "holds", 0),
        ("honest", "format.file", "unknown", 0),
    ] {
        let output = prove("probe", &topic, mode);
        let rows = lines(&output);
        let row = rows.iter().find(|row| row["feature"] == feature && row["direction"] == "read");
        let row = row.unwrap_or_else(|| panic!("{mode} {feature}: {}", String::from_utf8_lossy(&output.stderr)));
        assert_eq!(text(row, "truth"), truth, "{mode}: {row}");
        assert_eq!(output.status.code(), Some(code), "{mode}");
    }
}
