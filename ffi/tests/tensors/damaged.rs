//! Bytes that are wrong: an error, or a tensor that keeps its promises. Never a panic.

use crate::samples::each_layout;
use crate::{read, read_with, told, write_one};
use arrowipc::options::Validation;
use arrowipc::tensor::Tensor;
use arrowipc::{Code, Error, Options};
use bytes::Bytes;
use std::path::Path;

fn check_error(error: &Error, place: &str) {
    let expected = [Code::InvalidData, Code::Unsupported, Code::LimitExceeded];
    assert!(expected.contains(&error.code), "{place}: {:?}: {error}", error.code);
}

/// A tensor that was read passes the same checks again and has exactly the bytes that it needs.
fn check_tensor(mut tensor: Tensor<Bytes>, place: &str) {
    let before = tensor.clone();
    tensor.check(Validation::Full).unwrap_or_else(|error| panic!("{place}: {error}"));
    assert_eq!(tensor, before, "{place}");
}

fn check(bytes: &[u8], place: &str) -> bool {
    // The content of an index is not looked at, but what is measured is.
    if let Err(error) = read_with(bytes, &Options { validation: Validation::Trusted, ..Options::default() }) {
        check_error(&error, place);
    }
    match read(bytes) {
        Ok(tensors) => {
            tensors.into_iter().for_each(|tensor| check_tensor(tensor, place));
            true
        }
        Err(error) => {
            check_error(&error, place);
            false
        }
    }
}

#[test]
fn a_truncated_message_is_an_error() {
    for (name, tensor) in each_layout() {
        let bytes = write_one(tensor).unwrap();
        assert!(check(&bytes, name));
        for length in 1..bytes.len() {
            assert!(!check(&bytes[..length], &format!("{name}[..{length}]")), "{name} cut to {length} bytes was read");
        }
    }
}

#[test]
fn a_changed_byte_is_an_error_or_leaves_a_valid_tensor() {
    let (mut read, mut refused) = (0, 0);
    for (name, tensor) in each_layout() {
        let bytes = write_one(tensor).unwrap();
        for position in 0..bytes.len() {
            for pattern in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[position] ^= pattern;
                match check(&changed, &format!("{name}, byte {position} ^ {pattern:#x}")) {
                    true => read += 1,
                    false => refused += 1,
                }
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} {refused}");
}

#[test]
fn a_claimed_length_is_not_allocated() {
    let mut bytes = write_one(each_layout().remove(0).1).unwrap();
    let length = bytes.windows(8).position(|word| word == 64u64.to_le_bytes()).unwrap();
    bytes[length..length + 8].copy_from_slice(&(1u64 << 39).to_le_bytes());
    arrowipc::memory::peak(true);
    let before = arrowipc::memory::current();
    let source = arrowipc::source::Source::callbacks(Box::new(Pipe(std::sync::Mutex::new(bytes))));
    let mut reader = arrowipc::tensor::TensorReader::open(source, &Options::default());
    let told = told(reader.next_tensor());
    assert!(told.contains("of 549755813888 bytes of a message's body"), "{told}");
    assert!(arrowipc::memory::peak(false) - before < 64 << 20);
}

/// Bytes that can only be read forward.
struct Pipe(std::sync::Mutex<Vec<u8>>);

impl arrowipc::source::Callbacks for Pipe {
    fn read(&self, buffer: &mut [u8]) -> arrowipc::Result<usize> {
        let mut bytes = self.0.lock().unwrap();
        let count = buffer.len().min(bytes.len()).min(100);
        buffer[..count].copy_from_slice(&bytes[..count]);
        bytes.drain(..count);
        Ok(count)
    }

    fn read_at(&self, _: u64, _: &mut [u8]) -> arrowipc::Result<usize> {
        Err(Error::state("only forward"))
    }

    fn size(&self) -> arrowipc::Result<Option<u64>> {
        Ok(None)
    }
}

/// What fuzzing found in Arrow C++.
#[test]
fn regression_files_are_refused_or_valid() {
    let Some(root) = std::env::var_os("ARROW_TEST_DATA") else {
        println!("ARROW_TEST_DATA is not set: the regression files were not read");
        return;
    };
    let mut files = 0;
    for entry in std::fs::read_dir(Path::new(&root).join("arrow-ipc-tensor-stream")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            let bytes = std::fs::read(&path).unwrap();
            println!("{}: {}", path.display(), told(read(&bytes)));
            check(&bytes, &path.display().to_string());
            files += 1;
        }
    }
    assert!(files > 0);
}
