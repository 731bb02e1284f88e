use std::collections::BTreeSet;

use arrowipc_kit::value::{Canonical, Document};
use serde_json::json;

use super::{read, write};
use crate::case::variant::Input;
use crate::corpus::written_down;

fn canonical(json: &str) -> String {
    let document = read(json.as_bytes()).unwrap();
    document.canonical().to_string()
}

/// A file of one column in one batch; what it is in canonical text, without the schema.
fn values(field: &str, count: usize, column: &str) -> Result<String, String> {
    let json = format!(
        r#"{{"schema":{{"fields":[{{"name":"c","nullable":true,{field}}}]}},"batches":[{{"count":{count},"columns":[{{"name":"c","count":{count},{column}}}]}}]}}"#
    );
    let document = read(json.as_bytes()).map_err(|error| error.to_string())?;
    let text = document.canonical().to_string();
    let (_, columns) = text.split_once(r#""columns":["#).unwrap();
    Ok(columns.trim_end_matches("]}]}").to_owned())
}

#[test]
fn a_schema_keeps_metadata_order_and_duplicates() {
    let text = canonical(
        r#"{"schema":{"fields":[{"name":"t","type":{"name":"timestamp","unit":"MICROSECOND","timezone":"Europe/Paris"},"nullable":false,"children":[],
            "metadata":[{"key":"b","value":"1"},{"key":"a","value":"{}"},{"key":"b","value":"2"}]}],"metadata":null},"batches":[]}"#,
    );
    assert_eq!(
        text,
        r#"{"schema":{"fields":[{"name":"t","type":"timestamp[us, Europe/Paris]","nullable":false,"metadata":[["b","1"],["a","{}"],["b","2"]],"children":[]}],"metadata":[]},"batches":[]}"#
    );
}

#[test]
fn flat_values_are_read_in_both_spellings() {
    let int = |bits, signed| format!(r#""type":{{"name":"int","bitWidth":{bits},"isSigned":{signed}}}"#);
    let table = [
        (r#""type":{"name":"bool"}"#.to_owned(), "[true,0,1]", r#"[true,null,true]"#),
        (int(8, true), "[-128,0,127]", r#"["-128",null,"127"]"#),
        (int(64, false), r#"["18446744073709551615","0",1]"#, r#"["18446744073709551615",null,"1"]"#),
        (r#""type":{"name":"floatingpoint","precision":"HALF"}"#.into(), "[1.5,0,-2]", r#"["3e00",null,"c000"]"#),
        (
            r#""type":{"name":"floatingpoint","precision":"SINGLE"}"#.into(),
            "[0.1,0,1]",
            r#"["3dcccccd",null,"3f800000"]"#,
        ),
        (
            r#""type":{"name":"decimal","precision":3,"scale":2}"#.into(),
            r#"["-170141183460469231731687303715884105728","0","7"]"#,
            r#"["-170141183460469231731687303715884105728",null,"7"]"#,
        ),
        (
            r#""type":{"name":"decimal","precision":76,"scale":0,"bitWidth":256}"#.into(),
            r#"["170141183460469231731687303715884105728","0","-1"]"#,
            r#"["170141183460469231731687303715884105728",null,"-1"]"#,
        ),
        (
            r#""type":{"name":"interval","unit":"DAY_TIME"}"#.into(),
            r#"[{"days":-1,"milliseconds":2},{},{"days":0,"milliseconds":0}]"#,
            r#"[["-1","2"],null,["0","0"]]"#,
        ),
        (
            r#""type":{"name":"interval","unit":"MONTH_DAY_NANO"}"#.into(),
            r#"[{"months":1,"days":-2,"nanoseconds":9223372036854775807},{},{"months":0,"days":0,"nanoseconds":0}]"#,
            r#"[["1","-2","9223372036854775807"],null,["0","0","0"]]"#,
        ),
        (
            r#""type":{"name":"fixedsizebinary","byteWidth":2}"#.into(),
            r#"["00FF","","a5A5"]"#,
            r#"["00ff",null,"a5a5"]"#,
        ),
    ];
    for (field, data, expected) in table {
        assert_eq!(
            values(&field, 3, &format!(r#""VALIDITY":[1,0,1],"DATA":{data}"#)).as_deref(),
            Ok(expected),
            "{field}"
        );
    }
}

#[test]
fn lists_take_their_items_by_offset_and_size() {
    let item = r#""children":[{"name":"item","type":{"name":"int","bitWidth":8,"isSigned":true},"nullable":true}]"#;
    let items = r#""children":[{"name":"item","count":3,"VALIDITY":[1,1,0],"DATA":[1,2,3]}]"#;
    let table = [
        (r#"{"name":"list"}"#, r#""VALIDITY":[1,0],"OFFSET":[1,3,3]"#, r#"[["2",null],null]"#),
        (r#"{"name":"largelist"}"#, r#""VALIDITY":[1,1],"OFFSET":["0","0","1"]"#, r#"[[],["1"]]"#),
        (r#"{"name":"listview"}"#, r#""VALIDITY":[1,1],"OFFSET":[1,0],"SIZE":[2,2]"#, r#"[["2",null],["1","2"]]"#),
        (r#"{"name":"fixedsizelist","listSize":1}"#, r#""VALIDITY":[0,1]"#, r#"[null,["2"]]"#),
    ];
    for (name, buffers, expected) in table {
        assert_eq!(
            values(&format!(r#""type":{name},{item}"#), 2, &format!("{buffers},{items}")).as_deref(),
            Ok(expected),
            "{name}"
        );
    }
    assert_eq!(
        values(&format!(r#""type":{{"name":"list"}},{item}"#), 1, &format!(r#""OFFSET":[2,4],{items}"#)),
        Err("$.batches[0].columns[0].children: expected items 2 to 4 of a child, found a child of 3 items".into())
    );
}

#[test]
fn views_lie_in_place_or_in_a_data_buffer() {
    let views = r#""VIEWS":[{"SIZE":2,"INLINED":"4142"},{"SIZE":13,"PREFIX_HEX":"61626364","BUFFER_INDEX":0,"OFFSET":1}],
        "VARIADIC_DATA_BUFFERS":["006162636465666768696A6B6C6D"]"#;
    let binary = r#""type":{"name":"binaryview"}"#;
    assert_eq!(values(binary, 2, views).as_deref(), Ok(r#"["4142","6162636465666768696a6b6c6d"]"#));
    let text = views.replace("\"SIZE\":2", "\"SIZE\":4");
    assert_eq!(values(r#""type":{"name":"utf8view"}"#, 2, &text).as_deref(), Ok(r#"["4142","abcdefghijklm"]"#));
    assert_eq!(
        values(binary, 2, &views.replace("61626364\"", "62626364\"")),
        Err("$.batches[0].columns[0].VIEWS[1].PREFIX_HEX: expected the first bytes of the value, 61626364, found 62626364".into())
    );
}

#[test]
fn unions_runs_and_maps_become_values() {
    let int8 = r#"{"name":"i","type":{"name":"int","bitWidth":8,"isSigned":true},"nullable":true}"#;
    let int16 = r#"{"name":"e","type":{"name":"int","bitWidth":16,"isSigned":true},"nullable":false}"#;
    let null = r#"{"name":"n","type":{"name":"null"},"nullable":true}"#;
    let union =
        |mode| format!(r#""type":{{"name":"union","mode":"{mode}","typeIds":[5,7]}},"children":[{int8},{null}]"#);
    assert_eq!(
        values(
            &union("DENSE"),
            3,
            r#""TYPE_ID":[7,5,5],"OFFSET":[0,1,0],"children":[{"name":"i","count":2,"VALIDITY":[0,1],"DATA":[0,9]},{"name":"n","count":1}]"#
        )
        .as_deref(),
        Ok(r#"[{"7":null},{"5":"9"},{"5":null}]"#)
    );
    assert_eq!(
        values(
            &union("SPARSE"),
            1,
            r#""TYPE_ID":[6],"children":[{"name":"i","count":1,"DATA":[0]},{"name":"n","count":1}]"#
        ),
        Err("$.batches[0].columns[0].TYPE_ID[0]: expected one of the type ids [5, 7], found 6".into())
    );
    let encoded = format!(r#""type":{{"name":"runendencoded"}},"children":[{int16},{int8}]"#);
    let runs = |ends| {
        values(
            &encoded,
            3,
            &format!(
                r#""children":[{{"name":"e","count":2,"DATA":{ends}}},{{"name":"i","count":2,"VALIDITY":[1,0],"DATA":[4,0]}}]"#
            ),
        )
    };
    assert_eq!(runs("[2,3]").as_deref(), Ok(r#"["4","4",null]"#));
    assert_eq!(
        runs("[2,2]"),
        Err("$.batches[0].columns[0].children[0].DATA[1]: expected a run end from 3 to 3, found 2".into())
    );
    assert_eq!(
        values(
            &format!(r#""type":{{"name":"map","keysSorted":false}},"children":[{{"name":"entries","type":{{"name":"struct"}},"nullable":false,"children":[{int16},{int8}]}}]"#),
            2,
            r#""VALIDITY":[1,0],"OFFSET":[0,1,1],"children":[{"name":"entries","count":1,"VALIDITY":[1],"children":[{"name":"e","count":1,"DATA":[3]},{"name":"i","count":1,"VALIDITY":[0],"DATA":[0]}]}]"#
        )
        .as_deref(),
        Ok(r#"[[["3",null]],null]"#)
    );
}

#[test]
fn dictionaries_are_looked_up_through_one_another() {
    let encoding = |id| {
        format!(
            r#""dictionary":{{"id":{id},"indexType":{{"name":"int","bitWidth":8,"isSigned":true}},"isOrdered":false}}"#
        )
    };
    let inner = format!(r#"{{"name":"i","type":{{"name":"utf8"}},"nullable":true,"children":[],{}}}"#, encoding(0));
    let outer =
        format!(r#"{{"name":"o","type":{{"name":"list"}},"nullable":true,"children":[{inner}],{}}}"#, encoding(1));
    let json = format!(
        r#"{{"schema":{{"fields":[{outer},{inner}]}},
        "dictionaries":[
          {{"id":1,"data":{{"count":2,"columns":[{{"name":"DICT1","count":2,"VALIDITY":[1,1],"OFFSET":[0,2,3],"children":[{{"name":"i","count":3,"VALIDITY":[1,1,0],"DATA":[1,0,0]}}]}}]}}}},
          {{"id":0,"data":{{"count":2,"columns":[{{"name":"DICT0","count":2,"VALIDITY":[1,1],"OFFSET":[0,1,2],"DATA":["x","y"]}}]}}}}],
        "batches":[{{"count":2,"columns":[{{"name":"o","count":2,"VALIDITY":[1,1],"DATA":[1,0]}},{{"name":"i","count":2,"VALIDITY":[0,1],"DATA":[0,1]}}]}}]}}"#
    );
    let text = canonical(&json);
    assert!(text.ends_with(r#""columns":[[[null],["y","x"]],[null,"y"]]}]}"#), "{text}");
    assert!(Document::from_json(text.as_bytes()).is_ok(), "{text}");
    let error = read(json.replace(r#""DATA":[1,0]}"#, r#""DATA":[2,0]}"#).as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "$.batches[0].columns[0].DATA[0]: expected an index into a dictionary of 2 values, found 2");
    let error = read(json.replace(r#"{"id":0,"data""#, r#"{"id":3,"data""#).as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "$.dictionaries: expected a dictionary with id 0, found none");
}

#[test]
fn a_type_without_its_children_is_refused() {
    let error = values(r#""type":{"name":"list"}"#, 0, r#""OFFSET":[]"#).unwrap_err();
    assert!(error.starts_with("$: expected a schema whose fields have their children, found "), "{error}");
    assert!(error.ends_with("expected 1 children for list, found 0"), "{error}");
}

#[test]
fn what_is_written_of_every_case_is_read_back() {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    let suite = crate::case::suite::Folder::new(cases).load(0).unwrap();
    let (mut documents, mut written, mut reasons) = (BTreeSet::new(), 0, BTreeSet::new());
    for variant in &suite.variants {
        let Input::Document(document) = &variant.input else { continue };
        if document.row_count() > 5_000 || !documents.insert(document.canonical()) {
            continue;
        }
        match write(document) {
            Ok(json) => {
                let read = read(json.to_string().as_bytes()).map(|document| document.canonical());
                assert_eq!(read, Ok(written_down(document).canonical()), "{}", variant.name);
                written += 1;
            }
            Err(error) => {
                let text = error.to_string();
                reasons.insert(text.rsplit(": ").next().unwrap_or_default().to_owned());
            }
        }
    }
    let known = [
        "batches have no metadata here",
        "is no number of JSON",
        "has too many digits",
        "is not UTF-8",
        "in one dictionary of",
        "run ends of",
    ];
    for reason in reasons {
        assert!(known.iter().any(|known| reason.contains(known)), "{reason}");
    }
    assert!(written > 200, "{written}");
}

#[test]
fn arrays_are_written_as_the_format_describes_them() {
    let canonical = r#"{"schema":{"fields":[
        {"name":"d","type":"utf8","nullable":true,"metadata":[],"dictionary":{"index":"int8","ordered":true},"children":[]},
        {"name":"l","type":"large_list","nullable":true,"metadata":[],"children":[{"name":"item","type":"int64","nullable":false,"metadata":[],"children":[]}]},
        {"name":"s","type":"struct","nullable":true,"metadata":[["k","v"],["k","w"]],"children":[{"name":"f","type":"float32","nullable":false,"metadata":[],"children":[]}]},
        {"name":"v","type":"utf8_view","nullable":false,"metadata":[],"children":[]},
        {"name":"r","type":"run_end_encoded","nullable":true,"metadata":[],"children":[
            {"name":"run_ends","type":"int16","nullable":false,"metadata":[],"children":[]},{"name":"values","type":"bool","nullable":true,"metadata":[],"children":[]}]},
        {"name":"u","type":"sparse_union(5, 7)","nullable":false,"metadata":[],"children":[
            {"name":"a","type":"null","nullable":true,"metadata":[],"children":[]},{"name":"b","type":"binary","nullable":true,"metadata":[],"children":[]}]}],
        "metadata":[]},
        "batches":[{"rows":2,"metadata":[],"columns":[["b",null],[null,["1","2"]],[null,["3dcccccd"]],["a","a longer string"],[true,true],[{"7":"ab"},{"5":null}]]}]}"#;
    let document = Document::from_json(canonical.as_bytes()).unwrap();
    let json = write(&document).unwrap();
    assert_eq!(
        json["schema"]["fields"][0],
        json!({"name": "d", "nullable": true, "type": {"name": "utf8"}, "children": [],
            "dictionary": {"id": 0, "indexType": {"name": "int", "bitWidth": 8, "isSigned": true}, "isOrdered": true}})
    );
    assert_eq!(
        json["schema"]["fields"][2]["metadata"],
        json!([{"key": "k", "value": "v"}, {"key": "k", "value": "w"}])
    );
    assert_eq!(
        json["dictionaries"],
        json!([{"id": 0, "data": {"count": 1, "columns": [
            {"name": "DICT0", "count": 1, "VALIDITY": [1], "OFFSET": [0, 1], "DATA": ["b"]}]}}])
    );
    assert_eq!(
        json["batches"][0]["columns"],
        json!([
            {"name": "d", "count": 2, "VALIDITY": [1, 0], "DATA": [0, 0]},
            {"name": "l", "count": 2, "VALIDITY": [0, 1], "OFFSET": ["0", "0", "2"],
                "children": [{"name": "item", "count": 2, "VALIDITY": [1, 1], "DATA": ["1", "2"]}]},
            {"name": "s", "count": 2, "VALIDITY": [0, 1],
                "children": [{"name": "f", "count": 2, "VALIDITY": [1, 1], "DATA": [0, 0.1]}]},
            {"name": "v", "count": 2, "VALIDITY": [1, 1],
                "VIEWS": [{"SIZE": 1, "INLINED": "a"}, {"SIZE": 15, "PREFIX_HEX": "61206C6F", "BUFFER_INDEX": 0, "OFFSET": 0}],
                "VARIADIC_DATA_BUFFERS": ["61206C6F6E67657220737472696E67"]},
            {"name": "r", "count": 2, "children": [
                {"name": "run_ends", "count": 1, "VALIDITY": [1], "DATA": [2]},
                {"name": "values", "count": 1, "VALIDITY": [1], "DATA": [true]}]},
            {"name": "u", "count": 2, "TYPE_ID": [7, 5], "children": [
                {"name": "a", "count": 2},
                {"name": "b", "count": 2, "VALIDITY": [1, 0], "OFFSET": [0, 1, 1], "DATA": ["AB", ""]}]},
        ])
    );
}

#[test]
fn what_the_format_cannot_say_is_told_with_its_place() {
    let document = |field: &str, metadata: &str, values: &str| {
        let json = format!(
            r#"{{"schema":{{"fields":[{{"name":"c",{field},"nullable":true,"metadata":[],"children":[]}}],"metadata":[]}},
            "batches":[{{"rows":1,"metadata":[{metadata}],"columns":[[{values}]]}}]}}"#
        );
        write(&Document::from_json(json.as_bytes()).unwrap()).map_err(|error| error.to_string())
    };
    for (field, metadata, values, expected) in [
        (r#""type":"bool""#, r#"["k","v"]"#, "true", "batches[0].metadata: batches have no metadata here"),
        (r#""type":"float64""#, "", r#""7ff0000000000000""#, "batches[0].c: inf is no number of JSON"),
        (
            r#""type":"float64""#,
            "",
            r#""3ff0000000000001""#,
            "batches[0].c: 1.0000000000000002e0 has too many digits for a float of three decimal places",
        ),
        (r#""type":"utf8""#, "", r#"{"hex":"ff"}"#, "batches[0].c: Text([ff]) is not UTF-8"),
    ] {
        assert_eq!(document(field, metadata, values), Err(expected.to_owned()));
    }
}

#[test]
fn what_writers_leave_out_is_false_or_zero() {
    let read = |data_type: &str, column: &str| {
        let json = format!(
            r#"{{"schema":{{"fields":[{{"name":"c","type":{data_type},"nullable":true,"children":[]}}]}},
            "batches":[{{"count":1,"columns":[{{"name":"c","count":1,"VALIDITY":[1],{column}}}]}}]}}"#
        );
        super::read(json.as_bytes()).map(|document| document.schema.fields[0].data_type.to_string())
    };
    assert_eq!(read(r#"{"name":"int","bitWidth":8}"#, r#""DATA":[200]"#), Ok("uint8".into()));
    assert_eq!(read(r#"{"name":"decimal","precision":3}"#, r#""DATA":["7"]"#), Ok("decimal128(3, 0)".into()));
    assert_eq!(read(r#"{"name":"fixedsizebinary"}"#, r#""DATA":[""]"#), Ok("fixed_size_binary(0)".into()));
    let wrong = read(r#"{"name":"int","bitWidth":8,"isSigned":1}"#, r#""DATA":[1]"#).unwrap_err().to_string();
    assert_eq!(wrong, "$.schema.fields[0].type.isSigned: expected true or false, found 1");
}

#[test]
fn a_decimal_is_its_unscaled_integer_and_nothing_else() {
    let decimal = r#""children":[],"type":{"name":"decimal","bitWidth":32,"precision":9,"scale":4}"#;
    assert!(values(decimal, 1, r#""VALIDITY":[1],"DATA":["12345"]"#).unwrap().contains(r#"["12345"]"#));
    // As arrow-go writes some; where the point would be, another value does not tell.
    let error = values(decimal, 1, r#""VALIDITY":[1],"DATA":["1.2345"]"#).unwrap_err();
    assert!(error.starts_with("$.batches[0].columns[0].DATA[0]: expected decimal32(9, 4)"), "{error}");
}
