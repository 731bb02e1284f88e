//! Tensors laid out by hand, what they are read as, and the clause that is named when one thing is changed.

use arrowipc_kit::value::{Canonical, Tensors};
use serde_json::{Value as Json, json};

use super::{TensorReading, read};
use crate::case::options::Format;
use crate::wire::assemble::assemble;
use crate::wire::section;

fn reading(parts: &Json) -> TensorReading {
    let input = section::read(parts, Format::Stream).unwrap_or_else(|error| panic!("{error}"));
    read(&assemble(&input).bytes)
}

fn int(bits: u8, signed: bool) -> Json {
    json!({"bitWidth": bits, "is_signed": signed})
}

fn dense() -> Json {
    json!([{"tensor": {"type": {"Int": int(32, true)}, "shape": [{"size": 2}, {"size": 3, "name": "y"}], "strides": [4, 8]},
        "metadata_alignment": 64, "body": [{"int32": [1, 4, 2, 5, 3, 6]}]}])
}

/// The 6 values of the example in `SparseTensor.fbs`, sorted.
fn coo() -> Json {
    let indices = [[0, 1, 2, 0], [0, 1, 2, 1], [0, 1, 3, 0], [0, 2, 1, 0], [1, 1, 2, 3], [1, 2, 0, 4]].concat();
    json!([{"sparse_tensor": {"type": {"Int": int(8, true)}, "shape": [{"size": 2}, {"size": 3}, {"size": 4}, {"size": 5}],
        "non_zero_length": 6, "sparseIndex": {"SparseTensorIndexCOO": {"indicesType": int(8, false), "isCanonical": true}}},
        "body": [{"uint8": indices}, {"int8": [1, 5, 4, 3, 2, 6]}]}])
}

/// The matrix of the example, whose `indptr` ends in 9, the number of values.
fn csr() -> Json {
    json!([{"sparse_tensor": {"type": {"Int": int(8, true)}, "shape": [{"size": 6}, {"size": 4}], "non_zero_length": 9,
        "sparseIndex": {"SparseMatrixIndexCSX": {"compressedAxis": "Row", "indptrType": int(32, true), "indicesType": int(64, true)}}},
        "body": [{"int32": [0, 2, 3, 5, 5, 8, 9]}, {"int64": [1, 2, 2, 1, 3, 0, 2, 3, 1]}, {"int8": [1, 2, 3, 4, 5, 6, 7, 8, 9]}]}])
}

/// The tensor of the example.
fn csf() -> Json {
    let index = json!({"indptrType": int(16, true), "indicesType": int(8, true), "axisOrder": [0, 1, 2, 3]});
    json!([{"sparse_tensor": {"type": {"Int": int(8, true)}, "shape": [{"size": 2}, {"size": 3}, {"size": 4}, {"size": 5}],
        "non_zero_length": 8, "sparseIndex": {"SparseTensorIndexCSF": index}},
        "body": [{"int16": [0, 2, 3]}, {"int16": [0, 1, 3, 4]}, {"int16": [0, 2, 4, 5, 8]}, {"int8": [0, 1]}, {"int8": [0, 1, 1]},
            {"int8": [0, 0, 1, 1]}, {"int8": [1, 2, 0, 2, 0, 0, 1, 2]}, {"int8": [1, 2, 3, 4, 5, 6, 7, 8]}]}])
}

/// The same, changed at a JSON pointer; null takes the key away.
fn with(mut parts: Json, pointer: &str, value: Json) -> Json {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = parts.pointer_mut(&format!("/0{parent}")).unwrap_or_else(|| panic!("nothing at {pointer}"));
    match (value, parent.as_object_mut()) {
        (Json::Null, Some(object)) => drop(object.remove(key).unwrap_or_else(|| panic!("nothing at {pointer}"))),
        (value, Some(object)) => drop(object.insert(key.to_owned(), value)),
        (value, None) => parent[key.parse::<usize>().unwrap()] = value,
    }
    parts
}

fn expect(parts: &Json, natural: Json) {
    let found = reading(parts);
    assert_eq!(found.violations, [], "{parts}");
    assert_eq!(found.tensors.unwrap().canonical(), Tensors::from_natural(&natural).unwrap().canonical());
}

#[test]
fn tensors_are_read_as_the_format_says() {
    let examples = [[0, 1, 2, 0], [0, 1, 2, 1], [0, 1, 3, 0], [0, 2, 1, 0], [1, 1, 2, 3], [1, 2, 0, 4]];
    expect(
        &dense(),
        json!([{"kind": "dense", "type": "int32", "shape": [2, 3], "names": [null, "y"], "values": [1, 2, 3, 4, 5, 6]}]),
    );
    let coo_read = json!([{"kind": "coo", "type": "int8", "shape": [2, 3, 4, 5], "canonical": true, "indices_type": "uint8",
        "indices": examples, "values": [1, 5, 4, 3, 2, 6]}]);
    expect(&coo(), coo_read);
    let csr_read = json!([{"kind": "csr", "type": "int8", "shape": [6, 4], "indptr_type": "int32", "indptr": [0, 2, 3, 5, 5, 8, 9],
        "indices": [1, 2, 2, 1, 3, 0, 2, 3, 1], "values": [1, 2, 3, 4, 5, 6, 7, 8, 9]}]);
    expect(&csr(), csr_read);
    let csf_read = json!([{"kind": "csf", "type": "int8", "shape": [2, 3, 4, 5], "axis_order": [0, 1, 2, 3], "indptr_type": "int16",
        "indptr": [[0, 2, 3], [0, 1, 3, 4], [0, 2, 4, 5, 8]], "indices_type": "int8",
        "indices": [[0, 1], [0, 1, 1], [0, 0, 1, 1], [1, 2, 0, 2, 0, 0, 1, 2]], "values": [1, 2, 3, 4, 5, 6, 7, 8]}]);
    expect(&csf(), csf_read);
}

#[test]
fn tensors_follow_each_other() {
    let mut parts = dense().as_array().unwrap().clone();
    parts.extend(coo().as_array().unwrap().clone());
    let found = reading(&Json::Array(parts)).tensors.unwrap();
    assert_eq!(found.0.iter().map(|tensor| tensor.kind()).collect::<Vec<_>>(), ["dense", "coo"]);
    assert_eq!(read(&[]).tensors, Some(Tensors::default()));
}

#[test]
fn unusual_tensors_are_read() {
    let values = |parts: &Json| {
        let tensors = reading(parts).tensors.unwrap();
        tensors.0[0].values.iter().map(Canonical::canonical).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(values(&with(dense(), "/tensor/strides", Json::Null)), r#""1" "4" "2" "5" "3" "6""#);
    assert_eq!(values(&with(dense(), "/tensor/strides", json!([]))), r#""1" "4" "2" "5" "3" "6""#);
    assert_eq!(values(&with(dense(), "/tensor/strides", json!([0, 4]))), r#""1" "4" "2" "1" "4" "2""#);
    let plain = || with(dense(), "/tensor/strides", Json::Null);
    let behind = with(plain(), "/tensor/shape", json!([{"size": 4}]));
    assert_eq!(values(&with(behind, "/tensor/data", json!([8, 16]))), r#""2" "5" "3" "6""#);
    assert_eq!(values(&with(plain(), "/tensor/shape", json!([]))), r#""1""#);
    assert_eq!(values(&with(plain(), "/tensor/shape", json!([{"size": 1_i64 << 62}, {"size": 0}]))), "");
    // Arrow C++ states the lengths of CSF buffers as numbers of entries.
    let counts =
        with(csf(), "/sparse_tensor/sparseIndex/SparseTensorIndexCSF/indptrBuffers", json!([[0, 3], [8, 4], [16, 5]]));
    let found = reading(&counts);
    assert_eq!(
        found.violations.iter().map(|violation| violation.clause.as_str()).collect::<Vec<_>>(),
        ["sparse-csf-buffer-lengths"]
    );
    assert_eq!(found.tensors, reading(&csf()).tensors);
    let endless = with(
        with(dense(), "/tensor/strides", json!([0, 0])),
        "/tensor/shape",
        json!([{"size": 1_i64 << 40}, {"size": 1}]),
    );
    let found = reading(&endless);
    assert!(found.too_large && found.violations.is_empty());
}

#[test]
fn each_fault_is_named() {
    let dense_faults = [
        ("/tensor/type", Json::Null, "tensor-required-fields"),
        ("/tensor/shape", Json::Null, "tensor-required-fields"),
        ("/tensor/data", json!("absent"), "tensor-required-fields"),
        ("/tensor/type", json!({"Utf8": {}}), "tensor-type-fixed-width"),
        ("/tensor/type", json!({"Bool": {}}), "tensor-type-fixed-width"),
        ("/tensor/type", json!({"List": {}}), "tensor-type-fixed-width"),
        ("/tensor/type", json!({"FixedSizeBinary": {"byteWidth": 0}}), "tensor-type-fixed-width"),
        ("/tensor/type", json!({"Int": int(7, true)}), "type-int-bitwidth-invalid"),
        ("/tensor/shape", json!([{"size": -1}, {"size": 3}]), "tensor-shape"),
        ("/tensor/shape", json!([{"size": 2, "name": {"hex": "ff"}}, {"size": 3}]), "tensor-shape"),
        ("/tensor/shape", json!([{"size": 10}, {"size": 10}]), "tensor-data-bounds"),
        ("/tensor/shape", json!([{"size": 1_i64 << 62}, {"size": 1_i64 << 62}]), "tensor-data-bounds"),
        ("/tensor/strides", json!([4]), "tensor-strides-bytes"),
        ("/tensor/strides", json!([-4, 8]), "tensor-strides-bytes"),
        ("/tensor/strides", json!([4, 12]), "tensor-data-bounds"),
        ("/tensor/data", json!([64, 24]), "buffer-out-of-bounds"),
        ("/tensor/data", json!([-8, 24]), "buffer-negative"),
        ("/tensor/data", json!([0, 20]), "tensor-data-bounds"),
        ("/version", json!("V3"), "version-reject-pre-v4"),
        ("/bodyLength", json!(64), "framing-truncated-body"),
    ];
    let sparse_faults = [
        ("/sparse_tensor/sparseIndex", Json::Null, "sparse-required-fields"),
        ("/sparse_tensor/non_zero_length", json!(-1), "sparse-nonzero-length"),
        ("/sparse_tensor/non_zero_length", json!(7), "sparse-coo-index"),
        ("/sparse_tensor/shape", json!([{"size": 2}, {"size": 3}, {"size": 3}, {"size": 5}]), "sparse-index-bounds"),
        ("/sparse_tensor/sparseIndex/SparseTensorIndexCOO/indicesType", Json::Null, "sparse-required-fields"),
        ("/sparse_tensor/data", json!("absent"), "sparse-required-fields"),
        ("/sparse_tensor/sparseIndex/SparseTensorIndexCOO/indicesBuffer", json!("absent"), "sparse-required-fields"),
        ("/sparse_tensor/sparseIndex/SparseTensorIndexCOO/indicesType", int(9, true), "sparse-index-width"),
        ("/sparse_tensor/sparseIndex/SparseTensorIndexCOO/indicesType", int(16, true), "sparse-coo-index"),
        ("/sparse_tensor/sparseIndex/SparseTensorIndexCOO/indicesStrides", json!([4]), "sparse-coo-index"),
        ("/sparse_tensor/sparseIndex/SparseTensorIndexCOO/indicesStrides", json!([4, -1]), "sparse-coo-index"),
        ("/sparse_tensor/sparseIndex/SparseTensorIndexCOO/indicesStrides", json!([0, 1]), "sparse-coo-canonical"),
        (
            "/body/0",
            json!({"uint8": [1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}),
            "sparse-coo-canonical",
        ),
    ];
    let csr_faults = [
        ("/sparse_tensor/sparseIndex/SparseMatrixIndexCSX/compressedAxis", json!(2), "sparse-csx-axis"),
        ("/sparse_tensor/sparseIndex/SparseMatrixIndexCSX/compressedAxis", json!("Column"), "sparse-csx-indptr-length"),
        ("/sparse_tensor/shape", json!([{"size": 6}, {"size": 4}, {"size": 1}]), "sparse-csx-axis"),
        ("/sparse_tensor/shape", json!([{"size": 7}, {"size": 4}]), "sparse-csx-indptr-length"),
        ("/sparse_tensor/shape", json!([{"size": 6}, {"size": 3}]), "sparse-index-bounds"),
        ("/body/0", json!({"int32": [0, 2, 3, 5, 5, 8, 10]}), "sparse-csx-indptr-length"),
        ("/body/0", json!({"int32": [1, 2, 3, 5, 5, 8, 9]}), "sparse-csx-indptr-length"),
        ("/body/0", json!({"int32": [0, 3, 2, 5, 5, 8, 9]}), "sparse-csx-indptr-length"),
        ("/body/1", json!({"int64": [1, 2, 2, 1, 3, 0, 2, 3]}), "sparse-nonzero-length"),
        ("/body/1", json!({"int64": [1, 2, 2, 1, -3, 0, 2, 3, 1]}), "sparse-index-bounds"),
        ("/body/2", json!({"int8": [1, 2, 3]}), "sparse-nonzero-length"),
    ];
    let csf_faults = [
        ("/sparse_tensor/sparseIndex/SparseTensorIndexCSF/axisOrder", json!([0, 1, 2]), "sparse-csf-counts"),
        ("/sparse_tensor/sparseIndex/SparseTensorIndexCSF/axisOrder", json!([0, 1, 2, 2]), "sparse-csf-counts"),
        ("/sparse_tensor/sparseIndex/SparseTensorIndexCSF/axisOrder", Json::Null, "sparse-required-fields"),
        ("/sparse_tensor/sparseIndex/SparseTensorIndexCSF/indptrBuffers", json!([[0, 6], [8, 8]]), "sparse-csf-counts"),
        ("/body/2", json!({"int16": [0, 2, 4, 8]}), "sparse-csf-buffer-lengths"),
        ("/body/0", json!({"int16": [0, 3, 2]}), "sparse-csf-indptr"),
        ("/body/5", json!({"int8": [0, 0, 9, 1]}), "sparse-index-bounds"),
    ];
    let faults = dense_faults.into_iter().map(|fault| (dense(), fault));
    let faults = faults.chain(sparse_faults.into_iter().map(|fault| (coo(), fault)));
    let faults = faults.chain(csr_faults.into_iter().map(|fault| (csr(), fault)));
    let faults = faults.chain(csf_faults.into_iter().map(|fault| (csf(), fault)));
    for (base, (pointer, value, clause)) in faults {
        let found = reading(&with(base, pointer, value.clone()));
        let named: Vec<&str> = found.violations.iter().map(|violation| violation.clause.as_str()).collect();
        assert_eq!((named, found.tensors), (vec![clause], None), "{pointer} {value}");
    }
    let schema = reading(&json!([{"schema": {"fields": []}}]));
    assert_eq!(schema.violations[0].clause, "tensor-encapsulated");
}

#[test]
fn every_cut_and_every_changed_byte_is_taken() {
    for parts in [dense(), coo(), csr(), csf()] {
        let bytes = assemble(&section::read(&parts, Format::Stream).unwrap()).bytes;
        for end in 0..bytes.len() {
            let found = read(&bytes[..end]);
            assert_eq!(found.tensors.is_some(), found.violations.is_empty() && !found.too_large, "cut at {end}");
        }
        for at in 0..bytes.len() {
            for change in [0x01, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                let found = read(&changed);
                assert!(found.tensors.is_some() || found.too_large || !found.violations.is_empty(), "byte {at}");
            }
        }
    }
}
