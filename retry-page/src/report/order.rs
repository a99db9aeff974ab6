//! The order of rows: those with problems come first.

use std::cmp::Ordering;

use retry_runtime::CircuitState;
use retry_runtime::registry::{BudgetSnapshot, Snapshot};

use crate::journal::Operation;

/// Orders by state, then forced breakers first, then by nearness to opening.
pub(super) fn by_urgency(one: &Snapshot, other: &Snapshot) -> Ordering {
    let rank = |it: &Snapshot| match it.state {
        CircuitState::Open => 0,
        CircuitState::HalfOpen => 1,
        CircuitState::Closed => 2,
    };
    rank(one)
        .cmp(&rank(other))
        .then(other.forced.cmp(&one.forced))
        .then_with(|| nearness(other).total_cmp(&nearness(one)))
        .then_with(|| one.name.cmp(&other.name))
}

/// Returns the nearness of a breaker to opening, from 0 to 1.
pub(super) fn nearness(it: &Snapshot) -> f64 {
    let CircuitState::Closed = it.state else { return 1.0 };
    #[allow(clippy::cast_precision_loss, reason = "only for display")]
    let (calls, failures) = (it.calls as f64, it.failures as f64);
    let nearness = match it.failure_rate {
        Some(rate) if it.calls > 0 => failures / calls / rate,
        Some(_) => 0.0,
        None => failures / f64::from(it.failure_threshold),
    };
    nearness.min(1.0)
}

/// Orders by the share of tokens left.
pub(super) fn by_balance(one: &BudgetSnapshot, other: &BudgetSnapshot) -> Ordering {
    let left = |it: &BudgetSnapshot| it.balance / f64::from(it.burst);
    left(one).total_cmp(&left(other)).then_with(|| one.name.cmp(&other.name))
}

/// Orders by recent retries, then by retries since the start.
pub(super) fn by_recent_retries<N: Ord>(
    one: &(N, &Operation),
    other: &(N, &Operation),
) -> Ordering {
    let recent = |it: &Operation| it.spans.iter().copied().map(u64::from).sum::<u64>();
    recent(other.1)
        .cmp(&recent(one.1))
        .then(other.1.retries.cmp(&one.1.retries))
        .then_with(|| one.0.cmp(&other.0))
}
