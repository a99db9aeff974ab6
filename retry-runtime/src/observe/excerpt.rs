//! The text of an error, cut.

use std::fmt::{self, Write};

use crate::name;

/// The text of an error, cut at 100 characters: enough for a log line, never a whole body.
///
/// The error writes no more than that. If its `Display` fails, what it has written so far stands.
#[derive(Clone, Copy)]
pub struct Excerpt<'a>(pub(crate) &'a dyn fmt::Display);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Cut(String);

        impl Write for Cut {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                let start = name::start(text, name::SHOWN - self.0.chars().count());
                self.0.push_str(start);
                // An error here is what keeps the rest from being made.
                if start == text { Ok(()) } else { Err(fmt::Error) }
            }
        }

        let mut cut = Cut(String::new());
        let _ = write!(cut, "{}", self.0);
        f.write_str(&cut.0)
    }
}

impl fmt::Debug for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}
