//! One fault at a time, and the clause that the reader names.

use serde_json::{Value as Json, json};

use super::samples::varied;
use crate::case::options::{Compression, Format, WriteOptions};
use crate::wire::assemble::assemble;
use crate::wire::decode::{Reading, read};
use crate::wire::edit::{Edit, apply};
use crate::wire::lower::lower;
use crate::wire::lower::options::RawOptions;

/// An operation: `PATH = JSON`, or the name of one with its path and, of those with a second one, `to PATH`.
fn operation(text: &str) -> Json {
    if let Some((path, value)) = text.split_once(" = ") {
        return json!({ "set": path, "to": serde_json::from_str::<Json>(value).unwrap() });
    }
    let (name, path) = text.split_once(' ').unwrap();
    match path.split_once(" to ") {
        Some((path, to)) => json!({ name: path, "to": to }),
        None => json!({ name: path }),
    }
}

/// Lays out the sample, changes it by operations separated by `;`, and reads it.
fn changed(format: Format, options: &WriteOptions, operations: &str) -> Reading {
    let mut input = lower(&varied(), options, &RawOptions::default(), format).unwrap();
    let operations: Vec<Json> = operations.split("; ").map(operation).collect();
    let edits = Edit::list(&Json::Array(operations)).unwrap();
    apply(&mut input, &edits).unwrap();
    read(&assemble(&input).bytes, format)
}

/// What the reader says of each change: the clauses in the order in which it finds them.
fn check(format: Format, options: &WriteOptions, table: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (operations, expected) in table {
        let reading = changed(format, options, operations);
        let mut found: Vec<&str> = Vec::new();
        for violation in &reading.violations {
            if found.last() != Some(&violation.clause.as_str()) {
                found.push(&violation.clause);
            }
        }
        if found.join(" ") != *expected {
            let all: Vec<String> = reading.violations.iter().map(|violation| format!("    {violation}")).collect();
            wrong.push(format!("{operations}\n  expected {expected}, found {}\n{}", found.join(" "), all.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn faults_of_framing_and_messages_are_named() {
    let table = [
        ("remove message[0]", "framing-schema-first-reject"),
        ("copy message[0] to message[2]", "framing-single-schema"),
        ("message[0].version = \"V3\"", "version-reject-pre-v4"),
        ("message[2].version = 5", "version-reject-future"),
        ("remove message[2].version", "version-reject-pre-v4"),
        ("message[2].prefix = -8", "framing-negative-metadata-length"),
        ("message[2].prefix = 2147483647", "framing-huge-metadata-length"),
        ("message[2].prefix = 1000000", "framing-truncated-metadata"),
        ("message[2].bodyLength = -1", "message-bodylength-negative"),
        ("message[2].bodyLength = 100000", "framing-truncated-body"),
        ("message[2].header_type = 9", "framing-unknown-header-type"),
        ("message[2].header_type = 0", "framing-unknown-header-type"),
        ("remove message[2].header", "message-header-type-consistent"),
        ("dictionary[0].id = 77", "dictionary-id-unknown dictionary-use-before-define"),
        ("remove dictionary[0].data", "dictionary-batch-data-present"),
        ("dictionary[0].isDelta = true", "dictionary-delta-without-base"),
        ("remove message[1]", "dictionary-use-before-define"),
    ];
    check(Format::Stream, &WriteOptions::default(), &table);
}

#[test]
fn faults_of_the_schema_are_named() {
    let table = [
        ("schema.endianness = 2", "schema-endianness-unknown"),
        ("schema.features = [7]", "version-feature-unknown"),
        ("schema.fields[0].name = {\"hex\": \"ff\"}", "schema-name-utf8"),
        ("schema.fields[0].type_type = 99", "version-unknown-type"),
        ("schema.fields[0].type_type = 0", "field-type-present"),
        ("remove schema.fields[0].type", "field-type-present"),
        ("schema.fields[0].type.bitWidth = 24", "type-int-bitwidth-invalid"),
        ("schema.fields[0].type = {\"FloatingPoint\": {\"precision\": 3}}", "version-unknown-enum"),
        (
            "schema.fields[0].type = {\"Decimal\": {\"precision\": 9, \"bitWidth\": 48}}",
            "type-decimal-bitwidth-invalid",
        ),
        ("schema.fields[0].type = {\"Decimal\": {\"bitWidth\": 32}}", "type-decimal-precision-range"),
        ("schema.fields[0].type = {\"Time\": {\"unit\": \"NANOSECOND\"}}", "type-time-mismatch"),
        ("schema.fields[0].type = {\"Timestamp\": {\"timezone\": {\"hex\": \"ff\"}}}", "type-timestamp-tz-preserved"),
        ("schema.fields[0].type = {\"FixedSizeBinary\": {\"byteWidth\": -1}}", "type-fixed-size-binary-negative"),
        ("schema.fields[0].type = {\"List\": {}}", "type-list-child-count-invalid"),
        ("copy schema.fields[1] to schema.fields[0].children[end]", "field-children-leaf-unexpected"),
        ("schema.fields[6].type.listSize = -2", "type-fixed-size-list-negative"),
        (
            "schema.fields[7].children[0].type = {\"Int\": {\"bitWidth\": 8}}",
            "field-children-leaf-unexpected type-map-shape-invalid",
        ),
        ("schema.fields[7].children[0].nullable = true", "type-map-nullable-invalid"),
        ("schema.fields[8].type.typeIds = [3]", "type-union-typeids-length-invalid"),
        ("schema.fields[8].type.typeIds = [3, 128]", "type-union-typeids-range-invalid"),
        ("schema.fields[8].type.typeIds = [3, 3]", "type-union-typeids-duplicate"),
        ("remove schema.fields[11].children[1]", "type-ree-children-invalid"),
        ("schema.fields[11].children[0].type.is_signed = false", "type-ree-run-end-type-invalid"),
        ("schema.fields[12].dictionary.dictionaryKind = 1", "dictionary-kind-unknown"),
        ("schema.fields[12].dictionary.indexType.bitWidth = 7", "type-int-bitwidth-invalid"),
        ("schema.fields[0].dictionary = {\"id\": 0}", "dictionary-same-id-type-conflict"),
    ];
    check(Format::Stream, &WriteOptions::default(), &table);
}

#[test]
fn faults_of_nodes_and_buffers_are_named() {
    let table = [
        ("batch[0].length = -1", "batch-length-nonnegative"),
        ("batch[0].length = 2", "batch-length-mismatch"),
        ("batch[0].nodes[1].length = -1", "batch-length-nonnegative"),
        ("remove batch[0].nodes", "batch-nodes-missing"),
        ("copy batch[0].nodes[0] to batch[0].nodes[end]", "batch-nodes-extra"),
        ("remove batch[0].buffers[0]", "batch-buffers-missing"),
        ("copy batch[0].buffers[0] to batch[0].buffers[end]", "batch-nodes-extra"),
        ("batch[0].buffers[1].offset = -8", "buffer-negative"),
        ("batch[0].buffers[1].length = -1", "buffer-negative"),
        ("batch[0].buffers[1].length = 9223372036854775807", "buffer-out-of-bounds"),
        ("batch[0].buffers[1].offset = 1000000", "buffer-out-of-bounds"),
        ("batch[0].buffers[1].offset = 12", "buffer-offset-unaligned-read"),
        ("remove batch[0].variadicBufferCounts", "batch-variadic-counts-missing"),
        ("batch[0].variadicBufferCounts[0] = -1", "batch-variadic-counts-excess"),
        ("batch[0].variadicBufferCounts = [1, 0]", "batch-variadic-counts-excess"),
        ("batch[0].variadicBufferCounts[0] = 1000", "batch-variadic-counts-excess batch-buffers-missing"),
        ("batch[0].nodes[0].null_count = 4", "layout-null-count-mismatch"),
        ("batch[0].nodes[0].null_count = 3", "layout-null-count-mismatch"),
        ("batch[0].nodes[0].null_count = -2", "layout-null-count-mismatch"),
        ("batch[0].nodes[0].null_count = -1", ""),
        ("batch[0].buffers[0].length = 0", "layout-validity-missing-with-nulls"),
        ("batch[0].buffers[1].length = 11", "layout-primitive-too-short"),
        ("batch[0].buffers[3].length = 0", "layout-primitive-too-short"),
        ("batch[0].buffers[5].length = 15", "layout-varbinary-offset-count"),
        ("batch[0].nodes[0] = [9223372036854775807, 0]", "batch-length-mismatch"),
    ];
    check(Format::Stream, &WriteOptions::default(), &table);
}

#[test]
fn faults_of_values_are_named() {
    let table = [
        ("batch[0].column[s].offsets[1] = 99", "layout-varbinary-offset-oob"),
        ("batch[0].column[s].offsets[1] = -1", "layout-varbinary-negative-offset"),
        ("batch[0].column[s].offsets[1] = 7", "layout-varbinary-nonmonotonic"),
        ("batch[0].column[s].data[1] = 255", "type-utf8-invalid"),
        (
            "batch[0].column[v].views[0].inline = {\"hex\": \"73686f727400000001\"}",
            "layout-view-inline-padding-invalid",
        ),
        ("batch[0].column[v].views[1].length = -1", "layout-view-range-invalid"),
        ("batch[0].column[v].views[1].length = 2147483647", "layout-view-range-invalid"),
        ("batch[0].column[v].views[1].buffer_index = 1", "layout-view-range-invalid"),
        ("batch[0].column[v].views[1].offset = -1", "layout-view-range-invalid"),
        ("batch[0].column[v].views[1].prefix = {\"hex\": \"00000000\"}", "layout-view-prefix-mismatch"),
        ("batch[0].column[v].views[2].length = -1", ""),
        ("batch[0].column[l].offsets[3] = 4", "layout-list-child-shorter"),
        ("batch[0].column[w].offsets[1] = 4", "layout-listview-bounds-invalid"),
        ("batch[0].column[w].sizes[0] = -1", "layout-listview-bounds-invalid"),
        ("batch[0].nodes[9] = [5, 0]", "layout-fsl-child-shorter"),
        ("batch[0].column[u].type_ids[0] = 4", "layout-union-type-id-invalid"),
        ("batch[0].column[u].offsets[0] = 2", "layout-union-dense-oob"),
        ("batch[0].column[u].offsets[0] = 1; batch[0].column[u].offsets[2] = 0", "layout-union-dense-decreasing"),
        ("batch[0].nodes[18] = [2, 0]", "layout-union-sparse-lengths"),
        ("batch[0].nodes[21] = [2, 0]", "layout-struct-child-length"),
        (
            "batch[0].nodes[21] = [4, 3]; batch[0].column[t].child[x].data = {\"int8\": [1, 0, 0, 4]}",
            "layout-struct-child-longer",
        ),
        ("batch[0].column[r].child[run_ends].data[0] = 0", "layout-ree-invalid-run-ends"),
        ("batch[0].column[r].child[run_ends].data[1] = 2", "layout-ree-invalid-run-ends"),
        ("batch[0].column[r].child[run_ends].data[1] = 1", "layout-ree-invalid-run-ends"),
        ("batch[0].column[r].child[run_ends].data[1] = 4", ""),
        ("batch[0].nodes[22].null_count = 1", "layout-ree-null-count-invalid"),
        ("batch[0].nodes[24] = [1, 0]", "layout-ree-children-equal-length"),
        ("batch[0].column[d].data[0] = 2", "layout-dict-index-oob"),
        ("batch[0].column[d].data[0] = -1", "layout-dict-index-oob"),
        ("batch[0].column[d].data[1] = -1", ""),
        ("dictionary[0].column[0].offsets[1] = 99", "layout-varbinary-offset-oob"),
        ("schema.fields[0].nullable = false", "field-nonnullable-with-nulls"),
    ];
    check(Format::Stream, &WriteOptions::default(), &table);
}

#[test]
fn faults_of_compressed_bodies_are_named() {
    let table = [
        ("batch[0].compression.codec = 2", "compression-codec-unknown"),
        ("batch[0].compression.method = 1", "compression-method-unknown"),
        ("batch[0].buffer[1].prefix = 11", "compression-prefix-mismatch"),
        ("batch[0].buffer[1].prefix = 13", "compression-prefix-mismatch"),
        ("batch[0].buffer[1].prefix = -2", "compression-prefix-negative"),
        ("batch[0].buffer[1].prefix = 4611686018427387904", "compression-prefix-mismatch compression-bomb"),
        ("batch[0].buffers[1].length = 7", "compression-prefix-truncated"),
        ("batch[0].buffers[1].length = 20", "compression-lz4-frame"),
    ];
    let options = WriteOptions { compression: Some(Compression::Lz4), ..WriteOptions::default() };
    check(Format::Stream, &options, &table);
}

#[test]
fn faults_of_v4_are_named() {
    let options = WriteOptions { metadata_version: Some(4), ..WriteOptions::default() };
    let null = |node: usize, column: &str| {
        format!("batch[0].nodes[{node}].null_count = 1; batch[0].column[{column}].validity = {{\"bits\": [1, 0, 1]}}")
    };
    let (union, runs) = (null(14, "u"), null(22, "r"));
    let table = [
        (union.as_str(), "layout-union-v4-nulls"),
        (runs.as_str(), "layout-ree-null-count-invalid"),
        ("batch[0].column[u].validity = {\"bits\": [1, 0, 1]}", ""),
    ];
    check(Format::Stream, &options, &table);
}

#[test]
fn faults_of_files_are_named() {
    let table = [
        ("magic = \"4152524f5732\"", "file-leading-magic-invalid"),
        ("footer.magic = \"4152524f5732\"", "file-trailing-magic-invalid"),
        ("footer.prefix = 0", "file-footer-size-invalid"),
        ("footer.prefix = -1", "file-footer-size-invalid"),
        ("footer.prefix = 2147483647", "file-footer-size-invalid"),
        ("footer.version = 5", "version-reject-future"),
        ("remove footer.version", ""),
        ("remove footer.schema", "footer-schema-missing"),
        ("footer.recordBatches[0].offset = -8", "footer-block-out-of-range"),
        ("footer.recordBatches[0].offset = 1000000", "footer-block-out-of-range"),
        ("footer.recordBatches[0].offset = 16", "footer-block-out-of-range"),
        ("footer.recordBatches[0].metaDataLength = 8", "footer-block-metadata-length-mismatch"),
        ("footer.recordBatches[0].bodyLength = 8", "footer-block-body-length-mismatch"),
        ("move footer.recordBatches[0] to footer.dictionaries[0]", "footer-block-wrong-message"),
        ("copy footer.dictionaries[0] to footer.dictionaries[0]", "file-no-replacement-read"),
        ("remove footer.dictionaries", "dictionary-use-before-define"),
        ("message[2].prefix = -8", "framing-negative-metadata-length"),
        (
            "footer.recordBatches[0].metaDataLength = 8; message[2].header_type = 9",
            "footer-block-metadata-length-mismatch framing-unknown-header-type",
        ),
    ];
    check(Format::File, &WriteOptions::default(), &table);
}
