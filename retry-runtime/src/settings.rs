//! Settings that come as text, from environment variables or from files, and the rules they keep.
//!
//! A default applies only where a setting is missing. One that is wrong, empty, or has no effect is
//! an error: a service must not start with other limits than the ones somebody wrote down.

pub(crate) mod breaker;
pub(crate) mod retry;
mod source;
pub(crate) mod text;
pub(crate) mod variables;

pub(crate) use source::Source;
#[cfg(feature = "serde")]
pub(crate) use source::{Key, keys};
