//! What an array holds, slot by slot.

use crate::value::{Layout, Value};

/// A slot of an array: a value, or something that no reader may take for one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Slot<'a> {
    /// A value, possibly null.
    Value(&'a Value),
    /// The members of a map's entry.
    Members(&'a [Value]),
    /// A made-up value outside of what the parent or the offset selects; the number makes neighbours differ.
    Filler(usize),
    /// What lies behind a null of the parent, or beside the selected member of a sparse union.
    Behind,
}

impl<'a> Slot<'a> {
    /// The slot of a child under this slot, where this slot is not a value of its own.
    pub(super) fn inherited(self, index: usize) -> Self {
        match self {
            Slot::Filler(filler) => Slot::Filler(filler + index),
            _ => Slot::Behind,
        }
    }

    /// What a message calls it.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Slot::Value(value) => value.kind(),
            Slot::Members(_) => "an entry of a map",
            Slot::Filler(_) | Slot::Behind => "filler",
        }
    }
}

/// The slots with the filler a layout puts before and behind them.
pub(super) fn physical<'a>(slots: &[Slot<'a>], layout: &Layout) -> Vec<Slot<'a>> {
    let before = (0..layout.offset).map(Slot::Filler);
    let behind = (layout.offset..layout.offset + layout.tail).map(Slot::Filler);
    before.chain(slots.iter().copied()).chain(behind).collect()
}
