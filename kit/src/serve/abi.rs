//! Adapters in C: `arrowipc_kit_serve` of `include/arrowipc_kit.h`.
//!
//! Structs of requests live while the callback runs that is given them; the call lives until the request is answered, so that
//! the callbacks of the stream that an adapter hands out may use it.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use serde_json::{Map, Value as Json, json};

use super::{Adapter, Call, Failure, Phase, Read, Write, serve};
use crate::cdata::{ArrowArrayStream, decode_metadata, encode_metadata};
use crate::ffi::{guard, not_null};
use crate::value::Metadata;

/// `struct arrowipc_kit_adapter`.
#[repr(C)]
pub struct AdapterAbi {
    hello: *const c_char,
    read: Option<unsafe extern "C" fn(*mut c_void, *mut CallAbi, *const ReadAbi, *mut ArrowArrayStream) -> c_int>,
    write: Option<unsafe extern "C" fn(*mut c_void, *mut CallAbi, *const WriteAbi, *mut ArrowArrayStream) -> c_int>,
    echo: Option<
        unsafe extern "C" fn(
            *mut c_void,
            *mut CallAbi,
            *const c_char,
            *mut ArrowArrayStream,
            *mut ArrowArrayStream,
        ) -> c_int,
    >,
    transcode: Option<unsafe extern "C" fn(*mut c_void, *mut CallAbi, *const ReadAbi, *const WriteAbi) -> c_int>,
    other: Option<unsafe extern "C" fn(*mut c_void, *mut CallAbi, *const c_char) -> c_int>,
    feature_of: Option<unsafe extern "C" fn(*mut c_void, c_int, *const c_char) -> *const c_char>,
    reset: Option<unsafe extern "C" fn(*mut c_void) -> i64>,
    own: *mut c_void,
}

/// `struct arrowipc_kit_read`.
#[repr(C)]
struct ReadAbi {
    path: *const c_char,
    format: *const c_char,
    source: *const c_char,
    access: *const c_char,
    validate: *const c_char,
    via: *const c_char,
    order: *const i64,
    n_order: i64,
    projection: *const i64,
    n_projection: i64,
}

/// `struct arrowipc_kit_write`.
#[repr(C)]
struct WriteAbi {
    path: *const c_char,
    format: *const c_char,
    sink: *const c_char,
    compression: *const c_char,
    compression_level: i64,
    alignment: i64,
    metadata_version: i64,
    legacy: i64,
    dictionaries: *const c_char,
    footer_metadata: *const c_char,
    onto: *const c_char,
}

/// `ARROWIPC_KIT_OPEN`: a number that the request leaves open.
const OPEN: i64 = i64::MIN;

/// `struct arrowipc_kit_call`.
#[repr(C)]
struct CallAbi {
    reject: unsafe extern "C" fn(*mut CallAbi, *const c_char, *const c_char, *const c_char) -> c_int,
    unsupported: unsafe extern "C" fn(*mut CallAbi, *const c_char, *const c_char) -> c_int,
    fail: unsafe extern "C" fn(*mut CallAbi, *const c_char) -> c_int,
    fact: unsafe extern "C" fn(*mut CallAbi, *const c_char, *const c_char),
    answer: unsafe extern "C" fn(*mut CallAbi, *const c_char, *const c_char),
    batch_metadata: unsafe extern "C" fn(*mut CallAbi, i64) -> *const c_char,
    set_batch_metadata: unsafe extern "C" fn(*mut CallAbi, i64, *const c_char),
    private_data: *mut c_void,
}

/// Speaks protocol 1 on standard input and output until told to stop.
///
/// # Safety
///
/// `adapter` is NULL or as `include/arrowipc_kit.h` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_kit_serve(adapter: *const AdapterAbi) -> c_int {
    guard(|| {
        // SAFETY: valid for reads while this function runs, by the caller's promise.
        let callbacks = unsafe { &*not_null(adapter.cast_mut(), "adapter")? };
        // SAFETY: as above.
        let mut adapter = unsafe { Callbacks::new(callbacks)? };
        serve(&mut adapter).map_err(|error| format!("standard input or output: {error}").into())
    })
}

/// An adapter made of callbacks.
struct Callbacks<'a> {
    callbacks: &'a AdapterAbi,
    hello: Map<String, Json>,
    /// The call of the last request.
    current: Option<CurrentCall>,
}

impl<'a> Callbacks<'a> {
    /// # Safety
    ///
    /// `hello` is NULL or a C string.
    unsafe fn new(callbacks: &'a AdapterAbi) -> Result<Self, String> {
        // SAFETY: by the caller's promise.
        let text = unsafe { text(callbacks.hello) };
        let mut hello = match serde_json::from_str(&text) {
            Ok(Json::Object(hello)) => hello,
            Ok(_) => return Err(format!("`hello` is no JSON object: {text}")),
            Err(error) => return Err(format!("`hello` is no JSON object: {error}: {text}")),
        };
        let (reads, writes) = (callbacks.read.is_some(), callbacks.write.is_some());
        let transcodes = callbacks.transcode.is_some() || (reads && writes);
        let roles =
            [(writes, "produce"), (reads, "consume"), (transcodes, "transcode"), (callbacks.echo.is_some(), "echo")];
        hello.entry("roles").or_insert_with(|| chosen(&roles));
        hello.entry("observe").or_insert_with(|| chosen(&[(reads, "cdata"), (transcodes, "transcode")]));
        hello.entry("validate").or_insert_with(|| json!(["none"]));
        Ok(Callbacks { callbacks, hello, current: None })
    }

    /// The call of a request, which replaces that of the one before.
    fn call(&mut self, call: &Call) -> *mut CallAbi {
        self.current.insert(CurrentCall::new(call.clone())).0
    }
}

fn chosen(words: &[(bool, &str)]) -> Json {
    words.iter().filter(|(chosen, _)| *chosen).map(|(_, word)| *word).collect()
}

/// What a callback answered; its reason, if it gave one, is in the call.
fn outcome(name: &str, code: c_int) -> Result<(), Failure> {
    if code == 0 {
        return Ok(());
    }
    Err(Failure::Error(format!("the adapter's callback `{name}` answers {code} and says no reason")))
}

impl Adapter for Callbacks<'_> {
    fn hello(&self) -> Json {
        Json::Object(self.hello.clone())
    }

    fn read(&mut self, read: &Read, call: &Call) -> Result<ArrowArrayStream, Failure> {
        let callback = self.callbacks.read.ok_or_else(|| Failure::unsupported("cmd.consume"))?;
        let mut strings = Strings::default();
        let abi = strings.read(read);
        let mut stream = ArrowArrayStream::released();
        // SAFETY: the callback is as the header says, and what it is given lives until it returns, the call until the next one.
        let code = unsafe { callback(self.callbacks.own, self.call(call), &abi, &mut stream) };
        outcome("read", code).map(|()| stream)
    }

    fn write(&mut self, mut stream: ArrowArrayStream, write: &Write, call: &Call) -> Result<(), Failure> {
        let callback = self.callbacks.write.ok_or_else(|| Failure::unsupported("cmd.produce"))?;
        let mut strings = Strings::default();
        let abi = strings.write(write);
        // SAFETY: as in `read`. What the callback does not consume is released here.
        outcome("write", unsafe { callback(self.callbacks.own, self.call(call), &abi, &mut stream) })
    }

    fn echo(&mut self, mut input: ArrowArrayStream, validate: &str, call: &Call) -> Result<ArrowArrayStream, Failure> {
        let callback = self.callbacks.echo.ok_or_else(|| Failure::unsupported("cmd.echo"))?;
        let mut strings = Strings::default();
        let validate = strings.text(validate);
        let mut stream = ArrowArrayStream::released();
        // SAFETY: as in `write`.
        let code = unsafe { callback(self.callbacks.own, self.call(call), validate, &mut input, &mut stream) };
        outcome("echo", code).map(|()| stream)
    }

    fn transcodes(&self) -> bool {
        self.callbacks.transcode.is_some()
    }

    fn transcode(&mut self, read: &Read, write: &Write, call: &Call) -> Result<(), Failure> {
        let callback = self.callbacks.transcode.ok_or_else(|| Failure::unsupported("cmd.transcode"))?;
        let mut strings = Strings::default();
        let (read, write) = (strings.read(read), strings.write(write));
        // SAFETY: as in `read`.
        outcome("transcode", unsafe { callback(self.callbacks.own, self.call(call), &read, &write) })
    }

    fn other(&mut self, request: &Json, call: &Call) -> Result<(), Failure> {
        let command = request["cmd"].as_str().unwrap_or_default();
        let callback = self.callbacks.other.ok_or_else(|| Failure::unsupported(format!("cmd.{command}")))?;
        let mut strings = Strings::default();
        let request = strings.text(&request.to_string());
        // SAFETY: as in `read`.
        outcome("other", unsafe { callback(self.callbacks.own, self.call(call), request) })
    }

    fn feature_of(&self, code: i32, message: &str) -> Option<String> {
        let callback = self.callbacks.feature_of?;
        let mut strings = Strings::default();
        // SAFETY: as in `read`; the result is NULL or a C string.
        let feature = unsafe { callback(self.callbacks.own, code, strings.text(message)) };
        // SAFETY: as above.
        (!feature.is_null()).then(|| unsafe { text(feature) })
    }

    fn reset(&mut self) -> i64 {
        self.current = None;
        // SAFETY: the callback is as the header says.
        self.callbacks.reset.map_or(0, |reset| unsafe { reset(self.callbacks.own) })
    }
}

/// Owns what structs of requests point to. It stays where it is when the vectors grow.
#[derive(Default)]
struct Strings {
    texts: Vec<CString>,
    metadata: Vec<Vec<u8>>,
}

impl Strings {
    /// A C string; it ends at a NUL, which no path or word of the protocol has.
    fn text(&mut self, text: &str) -> *const c_char {
        self.bytes(text.as_bytes())
    }

    fn path(&mut self, path: &Path) -> *const c_char {
        self.bytes(path.as_os_str().as_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> *const c_char {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let text = CString::new(&bytes[..end]).unwrap_or_default();
        self.texts.push(text);
        self.texts.last().map_or(ptr::null(), |text| text.as_ptr())
    }

    fn read(&mut self, read: &Read) -> ReadAbi {
        let (order, n_order) = numbers(read.order.as_deref());
        let (projection, n_projection) = numbers(read.projection.as_deref());
        ReadAbi {
            path: self.path(&read.path),
            format: self.text(&read.format),
            source: self.text(&read.source),
            access: self.text(&read.access),
            validate: self.text(&read.validate),
            via: self.text(&read.via),
            order,
            n_order,
            projection,
            n_projection,
        }
    }

    fn write(&mut self, write: &Write) -> WriteAbi {
        let options = &write.options;
        WriteAbi {
            path: self.path(&write.path),
            format: self.text(&write.format),
            sink: self.text(&write.sink),
            compression: self.text(&options.compression),
            compression_level: options.compression_level.unwrap_or(OPEN),
            alignment: options.alignment.unwrap_or(OPEN),
            metadata_version: options.metadata_version,
            legacy: options.legacy.into(),
            dictionaries: self.text(&options.dictionaries),
            footer_metadata: self.encoded(&options.footer_metadata()),
            onto: write.onto.as_ref().map_or(ptr::null(), |onto| self.path(onto)),
        }
    }

    /// The binary form of metadata, NULL for none.
    fn encoded(&mut self, metadata: &Metadata) -> *const c_char {
        // Only gigabytes cannot be encoded, and those are in no line of JSON.
        let Ok(Some(encoded)) = encode_metadata(metadata) else { return ptr::null() };
        self.metadata.push(encoded);
        self.metadata.last().map_or(ptr::null(), |encoded| encoded.as_ptr().cast())
    }
}

fn numbers(numbers: Option<&[i64]>) -> (*const i64, i64) {
    numbers.map_or((ptr::null(), 0), |numbers| (numbers.as_ptr(), numbers.len() as i64))
}

/// # Safety
///
/// `text` is NULL or a C string.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: by the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A call in memory that C may point to.
struct CurrentCall(*mut CallAbi);

/// What `CallAbi.private_data` points to.
struct Private {
    call: Call,
    /// Owns the metadata that were handed out.
    strings: Strings,
}

impl CurrentCall {
    fn new(call: Call) -> Self {
        let private = Box::new(Private { call, strings: Strings::default() });
        CurrentCall(Box::into_raw(Box::new(CallAbi {
            reject,
            unsupported,
            fail,
            fact,
            answer,
            batch_metadata,
            set_batch_metadata,
            private_data: Box::into_raw(private).cast(),
        })))
    }
}

impl Drop for CurrentCall {
    fn drop(&mut self) {
        // SAFETY: both are from `new`, and freed once; the adapter's use of them ended with the answer.
        unsafe {
            let call = Box::from_raw(self.0);
            drop(Box::from_raw(call.private_data.cast::<Private>()));
        }
    }
}

/// # Safety
///
/// `call` is from `CurrentCall::new` and not freed, and not used by another thread meanwhile.
unsafe fn private<'a>(call: *mut CallAbi) -> &'a mut Private {
    // SAFETY: by the caller's promise.
    unsafe { &mut *(*call).private_data.cast::<Private>() }
}

const EIO: c_int = 5;
const EINVAL: c_int = 22;
const ENOTSUP: c_int = 95;

/// # Safety
///
/// As for `private`; the texts are NULL or C strings. Likewise below.
unsafe extern "C" fn reject(
    call: *mut CallAbi,
    phase: *const c_char,
    kind: *const c_char,
    message: *const c_char,
) -> c_int {
    // SAFETY: by the caller's promise.
    let (call, phase, kind, message) = unsafe { (&private(call).call, text(phase), text(kind), text(message)) };
    call.refuse(match Phase::from_name(&phase) {
        Some(phase) => Failure::rejected(phase, kind, message),
        None => Failure::Error(format!("the adapter rejects in `{phase}`, which is no phase: {kind}: {message}")),
    });
    EINVAL
}

/// # Safety
///
/// As for `reject`.
unsafe extern "C" fn unsupported(call: *mut CallAbi, feature: *const c_char, message: *const c_char) -> c_int {
    // SAFETY: by the caller's promise.
    let (call, feature, message) = unsafe { (&private(call).call, text(feature), text(message)) };
    call.refuse(Failure::Unsupported { feature, message });
    ENOTSUP
}

/// # Safety
///
/// As for `reject`.
unsafe extern "C" fn fail(call: *mut CallAbi, message: *const c_char) -> c_int {
    // SAFETY: by the caller's promise.
    let (call, message) = unsafe { (&private(call).call, text(message)) };
    call.refuse(Failure::Error(message));
    EIO
}

/// # Safety
///
/// As for `reject`.
unsafe extern "C" fn fact(call: *mut CallAbi, name: *const c_char, json: *const c_char) {
    // SAFETY: by the caller's promise.
    let (call, name, value) = unsafe { (&private(call).call, text(name), value(json)) };
    call.fact(&name, value);
}

/// # Safety
///
/// As for `reject`.
unsafe extern "C" fn answer(call: *mut CallAbi, name: *const c_char, json: *const c_char) {
    // SAFETY: by the caller's promise.
    let (call, name, value) = unsafe { (&private(call).call, text(name), value(json)) };
    call.answer(&name, value);
}

/// JSON; what is none is a text.
///
/// # Safety
///
/// As for `text`.
unsafe fn value(json: *const c_char) -> Json {
    // SAFETY: by the caller's promise.
    let json = unsafe { text(json) };
    serde_json::from_str(&json).unwrap_or(Json::String(json))
}

/// # Safety
///
/// As for `reject`.
unsafe extern "C" fn batch_metadata(call: *mut CallAbi, batch: i64) -> *const c_char {
    // SAFETY: by the caller's promise.
    let private = unsafe { private(call) };
    let metadata = u64::try_from(batch).map(|batch| private.call.batch_metadata(batch)).unwrap_or_default();
    private.strings.encoded(&metadata)
}

/// # Safety
///
/// As for `reject`; `encoded` is NULL or metadata in their binary form.
unsafe extern "C" fn set_batch_metadata(call: *mut CallAbi, batch: i64, encoded: *const c_char) {
    // SAFETY: by the caller's promise.
    let (call, metadata) = unsafe { (&private(call).call, decode_metadata(encoded)) };
    match (u64::try_from(batch), metadata) {
        (Ok(batch), Ok(metadata)) => call.set_batch_metadata(batch, metadata),
        (Err(_), _) => call.refuse(Failure::Error(format!("the adapter sets the metadata of batch {batch}"))),
        (_, Err(error)) => call.refuse(Failure::Error(format!("metadata of batch {batch}: {error}"))),
    }
}
