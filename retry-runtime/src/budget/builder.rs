//! The setters of a budget's settings, for single budgets and for sets.

use super::{RetryBudget, RetryBudgets};
use crate::setters::setters;

setters! { RetryBudget, RetryBudgets: {
    /// Sets the deposit of each call, in tokens. This is the share of calls that may be retried.
    /// Default: 0.1.
    ratio(ratio: f64) = with_ratio,
        panics "If `ratio` is outside 0 to 10, or between two thousandths";

    /// Sets the maximum number of tokens, and so of simultaneous retries. Default: 100.
    burst(tokens: u32) = with_burst,
        panics "If `tokens` is outside 1 to 100,000, below `initial`, or below a thousandth of \
                `min_per_second`";

    /// Sets the number of tokens before the first call. Default: as many as `burst`.
    initial(tokens: u32) = with_initial, panics "If `tokens` is above `burst`";

    /// Sets the number of tokens that a budget gains per second without any call. Default: 0.
    min_per_second(tokens: u32) = with_min_per_second,
        panics "If `tokens` is above 100,000, or above 1,000 times `burst` (set `burst` first)";
}}
