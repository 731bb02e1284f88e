//! Values and layouts → arrays, in safe Rust: buffers are filled here, and become C structs in `export`.

mod dictionaries;
mod encoded;
mod flat;
mod nested;
mod slot;
mod validity;

use std::sync::LazyLock;

pub(super) use dictionaries::Dictionaries;
use slot::{Slot, physical};

use super::buffer::Buffer;
use super::fixed_width;
use crate::value::{Batch, DataType, Field, Layout, ParseError, Schema};

/// An array as `struct ArrowArray` describes it, with memory of its own.
#[derive(Debug, Default)]
pub(super) struct Array {
    pub(super) length: usize,
    /// -1 when it is to be unknown.
    pub(super) null_count: i64,
    pub(super) offset: usize,
    /// `None` is a NULL pointer.
    pub(super) buffers: Vec<Option<Buffer>>,
    pub(super) children: Vec<Array>,
    pub(super) dictionary: Option<Box<Array>>,
}

static DEFAULT_LAYOUT: LazyLock<Layout> = LazyLock::new(Layout::default);

/// The struct array of a record batch. The document that the batch is from was checked.
pub(super) fn build_batch(schema: &Schema, batch: &Batch, dictionaries: &[Dictionaries]) -> Result<Array, ParseError> {
    let columns = schema.fields.iter().zip(&batch.columns).zip(dictionaries).enumerate();
    let children = columns.map(|(index, ((field, column), dictionaries))| {
        let slots: Vec<Slot> = column.values.iter().map(Slot::Value).collect();
        let layout = column.layout.as_ref().unwrap_or(&DEFAULT_LAYOUT);
        build_array(field, layout, dictionaries, &slots).map_err(|error| error.at_index(index).at_key("columns"))
    });
    Ok(Array {
        length: batch.rows,
        null_count: 0,
        offset: 0,
        buffers: vec![None],
        children: children.collect::<Result<_, _>>()?,
        dictionary: None,
    })
}

/// The array of a field. The slots are its rows; the layout may add filler before and behind them.
fn build_array(
    field: &Field,
    layout: &Layout,
    dictionaries: &Dictionaries,
    slots: &[Slot],
) -> Result<Array, ParseError> {
    if field.dictionary.is_some() {
        return encoded::dictionary(field, layout, dictionaries, slots);
    }
    let build = ArrayBuilder { field, layout, dictionaries, rows: slots.len(), slots: physical(slots, layout) };
    match &field.data_type {
        DataType::Null => build.null(),
        DataType::Bool => build.boolean(),
        DataType::Binary | DataType::Utf8 => build.binary::<i32>(),
        DataType::LargeBinary | DataType::LargeUtf8 => build.binary::<i64>(),
        DataType::BinaryView | DataType::Utf8View => build.views(),
        DataType::List | DataType::Map { .. } => build.list::<i32>(),
        DataType::LargeList => build.list::<i64>(),
        DataType::ListView => build.list_view::<i32>(),
        DataType::LargeListView => build.list_view::<i64>(),
        DataType::FixedSizeList(size) => build.fixed_size_list(*size as usize),
        DataType::Struct => build.structure(),
        DataType::Union { mode, type_ids } => build.union(*mode, type_ids),
        DataType::RunEndEncoded => encoded::run_end_encoded(&build, slots),
        data_type => build.fixed_width(fixed_width::width(data_type).unwrap_or(0)),
    }
}

/// What an array is built from.
struct ArrayBuilder<'a> {
    field: &'a Field,
    layout: &'a Layout,
    dictionaries: &'a Dictionaries,
    /// Number of slots without the layout's filler.
    rows: usize,
    /// Every slot, the layout's filler included.
    slots: Vec<Slot<'a>>,
}

impl<'a> ArrayBuilder<'a> {
    /// An array of these buffers, with length, offset and null count as the layout says.
    fn array(&self, null_count: usize, buffers: Vec<Option<Buffer>>, children: Vec<Array>) -> Array {
        Array {
            length: self.rows,
            null_count: if self.layout.unknown_null_count { -1 } else { null_count as i64 },
            offset: self.layout.offset,
            buffers,
            children,
            dictionary: None,
        }
    }

    fn buffer(&self, bytes: &[u8]) -> Option<Buffer> {
        Some(Buffer::new(bytes, self.layout.unaligned))
    }

    /// The offsets, or NULL where the layout asks for it.
    fn offsets_buffer(&self, bytes: &[u8]) -> Option<Buffer> {
        if self.layout.null_offsets && self.slots.is_empty() { None } else { self.buffer(bytes) }
    }

    fn child(&self, index: usize, slots: &[Slot]) -> Result<Array, ParseError> {
        let layout = self.layout.children.get(index).and_then(Option::as_ref).unwrap_or(&DEFAULT_LAYOUT);
        let built = build_array(&self.field.children[index], layout, self.dictionaries.child(index), slots);
        built.map_err(|error| error.at_index(index).at_key("children"))
    }

    /// The slot of a value of another type.
    fn mismatch<T>(&self, slot: Slot) -> Result<T, ParseError> {
        Err(ParseError::new(self.field.data_type.to_string(), slot.kind()))
    }
}

/// Offsets and sizes of 32 or 64 bits.
trait OffsetWidth {
    /// Appends a number.
    fn write(value: usize, out: &mut Vec<u8>) -> Result<(), ParseError>;
}

impl OffsetWidth for i32 {
    fn write(value: usize, out: &mut Vec<u8>) -> Result<(), ParseError> {
        let value = i32::try_from(value)
            .map_err(|_| ParseError::new(format!("offsets of at most {}", i32::MAX), value.to_string()))?;
        out.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }
}

impl OffsetWidth for i64 {
    fn write(value: usize, out: &mut Vec<u8>) -> Result<(), ParseError> {
        out.extend_from_slice(&(value as i64).to_le_bytes());
        Ok(())
    }
}
