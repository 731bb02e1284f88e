//! Filters: what becomes of programs that read IPC and write IPC, good ones and others.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use arrowipc_runner::adapter::setup::{Adapter, from_spec};
use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::run::producer::Producer;
use arrowipc_runner::session::Findings;

use crate::adapters::{TRAP, Workshop, cell, verdict};

fn filter(spec: &str) -> Adapter {
    from_spec(spec, Path::new(env!("CARGO_BIN_EXE_arrowipc"))).unwrap()
}

/// The suite writes, and so does the filter; the filter reads.
fn run(topic: &str, filter: Adapter) -> Findings {
    let workshop = Workshop::with(topic);
    let mut session = workshop.session(vec![filter], 1);
    session.cast.producers.push(Producer::Suite);
    workshop.run_session(session)
}

/// What a filter that does wrong makes of the case `before`, and what is said of it.
fn of_suite(command: &str) -> (Verdict, String) {
    let findings = run(TRAP, filter(&format!("wrong=filter:{command}")));
    let cell = cell(&findings, "before", "suite", "wrong");
    (cell.verdict, cell.trace.message.clone())
}

#[test]
fn cat_reads_and_writes_everything() {
    let findings = run(&TRAP.replace("format: [stream]", "format: [stream, file]"), filter("filter:cat"));
    for case in ["before", "trap", "after"] {
        assert_eq!(verdict(&findings, case, "suite", "cat"), Verdict::Pass);
        assert_eq!(verdict(&findings, case, "cat", "cat"), Verdict::Pass);
    }
    let of_files = findings.cells.iter().filter(|cell| cell.case.contains("file"));
    // Nothing tells it which format to write.
    assert!(of_files.clone().count() > 0);
    assert!(of_files.into_iter().all(|cell| cell.verdict == Verdict::Unsupported));
}

#[test]
fn a_filter_that_is_told_the_format_reads_files_too() {
    let topic = TRAP.replace("format: [stream]", "format: [file]");
    let findings = run(&topic, filter("cat=filter:sh -c 'exec cat' {format}"));
    assert_eq!(verdict(&findings, "before", "suite", "cat"), Verdict::Pass);
    // It cannot be asked to write a file of a stream.
    assert_eq!(verdict(&findings, "before", "cat", "cat"), Verdict::Unsupported);
    let findings = run(&topic, filter("cat=filter:sh -c 'cat {in} > {out}' {format}"));
    assert_eq!(verdict(&findings, "before", "suite", "cat"), Verdict::Pass);
}

#[test]
fn an_exit_code_is_a_refusal_with_what_was_said_last() {
    let (verdict, message) = of_suite("sh -c 'cat > /dev/null; echo no schema >&2; exit 3'");
    assert_eq!(verdict, Verdict::OverStrict);
    assert_eq!(message, "rejected in phase open, but the input is valid: exit code 3: no schema");
}

#[test]
fn a_refusal_behind_the_beginning_is_one_of_a_batch() {
    let (verdict, message) = of_suite("sh -c 'head -c 64; exit 1'");
    assert_eq!(verdict, Verdict::OverStrict);
    assert!(message.starts_with("rejected in phase batch"), "{message}");
}

#[test]
fn a_signal_is_a_crash() {
    let (verdict, message) = of_suite("sh -c 'kill -SEGV $$'");
    assert_eq!((verdict, message.contains("SIGSEGV")), (Verdict::Crash, true), "{message}");
}

#[test]
fn half_an_output_is_no_success() {
    let (verdict, message) = of_suite("head -c 300");
    assert!(verdict.is_failure() && verdict != Verdict::OverStrict, "{verdict:?} {message}");
}

#[test]
fn a_program_that_cannot_be_run_refuses_nothing() {
    for command in ["/no/such/program", "sh -c no-such-program"] {
        let (verdict, message) = of_suite(command);
        assert_eq!(verdict, Verdict::AdapterError);
        assert!(message.contains("could not be run"), "{message}");
    }
}

#[test]
fn a_filter_that_hangs_is_killed_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let script = format!("sleep 77 & echo $! $$ >> {}; wait", pids.display());
    let mut slow = filter(&format!("slow=filter:sh -c '{script}'"));
    slow.launch.limits.operation_seconds = 1;
    slow.launch.limits.restarts = 20;
    let findings = run(TRAP, slow);
    assert_eq!(verdict(&findings, "before", "suite", "slow"), Verdict::Timeout);
    let pids = std::fs::read_to_string(&pids).unwrap();
    assert!(!pids.is_empty());
    for pid in pids.split_whitespace() {
        await_end(pid);
    }
}

#[test]
fn a_host_whose_engine_is_gone_ends_with_its_program() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("in"), "x").unwrap();
    let pid = folder.path().join("pid");
    let script = format!("echo $$ > {}; exec sleep 77", pid.display());
    let mut host = Command::new(env!("CARGO_BIN_EXE_arrowipc"))
        .args(["serve-filter", "--", "sh", "-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let start = serde_json::json!({"cmd": "start", "protocols": [1], "workdir": folder.path()});
    let consume = r#"{"cmd":"consume","id":1,"path":"in","format":"stream","observe":{"via":"none","out":"out"}}"#;
    let mut requests = host.stdin.take().unwrap();
    requests.write_all(format!("{start}\n{consume}\n").as_bytes()).unwrap();
    let mut answers = BufReader::new(host.stdout.take().unwrap());
    let mut hello = String::new();
    answers.read_line(&mut hello).unwrap();
    assert!(hello.contains(r#""observe":["transcode"]"#), "{hello}");
    let deadline = Instant::now() + Duration::from_secs(10);
    while std::fs::read_to_string(&pid).unwrap_or_default().trim().is_empty() {
        assert!(Instant::now() < deadline, "the filter was not started");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(answers);
    await_end(std::fs::read_to_string(&pid).unwrap().trim());
    assert!(!host.wait().unwrap().success());
}

/// Fails unless the process ends within a moment.
#[track_caller]
fn await_end(pid: &str) {
    let deadline = Instant::now() + Duration::from_secs(5);
    let state = || std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    while !state().is_empty() && !state().contains(") Z ") {
        assert!(Instant::now() < deadline, "process {pid} lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
}
