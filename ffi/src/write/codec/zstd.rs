//! ZSTD frames, written.

use super::{Codec, failed};
use crate::error::{Error, Result};
use std::io::Cursor;

/// Where memory grows by what is needed instead of twofold.
const LARGE: usize = 1 << 20;

/// A context, used again for each buffer.
pub struct Zstd(zstd::bulk::Compressor<'static>);

impl Zstd {
    pub fn new(level: i32) -> Result<Self> {
        let context = zstd::bulk::Compressor::new(level).map_err(|error| Error::io("making a ZSTD context", &error))?;
        Ok(Zstd(context))
    }
}

impl Codec for Zstd {
    fn compress(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<()> {
        reserve(output, zstd::zstd_safe::compress_bound(input.len()))?;
        let start = output.len() as u64;
        let mut rest = Cursor::new(output);
        rest.set_position(start);
        self.0.compress_to_buffer(input, &mut rest).map(|_| ()).map_err(failed)
    }
}

/// Room for `more` bytes: much of it not in advance.
fn reserve(output: &mut Vec<u8>, more: usize) -> Result<()> {
    let reserved = if more < LARGE { output.try_reserve(more) } else { output.try_reserve_exact(more) };
    reserved.map_err(|_| Error::out_of_memory(more as u64))
}
