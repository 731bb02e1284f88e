//! Reading forward.

use super::{Callbacks, Input};
use crate::error::{Error, Result};
use crate::memory::AlignedBuffer;
use bytes::Bytes;
use std::sync::Arc;

/// What is taken at once from an input of unknown size, so that a claimed length cannot make us allocate it.
const STEP: usize = 4 << 20;

/// An input that is read forward.
pub(crate) struct Cursor {
    input: Input,
    /// Bytes read already and given back.
    pushed_back: Vec<u8>,
    position: u64,
}

impl Cursor {
    /// Starts at the beginning. `pushed_back` was read from the device already.
    pub fn new(input: Input, pushed_back: Vec<u8>) -> Self {
        Cursor { input, pushed_back, position: 0 }
    }

    /// Bytes taken so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether bytes are handed out without a copy.
    pub fn is_memory(&self) -> bool {
        self.input.is_memory()
    }

    /// The next `length` bytes, or fewer where the input ends before.
    pub fn take(&mut self, length: u64) -> Result<Bytes> {
        let taken = match &self.input {
            Input::Memory(bytes) => {
                let start = (self.position as usize).min(bytes.len());
                let left = bytes.len() - start;
                let length = usize::try_from(length).map_or(left, |length| length.min(left));
                bytes.slice(start..start + length)
            }
            Input::Device(device) => {
                let device = Arc::clone(device);
                let length = usize::try_from(length).map_err(|_| Error::out_of_memory(length))?;
                self.fill(&*device, length)?
            }
        };
        self.position += taken.len() as u64;
        Ok(taken)
    }

    fn fill(&mut self, device: &dyn Callbacks, length: usize) -> Result<Bytes> {
        let known = match device.size() {
            Ok(Some(size)) => size >= self.position.saturating_add(length as u64),
            _ => false,
        };
        let mut buffer = AlignedBuffer::zeroed(if known { length } else { length.min(STEP) })?;
        let mut filled = self.pushed_back.len().min(length);
        buffer.as_mut()[..filled].copy_from_slice(&self.pushed_back[..filled]);
        self.pushed_back.drain(..filled);
        while filled < length {
            let room = buffer.as_ref().len();
            if filled == room {
                let mut larger = AlignedBuffer::zeroed(room.saturating_mul(2).min(length))?;
                larger.as_mut()[..filled].copy_from_slice(buffer.as_ref());
                buffer = larger;
                continue;
            }
            match device.read(&mut buffer.as_mut()[filled..])? {
                0 => break,
                count => filled += count.min(room - filled),
            }
        }
        let bytes = buffer.into_bytes();
        Ok(if filled == bytes.len() { bytes } else { bytes.slice(..filled) })
    }
}
