//! Unions: type ids, and offsets into children.

use super::{Array, number};
use crate::wire::check::Report;
use crate::wire::raw::Role;
use crate::wire::tree::Node;

pub(super) fn check(array: Array, dense: bool, report: &mut Report) {
    let nulls = array.column.node.null_count;
    if nulls > 0 && array.column.buffer(Role::Validity).is_none() {
        let expected = "0: nulls are those of children";
        array.add_node(report, "layout-union-node-null-count", "null_count", nulls.to_string(), expected);
    }
    if !dense {
        for child in (0..array.column.children.len()).filter_map(|index| array.child(index)) {
            if child.length != array.length {
                let expected = format!("{}, the length of the union", array.length);
                child.add_node(report, "layout-union-sparse-lengths", "length", child.length.to_string(), expected);
            }
        }
    }
    let Some(content) = array.content(Role::TypeIds) else { return };
    if content.bytes.len() < array.length {
        return array.shorter(report, "layout-union-type-ids-buffer", "type_ids", content, array.length);
    }
    array.longer(report, "type_ids", content, array.length);
    // The child of each id; without typeIds an id is the position of its child.
    let mut children = [None; 256];
    match array.column.field.table("type").and_then(|of| of.get("typeIds").map(|_| of.vector("typeIds"))) {
        Some(ids) => {
            for (child, id) in ids.iter().filter_map(Node::as_scalar).enumerate() {
                if let Some(known) = usize::try_from(id).ok().and_then(|id| children.get_mut(id)) {
                    *known = Some(child);
                }
            }
        }
        None => {
            for (child, known) in children.iter_mut().enumerate().take(array.column.field.vector("children").len()) {
                *known = Some(child);
            }
        }
    }
    let ids = &content.bytes[..array.length];
    if let Some(slot) = ids.iter().position(|id| *id > 127 || children[usize::from(*id)].is_none()) {
        let (at, found) = (content.element(slot, 1), (ids[slot] as i8).to_string());
        let clause = "layout-union-type-ids-buffer";
        return array.add(report, clause, ("type_ids", Some(slot)), at, found, "a type id of the schema");
    }
    if dense {
        let child = |slot: usize| children[usize::from(ids[slot])].unwrap_or(0);
        offsets(array, &child, report);
    }
}

fn offsets(array: Array, child: &dyn Fn(usize) -> usize, report: &mut Report) {
    let Some(content) = array.content(Role::Offsets) else { return };
    let Some(needed) = array.length.checked_mul(4) else { return };
    if content.bytes.len() < needed {
        return array.shorter(report, "layout-union-dense-offsets", "offsets", content, needed);
    }
    array.longer(report, "offsets", content, needed);
    let mut before = [-1; 256];
    for slot in 0..array.length {
        let (offset, index) = (number(&content.bytes, slot, 4, true, array.batch.big), child(slot));
        let Some(length) = array.child(index).map(|child| child.length) else { continue };
        let (at, place) = (content.element(slot, 4), ("offsets", Some(slot)));
        if !usize::try_from(offset).is_ok_and(|offset| offset < length) {
            let expected = format!("below {length}, the length of child {index}");
            return array.add(report, "layout-union-dense-oob", place, at, offset.to_string(), expected);
        }
        let Some(last) = before.get_mut(index) else { continue };
        if offset < *last {
            let found = format!("{offset} behind {last} of the same child");
            let expected = "no less than the one before";
            return array.add(report, "layout-union-dense-increasing", place, at, found, expected);
        }
        *last = offset;
    }
}
