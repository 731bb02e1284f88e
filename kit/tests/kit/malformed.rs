//! What is said of C structs that contradict their schema or the interface. They are the kit's own, broken afterwards.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use arrowipc_kit::cdata::{ArrowArray, ArrowSchema, Builder, Observer, export_schema, import_schema, read_batch};
use arrowipc_kit::value::{Document, Metadata, Schema, Value};
use serde_json::json;

use crate::layouts::{RawArray, raw, raw_mut};
use crate::samples::{self, Sample, document};

/// A small column of a type.
fn column(data_type: &str) -> Sample {
    let child = |data_type: &str| json!({"name": "x", "type": data_type});
    let (children, values) = match data_type {
        "int32" => (json!([]), json!([1, null, 3])),
        "utf8" => (json!([]), json!(["ab", null, "c"])),
        "utf8_view" => (json!([]), json!(["short", "a string of 20 bytes"])),
        "list" | "list_view" => (json!([child("int8")]), json!([[1, 2], null, [3]])),
        "dense_union(5, 7)" => (json!([child("int8"), child("utf8")]), json!([{"5": 1}, {"7": "x"}])),
        "run_end_encoded" => (json!([child("int16"), child("utf8")]), json!(["a", "a", "b", "c"])),
        other => panic!("no column of {other}"),
    };
    samples::sample(json!({"type": data_type, "children": children}), values)
}

/// A dictionary-encoded column.
fn encoded() -> Sample {
    samples::sample(json!({"type": "utf8", "dictionary": {"index": "int32"}}), json!(["a", null, "b"]))
}

/// The message on reading a batch of a sample after `spoil` has changed its column.
fn message(data_type: &str, spoil: impl FnOnce(&mut RawArray)) -> String {
    batch_message(document(&column(data_type), None, &[]), |array| spoil(array.child_mut(0)))
}

fn batch_message(document: Document, spoil: impl FnOnce(&mut RawArray)) -> String {
    let mut array = Builder::new(&document).unwrap().batch(0).unwrap();
    spoil(raw_mut(&mut array));
    // SAFETY: what was changed does not make the kit read beyond a buffer, which is what is tested.
    unsafe { read_batch(&document.schema, &array) }.unwrap_err().to_string()
}

/// Overwrites a number of a buffer.
fn put<T>(array: &RawArray, buffer: usize, index: usize, value: T) {
    // SAFETY: the buffer has as many numbers; the kit allocated it as bytes that it does not look at any more.
    unsafe { array.buffer(buffer).cast_mut().cast::<T>().add(index).write_unaligned(value) }
}

/// Makes a buffer a NULL pointer.
fn forget(array: &RawArray, buffer: usize) {
    array.set_buffer(buffer, ptr::null());
}

#[test]
fn counts_that_contradict_the_type() {
    assert_eq!(
        message("int32", |array| array.n_buffers = 3),
        r#"column "c": n_buffers is 3, expected 2 (clause cdata-n-buffers)"#
    );
    assert_eq!(
        message("int32", |array| array.n_children = 1),
        r#"column "c": n_children is 1, expected 0 (clause cdata-children-count)"#
    );
    assert_eq!(
        message("utf8_view", |array| array.n_buffers = 2),
        r#"column "c": n_buffers is 2, expected at least 3 (clause cdata-n-buffers)"#
    );
    assert_eq!(
        message("list", |array| array.n_children = 0),
        r#"column "c": n_children is 0, expected 1 (clause cdata-children-count)"#
    );
    assert_eq!(
        message("int32", |array| array.length = -1),
        r#"column "c": length of the array is -1 (clause cdata-offset-nonneg)"#
    );
    assert_eq!(
        message("int32", |array| array.offset = -1),
        r#"column "c": offset of the array is -1 (clause cdata-offset-nonneg)"#
    );
    assert_eq!(
        message("int32", |array| array.offset = i64::MAX),
        r#"column "c": length 3 and offset 9223372036854775807 are beyond memory (clause cdata-buffer-size)"#
    );
    assert_eq!(
        message("int32", |array| array.length = 2),
        r#"column "c": the array has 2 rows, and the record batch needs 3 (clause layout-struct-child-length)"#
    );
}

#[test]
fn null_counts_that_contradict_the_bitmap() {
    assert_eq!(
        message("int32", |array| array.null_count = 0),
        r#"column "c": null_count is 0, and the bitmap has 1 nulls (clause layout-null-count-exact)"#
    );
    assert_eq!(
        message("int32", |array| array.null_count = 4),
        r#"column "c": null_count of the array is 4, and length is 3 (clause layout-null-count-exact)"#
    );
    assert_eq!(
        message("int32", |array| array.null_count = -2),
        r#"column "c": null_count of the array is -2, and length is 3 (clause layout-null-count-exact)"#
    );
    assert_eq!(
        message("int32", |array| forget(array, 0)),
        r#"column "c": null_count is 1, and there is no validity bitmap (clause cdata-buffer-null)"#
    );
}

#[test]
fn buffers_that_are_missing() {
    assert_eq!(
        message("int32", |array| forget(array, 1)),
        r#"column "c": buffer 1 is NULL, expected 12 bytes (clause cdata-buffer-null)"#
    );
    assert_eq!(
        message("utf8", |array| forget(array, 1)),
        r#"column "c": buffer 1 is NULL, expected 16 bytes (clause cdata-buffer-null)"#
    );
    assert_eq!(
        message("utf8", |array| forget(array, 2)),
        r#"column "c": buffer 2 is NULL, expected 3 bytes (clause cdata-buffer-null)"#
    );
}

#[test]
fn buffers_that_are_not_needed_may_be_missing() {
    let mut sample = column("utf8");
    sample.values = vec![Value::Text("".into()); 2];
    let document = document(&sample, None, &[0]);
    let builder = Builder::new(&document).unwrap();
    for (batch, buffers) in [(0, &[1, 2][..]), (1, &[2])] {
        let array = builder.batch(batch).unwrap();
        buffers.iter().for_each(|buffer| forget(raw(&array).child(0), *buffer));
        // SAFETY: as above.
        let read = unsafe { read_batch(&document.schema, &array) }.unwrap();
        assert_eq!(Some(&read), document.batch(batch).as_deref());
    }
}

#[test]
fn contents_that_point_nowhere() {
    assert_eq!(
        message("utf8", |array| put(array, 1, 1, -1)),
        r#"column "c": offset 1 is -1 (clause layout-varbinary-monotonic)"#
    );
    assert_eq!(
        message("utf8", |array| put(array, 1, 1, 99)),
        r#"column "c": offset 1 is 99, and the next one 2 (clause layout-varbinary-monotonic)"#
    );
    assert_eq!(
        message("list", |array| put(array, 1, 1, 99)),
        r#"column "c": offset 1 is 99, and the next one 2 (clause layout-list-offsets)"#
    );
    assert_eq!(
        message("list_view", |array| put(array, 2, 0, 9)),
        r#"column "c": items 0 to 9 are asked for of an array of 3 (clause layout-listview-bounds)"#
    );
    assert_eq!(
        message("dense_union(5, 7)", |array| put(array, 0, 0, 6_i8)),
        r#"column "c": row 0 has type id 6, which no member has (clause layout-union-type-ids-buffer)"#
    );
    assert_eq!(
        message("dense_union(5, 7)", |array| put(array, 1, 0, 1)),
        r#"column "c": row 0 is value 1 of a member that has 1 (clause layout-union-dense-offsets)"#
    );
    assert_eq!(
        message("utf8_view", |array| put(array, 1, 4, -1)),
        r#"column "c": view 1 has length -1 (clause layout-view-struct)"#
    );
    assert_eq!(
        message("utf8_view", |array| put(array, 1, 6, 1)),
        r#"column "c": view 1 is of buffer 1 of 1 (clause layout-view-buffer-index)"#
    );
    assert_eq!(
        message("utf8_view", |array| put(array, 1, 7, 1)),
        r#"column "c": view 1 has 20 bytes from 1 of a buffer of 20 (clause layout-view-range)"#
    );
    assert_eq!(
        message("utf8_view", |array| put(array, 1, 5, 0)),
        r#"column "c": view 1 has another prefix than its bytes (clause layout-view-prefix)"#
    );
    assert_eq!(
        message("run_end_encoded", |array| put(array.child(0), 1, 1, 2_i16)),
        r#"column "c": the run ends do not grow from above 0 (clause layout-ree-strictly-increasing)"#
    );
    assert_eq!(
        message("run_end_encoded", |array| put(array.child(0), 1, 0, 0_i16)),
        r#"column "c": the run ends do not grow from above 0 (clause layout-ree-strictly-increasing)"#
    );
}

#[test]
fn dictionaries_that_are_missing_unwanted_or_too_short() {
    assert_eq!(
        batch_message(document(&encoded(), None, &[]), |array| put(array.child(0), 1, 0, 2)),
        r#"column "c": row 0 has index 2 of a dictionary of 2 (clause layout-dict-index-range)"#
    );
    let mut array = Builder::new(&document(&encoded(), None, &[])).unwrap().batch(0).unwrap();
    let plain = Schema { fields: vec![encoded().field.dictionary_values()], ..Schema::default() };
    // SAFETY: nothing is read of a column with a dictionary that its field has not.
    let error = unsafe { read_batch(&plain, &array) }.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"column "": the array has a dictionary, and the field is not dictionary-encoded (clause cdata-dictionary-pointer)"#
    );
    let document = document(&column("int32"), None, &[]);
    array = Builder::new(&document).unwrap().batch(0).unwrap();
    let schema = Schema { fields: vec![encoded().field], ..Schema::default() };
    // SAFETY: nothing is read of a column without a dictionary that its field has.
    let error = unsafe { read_batch(&schema, &array) }.unwrap_err();
    assert_eq!(error.to_string(), r#"column "c": the array has no dictionary (clause cdata-dictionary-pointer)"#);
}

#[test]
fn arrays_that_are_released() {
    let document = document(&column("int32"), None, &[]);
    // SAFETY: released.
    let error = unsafe { read_batch(&document.schema, &ArrowArray::released()) }.unwrap_err();
    assert_eq!(error.to_string(), "the array is released (clause cdata-released-input)");
    let mut array = Builder::new(&document).unwrap().batch(0).unwrap();
    let release = raw_mut(&mut array).child_mut(0).release.take();
    // SAFETY: a released child is not read.
    let error = unsafe { read_batch(&document.schema, &array) }.unwrap_err();
    raw_mut(&mut array).child_mut(0).release = release;
    assert_eq!(error.to_string(), r#"column "c": the array is released (clause cdata-released-input)"#);
}

#[test]
fn an_observer_is_of_no_use_after_a_malformed_batch() {
    let document = document(&column("int32"), None, &[]);
    let builder = Builder::new(&document).unwrap();
    // SAFETY: the schema is the kit's own.
    let mut observer = unsafe { Observer::new(builder.schema().unwrap(), None) }.unwrap();
    let mut array = builder.batch(0).unwrap();
    raw_mut(&mut array).child_mut(0).n_buffers = 9;
    // SAFETY: as above.
    let error = unsafe { observer.batch(array, &Metadata::default()) }.unwrap_err();
    assert_eq!(error.to_string(), r#"column "c": n_buffers is 9, expected 2 (clause cdata-n-buffers)"#);
    let error = observer.finish().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"a batch failed before: column "c": n_buffers is 9, expected 2 (clause cdata-n-buffers)"#
    );
}

/// `struct ArrowSchema`
#[repr(C)]
struct RawSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut RawSchema,
    dictionary: *mut RawSchema,
    release: Option<unsafe extern "C" fn(*mut RawSchema)>,
    private_data: *mut c_void,
}

fn schema_message(data_type: &str, spoil: impl FnOnce(&mut RawSchema)) -> String {
    let schema = Schema { fields: vec![column(data_type).field], ..Schema::default() };
    let mut exported = export_schema(&schema).unwrap();
    // SAFETY: both are the struct of the C Data Interface.
    let raw = unsafe { &mut *(&raw mut exported).cast::<RawSchema>() };
    // SAFETY: there is one child.
    spoil(unsafe { &mut **raw.children });
    // SAFETY: what was changed is within what is tested.
    unsafe { import_schema(&exported) }.unwrap_err().to_string()
}

fn text(text: &'static CStr) -> *const c_char {
    text.as_ptr()
}

#[test]
fn schemas_that_contradict_themselves() {
    type Spoil = fn(&mut RawSchema);
    let table: &[(&str, Spoil, &str)] = &[
        (
            "int32",
            |schema| schema.format = text(c"q"),
            r#"column "c": the format string is `q`, which names no type (clause cdata-format-unknown)"#,
        ),
        (
            "int32",
            |schema| schema.format = ptr::null(),
            r#"column "c": the format string is NULL (clause cdata-format-unknown)"#,
        ),
        (
            "int32",
            |schema| schema.format = text(c"\xff"),
            r#"column "c": the format string "\xff" is not UTF-8 (clause cdata-format-unknown)"#,
        ),
        (
            "int32",
            |schema| schema.format = text(c"+l"),
            r#"column "c": n_children is 0, while list has 1 (clause cdata-children-count)"#,
        ),
        (
            "list",
            |schema| schema.format = text(c"i"),
            r#"column "c": n_children is 1, while int32 has 0 (clause cdata-children-count)"#,
        ),
        (
            "list",
            |schema| schema.format = text(c"+m"),
            r#"column "c": map: expected a struct of key and value as the entries of a map, found int8 (clause cdata-format-nested)"#,
        ),
        (
            "list",
            |schema| schema.children = ptr::null_mut(),
            r#"column "c": n_children is 1, and children is 0x0 (clause cdata-children-count)"#,
        ),
    ];
    for (data_type, spoil, expected) in table {
        assert_eq!(schema_message(data_type, spoil), *expected);
    }
    // SAFETY: released.
    let error = unsafe { import_schema(&ArrowSchema::released()) }.unwrap_err();
    assert_eq!(error.to_string(), "the schema is released (clause cdata-released-input)");
}

#[test]
fn names_and_zones_with_a_nul_byte_cannot_cross() {
    let mut schema = Schema { fields: vec![column("int32").field], ..Schema::default() };
    schema.fields[0].name = "a\0b".into();
    let error = export_schema(&schema).err().unwrap();
    assert_eq!(error.to_string(), r#"$.fields[0].name: expected no NUL byte, found "a\0b""#);
}
