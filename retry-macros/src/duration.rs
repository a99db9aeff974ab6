//! Duration literals in attributes: `"200ms"`, `"1.5s"`, `"2m"`, `"1h"`.

use std::time::Duration;

/// Units with their length in nanoseconds.
const UNITS: [(&str, u128); 4] =
    [("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000)];

/// Parses a literal exactly, with integers. Rejects fractions of a nanosecond.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits_end);
    let Some((_, unit)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(if unit.is_empty() && !number.is_empty() {
            format!("a duration needs a unit: write `\"{number}s\"` or `\"{number}ms\"`")
        } else {
            format!(
                "invalid duration `{text:?}`: write a number with the unit `ms`, `s`, `m` or `h`, \
                 such as `\"200ms\"` or `\"1.5s\"`"
            )
        });
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    exact(whole, fraction, *unit).ok_or_else(|| {
        format!(
            "invalid duration `{text:?}`: write digits on both sides of a decimal point, a whole \
             number of nanoseconds, and less than 2^64 seconds"
        )
    })
}

fn exact(whole: &str, fraction: &str, unit: u128) -> Option<Duration> {
    let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part = fraction.parse::<u128>().ok()?.checked_mul(unit)?;
    if part % scale != 0 {
        return None;
    }
    let nanos = whole.parse::<u128>().ok()?.checked_mul(unit)?.checked_add(part / scale)?;
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    Some(Duration::new(seconds, u32::try_from(nanos % 1_000_000_000).ok()?))
}

#[cfg(test)]
mod tests;
