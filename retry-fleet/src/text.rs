//! Canonical text: each value has exactly one text, and no other is read.

use crate::limits::MOST;

/// Reads a whole number: digits only, no leading zero, at most [`MOST`].
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    let canonical = match text {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit) && text.len() <= 16,
        _ => false,
    };
    if !canonical {
        return None;
    }
    let number = text.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    (number <= MOST).then_some(number)
}

/// Splits a text into exactly `N` fields at `|`. The last field keeps all further `|`.
pub(crate) fn fields<const N: usize>(text: &[u8]) -> Option<[&[u8]; N]> {
    let mut parts = text.splitn(N, |byte| *byte == b'|');
    let mut fields = [&text[..0]; N];
    for field in &mut fields {
        *field = parts.next()?;
    }
    Some(fields)
}

/// Returns whether a text can be a name on the wire: 1 to 71 bytes of printable ASCII without
/// space, `{`, `|` and `}`.
pub(crate) fn is_name(text: &[u8]) -> bool {
    let plain = |byte: &u8| matches!(byte, b'!'..=b'z' | b'~');
    (1..=71).contains(&text.len()) && text.iter().all(plain)
}
