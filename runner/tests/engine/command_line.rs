//! The command `arrowipc`: exit codes, help, selection.

use std::path::Path;
use std::process::{Command, Output};

use crate::adapters::{TRAP, Workshop};

fn arrowipc(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arrowipc")).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

/// `run` on a small suite with fake adapters of these modes.
fn run(workshop: &Workshop, modes: &[&str], more: &[&str]) -> Output {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faulty/adapter.py");
    let mut arguments: Vec<String> = ["run", "--kit", "/no/kit.so", "--jobs", "1"].map(String::from).to_vec();
    arguments.extend(["--cases".into(), workshop.cases().display().to_string()]);
    arguments.extend(["--report".into(), workshop.report().display().to_string()]);
    for mode in modes {
        arguments.extend(["--adapter".into(), format!("{mode}=protocol:python3 -S {} {mode}", program.display())]);
    }
    arguments.extend(["-p".into(), modes.join(","), "-c".into(), modes.join(",")]);
    arguments.extend(more.iter().map(|word| (*word).to_owned()));
    arrowipc(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn exit_codes_tell_how_a_run_ended() {
    let workshop = Workshop::with(TRAP);
    let code = |modes: &[&str], more: &[&str]| run(&workshop, modes, more).status.code();
    assert_eq!(code(&["honest"], &[]), Some(0));
    assert_eq!(code(&["honest", "drops-row"], &[]), Some(1));
    assert_eq!(code(&["honest"], &["no/such/case"]), Some(2));
    assert_eq!(code(&["honest"], &["--no-such-flag"]), Some(2));
    assert_eq!(code(&["honest", "dies-at-start"], &[]), Some(3));
    assert_eq!(code(&["honest", "drops-row"], &["traps/before"]), Some(0));
}

#[test]
fn a_version_that_is_asked_for_must_be_there() {
    let workshop = Workshop::with(TRAP);
    let output = run(&workshop, &["honest"], &["-c", "honest@1.0"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let output = run(&workshop, &["honest"], &["-c", "honest@2.0"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).starts_with("error: honest@2.0 was asked for, and honest is version 1.0"));
}

#[test]
fn a_wrong_case_file_is_an_error_of_configuration() {
    let workshop = Workshop::with(&TRAP.replace("type: utf8", "type: utf7"));
    let output = run(&workshop, &["honest"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("error: cases/traps.yaml:15:27: expected"), "{}", text(&output.stderr));
}

#[test]
fn a_misspelt_case_is_told() {
    let output = run(&Workshop::with(TRAP), &["honest"], &["traps/befor"]);
    assert_eq!(text(&output.stderr), "error: no case matches 'traps/befor'; did you mean 'traps/before'?\n");
}

#[test]
fn jsonl_is_the_report() {
    let workshop = Workshop::with(TRAP);
    let output = run(&workshop, &["honest"], &["--format", "jsonl"]);
    let report = std::fs::read_to_string(workshop.report().join("report.jsonl")).unwrap();
    assert_eq!(text(&output.stdout), report);
}

#[test]
fn what_failed_in_a_report_is_run_again() {
    let workshop = Workshop::with(TRAP);
    run(&workshop, &["honest", "drops-row"], &[]);
    let report = workshop.report().display().to_string();
    let output = run(&workshop, &["honest", "drops-row"], &["--failed-in", &report, "--list"]);
    assert_eq!(text(&output.stdout), "traps/trap[stream]\n");
}

#[test]
fn shards_are_disjoint_and_complete() {
    let workshop = Workshop::with(TRAP);
    let list = |shard: &str| text(&run(&workshop, &["honest"], &["--list", "--shard", shard]).stdout);
    let mut parts: Vec<String> = ["1/3", "2/3", "3/3"]
        .iter()
        .flat_map(|shard| list(shard).lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    parts.sort();
    assert_eq!(parts, ["traps/after[stream]", "traps/before[stream]", "traps/trap[stream]"]);
}

#[test]
fn help_fits_79_columns() {
    for command in [
        vec![],
        vec!["run"],
        vec!["list"],
        vec!["explain"],
        vec!["case"],
        vec!["case", "lint"],
        vec!["case", "new"],
        vec!["case", "fmt"],
        vec!["adapter"],
        vec!["adapter", "setup"],
        vec!["serve-library"],
    ] {
        for flag in ["-h", "--help"] {
            let output = Command::new(env!("CARGO_BIN_EXE_arrowipc"))
                .args(&command)
                .arg(flag)
                .env("COLUMNS", "200")
                .output()
                .unwrap();
            assert!(output.status.success());
            for line in text(&output.stdout).lines() {
                assert!(line.chars().count() <= 79, "{command:?}: {line}");
                assert!(!line.contains('\t'), "{command:?}: {line}");
            }
        }
    }
}

#[test]
fn an_unknown_adapter_is_told_with_those_that_are_bundled() {
    let output = arrowipc(&["run", "-p", "pyarow", "-c", "pyarow", "--kit", "/no/kit.so", "types/bool"]);
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    assert!(message.starts_with("error: no adapter 'pyarow': "), "{message}");
    assert!(message.trim_end().ends_with("bundled are libarrowipc, pyarrow"), "{message}");
}

#[test]
fn explain_tells_everything_about_a_case() {
    let cases = Workshop::with(TRAP);
    let folder = cases.cases().display().to_string();
    let output = arrowipc(&["explain", "traps/trap", "--cases", &folder]);
    let told = text(&output.stdout);
    for part in [
        "traps/trap  (valid, must)",
        "cases/traps.yaml:8",
        "faulty adapters step into this one",
        "type.utf8",
        "sha256:",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}
