//! Policies and breakers from files, with the feature `serde`.
//!
//! | file | contents |
//! |---|---|
//! | `scalar` | one value of a file, as the text that `settings` parses |
//! | `words` | types that are one word, and lists of them |
//! | `retry`, `breaker`, `overrides` | the tables |
//!
//! Values are read through private tables that list the fields, so that the public types need not
//! have the form of a file.

mod breaker;
mod overrides;
mod retry;
mod scalar;
mod words;
