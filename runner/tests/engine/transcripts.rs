//! The commands that the guides show, and what they print.
//!
//! A fenced block of the language `console` holds commands behind `$ ` and, below each, its standard output. `…` stands for what varies:
//! text within a line, or lines when it stands alone in one.

use std::path::{Path, PathBuf};
use std::process::Command;

use arrowipc_runner::workspace::Workspace;

use crate::archery::PYTHON;

/// A command and what it prints, with the line of the guide in which it stands.
#[derive(Debug, PartialEq)]
struct Transcript {
    line: usize,
    command: String,
    output: Vec<String>,
}

/// The transcripts of a guide.
fn transcripts(text: &str) -> Vec<Transcript> {
    let mut transcripts: Vec<Transcript> = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (false, _) => {}
            (true, line) => match (line.strip_prefix("$ "), transcripts.last_mut()) {
                (Some(command), _) => {
                    transcripts.push(Transcript { line: index + 1, command: command.into(), output: Vec::new() });
                }
                (None, Some(last)) if last.output.is_empty() && last.command.ends_with('\\') => {
                    last.command.push('\n');
                    last.command.push_str(line);
                }
                (None, Some(last)) => last.output.push(line.to_owned()),
                (None, None) => panic!("line {}: output without a command", index + 1),
            },
        }
    }
    transcripts
}

/// Whether printed lines are as a guide shows them.
fn agree(shown: &[String], printed: &[&str]) -> bool {
    match (shown, printed) {
        ([], []) => true,
        ([line, rest @ ..], _) if line == "…" => (0..=printed.len()).any(|skipped| agree(rest, &printed[skipped..])),
        ([line, shown @ ..], [first, printed @ ..]) => line_agrees(line, first) && agree(shown, printed),
        _ => false,
    }
}

fn line_agrees(shown: &str, printed: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|start| printed.strip_prefix(start)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Runs what a guide shows.
fn check(guide: &str) {
    let workspace = Workspace::find().unwrap();
    let text = std::fs::read_to_string(workspace.root.join("docs").join(guide)).unwrap();
    let folders = [Path::new(env!("CARGO_BIN_EXE_arrowipc")).parent().unwrap(), PYTHON.parent().unwrap()];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = folders.into_iter().map(PathBuf::from).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(path).unwrap();
    let reports = tempfile::tempdir().unwrap();
    let transcripts = transcripts(&text);
    assert!(!transcripts.is_empty(), "{guide} shows no command");
    for Transcript { line, command, output } in transcripts {
        // The report of whoever works here is none of a test's business.
        let own = command.starts_with("arrowipc run") && !command.contains("--report");
        let report = own.then(|| format!(" --report '{}'", reports.path().display()));
        let run = Command::new("sh")
            .arg("-c")
            .arg(command.clone() + report.as_deref().unwrap_or_default())
            .current_dir(&workspace.root)
            .env("PATH", &path)
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let printed = String::from_utf8(run.stdout).unwrap();
        assert!(
            agree(&output, &printed.lines().collect::<Vec<_>>()),
            "docs/{guide}:{line}: $ {command}\nprints\n{printed}\nand on standard error\n{}",
            String::from_utf8_lossy(&run.stderr)
        );
    }
}

#[test]
fn testing_an_implementation_goes_as_the_guide_shows() {
    check("test-your-implementation.md");
}

#[test]
fn writing_an_adapter_goes_as_the_guide_shows() {
    check("write-an-adapter.md");
}

#[test]
fn looking_into_a_file_goes_as_the_guide_shows() {
    check("tools.md");
}

#[test]
fn making_other_forms_of_a_report_goes_as_the_guide_shows() {
    check("report-formats.md");
}

#[test]
fn a_transcript_is_a_command_and_its_output() {
    let guide = "Text.\n```console\n$ one \\\n    more\na\n\nb\n$ two\n```\n```sh\n$ three\n```\n";
    let transcript = |line, command: &str, output: &[&str]| Transcript {
        line,
        command: command.into(),
        output: output.iter().map(|line| (*line).to_owned()).collect(),
    };
    assert_eq!(transcripts(guide), [transcript(3, "one \\\n    more", &["a", "", "b"]), transcript(8, "two", &[])]);
}

#[test]
fn what_varies_may_vary_and_nothing_else_may() {
    let agree = |shown: &[&str], printed: &[&str]| {
        super::transcripts::agree(&shown.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(), printed)
    };
    assert!(agree(&["a", "…", "z"], &["a", "b", "c", "z"]));
    assert!(agree(&["a", "…"], &["a"]));
    assert!(agree(&["in … s, … cells"], &["in 3.4 s, 78 cells"]));
    assert!(!agree(&["in … s"], &["in 3 ms"]));
    assert!(!agree(&["a"], &["a", "b"]));
    assert!(!agree(&["a", "b"], &["a"]));
    assert!(!agree(&["ab…b"], &["ab"]));
}
