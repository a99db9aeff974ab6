//! Policies and breakers from files, with the feature `serde`.
//!
//! | file | what |
//! |---|---|
//! | `scalar` | one value of a file, as text: what the rules in `settings` read |
//! | `words` | types that are one word, and lists of them |
//! | `retry`, `breaker`, `overrides` | the tables |
//!
//! Values are read through private tables that list the fields, so that the public types stay free to hold
//! something else than what is written in a file.

mod breaker;
mod overrides;
mod retry;
mod scalar;
mod words;
