//! Redaction of secrets in the URLs of a text.

#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
use std::fmt;

const REDACTED: char = '…';

/// Characters that may directly follow a URL in a sentence or in source code and are not part of
/// it.
const CLOSING: &[char] = &[')', ']', '}', '\'', '`', '’', '”', '»', ',', '.', ';', ':', '!', '\\'];

/// Returns a text in which `…` replaces the user info, the query and the fragment of every
/// `scheme://…`.
///
/// A URL ends at white space, a control character, `"`, `<` or `>` (RFC 3986, appendix C), without
/// the punctuation before that. It need not be valid: a password may contain a `/`, and a text may
/// have been cut. Host and path are therefore shown only if the host is plausible, with or without
/// a port. Otherwise everything up to the last `@` before the query counts as user info, or all of
/// it without an `@`. Of a URL in the path of another one, only the scheme is shown.
pub(crate) fn redact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        rest = after;
        if ends_with_scheme(&before[..at]) {
            let end = after.find(is_delimiter).unwrap_or(after.len());
            let url = after[..end].trim_end_matches(CLOSING);
            push_redacted(&mut shown, url);
            rest = &after[url.len()..];
        }
    }
    shown.push_str(rest);
    shown
}

fn ends_with_scheme(text: &str) -> bool {
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.chars().rev().take_while(is_allowed).any(|c| c.is_ascii_alphabetic())
}

fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>')
}

/// Appends the part of a URL after `://`.
fn push_redacted(shown: &mut String, url: &str) {
    let hidden = url.find(['?', '#']).unwrap_or(url.len());
    let (place, query) = url.split_at(hidden);
    let (place, inner) = match place.find("://") {
        Some(at) => place.split_at(at + 3),
        None => (place, ""),
    };
    // Browsers and other users of the URL standard ignore further slashes.
    let start = place.len() - place.trim_start_matches('/').len();
    let (slashes, place) = place.split_at(start);
    shown.push_str(slashes);

    let authority = &place[..place.find('/').unwrap_or(place.len())];
    if is_host(authority) {
        shown.push_str(place);
    } else {
        shown.push(REDACTED);
        shown.push_str(&place[place.rfind('@').unwrap_or(place.len())..]);
    }
    let sign = if inner.is_empty() { &query[..query.len().min(1)] } else { "" };
    shown.push_str(sign);
    let hides_more = !inner.is_empty() || query.len() > 1;
    if hides_more && !shown.ends_with(REDACTED) {
        shown.push(REDACTED);
    }
}

/// Returns whether this can be a host, with or without a port, or a list of hosts as in database
/// URLs.
fn is_host(authority: &str) -> bool {
    authority.split(',').all(|one| {
        let bracketed = one.strip_prefix('[').and_then(|address| address.split_once(']'));
        let (host, port) = match (bracketed, one.find(':')) {
            (Some((host, port)), _) => (host, port),
            (None, Some(colon)) => one.split_at(colon),
            (None, None) => (one, ""),
        };
        let is_number = |text: &str| text.len() <= 5 && text.bytes().all(|it| it.is_ascii_digit());
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_number);
        is_port && !host.contains(['@', REDACTED])
    })
}

#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
/// A value whose text is shown with the secrets in its URLs redacted.
pub(crate) struct Redacted<'a, T>(pub(crate) &'a T);

#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
impl<T: fmt::Display> fmt::Display for Redacted<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.0.to_string()))
    }
}

#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
impl<T: fmt::Debug> fmt::Debug for Redacted<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if f.alternate() { format!("{:#?}", self.0) } else { format!("{:?}", self.0) };
        f.write_str(&redact(&text))
    }
}
