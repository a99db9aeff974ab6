//! Events as `tracing` events.

use tracing::level_filters::LevelFilter;
use tracing::{Level, debug, enabled, info, warn};

use super::event::{Event, Field, events};
use super::reason::Reason;
use crate::circuit_state::CircuitState;

pub(super) const TARGET: &str = "retry_utils";

/// Returns whether a subscriber takes any of our levels.
#[inline]
pub(super) fn enabled() -> bool {
    // Without a subscriber, three call sites need not be asked.
    LevelFilter::current() >= LevelFilter::WARN && any_level()
}

#[cold]
fn any_level() -> bool {
    enabled!(target: TARGET, Level::WARN)
        || enabled!(target: TARGET, Level::INFO)
        || enabled!(target: TARGET, Level::DEBUG)
}

fn level(event: &Event<'_>) -> Level {
    match event {
        Event::GaveUp { reason: Reason::NotRetryable, .. } | Event::Rejected { .. } => Level::DEBUG,
        Event::WouldRetry { .. }
        | Event::WouldReject { .. }
        | Event::Transition { to: CircuitState::Closed | CircuitState::HalfOpen, .. } => {
            Level::INFO
        }
        _ => Level::WARN,
    }
}

macro_rules! value {
    ($field:ident: ($type:ty, unlogged)) => {{
        let _ = $field;
        tracing::field::Empty
    }};
    ($field:ident: $type:tt) => {
        $field.logged()
    };
}

macro_rules! write_each {
    ($(
        $(#[$docs:meta])*
        $event:ident($name:ident, $message:literal) {
            $($(#[$field_docs:meta])* $field:ident: $type:tt,)*
        }
    )*) => {
        pub(super) fn write(event: &Event<'_>) {
            // The level of a tracing event is fixed per call site.
            match (event, level(event)) {
                $(
                    (Event::$event { $name, $($field),* }, Level::WARN) => {
                        warn!(target: TARGET, $name, $($field = value!($field: $type),)* $message);
                    }
                    (Event::$event { $name, $($field),* }, Level::INFO) => {
                        info!(target: TARGET, $name, $($field = value!($field: $type),)* $message);
                    }
                    (Event::$event { $name, $($field),* }, _) => {
                        debug!(target: TARGET, $name, $($field = value!($field: $type),)* $message);
                    }
                )*
            }
        }
    };
}

events!(write_each);
