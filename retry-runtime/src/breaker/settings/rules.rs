//! The limits of a breaker's settings.

use crate::setters::Rule;

pub(crate) const FAILURE_THRESHOLD: Rule =
    "`failure_threshold` must be from 1 to 65,535: 1 opens at the first failure, the default is 5";
pub(crate) const SUCCESS_THRESHOLD: Rule = "`success_threshold` must be from 1 to 65,535: 1 closes at the first good probe, the default is 2";
pub(crate) const HALF_OPEN_MAX_CALLS: Rule = "`half_open_max_calls` must be from 1 to 16: without it, the limit is `success_threshold`, but at most 16";
pub(crate) const RECOVERY_TIMEOUT: Rule = "`recovery_timeout` must be from 1 ms to 365 days: to keep a breaker open indefinitely, call `force_open`";
pub(crate) const RECOVERY_FACTOR: Rule = "the factor of `recovery_backoff` must be a finite number of at least 1: 2 doubles the open phase with each failed recovery";
pub(crate) const RECOVERY_MAX: Rule = "the maximum of `recovery_backoff` must be at least `recovery_timeout` and at most 365 days: set `recovery_timeout` first, or raise the maximum";
pub(crate) const PROBE_TIMEOUT: Rule = "`probe_timeout` must be from 1 ms to 365 days: the default is the larger of `recovery_timeout` and 60 s";
pub(crate) const RESPECT_RETRY_AFTER: Rule = "`respect_retry_after` must be from 1 ms to 365 days: it caps the wait that a server requests; leave it out to ignore such waits";
pub(crate) const FAILURE_RATE: Rule = "the rate of `failure_rate` must be above 0 and at most 1: 0.5 opens when half of the calls fail";
pub(crate) const MIN_CALLS: Rule = "the `min_calls` of `failure_rate` must be from 1 to the calls of the window (65,535 for a window of time): lower it, or enlarge the window; otherwise the breaker would never open";
pub(crate) const WINDOW_CALLS: Rule = "`Window::calls` must be from 1 to 1,024: `Window::calls(100)` is the last 100 calls; for more, use `Window::time`";
pub(crate) const WINDOW_TIME: Rule =
    "`Window::time` must be from 10 ms to 24 hours: for less, use `Window::calls`";
pub(crate) const SLOW_CALL_DURATION: Rule =
    "the duration of `slow_call` must be above zero: with zero, every call would be slow";
pub(crate) const SLOW_CALL_RATE: Rule = "the rate of `slow_call` must be above 0 and at most 1: 0.5 opens when half of the calls are slow";
