//! The report is complete whatever adapters do, the same for the same inputs, and refused when it is cut off.

use arrowipc_runner::report::reader::{self, ReadError};
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
