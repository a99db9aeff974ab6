//! Numbers and durations from text: decimal digits, without signs, exponents, `inf` or `nan`.

use std::time::Duration;

/// A whole number above 0.
#[inline]
pub(crate) fn positive(text: &str) -> Option<u32> {
    // `parse` alone would let a plus sign pass.
    if !is_digits(text) {
        return None;
    }
    text.parse().ok().filter(|number| *number > 0)
}

/// A number such as `2` or `0.5`. Finite: more digits than a float can hold are no number.
#[inline]
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[inline]
fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Seconds, or a number with one of the units ms, s, m, h.
///
/// In whole numbers throughout, so that no value is rounded on its way and none can be infinite, negative or no
/// number. Digits beyond the nanosecond are cut.
#[inline]
pub(crate) fn duration(text: &str) -> Option<Duration> {
    const NANOS_PER_SECOND: u128 = 1_000_000_000;
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = match unit.trim_start() {
        "ms" => NANOS_PER_SECOND / 1000,
        "" | "s" => NANOS_PER_SECOND,
        "m" => 60 * NANOS_PER_SECOND,
        "h" => 60 * 60 * NANOS_PER_SECOND,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let nanos = whole
        .parse::<u128>()
        .ok()?
        .checked_mul(unit)?
        .checked_add(fraction.parse::<u128>().ok()? * unit / scale)?;
    let seconds = u64::try_from(nanos / NANOS_PER_SECOND).ok()?;
    let rest = u32::try_from(nanos % NANOS_PER_SECOND).ok()?;
    Some(Duration::new(seconds, rest))
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
            assert_eq!(duration(text).map(|duration| duration.as_nanos()), Some(nanos), "{text}");
        }
        assert_eq!(duration("18446744073709551615.999999999"), Some(Duration::MAX));
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
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_decimal_digits() {
        for (text, number) in
            [("0", 0.0), ("1", 1.0), ("0.5", 0.5), ("007.250", 7.25), ("65536", 65_536.0)]
        {
            assert_eq!(decimal(text), Some(number), "{text}");
        }
        for text in
            ["", ".", ".5", "5.", "-1", "+1", "1e3", "inf", "nan", "0.5.5", "1,5", "0.5f", "٣"]
        {
            assert_eq!(decimal(text), None, "{text}");
        }
        assert_eq!(decimal(&"9".repeat(400)), None);
    }
}
