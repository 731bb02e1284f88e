//! Schemas and arrays of every type out of arbitrary bytes. What is made is valid, and as odd as the format allows: slices,
//! offsets that do not start at 0, bytes under nulls, data that nothing refers to.

use arbitrary::{Result, Unstructured};
use arrow_array::{RecordBatch, RecordBatchOptions, RecordBatchReader, make_array};
use arrow_buffer::{ArrowNativeType, Buffer, NullBuffer};
use arrow_data::ArrayData;
use arrow_schema::{
    ArrowError, DataType, Field, Fields, IntervalUnit, Schema, SchemaRef, TimeUnit, UnionFields, UnionMode,
};
use std::collections::HashMap;
use std::sync::Arc;

/// Batches as a reader of arrow-rs hands them out.
pub struct Batches(SchemaRef, std::vec::IntoIter<RecordBatch>);

impl Batches {
    pub fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Batches(schema, batches.into_iter())
    }
}

impl Iterator for Batches {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.1.next().map(Ok)
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0)
    }
}

/// Levels of nested types.
const DEPTH: usize = 3;

/// A schema and up to four batches of it.
pub fn generate(u: &mut Unstructured<'_>) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let columns = u.int_in_range(0..=3)?;
    let fields = (0..columns).map(|i| field(u, &format!("c{i}"), DEPTH)).collect::<Result<Vec<_>>>()?;
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata(u)?));
    let mut batches = Vec::new();
    for _ in 0..u.int_in_range(0..=4)? {
        let rows = u.int_in_range(0..=12)?;
        let columns = schema.fields().iter().map(|field| array(u, field, rows)).collect::<Result<Vec<_>>>()?;
        let columns = columns.into_iter().map(make_array).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options);
        batches.push(batch.expect("columns that fit the schema"));
    }
    Ok((schema, batches))
}

fn metadata(u: &mut Unstructured<'_>) -> Result<HashMap<String, String>> {
    match u.ratio(1, 4)? {
        true => Ok(HashMap::from([(text(u)?, text(u)?), ("k".to_owned(), text(u)?)])),
        false => Ok(HashMap::new()),
    }
}

fn text(u: &mut Unstructured<'_>) -> Result<String> {
    let length = u.int_in_range(0..=20)?;
    let characters = ['a', 'b', 'ż', '€', '\u{1F980}', ' ', '"', '0'];
    (0..length).map(|_| u.choose(&characters).copied()).collect()
}

fn field(u: &mut Unstructured<'_>, name: &str, depth: usize) -> Result<Field> {
    let nullable = u.ratio(3, 4)?;
    Ok(Field::new(name, data_type(u, depth)?, nullable).with_metadata(metadata(u)?))
}

fn unit(u: &mut Unstructured<'_>) -> Result<TimeUnit> {
    u.choose(&[TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond]).copied()
}

fn integer(u: &mut Unstructured<'_>) -> Result<DataType> {
    use DataType::*;
    u.choose(&[Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64]).cloned()
}

/// A type without children.
fn leaf(u: &mut Unstructured<'_>) -> Result<DataType> {
    use DataType::*;
    Ok(match u.int_in_range(0..=19)? {
        0 => Null,
        1 => Boolean,
        2 | 3 => integer(u)?,
        4 => u.choose(&[Float16, Float32, Float64]).cloned()?,
        5 => Decimal32(u.int_in_range(1..=9)?, u.arbitrary()?),
        6 => Decimal64(u.int_in_range(1..=18)?, u.arbitrary()?),
        7 => Decimal128(u.int_in_range(1..=38)?, u.arbitrary()?),
        8 => Decimal256(u.int_in_range(1..=76)?, u.arbitrary()?),
        9 => u.choose(&[Date32, Date64]).cloned()?,
        10 => u.choose(&[Time32(TimeUnit::Second), Time32(TimeUnit::Millisecond)]).cloned()?,
        11 => u.choose(&[Time64(TimeUnit::Microsecond), Time64(TimeUnit::Nanosecond)]).cloned()?,
        12 => Timestamp(unit(u)?, u.choose(&[None, Some("UTC"), Some("Mars/Olympus")])?.map(Arc::from)),
        13 => Duration(unit(u)?),
        14 => {
            let units = [IntervalUnit::YearMonth, IntervalUnit::DayTime, IntervalUnit::MonthDayNano];
            Interval(*u.choose(&units)?)
        }
        15 => FixedSizeBinary(u.int_in_range(0..=17)?),
        16 => u.choose(&[Binary, LargeBinary]).cloned()?,
        17 => u.choose(&[Utf8, LargeUtf8]).cloned()?,
        18 => BinaryView,
        _ => Utf8View,
    })
}

fn data_type(u: &mut Unstructured<'_>, depth: usize) -> Result<DataType> {
    use DataType::*;
    if depth == 0 || u.ratio(1, 2)? {
        return leaf(u);
    }
    let item = |u: &mut Unstructured<'_>| field(u, "item", depth - 1).map(Arc::new);
    Ok(match u.int_in_range(0..=9)? {
        0 => List(item(u)?),
        1 => LargeList(item(u)?),
        2 => ListView(item(u)?),
        3 => LargeListView(item(u)?),
        4 => FixedSizeList(item(u)?, u.int_in_range(0..=3)?),
        5 => {
            let members = u.int_in_range(0..=3)?;
            Struct((0..members).map(|i| field(u, &format!("m{i}"), depth - 1)).collect::<Result<Fields>>()?)
        }
        6 => {
            let key = Field::new("key", u.choose(&[Utf8, Int32, Binary]).cloned()?, false);
            let entries = Struct(Fields::from(vec![key, field(u, "value", depth - 1)?]));
            Map(Arc::new(Field::new("entries", entries, false)), u.arbitrary()?)
        }
        7 => {
            let (members, first, step) = (u.int_in_range(1..=3)?, u.int_in_range(0..=100)?, u.int_in_range(1..=9)?);
            let ids = (0..members).map(|i| first + step * i);
            let fields = (0..members).map(|i| field(u, &format!("u{i}"), depth - 1)).collect::<Result<Vec<_>>>()?;
            let mode = if u.arbitrary()? { UnionMode::Sparse } else { UnionMode::Dense };
            Union(UnionFields::try_new(ids, fields).expect("distinct ids"), mode)
        }
        8 => {
            let ends = Field::new("run_ends", u.choose(&[Int16, Int32, Int64]).cloned()?, false);
            RunEndEncoded(Arc::new(ends), Arc::new(field(u, "values", depth - 1)?))
        }
        _ => match data_type(u, depth - 1)? {
            // Values of a dictionary are not dictionary-encoded themselves.
            Dictionary(_, values) => Dictionary(Box::new(integer(u)?), values),
            values => Dictionary(Box::new(integer(u)?), Box::new(values)),
        },
    })
}

/// An array of `length` slots, often a slice of a longer one.
fn array(u: &mut Unstructured<'_>, field: &Field, length: usize) -> Result<ArrayData> {
    let (before, behind) = match u.ratio(1, 3)? {
        true => (u.int_in_range(0..=9)?, u.int_in_range(0..=3)?),
        false => (0, 0),
    };
    let whole = whole_array(u, field, before + length + behind)?;
    Ok(if before + behind > 0 { whole.slice(before, length) } else { whole })
}

fn bytes(u: &mut Unstructured<'_>, count: usize) -> Buffer {
    let mut bytes = vec![0; count];
    // Where the input ends there are zeros.
    let _ = u.fill_buffer(&mut bytes);
    Buffer::from(bytes)
}

fn whole_array(u: &mut Unstructured<'_>, field: &Field, length: usize) -> Result<ArrayData> {
    use DataType::*;
    let ty = field.data_type();
    let mut builder = ArrayData::builder(ty.clone()).len(length);
    if field.is_nullable() && !matches!(ty, Null | Union(..) | RunEndEncoded(..)) && u.ratio(2, 3)? {
        let bits = (0..length).map(|_| Ok(u.arbitrary().unwrap_or(true))).collect::<Result<Vec<bool>>>()?;
        builder = builder.nulls(Some(NullBuffer::from(bits)));
    }
    builder = match ty {
        Null => builder,
        Boolean => builder.add_buffer(bytes(u, length.div_ceil(8))),
        Binary | Utf8 => variable::<i32>(u, builder, length)?,
        LargeBinary | LargeUtf8 => variable::<i64>(u, builder, length)?,
        BinaryView | Utf8View => views(u, builder, length)?,
        FixedSizeBinary(width) => builder.add_buffer(bytes(u, length * *width as usize)),
        List(item) | Map(item, _) => lists::<i32>(u, builder, item, length)?,
        LargeList(item) => lists::<i64>(u, builder, item, length)?,
        ListView(item) => list_views::<i32>(u, builder, item, length)?,
        LargeListView(item) => list_views::<i64>(u, builder, item, length)?,
        FixedSizeList(item, size) => builder.add_child_data(array(u, item, length * *size as usize)?),
        Struct(members) => {
            let members = members.iter().map(|member| array(u, member, length)).collect::<Result<Vec<_>>>()?;
            builder.child_data(members)
        }
        Union(members, mode) => union(u, builder, members, *mode, length)?,
        RunEndEncoded(ends, values) => runs(u, builder, ends, values, length)?,
        Dictionary(index, values) => dictionary(u, builder, index, values, length)?,
        fixed => builder.add_buffer(bytes(u, length * fixed.primitive_width().expect("a type of fixed width"))),
    };
    // SAFETY: buffers and children are those of a valid array, as the functions above make them.
    Ok(unsafe { builder.align_buffers(true).build_unchecked() })
}

type Builder = arrow_data::ArrayDataBuilder;

/// `length + 1` offsets, and where they end.
fn offsets<O: ArrowNativeType>(u: &mut Unstructured<'_>, length: usize, most: usize) -> Result<(Buffer, usize)> {
    let mut end = u.int_in_range(0..=3)?;
    let mut offsets = vec![O::usize_as(end)];
    for _ in 0..length {
        end += u.int_in_range(0..=most)?;
        offsets.push(O::usize_as(end));
    }
    Ok((Buffer::from_vec(offsets), end))
}

fn variable<O: ArrowNativeType>(u: &mut Unstructured<'_>, builder: Builder, length: usize) -> Result<Builder> {
    let (offsets, end) = offsets::<O>(u, length, 20)?;
    let spare = u.int_in_range(0..=3)?;
    Ok(builder.add_buffer(offsets).add_buffer(ascii(u, end + spare)))
}

/// Bytes that are text wherever they are cut.
fn ascii(u: &mut Unstructured<'_>, count: usize) -> Buffer {
    bytes(u, count).iter().map(|byte| byte & 0x7F).collect::<Vec<u8>>().into()
}

fn views(u: &mut Unstructured<'_>, builder: Builder, length: usize) -> Result<Builder> {
    let count = u.int_in_range(0..=2)?;
    let data: Vec<Buffer> = (0..count).map(|_| ascii(u, 40)).collect();
    let mut views = Vec::new();
    for _ in 0..length {
        let mut view = [0u8; 16];
        if data.is_empty() || u.arbitrary()? {
            let size = u.int_in_range(0..=12)?;
            view[0] = size as u8;
            view[4..4 + size].copy_from_slice(&ascii(u, size));
        } else {
            let (buffer, size) = (u.int_in_range(0..=count - 1)?, u.int_in_range(13..=40usize)?);
            let start = u.int_in_range(0..=40 - size)?;
            view[..4].copy_from_slice(&(size as u32).to_le_bytes());
            view[4..8].copy_from_slice(&data[buffer][start..start + 4]);
            view[8..12].copy_from_slice(&(buffer as u32).to_le_bytes());
            view[12..].copy_from_slice(&(start as u32).to_le_bytes());
        }
        views.push(u128::from_le_bytes(view));
    }
    Ok(data.into_iter().fold(builder.add_buffer(Buffer::from_vec(views)), Builder::add_buffer))
}

fn lists<O: ArrowNativeType>(
    u: &mut Unstructured<'_>,
    builder: Builder,
    item: &Field,
    length: usize,
) -> Result<Builder> {
    let (offsets, end) = offsets::<O>(u, length, 3)?;
    let spare = u.int_in_range(0..=2)?;
    Ok(builder.add_buffer(offsets).add_child_data(array(u, item, end + spare)?))
}

fn list_views<O: ArrowNativeType>(
    u: &mut Unstructured<'_>,
    builder: Builder,
    item: &Field,
    length: usize,
) -> Result<Builder> {
    let items = u.int_in_range(0..=12usize)?;
    let (mut offsets, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..length {
        let offset = u.int_in_range(0..=items)?;
        offsets.push(O::usize_as(offset));
        sizes.push(O::usize_as(u.int_in_range(0..=(items - offset).min(4))?));
    }
    let builder = builder.add_buffer(Buffer::from_vec(offsets)).add_buffer(Buffer::from_vec(sizes));
    Ok(builder.add_child_data(array(u, item, items)?))
}

fn union(
    u: &mut Unstructured<'_>,
    builder: Builder,
    members: &UnionFields,
    mode: UnionMode,
    length: usize,
) -> Result<Builder> {
    let ids: Vec<i8> = members.iter().map(|(id, _)| id).collect();
    let chosen = (0..length).map(|_| u.choose_index(ids.len())).collect::<Result<Vec<_>>>()?;
    let types: Vec<i8> = chosen.iter().map(|member| ids[*member]).collect();
    let mut builder = builder.add_buffer(Buffer::from_vec(types));
    let mut lengths = vec![length; ids.len()];
    if mode == UnionMode::Dense {
        lengths.fill(0);
        let mut offsets = Vec::new();
        for member in &chosen {
            // A slot may refer to the value that the one before referred to.
            let again = lengths[*member] > 0 && u.ratio(1, 4)?;
            lengths[*member] += usize::from(!again);
            offsets.push(lengths[*member] as i32 - 1);
        }
        builder = builder.add_buffer(Buffer::from_vec(offsets));
    }
    for ((_, member), length) in members.iter().zip(lengths) {
        let spare = u.int_in_range(0..=1)?;
        let spare = if mode == UnionMode::Dense { spare } else { 0 };
        builder = builder.add_child_data(array(u, member, length + spare)?);
    }
    Ok(builder)
}

fn runs(u: &mut Unstructured<'_>, builder: Builder, ends: &Field, values: &Field, length: usize) -> Result<Builder> {
    let (mut run_ends, mut end) = (Vec::new(), 0);
    while end < length as i64 {
        end += u.int_in_range(1..=5)?;
        run_ends.push(end);
    }
    let buffer = match ends.data_type() {
        DataType::Int16 => Buffer::from_vec(run_ends.iter().map(|end| *end as i16).collect::<Vec<_>>()),
        DataType::Int32 => Buffer::from_vec(run_ends.iter().map(|end| *end as i32).collect::<Vec<_>>()),
        _ => Buffer::from_vec(run_ends.clone()),
    };
    let ends = ArrayData::builder(ends.data_type().clone()).len(run_ends.len()).add_buffer(buffer);
    // SAFETY: a buffer of as many integers.
    let ends = unsafe { ends.align_buffers(true).build_unchecked() };
    Ok(builder.add_child_data(ends).add_child_data(array(u, values, run_ends.len())?))
}

fn dictionary(
    u: &mut Unstructured<'_>,
    builder: Builder,
    index: &DataType,
    values: &DataType,
    length: usize,
) -> Result<Builder> {
    let count = u.int_in_range(1..=6)?;
    let width = index.primitive_width().expect("an integer");
    let mut indices = Vec::with_capacity(length * width);
    for _ in 0..length {
        let index = u.int_in_range(0..=count as u64 - 1)?;
        indices.extend_from_slice(&index.to_le_bytes()[..width]);
    }
    let values = array(u, &Field::new("values", values.clone(), true), count)?;
    Ok(builder.add_buffer(Buffer::from(indices)).add_child_data(values))
}
