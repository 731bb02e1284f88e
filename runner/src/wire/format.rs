//! The metadata of the format as data: every table, struct, enumeration and union of `Message.fbs`, `Schema.fbs`, `File.fbs`,
//! `Tensor.fbs` and `SparseTensor.fbs`, with slots and defaults. Reading, writing, editing and naming metadata all go by it.

/// A flatbuffers table.
#[derive(Debug)]
pub struct TableType {
    /// Its name in the `.fbs` file.
    pub name: &'static str,
    /// Its fields; a field's position is its slot in the vtable. A union takes two: its type, then its value.
    pub fields: &'static [FieldType],
}

/// A field of a table.
#[derive(Debug)]
pub struct FieldType {
    /// Its name in the `.fbs` file; of a union's type, the union's name with `_type`.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What a field or an element of a vector holds.
#[derive(Debug)]
pub enum Kind {
    /// A number.
    Scalar(Scalar),
    /// A struct, inline.
    Struct(&'static StructType),
    /// A string.
    Text,
    /// A table.
    Table(&'static TableType),
    /// The value of a union, whose type is the field before; members by code, from 1.
    Union(&'static [&'static TableType]),
    /// A vector.
    Vector(&'static Kind),
}

/// A number and how it is stored.
#[derive(Debug)]
pub struct Scalar {
    /// Bytes.
    pub width: usize,
    /// Whether it is signed.
    pub signed: bool,
    /// What an absent field means.
    pub default: i64,
    /// Names of the values, from 0; empty for plain numbers.
    pub names: &'static [&'static str],
}

/// A struct: numbers at fixed places.
#[derive(Debug)]
pub struct StructType {
    /// Its name in the `.fbs` file.
    pub name: &'static str,
    /// Bytes, padding included.
    pub size: usize,
    /// Name, place and number of each member.
    pub members: &'static [(&'static str, usize, Scalar)],
}

impl TableType {
    /// The slot of a field.
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

impl Kind {
    /// Bytes that a value takes in a table or vector.
    pub fn inline_size(&self) -> usize {
        match self {
            Kind::Scalar(scalar) => scalar.width,
            Kind::Struct(of) => of.size,
            Kind::Text | Kind::Table(_) | Kind::Union(_) | Kind::Vector(_) => 4,
        }
    }

    /// The alignment of a value in a table or vector.
    pub fn inline_alignment(&self) -> usize {
        match self {
            Kind::Scalar(scalar) => scalar.width,
            Kind::Struct(_) => 8,
            Kind::Text | Kind::Table(_) | Kind::Union(_) | Kind::Vector(_) => 4,
        }
    }
}

impl Scalar {
    /// The name of a value, for enumerations.
    pub fn value_name(&self, value: i64) -> Option<&'static str> {
        self.names.get(usize::try_from(value).ok()?).copied()
    }
}

const fn scalar(width: usize, signed: bool, default: i64, names: &'static [&'static str]) -> Scalar {
    Scalar { width, signed, default, names }
}

const fn number(width: usize) -> Scalar {
    scalar(width, true, 0, &[])
}

const fn field(name: &'static str, kind: Kind) -> FieldType {
    FieldType { name, kind }
}

const fn boolean(name: &'static str) -> FieldType {
    field(name, Kind::Scalar(scalar(1, false, 0, &["false", "true"])))
}

const fn int(name: &'static str, default: i64) -> FieldType {
    field(name, Kind::Scalar(scalar(4, true, default, &[])))
}

const fn long(name: &'static str) -> FieldType {
    field(name, Kind::Scalar(number(8)))
}

const fn enumeration(name: &'static str, width: usize, default: i64, names: &'static [&'static str]) -> FieldType {
    field(name, Kind::Scalar(scalar(width, true, default, names)))
}

const fn union_type(name: &'static str, names: &'static [&'static str]) -> FieldType {
    field(name, Kind::Scalar(scalar(1, false, 0, names)))
}

const VERSION: FieldType = enumeration("version", 2, 0, &["V1", "V2", "V3", "V4", "V5"]);
const CUSTOM_METADATA: FieldType = field("custom_metadata", Kind::Vector(KEY_VALUES));
const KEY_VALUES: &Kind = &Kind::Table(&KEY_VALUE);
const TIME_UNITS: &[&str] = &["SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND"];

/// `Message.fbs`: FieldNode.
pub static FIELD_NODE: StructType =
    StructType { name: "FieldNode", size: 16, members: &[("length", 0, number(8)), ("null_count", 8, number(8))] };
/// `Schema.fbs`: Buffer.
pub static BUFFER: StructType =
    StructType { name: "Buffer", size: 16, members: &[("offset", 0, number(8)), ("length", 8, number(8))] };
/// `File.fbs`: Block.
pub static BLOCK: StructType = StructType {
    name: "Block",
    size: 24,
    members: &[("offset", 0, number(8)), ("metaDataLength", 8, number(4)), ("bodyLength", 16, number(8))],
};

/// `Message.fbs`: Message, the root of an encapsulated message.
pub static MESSAGE: TableType = TableType {
    name: "Message",
    fields: &[
        VERSION,
        union_type("header_type", &["NONE", "Schema", "DictionaryBatch", "RecordBatch", "Tensor", "SparseTensor"]),
        field("header", Kind::Union(&[&SCHEMA, &DICTIONARY_BATCH, &RECORD_BATCH, &TENSOR, &SPARSE_TENSOR])),
        long("bodyLength"),
        CUSTOM_METADATA,
    ],
};
/// `Message.fbs`: RecordBatch.
pub static RECORD_BATCH: TableType = TableType {
    name: "RecordBatch",
    fields: &[
        long("length"),
        field("nodes", Kind::Vector(&Kind::Struct(&FIELD_NODE))),
        field("buffers", Kind::Vector(&Kind::Struct(&BUFFER))),
        field("compression", Kind::Table(&BODY_COMPRESSION)),
        field("variadicBufferCounts", Kind::Vector(&Kind::Scalar(number(8)))),
    ],
};
/// `Message.fbs`: DictionaryBatch.
pub static DICTIONARY_BATCH: TableType = TableType {
    name: "DictionaryBatch",
    fields: &[long("id"), field("data", Kind::Table(&RECORD_BATCH)), boolean("isDelta")],
};
/// `Message.fbs`: BodyCompression.
pub static BODY_COMPRESSION: TableType = TableType {
    name: "BodyCompression",
    fields: &[enumeration("codec", 1, 0, &["LZ4_FRAME", "ZSTD"]), enumeration("method", 1, 0, &["BUFFER"])],
};
/// `File.fbs`: Footer, the root at the end of a file.
pub static FOOTER: TableType = TableType {
    name: "Footer",
    fields: &[
        VERSION,
        field("schema", Kind::Table(&SCHEMA)),
        field("dictionaries", Kind::Vector(&Kind::Struct(&BLOCK))),
        field("recordBatches", Kind::Vector(&Kind::Struct(&BLOCK))),
        CUSTOM_METADATA,
    ],
};
/// `Schema.fbs`: Schema.
pub static SCHEMA: TableType = TableType {
    name: "Schema",
    fields: &[
        enumeration("endianness", 2, 0, &["Little", "Big"]),
        field("fields", Kind::Vector(&Kind::Table(&FIELD))),
        CUSTOM_METADATA,
        field("features", Kind::Vector(&Kind::Scalar(scalar(8, true, 0, FEATURES)))),
    ],
};
const FEATURES: &[&str] = &["UNUSED", "DICTIONARY_REPLACEMENT", "COMPRESSED_BODY"];
/// `Schema.fbs`: Field.
pub static FIELD: TableType = TableType {
    name: "Field",
    fields: &[
        field("name", Kind::Text),
        boolean("nullable"),
        TYPE_TYPE,
        TYPE,
        field("dictionary", Kind::Table(&DICTIONARY_ENCODING)),
        field("children", Kind::Vector(&Kind::Table(&FIELD))),
        CUSTOM_METADATA,
    ],
};
/// `Schema.fbs`: KeyValue.
pub static KEY_VALUE: TableType =
    TableType { name: "KeyValue", fields: &[field("key", Kind::Text), field("value", Kind::Text)] };
/// `Schema.fbs`: DictionaryEncoding.
pub static DICTIONARY_ENCODING: TableType = TableType {
    name: "DictionaryEncoding",
    fields: &[
        long("id"),
        field("indexType", Kind::Table(&INT)),
        boolean("isOrdered"),
        enumeration("dictionaryKind", 2, 0, &["DenseArray"]),
    ],
};

const TYPE_TYPE: FieldType = union_type("type_type", TYPE_NAMES);
const TYPE: FieldType = field("type", Kind::Union(TYPES));
const TYPE_NAMES: &[&str] = &[
    "NONE",
    "Null",
    "Int",
    "FloatingPoint",
    "Binary",
    "Utf8",
    "Bool",
    "Decimal",
    "Date",
    "Time",
    "Timestamp",
    "Interval",
    "List",
    "Struct_",
    "Union",
    "FixedSizeBinary",
    "FixedSizeList",
    "Map",
    "Duration",
    "LargeBinary",
    "LargeUtf8",
    "LargeList",
    "RunEndEncoded",
    "BinaryView",
    "Utf8View",
    "ListView",
    "LargeListView",
];
/// `Schema.fbs`: the members of the union Type; the code is the position plus one.
pub static TYPES: &[&TableType] = &[
    &NULL,
    &INT,
    &FLOATING_POINT,
    &BINARY,
    &UTF8,
    &BOOL,
    &DECIMAL,
    &DATE,
    &TIME,
    &TIMESTAMP,
    &INTERVAL,
    &LIST,
    &STRUCT,
    &UNION,
    &FIXED_SIZE_BINARY,
    &FIXED_SIZE_LIST,
    &MAP,
    &DURATION,
    &LARGE_BINARY,
    &LARGE_UTF8,
    &LARGE_LIST,
    &RUN_END_ENCODED,
    &BINARY_VIEW,
    &UTF8_VIEW,
    &LIST_VIEW,
    &LARGE_LIST_VIEW,
];

macro_rules! empty_tables {
    ($($table:ident $name:literal),+ $(,)?) => {
        $(#[doc = concat!("`Schema.fbs`: ", $name, ".")] pub static $table: TableType = TableType { name: $name, fields: &[] };)+
    };
}

empty_tables! {
    NULL "Null", BINARY "Binary", UTF8 "Utf8", BOOL "Bool", LIST "List", STRUCT "Struct_", LARGE_BINARY "LargeBinary",
    LARGE_UTF8 "LargeUtf8", LARGE_LIST "LargeList", RUN_END_ENCODED "RunEndEncoded", BINARY_VIEW "BinaryView",
    UTF8_VIEW "Utf8View", LIST_VIEW "ListView", LARGE_LIST_VIEW "LargeListView",
}

/// `Schema.fbs`: Int.
pub static INT: TableType = TableType { name: "Int", fields: &[int("bitWidth", 0), boolean("is_signed")] };
/// `Schema.fbs`: FloatingPoint.
pub static FLOATING_POINT: TableType =
    TableType { name: "FloatingPoint", fields: &[enumeration("precision", 2, 0, &["HALF", "SINGLE", "DOUBLE"])] };
/// `Schema.fbs`: Decimal.
pub static DECIMAL: TableType =
    TableType { name: "Decimal", fields: &[int("precision", 0), int("scale", 0), int("bitWidth", 128)] };
/// `Schema.fbs`: Date.
pub static DATE: TableType = TableType { name: "Date", fields: &[enumeration("unit", 2, 1, &["DAY", "MILLISECOND"])] };
/// `Schema.fbs`: Time.
pub static TIME: TableType =
    TableType { name: "Time", fields: &[enumeration("unit", 2, 1, TIME_UNITS), int("bitWidth", 32)] };
/// `Schema.fbs`: Timestamp.
pub static TIMESTAMP: TableType =
    TableType { name: "Timestamp", fields: &[enumeration("unit", 2, 0, TIME_UNITS), field("timezone", Kind::Text)] };
/// `Schema.fbs`: Interval.
pub static INTERVAL: TableType =
    TableType { name: "Interval", fields: &[enumeration("unit", 2, 0, &["YEAR_MONTH", "DAY_TIME", "MONTH_DAY_NANO"])] };
/// `Schema.fbs`: Duration.
pub static DURATION: TableType = TableType { name: "Duration", fields: &[enumeration("unit", 2, 1, TIME_UNITS)] };
/// `Schema.fbs`: Union.
pub static UNION: TableType = TableType {
    name: "Union",
    fields: &[
        enumeration("mode", 2, 0, &["Sparse", "Dense"]),
        field("typeIds", Kind::Vector(&Kind::Scalar(number(4)))),
    ],
};
/// `Schema.fbs`: FixedSizeBinary.
pub static FIXED_SIZE_BINARY: TableType = TableType { name: "FixedSizeBinary", fields: &[int("byteWidth", 0)] };
/// `Schema.fbs`: FixedSizeList.
pub static FIXED_SIZE_LIST: TableType = TableType { name: "FixedSizeList", fields: &[int("listSize", 0)] };
/// `Schema.fbs`: Map.
pub static MAP: TableType = TableType { name: "Map", fields: &[boolean("keysSorted")] };

/// `Tensor.fbs`: TensorDim.
pub static TENSOR_DIM: TableType = TableType { name: "TensorDim", fields: &[long("size"), field("name", Kind::Text)] };
/// `Tensor.fbs`: Tensor.
pub static TENSOR: TableType = TableType {
    name: "Tensor",
    fields: &[
        TYPE_TYPE,
        TYPE,
        field("shape", Kind::Vector(&Kind::Table(&TENSOR_DIM))),
        field("strides", Kind::Vector(&Kind::Scalar(number(8)))),
        field("data", Kind::Struct(&BUFFER)),
    ],
};
/// `SparseTensor.fbs`: SparseTensor.
pub static SPARSE_TENSOR: TableType = TableType {
    name: "SparseTensor",
    fields: &[
        TYPE_TYPE,
        TYPE,
        field("shape", Kind::Vector(&Kind::Table(&TENSOR_DIM))),
        long("non_zero_length"),
        union_type(
            "sparseIndex_type",
            &["NONE", "SparseTensorIndexCOO", "SparseMatrixIndexCSX", "SparseTensorIndexCSF"],
        ),
        field(
            "sparseIndex",
            Kind::Union(&[&SPARSE_TENSOR_INDEX_COO, &SPARSE_MATRIX_INDEX_CSX, &SPARSE_TENSOR_INDEX_CSF]),
        ),
        field("data", Kind::Struct(&BUFFER)),
    ],
};
/// `SparseTensor.fbs`: SparseTensorIndexCOO.
pub static SPARSE_TENSOR_INDEX_COO: TableType = TableType {
    name: "SparseTensorIndexCOO",
    fields: &[
        field("indicesType", Kind::Table(&INT)),
        field("indicesStrides", Kind::Vector(&Kind::Scalar(number(8)))),
        field("indicesBuffer", Kind::Struct(&BUFFER)),
        boolean("isCanonical"),
    ],
};
/// `SparseTensor.fbs`: SparseMatrixIndexCSX.
pub static SPARSE_MATRIX_INDEX_CSX: TableType = TableType {
    name: "SparseMatrixIndexCSX",
    fields: &[
        enumeration("compressedAxis", 2, 0, &["Row", "Column"]),
        field("indptrType", Kind::Table(&INT)),
        field("indptrBuffer", Kind::Struct(&BUFFER)),
        field("indicesType", Kind::Table(&INT)),
        field("indicesBuffer", Kind::Struct(&BUFFER)),
    ],
};
/// `SparseTensor.fbs`: SparseTensorIndexCSF.
pub static SPARSE_TENSOR_INDEX_CSF: TableType = TableType {
    name: "SparseTensorIndexCSF",
    fields: &[
        field("indptrType", Kind::Table(&INT)),
        field("indptrBuffers", Kind::Vector(&Kind::Struct(&BUFFER))),
        field("indicesType", Kind::Table(&INT)),
        field("indicesBuffers", Kind::Vector(&Kind::Struct(&BUFFER))),
        field("axisOrder", Kind::Vector(&Kind::Scalar(number(4)))),
    ],
};
