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
fn cases_of_gigabytes_are_run_when_asked_for() {
    let workshop = Workshop::with(&TRAP.replace("  - id: trap\n", "  - id: trap\n    large: true\n"));
    let list = |arguments: &[&str]| run(&workshop, &["honest"], &[&["--list"], arguments].concat());
    assert_eq!(text(&list(&[]).stdout), "traps/before[stream]\ntraps/after[stream]\n");
    assert_eq!(text(&list(&["--large"]).stdout), "traps/before[stream]\ntraps/trap[stream]\ntraps/after[stream]\n");
    let refused = run(&workshop, &["honest"], &["traps/trap"]);
    let said = text(&refused.stderr);
    assert!(said.contains("all cases that are selected are of gigabytes, and run with --large"), "{said}");
    assert_ne!(refused.status.code(), Some(0));
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
        vec!["coverage"],
        vec!["emit"],
        vec!["adapter"],
        vec!["adapter", "setup"],
        vec!["adapter", "new"],
        vec!["adapter", "check"],
        vec!["adapter", "probe"],
        vec!["expect"],
        vec!["expect", "update"],
        vec!["expect", "lint"],
        vec!["report"],
        vec!["report", "html"],
        vec!["inspect"],
        vec!["validate"],
        vec!["recover"],
        vec!["convert"],
        vec!["cat"],
        vec!["diff"],
        vec!["report", "junit"],
        vec!["report", "tap"],
        vec!["report", "csv"],
        vec!["report", "md"],
        vec!["report", "github"],
        vec!["report", "badge"],
        vec!["report", "merge"],
        vec!["report", "compare"],
        vec!["report", "status"],
        vec!["report", "claims"],
        vec!["completions"],
        vec!["man"],
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
    let bundled = message.split("bundled are ").nth(1).unwrap_or_default().trim_end();
    assert!(["libarrowipc", "pyarrow"].iter().all(|id| bundled.split(", ").any(|known| known == *id)), "{message}");
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

#[test]
fn explain_shows_every_byte_that_a_case_chooses() {
    let topic = TRAP.replacen(
        "    result: valid\n",
        "    result: valid\n    edit: [{set: 'batch[0].column[a].data[1]', to: 300}]\n",
        1,
    );
    let workshop = Workshop::with(&topic);
    let output = arrowipc(&["explain", "traps/before", "--cases", &workshop.cases().display().to_string()]);
    let told = text(&output.stdout);
    for part in [
        r#"  edit   {"set":"batch[0].column[a].data[1]","to":300}"#,
        ": 0200 -> 2c01",
        "  bytes of traps/before[stream], ",
        "batch[0]",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn lint_tells_what_is_wrong_with_bytes() {
    let lint = |topic: &str| {
        let workshop = Workshop::with(topic);
        let output = arrowipc(&["case", "lint", "--cases", &workshop.cases().display().to_string()]);
        (output.status.code(), text(&output.stderr))
    };
    let clauses = TRAP
        .replace("    result:", "    clauses: [a-clause]\n    result:")
        .replace("topic: traps\n", "topic: traps\nrequires: []\n");
    let clauses = clauses.replace("      metadata: [[k, v]]\n", "");
    assert_eq!(lint(&clauses), (Some(0), String::new()));
    let edited = |result: &str, edit: &str| {
        clauses.replacen("    result: valid\n", &format!("    result: {result}\n    edit: [{edit}]\n"), 1)
    };
    let flagged = "invalid\n    flags: [Fault]\n    reject: {latest: validate}";
    let unflagged = "invalid\n    reject: {latest: validate}";
    let (seven, end) = ("{set: 'batch[0].column[a].data[1]', to: 7}", "{set: 'batch[0].length', to: -1}");
    for (topic, problem) in [
        (
            edited("valid", seven),
            "cases/traps.yaml:5: traps/before[stream]: the case is wrong: the judge reader sees: batch 0, ",
        ),
        (
            edited(flagged, seven),
            "cases/traps.yaml:5: traps/before[stream]: the case is wrong: it is invalid, and the judge reader finds no fault",
        ),
        (
            edited(flagged, end),
            "cases/traps.yaml:5: traps/before[stream]: the case is wrong: the judge reader finds another fault",
        ),
        (edited(unflagged, end), "cases/traps.yaml:5: traps/before: is invalid and has no flag"),
        (
            edited("valid", &seven.replace("to: 7", "to: 2")),
            "cases/traps.yaml:9:18: batch[0].column[a].data[1]: nothing changes",
        ),
    ] {
        let (code, told) = lint(&topic);
        assert_eq!(code, Some(1), "{told}");
        assert!(told.lines().any(|line| line.starts_with(problem)), "expected {problem}\nfound {told}");
    }
}

#[test]
fn a_new_case_can_be_read_and_lint_tells_what_is_missing() {
    let workshop = Workshop::with(TRAP);
    let cases = workshop.cases().display().to_string();
    for (name, result, place) in [
        ("more/new/one", "valid", "cases/more/new.yaml:4\n"),
        ("more/new/two", "invalid", "cases/more/new.yaml:14\n"),
        ("traps/three", "defined", "cases/traps.yaml:21\n"),
    ] {
        let output = arrowipc(&["case", "new", name, "--result", result, "--cases", &cases]);
        assert_eq!((text(&output.stdout), text(&output.stderr)), (place.to_owned(), String::new()));
    }
    let file = std::fs::read_to_string(workshop.cases().join("more/new.yaml")).unwrap();
    assert!(
        file.starts_with(
            "# yaml-language-server: $schema=../schema/case-v1.json\ntopic: more/new\ncases:\n  - id: one\n"
        ),
        "{file}"
    );
    assert_eq!(workshop.suite().variants.len(), 3 + 2 + 2 + 2);
    let lint = text(&arrowipc(&["case", "lint", "--cases", &cases]).stderr);
    for problem in
        ["more/new/one: names no clause", "more/new/one: why is empty", "more/new/two: is invalid and has no flag"]
    {
        assert!(lint.contains(problem), "{lint}");
    }
    let again = arrowipc(&["case", "new", "more/new/one", "--cases", &cases]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).starts_with("error: there is a case 'one' in "), "{}", text(&again.stderr));
    let wrong = arrowipc(&["case", "new", "One", "--cases", &cases]);
    assert_eq!(text(&wrong.stderr), "error: 'One' is not TOPIC/ID: words of a-z, 0-9 and - between /\n");
    let formed = text(&arrowipc(&["case", "fmt", "--check", "--cases", &cases]).stdout);
    assert!(!formed.contains("more/new.yaml"), "{formed}");
}

#[test]
fn fmt_brings_files_into_one_form_and_says_which() {
    let workshop = Workshop::with(&TRAP.replacen(
        "    why: a fault costs no other case\n    result: valid\n",
        "    result: valid  \n    why: a fault costs no other case\n",
        1,
    ));
    let cases = workshop.cases().display().to_string();
    let fmt = |more: &[&str]| arrowipc(&[&["case", "fmt", "--cases", &cases], more].concat());
    let check = fmt(&["--check"]);
    assert_eq!((check.status.code(), text(&check.stdout)), (Some(1), "cases/traps.yaml\n".into()));
    assert_eq!(fmt(&[]).status.code(), Some(0));
    let formed = std::fs::read_to_string(workshop.cases().join("traps.yaml")).unwrap();
    assert_eq!(formed, TRAP.replace("  - id: trap", "\n  - id: trap").replace("  - id: after", "\n  - id: after"));
    assert_eq!(fmt(&["--check"]).status.code(), Some(0));
}

#[test]
fn the_suite_is_a_producer_and_no_consumer() {
    let workshop = Workshop::with(TRAP);
    let output = run(&workshop, &["honest"], &["-p", "suite"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("\nsuite@"), "{}", text(&output.stdout));
    let output = run(&workshop, &["honest"], &["-c", "suite"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "error: 'suite' lays out bytes and reads none for itself; it is a producer only\n"
    );
    let output = run(&workshop, &["honest"], &["-p", "suite@9"]);
    assert!(
        text(&output.stderr).starts_with("error: suite@9 was asked for, and suite is version "),
        "{}",
        text(&output.stderr)
    );
}
