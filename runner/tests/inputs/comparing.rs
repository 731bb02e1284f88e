//! `diff`: the first difference of each kind, at its place.

use arrowipc_runner::case::file::CaseResult;
use arrowipc_runner::case::options::Format;
use arrowipc_runner::diff::{Difference, Kind, Side, diff};
use arrowipc_runner::progress::Progress;
use arrowipc_runner::wire::assemble::assemble;
use arrowipc_runner::wire::edit::{self, Edit};
use arrowipc_runner::wire::lift::lift;
use serde_json::{Value as Json, json};

use crate::case_files::of_result;
use crate::commands::orders;

/// The example with an edit, as of `docs/wire.md`.
fn edited(edits: Json) -> Vec<u8> {
    let mut parts = lift(&std::fs::read(orders()).unwrap(), Format::File).unwrap();
    edit::apply(&mut parts, &Edit::list(&edits).unwrap()).unwrap();
    assemble(&parts).bytes
}

fn differences(a: &[u8], b: &[u8], layout: bool) -> Vec<Difference> {
    let side = |name, bytes| Side { name, bytes, format: Format::File };
    diff(side("a", a), side("b", b), layout, &Progress::silent()).unwrap()
}

fn difference(kind: Kind, place: &str, a: &str, b: &str) -> Difference {
    Difference { kind, place: place.into(), a: a.into(), b: b.into() }
}

#[test]
fn an_edit_is_told_where_it_is() {
    let whole = edited(json!([]));
    for (edits, expected) in [
        (
            json!([{"set": "batch[1].column[id].data[1]", "to": 7}]),
            difference(Kind::Values, "id, row 4 (row 1 of batch 1)", "\"5\"", "\"7\""),
        ),
        (
            json!([{"set": "batch[0].column[items].child[item].data[0]", "to": 80}]),
            difference(Kind::Values, "items[0], row 0 (row 0 of batch 0)", "\"pen\"", "\"Pen\""),
        ),
        (
            json!([{"set": "batch[0].column[country].data[0]", "to": 2}]),
            difference(Kind::Values, "country, row 0 (row 0 of batch 0)", "\"NL\"", "\"JP\""),
        ),
        (
            json!([{"set": "schema[*].fields[1].name", "to": "client"}]),
            difference(Kind::Schema, "customer: name", "\"customer\"", "\"client\""),
        ),
        (
            json!([{"set": "schema[*].fields[0].nullable", "to": true}]),
            difference(Kind::Schema, "id: nulls", "not nullable", "nullable"),
        ),
        (
            json!([{"set": "schema[*].fields[2].dictionary.isOrdered", "to": true}]),
            difference(Kind::Schema, "country: dictionary", "int8 indices", "ordered, int8 indices"),
        ),
    ] {
        assert_eq!(differences(&whole, &edited(edits.clone()), false), [expected], "{edits}");
    }
    assert_eq!(differences(&whole, &whole.clone(), true), []);
}

#[test]
fn missing_rows_are_counted() {
    let (whole, short) = (edited(json!([])), edited(json!([{"remove": "batch[1]"}])));
    assert_eq!(differences(&whole, &short, false), [difference(Kind::Values, "rows", "5", "3")]);
}

#[test]
fn layouts_are_compared_message_by_message() {
    let whole = edited(json!([]));
    let padded = edited(json!([{"set": "batch[0].body_tail", "to": 8}]));
    let bytes = edited(json!([{"set": "batch[1].column[id].data[0]", "to": 4_000}]));
    assert_eq!(differences(&whole, &padded, false), []);
    assert_eq!(differences(&whole, &padded, true), [difference(Kind::Layout, "message[2].bodyLength", "192", "200")]);
    assert_eq!(
        differences(&whole, &bytes, true)[1..],
        [difference(Kind::Layout, "batch[1].column[id].data, its byte 0", "0x04", "0xa0")]
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let whole = edited(json!([]));
    let wrong = edited(json!([{"set": "batch[0].column[customer].offsets[3]", "to": 100}]));
    let side = |name, bytes| Side { name, bytes, format: Format::File };
    let error = diff(side("a", &whole), side("b", &wrong), true, &Progress::silent()).unwrap_err().to_string();
    assert!(error.starts_with("b cannot be read: batch[0].column[customer].offsets[3] (bytes "), "{error}");
    assert!(
        error.ends_with("found 100, expected at most 9, the length of the data (layout-varbinary-offset-oob)"),
        "{error}"
    );
}

#[test]
fn case_files_do_not_differ_from_themselves_row_by_row() {
    let mut compared = 0;
    for file in of_result(CaseResult::Valid).filter(|file| !file.name.starts_with("tensor")) {
        // Another byte behind the end makes it another input.
        let longer = [&file.bytes[..], &[0; 8]].concat();
        let (format, name) = (file.format, file.name.as_str());
        let side = |bytes| Side { name, bytes, format };
        if format == Format::Stream
            && let Ok(found) = diff(side(&file.bytes), side(&longer), false, &Progress::silent())
        {
            assert_eq!(found, [], "{name}");
            compared += 1;
        }
    }
    assert!(compared > 500, "{compared}");
}
