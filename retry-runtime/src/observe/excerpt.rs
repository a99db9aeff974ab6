//! The text of an error on one log line.

use std::error::Error;
use std::fmt::{self, Write};
use std::iter;

use crate::name::{self, SHOWN};
use crate::redact::redact;

/// The text of an error and its causes, on one line of at most 100 characters.
///
/// - The causes follow the error: `error: cause: cause`. A cause is left out if the text before it
///   already ends with it.
/// - In every `scheme://…`, user info, query and fragment are replaced by `…`:
///   `http://…@host/path?…`. An invalid host is also replaced, because it may be part of a password.
/// - Control characters, line separators and text direction marks are escaped.
/// - A longer text is cut to its first 60 and last 39 characters, with `…` in between.
///
/// At most 64 causes are read, 16 KiB of each error's text, and about 64 KiB in total. If a
/// `Display` fails, the text written so far is kept.
#[derive(Clone, Copy)]
pub struct Excerpt<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Error(&'a (dyn Error + 'a)),
    /// A text, or an error that is not known to be an [`Error`]. `anyhow` and similar crates write
    /// the causes in the alternate form.
    Text(&'a dyn fmt::Display),
    #[cfg(feature = "testing")]
    Finished(&'a str),
}

/// The maximum number of bytes read from the text of one error.
const MOST_OF_ONE: usize = 16 * 1024;

/// The number of bytes beyond which no further cause is added.
const MOST_OF_ALL: usize = 64 * 1024;

/// The maximum number of causes read. A chain of sources may be endless.
const MOST_CAUSES: usize = 64;

/// The number of characters kept from the end of a text that is too long.
const END: usize = 39;

impl<'a> Excerpt<'a> {
    pub(crate) fn of_error(error: &'a (dyn Error + 'a)) -> Self {
        Self(Source::Error(error))
    }

    pub(crate) fn of_text(text: &'a dyn fmt::Display) -> Self {
        Self(Source::Text(text))
    }

    /// Creates an excerpt from the text of an earlier excerpt.
    #[cfg(feature = "testing")]
    pub(crate) fn finished(text: &'a str) -> Self {
        Self(Source::Finished(text))
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Source::Error(error) => write_cut(f, &with_causes(error)),
            Source::Text(text) => write_cut(f, &read(format_args!("{text:#}"))),
            #[cfg(feature = "testing")]
            Source::Finished(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = read(format_args!("{error}"));
    for cause in iter::successors(error.source(), |cause| (*cause).source()).take(MOST_CAUSES) {
        let cause = read(format_args!("{cause}"));
        if !text.trim_end().ends_with(cause.trim()) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
        if text.len() > MOST_OF_ALL {
            break;
        }
    }
    text
}

/// Reads the start of a text, and appends `…` if there is more.
fn read(text: fmt::Arguments<'_>) -> String {
    struct Start {
        text: String,
        goes_on: bool,
    }

    impl Write for Start {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let mut end = text.len().min(MOST_OF_ONE - self.text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            if !self.goes_on {
                self.text.push_str(&text[..end]);
                self.goes_on = end < text.len();
            }
            // The error stops the formatting of the rest.
            if self.goes_on { Err(fmt::Error) } else { Ok(()) }
        }
    }

    let mut start = Start { text: String::new(), goes_on: false };
    let _ = start.write_fmt(text);
    if start.goes_on {
        start.text.push('…');
    }
    start.text
}

fn write_cut(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    // Redacted before it is cut, because half a URL may not look like one.
    let text = redact(text);
    let text = name::escaped(&text);
    let Some((end, _)) = text.char_indices().rev().nth(END - 1) else {
        return f.write_str(&text);
    };
    if name::start(&text, SHOWN) == text {
        return f.write_str(&text);
    }
    write!(f, "{}…{}", name::start(&text, SHOWN - END - 1), &text[end..])
}
