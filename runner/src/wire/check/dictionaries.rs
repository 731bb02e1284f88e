//! The order of dictionary batches, and the ids that they have.

use std::collections::{BTreeMap, BTreeSet};

use super::{Group, Input, Report};
use crate::case::options::{Format, Phase};
use crate::wire::tree::{Node, Table};
use crate::wire::walk;

pub(super) const GROUP: Group = Group {
    clauses: &[
        "dictionary-id-unknown",
        "dictionary-batch-data-present",
        "dictionary-delta-without-base",
        "dictionary-initial-all-required",
        "dictionary-nested-inner-first",
        "file-no-replacement-write",
    ],
    check,
};

fn check(input: &Input, report: &mut Report) {
    let Some(schema) = input.schema else { return };
    // The first batch of each id.
    let mut first: BTreeMap<i64, usize> = BTreeMap::new();
    let mut based = BTreeSet::new();
    let file = input.parsed.format == Format::File;
    // In a file, a delta may lie in front of its base: the footer tells the order.
    let late = match &input.parsed.footer {
        Some(Ok(_)) => based_ids(input),
        _ => BTreeSet::new(),
    };
    for (index, message) in input.parsed.messages.iter().enumerate() {
        let Some(header) = walk::header(message, "DictionaryBatch") else { continue };
        let (id, name) = (header.scalar("id"), &input.names[index]);
        let at = header.get("id").map_or(header.place.clone(), |node| node.slot.clone());
        let place = format!("{name}.id");
        if header.table("data").is_none() {
            let at = header.place.clone();
            let (place, expected) = (format!("{name}.data"), "a record batch of one column");
            report.add("dictionary-batch-data-present", Phase::Dictionary, at, place, "none", expected);
        }
        if !input.encoded.contains_key(&id) {
            let expected = "the id of a field";
            report.add("dictionary-id-unknown", Phase::Dictionary, at.clone(), &place, id.to_string(), expected);
        }
        first.entry(id).or_insert(index);
        let delta = header.scalar("isDelta") != 0;
        let known = based.contains(&id);
        if !delta {
            based.insert(id);
        }
        if !delta && known && file {
            let (found, expected) = (format!("a second dictionary with id {id}"), "one, and deltas");
            report.add("file-no-replacement-write", Phase::Dictionary, at, place, found, expected);
        } else if delta && !known && !late.contains(&id) {
            let (found, expected) = (format!("a delta of {id}"), "a dictionary before it");
            report.add("dictionary-delta-without-base", Phase::Dictionary, at, place, found, expected);
        }
    }
    if !file {
        all_in_front(input, &first, report);
    }
    inner_first(input, schema, &first, report);
}

/// The ids that have a dictionary which is no delta.
fn based_ids(input: &Input) -> BTreeSet<i64> {
    let headers = input.parsed.messages.iter().filter_map(|message| walk::header(message, "DictionaryBatch"));
    headers.filter(|header| header.scalar("isDelta") == 0).map(|header| header.scalar("id")).collect()
}

fn all_in_front(input: &Input, first: &BTreeMap<i64, usize>, report: &mut Report) {
    let batch = |message| walk::header(message, "RecordBatch").is_some();
    let Some(batch) = input.parsed.messages.iter().position(batch) else { return };
    for id in input.encoded.keys() {
        let late = match first.get(id) {
            Some(index) if *index < batch => continue,
            Some(index) => format!("dictionary {id} in message[{index}]"),
            None => format!("no dictionary {id}"),
        };
        let at = input.parsed.messages[batch].range.clone();
        let expected = "every dictionary before the first record batch";
        report.add("dictionary-initial-all-required", Phase::Dictionary, at, &input.names[batch], late, expected);
    }
}

fn inner_first(input: &Input, schema: &Table, first: &BTreeMap<i64, usize>, report: &mut Report) {
    fn below(fields: &[Node], outer: Option<i64>, pairs: &mut BTreeSet<(i64, i64)>) {
        for field in fields.iter().filter_map(Node::as_table) {
            let id = field.table("dictionary").map(|encoding| encoding.scalar("id"));
            if let (Some(outer), Some(id)) = (outer, id) {
                pairs.insert((outer, id));
            }
            below(field.vector("children"), id.or(outer), pairs);
        }
    }
    let mut pairs = BTreeSet::new();
    below(schema.vector("fields"), None, &mut pairs);
    for (outer, inner) in pairs {
        if let (Some(outer_at), Some(inner_at)) = (first.get(&outer), first.get(&inner))
            && outer_at < inner_at
        {
            let at = input.parsed.messages[*outer_at].range.clone();
            let found = format!("dictionary {outer} in front of {inner}, which its values refer to");
            let place = &input.names[*outer_at];
            report.add("dictionary-nested-inner-first", Phase::Dictionary, at, place, found, "the inner one first");
        }
    }
}
