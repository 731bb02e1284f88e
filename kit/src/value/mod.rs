//! The canonical values of `docs/canonical-values.md`: one model, one JSON text, one digest, one comparison.
//!
//! | module | holds |
//! |---|---|
//! | `data_type` | [`DataType`] and its type string |
//! | `schema` | [`Schema`], [`Field`], [`Dictionary`], [`Metadata`] |
//! | `document` | [`Document`], [`Batch`], [`Column`] |
//! | `layout` | [`Layout`], how a column lies in memory |
//! | `generate` | [`Generate`], data described by a rule rather than written down |
//! | `parse` | JSON → model, with the path of every error |
//! | `print` | model → canonical text |
//! | `digest` | [`DocumentWriter`], which hashes while it formats |
//! | `compare` | [`first_difference`] |
//! | `tensor` | [`Tensors`], which are no columns |
//!
//! Everything here is plain data: `Send`, `Sync`, no interior mutability, no I/O except through a writer that is
//! handed in.

mod compare;
mod data_type;
mod digest;
mod document;
pub mod float16;
mod generate;
mod int256;
mod layout;
mod parse;
mod print;
mod schema;
mod tensor;
mod text;

pub use compare::{Difference, DifferenceKind, Levels, first_difference};
pub use data_type::{DataType, DecimalWidth, TimeUnit, UnionMode};
pub use digest::{Digest, DocumentWriter};
pub use document::{Batch, Column, Data, Document};
pub use generate::{Generate, Generator};
pub use int256::Int256;
pub use layout::{Layout, Validity};
pub use parse::ParseError;
pub use print::Canonical;
pub use schema::{Dictionary, Field, IndexType, Metadata, Schema};
pub use tensor::{CompressedAxis, Integers, Tensor, TensorIndex, TensorLayout, Tensors};
pub use text::Text;

/// One value of a column, independent of how it lies in memory.
///
/// Which variant a type uses is fixed, so two values of the same field are equal exactly when their canonical texts
/// are:
///
/// | variant | types |
/// |---|---|
/// | `Bool` | bool |
/// | `Int` | integers; ticks of dates, times, timestamps, durations, interval_year_month; unscaled decimal32, 64 and 128 |
/// | `Int256` | unscaled decimal256, whatever its size |
/// | `Float16` `Float32` `Float64` | the bits of the float |
/// | `DayTime` `MonthDayNano` | the intervals of those names |
/// | `Bytes` | binary, large_binary, binary_view, fixed_size_binary |
/// | `Text` | utf8, large_utf8, utf8_view |
/// | `List` | list kinds, fixed_size_list |
/// | `Struct` | struct, members by position |
/// | `Map` | map |
/// | `Union` | dense_union, sparse_union |
///
/// A run-end encoded or dictionary-encoded field has the values of the type that is encoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// The absence of a value.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer, a tick count or an unscaled decimal of up to 128 bits.
    Int(i128),
    /// An unscaled decimal of up to 256 bits.
    Int256(Box<Int256>),
    /// Bits of an IEEE 754 binary16.
    Float16(u16),
    /// Bits of an IEEE 754 binary32.
    Float32(u32),
    /// Bits of an IEEE 754 binary64.
    Float64(u64),
    /// An interval of days and milliseconds.
    DayTime {
        /// Days.
        days: i32,
        /// Milliseconds, independent of the days.
        milliseconds: i32,
    },
    /// An interval of months, days and nanoseconds.
    MonthDayNano {
        /// Months.
        months: i32,
        /// Days, independent of the months.
        days: i32,
        /// Nanoseconds, independent of both.
        nanoseconds: i64,
    },
    /// Bytes of a binary value.
    Bytes(Vec<u8>),
    /// Bytes of a string, which are UTF-8 unless something is wrong.
    Text(Text),
    /// Items of a list.
    List(Vec<Value>),
    /// Members of a struct, by position.
    Struct(Vec<Value>),
    /// Entries of a map: key, value.
    Map(Vec<[Value; 2]>),
    /// A union's type id and the value of the member it selects.
    Union(i8, Box<Value>),
}

impl Value {
    /// Whether this is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The variant's name, for messages about a value that does not suit its type.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Int256(_) => "a 256-bit integer",
            Value::Float16(_) => "a float16",
            Value::Float32(_) => "a float32",
            Value::Float64(_) => "a float64",
            Value::DayTime { .. } => "a day-time interval",
            Value::MonthDayNano { .. } => "a month-day-nano interval",
            Value::Bytes(_) => "bytes",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Struct(_) => "a struct",
            Value::Map(_) => "a map",
            Value::Union(..) => "a union",
        }
    }
}
