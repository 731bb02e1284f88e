//! IEEE 754 binary16, which Rust has no stable type for.

/// The bits of the binary16 nearest to `value`, ties to even, as a conversion by IEEE 754 gives them. A NaN becomes
/// the quiet NaN of the same sign.
pub fn from_f64(value: f64) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 48) as u16 & 0x8000;
    if value.is_nan() {
        return sign | 0x7e00;
    }
    // binary16 has 10 bits of fraction and a bias of 15; below 2^-14 the step stays 2^-24.
    let magnitude = value.abs();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    if exponent > 15 {
        return sign | 0x7c00;
    }
    let step = exponent.max(-14) - 10;
    // Exact: a power of two scales without loss here, and the result is below 2^11.
    let scaled = (magnitude * 2_f64.powi(-step)).round_ties_even() as u16;
    // A carry out of the fraction runs into the exponent, which is what rounding up means, up to infinity.
    sign | if exponent < -14 { scaled } else { (((exponent + 15) as u16) << 10) + (scaled - 0x400) }
}

/// The value of these bits, which every binary16 has as a binary64. The sign and payload of a NaN are not kept.
pub fn to_f64(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let magnitude = match (bits >> 10) & 0x1f {
        0 => fraction * 2_f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        exponent => (fraction + 1024.0) * 2_f64.powi(i32::from(exponent) - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back() {
        for bits in (0..=u16::MAX).filter(|bits| bits & 0x7fff <= 0x7c00) {
            assert_eq!(from_f64(to_f64(bits)), bits, "{bits:04x}");
        }
        assert!(to_f64(0x7c01).is_nan() && to_f64(0xfe00).is_nan());
        assert_eq!((to_f64(0x3c00), to_f64(0xc000), to_f64(0x0001)), (1.0, -2.0, 2_f64.powi(-24)));
    }

    #[test]
    fn rounds_to_nearest_even_with_subnormals_and_overflow() {
        let table: &[(f64, u16)] = &[
            (0.0, 0x0000),
            (-0.0, 0x8000),
            (1.0, 0x3c00),
            (-1.5, 0xbe00),
            (65504.0, 0x7bff),
            (65519.99, 0x7bff),
            (65520.0, 0x7c00),
            (1e300, 0x7c00),
            (f64::NEG_INFINITY, 0xfc00),
            (f64::NAN, 0x7e00),
            (2f64.powi(-14), 0x0400),
            (2f64.powi(-24), 0x0001),
            (2f64.powi(-25), 0x0000),
            (2f64.powi(-25) * 1.0001, 0x0001),
            (2f64.powi(-14) * (1.0 - 2f64.powi(-12)), 0x0400),
            (1.0 + 2f64.powi(-11), 0x3c00),
            (1.0 + 3.0 * 2f64.powi(-11), 0x3c02),
            (0.1, 0x2e66),
            (f64::MIN_POSITIVE / 4.0, 0x0000),
        ];
        for (value, bits) in table {
            assert_eq!(from_f64(*value), *bits, "{value}");
        }
    }
}
