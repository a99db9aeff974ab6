//! Parsing of numbers and durations: decimal digits, without signs, exponents, `inf` or `nan`.

use std::time::Duration;

/// The reason that a text is not a valid value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It breaks the setting's rule.
    Rule,
    /// A duration above zero, but shorter than a nanosecond.
    TooShort,
}

/// Parses a whole number above 0.
pub(crate) fn positive(text: &str) -> Result<u32, Wrong> {
    whole(text).and_then(|number| if number > 0 { Ok(number) } else { Err(Wrong::Rule) })
}

/// Parses a whole number.
pub(crate) fn whole(text: &str) -> Result<u32, Wrong> {
    // `parse` alone accepts a plus sign.
    text.parse().ok().filter(|_| is_digits(text)).ok_or(Wrong::Rule)
}

/// Parses a number such as `2` or `0.5`. A number that does not fit an `f64` is rejected.
pub(crate) fn decimal(text: &str) -> Result<f64, Wrong> {
    let number = whole_and_fraction(text).and_then(|_| text.parse().ok());
    number.filter(|number: &f64| number.is_finite()).ok_or(Wrong::Rule)
}

/// The rule for a duration. In an error it follows the name and the value.
pub(crate) const DURATION: &str = "must be a duration: seconds, such as `2` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`";

/// Parses seconds, or a number with one of the units ms, s, m and h.
///
/// Integer arithmetic keeps the value exact. Digits below the nanosecond are cut, unless that makes
/// the duration zero.
pub(crate) fn duration(text: &str) -> Result<Duration, Wrong> {
    let duration = to_the_nanosecond(text).ok_or(Wrong::Rule)?;
    let is_above_zero = text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if duration.is_zero() && is_above_zero { Err(Wrong::TooShort) } else { Ok(duration) }
}

fn to_the_nanosecond(text: &str) -> Option<Duration> {
    const SECOND: u128 = 1_000_000_000;
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = match unit.trim_start() {
        "ms" => SECOND / 1000,
        "" | "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 60 * 60 * SECOND,
        _ => return None,
    };
    let (whole, fraction) = whole_and_fraction(number)?;
    // Eighteen digits: more than an hour has in nanoseconds.
    let fraction: u128 = format!("{fraction:0<18.18}").parse().ok()?;
    let whole = whole.parse::<u128>().ok()?.checked_mul(unit)?;
    let nanos = whole.checked_add(fraction * unit / 10_u128.pow(18))?;
    let subsec_nanos = u32::try_from(nanos % SECOND).ok()?;
    Some(Duration::new(u64::try_from(nanos / SECOND).ok()?, subsec_nanos))
}

/// Splits a number at its point. Both parts are digits.
fn whole_and_fraction(number: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    (is_digits(whole) && is_digits(fraction)).then_some((whole, fraction))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_or_have_a_unit() {
        for (text, nanos) in [
            ("0", 0),
            ("60", 60_000_000_000),
            ("0.5", 500_000_000),
            ("007", 7_000_000_000),
            ("500ms", 500_000_000),
            ("1.5s", 1_500_000_000),
            ("2m", 120_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("1 s", 1_000_000_000),
            ("0.1", 100_000_000),
            ("0.000001ms", 1),
            ("0.0000000019", 1),
            ("0.1234567890123456789012345678901234567890", 123_456_789),
        ] {
            assert_eq!(duration(text).map(|duration| duration.as_nanos()), Ok(nanos), "{text}");
        }
        assert_eq!(duration("18446744073709551615.999999999"), Ok(Duration::MAX));
    }

    #[test]
    fn what_would_round_to_zero_is_refused() {
        let tiny = format!("0.{}1h", "0".repeat(400));
        for text in ["0.0000000009", "0.0000000001s", "0.0000009ms", "0.00000000001m", &tiny] {
            assert_eq!(duration(text), Err(Wrong::TooShort), "{text}");
        }
        for text in ["0", "0.0", "000.000s", "0ms", "0h"] {
            assert_eq!(duration(text), Ok(Duration::ZERO), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "-1",
            "+1",
            "-0",
            "nan",
            "NaN",
            "inf",
            "infinity",
            "1e3",
            "1_000",
            "1,5",
            ".5",
            "5.",
            ".",
            "s",
            "ms",
            "1.2.3",
            "1.0000000000000000000.5",
            "0x10",
            "1us",
            "1ns",
            "1d",
            "1sec",
            "1 s s",
            "1S",
            "٣",
            "18446744073709551616",
            "18446744073709551615h",
            "340282366920938463463374607431768211456",
            "99999999999999999999999999999999999999999999",
        ] {
            assert_eq!(duration(text), Err(Wrong::Rule), "{text}");
        }
    }

    #[test]
    fn numbers_are_decimal_digits() {
        for (text, number) in
            [("0", 0.0), ("1", 1.0), ("0.5", 0.5), ("007.250", 7.25), ("65536", 65_536.0)]
        {
            assert_eq!(decimal(text), Ok(number), "{text}");
        }
        for text in
            ["", ".", ".5", "5.", "-1", "+1", "1e3", "inf", "nan", "0.5.5", "1,5", "0.5f", "٣"]
        {
            assert_eq!(decimal(text), Err(Wrong::Rule), "{text}");
        }
        assert_eq!(decimal(&"9".repeat(400)), Err(Wrong::Rule));
    }
}
