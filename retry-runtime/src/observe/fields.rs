//! The types of the fields of events: how each is shown and logged.

use std::fmt::{self, Display};
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

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn shown(&self) -> Option<impl Display> {
                Some(*self)
            }

            #[cfg(feature = "tracing")]
            fn logged(&self) -> impl tracing::Value {
                *self
            }
        }
    )*};
}

numbers!(u32, u64);

macro_rules! named {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn shown(&self) -> Option<impl Display> {
                Some(self.as_str())
            }

            #[cfg(feature = "tracing")]
            fn logged(&self) -> impl tracing::Value {
                self.as_str()
            }
        }
    )*};
}

named!(FailureKind, CircuitState, Reason, NotListed);

impl Field for &str {
    fn shown(&self) -> Option<impl Display> {
        Some(*self)
    }

    #[cfg(feature = "tracing")]
    fn logged(&self) -> impl tracing::Value {
        *self
    }
}

impl Field for Duration {
    fn shown(&self) -> Option<impl Display> {
        Some(WithUnit(*self))
    }

    #[cfg(feature = "tracing")]
    fn logged(&self) -> impl tracing::Value {
        tracing::field::debug(*self)
    }
}

impl Field for Excerpt<'_> {
    fn shown(&self) -> Option<impl Display> {
        Some(*self)
    }

    #[cfg(feature = "tracing")]
    fn logged(&self) -> impl tracing::Value {
        tracing::field::display(*self)
    }
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

/// A duration with its unit, which std shows in `Debug` only.
struct WithUnit(Duration);

impl Display for WithUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
