//! What changed from one report to another.

use std::path::Path;
use std::process::{Command, Output};

use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::report::compare::{By, Class, compare, text};
use arrowipc_runner::report::reader::Report;

use crate::samples::{Sample, hostile, many_failures, report_of, write};

fn cell(verdict: Verdict) -> Report {
    let samples: Vec<Sample> = vec![("t/c[x]", "a@1", Some("b@1"), verdict, true, "what was found")];
    report_of(&samples, &|_| vec![])
}

/// The classes of the changes between two reports, and who brought them about.
fn classes(old: &Report, new: &Report) -> Vec<(Class, By)> {
    compare(old, new).changes.iter().map(|change| (change.class, change.by)).collect()
}

#[test]
fn a_change_of_verdict_has_a_class() {
    use Verdict::*;
    for (before, after, class) in [
        (Pass, Crash, Some(Class::NewUnsafe)),
        (WrongValue, Timeout, Some(Class::NewUnsafe)),
        (Unsupported, OutOfMemory, Some(Class::NewUnsafe)),
        (Crash, Timeout, Some(Class::ClassChange)),
        (Pass, Lenient, Some(Class::Regression)),
        (Converted, OverStrict, Some(Class::Regression)),
        (Pass, Unsupported, Some(Class::Regression)),
        (Lenient, Pass, Some(Class::Fixed)),
        (Crash, Pass, Some(Class::Fixed)),
        (WrongValue, WrongSchema, Some(Class::ClassChange)),
        (Unsupported, WrongValue, Some(Class::ClassChange)),
        (Pass, Converted, Some(Class::ClassChange)),
        (Pass, NotRun, Some(Class::ClassChange)),
        (Pass, Pass, None),
        (Crash, Crash, None),
    ] {
        let expected: Vec<_> = class.into_iter().map(|class| (class, By::Implementation)).collect();
        assert_eq!(classes(&cell(before), &cell(after)), expected, "{before} -> {after}");
    }
}

#[test]
fn what_is_only_observed_neither_regresses_nor_is_fixed() {
    let observed = |verdict| {
        let mut report = cell(verdict);
        report.cells[0].observation = true;
        report
    };
    assert_eq!(classes(&observed(Verdict::Pass), &observed(Verdict::Late)), [(Class::ClassChange, By::Implementation)]);
}

#[test]
fn a_changed_case_is_the_doing_of_the_suite() {
    let mut edited = cell(Verdict::Lenient);
    edited.cases[0].digest = "sha256:2".into();
    assert_eq!(classes(&cell(Verdict::Pass), &edited), [(Class::Regression, By::Suite)]);
    let none = report_of(&[("t/other[x]", "a@1", Some("b@1"), Verdict::Pass, true, "")], &|_| vec![]);
    assert_eq!(classes(&cell(Verdict::Pass), &none), [(Class::Added, By::Suite), (Class::Removed, By::Suite)]);
}

#[test]
fn a_party_that_comes_or_goes_is_no_change_of_the_suite() {
    let two = report_of(
        &[
            ("t/c[x]", "a@1", Some("b@1"), Verdict::Pass, true, ""),
            ("t/c[x]", "a@1", Some("new@1"), Verdict::Pass, true, ""),
            ("t/c[x]", "a@1", Some("bad@1"), Verdict::Crash, true, ""),
        ],
        &|_| vec![],
    );
    let expected = [(Class::NewUnsafe, By::Implementation), (Class::Added, By::Implementation)];
    assert_eq!(classes(&cell(Verdict::Pass), &two), expected);
    assert_eq!(classes(&two, &cell(Verdict::Pass)), [(Class::Removed, By::Implementation); 2]);
}

#[test]
fn an_implementation_is_the_same_in_another_version_and_versions_are_told_apart() {
    let of = |parties: &[(&str, Verdict)]| {
        let samples: Vec<Sample> =
            parties.iter().map(|(party, verdict)| ("t/c[x]", "a@1", Some(*party), *verdict, true, "")).collect();
        report_of(&samples, &|_| vec![])
    };
    let (old, new) = (of(&[("b@1", Verdict::Pass)]), of(&[("b@2", Verdict::Lenient)]));
    let comparison = compare(&old, &new);
    assert_eq!(comparison.versions, [["b@1", "b@2"]]);
    assert_eq!(comparison.changes[0].class, Class::Regression);
    let both = of(&[("b@1", Verdict::Pass), ("b@2", Verdict::Lenient)]);
    assert_eq!(classes(&old, &both), [(Class::Added, By::Implementation)]);
    // Which of two is which is not guessed.
    let moved = of(&[("b@3", Verdict::Pass), ("b@4", Verdict::Pass)]);
    assert_eq!(compare(&both, &moved).versions, Vec::<[&str; 2]>::new());
}

#[test]
fn the_worst_is_told_first() {
    let before = [
        ("t/c[x]", "a@1", None, Verdict::Pass, true, ""),
        ("t/c[x]", "a@1", Some("b@1"), Verdict::WrongValue, true, ""),
        ("t/d[x]", "a@1", Some("b@1"), Verdict::Pass, true, ""),
        ("t/e[x]", "a@1", Some("b@1"), Verdict::Pass, true, ""),
    ];
    let mut after = before;
    after[0].3 = Verdict::WrongBytes;
    after[1].3 = Verdict::Pass;
    after[2].3 = Verdict::Crash;
    after[2].5 = "died of it";
    let (old, new) = (report_of(&before, &|_| vec![]), report_of(&after, &|_| vec![]));
    let comparison = compare(&old, &new);
    assert_eq!(
        text::plain(&comparison),
        "new-unsafe t/d[x]  a@1 -> b@1  pass -> crash\n     died of it\n\n\
         regression t/c[x]  a@1 writes  pass -> wrong-bytes\n\n\
         fixed t/c[x]  a@1 -> b@1  wrong-value -> pass\n\n\
         \x20              implementations   changed cases\n\
         new-unsafe                   1               0\n\
         regression                   1               0\n\
         fixed                        1               0\n\
         class-change                 0               0\n\
         added                        0               0\n\
         removed                      0               0\n\
         unchanged                    1\n"
    );
}

fn run(old: &Path, new: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arrowipc"));
    command.args(["report", "compare"]).arg(old).arg(new).args(more).output().unwrap()
}

#[test]
fn changes_that_are_asked_for_fail_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut edited = cell(Verdict::Lenient);
    edited.cases[0].digest = format!("sha256:{:064}", 2);
    for (name, report) in [("good", &cell(Verdict::Pass)), ("bad", &cell(Verdict::Lenient)), ("edited", &edited)] {
        write(report, &path(name));
    }
    let code = |old: &str, new: &str, more: &[&str]| run(&path(old), &path(new), more).status.code();
    assert_eq!(code("good", "good", &["--fail-on", "any"]), Some(0));
    assert_eq!(code("good", "bad", &[]), Some(1));
    assert_eq!(code("good", "bad", &["--fail-on", "new-unsafe,added"]), Some(0));
    assert_eq!(code("good", "bad", &["--fail-on", "none"]), Some(0));
    assert_eq!(code("bad", "good", &[]), Some(0));
    assert_eq!(code("bad", "good", &["--fail-on", "fixed"]), Some(1));
    assert_eq!(code("good", "edited", &["--fail-on", "any"]), Some(0));
    assert_eq!(code("good", "edited", &["--fail-on", "regression,suite"]), Some(1));
    assert_eq!(code("good", "edited", &["--fail-on", "added,suite"]), Some(0));
    assert_eq!(code("good", "edited", &["--fail-on", "worse"]), Some(2));
    assert_eq!(String::from_utf8(run(&path("good"), &path("bad"), &[]).stderr).unwrap(), "there is regression\n");
}

#[test]
fn a_comparison_is_there_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    write(&cell(Verdict::Pass), &old);
    write(&cell(Verdict::Lenient), &new);
    let json: serde_json::Value = serde_json::from_slice(&run(&old, &new, &["--format", "json"]).stdout).unwrap();
    assert_eq!(json["counts"]["regression"], serde_json::json!({"implementation": 1, "suite": 0}));
    let expected = serde_json::json!({
        "class": "regression", "by": "implementation", "case": "t/c[x]", "producer": "a@1", "consumer": "b@1",
        "before": "pass", "after": "lenient", "message": "what was found",
    });
    assert_eq!(json["changes"], serde_json::json!([expected]));
}

#[test]
fn a_comment_holds_what_changed_and_nothing_that_is_markup() {
    let (old, new) = (many_failures(0), many_failures(500));
    let comment = text::markdown(&compare(&old, &new));
    assert!(comment.len() < 65_536, "{}", comment.len());
    assert!(comment.contains("| added | 0 | 500 |"), "{comment}");
    let mut before = hostile();
    before.cells.iter_mut().for_each(|cell| cell.verdict = Verdict::Pass);
    let after = hostile();
    let comment = text::markdown(&compare(&before, &after));
    for line in comment.lines().filter(|line| line.starts_with("| `")) {
        assert_eq!(line.replace("\\|", "").matches('|').count(), 4, "{line}");
    }
    assert!(comment.contains("<summary>new-unsafe</summary>"), "{comment}");
}
