//! A global allocator that counts, so that a program can see what the library holds.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};

static CURRENT: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

struct Counted;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

fn grow(bytes: usize) {
    let now = CURRENT.fetch_add(bytes as i64, Ordering::Relaxed) + bytes as i64;
    if now > PEAK.load(Ordering::Relaxed) {
        PEAK.fetch_max(now, Ordering::Relaxed);
    }
}

fn shrink(bytes: usize) {
    CURRENT.fetch_sub(bytes as i64, Ordering::Relaxed);
}

// SAFETY: every call is forwarded to `System` with the caller's arguments; counting touches no memory of the caller.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `GlobalAlloc::alloc`.
        let memory = unsafe { System.alloc(layout) };
        if !memory.is_null() {
            grow(layout.size());
        }
        memory
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `GlobalAlloc::alloc_zeroed`.
        let memory = unsafe { System.alloc_zeroed(layout) };
        if !memory.is_null() {
            grow(layout.size());
        }
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract of `GlobalAlloc::dealloc`.
        unsafe { System.dealloc(memory, layout) };
        shrink(layout.size());
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `GlobalAlloc::realloc`.
        let moved = unsafe { System.realloc(memory, layout, size) };
        if !moved.is_null() {
            grow(size);
            shrink(layout.size());
        }
        moved
    }
}

/// Bytes that this library holds at the moment, in the whole process. Memory maps and the contexts of the ZSTD codec
/// are not counted.
pub fn current() -> i64 {
    CURRENT.load(Ordering::Relaxed)
}

/// The most that [`current`] was since the start or the last reset; `reset` starts anew from the present figure.
pub fn peak(reset: bool) -> i64 {
    if reset { PEAK.swap(current(), Ordering::Relaxed) } else { PEAK.load(Ordering::Relaxed) }
}
