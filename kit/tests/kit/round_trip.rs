//! What is built is what is observed: every type, every layout.

use std::fs;

use arrowipc_kit::cdata::{Builder, build_stream, observe_stream, read_batch};
use arrowipc_kit::value::{Document, Levels, Schema, first_difference};

use crate::samples::{Sample, document, layouts, samples};

/// Builds the document, observes the stream, reads the dump, and compares.
fn assert_round_trip(document: &Document, what: &dyn Fn() -> String) {
    let stream = build_stream(document).unwrap_or_else(|error| panic!("{}: {error}", what()));
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("dump.json");
    // SAFETY: the stream is the kit's own.
    let summary = unsafe { observe_stream(stream, Some(&dump)) }.unwrap_or_else(|error| panic!("{}: {error}", what()));
    let text = fs::read(&dump).unwrap();
    let observed = Document::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", what()));
    if let Some(difference) = first_difference(document, &observed, Levels::ALL) {
        panic!("{}: {difference}", what());
    }
    assert_eq!(summary.digest, document.digest(), "{}", what());
    assert_eq!(summary.digest, observed.digest(), "{}", what());
    assert_eq!((summary.batches, summary.rows), (document.batch_count() as u64, document.row_count()));
}

#[test]
fn every_type_and_layout_round_trips() {
    let mut count = 0;
    for sample in samples() {
        for layout in layouts(&sample.field) {
            let what = || format!("{} {layout:?}", sample.field.data_type);
            assert_round_trip(&document(&sample, Some(&layout), &[0, 2]), &what);
            count += 1;
        }
    }
    assert!(count > 1500, "{count} combinations");
}

#[test]
fn batches_without_rows_round_trip_in_every_layout() {
    for mut sample in samples() {
        sample.values.clear();
        for layout in layouts(&sample.field) {
            assert_round_trip(&document(&sample, Some(&layout), &[0]), &|| {
                format!("{} {layout:?}", sample.field.data_type)
            });
        }
    }
}

#[test]
fn columns_of_nulls_only_round_trip() {
    for mut sample in samples() {
        if !sample.field.nullable || sample.field.dictionary.is_none() && !sample.field.data_type.has_validity() {
            continue;
        }
        sample.values.fill(arrowipc_kit::value::Value::Null);
        for layout in layouts(&sample.field) {
            assert_round_trip(&document(&sample, Some(&layout), &[]), &|| {
                format!("{} {layout:?}", sample.field.data_type)
            });
        }
    }
}

#[test]
fn a_batch_is_the_same_however_often_it_is_built() {
    for sample in samples() {
        let document = document(&sample, None, &[1, 3]);
        let builder = Builder::new(&document).unwrap();
        for index in [2, 0, 2] {
            let array = builder.batch(index).unwrap();
            // SAFETY: the array is the kit's own, of this schema.
            let batch = unsafe { read_batch(&document.schema, &array) }.unwrap();
            assert_eq!(Some(&batch), document.batch(index).as_deref());
        }
        assert!(builder.batch(3).unwrap().is_released());
    }
}

#[test]
fn names_metadata_and_flags_cross_the_interface() {
    let text = r#"{"schema":{"fields":[
        {"name":{"hex":"ff"},"type":"map(keys_sorted)","nullable":false,
         "metadata":[["k","v"],["k",{"hex":"ff"}],["",""]],
         "children":[{"name":"","type":"struct","nullable":false,"metadata":[["in","entries"]],"children":[
            {"name":"k","type":"int8","nullable":false,"metadata":[],"children":[]},
            {"name":"v","type":"utf8","nullable":true,"metadata":[],
             "dictionary":{"index":"uint64","ordered":true},"children":[]}]}]}],
        "metadata":[["ARROW","x"]]},"batches":[]}"#;
    let document = Document::from_json(text.as_bytes()).unwrap();
    assert_round_trip(&document, &|| "schema".to_owned());
}

#[test]
fn batches_without_columns_have_rows() {
    let text = r#"{"schema":{"fields":[],"metadata":[]},"batches":[
        {"rows":5,"metadata":[],"columns":[]},{"rows":0,"metadata":[],"columns":[]}]}"#;
    assert_round_trip(&Document::from_json(text.as_bytes()).unwrap(), &|| "no columns".to_owned());
}

#[test]
fn given_runs_dictionaries_and_indices_are_kept_and_change_no_value() {
    let runs = r#"{"name":"r","type":"run_end_encoded","nullable":true,"metadata":[],"children":[
        {"name":"e","type":"int16","nullable":false,"metadata":[],"children":[]},
        {"name":"v","type":"utf8","nullable":true,"metadata":[],"children":[]}]}"#;
    let encoded = r#"{"name":"d","type":"utf8","nullable":true,"metadata":[],
        "dictionary":{"index":"int8","ordered":false},"children":[]}"#;
    let text = format!(
        r#"{{"schema":{{"fields":[{runs},{encoded}],"metadata":[]}},"batches":[{{"rows":4,"metadata":[],"columns":[
        {{"values":["a","a","a",null],"layout":{{"offset":1,"tail":1,"runs":[2,1,1]}}}},
        {{"values":["x",null,"x",null],
          "layout":{{"dictionary":["x",null,"x","unused"],"indices":[2,1,0,null],"offset":2}}}}]}}]}}"#
    );
    assert_round_trip(&Document::from_json(text.as_bytes()).unwrap(), &|| "given".to_owned());
}

#[test]
fn a_released_stream_is_an_error() {
    let stream = arrowipc_kit::cdata::ArrowArrayStream::released();
    // SAFETY: released.
    let error = unsafe { observe_stream(stream, None) }.unwrap_err();
    assert_eq!(error.to_string(), "the stream is released (clause cdata-released-input)");
}

#[test]
fn default_dictionaries_are_those_of_all_batches() {
    let sample = samples().into_iter().find(|sample| sample.field.dictionary.is_some()).unwrap();
    let Sample { field, values } = &sample;
    let built = document(&sample, None, &[1, 2]);
    let lengths: Vec<i64> = (0..3)
        .map(|index| {
            crate::layouts::raw(&Builder::new(&built).unwrap().batch(index).unwrap()).child(0).dictionary().length
        })
        .collect();
    let mut distinct: Vec<_> = values.iter().filter(|value| !value.is_null()).collect();
    distinct.dedup();
    distinct.sort_by_key(|value| format!("{value:?}"));
    distinct.dedup();
    assert_eq!(lengths, [distinct.len() as i64; 3]);
    assert_eq!(built.schema, Schema { fields: vec![field.clone()], ..Schema::default() });
}
