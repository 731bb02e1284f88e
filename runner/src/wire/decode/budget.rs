//! How much one input may make the reader allocate.

use arrowipc_kit::value::Value;

use super::report::Halt;

/// Values of one input; dictionary lookups, views and runs make many of few bytes.
const MOST_VALUES: usize = 1 << 24;
/// Bytes of text and binary that count as one value, about what a value takes by itself.
const BYTES_A_VALUE: usize = 32;
/// Values that a byte of an input holds at most where slots take bits.
const VALUES_A_BYTE: usize = 8;
/// Bytes of metadata that count as one value.
const METADATA_A_VALUE: usize = 16;
/// Bytes that the compressed buffers of one input decompress to.
pub const MOST_DECOMPRESSED: usize = 1 << 29;

/// What is left.
pub struct Budget {
    values: usize,
    decompressed: usize,
}

impl Budget {
    /// The whole budget.
    pub fn new() -> Self {
        Budget { values: MOST_VALUES, decompressed: MOST_DECOMPRESSED }
    }

    /// What may be decompressed is the whole budget again: the buffers before are not held any more.
    pub fn renew_decompressed(&mut self) {
        self.decompressed = MOST_DECOMPRESSED;
    }

    /// Gives what honest bytes of that length may hold.
    pub fn grant(&mut self, length: usize) {
        self.values = self.values.saturating_add(length.saturating_mul(VALUES_A_BYTE));
    }

    /// Takes that many values.
    pub fn values(&mut self, count: usize) -> Result<(), Halt> {
        self.values = self.values.checked_sub(count).ok_or(Halt::TooLarge)?;
        Ok(())
    }

    /// Takes a value of that many bytes, beside the value itself.
    pub fn bytes(&mut self, length: usize) -> Result<(), Halt> {
        self.values(length / BYTES_A_VALUE)
    }

    /// Takes that many bytes of metadata.
    pub fn metadata(&mut self, length: usize) -> Result<(), Halt> {
        self.values(length / METADATA_A_VALUE)
    }

    /// Takes a copy of a value, with all that it holds.
    pub fn copy(&mut self, value: &Value) -> Result<Value, Halt> {
        self.weigh(value)?;
        Ok(value.clone())
    }

    fn weigh(&mut self, value: &Value) -> Result<(), Halt> {
        self.values(1)?;
        match value {
            Value::Bytes(bytes) => self.bytes(bytes.len()),
            Value::Text(text) => self.bytes(text.as_bytes().len()),
            Value::List(values) | Value::Struct(values) => values.iter().try_for_each(|value| self.weigh(value)),
            Value::Map(entries) => entries.iter().flatten().try_for_each(|value| self.weigh(value)),
            Value::Union(_, value) => self.weigh(value),
            _ => Ok(()),
        }
    }

    /// How many values were taken, of a budget to which nothing was granted.
    pub fn spent(&self) -> usize {
        MOST_VALUES.saturating_sub(self.values)
    }

    /// How many bytes may still be decompressed.
    pub fn decompressed_left(&self) -> usize {
        self.decompressed
    }

    /// Takes decompressed bytes.
    pub fn decompressed(&mut self, length: usize) -> Result<(), Halt> {
        self.decompressed = self.decompressed.checked_sub(length).ok_or(Halt::TooLarge)?;
        Ok(())
    }
}
