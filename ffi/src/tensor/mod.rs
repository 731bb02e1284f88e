//! Tensors and sparse tensors: messages of their own beside streams and files.
//!
//! Source: `format/Tensor.fbs`, `format/SparseTensor.fbs` and `docs/source/format/Other.rst` of apache/arrow. Each
//! tensor is one encapsulated message; several may follow each other. There is no schema, hence no place that
//! would declare a byte order: values and indices are little-endian, which is the format's default.

mod check;
mod decode;
mod encode;
mod read;
mod strides;
mod write;

pub use read::TensorReader;
pub use write::TensorWriter;

use crate::schema::{DataType, Integer, Metadata};
use bytes::Bytes;

/// A tensor over buffers of type `B`: [`Bytes`] of one that was read, slices of the caller's of one that is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<B> {
    /// Type of the values.
    pub data_type: DataType,
    /// Length of each dimension.
    pub shape: Vec<i64>,
    /// Name of each dimension, where it has one.
    pub dim_names: Vec<Option<Vec<u8>>>,
    /// Where in the data which value lies.
    pub layout: Layout<B>,
    /// The values.
    pub data: B,
    /// Custom metadata of the message.
    pub metadata: Metadata,
}

/// Where the values of a tensor lie.
#[derive(Clone, Debug, PartialEq)]
pub enum Layout<B> {
    /// Every value is there.
    Dense {
        /// Bytes from one value to the next along each dimension; `None` is row-major.
        strides: Option<Vec<i64>>,
    },
    /// Values that are not there are zero.
    Sparse {
        /// Number of values that are there, one after the other.
        non_zero_length: i64,
        /// Which ones they are.
        index: Index<B>,
    },
}

/// Index of a sparse tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Index<B> {
    /// The coordinates of each value: a matrix with a row for each value and a column for each dimension.
    Coo {
        /// The matrix.
        indices: Integers<B>,
        /// Bytes from one row, and from one column, to the next; `None` is row-major.
        strides: Option<[i64; 2]>,
        /// Whether the rows are in lexicographical order and differ.
        canonical: bool,
    },
    /// A matrix whose rows, or columns, are ranges of the values.
    Csx {
        /// What the ranges are.
        compressed: Axis,
        /// Where each range starts, and where the last one ends.
        indptr: Integers<B>,
        /// The coordinate of each value on the other axis.
        indices: Integers<B>,
    },
    /// Trees of coordinates, a level for each dimension.
    Csf {
        /// The dimension of each level.
        axis_order: Vec<i32>,
        /// Type of the entries of `indptr`.
        indptr_type: Integer,
        /// For each level but the last: where the children of each node start, and where those of the last one end.
        indptr: Vec<B>,
        /// Type of the entries of `indices`.
        indices_type: Integer,
        /// The coordinates of the nodes of each level.
        indices: Vec<B>,
    },
}

/// A buffer of integers.
#[derive(Clone, Debug, PartialEq)]
pub struct Integers<B> {
    /// Their type.
    pub integer: Integer,
    /// The buffer.
    pub bytes: B,
}

/// An axis of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// The first one: compressed sparse row, CSR.
    Row,
    /// The second one: compressed sparse column, CSC.
    Column,
}

/// Bytes that can be cut.
pub trait Buffer: AsRef<[u8]> {
    /// Keeps the first `length` bytes.
    fn cut(&mut self, length: usize);
}

impl Buffer for Bytes {
    fn cut(&mut self, length: usize) {
        self.truncate(length);
    }
}

impl Buffer for &[u8] {
    fn cut(&mut self, length: usize) {
        *self = &self[..length.min(self.len())];
    }
}

impl<B> Index<B> {
    /// The buffers of ranges and those of coordinates, `indptr` and `indices`.
    pub fn parts(&self) -> (&[B], &[B]) {
        match self {
            Index::Coo { indices, .. } => (&[], std::slice::from_ref(&indices.bytes)),
            Index::Csx { indptr, indices, .. } => {
                (std::slice::from_ref(&indptr.bytes), std::slice::from_ref(&indices.bytes))
            }
            Index::Csf { indptr, indices, .. } => (indptr, indices),
        }
    }

    /// The buffers in the order in which they are written.
    pub fn buffers(&self) -> impl Iterator<Item = &B> {
        let (indptr, indices) = self.parts();
        indptr.iter().chain(indices)
    }
}
