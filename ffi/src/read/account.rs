//! The memory that a reader takes, against its limit.

use crate::error::{Error, Result};
use crate::options::Limits;

/// Bytes of the dictionaries that a reader holds and, on top of them, of the message that is being read. Memory and
/// maps of the source do not count.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    held: u64,
    taken: u64,
    limit: u64,
}

impl Account {
    /// Of a reader that holds so many bytes before it reads a message.
    pub fn new(held: u64, limits: &Limits) -> Self {
        Account { held, taken: 0, limit: limits.total_bytes }
    }

    /// Takes note of bytes that are about to be allocated.
    pub fn take(&mut self, bytes: u64) -> Result<()> {
        let taken = self.taken.saturating_add(bytes);
        let total = self.held.saturating_add(taken);
        if total > self.limit {
            return Err(Error::limit("the memory of dictionaries and the message being read", total, self.limit));
        }
        self.taken = taken;
        Ok(())
    }

    /// Bytes taken for the message.
    pub fn taken(&self) -> u64 {
        self.taken
    }
}
