//! The tests of `sqlx.rs` with version 0.8.

extern crate sqlx_0_8 as sqlx;

#[path = "sqlx.rs"]
mod tests;
