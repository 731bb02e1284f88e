//! What layouts do to the C structs, seen through a declaration of them that is not the kit's.

use std::ffi::c_void;
use std::slice;

use arrowipc_kit::cdata::{ArrowArray, Builder, build_stream};
use arrowipc_kit::value::{Document, Layout};
use serde_json::{Value as Json, json};

use crate::samples::{document, samples};

/// `struct ArrowArray`
#[repr(C)]
pub struct RawArray {
    pub length: i64,
    pub null_count: i64,
    pub offset: i64,
    pub n_buffers: i64,
    pub n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut RawArray,
    dictionary: *mut RawArray,
    pub release: Option<unsafe extern "C" fn(*mut RawArray)>,
    private_data: *mut c_void,
}

pub fn raw(array: &ArrowArray) -> &RawArray {
    // SAFETY: both are the struct of the C Data Interface.
    unsafe { &*(array as *const ArrowArray).cast() }
}

pub fn raw_mut(array: &mut ArrowArray) -> &mut RawArray {
    // SAFETY: both are the struct of the C Data Interface.
    unsafe { &mut *(array as *mut ArrowArray).cast() }
}

impl RawArray {
    pub fn child_mut(&mut self, index: usize) -> &mut RawArray {
        assert!((index as i64) < self.n_children);
        // SAFETY: there are as many children.
        unsafe { &mut **self.children.add(index) }
    }

    pub fn child(&self, index: usize) -> &RawArray {
        assert!((index as i64) < self.n_children);
        // SAFETY: there are as many children.
        unsafe { &**self.children.add(index) }
    }

    pub fn dictionary(&self) -> &RawArray {
        // SAFETY: NULL or an array.
        unsafe { self.dictionary.as_ref() }.expect("a dictionary")
    }

    pub fn buffer(&self, index: usize) -> *const u8 {
        assert!((index as i64) < self.n_buffers);
        // SAFETY: there are as many buffers.
        unsafe { *self.buffers.add(index) }.cast()
    }

    pub fn set_buffer(&self, index: usize, pointer: *const c_void) {
        assert!((index as i64) < self.n_buffers);
        // SAFETY: there are as many buffers, and the pointers to them are the struct's own.
        unsafe { self.buffers.add(index).write(pointer) }
    }

    /// Numbers of a buffer that is known to have as many.
    fn numbers<T: Copy>(&self, index: usize, count: usize) -> Vec<T> {
        let bytes = self.bytes(index, count * size_of::<T>());
        // SAFETY: as many bytes lie there, at any address.
        (0..count).map(|item| unsafe { bytes.as_ptr().cast::<T>().add(item).read_unaligned() }).collect()
    }

    fn bytes(&self, index: usize, count: usize) -> &[u8] {
        // SAFETY: by the knowledge of the test.
        unsafe { slice::from_raw_parts(self.buffer(index), count) }
    }

    /// Every buffer of the array, its children and its dictionary.
    fn addresses(&self) -> Vec<usize> {
        let own = (0..self.n_buffers as usize).map(|index| self.buffer(index).addr()).filter(|address| *address != 0);
        let children = (0..self.n_children as usize).flat_map(|index| self.child(index).addresses());
        // SAFETY: NULL or an array.
        let dictionary = unsafe { self.dictionary.as_ref() }.map(RawArray::addresses).unwrap_or_default();
        own.chain(children).chain(dictionary).collect()
    }
}

/// The document of one column in one batch.
fn column(field: Json, values: Json, layout: Json) -> Document {
    let mut field = field;
    let defaults = [("name", json!("c")), ("nullable", json!(true)), ("metadata", json!([])), ("children", json!([]))];
    for (key, value) in defaults {
        if field.get(key).is_none() {
            field[key] = value;
        }
    }
    let rows = values.as_array().unwrap().len();
    let text = json!({"schema": {"fields": [field], "metadata": []},
        "batches": [{"rows": rows, "metadata": [], "columns": [{"values": values, "layout": layout}]}]});
    Document::from_json(text.to_string().as_bytes()).unwrap()
}

fn with_column<T>(field: Json, values: Json, layout: Json, look: impl FnOnce(&RawArray) -> T) -> T {
    let document = column(field, values, layout);
    let array = Builder::new(&document).unwrap().batch(0).unwrap();
    look(raw(&array).child(0))
}

fn child(name: &str, data_type: &str) -> Json {
    json!({"name": name, "type": data_type, "nullable": true, "metadata": [], "children": []})
}

#[test]
fn without_a_layout_arrays_are_plain() {
    with_column(json!({"type": "int32"}), json!(["1", null, "3"]), json!({}), |array| {
        assert_eq!((array.length, array.null_count, array.offset, array.n_buffers), (3, 1, 0, 2));
        assert_eq!(array.bytes(0, 1), [0b101]);
        assert_eq!(array.numbers::<i32>(1, 3), [1, 0, 3]);
    });
    with_column(json!({"type": "int32"}), json!(["1"]), json!({}), |array| assert!(array.buffer(0).is_null()));
}

#[test]
fn slices_have_filler_that_differs_from_the_values() {
    with_column(json!({"type": "int32"}), json!(["100", null]), json!({"offset": 2, "tail": 1}), |array| {
        assert_eq!((array.length, array.null_count, array.offset), (2, 1, 2));
        assert_eq!(array.bytes(0, 1), [0b00110]);
        assert_eq!(array.numbers::<i32>(1, 5), [0, 2, 100, 0, 0]);
    });
    with_column(json!({"type": "utf8"}), json!(["x"]), json!({"offset": 2, "tail": 1}), |array| {
        assert_eq!(array.numbers::<i32>(1, 5), [0, 1, 6, 7, 16]);
        assert_eq!(array.bytes(2, 7), b"######x");
        assert!(array.buffer(0).is_null());
    });
}

#[test]
fn bitmaps_and_null_counts_are_as_asked() {
    with_column(json!({"type": "int8"}), json!(["1", "2"]), json!({"validity": "present"}), |array| {
        assert_eq!(array.bytes(0, 1), [0b11]);
        assert_eq!(array.null_count, 0);
    });
    with_column(json!({"type": "int8"}), json!(["1", null]), json!({"null_count": "unknown"}), |array| {
        assert_eq!(array.null_count, -1);
    });
    let document = column(json!({"type": "int8"}), json!(["1", null]), json!({"validity": "absent"}));
    assert_eq!(
        build_stream(&document).err().unwrap().to_string(),
        "$.batches[0].columns[0]: expected no nulls, since the layout says `validity: absent`, found a null"
    );
}

#[test]
fn first_offsets_skip_filler() {
    with_column(json!({"type": "large_binary"}), json!(["ff", "aa"]), json!({"first_offset": 3}), |array| {
        assert_eq!(array.numbers::<i64>(1, 3), [3, 4, 5]);
        assert_eq!(array.bytes(2, 5), b"###\xff\xaa");
    });
    let list = json!({"type": "list", "children": [child("item", "int8")]});
    with_column(list.clone(), json!([["100"], []]), json!({"first_offset": 2}), |array| {
        assert_eq!(array.numbers::<i32>(1, 3), [2, 3, 3]);
        assert_eq!(array.child(0).numbers::<i8>(1, 3)[2], 100);
    });
    let views = json!({"type": "list_view", "children": [child("item", "int8")]});
    with_column(views, json!([["100"], [], ["101", "102"]]), json!({"first_offset": 2}), |array| {
        assert_eq!((array.numbers::<i32>(1, 3), array.numbers::<i32>(2, 3)), (vec![2, 0, 3], vec![1, 0, 2]));
    });
    let union = json!({"type": "dense_union(4, 3)", "children": [child("a", "int8"), child("b", "int8")]});
    with_column(union, json!([{"3": "1"}, {"4": "2"}, {"3": "3"}]), json!({"first_offset": 2}), |array| {
        assert_eq!((array.numbers::<i8>(0, 3), array.numbers::<i32>(1, 3)), (vec![3, 4, 3], vec![2, 2, 3]));
        assert_eq!((array.child(0).length, array.child(1).length), (3, 4));
    });
}

#[test]
fn junk_lies_behind_nulls() {
    let junk = json!({"behind_nulls": "junk"});
    with_column(json!({"type": "int16"}), json!([null, "1"]), junk.clone(), |array| {
        assert_eq!(array.bytes(1, 4), [0xa5, 0xa5, 1, 0]);
    });
    with_column(json!({"type": "utf8"}), json!(["x", null, "y"]), junk.clone(), |array| {
        assert_eq!(array.numbers::<i32>(1, 4), [0, 1, 4, 5]);
        assert_eq!(array.bytes(2, 5), b"x\xa5\xa5\xa5y");
    });
    let list = json!({"type": "list", "children": [child("item", "int8")]});
    with_column(list, json!([null, ["100"]]), junk.clone(), |array| {
        assert_eq!(array.numbers::<i32>(1, 3), [0, 1, 2]);
    });
    let structure = json!({"type": "struct", "children": [child("a", "int8")]});
    with_column(structure.clone(), json!([null, ["100"], null]), junk, |array| {
        assert_eq!(array.child(0).null_count, 0);
        assert_eq!(array.child(0).numbers::<i8>(1, 3), [1, 100, 3]);
    });
    with_column(structure, json!([null, ["100"], null]), json!({}), |array| {
        assert_eq!(array.child(0).null_count, 2);
        assert_eq!(array.child(0).numbers::<i8>(1, 3), [0, 100, 0]);
    });
}

#[test]
fn buffers_are_aligned_to_64_bytes_or_odd() {
    for sample in samples() {
        for unaligned in [false, true] {
            let layout = Layout { unaligned, ..Layout::default() };
            let document = document(&sample, Some(&layout), &[]);
            let array = Builder::new(&document).unwrap().batch(0).unwrap();
            let column = raw(&array).child(0);
            if unaligned {
                let own = (0..column.n_buffers as usize).map(|index| column.buffer(index).addr());
                assert!(own.filter(|address| *address != 0).all(|address| address % 2 == 1));
            } else {
                assert!(column.addresses().iter().all(|address| address % 64 == 0), "{}", sample.field.data_type);
            }
        }
    }
}

#[test]
fn offsets_buffers_of_no_rows_may_be_null() {
    let layouts = [(json!({}), false), (json!({"null_offsets": true}), true)];
    for (layout, null) in layouts {
        with_column(json!({"type": "utf8"}), json!([]), layout.clone(), |array| {
            assert_eq!(array.buffer(1).is_null(), null)
        });
        with_column(json!({"type": "utf8"}), json!(["a"]), layout, |array| assert!(!array.buffer(1).is_null()));
    }
    with_column(json!({"type": "utf8"}), json!([]), json!({"first_offset": 4}), |array| {
        assert_eq!(array.numbers::<i32>(1, 1), [4]);
    });
}

#[test]
fn view_blocks_split_data() {
    let values = json!(["a string of 20 bytes", "short", "b string of 20 bytes", "c string of 21 bytes."]);
    let buffers = |layout: Json| {
        with_column(json!({"type": "utf8_view"}), values.clone(), layout, |array| {
            let variadic = array.n_buffers as usize - 3;
            array.numbers::<i64>(array.n_buffers as usize - 1, variadic)
        })
    };
    assert_eq!(buffers(json!({})), [61]);
    assert_eq!(buffers(json!({"view_block": 40})), [40, 21]);
    assert_eq!(buffers(json!({"view_block": 1})), [20, 20, 21]);
    assert_eq!(buffers(json!({"first_offset": 7})), [68]);
}

#[test]
fn runs_are_maximal_or_as_given() {
    let field = json!({"type": "run_end_encoded", "children": [child("run_ends", "int32"), child("values", "utf8")]});
    let values = json!(["a", "a", "b", null]);
    let ends = |layout: Json| {
        with_column(field.clone(), values.clone(), layout, |array| {
            (array.offset, array.child(0).numbers::<i32>(1, array.child(0).length as usize))
        })
    };
    assert_eq!(ends(json!({})), (0, vec![2, 3, 4]));
    assert_eq!(ends(json!({"runs": [1, 1, 1, 1]})), (0, vec![1, 2, 3, 4]));
    assert_eq!(ends(json!({"offset": 3, "tail": 2})), (3, vec![3, 5, 6, 7, 9]));
    let error = |runs: Json| {
        let document = column(field.clone(), values.clone(), json!({"runs": runs}));
        build_stream(&document).err().unwrap().to_string()
    };
    let place = "$.batches[0].columns[0].layout.runs";
    assert_eq!(error(json!([2, 2])), format!("{place}[1]: expected rows of one value, found different values"));
    assert_eq!(error(json!([2, 1])), format!("{place}: expected runs of 4 rows in all, found 3"));
    assert_eq!(error(json!([2, 0])), format!("{place}[1]: expected a length from 1 to the 2 rows left, found 0"));
}

#[test]
fn dictionaries_and_indices_are_as_given() {
    let field = json!({"type": "utf8", "dictionary": {"index": "int16", "ordered": false}});
    let values = json!(["b", "a", null, "b"]);
    with_column(field.clone(), values.clone(), json!({}), |array| {
        assert_eq!(array.numbers::<i16>(1, 4), [0, 1, 0, 0]);
        assert_eq!(array.dictionary().length, 2);
    });
    let layout = json!({"dictionary": ["a", "b", null, "b"], "values": {"first_offset": 2}});
    with_column(field.clone(), values.clone(), layout, |array| {
        assert_eq!(array.numbers::<i16>(1, 4), [1, 0, 0, 1]);
        assert_eq!((array.null_count, array.dictionary().length, array.dictionary().null_count), (1, 4, 1));
        assert_eq!(array.dictionary().numbers::<i32>(1, 5), [2, 3, 4, 4, 5]);
    });
    let layout = json!({"dictionary": ["a", "b", null, "b"], "indices": [3, 0, 2, 1]});
    with_column(field.clone(), values.clone(), layout, |array| {
        assert_eq!((array.null_count, array.numbers::<i16>(1, 4)), (0, vec![3, 0, 2, 1]));
    });
    let error = |layout: Json| build_stream(&column(field.clone(), values.clone(), layout)).err().unwrap().to_string();
    let place = "$.batches[0].columns[0].layout";
    assert_eq!(
        error(json!({"dictionary": ["a"]})),
        format!(r#"{place}.dictionary: expected a dictionary with every value of the column, found none with "b""#)
    );
    assert_eq!(
        error(json!({"dictionary": ["a", "b"], "indices": [1, 1, null, 1]})),
        format!(r#"{place}.indices[1]: expected an index of "a", found that of "b""#)
    );
    assert_eq!(
        error(json!({"dictionary": ["a", "b"], "indices": [2, 0, null, 1]})),
        format!(r#"{place}.indices[0]: expected an index of "b", found 2 in a dictionary of 2"#)
    );
    assert_eq!(
        error(json!({"dictionary": ["a", "b"], "indices": [1]})),
        format!("{place}.indices: expected 4 indices, one a value, found 1")
    );
}

#[test]
fn dictionaries_beyond_their_index_type_are_refused() {
    let field = json!({"type": "int32", "dictionary": {"index": "int8", "ordered": false}});
    let values: Vec<String> = (0..129).map(|value: i32| value.to_string()).collect();
    let document = column(field, json!(values), json!({}));
    assert_eq!(build_stream(&document).err().unwrap().to_string(), "$.batches[0].columns[0]: expected int8, found 128");
}

#[test]
fn children_survive_their_parent_when_moved_out() {
    let document = column(json!({"type": "utf8"}), json!(["x", "y"]), json!({}));
    let array = Builder::new(&document).unwrap().batch(0).unwrap();
    let pointer: *mut RawArray = raw(&array).child(0) as *const RawArray as *mut RawArray;
    // SAFETY: a move as the C Data Interface describes it: a copy, and the source marked as released.
    let mut moved = unsafe {
        let moved = pointer.read();
        (*pointer).release = None;
        moved
    };
    drop(array);
    assert_eq!(moved.bytes(2, 2), b"xy");
    let release = moved.release.expect("a release callback");
    // SAFETY: not released before.
    unsafe { release(&mut moved) };
    assert!(moved.release.is_none());
}
