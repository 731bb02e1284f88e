//! SHA-256 of files and texts.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

/// A running SHA-256.
#[derive(Debug, Clone, Default)]
pub struct Sha(Sha256);

impl Sha {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text and an end mark, so that `a`, `b` differs from `ab`.
    pub fn text(&mut self, text: &str) {
        self.0.update(text.as_bytes());
        self.0.update([0xff]);
    }

    /// Adds bytes, without an end mark.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Adds a file's bytes and gives their number.
    pub fn file(&mut self, path: &Path) -> std::io::Result<u64> {
        let mut file = std::fs::File::open(path)?;
        let mut buffer = vec![0; 1 << 16];
        let mut size = 0;
        loop {
            let n = file.read(&mut buffer)?;
            if n == 0 {
                return Ok(size);
            }
            self.0.update(&buffer[..n]);
            size += n as u64;
        }
    }

    /// The hash in lower-case hex.
    pub fn hex(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first eight bytes, as a number.
    pub fn number(self) -> u64 {
        self.0.finalize().iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte))
    }
}

/// The number that stands for a text in shards and orders.
pub fn number_of(text: &str) -> u64 {
    let mut hash = Sha::new();
    hash.text(text);
    hash.number()
}
