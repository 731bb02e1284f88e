//! Types as the format strings of C schemas say them, and the buffers that arrays of them have.

use arrowipc::abi::c_data::{ArrowArray, ArrowSchema};
use std::ffi::{CStr, c_char};

/// The buffers of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    Null,
    Bits,
    Fixed(usize),
    Variable { wide: bool },
    View,
    List { wide: bool },
    ListView { wide: bool },
    FixedSizeList(usize),
    Struct,
    Union { dense: bool, ids: Vec<i32> },
    RunEndEncoded,
}

/// A field with its children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// Format string; of the indices when there is a dictionary.
    pub format: String,
    pub name: String,
    pub flags: i64,
    /// Custom metadata as C has them.
    pub metadata: Vec<u8>,
    pub layout: Layout,
    pub children: Vec<Type>,
    pub dictionary: Option<Box<Type>>,
}

fn text(pointer: *const c_char) -> String {
    match pointer.is_null() {
        true => String::new(),
        // SAFETY: texts of a valid schema end with NUL.
        false => unsafe { CStr::from_ptr(pointer) }.to_str().expect("names are UTF-8").to_owned(),
    }
}

/// # Safety
/// The pointer is NULL or leads to encoded metadata.
unsafe fn metadata(start: *const u8) -> Vec<u8> {
    if start.is_null() {
        return Vec::new();
    }
    // SAFETY: encoded metadata are a count, then for each pair two texts behind their lengths.
    unsafe {
        let number = |at: usize| start.add(at).cast::<i32>().read_unaligned() as usize;
        let end = (0..2 * number(0)).fold(4, |at, _| at + 4 + number(at));
        std::slice::from_raw_parts(start, end).to_vec()
    }
}

impl Type {
    /// # Safety
    /// The schema is valid.
    pub unsafe fn of(schema: &ArrowSchema) -> Self {
        let format = text(schema.format);
        // SAFETY: a valid schema has `n_children` children, and its dictionary is NULL or valid.
        let (children, dictionary) = unsafe {
            let children = (0..schema.n_children as usize).map(|i| Type::of(&**schema.children.add(i))).collect();
            (children, schema.dictionary.as_ref().map(|values| Box::new(Type::of(values))))
        };
        let layout = Layout::of(&format);
        // IPC has no field for the values of a dictionary: their names and flags mean nothing.
        let dictionary = dictionary.map(|values| Box::new(Type { name: String::new(), flags: 0, ..*values }));
        // SAFETY: the metadata of a valid schema are NULL or encoded.
        let metadata = unsafe { metadata(schema.metadata.cast()) };
        Type { layout, format, name: text(schema.name), flags: schema.flags, metadata, children, dictionary }
    }

    /// The types alone: what schemas have in common whose names and flags may differ.
    pub fn formats(&self) -> String {
        let parts: Vec<String> = self.children.iter().chain(self.dictionary.as_deref()).map(Type::formats).collect();
        format!("{}({})", self.format, parts.join(";"))
    }
}

impl Layout {
    fn of(format: &str) -> Self {
        let after = |prefix: &str| format.strip_prefix(prefix);
        let number = |text: &str| text.parse().expect("a number in a format string");
        if let Some(size) = after("w:") {
            return Layout::Fixed(number(size));
        }
        if let Some(size) = after("+w:") {
            return Layout::FixedSizeList(number(size));
        }
        if let Some(ids) = after("+us:").or_else(|| after("+ud:")) {
            let ids = ids.split(',').filter(|id| !id.is_empty()).map(|id| id.parse().expect("a type id")).collect();
            return Layout::Union { dense: format.starts_with("+ud:"), ids };
        }
        if let Some(parameters) = after("d:") {
            let bits = parameters.split(',').nth(2).map_or(128, number);
            return Layout::Fixed(bits / 8);
        }
        match format {
            "n" => Layout::Null,
            "b" => Layout::Bits,
            "c" | "C" => Layout::Fixed(1),
            "s" | "S" | "e" => Layout::Fixed(2),
            "i" | "I" | "f" | "tdD" | "tts" | "ttm" | "tiM" => Layout::Fixed(4),
            "l" | "L" | "g" | "tdm" | "ttu" | "ttn" | "tDs" | "tDm" | "tDu" | "tDn" | "tiD" => Layout::Fixed(8),
            "tin" => Layout::Fixed(16),
            _ if format.starts_with("ts") => Layout::Fixed(8),
            "z" | "u" => Layout::Variable { wide: false },
            "Z" | "U" => Layout::Variable { wide: true },
            "vz" | "vu" => Layout::View,
            "+l" | "+m" => Layout::List { wide: false },
            "+L" => Layout::List { wide: true },
            "+vl" => Layout::ListView { wide: false },
            "+vL" => Layout::ListView { wide: true },
            "+s" => Layout::Struct,
            "+r" => Layout::RunEndEncoded,
            other => panic!("an unknown format string: {other}"),
        }
    }

    /// Whether the first buffer is the validity bitmap.
    pub fn has_validity(&self) -> bool {
        !matches!(self, Layout::Null | Layout::Union { .. } | Layout::RunEndEncoded)
    }
}

/// An array with its type.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub ty: &'a Type,
    pub array: &'a ArrowArray,
}

impl<'a> View<'a> {
    /// # Safety
    /// The array is valid and of this type.
    pub unsafe fn new(ty: &'a Type, array: &'a ArrowArray) -> Self {
        View { ty, array }
    }

    /// Slots of the buffers.
    pub fn end(&self) -> usize {
        (self.array.offset + self.array.length) as usize
    }

    pub fn child(&self, index: usize) -> View<'a> {
        assert!((index as i64) < self.array.n_children);
        // SAFETY: a valid array has `n_children` children.
        View { ty: &self.ty.children[index], array: unsafe { &**self.array.children.add(index) } }
    }

    pub fn dictionary(&self) -> Option<View<'a>> {
        let ty = self.ty.dictionary.as_deref()?;
        // SAFETY: an array of a dictionary-encoded type has a dictionary.
        Some(View { ty, array: unsafe { self.array.dictionary.as_ref() }.expect("a dictionary") })
    }

    /// `length` bytes of buffer `index`.
    pub fn buffer(&self, index: usize, length: usize) -> &'a [u8] {
        assert!((index as i64) < self.array.n_buffers);
        // SAFETY: a valid array has `n_buffers` buffers.
        let pointer = unsafe { *self.array.buffers.add(index) }.cast::<u8>();
        if length == 0 {
            return &[];
        }
        assert!(!pointer.is_null(), "buffer {index} of {} bytes is NULL", length);
        // SAFETY: a valid array has that many bytes there, which is what the sanitizer checks.
        unsafe { std::slice::from_raw_parts(pointer, length) }
    }

    pub fn validity(&self) -> Option<&'a [u8]> {
        if !self.ty.layout.has_validity() {
            return None;
        }
        // SAFETY: a type with validity has at least one buffer.
        let present = unsafe { !(*self.array.buffers).is_null() };
        present.then(|| self.buffer(0, self.end().div_ceil(8)))
    }

    /// Data buffers of a view type.
    pub fn variadic(&self) -> Vec<&'a [u8]> {
        let count = self.array.n_buffers as usize - 3;
        let lengths = self.buffer(count + 2, count * 8);
        (0..count).map(|i| self.buffer(i + 2, integer(lengths, i, 8) as usize)).collect()
    }
}

/// Signed integer `index` of a buffer of integers of `width` bytes.
pub fn integer(bytes: &[u8], index: usize, width: usize) -> i64 {
    let value = &bytes[index * width..(index + 1) * width];
    let mut extended = [if value[width - 1] & 0x80 != 0 { 0xFF } else { 0 }; 8];
    extended[..width].copy_from_slice(value);
    i64::from_le_bytes(extended)
}
