//! Schemas there and back, and what is refused.

use super::super::c_data::{ArrowSchema, CStructure, Owned};
use super::super::{schema_export, schema_import};
use super::{from_arrow_schema, to_arrow_schema, told};
use crate::error::Result;
use crate::options::{Limits, Options};
use crate::schema::{DataType, DictionaryEncoding, Field, Integer, Metadata, Schema, TimeUnit, UnionMode};
use arrow_array::ffi::FFI_ArrowSchema;
use std::ffi::CString;
use std::ptr;

fn limits() -> Limits {
    Options::default().limits
}

fn field(name: &str, data_type: DataType, children: Vec<Field>) -> Field {
    let metadata = Metadata::default();
    Field { name: name.into(), data_type, nullable: true, dictionary: None, children, metadata }
}

fn int(bits: u8, signed: bool) -> DataType {
    DataType::Int(Integer { bits, signed })
}

fn entries() -> Field {
    let key = Field { nullable: false, ..field("key", DataType::Utf8, vec![]) };
    Field { nullable: false, ..field("entries", DataType::Struct, vec![key, field("value", int(8, true), vec![])]) }
}

/// One column of each type.
fn every_type() -> Schema {
    use DataType::*;
    use TimeUnit::*;
    let item = || vec![field("item", int(32, true), vec![])];
    let leaves = [
        Null,
        Bool,
        Float(16),
        Float(32),
        Float(64),
        Date32,
        Date64,
        IntervalYearMonth,
        IntervalDayTime,
        IntervalMonthDayNano,
        Binary,
        LargeBinary,
        BinaryView,
        Utf8,
        LargeUtf8,
        Utf8View,
        FixedSizeBinary(0),
        FixedSizeBinary(16),
        Time32(Second),
        Time32(Millisecond),
        Time64(Microsecond),
        Time64(Nanosecond),
        Decimal { bits: 32, precision: 9, scale: 2 },
        Decimal { bits: 64, precision: 18, scale: -3 },
        Decimal { bits: 128, precision: 38, scale: 0 },
        Decimal { bits: 256, precision: 76, scale: 76 },
    ];
    let mut types: Vec<_> = leaves.into_iter().map(|leaf| (leaf, vec![])).collect();
    for bits in [8, 16, 32, 64] {
        types.extend([true, false].map(|signed| (int(bits, signed), vec![])));
    }
    for unit in [Second, Millisecond, Microsecond, Nanosecond] {
        types.push((Duration(unit), vec![]));
        types.push((Timestamp(unit, None), vec![]));
        types.push((Timestamp(unit, Some(b"Europe/Paris".to_vec())), vec![]));
        types.push((Timestamp(unit, Some(b"+01:00".to_vec())), vec![]));
    }
    types.extend(
        [List, LargeList, ListView, LargeListView, FixedSizeList(0), FixedSizeList(3)].map(|list| (list, item())),
    );
    types.push((Struct, vec![]));
    types.push((Struct, vec![field("a", Utf8, vec![]), field("b", List, item())]));
    types.push((Map { keys_sorted: false }, vec![entries()]));
    types.push((Map { keys_sorted: true }, vec![entries()]));
    for mode in [UnionMode::Sparse, UnionMode::Dense] {
        types.push((Union(mode, vec![]), vec![]));
        types.push((Union(mode, vec![5, 0, 127]), ["x", "y", "z"].map(|name| field(name, Utf8, vec![])).to_vec()));
    }
    for bits in [16, 32, 64] {
        let ends = Field { nullable: false, ..field("run_ends", int(bits, true), vec![]) };
        types.push((RunEndEncoded, vec![ends, field("values", Utf8, vec![])]));
    }
    let mut fields: Vec<_> = types
        .into_iter()
        .enumerate()
        .map(|(i, (data_type, children))| field(&format!("f{i}"), data_type, children))
        .collect();
    for (bits, signed, ordered) in [(8, true, false), (16, false, true), (32, true, true), (64, false, false)] {
        let dictionary = Some(DictionaryEncoding { id: 0, index: Integer { bits, signed }, ordered });
        let name = format!("d{bits}");
        fields.push(Field { dictionary: dictionary.clone(), ..field(&name, List, item()) });
        fields.push(Field { dictionary, ..field(&name, Map { keys_sorted: ordered }, vec![entries()]) });
    }
    fields[0].nullable = false;
    fields[1].metadata = Metadata(vec![(b"k".to_vec(), b"v".to_vec()), (b"k".to_vec(), vec![0, 255])]);
    Schema { fields, metadata: Metadata(vec![(b"z".to_vec(), b"1".to_vec()), (b"a".to_vec(), b"2".to_vec())]) }
}

fn import(schema: &ArrowSchema) -> Result<Schema> {
    // SAFETY: made by this library, by arrow-rs, or by hand as the C Data Interface demands, but for what is tested.
    unsafe { schema_import::import(schema, &limits()) }
}

fn export(schema: &Schema) -> Result<Owned<ArrowSchema>> {
    // SAFETY: a structure of this library.
    schema_export::export(schema).map(|schema| unsafe { Owned::new(schema) })
}

#[test]
fn every_type_survives_export_and_import() {
    let schema = every_type();
    assert_eq!(import(&export(&schema).unwrap()).unwrap(), schema);
}

#[test]
fn arrow_rs_reads_what_is_exported_and_exports_it_again() {
    let mut schema = every_type();
    // Names and metadata are sorted there, and a map's flag is lost behind a dictionary.
    schema.fields.retain(|field| field.dictionary.is_none() || !matches!(field.data_type, DataType::Map { .. }));
    schema.metadata.0.sort();
    schema.fields.iter_mut().for_each(|field| field.metadata.0.clear());
    // Unions without children, decimals beyond its rules.
    schema.fields.retain(|field| !matches!(&field.data_type, DataType::Union(_, ids) if ids.is_empty()));
    let exported = to_arrow_schema(schema_export::export(&schema).unwrap());
    let theirs = arrow_schema::Schema::try_from(&exported).unwrap();
    assert_eq!(theirs.fields().len(), schema.fields.len());
    let again = from_arrow_schema(FFI_ArrowSchema::try_from(&theirs).unwrap());
    // SAFETY: a structure of arrow-rs.
    let again = unsafe { Owned::new(again) };
    assert_eq!(import(&again).unwrap(), schema);
}

#[test]
fn children_outlive_their_parent() {
    let schema = every_type();
    let exported = export(&schema).unwrap();
    let moved: Vec<_> = (0..exported.n_children as usize)
        // SAFETY: a child is moved out once, and released by its new owner.
        .map(|i| unsafe { Owned::take(*exported.children.add(i), "child").unwrap() })
        .collect();
    drop(exported);
    for child in moved.iter().filter(|child| child.n_children == 0) {
        // SAFETY: a live structure.
        let format = unsafe { std::ffi::CStr::from_ptr(child.format) };
        assert!(!format.is_empty());
    }
}

#[test]
fn names_with_nul_are_refused_with_their_path() {
    let inner = field("in\0ner", DataType::Null, vec![]);
    let schema = Schema { fields: vec![field("outer", DataType::Struct, vec![inner])], ..Schema::default() };
    assert_eq!(
        told(export(&schema)),
        "Unsupported: the name holds a NUL byte, which the C Data Interface cannot hold, field \"outer.in\0ner\""
    );
    let zone = field("t", DataType::Timestamp(TimeUnit::Second, Some(b"a\0b".to_vec())), vec![]);
    let schema = Schema { fields: vec![zone], ..Schema::default() };
    assert_eq!(
        told(export(&schema)),
        "Unsupported: the time zone holds a NUL byte, which the C Data Interface cannot hold, field \"t\""
    );
}

unsafe extern "C" fn release_nothing(schema: *mut ArrowSchema) {
    // SAFETY: called with a structure.
    unsafe { (*schema).release = None }
}

/// A structure by hand whose parts outlive the test.
fn by_hand(format: &str, name: &str, children: Vec<ArrowSchema>) -> ArrowSchema {
    let text = |text: &str| CString::new(text).unwrap().into_raw().cast_const();
    let children: Vec<_> = children.into_iter().map(|child| Box::into_raw(Box::new(child))).collect();
    ArrowSchema {
        format: text(format),
        name: text(name),
        flags: 2,
        n_children: children.len() as i64,
        children: children.leak().as_mut_ptr(),
        release: Some(release_nothing),
        ..ArrowSchema::RELEASED
    }
}

/// What importing a schema with this column says.
fn refused(column: ArrowSchema) -> String {
    told(import(&by_hand("+s", "", vec![column])))
}

#[test]
fn malformed_format_strings_are_refused() {
    for format in [
        "w:",
        "w:-1",
        "w:x",
        "w:+1",
        "w:3000000000",
        "+w:",
        "+w:-2",
        "d:",
        "d:5",
        "d:0,0",
        "d:39,0",
        "d:5,2,16",
        "d:5,2,128,1",
        "d:77,0,256",
        "d:10,0,32",
        "+ud:1,1",
        "+us:128",
        "+ud:-1",
        "+us:a",
        "+ud:1,",
        "x:1",
    ] {
        let expected = format!("InvalidArgument: format string \"{format}\" is malformed, field \"c\"");
        assert_eq!(refused(by_hand(format, "c", vec![])), expected);
    }
    for format in ["", "x", "tss", "+", "+v", "ll", "td", "ttd", "vx"] {
        let expected = format!("InvalidArgument: format string \"{format}\" names no type, field \"c\"");
        assert_eq!(refused(by_hand(format, "c", vec![])), expected);
    }
}

#[test]
fn children_must_fit_the_type() {
    let leaf = || by_hand("l", "x", vec![]);
    for (format, children, expected) in [
        ("l", vec![leaf()], "the type \"l\" has 1 children, expected 0"),
        ("+l", vec![], "the type \"+l\" has 0 children, expected 1"),
        ("+w:2", vec![leaf(), leaf()], "the type \"+w:2\" has 2 children, expected 1"),
        ("+ud:0,1", vec![leaf()], "the type \"+ud:0,1\" has 1 children, expected 2"),
        ("+r", vec![leaf()], "the type \"+r\" has 1 children, expected 2"),
        ("+r", vec![by_hand("c", "x", vec![]), leaf()], "run ends must be signed integers of 16, 32 or 64 bits"),
        ("+r", vec![by_hand("I", "x", vec![]), leaf()], "run ends must be signed integers of 16, 32 or 64 bits"),
        ("+m", vec![leaf()], "the child of a map must be a struct of key and value"),
        ("+m", vec![by_hand("+s", "e", vec![leaf()])], "the child of a map must be a struct of key and value"),
    ] {
        assert_eq!(refused(by_hand(format, "c", children)), format!("InvalidArgument: {expected}, field \"c\""));
    }
}

#[test]
fn broken_structures_are_refused() {
    let column = || by_hand("l", "c", vec![]);
    for (column, expected) in [
        (ArrowSchema { format: ptr::null(), ..column() }, "format is NULL, field \"c\""),
        (ArrowSchema { release: None, ..column() }, "the schema of a field was already released"),
        (ArrowSchema { n_children: -1, ..column() }, "n_children is -1, field \"c\""),
        (
            ArrowSchema { n_children: 1, children: ptr::null_mut(), ..column() },
            "children is NULL and n_children is 1, field \"c\"",
        ),
        (
            ArrowSchema {
                n_children: 1,
                children: vec![ptr::null_mut()].leak().as_mut_ptr(),
                ..by_hand("+l", "c", vec![])
            },
            "children[0] is NULL, field \"c\"",
        ),
        (
            ArrowSchema { dictionary: Box::into_raw(Box::new(column())), ..by_hand("u", "c", vec![]) },
            "a dictionary-encoded field must have an integer format, that of its indices, field \"c\"",
        ),
        (ArrowSchema { name: c"\xFF".as_ptr(), ..column() }, "the name of the field is not UTF-8, field \"\u{FFFD}\""),
    ] {
        assert_eq!(refused(column), format!("InvalidArgument: {expected}"));
    }
    let twice = ArrowSchema { dictionary: Box::into_raw(Box::new(by_hand("u", "", vec![]))), ..column() };
    let twice = ArrowSchema { dictionary: Box::into_raw(Box::new(twice)), ..column() };
    assert_eq!(refused(twice), "Unsupported: a dictionary of dictionary-encoded values cannot be written, field \"c\"");
    let expected = "InvalidArgument: the schema is not a struct (\"+s\") with one child for each column";
    assert_eq!(told(import(&column())), expected);
    assert_eq!(told(import(&ArrowSchema::RELEASED)), "InvalidArgument: the schema was already released");
}

#[test]
fn missing_name_is_an_empty_one() {
    let column = ArrowSchema { name: ptr::null(), ..by_hand("l", "", vec![]) };
    assert_eq!(import(&by_hand("+s", "", vec![column])).unwrap().fields[0].name, b"");
}

#[test]
fn schema_that_contains_itself_ends_at_the_depth_limit() {
    let column = Box::leak(Box::new(by_hand("+l", "c", vec![by_hand("l", "", vec![])])));
    // SAFETY: the table has one pointer.
    unsafe { *column.children = column };
    let schema = by_hand("+s", "", vec![]);
    let schema = ArrowSchema { n_children: 1, children: column.children, ..schema };
    let told = told(import(&schema));
    assert!(told.starts_with("LimitExceeded: nesting depth of the schema is 65, the limit is 64"), "{told}");
}

#[test]
fn number_of_fields_is_limited() {
    let schema = by_hand("+s", "", (0..4).map(|_| by_hand("l", "c", vec![])).collect());
    let limits = Limits { fields: 3, ..limits() };
    // SAFETY: made by hand as the C Data Interface demands.
    let result = unsafe { schema_import::import(&schema, &limits) };
    assert_eq!(told(result), "LimitExceeded: number of fields is 4, the limit is 3");
}

#[test]
fn streams_must_have_the_columns_of_the_writer() {
    let schema = |fields| Schema { fields, metadata: Metadata::default() };
    let one = |field| schema(vec![field]);
    let expected = one(field("a", DataType::List, vec![field("item", DataType::Utf8, vec![])]));
    let check = |given: &Schema| told(schema_import::check_same_columns(given, &expected));
    let list = |name, item, leaf| field(name, DataType::List, vec![field(item, leaf, vec![])]);
    assert_eq!(check(&one(list("a", "element", DataType::Utf8))), "no error");
    assert_eq!(check(&schema(vec![])), "InvalidArgument: the stream has 0 fields where the writer has 1");
    assert_eq!(
        check(&one(list("b", "item", DataType::Utf8))),
        "InvalidArgument: the stream's field is named \"b\", field \"a\""
    );
    assert_eq!(
        check(&one(list("a", "item", DataType::Binary))),
        "InvalidArgument: the stream's field has the type \"z\" where the writer's has \"u\", field \"a.item\""
    );
    let strict = one(Field { nullable: false, ..list("a", "item", DataType::Utf8) });
    assert_eq!(check(&strict), "no error");
    assert_eq!(
        told(schema_import::check_same_columns(&expected, &strict)),
        "InvalidArgument: the stream's field is nullable and the writer's is not, field \"a\""
    );
}
