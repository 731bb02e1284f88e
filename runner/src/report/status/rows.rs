//! The rows of the status table: those of Arrow's implementation status page that are about data types and IPC, in its order, and the
//! features of `cases/features.yaml` that each stands for.

/// A table.
#[derive(Debug)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// Its rows.
    pub rows: &'static [Row],
}

/// A row.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name, as on Arrow's page.
    pub label: &'static str,
    /// The features it stands for; an implementation has it that has all of them.
    pub features: &'static [&'static str],
}

const fn row(label: &'static str, features: &'static [&'static str]) -> Row {
    Row { label, features }
}

/// The tables.
pub const SECTIONS: &[Section] = &[
    Section {
        title: "Data type (primitive)",
        rows: &[
            row("Null", &["type.null"]),
            row("Boolean", &["type.bool"]),
            row("Int8/16/32/64", &["type.int8", "type.int16", "type.int32", "type.int64"]),
            row("UInt8/16/32/64", &["type.uint8", "type.uint16", "type.uint32", "type.uint64"]),
            row("Float16", &["type.float16"]),
            row("Float32/64", &["type.float32", "type.float64"]),
            row("Decimal32", &["type.decimal32"]),
            row("Decimal64", &["type.decimal64"]),
            row("Decimal128", &["type.decimal128"]),
            row("Decimal256", &["type.decimal256"]),
            row("Date32/64", &["type.date32", "type.date64"]),
            row("Time32/64", &["type.time32", "type.time64"]),
            row("Timestamp", &["type.timestamp"]),
            row("Duration", &["type.duration"]),
            row("Interval", &["type.interval_year_month", "type.interval_day_time", "type.interval_month_day_nano"]),
            row("Fixed Size Binary", &["type.fixed_size_binary"]),
            row("Binary", &["type.binary"]),
            row("Large Binary", &["type.large_binary"]),
            row("Utf8", &["type.utf8"]),
            row("Large Utf8", &["type.large_utf8"]),
            row("Binary View", &["type.binary_view"]),
            row("Utf8 View", &["type.utf8_view"]),
        ],
    },
    Section {
        title: "Data type (nested)",
        rows: &[
            row("Fixed Size List", &["type.fixed_size_list"]),
            row("List", &["type.list"]),
            row("Large List", &["type.large_list"]),
            row("List View", &["type.list_view"]),
            row("Large List View", &["type.large_list_view"]),
            row("Struct", &["type.struct"]),
            row("Map", &["type.map"]),
            row("Dense Union", &["type.dense_union"]),
            row("Sparse Union", &["type.sparse_union"]),
        ],
    },
    Section {
        title: "Data type (special)",
        rows: &[
            row("Dictionary", &["dict.basic"]),
            row("Nested dictionaries", &["dict.nested"]),
            row("Run-End Encoded", &["type.run_end_encoded"]),
        ],
    },
    Section {
        title: "IPC Feature",
        rows: &[
            row("Arrow stream format", &["format.stream"]),
            row("Arrow file format", &["format.file"]),
            row("Dictionaries", &["dict.basic"]),
            row("Replacement dictionaries", &["dict.replacement"]),
            row("Delta dictionaries", &["dict.delta"]),
            row("Tensors", &["tensor.dense"]),
            row("Sparse tensors", &["tensor.coo", "tensor.csx", "tensor.csf"]),
            row("Buffer compression", &["compress.lz4", "compress.zstd"]),
            row("Endianness conversion", &["endian.big"]),
            row("Custom schema metadata", &["meta.schema"]),
            row("Custom field metadata", &["meta.field"]),
            row("Custom batch metadata", &["meta.batch"]),
            row("Custom footer metadata", &["meta.footer"]),
            row("Metadata version 4", &["version.v4"]),
            row("Memory map", &["source.memory_map"]),
            row("Random access", &["access.random"]),
        ],
    },
];
