//! Validity bitmaps and null counts.

use super::Array;
use crate::wire::check::Report;
use crate::wire::check::batch::Dictionaries;
use crate::wire::raw::Role;

pub(super) fn check(array: Array, dictionaries: &Dictionaries, report: &mut Report) {
    let Some(content) = array.content(Role::Validity) else { return };
    let (bitmap, nulls) = (&content.bytes[..], array.column.node.null_count);
    let needed = array.length.div_ceil(8);
    if bitmap.is_empty() {
        if nulls > 0 {
            let found = format!("no bytes, and {nulls} nulls");
            let clause = "layout-validity-missing-with-nulls";
            array.add(report, clause, ("validity", None), array.column.node.at.clone(), found, "a bitmap");
        }
        return;
    }
    if bitmap.len() < needed {
        return array.shorter(report, "layout-validity-size", "validity", content, needed);
    }
    array.longer(report, "validity", content, needed);
    let set = set_bits(bitmap, array.length, false);
    let cleared = (array.length - set) as i64;
    if nulls >= 0 && nulls != cleared {
        let (mut clause, mut expected) = ("layout-null-count-exact", format!("{cleared} as in the bitmap"));
        let dictionary = array.column.encoding.and_then(|encoding| dictionaries.get(&encoding.scalar("id")));
        if nulls > cleared && dictionary.is_some_and(|dictionary| dictionary.nulls) {
            clause = "layout-dict-null-from-indices";
            expected.push_str(", whatever the dictionary has");
        } else if nulls == set as i64 {
            (clause, expected) = ("layout-validity-bit-meaning", "a null for each cleared bit".to_owned());
        } else if nulls == (array.length - set_bits(bitmap, array.length, true)) as i64 {
            (clause, expected) = ("layout-validity-lsb-order", "slot j at bit j mod 8 from the lowest".to_owned());
        }
        array.add_node(report, clause, "null_count", format!("{nulls} nulls, {cleared} cleared bits"), expected);
    }
    trailing_bits(array, bitmap, "validity", "layout-validity-trailing-bits", report);
}

/// Bits behind the last slot, within its byte.
pub(super) fn trailing_bits(array: Array, bits: &[u8], role: &str, clause: &'static str, report: &mut Report) {
    let (last, used) = (array.length / 8, array.length % 8);
    if let Some(byte) = bits.get(last).filter(|byte| used > 0 && *byte >> used != 0) {
        let role_of = if role == "validity" { Role::Validity } else { Role::Data };
        let at = array.content(role_of).map_or(0..0, |content| content.element(last, 1));
        let expected = format!("zero bits from bit {used} on");
        array.add(report, clause, (role, None), at, format!("{byte:#010b} in the last byte"), expected);
    }
}

/// The set bits among the first slots; counted from the highest bit of each byte if `reversed`.
fn set_bits(bitmap: &[u8], slots: usize, reversed: bool) -> usize {
    let whole: usize = bitmap[..slots / 8].iter().map(|byte| byte.count_ones() as usize).sum();
    let rest = match bitmap.get(slots / 8) {
        Some(byte) if !slots.is_multiple_of(8) => {
            let byte = if reversed { byte.reverse_bits() } else { *byte };
            (byte & ((1 << (slots % 8)) - 1)).count_ones() as usize
        }
        _ => 0,
    };
    whole + rest
}

/// An array of the type Null.
pub(super) fn nulls(array: Array, report: &mut Report) {
    let nulls = array.column.node.null_count;
    if nulls >= 0 && nulls != array.column.node.length {
        let expected = format!("{}, its length", array.length);
        array.add_node(report, "layout-null-type-null-count", "null_count", nulls.to_string(), expected);
    }
}
