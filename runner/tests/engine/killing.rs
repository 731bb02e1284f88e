//! An adapter whose processes die at any moment costs nobody else a cell.

use arrowipc_runner::adapter::manifest::Limits;
use arrowipc_runner::adapter::setup::Adapter;
use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::report::reader;

use crate::adapters::{Workshop, fake};

const CASES: usize = 40;

fn many_cases() -> String {
    let mut topic = "topic: traps\nmatrix: {format: [stream]}\ncases:\n".to_owned();
    for case in 0..CASES {
        topic += &format!(
            "  - {{id: case-{case}, why: one of many, result: valid, data: {{columns: [{{name: a, type: int32, values: [{case}]}}]}}}}\n"
        );
    }
    topic
}

#[test]
fn killing_an_adapter_at_any_moment_costs_no_cell_of_another() {
    let workshop = Workshop::with(&many_cases());
    let mut adapters: Vec<Adapter> = ["honest", "slow", "mortal"].map(fake).into();
    adapters[2].launch.limits = Limits { restarts: 100_000, ..adapters[2].launch.limits };
    let findings = workshop.run_session(workshop.session(adapters, 3));
    let report = reader::read(&workshop.report()).unwrap();
    assert!(report.footer.complete && report.header.down.is_empty());
    assert_eq!(report.cells.len(), CASES * 9);
    assert_eq!(report.cells, findings.cells);
    let (its, others): (Vec<_>, Vec<_>) =
        report.cells.iter().partition(|cell| cell.producer.contains("mortal") || cell.consumer.contains("mortal"));
    let others: Vec<Verdict> = others.iter().map(|cell| cell.verdict).collect();
    assert_eq!(others, vec![Verdict::Pass; CASES * 4]);
    // What it was asked is answered in a second try, or said to be what it was.
    for cell in &its {
        let may = [Verdict::Pass, Verdict::Crash, Verdict::Blocked];
        assert!(may.contains(&cell.verdict), "{}: {} {}", cell.case, cell.verdict, cell.trace.message);
    }
    let deaths = its.iter().filter(|cell| cell.verdict == Verdict::Crash || cell.trace.unstable.is_some()).count();
    assert!(deaths > 0, "it died {deaths} times");
}
