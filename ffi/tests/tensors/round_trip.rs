//! What is written is read again as it was.

use crate::samples::{INT16, INTEGERS, canonical_coo, coo, csf, csx, dense, each_layout, numbers};
use crate::{le, read, read_one, told, write_one, write_with};
use arrowipc::Options;
use arrowipc::format::MetadataVersion;
use arrowipc::schema::{DataType, Integer, TimeUnit};
use arrowipc::tensor::{Axis, Index, Layout, Tensor};
use bytes::Bytes;

/// A tensor as if it had been read.
fn as_read(tensor: &Tensor<&[u8]>) -> Tensor<Bytes> {
    let bytes = |buffer: &[u8]| Bytes::copy_from_slice(buffer);
    let integers = |integers: &arrowipc::tensor::Integers<&[u8]>| arrowipc::tensor::Integers {
        integer: integers.integer,
        bytes: bytes(integers.bytes),
    };
    let layout = match &tensor.layout {
        Layout::Dense { strides } => Layout::Dense { strides: strides.clone() },
        Layout::Sparse { non_zero_length, index } => Layout::Sparse {
            non_zero_length: *non_zero_length,
            index: match index {
                Index::Coo { indices, strides, canonical } => {
                    Index::Coo { indices: integers(indices), strides: *strides, canonical: *canonical }
                }
                Index::Csx { compressed, indptr, indices } => {
                    Index::Csx { compressed: *compressed, indptr: integers(indptr), indices: integers(indices) }
                }
                Index::Csf { axis_order, indptr_type, indptr, indices_type, indices } => Index::Csf {
                    axis_order: axis_order.clone(),
                    indptr_type: *indptr_type,
                    indptr: indptr.iter().map(|buffer| bytes(buffer)).collect(),
                    indices_type: *indices_type,
                    indices: indices.iter().map(|buffer| bytes(buffer)).collect(),
                },
            },
        },
    };
    Tensor {
        data_type: tensor.data_type.clone(),
        shape: tensor.shape.clone(),
        dim_names: tensor.dim_names.clone(),
        layout,
        data: bytes(tensor.data),
        metadata: tensor.metadata.clone(),
    }
}

fn goes_round(tensor: Tensor<&[u8]>) {
    let expected = as_read(&tensor);
    assert_eq!(read_one(&write_one(tensor).unwrap()).unwrap(), expected);
}

#[test]
fn tensors_of_every_type() {
    let mut types: Vec<_> = INTEGERS.into_iter().map(DataType::Int).collect();
    types.extend([16, 32, 64].map(DataType::Float));
    types.extend([(32, 9), (64, 18), (128, 38), (256, 76)].map(|(bits, precision)| DataType::Decimal {
        bits,
        precision,
        scale: 2,
    }));
    types.extend([
        DataType::Date32,
        DataType::Date64,
        DataType::Time32(TimeUnit::Millisecond),
        DataType::Time64(TimeUnit::Nanosecond),
        DataType::Timestamp(TimeUnit::Microsecond, Some(b"Europe/Oslo".to_vec())),
        DataType::Duration(TimeUnit::Second),
        DataType::IntervalYearMonth,
        DataType::IntervalDayTime,
        DataType::IntervalMonthDayNano,
        DataType::FixedSizeBinary(3),
    ]);
    let bytes: Vec<u8> = (0..=255).collect();
    for data_type in types {
        let width = data_type.fixed_width().unwrap();
        goes_round(dense(data_type, &[2, 3], None, &bytes[..6 * width]));
    }
}

#[test]
fn tensors_of_every_layout_with_indices_of_every_type() {
    for indices in INTEGERS {
        goes_round(coo(indices));
        goes_round(canonical_coo(indices));
        for indptr in INTEGERS {
            goes_round(csx(Axis::Row, indptr, indices));
            goes_round(csx(Axis::Column, indptr, indices));
            goes_round(csf(indptr, indices));
        }
    }
    for (_, tensor) in each_layout() {
        goes_round(tensor);
    }
}

#[test]
fn sparse_tensors_without_values() {
    let int8 = Integer { bits: 8, signed: true };
    for shape in [&[6, 4][..], &[0, 4], &[6, 0]] {
        let empty = |index| crate::samples::sparse(shape, 0, index);
        let none = |bytes: &'static [u8]| arrowipc::tensor::Integers { integer: int8, bytes };
        goes_round(empty(Index::Coo { indices: none(&[]), strides: None, canonical: true }));
        let indptr = &[0; 7][..shape[0] as usize + 1];
        goes_round(empty(Index::Csx { compressed: Axis::Row, indptr: none(indptr), indices: none(&[]) }));
        goes_round(empty(Index::Csf {
            axis_order: vec![1, 0],
            indptr_type: Integer { bits: 32, signed: true },
            indptr: vec![&[0; 4]],
            indices_type: int8,
            indices: vec![&[], &[]],
        }));
    }
}

#[test]
fn trees_of_one_dimension() {
    let int8 = Integer { bits: 8, signed: true };
    let index = Index::Csf {
        axis_order: vec![0],
        indptr_type: int8,
        indptr: vec![],
        indices_type: int8,
        indices: vec![&[1, 4][..]],
    };
    goes_round(crate::samples::sparse(&[5], 2, index));
}

#[test]
fn dense_tensors_of_every_shape() {
    goes_round(dense(INT16, &[], None, numbers(1)));
    goes_round(dense(INT16, &[0], None, &[]));
    goes_round(dense(INT16, &[2, 0, i64::MAX], None, &[]));
    goes_round(dense(INT16, &[1, 1, 1, 1, 1, 1, 1, 1, 1], None, numbers(1)));
    goes_round(dense(INT16, &[5, 4, 3], None, numbers(60)));
}

/// Values and strides that are read of int16 values 1, 2, ... of a shape with strides.
fn written(shape: &[i64], strides: &[i64], count: i64) -> (Vec<u8>, Option<Vec<i64>>) {
    let found = read_one(&write_one(dense(INT16, shape, Some(strides), numbers(count))).unwrap()).unwrap();
    let Layout::Dense { strides } = found.layout else { panic!("{found:?}") };
    (found.data.to_vec(), strides)
}

#[test]
fn packed_orders_stay_and_all_others_become_row_major() {
    assert_eq!(written(&[2, 3], &[6, 2], 6), (le::<2>([1, 2, 3, 4, 5, 6]), None));
    assert_eq!(written(&[2, 3], &[2, 4], 6), (le::<2>([1, 2, 3, 4, 5, 6]), Some(vec![2, 4])));
    assert_eq!(written(&[2, 3, 2], &[2, 8, 4], 12), (le::<2>(1..=12), Some(vec![2, 8, 4])));
    // Gaps, repetitions, values that overlap: 1 and 2 as int16 are the bytes 1 0 2 0.
    assert_eq!(written(&[2, 2], &[8, 4], 7), (le::<2>([1, 3, 5, 7]), None));
    assert_eq!(written(&[2, 3], &[0, 2], 3), (le::<2>([1, 2, 3, 1, 2, 3]), None));
    assert_eq!(written(&[3], &[1], 2), (le::<2>([1, 0x200, 2]), None));
    assert_eq!(written(&[0, 3], &[2, 2], 0), (vec![], None));
}

#[test]
fn canonical_is_found_out() {
    for (mut tensor, expected) in [(coo(INTEGERS[0]), false), (canonical_coo(INTEGERS[0]), true)] {
        if let Layout::Sparse { index: Index::Coo { canonical, .. }, .. } = &mut tensor.layout {
            *canonical = !expected;
        }
        let found = read_one(&write_one(tensor).unwrap()).unwrap();
        let Layout::Sparse { index: Index::Coo { canonical, .. }, .. } = found.layout else { panic!("{found:?}") };
        assert_eq!(canonical, expected);
    }
}

#[test]
fn messages_are_laid_out_as_the_format_says() {
    let tensors = || each_layout().into_iter().map(|(_, tensor)| tensor);
    for (version, legacy_framing) in
        [(MetadataVersion::V4, true), (MetadataVersion::V4, false), (MetadataVersion::V5, false)]
    {
        let options = Options { metadata_version: version, legacy_framing, ..Options::default() };
        let bytes = write_with(tensors(), &options).unwrap();
        let (mut rest, mut messages) = (&bytes[..], 0);
        while !rest.is_empty() {
            let (prefix, length) = match legacy_framing {
                true => (4, &rest[..4]),
                false => {
                    assert_eq!(rest[..4], [0xFF; 4]);
                    (8, &rest[4..8])
                }
            };
            let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
            let metadata = &rest[prefix..prefix + length];
            let message = arrow_ipc::root_as_message(metadata).unwrap();
            assert_eq!(message.version().0, if version == MetadataVersion::V4 { 3 } else { 4 });
            let body = &rest[prefix + length..][..message.bodyLength() as usize];
            // Clauses tensor-body-aligned-64 and tensor-body-length-multiple-8, from the start of the message too.
            assert_eq!(((prefix + length) % 64, body.len() % 8), (0, 0));
            let data = match message.header_type() {
                arrow_ipc::MessageHeader::Tensor => *message.header_as_tensor().unwrap().data(),
                _ => *message.header_as_sparse_tensor().unwrap().data(),
            };
            // Clause sparse-body-order-aligned; padding is zero.
            assert_eq!(data.offset() % 64, 0);
            assert!(body[(data.offset() + data.length()) as usize..].iter().all(|byte| *byte == 0));
            rest = &rest[prefix + length + body.len()..];
            messages += 1;
        }
        assert_eq!(messages, each_layout().len());
        assert_eq!(read(&bytes).unwrap(), tensors().map(|tensor| as_read(&tensor)).collect::<Vec<_>>());
    }
}

#[test]
fn an_end_of_stream_marker_ends_the_tensors() {
    let mut bytes = write_one(coo(INTEGERS[0])).unwrap();
    bytes.extend([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]);
    bytes.extend(b"something else");
    assert_eq!(read(&bytes).unwrap().len(), 1);
    assert_eq!(read(&[]).unwrap().len(), 0);
}

#[test]
fn buffers_are_aligned_wherever_the_input_lies() {
    let bytes = write_with(each_layout().into_iter().map(|(_, tensor)| tensor), &Options::default()).unwrap();
    for skip in 0..9 {
        let shifted = Bytes::from([vec![0; skip], bytes.clone()].concat()).slice(skip..);
        let source = arrowipc::source::Source::memory(shifted.clone());
        let mut reader = arrowipc::tensor::TensorReader::open(source, &Options::default());
        while let Some(tensor) = reader.next_tensor().unwrap() {
            let start = tensor.data.as_ptr() as usize;
            assert_eq!(start % 2, 0);
            // Copied only where that is needed.
            let whole = shifted.as_ptr() as usize;
            assert_eq!((whole..whole + shifted.len()).contains(&start), whole.is_multiple_of(2), "{skip}");
            if let Layout::Sparse { index: Index::Csf { indptr, .. }, .. } = &tensor.layout {
                assert!(indptr.iter().all(|buffer| (buffer.as_ptr() as usize).is_multiple_of(4)));
            }
        }
    }
}

#[test]
fn a_progress_callback_cancels() {
    let progress: arrowipc::options::Progress = std::sync::Arc::new(|_, tensors| tensors < 2);
    let options = Options { progress: Some(progress), ..Options::default() };
    let bytes = write_with([coo(INTEGERS[0]), coo(INTEGERS[0])], &Options::default()).unwrap();
    let cancelled = told(crate::read_with(&bytes, &options));
    assert!(cancelled.starts_with("Cancelled: cancelled by the progress callback after 2 batches"), "{cancelled}");
}
