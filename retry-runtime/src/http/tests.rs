//! What only the inside shows: dates one by one, and log lines.

mod dates;
#[cfg(feature = "tracing")]
mod log;
