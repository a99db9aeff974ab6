//! The text of an error, cut.

use std::fmt::{self, Write};

/// The text of an error, cut at 100 characters: enough for a log line, never a whole body.
///
/// The error writes no more than that. If its `Display` fails, what it has written so far stands.
#[derive(Clone, Copy)]
pub struct Excerpt<'a>(&'a dyn fmt::Display);

impl<'a> Excerpt<'a> {
    const CHARACTERS: usize = 100;

    pub(crate) fn new(error: &'a dyn fmt::Display) -> Self {
        Self(error)
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Cut<'a, 'f> {
            to: &'a mut fmt::Formatter<'f>,
            left: usize,
            /// Whether the formatter failed, which the error's own failures must not hide.
            result: fmt::Result,
        }

        impl Write for Cut<'_, '_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                let end = text.char_indices().nth(self.left).map_or(text.len(), |(at, _)| at);
                self.left -= text[..end].chars().count();
                self.result = self.result.and_then(|()| self.to.write_str(&text[..end]));
                // An error here is what keeps the rest from being made.
                if end == text.len() { self.result } else { Err(fmt::Error) }
            }
        }

        let mut cut = Cut { to: f, left: Self::CHARACTERS, result: Ok(()) };
        let _ = write!(cut, "{}", self.0);
        cut.result
    }
}

impl fmt::Debug for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}
