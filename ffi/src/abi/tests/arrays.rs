//! Arrays on their way in: what a view holds, and what is refused.

use super::super::c_data::{ArrowArray, CStructure, Owned};
use super::super::{array_import, schema_import};
use super::{from_arrow_array, from_arrow_schema, told};
use crate::error::Result;
use crate::options::Options;
use crate::schema::Field;
use crate::write::arrays::{ArrayView, BatchView};
use arrow_array::builder::StringViewBuilder;
use arrow_array::ffi::to_ffi;
use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, FixedSizeListArray, Int32Array, Int64Array, ListArray, NullArray,
    RunArray, StringArray, StructArray, UnionArray,
};
use arrow_schema::{DataType, UnionFields};
use std::ptr;
use std::sync::Arc;

/// A batch of one column, as arrow-rs exports it.
fn exported(column: ArrayRef) -> (Owned<ArrowArray>, Vec<Field>) {
    let field = Arc::new(arrow_schema::Field::new("c", column.data_type().clone(), true));
    struct_of(StructArray::from(vec![(field, column)]))
}

fn struct_of(columns: StructArray) -> (Owned<ArrowArray>, Vec<Field>) {
    let (array, schema) = to_ffi(&columns.to_data()).unwrap();
    // SAFETY: structures of arrow-rs.
    unsafe {
        let schema = Owned::new(from_arrow_schema(schema));
        let fields = schema_import::import(&schema, &Options::default().limits).unwrap().fields;
        (Owned::new(from_arrow_array(array)), fields)
    }
}

fn view<'a>(array: &'a ArrowArray, fields: &[Field]) -> Result<BatchView<'a, 'a>> {
    let arrays = Box::leak(Box::default());
    // SAFETY: an array of arrow-rs, changed only in what is checked.
    unsafe { array_import::view(array, fields, arrays) }
}

/// Calls `look` with the view of a column.
fn seen<T>(column: ArrayRef, look: impl FnOnce(ArrayView<'_, '_>) -> T) -> T {
    let (array, fields) = exported(column);
    look(view(&array, &fields).unwrap().arrays.get(0))
}

/// What importing a column says after `change`.
fn refused(column: ArrayRef, change: impl FnOnce(&mut ArrowArray)) -> String {
    let (array, fields) = exported(column);
    // SAFETY: the batch has one child; arrow-rs releases by what it keeps privately.
    change(unsafe { &mut **array.children });
    told(view(&array, &fields))
}

fn numbers() -> ArrayRef {
    Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]))
}

fn texts() -> ArrayRef {
    Arc::new(StringArray::from(vec!["a", "bcd", "", "ef"]))
}

fn lists() -> ArrayRef {
    Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1), Some(2)]),
        None,
        Some(vec![Some(3)]),
    ]))
}

fn words() -> ArrayRef {
    Arc::new(DictionaryArray::<Int8Type>::from_iter(["x", "y", "x"]))
}

#[test]
fn buffers_have_the_sizes_of_their_slots() {
    seen(numbers(), |view| {
        assert_eq!((view.length, view.offset), (3, 0));
        assert_eq!(view.validity.unwrap()[0] & 7, 0b101);
        assert_eq!(view.buffers()[0], [1i32, 0, 3].map(i32::to_ne_bytes).concat());
    });
    seen(Arc::new(Int64Array::from(vec![1, 2])), |view| {
        assert_eq!((view.validity, view.buffers()[0].len()), (None, 16))
    });
    seen(Arc::new(BooleanArray::from(vec![true; 9])), |view| assert_eq!(view.buffers()[0].len(), 2));
    seen(Arc::new(NullArray::new(5)), |view| {
        assert_eq!((view.length, view.validity, view.buffers().len()), (5, None, 0))
    });
    seen(texts(), |view| {
        assert_eq!((view.buffers()[0].len(), view.buffers()[1]), (20, &b"abcdef"[..]));
    });
    seen(lists(), |view| {
        assert_eq!((view.buffers()[0].len(), view.child(0).unwrap().length), (16, 3));
    });
    seen(words(), |view| {
        assert_eq!((view.buffers()[0], view.dictionary().unwrap().buffers()[1]), (&[0u8, 1, 0][..], &b"xy"[..]));
    });
}

#[test]
fn slices_keep_their_offset() {
    let (array, fields) = exported(texts());
    // SAFETY: the batch has one child; slots 1 and 2 of it are there.
    unsafe { ((**array.children).offset, (**array.children).length) = (1, 2) };
    // SAFETY: two rows less.
    let sliced = ArrowArray { offset: 1, length: 1, ..unsafe { ptr::read(&*array) } };
    let batch = view(&sliced, &fields).unwrap();
    assert_eq!((batch.rows, batch.offset), (1, 1));
    let column = batch.arrays.get(0);
    assert_eq!((column.length, column.offset), (2, 1));
    assert_eq!((column.buffers()[0].len(), column.buffers()[1]), (16, &b"abcd"[..]));
    // The data end where the last offset in sight says.
    seen(texts().slice(1, 2), |view| assert_eq!(view.buffers()[1], b"abcd"));
}

#[test]
fn views_have_the_variadic_buffers_that_the_lengths_say() {
    let mut builder = StringViewBuilder::new().with_fixed_block_size(32);
    for text in ["short", "a text longer than twelve bytes", "another text of the same kind"] {
        builder.append_value(text);
    }
    seen(Arc::new(builder.finish()), |view| {
        assert_eq!(view.buffers()[0].len(), 48);
        assert_eq!(view.buffers()[1..].concat(), b"a text longer than twelve bytesanother text of the same kind");
    });
    seen(Arc::new(StringViewBuilder::new().finish()), |view| assert_eq!(view.buffers(), [&[] as &[u8]]));
}

#[test]
fn nothing_is_read_of_empty_arrays() {
    let (array, fields) = exported(texts().slice(0, 0));
    // SAFETY: the batch has one child with three buffers.
    unsafe {
        let column = &mut **array.children;
        (*column.buffers.add(1), *column.buffers.add(2)) = (ptr::null(), ptr::null());
    }
    let batch = view(&array, &fields).unwrap();
    assert_eq!(batch.arrays.get(0).buffers(), [&[] as &[u8], &[]]);
}

#[test]
fn unions_and_runs_are_seen() {
    let children: Vec<ArrayRef> = vec![numbers(), Arc::new(StringArray::from(vec!["a", "b", "c"]))];
    let fields = [("i", DataType::Int32), ("s", DataType::Utf8)];
    let fields = fields.map(|(name, data_type)| arrow_schema::Field::new(name, data_type, true));
    let fields = UnionFields::try_new([4, 7], fields).unwrap();
    let sparse = UnionArray::try_new(fields.clone(), vec![4, 7, 4].into(), None, children.clone()).unwrap();
    seen(Arc::new(sparse), |view| assert_eq!((view.buffers().len(), view.buffers()[0]), (1, &[4u8, 7, 4][..])));
    let dense = UnionArray::try_new(fields, vec![4, 7].into(), Some(vec![0, 0].into()), children).unwrap();
    seen(Arc::new(dense), |view| assert_eq!((view.buffers()[0], view.buffers()[1].len()), (&[4u8, 7][..], 8)));
    let runs = RunArray::try_new(&Int32Array::from(vec![2, 5]), &StringArray::from(vec!["x", "y"])).unwrap();
    seen(Arc::new(runs.slice(1, 3)), |view| {
        assert_eq!((view.length, view.offset, view.buffers().len(), view.child_count()), (3, 1, 0, 2));
    });
}

#[test]
fn counts_are_checked() {
    for (change, expected) in [
        ((|array| array.length = -1) as fn(&mut ArrowArray), "the array's length is -1"),
        (|array| array.offset = -2, "the array's offset is -2"),
        (|array| (array.offset, array.length) = (i64::MAX, i64::MAX), "the array's offset and length are too large"),
        (|array| array.null_count = -2, "the array's null_count is -2, expected -1 to 3"),
        (|array| array.null_count = 4, "the array's null_count is 4, expected -1 to 3"),
        (|array| array.n_buffers = 1, "n_buffers is 1, expected 2"),
        (|array| array.n_children = 1, "n_children is 1, expected 0"),
        (|array| array.buffers = ptr::null_mut(), "buffers is NULL"),
        (|array| array.length = 2, "a child has 2 slots, its parent needs 3"),
        (
            |array| (array.length, array.null_count) = (1 << 61, -1),
            "the array has 2305843009213693952 slots, more than fit into memory",
        ),
        (|array| array.dictionary = array, "the array has a dictionary, the field is not dictionary-encoded"),
    ] {
        assert_eq!(refused(numbers(), change), format!("InvalidArgument: {expected}, field \"c\""));
    }
}

/// Sets a buffer.
fn set_buffer<const INDEX: usize>(array: &mut ArrowArray, buffer: *const u8) {
    // SAFETY: the tests below know how many there are.
    unsafe { *array.buffers.add(INDEX) = buffer.cast() }
}

#[test]
fn null_buffers_are_refused_where_they_are_needed() {
    let told = refused(numbers(), |array| set_buffer::<0>(array, ptr::null()));
    assert_eq!(told, "InvalidArgument: buffers[0], the validity bitmap, is NULL and null_count is 1, field \"c\"");
    let told = refused(numbers(), |array| set_buffer::<1>(array, ptr::null()));
    assert_eq!(told, "InvalidArgument: buffers[1], the values, is NULL, field \"c\"");
    let told = refused(texts(), |array| set_buffer::<1>(array, ptr::null()));
    assert_eq!(told, "InvalidArgument: buffers[1], the offsets, is NULL, field \"c\"");
    let told = refused(texts(), |array| set_buffer::<2>(array, ptr::null()));
    assert_eq!(told, "InvalidArgument: buffers[2], the data, is NULL, field \"c\"");
}

#[test]
fn ends_of_offsets_are_checked() {
    static DESCENDING: [i32; 5] = [4, 0, 0, 0, 2];
    static NEGATIVE: [i32; 5] = [0, 0, 0, 0, -1];
    let told = refused(texts(), |array| set_buffer::<1>(array, DESCENDING.as_ptr().cast()));
    assert_eq!(told, "InvalidArgument: offsets go from 4 to 2, expected ascending from 0 or more, field \"c\"");
    let told = refused(texts(), |array| set_buffer::<1>(array, NEGATIVE.as_ptr().cast()));
    assert_eq!(told, "InvalidArgument: offsets go from 0 to -1, expected ascending from 0 or more, field \"c\"");
}

#[test]
fn children_must_be_long_enough() {
    static BEYOND: [i32; 4] = [0, 1, 2, 4];
    let told = refused(lists(), |array| set_buffer::<1>(array, BEYOND.as_ptr().cast()));
    assert_eq!(told, "InvalidArgument: a child has 3 slots, its parent needs 4, field \"c\"");
    let item = Arc::new(arrow_schema::Field::new("item", DataType::Int32, true));
    let fixed: ArrayRef = Arc::new(FixedSizeListArray::new(item, 3, numbers(), None));
    let told = refused(fixed, |array| array.offset = 1);
    assert_eq!(told, "InvalidArgument: a child has 3 slots, its parent needs 6, field \"c\"");
    let runs: ArrayRef =
        Arc::new(RunArray::try_new(&Int32Array::from(vec![2, 5]), &Int32Array::from(vec![1, 2])).unwrap());
    let told = refused(runs, |array| array.length = 6);
    assert_eq!(told, "InvalidArgument: the last run ends at 5, expected 6 or more, field \"c\"");
}

#[test]
fn structures_that_are_missing_are_refused() {
    let told = refused(lists(), |array| array.children = ptr::null_mut());
    assert_eq!(told, "InvalidArgument: children is NULL, field \"c\"");
    let told = refused(lists(), |array| array.children = Box::leak(Box::new(ptr::null_mut())));
    assert_eq!(told, "InvalidArgument: the array is NULL, field \"c.item\"");
    let released = || Box::leak(Box::new(ArrowArray::RELEASED));
    let told = refused(lists(), |array| array.children = Box::leak(Box::new(ptr::from_mut(released()))));
    assert_eq!(told, "InvalidArgument: the array was already released, field \"c.item\"");
    let told = refused(words(), |array| array.dictionary = ptr::null_mut());
    assert_eq!(told, "InvalidArgument: the field is dictionary-encoded, the array's dictionary is NULL, field \"c\"");
    let told = refused(words(), |array| array.dictionary = released());
    assert_eq!(told, "InvalidArgument: the array's dictionary was already released, field \"c\"");
}

#[test]
fn batches_have_no_nulls_of_their_own() {
    let field = Arc::new(arrow_schema::Field::new("c", DataType::Int32, true));
    let columns =
        |valid: Vec<bool>| StructArray::new(vec![Arc::clone(&field)].into(), vec![numbers()], Some(valid.into()));
    let (array, fields) = struct_of(columns(vec![true, false, true]));
    let expected = "InvalidArgument: row 1 of the struct array is null, a batch cannot have such rows";
    assert_eq!(told(view(&array, &fields)), expected);
    let (array, fields) = struct_of(columns(vec![true, false, true]).slice(2, 1));
    assert_eq!(told(view(&array, &fields)), "no error");
}
