//! Events that can be stored.

use std::fmt;
use std::time::Duration;

use crate::circuit_state::CircuitState;
use crate::failure::FailureKind;
use crate::observe::{Event, Excerpt, NotListed, NotShared, Reason, events};

/// The type of a stored field, its value from that of the event, and the conversion back.
macro_rules! field {
    (type (error)) => { Option<String> };
    (type (text)) => { String };
    (type ($type:ty $(, unlogged)?)) => { $type };
    (keep $field:ident (error)) => { $field.map(|error| error.to_string()) };
    (keep $field:ident (text)) => { $field.to_owned() };
    (keep $field:ident $type:tt) => { $field };
    (lend $field:ident (error)) => { $field.as_deref().map(Excerpt::finished) };
    (lend $field:ident (text)) => { $field };
    (lend $field:ident $type:tt) => { *$field };
}

macro_rules! declare {
    ($(
        $(#[$docs:meta])*
        $event:ident($name:ident, $message:literal) {
            $($(#[$field_docs:meta])* $field:ident: $type:tt,)*
        }
    )*) => {
        /// An [`Event`] that a [`Recorder`](super::Recorder) stores: the same variants and fields,
        /// owned.
        ///
        /// Errors are stored as the text of their [`Excerpt`].
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "the variants and fields are those of `Event`")]
        pub enum RecordedEvent {
            $($event { $name: String, $($field: field!(type $type),)* },)*
        }

        impl From<&Event<'_>> for RecordedEvent {
            fn from(event: &Event<'_>) -> Self {
                match *event {
                    $(Event::$event { $name, $($field),* } => {
                        let $name = $name.to_owned();
                        Self::$event { $name, $($field: field!(keep $field $type),)* }
                    })*
                }
            }
        }

        impl RecordedEvent {
            /// Returns the name of the operation, breaker, set of breakers, budget or group.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$event { $name, .. } => $name,)*
                }
            }
        }

        /// Writes one line, like the event itself: the name, the message, and the other fields that
        /// apply.
        impl fmt::Display for RecordedEvent {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$event { $name, $($field),* } => {
                        Event::$event { $name, $($field: field!(lend $field $type),)* }.fmt(f)
                    })*
                }
            }
        }
    };
}

events!(declare);
