//! The ways by which data leave an implementation, and go into it.

use arrowipc_runner::adapter::message::Via;
use arrowipc_runner::judge::verdict::Verdict::*;

use crate::adapters::{TRAP, Workshop, cell, verdict};

#[test]
fn the_evidence_is_the_best_way_that_an_adapter_has() {
    let modes = ["tells-json", "rewrites-only", "grades-itself", "exports-badly"];
    let findings = Workshop::with(TRAP).run(&[&["honest"], &modes[..]].concat());
    let evidence = modes.map(|mode| cell(&findings, "before", "honest", mode).evidence);
    assert_eq!(evidence, [Via::Json, Via::Transcode, Via::Itself, Via::Cdata].map(Some));
    for mode in modes {
        assert_eq!(verdict(&findings, "before", "honest", mode), Pass, "{mode}");
    }
}

#[test]
fn canonical_json_is_compared_with_the_case() {
    let findings = Workshop::with(TRAP).run(&["honest", "tells-json", "tells-wrong-json"]);
    assert_eq!(verdict(&findings, "trap", "honest", "tells-json"), Pass);
    let cell = cell(&findings, "trap", "honest", "tells-wrong-json");
    assert_eq!(cell.verdict, WrongValue, "{}", cell.trace.message);
}

#[test]
fn what_is_wrong_in_one_way_only_is_not_blamed_on_reading() {
    let findings = Workshop::with(TRAP).run(&["honest", "exports-badly", "reads-badly"]);
    let exported = cell(&findings, "trap", "honest", "exports-badly");
    assert_eq!(exported.verdict, WrongValue);
    let end = "; by json it is as the case says, so what leaves it by cdata is to blame, not reading";
    assert!(exported.trace.message.ends_with(end), "{}", exported.trace.message);
    let read = cell(&findings, "trap", "honest", "reads-badly");
    assert!(read.trace.message.ends_with("; by transcode it is wrong-value, too"), "{}", read.trace.message);
}

#[test]
fn what_is_written_again_is_read_by_two() {
    let findings = Workshop::with(TRAP).run(&["honest", "rewrites-only", "rewrites-only-badly", "rewrites-nonsense"]);
    assert_eq!(verdict(&findings, "trap", "honest", "rewrites-only"), Pass);
    assert_eq!(verdict(&findings, "trap", "honest", "rewrites-only-badly"), WrongSchema);
    let nonsense = cell(&findings, "trap", "honest", "rewrites-nonsense");
    assert_eq!(nonsense.verdict, WrongBytes, "{}", nonsense.trace.message);
    assert!(nonsense.trace.message.starts_with("what it wrote again cannot be read"), "{}", nonsense.trace.message);
}

#[test]
fn who_takes_data_as_ipc_only_produces_by_rewriting() {
    let findings = Workshop::with(TRAP).run(&["honest", "rewrites-only", "rewrites-only-badly"]);
    let production = |mode: &str| {
        let made = findings.artifacts.iter().find(|artifact| {
            artifact.case.starts_with("traps/trap[") && artifact.producer.starts_with(&format!("{mode}@"))
        });
        made.map(|artifact| artifact.verdict)
    };
    assert_eq!(production("rewrites-only"), Some(Pass));
    assert_eq!(verdict(&findings, "trap", "rewrites-only", "honest"), Pass);
    assert_eq!(production("rewrites-only-badly"), Some(WrongSchema));
    assert_eq!(verdict(&findings, "trap", "rewrites-only-badly", "honest"), Blocked);
}

#[test]
fn an_implementation_that_grades_itself_is_believed_and_marked() {
    let findings = Workshop::with(TRAP).run(&["honest", "grades-itself", "fails-itself"]);
    let passed = cell(&findings, "trap", "honest", "grades-itself");
    assert_eq!((passed.verdict, passed.evidence), (Pass, Some(Via::Itself)));
    let failed = cell(&findings, "trap", "honest", "fails-itself");
    assert_eq!(failed.verdict, WrongValue);
    assert_eq!(failed.trace.message, "it says that the data differ: row 2");
}
