//! What the format forbids, with the whole message: on the way in, and on the way out.

use crate::raw::{Dense, Index, Place, Sparse, dense_of_text, without};
use crate::samples::{INT16, INTEGERS, coo, csf, csx, dense, numbers};
use crate::{read, read_with, told, write_one};
use arrow_ipc as fb;
use arrowipc::options::{Limits, Validation};
use arrowipc::schema::DataType;
use arrowipc::tensor::{Axis, Layout};
use arrowipc::{Options, tensor};

/// Reads a message that must be refused; the place in the input, which is that of the metadata, is cut off.
fn refused(bytes: &[u8]) -> String {
    let told = told(read(bytes));
    let (message, clause) = told.rsplit_once(" [").unwrap_or((&told, ""));
    match message.rsplit_once(", message 0, byte ") {
        Some((message, _)) => format!("{message} [{clause}"),
        None => told,
    }
}

fn dense_with(change: impl FnOnce(&mut Dense)) -> String {
    let mut tensor = Dense::valid();
    assert_eq!(refused(&tensor.bytes()), "no error");
    change(&mut tensor);
    refused(&tensor.bytes())
}

#[test]
fn dense_tensors() {
    let tensor_of = |what: &str| format!("InvalidData: {what}");
    for (found, expected) in [
        (dense_with(|t| t.sizes[1] = -3), "dimension 1 has length -3 [tensor-shape]"),
        (dense_with(|t| t.name = Some(b"\xFF")), "the name \"\\xff\" of a dimension is not UTF-8 [tensor-shape]"),
        (dense_with(|t| t.bits = 12), "an integer of 12 bits, expected 8, 16, 32 or 64 [type-int-bitwidth-invalid]"),
        (refused(&dense_of_text()), "a tensor of utf8, expected a type of fixed width [tensor-type-fixed-width]"),
        (dense_with(|t| t.strides = Some(vec![2])), "1 strides for 2 dimensions [tensor-strides-bytes]"),
        (dense_with(|t| t.strides = Some(vec![6, -2])), "the stride of dimension 1 is -2 [tensor-strides-bytes]"),
        (
            dense_with(|t| t.strides = Some(vec![8, 2])),
            "the data of the tensor has 12 bytes, expected 14 [tensor-data-bounds]",
        ),
        (
            dense_with(|t| t.strides = Some(vec![i64::MAX, i64::MAX])),
            "the data of the tensor has 12 bytes, expected more than 2^64 [tensor-data-bounds]",
        ),
        (dense_with(|t| t.sizes[0] = 3), "the data of the tensor has 12 bytes, expected 18 [tensor-data-bounds]"),
        (
            dense_with(|t| t.sizes = vec![1 << 32, 1 << 32]),
            "a tensor of shape [4294967296, 4294967296] has too many values to count [tensor-data-bounds]",
        ),
        (
            dense_with(|t| t.data = (8, 12)),
            "the data buffer, 12 bytes at 8, does not fit into a body of 16 bytes [buffer-out-of-bounds]",
        ),
        (
            dense_with(|t| t.data = (i64::MAX, i64::MAX)),
            "the data buffer, 9223372036854775807 bytes at 9223372036854775807, does not fit into a body of 16 bytes \
             [buffer-out-of-bounds]",
        ),
        (dense_with(|t| t.data = (-1, 12)), "the data buffer has offset -1 and length 12 [buffer-negative]"),
        (dense_with(|t| t.data = (0, -1)), "the data buffer has offset 0 and length -1 [buffer-negative]"),
    ] {
        assert_eq!(found, tensor_of(expected));
    }
}

/// Accepted, though no writer of ours writes it so.
#[test]
fn liberties_that_the_format_gives() {
    let accepted = |change: fn(&mut Dense)| assert_eq!(dense_with(change), "no error");
    accepted(|t| t.strides = Some(vec![6, 2]));
    accepted(|t| t.strides = Some(vec![]));
    accepted(|t| t.strides = Some(vec![0, 1]));
    accepted(|t| t.data = (4, 12));
    // As Arrow C++ writes int16[2, 3]: a body that is no multiple of 8.
    accepted(|t| t.body.truncate(12));
    accepted(|t| (t.sizes, t.data) = (vec![3, 0], (-1, 0)));
    accepted(|t| (t.sizes, t.strides) = (vec![i64::MAX, 0, i64::MAX], Some(vec![i64::MAX; 3])));
}

#[test]
fn absent_fields() {
    let tensor = |message: fb::Message<'_>| message.header_as_tensor().unwrap()._tab.loc();
    for (slot, what) in [
        (fb::Tensor::VT_TYPE_TYPE, "type"),
        (fb::Tensor::VT_TYPE_, "type"),
        (fb::Tensor::VT_SHAPE, "shape"),
        (fb::Tensor::VT_DATA, "data"),
    ] {
        let found = refused(&without(Dense::valid().bytes(), slot, tensor));
        assert_eq!(found, format!("InvalidData: the tensor has no {what} [tensor-required-fields]"));
    }
    let sparse = |message: fb::Message<'_>| message.header_as_sparse_tensor().unwrap()._tab.loc();
    for (slot, what) in [
        (fb::SparseTensor::VT_TYPE_, "type"),
        (fb::SparseTensor::VT_SHAPE, "shape"),
        (fb::SparseTensor::VT_SPARSEINDEX_TYPE, "sparseIndex"),
        (fb::SparseTensor::VT_SPARSEINDEX, "sparseIndex"),
        (fb::SparseTensor::VT_DATA, "data"),
    ] {
        let found = refused(&without(Sparse::coo().bytes(), slot, sparse));
        assert_eq!(found, format!("InvalidData: the tensor has no {what} [sparse-required-fields]"));
    }
    let absent = |what: &str| format!("InvalidData: the tensor has no {what} [sparse-required-fields]");
    let index = |message: fb::Message<'_>| message.header_as_sparse_tensor().unwrap().sparseIndex().loc();
    for (slot, what) in [
        (fb::SparseTensorIndexCOO::VT_INDICESTYPE, "indicesType"),
        (fb::SparseTensorIndexCOO::VT_INDICESBUFFER, "indicesBuffer"),
    ] {
        assert_eq!(refused(&without(Sparse::coo().bytes(), slot, index)), absent(what));
    }
    for (slot, what) in [
        (fb::SparseMatrixIndexCSX::VT_INDPTRTYPE, "indptrType"),
        (fb::SparseMatrixIndexCSX::VT_INDPTRBUFFER, "indptrBuffer"),
        (fb::SparseMatrixIndexCSX::VT_INDICESTYPE, "indicesType"),
        (fb::SparseMatrixIndexCSX::VT_INDICESBUFFER, "indicesBuffer"),
    ] {
        assert_eq!(refused(&without(Sparse::csr().bytes(), slot, index)), absent(what));
    }
    for (slot, what) in [
        (fb::SparseTensorIndexCSF::VT_INDPTRTYPE, "indptrType"),
        (fb::SparseTensorIndexCSF::VT_INDPTRBUFFERS, "indptrBuffers"),
        (fb::SparseTensorIndexCSF::VT_INDICESTYPE, "indicesType"),
        (fb::SparseTensorIndexCSF::VT_INDICESBUFFERS, "indicesBuffers"),
        (fb::SparseTensorIndexCSF::VT_AXISORDER, "axisOrder"),
    ] {
        assert_eq!(refused(&without(Sparse::csf().bytes(), slot, index)), absent(what));
    }
}

fn sparse_with(mut tensor: Sparse, change: impl FnOnce(&mut Sparse)) -> String {
    assert_eq!(refused(&tensor.bytes()), "no error");
    change(&mut tensor);
    refused(&tensor.bytes())
}

fn coo_with(change: impl FnOnce(&mut Sparse)) -> String {
    sparse_with(Sparse::coo(), change)
}

#[test]
fn coordinates() {
    let strided = |strides: &[i64]| {
        let strides = Some(strides.to_vec());
        coo_with(|t| t.index = Index::Coo { bits: 8, strides, place: (0, 4), canonical: false })
    };
    for (found, expected) in [
        (coo_with(|t| t.values = -1), "InvalidData: non_zero_length is -1 [sparse-nonzero-length]"),
        (
            coo_with(|t| t.values = 3),
            "InvalidData: the data of 3 values has 4 bytes, expected 6 [sparse-nonzero-length]",
        ),
        (
            coo_with(|t| t.values = i64::MAX),
            "InvalidData: the data of 9223372036854775807 values has 4 bytes, expected 18446744073709551614 \
             [sparse-nonzero-length]",
        ),
        (
            coo_with(|t| (t.values, t.data) = (3, (8, 6))),
            "InvalidData: the matrix of 2 coordinates for each of 3 values has 4 bytes, expected 6 [sparse-coo-index]",
        ),
        (
            coo_with(|t| t.sizes = vec![2, 2]),
            "InvalidData: indices[1, 0] is 2, the dimension has length 2 [sparse-index-bounds]",
        ),
        (
            coo_with(|t| t.body[3] = 0xFF),
            "InvalidData: indices[1, 1] is -1, the dimension has length 2 [sparse-index-bounds]",
        ),
        (
            coo_with(|t| t.body[..4].copy_from_slice(&[2, 0, 0, 1])),
            "InvalidData: the coordinates are marked as sorted and unique, and they are not [sparse-coo-canonical]",
        ),
        (
            coo_with(|t| t.body[..4].copy_from_slice(&[0, 1, 0, 1])),
            "InvalidData: the coordinates are marked as sorted and unique, and they are not [sparse-coo-canonical]",
        ),
        (
            coo_with(|t| t.index = Index::Coo { bits: 24, strides: None, place: (0, 4), canonical: false }),
            "InvalidData: an integer of 24 bits, expected 8, 16, 32 or 64 [sparse-index-width]",
        ),
        (strided(&[2, 1]), "no error"),
        (strided(&[0, 1]), "no error"),
        (strided(&[2]), "InvalidData: indicesStrides has 1 entries, expected 2 [sparse-coo-index]"),
        (strided(&[2, -1]), "InvalidData: the stride of dimension 1 is -1 [sparse-coo-index]"),
        (
            strided(&[3, 1]),
            "InvalidData: the matrix of 2 coordinates for each of 2 values has 4 bytes, expected 5 [sparse-coo-index]",
        ),
        (
            // Coordinates that share their bytes would be more than the input pays for.
            coo_with(|t| t.index = Index::Coo { bits: 8, strides: Some(vec![0, 0]), place: (0, 1), canonical: false }),
            "InvalidData: the matrix of 2 coordinates for each of 2 values has 1 bytes, expected 4 [sparse-coo-index]",
        ),
        (
            coo_with(|t| t.index = Index::Coo { bits: 8, strides: None, place: (14, 4), canonical: false }),
            "InvalidData: the indicesBuffer buffer, 4 bytes at 14, does not fit into a body of 16 bytes \
             [buffer-out-of-bounds]",
        ),
        (
            coo_with(|t| t.index = Index::Unknown),
            "Unsupported: the sparse index has tag 4, which this library does not know [version-unknown-enum]",
        ),
    ] {
        assert_eq!(found, expected);
    }
}

fn csr_with(change: impl FnOnce(&mut Sparse)) -> String {
    sparse_with(Sparse::csr(), change)
}

#[test]
fn compressed_rows_and_columns() {
    let index = |axis, indptr, indices| Index::Csx { axis, bits: [8, 8], indptr, indices };
    for (found, expected) in [
        (csr_with(|t| t.sizes.push(1)), "a compressed sparse matrix of 3 dimensions, expected 2 [sparse-csx-axis]"),
        (
            csr_with(|t| t.index = index(2, (0, 4), (4, 2))),
            "compressedAxis is 2, expected 0 (row) or 1 (column) [sparse-csx-axis]",
        ),
        (
            // Compressed by columns there is a range for each of the two columns.
            csr_with(|t| t.index = index(1, (0, 4), (4, 2))),
            "indptr starts with 0 and ends with 1, expected 0 and 2 [sparse-csx-indptr-length]",
        ),
        (csr_with(|t| t.sizes[0] = 4), "the indptr buffer has 4 bytes, expected 5 [sparse-csx-indptr-length]"),
        (
            csr_with(|t| t.sizes[0] = i64::MAX),
            "the indptr buffer has 4 bytes, expected 9223372036854775808 [sparse-csx-indptr-length]",
        ),
        (
            csr_with(|t| t.index = index(0, (0, 4), (4, 1))),
            "the indices buffer has 1 bytes, expected 2 [sparse-nonzero-length]",
        ),
        (
            csr_with(|t| t.body[0] = 1),
            "indptr starts with 1 and ends with 2, expected 0 and 2 [sparse-csx-indptr-length]",
        ),
        (
            csr_with(|t| t.body[3] = 3),
            "indptr starts with 0 and ends with 3, expected 0 and 2 [sparse-csx-indptr-length]",
        ),
        (csr_with(|t| t.body[1] = 2), "indptr falls from 2 to 1 at entry 2 [sparse-csx-indptr-length]"),
        (csr_with(|t| t.body[4] = 2), "indices[0] is 2, the dimension has length 2 [sparse-index-bounds]"),
    ] {
        assert_eq!(found, format!("InvalidData: {expected}"));
    }
}

#[test]
fn compressed_fibers() {
    /// Changes axisOrder, the buffers of indptr, and those of indices.
    type Change = fn(&mut Vec<i32>, &mut Vec<Place>, &mut Vec<Place>);
    let csf_with = |change: Change| {
        sparse_with(Sparse::csf(), |t| match &mut t.index {
            Index::Csf { axis_order, indptr, indices } => change(axis_order, indptr, indices),
            _ => unreachable!(),
        })
    };
    let body_with = |position: usize, byte| sparse_with(Sparse::csf(), |t| t.body[position] = byte);
    for (found, expected) in [
        (csf_with(|axes, _, _| axes.push(2)), "axisOrder has 3 entries for 2 dimensions [sparse-csf-counts]"),
        (csf_with(|axes, _, _| axes[1] = 0), "axisOrder names dimension 0 twice [sparse-csf-counts]"),
        (csf_with(|axes, _, _| axes[1] = 2), "axisOrder names dimension 2 of 2 [sparse-csf-counts]"),
        (csf_with(|axes, _, _| axes[1] = -1), "axisOrder names dimension -1 of 2 [sparse-csf-counts]"),
        (csf_with(|_, indptr, _| indptr.clear()), "0 indptr buffers for 2 dimensions, expected 1 [sparse-csf-counts]"),
        (
            csf_with(|_, _, indices| indices.push((0, 1))),
            "3 indices buffers for 2 dimensions, expected 2 [sparse-csf-counts]",
        ),
        (
            sparse_with(Sparse::csf(), |t| {
                t.sizes = vec![];
                t.index = Index::Csf { axis_order: vec![], indptr: vec![], indices: vec![] };
            }),
            "a CSF index of 0 dimensions, expected 1 or more [sparse-csf-counts]",
        ),
        (
            csf_with(|_, indptr, _| indptr[0].1 = 4),
            "indptr[0] has 4 bytes, expected 3 entries [sparse-csf-buffer-lengths]",
        ),
        (
            csf_with(|_, _, indices| indices[1].1 = 3),
            "the last level has 3 bytes of indices, expected one index for each of 2 values [sparse-csf-buffer-lengths]",
        ),
        (
            csf_with(|_, _, indices| indices[1].0 = 15),
            "the indices[1] buffer, 2 bytes at 15, does not fit into a body of 16 bytes [buffer-out-of-bounds]",
        ),
        (body_with(1, 3), "indptr[0] falls from 3 to 2 at entry 2 [sparse-csf-indptr]"),
        (body_with(2, 1), "indptr[0] starts with 0 and ends with 1, expected 0 and 2 [sparse-csf-indptr]"),
        (body_with(3, 3), "indices[0][0] is 3, the dimension has length 3 [sparse-index-bounds]"),
        (body_with(6, 2), "indices[1][1] is 2, the dimension has length 2 [sparse-index-bounds]"),
    ] {
        assert_eq!(found, format!("InvalidData: {expected}"));
    }
}

/// What bounds the work by the size of the input.
#[test]
fn buffers_that_overlap() {
    let found = sparse_with(Sparse::coo(), |t| {
        t.data = (0, 4);
        t.body.truncate(4);
    });
    let expected =
        "InvalidData: index and data have 8 bytes, more than the body of 4 bytes [sparse-body-order-aligned]";
    assert_eq!(found, expected);
}

#[test]
fn limits() {
    let read_within = |bytes: &[u8], change: fn(&mut Limits)| {
        let mut options = Options::default();
        change(&mut options.limits);
        told(read_with(bytes, &options))
    };
    let mut tensor = Dense::valid();
    tensor.name = Some(&[b'x'; 500]);
    let bytes = tensor.bytes();
    let expected = "LimitExceeded: the number of dimensions is 2, the limit is 1, message 0, byte 8";
    assert_eq!(read_within(&bytes, |limits| limits.fields = 1), expected);
    let found = read_within(&bytes, |limits| limits.body_bytes = 15);
    assert_eq!(found, "LimitExceeded: bodyLength is 16, the limit is 15, message 0, byte 8");
    let found = read_within(&bytes, |limits| limits.metadata_bytes = 600);
    assert!(found.starts_with("LimitExceeded: the length of a message's metadata is 1"), "{found}");
}

/// Layout looks at both ends of indptr, trusted at no entry.
#[test]
fn validation_levels() {
    let told_with =
        |tensor: &Sparse, validation| told(read_with(&tensor.bytes(), &Options { validation, ..Options::default() }));
    let mut tensor = Sparse::csr();
    tensor.body[4] = 2;
    assert!(told_with(&tensor, Validation::Full).contains("indices[0] is 2"));
    assert_eq!(told_with(&tensor, Validation::Layout), "no error");
    tensor.body[3] = 3;
    assert!(told_with(&tensor, Validation::Layout).contains("ends with 3"));
    assert_eq!(told_with(&tensor, Validation::Trusted), "no error");
}

#[test]
fn tensors_to_be_written() {
    let mut unsorted = csx(Axis::Row, INTEGERS[0], INTEGERS[0]);
    if let Layout::Sparse { index: tensor::Index::Csx { indices, .. }, .. } = &mut unsorted.layout {
        indices.bytes = &[1, 2, 2, 3, 1, 0, 2, 3, 1];
    }
    let mut outside = coo(INTEGERS[0]);
    outside.shape[3] = 4;
    let mut short = csf(INTEGERS[0], INTEGERS[0]);
    short.data = numbers(7);
    for (tensor, expected) in [
        (unsorted, "the indices of row 2 are not sorted: entry 4 falls [sparse-csx-sorted]"),
        (outside, "indices[5, 3] is 4, the dimension has length 4 [sparse-index-bounds]"),
        (short, "the data of 8 values has 14 bytes, expected 16 [sparse-nonzero-length]"),
        (dense(INT16, &[-1], None, &[]), "dimension 0 has length -1 [tensor-shape]"),
        (dense(INT16, &[3], Some(&[-2]), numbers(3)), "the stride of dimension 0 is -2 [tensor-strides-bytes]"),
        (
            dense(INT16, &[3], Some(&[4]), numbers(3)),
            "the data of the tensor has 6 bytes, expected 10 [tensor-data-bounds]",
        ),
        (
            dense(DataType::Utf8, &[], None, &[]),
            "a tensor of utf8, expected a type of fixed width [tensor-type-fixed-width]",
        ),
    ] {
        assert_eq!(told(write_one(tensor)), format!("InvalidArgument: {expected}"));
    }
    let repeated = dense(INT16, &[1 << 31, 1 << 31], Some(&[0, 0]), numbers(1));
    assert_eq!(told(write_one(repeated)), "OutOfMemory: allocation of 9223372036854775808 bytes failed");
}
