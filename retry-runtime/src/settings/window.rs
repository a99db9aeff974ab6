//! The window of a failure rate: calls or time, and not both.

use std::time::Duration;

use super::source::{Lookup, Setting, Source};
use super::text::{duration, positive};
use crate::breaker::{Settings, Violation, Window};
use crate::config::ConfigError;

const CALLS: &str = "must be a whole number from 1 to 1024, such as `100`";
const TIME: &str = "must be a duration from 10 ms to 24 hours: seconds, such as `30` or `0.5`, or with a unit, such as `500ms`, `30s` or `5m`";

/// A window that is set and within its limits.
pub(crate) enum Span {
    Calls(Setting<u32>),
    Time(Setting<Duration>),
}

impl Span {
    /// The one that is set, given what the two are called.
    pub(crate) fn read<L: Lookup>(
        source: &Source<'_, L>,
        calls: &str,
        time: &str,
    ) -> Result<Option<Self>, ConfigError> {
        let of_calls = source.read(calls, CALLS, positive)?;
        let of_time = source.read(time, TIME, duration)?;
        let span = match (of_calls, of_time) {
            (None, None) => return Ok(None),
            (Some(calls), None) => Self::Calls(calls),
            (None, Some(time)) => Self::Time(time),
            (Some(calls), Some(time)) => {
                return Err(time.error(format!(
                    "is a second window beside {}: unset one of the two",
                    calls.place
                )));
            }
        };
        // With a rate and a count that suit every window, so that nothing but the window can be wrong.
        match Settings::DEFAULT.with_failure_rate(1.0, 1, span.window()) {
            Ok(_) => Ok(Some(span)),
            Err(Violation::WindowCalls) => {
                Err(span.error(format!("{CALLS}: for more, set {} instead", source.place(time))))
            }
            Err(_) => {
                Err(span.error(format!("{TIME}; for less, set {} instead", source.place(calls))))
            }
        }
    }

    #[inline]
    pub(crate) fn window(&self) -> Window {
        match self {
            Self::Calls(calls) => Window::calls(calls.value),
            Self::Time(time) => Window::time(time.value),
        }
    }

    #[inline]
    pub(super) fn error(&self, rule: String) -> ConfigError {
        match self {
            Self::Calls(calls) => calls.error(rule),
            Self::Time(time) => time.error(rule),
        }
    }
}
