//! The events themselves, in one table, and how the types of their fields are shown.
//!
//! [`events`] passes the table to a macro. Here it declares [`Event`]; `log` makes a call site of
//! each event with it, and `testing` an event that can be kept.

use std::fmt::{self, Display};
use std::time::Duration;

use super::excerpt::Excerpt;
use super::reason::{NotListed, NotShared, Reason};
use crate::circuit_state::CircuitState;
use crate::failure::FailureKind;
use crate::name::Escaped;

/// Calls a macro with the events: the field that names what the event is about, the message, and
/// the other fields with their types. Names, texts, `(text)`, and errors, `(error)`, are borrowed in
/// [`Event`] and owned where events are kept. A field marked `unlogged` is not in log lines.
macro_rules! events {
    ($callback:ident) => {
        $callback! {
            /// An attempt failed and another will follow; emitted before the wait.
            RetryScheduled(operation, "retry scheduled") {
                /// The attempt that failed, from 1.
                attempt: (u32),
                /// The policy's `max_attempts`.
                max_attempts: (u32),
                /// The kind of failure; `None` for a value, or an error without a classification.
                kind: (Option<FailureKind>),
                /// The wait that follows.
                delay: (Duration),
                /// The error; `None` if a value was not good enough (`retry_if_ok`).
                error: (error),
            }
            /// A call ended with a failure.
            GaveUp(operation, "gave up") {
                /// The last attempt, from 1.
                attempt: (u32),
                /// The policy's `max_attempts`.
                max_attempts: (u32),
                /// Why no other attempt follows.
                reason: (Reason),
                /// The kind of failure; `None` for a value, or an error without a classification.
                kind: (Option<FailureKind>),
                /// The error; `None` if a value was not good enough (`retry_if_ok`).
                error: (error),
            }
            /// Under [`Mode::Observe`](crate::Mode::Observe): a retry that `Enforce` would have
            /// made.
            WouldRetry(operation, "would retry") {
                /// The attempt that failed, from 1.
                attempt: (u32),
                /// The policy's `max_attempts`.
                max_attempts: (u32),
                /// The kind of failure; `None` for a value, or an error without a classification.
                kind: (Option<FailureKind>),
                /// The wait that would have followed.
                delay: (Duration),
                /// The error; `None` if a value was not good enough (`retry_if_ok`).
                error: (error),
            }
            /// A policy that was built at run time breaks a rule, so the nearest valid policy is
            /// used instead, or the policy has a budget that is not used. Each is reported once per
            /// annotated function, and otherwise once per operation: for 1,024 operations, and then
            /// once for `other`.
            InvalidPolicy(operation, "invalid policy") {
                /// The field that breaks a rule of
                /// [`RetryConfig::check`](crate::RetryConfig::check): `max_attempts`, `max_delay`,
                /// `exponential_base` or `jitter`. Or `budget`, if the policy is an expression: it
                /// is evaluated only after failures, so its budget would get no deposits. Write
                /// `#[async_retry(…, budget = …)]`.
                rule: (&'static str),
            }
            /// An error was not retried because its type is erased, as in `anyhow::Error` and
            /// `Box<dyn Error>`, and nothing behind it is classified. Reported once per operation,
            /// for 1,024 operations and then once for `other`.
            ///
            /// To retry such errors, return a type that is [`Retryable`](crate::Retryable), or look
            /// for yours with [`FailureKind::find`] in `retry_if`. If none of them is worth a retry,
            /// `retry_if = |_| false` says so.
            Opaque(
                operation,
                "opaque error, not retried: return a type that is `Retryable`, or set `retry_if`"
            ) {
                /// The error.
                error: (error),
            }
            /// A breaker changed its state.
            Transition(breaker, "circuit breaker changed state") {
                /// The state before.
                from: (CircuitState),
                /// The state since.
                to: (CircuitState),
                /// How many calls the change was decided on: those in the window, the failures in
                /// a row, or the probes with an outcome. 0 if time or an operator changed it, and
                /// so are the next two.
                calls: (u64, unlogged),
                /// How many of them failed.
                failures: (u64, unlogged),
                /// How many of them were slow; without a window, slow calls are among the failures.
                slow_calls: (u64, unlogged),
            }
            /// An operator changed a breaker, or an attempt to do so was refused.
            /// [`observe`](crate::observe) lists the actions.
            Control(breaker, "operator action") {
                /// What was done.
                action: (&'static str),
                /// Who did it: see [`acting_as`](crate::observe::acting_as).
                by: (text),
                /// What was set.
                detail: (error),
                /// How many refusals since the last event were left out.
                left_out: (Option<u64>),
            }
            /// A breaker rejected a call.
            Rejected(breaker, "call rejected") {
                /// How long until it admits a probe, if it knows.
                retry_in: (Option<Duration>),
            }
            /// Under [`Mode::Observe`](crate::Mode::Observe): a call that `Enforce` would have
            /// rejected.
            WouldReject(breaker, "would reject") {
                /// How long until it would admit a probe, if it knows.
                retry_in: (Option<Duration>),
            }
            /// A breaker, or a set of breakers, works but could not be added to the
            /// [`registry`](crate::registry).
            NotListed(breaker, "circuit breaker not listed") {
                /// Why not.
                reason: (NotListed),
            }
            /// A budget works but could not be added to the [`registry`](crate::registry).
            BudgetNotListed(budget, "retry budget not listed") {
                /// Why not.
                reason: (NotListed),
            }
            /// In a full set of breakers, a new key has taken the place of one whose breaker had
            /// opened or counted failures. What that breaker knew is forgotten.
            ///
            /// Emitted at most once a second for each set.
            KeyEvicted(breakers, "keyed circuit breaker evicted") {
                /// The key that lost its breaker, cut at 100 characters.
                key: (text),
                /// How many failures it had counted; 0 if it was open or half-open.
                failures: (u64),
                /// How many such evictions of the set since the last event were left out.
                left_out: (u64),
            }
            /// A process no longer acts with its fleet: from now on, each of its breakers follows
            /// its own evidence. Emitted once for each loss.
            FleetLost(group, "fleet lost") {
                /// Why: see [`observe`](crate::observe#fleets).
                reason: (&'static str),
                /// What the server or the client said, such as the missing permission.
                detail: (error),
            }
            /// A process acts with its fleet, for the first time or again.
            FleetFound(group, "fleet found") {
                /// How long it acted alone: since the loss, or since the start.
                lost_for: (Duration),
                /// How many instances are alive, this one included.
                instances: (u64),
            }
            /// The fleet opened a breaker: by votes, or again after a failed probe. Emitted once in
            /// each process that shares it, whatever state its own breaker was in.
            FleetOpened(breaker, "fleet opened circuit breaker") {
                /// How many voters saw it fail; `None` if no vote opened it, or another process
                /// counted the votes.
                votes: (Option<u64>),
                /// How many instances are alive, as this one knows.
                instances: (u64),
                /// How long until the fleet admits a probe.
                retry_in: (Duration),
            }
            /// Where the fleet is observed only: it opened a breaker, and this process's breaker
            /// did not follow.
            FleetWouldOpen(breaker, "fleet would open circuit breaker") {
                /// How many voters saw it fail; `None` if no vote opened it, or another process
                /// counted the votes.
                votes: (Option<u64>),
                /// How many instances are alive, as this one knows.
                instances: (u64),
                /// How long until the fleet admits a probe.
                retry_in: (Duration),
            }
            /// The fleet closed a breaker: enough of its probes succeeded. A breaker that has
            /// tripped by its own evidence since then stays open.
            FleetClosed(breaker, "fleet closed circuit breaker") {
                /// How long it was open or half-open for the fleet, as this process knows.
                open_for: (Duration),
            }
            /// An operator acted on a breaker in all processes that share it. Emitted once in each
            /// of them, also where the fleet is observed only and nothing follows.
            FleetCommand(breaker, "fleet command") {
                /// What was done: `force_open`, `force_closed`, `reset` or `set_mode`.
                what: (&'static str),
                /// Who did it, as the command says.
                by: (text),
                /// What was set: the mode.
                detail: (error),
                /// For how long; `None` if it holds until `reset`, or nothing is held.
                lasting: (Option<Duration>),
            }
            /// A breaker, or keys of a set of breakers, cannot be shared, and act alone. Each set
            /// is reported once. Of breakers, each group reports the first.
            FleetNotShared(breaker, "circuit breaker not shared") {
                /// Why not.
                reason: (NotShared),
            }
            /// The clock of the server by which a fleet counts its times has jumped by more than an
            /// hour. Open phases may end early once.
            FleetClockJumped(group, "fleet clock jumped") {
                /// Which way: `forward` or `back`.
                direction: (&'static str),
                /// How far.
                jump: (Duration),
            }
        }
    };
}

#[cfg(any(feature = "testing", feature = "tracing"))]
pub(crate) use events;

macro_rules! borrowed {
    ((error)) => { Option<Excerpt<'a>> };
    ((text)) => { &'a str };
    (($type:ty $(, unlogged)?)) => { $type };
}

macro_rules! declare {
    ($(
        $(#[$docs:meta])*
        $event:ident($name:ident, $message:literal) {
            $($(#[$field_docs:meta])* $field:ident: $type:tt,)*
        }
    )*) => {
        /// Something that a retry sequence, a circuit breaker, a retry budget or a fleet did.
        ///
        /// Variants and their fields may be added: match with `..` and a wildcard arm. Displays as
        /// the name, the message, and the other fields that apply. By default, an operation is
        /// named after the annotated function: its module path and name.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum Event<'a> {
            $(
                $(#[$docs])*
                #[non_exhaustive]
                $event {
                    /// Which one, by its name.
                    $name: &'a str,
                    $($(#[$field_docs])* $field: borrowed!($type),)*
                },
            )*
        }

        impl Event<'_> {
            /// Visits the fields that apply, the name first, each with its text.
            #[doc(hidden)]
            pub fn fields(&self, visit: &mut dyn FnMut(&'static str, &dyn Display)) {
                match self {
                    $(Self::$event { $name, $($field),* } => {
                        visit(stringify!($name), &Escaped($name));
                        $(if let Some(value) = $field.shown() {
                            visit(stringify!($field), &value);
                        })*
                    })*
                }
            }
        }

        impl Display for Event<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut result = match self {
                    $(Self::$event { $name, .. } => write!(f, "{}: {}", Escaped($name), $message),)*
                };
                let mut is_name = true;
                self.fields(&mut |field, value| {
                    if !std::mem::take(&mut is_name) {
                        result = result.and_then(|()| write!(f, " {field}={value}"));
                    }
                });
                result
            }
        }
    };
}

events!(declare);

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
    &str: |text| Escaped(text), crate::name::escaped(text).into_owned();
    FailureKind: |kind| kind, kind.as_str();
    CircuitState: |state| state, state.as_str();
    Reason: |reason| reason, reason.as_str();
    NotListed: |reason| reason, reason.as_str();
    NotShared: |reason| reason, reason.as_str();
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
