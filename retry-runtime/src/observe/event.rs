//! The table of events, and the text forms of their fields.
//!
//! [`events`] passes the table to a macro. This module uses it to declare [`Event`], `log` to
//! create a call site for each event, and `testing` to declare an owned event.

use std::fmt::{self, Display};
use std::time::Duration;

use super::excerpt::Excerpt;
use super::reason::{NotListed, NotShared, Reason};
use crate::circuit_state::CircuitState;
use crate::failure::FailureKind;
use crate::name::Escaped;

/// Calls a macro with the table of events. Each row has the field with the name of the subject, the
/// message, and the other fields with their types. Names, texts `(text)` and errors `(error)` are
/// borrowed in [`Event`] and owned in `testing`. A field marked `unlogged` is not in log lines.
macro_rules! events {
    ($callback:ident) => {
        $callback! {
            /// An attempt failed and another will follow. Emitted before the wait.
            RetryScheduled(operation, "retry scheduled") {
                /// The attempt that failed, from 1.
                attempt: (u32),
                /// The policy's `max_attempts`.
                max_attempts: (u32),
                /// The kind of failure; `None` for a value, or an error without a classification.
                kind: (Option<FailureKind>),
                /// The wait that follows.
                delay: (Duration),
                /// The error; `None` for a value that `retry_if_ok` retries.
                error: (error),
            }
            /// A call ended with a failure.
            GaveUp(operation, "gave up") {
                /// The last attempt, from 1.
                attempt: (u32),
                /// The policy's `max_attempts`.
                max_attempts: (u32),
                /// The reason why no other attempt follows.
                reason: (Reason),
                /// The kind of failure; `None` for a value, or an error without a classification.
                kind: (Option<FailureKind>),
                /// The error; `None` for a value that `retry_if_ok` retries.
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
                /// The error; `None` for a value that `retry_if_ok` retries.
                error: (error),
            }
            /// A policy built at run time breaks a rule, or has a budget that is not used. In the
            /// first case, the nearest valid policy is used instead.
            ///
            /// Each of the two is reported once per annotated function. Without an annotated
            /// function, one report is made per operation: for 1,024 operations, and then one for
            /// `other`.
            InvalidPolicy(operation, "invalid policy") {
                /// The field that breaks a rule of
                /// [`RetryConfig::check`](crate::RetryConfig::check): `max_attempts`, `max_delay`,
                /// `exponential_base` or `jitter`.
                ///
                /// `budget` means that the policy is an expression. It is evaluated only after
                /// failures, so its budget would get no deposits. Write
                /// `#[async_retry(…, budget = …)]` instead.
                rule: (&'static str),
            }
            /// An error was not retried because its type is erased, as in `anyhow::Error` and
            /// `Box<dyn Error>`, and no cause is classified. Reported once per operation, for 1,024
            /// operations and then once for `other`.
            ///
            /// To retry such errors, return a type that is [`Retryable`](crate::Retryable), or find
            /// your type with [`FailureKind::find`] in `retry_if`. If none of them should be
            /// retried, set `retry_if = |_| false`.
            Opaque(
                operation,
                "opaque error, not retried: return a type that is `Retryable`, or set `retry_if`"
            ) {
                /// The error.
                error: (error),
            }
            /// A breaker changed its state.
            Transition(breaker, "circuit breaker changed state") {
                /// The previous state.
                from: (CircuitState),
                /// The new state.
                to: (CircuitState),
                /// The number of calls that caused the change: those in the window, the
                /// consecutive failures, or the probes with an outcome. This field and the next two
                /// are 0 if time or an operator caused the change.
                calls: (u64, unlogged),
                /// The number of those calls that failed.
                failures: (u64, unlogged),
                /// The number of those calls that were slow. Without a window, slow calls count as
                /// failures.
                slow_calls: (u64, unlogged),
            }
            /// An operator changed a breaker, or an attempt to do so was refused.
            /// [`observe`](crate::observe) lists the actions.
            Control(breaker, "operator action") {
                /// The action.
                action: (&'static str),
                /// The operator: see [`acting_as`](crate::observe::acting_as).
                by: (text),
                /// The value or settings that were set.
                detail: (error),
                /// The number of refusals left out since the last event.
                left_out: (Option<u64>),
            }
            /// A breaker rejected a call.
            Rejected(breaker, "call rejected") {
                /// The time until it admits a probe, if known.
                retry_in: (Option<Duration>),
            }
            /// Under [`Mode::Observe`](crate::Mode::Observe): a call that `Enforce` would have
            /// rejected.
            WouldReject(breaker, "would reject") {
                /// The time until it would admit a probe, if known.
                retry_in: (Option<Duration>),
            }
            /// A breaker or a set of breakers could not be added to the
            /// [`registry`](crate::registry). It works nevertheless.
            NotListed(breaker, "circuit breaker not listed") {
                /// The reason.
                reason: (NotListed),
            }
            /// A budget could not be added to the [`registry`](crate::registry). It works
            /// nevertheless.
            BudgetNotListed(budget, "retry budget not listed") {
                /// The reason.
                reason: (NotListed),
            }
            /// In a full set of breakers, a new key replaced a key whose breaker had opened or
            /// counted failures. The state of that breaker is lost.
            ///
            /// Emitted at most once per second for each set.
            KeyEvicted(breakers, "keyed circuit breaker evicted") {
                /// The evicted key, cut at 100 characters.
                key: (text),
                /// The failures that its breaker had counted; 0 if it was open or half-open.
                failures: (u64),
                /// The number of such evictions of the set left out since the last event.
                left_out: (u64),
            }
            /// This process no longer acts with its fleet: from now on, each of its breakers
            /// follows its own evidence. Emitted once per loss.
            FleetLost(group, "fleet lost") {
                /// The reason: see [`observe`](crate::observe#fleets).
                reason: (&'static str),
                /// The message of the server or the client, such as the missing permission.
                detail: (error),
            }
            /// This process acts with its fleet, for the first time or again.
            FleetFound(group, "fleet found") {
                /// The time for which it acted alone: since the loss, or since the start.
                lost_for: (Duration),
                /// The number of live instances, including this one.
                instances: (u64),
            }
            /// The fleet opened a breaker: by votes, or again after a failed probe. Emitted once in
            /// each process that shares it, whatever the state of that process's own breaker.
            FleetOpened(breaker, "fleet opened circuit breaker") {
                /// The number of votes; `None` if it opened without votes, or another process
                /// counted them.
                votes: (Option<u64>),
                /// The number of live instances, as known to this one.
                instances: (u64),
                /// The time until the fleet admits a probe.
                retry_in: (Duration),
            }
            /// The fleet opened a breaker, but this process only observes the fleet
            /// ([`Mode::Observe`](crate::Mode::Observe)): its breaker did not follow.
            FleetWouldOpen(breaker, "fleet would open circuit breaker") {
                /// The number of votes; `None` if it opened without votes, or another process
                /// counted them.
                votes: (Option<u64>),
                /// The number of live instances, as known to this one.
                instances: (u64),
                /// The time until the fleet admits a probe.
                retry_in: (Duration),
            }
            /// The fleet closed a breaker because enough probes succeeded. If this process's
            /// breaker has tripped by its own evidence since the fleet opened it, it stays open.
            FleetClosed(breaker, "fleet closed circuit breaker") {
                /// The time for which it was open or half-open in the fleet, as known to this
                /// process.
                open_for: (Duration),
            }
            /// An operator acted on a breaker in all processes that share it. Emitted once in each
            /// of them, even if a process only observes the fleet and its breaker does not follow.
            FleetCommand(breaker, "fleet command") {
                /// The action: `force_open`, `force_closed`, `reset` or `set_mode`.
                what: (&'static str),
                /// The operator's name, as given in the command.
                by: (text),
                /// The mode that was set.
                detail: (error),
                /// The duration of the force; `None` if it lasts until `reset`, or nothing is
                /// forced.
                lasting: (Option<Duration>),
            }
            /// A breaker or some keys of a set cannot be shared, and act alone. Each set is
            /// reported once. Each group reports only the first breaker.
            FleetNotShared(breaker, "circuit breaker not shared") {
                /// The reason.
                reason: (NotShared),
            }
            /// The server's clock, which the fleet uses, jumped by more than an hour. Current open
            /// phases may end early.
            FleetClockJumped(group, "fleet clock jumped") {
                /// The direction: `forward` or `back`.
                direction: (&'static str),
                /// The size of the jump.
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
        /// An event of a retry sequence, a circuit breaker, a retry budget or a fleet.
        ///
        /// New variants and fields may be added, so match with `..` and a wildcard arm. The
        /// `Display` form has the name, the message and the other fields that apply. By default,
        /// the name of an operation is the module path and name of the annotated function.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum Event<'a> {
            $(
                $(#[$docs])*
                #[non_exhaustive]
                $event {
                    /// The name of the subject of the event.
                    $name: &'a str,
                    $($(#[$field_docs])* $field: borrowed!($type),)*
                },
            )*
        }

        impl Event<'_> {
            /// Visits the fields that apply with their texts, the name first.
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

/// Implements [`Field`]: the text form, then the form for `tracing`.
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
    // Only `Debug` shows the unit.
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
