//! The tests of `redis.rs` with version 0.32.

extern crate redis_0_32 as redis;

#[path = "redis.rs"]
mod tests;
