//! The encoding of metadata.

use super::super::metadata::{decode, encode};
use super::told;
use crate::schema::Metadata;

fn pairs(pairs: &[(&str, &str)]) -> Metadata {
    Metadata(pairs.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec())).collect())
}

#[test]
fn order_duplicates_and_empty_texts_survive() {
    let metadata = pairs(&[("b", "1"), ("a", ""), ("b", "2"), ("", "x")]);
    let encoded = encode(&metadata).unwrap().unwrap();
    // SAFETY: an encoding.
    assert_eq!(unsafe { decode(encoded.as_ptr().cast()) }.unwrap(), metadata);
}

#[test]
fn encoding_need_not_be_aligned() {
    let metadata = pairs(&[("key", "value")]);
    let encoded = [vec![0xFF], encode(&metadata).unwrap().unwrap()].concat();
    // SAFETY: an encoding, one byte behind the start of an allocation.
    assert_eq!(unsafe { decode(encoded[1..].as_ptr().cast()) }.unwrap(), metadata);
}

#[test]
fn nothing_is_null() {
    assert_eq!(encode(&Metadata::default()).unwrap(), None);
    // SAFETY: NULL is allowed.
    assert_eq!(unsafe { decode(std::ptr::null()) }.unwrap(), Metadata::default());
}

#[test]
fn negative_numbers_are_refused() {
    let cases: [(Vec<i32>, &str); 3] = [
        (vec![-1], "number of pairs is -1"),
        (vec![1, -2], "length of a key is -2"),
        (vec![1, 0, -3], "length of a value is -3"),
    ];
    for (numbers, what) in cases {
        // SAFETY: long enough for what is read before the negative number.
        let result = unsafe { decode(numbers.as_ptr().cast()) };
        assert_eq!(told(result), format!("InvalidArgument: metadata: {what}"));
    }
}
