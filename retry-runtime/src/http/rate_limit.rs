//! The header `RateLimit`.

use std::time::Duration;

/// Returns the longest wait among the exhausted limits of a `RateLimit` line, or zero if no limit
/// is exhausted. Returns `None` if the line is malformed: the draft says to ignore such a line.
///
/// Two forms are in use: a list of limits, `"default";r=0;t=12, "daily";r=5` (IETF draft 8 and
/// later), and a single limit, `limit=100, remaining=0, reset=12` (draft 7).
pub(super) fn longest_wait(line: &str) -> Option<Duration> {
    if !split(line, ',').next().is_some_and(is_item) {
        let limit = Limit::read(split(line, ','), "remaining", "reset")?;
        return Some(limit.wait());
    }
    split(line, ',').try_fold(Duration::ZERO, |longest, item| {
        let fields = split(item, ';').skip(1);
        let limit = is_item(item).then(|| Limit::read(fields, "r", "t"))??;
        Some(longest.max(limit.wait()))
    })
}

/// Returns whether a member of the list begins with a name. In draft 7 no member does.
fn is_item(member: &str) -> bool {
    let name = member.split(';').next().unwrap_or_default();
    name.starts_with('"') || !name.is_empty() && !name.contains('=')
}

struct Limit {
    remaining: u64,
    /// Seconds until the limit is renewed.
    reset: u64,
}

impl Limit {
    /// Reads a limit from `key=value` fields. Only these two keys are used, and the second may be
    /// missing.
    fn read<'l>(
        fields: impl Iterator<Item = &'l str>,
        remaining: &str,
        reset: &str,
    ) -> Option<Self> {
        let (mut found_remaining, mut found_reset) = (None, None);
        for field in fields {
            // Drop the parameters that a member of draft 7 may have, such as `limit=100;w=60`. A
            // parameter without a value is a boolean (RFC 9651, 3.1.2).
            let field = field.split(';').next()?;
            let (key, value) = field.split_once('=').unwrap_or((field, "?1"));
            let found = match key.trim() {
                key if key == remaining => &mut found_remaining,
                key if key == reset => &mut found_reset,
                _ => continue,
            };
            *found = Some(integer(value.trim())?);
        }
        Some(Self { remaining: found_remaining?, reset: found_reset.unwrap_or(0) })
    }

    fn wait(&self) -> Duration {
        if self.remaining == 0 { Duration::from_secs(self.reset) } else { Duration::ZERO }
    }
}

/// Reads an integer of RFC 9651: at most 15 digits, here without a sign.
fn integer(text: &str) -> Option<u64> {
    let is_plain = text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

/// Splits at a separator outside of quotes, and trims the parts.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let parts = text.split(move |c| {
        let was_escaped = std::mem::replace(&mut is_escaped, false);
        match c {
            _ if was_escaped => {}
            '\\' => is_escaped = is_quoted,
            '"' => is_quoted = !is_quoted,
            _ => return c == separator && !is_quoted,
        }
        false
    });
    parts.map(str::trim)
}
