//! Each fault costs its own cell and no other.

use arrowipc_runner::judge::verdict::Verdict::{self, *};
use arrowipc_runner::run::producer::Producer;
use arrowipc_runner::run::result::ArtifactResult;

use crate::adapters::{TRAP, Workshop, cell, fake, verdict};

/// What a mode makes of the trap: as a producer (`None`: it writes well) and as a consumer of honest bytes.
const FAULTS: &[(&str, Option<Verdict>, Verdict)] = &[
    ("honest", None, Pass),
    ("crash", Some(Crash), Crash),
    ("hang", Some(Timeout), Timeout),
    ("silent-exit", Some(Crash), Crash),
    ("mute", Some(Crash), Crash),
    ("garbage", Some(AdapterError), AdapterError),
    ("oversized", Some(AdapterError), AdapterError),
    ("greedy", Some(OutOfMemory), OutOfMemory),
    ("lies", Some(FalseClaim), FalseClaim),
    ("strict", Some(OverStrict), OverStrict),
    ("wrong-size", Some(AdapterError), Pass),
    ("wrong-id", None, AdapterError),
    ("wrong-digest", None, AdapterError),
    ("drops-row", None, WrongValue),
    ("drops-metadata", None, WrongSchema),
    ("converts", None, Converted),
    ("loses-metadata", None, Converted),
    ("dies-apart", None, Crash),
    ("merges-batches", None, Pass),
    ("slow", None, Pass),
];

#[test]
fn every_fault_costs_its_own_cell_and_has_its_own_verdict() {
    let workshop = Workshop::with(TRAP);
    for (mode, as_producer, as_consumer) in FAULTS {
        let findings = workshop.run(&["honest", mode]);
        let consumed = cell(&findings, "trap", "honest", mode);
        assert_eq!(consumed.verdict, *as_consumer, "{mode} consumes: {}", consumed.trace.message);
        let produced = findings.artifacts.iter().find(|artifact| {
            artifact.case.starts_with("traps/trap[") && artifact.producer.starts_with(&format!("{mode}@"))
        });
        let produced = produced.unwrap_or_else(|| panic!("{mode} was not asked to produce"));
        assert_eq!(produced.verdict, as_producer.unwrap_or(Pass), "{mode} produces: {}", produced.trace.message);
        for case in ["before", "after"] {
            for (producer, consumer) in [("honest", "honest"), ("honest", *mode), (*mode, "honest"), (*mode, *mode)] {
                assert_eq!(verdict(&findings, case, producer, consumer), Pass, "{case}: {producer} -> {consumer}");
            }
        }
        assert_eq!(verdict(&findings, "trap", "honest", "honest"), Pass, "{mode} costs others a cell");
        let blocked = if as_producer.is_some_and(|verdict| verdict != AdapterError || *mode != "wrong-size") {
            Blocked
        } else {
            Pass
        };
        assert_eq!(verdict(&findings, "trap", mode, "honest"), blocked, "{mode} -> honest");
    }
}

#[test]
fn a_wrong_value_in_the_bytes_is_the_producers_and_blames_no_consumer() {
    let findings = Workshop::with(TRAP).run(&["honest", "wrong-value"]);
    let produced = findings
        .artifacts
        .iter()
        .find(|artifact| artifact.case.starts_with("traps/trap[") && artifact.producer.starts_with("wrong-value@"));
    assert_eq!(produced.map(|artifact| artifact.verdict), Some(WrongValue));
    let reading = cell(&findings, "trap", "wrong-value", "honest");
    assert_eq!((reading.verdict, reading.expected), (Blocked, true));
    let told = "what wrong-value wrote is wrong-value by itself; batch 1, column 0";
    assert!(reading.trace.message.starts_with(told), "{}", reading.trace.message);
    assert_eq!(verdict(&findings, "trap", "wrong-value", "wrong-value"), Blocked);
    assert_eq!(verdict(&findings, "trap", "honest", "wrong-value"), Pass);
}

#[test]
fn a_crash_that_does_not_come_again_is_told_and_not_called_a_crash() {
    let findings = Workshop::with(TRAP).run(&["honest", "crash-once"]);
    let cell = cell(&findings, "trap", "honest", "crash-once");
    assert_eq!((cell.verdict, cell.trace.attempts), (Pass, 2));
    assert_eq!(cell.trace.unstable.as_deref(), Some("ended with signal 11 (SIGSEGV) before it answered"));
}

#[test]
fn a_reader_of_memory_that_nobody_wrote_is_told_from_a_faulty_adapter() {
    let workshop = Workshop::with(TRAP);
    let findings = workshop.run(&["honest", "restless"]);
    let restless = cell(&findings, "trap", "honest", "restless");
    assert_eq!(restless.verdict, WrongValue);
    let message = &restless.trace.message;
    assert!(message.starts_with("batch 0, column 0 \"trap\", row 0, value: expected \"1\", observed "), "{message}");
    assert!(message.ends_with("; reads the same bytes differently each time"), "{message}");
    let findings = workshop.run(&["honest", "restless-once"]);
    let restless = cell(&findings, "trap", "honest", "restless-once");
    assert_eq!(restless.verdict, WrongValue);
    assert!(restless.trace.message.ends_with(", then as expected"), "{}", restless.trace.message);
}

#[test]
fn a_crash_is_tried_twice_and_garbage_once() {
    let workshop = Workshop::with(TRAP);
    assert_eq!(cell(&workshop.run(&["honest", "crash"]), "trap", "honest", "crash").trace.attempts, 2);
    assert_eq!(cell(&workshop.run(&["honest", "garbage"]), "trap", "honest", "garbage").trace.attempts, 1);
}

#[test]
fn an_adapter_that_does_not_start_is_down_and_costs_nobody_else_a_cell() {
    let findings = Workshop::with(TRAP).run(&["honest", "dies-at-start", "old-protocol"]);
    assert_eq!(verdict(&findings, "trap", "honest", "dies-at-start"), NotRun);
    assert_eq!(verdict(&findings, "trap", "dies-at-start", "honest"), NotRun);
    assert_eq!(verdict(&findings, "trap", "honest", "honest"), Pass);
    assert_eq!(
        findings.header.down["dies-at-start"],
        "does not start: ended with exit code 1 before it answered; on standard error it said:\ncannot load libfake.so"
    );
    assert!(findings.header.down["old-protocol"].contains("speaks protocol 0; this runner speaks 1"));
    assert_eq!(findings.ending(), arrowipc_runner::session::Ending::Incomplete);
}

#[test]
fn an_adapter_out_of_restarts_is_down_and_its_remaining_cells_are_not_run() {
    let traps: String = (0..6)
        .map(|n| format!("  - {{id: t{n}, why: x, result: valid, data: {{columns: [{{name: trap, type: int32, values: [{n}]}}]}}}}\n"))
        .collect();
    let workshop = Workshop::with(&format!("topic: traps\nmatrix: {{format: [stream]}}\ncases:\n{traps}"));
    let mut crashing = fake("crash");
    crashing.launch.limits.restarts = 3;
    let mut session = workshop.session(vec![fake("honest"), crashing], 1);
    session.cast.producers = vec![Producer::Adapter(0)];
    let findings = workshop.run_session(session);
    let verdicts: Vec<Verdict> = (0..6).map(|n| verdict(&findings, &format!("t{n}"), "honest", "crash")).collect();
    assert_eq!(verdicts, [Crash, Crash, NotRun, NotRun, NotRun, NotRun]);
    assert!((0..6).all(|n| verdict(&findings, &format!("t{n}"), "honest", "honest") == Pass));
}

#[test]
fn a_feature_that_is_not_claimed_is_unsupported_and_names_it() {
    let findings = Workshop::with(TRAP).run(&["honest", "modest"]);
    let cell = cell(&findings, "trap", "honest", "modest");
    assert_eq!((cell.verdict, cell.expected), (Unsupported, true));
    assert_eq!(cell.trace.message, "modest does not claim meta.schema for reading");
}

#[test]
fn batch_boundaries_count_where_the_case_observes_them() {
    let topic = TRAP.replace(
        "    result: valid\n    data:\n      metadata",
        "    result: valid\n    observe: [logical, physical]\n    data:\n      metadata",
    );
    let findings = Workshop::with(&topic).run(&["honest", "merges-batches"]);
    assert_eq!(verdict(&findings, "trap", "honest", "merges-batches"), WrongLayout);
}

#[test]
fn facts_are_held_against_the_case() {
    let topic = TRAP.replace(
        "    result: valid\n    data:\n      metadata",
        "    result: valid\n    expect: {num_batches: 2}\n    data:\n      metadata",
    );
    let findings = Workshop::with(&topic).run(&["honest", "miscounts"]);
    assert_eq!(verdict(&findings, "trap", "honest", "honest"), Pass);
    let cell = cell(&findings, "trap", "honest", "miscounts");
    assert_eq!((cell.verdict, cell.trace.message.as_str()), (WrongLayout, "fact num_batches: expected 2, observed 3"));
}

#[test]
fn invalid_input_must_be_rejected_in_time() {
    let invalid = |latest: &str| {
        TRAP.replace(
            "    result: valid\n    data:\n      metadata",
            &format!(
                "    result: invalid\n    flags: [Fault]\n    reject: {{latest: {latest}}}\n    data:\n      metadata"
            ),
        )
    };
    let findings = Workshop::with(&invalid("validate")).run(&["honest", "strict"]);
    assert_eq!(verdict(&findings, "trap", "honest", "honest"), Lenient);
    assert_eq!(verdict(&findings, "trap", "honest", "strict"), Pass);
    let findings = Workshop::with(&invalid("schema")).run(&["honest", "strict"]);
    assert_eq!(verdict(&findings, "trap", "honest", "strict"), Late);
    let topic =
        TRAP.replace("    result: valid\n    data:\n      metadata", "    result: defined\n    data:\n      metadata");
    let findings = Workshop::with(&topic).run(&["honest", "strict", "drops-row"]);
    assert_eq!(verdict(&findings, "trap", "honest", "strict"), Pass);
    assert_eq!(verdict(&findings, "trap", "honest", "honest"), Pass);
    assert_eq!(verdict(&findings, "trap", "honest", "drops-row"), WrongValue);
}

#[test]
fn rewritten_bytes_are_judged_by_the_case_too() {
    let topic = TRAP.replace("result: valid\n", "result: valid\n    through: transcode\n");
    let findings = Workshop::with(&topic).run(&["honest", "rewrites", "rewrites-badly"]);
    assert_eq!(verdict(&findings, "trap", "rewrites", "honest"), Pass);
    let of_trap = |artifact: &&ArtifactResult| artifact.case.starts_with("traps/trap[");
    let badly = findings.artifacts.iter().filter(of_trap).find(|made| made.producer.starts_with("rewrites-badly@"));
    assert_eq!(badly.map(|artifact| artifact.verdict), Some(WrongSchema));
    assert_eq!(verdict(&findings, "trap", "rewrites-badly", "honest"), Blocked);
    let cell = cell(&findings, "trap", "honest", "honest");
    assert_eq!((cell.verdict, cell.trace.message.as_str()), (Unsupported, "honest does not transcode"));
}
