//! `ArrowArray` → [`BatchView`]: the structure is held against the schema and every buffer gets its size.
//!
//! The C Data Interface gives pointers without lengths. What can be checked is checked: counts, NULL, the
//! lengths that children must have, the ends of offsets. That so many bytes lie behind a pointer is the
//! caller's promise.

use super::c_data::ArrowArray;
use crate::error::{Error, Result};
use crate::schema::{DataType, Field, UnionMode};
use crate::write::arrays::{ArrayView, Arrays, BatchView};

/// Views a struct array as a batch with the columns `fields`, which go to `arrays`, where there are none yet.
///
/// # Safety
/// `array` obeys the C Data Interface for arrays of a struct of `fields`, but for what is checked: counts,
/// NULL and released children. It and its buffers stay as they are as long as the result is used.
pub(super) unsafe fn view<'v, 'a>(
    array: &'a ArrowArray,
    fields: &[Field],
    arrays: &'v mut Arrays<'a>,
) -> Result<BatchView<'v, 'a>> {
    let slots = Slots::of(array)?;
    let buffers = Buffers::of(array, 1)?;
    // SAFETY: passed on.
    let validity = unsafe { buffers.validity(array, &slots) }?;
    // Without a bitmap nothing is looked for: a batch without columns may have any number of rows.
    let null = validity.and_then(|bits| (slots.offset..slots.end).find(|slot| bits[slot / 8] >> (slot % 8) & 1 == 0));
    if let Some(slot) = null {
        let row = slot - slots.offset;
        return Err(Error::argument(format!("row {row} of the struct array is null, a batch cannot have such rows")));
    }
    if !array.dictionary.is_null() {
        return Err(Error::argument("the struct array of a batch has a dictionary"));
    }
    // SAFETY: passed on.
    unsafe { Importer { arrays }.children(array, fields) }?;
    for (index, field) in fields.iter().enumerate() {
        at_least(arrays.get(index).length, slots.end).map_err(|error| error.in_field(&field.name))?;
    }
    Ok(BatchView { rows: slots.length, offset: slots.offset, column_count: fields.len(), arrays })
}

struct Importer<'v, 'a> {
    arrays: &'v mut Arrays<'a>,
}

impl<'a> Importer<'_, 'a> {
    /// Views an array at `index`.
    ///
    /// # Safety
    /// As [`view`], for arrays of the type of `field`.
    unsafe fn field(&mut self, index: usize, array: &'a ArrowArray, field: &Field) -> Result<()> {
        let Some(encoding) = &field.dictionary else {
            if !array.dictionary.is_null() {
                return Err(Error::argument("the array has a dictionary, the field is not dictionary-encoded"));
            }
            // SAFETY: passed on.
            return unsafe { self.typed(index, array, &field.data_type, &field.children) };
        };
        // SAFETY: NULL or a structure by the contract of this function.
        let values = unsafe { array.dictionary.as_ref() };
        let values =
            values.ok_or_else(|| Error::argument("the field is dictionary-encoded, the array's dictionary is NULL"))?;
        if values.release.is_none() {
            return Err(Error::argument("the array's dictionary was already released"));
        }
        if !values.dictionary.is_null() {
            return Err(Error::argument("the values of the dictionary have a dictionary themselves"));
        }
        let dictionary = self.arrays.reserve(1);
        // SAFETY: passed on.
        unsafe {
            self.typed(index, array, &DataType::Int(encoding.index), &[])?;
            self.typed(dictionary, values, &field.data_type, &field.children)?;
        }
        self.arrays.set_dictionary(index, dictionary);
        Ok(())
    }

    /// # Safety
    /// As [`view`], for arrays of `data_type` with `fields` as children.
    unsafe fn typed(
        &mut self,
        index: usize,
        array: &'a ArrowArray,
        data_type: &DataType,
        fields: &[Field],
    ) -> Result<()> {
        let layout = Layout::of(data_type);
        // SAFETY: passed on.
        unsafe { self.own(index, array, &layout) }?;
        if array.n_children == 0 && fields.is_empty() {
            return Ok(());
        }
        // SAFETY: passed on.
        let first = unsafe { self.children(array, fields) }?;
        self.arrays.set_children(index, first, fields.len());
        check_child_lengths(&layout, self.arrays.get(index))
    }

    /// An array without its children.
    ///
    /// # Safety
    /// As [`view`], for arrays of a type with this layout.
    unsafe fn own(&mut self, index: usize, array: &'a ArrowArray, layout: &Layout) -> Result<()> {
        let slots = Slots::of(array)?;
        let buffers = match layout {
            Layout::View => Buffers::at_least(array, 3)?,
            _ => Buffers::of(array, layout.buffer_count())?,
        };
        let validity = match layout {
            Layout::Null | Layout::RunEndEncoded | Layout::SparseUnion | Layout::DenseUnion => None,
            // SAFETY: passed on.
            _ => unsafe { buffers.validity(array, &slots) }?,
        };
        let mut viewed = self.arrays.set(index, slots.length, slots.offset, validity);
        let mut push = |bytes| viewed.push(bytes);
        // SAFETY: passed on; the sizes are those that the format gives to arrays of this type and length.
        unsafe {
            match layout {
                Layout::Null | Layout::Struct | Layout::RunEndEncoded | Layout::FixedSizeList(_) => {}
                Layout::Fixed { bits } => push(buffers.slice(1, slots.bits(*bits)?, "values")?),
                Layout::Variable { wide } => {
                    let offsets = Offsets { bytes: buffers.slice(1, slots.offsets(*wide)?, "offsets")?, wide: *wide };
                    push(offsets.bytes);
                    push(buffers.slice(2, offsets.end(slots.offset)?, "data")?);
                }
                Layout::View => buffers.views(&slots, push)?,
                Layout::List { wide } => push(buffers.slice(1, slots.offsets(*wide)?, "offsets")?),
                Layout::ListView { wide } => {
                    let bytes = slots.bits(if *wide { 64 } else { 32 })?;
                    push(buffers.slice(1, bytes, "offsets")?);
                    push(buffers.slice(2, bytes, "sizes")?);
                }
                Layout::SparseUnion => push(buffers.slice(0, slots.end, "type ids")?),
                Layout::DenseUnion => {
                    push(buffers.slice(0, slots.end, "type ids")?);
                    push(buffers.slice(1, slots.bits(32)?, "offsets")?);
                }
            }
        }
        Ok(())
    }

    /// Views the children of an array and says where the first one lies.
    ///
    /// # Safety
    /// As [`view`], for arrays with `fields` as children.
    unsafe fn children(&mut self, array: &'a ArrowArray, fields: &[Field]) -> Result<usize> {
        if array.n_children != fields.len() as i64 {
            return Err(Error::argument(format!("n_children is {}, expected {}", array.n_children, fields.len())));
        }
        if array.children.is_null() && !fields.is_empty() {
            return Err(Error::argument("children is NULL"));
        }
        let first = self.arrays.reserve(fields.len());
        // A loop, for this is recursive and adapters would take their share of the stack at each level.
        for (i, field) in fields.iter().enumerate() {
            // SAFETY: there are `n_children` pointers, each NULL or to a structure.
            let child = unsafe { (*array.children.add(i)).as_ref() };
            let viewed = match child {
                None => Err(Error::argument("the array is NULL")),
                Some(child) if child.release.is_none() => Err(Error::argument("the array was already released")),
                // SAFETY: passed on.
                Some(child) => unsafe { self.field(first + i, child, field) },
            };
            viewed.map_err(|error| error.in_field(&field.name))?;
        }
        Ok(first)
    }
}

/// Whether children are as long as the parent needs.
fn check_child_lengths(layout: &Layout, view: ArrayView<'_, '_>) -> Result<()> {
    let slots = view.offset + view.length;
    match (layout, view.child(0)) {
        (Layout::Struct | Layout::SparseUnion, _) => {
            view.children().try_for_each(|child| at_least(child.length, slots))
        }
        (Layout::FixedSizeList(size), Some(items)) => {
            let needed = slots.checked_mul(*size).ok_or_else(|| too_large(slots))?;
            at_least(items.length, needed)
        }
        (Layout::List { wide }, Some(items)) => {
            let offsets = Offsets { bytes: view.buffers().first().copied().unwrap_or_default(), wide: *wide };
            at_least(items.length, offsets.end(view.offset)?)
        }
        (Layout::RunEndEncoded, Some(run_ends)) => {
            let values = view.child(1).map_or(0, |values| values.length);
            at_least(values, run_ends.length)?;
            if run_ends.validity.is_some() {
                return Err(Error::argument("run ends have nulls"));
            }
            match last_run_end(run_ends) {
                _ if slots == 0 => Ok(()),
                Some(end) if usize::try_from(end).is_ok_and(|end| end >= slots) => Ok(()),
                Some(end) => Err(Error::argument(format!("the last run ends at {end}, expected {slots} or more"))),
                None => Err(Error::argument(format!("there are no runs, expected some for {slots} slots"))),
            }
        }
        _ => Ok(()),
    }
}

fn at_least(length: usize, needed: usize) -> Result<()> {
    match length >= needed {
        true => Ok(()),
        false => Err(too_short(length, needed)),
    }
}

// What is said of wrong arrays stands apart from what right ones go through.

#[cold]
fn too_short(length: usize, needed: usize) -> Error {
    Error::argument(format!("a child has {length} slots, its parent needs {needed}"))
}

#[cold]
fn too_large(slots: usize) -> Error {
    Error::argument(format!("the array has {slots} slots, more than fit into memory"))
}

#[cold]
fn wrong_count(array: &ArrowArray) -> Error {
    let ArrowArray { length, offset, null_count, .. } = *array;
    Error::argument(match (length, offset) {
        (..0, _) => format!("the array's length is {length}"),
        (_, ..0) => format!("the array's offset is {offset}"),
        _ if (-1..=length).contains(&null_count) => "the array's offset and length are too large".to_owned(),
        _ => format!("the array's null_count is {null_count}, expected -1 to {length}"),
    })
}

#[cold]
fn unusable(index: usize, bytes: usize, is_null: bool, what: &str) -> Error {
    Error::argument(match is_null {
        true => format!("buffers[{index}], the {what}, is NULL"),
        false => format!("the {what} would take {bytes} bytes, more than fit into memory"),
    })
}

fn last_run_end(run_ends: ArrayView<'_, '_>) -> Option<i64> {
    let slots = run_ends.offset + run_ends.length;
    let ends = run_ends.buffers().first()?;
    let width = ends.len().checked_div(slots)?;
    let last = ends.get(ends.len() - width..).filter(|_| run_ends.length > 0)?;
    match width {
        2 => Some(i16::from_ne_bytes(last.try_into().ok()?).into()),
        4 => Some(i32::from_ne_bytes(last.try_into().ok()?).into()),
        8 => Some(i64::from_ne_bytes(last.try_into().ok()?)),
        _ => None,
    }
}

/// The buffers of a type, as the C Data Interface has them.
enum Layout {
    Null,
    Fixed { bits: usize },
    Variable { wide: bool },
    View,
    List { wide: bool },
    ListView { wide: bool },
    FixedSizeList(usize),
    Struct,
    SparseUnion,
    DenseUnion,
    RunEndEncoded,
}

impl Layout {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Null => Layout::Null,
            DataType::Bool => Layout::Fixed { bits: 1 },
            DataType::Int(integer) => Layout::Fixed { bits: integer.bits.into() },
            DataType::Float(bits) => Layout::Fixed { bits: (*bits).into() },
            DataType::Decimal { bits, .. } => Layout::Fixed { bits: (*bits).into() },
            DataType::Date32 | DataType::Time32(_) | DataType::IntervalYearMonth => Layout::Fixed { bits: 32 },
            DataType::Date64
            | DataType::Time64(_)
            | DataType::Timestamp(..)
            | DataType::Duration(_)
            | DataType::IntervalDayTime => Layout::Fixed { bits: 64 },
            DataType::IntervalMonthDayNano => Layout::Fixed { bits: 128 },
            // A schema with a negative size was refused on its way in.
            DataType::FixedSizeBinary(size) => Layout::Fixed { bits: 8 * usize::try_from(*size).unwrap_or(0) },
            DataType::Binary | DataType::Utf8 => Layout::Variable { wide: false },
            DataType::LargeBinary | DataType::LargeUtf8 => Layout::Variable { wide: true },
            DataType::BinaryView | DataType::Utf8View => Layout::View,
            DataType::List | DataType::Map { .. } => Layout::List { wide: false },
            DataType::LargeList => Layout::List { wide: true },
            DataType::ListView => Layout::ListView { wide: false },
            DataType::LargeListView => Layout::ListView { wide: true },
            DataType::FixedSizeList(size) => Layout::FixedSizeList(usize::try_from(*size).unwrap_or(0)),
            DataType::Struct => Layout::Struct,
            DataType::Union(UnionMode::Sparse, _) => Layout::SparseUnion,
            DataType::Union(UnionMode::Dense, _) => Layout::DenseUnion,
            DataType::RunEndEncoded => Layout::RunEndEncoded,
        }
    }

    /// The number of buffers, where the type alone decides it.
    fn buffer_count(&self) -> i64 {
        match self {
            Layout::Null | Layout::RunEndEncoded => 0,
            Layout::Struct | Layout::FixedSizeList(_) | Layout::SparseUnion => 1,
            Layout::Fixed { .. } | Layout::List { .. } | Layout::DenseUnion => 2,
            Layout::Variable { .. } | Layout::ListView { .. } | Layout::View => 3,
        }
    }
}

/// The slots of an array.
struct Slots {
    length: usize,
    offset: usize,
    /// `offset + length`.
    end: usize,
}

impl Slots {
    fn of(array: &ArrowArray) -> Result<Self> {
        let (Ok(length), Ok(offset)) = (usize::try_from(array.length), usize::try_from(array.offset)) else {
            return Err(wrong_count(array));
        };
        // Far below overflow: what is computed from it are sizes of objects, which end there.
        match length.checked_add(offset).filter(|&end| end < isize::MAX as usize) {
            Some(end) if (-1..=array.length).contains(&array.null_count) => Ok(Slots { length, offset, end }),
            _ => Err(wrong_count(array)),
        }
    }

    /// Bytes of `bits` for each slot.
    fn bits(&self, bits: usize) -> Result<usize> {
        self.end.checked_mul(bits).map(|bits| bits.div_ceil(8)).ok_or_else(|| too_large(self.end))
    }

    /// Bytes of offsets: one more than slots, and none for no slots, which some producers do not give any.
    fn offsets(&self, wide: bool) -> Result<usize> {
        match self.end {
            0 => Ok(0),
            end => (end + 1).checked_mul(if wide { 8 } else { 4 }).ok_or_else(|| too_large(end)),
        }
    }
}

/// Offsets of variable-size data or lists.
struct Offsets<'a> {
    bytes: &'a [u8],
    wide: bool,
}

impl Offsets<'_> {
    /// The last offset, once it and that of the first slot in sight make sense; 0 when there are none.
    fn end(&self, first_slot: usize) -> Result<usize> {
        let width = if self.wide { 8 } else { 4 };
        let Some(last_slot) = (self.bytes.len() / width).checked_sub(1) else { return Ok(0) };
        let (first, last) = (self.get(first_slot), self.get(last_slot));
        match (first, last) {
            (Some(first), Some(last)) if 0 <= first && first <= last => {
                usize::try_from(last).map_err(|_| Error::argument(format!("the last offset is {last}")))
            }
            (Some(first), Some(last)) => {
                Err(Error::argument(format!("offsets go from {first} to {last}, expected ascending from 0 or more")))
            }
            _ => Err(Error::argument("offsets are missing")),
        }
    }

    fn get(&self, slot: usize) -> Option<i64> {
        let width = if self.wide { 8 } else { 4 };
        let bytes = self.bytes.get(slot * width..(slot + 1) * width)?;
        match self.wide {
            true => bytes.try_into().ok().map(i64::from_ne_bytes),
            false => bytes.try_into().ok().map(|bytes| i32::from_ne_bytes(bytes).into()),
        }
    }
}

/// The buffers of an array, whose number is known to be right.
struct Buffers<'a> {
    array: &'a ArrowArray,
    count: usize,
}

impl<'a> Buffers<'a> {
    #[inline]
    fn of(array: &'a ArrowArray, count: i64) -> Result<Self> {
        match array.n_buffers == count {
            true => Self::at_least(array, count),
            false => Err(Error::argument(format!("n_buffers is {}, expected {count}", array.n_buffers))),
        }
    }

    fn at_least(array: &'a ArrowArray, count: i64) -> Result<Self> {
        match usize::try_from(array.n_buffers) {
            Ok(buffers) if array.n_buffers >= count && (buffers == 0 || !array.buffers.is_null()) => {
                Ok(Buffers { array, count: buffers })
            }
            Ok(_) if array.n_buffers >= count => Err(Error::argument("buffers is NULL")),
            _ => Err(Error::argument(format!("n_buffers is {}, expected {count} or more", array.n_buffers))),
        }
    }

    /// Buffer `index`, `None` for NULL and for one that is not there.
    fn pointer(&self, index: usize) -> Option<*const u8> {
        if index >= self.count {
            return None;
        }
        // SAFETY: there are `n_buffers` pointers, this is one of them.
        let pointer = unsafe { *self.array.buffers.add(index) };
        (!pointer.is_null()).then_some(pointer.cast())
    }

    /// `bytes` bytes of buffer `index`, which may be NULL when these are none.
    ///
    /// # Safety
    /// The buffer is NULL or as large.
    unsafe fn slice(&self, index: usize, bytes: usize, what: &str) -> Result<&'a [u8]> {
        match self.pointer(index) {
            _ if bytes == 0 => Ok(&[]),
            // SAFETY: as large by the contract of this function, and not larger than an object may be.
            Some(pointer) if bytes <= isize::MAX as usize => Ok(unsafe { std::slice::from_raw_parts(pointer, bytes) }),
            found => Err(unusable(index, bytes, found.is_none(), what)),
        }
    }

    /// The bitmap, `None` when nothing is null.
    ///
    /// # Safety
    /// The first buffer is NULL or holds a bit for each slot.
    unsafe fn validity(&self, array: &ArrowArray, slots: &Slots) -> Result<Option<&'a [u8]>> {
        match (self.pointer(0), array.null_count) {
            (None, 1..) => Err(Error::argument(format!(
                "buffers[0], the validity bitmap, is NULL and null_count is {}",
                array.null_count
            ))),
            (None, _) | (_, 0) => Ok(None),
            // SAFETY: passed on.
            (Some(_), _) => unsafe { self.slice(0, slots.bits(1)?, "validity bitmap") }.map(Some),
        }
    }

    /// The views and the variadic buffers, whose lengths lie in the last buffer.
    ///
    /// # Safety
    /// The buffers are those of a view type.
    unsafe fn views(&self, slots: &Slots, mut push: impl FnMut(&'a [u8])) -> Result<()> {
        let variadic = self.count - 3;
        // SAFETY: passed on: 16 bytes for each slot, then the variadic buffers, then 8 bytes for each of these.
        let (views, lengths) = unsafe {
            (self.slice(1, slots.bits(128)?, "views")?, self.slice(self.count - 1, variadic * 8, "variadic lengths")?)
        };
        push(views);
        for (i, length) in lengths.as_chunks::<8>().0.iter().enumerate() {
            let length = i64::from_ne_bytes(*length);
            let bytes = usize::try_from(length)
                .map_err(|_| Error::argument(format!("the length of variadic buffer {i} is {length}")))?;
            // SAFETY: the producer says that the buffer is as large.
            push(unsafe { self.slice(2 + i, bytes, "variadic data") }?);
        }
        Ok(())
    }
}
