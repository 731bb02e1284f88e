//! Both ways over the C Data Interface, with arrow-rs as the second opinion, and the rules of the boundary.

mod arrays;
mod boundary;
mod export;
mod metadata;
mod round_trip;
mod schemas;

use super::c_data::{ArrowArray, ArrowSchema};
use crate::error::Error;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};

/// Code and whole message of an error.
fn told<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "no error".to_owned(),
        Err(error) => format!("{:?}: {error}", error.code),
    }
}

/// A structure of arrow-rs as one of ours; both are laid out as the C Data Interface demands.
fn from_arrow_schema(schema: FFI_ArrowSchema) -> ArrowSchema {
    // SAFETY: same layout; the original is forgotten by the transmutation.
    unsafe { std::mem::transmute(schema) }
}

fn to_arrow_schema(schema: ArrowSchema) -> FFI_ArrowSchema {
    // SAFETY: same layout; the original has no destructor.
    unsafe { std::mem::transmute(schema) }
}

fn from_arrow_array(array: FFI_ArrowArray) -> ArrowArray {
    // SAFETY: same layout; the original is forgotten by the transmutation.
    unsafe { std::mem::transmute(array) }
}

fn to_arrow_array(array: ArrowArray) -> FFI_ArrowArray {
    // SAFETY: same layout; the original has no destructor.
    unsafe { std::mem::transmute(array) }
}
