//! An adapter whose processes are killed at any moment costs nobody else a cell.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use arrowipc_runner::adapter::manifest::Limits;
use arrowipc_runner::adapter::setup::Adapter;
use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::report::reader;

use crate::adapters::{Workshop, fake};

const CASES: usize = 300;

fn many_cases() -> String {
    let mut topic = "topic: traps\nmatrix: {format: [stream]}\ncases:\n".to_owned();
    for case in 0..CASES {
        topic += &format!(
            "  - {{id: case-{case}, why: one of many, result: valid, data: {{columns: [{{name: a, type: int32, values: [{case}]}}]}}}}\n"
        );
    }
    topic
}

/// Kills the children of this process that run the fake adapter in a mode, again and again; tells how many it was.
fn kill(mode: &str, over: &AtomicBool) -> usize {
    let mut killed = 0;
    let mut pause = 1;
    while !over.load(Ordering::Relaxed) {
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            let Some(id) = process.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
            // A process may end while it is looked at.
            let Ok(command) = std::fs::read(process.path().join("cmdline")) else { continue };
            let Ok(status) = std::fs::read_to_string(process.path().join("status")) else { continue };
            let child = status.lines().any(|line| line == format!("PPid:\t{}", std::process::id()));
            if child
                && command.ends_with(format!("\0{mode}\0").as_bytes())
                && let Some(id) = rustix::process::Pid::from_raw(id)
            {
                killed += usize::from(rustix::process::kill_process(id, rustix::process::Signal::KILL).is_ok());
            }
        }
        // From while it starts to while it waits.
        pause = pause * 7 % 401;
        thread::sleep(Duration::from_millis(pause));
    }
    killed
}

#[test]
fn killing_an_adapter_at_any_moment_costs_no_cell_of_another() {
    let workshop = Workshop::with(&many_cases());
    let mut adapters: Vec<Adapter> = ["honest", "honest-too", "victim"].map(fake).into();
    adapters[2].launch.limits = Limits { restarts: 100_000, ..adapters[2].launch.limits };
    let session = workshop.session(adapters, 3);
    let over = AtomicBool::new(false);
    let (findings, killed) = thread::scope(|scope| {
        let killer = scope.spawn(|| kill("victim", &over));
        let findings = workshop.run_session(session);
        over.store(true, Ordering::Relaxed);
        (findings, killer.join().unwrap())
    });
    assert!(killed > 3, "only {killed} processes were killed");
    let report = reader::read(&workshop.report()).unwrap();
    assert!(report.footer.complete);
    assert_eq!(report.cells.len(), CASES * 9);
    assert_eq!(report.cells, findings.cells);
    let others =
        report.cells.iter().filter(|cell| !cell.producer.contains("victim") && !cell.consumer.contains("victim"));
    let others: Vec<Verdict> = others.map(|cell| cell.verdict).collect();
    assert_eq!(others, vec![Verdict::Pass; CASES * 4]);
    // What it was asked in vain is told as what it was.
    for cell in report.cells.iter().filter(|cell| cell.consumer.contains("victim")) {
        let may = [Verdict::Pass, Verdict::Crash, Verdict::Blocked, Verdict::NotRun];
        assert!(may.contains(&cell.verdict), "{}: {} {}", cell.case, cell.verdict, cell.trace.message);
    }
}
