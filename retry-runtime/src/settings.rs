//! Settings from text, in environment variables or files, and their rules.
//!
//! A default applies only where a setting is missing. A setting that is invalid, empty or without
//! effect is an error: a service must not start with other limits than those that were configured.

pub(crate) mod breaker;
pub(crate) mod retry;
mod source;
pub(crate) mod text;
pub(crate) mod variables;

pub(crate) use source::Source;
#[cfg(feature = "serde")]
pub(crate) use source::{Key, keys};
