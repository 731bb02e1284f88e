//! An array bound to its field: buffers as slices, of exactly the bytes the layout says are there.
//!
//! Binding reads the C structs and is unsafe; all that comes after is bounds-checked. A value that an array has no
//! place for is an error of it, not a read beyond a buffer.

use std::ffi::c_void;

use crate::cdata::Malformed;
use crate::cdata::abi::ArrowArray;
use crate::cdata::buffer::{bit, count_set};
use crate::cdata::fixed_width::{self, signed};
use crate::value::{DataType, Field, UnionMode, Value};

/// An array whose values can be read.
pub(super) struct View<'a> {
    length: usize,
    offset: usize,
    validity: Option<&'a [u8]>,
    storage: Storage<'a>,
}

enum Storage<'a> {
    Null,
    Bool(&'a [u8]),
    Fixed { data_type: &'a DataType, width: usize, data: &'a [u8] },
    Bytes { text: bool, offsets: Numbers<'a>, data: &'a [u8] },
    Views { text: bool, views: &'a [u8], data: Vec<&'a [u8]> },
    List { map: bool, offsets: Numbers<'a>, items: Box<View<'a>> },
    ListView { offsets: Numbers<'a>, sizes: Numbers<'a>, items: Box<View<'a>> },
    FixedSizeList { size: usize, items: Box<View<'a>> },
    Struct(Vec<View<'a>>),
    Union { type_ids: &'a [i8], ids: &'a [u8], offsets: Option<Numbers<'a>>, members: Vec<View<'a>> },
    RunEndEncoded { run_ends: Vec<i128>, values: Box<View<'a>> },
    Dictionary { indices: Box<View<'a>>, values: Box<View<'a>> },
}

/// Offsets or sizes of 4 or 8 bytes, at any address.
#[derive(Clone, Copy)]
struct Numbers<'a> {
    /// The clause that a negative number breaks.
    clause: &'static str,
    width: usize,
    data: &'a [u8],
}

impl Numbers<'_> {
    fn get(&self, index: usize, what: &str) -> Result<usize, Malformed> {
        let start = index * self.width;
        let bytes = self.data.get(start..start + self.width);
        let bytes = bytes.ok_or_else(|| Malformed::new("cdata-buffer-size", format!("there is no {what} {index}")))?;
        let number = signed(bytes);
        usize::try_from(number).map_err(|_| Malformed::new(self.clause, format!("{what} {index} is {number}")))
    }

    /// Checks that offsets do not fall between two slots, those of nulls included.
    fn grow(&self, mut slots: std::ops::Range<usize>) -> Result<(), Malformed> {
        if self.data.is_empty() {
            return Ok(());
        }
        slots.try_for_each(|slot| {
            let (start, end) = (self.get(slot, "offset")?, self.get(slot + 1, "offset")?);
            let falls = || Malformed::new(self.clause, format!("offset {slot} is {start}, and the next one {end}"));
            if start <= end { Ok(()) } else { Err(falls()) }
        })
    }
}

/// Rows, offset and columns of the struct array of a record batch.
///
/// # Safety
///
/// What the array points to is as the C Data Interface says for fields of these types.
pub(super) unsafe fn columns<'a>(
    fields: &'a [Field],
    array: &'a ArrowArray,
) -> Result<(usize, usize, Vec<View<'a>>), Malformed> {
    let bind = Bind::new(array)?;
    bind.no_dictionary()?;
    bind.buffers(1)?;
    // SAFETY: by the caller's promise.
    let validity = unsafe { bind.validity()? };
    let rows = bind.offset..bind.slots;
    let some_null = |validity: &&[u8]| count_set(validity, rows.clone()) < rows.len();
    if let Some(validity) = validity.filter(some_null)
        && let Some(row) = rows.clone().find(|row| !bit(validity, *row))
    {
        return Err(Malformed::new(
            "cdata-record-batch-struct",
            format!("row {} of the record batch is null", row - bind.offset),
        ));
    }
    // SAFETY: by the caller's promise.
    let columns = unsafe { bind.children(fields)? };
    if let Some((field, column)) = fields.iter().zip(&columns).find(|(_, column)| column.length < bind.slots) {
        let message = format!("the array has {} rows, and the record batch needs {}", column.length, bind.slots);
        return Err(Malformed::new("layout-struct-child-length", message).within(&field.name));
    }
    Ok((bind.length, bind.offset, columns))
}

/// # Safety
///
/// What the array points to is as the C Data Interface says for this field.
pub(super) unsafe fn bind_field<'a>(field: &'a Field, array: &'a ArrowArray) -> Result<View<'a>, Malformed> {
    let bind = Bind::new(array)?;
    let Some(encoding) = field.dictionary else {
        bind.no_dictionary()?;
        // SAFETY: by the caller's promise.
        return unsafe { bind.view(&field.data_type, &field.children) };
    };
    // SAFETY: NULL, or an array that this one owns.
    let Some(dictionary) = (unsafe { array.dictionary.as_ref() }) else {
        return Err(Malformed::new("cdata-dictionary-pointer", "the array has no dictionary"));
    };
    // SAFETY: by the caller's promise.
    let indices = unsafe { bind.view(encoding.index.data_type(), &[])? };
    let values = Bind::new(dictionary).map_err(Malformed::in_dictionary)?;
    values.no_dictionary().map_err(Malformed::in_dictionary)?;
    // SAFETY: by the caller's promise.
    let values = unsafe { values.view(&field.data_type, &field.children) }.map_err(Malformed::in_dictionary)?;
    Ok(View {
        length: bind.length,
        offset: 0,
        validity: None,
        storage: Storage::Dictionary { indices: Box::new(indices), values: Box::new(values) },
    })
}

/// An array whose plain numbers were checked.
struct Bind<'a> {
    array: &'a ArrowArray,
    length: usize,
    offset: usize,
    /// Offset and length together.
    slots: usize,
}

impl<'a> Bind<'a> {
    fn new(array: &'a ArrowArray) -> Result<Self, Malformed> {
        if array.is_released() {
            return Err(Malformed::new("cdata-released-input", "the array is released"));
        }
        let number = |value: i64, what: &str| {
            usize::try_from(value)
                .map_err(|_| Malformed::new("cdata-offset-nonneg", format!("{what} of the array is {value}")))
        };
        let (length, offset) = (number(array.length, "length")?, number(array.offset, "offset")?);
        let slots = length.checked_add(offset).filter(|slots| *slots <= isize::MAX as usize / 64);
        let slots =
            slots.ok_or_else(|| beyond_memory(format!("length {length} and offset {offset} are beyond memory")))?;
        if array.null_count < -1 || array.null_count > array.length {
            let message = format!("null_count of the array is {}, and length is {length}", array.null_count);
            return Err(Malformed::new("layout-null-count-exact", message));
        }
        Ok(Bind { array, length, offset, slots })
    }

    fn no_dictionary(&self) -> Result<(), Malformed> {
        if self.array.dictionary.is_null() {
            return Ok(());
        }
        let message = "the array has a dictionary, and the field is not dictionary-encoded";
        Err(Malformed::new("cdata-dictionary-pointer", message))
    }

    /// Checks the number of buffers.
    fn buffers(&self, count: usize) -> Result<(), Malformed> {
        if self.array.n_buffers != count as i64 {
            let message = format!("n_buffers is {}, expected {count}", self.array.n_buffers);
            return Err(Malformed::new("cdata-n-buffers", message));
        }
        if count > 0 && self.array.buffers.is_null() {
            return Err(Malformed::new("cdata-n-buffers", "buffers is NULL"));
        }
        Ok(())
    }

    /// The bytes of a buffer. The number of buffers was checked.
    ///
    /// # Safety
    ///
    /// The buffer has that many bytes, unless it is NULL.
    unsafe fn buffer(&self, index: usize, bytes: usize) -> Result<&'a [u8], Malformed> {
        // SAFETY: there are more buffers than `index`.
        let pointer = unsafe { *self.array.buffers.add(index) };
        // SAFETY: by the caller's promise.
        unsafe { slice(pointer, bytes, || format!("buffer {index}")) }
    }

    /// Bytes of a buffer of so many bytes a slot.
    fn size(&self, count: usize, width: usize) -> Result<usize, Malformed> {
        let size = count.checked_mul(width).filter(|size| isize::try_from(*size).is_ok());
        size.ok_or_else(|| beyond_memory(format!("{count} slots of {width} bytes are beyond memory")))
    }

    /// The validity bitmap, held against the null count. The number of buffers was checked.
    ///
    /// # Safety
    ///
    /// What the array points to is as the C Data Interface says for a type with validity.
    unsafe fn validity(&self) -> Result<Option<&'a [u8]>, Malformed> {
        let null_count = self.array.null_count;
        // SAFETY: there is a first buffer.
        let pointer = unsafe { *self.array.buffers };
        if pointer.is_null() {
            if null_count > 0 {
                let message = format!("null_count is {null_count}, and there is no validity bitmap");
                return Err(Malformed::new("cdata-buffer-null", message));
            }
            return Ok(None);
        }
        // Without rows, what lies before the offset need not be there.
        let slots = if self.length == 0 { 0 } else { self.slots };
        // SAFETY: a bitmap has a bit a slot.
        let validity = unsafe { self.buffer(0, slots.div_ceil(8))? };
        if null_count >= 0 {
            let nulls = (self.slots - self.offset) - count_set(validity, self.offset..self.slots);
            if self.length > 0 && nulls as i64 != null_count {
                let message = format!("null_count is {null_count}, and the bitmap has {nulls} nulls");
                return Err(Malformed::new("layout-null-count-exact", message));
            }
        }
        Ok(Some(validity).filter(|_| self.length > 0))
    }

    /// A buffer of offsets or sizes.
    ///
    /// # Safety
    ///
    /// The buffer has `count` numbers of that width, unless the array has no rows.
    unsafe fn numbers(
        &self,
        index: usize,
        count: usize,
        width: usize,
        clause: &'static str,
    ) -> Result<Numbers<'a>, Malformed> {
        let bytes = if self.length == 0 { 0 } else { self.size(count, width)? };
        // SAFETY: by the caller's promise.
        Ok(Numbers { clause, width, data: unsafe { self.buffer(index, bytes)? } })
    }

    /// # Safety
    ///
    /// What the array points to is as the C Data Interface says for fields of these types as its children.
    unsafe fn children(&self, fields: &'a [Field]) -> Result<Vec<View<'a>>, Malformed> {
        if self.array.n_children != fields.len() as i64 {
            let message = format!("n_children is {}, expected {}", self.array.n_children, fields.len());
            return Err(Malformed::new("cdata-children-count", message));
        }
        if !fields.is_empty() && self.array.children.is_null() {
            return Err(Malformed::new("cdata-children-count", "children is NULL"));
        }
        let bind = |(index, field): (usize, &'a Field)| {
            // SAFETY: there are `n_children` pointers, each NULL or to an array that this one owns.
            let child = unsafe { (*self.array.children.add(index)).as_ref() };
            let bound =
                child.ok_or_else(|| Malformed::new("cdata-children-count", "the array is NULL")).and_then(|child| {
                    // SAFETY: by the caller's promise.
                    unsafe { bind_field(field, child) }
                });
            bound.map_err(|error| error.within(&field.name))
        };
        fields.iter().enumerate().map(bind).collect()
    }

    /// # Safety
    ///
    /// As for `children`, for the one field of the slice.
    unsafe fn only_child(&self, fields: &'a [Field]) -> Result<Box<View<'a>>, Malformed> {
        // SAFETY: by the caller's promise.
        let child = unsafe { self.children(fields)? }.pop();
        child.map(Box::new).ok_or_else(|| Malformed::new("cdata-children-count", "n_children is 0, expected 1"))
    }

    /// # Safety
    ///
    /// What the array points to is as the C Data Interface says for a field of this type with these children.
    unsafe fn view(&self, data_type: &'a DataType, children: &'a [Field]) -> Result<View<'a>, Malformed> {
        use DataType::*;
        // SAFETY: by the caller's promise, for this and for every block below; each says the size that the layout
        // gives a buffer.
        let (validity, storage) = unsafe {
            match data_type {
                Null => {
                    self.buffers(0)?;
                    (None, Storage::Null)
                }
                Bool => {
                    self.buffers(2)?;
                    let bytes = if self.length == 0 { 0 } else { self.slots.div_ceil(8) };
                    (self.validity()?, Storage::Bool(self.buffer(1, bytes)?))
                }
                Binary | Utf8 => self.bytes(4, *data_type == Utf8)?,
                LargeBinary | LargeUtf8 => self.bytes(8, *data_type == LargeUtf8)?,
                BinaryView | Utf8View => self.views(*data_type == Utf8View)?,
                List | LargeList | Map { .. } => {
                    self.buffers(2)?;
                    let width = if *data_type == LargeList { 8 } else { 4 };
                    let offsets = self.numbers(1, self.slots + 1, width, "layout-list-offsets")?;
                    offsets.grow(self.offset..self.slots)?;
                    let items = self.only_child(children)?;
                    (self.validity()?, Storage::List { map: matches!(data_type, Map { .. }), offsets, items })
                }
                ListView | LargeListView => {
                    self.buffers(3)?;
                    let width = if *data_type == LargeListView { 8 } else { 4 };
                    let offsets = self.numbers(1, self.slots, width, "layout-listview-bounds")?;
                    let sizes = self.numbers(2, self.slots, width, "layout-listview-bounds")?;
                    (self.validity()?, Storage::ListView { offsets, sizes, items: self.only_child(children)? })
                }
                FixedSizeList(size) => {
                    self.buffers(1)?;
                    let items = self.only_child(children)?;
                    self.size(self.slots, *size as usize)?;
                    (self.validity()?, Storage::FixedSizeList { size: *size as usize, items })
                }
                Struct => {
                    self.buffers(1)?;
                    (self.validity()?, Storage::Struct(self.children(children)?))
                }
                Union { mode, type_ids } => {
                    let dense = *mode == UnionMode::Dense;
                    self.buffers(if dense { 2 } else { 1 })?;
                    let ids = self.numbers(0, self.slots, 1, "layout-union-type-ids-buffer")?.data;
                    let offsets =
                        if dense { Some(self.numbers(1, self.slots, 4, "layout-union-dense-offsets")?) } else { None };
                    (None, Storage::Union { type_ids, ids, offsets, members: self.children(children)? })
                }
                RunEndEncoded => {
                    self.buffers(0)?;
                    (None, run_end_encoded(self.children(children)?)?)
                }
                _ => {
                    self.buffers(2)?;
                    let width = fixed_width::width(data_type).unwrap_or(0);
                    let bytes = if self.length == 0 { 0 } else { self.size(self.slots, width)? };
                    (self.validity()?, Storage::Fixed { data_type, width, data: self.buffer(1, bytes)? })
                }
            }
        };
        if fixed_width::width(data_type).is_some() || data_type.child_count() == Some(0) {
            // SAFETY: without children nothing is read.
            unsafe { self.children(&[])? };
        }
        Ok(View { length: self.length, offset: self.offset, validity, storage })
    }

    /// # Safety
    ///
    /// What the array points to is as the C Data Interface says for binary or utf8 with offsets of that width.
    unsafe fn bytes(&self, width: usize, text: bool) -> Result<(Option<&'a [u8]>, Storage<'a>), Malformed> {
        self.buffers(3)?;
        // SAFETY: there is an offset more than slots; the last one is the size of the data.
        unsafe {
            let offsets = self.numbers(1, self.slots + 1, width, "layout-varbinary-monotonic")?;
            offsets.grow(self.offset..self.slots)?;
            let bytes = if self.length == 0 { 0 } else { offsets.get(self.slots, "offset")? };
            Ok((self.validity()?, Storage::Bytes { text, offsets, data: self.buffer(2, bytes)? }))
        }
    }

    /// # Safety
    ///
    /// What the array points to is as the C Data Interface says for a view type.
    unsafe fn views(&self, text: bool) -> Result<(Option<&'a [u8]>, Storage<'a>), Malformed> {
        const FIXED: usize = 3;
        let count = usize::try_from(self.array.n_buffers).unwrap_or(0);
        if count < FIXED {
            let message = format!("n_buffers is {}, expected at least {FIXED}", self.array.n_buffers);
            return Err(Malformed::new("cdata-n-buffers", message));
        }
        self.buffers(count)?;
        let variadic = count - FIXED;
        // SAFETY: the last buffer has the sizes of the variadic ones, which lie before it.
        unsafe {
            let bytes = if self.length == 0 { 0 } else { self.size(self.slots, VIEW)? };
            let views = self.buffer(1, bytes)?;
            let lengths = self.buffer(count - 1, self.size(variadic, 8)?);
            let lengths = lengths.map_err(|error| error.of_clause("cdata-view-lengths-buffer"))?;
            let sizes = Numbers { clause: "cdata-view-lengths-buffer", width: 8, data: lengths };
            let data = (0..variadic).map(|index| self.buffer(2 + index, sizes.get(index, "size of variadic buffer")?));
            Ok((self.validity()?, Storage::Views { text, views, data: data.collect::<Result<_, _>>()? }))
        }
    }
}

fn beyond_memory(message: String) -> Malformed {
    Malformed::new("cdata-buffer-size", message)
}

/// Bytes of a view, and the longest value that lies in one.
const VIEW: usize = 16;
const INLINE: usize = 12;

/// # Safety
///
/// `pointer` is NULL or has that many bytes behind it for as long as `'a`.
unsafe fn slice<'a>(pointer: *const c_void, bytes: usize, name: impl Fn() -> String) -> Result<&'a [u8], Malformed> {
    match (bytes, pointer.is_null()) {
        (0, _) => Ok(&[]),
        (_, true) => Err(Malformed::new("cdata-buffer-null", format!("{} is NULL, expected {bytes} bytes", name()))),
        // SAFETY: not NULL, and as long by the caller's promise; bytes have no alignment.
        _ => Ok(unsafe { std::slice::from_raw_parts(pointer.cast(), bytes) }),
    }
}

fn run_end_encoded(children: Vec<View<'_>>) -> Result<Storage<'_>, Malformed> {
    let Ok([run_ends, values]) = <[View; 2]>::try_from(children) else {
        return Err(Malformed::new("cdata-children-count", "n_children is not 2"));
    };
    let run_ends = (0..run_ends.length).map(|run| match run_ends.value(run)? {
        Value::Int(end) => Ok(end),
        _ => Err(Malformed::new("layout-ree-no-null-run-ends", format!("run end {run} is null"))),
    });
    let run_ends: Vec<i128> = run_ends.collect::<Result<_, _>>()?;
    if run_ends.first().is_some_and(|first| *first <= 0) || run_ends.windows(2).any(|ends| ends[0] >= ends[1]) {
        return Err(Malformed::new("layout-ree-strictly-increasing", "the run ends do not grow from above 0"));
    }
    Ok(Storage::RunEndEncoded { run_ends, values: Box::new(values) })
}

impl View<'_> {
    /// The value of a row, counted from the array's own offset.
    pub(super) fn value(&self, row: usize) -> Result<Value, Malformed> {
        if row >= self.length {
            return Err(Malformed::new(
                "layout-struct-child-length",
                format!("row {row} is asked for of an array of {}", self.length),
            ));
        }
        let slot = self.offset + row;
        if self.validity.is_some_and(|validity| !bit(validity, slot)) {
            return Ok(Value::Null);
        }
        match &self.storage {
            Storage::Null => Ok(Value::Null),
            Storage::Bool(data) => Ok(Value::Bool(bit(data, slot))),
            Storage::Fixed { data_type, width, data } => {
                let value =
                    data.get(slot * width..(slot + 1) * width).and_then(|bytes| fixed_width::decode(data_type, bytes));
                value.ok_or_else(|| Malformed::new("cdata-buffer-size", format!("there is no slot {slot}")))
            }
            Storage::Bytes { text, offsets, data } => {
                let (start, end) = (offsets.get(slot, "offset")?, offsets.get(slot + 1, "offset")?);
                let bytes = data.get(start..end).ok_or_else(|| {
                    Malformed::new(
                        "layout-varbinary-monotonic",
                        format!("row {row} has bytes {start} to {end} of {}", data.len()),
                    )
                })?;
                Ok(bytes_value(*text, bytes))
            }
            Storage::Views { text, views, data } => Ok(bytes_value(*text, view_bytes(views, data, slot)?)),
            Storage::List { map, offsets, items } => {
                let (start, end) = (offsets.get(slot, "offset")?, offsets.get(slot + 1, "offset")?);
                let values = items.values(start, end, "layout-list-offsets")?;
                if *map { entries(values) } else { Ok(Value::List(values)) }
            }
            Storage::ListView { offsets, sizes, items } => {
                let (start, size) = (offsets.get(slot, "offset")?, sizes.get(slot, "size")?);
                items.values(start, start.saturating_add(size), "layout-listview-bounds").map(Value::List)
            }
            Storage::FixedSizeList { size, items } => {
                items.values(slot * size, (slot + 1) * size, "layout-fsl-child-length").map(Value::List)
            }
            Storage::Struct(members) => {
                members.iter().map(|member| member.value(slot)).collect::<Result<_, _>>().map(Value::Struct)
            }
            Storage::Union { type_ids, ids, offsets, members } => {
                let id = ids.get(slot).map(|id| i8::from_le_bytes([*id]));
                let member = type_ids.iter().position(|type_id| Some(*type_id) == id);
                let (Some(id), Some(member)) = (id, member.and_then(|member| members.get(member))) else {
                    let message = format!("row {row} has type id {}, which no member has", id.unwrap_or(-1));
                    return Err(Malformed::new("layout-union-type-ids-buffer", message));
                };
                let place = match offsets {
                    Some(offsets) => offsets.get(slot, "offset")?,
                    None => slot,
                };
                if place >= member.length {
                    let clause =
                        if offsets.is_some() { "layout-union-dense-offsets" } else { "layout-union-sparse-lengths" };
                    let message = format!("row {row} is value {place} of a member that has {}", member.length);
                    return Err(Malformed::new(clause, message));
                }
                Ok(Value::Union(id, Box::new(member.value(place)?)))
            }
            Storage::RunEndEncoded { run_ends, values } => {
                values.value(run_ends.partition_point(|end| *end <= slot as i128))
            }
            Storage::Dictionary { indices, values } => match indices.value(row)? {
                Value::Int(index) => {
                    let place = usize::try_from(index).ok().filter(|index| *index < values.length);
                    let place = place.ok_or_else(|| {
                        let message = format!("row {row} has index {index} of a dictionary of {}", values.length);
                        Malformed::new("layout-dict-index-range", message)
                    })?;
                    values.value(place)
                }
                _ => Ok(Value::Null),
            },
        }
    }

    fn values(&self, start: usize, end: usize, clause: &'static str) -> Result<Vec<Value>, Malformed> {
        if start > end || end > self.length {
            let message = format!("items {start} to {end} are asked for of an array of {}", self.length);
            return Err(Malformed::new(clause, message));
        }
        (start..end).map(|row| self.value(row)).collect()
    }
}

fn bytes_value(text: bool, bytes: &[u8]) -> Value {
    if text { Value::Text(bytes.into()) } else { Value::Bytes(bytes.to_vec()) }
}

/// Key and value of each entry of a map.
fn entries(values: Vec<Value>) -> Result<Value, Malformed> {
    let entry = |(index, entry)| match entry {
        Value::Struct(members) => <[Value; 2]>::try_from(members)
            .map_err(|_| Malformed::new("type-map-shape", format!("entry {index} of a map has not two members"))),
        _ => Err(Malformed::new("type-map-nonnullable", format!("entry {index} of a map is null"))),
    };
    values.into_iter().enumerate().map(entry).collect::<Result<_, _>>().map(Value::Map)
}

/// The bytes of a view: in the view itself, or in one of the data buffers.
fn view_bytes<'a>(views: &'a [u8], data: &[&'a [u8]], slot: usize) -> Result<&'a [u8], Malformed> {
    let view = views.get(slot * VIEW..(slot + 1) * VIEW);
    let view = view.ok_or_else(|| Malformed::new("cdata-buffer-size", format!("there is no view {slot}")))?;
    let number = |part: &str, start: usize| {
        let number = signed(&view[start..start + 4]);
        usize::try_from(number)
            .map_err(|_| Malformed::new("layout-view-struct", format!("view {slot} has {part} {number}")))
    };
    let length = number("length", 0)?;
    if length <= INLINE {
        return Ok(&view[4..4 + length]);
    }
    let (index, offset) = (number("buffer index", 8)?, number("offset", 12)?);
    let buffer = data.get(index);
    let buffer = buffer.ok_or_else(|| {
        Malformed::new("layout-view-buffer-index", format!("view {slot} is of buffer {index} of {}", data.len()))
    })?;
    let bytes = buffer.get(offset..offset.saturating_add(length)).ok_or_else(|| {
        let message = format!("view {slot} has {length} bytes from {offset} of a buffer of {}", buffer.len());
        Malformed::new("layout-view-range", message)
    })?;
    if view[4..8] != bytes[..4] {
        return Err(Malformed::new("layout-view-prefix", format!("view {slot} has another prefix than its bytes")));
    }
    Ok(bytes)
}
