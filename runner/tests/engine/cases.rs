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

/// A case whose bytes the suite lays out, and one whose parts are written down.
const LAID_OUT: &str = "\
topic: traps
cases:
  - id: edited
    why: x
    clauses: [a-clause]
    result: valid
    matrix: {format: [stream]}
    raw: {defaults: present}
    edit: [{set: 'batch[0].column[a].data[0]', to: 7}]
    data: {columns: [{name: a, type: int32, values: [7, 2]}]}
  - id: written
    why: x
    clauses: [a-clause]
    result: invalid
    flags: [Fault]
    reject: {latest: schema}
    matrix: {source: [path]}
    wire: [{bytes: 00}]
";

#[test]
fn every_mistake_about_bytes_is_placed() {
    assert_eq!(Workshop::with(LAID_OUT).suite().variants.len(), 2);
    for (from, to, expected) in [
        (
            "    raw: {",
            "    through: write\n    raw: {",
            "cases/traps.yaml:8:14: the suite lays out the bytes of a case with raw; leave through out",
        ),
        ("defaults: present", "default: present", "cases/traps.yaml:8:11: cases[0].raw: unknown field `default`"),
        ("[{set: 'batch", "[{sat: 'batch", "cases/traps.yaml:9:12: "),
        ("edit: [{set: 'batch[0].column[a].data[0]', to: 7}]", "edit: []", "cases/traps.yaml:9:11: edit is empty"),
        (
            "format: [stream]",
            "sink: [path]",
            "cases/traps.yaml:7:14: the suite lays out the bytes of this case, and has no sink",
        ),
        (
            "    raw: {",
            "    write: {sink: fd}\n    raw: {",
            "cases/traps.yaml:8:5: the suite lays out the bytes of this case, and has no sink",
        ),
        (
            "    raw: {",
            "    frame: {index: {range: [0, 1, 1]}, columns: []}\n    raw: {",
            "cases/traps.yaml:8:5: the suite lays out the bytes of this case from data, not from a frame",
        ),
        (
            "    raw: {",
            "    expect: {write_peak: 1}\n    raw: {",
            "cases/traps.yaml:8:14: 'write_peak' is told by a producer, and the suite makes the bytes of this case",
        ),
        (
            "    data: {columns: [{name: a, type: int32, values: [7, 2]}]}\n",
            "",
            "cases/traps.yaml:3:5: data are missing, here and in the topic: the suite lays out the bytes from them",
        ),
        (
            "    raw: {",
            "    alone: ''\n    raw: {",
            "cases/traps.yaml:8:5: alone is empty; say why no implementation reads this",
        ),
        (
            "    result: invalid",
            "    alone: x\n    result: invalid",
            "cases/traps.yaml:14:5: only a valid case must be read by somebody; leave alone out",
        ),
        (
            "    raw: {defaults: present}\n    edit: [{set: 'batch[0].column[a].data[0]', to: 7}]\n",
            "    alone: x\n",
            "cases/traps.yaml:8:5: alone is about bytes that the suite lays out; what an adapter fails is in its expect.toml",
        ),
        (
            "    wire: [",
            "    raw: {defaults: present}\n    wire: [",
            "cases/traps.yaml:18:5: raw says how data become bytes; wire writes the bytes down",
        ),
        (
            "    wire: [",
            "    options: {legacy: true}\n    wire: [",
            "cases/traps.yaml:18:5: options say how data become bytes; wire writes the bytes down",
        ),
        (
            "source: [path]",
            "compression: [none]",
            "cases/traps.yaml:17:14: axis 'compression' changes how data become bytes; a case with wire has format, source, access, validate",
        ),
        (
            "source: [path]",
            "access: [random], format: [file]",
            "cases/traps.yaml:11:5: traps/written[random,file]: without data",
        ),
        ("    wire: [{bytes: 00}]", "    wire: []", "cases/traps.yaml:18:11: wire is empty"),
        (
            "    result: invalid\n    flags: [Fault]\n    reject: {latest: schema}\n",
            "    result: valid\n",
            "cases/traps.yaml:11:5: data are missing, here and in the topic: they are what a reader must see",
        ),
        (
            "topic: traps",
            "topic: traps\nbreaks: [a-cluase]",
            "cases/traps.yaml:2:10: no clause 'a-cluase' in clauses.yaml",
        ),
        ("    raw: {", "    breaks: [no]\n    raw: {", "cases/traps.yaml:8:14: no clause 'no' in clauses.yaml"),
    ] {
        let topic = LAID_OUT.replacen(from, to, 1);
        assert_ne!(topic, LAID_OUT, "'{from}' is not in the topic");
        let found = error(&topic);
        assert!(found.starts_with(expected), "found    {found}\nexpected {expected}");
    }
}

/// What stands in the way of the bytes of the first case, or of the second.
fn problem(case: usize, topic: &str) -> String {
    let suite = Workshop::with(topic).suite();
    suite.variants[case].recipe.as_ref().unwrap().lay_out().unwrap_err().to_string()
}

#[test]
fn what_stands_in_the_way_of_bytes_is_placed() {
    for (case, from, to, expected) in [
        (0, "column[a].data[0]', to: 7", "column[b].data[0]', to: 7", "cases/traps.yaml:9:18: "),
        (0, "to: 7}]", "to: 8}, {cut: end_of_stream, at: 8}]", "cases/traps.yaml:9:62: end_of_stream: nothing changes"),
        (
            0,
            "to: 7}]",
            "to: 8}, {set: 'batch[0].column[a].data[0]', to: 9}]",
            "cases/traps.yaml:9:12: this edit changes no byte",
        ),
        (1, "[{bytes: 00}]", "[magic, {footr: {}}]", "cases/traps.yaml:18:19: "),
    ] {
        let topic = LAID_OUT.replacen(from, to, 1);
        assert_ne!(topic, LAID_OUT, "'{from}' is not in the topic");
        let found = problem(case, &topic);
        assert!(found.starts_with(expected), "found    {found}\nexpected {expected}");
    }
}

#[test]
fn bytes_that_a_case_chooses_need_readers_only_and_are_laid_out_once() {
    let suite =
        Workshop::with(&LAID_OUT.replace("source: [path]", "source: [path, memory], format: [stream, file]")).suite();
    assert!(suite.variants.iter().all(|variant| variant.needs.write.is_empty()));
    let [_, a, b, c, d] = suite.variants.as_slice() else { panic!("{} variants", suite.variants.len()) };
    let recipe =
        |variant: &arrowipc_runner::case::variant::Variant| std::sync::Arc::as_ptr(variant.recipe.as_ref().unwrap());
    assert_eq!((recipe(a), recipe(b)), (recipe(c), recipe(d)));
    assert_ne!(recipe(a), recipe(b));
    assert_ne!(a.digest(), suite.variants[0].digest());
}

#[test]
fn bodies_of_big_endian_order_need_readers_that_convert() {
    for (endianness, needed) in [("big", true), ("little", false)] {
        let topic = TRAP.replace("  - id: trap\n", &format!("  - id: trap\n    raw: {{endianness: {endianness}}}\n"));
        let suite = Workshop::with(&topic).suite();
        let trap = suite.variants.iter().find(|variant| variant.case.name == "traps/trap").unwrap();
        assert_eq!(trap.needs.read.contains("endian.big"), needed, "{endianness}");
        assert!(trap.needs.write.is_empty());
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

/// A case whose structures are changed.
const CHANGED: &str = "\
topic: traps
cases:
  - id: changed
    why: x
    result: valid
    through: echo
    cdata: [{set: 'schema.children[0].name', to: null}]
    data: {columns: [{name: a, type: int32, values: [7, 2]}]}
";

#[test]
fn every_mistake_about_structures_is_placed() {
    assert_eq!(Workshop::with(CHANGED).suite().variants.len(), 1);
    for (from, to, expected) in [
        (
            "    through: echo\n",
            "",
            "cases/traps.yaml:6:5: changed structures go into an implementation as they are; add through: echo",
        ),
        (
            "    cdata",
            "    read: {validate: full}\n    cdata",
            "cases/traps.yaml:7:5: read is about bytes, and a case through echo has none",
        ),
        (
            "cases:",
            "matrix: {format: [stream]}\ncases:",
            "cases/traps.yaml:2:10: axis 'format' is about bytes, and a case through echo has none",
        ),
        (
            "schema.children[0].name",
            "field.name",
            "cases/traps.yaml:7:13: expected `schema…` or `array[i]…`, found `field.name`",
        ),
    ] {
        let workshop = Workshop::with(&CHANGED.replace(from, to));
        let errors = Folder::new(workshop.cases()).load(0).unwrap_err();
        let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(messages, [expected], "{from} -> {to}");
    }
}
