//! Shards that are merged are the run that was split.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use arrowipc_runner::report::reader::{self, Report};
use arrowipc_runner::run::result::Trace;

use crate::adapters::{TRAP, Workshop};
use crate::samples;

/// Runs the command.
fn arrowipc(arguments: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arrowipc")).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A report without what a clock says.
fn timeless(folder: &Path) -> Report {
    let mut report = reader::read(folder).unwrap();
    let cells = report.cells.iter_mut().map(|cell| &mut cell.trace);
    for trace in cells.chain(report.artifacts.iter_mut().map(|artifact| &mut artifact.trace)) {
        *trace = Trace { ms: 0.0, ..std::mem::take(trace) };
    }
    report
}

/// Runs cases whole and in four parts, merges these, and gives the codes of both runs and their reports.
fn whole_and_merged(run: &[String], cases: &[String]) -> ([Option<i32>; 2], Report, Report) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let into = |name: &str, more: &[&str]| {
        let mut arguments = run.to_vec();
        arguments.extend(cases.iter().cloned());
        arguments.extend(words(&["--report", &path(name)]));
        arguments.extend(words(more));
        arrowipc(&arguments)
    };
    let whole = into("whole", &[]);
    assert!(!whole.stdout.is_empty(), "{}", text(&whole.stderr));
    let shards: Vec<String> = (1..=4).map(|part| format!("{part}/4")).collect();
    for shard in &shards {
        into(&shard.replace('/', "-"), &["--shard", shard]);
    }
    // In any order.
    let mut arguments =
        words(&["report", "merge", &path("3-4"), &path("1-4"), &path("4-4"), &path("2-4"), "-o", &path("merged")]);
    arguments.extend(cases.iter().cloned());
    let merged = arrowipc(&arguments);
    assert_eq!(
        text(&whole.stdout).replace(&path("whole"), ""),
        text(&merged.stdout).replace(&path("merged"), ""),
        "{}",
        text(&merged.stderr)
    );
    assert!(folder.path().join("merged/junit.xml").is_file());
    let reports = ["whole", "merged"].map(|name| timeless(&folder.path().join(name)));
    let [whole_report, merged_report] = reports;
    ([whole.status.code(), merged.status.code()], whole_report, merged_report)
}

#[test]
fn four_shards_of_real_cases_merged_are_the_run() {
    let topics = ["types/bool/**", "types/null/**", "dictionary/nested/**", "metadata/batches/**"];
    let mut run = words(&["run"]);
    run.extend(words(&topics));
    let (codes, whole, merged) = whole_and_merged(&run, &[]);
    assert_eq!(codes, [Some(0), Some(0)]);
    assert!(whole.cells.len() > 100, "{}", whole.cells.len());
    assert_eq!(whole, merged);
}

/// Five cases, one of them with a fault to step into.
fn many_cases() -> String {
    let more: String = ["one", "two"]
        .map(|id| {
            format!(
                "  - {{id: {id}, why: w, result: valid, data: {{columns: [{{name: a, type: int32, values: [1]}}]}}}}\n"
            )
        })
        .concat();
    TRAP.to_owned() + &more
}

/// Runs the suite of a workshop with fake adapters.
fn fakes(modes: &[&str]) -> Vec<String> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faulty/adapter.py");
    let mut run = words(&["run", "--kit", "/no/kit.so", "--jobs", "1"]);
    for mode in modes {
        run.extend(["--adapter".into(), format!("{mode}=protocol:python3 -S {} {mode}", program.display())]);
    }
    run.extend(["-p".into(), modes.join(","), "-c".into(), modes.join(",")]);
    run
}

fn cases_of(workshop: &Workshop) -> Vec<String> {
    words(&["--cases", &workshop.cases().display().to_string()])
}

#[test]
fn failures_stay_failures_when_shards_are_merged() {
    let workshop = Workshop::with(&many_cases());
    let (codes, whole, merged) = whole_and_merged(&fakes(&["honest", "drops-row"]), &cases_of(&workshop));
    assert_eq!(codes, [Some(1), Some(1)]);
    assert!(merged.header.all_cases && merged.footer.unexpected > 0);
    assert_eq!(whole, merged);
}

/// Two shards of a small suite, and the folder in which they are.
fn two_shards() -> (Workshop, tempfile::TempDir, [PathBuf; 2]) {
    let (workshop, folder) = (Workshop::with(&many_cases()), tempfile::tempdir().unwrap());
    let paths = [1, 2].map(|part| {
        let path = folder.path().join(part.to_string());
        let mut arguments = fakes(&["honest"]);
        arguments.extend(cases_of(&workshop));
        arguments.extend(words(&["--report", &path.display().to_string(), "--shard", &format!("{part}/2")]));
        assert_eq!(arrowipc(&arguments).status.code(), Some(0));
        path
    });
    (workshop, folder, paths)
}

#[test]
fn what_is_no_split_run_is_refused() {
    let (workshop, folder, [first, second]) = two_shards();
    let changed = |name: &str, change: &dyn Fn(&mut Report)| {
        let mut report = reader::read(&second).unwrap();
        change(&mut report);
        let path = folder.path().join(name);
        samples::write(&report, &path);
        path
    };
    let other_version = changed("version", &|report| report.header.consumers = vec!["honest@2.0".into()]);
    let other_split = changed("split", &|report| report.header.shard = "2/3".into());
    let other_cases = changed("cases", &|report| report.header.suite.digest = "sha256:0".into());
    let invented = changed("invented", &|report| report.cells[0].case = "no/such[case]".into());
    let no_shard = changed("shard", &|report| report.header.shard = "two".into());
    for (reports, message) in [
        (vec![&first], "shard 2/2 is missing; name the reports of all shards".to_owned()),
        (
            vec![&first, &second, &first],
            format!("{0}: it is shard 1/2, and so is {0}; name each shard once", first.display()),
        ),
        (
            vec![&first, &other_version],
            format!(
                "{}: consumers is not as in {}: [\"honest@2.0\"], there [\"honest@1.0\"]; run all shards alike",
                other_version.display(),
                first.display()
            ),
        ),
        (
            vec![&first, &other_split],
            format!(
                "{}: it is shard 2/3, and {} is one of 2; split a run one way",
                other_split.display(),
                first.display()
            ),
        ),
        (vec![&first, &other_cases], format!("{}: suite is not as in {}: ", other_cases.display(), first.display())),
        (
            vec![&first, &invented],
            "'no/such[case]' is in a report, and is no case of the suite; the report was changed".into(),
        ),
        (
            vec![&no_shard],
            format!("{}: its shard is 'two', and i/n is expected, with i from 1 to n", no_shard.display()),
        ),
    ] {
        let output = folder.path().join("merged");
        let mut arguments = words(&["report", "merge", "-o", &output.display().to_string()]);
        arguments.extend(reports.iter().map(|path| path.display().to_string()));
        arguments.extend(cases_of(&workshop));
        let run = arrowipc(&arguments);
        assert_eq!(run.status.code(), Some(2));
        assert!(
            text(&run.stderr).starts_with(&format!("error: {message}")),
            "expected {message}\nfound {}",
            text(&run.stderr)
        );
        assert!(!output.join("report.jsonl").exists());
    }
}

#[test]
fn shards_of_other_cases_are_refused() {
    let (workshop, folder, [first, second]) = two_shards();
    workshop.write(&many_cases().replace("values: [3]", "values: [4]"));
    let merged = folder.path().join("merged").display().to_string();
    let mut arguments =
        words(&["report", "merge", "-o", &merged, &first.display().to_string(), &second.display().to_string()]);
    arguments.extend(cases_of(&workshop));
    let run = arrowipc(&arguments);
    assert_eq!(run.status.code(), Some(2));
    let message = text(&run.stderr);
    assert!(message.starts_with("error: the reports are about cases of digest sha256:"), "{message}");
    assert!(message.ends_with("; check out the version that was run, or name its cases with --cases\n"), "{message}");
}

#[test]
fn a_shard_that_did_not_end_is_refused() {
    let (workshop, folder, [first, second]) = two_shards();
    let path = second.join("report.jsonl");
    let whole = std::fs::read_to_string(&path).unwrap();
    let cut: Vec<&str> = whole.lines().filter(|line| !line.starts_with("{\"footer\"")).collect();
    std::fs::write(&path, cut.join("\n")).unwrap();
    let merged = folder.path().join("merged").display().to_string();
    let mut arguments =
        words(&["report", "merge", "-o", &merged, &first.display().to_string(), &second.display().to_string()]);
    arguments.extend(cases_of(&workshop));
    let run = arrowipc(&arguments);
    assert_eq!(run.status.code(), Some(2));
    assert_eq!(
        text(&run.stderr),
        format!("error: {}: the report has no footer, so its run did not end; run it again\n", path.display())
    );
}
