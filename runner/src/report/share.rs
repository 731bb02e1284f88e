//! Shares of results, rounded down: 100 % is everything, and nothing less is.

/// A share of a whole that is not nothing, in thousandths.
pub fn thousandths(part: u64, whole: u64) -> Option<u64> {
    (part * 1000).checked_div(whole)
}

/// Thousandths as `99.7 %`.
pub fn percent(thousandths: u64) -> String {
    match thousandths % 10 {
        0 => format!("{} %", thousandths / 10),
        tenth => format!("{}.{tenth} %", thousandths / 10),
    }
}
