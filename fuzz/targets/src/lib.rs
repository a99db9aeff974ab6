//! What is fuzzed. Each module has a function `run` that takes bytes and panics if something does
//! not hold for them.

pub mod attributes;
pub mod environment;
pub mod files;
pub mod keyed;
pub mod responses;
mod words;
