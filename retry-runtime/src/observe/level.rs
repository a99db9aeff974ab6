//! The levels of events.

/// How important an event is, for log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogLevel {
    Warn,
    Info,
    Debug,
}
