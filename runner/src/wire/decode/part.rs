//! Some slots of an array: what is read of an input that is too large to be read at once.
//!
//! A part borrows the buffers of the whole. Children that slots lead into by offsets, type ids or run ends stay whole: the decoder takes the
//! part of them that is led into.

use std::ops::Range;

use arrowipc_kit::value::{DataType, UnionMode};

use super::array::Array;
use super::buffer::Buffer;
use super::plan::Column;
use super::structure::fixed_width;
use crate::wire::raw::Role;

/// What parts start at a multiple of, so that bits keep their place in bytes.
pub const STEP: usize = 8;

/// The slots of an array from a multiple of [`STEP`] on. Structure must have been checked.
pub fn part<'s>(column: &Column, array: &'s Array<'_>, slots: Range<usize>) -> Array<'s> {
    let slots = slots.start.min(array.length)..slots.end.min(array.length);
    let buffers = array.roles.iter().zip(&array.buffers);
    let buffers = buffers.map(|(role, buffer)| buffer_part(column, *role, buffer, &slots)).collect();
    let children = column.node_children().iter().zip(&array.children);
    let children = children.map(|(child, items)| child_part(column, child, items, &slots)).collect();
    Array {
        length: slots.len(),
        // Of a part nobody has counted.
        null_count: if array.null_count == 0 { 0 } else { -1 },
        buffers,
        children,
        part_from: Some(array.part_from.unwrap_or(0) + slots.start),
        ..whole(array)
    }
}

/// The slots of a child that a part of an array leads into, and at which one they start; nothing where the array is whole, and its children with it.
pub fn window<'s>(child: &Column, items: &'s Array<'_>, slots: Range<usize>) -> Option<(Array<'s>, usize)> {
    items.part_from?;
    let from = slots.start / STEP * STEP;
    Some((part(child, items, from..slots.end), from))
}

/// The same array, borrowed; it counts as a part, so that of its children parts are taken, too.
fn whole<'s>(array: &'s Array<'_>) -> Array<'s> {
    let all = |buffers: &'s [Buffer<'_>]| buffers.iter().map(|buffer| buffer.part(0..buffer.len())).collect();
    Array {
        path: array.path.clone(),
        length: array.length,
        null_count: array.null_count,
        node: array.node.clone(),
        roles: array.roles,
        buffers: all(&array.buffers),
        variadic: all(&array.variadic),
        children: array.children.iter().map(whole).collect(),
        part_from: array.part_from.or(Some(0)),
    }
}

fn buffer_part<'s>(column: &Column, role: Role, buffer: &'s Buffer<'_>, slots: &Range<usize>) -> Buffer<'s> {
    use DataType::*;
    let elements = |width: usize, more: usize| {
        buffer.part(slots.start.saturating_mul(width)..(slots.end + more).saturating_mul(width))
    };
    let bits = || buffer.part(slots.start / 8..slots.end.div_ceil(8));
    if role == Role::Validity {
        return bits();
    }
    if let Some(encoding) = column.encoding {
        return elements(fixed_width(encoding.index.data_type()), 0);
    }
    match (&column.data_type, role) {
        (Bool, _) => bits(),
        (Binary | Utf8 | List | Map { .. }, Role::Offsets) => elements(4, 1),
        (LargeBinary | LargeUtf8 | LargeList, Role::Offsets) => elements(8, 1),
        (ListView | Union { .. }, Role::Offsets | Role::Sizes) => elements(4, 0),
        (LargeListView, Role::Offsets | Role::Sizes) => elements(8, 0),
        (Union { .. }, Role::TypeIds) => elements(1, 0),
        (BinaryView | Utf8View, Role::Views) => elements(16, 0),
        (Binary | Utf8 | LargeBinary | LargeUtf8, _) => buffer.part(0..buffer.len()),
        (data_type, _) => elements(fixed_width(data_type), 0),
    }
}

fn child_part<'s>(column: &Column, child: &Column, items: &'s Array<'_>, slots: &Range<usize>) -> Array<'s> {
    match &column.data_type {
        DataType::Struct | DataType::Union { mode: UnionMode::Sparse, .. } => part(child, items, slots.clone()),
        DataType::FixedSizeList(size) => {
            let size = *size as usize;
            part(child, items, slots.start.saturating_mul(size)..slots.end.saturating_mul(size))
        }
        _ => whole(items),
    }
}
