//! What is said of a text that is not canonical.

use arrowipc_kit::value::Document;
use serde_json::{Value as Json, json};

fn error(document: &Json) -> String {
    Document::from_json(document.to_string().as_bytes()).unwrap_err().to_string()
}

fn field(data_type: &str, children: Json) -> Json {
    json!({"name": "c", "type": data_type, "nullable": true, "metadata": [], "children": children})
}

fn leaf(data_type: &str) -> Json {
    field(data_type, json!([]))
}

fn encoded(index: &str) -> Json {
    let mut field = leaf("utf8");
    field["dictionary"] = json!({"index": index, "ordered": false});
    field
}

fn one_value(field: Json, value: Json) -> String {
    error(&json!({"schema": {"fields": [field], "metadata": []},
        "batches": [{"rows": 1, "metadata": [], "columns": [[value]]}]}))
}

#[test]
fn values_that_do_not_suit_their_type() {
    let item = || json!([leaf("int8")]);
    let value = "$.batches[0].columns[0][0]";
    let table = [
        (leaf("bool"), json!("true"), "", r#"true or false, found "true""#),
        (leaf("null"), json!(0), "", "null, found 0"),
        (leaf("int8"), json!(5), "", "int8 as a decimal string, found 5"),
        (leaf("int8"), json!("05"), "", r#"int8 as a decimal string, found "05""#),
        (leaf("int8"), json!("-0"), "", r#"int8 as a decimal string, found "-0""#),
        (leaf("int8"), json!("128"), "", r#"int8 from -128 to 127, found "128""#),
        (leaf("uint64"), json!("-1"), "", r#"uint64 from 0 to 18446744073709551615, found "-1""#),
        (leaf("time32[s]"), json!("2147483648"), "", r#"time32[s] from -2147483648 to 2147483647, found "2147483648""#),
        (
            leaf("decimal32(2, 0)"),
            json!("2147483648"),
            "",
            r#"decimal32(2, 0) from -2147483648 to 2147483647, found "2147483648""#,
        ),
        (leaf("decimal256(2, 0)"), json!("1.5"), "", r#"an integer of 256 bits as a decimal string, found "1.5""#),
        (leaf("float16"), json!("3C00"), "", r#"a float as 4 lower-case hex digits, found "3C00""#),
        (leaf("float32"), json!(1.5), "", "a float as 8 lower-case hex digits, found 1.5"),
        (
            leaf("float64"),
            json!("+ff8000000000000"),
            "",
            r#"a float as 16 lower-case hex digits, found "+ff8000000000000""#,
        ),
        (leaf("binary"), json!("0"), "", r#"bytes as lower-case hex digits, found "0""#),
        (leaf("binary"), json!("FF"), "", r#"bytes as lower-case hex digits, found "FF""#),
        (leaf("fixed_size_binary(2)"), json!("00"), "", "2 bytes, found 1"),
        (leaf("utf8"), json!(1), "", "a string or `{\"hex\":…}`, found 1"),
        (leaf("utf8"), json!({"hex": "f"}), ".hex", r#"bytes as lower-case hex digits, found "f""#),
        (leaf("utf8"), json!({"text": "f"}), "", "a string or `{\"hex\":…}` with keys of `hex`, found `text`"),
        (leaf("interval_day_time"), json!(["1"]), "", "[days, milliseconds], found a list of 1"),
        (leaf("interval_day_time"), json!(["1", "2147483648"]), "[1]", "a signed 32-bit integer, found 2147483648"),
        (field("list", item()), json!("x"), "", r#"a list of items, found "x""#),
        (field("list", item()), json!(["1", 2]), "[1]", "int8 as a decimal string, found 2"),
        (field("fixed_size_list(2)", item()), json!(["1"]), "", "2 items, found 1"),
        (field("struct", item()), json!([]), "", "1 members by position, found 0"),
        (field("dense_union(5)", item()), json!(null), "", "{type id: value}, found null"),
        (
            field("dense_union(5)", item()),
            json!({"5": null, "6": null}),
            "",
            "{type id: value}, found an object with `5`, `6`",
        ),
        (field("dense_union(5)", item()), json!({"05": null}), "", "a type id of 5, found `05`"),
        (field("dense_union(5)", item()), json!({"5": "x"}), ".5", r#"int8 as a decimal string, found "x""#),
    ];
    for (field, json, path, message) in table {
        assert_eq!(one_value(field, json), format!("{value}{path}: expected {message}"));
    }
}

#[test]
fn schemas_that_are_none() {
    let schema = |field: Json| error(&json!({"schema": {"fields": [field], "metadata": []}, "batches": []}));
    let entries = field("struct", json!([leaf("int8")]));
    let table = [
        (json!({"name": "c"}), ".fields[0]: expected key `type`, found none"),
        (
            json!({"name": "c", "typ": "int8"}),
            concat!(
                ".fields[0]: expected a field with keys of `name`, `type`, `nullable`, `metadata`, `dictionary`, ",
                "`children`, found `typ`"
            ),
        ),
        (leaf("int9"), ".fields[0].type: expected a type such as `int32` or `timestamp[us, UTC]`, found `int9`"),
        (leaf("list"), ".fields[0].children: expected 1 children for list, found 0"),
        (field("int8", json!([leaf("int8")])), ".fields[0].children: expected 0 children for int8, found 1"),
        (
            field("map", json!([entries])),
            ".fields[0].children[0]: expected a struct of key and value as the entries of a map, found struct of 1",
        ),
        (
            field("run_end_encoded", json!([leaf("uint8"), leaf("int8")])),
            ".fields[0].children[0]: expected int16, int32 or int64 as the run ends, found uint8",
        ),
        (
            json!({"name": "c", "type": "utf8", "nullable": true, "metadata": [["k"]], "children": []}),
            ".fields[0].metadata[0]: expected [key, value], found a list of 1",
        ),
        (encoded("utf8"), ".fields[0].dictionary.index: expected an integer type as dictionary index, found `utf8`"),
    ];
    for (field, message) in table {
        assert_eq!(schema(field), format!("$.schema{message}"));
    }
}

#[test]
fn batches_that_do_not_fit_the_schema() {
    let batch = |batch: Json| error(&json!({"schema": {"fields": [leaf("int8")], "metadata": []}, "batches": [batch]}));
    let table = [
        (json!({"rows": 1, "metadata": [], "columns": []}), ".columns: expected 1 columns, one a field, found 0"),
        (json!({"rows": 2, "metadata": [], "columns": [["1"]]}), ".columns[0]: expected 2 values, one a row, found 1"),
        (json!({"rows": -1, "metadata": [], "columns": [["1"]]}), ".rows: expected a number from 0, found -1"),
        (json!({"rows": 1, "columns": [["1"]]}), ": expected key `metadata`, found none"),
    ];
    for (json, message) in table {
        assert_eq!(batch(json), format!("$.batches[0]{message}"));
    }
}

#[test]
fn layouts_that_mean_nothing() {
    let layout = |field: Json, layout: Json| {
        error(&json!({"schema": {"fields": [field], "metadata": []},
            "batches": [{"rows": 0, "metadata": [], "columns": [{"values": [], "layout": layout}]}]}))
    };
    let table = [
        (leaf("int8"), json!({"offset": "1"}), r#".offset: expected a number from 0, found "1""#),
        (leaf("int8"), json!({"validity": true}), ".validity: expected `present` or `absent`, found true"),
        (leaf("int8"), json!({"null_count": -1}), ".null_count: expected `unknown`, found -1"),
        (leaf("int8"), json!({"runs": [1]}), ".runs: expected a run-end encoded field, found int8"),
        (leaf("int8"), json!({"first_offset": 1}), ".first_offset: expected a type with offsets, found int8"),
        (leaf("utf8"), json!({"view_block": 1}), ".view_block: expected a view type, found utf8"),
        (leaf("utf8"), json!({"dictionary": []}), ".dictionary: expected a dictionary-encoded field, found utf8"),
        (
            encoded("int8"),
            json!({"first_offset": 1}),
            ".first_offset: expected a type with offsets, found dictionary-encoded utf8",
        ),
        (encoded("int8"), json!({"dictionary": [1]}), ".dictionary[0]: expected a string or `{\"hex\":…}`, found 1"),
        (
            encoded("int8"),
            json!({"values": {"runs": []}}),
            ".values.runs: expected a run-end encoded field, found utf8",
        ),
        (
            field("sparse_union(0)", json!([leaf("int8")])),
            json!({"validity": "present"}),
            ".validity: expected a type with a validity bitmap, found sparse_union(0)",
        ),
        (leaf("int8"), json!({"children": [null]}), ".children: expected at most 0 layouts, found 1"),
        (
            field("list", json!([leaf("int8")])),
            json!({"children": [{"view_block": 1}]}),
            ".children[0].view_block: expected a view type, found int8",
        ),
    ];
    for (field, json, message) in table {
        assert_eq!(layout(field, json), format!("$.batches[0].columns[0].layout{message}"));
    }
}

#[test]
fn rules_that_cannot_be_followed() {
    let generate = |data_type: &str, nullable: bool, rule: Json| {
        let mut field = leaf(data_type);
        field["nullable"] = json!(nullable);
        error(&json!({"schema": {"fields": [field], "metadata": []},
                "generate": {"batches": 1, "rows": 1, "columns": [rule]}}))
    };
    let column = "$.generate.columns[0]";
    assert_eq!(
        generate("utf8", true, json!({"algo": "sequence", "start": 0, "step": 1})),
        format!("{column}: expected an integer field for a sequence, found utf8")
    );
    assert_eq!(
        generate("struct", true, json!({"algo": "random", "seed": 0})),
        format!("{column}: expected a primitive, utf8 or binary field for random values, found struct")
    );
    assert_eq!(
        generate("int8", true, json!({"algo": "random", "seed": 0, "nulls": 1.5})),
        format!("{column}.nulls: expected a share from 0 to 1, found 1.5")
    );
    assert_eq!(
        generate("int8", false, json!({"algo": "random", "seed": 0, "nulls": 0.5})),
        format!("{column}.nulls: expected no nulls in a field that is not nullable, found 0.5")
    );
    assert_eq!(
        generate("int8", true, json!({"algo": "guess"})),
        format!("{column}.algo: expected `sequence` or `random`, found `guess`")
    );
}

#[test]
fn documents_that_are_none() {
    let text = |text: &str| Document::from_json(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(text("{"), "$: expected JSON, found EOF while parsing an object at line 1 column 1");
    assert_eq!(text("[]"), "$: expected a document, found a list of 0");
    let schema = json!({"fields": [], "metadata": []});
    assert_eq!(error(&json!({"schema": schema})), "$: expected `batches` or `generate`, found neither");
    let both = json!({"schema": schema, "batches": [], "generate": {"batches": 0, "rows": 0, "columns": []}});
    assert_eq!(error(&both), "$: expected `batches` or `generate`, found both");
}
