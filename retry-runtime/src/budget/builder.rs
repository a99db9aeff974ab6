//! The setters of a budget's settings, for one budget and for many.

use super::{RetryBudget, RetryBudgets};
use crate::setters::setters;

setters! { RetryBudget, RetryBudgets: {
    /// Sets what each call deposits, in tokens: the share of calls that may be retried.
    /// Default: 0.1.
    ratio(ratio: f64) = with_ratio, panics "Outside 0 to 10, or between two thousandths";

    /// Sets how many tokens a budget holds at most, and so how many retries may come at once.
    /// Default: 100.
    burst(tokens: u32) = with_burst,
        panics "Outside 1 to 100,000, below `initial`, or below a thousandth of `min_per_second`";

    /// Sets how many tokens a budget holds before the first call. Default: as many as `burst`.
    initial(tokens: u32) = with_initial, panics "Above `burst`";

    /// Sets how many tokens a budget gains each second without any call. Default: 0.
    min_per_second(tokens: u32) = with_min_per_second,
        panics "Above 100,000, or above 1,000 times `burst`: set `burst` first";
}}
