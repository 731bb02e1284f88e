//! What is said of the first difference.

use arrowipc_kit::value::{DifferenceKind, Document, Levels, first_difference};
use serde_json::{Value as Json, json};

fn field(name: &str, data_type: &str, children: Json) -> Json {
    json!({"name": name, "type": data_type, "nullable": true, "metadata": [], "children": children})
}

fn document(fields: Json, batches: Json) -> Document {
    let mut text = json!({"schema": {"fields": fields, "metadata": []}, "batches": []});
    let batches = batches.as_array().unwrap().iter().map(|columns| {
        let rows = columns[0].as_array().unwrap().len();
        json!({"rows": rows, "metadata": [], "columns": columns})
    });
    text["batches"] = batches.collect();
    Document::from_json(text.to_string().as_bytes()).unwrap()
}

fn difference(expected: &Document, observed: &Document, levels: Levels) -> Option<(DifferenceKind, String)> {
    first_difference(expected, observed, levels).map(|difference| (difference.kind, difference.to_string()))
}

fn values(field: Json, expected: Json, observed: Json) -> String {
    let expected = document(json!([field]), json!([[[null, expected]]]));
    let observed = document(json!([field]), json!([[[null, observed]]]));
    let (kind, text) = difference(&expected, &observed, Levels::DEFAULT).unwrap();
    assert_eq!(kind, DifferenceKind::Value);
    text
}

#[test]
fn values_are_named_with_batch_column_row_and_path() {
    let int = || json!([field("item", "int8", json!([]))]);
    let entries = field("entries", "struct", json!([field("key", "utf8", json!([])), field("value", "list", int())]));
    let place = r#"batch 0, column 0 "c", row 1"#;
    let table = [
        (field("c", "utf8", json!([])), json!("a"), json!(null), r#", value: expected "a", observed null"#),
        (
            field("c", "list", int()),
            json!(["1", "2"]),
            json!(["1", "3"]),
            r#", at [1], value: expected "2", observed "3""#,
        ),
        (field("c", "list", int()), json!(["1", "2"]), json!(["1"]), ", length: expected 2, observed 1"),
        (field("c", "list", int()), json!([]), json!(null), ", value: expected [], observed null"),
        (
            field("c", "struct", json!([field("x", "list", int())])),
            json!([["1"]]),
            json!([[null]]),
            r#", at .x[0], value: expected "1", observed null"#,
        ),
        (
            field("c", "map", json!([entries])),
            json!([["k", ["1"]]]),
            json!([["k", ["2"]]]),
            r#", at [0].value[0], value: expected "1", observed "2""#,
        ),
    ];
    for (field, expected, observed, message) in table {
        assert_eq!(values(field, expected, observed), format!("{place}{message}"));
    }
}

#[test]
fn long_values_are_cut_around_the_difference() {
    let text = values(field("c", "utf8", json!([])), json!("x".repeat(200) + "a"), json!("x".repeat(200) + "b"));
    let x = "x".repeat(78);
    assert_eq!(
        text,
        format!(
            "batch 0, column 0 \"c\", row 1, value: expected …{x}a\" (203 characters), observed …{x}b\" (203 characters)"
        )
    );
    let text = values(field("c", "utf8", json!([])), json!("a".repeat(99)), json!("b"));
    let a = "a".repeat(79);
    assert_eq!(
        text,
        format!("batch 0, column 0 \"c\", row 1, value: expected \"{a}… (101 characters), observed \"b\"")
    );
}

#[test]
fn batch_boundaries_are_of_the_physical_level_only() {
    let fields = json!([field("a", "int8", json!([])), field("b", "int8", json!([]))]);
    let whole = document(fields.clone(), json!([[["1", "2", "3"], ["4", "5", "6"]]]));
    let cut = document(fields.clone(), json!([[["1"], ["4"]], [[], []], [["2", "3"], ["5", "6"]]]));
    assert_eq!(difference(&whole, &cut, Levels::DEFAULT), None);
    let empty = document(fields.clone(), json!([[[], []], [[], []], [["1", "2", "3"], ["4", "5", "0"]], [[], []]]));
    assert_eq!(
        difference(&whole, &empty, Levels::DEFAULT).unwrap().1,
        r#"batch 0, column 1 "b", row 2, value: expected "6", observed "0""#
    );
    let layout = |text: &str| Some((DifferenceKind::Layout, text.to_owned()));
    assert_eq!(difference(&whole, &cut, Levels::ALL), layout("batch count: expected 1, observed 3"));
    let other = document(fields.clone(), json!([[["1", "2"], ["4", "5"]], [[], []], [["3"], ["6"]]]));
    assert_eq!(difference(&cut, &other, Levels::ALL), layout("batch 0, row count: expected 1, observed 2"));

    let wrong = document(fields.clone(), json!([[["1", "2"], ["4", "5"]], [["3"], ["7"]]]));
    let value = |text: &str| Some((DifferenceKind::Value, text.to_owned()));
    assert_eq!(
        difference(&cut, &wrong, Levels::ALL),
        value(r#"batch 2, column 1 "b", row 1, value: expected "6", observed "7""#)
    );
    let short = document(fields, json!([[["1"], ["4"]]]));
    assert_eq!(difference(&whole, &short, Levels::ALL), value("row count: expected 3, observed 1"));
}

#[test]
fn batch_metadata_are_of_the_physical_level_only() {
    let text = |value: &str| {
        let text = json!({"schema": {"fields": [], "metadata": []},
        "batches": [
            {"rows": 1, "metadata": [], "columns": []},
            {"rows": 1, "metadata": [["k", value]], "columns": []},
        ]});
        Document::from_json(text.to_string().as_bytes()).unwrap()
    };
    assert_eq!(difference(&text("v"), &text("w"), Levels::DEFAULT), None);
    assert_eq!(
        difference(&text("v"), &text("w"), Levels::ALL),
        Some((
            DifferenceKind::Layout,
            r#"batch 1, batch metadata: expected [["k","v"]], observed [["k","w"]]"#.to_owned()
        ))
    );
}

#[test]
fn structure_is_of_the_logical_level_and_the_rest_of_the_schema_is_not() {
    let logical = Levels { logical: true, ..Levels::default() };
    let with = |key: &str, value: Json| {
        let mut field = field("c", "utf8", json!([]));
        field[key] = value;
        document(json!([field]), json!([[[null]]]))
    };
    let plain = with("nullable", json!(true));
    let table = [
        ("name", json!("d"), true, r#"column 0 "c", name: expected "c", observed "d""#),
        ("type", json!("large_utf8"), true, r#"column 0 "c", type: expected utf8, observed large_utf8"#),
        ("nullable", json!(false), false, r#"column 0 "c", nullable: expected true, observed false"#),
        ("metadata", json!([["k", "v"]]), false, r#"column 0 "c", metadata: expected [], observed [["k","v"]]"#),
        (
            "dictionary",
            json!({"index": "int8", "ordered": true}),
            false,
            r#"column 0 "c", dictionary: expected none, observed ordered, indexed by int8"#,
        ),
    ];
    for (key, value, is_logical, message) in table {
        let observed = with(key, value);
        let schema = Some((DifferenceKind::Schema, message.to_owned()));
        assert_eq!(difference(&plain, &observed, Levels::DEFAULT), schema);
        assert_eq!(difference(&plain, &observed, logical), schema.filter(|_| is_logical));
    }
    let none = document(json!([]), json!([]));
    assert_eq!(
        difference(&plain, &none, logical),
        Some((DifferenceKind::Schema, "number of columns: expected 1, observed 0".to_owned()))
    );
}

#[test]
fn children_are_named_by_their_path() {
    let list =
        |item: &str| document(json!([field("c", "list", json!([field(item, "int8", json!([]))]))]), json!([[[null]]]));
    assert_eq!(
        difference(&list("item"), &list("element"), Levels::DEFAULT).unwrap().1,
        r#"column 0 "c", at .item, name: expected "item", observed "element""#
    );
}

#[test]
fn union_type_ids_and_sorted_keys_are_of_the_schema_level() {
    let logical = Levels { logical: true, ..Levels::default() };
    let members = json!([field("i", "int8", json!([])), field("j", "int8", json!([]))]);
    let union = |type_ids: &str, value: Json| {
        document(json!([field("c", &format!("dense_union({type_ids})"), members.clone())]), json!([[[value]]]))
    };
    let expected = union("0, 1", json!({"1": "5"}));
    let renamed = union("1, 0", json!({"0": "5"}));
    assert_eq!(difference(&expected, &renamed, logical), None);
    assert_eq!(
        difference(&expected, &renamed, Levels::DEFAULT).unwrap().1,
        r#"column 0 "c", type: expected dense_union(0, 1), observed dense_union(1, 0)"#
    );
    let other_member = union("1, 0", json!({"1": "5"}));
    assert_eq!(
        difference(&expected, &other_member, logical).unwrap().1,
        r#"batch 0, column 0 "c", row 0, value: expected {"1":"5"}, observed {"1":"5"}"#
    );
    let other_value = union("0, 1", json!({"1": "6"}));
    assert_eq!(
        difference(&expected, &other_value, logical).unwrap().1,
        r#"batch 0, column 0 "c", row 0, at {1}, value: expected "5", observed "6""#
    );
}

#[test]
fn generated_data_are_compared_batch_by_batch() {
    let fields = json!([field("i", "int32", json!([]))]);
    let text = json!({"schema": {"fields": fields, "metadata": []},
        "generate": {"batches": 2, "rows": 2, "columns": [{"algo": "sequence", "start": 0, "step": 1}]}});
    let expected = Document::from_json(text.to_string().as_bytes()).unwrap();
    assert_eq!(
        difference(&expected, &document(fields.clone(), json!([[["0", "1"]], [["2", "3"]]])), Levels::ALL),
        None
    );
    assert_eq!(
        difference(&expected, &document(fields, json!([[["0", "1", "2", "4"]]])), Levels::DEFAULT).unwrap().1,
        r#"batch 1, column 0 "i", row 1, value: expected "3", observed "4""#
    );
}
