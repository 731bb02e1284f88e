//! `set`, `remove`, `insert` and `swap_bytes` of one target.

use serde_json::Value as Json;

use super::element::{self, Item};
use super::target::{self, Aspect, Element, Framing, Target, message_mut};
use super::tree::{self, TreeStep};
use super::{Edit, EditError, Operation, list, settled};
use crate::wire::assemble::{Place, assemble};
use crate::wire::raw::{BodyBuffer, Metadata, Part, RawInput, Store};
use crate::wire::section::{self, frame};
use crate::wire::tree::Value;
use crate::wire::value;

/// Changes a target; whether it is another now.
pub fn change(input: &mut RawInput, target: &Target, edit: &Edit) -> Result<bool, EditError> {
    if is_at_end(input, target) && !matches!(edit.operation, Operation::Insert { .. }) {
        return Err(edit.error("there is nothing at [end]"));
    }
    match &edit.operation {
        Operation::Set { to, .. } => {
            let before = target_part(input, target);
            set(input, target, to).map_err(|refused| match refused {
                Refused::Value(error) => error.below("to"),
                Refused::Target(message) => edit.error(message),
            })?;
            Ok(before != target_part(input, target))
        }
        Operation::Add { by, .. } => {
            let before = target_part(input, target);
            add(input, target, *by).map_err(|refused| match refused {
                Refused::Value(error) => error.below("by"),
                Refused::Target(message) => edit.error(message),
            })?;
            Ok(before != target_part(input, target))
        }
        Operation::Remove { .. } => remove(input, target).map_err(|message| edit.error(message)),
        Operation::Insert { value, .. } => match list::of(target) {
            Some((list, position)) => {
                list::insert(input, &list, position, value).map_err(|error| error.below("value"))?;
                Ok(true)
            }
            None => Err(edit.error("it is in no list; parts, buffers and elements are")),
        },
        Operation::SwapBytes { .. } => swap_bytes(input, target).map_err(|message| edit.error(message)),
        // The others are no changes of single targets.
        Operation::Copy { .. } | Operation::Move { .. } | Operation::Write { .. } => Ok(false),
        Operation::Cut { .. } | Operation::Append { .. } => Ok(false),
    }
}

/// Why a target is not changed.
enum Refused {
    /// The value is wrong.
    Value(EditError),
    /// The target is nothing that can be changed so.
    Target(String),
}

impl From<EditError> for Refused {
    fn from(error: EditError) -> Self {
        Refused::Value(error)
    }
}

fn no<T>(message: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::Target(message.into()))
}

fn target_part(input: &RawInput, target: &Target) -> Option<Part> {
    input.parts.get(target.part()).cloned()
}

/// Whether a target is the place behind the last element of a list.
fn is_at_end(input: &RawInput, target: &Target) -> bool {
    match target {
        Target::Between(_) => true,
        Target::Node(part, path) if matches!(path.last(), Some(TreeStep::Element(_))) => {
            tree::root(input, *part).is_none_or(|root| tree::node(root, path).is_none())
        }
        Target::Buffer(..) => target.buffer(input).is_none(),
        Target::Element(Element { index, .. }) => {
            target.buffer(input).is_none_or(|buffer| element::get(buffer, *index).is_none())
        }
        _ => false,
    }
}

fn set(input: &mut RawInput, target: &Target, to: &Json) -> Result<(), Refused> {
    let big_endian = input.big_endian();
    match target {
        Target::Part(part) | Target::Between(part) => match input.parts.get_mut(*part) {
            Some(Part::Bytes(part)) => part.bytes = value::hex(to)?,
            _ => return no("it is set field by field"),
        },
        Target::Framing(part, framing) => set_framing(input, *part, *framing, to)?,
        Target::Node(part, path) => {
            let Some(root) = tree::root_mut(input, *part) else { return no("the metadata are bytes, without fields") };
            set_node(root, path, to)?;
        }
        Target::Aspect(part, buffer, aspect) => {
            let codec = target::message(input, *part).and_then(section::body_codec);
            let Some(buffer) = buffer_mut(input, *part, *buffer) else { return no("there is no such buffer") };
            match aspect {
                Aspect::Content => buffer.content = element::content(to, buffer, big_endian)?,
                Aspect::Prefix => section::set_prefix(&mut buffer.store, to)?,
                Aspect::Gap => buffer.gap = value::hex(to)?,
                Aspect::Alignment => buffer.alignment = section::alignment(to)?,
                Aspect::Fill => buffer.fill = section::byte(to)?,
                Aspect::Store => {
                    let own = match &buffer.store {
                        Store::Compressed(codec) => Some(*codec),
                        Store::Framed { frames, .. } => frames.first().map(|frame| frame.codec),
                        Store::Plain | Store::Uncompressed => None,
                    };
                    buffer.store = frame::store(to, codec.or(own))?;
                }
                Aspect::Listed => buffer.listed = value::boolean(to)?,
                Aspect::Padding => return no("it follows from alignment and fill; 'write' overwrites it"),
            }
        }
        Target::Buffer(part, buffer) => {
            let Some(buffer) = buffer_mut(input, *part, *buffer) else { return no("there is no such buffer") };
            buffer.content = element::content(to, buffer, big_endian)?;
        }
        Target::Element(Element { part, buffer, index, member }) => {
            let Some(buffer) = buffer_mut(input, *part, *buffer) else { return no("there is no such buffer") };
            match member {
                Some(member) => element::set_member(buffer, *index, member, to, big_endian)?,
                None => {
                    let item: Item = element::read(to, buffer, big_endian)?;
                    element::set(buffer, *index, &item);
                }
            }
        }
    }
    Ok(())
}

fn buffer_mut(input: &mut RawInput, part: usize, buffer: usize) -> Option<&mut BodyBuffer> {
    message_mut(input, part)?.body.get_mut(buffer)
}

fn set_node(root: &mut crate::wire::tree::Table, path: &[TreeStep], to: &Json) -> Result<(), Refused> {
    let Some((last, above)) = path.split_last() else { return no("it is set field by field") };
    match last {
        TreeStep::Field(slot) => {
            let Some(table) = tree::table_mut(root, above) else { return no("the table around it is absent") };
            let name = table.kind.fields[*slot].name;
            value::set_field(table, name, to)?;
        }
        TreeStep::Unknown(slot) => {
            let Some(table) = tree::table_mut(root, above) else { return no("the table around it is absent") };
            value::set_field(table, &format!("#{slot}"), to)?;
        }
        TreeStep::Element(_) => {
            let Some(kind) = tree::kind(root, path) else { return no("it is no element") };
            let new = value::value(to, kind)?;
            if let Some(node) = tree::node_mut(root, path) {
                *node = new.into();
            }
        }
        TreeStep::Member(_) => {
            let Some((of, index)) = tree::member(root, path) else { return no("it is no member") };
            let new = value::scalar(to, &of.members[index].2)?;
            set_member(root, above, index, new);
        }
    }
    Ok(())
}

fn set_member(root: &mut crate::wire::tree::Table, path: &[TreeStep], index: usize, new: i64) {
    if let Some(Value::Struct(members)) = tree::node_mut(root, path).map(|node| &mut node.value)
        && let Some(member) = members.get_mut(index)
    {
        *member = new;
    }
}

fn set_framing(input: &mut RawInput, part: usize, framing: Framing, to: &Json) -> Result<(), Refused> {
    let big_endian = input.big_endian();
    let schema = input.schema().cloned();
    match (input.parts.get_mut(part), framing) {
        (Some(Part::Message(message)), Framing::Continuation) => message.continuation = section::continuation(to)?,
        (Some(Part::Message(message)), Framing::Prefix) => message.length = Some(section::length(to)?),
        (Some(Part::Message(message)), Framing::Metadata) => message.metadata = Metadata::Bytes(value::hex(to)?),
        (Some(Part::Message(message)), Framing::Alignment) => message.metadata_alignment = section::alignment(to)?,
        (Some(Part::Message(message)), Framing::Fill) => message.metadata_fill = section::byte(to)?,
        (Some(Part::Message(message)), Framing::BodyTail) => message.body_tail = value::size(to)?,
        (Some(Part::Message(message)), Framing::Body) => {
            section::set_body(message, to, schema.as_ref(), big_endian)?;
        }
        (Some(Part::Footer(footer)), Framing::Prefix) => footer.length = Some(section::length(to)?),
        (Some(Part::Footer(footer)), Framing::Metadata) => footer.metadata = Metadata::Bytes(value::hex(to)?),
        (Some(Part::Footer(footer)), Framing::Magic) => footer.magic = value::hex(to)?,
        (_, Framing::Padding) => {
            return no("it follows from metadata_alignment and metadata_fill; 'write' overwrites it");
        }
        _ => return no("there is no such thing"),
    }
    Ok(())
}

fn add(input: &mut RawInput, target: &Target, by: i64) -> Result<(), Refused> {
    let big_endian = input.big_endian();
    match target {
        Target::Node(part, path) => {
            let Some(root) = tree::root_mut(input, *part) else { return no("the metadata are bytes, without fields") };
            let Some(scalar) = tree::scalar(root, path) else { return no("it is no number") };
            let now = match (tree::node(root, path).map(|node| &node.value), path.last()) {
                (Some(Value::Struct(members)), Some(TreeStep::Member(index))) => members.get(*index).copied(),
                (Some(Value::Scalar(value)), _) => Some(*value),
                _ => None,
            };
            let sum = i128::from(now.unwrap_or(scalar.default)) + i128::from(by);
            set_node(root, path, &Json::String(sum.to_string()))
        }
        Target::Element(Element { part, buffer, index, member }) => match buffer_mut(input, *part, *buffer) {
            Some(buffer) => {
                element::add(buffer, *index, *member, by, big_endian).map_err(|error| Refused::Target(error.message))
            }
            None => no("there is no such buffer"),
        },
        Target::Framing(part, Framing::Prefix) => {
            // What follows from the parts until now is read off the bytes that they make.
            let assembled = assemble(&RawInput { patches: Vec::new(), ..settled(input) });
            let place = match assembled.parts.get(*part) {
                Some(Place::Message(place)) => place.length.clone(),
                Some(Place::Footer(place)) => place.length.clone(),
                _ => return no("it is no number"),
            };
            let now = match assembled.bytes.get(place) {
                Some(&[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]),
                _ => 0,
            };
            let sum = i128::from(now) + i128::from(by);
            set(input, target, &Json::String(sum.to_string()))
        }
        Target::Framing(part, framing @ (Framing::Alignment | Framing::Fill | Framing::BodyTail)) => {
            let Some(message) = target::message(input, *part) else { return no("it is no number") };
            let now = match framing {
                Framing::Alignment => message.metadata_alignment as i128,
                Framing::Fill => i128::from(message.metadata_fill),
                _ => message.body_tail as i128,
            };
            set(input, target, &Json::String((now + i128::from(by)).to_string()))
        }
        Target::Aspect(_, _, aspect) => {
            let Some(buffer) = target.buffer(input) else { return no("there is no such buffer") };
            let now = match (aspect, &buffer.store) {
                (Aspect::Prefix, Store::Uncompressed) => -1,
                (Aspect::Prefix, Store::Framed { prefix: Some(prefix), .. }) => i128::from(*prefix),
                (Aspect::Prefix, _) => buffer.content.len() as i128,
                (Aspect::Alignment, _) => buffer.alignment as i128,
                (Aspect::Fill, _) => i128::from(buffer.fill),
                _ => return no("it is no number"),
            };
            set(input, target, &Json::String((now + i128::from(by)).to_string()))
        }
        _ => no("it is no number"),
    }
}

fn remove(input: &mut RawInput, target: &Target) -> Result<bool, String> {
    if let Some((list, position)) = list::of(target) {
        return Ok(list::remove(input, &list, position));
    }
    let refused = || "it can be set, and not removed".to_owned();
    match target {
        Target::Node(part, path) => {
            let Some((last, above)) = path.split_last() else { return Err(refused()) };
            let table = tree::root_mut(input, *part).and_then(|root| tree::table_mut(root, above));
            match (last, table) {
                (TreeStep::Field(slot), Some(table)) => Ok(table.fields[*slot].take().is_some()),
                (TreeStep::Unknown(slot), Some(table)) => {
                    let before = table.unknown.len();
                    table.unknown.retain(|(other, _)| other != slot);
                    Ok(table.unknown.len() < before)
                }
                _ => Err(refused()),
            }
        }
        Target::Framing(part, Framing::Continuation) => match message_mut(input, *part) {
            Some(message) => Ok(message.continuation.take().is_some()),
            None => Err(refused()),
        },
        Target::Framing(part, Framing::Body) => match message_mut(input, *part) {
            Some(message) => {
                let was = !message.body.is_empty() || message.body_tail > 0;
                message.body.clear();
                message.body_tail = 0;
                Ok(was)
            }
            None => Err(refused()),
        },
        Target::Framing(part, Framing::Magic) => match input.parts.get_mut(*part) {
            Some(Part::Footer(footer)) => Ok(!std::mem::take(&mut footer.magic).is_empty()),
            _ => Err(refused()),
        },
        Target::Aspect(part, buffer, aspect @ (Aspect::Content | Aspect::Gap)) => {
            let Some(buffer) = buffer_mut(input, *part, *buffer) else { return Err(refused()) };
            let bytes = if *aspect == Aspect::Gap { &mut buffer.gap } else { &mut buffer.content };
            Ok(!std::mem::take(bytes).is_empty())
        }
        _ => Err(refused()),
    }
}

fn swap_bytes(input: &mut RawInput, target: &Target) -> Result<bool, String> {
    let (part, buffer, only) = match target {
        Target::Buffer(part, buffer) | Target::Aspect(part, buffer, Aspect::Content) => (*part, *buffer, None),
        Target::Element(Element { part, buffer, index, member: None }) => (*part, *buffer, Some(*index)),
        _ => return Err("it is no buffer and no element of one".to_owned()),
    };
    let of = target::stored_type(input, part, target.buffer(input)).cloned();
    let big_endian = input.big_endian();
    let Some(buffer) = buffer_mut(input, part, buffer) else { return Ok(false) };
    let before = buffer.content.clone();
    element::swap_bytes(buffer, only, of.as_ref(), big_endian);
    Ok(before != buffer.content)
}
