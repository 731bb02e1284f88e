//! Signed 256-bit integers: what decimal256 stores.

use std::fmt;

/// A signed integer of 256 bits in two's complement. It is read, printed, stored and compared, never computed with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Int256([u64; 4]);

/// The largest power of ten below 2^64, by which decimal digits are taken off and put on.
const CHUNK: u64 = 10_u64.pow(CHUNK_DIGITS as u32);
const CHUNK_DIGITS: usize = 19;

impl Int256 {
    /// From 32 little-endian bytes, as decimal256 lies in memory.
    pub fn from_le_bytes(bytes: [u8; 32]) -> Self {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *limb = u64::from_le_bytes(*bytes);
        }
        Int256(limbs)
    }

    /// As 32 little-endian bytes.
    pub fn to_le_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (bytes, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(self.0) {
            *bytes = limb.to_le_bytes();
        }
        bytes
    }

    /// From the canonical decimal text: an optional minus and digits without leading zeros; `None` for anything else
    /// and for what 256 bits cannot hold.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let negative = digits.len() < text.len();
        let canonical = digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits == "0" && !negative || !digits.is_empty() && !digits.starts_with('0'));
        if !canonical {
            return None;
        }
        let mut magnitude = [0_u64; 4];
        for digit in digits.bytes() {
            let mut carry = u128::from(digit - b'0');
            for limb in &mut magnitude {
                let wide = u128::from(*limb) * 10 + carry;
                *limb = wide as u64;
                carry = wide >> 64;
            }
            if carry != 0 {
                return None;
            }
        }
        let value = if negative { Int256(magnitude).negated() } else { Int256(magnitude) };
        (value.is_negative() == negative).then_some(value)
    }

    fn is_negative(self) -> bool {
        self.0[3] >> 63 == 1
    }

    fn negated(self) -> Self {
        let mut carry = true;
        Int256(self.0.map(|limb| {
            let (limb, overflow) = (!limb).overflowing_add(u64::from(carry));
            carry = overflow;
            limb
        }))
    }
}

impl From<i128> for Int256 {
    fn from(value: i128) -> Self {
        let sign = (value >> 127) as u64;
        Int256([value as u64, (value >> 64) as u64, sign, sign])
    }
}

impl fmt::Display for Int256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The magnitude of the least value, 2^255, needs the sign bit: it is read as unsigned from here on.
        let mut magnitude = if self.is_negative() { self.negated().0 } else { self.0 };
        let mut chunks = Vec::with_capacity(5);
        while magnitude != [0; 4] {
            let mut remainder = 0_u128;
            for limb in magnitude.iter_mut().rev() {
                let wide = remainder << 64 | u128::from(*limb);
                *limb = (wide / u128::from(CHUNK)) as u64;
                remainder = wide % u128::from(CHUNK);
            }
            chunks.push(remainder as u64);
        }
        if self.is_negative() {
            f.write_str("-")?;
        }
        write!(f, "{}", chunks.pop().unwrap_or(0))?;
        chunks.iter().rev().try_for_each(|chunk| write!(f, "{chunk:0width$}", width = CHUNK_DIGITS))
    }
}

impl fmt::Debug for Int256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: &str = "57896044618658097711785492504343953926634992332820282019728792003956564819967";
    const MIN: &str = "-57896044618658097711785492504343953926634992332820282019728792003956564819968";

    #[test]
    fn decimal_text_round_trips_through_bytes() {
        for text in ["0", "-1", "10000000000000000000", "-10000000000000000000000000000000000000000", MAX, MIN] {
            let value = Int256::parse(text).unwrap();
            assert_eq!(value.to_string(), text);
            assert_eq!(Int256::from_le_bytes(value.to_le_bytes()), value);
        }
        assert_eq!(Int256::from(-7).to_string(), "-7");
        assert_eq!(Int256::parse(MIN).unwrap().to_le_bytes()[31], 0x80);
    }

    #[test]
    fn what_is_not_canonical_or_too_wide_is_refused() {
        for text in ["", "-", "-0", "00", "+1", "1.0", " 1", &MAX.replace("967", "968"), &MIN.replace("968", "969")] {
            assert_eq!(Int256::parse(text), None, "{text}");
        }
        assert_eq!(Int256::parse(&"9".repeat(100)), None);
    }
}
