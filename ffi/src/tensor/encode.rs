//! Tensor → message: the tables of `Tensor.fbs` and `SparseTensor.fbs`, and the buffers of the body.

use super::{Axis, Index, Layout, Tensor, strides};
use crate::error::Result;
use crate::options::Options;
use crate::schema::{Integer, encode};
use crate::write::body::{Body, Bytes};
use crate::write::message::{BodyBytes, finish};
use arrow_ipc as fb;
use flatbuffers::{FlatBufferBuilder, ForwardsUOffset, UnionWIPOffset, Vector, WIPOffset};
use std::borrow::Cow;

/// Puts dense values that neither lie side by side nor each once into row-major order, where no strides are needed; a
/// packed order, such as column-major, stays as it is.
pub fn pack<'a>(tensor: &mut Tensor<&'a [u8]>, width: usize) -> Result<Cow<'a, [u8]>> {
    let (shape, data) = (&tensor.shape, Cow::Borrowed(tensor.data));
    let Layout::Dense { strides } = &mut tensor.layout else { return Ok(data) };
    let Some(steps) = strides.take() else { return Ok(data) };
    if strides::count(shape) == Some(0) || strides::row_major(shape, width).as_deref() == Some(&steps[..]) {
        return Ok(data);
    }
    if !strides::packed(shape, &steps, width) {
        return strides::gather(tensor.data, shape, &steps, width).map(Cow::Owned);
    }
    *strides = Some(steps);
    Ok(data)
}

/// The buffers of the body: the index, then the values.
pub fn body<'a>(tensor: &Tensor<&'a [u8]>, data: Cow<'a, [u8]>) -> Body<'a> {
    let mut body = Body::default();
    if let Layout::Sparse { index, .. } = &tensor.layout {
        body.buffers.extend(index.buffers().map(|buffer| Bytes::Borrowed(buffer)));
    }
    body.push(data);
    body
}

/// The flatbuffer of the message, its body being laid out.
pub fn message(tensor: &Tensor<&[u8]>, body: &BodyBytes<'_>, options: &Options) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let (type_type, type_) = encode::data_type(&mut builder, &tensor.data_type);
    let shape = Some(dimensions(&mut builder, tensor));
    let data = body.buffers.last();
    let (kind, header) = match &tensor.layout {
        Layout::Dense { strides } => {
            let strides = strides.as_ref().map(|strides| builder.create_vector(strides));
            let args = fb::TensorArgs { type_type, type_: Some(type_), shape, strides, data };
            (fb::MessageHeader::Tensor, fb::Tensor::create(&mut builder, &args).as_union_value())
        }
        Layout::Sparse { non_zero_length, index } => {
            let (tag, index) = sparse_index(&mut builder, index, &body.buffers);
            let args = fb::SparseTensorArgs {
                type_type,
                type_: Some(type_),
                shape,
                non_zero_length: *non_zero_length,
                sparseIndex_type: tag,
                sparseIndex: Some(index),
                data,
            };
            (fb::MessageHeader::SparseTensor, fb::SparseTensor::create(&mut builder, &args).as_union_value())
        }
    };
    let metadata = encode::metadata(&mut builder, &tensor.metadata);
    finish(builder, kind, header, body.length, metadata, options)
}

type Shape<'b> = WIPOffset<Vector<'b, ForwardsUOffset<fb::TensorDim<'b>>>>;

fn dimensions<'b>(builder: &mut FlatBufferBuilder<'b>, tensor: &Tensor<&[u8]>) -> Shape<'b> {
    let names = tensor.dim_names.iter().map(Option::as_deref).chain(std::iter::repeat(None));
    let dimensions: Vec<_> = tensor
        .shape
        .iter()
        .zip(names)
        .map(|(size, name)| {
            let name = name.map(|name| encode::string(builder, name));
            fb::TensorDim::create(builder, &fb::TensorDimArgs { size: *size, name })
        })
        .collect();
    builder.create_vector(&dimensions)
}

fn sparse_index<'b>(
    builder: &mut FlatBufferBuilder<'b>,
    index: &Index<&[u8]>,
    buffers: &[fb::Buffer],
) -> (fb::SparseTensorIndex, WIPOffset<UnionWIPOffset>) {
    let integer = |builder: &mut FlatBufferBuilder<'b>, integer: Integer| Some(encode::integer(builder, integer));
    match index {
        Index::Coo { indices, strides, canonical } => {
            let args = fb::SparseTensorIndexCOOArgs {
                indicesType: integer(builder, indices.integer),
                indicesStrides: strides.map(|strides| builder.create_vector(&strides)),
                indicesBuffer: buffers.first(),
                isCanonical: *canonical,
            };
            let index = fb::SparseTensorIndexCOO::create(builder, &args).as_union_value();
            (fb::SparseTensorIndex::SparseTensorIndexCOO, index)
        }
        Index::Csx { compressed, indptr, indices } => {
            let args = fb::SparseMatrixIndexCSXArgs {
                compressedAxis: match compressed {
                    Axis::Row => fb::SparseMatrixCompressedAxis::Row,
                    Axis::Column => fb::SparseMatrixCompressedAxis::Column,
                },
                indptrType: integer(builder, indptr.integer),
                indptrBuffer: buffers.first(),
                indicesType: integer(builder, indices.integer),
                indicesBuffer: buffers.get(1),
            };
            let index = fb::SparseMatrixIndexCSX::create(builder, &args).as_union_value();
            (fb::SparseTensorIndex::SparseMatrixIndexCSX, index)
        }
        Index::Csf { axis_order, indptr_type, indptr, indices_type, .. } => {
            let (indptr, rest) = buffers.split_at(indptr.len());
            let args = fb::SparseTensorIndexCSFArgs {
                indptrType: integer(builder, *indptr_type),
                indptrBuffers: Some(builder.create_vector(indptr)),
                indicesType: integer(builder, *indices_type),
                indicesBuffers: Some(builder.create_vector(&rest[..rest.len() - 1])),
                axisOrder: Some(builder.create_vector(axis_order)),
            };
            let index = fb::SparseTensorIndexCSF::create(builder, &args).as_union_value();
            (fb::SparseTensorIndex::SparseTensorIndexCSF, index)
        }
    }
}
