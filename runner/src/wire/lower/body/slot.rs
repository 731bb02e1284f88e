//! What an array holds, slot by slot.

use arrowipc_kit::value::Value;

/// A slot of an array: a value, or something that no reader may take for one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Slot<'a> {
    /// A value, null or not.
    Value(&'a Value),
    /// An entry of a map: key, value.
    Entry(&'a [Value; 2]),
    /// A made-up value in front of what offsets select, or where a layout asks for junk; the number makes neighbours differ.
    Filler(usize),
    /// What lies behind a null of the parent, or beside the member that a sparse union selects.
    Hidden,
}

impl<'a> Slot<'a> {
    /// What a child has under this slot, which is not a value.
    pub(super) fn below(self, position: usize) -> Slot<'a> {
        match self {
            Slot::Filler(number) => Slot::Filler(number + position),
            _ => Slot::Hidden,
        }
    }

    pub(super) fn is_null(self) -> bool {
        matches!(self, Slot::Value(Value::Null))
    }

    /// Whether two neighbours can lie in one run.
    pub(super) fn same_run(&self, other: &Self) -> bool {
        self == other || matches!((self, other), (Slot::Filler(_), Slot::Filler(_)))
    }
}
