//! Tensors: what a tensor is, read or to be written.
//!
//! The format has dense tensors and four kinds of sparse ones. Each is an encapsulated message of its
//! own, apart from streams and files, and several may follow each other. One structure describes a tensor
//! in both directions: what arrowipc_tensor_describe answers may be given to
//! arrowipc_tensor_writer_write.
//!
//! Values and indices are little-endian: a tensor has no schema that would declare another byte order.
//! Nulls there are none.

use super::boundary;
use super::{format_string, metadata};
use crate::error::{Error, Result};
use crate::schema::{DataType, Integer};
use crate::tensor::{Axis, Index, Layout, Tensor};
use bytes::Bytes;
use std::ffi::{CString, c_char, c_void};
use std::ptr;

/// Every value is there. Since 0.1
pub const ARROWIPC_TENSOR_DENSE: i32 = 0;
/// Sparse, coordinates: for each value a row with its coordinates. Since 0.1
pub const ARROWIPC_TENSOR_COO: i32 = 1;
/// Sparse matrix, compressed rows: for each value its column, row after row. Since 0.1
pub const ARROWIPC_TENSOR_CSR: i32 = 2;
/// Sparse matrix, compressed columns: for each value its row, column after column. Since 0.1
pub const ARROWIPC_TENSOR_CSC: i32 = 3;
/// Sparse, compressed fibers: trees of coordinates, a level for each dimension. Since 0.1
pub const ARROWIPC_TENSOR_CSF: i32 = 4;

/// What a tensor is made of.
///
/// A program that writes sets the whole structure to zero first, then what its tensor has; members of a
/// later version must be zero. Pointers are those of the structure's owner. Since 0.1
#[repr(C)]
#[derive(Clone, Copy)]
pub struct arrowipc_tensor_description {
    /// sizeof(arrowipc_tensor_description), of the library that made it or of the program.
    pub struct_size: usize,
    /// One of the ARROWIPC_TENSOR_*.
    pub layout: i32,
    /// COO: 1 when the rows of the index are in lexicographical order and differ, otherwise 0. Not looked
    /// at by a writer, which finds out.
    pub canonical: i32,
    /// Type of the values as a format string of the C Data Interface. Its values have a fixed width of
    /// whole bytes: integers, floats, decimals, dates, times, timestamps, durations, intervals,
    /// fixed-size binary.
    pub format: *const c_char,
    /// Number of dimensions; 0 is a single value.
    pub n_dims: usize,
    /// Length of each dimension.
    pub shape: *const i64,
    /// Name of each dimension, NULL for one without; NULL when none has a name.
    pub dim_names: *const *const c_char,
    /// Dense: bytes from one value to the next along each dimension, not negative; NULL is row-major.
    pub strides: *const i64,
    /// The values. Sparse: `non_zero_length` of them one after the other.
    pub data: *const c_void,
    /// Bytes at `data`: from a reader those that the tensor addresses, and no more.
    pub data_size: usize,
    /// Sparse: number of values that are there. 0 for dense tensors.
    pub non_zero_length: i64,
    /// CSR, CSC and CSF: type of the entries of `indptr`, an integer type as a format string; otherwise
    /// NULL.
    pub indptr_format: *const c_char,
    /// Number of buffers of `indptr`: 1 for CSR and CSC, `n_dims` - 1 for CSF, otherwise 0.
    pub n_indptr: usize,
    /// Where ranges start and end. CSR and CSC: the values of row or column `i` are those from entry `i`
    /// to entry `i` + 1. CSF: these are the children, in `indices[level + 1]`, of node `i` of the level.
    pub indptr: *const *const c_void,
    /// Bytes of each buffer of `indptr`.
    pub indptr_sizes: *const usize,
    /// Sparse: type of the entries of `indices`, an integer type as a format string; otherwise NULL.
    pub indices_format: *const c_char,
    /// Number of buffers of `indices`: 1 for COO, CSR and CSC, `n_dims` for CSF, 0 for dense tensors.
    pub n_indices: usize,
    /// Coordinates. COO: a matrix of `non_zero_length` rows and `n_dims` columns. CSR and CSC: the other
    /// coordinate of each value. CSF: those of the nodes of each level, the values' on the last one.
    pub indices: *const *const c_void,
    /// Bytes of each buffer of `indices`.
    pub indices_sizes: *const usize,
    /// COO: bytes from one row, and from one column, of the matrix to the next, not negative; NULL is
    /// row-major.
    pub indices_strides: *const i64,
    /// CSF: the dimension of each level, `n_dims` of them; otherwise NULL.
    pub axis_order: *const i32,
    /// Custom metadata of the message, encoded as in ArrowSchema.metadata; NULL when there are none.
    pub metadata: *const c_char,
}

/// A tensor that was read. Since 0.1
pub struct arrowipc_tensor {
    description: arrowipc_tensor_description,
    /// What the description points to.
    _tensor: Tensor<Bytes>,
    _texts: Vec<CString>,
    _names: Vec<*const c_char>,
    /// Strides of coordinates lie within the tensor, which moves; these do not.
    _indices_strides: Vec<i64>,
    _buffers: [BufferList; 2],
    _metadata: Option<Vec<u8>>,
}

/// Buffers as C sees them.
#[derive(Default)]
struct BufferList {
    pointers: Vec<*const c_void>,
    sizes: Vec<usize>,
}

impl BufferList {
    fn new<'a>(buffers: impl Iterator<Item = &'a Bytes>) -> Self {
        let (pointers, sizes) = buffers.map(|buffer| (lend(buffer).cast::<c_void>(), buffer.len())).unzip();
        BufferList { pointers, sizes }
    }
}

/// The address of a list; NULL when there is nothing in it.
fn lend<T>(list: &[T]) -> *const T {
    if list.is_empty() { ptr::null() } else { list.as_ptr() }
}

/// Texts that end with NUL, as long as they are kept.
#[derive(Default)]
struct Texts(Vec<CString>);

impl Texts {
    fn keep(&mut self, text: Vec<u8>, what: &str) -> Result<*const c_char> {
        let text = CString::new(text).map_err(|e| {
            let text = e.into_vec();
            Error::unsupported(format!("{what} \"{}\" holds a NUL, which C texts cannot", text.escape_ascii()))
        })?;
        let pointer = text.as_ptr();
        self.0.push(text);
        Ok(pointer)
    }

    fn format(&mut self, data_type: &DataType) -> Result<*const c_char> {
        self.keep(format_string::write(data_type)?, "the format string")
    }

    fn integer(&mut self, integer: Option<Integer>) -> Result<*const c_char> {
        integer.map_or(Ok(ptr::null()), |integer| self.format(&DataType::Int(integer)))
    }
}

impl arrowipc_tensor {
    pub(super) fn new(tensor: Tensor<Bytes>) -> Result<Self> {
        let mut texts = Texts::default();
        let mut names = Vec::new();
        if tensor.dim_names.iter().any(Option::is_some) {
            for name in &tensor.dim_names {
                names.push(match name {
                    Some(name) => texts.keep(name.clone(), "the name of a dimension")?,
                    None => ptr::null(),
                });
            }
        }
        let metadata = metadata::encode(&tensor.metadata)?;
        let mut description = arrowipc_tensor_description {
            struct_size: size_of::<arrowipc_tensor_description>(),
            format: texts.format(&tensor.data_type)?,
            n_dims: tensor.shape.len(),
            shape: lend(&tensor.shape),
            dim_names: lend(&names),
            data: lend(&tensor.data).cast(),
            data_size: tensor.data.len(),
            metadata: metadata.as_deref().map_or(ptr::null(), |metadata| lend(metadata).cast()),
            ..arrowipc_tensor_description::EMPTY
        };
        let mut buffers = <[BufferList; 2]>::default();
        let mut indices_strides = Vec::new();
        match &tensor.layout {
            Layout::Dense { strides } => description.strides = strides.as_deref().map_or(ptr::null(), lend),
            Layout::Sparse { non_zero_length, index } => {
                description.non_zero_length = *non_zero_length;
                let (indptr_type, indices_type) = describe_index(index, &mut description);
                if let Index::Coo { strides: Some(strides), .. } = index {
                    indices_strides = strides.to_vec();
                }
                description.indptr_format = texts.integer(indptr_type)?;
                description.indices_format = texts.integer(Some(indices_type))?;
                let (indptr, indices) = index.parts();
                buffers = [BufferList::new(indptr.iter()), BufferList::new(indices.iter())];
            }
        }
        let [indptr, indices] = &buffers;
        Ok(arrowipc_tensor {
            description: arrowipc_tensor_description {
                n_indptr: indptr.sizes.len(),
                indptr: lend(&indptr.pointers),
                indptr_sizes: lend(&indptr.sizes),
                n_indices: indices.sizes.len(),
                indices: lend(&indices.pointers),
                indices_sizes: lend(&indices.sizes),
                indices_strides: lend(&indices_strides),
                ..description
            },
            _tensor: tensor,
            _texts: texts.0,
            _names: names,
            _indices_strides: indices_strides,
            _buffers: buffers,
            _metadata: metadata,
        })
    }
}

/// Sets what is particular to an index; the types of its entries: `indptr`, `indices`.
fn describe_index(index: &Index<Bytes>, description: &mut arrowipc_tensor_description) -> (Option<Integer>, Integer) {
    match index {
        Index::Coo { indices, canonical, .. } => {
            description.layout = ARROWIPC_TENSOR_COO;
            description.canonical = i32::from(*canonical);
            (None, indices.integer)
        }
        Index::Csx { compressed, indptr, indices } => {
            description.layout = match compressed {
                Axis::Row => ARROWIPC_TENSOR_CSR,
                Axis::Column => ARROWIPC_TENSOR_CSC,
            };
            (Some(indptr.integer), indices.integer)
        }
        Index::Csf { axis_order, indptr_type, indices_type, .. } => {
            description.layout = ARROWIPC_TENSOR_CSF;
            description.axis_order = lend(axis_order);
            (Some(*indptr_type), *indices_type)
        }
    }
}

impl arrowipc_tensor_description {
    /// Nothing set.
    const EMPTY: Self = arrowipc_tensor_description {
        struct_size: 0,
        layout: ARROWIPC_TENSOR_DENSE,
        canonical: 0,
        format: ptr::null(),
        n_dims: 0,
        shape: ptr::null(),
        dim_names: ptr::null(),
        strides: ptr::null(),
        data: ptr::null(),
        data_size: 0,
        non_zero_length: 0,
        indptr_format: ptr::null(),
        n_indptr: 0,
        indptr: ptr::null(),
        indptr_sizes: ptr::null(),
        indices_format: ptr::null(),
        n_indices: 0,
        indices: ptr::null(),
        indices_sizes: ptr::null(),
        indices_strides: ptr::null(),
        axis_order: ptr::null(),
        metadata: ptr::null(),
    };
}

/// The description of a tensor; NULL for NULL. It and everything that it points to belong to the tensor
/// and live, unchanged, as long as it does. Pointers to memory of 0 bytes are NULL; values and entries
/// are aligned as C programs expect, the values of a dense tensor as far as its strides allow. Any
/// thread. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_tensor_describe(t: *const arrowipc_tensor) -> *const arrowipc_tensor_description {
    // SAFETY: NULL or a tensor that lives, as the header demands.
    let tensor = unsafe { boundary::shared(t, "t") };
    tensor.map_or(ptr::null(), |tensor| &raw const tensor.description)
}

/// Frees a tensor, its description and the memory behind it; NULL is fine. Since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arrowipc_tensor_free(t: *mut arrowipc_tensor) {
    // SAFETY: NULL or a tensor that the caller owns, as the header demands.
    unsafe { boundary::free(t) }
}
