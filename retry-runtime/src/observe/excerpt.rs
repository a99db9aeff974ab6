//! The text of an error, fit for one log line.

use std::error::Error;
use std::fmt::{self, Write};
use std::iter;

use crate::name::{self, SHOWN};
use crate::redact::redact;

/// The text of an error and its causes, at most 100 characters on one line: enough for a log line,
/// never a whole body.
///
/// - The causes follow, as in `error: cause: cause`. A cause that the text before it already ends
///   with is left out.
/// - In every `scheme://…`, user info, query and fragment are replaced by `…`:
///   `http://…@host/path?…`. So is a host that cannot be one, since it may be part of a password.
/// - Control characters, line separators and marks of the writing direction are escaped.
/// - Of a longer text the first 60 and the last 39 characters are shown, with `…` in between.
///
/// At most 16 KiB are read of the text of each error, and 64 causes. If a `Display` fails, what it
/// has written so far stands.
#[derive(Clone, Copy)]
pub struct Excerpt<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Error(&'a (dyn Error + 'a)),
    /// An error that is not known to be an [`Error`], or no error. Those of `anyhow` and others
    /// write their causes in the alternate form.
    Text(&'a dyn fmt::Display),
    #[cfg(feature = "testing")]
    Finished(&'a str),
}

/// The most bytes that are read of the text of one error.
const MOST_OF_ONE: usize = 16 * 1024;

/// The most bytes of an error and its causes, beyond which no cause is added.
const MOST_OF_ALL: usize = 64 * 1024;

/// The most causes that are looked at: a chain of sources may be endless.
const MOST_CAUSES: usize = 64;

/// How many characters of the end remain of a text that is too long.
const END: usize = 39;

impl<'a> Excerpt<'a> {
    pub(crate) fn of_error(error: &'a (dyn Error + 'a)) -> Self {
        Self(Source::Error(error))
    }

    pub(crate) fn of_text(text: &'a dyn fmt::Display) -> Self {
        Self(Source::Text(text))
    }

    /// An excerpt that has been written before.
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

/// Reads a text, and marks with `…` that it goes on.
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
            // An error here is what keeps the rest from being made.
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
    // Before it is cut: half a URL may not look like one.
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
