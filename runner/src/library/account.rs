//! The library's own count of its memory, over one request.

use super::abi::Library;

/// Counts what one request takes.
///
/// What calls add to the bytes held is summed up, so that batches can be let go one after the other: the sum is what would be held if
/// all of them were kept.
pub struct Account {
    library: Library,
    before: i64,
    allocated: i64,
}

impl Account {
    /// Starts to count.
    pub fn open(library: Library) -> Self {
        library.reset_memory_peak();
        Self { library, before: library.memory_current(), allocated: 0 }
    }

    /// Makes a call whose result is held, as far as the count goes.
    pub fn holding<T>(&mut self, call: impl FnOnce() -> T) -> T {
        let before = self.library.memory_current();
        let result = call();
        self.allocated += self.library.memory_current() - before;
        result
    }

    /// Bytes that would be held if nothing had been let go.
    pub fn allocated(&self) -> i64 {
        self.allocated
    }

    /// Most bytes that were held at one time.
    pub fn peak(&self) -> i64 {
        self.library.memory_peak() - self.before
    }
}
