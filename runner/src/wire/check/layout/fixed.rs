//! Values of a fixed width.

use super::{Array, number, validity};
use crate::wire::check::Report;
use crate::wire::check::schema::decimal_digits;
use crate::wire::raw::Role;
use crate::wire::tree::Table;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

pub(super) fn check(array: Array, bits: u64, report: &mut Report) {
    let Some(content) = array.content(Role::Data) else { return };
    let Some(needed) = u128::from(bits).checked_mul(array.length as u128) else { return };
    let needed = usize::try_from(needed.div_ceil(8)).unwrap_or(usize::MAX);
    let values = &content.bytes[..];
    if values.len() < needed {
        return array.shorter(report, "layout-primitive-size", "data", content, needed);
    }
    if bits == 1 {
        let bytes = values.len() == array.length && array.length > 8;
        if bytes && values.iter().all(|byte| *byte < 2) && values[needed..].contains(&1) {
            let found = format!("{} bytes of 0 and 1 for {} slots", values.len(), array.length);
            return array.add(
                report,
                "type-bool-bitpacked",
                ("data", None),
                content.all(),
                found,
                "a bit for each slot",
            );
        }
        validity::trailing_bits(array, values, "data", "security-deterministic-padding", report);
    }
    array.longer(report, "data", content, needed);
    if array.column.encoding.is_some() || !bits.is_multiple_of(8) {
        return;
    }
    let Some(of) = array.column.field.table("type") else { return };
    let width = (bits / 8) as usize;
    match of.kind.name {
        "Date" if width == 8 => {
            each(array, values, width, "type-date-ms-whole-days", |day| day % DAY == 0, "whole days", report);
        }
        "Time" if matches!(width, 4 | 8) => {
            let day = DAY / 1000 * [1, 1_000, 1_000_000, 1_000_000_000][of.scalar("unit").clamp(0, 3) as usize];
            let within = |time| (0..day).contains(&time);
            each(array, values, width, "type-time-range", within, "a time within a day", report);
        }
        "Decimal" => decimals(array, of, values, width, report),
        _ => {}
    }
}

/// Reports the first value that is not null and does not suit.
fn each(
    array: Array,
    values: &[u8],
    width: usize,
    clause: &'static str,
    fits: impl Fn(i64) -> bool,
    expected: &str,
    report: &mut Report,
) {
    let value = |slot: usize| number(values, slot, width, true, array.batch.big);
    if let Some(slot) = (0..array.length).find(|slot| !fits(value(*slot)) && array.valid(*slot)) {
        let at = array.content(Role::Data).map_or(0..0, |content| content.element(slot, width));
        array.add(report, clause, ("data", Some(slot)), at, value(slot).to_string(), expected);
    }
}

fn decimals(array: Array, of: &Table, values: &[u8], width: usize, report: &mut Report) {
    let precision = of.scalar("precision");
    if !decimal_digits(8 * width as i64).is_some_and(|most| (1..=most).contains(&precision)) {
        return;
    }
    let limit = power_of_ten(precision as usize);
    let fits = |slot: usize, big: bool| {
        let mut value = [0; 32];
        value[..width].copy_from_slice(&values[slot * width..(slot + 1) * width]);
        if big {
            value[..width].reverse();
        }
        magnitude(&mut value[..width]);
        less(&value, &limit)
    };
    let checked = |big: bool| (0..array.length).find(|slot| array.valid(*slot) && !fits(*slot, big));
    let Some(slot) = checked(array.batch.big) else { return };
    let (clause, expected) = match checked(!array.batch.big) {
        None => ("type-decimal-twos-complement", "integers in the byte order of the schema".to_owned()),
        Some(_) => ("type-decimal-value-in-precision", format!("at most {precision} digits")),
    };
    let at = array.content(Role::Data).map_or(0..0, |content| content.element(slot, width));
    let bytes = &values[slot * width..(slot + 1) * width];
    array.add(report, clause, ("data", Some(slot)), at, format!("{bytes:02x?}"), expected);
}

/// 10 to a power of at most 76, little-endian.
fn power_of_ten(exponent: usize) -> [u8; 32] {
    let mut value = [0; 32];
    value[0] = 1;
    for _ in 0..exponent {
        let mut carry = 0_u16;
        for byte in &mut value {
            let product = u16::from(*byte) * 10 + carry;
            *byte = product as u8;
            carry = product >> 8;
        }
    }
    value
}

/// A two's complement number, little-endian, becomes its absolute value.
fn magnitude(value: &mut [u8]) {
    if value.last().is_none_or(|last| *last < 0x80) {
        return;
    }
    let mut carry = true;
    for byte in value {
        let (sum, over) = (!*byte).overflowing_add(u8::from(carry));
        (*byte, carry) = (sum, over);
    }
}

fn less(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.iter().rev().lt(other.iter().rev())
}
