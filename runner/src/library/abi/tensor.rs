//! Tensors: what one is, readers, writers.

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char, c_void};
use std::marker::PhantomData;
use std::os::fd::BorrowedFd;
use std::ptr;

use arrowipc_kit::cdata::{TensorKind, TensorMemory};
use arrowipc_kit::value::{ParseError, Tensor, Text};

use super::failure::Failure;
use super::load::{Library, text};
use super::metadata::{self, Encoded};
use super::options::Options;
use super::sink::Sink;
use super::source::Source;
use super::symbols::{TensorDescription, TensorHandle, TensorReaderHandle, TensorWriterHandle};
use super::writer::{Finished, Memory};

/// The kinds in the order of `ARROWIPC_TENSOR_*`, from 0.
const KINDS: [TensorKind; 5] = [TensorKind::Dense, TensorKind::Coo, TensorKind::Csr, TensorKind::Csc, TensorKind::Csf];

/// Why a tensor that was read cannot be told.
#[derive(Debug)]
pub enum TensorError {
    /// The library does not hand it out.
    Failed(Failure),
    /// What the library hands out contradicts itself.
    Contradiction(ParseError),
}

/// An `arrowipc_tensor_reader` object.
pub struct TensorReader {
    library: Library,
    handle: *mut TensorReaderHandle,
}

impl TensorReader {
    /// Reads nothing yet.
    pub fn open(source: Source, options: &Options) -> Result<Self, Failure> {
        let library = source.library();
        let mut handle = ptr::null_mut();
        library.call(|symbols, error| {
            // SAFETY: the source is consumed by the call, also when it fails; the options are copied.
            unsafe { (symbols.tensor_reader_open)(source.into_raw(), options.as_ptr(), &mut handle, error) }
        })?;
        Ok(Self { library, handle })
    }

    /// The next tensor; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Tensor>, TensorError> {
        let mut tensor = ptr::null_mut();
        let answer = self.library.call(|symbols, error| {
            // SAFETY: the handle is open and used by this call alone.
            unsafe { (symbols.tensor_reader_next)(self.handle, &mut tensor, error) }
        });
        answer.map_err(TensorError::Failed)?;
        if tensor.is_null() {
            return Ok(None);
        }
        let tensor = Held { library: self.library, handle: tensor };
        // SAFETY: the tensor is open; its description lives as long as it does.
        let description = unsafe { (self.library.symbols().tensor_describe)(tensor.handle).as_ref() };
        let Some(description) = description else {
            let failure = Failure::of_host(self.library, "a tensor has no description".into());
            return Err(TensorError::Failed(failure));
        };
        // SAFETY: the library promises that the description is as the header says; the memory is read while the tensor is held.
        let memory = unsafe { view(self.library, description) }.map_err(TensorError::Failed)?;
        memory.read().map(Some).map_err(TensorError::Contradiction)
    }
}

impl Drop for TensorReader {
    fn drop(&mut self) {
        // SAFETY: the handle is open.
        unsafe { (self.library.symbols().tensor_reader_free)(self.handle) };
    }
}

/// An `arrowipc_tensor` object.
struct Held {
    library: Library,
    handle: *mut TensorHandle,
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: the handle is open.
        unsafe { (self.library.symbols().tensor_free)(self.handle) };
    }
}

/// `n` elements at an address; NULL is none.
///
/// # Safety
///
/// `start` is NULL or points to `n` elements, which live for `'a`.
unsafe fn list<'a, T>(start: *const T, n: usize) -> &'a [T] {
    if start.is_null() || n == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(start, n) }
}

/// What a description says.
///
/// # Safety
///
/// The description is as `arrowipc.h` says, and what it points to lives for `'a`.
unsafe fn view<'a>(library: Library, of: &'a TensorDescription) -> Result<TensorMemory<'a>, Failure> {
    let kind = usize::try_from(of.layout).ok().and_then(|layout| KINDS.get(layout));
    let kind = *kind.ok_or_else(|| Failure::of_host(library, format!("a tensor has the layout {}", of.layout)))?;
    // SAFETY: the caller's promise: each pointer is NULL or leads to as many elements as its number says, each text ends with NUL.
    unsafe {
        let buffers = |pointers: *const *const c_void, sizes: *const usize, n: usize| -> Vec<Cow<'a, [u8]>> {
            let sizes = list(sizes, n).iter();
            list(pointers, n).iter().zip(sizes).map(|(start, size)| list(start.cast::<u8>(), *size).into()).collect()
        };
        let names = list(of.dim_names, of.n_dims).iter();
        let names = names.map(|name| match name.is_null() {
            true => Text::default(),
            false => CStr::from_ptr(*name).to_bytes().to_vec().into(),
        });
        let mut names: Vec<Text> = names.collect();
        names.resize(of.n_dims, Text::default());
        let strides = |start: *const i64, n: usize| (!start.is_null()).then(|| list(start, n).to_vec());
        let csf = kind == TensorKind::Csf;
        Ok(TensorMemory {
            kind,
            format: text(of.format).unwrap_or_default(),
            shape: list(of.shape, of.n_dims).to_vec(),
            names,
            strides: strides(of.strides, of.n_dims),
            data: list(of.data.cast::<u8>(), of.data_size).into(),
            non_zero_length: of.non_zero_length,
            canonical: of.canonical == 1,
            indptr_format: text(of.indptr_format).unwrap_or_default(),
            indptr: buffers(of.indptr, of.indptr_sizes, of.n_indptr),
            indices_format: text(of.indices_format).unwrap_or_default(),
            indices: buffers(of.indices, of.indices_sizes, of.n_indices),
            indices_strides: strides(of.indices_strides, 2).and_then(|strides| strides.try_into().ok()),
            axis_order: if csf { list(of.axis_order, of.n_dims).to_vec() } else { Vec::new() },
            metadata: metadata::read(library, of.metadata)?,
        })
    }
}

/// An `arrowipc_tensor_writer` object; `'a` is the descriptor that its sink borrows, if it does.
pub struct TensorWriter<'a> {
    library: Library,
    handle: *mut TensorWriterHandle,
    borrowed: PhantomData<BorrowedFd<'a>>,
}

impl<'a> TensorWriter<'a> {
    /// Writes nothing yet.
    pub fn open(sink: Sink<'a>, options: &Options) -> Result<Self, Failure> {
        let library = sink.library();
        let mut handle = ptr::null_mut();
        library.call(|symbols, error| {
            // SAFETY: the sink is consumed by the call, also when it fails; the options are copied.
            unsafe { (symbols.tensor_writer_open)(sink.into_raw(), options.as_ptr(), &mut handle, error) }
        })?;
        Ok(Self { library, handle, borrowed: PhantomData })
    }

    /// Writes a tensor.
    pub fn write(&mut self, memory: &TensorMemory) -> Result<(), Failure> {
        let c_text = |text: &[u8]| {
            CString::new(text).map_err(|_| Failure::of_host(self.library, "a text contains a NUL byte".into()))
        };
        let formats = [&memory.format, &memory.indptr_format, &memory.indices_format];
        let formats = formats.map(|format| c_text(format.as_bytes()));
        let [format, indptr_format, indices_format] = formats;
        let (format, indptr_format, indices_format) = (format?, indptr_format?, indices_format?);
        let names = memory.names.iter().map(|name| match name.as_bytes() {
            [] => Ok(None),
            name => c_text(name).map(Some),
        });
        let names = names.collect::<Result<Vec<Option<CString>>, Failure>>()?;
        let names: Vec<*const c_char> =
            names.iter().map(|name| name.as_ref().map_or(ptr::null(), |name| name.as_ptr())).collect();
        let metadata = Encoded::new(self.library, &memory.metadata)?;
        let buffers = |buffers: &[Cow<[u8]>]| -> (Vec<*const c_void>, Vec<usize>) {
            buffers.iter().map(|buffer| (buffer.as_ptr().cast(), buffer.len())).unzip()
        };
        let (indptr, indices) = (buffers(&memory.indptr), buffers(&memory.indices));
        let of_kind = |format: &CString, text: &str| if text.is_empty() { ptr::null() } else { format.as_ptr() };
        let layout = KINDS.iter().position(|kind| *kind == memory.kind).unwrap_or_default();
        let description = TensorDescription {
            struct_size: size_of::<TensorDescription>(),
            layout: layout as i32,
            canonical: 0,
            format: format.as_ptr(),
            n_dims: memory.shape.len(),
            shape: memory.shape.as_ptr(),
            dim_names: names.as_ptr(),
            strides: memory.strides.as_ref().map_or(ptr::null(), |strides| strides.as_ptr()),
            data: memory.data.as_ptr().cast(),
            data_size: memory.data.len(),
            non_zero_length: memory.non_zero_length,
            indptr_format: of_kind(&indptr_format, &memory.indptr_format),
            n_indptr: indptr.0.len(),
            indptr: indptr.0.as_ptr(),
            indptr_sizes: indptr.1.as_ptr(),
            indices_format: of_kind(&indices_format, &memory.indices_format),
            n_indices: indices.0.len(),
            indices: indices.0.as_ptr(),
            indices_sizes: indices.1.as_ptr(),
            indices_strides: memory.indices_strides.as_ref().map_or(ptr::null(), |strides| strides.as_ptr()),
            axis_order: if memory.axis_order.is_empty() { ptr::null() } else { memory.axis_order.as_ptr() },
            metadata: metadata.as_ptr(),
        };
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open and used by this call alone; everything that the description points to lives until here.
            unsafe { (symbols.tensor_writer_write)(self.handle, &description, error) }
        })
    }

    /// Flushes.
    pub fn finish(&mut self) -> Result<(), Failure> {
        // SAFETY: the handle is open and used by this call alone.
        self.library.call(|symbols, error| unsafe { (symbols.tensor_writer_finish)(self.handle, error) })
    }
}

impl Finished for TensorWriter<'_> {
    fn take_memory(&mut self) -> Result<Memory, Failure> {
        let (mut data, mut length) = (ptr::null_mut(), 0);
        self.library.call(|symbols, error| {
            // SAFETY: the handle is open and used by this call alone.
            unsafe { (symbols.tensor_writer_take_memory)(self.handle, &mut data, &mut length, error) }
        })?;
        // SAFETY: the call handed the block over.
        Ok(unsafe { Memory::new(self.library, data, length) })
    }
}

impl Drop for TensorWriter<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is open.
        unsafe { (self.library.symbols().tensor_writer_free)(self.handle) };
    }
}
