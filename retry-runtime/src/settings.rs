//! Settings that come as text, from environment variables or from files, and the rules they keep.
//!
//! | file | contents |
//! |---|---|
//! | `source` | the text of a setting, and its name in an error |
//! | `text` | numbers and durations from text |
//! | `retry`, `breaker` | the table of the settings of each, and what is made of them |
//!
//! What is not generic here is `#[inline]`: only those who read settings compile it.
//!
//! A default applies only where a setting is missing. One that is wrong, empty, or has no effect is
//! an error: a service must not start with other limits than the ones somebody wrote down.

pub(crate) mod breaker;
pub(crate) mod retry;
mod source;
mod text;

#[cfg(feature = "serde")]
pub(crate) use source::Key;
pub(crate) use source::Source;
#[cfg(feature = "serde")]
pub(crate) use text::{decimal, duration, positive, whole};

// Rules that several settings share. An error says them after the name and the value.
pub(crate) const COUNT: &str = "must be a whole number from 1 to 65535, such as `5`";
pub(crate) const RATE: &str = "must be a number above 0 and at most 1, such as `0.5`, which opens when half of the calls fail";
pub(crate) const RECOVERY: &str = "must be a duration from 1 ms to 365 days: seconds, such as `60` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`";
#[cfg(feature = "serde")]
pub(crate) const SHARE: &str = "must be a number from 0 to 10, in steps of 0.001, such as `0.1`";
#[cfg(feature = "serde")]
pub(crate) const TOKENS: &str = "must be a whole number of at most 100000, such as `20`";
pub(crate) const MODE: &str = "must be `enforce`, `observe` or `off`";
pub(crate) const DURATION: &str = "must be a duration: seconds, such as `2` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`";
