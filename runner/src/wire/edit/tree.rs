//! Places in the metadata of a part.

use crate::wire::format::{Kind, Scalar, StructType, TableType};
use crate::wire::raw::{Metadata, Part, RawInput};
use crate::wire::tree::{Node, Table, Value};

/// A step from a value to one in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TreeStep {
    /// Into a table, by slot.
    Field(usize),
    /// Into a table, to a slot that the format does not know.
    Unknown(usize),
    /// Into a vector.
    Element(usize),
    /// Into a struct.
    Member(usize),
}

/// The Message or Footer table of a part.
pub fn root(input: &RawInput, part: usize) -> Option<&Table> {
    match input.parts.get(part)? {
        Part::Message(message) => message.table(),
        Part::Footer(footer) => footer.table(),
        Part::Bytes(_) => None,
    }
}

/// The Message or Footer table of a part, to be changed.
pub fn root_mut(input: &mut RawInput, part: usize) -> Option<&mut Table> {
    let metadata = match input.parts.get_mut(part)? {
        Part::Message(message) => &mut message.metadata,
        Part::Footer(footer) => &mut footer.metadata,
        Part::Bytes(_) => return None,
    };
    match metadata {
        Metadata::Table(table) => Some(table),
        Metadata::Bytes(_) => None,
    }
}

/// The value at a place, if it is present; of a member, the struct around it.
pub fn node<'t>(root: &'t Table, path: &[TreeStep]) -> Option<&'t Node> {
    let (step, path) = path.split_first()?;
    let TreeStep::Field(slot) = step else { return None };
    let mut node = root.fields.get(*slot)?.as_ref()?;
    for step in path {
        node = match (step, &node.value) {
            (TreeStep::Field(slot), Value::Table(table)) => table.fields.get(*slot)?.as_ref()?,
            (TreeStep::Element(index), Value::Vector(nodes)) => nodes.get(*index)?,
            (TreeStep::Member(_), Value::Struct(_)) => node,
            _ => return None,
        };
    }
    Some(node)
}

/// The value at a place, to be changed.
pub fn node_mut<'t>(root: &'t mut Table, path: &[TreeStep]) -> Option<&'t mut Node> {
    let (step, path) = path.split_first()?;
    let TreeStep::Field(slot) = step else { return None };
    let mut node = root.fields.get_mut(*slot)?.as_mut()?;
    for step in path {
        if matches!(step, TreeStep::Member(_)) {
            continue;
        }
        node = match (step, &mut node.value) {
            (TreeStep::Field(slot), Value::Table(table)) => table.fields.get_mut(*slot)?.as_mut()?,
            (TreeStep::Element(index), Value::Vector(nodes)) => nodes.get_mut(*index)?,
            _ => return None,
        };
    }
    Some(node)
}

/// The table at a place; the root at none.
pub fn table<'t>(root: &'t Table, path: &[TreeStep]) -> Option<&'t Table> {
    match path {
        [] => Some(root),
        _ => node(root, path)?.as_table(),
    }
}

/// The table at a place, to be changed.
pub fn table_mut<'t>(root: &'t mut Table, path: &[TreeStep]) -> Option<&'t mut Table> {
    if path.is_empty() {
        return Some(root);
    }
    match &mut node_mut(root, path)?.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// What a place holds, be it present or not.
pub fn kind(root: &Table, path: &[TreeStep]) -> Option<&'static Kind> {
    let (step, before) = path.split_last()?;
    match step {
        TreeStep::Field(slot) => Some(&table(root, before)?.kind.fields.get(*slot)?.kind),
        TreeStep::Element(_) => match kind(root, before)? {
            Kind::Vector(of) => Some(*of),
            _ => None,
        },
        TreeStep::Unknown(_) | TreeStep::Member(_) => None,
    }
}

/// The struct type around a member, and the member.
pub fn member(root: &Table, path: &[TreeStep]) -> Option<(&'static StructType, usize)> {
    let (TreeStep::Member(index), before) = path.split_last()? else { return None };
    match kind(root, before)? {
        Kind::Struct(of) if *index < of.members.len() => Some((of, *index)),
        _ => None,
    }
}

/// The kind of number at a place, if it is one.
pub fn scalar(root: &Table, path: &[TreeStep]) -> Option<&'static Scalar> {
    match (member(root, path), kind(root, path)) {
        (Some((of, index)), _) => Some(&of.members[index].2),
        (None, Some(Kind::Scalar(scalar))) => Some(scalar),
        _ => None,
    }
}

/// Whether any table or struct of the format has a field or member of this name.
pub fn is_name_of_the_format(name: &str) -> bool {
    use crate::wire::format::{FOOTER, MESSAGE};

    fn in_kind(kind: &'static Kind, name: &str, seen: &mut Vec<*const TableType>) -> bool {
        match kind {
            Kind::Scalar(_) | Kind::Text => false,
            Kind::Struct(of) => of.members.iter().any(|(member, ..)| *member == name),
            Kind::Table(of) => in_table(of, name, seen),
            Kind::Union(members) => members.iter().any(|of| in_table(of, name, seen)),
            Kind::Vector(of) => in_kind(of, name, seen),
        }
    }
    fn in_table(of: &'static TableType, name: &str, seen: &mut Vec<*const TableType>) -> bool {
        if seen.contains(&std::ptr::from_ref(of)) {
            return false;
        }
        seen.push(of);
        of.fields.iter().any(|field| field.name == name || in_kind(&field.kind, name, seen))
    }
    let mut seen = Vec::new();
    in_table(&MESSAGE, name, &mut seen) || in_table(&FOOTER, name, &mut seen)
}
