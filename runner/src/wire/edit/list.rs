//! Lists that an operation takes from and puts into: parts, buffers of a body, elements of a vector or of a buffer.

use serde_json::Value as Json;

use super::element::{self, Item as ElementItem};
use super::path::Path;
use super::target::{Element, Target, message, message_mut};
use super::tree::{self, TreeStep};
use super::{Edit, EditError, resolve, settled};
use crate::wire::assemble::settle;
use crate::wire::format::Kind;
use crate::wire::raw::{BodyBuffer, Part, RawInput};
use crate::wire::section;
use crate::wire::tree::{Node, Value};
use crate::wire::value;

/// A list of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// The parts.
    Parts,
    /// The buffers of a body.
    Body(usize),
    /// A vector of the metadata of a part.
    Vector(usize, Vec<TreeStep>),
    /// The elements of a buffer.
    Elements(usize, usize),
}

/// Something out of a list.
#[derive(Debug, Clone)]
enum Item {
    Part(Part),
    Buffer(BodyBuffer),
    Node(Node),
    Element(ElementItem),
}

/// The list that a target is in, and its position.
pub fn of(target: &Target) -> Option<(List, usize)> {
    match target {
        Target::Part(position) | Target::Between(position) => Some((List::Parts, *position)),
        Target::Buffer(part, position) => Some((List::Body(*part), *position)),
        Target::Node(part, path) => match path.split_last()? {
            (TreeStep::Element(position), vector) => Some((List::Vector(*part, vector.to_vec()), *position)),
            _ => None,
        },
        Target::Element(Element { part, buffer, index, member: None }) => {
            Some((List::Elements(*part, *buffer), *index))
        }
        _ => None,
    }
}

/// Takes what is at a position out of its list; whether there was something.
pub fn remove(input: &mut RawInput, list: &List, position: usize) -> bool {
    if get(input, list, position).is_none() {
        return false;
    }
    match list {
        List::Parts => {
            input.parts.remove(position);
        }
        List::Body(part) => {
            if let Some(message) = message_mut(input, *part) {
                message.body.remove(position);
            }
        }
        List::Vector(part, path) => {
            let vector = tree::root_mut(input, *part).and_then(|root| tree::node_mut(root, path));
            if let Some(Value::Vector(nodes)) = vector.map(|node| &mut node.value) {
                nodes.remove(position);
            }
        }
        List::Elements(part, buffer) => {
            if let Some(buffer) = message_mut(input, *part).and_then(|message| message.body.get_mut(*buffer)) {
                element::remove(buffer, position);
            }
        }
    }
    true
}

/// Puts a new value in front of what is at a position.
pub fn insert(input: &mut RawInput, list: &List, position: usize, json: &Json) -> Result<(), EditError> {
    let big_endian = input.big_endian();
    let item = match list {
        List::Parts => return section::insert(input, position, json),
        List::Body(part) => match message(input, *part) {
            Some(message) => Item::Buffer(section::body_buffer(json, message, big_endian)?),
            None => return Ok(()),
        },
        List::Vector(part, path) => match tree::root(input, *part).and_then(|root| tree::kind(root, path)) {
            Some(Kind::Vector(of)) => Item::Node(value::value(json, of)?.into()),
            _ => return Ok(()),
        },
        List::Elements(part, buffer) => match message(input, *part).and_then(|message| message.body.get(*buffer)) {
            Some(buffer) => Item::Element(element::read(json, buffer, big_endian)?),
            None => return Ok(()),
        },
    };
    put(input, list, position, item);
    Ok(())
}

/// Puts copies of what the targets name in front of what `to` names; with `take`, the originals go.
pub fn copy(input: &mut RawInput, edit: &Edit, sources: &[Target], to: &Path, take: bool) -> Result<bool, EditError> {
    let refused = |message: String| EditError::new(message).below("to");
    let resolved = resolve::resolve(&settled(input), to).map_err(refused)?;
    let Some(target) = resolved.first() else { return Err(refused(format!("{to}: it names nothing"))) };
    let Some((list, position)) = of(target) else {
        return Err(refused(format!("{to}: it is in no list; parts, buffers and elements are")));
    };
    for target in sources.iter().chain([target]) {
        if let Some(part) = target.states_places(input) {
            settle(input, part);
        }
    }
    let mut items = Vec::new();
    let mut from = Vec::new();
    for source in sources {
        let Some((list, position)) = of(source) else {
            return Err(edit.error("it is in no list; parts, buffers and elements are"));
        };
        let item = get(input, &list, position).filter(|_| !matches!(source, Target::Between(_)));
        let Some(item) = item else { return Err(edit.error("there is nothing at [end]")) };
        items.push(item);
        from.push((list, position));
    }
    for item in &items {
        if !fits(input, &list, item) {
            return Err(edit.error(format!("it cannot be put at {to}, which holds something else")));
        }
    }
    let count = items.len();
    for (number, item) in items.into_iter().enumerate() {
        put(input, &list, position + number, item);
    }
    if take {
        for (source, at) in from.iter().rev() {
            let moved = if *source == list && *at >= position { count } else { 0 };
            remove(input, source, at + moved);
        }
    }
    Ok(count > 0)
}

fn get(input: &RawInput, list: &List, position: usize) -> Option<Item> {
    match list {
        List::Parts => input.parts.get(position).cloned().map(Item::Part),
        List::Body(part) => message(input, *part)?.body.get(position).cloned().map(Item::Buffer),
        List::Vector(part, path) => match &tree::node(tree::root(input, *part)?, path)?.value {
            Value::Vector(nodes) => nodes.get(position).cloned().map(Item::Node),
            _ => None,
        },
        List::Elements(part, buffer) => {
            element::get(message(input, *part)?.body.get(*buffer)?, position).map(Item::Element)
        }
    }
}

fn put(input: &mut RawInput, list: &List, position: usize, item: Item) {
    match (list, item) {
        (List::Parts, Item::Part(part)) => {
            let position = position.min(input.parts.len());
            input.parts.insert(position, part);
        }
        (List::Body(part), Item::Buffer(buffer)) => {
            if let Some(message) = message_mut(input, *part) {
                let position = position.min(message.body.len());
                message.body.insert(position, buffer);
            }
        }
        (List::Vector(part, path), Item::Node(node)) => {
            let Some(root) = tree::root_mut(input, *part) else { return };
            // A list that is absent comes to be.
            if let Some((TreeStep::Field(slot), above)) = path.split_last()
                && let Some(table) = tree::table_mut(root, above)
            {
                table.fields[*slot].get_or_insert_with(|| Value::Vector(Vec::new()).into());
            }
            if let Some(Value::Vector(nodes)) = tree::node_mut(root, path).map(|node| &mut node.value) {
                let position = position.min(nodes.len());
                nodes.insert(position, node);
            }
        }
        (List::Elements(part, buffer), Item::Element(item)) => {
            if let Some(buffer) = message_mut(input, *part).and_then(|message| message.body.get_mut(*buffer)) {
                element::insert(buffer, position, &item);
            }
        }
        // What does not fit was refused.
        _ => {}
    }
}

fn fits(input: &RawInput, list: &List, item: &Item) -> bool {
    match (list, item) {
        (List::Parts, Item::Part(_)) | (List::Body(_), Item::Buffer(_)) => true,
        (List::Vector(part, path), Item::Node(node)) => {
            let kind = tree::root(input, *part).and_then(|root| tree::kind(root, path));
            match (kind, &node.value) {
                (Some(Kind::Vector(Kind::Scalar(_))), Value::Scalar(_)) => true,
                (Some(Kind::Vector(Kind::Struct(of))), Value::Struct(members)) => of.members.len() == members.len(),
                (Some(Kind::Vector(Kind::Table(of))), Value::Table(table)) => std::ptr::eq(*of, table.kind),
                _ => false,
            }
        }
        (List::Elements(part, buffer), Item::Element(item)) => {
            let size = message(input, *part).and_then(|message| message.body.get(*buffer)).map(|buffer| buffer.element);
            match item {
                ElementItem::Bit(_) => size == Some(0),
                ElementItem::Bytes(bytes) => size == Some(bytes.len()),
            }
        }
        _ => false,
    }
}
