//! Archery's executables: what becomes of a program that knows nothing but their command lines.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arrowipc_runner::adapter::message::Via;
use arrowipc_runner::adapter::setup::{Adapter, Packages, bundled, from_spec, prepare};
use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::progress::Progress;
use arrowipc_runner::run::producer::Producer;
use arrowipc_runner::session::Findings;
use arrowipc_runner::workspace::Workspace;

use crate::adapters::{TRAP, Workshop, cell};

/// A Python that has pyarrow: that of its adapter.
pub static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let workspace = Workspace::find().unwrap();
    let pyarrow = bundled::find("pyarrow", &workspace).unwrap();
    let runner = Path::new(env!("CARGO_BIN_EXE_arrowipc"));
    let adapter = prepare(&pyarrow, &workspace, runner, Packages::Trust, &Progress::silent()).unwrap();
    PathBuf::from(&adapter.launch.command[0])
});

const JSON: [&str; 3] = [
    "json_to_arrow = ['json', '--json', '{json}', '--arrow', '{arrow}', '--mode', 'JSON_TO_ARROW']",
    "arrow_to_json = ['json', '--json', '{json}', '--arrow', '{arrow}', '--mode', 'ARROW_TO_JSON']",
    "validate = { command = ['json', '--json', '{json}', '--arrow', '{arrow}', '--mode', 'VALIDATE'], env = { X = '1' } }",
];

const CONVERSIONS: [&str; 2] = ["file_to_stream = ['file-to-stream', '{in}']", "stream_to_file = ['stream-to-file']"];

/// The suite and these executables write, and the executables read. They are wrong in one way if one is named.
fn run(verbs: &[&str], fault: &str, formats: &str) -> Findings {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archery/executables.py");
    let words = format!("['{}', '{}', ", PYTHON.display(), program.display());
    let verbs: String = verbs.iter().map(|verb| verb.replacen('[', &words, 1) + "\n").collect();
    let text = format!(
        "id = 'small'\nkind = 'archery'\nenv = {{ FAULT = '{fault}' }}\n[archery]\n{verbs}[claims]\nversion = '1'\n"
    );
    let path = folder.path().join("adapter.toml");
    std::fs::write(&path, text).unwrap();
    let runner = Path::new(env!("CARGO_BIN_EXE_arrowipc"));
    let adapter: Adapter = from_spec(&format!("archery:{}", path.display()), runner).unwrap();
    let workshop = Workshop::with(&TRAP.replace("format: [stream]", &format!("format: [{formats}]")));
    let mut session = workshop.session(vec![adapter], 2);
    session.cast.producers.push(Producer::Suite);
    workshop.run_session(session)
}

#[test]
fn executables_write_and_read_both_formats() {
    let verbs = [&JSON[..], &CONVERSIONS[..]].concat();
    let findings = run(&verbs, "", "stream, file");
    assert!(findings.artifacts.iter().all(|artifact| artifact.verdict == Verdict::Pass), "{:?}", findings.artifacts);
    assert_eq!(findings.cells.len(), 12);
    for cell in &findings.cells {
        assert_eq!(
            (cell.verdict, cell.evidence),
            (Verdict::Pass, Some(Via::Json)),
            "{} {}",
            cell.case,
            cell.trace.message
        );
    }
}

#[test]
fn a_row_that_is_forgotten_is_seen_in_the_json() {
    let findings = run(&[JSON[1], CONVERSIONS[0], CONVERSIONS[1]], "forgets-row", "stream");
    let cell = cell(&findings, "before", "suite", "small");
    assert_eq!((cell.verdict, cell.evidence), (Verdict::WrongValue, Some(Via::Json)), "{}", cell.trace.message);
    assert!(cell.trace.message.contains("by transcode it is as the case says"), "{}", cell.trace.message);
}

#[test]
fn without_a_writer_of_json_the_executable_compares_by_itself() {
    let findings = run(&[JSON[0], JSON[2]], "", "file");
    let cell = cell(&findings, "before", "small", "small");
    assert_eq!((cell.verdict, cell.evidence), (Verdict::Pass, Some(Via::Itself)), "{}", cell.trace.message);
}

#[test]
fn what_is_refused_or_panics_is_no_difference() {
    let findings = run(&[JSON[2], CONVERSIONS[0]], "refuses", "file");
    let refused = cell(&findings, "before", "suite", "small");
    let message = "rejected in phase open, but the input is valid: exit code 1: this file is not for me";
    assert_eq!((refused.verdict, refused.trace.message.as_str()), (Verdict::OverStrict, message));
    let findings = run(&[JSON[1]], "panics", "file");
    let crashed = cell(&findings, "before", "suite", "small");
    assert_eq!(crashed.verdict, Verdict::Crash, "{}", crashed.trace.message);
    assert!(crashed.trace.stderr.starts_with("panic: runtime error"), "{}", crashed.trace.stderr);
}
