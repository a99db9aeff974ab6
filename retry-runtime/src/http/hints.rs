//! The headers in which servers ask for a wait.

use std::time::{Duration, SystemTime};

use http::header::{AGE, DATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::rate_limit::longest_wait;
use super::values::{decimal, go_duration, http_date, moment, rfc_3339, seconds, since_1970};
use crate::failure::RetryHint;

/// A header that holds a hint.
pub(super) struct Source {
    pub(super) name: &'static str,
    pub(super) class: Class,
    /// Returns the longest wait in a line, or `None` if the line is malformed. A wait that has
    /// passed is zero.
    read: fn(&str, &HeaderMap) -> Option<Duration>,
    /// The header with the rest of the quota until then.
    pub(super) remaining: Option<&'static str>,
}

/// The meaning of a hint, and the condition under which it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The server asks for a wait: a hard hint.
    RetryAfter,
    /// The limits in `RateLimit`, each with the rest of its quota: a hard hint.
    RateLimit,
    /// The end of the current period: a hard hint if the response shows that the limit was hit.
    Period,
    /// The time at which a quota is full again, rather than when one request passes: a soft hint if
    /// nothing is left.
    Refill,
}

/// The headers, in order of precedence.
#[rustfmt::skip]
pub(super) const SOURCES: &[Source] = &[
    source("retry-after-ms", Class::RetryAfter, milliseconds, None),
    source("x-ms-retry-after-ms", Class::RetryAfter, milliseconds, None),
    source("x-amz-retry-after", Class::RetryAfter, milliseconds, None),
    source("retry-after", Class::RetryAfter, seconds_or_date, None),
    source("ratelimit", Class::RateLimit, |line, _| longest_wait(line), None),
    source("x-ratelimit-reset", Class::Period, reset, Some("x-ratelimit-remaining")),
    source("x-rate-limit-reset", Class::Period, reset, Some("x-rate-limit-remaining")),
    source("ratelimit-reset", Class::Period, reset, Some("ratelimit-remaining")),
    source("x-ratelimit-reset-after", Class::Period, reset, Some("x-ratelimit-remaining")),
    source("x-ratelimit-reset-requests", Class::Refill, time_left, Some("x-ratelimit-remaining-requests")),
    source("x-ratelimit-reset-tokens", Class::Refill, time_left, Some("x-ratelimit-remaining-tokens")),
    source("anthropic-ratelimit-requests-reset", Class::Refill, time, Some("anthropic-ratelimit-requests-remaining")),
    source("anthropic-ratelimit-tokens-reset", Class::Refill, time, Some("anthropic-ratelimit-tokens-remaining")),
    source("anthropic-ratelimit-input-tokens-reset", Class::Refill, time, Some("anthropic-ratelimit-input-tokens-remaining")),
    source("anthropic-ratelimit-output-tokens-reset", Class::Refill, time, Some("anthropic-ratelimit-output-tokens-remaining")),
];

const fn source(
    name: &'static str,
    class: Class,
    read: fn(&str, &HeaderMap) -> Option<Duration>,
    remaining: Option<&'static str>,
) -> Source {
    Source { name, class, read, remaining }
}

impl Source {
    /// Returns whether its value applies to this response.
    fn counts(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        let is_exhausted = self.remaining.and_then(|name| is_exhausted(headers, name));
        match self.class {
            Class::RetryAfter | Class::RateLimit => true,
            // GitHub sends a reset with every response. With a 403 the limit must be used up,
            // because most have other reasons.
            Class::Period => match status.as_u16() {
                429 | 503 => is_exhausted.unwrap_or(true),
                403 => is_exhausted == Some(true),
                _ => false,
            },
            Class::Refill => is_exhausted == Some(true),
        }
    }

    /// Returns the longest wait in this header's values, if it is above zero.
    fn longest(&self, headers: &HeaderMap) -> Option<Duration> {
        let waits = headers.get_all(self.name).iter().filter_map(|line| {
            let wait = line.to_str().ok().and_then(|line| (self.read)(line.trim(), headers));
            if wait.is_none() {
                report(self.name, line);
            }
            wait
        });
        waits.max().filter(|wait| !wait.is_zero())
    }
}

/// Returns the hint in a failed response's headers, and the class of its header.
pub(super) fn find(status: StatusCode, headers: &HeaderMap) -> Option<(RetryHint, Class)> {
    let mut sources = SOURCES.iter().filter(|source| source.counts(status, headers));
    sources.find_map(|source| {
        let wait = source.longest(headers)?;
        let is_soft = source.class == Class::Refill;
        let hint = if is_soft { RetryHint::Soft(wait) } else { RetryHint::AtLeast(wait) };
        Some((hint, source.class))
    })
}

/// Returns the wait that the server asks for: that of the first of these headers with a wait above
/// zero.
///
/// - `retry-after-ms`, `x-ms-retry-after-ms` and `x-amz-retry-after`: milliseconds;
/// - `Retry-After` (RFC 9110, 10.2.3): seconds, with decimals rounded up, or a date. Dates may
///   have the three forms of RFC 9110, also with `UTC` or `+0000` for `GMT`, or that of RFC 3339.
///
/// The longest of several values counts. A date is compared with the response's own `Date`, so a
/// wrong clock of the client does not matter. One second is added, because dates have no fractions
/// of a second. Without a `Date`, or if an `Age` shows that the response comes from a cache, the
/// date is compared with the system's clock. A date in the past and a malformed value are no hint.
///
/// Headers with the rest of a quota are not read here, because their meaning depends on the status.
/// [`FailedStatus`](crate::http::FailedStatus) reads them.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use http::HeaderMap;
/// use http::header::{DATE, RETRY_AFTER};
/// use retry_utils::http::retry_after;
/// use std::time::Duration;
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(retry_after(&headers), None);
/// headers.insert(RETRY_AFTER, "120".parse()?);
/// assert_eq!(retry_after(&headers), Some(Duration::from_secs(120)));
/// headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse()?);
/// headers.insert(RETRY_AFTER, "Sun, 06 Nov 1994 08:50:07 GMT".parse()?);
/// assert_eq!(retry_after(&headers), Some(Duration::from_secs(31)));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let mut family = SOURCES.iter().filter(|source| source.class == Class::RetryAfter);
    family.find_map(|source| source.longest(headers))
}

/// Returns whether a header reports that a limit on requests is used up.
pub(super) fn has_exhausted_period(headers: &HeaderMap) -> bool {
    let periods = SOURCES.iter().filter(|source| source.class == Class::Period);
    periods.filter_map(|source| source.remaining).any(|it| is_exhausted(headers, it) == Some(true))
}

/// Returns whether all values of this header are zero, or `None` without the header.
fn is_exhausted(headers: &HeaderMap, remaining: &str) -> Option<bool> {
    let is_zero = |value: &str| decimal(value.trim()) == Some(0.0);
    let are_zero = |line: &HeaderValue| line.to_str().is_ok_and(|it| it.split(',').all(is_zero));
    let mut lines = headers.get_all(remaining).iter().peekable();
    lines.peek()?;
    Some(lines.all(are_zero))
}

/// Reads `x-should-retry` and `stripe-should-retry`: exactly `true` or `false`. If both values
/// occur, returns `false`.
pub(super) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    let mut answer = None;
    for name in SHOULD_RETRY {
        for line in headers.get_all(name) {
            match line.as_bytes() {
                b"false" => return Some(false),
                b"true" => answer = Some(true),
                _ => report(name, line),
            }
        }
    }
    answer
}

pub(super) const SHOULD_RETRY: [&str; 2] = ["x-should-retry", "stripe-should-retry"];

fn milliseconds(line: &str, _: &HeaderMap) -> Option<Duration> {
    longest(line, |value| decimal(value).map(|number| seconds(number / 1e3)))
}

fn seconds_or_date(line: &str, headers: &HeaderMap) -> Option<Duration> {
    longest(line, |value| match decimal(value) {
        Some(number) => Some(seconds(number.ceil())),
        None => moment(value).map(|moment| until(moment, headers)),
    })
}

/// Reads seconds from now, seconds or milliseconds since 1970, or a date. Numbers below 10⁹ are a
/// period, because none is that long. Numbers of 10¹¹ and more are milliseconds, because seconds
/// reach that value only in the year 5138.
fn reset(line: &str, headers: &HeaderMap) -> Option<Duration> {
    longest(line, |value| match decimal(value) {
        Some(number) if number < 1e9 => Some(seconds(number)),
        Some(number) if number < 1e11 => Some(until(seconds(number), headers)),
        Some(number) => Some(until(seconds(number / 1e3), headers)),
        None => moment(value).map(|moment| until(moment, headers)),
    })
}

fn time_left(line: &str, _: &HeaderMap) -> Option<Duration> {
    longest(line, |value| decimal(value).map(seconds).or_else(|| go_duration(value)))
}

/// Reads a time: seconds since 1970, or RFC 3339.
fn time(line: &str, headers: &HeaderMap) -> Option<Duration> {
    longest(line, |value| {
        let moment = decimal(value).map(seconds).or_else(|| rfc_3339(value))?;
        Some(until(moment, headers))
    })
}

/// Returns the longest of the values in a list, or `None` if none can be parsed. A proxy that adds
/// its own header may join both with a comma, and a date also contains a comma.
fn longest(list: &str, read: impl Fn(&str) -> Option<Duration>) -> Option<Duration> {
    let (mut longest, mut rest) = (None, Some(list));
    while let Some(list) = rest {
        // A value ends at the first comma, and a date at the second.
        let commas = list.match_indices(',').map(|(at, _)| at);
        let mut ends = commas.chain([list.len()]).take(2);
        let found = ends.find_map(|end| Some((read(list[..end].trim())?, end)));
        let (value, end) = match found {
            Some((value, end)) => (Some(value), end),
            None => (None, list.find(',').unwrap_or(list.len())),
        };
        longest = longest.max(value);
        rest = list.get(end + 1..);
    }
    longest
}

/// Returns the duration until this time, or zero if it is past.
fn until(moment: Duration, headers: &HeaderMap) -> Duration {
    // Dates have whole seconds, so up to one second is cut off.
    let left = moment.checked_sub(now(headers));
    left.map_or(Duration::ZERO, |left| left.saturating_add(Duration::from_secs(1)))
}

/// Returns the current time: by the server's clock if the response is new, otherwise by ours.
fn now(headers: &HeaderMap) -> Duration {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_new = text(AGE).is_none_or(|age| decimal(age) == Some(0.0));
    let date = text(DATE).filter(|_| is_new).and_then(http_date);
    date.unwrap_or_else(|| since_1970(SystemTime::now()))
}

/// Logs a value that cannot be parsed.
#[cfg(feature = "tracing")]
fn report(header: &str, value: &HeaderValue) {
    use crate::name::{Escaped, LOG_TARGET, SHOWN, start};

    let value = String::from_utf8_lossy(value.as_bytes());
    let value = Escaped(start(&value, SHOWN));
    tracing::debug!(target: LOG_TARGET, header, %value, "header value not understood");
}

#[cfg(not(feature = "tracing"))]
fn report(_: &str, _: &HeaderValue) {}
