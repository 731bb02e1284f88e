//! Schemas as the format describes them (`format/Schema.fbs`), names and metadata kept byte for byte.

pub mod decode;
pub mod encode;
mod same;

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

/// Byte order of the bodies of an input. What is handed out and what is written is little-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first.
    #[default]
    Little,
    /// Most significant byte first.
    Big,
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

impl std::fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TimeUnit::Second => "s",
            TimeUnit::Millisecond => "ms",
            TimeUnit::Microsecond => "us",
            TimeUnit::Nanosecond => "ns",
        })
    }
}

impl std::fmt::Display for DataType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DataType::Null => f.write_str("null"),
            DataType::Bool => f.write_str("bool"),
            DataType::Int(Integer { bits, signed: true }) => write!(f, "int{bits}"),
            DataType::Int(Integer { bits, signed: false }) => write!(f, "uint{bits}"),
            DataType::Float(bits) => write!(f, "float{bits}"),
            DataType::Decimal { bits, precision, scale } => write!(f, "decimal{bits}({precision}, {scale})"),
            DataType::Date32 => f.write_str("date32"),
            DataType::Date64 => f.write_str("date64"),
            DataType::Time32(unit) => write!(f, "time32[{unit}]"),
            DataType::Time64(unit) => write!(f, "time64[{unit}]"),
            DataType::Timestamp(unit, None) => write!(f, "timestamp[{unit}]"),
            DataType::Timestamp(unit, Some(zone)) => {
                write!(f, "timestamp[{unit}, {}]", String::from_utf8_lossy(zone))
            }
            DataType::Duration(unit) => write!(f, "duration[{unit}]"),
            DataType::IntervalYearMonth => f.write_str("interval_year_month"),
            DataType::IntervalDayTime => f.write_str("interval_day_time"),
            DataType::IntervalMonthDayNano => f.write_str("interval_month_day_nano"),
            DataType::Binary => f.write_str("binary"),
            DataType::LargeBinary => f.write_str("large_binary"),
            DataType::BinaryView => f.write_str("binary_view"),
            DataType::Utf8 => f.write_str("utf8"),
            DataType::LargeUtf8 => f.write_str("large_utf8"),
            DataType::Utf8View => f.write_str("utf8_view"),
            DataType::FixedSizeBinary(width) => write!(f, "fixed_size_binary({width})"),
            DataType::List => f.write_str("list"),
            DataType::LargeList => f.write_str("large_list"),
            DataType::ListView => f.write_str("list_view"),
            DataType::LargeListView => f.write_str("large_list_view"),
            DataType::FixedSizeList(size) => write!(f, "fixed_size_list({size})"),
            DataType::Struct => f.write_str("struct"),
            DataType::Map { keys_sorted: false } => f.write_str("map"),
            DataType::Map { keys_sorted: true } => f.write_str("map(keys_sorted)"),
            DataType::Union(UnionMode::Sparse, _) => f.write_str("sparse union"),
            DataType::Union(UnionMode::Dense, _) => f.write_str("dense union"),
            DataType::RunEndEncoded => f.write_str("run_end_encoded"),
        }
    }
}

impl DataType {
    /// Width in bytes of a value of a type whose values lie side by side in one buffer; `None` for all others (and bool).
    pub fn fixed_width(&self) -> Option<usize> {
        Some(match self {
            DataType::Int(integer) => integer.bytes(),
            DataType::Float(bits) => usize::from(bits / 8),
            DataType::Decimal { bits, .. } => usize::from(bits / 8),
            DataType::Date32 | DataType::Time32(_) | DataType::IntervalYearMonth => 4,
            DataType::Date64
            | DataType::Time64(_)
            | DataType::Timestamp(..)
            | DataType::Duration(_)
            | DataType::IntervalDayTime => 8,
            DataType::IntervalMonthDayNano => 16,
            DataType::FixedSizeBinary(width) => usize::try_from(*width).ok()?,
            _ => return None,
        })
    }

    /// Alignment in bytes that C programs expect of the values: that of the widest machine integer in them.
    pub fn value_alignment(&self) -> usize {
        match self {
            DataType::FixedSizeBinary(_) => 1,
            DataType::IntervalDayTime => 4,
            other => other.fixed_width().unwrap_or(1).min(8),
        }
    }
}

impl Integer {
    /// Width in bytes.
    pub fn bytes(&self) -> usize {
        usize::from(self.bits / 8)
    }
}

impl Field {
    /// Whether the values of two fields look the same in memory: type, children and nested dictionaries.
    fn same_values(&self, other: &Field) -> bool {
        self.data_type == other.data_type
            && self.children.len() == other.children.len()
            && self.children.iter().zip(&other.children).all(|(a, b)| {
                a.same_values(b)
                    && a.dictionary.as_ref().map(|d| (d.id, d.index)) == b.dictionary.as_ref().map(|d| (d.id, d.index))
            })
    }

    /// Calls `visit` for each dictionary-encoded field of the tree, inner ones before those whose values hold them.
    pub fn each_dictionary<'a>(&'a self, visit: &mut impl FnMut(&'a Field, &'a DictionaryEncoding)) {
        for child in &self.children {
            child.each_dictionary(visit);
        }
        if let Some(dictionary) = &self.dictionary {
            visit(self, dictionary);
        }
    }
}

impl Schema {
    /// Fields that share an id must have values of one type.
    fn check_dictionary_ids(&self) -> crate::Result<()> {
        let mut known: std::collections::HashMap<i64, &Field> = std::collections::HashMap::new();
        let mut conflict = None;
        for field in &self.fields {
            field.each_dictionary(&mut |field, dictionary| {
                let first = known.entry(dictionary.id).or_insert(field);
                if !first.same_values(field) {
                    conflict.get_or_insert((dictionary.id, *first, field));
                }
            });
        }
        match conflict {
            None => Ok(()),
            Some((id, first, second)) => Err(crate::Error::invalid(
                "dictionary-same-id-type-conflict",
                format!("dictionary {id} has values of type {} and of type {}", first.data_type, second.data_type),
            )
            .in_field(&second.name)),
        }
    }
}
