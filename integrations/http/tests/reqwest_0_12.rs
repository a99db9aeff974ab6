//! The tests of `reqwest.rs` with version 0.12.

extern crate reqwest_0_12 as reqwest;

#[path = "reqwest.rs"]
mod tests;
