//! Message → tensor: the tables of `Tensor.fbs` and `SparseTensor.fbs`, and where the buffers lie in the body.

use super::{Axis, Index, Integers, Layout, Tensor};
use crate::error::{Error, Result};
use crate::flatbuffer::{Table, Vector, struct_i32, struct_i64};
use crate::options::{Limits, Options};
use crate::read::message::{Kind, Message};
use crate::schema::{DataType, Integer, Metadata, decode};
use arrow_ipc as fb;
use bytes::Bytes;

/// Width of a `Buffer` struct: offset and length.
const BUFFER_BYTES: usize = 16;

/// Decodes a message and checks it. The buffers are parts of `body`.
pub fn tensor(message: &Message, body: &Bytes, options: &Options) -> Result<Tensor<Bytes>> {
    let header = || message.header();
    let mut tensor = match message.kind {
        Kind::Tensor => dense(header()?, body, &options.limits)?,
        Kind::SparseTensor => sparse(header()?, body, &options.limits)?,
        kind => {
            let text = format!("the message is a {kind}, expected a tensor");
            return Err(Error::invalid("tensor-encapsulated", text));
        }
    };
    tensor.metadata = message.custom_metadata(&options.limits)?;
    tensor.check(options.validation)?;
    check_overlap(&tensor, body.len())?;
    Ok(tensor)
}

fn dense(table: Table<'_>, body: &Bytes, limits: &Limits) -> Result<Tensor<Bytes>> {
    const CLAUSE: &str = "tensor-required-fields";
    let slots = (fb::Tensor::VT_TYPE_TYPE, fb::Tensor::VT_TYPE_);
    let (shape, dim_names) = shape(table, fb::Tensor::VT_SHAPE, limits, CLAUSE)?;
    // A vector without elements says nothing about dimensions that are there; Arrow C++ reads it as absent, too.
    let strides = table.vector(fb::Tensor::VT_STRIDES, 8, "the strides")?.filter(|strides| !strides.is_empty());
    Ok(Tensor {
        data_type: value_type(table, slots, limits, CLAUSE)?,
        shape,
        dim_names,
        layout: Layout::Dense { strides: strides.map(|strides| longs(strides).collect()) },
        data: buffer(table, fb::Tensor::VT_DATA, body, "data", CLAUSE)?,
        metadata: Metadata::default(),
    })
}

fn sparse(table: Table<'_>, body: &Bytes, limits: &Limits) -> Result<Tensor<Bytes>> {
    const CLAUSE: &str = "sparse-required-fields";
    let slots = (fb::SparseTensor::VT_TYPE_TYPE, fb::SparseTensor::VT_TYPE_);
    let (shape, dim_names) = shape(table, fb::SparseTensor::VT_SHAPE, limits, CLAUSE)?;
    let non_zero_length = table.i64(fb::SparseTensor::VT_NON_ZERO_LENGTH, 0, "non_zero_length")?;
    Ok(Tensor {
        data_type: value_type(table, slots, limits, CLAUSE)?,
        shape,
        dim_names,
        layout: Layout::Sparse { non_zero_length, index: index(table, body, non_zero_length)? },
        data: buffer(table, fb::SparseTensor::VT_DATA, body, "data", CLAUSE)?,
        metadata: Metadata::default(),
    })
}

fn absent(what: &str, clause: &'static str) -> Error {
    Error::invalid(clause, format!("the tensor has no {what}"))
}

fn value_type(table: Table<'_>, slots: (u16, u16), limits: &Limits, clause: &'static str) -> Result<DataType> {
    match table.u8(slots.0, 0, "the type's tag")? {
        0 => Err(absent("type", clause)),
        _ if !table.has(slots.1) => Err(absent("type", clause)),
        _ => decode::leaf_type(table, slots, limits),
    }
}

/// Lengths and names of the dimensions.
type Dimensions = (Vec<i64>, Vec<Option<Vec<u8>>>);

fn shape(table: Table<'_>, slot: u16, limits: &Limits, clause: &'static str) -> Result<Dimensions> {
    let dimensions = table.tables(slot, "shape")?.ok_or_else(|| absent("shape", clause))?;
    if dimensions.len() > limits.fields {
        return Err(Error::limit("the number of dimensions", dimensions.len(), limits.fields));
    }
    let (mut sizes, mut names, mut text_bytes) = (Vec::new(), Vec::new(), 0);
    for dimension in dimensions.iter() {
        let dimension = dimension?;
        sizes.push(dimension.i64(fb::TensorDim::VT_SIZE, 0, "the length of a dimension")?);
        let name = dimension.string(fb::TensorDim::VT_NAME, "the name of a dimension")?;
        // Dimensions may share a text, so the size of the metadata does not bound what is copied.
        text_bytes += name.map_or(0, |name| name.len() as u64);
        if text_bytes > limits.metadata_bytes {
            return Err(Error::limit("the size of the names of the dimensions", text_bytes, limits.metadata_bytes));
        }
        if let Some(name) = name.filter(|name| simdutf8::basic::from_utf8(name).is_err()) {
            let text = format!("the name \"{}\" of a dimension is not UTF-8", name.escape_ascii());
            return Err(Error::invalid("tensor-shape", text).at(dimension.position() as u64));
        }
        names.push(name.map(<[u8]>::to_vec));
    }
    Ok((sizes, names))
}

/// The elements of a vector of `long`.
fn longs(vector: Vector<'_>) -> impl Iterator<Item = i64> {
    (0..vector.len()).filter_map(move |index| vector.get(index)).map(|bytes| struct_i64(bytes, 0))
}

/// The part of the body that a `Buffer` in a table names.
fn buffer(table: Table<'_>, slot: u16, body: &Bytes, what: &str, clause: &'static str) -> Result<Bytes> {
    let found = table.structure::<BUFFER_BYTES>(slot, what)?.ok_or_else(|| absent(what, clause))?;
    part(body, struct_i64(&found, 0), struct_i64(&found, 8), what)
}

/// `length` bytes of the body from `offset` on.
fn part(body: &Bytes, offset: i64, length: i64, what: &str) -> Result<Bytes> {
    if length == 0 {
        // The offset of an empty buffer has no meaning (clause buffer-empty-offset-ignored).
        return Ok(Bytes::new());
    }
    let (Ok(start), Ok(size)) = (usize::try_from(offset), usize::try_from(length)) else {
        let text = format!("the {what} buffer has offset {offset} and length {length}");
        return Err(Error::invalid("buffer-negative", text));
    };
    match start.checked_add(size) {
        Some(end) if end <= body.len() => Ok(body.slice(start..end)),
        _ => {
            let text = format!(
                "the {what} buffer, {length} bytes at {offset}, does not fit into a body of {} bytes",
                body.len()
            );
            Err(Error::invalid("buffer-out-of-bounds", text))
        }
    }
}

fn index(table: Table<'_>, body: &Bytes, values: i64) -> Result<Index<Bytes>> {
    const CLAUSE: &str = "sparse-required-fields";
    let tag = table.u8(fb::SparseTensor::VT_SPARSEINDEX_TYPE, 0, "the index's tag")?;
    let index = table.table(fb::SparseTensor::VT_SPARSEINDEX, "the index")?;
    let index = index.filter(|_| tag != 0).ok_or_else(|| absent("sparseIndex", CLAUSE))?;
    match fb::SparseTensorIndex(tag) {
        fb::SparseTensorIndex::SparseTensorIndexCOO => coo(index, body),
        fb::SparseTensorIndex::SparseMatrixIndexCSX => csx(index, body),
        fb::SparseTensorIndex::SparseTensorIndexCSF => csf(index, body, values),
        fb::SparseTensorIndex(tag) => {
            let text = format!("the sparse index has tag {tag}, which this library does not know");
            Err(Error { clause: Some("version-unknown-enum"), ..Error::unsupported(text) })
        }
    }
}

fn index_type(table: Table<'_>, slot: u16, what: &str) -> Result<Integer> {
    let integer = table.table(slot, what)?.ok_or_else(|| absent(what, "sparse-required-fields"))?;
    decode::integer(integer, "sparse-index-width")
}

fn coo(table: Table<'_>, body: &Bytes) -> Result<Index<Bytes>> {
    type T<'t> = fb::SparseTensorIndexCOO<'t>;
    let strides = table.vector(T::VT_INDICESSTRIDES, 8, "indicesStrides")?.filter(|strides| !strides.is_empty());
    let strides = strides.map(|strides| {
        longs(strides).collect::<Vec<_>>().try_into().map_err(|_| {
            let text = format!("indicesStrides has {} entries, expected 2", strides.len());
            Error::invalid("sparse-coo-index", text)
        })
    });
    Ok(Index::Coo {
        indices: Integers {
            integer: index_type(table, T::VT_INDICESTYPE, "indicesType")?,
            bytes: buffer(table, T::VT_INDICESBUFFER, body, "indicesBuffer", "sparse-required-fields")?,
        },
        strides: strides.transpose()?,
        canonical: table.bool(T::VT_ISCANONICAL, false, "isCanonical")?,
    })
}

fn csx(table: Table<'_>, body: &Bytes) -> Result<Index<Bytes>> {
    type T<'t> = fb::SparseMatrixIndexCSX<'t>;
    let compressed = match table.i16(T::VT_COMPRESSEDAXIS, 0, "compressedAxis")? {
        0 => Axis::Row,
        1 => Axis::Column,
        axis => {
            let text = format!("compressedAxis is {axis}, expected 0 (row) or 1 (column)");
            return Err(Error::invalid("sparse-csx-axis", text));
        }
    };
    Ok(Index::Csx {
        compressed,
        indptr: Integers {
            integer: index_type(table, T::VT_INDPTRTYPE, "indptrType")?,
            bytes: buffer(table, T::VT_INDPTRBUFFER, body, "indptrBuffer", "sparse-required-fields")?,
        },
        indices: Integers {
            integer: index_type(table, T::VT_INDICESTYPE, "indicesType")?,
            bytes: buffer(table, T::VT_INDICESBUFFER, body, "indicesBuffer", "sparse-required-fields")?,
        },
    })
}

fn csf(table: Table<'_>, body: &Bytes, values: i64) -> Result<Index<Bytes>> {
    type T<'t> = fb::SparseTensorIndexCSF<'t>;
    let vector = |slot, width, what: &str| {
        table.vector(slot, width, what)?.ok_or_else(|| absent(what, "sparse-required-fields"))
    };
    let indptr = Levels {
        buffers: vector(T::VT_INDPTRBUFFERS, BUFFER_BYTES, "indptrBuffers")?,
        integer: index_type(table, T::VT_INDPTRTYPE, "indptrType")?,
        what: "indptr",
    };
    let indices = Levels {
        buffers: vector(T::VT_INDICESBUFFERS, BUFFER_BYTES, "indicesBuffers")?,
        integer: index_type(table, T::VT_INDICESTYPE, "indicesType")?,
        what: "indices",
    };
    let axis_order = vector(T::VT_AXISORDER, 4, "axisOrder")?;
    let axes = (0..axis_order.len()).filter_map(|level| axis_order.get(level)).map(|axis| struct_i32(axis, 0));
    // Arrow C++ counts entries where the format has bytes (clause sparse-csf-buffer-lengths). What it writes is told
    // from the format's by the lengths, which have to agree among each other and with the number of values.
    let counted = !agree(&indptr, &indices, values, |length, width| (length % width == 0).then_some(length / width))
        && agree(&indptr, &indices, values, |length, _| Some(length));
    Ok(Index::Csf {
        axis_order: axes.collect(),
        indptr_type: indptr.integer,
        indptr: indptr.parts(body, counted)?,
        indices_type: indices.integer,
        indices: indices.parts(body, counted)?,
    })
}

/// The buffers of the levels of a CSF index.
struct Levels<'a> {
    buffers: Vector<'a>,
    integer: Integer,
    what: &'static str,
}

impl Levels<'_> {
    fn length(&self, level: usize) -> Option<i64> {
        self.buffers.get(level).map(|buffer| struct_i64(buffer, 8))
    }

    fn parts(&self, body: &Bytes, counted: bool) -> Result<Vec<Bytes>> {
        let mut parts = Vec::new();
        for (level, buffer) in (0..self.buffers.len()).filter_map(|level| Some((level, self.buffers.get(level)?))) {
            let (offset, length) = (struct_i64(buffer, 0), struct_i64(buffer, 8));
            let bytes = if counted { length.saturating_mul(self.integer.bytes() as i64) } else { length };
            let what = format!("{}[{level}]", self.what);
            parts.push(part(body, offset, bytes, &what).map_err(|e| e.at(self.buffers.position(level)))?);
        }
        Ok(parts)
    }
}

/// Whether the lengths of the buffers, as `entries` reads them with the width of an entry, fit each other: `indptr` has
/// one entry more than there are nodes in its level, and there is a leaf for each value.
fn agree(indptr: &Levels<'_>, indices: &Levels<'_>, values: i64, entries: impl Fn(i64, i64) -> Option<i64>) -> bool {
    let count = |levels: &Levels<'_>, level| entries(levels.length(level)?, levels.integer.bytes() as i64);
    let mut inner = 0..indptr.buffers.len();
    let ranges = |level| Some(count(indptr, level)? == count(indices, level)?.checked_add(1)?);
    inner.all(|level| ranges(level) == Some(true)) && count(indices, indptr.buffers.len()) == Some(values)
}

/// Checks that the buffers of a sparse tensor have room beside each other, which bounds the work on them by the size of
/// the input.
fn check_overlap(tensor: &Tensor<Bytes>, body: usize) -> Result<()> {
    let Layout::Sparse { index, .. } = &tensor.layout else { return Ok(()) };
    let total = index.buffers().map(Bytes::len).fold(tensor.data.len(), usize::saturating_add);
    if total > body {
        let text = format!("index and data have {total} bytes, more than the body of {body} bytes");
        return Err(Error::invalid("sparse-body-order-aligned", text));
    }
    Ok(())
}
