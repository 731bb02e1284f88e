//! Batches on their way out: built by hand, read by arrow-rs; and how long memory lives.

use super::super::array_export;
use super::super::c_data::{ArrowArray, Owned};
use super::super::schema_export;
use super::{to_arrow_array, to_arrow_schema, told};
use crate::array::{Batch, Buffer, Columns, Dictionaries, Node};
use crate::schema::{DataType, DictionaryEncoding, Field, Integer, Metadata, Schema};
use arrow_array::ffi::from_ffi;
use arrow_array::types::Int8Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, ListArray, StringArray, StringViewArray, StructArray};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Memory that counts how much of it is left.
struct Counted(Vec<u8>, Arc<AtomicUsize>);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Puts columns together, each buffer with memory of its own.
#[derive(Default)]
struct Builder {
    columns: Columns,
    live: Arc<AtomicUsize>,
}

impl Builder {
    /// Adds a node; `None` is a bitmap that is not there.
    fn node(&mut self, length: usize, null_count: usize, buffers: &[Option<&[u8]>]) {
        let first_buffer = self.columns.buffers.len() as u32;
        for bytes in buffers {
            self.columns.buffers.push(match bytes {
                None => Buffer::ABSENT,
                Some(bytes) => {
                    self.live.fetch_add(1, Ordering::SeqCst);
                    self.columns.owners.push(Bytes::from_owner(Counted(bytes.to_vec(), Arc::clone(&self.live))));
                    Buffer { owner: self.columns.owners.len() as u32 - 1, start: 0, length: bytes.len() }
                }
            });
        }
        self.columns.nodes.push(Node { length, null_count, first_buffer, buffer_count: buffers.len() as u32 });
    }
}

fn field(name: &str, data_type: DataType, children: Vec<Field>) -> Field {
    let metadata = Metadata::default();
    Field { name: name.into(), data_type, nullable: true, dictionary: None, children, metadata }
}

fn int32() -> DataType {
    DataType::Int(Integer { bits: 32, signed: true })
}

fn ints(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_ne_bytes()).collect()
}

/// A list of int32, text, a view without and one with data, and a dictionary of lists whose items are
/// dictionary-encoded.
fn batch() -> (Batch, Arc<AtomicUsize>) {
    let mut builder = Builder::default();
    builder.node(3, 1, &[Some(&[0b101]), Some(&ints(&[0, 2, 2, 3]))]);
    builder.node(3, 0, &[None, Some(&ints(&[7, 8, 9]))]);
    builder.node(3, 0, &[None, Some(&ints(&[0, 1, 1, 3])), Some(b"abc")]);
    let short = |text: &[u8]| [&(text.len() as i32).to_ne_bytes()[..], text, &[0; 12][text.len()..]].concat();
    builder.node(3, 0, &[None, Some(&[short(b"x"), short(b""), short(b"yz")].concat())]);
    let long = [&31i32.to_ne_bytes()[..], b"a te", &[0; 8]].concat();
    let data: &[u8] = b"a text longer than twelve bytes";
    builder.node(3, 0, &[None, Some(&[short(b"x"), long, short(b"yz")].concat()), Some(data)]);
    builder.node(3, 0, &[None, Some(&[1, 0, 1])]);

    // Dictionary 1: lists of indices into dictionary 0, which is a dictionary of texts.
    let mut outer = Builder { live: Arc::clone(&builder.live), ..Builder::default() };
    outer.node(2, 0, &[None, Some(&ints(&[0, 1, 3]))]);
    outer.node(3, 0, &[None, Some(&[1, 0, 1])]);
    let mut inner = Builder { live: Arc::clone(&builder.live), ..Builder::default() };
    inner.node(2, 0, &[None, Some(&ints(&[0, 1, 2])), Some(b"pq")]);

    let encoding = |id| Some(DictionaryEncoding { id, index: Integer { bits: 8, signed: true }, ordered: false });
    let item = Field { dictionary: encoding(0), ..field("item", DataType::Utf8, vec![]) };
    let fields = vec![
        field("list", DataType::List, vec![field("item", int32(), vec![])]),
        field("text", DataType::Utf8, vec![]),
        field("short", DataType::Utf8View, vec![]),
        field("long", DataType::Utf8View, vec![]),
        Field { dictionary: encoding(1), ..field("nested", DataType::List, vec![item]) },
    ];
    let schema = Arc::new(Schema { fields, metadata: Metadata::default() });
    let dictionaries: Dictionaries = [(0, Arc::new(inner.columns)), (1, Arc::new(outer.columns))].into();
    let (columns, live) = (builder.columns, builder.live);
    let dictionaries = Arc::new(dictionaries);
    (Batch { schema, rows: 3, columns, dictionaries, metadata: Metadata::default() }, live)
}

fn export(mut batch: Batch) -> Owned<ArrowArray> {
    // SAFETY: a structure of this library.
    unsafe { Owned::new(array_export::export(&mut batch).unwrap()) }
}

#[test]
fn arrow_rs_reads_what_is_exported() {
    let (mut batch, live) = batch();
    let schema = to_arrow_schema(schema_export::export(&batch.schema).unwrap());
    // SAFETY: structures of this library.
    let data = unsafe { from_ffi(to_arrow_array(array_export::export(&mut batch).unwrap()), &schema) }.unwrap();
    data.validate_full().unwrap();
    let columns = StructArray::from(data);
    assert_eq!(columns.len(), 3);
    let list = columns.column(0).as_any().downcast_ref::<ListArray>().unwrap();
    assert_eq!(list.null_count(), 1);
    let expected: ArrayRef = Arc::new(Int32Array::from(vec![7, 8]));
    assert_eq!(&list.value(0), &expected);
    assert_eq!(columns.column(1).as_ref(), &StringArray::from(vec!["a", "", "bc"]) as &dyn Array);
    assert_eq!(columns.column(2).as_ref(), &StringViewArray::from(vec!["x", "", "yz"]) as &dyn Array);
    let long = StringViewArray::from(vec!["x", "a text longer than twelve bytes", "yz"]);
    assert_eq!(columns.column(3).as_ref(), &long as &dyn Array);
    let nested = columns.column(4).as_any().downcast_ref::<DictionaryArray<Int8Type>>().unwrap();
    let lists = nested.values().as_any().downcast_ref::<ListArray>().unwrap();
    let words = DictionaryArray::<Int8Type>::try_new(vec![0, 1].into(), Arc::new(StringArray::from(vec!["p", "q"])));
    assert_eq!(lists.value(1).as_ref(), &words.unwrap() as &dyn Array);
    drop(columns);
    assert_eq!(live.load(Ordering::SeqCst), 0, "all memory is released");
}

#[test]
fn pointers_are_null_only_for_bitmaps_that_are_not_there() {
    let mut builder = Builder::default();
    builder.node(0, 0, &[None, Some(&[]), Some(&[])]);
    builder.node(0, 0, &[None, Some(&[])]);
    let fields = vec![field("text", DataType::Utf8, vec![]), field("view", DataType::BinaryView, vec![])];
    let schema = Arc::new(Schema { fields, metadata: Metadata::default() });
    let (dictionaries, metadata) = (Arc::default(), Metadata::default());
    let array = export(Batch { schema, rows: 0, columns: builder.columns, dictionaries, metadata });
    // SAFETY: the structures are live.
    unsafe {
        assert_eq!((array.n_buffers, *array.buffers, array.n_children), (1, std::ptr::null(), 2));
        for (i, buffers) in [3, 3].into_iter().enumerate() {
            let column = &**array.children.add(i);
            assert_eq!(column.n_buffers, buffers);
            assert!((*column.buffers).is_null());
            for j in 1..buffers as usize {
                let buffer = *column.buffers.add(j);
                assert_eq!(*buffer.cast::<i64>(), 0, "an offset of 0");
                assert_eq!(buffer as usize % 64, 0);
            }
        }
    }
}

#[test]
fn children_outlive_their_parent() {
    let (batch, live) = batch();
    let total = live.load(Ordering::SeqCst);
    let array = export(batch);
    // SAFETY: a child is moved out once, and released by its new owner.
    let moved = unsafe { Owned::take(*array.children.add(1), "child").unwrap() };
    drop(array);
    assert_eq!(live.load(Ordering::SeqCst), total, "memory lives as long as any structure");
    // SAFETY: the structure is live.
    let data = unsafe { std::slice::from_raw_parts((*moved.buffers.add(2)).cast::<u8>(), 3) };
    assert_eq!(data, b"abc");
    drop(moved);
    assert_eq!(live.load(Ordering::SeqCst), 0);
}

#[test]
fn structures_are_released_by_many_threads() {
    let (batch, live) = batch();
    let array = export(batch);
    struct Sent(Owned<ArrowArray>);
    // SAFETY: the C Data Interface lets any thread release a structure.
    unsafe impl Send for Sent {}
    let mut sent: Vec<_> = (0..array.n_children as usize)
        // SAFETY: a child is moved out once, and released by its new owner.
        .map(|i| Sent(unsafe { Owned::take(*array.children.add(i), "child").unwrap() }))
        .collect();
    sent.push(Sent(array));
    std::thread::scope(|scope| {
        for structure in sent {
            scope.spawn(move || drop({ structure }.0));
        }
    });
    assert_eq!(live.load(Ordering::SeqCst), 0);
}

#[test]
fn releasing_twice_does_nothing() {
    let (mut batch, live) = batch();
    let mut array = array_export::export(&mut batch).unwrap();
    let release = array.release.unwrap();
    // SAFETY: a live structure, then a released one, then NULL.
    unsafe {
        release(&mut array);
        assert_eq!(live.load(Ordering::SeqCst), 0);
        assert!(array.release.is_none());
        release(&mut array);
        release(std::ptr::null_mut());
    }
}

#[test]
fn columns_that_do_not_fit_their_schema_are_a_bug() {
    let (mut missing, _) = batch();
    missing.columns.nodes.pop();
    assert_eq!(
        told(array_export::export(&mut missing)),
        "Internal: a decoded batch does not fit its schema: a node is missing"
    );
    let (mut missing, live) = batch();
    missing.dictionaries = Arc::default();
    assert_eq!(
        told(array_export::export(&mut missing)),
        "Internal: a decoded batch does not fit its schema: a dictionary is missing"
    );
    drop(missing);
    assert_eq!(live.load(Ordering::SeqCst), 0);
}
