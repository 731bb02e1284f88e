//! A field and values of every type, and layouts for them.

use arrowipc_kit::value::{Batch, Column, Data, Document, Field, Layout, Metadata, Schema, Validity, Value};
use serde_json::{Value as Json, json};

/// A field and values of it.
#[derive(Debug, Clone)]
pub struct Sample {
    pub field: Field,
    pub values: Vec<Value>,
}

/// The field, named `c`, and the values, both as a case has them.
pub fn sample(field: Json, values: Json) -> Sample {
    let mut field = field;
    field["name"] = json!("c");
    let field = Field::from_natural(&field, &[]).unwrap();
    let values = values.as_array().unwrap().iter().map(|value| Value::from_natural(&field, value).unwrap()).collect();
    Sample { field, values }
}

fn plain(data_type: &str, values: Json) -> Sample {
    sample(json!({"type": data_type}), values)
}

/// A nullable child without children.
fn item(name: &str, data_type: &str) -> Json {
    json!({"name": name, "type": data_type})
}

/// A field with children, which has a name when it is a child itself.
fn parent(data_type: &str, children: Json) -> Json {
    json!({"type": data_type, "children": children})
}

fn named(name: &str, field: Json) -> Json {
    let mut field = field;
    field["name"] = json!(name);
    field
}

fn required(field: Json) -> Json {
    let mut field = field;
    field["nullable"] = json!(false);
    field
}

fn dictionary(index: &str, field: Json) -> Json {
    let mut field = field;
    field["dictionary"] = json!({"index": index, "ordered": false});
    field
}

fn runs(ends: &str, values: Json) -> Json {
    parent("run_end_encoded", json!([required(item("run_ends", ends)), named("values", values)]))
}

fn entries(key: &str, value: &str) -> Json {
    required(named("entries", parent("struct", json!([required(item("key", key)), item("value", value)]))))
}

/// A sample of every type, with nulls where the type has them, and of nestings that are hard to get right.
pub fn samples() -> Vec<Sample> {
    [primitive(), variable_size(), nested(), encoded(), deep()].concat()
}

fn primitive() -> Vec<Sample> {
    let ticks = json!([null, 0, -1, "9223372036854775807", "-9223372036854775808"]);
    let temporal = ["s", "ms, UTC", "us, Europe/Paris", "ns, +01:00"].map(|unit| format!("timestamp[{unit}]"));
    let durations = ["s", "ms", "us", "ns"].map(|unit| format!("duration[{unit}]"));
    let mut samples: Vec<Sample> =
        temporal.iter().chain(&durations).map(|data_type| plain(data_type, ticks.clone())).collect();
    samples.extend([
        plain("null", json!([null, null, null])),
        plain("bool", json!([true, null, false, true, true, false, null, false, true, true])),
        plain("int8", json!([-128, null, 127, 0])),
        plain("int16", json!([-32768, null, 32767])),
        plain("int32", json!([i32::MIN, null, i32::MAX])),
        plain("int64", json!([i64::MIN, null, i64::MAX])),
        plain("uint8", json!([0, null, 255])),
        plain("uint16", json!([0, null, 65535])),
        plain("uint32", json!([0, null, u32::MAX])),
        plain("uint64", json!([0, null, u64::MAX])),
        plain("float16", json!([1.5, null, "nan", "0x8000", "-inf"])),
        plain("float32", json!([1.5, null, "nan", "0xffc00001", "-inf"])),
        plain("float64", json!([1.5, null, "nan", "0x7ff8000000000001", "0x8000000000000000"])),
        plain("decimal32(9, 2)", json!(["-999999999", null, "5"])),
        plain("decimal64(18, 0)", json!(["-999999999999999999", null, "5"])),
        plain("decimal128(38, -2)", json!(["-".to_owned() + &"9".repeat(38), null, "5"])),
        plain("decimal256(76, 10)", json!(["-".to_owned() + &"9".repeat(76), null, "5", "0"])),
        plain("date32", json!([0, null, 19000, -1])),
        plain("date64", json!([0, null, 86_400_000])),
        plain("time32[s]", json!([0, null, 86399])),
        plain("time32[ms]", json!([0, null, 1])),
        plain("time64[us]", json!([0, null, 1])),
        plain("time64[ns]", json!([0, null, 1])),
        plain("interval_year_month", json!([12, null, -1])),
        plain("interval_day_time", json!([[1, -2], null, [i32::MIN, i32::MAX]])),
        plain("interval_month_day_nano", json!([[1, -2, 3], null, [i32::MIN, i32::MAX, i64::MIN]])),
        plain("fixed_size_binary(3)", json!(["010203", null, "ffffff"])),
        plain("fixed_size_binary(0)", json!(["", null, ""])),
        sample(required(json!({"type": "int32"})), json!([1, 2, 3, 4, 5])),
    ]);
    samples
}

const LONG: &str = "a string of more than twelve bytes";

fn texts() -> Json {
    json!(["a", null, "", LONG, "exactly 12 b", "héllo", null, "another one that is long"])
}

fn variable_size() -> Vec<Sample> {
    let mut samples = vec![sample(required(json!({"type": "utf8"})), json!(["x", "", LONG]))];
    for data_type in ["utf8", "large_utf8", "utf8_view"] {
        samples.push(plain(data_type, texts()));
        samples.push(plain(data_type, json!([{"hex": "ff00"}, "a", {"hex": "80".repeat(20)}])));
    }
    for data_type in ["binary", "large_binary", "binary_view"] {
        let values = json!(["00", null, "", "ff".repeat(13), "a5".repeat(12), "0102030405060708090a0b0c0d0e0f"]);
        samples.push(plain(data_type, values));
    }
    samples
}

fn nested() -> Vec<Sample> {
    let pair = || json!([item("a", "int32"), required(item("a", "utf8"))]);
    let members = || json!([item("i", "int32"), item("s", "utf8")]);
    let mut samples = vec![
        sample(parent("struct", pair()), json!([[1, "x"], null, [null, "y"], [3, ""]])),
        sample(parent("struct", json!([])), json!([[], null, []])),
        sample(parent("fixed_size_list(2)", json!([item("item", "int16")])), json!([[1, 2], null, [null, 4]])),
        sample(parent("fixed_size_list(0)", json!([item("item", "int16")])), json!([[], null, []])),
        sample(
            parent("map", json!([entries("utf8", "int32")])),
            json!([[["a", 1], ["b", null]], null, [], [["a", 2]]]),
        ),
        sample(parent("map(keys_sorted)", json!([entries("int8", "utf8_view")])), json!([[[1, LONG]], null, []])),
        sample(
            parent("dense_union(5, 7)", members()),
            json!([{"5": 1}, {"7": "x"}, {"5": null}, {"7": null}, {"7": "y"}]),
        ),
        sample(
            parent("sparse_union(1, 0)", members()),
            json!([{"1": 1}, {"0": "x"}, {"1": null}, {"0": null}, {"0": "y"}]),
        ),
    ];
    for data_type in ["list", "large_list", "list_view", "large_list_view"] {
        samples.push(sample(
            parent(data_type, json!([item("item", "int32")])),
            json!([[1, 2, null], null, [], [3], null, [4, 5, 6, 7]]),
        ));
        let inner = named("item", parent(data_type, json!([item("item", "utf8")])));
        samples.push(sample(
            parent(data_type, json!([inner])),
            json!([[["a"], null, []], null, [], [["b", null], ["c"]]]),
        ));
    }
    samples
}

fn encoded() -> Vec<Sample> {
    let list = || parent("list", json!([item("item", "int32")]));
    let pair = json!([dictionary("uint8", item("d", "utf8")), item("i", "int8")]);
    let union = parent("dense_union(3)", json!([item("i", "int32")]));
    let mut samples = vec![
        sample(runs("int16", json!({"type": "utf8"})), json!(["a", "a", null, null, "b", "a"])),
        sample(runs("int32", json!({"type": "float64"})), json!([1, 1, 1, "nan", "nan"])),
        sample(runs("int64", list()), json!([[1], [1], null, [], [2, null]])),
        sample(runs("int32", dictionary("int8", json!({"type": "utf8"}))), json!(["a", "a", null, "b", "b"])),
        sample(dictionary("int32", json!({"type": "fixed_size_binary(2)"})), json!(["0102", null, "0102", "0304"])),
        sample(dictionary("uint16", list()), json!([[1, 2], null, [1, 2], [], [null]])),
        sample(dictionary("int8", parent("struct", pair)), json!([["x", 1], null, ["y", 1], ["x", 1], [null, 2]])),
        sample(dictionary("int64", runs("int32", json!({"type": "utf8"}))), json!(["a", null, "a", "b"])),
        sample(dictionary("int32", union), json!([{"3": 1}, null, {"3": null}, {"3": 1}])),
    ];
    for index in ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] {
        samples.push(sample(dictionary(index, json!({"type": "utf8"})), texts()));
    }
    samples
}

fn deep() -> Vec<Sample> {
    let map = parent("map", json!([entries("utf8", "float32")]));
    let union = parent("sparse_union(0, 1)", json!([item("b", "bool"), dictionary("int16", item("d", "utf8_view"))]));
    let runs = runs("int32", json!({"type": "binary"}));
    let members = json!([named("m", map), named("u", union), named("r", runs)]);
    let structs = parent("list", json!([named("item", parent("struct", members))]));
    let rows = json!([
        [[[["k", 1.5]], {"0": true}, "00ff"], null, [null, {"1": LONG}, null]],
        null,
        [],
        [[[], {"1": null}, "00ff"], [[["a", null], ["b", 2]], {"1": "d"}, "00ff"]]
    ]);

    let views = parent("list_view", json!([item("item", "utf8")]));
    let pairs = parent("fixed_size_list(2)", json!([required(item("item", "bool"))]));
    let union = parent("dense_union(9, 8)", json!([item("n", "null"), item("i", "int64")]));
    let inner = parent("struct", json!([named("u", union)]));
    let outer = parent("struct", json!([named("v", views), named("f", pairs), named("s", inner)]));
    let columns = json!([
        [["a", null], [true, false], [{"8": 5}]],
        null,
        [null, null, null],
        [[], [false, true], [{"9": null}]]
    ]);
    vec![sample(structs, rows), sample(outer, columns)]
}

/// Layouts that set each key that means something for the field, on its own and together, and those of its children.
pub fn layouts(field: &Field) -> Vec<Layout> {
    let own = own_layouts(field);
    let mut layouts = own.clone();
    let children: Vec<Vec<Layout>> = field.children.iter().map(self::layouts).collect();
    let most = children.iter().map(Vec::len).max().unwrap_or(0);
    for index in 0..most {
        let children = children.iter().map(|layouts| layouts.get(index).cloned()).collect();
        // Parents that are slices, have junk behind nulls, or both, take turns.
        let parent = own[index % own.len()].clone();
        layouts.push(Layout { children, ..parent });
    }
    if field.dictionary.is_some() {
        let values = self::layouts(&field.dictionary_values()).into_iter().map(|values| Layout {
            offset: 2,
            values: Some(Box::new(values)),
            ..Layout::default()
        });
        layouts.extend(values);
    }
    layouts
}

fn own_layouts(field: &Field) -> Vec<Layout> {
    let none = Layout::default;
    let everything = Layout {
        offset: 9,
        tail: 7,
        validity: Some(Validity::Present),
        unknown_null_count: true,
        first_offset: 3,
        junk_behind_nulls: true,
        unaligned: true,
        null_offsets: true,
        view_block: Some(40),
        ..none()
    };
    let candidates = [
        none(),
        Layout { offset: 1, ..none() },
        Layout { offset: 3, tail: 2, ..none() },
        Layout { tail: 9, ..none() },
        Layout { validity: Some(Validity::Present), ..none() },
        Layout { validity: Some(Validity::Present), offset: 8, ..none() },
        Layout { unknown_null_count: true, ..none() },
        Layout { first_offset: 5, ..none() },
        Layout { junk_behind_nulls: true, ..none() },
        Layout { junk_behind_nulls: true, offset: 2, tail: 1, ..none() },
        Layout { unaligned: true, ..none() },
        Layout { null_offsets: true, ..none() },
        Layout { view_block: Some(1), ..none() },
        Layout { view_block: Some(16), first_offset: 20, ..none() },
        everything.clone(),
        Layout { view_block: None, ..everything.clone() },
        Layout { view_block: None, null_offsets: false, ..everything.clone() },
        Layout { view_block: None, null_offsets: false, first_offset: 0, ..everything.clone() },
        Layout { view_block: None, null_offsets: false, first_offset: 0, validity: None, ..everything },
    ];
    candidates.into_iter().filter(|layout| layout.check(field).is_ok()).collect()
}

/// A document of one column, cut into batches at the rows given.
pub fn document(sample: &Sample, layout: Option<&Layout>, cuts: &[usize]) -> Document {
    let mut batches = Vec::new();
    let mut start = 0;
    for end in cuts.iter().copied().chain([sample.values.len()]) {
        let end = end.min(sample.values.len());
        let column = Column { values: sample.values[start..end].to_vec(), layout: layout.cloned() };
        batches.push(Batch { rows: end - start, metadata: Metadata::default(), columns: vec![column] });
        start = end;
    }
    let schema = Schema { fields: vec![sample.field.clone()], metadata: Metadata::default() };
    Document { schema, data: Data::Batches(batches) }
}
