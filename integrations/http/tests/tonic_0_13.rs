//! The tests of `tonic.rs` with version 0.13.

extern crate tonic_0_13 as tonic;

#[path = "tonic.rs"]
mod tests;
