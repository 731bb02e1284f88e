//! Tensors of every layout: the examples of `SparseTensor.fbs`, and dense ones.

use arrowipc::schema::{DataType, Integer, Metadata};
use arrowipc::tensor::{Axis, Index, Integers, Layout, Tensor};
use std::sync::LazyLock;

use crate::le;

pub const INTEGERS: [Integer; 8] = [
    Integer { bits: 8, signed: true },
    Integer { bits: 8, signed: false },
    Integer { bits: 16, signed: true },
    Integer { bits: 16, signed: false },
    Integer { bits: 32, signed: true },
    Integer { bits: 32, signed: false },
    Integer { bits: 64, signed: true },
    Integer { bits: 64, signed: false },
];

pub const INT16: DataType = DataType::Int(Integer { bits: 16, signed: true });

/// Integers of a width, as long as the tests run.
pub fn integers(bits: u8, values: &[i64]) -> &'static [u8] {
    let values = values.iter().copied();
    Box::leak(match bits {
        8 => le::<1>(values).into_boxed_slice(),
        16 => le::<2>(values).into_boxed_slice(),
        32 => le::<4>(values).into_boxed_slice(),
        _ => le::<8>(values).into_boxed_slice(),
    })
}

pub fn tensor<'a>(data_type: DataType, shape: &[i64], layout: Layout<&'a [u8]>, data: &'a [u8]) -> Tensor<&'a [u8]> {
    Tensor {
        data_type,
        shape: shape.to_vec(),
        dim_names: vec![None; shape.len()],
        layout,
        data,
        metadata: Metadata::default(),
    }
}

pub fn dense<'a>(data_type: DataType, shape: &[i64], strides: Option<&[i64]>, data: &'a [u8]) -> Tensor<&'a [u8]> {
    tensor(data_type, shape, Layout::Dense { strides: strides.map(<[i64]>::to_vec) }, data)
}

/// Values 1 to `count` as int16.
pub fn numbers(count: i64) -> &'static [u8] {
    static NUMBERS: LazyLock<Vec<u8>> = LazyLock::new(|| le::<2>(1..=100));
    &NUMBERS[..count as usize * 2]
}

pub fn sparse(shape: &[i64], values: i64, index: Index<&'static [u8]>) -> Tensor<&'static [u8]> {
    tensor(INT16, shape, Layout::Sparse { non_zero_length: values, index }, numbers(values))
}

/// The 2x3x4x5 tensor with six values, in the order of the example, which is not canonical.
pub fn coo(integer: Integer) -> Tensor<&'static [u8]> {
    let rows = [0, 1, 2, 0, 1, 1, 2, 3, 0, 2, 1, 0, 0, 1, 3, 0, 0, 1, 2, 1, 1, 2, 0, 4];
    let indices = Integers { integer, bytes: integers(integer.bits, &rows) };
    sparse(&[2, 3, 4, 5], 6, Index::Coo { indices, strides: None, canonical: false })
}

/// The same six values in order, the matrix of their coordinates column-major.
pub fn canonical_coo(integer: Integer) -> Tensor<&'static [u8]> {
    let columns = [0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 1, 2, 2, 2, 3, 1, 2, 0, 0, 1, 0, 0, 3, 4];
    let indices = Integers { integer, bytes: integers(integer.bits, &columns) };
    let width = i64::from(integer.bits / 8);
    sparse(&[2, 3, 4, 5], 6, Index::Coo { indices, strides: Some([width, 6 * width]), canonical: true })
}

/// The 6x4 matrix with nine values, by rows, or transposed by columns.
pub fn csx(compressed: Axis, indptr: Integer, indices: Integer) -> Tensor<&'static [u8]> {
    let index = Index::Csx {
        compressed,
        // The example in SparseTensor.fbs ends with 10 instead of 9.
        indptr: Integers { integer: indptr, bytes: integers(indptr.bits, &[0, 2, 3, 5, 5, 8, 9]) },
        indices: Integers { integer: indices, bytes: integers(indices.bits, &[1, 2, 2, 1, 3, 0, 2, 3, 1]) },
    };
    match compressed {
        Axis::Row => sparse(&[6, 4], 9, index),
        Axis::Column => sparse(&[4, 6], 9, index),
    }
}

/// The 2x3x4x5 tensor with eight values.
pub fn csf(indptr_type: Integer, indices_type: Integer) -> Tensor<&'static [u8]> {
    let indptr: [&[i64]; 3] = [&[0, 2, 3], &[0, 1, 3, 4], &[0, 2, 4, 5, 8]];
    let indices: [&[i64]; 4] = [&[0, 1], &[0, 1, 1], &[0, 0, 1, 1], &[1, 2, 0, 2, 0, 0, 1, 2]];
    let index = Index::Csf {
        axis_order: vec![0, 1, 2, 3],
        indptr_type,
        indptr: indptr.map(|values| integers(indptr_type.bits, values)).to_vec(),
        indices_type,
        indices: indices.map(|values| integers(indices_type.bits, values)).to_vec(),
    };
    sparse(&[2, 3, 4, 5], 8, index)
}

/// A tensor of each layout.
pub fn each_layout() -> Vec<(&'static str, Tensor<&'static [u8]>)> {
    let [_, _, int16, _, int32, _, int64, _] = INTEGERS;
    let mut named = dense(INT16, &[2, 3], None, numbers(6));
    named.dim_names = vec![Some(b"row".to_vec()), None];
    named.metadata = Metadata(vec![(b"key".to_vec(), b"value".to_vec())]);
    vec![
        ("dense", named),
        ("column-major", dense(INT16, &[2, 3], Some(&[2, 4]), numbers(6))),
        ("coo", coo(int64)),
        ("canonical coo", canonical_coo(int32)),
        ("csr", csx(Axis::Row, int32, int16)),
        ("csc", csx(Axis::Column, int64, int64)),
        ("csf", csf(int32, int16)),
    ]
}
