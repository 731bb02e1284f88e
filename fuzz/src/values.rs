//! Arrays touched in full, and their values as bytes that can be compared.

use crate::layout::{Layout, View, integer};

/// Reads every byte that an array of its type and length has, children and dictionaries too, and sums them up.
pub fn touch(view: View<'_>) -> u64 {
    let end = view.end();
    let mut sum = 0u64;
    let mut add = |bytes: &[u8]| sum = bytes.iter().fold(sum, |sum, byte| sum.wrapping_add(u64::from(*byte)));
    if let Some(validity) = view.validity() {
        add(validity);
    }
    match &view.ty.layout {
        Layout::Null | Layout::Struct | Layout::FixedSizeList(_) | Layout::RunEndEncoded => {}
        Layout::Bits => add(view.buffer(1, end.div_ceil(8))),
        Layout::Fixed(width) => add(view.buffer(1, end * width)),
        Layout::Variable { wide } => {
            let width = if *wide { 8 } else { 4 };
            let offsets = view.buffer(1, (end + 1) * width);
            add(offsets);
            add(view.buffer(2, integer(offsets, end, width) as usize));
        }
        Layout::View => {
            add(view.buffer(1, end * 16));
            view.variadic().into_iter().for_each(add);
        }
        Layout::List { wide } => add(view.buffer(1, (end + 1) * if *wide { 8 } else { 4 })),
        Layout::ListView { wide } => {
            let bytes = end * if *wide { 8 } else { 4 };
            add(view.buffer(1, bytes));
            add(view.buffer(2, bytes));
        }
        Layout::Union { dense, .. } => {
            add(view.buffer(0, end));
            if *dense {
                add(view.buffer(1, end * 4));
            }
        }
    }
    let children = (0..view.ty.children.len()).map(|i| touch(view.child(i)));
    children.chain(view.dictionary().map(touch)).fold(sum, u64::wrapping_add)
}

/// The values of a batch, whatever arrays they lie in; `None` when they are too many to be compared.
pub fn values(view: View<'_>) -> Option<Vec<u8>> {
    let mut values = Values { bytes: Vec::new(), steps: 0 };
    values.bytes.extend_from_slice(&view.array.length.to_le_bytes());
    for column in 0..view.ty.children.len() {
        for row in 0..usize::try_from(view.array.length).ok()? {
            values.slot(view.child(column), view.array.offset as usize + row)?;
        }
    }
    Some(values.bytes)
}

/// Values and bytes looked at: list views may refer to the same items again and again.
const MOST_STEPS: usize = 1 << 17;

struct Values {
    bytes: Vec<u8>,
    steps: usize,
}

impl Values {
    fn push(&mut self, bytes: &[u8]) -> Option<()> {
        self.steps += 1 + bytes.len();
        self.bytes.extend_from_slice(bytes);
        (self.steps <= MOST_STEPS).then_some(())
    }

    fn text(&mut self, bytes: &[u8]) -> Option<()> {
        self.push(&(bytes.len() as u64).to_le_bytes())?;
        self.push(bytes)
    }

    fn items(&mut self, items: View<'_>, start: usize, length: usize) -> Option<()> {
        self.push(&(length as u64).to_le_bytes())?;
        (start..start + length).try_for_each(|slot| self.slot(items, slot))
    }

    /// Slot `slot` behind the array's offset.
    fn slot(&mut self, view: View<'_>, slot: usize) -> Option<()> {
        let at = view.array.offset as usize + slot;
        assert!(at < view.end(), "slot {slot} of an array of {}", view.array.length);
        if view.validity().is_some_and(|bits| bits[at / 8] >> (at % 8) & 1 == 0) {
            return self.push(&[0]);
        }
        if let Some(dictionary) = view.dictionary() {
            let Layout::Fixed(width) = view.ty.layout else { panic!("indices that are no integers") };
            let index = integer(view.buffer(1, view.end() * width), at, width);
            let unsigned = if width == 8 { index as u64 } else { index as u64 & ((1 << (8 * width)) - 1) };
            return self.slot(dictionary, unsigned as usize);
        }
        if matches!(view.ty.layout, Layout::Union { .. } | Layout::RunEndEncoded) {
            return self.chosen(view, at);
        }
        if view.ty.layout == Layout::Null {
            return self.push(&[0]);
        }
        self.push(&[1])?;
        match &view.ty.layout {
            Layout::Bits => self.push(&[view.buffer(1, view.end().div_ceil(8))[at / 8] >> (at % 8) & 1]),
            Layout::Fixed(width) => self.push(&view.buffer(1, view.end() * width)[at * width..(at + 1) * width]),
            Layout::Variable { wide } => {
                let (start, end) = self.range(view, at, *wide);
                self.text(&view.buffer(2, end)[start..])
            }
            Layout::View => {
                let found = &view.buffer(1, view.end() * 16)[at * 16..at * 16 + 16];
                let size = integer(found, 0, 4) as usize;
                if size <= 12 {
                    return self.text(&found[4..4 + size]);
                }
                let (buffer, start) = (integer(found, 2, 4) as usize, integer(found, 3, 4) as usize);
                self.text(&view.variadic()[buffer][start..start + size])
            }
            Layout::List { wide } => {
                let (start, end) = self.range(view, at, *wide);
                self.items(view.child(0), start, end - start)
            }
            Layout::ListView { wide } => {
                let width = if *wide { 8 } else { 4 };
                let start = integer(view.buffer(1, view.end() * width), at, width);
                let size = integer(view.buffer(2, view.end() * width), at, width);
                self.items(view.child(0), start as usize, size as usize)
            }
            Layout::FixedSizeList(size) => self.items(view.child(0), at.checked_mul(*size)?, *size),
            Layout::Struct => (0..view.ty.children.len()).try_for_each(|i| self.slot(view.child(i), at)),
            Layout::Null | Layout::Union { .. } | Layout::RunEndEncoded => unreachable!("dealt with above"),
        }
    }

    fn range(&self, view: View<'_>, at: usize, wide: bool) -> (usize, usize) {
        let width = if wide { 8 } else { 4 };
        let offsets = view.buffer(1, (view.end() + 1) * width);
        (integer(offsets, at, width) as usize, integer(offsets, at + 1, width) as usize)
    }

    /// The value of a child that a slot stands for.
    fn chosen(&mut self, view: View<'_>, at: usize) -> Option<()> {
        if let Layout::Union { dense, ids } = &view.ty.layout {
            let id = view.buffer(0, view.end())[at];
            let member = ids.iter().position(|known| *known == i32::from(id)).expect("the type id of a member");
            let slot = if *dense { integer(view.buffer(1, view.end() * 4), at, 4) as usize } else { at };
            self.push(&[id])?;
            return self.slot(view.child(member), slot);
        }
        let ends = view.child(0);
        let Layout::Fixed(width) = ends.ty.layout else { panic!("run ends that are no integers") };
        let bytes = ends.buffer(1, ends.end() * width);
        let (mut low, mut high) = (0, ends.array.length as usize);
        while low < high {
            let middle = low + (high - low) / 2;
            let end = integer(bytes, ends.array.offset as usize + middle, width);
            if end > at as i64 { high = middle } else { low = middle + 1 }
        }
        self.slot(view.child(1), low)
    }
}
