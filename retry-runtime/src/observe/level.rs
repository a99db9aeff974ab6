//! The levels of events.

/// The log level of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogLevel {
    Warn,
    Info,
    Debug,
}
