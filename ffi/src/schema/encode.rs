//! [`Schema`] → `format/Schema.fbs`, by arrow-ipc's generated builders.

use super::{DataType, Field, Integer, Metadata, Schema, TimeUnit, UnionMode};
use arrow_ipc as fb;
use flatbuffers::{FlatBufferBuilder, ForwardsUOffset, UnionWIPOffset, Vector, WIPOffset};

type Pairs<'b> = WIPOffset<Vector<'b, ForwardsUOffset<fb::KeyValue<'b>>>>;

/// Encodes a schema.
pub fn schema<'b>(builder: &mut FlatBufferBuilder<'b>, schema: &Schema) -> WIPOffset<fb::Schema<'b>> {
    let fields: Vec<_> = schema.fields.iter().map(|f| field(builder, f)).collect();
    let fields = builder.create_vector(&fields);
    let custom_metadata = metadata(builder, &schema.metadata);
    let args = fb::SchemaArgs { fields: Some(fields), custom_metadata, ..Default::default() };
    fb::Schema::create(builder, &args)
}

/// Encodes custom metadata; nothing when there is none.
pub fn metadata<'b>(builder: &mut FlatBufferBuilder<'b>, metadata: &Metadata) -> Option<Pairs<'b>> {
    if metadata.0.is_empty() {
        return None;
    }
    let pairs: Vec<_> = metadata
        .0
        .iter()
        .map(|(key, value)| {
            let key = Some(string(builder, key));
            let value = Some(string(builder, value));
            fb::KeyValue::create(builder, &fb::KeyValueArgs { key, value })
        })
        .collect();
    Some(builder.create_vector(&pairs))
}

/// A string of bytes as they are: metadata in the wild is not always UTF-8, and it is not ours to change.
pub fn string<'b>(builder: &mut FlatBufferBuilder<'b>, bytes: &[u8]) -> WIPOffset<&'b str> {
    WIPOffset::new(builder.create_byte_string(bytes).value())
}

fn field<'b>(builder: &mut FlatBufferBuilder<'b>, field: &Field) -> WIPOffset<fb::Field<'b>> {
    let children: Vec<_> = field.children.iter().map(|child| self::field(builder, child)).collect();
    let children = builder.create_vector(&children);
    let name = string(builder, &field.name);
    let custom_metadata = metadata(builder, &field.metadata);
    let (type_type, type_) = data_type(builder, &field.data_type);
    let dictionary = field.dictionary.as_ref().map(|dictionary| {
        let index = integer(builder, dictionary.index);
        let args = fb::DictionaryEncodingArgs {
            id: dictionary.id,
            indexType: Some(index),
            isOrdered: dictionary.ordered,
            ..Default::default()
        };
        fb::DictionaryEncoding::create(builder, &args)
    });
    let args = fb::FieldArgs {
        name: Some(name),
        nullable: field.nullable,
        type_type,
        type_: Some(type_),
        dictionary,
        children: Some(children),
        custom_metadata,
    };
    fb::Field::create(builder, &args)
}

/// Encodes the type of integers.
pub fn integer<'b>(builder: &mut FlatBufferBuilder<'b>, integer: Integer) -> WIPOffset<fb::Int<'b>> {
    fb::Int::create(builder, &fb::IntArgs { bitWidth: i32::from(integer.bits), is_signed: integer.signed })
}

fn unit(unit: TimeUnit) -> fb::TimeUnit {
    match unit {
        TimeUnit::Second => fb::TimeUnit::SECOND,
        TimeUnit::Millisecond => fb::TimeUnit::MILLISECOND,
        TimeUnit::Microsecond => fb::TimeUnit::MICROSECOND,
        TimeUnit::Nanosecond => fb::TimeUnit::NANOSECOND,
    }
}

/// Encodes a type: its tag and its table.
pub fn data_type<'b>(builder: &mut FlatBufferBuilder<'b>, ty: &DataType) -> (fb::Type, WIPOffset<UnionWIPOffset>) {
    /// A type whose table has no fields.
    macro_rules! plain {
        ($name:ident, $args:ident) => {
            (fb::Type::$name, fb::$name::create(builder, &fb::$args {}).as_union_value())
        };
    }
    macro_rules! with {
        ($name:ident, $args:expr) => {
            (fb::Type::$name, fb::$name::create(builder, &$args).as_union_value())
        };
    }
    match ty {
        DataType::Null => plain!(Null, NullArgs),
        DataType::Bool => plain!(Bool, BoolArgs),
        DataType::Int(int) => (fb::Type::Int, integer(builder, *int).as_union_value()),
        DataType::Float(bits) => {
            let precision = match bits {
                16 => fb::Precision::HALF,
                32 => fb::Precision::SINGLE,
                _ => fb::Precision::DOUBLE,
            };
            with!(FloatingPoint, fb::FloatingPointArgs { precision })
        }
        DataType::Decimal { bits, precision, scale } => {
            with!(Decimal, fb::DecimalArgs { precision: *precision, scale: *scale, bitWidth: i32::from(*bits) })
        }
        DataType::Date32 => with!(Date, fb::DateArgs { unit: fb::DateUnit::DAY }),
        DataType::Date64 => with!(Date, fb::DateArgs { unit: fb::DateUnit::MILLISECOND }),
        DataType::Time32(u) => with!(Time, fb::TimeArgs { unit: unit(*u), bitWidth: 32 }),
        DataType::Time64(u) => with!(Time, fb::TimeArgs { unit: unit(*u), bitWidth: 64 }),
        DataType::Timestamp(u, zone) => {
            let timezone = zone.as_ref().map(|zone| string(builder, zone));
            with!(Timestamp, fb::TimestampArgs { unit: unit(*u), timezone })
        }
        DataType::Duration(u) => with!(Duration, fb::DurationArgs { unit: unit(*u) }),
        DataType::IntervalYearMonth => with!(Interval, fb::IntervalArgs { unit: fb::IntervalUnit::YEAR_MONTH }),
        DataType::IntervalDayTime => with!(Interval, fb::IntervalArgs { unit: fb::IntervalUnit::DAY_TIME }),
        DataType::IntervalMonthDayNano => with!(Interval, fb::IntervalArgs { unit: fb::IntervalUnit::MONTH_DAY_NANO }),
        DataType::Binary => plain!(Binary, BinaryArgs),
        DataType::LargeBinary => plain!(LargeBinary, LargeBinaryArgs),
        DataType::BinaryView => plain!(BinaryView, BinaryViewArgs),
        DataType::Utf8 => plain!(Utf8, Utf8Args),
        DataType::LargeUtf8 => plain!(LargeUtf8, LargeUtf8Args),
        DataType::Utf8View => plain!(Utf8View, Utf8ViewArgs),
        DataType::FixedSizeBinary(width) => with!(FixedSizeBinary, fb::FixedSizeBinaryArgs { byteWidth: *width }),
        DataType::List => plain!(List, ListArgs),
        DataType::LargeList => plain!(LargeList, LargeListArgs),
        DataType::ListView => plain!(ListView, ListViewArgs),
        DataType::LargeListView => plain!(LargeListView, LargeListViewArgs),
        DataType::FixedSizeList(size) => with!(FixedSizeList, fb::FixedSizeListArgs { listSize: *size }),
        DataType::Struct => plain!(Struct_, Struct_Args),
        DataType::Map { keys_sorted } => with!(Map, fb::MapArgs { keysSorted: *keys_sorted }),
        DataType::Union(mode, ids) => {
            let ids = builder.create_vector(ids);
            let mode = match mode {
                UnionMode::Sparse => fb::UnionMode::Sparse,
                UnionMode::Dense => fb::UnionMode::Dense,
            };
            with!(Union, fb::UnionArgs { mode, typeIds: Some(ids) })
        }
        DataType::RunEndEncoded => plain!(RunEndEncoded, RunEndEncodedArgs),
    }
}
