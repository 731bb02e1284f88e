//! What the kit notices of consumers and producers. The list of faults belongs to the process: hence a program of its
//! own, whose tests take turns.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::ManuallyDrop;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{ptr, slice, thread};

use arrowipc_kit::cdata::{
    ArrowArray, ArrowArrayStream, ArrowSchema, Builder, Changes, Input, Observer, Puller, build_changed_stream,
    build_stream, check_stream, take_faults,
};
use arrowipc_kit::value::{Document, Metadata};
use serde_json::{Value as Json, json};

static TURN: Mutex<()> = Mutex::new(());

/// Waits for the other tests, and forgets what they did.
fn turn() -> MutexGuard<'static, ()> {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    take_faults();
    turn
}

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

#[repr(C)]
struct RawArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *mut u8,
    children: *mut *mut RawArray,
    dictionary: *mut RawArray,
    release: Option<unsafe extern "C" fn(*mut RawArray)>,
    private_data: *mut c_void,
}

#[repr(C)]
struct RawStream {
    get_schema: Option<unsafe extern "C" fn(*mut RawStream, *mut RawSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut RawStream, *mut RawArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut RawStream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut RawStream)>,
    private_data: *mut c_void,
}

fn raw_schema(schema: &mut ArrowSchema) -> &mut RawSchema {
    // SAFETY: both are the struct of the C Data Interface.
    unsafe { &mut *ptr::from_mut(schema).cast() }
}

fn raw_array(array: &mut ArrowArray) -> &mut RawArray {
    // SAFETY: as above.
    unsafe { &mut *ptr::from_mut(array).cast() }
}

fn raw_stream(stream: &mut ArrowArrayStream) -> &mut RawStream {
    // SAFETY: as above.
    unsafe { &mut *ptr::from_mut(stream).cast() }
}

/// A second copy of a struct, which a consumer that does not know about moves might make.
fn copy<T>(of: &T) -> ManuallyDrop<T> {
    // SAFETY: what is done with the copy is what is tested, and the kit's release callbacks bear it.
    ManuallyDrop::new(unsafe { ptr::read(of) })
}

const CHANGED: &str = "cdata";

/// Two batches of an int32, a list and a dictionary-encoded text.
fn input(changes: Json) -> Input {
    let field = |name: &str, data_type: &str| json!({"name": name, "type": data_type, "nullable": true, "metadata": [], "children": []});
    let mut list = field("l", "list");
    list["children"] = json!([field("item", "int8")]);
    let mut encoded = field("d", "utf8");
    encoded["dictionary"] = json!({"index": "int8", "ordered": false});
    let columns = json!([["1", null], [["1"], []], ["a", "b"]]);
    let batch = json!({"rows": 2, "metadata": [], "columns": columns});
    let mut json = json!({
        "schema": {"fields": [field("i", "int32"), list, encoded], "metadata": [["k", "v"]]},
        "batches": [batch, batch],
    });
    json[CHANGED] = changes;
    Input::from_json(json.to_string().as_bytes()).unwrap()
}

fn document() -> Document {
    input(json!([])).document
}

fn array() -> ArrowArray {
    Builder::new(&document()).unwrap().batch(0).unwrap()
}

fn stream() -> ArrowArrayStream {
    build_stream(&document()).unwrap()
}

fn no_faults() {
    assert_eq!(take_faults(), [""; 0]);
}

#[test]
fn a_consumer_that_keeps_to_the_interface_has_no_faults() {
    let _turn = turn();
    drop((array(), stream(), Builder::new(&document()).unwrap().schema().unwrap()));
    let mut whole = array();
    // SAFETY: there is a child; it is moved out as the interface says.
    let moved = unsafe {
        let child = *raw_array(&mut whole).children;
        let moved = ptr::read(child.cast::<ArrowArray>());
        (*child).release = None;
        moved
    };
    drop(whole);
    drop(moved);
    no_faults();
}

#[test]
fn two_releases_of_one_array_are_noticed() {
    let _turn = turn();
    let array = array();
    let second = copy(&array);
    drop(array);
    drop(ManuallyDrop::into_inner(second));
    let expected =
        "the consumer released an already released array, or two copies of it (clause cdata-release-called-once)";
    assert_eq!(take_faults(), [expected]);
    no_faults();
}

#[test]
fn a_child_that_is_released_by_itself_is_noticed() {
    let _turn = turn();
    let mut array = array();
    // SAFETY: there is a child, which is live.
    unsafe {
        let child = *raw_array(&mut array).children;
        (*child).release.unwrap()(child);
    }
    let mut schema = Builder::new(&document()).unwrap().schema().unwrap();
    // SAFETY: there are three children, the last of them with a dictionary.
    unsafe {
        let dictionary = (**raw_schema(&mut schema).children.add(2)).dictionary;
        (*dictionary).release.unwrap()(dictionary);
    }
    drop((array, schema));
    let expected = ["array", "schema"].map(|kind| {
        format!(
            "the consumer released the {kind} of a child or dictionary by itself (clause cdata-release-called-once)"
        )
    });
    assert_eq!(take_faults(), expected);
}

#[test]
fn a_parent_that_is_kept_when_its_child_was_moved_out_is_noticed() {
    let _turn = turn();
    let mut whole = array();
    // SAFETY: as in the first test, but for the order of the releases.
    let moved = unsafe {
        let child = *raw_array(&mut whole).children;
        let moved = ptr::read(child.cast::<ArrowArray>());
        (*child).release = None;
        moved
    };
    drop(moved);
    drop(whole);
    assert_eq!(
        take_faults(),
        ["the consumer moved the array of a child out and kept its parent (clause cdata-move-child)"]
    );
}

#[test]
fn a_write_to_a_buffer_is_noticed() {
    let _turn = turn();
    let mut array = array();
    // SAFETY: the values of an int32 column lie in its second buffer.
    unsafe { **(**raw_array(&mut array).children).buffers.add(1) ^= 1 };
    drop(array);
    assert_eq!(take_faults(), ["the consumer wrote to a buffer that it was given (clause cdata-immutable)"]);
}

#[test]
fn what_is_not_released_is_told_once() {
    let _turn = turn();
    let (one, two) = (array(), array());
    let stream = stream();
    let expected = [
        "the consumer has not released 2 arrays (clause cdata-release-called-once)",
        "the consumer has not released 1 stream (clause cstream-release)",
    ];
    assert_eq!(take_faults(), expected);
    no_faults();
    drop((one, two, stream));
    no_faults();
}

#[test]
fn misuse_of_a_stream_is_noticed() {
    let _turn = turn();
    let mut stream = stream();
    let mut second = copy(&stream);
    let raw = raw_stream(&mut stream);
    // SAFETY: the stream is live.
    unsafe { assert!(raw.get_last_error.unwrap()(raw).is_null()) };
    drop(stream);
    let mut out = ArrowArray::released();
    let raw = raw_stream(&mut second);
    // SAFETY: the kit's callbacks bear to be called of a released stream.
    unsafe { assert_eq!(raw.get_next.unwrap()(raw, raw_array(&mut out)), 22) };
    drop(ManuallyDrop::into_inner(second));
    let expected = [
        "the consumer called get_last_error when the last operation had not failed (clause cstream-last-error-contract)",
        "the consumer called get_next of a released stream (clause cstream-no-calls-after-release)",
        "the consumer released an already released stream, or two copies of it (clause cstream-release)",
    ];
    assert_eq!(take_faults(), expected);
}

/// A stream whose pointer goes to other threads.
struct Shared(*mut RawStream);

// SAFETY: the kit's stream bears calls of several threads.
unsafe impl Sync for Shared {}

#[test]
fn calls_of_two_threads_at_once_are_noticed() {
    let _turn = turn();
    let rules = json!({"batches": 200, "rows": 2000, "columns": [{"algo": "random", "seed": 1}]});
    let json = json!({
        "schema": {"fields": [{"name": "u", "type": "utf8", "nullable": true, "metadata": [], "children": []}], "metadata": []},
        "generate": rules,
    });
    let document = Document::from_json(json.to_string().as_bytes()).unwrap();
    let mut stream = build_stream(&document).unwrap();
    let shared = Shared(raw_stream(&mut stream));
    let pull = || {
        let shared = &shared;
        loop {
            let mut array = ArrowArray::released();
            // SAFETY: the stream is live as long as the threads.
            let code = unsafe { (*shared.0).get_next.unwrap()(shared.0, raw_array(&mut array)) };
            assert_eq!(code, 0);
            if array.is_released() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let other = scope.spawn(pull);
        pull();
        other.join().unwrap();
    });
    drop(stream);
    let expected =
        "the consumer called get_next while another call of the stream went on (clause cstream-not-thread-safe)";
    assert_eq!(take_faults(), [expected]);
}

/// The message of an observer that is given a changed schema or array.
fn observed(changes: Json) -> String {
    let Input { document, changes } = input(changes);
    let builder = Builder::with_changes(&document, &changes).unwrap();
    // SAFETY: no change makes the kit read what is not there.
    let error = unsafe {
        Observer::new(builder.schema().unwrap(), None)
            .and_then(|mut observer| observer.batch(builder.batch(0).unwrap(), &Metadata::default()))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(take_faults(), [error.as_str()]);
    error
}

#[test]
fn changed_structures_are_released_like_others_and_refused_by_an_observer() {
    let _turn = turn();
    let table = [
        (
            json!({"set": "schema.children[0].format", "to": "zz"}),
            r#"column "i": the format string is `zz`, which names no type (clause cdata-format-unknown)"#,
        ),
        (
            json!({"set": "schema.children[0].format", "to": null}),
            r#"column "i": the format string is NULL (clause cdata-format-unknown)"#,
        ),
        (
            json!({"set": "schema.children[0].flags", "to": 3}),
            r#"column "i": flags has 1, which means nothing for int32 (clause cdata-flags)"#,
        ),
        (
            json!({"set": "schema.children[2].dictionary.flags", "to": 10}),
            r#"column "d": flags has 8, which means nothing for utf8 (clause cdata-flags)"#,
        ),
        (
            json!({"set": "schema.children[0].metadata", "hex": "00000000"}),
            r#"column "i": there are no metadata, and the pointer is not NULL (clause cdata-metadata-null-when-absent)"#,
        ),
        (
            json!({"set": "schema.children[0].metadata", "hex": "ffffffff"}),
            r#"column "i": the metadata announce -1 pairs (clause cdata-metadata-encoding)"#,
        ),
        (
            json!({"set": "schema.children[1].children[0]", "to": null}),
            r#"column "l": child 0 is NULL (clause cdata-children-count)"#,
        ),
        (
            json!({"release": "schema.children[1].children[0]"}),
            r#"column "l": child 0 is released (clause cdata-released-input)"#,
        ),
        (
            json!({"set": "array[0].children[0].n_buffers", "to": 1}),
            r#"column "i": n_buffers is 1, expected 2 (clause cdata-n-buffers)"#,
        ),
        (
            json!({"set": "array[0].children[0].buffers[1]", "to": null}),
            r#"column "i": buffer 1 is NULL, expected 8 bytes (clause cdata-buffer-null)"#,
        ),
        (
            json!({"set": "array[0].children[2].dictionary", "to": null}),
            r#"column "d": the array has no dictionary (clause cdata-dictionary-pointer)"#,
        ),
        (
            json!({"set": "array[0].children[2].dictionary.offset", "to": -1}),
            r#"column "d": the dictionary: offset of the array is -1 (clause cdata-offset-nonneg)"#,
        ),
        (
            json!({"release": "array[0].children[1]"}),
            r#"column "l": the array is released (clause cdata-released-input)"#,
        ),
    ];
    for (change, expected) in table {
        assert_eq!(observed(json!([change])), expected);
    }
}

#[test]
fn changes_that_change_nothing_are_errors() {
    let _turn = turn();
    let message = |changes: Json| {
        let mut text = json!({"schema": {"fields": [], "metadata": []}, "batches": []});
        text[CHANGED] = changes;
        match Input::from_json(text.to_string().as_bytes()) {
            Err(error) => error.to_string(),
            Ok(Input { document, changes }) => build_changed_stream(&document, &changes).err().unwrap().to_string(),
        }
    };
    let operations = "`{set: PATH, to: VALUE}`, `{set: PATH, hex: BYTES}`, `{release: PATH}` or `{stream: {fail: …}}`";
    assert_eq!(
        message(json!([{"get": "schema"}])),
        format!(r#"$.cdata[0]: expected {operations}, found {{"get":"schema"}}"#)
    );
    assert_eq!(
        message(json!([{"set": "batch[0].length", "to": 1}])),
        "$.cdata[0]: expected `schema…` or `array[i]…`, found `batch[0].length`"
    );
    assert_eq!(
        message(json!([{"set": "schema.children[0].name", "to": null}])),
        "$.cdata[0]: expected child 0, found 0 children"
    );
    assert_eq!(
        message(json!([{"set": "schema.length", "to": 1}])),
        "$.cdata[0]: expected a member of ArrowSchema and a value for it, found `length` and 1"
    );
    assert_eq!(
        message(json!([{"set": "schema.metadata", "hex": "0"}])),
        r#"$.cdata[0].hex: expected pairs of hex digits, found "0""#
    );
}

#[test]
fn a_stream_fails_where_it_is_told_to() {
    let _turn = turn();
    let fail = json!([{"stream": {"fail": {"at": 1, "code": 5, "message": null}}}]);
    let Input { document, changes } = input(fail);
    let built = build_changed_stream(&document, &changes).unwrap();
    // SAFETY: the stream is the kit's own.
    let mut puller = unsafe { Puller::new(built) }.unwrap();
    drop(puller.schema().unwrap());
    assert!(puller.next().unwrap().is_some());
    let error = puller.next().err().unwrap().to_string();
    assert_eq!(error, "get_next of the stream failed with code 5: Input/output error (os error 5)");
    drop(puller);
    let fail = json!([{"stream": {"fail": {"at": "schema", "code": 12, "message": "no room"}}}]);
    let changes = Changes::from_json(&fail).unwrap();
    // SAFETY: as above.
    let mut checked = unsafe { check_stream(build_changed_stream(&document, &changes).unwrap()) }.unwrap();
    let raw = raw_stream(&mut checked);
    let mut schema = ArrowSchema::released();
    // SAFETY: the stream is live.
    unsafe {
        assert_eq!(raw.get_schema.unwrap()(raw, raw_schema(&mut schema)), 12);
        assert_eq!(CStr::from_ptr(raw.get_last_error.unwrap()(raw)), c"no room");
    }
    drop(checked);
    no_faults();
}

/// What a stream of a careless producer does.
#[derive(Default)]
struct Careless {
    schemas: u32,
    /// Calls of `get_next`.
    calls: u32,
    other_schema: bool,
    more_after_the_end: bool,
    writes_nothing: bool,
    code: c_int,
    message: CString,
}

impl Careless {
    fn stream(self) -> ArrowArrayStream {
        let raw = RawStream {
            get_schema: Some(Self::get_schema),
            get_next: Some(Self::get_next),
            get_last_error: Some(Self::get_last_error),
            release: Some(Self::release),
            private_data: Box::into_raw(Box::new(self)).cast(),
        };
        // SAFETY: both are the struct of the C Stream Interface.
        unsafe { ptr::read(ptr::from_ref(&raw).cast()) }
    }

    unsafe extern "C" fn get_schema(stream: *mut RawStream, out: *mut RawSchema) -> c_int {
        // SAFETY: made by `stream`.
        let this = unsafe { &mut *(*stream).private_data.cast::<Self>() };
        this.schemas += 1;
        let mut schema = Builder::new(&document()).unwrap().schema().unwrap();
        if this.other_schema && this.schemas > 1 {
            raw_schema(&mut schema).metadata = ptr::null();
        }
        // SAFETY: `out` is for a schema.
        unsafe { ptr::write(out.cast(), schema) };
        0
    }

    unsafe extern "C" fn get_next(stream: *mut RawStream, out: *mut RawArray) -> c_int {
        // SAFETY: made by `stream`.
        let this = unsafe { &mut *(*stream).private_data.cast::<Self>() };
        this.calls += 1;
        if this.code != 0 {
            return this.code;
        }
        if this.writes_nothing {
            return 0;
        }
        let end = this.calls == 2 || this.calls > 2 && !this.more_after_the_end;
        let array = if end { ArrowArray::released() } else { array() };
        // SAFETY: `out` is for an array.
        unsafe { ptr::write(out.cast(), array) };
        0
    }

    unsafe extern "C" fn get_last_error(stream: *mut RawStream) -> *const c_char {
        // SAFETY: made by `stream`.
        unsafe { (*(*stream).private_data.cast::<Self>()).message.as_ptr() }
    }

    /// Forgets to mark the stream.
    unsafe extern "C" fn release(stream: *mut RawStream) {
        // SAFETY: made by `stream`.
        drop(unsafe { Box::from_raw((*stream).private_data.cast::<Self>()) });
    }
}

const UNMARKED: &str =
    "the release callback of an ArrowArrayStream does not mark it as released (clause cstream-release)";

fn pulled(stream: Careless) -> (Vec<String>, Vec<String>) {
    let mut errors = Vec::new();
    {
        // SAFETY: what is wrong with the stream does not keep it from being called.
        let mut puller = unsafe { Puller::new(stream.stream()) }.unwrap();
        drop(puller.schema().unwrap());
        loop {
            match puller.next() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    errors.push(error.to_string());
                    break;
                }
            }
        }
    }
    (errors, take_faults())
}

#[test]
fn streams_that_do_not_keep_to_the_interface_are_noticed() {
    let _turn = turn();
    let (errors, faults) = pulled(Careless::default());
    assert_eq!((errors.len(), faults), (0, vec![UNMARKED.to_owned()]));
    let (errors, faults) = pulled(Careless { other_schema: true, ..Careless::default() });
    let other = "get_schema gives another schema when it is called again (clause cstream-get-schema)";
    assert_eq!((errors.len(), faults), (0, vec![other.to_owned(), UNMARKED.to_owned()]));
    let (errors, faults) = pulled(Careless { more_after_the_end: true, ..Careless::default() });
    let more = "get_next gives an array after the end of the stream (clause cstream-get-next-after-end)";
    assert_eq!((errors.len(), faults), (0, vec![more.to_owned(), UNMARKED.to_owned()]));
    let (errors, faults) = pulled(Careless { writes_nothing: true, ..Careless::default() });
    let nothing = "get_next answers 0 and gives neither an array nor a released one (clause cstream-get-next-end)";
    assert_eq!((errors, faults), (vec![nothing.to_owned()], vec![nothing.to_owned(), UNMARKED.to_owned()]));
    let (errors, faults) = pulled(Careless { code: -1, message: c"no".to_owned(), ..Careless::default() });
    let failed = "get_next of the stream failed with code -1: no".to_owned();
    let negative = "get_next answers -1, which is no errno (clause cstream-errors-errno)".to_owned();
    assert_eq!((errors, faults), (vec![failed], vec![negative, UNMARKED.to_owned()]));
}

#[test]
fn the_last_chunk_is_given_away_when_the_stream_is_released() {
    let _turn = turn();
    // SAFETY: the stream is the kit's own.
    let mut puller = unsafe { Puller::new(stream()) }.unwrap();
    let first = puller.next().unwrap().unwrap();
    assert!(!puller.stream().is_released());
    let mut last = puller.next().unwrap().unwrap();
    assert!(puller.stream().is_released());
    // SAFETY: the values of an int32 column lie in its second buffer.
    let values = unsafe { slice::from_raw_parts((**raw_array(&mut last).children).buffers, 2) };
    // SAFETY: as above.
    assert_eq!(unsafe { values[1].cast::<i32>().read_unaligned() }, 1);
    assert!(puller.next().unwrap().is_none());
    assert!(puller.next().unwrap().is_none());
    drop((first, last, puller));
    no_faults();
}
