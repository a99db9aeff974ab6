//! Policies and breakers from files, with the feature `serde`.
//!
//! Private tables that list the fields read the values, so the public types need not have the form
//! of a file.

mod breaker;
mod overrides;
mod retry;
mod scalar;
mod words;
