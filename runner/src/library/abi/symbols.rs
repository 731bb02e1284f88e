//! The functions of `arrowipc.h`, resolved in a shared library.

use std::ffi::{c_char, c_void};

use arrowipc_kit::cdata::{ArrowArray, ArrowArrayStream, ArrowSchema};

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident;)+) => {
        $($(#[$doc])* #[repr(C)] pub struct $name { _opaque: [u8; 0] })+
    };
}

handles! {
    /// `arrowipc_error`.
    ErrorHandle;
    /// `arrowipc_options`.
    OptionsHandle;
    /// `arrowipc_source`.
    SourceHandle;
    /// `arrowipc_sink`.
    SinkHandle;
    /// `arrowipc_reader`.
    ReaderHandle;
    /// `arrowipc_writer`.
    WriterHandle;
    /// `arrowipc_tensor`.
    TensorHandle;
    /// `arrowipc_tensor_reader`.
    TensorReaderHandle;
    /// `arrowipc_tensor_writer`.
    TensorWriterHandle;
}

/// Integer options of `arrowipc_options_set_int`.
pub mod key {
    /// Format of a writer, or expected by a reader: [`super::FORMAT_STREAM`], [`super::FORMAT_FILE`].
    pub const FORMAT: i32 = 1;
    /// Checks of a reader: 0 trusted, 1 layout, 2 full.
    pub const VALIDATION: i32 = 2;
    /// Alignment of buffers in bytes.
    pub const ALIGNMENT: i32 = 10;
    /// 0 none, 1 LZ4_FRAME, 2 ZSTD.
    pub const COMPRESSION: i32 = 11;
    /// Level of ZSTD.
    pub const COMPRESSION_LEVEL: i32 = 12;
    /// 4 or 5.
    pub const METADATA_VERSION: i32 = 14;
    /// 1: no continuation marker.
    pub const LEGACY_FRAMING: i32 = 15;
    /// 0 replace, 1 delta, 2 unify.
    pub const DICTIONARIES: i32 = 16;
}

/// The stream format.
pub const FORMAT_STREAM: i32 = 1;
/// The file format.
pub const FORMAT_FILE: i32 = 2;

/// `arrowipc_source_callbacks`.
#[repr(C)]
pub struct SourceCallbacks {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// Reads on; `*out == 0` is the end.
    pub read: unsafe extern "C" fn(context: *mut c_void, buffer: *mut u8, n: usize, out: *mut usize) -> i32,
    /// Reads anywhere, also concurrently.
    pub read_at: Option<
        unsafe extern "C" fn(context: *mut c_void, offset: u64, buffer: *mut u8, n: usize, out: *mut usize) -> i32,
    >,
    /// Size of the input.
    pub size: Option<unsafe extern "C" fn(context: *mut c_void, out: *mut u64) -> i32>,
    /// Ends the use of the context.
    pub release: Option<unsafe extern "C" fn(context: *mut c_void)>,
}

/// `arrowipc_sink_callbacks`.
#[repr(C)]
pub struct SinkCallbacks {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// Takes up to `n` bytes and says how many.
    pub write: unsafe extern "C" fn(context: *mut c_void, buffer: *const u8, n: usize, out: *mut usize) -> i32,
    /// Called after the last byte.
    pub flush: Option<unsafe extern "C" fn(context: *mut c_void) -> i32>,
    /// Ends the use of the context.
    pub release: Option<unsafe extern "C" fn(context: *mut c_void)>,
}

/// `arrowipc_read_statistics`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadStatistics {
    /// Encapsulated messages.
    pub messages: i64,
    /// Record batches.
    pub batches: i64,
    /// Dictionary batches, deltas and replacements included.
    pub dictionaries: i64,
    /// Of these, deltas.
    pub deltas: i64,
    /// Of these, replacements.
    pub replacements: i64,
    /// Bytes taken from the source.
    pub bytes_read: i64,
    /// Bytes that decompression made.
    pub bytes_decompressed: i64,
    /// Body bytes copied.
    pub bytes_copied: i64,
}

/// `arrowipc_tensor_description`; what its members are, `arrowipc.h` says.
#[repr(C)]
#[allow(missing_docs, reason = "arrowipc.h describes the members")]
pub struct TensorDescription {
    pub struct_size: usize,
    pub layout: i32,
    pub canonical: i32,
    pub format: *const c_char,
    pub n_dims: usize,
    pub shape: *const i64,
    pub dim_names: *const *const c_char,
    pub strides: *const i64,
    pub data: *const c_void,
    pub data_size: usize,
    pub non_zero_length: i64,
    pub indptr_format: *const c_char,
    pub n_indptr: usize,
    pub indptr: *const *const c_void,
    pub indptr_sizes: *const usize,
    pub indices_format: *const c_char,
    pub n_indices: usize,
    pub indices: *const *const c_void,
    pub indices_sizes: *const usize,
    pub indices_strides: *const i64,
    pub axis_order: *const i32,
    pub metadata: *const c_char,
}

macro_rules! symbols {
    ($($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)+) => {
        /// The functions; a field `f` is the symbol `arrowipc_f`.
        #[allow(missing_docs, reason = "arrowipc.h describes the functions")]
        pub struct Symbols {
            $(pub $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)+
        }

        impl Symbols {
            /// Finds every function in `library`; the error is that of the first symbol it lacks.
            ///
            /// # Safety
            ///
            /// The symbols of `library` that start with `arrowipc_` have the types of `arrowipc.h`, and `library` stays
            /// loaded as long as the functions are called.
            pub unsafe fn resolve(library: &libloading::os::unix::Library) -> Result<Self, MissingSymbol> {
                Ok(Self {
                    $($name: {
                        const SYMBOL: &str = concat!("arrowipc_", stringify!($name));
                        // SAFETY: the caller vouches for the type.
                        let symbol = unsafe { library.get::<unsafe extern "C" fn($($argument),*) $(-> $result)?>(SYMBOL) };
                        *symbol.map_err(|reason| MissingSymbol { symbol: SYMBOL, reason })?
                    },)+
                })
            }
        }
    };
}

/// A function of `arrowipc.h` that a shared library does not export.
#[derive(Debug, thiserror::Error)]
#[error("does not export {symbol}: {reason}")]
pub struct MissingSymbol {
    /// The symbol looked for.
    pub symbol: &'static str,
    /// What the dynamic linker says.
    pub reason: libloading::Error,
}

symbols! {
    error_code: fn(*const ErrorHandle) -> i32;
    error_message: fn(*const ErrorHandle) -> *const c_char;
    error_errno: fn(*const ErrorHandle) -> i32;
    error_byte_offset: fn(*const ErrorHandle) -> i64;
    error_message_index: fn(*const ErrorHandle) -> i64;
    error_field_path: fn(*const ErrorHandle) -> *const c_char;
    error_clause: fn(*const ErrorHandle) -> *const c_char;
    error_free: fn(*mut ErrorHandle);
    error_from_stream: fn(*mut ArrowArrayStream) -> *const ErrorHandle;

    version: fn() -> *const c_char;
    has_feature: fn(*const c_char) -> i32;
    status_name: fn(i32) -> *const c_char;
    memory_current: fn() -> i64;
    memory_peak: fn(i32) -> i64;
    memory_free: fn(*mut u8, usize);
    metadata_free: fn(*mut c_char);

    options_new: fn() -> *mut OptionsHandle;
    options_free: fn(*mut OptionsHandle);
    options_set_int: fn(*mut OptionsHandle, i32, i64, *mut *mut ErrorHandle) -> i32;
    options_set_columns: fn(*mut OptionsHandle, *const i32, usize, *mut *mut ErrorHandle) -> i32;

    source_from_memory: fn(
        *const c_void,
        usize,
        Option<unsafe extern "C" fn(*mut c_void)>,
        *mut c_void,
        *mut *mut SourceHandle,
        *mut *mut ErrorHandle
    ) -> i32;
    source_from_path: fn(*const c_char, i32, *mut *mut SourceHandle, *mut *mut ErrorHandle) -> i32;
    source_from_fd: fn(i32, i32, *mut *mut SourceHandle, *mut *mut ErrorHandle) -> i32;
    source_from_callbacks: fn(
        *const SourceCallbacks,
        *mut c_void,
        *mut *mut SourceHandle,
        *mut *mut ErrorHandle
    ) -> i32;
    source_free: fn(*mut SourceHandle);

    sink_to_memory: fn(*mut *mut SinkHandle, *mut *mut ErrorHandle) -> i32;
    sink_to_path: fn(*const c_char, *mut *mut SinkHandle, *mut *mut ErrorHandle) -> i32;
    sink_to_fd: fn(i32, i32, *mut *mut SinkHandle, *mut *mut ErrorHandle) -> i32;
    sink_to_callbacks: fn(*const SinkCallbacks, *mut c_void, *mut *mut SinkHandle, *mut *mut ErrorHandle) -> i32;
    sink_free: fn(*mut SinkHandle);

    reader_open: fn(*mut SourceHandle, *const OptionsHandle, *mut *mut ReaderHandle, *mut *mut ErrorHandle) -> i32;
    reader_schema: fn(*const ReaderHandle, *mut ArrowSchema, *mut *mut ErrorHandle) -> i32;
    reader_next: fn(*mut ReaderHandle, *mut ArrowArray, *mut *const c_char, *mut *mut ErrorHandle) -> i32;
    reader_num_batches: fn(*const ReaderHandle, *mut i64, *mut *mut ErrorHandle) -> i32;
    reader_num_rows: fn(*const ReaderHandle, i64, *mut i64, *mut *mut ErrorHandle) -> i32;
    reader_read_at: fn(*const ReaderHandle, i64, *mut ArrowArray, *mut *mut ErrorHandle) -> i32;
    reader_batch_metadata: fn(*const ReaderHandle, i64, *mut *mut c_char, *mut *mut ErrorHandle) -> i32;
    reader_footer_metadata: fn(*const ReaderHandle) -> *const c_char;
    reader_into_stream: fn(*mut ReaderHandle, *mut ArrowArrayStream, *mut *mut ErrorHandle) -> i32;
    reader_statistics: fn(*const ReaderHandle, *mut ReadStatistics, usize, *mut *mut ErrorHandle) -> i32;
    reader_free: fn(*mut ReaderHandle);

    writer_open: fn(
        *mut SinkHandle,
        *const ArrowSchema,
        *const OptionsHandle,
        *mut *mut WriterHandle,
        *mut *mut ErrorHandle
    ) -> i32;
    writer_open_append: fn(
        *mut SourceHandle,
        *mut SinkHandle,
        *const ArrowSchema,
        *const OptionsHandle,
        *mut *mut WriterHandle,
        *mut *mut ErrorHandle
    ) -> i32;
    writer_write: fn(*mut WriterHandle, *mut ArrowArray, *const c_char, *mut *mut ErrorHandle) -> i32;
    writer_write_stream: fn(*mut WriterHandle, *mut ArrowArrayStream, *mut *mut ErrorHandle) -> i32;
    writer_set_footer_metadata: fn(*mut WriterHandle, *const c_char, *mut *mut ErrorHandle) -> i32;
    writer_finish: fn(*mut WriterHandle, *mut *mut ErrorHandle) -> i32;
    writer_take_memory: fn(*mut WriterHandle, *mut *mut u8, *mut usize, *mut *mut ErrorHandle) -> i32;
    writer_free: fn(*mut WriterHandle);

    tensor_describe: fn(*const TensorHandle) -> *const TensorDescription;
    tensor_free: fn(*mut TensorHandle);
    tensor_reader_open: fn(
        *mut SourceHandle,
        *const OptionsHandle,
        *mut *mut TensorReaderHandle,
        *mut *mut ErrorHandle
    ) -> i32;
    tensor_reader_next: fn(*mut TensorReaderHandle, *mut *mut TensorHandle, *mut *mut ErrorHandle) -> i32;
    tensor_reader_free: fn(*mut TensorReaderHandle);
    tensor_writer_open: fn(
        *mut SinkHandle,
        *const OptionsHandle,
        *mut *mut TensorWriterHandle,
        *mut *mut ErrorHandle
    ) -> i32;
    tensor_writer_write: fn(*mut TensorWriterHandle, *const TensorDescription, *mut *mut ErrorHandle) -> i32;
    tensor_writer_finish: fn(*mut TensorWriterHandle, *mut *mut ErrorHandle) -> i32;
    tensor_writer_take_memory: fn(*mut TensorWriterHandle, *mut *mut u8, *mut usize, *mut *mut ErrorHandle) -> i32;
    tensor_writer_free: fn(*mut TensorWriterHandle);
}
