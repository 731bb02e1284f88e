//! Messages that Arrow C++ wrote; see `ffi/tests/data/arrow-cpp-tensors/README.md`.

use crate::{le, read};
use arrowipc::schema::{DataType, Integer};
use arrowipc::tensor::{Axis, Index, Layout, Tensor};
use bytes::Bytes;
use std::path::Path;

fn file(name: &str) -> Vec<Tensor<Bytes>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/arrow-cpp-tensors");
    read(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

fn int(bits: u8) -> DataType {
    DataType::Int(Integer { bits, signed: true })
}

#[test]
fn dense_tensors() {
    let tensors = file("dense");
    let found: Vec<_> = tensors.iter().map(|tensor| (&tensor.data_type, &tensor.shape[..], &tensor.data[..])).collect();
    let floats: Vec<u8> = [0.0, 3.0, 1.0, 4.0, 2.0, 5.0f64].into_iter().flat_map(f64::to_le_bytes).collect();
    let unsigned = |bits| DataType::Int(Integer { bits, signed: false });
    assert_eq!(
        found,
        [
            (&int(32), &[3][..], &le::<4>([0, 1, 2])[..]),
            (&DataType::Float(64), &[2, 3], &floats),
            (&int(16), &[3, 2], &le::<2>([0, 2, 4, 6, 8, 10])),
            (&unsigned(8), &[2, 0, 3], &[]),
            (&unsigned(64), &[], &le::<8>([7])),
        ]
    );
    let names = |tensor: &Tensor<Bytes>| tensor.dim_names.clone();
    assert_eq!(names(&tensors[1]), [Some(b"row".to_vec()), Some(b"column".to_vec())]);
    let strides: Vec<_> = tensors
        .iter()
        .map(|tensor| match &tensor.layout {
            Layout::Dense { strides } => strides.clone(),
            layout => panic!("{layout:?}"),
        })
        .collect();
    // Of a tensor without dimensions the strides are a vector without elements.
    assert_eq!(strides[..3], [Some(vec![4]), Some(vec![8, 16]), Some(vec![4, 2])]);
    assert_eq!(strides[4], None);
}

/// The only tensor of a file: shape, values, index.
fn sparse(name: &str, bits: u8) -> (Vec<i64>, Vec<u8>, Index<Bytes>) {
    let [tensor] = <[_; 1]>::try_from(file(name)).unwrap();
    assert_eq!(tensor.data_type, int(bits));
    match tensor.layout {
        Layout::Sparse { non_zero_length, index } => {
            assert_eq!(tensor.data.len() as i64, non_zero_length * i64::from(bits / 8));
            (tensor.shape, tensor.data.to_vec(), index)
        }
        layout => panic!("{layout:?}"),
    }
}

#[test]
fn coordinates() {
    let (shape, data, index) = sparse("coo", 32);
    assert_eq!((shape, data), (vec![6, 4], le::<4>(1..=9)));
    let Index::Coo { indices, strides, canonical } = index else { panic!("{index:?}") };
    assert_eq!((indices.integer.bits, strides, canonical), (64, Some([16, 8]), true));
    assert_eq!(indices.bytes, le::<8>([0, 1, 0, 2, 1, 2, 2, 1, 2, 3, 4, 0, 4, 2, 4, 3, 5, 1]));

    let (shape, data, index) = sparse("coo-4-dimensions", 16);
    assert_eq!((shape, data), (vec![2, 3, 4, 5], le::<2>(1..=8)));
    let Index::Coo { indices, canonical: true, .. } = index else { panic!("{index:?}") };
    assert_eq!(indices.bytes[..16], le::<2>([0, 0, 0, 1, 0, 0, 0, 2]));
}

#[test]
fn compressed_rows_and_columns() {
    let (shape, data, index) = sparse("csr", 32);
    assert_eq!((shape, data), (vec![6, 4], le::<4>(1..=9)));
    let Index::Csx { compressed: Axis::Row, indptr, indices } = index else { panic!("{index:?}") };
    assert_eq!(indptr.bytes, le::<2>([0, 2, 3, 5, 5, 8, 9]));
    assert_eq!(indices.bytes, le::<2>([1, 2, 2, 1, 3, 0, 2, 3, 1]));

    let (shape, data, index) = sparse("csc", 32);
    assert_eq!((shape, data), (vec![6, 4], le::<4>([6, 1, 4, 9, 2, 3, 7, 5, 8])));
    let Index::Csx { compressed: Axis::Column, indptr, indices } = index else { panic!("{index:?}") };
    assert!(!indptr.integer.signed);
    assert_eq!(indptr.bytes, le::<1>([0, 1, 4, 7, 9]));
    assert_eq!(indices.bytes, le::<1>([4, 0, 2, 5, 0, 1, 4, 2, 4]));
}

/// The lengths of the buffers are numbers of entries.
#[test]
fn compressed_fibers() {
    let (shape, data, index) = sparse("csf", 16);
    assert_eq!((shape, data), (vec![2, 3, 4, 5], le::<2>(1..=8)));
    let Index::Csf { axis_order, indptr, indices, .. } = index else { panic!("{index:?}") };
    assert_eq!(axis_order, [0, 1, 2, 3]);
    assert_eq!(indptr, [le::<8>([0, 2, 3]), le::<8>([0, 1, 3, 4]), le::<8>([0, 2, 4, 5, 8])]);
    let expected: [&[i64]; 4] = [&[0, 1], &[0, 1, 1], &[0, 0, 1, 1], &[1, 2, 0, 2, 0, 0, 1, 2]];
    assert_eq!(indices, expected.map(|level| le::<8>(level.iter().copied())));
}
