//! `where`: which of the places that a path names an operation is for.

use serde_json::{Map, Value as Json};

use super::EditError;
use super::target::{self, Target, message};
use super::tree::{self, TreeStep, is_name_of_the_format};
use crate::wire::format::{Kind, StructType};
use crate::wire::raw::{RawInput, Role};
use crate::wire::tree::{Node, Table, Value};
use crate::wire::value::{self, expected};

/// A table or struct around a place.
enum Holder<'i> {
    Table(&'i Table),
    Struct(&'static StructType, &'i [i64]),
}

/// Whether the innermost table or struct around a place that has all these fields has them with these values.
pub fn holds(input: &RawInput, target: &Target, condition: &Map<String, Json>) -> Result<bool, EditError> {
    if let Some(name) = condition.keys().find(|name| !is_name_of_the_format(name)) {
        let message = format!("no table of the format has a field '{name}'");
        return Err(EditError::new(message).below(name.as_str()).below("where"));
    }
    let holders = holders(input, target);
    let holder = holders.iter().rev().find(|holder| condition.keys().all(|name| holder.has(name)));
    let Some(holder) = holder else { return Ok(false) };
    for (name, json) in condition {
        if !holder.matches(name, json).map_err(|error| error.below(name.as_str()).below("where"))? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Holder<'_> {
    fn has(&self, name: &str) -> bool {
        match self {
            Holder::Table(table) => table.kind.slot(name).is_some(),
            Holder::Struct(of, _) => of.members.iter().any(|(member, ..)| *member == name),
        }
    }

    fn matches(&self, name: &str, json: &Json) -> Result<bool, EditError> {
        match self {
            Holder::Table(table) => field_matches(table, name, json),
            Holder::Struct(of, members) => {
                let found = of.members.iter().zip(*members).find(|((member, ..), _)| *member == name);
                let Some(((_, _, scalar), member)) = found else { return Ok(false) };
                Ok(value::scalar(json, scalar)? == *member)
            }
        }
    }
}

fn field_matches(table: &Table, name: &str, json: &Json) -> Result<bool, EditError> {
    let Some(slot) = table.kind.slot(name) else { return Err(EditError::new(value::no_field(table.kind, name))) };
    let node = table.fields[slot].as_ref();
    let kind = &table.kind.fields[slot].kind;
    if json == "absent" && !matches!(kind, Kind::Text) {
        return Ok(node.is_none());
    }
    match kind {
        Kind::Scalar(scalar) => Ok(value::scalar(json, scalar)? == table.scalar(name)),
        Kind::Table(_) => match (json, node.and_then(Node::as_table)) {
            (Json::Object(fields), table) => fields_match(table, fields),
            _ => Err(expected("a mapping of fields", json)),
        },
        Kind::Union(members) => {
            let known = |name: &str| match members.iter().any(|member| member.name == name) {
                true => Ok(()),
                false => Err(EditError::new(format!("the union has no member '{name}'"))),
            };
            let table = node.and_then(Node::as_table);
            match json {
                Json::String(name) => known(name).map(|()| table.is_some_and(|table| table.kind.name == name)),
                Json::Object(entries) if entries.len() == 1 => {
                    let Some((name, Json::Object(fields))) = entries.iter().next() else {
                        return Err(expected("{NAME: FIELDS}", json));
                    };
                    known(name)?;
                    fields_match(table.filter(|table| table.kind.name == name), fields)
                        .map_err(|error| error.below(name.as_str()))
                }
                _ => Err(expected("the name of a member or {NAME: FIELDS}", json)),
            }
        }
        kind => Ok(Some(value::value(json, kind)?) == node.map(|node| node.value.clone())),
    }
}

fn fields_match(table: Option<&Table>, fields: &Map<String, Json>) -> Result<bool, EditError> {
    let Some(table) = table else { return Ok(false) };
    for (name, json) in fields {
        if !field_matches(table, name, json).map_err(|error| error.below(name.as_str()))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The tables and structs around a place, the outermost first. Around a buffer of a column there are its Field and its FieldNode, too.
fn holders<'i>(input: &'i RawInput, target: &Target) -> Vec<Holder<'i>> {
    let mut holders = Vec::new();
    let part = target.part();
    let Some(root) = tree::root(input, part) else { return holders };
    if let Target::Node(_, path) = target {
        push_path(&mut holders, root, path);
        let column = column_of_node(input, part, path);
        if let Some(field) = column.and_then(|column| target::field(input, part, column)) {
            // Around the node, which is the innermost.
            let inner = holders.len().saturating_sub(1);
            holders.insert(inner, Holder::Table(field));
        }
        return holders;
    }
    holders.push(Holder::Table(root));
    holders.extend(message(input, part).and_then(|message| message.header()).map(Holder::Table));
    let batch = message(input, part).and_then(|message| message.batch());
    holders.extend(batch.map(Holder::Table));
    if let Some(buffer) = target.buffer(input).filter(|buffer| buffer.role != Role::Other) {
        holders.extend(target::field(input, part, &buffer.column).map(Holder::Table));
        if let Some(path) = target::field_node(input, part, &buffer.column) {
            let mut around = Vec::new();
            push_path(&mut around, root, &path);
            holders.extend(around.pop());
        }
    }
    holders
}

/// The column whose field node a place is or is in.
fn column_of_node<'i>(input: &'i RawInput, part: usize, path: &[TreeStep]) -> Option<&'i Vec<usize>> {
    let message = message(input, part)?;
    message
        .nodes
        .iter()
        .find(|column| target::field_node(input, part, column).is_some_and(|node| path.starts_with(&node)))
}

fn push_path<'i>(holders: &mut Vec<Holder<'i>>, root: &'i Table, path: &[TreeStep]) {
    holders.push(Holder::Table(root));
    for end in 1..=path.len() {
        let path = &path[..end];
        if matches!(path.last(), Some(TreeStep::Member(_) | TreeStep::Unknown(_))) {
            continue;
        }
        match (tree::node(root, path).map(|node| &node.value), tree::kind(root, path)) {
            (Some(Value::Table(table)), _) => holders.push(Holder::Table(table)),
            (Some(Value::Struct(members)), Some(Kind::Struct(of))) => holders.push(Holder::Struct(of, members)),
            _ => {}
        }
    }
}
