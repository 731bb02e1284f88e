//! Memory of this library: counted, aligned, mapped.

/// Bytes that this library holds in the whole process.
pub fn current() -> i64 {
    todo!()
}

/// The most that [`current`] ever was since the start or the last reset.
pub fn peak(_reset: bool) -> i64 {
    todo!()
}
