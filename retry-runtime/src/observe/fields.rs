//! The types of the fields of events: how each is shown and logged.

use std::fmt::Display;
use std::time::Duration;

use super::excerpt::Excerpt;
use super::reason::{NotListed, Reason};
use crate::circuit_state::CircuitState;
use crate::failure::FailureKind;

/// A field of an event.
pub(super) trait Field {
    /// Returns the value as a log line shows it, or `None` if the field does not apply.
    fn shown(&self) -> Option<impl Display>;

    /// Returns the value as `tracing` records it.
    #[cfg(feature = "tracing")]
    fn logged(&self) -> impl tracing::Value;
}

/// Declares how values of a type are shown, and how they are logged.
macro_rules! fields {
    ($($type:ty: |$value:ident| $shown:expr, $logged:expr;)*) => {$(
        impl Field for $type {
            fn shown(&self) -> Option<impl Display> {
                let $value = *self;
                Some($shown)
            }

            #[cfg(feature = "tracing")]
            fn logged(&self) -> impl tracing::Value {
                let $value = *self;
                $logged
            }
        }
    )*};
}

fields! {
    u32: |number| number, number;
    u64: |number| number, number;
    &str: |text| text, text;
    FailureKind: |kind| kind, kind.as_str();
    CircuitState: |state| state, state.as_str();
    Reason: |reason| reason, reason.as_str();
    NotListed: |reason| reason, reason.as_str();
    Excerpt<'_>: |error| error, tracing::field::display(error);
    // The unit is shown in `Debug` only.
    Duration: |duration| format!("{duration:?}"), tracing::field::debug(duration);
}

impl<T: Field> Field for Option<T> {
    fn shown(&self) -> Option<impl Display> {
        self.as_ref().and_then(T::shown)
    }

    #[cfg(feature = "tracing")]
    fn logged(&self) -> impl tracing::Value {
        self.as_ref().map(T::logged)
    }
}
