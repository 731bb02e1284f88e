//! Errors in case files, with their places; expected values that are changed.

use std::collections::BTreeSet;

use arrowipc_runner::case::suite::Folder;

use crate::adapters::{TRAP, Workshop};

/// The only error of a topic.
fn error(topic: &str) -> String {
    let workshop = Workshop::with(TRAP);
    std::fs::write(workshop.cases().join("traps.yaml"), topic).unwrap();
    let errors = Folder::new(workshop.cases()).load(0).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].to_string()
}

#[test]
fn every_mistake_is_placed() {
    for (from, to, expected) in [
        ("topic: traps", "topic: trap", "cases/traps.yaml:1:8: topic is 'trap' in the file of 'traps'"),
        ("    why: faulty", "    wy: faulty", "cases/traps.yaml:9:5: cases[1]: unknown field `wy`"),
        ("id: trap", "id: before", "cases/traps.yaml:8:9: there is another case 'before' in this topic"),
        ("id: trap", "id: Trap", "cases/traps.yaml:8:9: 'Trap' is not a slug: a-z, 0-9 and -"),
        (
            "    result: valid\n    data:\n",
            "    result: vaild\n    data:\n",
            "cases/traps.yaml:10:13: cases[1].result: unknown variant `vaild`",
        ),
        (
            "    data:\n      meta",
            "    clauses: [a-clause, a-cluase]\n    data:\n      meta",
            "cases/traps.yaml:11:25: no clause 'a-cluase' in clauses.yaml; did you mean 'a-clause'?",
        ),
        (
            "    data:\n      meta",
            "    requires: ['type.int23']\n    data:\n      meta",
            "cases/traps.yaml:11:16: no feature 'type.int23' in features.yaml; did you mean 'type.int32'?",
        ),
        (
            "    data:\n      meta",
            "    flags: [Falt]\n    data:\n      meta",
            "cases/traps.yaml:11:13: no flag 'Falt' in flags.yaml; did you mean 'Fault'?",
        ),
        (
            "    data:\n      meta",
            "    matrix: {frmat: [file]}\n    data:\n      meta",
            "cases/traps.yaml:11:14: no axis is called 'frmat'",
        ),
        (
            "    data:\n      meta",
            "    matrix: {format: [feil]}\n    data:\n      meta",
            "cases/traps.yaml:11:23: axis 'format' has no value 'feil'; it has stream, file",
        ),
        (
            "    data:\n      meta",
            "    expect: {num_batch: 2}\n    data:\n      meta",
            "cases/traps.yaml:11:14: no fact is called 'num_batch'",
        ),
        (
            "    data:\n      meta",
            "    read: {access: random}\n    data:\n      meta",
            "cases/traps.yaml:8:5: traps/trap[stream]: access random needs format file",
        ),
        (
            "[4, 5]]}",
            "[4, five]]}",
            "cases/traps.yaml:14:65: expected int32 as a number or a decimal string in column trap, found",
        ),
        (
            "[4, 5]]}",
            "[4, 3000000000]]}",
            "cases/traps.yaml:14:65: expected int32 from -2147483648 to 2147483647 in column trap, found",
        ),
        ("[d, e]]}", "[d]]}", "cases/traps.yaml:15:54: batch 1 has 2 rows in the first column, 1 in this one"),
        ("type: utf8", "type: utf7", "cases/traps.yaml:15:27: expected"),
        ("name: s, type", "nme: s, type", "cases/traps.yaml:15:11: expected"),
    ] {
        let topic = TRAP.replacen(from, to, 1);
        assert_ne!(topic, TRAP, "'{from}' is not in the topic");
        let found = error(&topic);
        assert!(found.starts_with(expected), "found    {found}\nexpected {expected}");
    }
}

#[test]
fn a_changed_expected_value_turns_exactly_its_cells_red() {
    let workshop = Workshop::with(TRAP);
    let honest = workshop.run(&["honest", "drops-metadata"]);
    let red = |findings: &arrowipc_runner::session::Findings| -> BTreeSet<String> {
        findings
            .cells
            .iter()
            .filter(|cell| !cell.expected)
            .map(|cell| format!("{} {}", cell.case, cell.consumer))
            .collect()
    };
    assert_eq!(red(&honest).into_iter().collect::<Vec<_>>(), ["traps/trap[stream] drops-metadata@1.0"]);
    // The case is changed on its way to the judge only: the producers still write what it said before.
    let mut session =
        workshop.session(vec![crate::adapters::fake("honest"), crate::adapters::fake("drops-metadata")], 1);
    let changed = Workshop::with(&TRAP.replacen("values: [1, 2]", "values: [1, 7]", 1)).suite();
    for (variant, changed) in session.suite.variants.iter_mut().zip(changed.variants) {
        variant.expected = changed.expected;
    }
    let findings = workshop.run_session(session);
    assert_eq!(
        red(&findings).into_iter().collect::<Vec<_>>(),
        [
            "traps/before[stream] drops-metadata@1.0",
            "traps/before[stream] honest@1.0",
            "traps/trap[stream] drops-metadata@1.0"
        ]
    );
    let cell = crate::adapters::cell(&findings, "before", "honest", "honest");
    assert_eq!(cell.trace.message, r#"batch 0, column 0 "a", row 1, value: expected "7", observed "2""#);
}

#[test]
fn variants_are_the_product_of_the_axes_in_order() {
    let topic = "topic: traps\nmatrix: {nullable: [nullable, required], format: [stream, file]}\ncases:\n  - id: x\n    why: x\n    result: valid\n    matrix: {format: [file], validate: [none, full]}\n    data: {columns: [{name: a, type: int32, values: [1, null, 3]}]}\n";
    let suite = Workshop::with(topic).suite();
    let names: Vec<&str> = suite.variants.iter().map(|variant| variant.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "traps/x[nullable,file,none]",
            "traps/x[nullable,file,full]",
            "traps/x[required,file,none]",
            "traps/x[required,file,full]"
        ]
    );
    let text = suite.variants[2].input.text();
    assert!(text.contains(r#""nullable":false"#) && text.contains(r#"[["1","3"]]"#), "{text}");
    let needs: Vec<&str> = suite.variants[1].needs.read.iter().map(String::as_str).collect();
    assert_eq!(needs, ["format.file", "type.int32", "validate.full"]);
}
