//! Elements of buffers: numbers, bits, views.

use serde_json::Value as Json;

use super::EditError;
use crate::wire::raw::{BodyBuffer, Role};
use crate::wire::section::content::{self, INLINE, VIEW_MEMBERS};
use crate::wire::tree::Table;
use crate::wire::value::{self, expected};

/// An element out of a buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A bit.
    Bit(bool),
    /// Bytes as they lie in memory.
    Bytes(Vec<u8>),
}

/// What a value is as an element of this buffer: a bit; a number; a float, if it is written as one; a view; `{hex: …}` or
/// `{text: …}` of the element's size.
pub fn read(json: &Json, buffer: &BodyBuffer, big_endian: bool) -> Result<Item, EditError> {
    if buffer.element == 0 {
        return content::bit(json).map(Item::Bit);
    }
    if buffer.role == Role::Views {
        return content::view(json, big_endian).map(Item::Bytes);
    }
    let bytes = match json {
        Json::Object(entries)
            if entries.len() == 1 && (entries.contains_key("hex") || entries.contains_key("text")) =>
        {
            content::content(entries, big_endian)?.bytes
        }
        Json::Object(_) => return Err(expected("a number, {hex: HEX} or {text: TEXT}", json)),
        _ if is_float(json) && matches!(buffer.element, 2 | 4 | 8) => content::float(json, buffer.element, big_endian)?,
        _ => value::element(json, buffer.element, big_endian)?,
    };
    match bytes.len() == buffer.element {
        true => Ok(Item::Bytes(bytes)),
        false => Err(EditError::new(format!("an element has {} bytes, and these are {}", buffer.element, bytes.len()))),
    }
}

fn is_float(json: &Json) -> bool {
    match json {
        Json::Number(number) => number.is_f64(),
        Json::String(text) => ["nan", "inf", "-inf"].contains(&text.as_str()),
        _ => false,
    }
}

/// The content that a value stands for: a list of elements, HEX, or a mapping as in the body of a `wire` message.
pub fn content(json: &Json, buffer: &BodyBuffer, big_endian: bool) -> Result<Vec<u8>, EditError> {
    match json {
        Json::Array(_) if buffer.element == 0 => content::bits(json),
        Json::Array(items) => {
            let mut bytes = Vec::new();
            for (index, item) in items.iter().enumerate() {
                if let Item::Bytes(element) = read(item, buffer, big_endian).map_err(|error| error.below(index))? {
                    bytes.extend(element);
                }
            }
            Ok(bytes)
        }
        Json::Object(entries) => match entries.keys().find(|key| !content::KEYS.contains(&key.as_str())) {
            Some(key) => {
                let message = format!("'{key}' is no content; a content is one of {}", content::KEYS.join(", "));
                Err(EditError::new(message).below(key.as_str()))
            }
            None => Ok(content::content(entries, big_endian)?.bytes),
        },
        _ => value::hex(json),
    }
}

/// The element at a position.
pub fn get(buffer: &BodyBuffer, index: usize) -> Option<Item> {
    match buffer.element {
        0 => buffer.content.get(index / 8).map(|byte| Item::Bit(byte >> (index % 8) & 1 == 1)),
        size => buffer.content.get(index * size..(index + 1) * size).map(|bytes| Item::Bytes(bytes.to_vec())),
    }
}

/// Puts an element in the place of the one at a position.
pub fn set(buffer: &mut BodyBuffer, index: usize, item: &Item) {
    match item {
        Item::Bit(bit) => {
            if let Some(byte) = buffer.content.get_mut(index / 8) {
                *byte = *byte & !(1 << (index % 8)) | u8::from(*bit) << (index % 8);
            }
        }
        Item::Bytes(bytes) => {
            let start = index * bytes.len();
            if let Some(place) = buffer.content.get_mut(start..start + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        }
    }
}

/// Puts an element in front of the one at a position. Of bits, the last one moves into a new byte only if it is set.
pub fn insert(buffer: &mut BodyBuffer, index: usize, item: &Item) {
    match item {
        Item::Bytes(bytes) => {
            let start = (index * bytes.len()).min(buffer.content.len());
            buffer.content.splice(start..start, bytes.iter().copied());
        }
        Item::Bit(bit) => {
            let mut bits = bits(&buffer.content);
            bits.insert(index.min(bits.len()), *bit);
            // The one more: a byte of its own only for a bit that is set, or that was put there.
            if bits.last() == Some(&false) && index + 1 < bits.len() {
                bits.pop();
            }
            buffer.content = bytes_of(&bits);
        }
    }
}

/// Takes out the element at a position; of bits, the rest moves and a 0 comes in at the end.
pub fn remove(buffer: &mut BodyBuffer, index: usize) {
    match buffer.element {
        0 => {
            let mut bits = bits(&buffer.content);
            if index < bits.len() {
                bits.remove(index);
            }
            buffer.content = bytes_of(&bits);
        }
        size => {
            let end = ((index + 1) * size).min(buffer.content.len());
            buffer.content.drain((index * size).min(end)..end);
        }
    }
}

fn bits(bytes: &[u8]) -> Vec<bool> {
    (0..8 * bytes.len()).map(|index| bytes[index / 8] >> (index % 8) & 1 == 1).collect()
}

fn bytes_of(bits: &[bool]) -> Vec<u8> {
    let mut bytes = vec![0; bits.len().div_ceil(8)];
    for (index, bit) in bits.iter().enumerate() {
        bytes[index / 8] |= u8::from(*bit) << (index % 8);
    }
    bytes
}

/// Sets a member of the view at a position.
pub fn set_member(
    buffer: &mut BodyBuffer,
    index: usize,
    member: &str,
    json: &Json,
    big_endian: bool,
) -> Result<(), EditError> {
    let start = index * content::VIEW;
    match buffer.content.get_mut(start..start + content::VIEW) {
        Some(view) => content::set_view_member(view, member, json, big_endian),
        None => Ok(()),
    }
}

/// Adds to an element that is a number, or to a member of a view; what does not fit any more wraps around.
pub fn add(
    buffer: &mut BodyBuffer,
    index: usize,
    member: Option<&str>,
    by: i64,
    big_endian: bool,
) -> Result<(), EditError> {
    let (start, width) = match (member, buffer.element) {
        (Some(name), _) => {
            let found = VIEW_MEMBERS.iter().find(|(member, ..)| *member == name && name != "prefix");
            let Some((_, at, width)) = found else { return Err(EditError::new("it is text, and no number")) };
            (index * content::VIEW + at, *width)
        }
        (None, 0) => return Err(EditError::new("it is a bit; 'to' sets it")),
        (None, _) if buffer.role == Role::Views => {
            return Err(EditError::new("it is a view; its members length, buffer_index and offset are numbers"));
        }
        (None, size) => (index * size, size),
    };
    let Some(bytes) = buffer.content.get_mut(start..start + width) else { return Ok(()) };
    if big_endian {
        bytes.reverse();
    }
    // Byte by byte, with the sign of what is added going through to the end.
    let mut carry = 0_i32;
    for (place, byte) in bytes.iter_mut().enumerate() {
        let added = if place < 8 {
            by.to_le_bytes()[place]
        } else if by < 0 {
            0xFF
        } else {
            0
        };
        let sum = i32::from(*byte) + i32::from(added) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    if big_endian {
        bytes.reverse();
    }
    Ok(())
}

/// Reverses the bytes of each number in the elements of these positions, or in all of them. `of` is the type, where it
/// is known: an element may be several numbers, or none.
pub fn swap_bytes(buffer: &mut BodyBuffer, only: Option<usize>, of: Option<&Table>, big_endian: bool) {
    let size = buffer.element;
    if size < 2 {
        return;
    }
    let numbers: &[usize] = match of.map(|of| (of.kind.name, of.scalar("unit"))) {
        Some(("Interval", 1)) if size == 8 => &[4, 4],
        Some(("Interval", 2)) if size == 16 => &[4, 4, 8],
        Some(("FixedSizeBinary", _)) => return,
        _ => &[size],
    };
    for (index, element) in buffer.content.chunks_exact_mut(size).enumerate() {
        if only.is_some_and(|only| only != index) {
            continue;
        }
        if buffer.role == Role::Views {
            swap_view(element, big_endian);
            continue;
        }
        let mut rest = element;
        for width in numbers {
            let (number, behind) = rest.split_at_mut((*width).min(rest.len()));
            number.reverse();
            rest = behind;
        }
    }
}

/// The numbers of a view: its length and, unless it holds its bytes itself, buffer and offset.
fn swap_view(view: &mut [u8], big_endian: bool) {
    let length = [view[0], view[1], view[2], view[3]];
    let length = if big_endian { i32::from_be_bytes(length) } else { i32::from_le_bytes(length) };
    view[0..4].reverse();
    if usize::try_from(length).map_or(true, |length| length > INLINE) {
        view[8..12].reverse();
        view[12..16].reverse();
    }
}
