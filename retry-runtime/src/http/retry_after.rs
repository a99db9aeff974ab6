//! The header `Retry-After`.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, HeaderValue, RETRY_AFTER};
use httpdate::parse_http_date;

/// Returns how long the server asks to wait, by `Retry-After` (RFC 9110, 10.2.3): seconds, or a
/// date.
///
/// A date is relative to the response's own `Date` if it has one, so that a wrong clock of the
/// client changes nothing, and else to the system's clock. A date in the past is a wait of zero.
/// Any other value is no hint.
///
/// ```
/// use http::HeaderMap;
/// use http::header::{DATE, RETRY_AFTER};
/// use retry_runtime::http::retry_after;
/// use std::time::Duration;
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(retry_after(&headers), None);
/// headers.insert(RETRY_AFTER, "120".parse()?);
/// assert_eq!(retry_after(&headers), Some(Duration::from_secs(120)));
/// headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse()?);
/// headers.insert(RETRY_AFTER, "Sun, 06 Nov 1994 08:50:07 GMT".parse()?);
/// assert_eq!(retry_after(&headers), Some(Duration::from_secs(30)));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Nobody waits for more seconds than a number can hold.
        return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let until = parse_http_date(value).ok()?;
    let date = |value: &HeaderValue| parse_http_date(value.to_str().ok()?).ok();
    let now = headers.get(DATE).and_then(date).unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}
