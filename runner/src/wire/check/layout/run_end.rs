//! Run-end encoded arrays.

use super::{Array, number};
use crate::wire::check::Report;
use crate::wire::raw::Role;
use crate::wire::walk::Layout;

pub(super) fn check(array: Array, report: &mut Report) {
    let nulls = array.column.node.null_count;
    if nulls != 0 {
        array.add_node(report, "layout-ree-null-count-zero", "null_count", nulls.to_string(), "0");
    }
    let (Some(ends), Some(values)) = (array.child(0), array.child(1)) else { return };
    let nulls = ends.column.node.null_count;
    if nulls != 0 {
        ends.add_node(report, "layout-ree-no-null-run-ends", "null_count", nulls.to_string(), "0");
    }
    if ends.length != values.length {
        let found = format!("{} run ends, {} values", ends.length, values.length);
        values.add_node(report, "layout-ree-children-equal-length", "length", found, "one value for each run end");
    }
    let Layout::Fixed { bits: bits @ (16 | 32 | 64) } = ends.column.layout else { return };
    let width = (bits / 8) as usize;
    let Some(content) = ends.content(Role::Data).filter(|content| content.bytes.len() / width >= ends.length) else {
        return;
    };
    let mut before = 0;
    for run in 0..ends.length {
        let end = number(&content.bytes, run, width, true, array.batch.big);
        if end <= before {
            let (at, found) = (content.element(run, width), format!("{end} behind {before}"));
            let expected = "more than the one before, and than 0";
            return ends.add(report, "layout-ree-strictly-increasing", ("data", Some(run)), at, found, expected);
        }
        before = end;
    }
    if before != array.column.node.length {
        let last = ends.length.saturating_sub(1);
        let at = if ends.length == 0 { ends.column.node.at.clone() } else { content.element(last, width) };
        let expected = format!("{}, the length of the array", array.length);
        ends.add(report, "layout-ree-last-run-end", ("data", Some(last)), at, before.to_string(), expected);
    }
}
