//! A caller's description → a tensor over the caller's memory.

use super::tensor::{
    ARROWIPC_TENSOR_COO, ARROWIPC_TENSOR_CSC, ARROWIPC_TENSOR_CSF, ARROWIPC_TENSOR_CSR, ARROWIPC_TENSOR_DENSE,
    arrowipc_tensor_description,
};
use super::{boundary, format_string, metadata};
use crate::error::{Error, Result};
use crate::schema::{DataType, Integer};
use crate::tensor::{Axis, Index, Integers, Layout, Tensor};
use std::ffi::{c_char, c_void};

/// The tensor that a description means. Whether its parts fit each other is checked by the writer.
///
/// # Safety
/// Each pointer is NULL or points to as much as the header says, unchanged as long as the result is used.
pub(super) unsafe fn import(description: &arrowipc_tensor_description) -> Result<Tensor<&[u8]>> {
    let dimensions = description.n_dims;
    // SAFETY: pointers are as the contract of this function says.
    unsafe {
        let format = boundary::text(description.format, "tensor->format")?;
        Ok(Tensor {
            data_type: format_string::parse(format.to_bytes())?,
            shape: boundary::slice(description.shape, dimensions, "tensor->shape")?.to_vec(),
            dim_names: names(description.dim_names, dimensions)?,
            layout: layout(description)?,
            data: boundary::slice(description.data.cast(), description.data_size, "tensor->data")?,
            metadata: metadata::decode(description.metadata)?,
        })
    }
}

/// # Safety
/// As [`import`].
unsafe fn names(names: *const *const c_char, dimensions: usize) -> Result<Vec<Option<Vec<u8>>>> {
    if names.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: not NULL, hence one text or NULL for each dimension by the contract of this function.
    let names = unsafe { boundary::slice(names, dimensions, "tensor->dim_names") }?;
    let name = |name: &*const c_char| {
        if name.is_null() {
            return Ok(None);
        }
        // SAFETY: not NULL, hence a text.
        let name = unsafe { boundary::text(*name, "tensor->dim_names") }?.to_bytes();
        match simdutf8::basic::from_utf8(name) {
            Ok(_) => Ok(Some(name.to_vec())),
            Err(_) => Err(Error::argument(format!("the name \"{}\" of a dimension is not UTF-8", name.escape_ascii()))),
        }
    };
    names.iter().map(name).collect()
}

/// # Safety
/// As [`import`].
unsafe fn layout(description: &arrowipc_tensor_description) -> Result<Layout<&[u8]>> {
    let dimensions = description.n_dims;
    // SAFETY: pointers are as the contract of this function says.
    unsafe {
        let index = match description.layout {
            ARROWIPC_TENSOR_DENSE => {
                let strides = optional(description.strides, dimensions, "tensor->strides")?;
                return Ok(Layout::Dense { strides: strides.map(<[i64]>::to_vec) });
            }
            ARROWIPC_TENSOR_COO => {
                let strides = optional(description.indices_strides, 2, "tensor->indices_strides")?;
                Index::Coo {
                    indices: single(indices(description)?, "n_indices")?,
                    strides: strides.map(|strides| [strides[0], strides[1]]),
                    canonical: false,
                }
            }
            ARROWIPC_TENSOR_CSR | ARROWIPC_TENSOR_CSC => Index::Csx {
                compressed: if description.layout == ARROWIPC_TENSOR_CSR { Axis::Row } else { Axis::Column },
                indptr: single(indptr(description)?, "n_indptr")?,
                indices: single(indices(description)?, "n_indices")?,
            },
            ARROWIPC_TENSOR_CSF => {
                let ((indptr_type, indptr), (indices_type, indices)) = (indptr(description)?, indices(description)?);
                let axis_order = boundary::slice(description.axis_order, dimensions, "tensor->axis_order")?.to_vec();
                Index::Csf { axis_order, indptr_type, indptr, indices_type, indices }
            }
            layout => {
                return Err(Error::argument(format!("tensor->layout is {layout}, expected one of ARROWIPC_TENSOR_*")));
            }
        };
        Ok(Layout::Sparse { non_zero_length: description.non_zero_length, index })
    }
}

/// # Safety
/// As [`boundary::slice`].
unsafe fn optional<'a, T>(pointer: *const T, length: usize, name: &str) -> Result<Option<&'a [T]>> {
    match pointer.is_null() {
        true => Ok(None),
        // SAFETY: not NULL, the rest by the contract of this function.
        false => unsafe { boundary::slice(pointer, length, name) }.map(Some),
    }
}

/// The type of the entries, and the buffers.
type Buffers<'a> = (Integer, Vec<&'a [u8]>);

fn single<'a>((integer, buffers): Buffers<'a>, name: &str) -> Result<Integers<&'a [u8]>> {
    match buffers[..] {
        [bytes] => Ok(Integers { integer, bytes }),
        _ => Err(Error::argument(format!("tensor->{name} is {}, expected 1", buffers.len()))),
    }
}

/// # Safety
/// As [`import`].
unsafe fn indptr(description: &arrowipc_tensor_description) -> Result<Buffers<'_>> {
    let arrowipc_tensor_description { indptr_format, n_indptr, indptr, indptr_sizes, .. } = *description;
    // SAFETY: by the contract of this function.
    unsafe { buffers("indptr", indptr_format, n_indptr, indptr, indptr_sizes) }
}

/// # Safety
/// As [`import`].
unsafe fn indices(description: &arrowipc_tensor_description) -> Result<Buffers<'_>> {
    let arrowipc_tensor_description { indices_format, n_indices, indices, indices_sizes, .. } = *description;
    // SAFETY: by the contract of this function.
    unsafe { buffers("indices", indices_format, n_indices, indices, indices_sizes) }
}

/// # Safety
/// As [`import`].
unsafe fn buffers<'a>(
    name: &str,
    format: *const c_char,
    count: usize,
    pointers: *const *const c_void,
    sizes: *const usize,
) -> Result<Buffers<'a>> {
    // SAFETY: by the contract of this function.
    let (format, pointers, sizes) = unsafe {
        (
            boundary::text(format, &format!("tensor->{name}_format"))?,
            boundary::slice(pointers, count, &format!("tensor->{name}"))?,
            boundary::slice(sizes, count, &format!("tensor->{name}_sizes"))?,
        )
    };
    let DataType::Int(integer) = format_string::parse(format.to_bytes())? else {
        let format = format.to_bytes().escape_ascii();
        return Err(Error::argument(format!("tensor->{name}_format is \"{format}\", expected an integer type")));
    };
    let buffer = |(level, (pointer, size)): (usize, (&*const c_void, &usize))| {
        // SAFETY: by the contract of this function.
        unsafe { boundary::slice(pointer.cast::<u8>(), *size, &format!("tensor->{name}[{level}]")) }
    };
    let buffers: Result<_> = pointers.iter().zip(sizes).enumerate().map(buffer).collect();
    Ok((integer, buffers?))
}
