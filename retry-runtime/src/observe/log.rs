//! Events as `tracing` events.

use std::sync::{Mutex, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing::{debug, event_enabled, info, warn};

use super::event::{Event, Field, events};
use super::level::LogLevel;
use crate::name::{self, Escaped, LOG_TARGET, Named};

/// Returns `false` if no subscriber enables this level for any target.
#[inline]
pub(super) fn may_be_enabled(level: LogLevel) -> bool {
    LevelFilter::current()
        >= match level {
            LogLevel::Warn => LevelFilter::WARN,
            LogLevel::Info => LevelFilter::INFO,
            LogLevel::Debug => LevelFilter::DEBUG,
        }
}

/// Returns whether a subscriber enables this level for our target.
#[cold]
pub(super) fn enabled(level: LogLevel) -> bool {
    match level {
        LogLevel::Warn => event_enabled!(target: LOG_TARGET, tracing::Level::WARN),
        LogLevel::Info => event_enabled!(target: LOG_TARGET, tracing::Level::INFO),
        LogLevel::Debug => event_enabled!(target: LOG_TARGET, tracing::Level::DEBUG),
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
        pub(super) fn write(level: LogLevel, event: &Event<'_>) {
            // The level of a tracing event is fixed per call site.
            match (event, level) {
                $(
                    (Event::$event { $name, $($field),* }, LogLevel::Warn) => {
                        let $name = &*name::escaped($name);
                        warn!(target: LOG_TARGET, $name, $($field = value!($field: $type),)* $message);
                    }
                    (Event::$event { $name, $($field),* }, LogLevel::Info) => {
                        let $name = &*name::escaped($name);
                        info!(target: LOG_TARGET, $name, $($field = value!($field: $type),)* $message);
                    }
                    (Event::$event { $name, $($field),* }, _) => {
                        let $name = &*name::escaped($name);
                        debug!(target: LOG_TARGET, $name, $($field = value!($field: $type),)* $message);
                    }
                )*
            }
        }
    };
}

events!(write_each);

/// Logs the name of an unknown environment variable, once per process.
pub(super) fn unknown_variable(name: &str) {
    static LOGGED: Mutex<Named<()>> = Mutex::new(Named::new());
    if !may_be_enabled(LogLevel::Debug) || !enabled(LogLevel::Debug) {
        return;
    }
    // The set is consistent even if a thread panicked while it held the lock.
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    if logged.is_full() || logged.get(name).is_some() {
        return;
    }
    logged.insert(name.to_owned(), ());
    drop(logged);
    debug!(target: LOG_TARGET, variable = %Escaped(name), "unknown environment variable");
}
