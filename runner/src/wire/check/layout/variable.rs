//! Offsets, and the bytes behind them.

use super::{Array, number};
use crate::wire::check::Report;
use crate::wire::raw::Role;

pub(super) fn check(array: Array, wide: bool, report: &mut Report) {
    let Some(data) = array.content(Role::Data) else { return };
    let width = if wide { 8 } else { 4 };
    let Some((first, last)) = offsets(array, wide, data.bytes.len(), "layout-varbinary-offset-oob", report) else {
        return;
    };
    array.longer(report, "data", data, last);
    let text = array.column.field.table("type").is_some_and(|of| matches!(of.kind.name, "Utf8" | "LargeUtf8"));
    let Some(offsets) = array.content(Role::Offsets).filter(|_| text) else { return };
    // Whole and cut at characters is valid for every slot; only otherwise the slots are looked at.
    let offset = |slot: usize| number(&offsets.bytes, slot, width, true, array.batch.big) as usize;
    let all = std::str::from_utf8(&data.bytes[first..last]).ok();
    for slot in 0..array.length {
        let (start, end) = (offset(slot), offset(slot + 1));
        let whole = all.is_some_and(|all| all.is_char_boundary(start - first) && all.is_char_boundary(end - first));
        if whole || !array.valid(slot) {
            continue;
        }
        if let Err(error) = std::str::from_utf8(&data.bytes[start..end]) {
            let at = data.part(start..end);
            return array.add(report, "type-utf8-valid", ("data", Some(slot)), at, error.to_string(), "UTF-8");
        }
    }
}

/// Checks offsets into something of `limit` elements; the first and the last one if all are right.
pub(super) fn offsets(
    array: Array,
    wide: bool,
    limit: usize,
    behind: &'static str,
    report: &mut Report,
) -> Option<(usize, usize)> {
    let content = array.content(Role::Offsets)?;
    let width = if wide { 8 } else { 4 };
    let (bytes, length) = (&content.bytes[..], array.length);
    let place = |index| ("offsets", Some(index));
    if length == 0 && bytes.is_empty() {
        let at = array.column.node.at.clone();
        let expected = "one offset, which is 0";
        array.add(report, "layout-empty-offsets-one", ("offsets", None), at, "no bytes", expected);
        return Some((0, 0));
    }
    let needed = length.checked_add(1)?.checked_mul(width)?;
    if bytes.len() < needed {
        array.shorter(report, "layout-varbinary-offset-count", "offsets", content, needed);
        return None;
    }
    let big = array.batch.big;
    let Err((clause, index, found, expected)) = scan(bytes, length, width, big, limit, behind) else {
        array.longer(report, "offsets", content, needed);
        let first = number(bytes, 0, width, true, big);
        if first != 0 {
            let at = content.element(0, width);
            array.add(report, "layout-varbinary-normalized", place(0), at, first.to_string(), "0");
        }
        let last = number(bytes, length, width, true, big);
        return Some((usize::try_from(first).ok()?, usize::try_from(last).ok()?));
    };
    // Wrong in the declared byte order and right in the other one, or in the other width.
    let (clause, expected) = if scan(bytes, length, width, !big, limit, behind).is_ok() {
        ("schema-endianness-declared", "the byte order that the schema declares".to_owned())
    } else if is_map(array) && bytes.len() >= 2 * needed && scan(bytes, length, 8, big, limit, behind).is_ok() {
        ("type-map-layout-as-list", "offsets of 4 bytes".to_owned())
    } else {
        (clause, expected)
    };
    array.add(report, clause, place(index), content.element(index, width), found, expected);
    None
}

fn is_map(array: Array) -> bool {
    array.column.field.table("type").is_some_and(|of| of.kind.name == "Map")
}

/// The first offset that is wrong, with clause, position, what it is and what it should be.
fn scan(
    bytes: &[u8],
    length: usize,
    width: usize,
    big: bool,
    limit: usize,
    behind: &'static str,
) -> Result<(), (&'static str, usize, String, String)> {
    let mut before = 0;
    for index in 0..=length {
        let offset = number(bytes, index, width, true, big);
        if offset < 0 {
            return Err(("layout-varbinary-negative-offset", index, offset.to_string(), "0 or more".to_owned()));
        }
        if offset < before {
            let found = format!("{offset} behind {before}");
            return Err(("layout-varbinary-monotonic", index, found, "no less than the one before".to_owned()));
        }
        before = offset;
    }
    if usize::try_from(before).is_ok_and(|last| last <= limit) {
        return Ok(());
    }
    Err((behind, length, before.to_string(), format!("at most {limit}")))
}
