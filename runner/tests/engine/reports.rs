//! The report is complete whatever adapters do, the same for the same inputs, and refused when it is cut off.

use arrowipc_runner::report::glossary::Term;
use arrowipc_runner::report::html::Page;
use arrowipc_runner::report::reader::{self, ReadError};
use arrowipc_runner::run::producer::Producer;
use arrowipc_runner::run::result::Trace;

use crate::adapters::{TRAP, Workshop, fake};

#[test]
fn a_run_with_dying_adapters_leaves_a_complete_report() {
    let workshop = Workshop::with(TRAP);
    let findings = workshop.run(&["honest", "crash", "dies-at-start", "silent-exit", "garbage"]);
    let report = reader::read(&workshop.report()).unwrap();
    assert_eq!(report.cells.len(), 3 * 5 * 5);
    assert_eq!(report.cells, findings.cells);
    assert_eq!(report.artifacts, findings.artifacts);
    assert_eq!(report.footer, findings.footer);
    assert!(report.footer.complete && report.footer.unexpected > 0);
    assert_eq!(report.header.down.keys().collect::<Vec<_>>(), ["dies-at-start"]);
}

#[test]
fn a_report_that_is_cut_off_or_changed_is_refused() {
    let workshop = Workshop::with(TRAP);
    workshop.run(&["honest"]);
    let path = workshop.report().join("report.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let without_footer = lines[..lines.len() - 1].join("\n");
    assert!(matches!(reader::parse(&without_footer, &path), Err(ReadError::NoFooter { .. })));
    let without_a_cell: Vec<&str> =
        lines.iter().copied().filter(|line| !line.contains("traps/after[stream]\",\"producer")).collect();
    assert!(without_a_cell.len() < lines.len());
    assert!(matches!(
        reader::parse(&without_a_cell.join("\n"), &path),
        Err(ReadError::Miscounted { told: 3, found: 2, .. })
    ));
    let half_a_line = &text[..text.len() - 10];
    assert!(matches!(reader::parse(half_a_line, &path), Err(ReadError::Line { .. })));
    let other = text.replacen("arrowipc-report/1", "arrowipc-report/9", 1);
    let error = reader::parse(&other, &path).unwrap_err().to_string();
    assert!(
        error.ends_with(":1: the format is 'arrowipc-report/9'; this program reads 'arrowipc-report/1'"),
        "{error}"
    );
}

#[test]
fn the_same_inputs_give_the_same_report_whatever_the_number_of_jobs() {
    let workshop = Workshop::with(TRAP);
    let mut reports = Vec::new();
    for jobs in [1, 4, 4] {
        let modes = ["honest", "wrong-value", "drops-row", "strict", "modest"];
        workshop.run_session(workshop.session(modes.iter().map(|mode| fake(mode)).collect(), jobs));
        let mut report = reader::read(&workshop.report()).unwrap();
        for trace in report.cells.iter_mut().map(|cell| &mut cell.trace) {
            *trace = Trace { ms: 0.0, ..std::mem::take(trace) };
        }
        for artifact in &mut report.artifacts {
            artifact.trace.ms = 0.0;
        }
        reports.push(report);
    }
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[1], reports[2]);
}

#[test]
fn the_names_in_a_report_are_told_before_they_are_used_and_once() {
    let topic = TRAP.replace("    result:", "    clauses: [a-clause]\n    result:");
    let workshop = Workshop::with(&topic);
    workshop.run(&["honest"]);
    let text = std::fs::read_to_string(workshop.report().join("report.jsonl")).unwrap();
    let kinds: Vec<&str> = text.lines().map(|line| line.split('"').nth(1).unwrap()).collect();
    assert_eq!(kinds[..5], ["header", "term", "term", "term", "case"]);
    let report = reader::read(&workshop.report()).unwrap();
    // What the fake writes breaks rules that are preferences, and their names are told, too.
    let of_case = |term: &&Term| !term.id.starts_with("framing-");
    let told: Vec<String> =
        report.terms.iter().filter(of_case).map(|term| format!("{:?} {}: {}", term.kind, term.id, term.text)).collect();
    assert_eq!(
        told,
        ["Clause a-clause: x", "Feature format.stream: x", "Feature type.int32: x", "Feature type.utf8: x"],
    );
}

#[test]
fn a_failure_tells_the_first_difference_and_shows_the_bytes_in_question() {
    let topic = TRAP.replacen(
        "    result: valid\n",
        "    result: valid\n    edit: [{set: 'batch[0].column[a].data[1]', to: 300}]\n",
        1,
    );
    let workshop = Workshop::with(&topic);
    let mut session = workshop.session(vec![fake("honest")], 1);
    session.cast.producers.push(Producer::Suite);
    let findings = workshop.run_session(session);
    let of_suite = |case: &str, producer: &str| case.contains("/before[") && producer.starts_with("suite@");
    let cell = findings.cells.iter().find(|cell| of_suite(&cell.case, &cell.producer)).unwrap();
    let difference = cell.trace.difference.as_ref().unwrap();
    assert_eq!(difference.to_string(), r#"batch 0, column 0 "a", row 1, value: expected "2", observed "300""#);
    assert_eq!((difference.batch, difference.column, difference.row), (Some(0), Some(0), Some(1)));
    let artifact = findings.artifacts.iter().find(|artifact| of_suite(&artifact.case, &artifact.producer)).unwrap();
    let [excerpt] = artifact.excerpts.as_slice() else { panic!("{:?}", artifact.excerpts) };
    let lit = cell.ranges.last().unwrap();
    let hex = &excerpt.hex[2 * (lit.start - excerpt.start)..2 * (lit.end - excerpt.start)];
    assert_eq!(hex, "2c010000");
    let part = excerpt.parts.iter().find(|part| part.range.contains(&lit.start)).unwrap();
    assert_eq!((part.path.as_str(), part.value.as_str()), ("batch[0].column[a].data", "1 300"));
}

#[test]
fn a_run_leaves_a_page_and_the_command_makes_the_same_one() {
    let workshop = Workshop::with(TRAP);
    workshop.run(&["honest", "drops-row", "crash"]);
    let page = std::fs::read_to_string(workshop.report().join("index.html")).unwrap();
    let again = workshop.report().join("again.html");
    let arrowipc = |arguments: &[&std::path::Path]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_arrowipc"));
        command.args(["report", "html"]).args(arguments).output().unwrap()
    };
    let made = arrowipc(&[&workshop.report(), "-o".as_ref(), &again]);
    assert_eq!(String::from_utf8(made.stdout).unwrap(), format!("{}\n", again.display()));
    assert_eq!(std::fs::read_to_string(&again).unwrap(), page);
    let printed = arrowipc(&[&workshop.report().join("report.jsonl"), "-o".as_ref(), "-".as_ref()]);
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), page);
    assert!(page.contains("content=\"default-src 'none'; script-src 'sha256-"));
    // Nothing of a report stands in the page but packed.
    for name in ["honest", "traps/trap", "faulty adapters step into this one"] {
        assert!(!page.contains(name), "{name}");
    }
}

#[test]
fn a_page_is_not_made_of_half_a_report() {
    let workshop = Workshop::with(TRAP);
    workshop.run(&["honest"]);
    let path = workshop.report().join("report.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let of_trap = |line: &&str| !(line.starts_with("{\"case\"") && line.contains("traps/trap[stream]"));
    let without_case: Vec<&str> = text.lines().filter(of_trap).collect();
    let report = reader::parse(&without_case.join("\n"), &path).unwrap();
    assert_eq!(
        Page::of(&report).unwrap_err().to_string(),
        "there is a result of 'traps/trap[stream]' and no line of that case before it; the report was changed"
    );
}

#[test]
fn equal_bytes_are_read_once() {
    let topic = TRAP.replace("matrix: {format: [stream]}", "matrix: {format: [stream], compression: [none]}");
    let workshop = Workshop::with(&topic);
    let findings = workshop.run(&["honest", "slow"]);
    let trap = |producer: &str| {
        let named = |party: &str| party.starts_with(producer);
        findings
            .artifacts
            .iter()
            .find(|artifact| artifact.case.contains("/trap[") && named(&artifact.producer))
            .unwrap()
    };
    assert_eq!(trap("honest").sha256, trap("slow").sha256);
    // The slow one takes 0.3 s for each reading of the trap; the second is known from the first, so both tell the same time.
    let times: Vec<f64> = findings
        .cells
        .iter()
        .filter(|cell| cell.case.contains("/trap[") && cell.consumer.starts_with("slow"))
        .map(|cell| cell.trace.ms)
        .collect();
    assert_eq!(times.len(), 2);
    assert_eq!(times[0], times[1]);
}

#[test]
fn bytes_inputs_and_dumps_are_kept_on_request() {
    let workshop = Workshop::with(TRAP);
    let mut session = workshop.session(vec![fake("honest"), fake("drops-row")], 1);
    session.keep = Some(workshop.keep());
    workshop.run_session(session);
    let folder = workshop.keep().join("traps/trap[stream]");
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "drops-row-to-drops-row.cell.json",
            "drops-row-to-drops-row.dump.json",
            "drops-row-to-honest.cell.json",
            "drops-row.arrows",
            "honest-to-drops-row.cell.json",
            "honest-to-drops-row.dump.json",
            "honest-to-honest.cell.json",
            "honest.arrows",
            "input.json",
        ]
    );
}
