//! Reading forward.

use super::ahead::{Ahead, LARGE};
use super::{Callbacks, Gather, Input};
use crate::error::{Error, Result};
use crate::memory::Pool;
use bytes::{Buf, Bytes};
use std::sync::Arc;

/// An input that is read forward.
pub(crate) struct Cursor {
    input: Input,
    /// What is in memory from `position` on.
    window: Bytes,
    position: u64,
    /// If the device may be read ahead.
    ahead: Option<Ahead>,
    pool: Arc<Pool>,
}

impl Cursor {
    /// Starts at the beginning.
    pub fn new(input: Input) -> Self {
        let (window, ahead) = match &input {
            Input::Memory(bytes) => (bytes.clone(), None),
            Input::Device(device) => (Bytes::new(), device.reads_ahead().then(Ahead::new)),
        };
        Cursor { input, window, position: 0, ahead, pool: Arc::default() }
    }

    /// Bytes taken so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether bytes are handed out without a copy.
    pub fn is_memory(&self) -> bool {
        self.input.is_memory()
    }

    /// Whether so many bytes lie in memory that other bytes share.
    pub fn shares(&self, length: u64) -> bool {
        self.ahead.is_some() && length <= LARGE as u64
    }

    /// The next `length` bytes, or fewer where the input ends before.
    pub fn take(&mut self, length: u64) -> Result<Bytes> {
        let taken = self.window_of(length)?;
        let taken = self.window.split_to(taken);
        self.position += taken.len() as u64;
        Ok(taken)
    }

    /// The next 4 bytes, and how many of them there are before the input ends.
    pub fn word(&mut self) -> Result<([u8; 4], usize)> {
        let mut word = [0; 4];
        let found = self.window_of(word.len() as u64)?;
        word[..found].copy_from_slice(&self.window[..found]);
        self.window.advance(found);
        self.position += found as u64;
        Ok((word, found))
    }

    /// The next `length` bytes, or fewer where the input ends before; they are still to be taken.
    pub fn peek(&mut self, length: u64) -> Result<&[u8]> {
        let found = self.window_of(length)?;
        Ok(&self.window[..found])
    }

    /// Gives back to the device what was read ahead.
    pub fn finish(&mut self) -> Result<()> {
        match &self.input {
            Input::Device(device) if !self.window.is_empty() => {
                device.give_back(std::mem::take(&mut self.window).len() as u64)
            }
            _ => Ok(()),
        }
    }

    /// How many of the next `length` bytes are in the window: all, unless the input ends before.
    fn window_of(&mut self, length: u64) -> Result<usize> {
        if length > self.window.len() as u64
            && let Input::Device(device) = &self.input
        {
            let device = Arc::clone(device);
            let length = usize::try_from(length).map_err(|_| Error::out_of_memory(length))?;
            self.fill(&*device, length)?;
        }
        Ok(usize::try_from(length).map_or(self.window.len(), |length| length.min(self.window.len())))
    }

    /// Reads until the window has `length` bytes, or the input ends.
    fn fill(&mut self, device: &dyn Callbacks, length: usize) -> Result<()> {
        let shared = length <= LARGE && self.ahead.is_some();
        let mut gather = match self.ahead.filter(|_| shared) {
            // Bytes lie to multiples of 64 as they do in the input.
            Some(ahead) => {
                Gather::aside(ahead.room(length, self.left(device)?), (self.position % 64) as usize, &self.pool)?
            }
            None => {
                let left = if Gather::trusts(length) { None } else { self.left(device)? };
                Gather::new(length, left.is_some_and(|left| left >= length as u64), &self.pool)?
            }
        };
        gather.push(&self.window)?;
        self.window = Bytes::new();
        while gather.filled() < length {
            match device.read(gather.room()?)? {
                0 => {
                    self.check_size(device)?;
                    break;
                }
                count => gather.advance(count),
            }
        }
        match &mut self.ahead {
            Some(ahead) if shared => ahead.came(gather.filled(), gather.missing() == 0),
            Some(ahead) => ahead.passed_by(),
            None => {}
        }
        self.window = gather.into_bytes();
        Ok(())
    }

    /// Bytes behind the position, where the size is known.
    fn left(&self, device: &dyn Callbacks) -> Result<Option<u64>> {
        Ok(device.size()?.map(|size| size.saturating_sub(self.position)))
    }

    /// Where the input ends, it must not have become shorter than what was read.
    fn check_size(&self, device: &dyn Callbacks) -> Result<()> {
        match device.size()? {
            Some(size) if size < self.position => {
                let text =
                    format!("{} bytes were read and the input has {size}: it was truncated meanwhile", self.position);
                Err(Error::invalid("framing-truncated-prefix", text).at(size))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        // Nobody can be told that it failed.
        let _ = self.finish();
    }
}
