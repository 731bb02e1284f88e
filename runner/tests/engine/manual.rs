//! Completions and manual pages, made from the arguments.

use std::collections::BTreeSet;
use std::process::Command;

use arrowipc_runner::cli::args::Args;
use clap::CommandFactory;

fn arrowipc(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_arrowipc")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The names of all commands that help shows, as `report-merge`.
fn commands(command: &clap::Command, name: &str) -> BTreeSet<String> {
    let shown = command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help");
    let inner = shown.flat_map(|inner| commands(inner, &format!("{name}-{}", inner.get_name())));
    inner.chain([name.to_owned()]).collect()
}

#[test]
fn every_command_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man/man1");
    arrowipc(&["man", pages.to_str().unwrap()]);
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(&pages).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        for part in [format!(".TH {name} 1"), ".SH NAME".into(), ".SH SYNOPSIS".into()] {
            assert!(text.lines().any(|line| line.starts_with(&part)), "{name} lacks {part}:\n{text}");
        }
        assert_eq!(path.extension().unwrap(), "1");
        found.insert(name);
    }
    assert_eq!(found, commands(&Args::command(), "arrowipc"));
}

#[test]
fn shells_complete_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = arrowipc(&["completions", shell]);
        for word in ["run", "report", "compare", "fail-on"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn bash_completes_words() {
    let script = arrowipc(&["completions", "bash"]);
    let complete = |words: &[&str]| {
        let program = format!(
            "{script}\nCOMP_WORDS=(arrowipc {})\nCOMP_CWORD={}\n_arrowipc arrowipc '{}' ''\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words.len(),
            words[words.len() - 1]
        );
        let output = Command::new("bash").args(["-c", &program]).output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete(&["report", "comp"]), ["compare"]);
    assert_eq!(complete(&["report", "st"]), ["status"]);
    assert_eq!(complete(&["report", "status", "--for"]), ["--format"]);
}
