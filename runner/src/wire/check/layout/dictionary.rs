//! Indices into dictionaries.

use super::{Array, number};
use crate::case::options::Phase;
use crate::wire::check::Report;
use crate::wire::check::batch::Dictionaries;
use crate::wire::raw::Role;
use crate::wire::tree::Table;

pub(super) fn indices(array: Array, encoding: &Table, bits: u64, dictionaries: &Dictionaries, report: &mut Report) {
    let width = match bits {
        8 | 16 | 32 | 64 => (bits / 8) as usize,
        _ => return,
    };
    let Some(content) = array.content(Role::Data).filter(|content| content.bytes.len() / width >= array.length) else {
        return;
    };
    let signed = encoding.table("indexType").is_none_or(|int| int.scalar("is_signed") == 1);
    let id = encoding.scalar("id");
    let dictionary = match dictionaries.get(&id) {
        Some(dictionary) => dictionary,
        // An inner dictionary may follow the outer one that refers to it.
        None if array.batch.phase == Phase::Dictionary => return,
        None => {
            if let Some(slot) = (0..array.length).find(|slot| array.valid(*slot)) {
                let (at, found) = (content.element(slot, width), format!("no dictionary {id} yet"));
                let expected = "a dictionary batch before the first key";
                let clause = "dictionary-defined-before-use";
                array.add(report, clause, ("data", Some(slot)), at, found, expected);
            }
            return;
        }
    };
    let index = |slot: usize| number(&content.bytes, slot, width, signed, array.batch.big);
    let within = |slot: usize| match signed {
        true => (0..dictionary.length).contains(&index(slot)),
        false => (index(slot) as u64) < dictionary.length as u64,
    };
    if let Some(slot) = (0..array.length).find(|slot| !within(*slot) && array.valid(*slot)) {
        let (at, found) = (content.element(slot, width), index(slot).to_string());
        let expected = format!("0 to {}, the values of dictionary {id}", dictionary.length - 1);
        array.add(report, "layout-dict-index-range", ("data", Some(slot)), at, found, expected);
    }
}
