//! The targets of fuzzing. Each module has a function `run` that takes bytes and panics if a
//! property does not hold for them.

pub mod attributes;
pub mod environment;
pub mod files;
pub mod keyed;
pub mod responses;
mod words;
