//! Memory that serves batch after batch.

/// An empty vector in the memory of `used`, whose elements may borrow from something else than those before.
///
/// Collecting in place keeps the allocation as long as both element types have the same layout.
pub fn recycled<T, U>(mut used: Vec<T>) -> Vec<U> {
    used.clear();
    used.into_iter().map(|_| unreachable!("the vector is empty")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_vector_keeps_its_memory_over_a_change_of_lifetimes() {
        let mut used: Vec<&'static [u8]> = Vec::with_capacity(100);
        used.push(b"text");
        let memory = used.as_ptr() as usize;
        let text = String::from("another");
        let mut again: Vec<&[u8]> = recycled(used);
        assert!(again.is_empty());
        assert_eq!((again.capacity(), again.as_ptr() as usize), (100, memory));
        again.push(text.as_bytes());
    }
}
