//! The decisions of retries, budgets and breakers in virtual time, and settings from a simulated
//! environment.
//!
//! **Unstable**: it may change in any version. Use it for simulations such as
//! `integrations/plots/examples/storm`, or to find out what a policy would do. Nothing here waits,
//! reads a clock or draws from the thread's random numbers. Time and random numbers are arguments,
//! so a million clients fit into one thread, and a seed gives the same run each time. The decisions
//! use the same code as an annotated function.
//!
//! Times are measured from the start of the simulation.

use std::cell::Cell;
use std::ffi::OsString;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
pub use crate::breaker::{Breaker, Ticket};
use crate::budget::RetryBudget;
use crate::config::{ConfigError, RetryConfig};
use crate::env::Variables;
use crate::failure::{FailureKind, RetryHint};
pub use crate::random::Seeded as Random;
use crate::series;
pub use crate::session::Decision as Next;
use crate::session::Failure;
pub use crate::session::Progress as Series;
use crate::settings::Source;
use crate::settings::variables::{CIRCUIT_BREAKER, Family, RETRY};

impl Series {
    /// Begins a sequence, and makes its deposit in this budget, if there is one.
    #[must_use]
    pub fn begin(budget: Option<&RetryBudget>) -> Self {
        series::begin(budget)
    }

    /// Decides what follows the failure of the current attempt at `now`. If another attempt
    /// follows, it becomes the current one.
    pub fn failed(
        &mut self,
        policy: &RetryConfig,
        kind: FailureKind,
        hint: impl Into<RetryHint>,
        budget: Option<&RetryBudget>,
        now: Duration,
        random: &mut Random,
    ) -> Next {
        let failure = Failure::of_kind(kind, hint.into(), None);
        let millis = || u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        // At most two are used: for the delay, and for the jitter on a hint.
        let drawn = [random.unit(), random.unit()];
        let asked = Cell::new(0);
        let draw = || drawn[asked.replace(asked.get() + 1) % 2];
        let withdraw = || budget.is_none_or(|budget| budget.withdraw(millis));
        let next = self.decide(&policy.nearest(), &failure, None, withdraw, draw);
        if let Next::Retry(wait) = next {
            self.advance(wait);
        }
        next
    }
}

/// Reads a policy like [`RetryConfig::from_env`] in a process with these variables, or with a
/// prefix like [`from_env_prefixed`](RetryConfig::from_env_prefixed).
///
/// # Errors
///
/// Those of these functions.
pub fn policy_from(
    variables: &[(OsString, OsString)],
    prefix: Option<&str>,
) -> Result<RetryConfig, ConfigError> {
    RetryConfig::new().changed_by(&settings(variables, prefix, &RETRY)?)
}

/// Reads a breaker like [`CircuitBreaker::from_env`] in a process with these variables, or with a
/// prefix like [`from_env_prefixed`](CircuitBreaker::from_env_prefixed).
///
/// # Errors
///
/// Those of these functions.
pub fn breaker_from(
    variables: &[(OsString, OsString)],
    prefix: Option<&str>,
) -> Result<CircuitBreaker, ConfigError> {
    CircuitBreaker::new("simulated").changed_by(&settings(variables, prefix, &CIRCUIT_BREAKER)?)
}

fn settings<'a>(
    variables: &'a [(OsString, OsString)],
    prefix: Option<&'a str>,
    family: &Family,
) -> Result<Source<'a>, ConfigError> {
    let names = variables.iter().map(|(name, _)| name.clone()).collect();
    let lookup = move |asked: String| {
        let (_, value) = variables.iter().find(|(name, _)| *name == *asked)?;
        Some(value.clone())
    };
    let variables = Variables { names, lookup: Box::new(lookup) };
    match prefix {
        Some(prefix) => variables.prefixed(prefix, family),
        None => variables.without_prefix(family),
    }
}
