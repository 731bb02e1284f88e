//! Dates and times as of ISO 8601, in the proleptic Gregorian calendar.

use arrowipc_kit::value::TimeUnit;

const DAY_SECONDS: i64 = 86_400;

/// Digits behind the point of a second.
fn digits(unit: TimeUnit) -> u32 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}

/// Days since the epoch.
pub(super) fn date(days: i64) -> String {
    // Howard Hinnant, chrono-Compatible Low-Level Date Algorithms: civil_from_days. Eras have 400 years.
    let shifted = i128::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    match year {
        0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
        // ISO 8601 has a sign in front of longer years.
        _ => format!("{year:+05}-{month:02}-{day:02}"),
    }
}

/// Milliseconds since the epoch; a time is shown where there is one, which breaks type-date-ms-whole-days.
pub(super) fn date_of_milliseconds(milliseconds: i64) -> String {
    match milliseconds.rem_euclid(DAY_SECONDS * 1000) {
        0 => date(milliseconds / (DAY_SECONDS * 1000)),
        _ => timestamp(milliseconds, TimeUnit::Millisecond, false),
    }
}

/// Ticks since midnight; what is no time of a day is told as its number of ticks.
pub(super) fn time(ticks: i64, unit: TimeUnit) -> String {
    let second = 10_i64.pow(digits(unit));
    // A leap second may follow the last one of a day.
    match ticks {
        0.. if ticks / second <= DAY_SECONDS => {
            let seconds = ticks / second;
            let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            format!("{hours:02}:{minutes:02}:{seconds:02}{}", fraction(ticks % second, unit))
        }
        _ => ticks.to_string(),
    }
}

/// Ticks since the epoch; of those with a zone, in UTC.
pub(super) fn timestamp(ticks: i64, unit: TimeUnit, zone: bool) -> String {
    let day = DAY_SECONDS * 10_i64.pow(digits(unit));
    let time = time(ticks.rem_euclid(day), unit);
    format!("{}T{time}{}", date(ticks.div_euclid(day)), if zone { "Z" } else { "" })
}

/// A duration, which may be negative.
pub(super) fn duration(ticks: i64, unit: TimeUnit) -> String {
    let second = 10_u64.pow(digits(unit));
    let sign = if ticks < 0 { "-" } else { "" };
    let whole = ticks.unsigned_abs();
    format!("{sign}PT{}{}S", whole / second, fraction((whole % second) as i64, unit))
}

/// An interval of months.
pub(super) fn months(months: i64) -> String {
    format!("P{months}M")
}

/// An interval of days and milliseconds; each has a sign of its own.
pub(super) fn day_time(days: i32, milliseconds: i32) -> String {
    format!("P{days}D{}", time_part(milliseconds.into(), TimeUnit::Millisecond))
}

/// An interval of months, days and nanoseconds; each has a sign of its own.
pub(super) fn month_day_nano(months: i32, days: i32, nanoseconds: i64) -> String {
    format!("P{months}M{days}D{}", time_part(nanoseconds, TimeUnit::Nanosecond))
}

fn time_part(ticks: i64, unit: TimeUnit) -> String {
    let second = 10_u64.pow(digits(unit));
    let (sign, whole) = (if ticks < 0 { "-" } else { "" }, ticks.unsigned_abs());
    format!("T{sign}{}{}S", whole / second, fraction((whole % second) as i64, unit))
}

/// What follows the seconds.
fn fraction(ticks: i64, unit: TimeUnit) -> String {
    match digits(unit) as usize {
        0 => String::new(),
        digits => format!(".{ticks:0digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (-719_528, "0000-01-01"),
            (-719_529, "-0001-12-31"),
            (2_932_897, "+10000-01-01"),
            (i64::MAX, "+25252734927768524-07-27"),
        ] {
            assert_eq!(date(days), expected);
        }
        assert_eq!(date_of_milliseconds(86_400_000), "1970-01-02");
        assert_eq!(date_of_milliseconds(-1), "1969-12-31T23:59:59.999");
    }

    #[test]
    fn ticks_are_times_and_durations() {
        assert_eq!(time(86_399_999, TimeUnit::Millisecond), "23:59:59.999");
        assert_eq!(time(-1, TimeUnit::Second), "-1");
        assert_eq!(timestamp(i64::MIN, TimeUnit::Nanosecond, true), "1677-09-21T00:12:43.145224192Z");
        assert_eq!(duration(-1_500, TimeUnit::Millisecond), "-PT1.500S");
        assert_eq!(duration(i64::MIN, TimeUnit::Second), "-PT9223372036854775808S");
        assert_eq!(month_day_nano(1, -2, 3), "P1M-2DT0.000000003S");
        assert_eq!(day_time(-1, -1), "P-1DT-0.001S");
    }
}
