//! Every check can fail: for each clause an input that breaks it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::*;
use crate::wire::assemble::assemble;
use crate::wire::section;

/// An entry of `faults.yaml`.
struct Fault {
    /// The clause; of right inputs none.
    clause: String,
    place: String,
    format: Format,
    bytes: Vec<u8>,
}

fn faults() -> Vec<Fault> {
    let entries: Vec<Json> = serde_yaml::from_str(include_str!("faults.yaml")).expect("the faults");
    entries.iter().map(fault).collect()
}

fn fault(entry: &Json) -> Fault {
    let text = |key: &str| entry.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let format = if entry["format"] == "file" { Format::File } else { Format::Stream };
    let parts = match entry.get("wire") {
        Some(parts) => parts.clone(),
        None => parts(entry, format),
    };
    let input = section::read(&parts, format).unwrap_or_else(|error| panic!("{entry}: {error}"));
    Fault { clause: text("clause"), place: text("place"), format, bytes: assemble(&input).bytes }
}

/// A stream or file of one batch.
fn parts(entry: &Json, format: Format) -> Json {
    let list = |key: &str| entry.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    let mut schema = entry.get("schema").cloned().unwrap_or(json!({}));
    schema["fields"] = entry["fields"].clone();
    let mut parts = vec![json!({ "schema": schema })];
    parts.extend(list("front"));
    if let Some(batch) = entry.get("batch") {
        let mut message = entry.get("message").cloned().unwrap_or(json!({}));
        message["record_batch"] = batch.clone();
        message["body"] = Json::Array(list("body"));
        parts.push(message);
    }
    parts.extend(list("behind"));
    parts.push(json!("end_of_stream"));
    if format == Format::File {
        parts.insert(0, json!("magic"));
        parts.push(json!({ "footer": entry.get("footer").cloned().unwrap_or(json!({})) }));
    }
    Json::Array(parts)
}

#[test]
fn every_fault_is_found_where_it_is() {
    let mut missed = String::new();
    for Fault { clause, place, format, bytes } in faults() {
        let found = check(&bytes, format);
        assert!(found.iter().all(|violation| violation.at.end <= bytes.len()), "{found:?}");
        if !clause.is_empty() && !found.iter().any(|violation| violation.clause == clause && violation.place == place) {
            let shown: Vec<String> = found.iter().map(|violation| format!("    {violation}")).collect();
            missed.push_str(&format!("{clause} at {place} is not among\n{}\n", shown.join("\n")));
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn right_inputs_break_no_rule() {
    for Fault { format, bytes, .. } in faults().into_iter().filter(|fault| fault.clause.is_empty()) {
        let mut found = check(&bytes, format);
        // The raw writer aligns to 8.
        found.retain(|violation| violation.clause != "framing-alignment-64-preferred");
        let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{}", shown.join("\n"));
    }
}

#[test]
fn a_rule_is_reported_a_limited_number_of_times() {
    let field = |index: usize| json!({"name": index.to_string(), "type": {"Int": {"bitWidth": 7}}});
    let fields: Vec<Json> = (0..2 * MOST_OF_A_CLAUSE).map(field).collect();
    let input = section::read(&json!([{ "schema": { "fields": fields } }]), Format::Stream).expect("a stream");
    let found = check(&assemble(&input).bytes, Format::Stream);
    assert_eq!(found.iter().filter(|violation| violation.clause == "type-int-bitwidths").count(), MOST_OF_A_CLAUSE);
}

#[test]
fn every_cut_and_every_changed_byte_is_taken() {
    for Fault { format, bytes, .. } in faults().into_iter().step_by(7) {
        for end in (0..bytes.len()).step_by(5) {
            check(&bytes[..end], format);
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0xFF;
            check(&changed, format);
        }
    }
}

#[test]
fn every_clause_has_a_fault() {
    let faults = faults();
    let broken: BTreeSet<&str> = faults.iter().map(|fault| fault.clause.as_str()).collect();
    let missing: Vec<&&str> = clauses().iter().filter(|clause| !broken.contains(**clause)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_clause_is_in_the_catalogue() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../cases/clauses.yaml");
    let catalogue = std::fs::read_to_string(path).expect("the catalogue");
    for clause in clauses() {
        assert!(catalogue.contains(&format!("- id: {clause}\n")), "{clause}");
    }
}
