//! Messages built field by field, so that they can say what no writer would.

use arrow_ipc as fb;
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};

/// A buffer of a body: offset and length.
pub type Place = (i64, i64);

fn buffer((offset, length): Place) -> fb::Buffer {
    fb::Buffer::new(offset, length)
}

/// An encapsulated message.
fn message(
    body: &[u8],
    kind: fb::MessageHeader,
    header: impl FnOnce(&mut FlatBufferBuilder<'static>) -> WIPOffset<UnionWIPOffset>,
) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let header = Some(header(&mut builder));
    let version = fb::MetadataVersion::V5;
    let args =
        fb::MessageArgs { version, header_type: kind, header, bodyLength: body.len() as i64, custom_metadata: None };
    let root = fb::Message::create(&mut builder, &args);
    builder.finish(root, None);
    let metadata = builder.finished_data();
    let padding = vec![0; metadata.len().next_multiple_of(8) - metadata.len()];
    let length = ((metadata.len() + padding.len()) as u32).to_le_bytes();
    [&[0xFF; 4], &length[..], metadata, &padding, body].concat()
}

type Shape<'b> = WIPOffset<flatbuffers::Vector<'b, flatbuffers::ForwardsUOffset<fb::TensorDim<'b>>>>;

fn shape<'b>(builder: &mut FlatBufferBuilder<'b>, sizes: &[i64], name: Option<&[u8]>) -> Shape<'b> {
    let dimension = |size: &i64| {
        let name = name.map(|name| WIPOffset::new(builder.create_byte_string(name).value()));
        fb::TensorDim::create(builder, &fb::TensorDimArgs { size: *size, name })
    };
    let dimensions: Vec<_> = sizes.iter().map(dimension).collect();
    builder.create_vector(&dimensions)
}

fn int<'b>(builder: &mut FlatBufferBuilder<'b>, bits: i32) -> WIPOffset<fb::Int<'b>> {
    fb::Int::create(builder, &fb::IntArgs { bitWidth: bits, is_signed: true })
}

/// A dense tensor.
#[derive(Clone)]
pub struct Dense {
    pub bits: i32,
    pub sizes: Vec<i64>,
    pub name: Option<&'static [u8]>,
    pub strides: Option<Vec<i64>>,
    pub data: Place,
    pub body: Vec<u8>,
}

impl Dense {
    /// Shape [2, 3] of int16, row-major: valid.
    pub fn valid() -> Self {
        Dense { bits: 16, sizes: vec![2, 3], name: None, strides: None, data: (0, 12), body: vec![0; 16] }
    }

    pub fn bytes(&self) -> Vec<u8> {
        message(&self.body, fb::MessageHeader::Tensor, |builder| {
            let type_ = int(builder, self.bits).as_union_value();
            let args = fb::TensorArgs {
                type_type: fb::Type::Int,
                type_: Some(type_),
                shape: Some(shape(builder, &self.sizes, self.name)),
                strides: self.strides.as_ref().map(|strides| builder.create_vector(strides)),
                data: Some(&buffer(self.data)),
            };
            fb::Tensor::create(builder, &args).as_union_value()
        })
    }
}

/// A dense tensor of a type without parameters.
pub fn dense_of_text() -> Vec<u8> {
    message(&[0; 8], fb::MessageHeader::Tensor, |builder| {
        let type_ = fb::Utf8::create(builder, &fb::Utf8Args {}).as_union_value();
        let shape = Some(shape(builder, &[1], None));
        let data = fb::Buffer::new(0, 8);
        let args =
            fb::TensorArgs { type_type: fb::Type::Utf8, type_: Some(type_), shape, strides: None, data: Some(&data) };
        fb::Tensor::create(builder, &args).as_union_value()
    })
}

/// An index of a sparse tensor of int16.
#[derive(Clone)]
pub enum Index {
    Coo { bits: i32, strides: Option<Vec<i64>>, place: Place, canonical: bool },
    Csx { axis: i16, bits: [i32; 2], indptr: Place, indices: Place },
    Csf { axis_order: Vec<i32>, indptr: Vec<Place>, indices: Vec<Place> },
    Unknown,
}

/// A sparse tensor of int16.
#[derive(Clone)]
pub struct Sparse {
    pub sizes: Vec<i64>,
    pub values: i64,
    pub index: Index,
    pub data: Place,
    pub body: Vec<u8>,
}

impl Sparse {
    pub fn bytes(&self) -> Vec<u8> {
        message(&self.body, fb::MessageHeader::SparseTensor, |builder| {
            let type_ = int(builder, 16).as_union_value();
            let shape = Some(shape(builder, &self.sizes, None));
            let (tag, index) = self.index.build(builder);
            let args = fb::SparseTensorArgs {
                type_type: fb::Type::Int,
                type_: Some(type_),
                shape,
                non_zero_length: self.values,
                sparseIndex_type: tag,
                sparseIndex: Some(index),
                data: Some(&buffer(self.data)),
            };
            fb::SparseTensor::create(builder, &args).as_union_value()
        })
    }

    /// The coordinates [0, 1] and [2, 0] of a 3x2 matrix as int8, then two values: valid.
    pub fn coo() -> Self {
        let index = Index::Coo { bits: 8, strides: None, place: (0, 4), canonical: true };
        Sparse {
            sizes: vec![3, 2],
            values: 2,
            index,
            data: (8, 4),
            body: [0, 1, 2, 0].into_iter().chain([0; 12]).collect(),
        }
    }

    /// The same values by rows, indptr and indices as int8: valid.
    pub fn csr() -> Self {
        let index = Index::Csx { axis: 0, bits: [8, 8], indptr: (0, 4), indices: (4, 2) };
        let body = [0, 1, 1, 2, 1, 0].into_iter().chain([0; 10]).collect();
        Sparse { sizes: vec![3, 2], values: 2, index, data: (8, 4), body }
    }

    /// The same values as trees, indptr and indices as int8: valid.
    pub fn csf() -> Self {
        let index = Index::Csf { axis_order: vec![0, 1], indptr: vec![(0, 3)], indices: vec![(3, 2), (5, 2)] };
        let body = [0, 1, 2, 0, 2, 1, 0].into_iter().chain([0; 9]).collect();
        Sparse { sizes: vec![3, 2], values: 2, index, data: (8, 4), body }
    }
}

impl Index {
    fn build(&self, builder: &mut FlatBufferBuilder<'static>) -> (fb::SparseTensorIndex, WIPOffset<UnionWIPOffset>) {
        match self {
            Index::Coo { bits, strides, place, canonical } => {
                let args = fb::SparseTensorIndexCOOArgs {
                    indicesType: Some(int(builder, *bits)),
                    indicesStrides: strides.as_ref().map(|strides| builder.create_vector(strides)),
                    indicesBuffer: Some(&buffer(*place)),
                    isCanonical: *canonical,
                };
                let index = fb::SparseTensorIndexCOO::create(builder, &args).as_union_value();
                (fb::SparseTensorIndex::SparseTensorIndexCOO, index)
            }
            Index::Csx { axis, bits, indptr, indices } => {
                let args = fb::SparseMatrixIndexCSXArgs {
                    compressedAxis: fb::SparseMatrixCompressedAxis(*axis),
                    indptrType: Some(int(builder, bits[0])),
                    indptrBuffer: Some(&buffer(*indptr)),
                    indicesType: Some(int(builder, bits[1])),
                    indicesBuffer: Some(&buffer(*indices)),
                };
                let index = fb::SparseMatrixIndexCSX::create(builder, &args).as_union_value();
                (fb::SparseTensorIndex::SparseMatrixIndexCSX, index)
            }
            Index::Csf { axis_order, indptr, indices } => {
                let mut buffers = |places: &[Place]| {
                    let buffers: Vec<_> = places.iter().map(|place| buffer(*place)).collect();
                    Some(builder.create_vector(&buffers))
                };
                let (indptr, indices) = (buffers(indptr), buffers(indices));
                let args = fb::SparseTensorIndexCSFArgs {
                    indptrType: Some(int(builder, 8)),
                    indptrBuffers: indptr,
                    indicesType: Some(int(builder, 8)),
                    indicesBuffers: indices,
                    axisOrder: Some(builder.create_vector(axis_order)),
                };
                let index = fb::SparseTensorIndexCSF::create(builder, &args).as_union_value();
                (fb::SparseTensorIndex::SparseTensorIndexCSF, index)
            }
            Index::Unknown => {
                let table = builder.start_table();
                (fb::SparseTensorIndex(4), WIPOffset::new(builder.end_table(table).value()))
            }
        }
    }
}

/// The message without the field in `slot` of the table that `table` finds.
pub fn without(mut bytes: Vec<u8>, slot: u16, table: impl Fn(fb::Message<'_>) -> usize) -> Vec<u8> {
    let metadata = &mut bytes[8..];
    let table = table(fb::root_as_message(metadata).unwrap());
    let back = i32::from_le_bytes(metadata[table..table + 4].try_into().unwrap());
    let entry = (table as i64 - i64::from(back)) as usize + usize::from(slot);
    metadata[entry..entry + 2].fill(0);
    bytes
}
