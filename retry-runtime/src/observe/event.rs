//! The events themselves, in one table.
//!
//! [`events`] passes the table to a macro. Here it declares [`Event`]; `log` makes a call site of
//! each event with it, and `testing` an event that can be kept.

use std::fmt;
use std::time::Duration;

use super::excerpt::Excerpt;
use super::fields::Field;
use super::reason::{NotListed, Reason};
use crate::circuit_state::CircuitState;
use crate::failure::FailureKind;

/// Calls a macro with the events: name, message, and fields with their types. The first field names
/// what the event is about. `(name)` stands for a text and `(error)` for the text of an error,
/// which are borrowed in [`Event`] and owned where events are kept. A field marked `unlogged` is not
/// in log lines.
macro_rules! events {
    ($callback:ident) => {
        $callback! {
            /// An attempt failed and another will follow; emitted before the wait.
            RetryScheduled("retry scheduled") {
                /// The operation's name, by default that of the annotated function.
                operation: (name),
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
            GaveUp("gave up") {
                /// The operation's name, by default that of the annotated function.
                operation: (name),
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
            /// Under [`Mode::Observe`](crate::Mode::Observe): a retry that `Enforce` would have made.
            WouldRetry("would retry") {
                /// The operation's name, by default that of the annotated function.
                operation: (name),
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
            /// A part of a policy is not used, because it breaks a rule. Reported once per operation.
            InvalidPolicy("invalid policy") {
                /// The operation's name, by default that of the annotated function.
                operation: (name),
                /// The field whose rule is broken. `budget`: the policy is an expression, which is
                /// evaluated after failures only, so its budget would get no deposits. Write
                /// `#[async_retry(…, budget = …)]`.
                rule: (&'static str),
            }
            /// A breaker changed its state.
            Transition("circuit breaker changed state") {
                /// The breaker's name.
                breaker: (name),
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
            /// A breaker rejected a call.
            Rejected("call rejected") {
                /// The breaker's name.
                breaker: (name),
                /// How long until it admits a probe, if it knows.
                retry_in: (Option<Duration>),
            }
            /// Under [`Mode::Observe`](crate::Mode::Observe): a call that `Enforce` would have
            /// rejected.
            WouldReject("would reject") {
                /// The breaker's name.
                breaker: (name),
                /// How long until it would admit a probe, if it knows.
                retry_in: (Option<Duration>),
            }
            /// A breaker, or a set of breakers, works but could not be added to the
            /// [`registry`](crate::registry).
            NotListed("circuit breaker not listed") {
                /// The breaker's name.
                breaker: (name),
                /// Why not.
                reason: (NotListed),
            }
            /// A budget works but could not be added to the [`registry`](crate::registry).
            BudgetNotListed("retry budget not listed") {
                /// The budget's name.
                budget: (name),
                /// Why not.
                reason: (NotListed),
            }
            /// A set of breakers is full of ones that must not go, and a new key got the shared
            /// breaker.
            ///
            /// Emitted once, and again only after a new key has found a place in between.
            KeysExhausted("keyed circuit breakers exhausted") {
                /// The name of the [`CircuitBreakers`](crate::CircuitBreakers).
                breakers: (name),
                /// Its `max_keys`.
                max_keys: (u32),
            }
        }
    };
}

#[cfg(any(feature = "testing", feature = "tracing"))]
pub(crate) use events;

macro_rules! borrowed {
    ((name)) => { &'a str };
    ((error)) => { Option<Excerpt<'a>> };
    (($type:ty $(, unlogged)?)) => { $type };
}

macro_rules! declare {
    ($(
        $(#[$docs:meta])*
        $event:ident($message:literal) {
            $(#[$name_docs:meta])*
            $name:ident: (name),
            $($(#[$field_docs:meta])* $field:ident: $type:tt,)*
        }
    )*) => {
        /// Something that a retry sequence or a circuit breaker did.
        ///
        /// Variants and their fields may be added: match with `..` and a wildcard arm. Displayed it
        /// is the name, the message, and the other fields that apply.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum Event<'a> {
            $(
                $(#[$docs])*
                #[non_exhaustive]
                $event {
                    $(#[$name_docs])*
                    $name: &'a str,
                    $($(#[$field_docs])* $field: borrowed!($type),)*
                },
            )*
        }

        impl<'a> Event<'a> {
            /// Returns the name of the operation, the breaker, the set of breakers or the budget.
            pub(crate) fn name(&self) -> &'a str {
                match self {
                    $(Self::$event { $name, .. } => $name,)*
                }
            }

            fn message(&self) -> &'static str {
                match self {
                    $(Self::$event { .. } => $message,)*
                }
            }

            /// Visits the fields that apply, each with its name and its text.
            #[doc(hidden)]
            pub fn fields(&self, visit: &mut dyn FnMut(&'static str, &dyn fmt::Display)) {
                match self {
                    $(Self::$event { $name, $($field),* } => {
                        visit(stringify!($name), $name);
                        $(if let Some(value) = $field.shown() {
                            visit(stringify!($field), &value);
                        })*
                    })*
                }
            }
        }
    };
}

events!(declare);

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut result = write!(f, "{}: {}", self.name(), self.message());
        let mut first = true;
        self.fields(&mut |field, value| {
            if !std::mem::take(&mut first) {
                result = result.and_then(|()| write!(f, " {field}={value}"));
            }
        });
        result
    }
}
