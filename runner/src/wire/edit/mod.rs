//! The `edit` section of a case: changes of parts before they are bytes, as `docs/wire.md` describes.

mod change;
mod condition;
mod element;
mod list;
mod patch;
mod path;
mod resolve;
mod target;
mod tree;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::{Map, Value as Json};

use super::assemble::settle;
use super::raw::RawInput;
use super::section;
pub use super::value::ValueError as EditError;
use super::value::{expected, integer};
use path::Path;
use target::Target;

/// A change, and how it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// What changes.
    pub operation: Operation,
    /// Which of the places that the path names it is for: fields of the innermost table around a place.
    pub condition: Map<String, Json>,
    json: Json,
}

/// What changes.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "docs/wire.md describes the operations")]
pub enum Operation {
    Set { path: Path, to: Json },
    Add { path: Path, by: i64 },
    Remove { path: Path },
    Insert { path: Path, value: Json },
    Copy { path: Path, to: Path },
    Move { path: Path, to: Path },
    SwapBytes { path: Path },
    Write { path: Path, bytes: Vec<u8>, at: i64 },
    Cut { path: Path, at: i64 },
    Append { part: Json },
}

/// The keys of the operations: the one that names it, those that must be beside it, those that may.
const OPERATIONS: &[(&str, &[&str], &[&str])] = &[
    ("set", &[], &["to", "by", "where"]),
    ("remove", &[], &["where"]),
    ("insert", &["value"], &["where"]),
    ("copy", &["to"], &["where"]),
    ("move", &["to"], &["where"]),
    ("swap_bytes", &[], &["where"]),
    ("write", &["bytes"], &["at", "where"]),
    ("cut", &[], &["at", "where"]),
    ("append", &[], &[]),
];

impl Edit {
    /// Reads a list of operations.
    pub fn list(json: &Json) -> Result<Vec<Edit>, EditError> {
        let Json::Array(items) = json else { return Err(expected("a list of operations", json)) };
        let edits = items.iter().enumerate();
        edits.map(|(index, item)| Edit::read(item).map_err(|error| error.below(index))).collect()
    }

    /// Reads an operation.
    pub fn read(json: &Json) -> Result<Edit, EditError> {
        let names: Vec<&str> = OPERATIONS.iter().map(|(name, ..)| *name).collect();
        let known = names.join(", ");
        let Json::Object(entries) = json else { return Err(expected(&format!("an operation: one of {known}"), json)) };
        let mut found = OPERATIONS.iter().filter(|(name, ..)| entries.contains_key(*name));
        let Some((name, needed, allowed)) = found.next() else {
            return Err(expected(&format!("an operation: one of {known}"), json));
        };
        if let Some((other, ..)) = found.next() {
            return Err(EditError::new(format!(
                "an operation is one thing, and both '{name}' and '{other}' are there"
            )));
        }
        if let Some(key) = needed.iter().find(|key| !entries.contains_key(**key)) {
            return Err(EditError::new(format!("'{name}' needs '{key}'")).below(*name));
        }
        for key in entries.keys() {
            if key != name && !needed.contains(&key.as_str()) && !allowed.contains(&key.as_str()) {
                let keys: Vec<&str> = needed.iter().chain(*allowed).copied().collect();
                let beside = if keys.is_empty() { "nothing".to_owned() } else { keys.join(", ") };
                let message = format!("'{name}' has no '{key}'; beside it stands {beside}");
                return Err(EditError::new(message).below(key.as_str()));
            }
        }
        let path = |key: &str| match &entries[key] {
            Json::String(text) => Path::parse(text).map_err(|message| EditError::new(message).below(key)),
            other => Err(expected("a path", other).below(key)),
        };
        let at = match entries.get("at") {
            Some(at) => distance(at).map_err(|error| error.below("at"))?,
            None => 0,
        };
        let operation = match *name {
            "set" => match (entries.get("to"), entries.get("by")) {
                (Some(to), None) => Operation::Set { path: path(name)?, to: to.clone() },
                (None, Some(by)) => {
                    Operation::Add { path: path(name)?, by: distance(by).map_err(|error| error.below("by"))? }
                }
                _ => return Err(EditError::new("'set' needs one of 'to' and 'by'").below(*name)),
            },
            "remove" => Operation::Remove { path: path(name)? },
            "insert" => Operation::Insert { path: path(name)?, value: entries["value"].clone() },
            "copy" => Operation::Copy { path: path(name)?, to: path("to")? },
            "move" => Operation::Move { path: path(name)?, to: path("to")? },
            "swap_bytes" => Operation::SwapBytes { path: path(name)? },
            "write" => {
                let bytes = super::value::hex(&entries["bytes"]).map_err(|error| error.below("bytes"))?;
                Operation::Write { path: path(name)?, bytes, at }
            }
            "cut" => Operation::Cut { path: path(name)?, at },
            _ => Operation::Append { part: entries[*name].clone() },
        };
        let condition = match entries.get("where") {
            None => Map::new(),
            Some(Json::Object(fields)) if !fields.is_empty() => fields.clone(),
            Some(other) => return Err(expected("a mapping of fields", other).below("where")),
        };
        if let Operation::Copy { to, .. } | Operation::Move { to, .. } = &operation
            && to.has_wildcard()
        {
            return Err(EditError::new(format!("'{to}': the place to put it is one, and * is any number")).below("to"));
        }
        Ok(Edit { operation, condition, json: json.clone() })
    }

    /// The key that names the operation.
    fn key(&self) -> &'static str {
        match &self.operation {
            Operation::Set { .. } | Operation::Add { .. } => "set",
            Operation::Remove { .. } => "remove",
            Operation::Insert { .. } => "insert",
            Operation::Copy { .. } => "copy",
            Operation::Move { .. } => "move",
            Operation::SwapBytes { .. } => "swap_bytes",
            Operation::Write { .. } => "write",
            Operation::Cut { .. } => "cut",
            Operation::Append { .. } => "append",
        }
    }

    /// The path behind that key.
    fn path(&self) -> Option<&Path> {
        match &self.operation {
            Operation::Set { path, .. }
            | Operation::Add { path, .. }
            | Operation::Remove { path }
            | Operation::Insert { path, .. }
            | Operation::Copy { path, .. }
            | Operation::Move { path, .. }
            | Operation::SwapBytes { path }
            | Operation::Write { path, .. }
            | Operation::Cut { path, .. } => Some(path),
            Operation::Append { .. } => None,
        }
    }

    /// Whether it is for any number of places, and so may be for none.
    fn may_be_for_none(&self) -> bool {
        !self.condition.is_empty() || self.path().is_some_and(Path::has_wildcard)
    }

    /// An error of the path.
    fn error(&self, message: impl std::fmt::Display) -> EditError {
        match self.path() {
            Some(path) => EditError::new(format!("{path}: {message}")).below(self.key()),
            None => EditError::new(message.to_string()).below(self.key()),
        }
    }
}

impl Serialize for Edit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Edit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Edit::read(&Json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn distance(json: &Json) -> Result<i64, EditError> {
    let number = integer(json).and_then(|number| i64::try_from(number).ok());
    number.ok_or_else(|| expected("a number", json))
}

/// Applies the operations in order; `write` and `cut` come behind all others, as patches of the assembled bytes.
pub fn apply(input: &mut RawInput, edits: &[Edit]) -> Result<(), EditError> {
    let (patches, changes): (Vec<_>, Vec<_>) = edits
        .iter()
        .enumerate()
        .partition(|(_, edit)| matches!(edit.operation, Operation::Write { .. } | Operation::Cut { .. }));
    for (index, edit) in changes {
        apply_one(input, edit).map_err(|error| error.below(index))?;
    }
    if !patches.is_empty() {
        patch::add(input, &patches)?;
    }
    Ok(())
}

fn apply_one(input: &mut RawInput, edit: &Edit) -> Result<(), EditError> {
    if let Operation::Append { part } = &edit.operation {
        let end = input.parts.len();
        return section::insert(input, end, part).map_err(|error| error.below("append"));
    }
    let targets = targets(input, edit)?;
    let changed = match &edit.operation {
        Operation::Copy { to, .. } => list::copy(input, edit, &targets, to, false)?,
        Operation::Move { to, .. } => list::copy(input, edit, &targets, to, true)?,
        _ => {
            let mut changed = false;
            // From the last one on, so that the places of the others stay.
            for target in targets.iter().rev() {
                if let Some(part) = target.states_places(input) {
                    settle(input, part);
                }
                changed |= change::change(input, target, edit)?;
            }
            changed
        }
    };
    match changed || edit.may_be_for_none() {
        true => Ok(()),
        false => Err(edit.error("nothing changes: it is so already")),
    }
}

/// What the path of an operation names and its condition holds for. Places are looked up with everything computed written down.
fn targets(input: &RawInput, edit: &Edit) -> Result<Vec<Target>, EditError> {
    let Some(path) = edit.path() else { return Ok(Vec::new()) };
    let settled = settled(input);
    let below = |error: EditError| error.below(edit.key());
    let mut targets = resolve::resolve(&settled, path).map_err(|message| below(EditError::new(message)))?;
    if !edit.condition.is_empty() {
        let mut kept = Vec::new();
        for target in targets {
            if condition::holds(&settled, &target, &edit.condition)? {
                kept.push(target);
            }
        }
        targets = kept;
    }
    Ok(targets)
}

/// The input with everything that is computed written into its tables.
fn settled(input: &RawInput) -> RawInput {
    let mut settled = input.clone();
    for part in 0..settled.parts.len() {
        settle(&mut settled, part);
    }
    settled
}

#[cfg(test)]
mod tests;
