//! Reading forward.

use super::{Callbacks, Gather, Input};
use crate::error::{Error, Result};
use bytes::Bytes;
use std::sync::Arc;

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
        let size = device.size()?;
        if let Some(size) = size.filter(|size| *size < self.position) {
            let text =
                format!("{} bytes were read and the input has {size}: it was truncated meanwhile", self.position);
            return Err(Error::invalid("framing-truncated-prefix", text).at(size));
        }
        let known = size.is_some_and(|size| size >= self.position.saturating_add(length as u64));
        let mut gather = Gather::new(length, known)?;
        let given_back = gather.push(&self.pushed_back)?;
        self.pushed_back.drain(..given_back);
        while gather.missing() > 0 {
            match device.read(gather.room()?)? {
                0 => break,
                count => gather.advance(count),
            }
        }
        Ok(gather.into_bytes())
    }
}
