//! Policies and breakers from files, with the feature `serde`.
//!
//! Values are read through private tables that list the fields, so that the public types need not
//! have the form of a file.

mod breaker;
mod overrides;
mod retry;
mod scalar;
mod words;
