//! Events that can be kept.

use std::fmt;
use std::time::Duration;

use crate::circuit_state::CircuitState;
use crate::failure::FailureKind;
use crate::observe::{Event, Excerpt, NotListed, Reason, events};

/// Stands for the type of a field that is kept, for the kept value of one, and for the way back.
macro_rules! field {
    (type (name)) => { String };
    (type (error)) => { Option<String> };
    (type ($type:ty $(, unlogged)?)) => { $type };
    (keep $field:ident (name)) => { $field.to_owned() };
    (keep $field:ident (error)) => { $field.map(|error| error.to_string()) };
    (keep $field:ident $type:tt) => { $field };
    (lend $field:ident (name)) => { $field };
    (lend $field:ident (error)) => { $field.as_ref().map(|error| Excerpt::new(error)) };
    (lend $field:ident $type:tt) => { *$field };
}

macro_rules! declare {
    ($(
        $(#[$docs:meta])*
        $event:ident($message:literal) { $($(#[$field_docs:meta])* $field:ident: $type:tt,)* }
    )*) => {
        /// An [`Event`] that a [`Recorder`](super::Recorder) keeps: the same variants and fields,
        /// owned.
        ///
        /// Errors are text, cut at 100 characters as everywhere.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "the variants and fields are those of `Event`")]
        pub enum RecordedEvent {
            $($event { $($field: field!(type $type),)* },)*
        }

        impl From<&Event<'_>> for RecordedEvent {
            fn from(event: &Event<'_>) -> Self {
                match *event {
                    $(Event::$event { $($field),* } => {
                        Self::$event { $($field: field!(keep $field $type),)* }
                    })*
                }
            }
        }

        impl RecordedEvent {
            fn as_event(&self) -> Event<'_> {
                match self {
                    $(Self::$event { $($field),* } => {
                        Event::$event { $($field: field!(lend $field $type),)* }
                    })*
                }
            }
        }
    };
}

events!(declare);

impl RecordedEvent {
    /// Returns the name of the operation, of the breaker, of the set of breakers or of
    /// the budget.
    #[must_use]
    pub fn name(&self) -> &str {
        self.as_event().name()
    }
}

/// One line, as the messages of failed assertions list it.
impl fmt::Display for RecordedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::RetryScheduled { attempt, max_attempts, kind, delay, error, .. } => {
                write!(f, "{name}: attempt {attempt} of {max_attempts} failed")?;
                failure(f, *kind, error.as_deref())?;
                write!(f, ", the next in {delay:?}")
            }
            Self::GaveUp { attempt, max_attempts, reason, kind, error, .. } => {
                write!(f, "{name}: gave up after attempt {attempt} of {max_attempts}: {reason}")?;
                failure(f, *kind, error.as_deref())
            }
            Self::WouldRetry { max_attempts, kind, delay, error, .. } => {
                write!(f, "{name}: would retry in {delay:?}, {max_attempts} attempts in all")?;
                failure(f, *kind, error.as_deref())
            }
            Self::Transition { from, to, .. } => write!(f, "{name}: {from} to {to}"),
            Self::Rejected { retry_in, .. } => write!(f, "{name}: rejected{}", Until(*retry_in)),
            Self::WouldReject { retry_in, .. } => {
                write!(f, "{name}: would reject{}", Until(*retry_in))
            }
            Self::NotListed { reason, .. } | Self::BudgetNotListed { reason, .. } => {
                write!(f, "{name}: not listed: {reason}")
            }
            Self::KeysExhausted { max_keys, .. } => {
                write!(f, "{name}: all {max_keys} keys are taken")
            }
            Self::InvalidPolicy { .. } => self.as_event().fmt(f),
        }
    }
}

fn failure(
    f: &mut fmt::Formatter<'_>,
    kind: Option<FailureKind>,
    error: Option<&str>,
) -> fmt::Result {
    match (kind, error) {
        (Some(kind), Some(error)) => write!(f, " ({kind}: {error})"),
        (Some(kind), None) => write!(f, " ({kind})"),
        (None, Some(error)) => write!(f, " ({error})"),
        (None, None) => Ok(()),
    }
}

struct Until(Option<Duration>);

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |wait| write!(f, " for {wait:?}"))
    }
}
