//! `src/peer.h` of the benchmark, in Rust.

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;

pub const FAILED: c_int = 1;
pub const UNSUPPORTED: c_int = 2;

#[repr(C)]
pub struct Error {
    text: [u8; 1024],
}

impl Error {
    pub fn set(&mut self, message: &str) {
        let n = message.len().min(self.text.len() - 1);
        self.text[..n].copy_from_slice(&message.as_bytes()[..n]);
        self.text[n] = 0;
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Settings {
    pub file: i32,
    pub compression: i32,
    pub threads: i32,
    pub checks: i32,
    pub buffered: i32,
    /// Nothing to do: buffers are put in front on demand only.
    _at_once: i32,
    columns: *const i32,
    n_columns: usize,
}

impl Settings {
    pub fn columns(&self) -> Option<Vec<usize>> {
        if self.columns.is_null() {
            return None;
        }
        // SAFETY: the benchmark says how many there are.
        let columns = unsafe { std::slice::from_raw_parts(self.columns, self.n_columns) };
        Some(columns.iter().map(|&i| i as usize).collect())
    }

    pub fn unchecked(&self) -> bool {
        self.checks == 0
    }
}

#[repr(C)]
#[derive(Clone, Copy, PartialEq)]
pub enum InputKind {
    File,
    Map,
    Memory,
    Descriptor,
    Pushed,
}

#[repr(C)]
pub struct Input {
    pub kind: InputKind,
    path: *const c_char,
    data: *const u8,
    size: usize,
    pub piece: usize,
    pub fd: c_int,
}

impl Input {
    pub fn path(&self) -> &Path {
        path(self.path)
    }

    pub fn data(&self) -> &'static [u8] {
        // SAFETY: the benchmark keeps the bytes for as long as any array.
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }
}

#[repr(C)]
#[derive(Clone, Copy, PartialEq)]
pub enum OutputKind {
    File,
    Memory,
    Descriptor,
}

#[repr(C)]
pub struct Output {
    pub kind: OutputKind,
    path: *const c_char,
    pub fd: c_int,
    memory: Option<unsafe extern "C" fn(*mut c_void, *const u8, usize)>,
    ctx: *mut c_void,
}

impl Output {
    pub fn path(&self) -> &Path {
        path(self.path)
    }

    pub fn hand_over(&self, bytes: &[u8]) {
        if let Some(memory) = self.memory {
            // SAFETY: the function takes its context and the bytes for the call.
            unsafe { memory(self.ctx, bytes.as_ptr(), bytes.len()) }
        }
    }
}

#[repr(C)]
pub struct Batches {
    schema: unsafe extern "C" fn(*mut c_void, *mut FFI_ArrowSchema),
    get: unsafe extern "C" fn(*mut c_void, i64, *mut FFI_ArrowArray),
    pub count: i64,
    ctx: *mut c_void,
}

impl Batches {
    pub fn schema(&self) -> FFI_ArrowSchema {
        let mut schema = FFI_ArrowSchema::empty();
        // SAFETY: the function stores a schema, over one that owns nothing.
        unsafe { (self.schema)(self.ctx, &mut schema) };
        schema
    }

    pub fn get(&self, i: i64) -> FFI_ArrowArray {
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: the function stores an array, over one that owns nothing.
        unsafe { (self.get)(self.ctx, i, &mut array) };
        array
    }
}

#[repr(C)]
pub struct Taker {
    take: unsafe extern "C" fn(*mut c_void, *mut FFI_ArrowArray),
    ctx: *mut c_void,
}

impl Taker {
    pub fn take(&self, array: FFI_ArrowArray) {
        let mut array = std::mem::ManuallyDrop::new(array);
        // SAFETY: the function consumes the array, which is not dropped here.
        unsafe { (self.take)(self.ctx, &mut *array) };
    }
}

#[repr(C)]
pub struct Peer {
    pub name: *const c_char,
    pub version: *const c_char,
    pub write: unsafe extern "C" fn(*const Settings, *const Output, *const Batches, *mut Error) -> c_int,
    pub read: unsafe extern "C" fn(*const Settings, *const Input, *const Taker, *mut Error) -> c_int,
    pub open: unsafe extern "C" fn(*const Settings, *const Input, *mut *mut c_void, *mut Error) -> c_int,
    pub get: unsafe extern "C" fn(*mut c_void, i64, *mut FFI_ArrowArray, *mut Error) -> c_int,
    pub close: unsafe extern "C" fn(*mut c_void),
    pub copied: Option<unsafe extern "C" fn() -> i64>,
}

// SAFETY: the pointers are to constants.
unsafe impl Sync for Peer {}

fn path<'a>(text: *const c_char) -> &'a Path {
    // SAFETY: the benchmark's paths end with NUL and outlive the call.
    let text = unsafe { CStr::from_ptr(text) };
    Path::new(std::str::from_utf8(text.to_bytes()).expect("paths of the benchmark are UTF-8"))
}
