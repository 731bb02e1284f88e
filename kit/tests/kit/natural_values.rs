//! Values as cases have them.

use arrowipc_kit::value::{Canonical, Field, Layout, Value};
use serde_json::{Value as Json, json};

fn field(json: Json) -> Field {
    let mut json = json;
    json["name"] = json!("c");
    Field::from_natural(&json, &[]).unwrap()
}

fn natural(data_type: &str, value: Json) -> String {
    match Value::from_natural(&field(json!({"type": data_type})), &value) {
        Ok(value) => value.canonical(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn scalars_become_canonical_by_their_type() {
    let table = [
        ("int32", json!(-5), r#""-5""#),
        ("int64", json!("9007199254740993"), r#""9007199254740993""#),
        ("uint64", json!(u64::MAX), r#""18446744073709551615""#),
        ("timestamp[ns, UTC]", json!("1700000000000000000"), r#""1700000000000000000""#),
        ("date32", json!(19000), r#""19000""#),
        ("decimal128(5, 2)", json!("12345"), r#""12345""#),
        ("decimal256(5, 2)", json!(-1), r#""-1""#),
        ("float16", json!(0.1), r#""2e66""#),
        ("float32", json!(0.1), r#""3dcccccd""#),
        ("float64", json!(0.1), r#""3fb999999999999a""#),
        ("float64", json!(1), r#""3ff0000000000000""#),
        ("float64", json!(-0.0), r#""8000000000000000""#),
        ("float32", json!("nan"), r#""7fc00000""#),
        ("float16", json!("inf"), r#""7c00""#),
        ("float64", json!("-inf"), r#""fff0000000000000""#),
        ("float32", json!("0xFFC00001"), r#""ffc00001""#),
        ("interval_day_time", json!([1, "-2"]), r#"["1","-2"]"#),
        ("binary", json!("00FF"), r#""00ff""#),
        ("utf8", json!("null"), r#""null""#),
        ("utf8", json!(null), "null"),
        ("bool", json!(true), "true"),
    ];
    for (data_type, value, canonical) in table {
        assert_eq!(natural(data_type, value), canonical);
    }
}

#[test]
fn nested_values_become_canonical_by_their_types() {
    let nested = field(json!({"type": "struct", "children": [
        {"name": "m", "type": "map", "children": [{"name": "entries", "type": "struct", "nullable": false, "children": [
            {"name": "key", "type": "utf8", "nullable": false}, {"name": "value", "type": "float32"}]}]},
        {"name": "u", "type": "dense_union(5)", "children": [{"name": "i", "type": "int8"}]},
        {"name": "l", "type": "list", "children": [{"name": "item", "type": "int8", "dictionary": {"index": "int8"}}]}]}));
    let value = Value::from_natural(&nested, &json!([[["k", 1.5]], {"5": 3}, [1, null]])).unwrap();
    assert_eq!(value.canonical(), r#"[[["k","3fc00000"]],{"5":"3"},["1",null]]"#);
}

#[test]
fn what_is_written_otherwise_is_refused() {
    let table = [
        ("int32", json!(1.0), "int32 as a number or a decimal string, found 1.0"),
        ("int8", json!(128), "int8 from -128 to 127, found 128"),
        ("float32", json!("1.5"), r#"a number, `nan`, `inf`, `-inf` or `0x` and 8 hex digits, found "1.5""#),
        ("float32", json!("0x1"), r#"a number, `nan`, `inf`, `-inf` or `0x` and 8 hex digits, found "0x1""#),
        ("binary", json!(12), "bytes as a string of hex digits, found 12"),
        ("utf8", json!(true), "a string or `{\"hex\":…}`, found true"),
    ];
    for (data_type, value, message) in table {
        assert_eq!(natural(data_type, value), format!("$: expected {message}"));
    }
}

#[test]
fn fields_have_defaults_and_may_leave_keys_to_the_caller() {
    let json = json!({"name": "s", "type": "utf8", "values": ["a"], "layout": {}});
    let field = Field::from_natural(&json, &["values", "layout"]).unwrap();
    assert_eq!(field.canonical(), r#"{"name":"s","type":"utf8","nullable":true,"metadata":[],"children":[]}"#);
    let error = Field::from_natural(&json, &["values"]).unwrap_err();
    assert_eq!(error.found, "`layout`");
    assert_eq!(
        Field::from_natural(&json!({"name": "l", "type": "list"}), &[]).unwrap_err().to_string(),
        "$.children: expected 1 children for list, found 0"
    );
}

#[test]
fn layouts_have_natural_values_in_their_dictionaries() {
    let encoded = field(json!({"type": "float32", "dictionary": {"index": "int8"}}));
    let layout = Layout::from_natural(&encoded, &json!({"dictionary": [1.5, null]})).unwrap();
    assert_eq!(layout.canonical(), r#"{"dictionary":["3fc00000",null]}"#);
}
