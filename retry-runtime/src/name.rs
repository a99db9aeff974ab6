//! Names of breakers and budgets, and values stored by name.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::sync::Arc;

/// The maximum number of names that are remembered for each kind of item. A program that creates
/// names from data must not fill the memory with them.
pub(crate) const MOST: usize = 1024;

/// Values sorted by name. They are few, so an insertion may move them all. A tree map would compile
/// to ten times as much code.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Named<T>(pub(crate) Vec<(String, T)>);

impl<T: fmt::Debug> fmt::Debug for Named<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, value)| (name, value))).finish()
    }
}

impl<T> Named<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Returns the position of the name, or the position at which to insert it.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.as_str().cmp(name))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.find(name).ok().map(|at| &self.0[at].1)
    }

    /// Returns the entries whose names begin with `start`.
    pub(crate) fn beginning_with(&self, start: &str) -> &[(String, T)] {
        let from = self.0.partition_point(|(name, _)| name.as_str() < start);
        let (_, rest) = self.0.split_at(from);
        &rest[..rest.partition_point(|(name, _)| name.starts_with(start))]
    }

    /// Inserts a value. It replaces the value with the same name, if there is one.
    pub(crate) fn insert(&mut self, name: String, value: T) {
        match self.find(&name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (name, value)),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }
}

/// The name of a breaker, either fixed in the program or created at run time. Cloning it does not
/// allocate.
#[derive(Clone)]
pub(crate) enum Name {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Static(name) => name,
            Self::Shared(name) => name,
        }
    }
}

impl From<Cow<'static, str>> for Name {
    fn from(name: Cow<'static, str>) -> Self {
        match name {
            Cow::Borrowed(name) => Self::Static(name),
            Cow::Owned(name) => Self::Shared(name.into()),
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Name {}

/// The target of all log lines.
#[cfg(feature = "tracing")]
pub(crate) const LOG_TARGET: &str = "retry_utils";

/// The maximum number of characters of an external text that are shown or kept.
pub(crate) const SHOWN: usize = 100;

/// Returns the start of a text, at most this many characters.
pub(crate) fn start(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Returns a text cut at [`SHOWN`] characters, with an ellipsis if it was cut.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    let start = start(text, SHOWN);
    if start.len() < text.len() { format!("{start}…").into() } else { text.into() }
}

/// External text in a message. Control characters, line separators and bidirectional marks are
/// escaped, so that the text cannot imitate other content.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            if must_be_escaped(c) { write!(f, "{}", c.escape_default()) } else { f.write_char(c) }
        })
    }
}

/// Returns a text as [`Escaped`] shows it.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    // Nearly all texts pass the first check, which is cheaper.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || !text.contains(must_be_escaped) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(Escaped(text).to_string())
    }
}

/// Bidirectional marks are the characters with the property `Bidi_Control` (Unicode, UAX #9).
fn must_be_escaped(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}
