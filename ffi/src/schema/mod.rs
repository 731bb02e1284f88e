//! Schemas as the format describes them (`format/Schema.fbs`), names and metadata kept byte for byte.

pub mod decode;
pub mod encode;

/// Custom metadata: pairs of bytes in their order, duplicates kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(pub Vec<(Vec<u8>, Vec<u8>)>);

/// Fields and metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Columns in order.
    pub fields: Vec<Field>,
    /// Custom metadata of the schema.
    pub metadata: Metadata,
}

/// A column, or a child of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name; UTF-8 by the format, kept as it came.
    pub name: Vec<u8>,
    /// Type; of the values when dictionary-encoded.
    pub data_type: DataType,
    /// Whether the field is declared to hold nulls.
    pub nullable: bool,
    /// How the field is dictionary-encoded, if it is.
    pub dictionary: Option<DictionaryEncoding>,
    /// Child fields of the type.
    pub children: Vec<Field>,
    /// Custom metadata of the field.
    pub metadata: Metadata,
}

/// Dictionary encoding of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DictionaryEncoding {
    /// Id by which dictionary batches refer to the field; several fields may share one.
    pub id: i64,
    /// Type of the indices.
    pub index: Integer,
    /// Whether the order of the values means something.
    pub ordered: bool,
}

/// Width and sign of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer {
    /// 8, 16, 32 or 64.
    pub bits: u8,
    /// Whether it is signed.
    pub signed: bool,
}

/// Resolution of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds.
    Second,
    /// Milliseconds.
    Millisecond,
    /// Microseconds.
    Microsecond,
    /// Nanoseconds.
    Nanosecond,
}

/// Layout of a union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnionMode {
    /// Every child is as long as the union.
    Sparse,
    /// An offset a slot says where the value lies in its child.
    Dense,
}

/// A logical type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataType {
    /// No buffers; every slot is null.
    Null,
    /// Bits.
    Bool,
    /// 8 to 64 bits.
    Int(Integer),
    /// 16, 32 or 64 bits.
    Float(u8),
    /// Unscaled two's complement integers.
    Decimal {
        /// 32, 64, 128 or 256.
        bits: u16,
        /// Decimal digits.
        precision: i32,
        /// Digits behind the point; negative: trailing zeros before it.
        scale: i32,
    },
    /// Days since the epoch, 32 bits.
    Date32,
    /// Milliseconds since the epoch, 64 bits.
    Date64,
    /// Time of day, 32 bits: seconds or milliseconds.
    Time32(TimeUnit),
    /// Time of day, 64 bits: microseconds or nanoseconds.
    Time64(TimeUnit),
    /// Ticks since the epoch, with a time zone or without.
    Timestamp(TimeUnit, Option<Vec<u8>>),
    /// Ticks.
    Duration(TimeUnit),
    /// Months, 32 bits.
    IntervalYearMonth,
    /// Days and milliseconds, 32 bits each.
    IntervalDayTime,
    /// Months and days (32 bits each), nanoseconds (64 bits).
    IntervalMonthDayNano,
    /// Bytes with 32-bit offsets.
    Binary,
    /// Bytes with 64-bit offsets.
    LargeBinary,
    /// Bytes behind views.
    BinaryView,
    /// UTF-8 with 32-bit offsets.
    Utf8,
    /// UTF-8 with 64-bit offsets.
    LargeUtf8,
    /// UTF-8 behind views.
    Utf8View,
    /// This many bytes a slot.
    FixedSizeBinary(i32),
    /// 32-bit offsets into the item.
    List,
    /// 64-bit offsets into the item.
    LargeList,
    /// 32-bit offsets and sizes.
    ListView,
    /// 64-bit offsets and sizes.
    LargeListView,
    /// This many items a slot.
    FixedSizeList(i32),
    /// Children of the same length.
    Struct,
    /// A list of entries, each a struct of key and value.
    Map {
        /// Whether the keys of each slot are sorted.
        keys_sorted: bool,
    },
    /// One of the children, as a type id a slot says.
    Union(UnionMode, Vec<i32>),
    /// Run ends and values.
    RunEndEncoded,
}
