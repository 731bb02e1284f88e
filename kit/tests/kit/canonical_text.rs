//! Canonical text, literally, and its way back.

use arrowipc_kit::value::{Canonical, Document};

use crate::samples::{document, layouts, samples};

#[test]
fn the_text_is_this() {
    let text = concat!(
        r#"{"schema":{"fields":["#,
        r#"{"name":"i","type":"int8","nullable":true,"metadata":[],"children":[]},"#,
        r#"{"name":{"hex":"ff"},"type":"decimal256(76, 2)","nullable":false,"metadata":[["k","v"],["k",{"hex":"00ff"}]],"children":[]},"#,
        r#"{"name":"d","type":"timestamp[us, Europe/Paris]","nullable":true,"metadata":[],"dictionary":{"index":"uint16","ordered":true},"children":[]},"#,
        r#"{"name":"u","type":"dense_union(5, 7)","nullable":true,"metadata":[],"children":["#,
        r#"{"name":"f","type":"float16","nullable":true,"metadata":[],"children":[]},"#,
        r#"{"name":"b","type":"fixed_size_binary(2)","nullable":true,"metadata":[],"children":[]}]}],"#,
        r#""metadata":[["k","\"\\\u0001é"]]},"#,
        r#""batches":[{"rows":2,"metadata":[["b","0"]],"columns":["#,
        r#"["-5",null],["0","-1"],{"values":["1",null],"layout":{"offset":1,"tail":2,"validity":"present","null_count":"unknown","#,
        r#""behind_nulls":"junk","unaligned":true,"dictionary":["1",null],"indices":[0,1],"values":{"offset":3}}},"#,
        r#"[{"5":"3c00"},{"7":null}]]}]}"#,
    );
    assert_eq!(Document::from_json(text.as_bytes()).unwrap().canonical(), text);
}

#[test]
fn every_layout_key_has_its_place() {
    let text = concat!(
        r#"{"schema":{"fields":["#,
        r#"{"name":"v","type":"utf8_view","nullable":true,"metadata":[],"children":[]},"#,
        r#"{"name":"l","type":"list","nullable":true,"metadata":[],"children":["#,
        r#"{"name":"r","type":"run_end_encoded","nullable":true,"metadata":[],"children":["#,
        r#"{"name":"e","type":"int32","nullable":true,"metadata":[],"children":[]},"#,
        r#"{"name":"v","type":"bool","nullable":true,"metadata":[],"children":[]}]}]}],"metadata":[]},"#,
        r#""batches":[{"rows":1,"metadata":[],"columns":["#,
        r#"{"values":["x"],"layout":{"validity":"absent","first_offset":4,"view_block":9}},"#,
        r#"{"values":[[true,true]],"layout":{"null_offsets":true,"children":[{"runs":[1,1],"children":[null,{"tail":1}]}]}}]}]}"#,
    );
    assert_eq!(Document::from_json(text.as_bytes()).unwrap().canonical(), text);
}

#[test]
fn generated_data_keep_their_rules() {
    let text = concat!(
        r#"{"schema":{"fields":["#,
        r#"{"name":"i","type":"int64","nullable":false,"metadata":[],"children":[]},"#,
        r#"{"name":"s","type":"utf8","nullable":true,"metadata":[],"children":[]}],"metadata":[]},"#,
        r#""generate":{"batches":1000,"rows":10000,"columns":["#,
        r#"{"algo":"sequence","start":-5,"step":3},{"algo":"random","seed":18446744073709551615,"nulls":0.1}]}}"#,
    );
    assert_eq!(Document::from_json(text.as_bytes()).unwrap().canonical(), text);
}

#[test]
fn every_type_and_layout_parses_back_from_its_text() {
    for sample in samples() {
        for layout in layouts(&sample.field) {
            let document = document(&sample, Some(&layout), &[1]);
            let text = document.canonical();
            assert_eq!(Document::from_json(text.as_bytes()).as_ref(), Ok(&document), "{text}");
        }
    }
}
