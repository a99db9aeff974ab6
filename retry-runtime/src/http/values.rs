//! Numbers, durations and times, as servers write them.
//!
//! A time is a duration since 1970 in UTC. A time before 1970 becomes 1970, because both are past.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use httpdate::parse_http_date;

/// Reads digits with at most one point among them. A sign, an exponent, `inf` and `NaN` are
/// rejected.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_plain { text.parse().ok() } else { None }
}

/// Converts non-negative seconds to a duration. Seconds that do not fit become [`Duration::MAX`].
pub(super) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// Reads a duration like Go's `time.ParseDuration`, without a sign: one or more numbers, each with
/// a unit, such as `6m0s`.
pub(super) fn go_duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(unit_at);
        let unit_ends = after.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, after) = after.split_at(unit_ends.unwrap_or(after.len()));
        let number = decimal(number)?;
        let part = match unit {
            "h" => number * 3600.0,
            "m" => number * 60.0,
            "s" => number,
            "ms" => number / 1e3,
            "us" | "µs" | "μs" => number / 1e6,
            "ns" => number / 1e9,
            _ => return None,
        };
        total = total.saturating_add(seconds(part));
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

/// Reads a date: one of the forms of RFC 9110 or RFC 3339.
pub(super) fn moment(text: &str) -> Option<Duration> {
    http_date(text).or_else(|| rfc_3339(text))
}

/// Reads a date in one of the three forms of RFC 9110, 5.6.7. It may end with another name of the
/// zone `GMT`.
pub(super) fn http_date(text: &str) -> Option<Duration> {
    let other_zone = ["UTC", "+0000", "-0000", "+00:00"];
    let before_zone = other_zone.into_iter().find_map(|zone| text.strip_suffix(zone));
    let date = match before_zone {
        Some(date) => parse_http_date(&format!("{date}GMT")),
        None => parse_http_date(text),
    };
    Some(since_1970(date.ok()?))
}

pub(super) fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Reads a date and time of RFC 3339, such as `2026-11-30T10:00:00.5+01:00`. The seconds may be
/// missing, as in Jira's dates.
pub(super) fn rfc_3339(text: &str) -> Option<Duration> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let days = days_since_1970(date)?;

    let (time, zone) = time.split_at(time.find(['Z', 'z', '+', '-'])?);
    let (time, fraction) = match time.split_once('.') {
        Some((time, digits)) => (time, fraction(digits)?),
        None => (time, Duration::ZERO),
    };
    let (minutes, second) = match time.split_at_checked(5)? {
        (minutes, "") if fraction.is_zero() => (minutes, 0),
        // A leap second has the number 60.
        (minutes, second) => (minutes, number(second.strip_prefix(':')?, 2, 60)?),
    };
    let east = match zone {
        "Z" | "z" => 0,
        _ if zone.starts_with('-') => -minutes_of(&zone[1..])?,
        _ => minutes_of(&zone[1..])?,
    };
    let whole = days * 86_400 + (minutes_of(minutes)? - east) * 60 + second;
    Some(u64::try_from(whole).map_or(Duration::ZERO, |whole| Duration::from_secs(whole) + fraction))
}

/// Reads `hh:mm`, in minutes.
fn minutes_of(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    Some(number(hours, 2, 23)? * 60 + number(minutes, 2, 59)?)
}

/// Reads `yyyy-mm-dd` of the Gregorian calendar.
fn days_since_1970(text: &str) -> Option<i64> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let (year, month) = (number(year, 4, 9999)?, number(month, 2, 12)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, 28 + i64::from(is_leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month).ok()?.checked_sub(1)?;
    let day = number(day, 2, lengths[before])?;
    if day == 0 {
        return None;
    }
    // The number of leap years from year 1 to this one.
    let leaps = |year: i64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
    Some(years + lengths[..before].iter().sum::<i64>() + day - 1)
}

/// Reads exactly `digits` digits, as a number up to `most`.
fn number(text: &str, digits: usize, most: i64) -> Option<i64> {
    let is_plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_plain && *number <= most)
}

/// Reads the digits after the decimal point of a second. Digits below a nanosecond are dropped.
fn fraction(digits: &str) -> Option<Duration> {
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let nanos = format!("{digits:0<9.9}").parse().ok().filter(|_| is_plain)?;
    Some(Duration::from_nanos(nanos))
}
