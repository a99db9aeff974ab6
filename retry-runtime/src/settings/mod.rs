//! What the environment and files have in common: settings that come as text, and the rules they keep.
//!
//! | file | what |
//! |---|---|
//! | `source` | where the text of a setting comes from, and how one is named in an error |
//! | `text` | numbers and durations from text |
//! | `retry`, `breaker`, `window` | from those to a policy and to a breaker's settings |
//!
//! What is not generic here is `#[inline]`: only those who read settings compile it.
//!
//! A default applies only where a setting is missing. One that is there and wrong, empty, or of no effect is an
//! error: a service must not come up with other limits than the ones somebody wrote down.

pub(crate) mod breaker;
pub(crate) mod retry;
mod source;
mod text;
mod window;

pub(crate) use source::Source;
#[cfg(feature = "serde")]
pub(crate) use text::{decimal, duration, positive};
#[cfg(feature = "serde")]
pub(crate) use window::Span;

// Rules that several settings have. Each is also what an error says after the name and the value.
pub(crate) const COUNT: &str = "must be a whole number from 1 to 65535, such as `5`";
pub(crate) const PROBES: &str = "must be a whole number from 1 to 16, such as `2`";
pub(crate) const RATE: &str = "must be a number above 0 and at most 1, such as `0.5`, which opens when half of the calls fail";
pub(crate) const RECOVERY: &str = "must be a duration from 1 ms to 365 days: seconds, such as `60` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`";
pub(crate) const MODE: &str = "must be `enforce`, `observe` or `off`";
pub(crate) const DURATION: &str = "must be a duration: seconds, such as `2` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`";
