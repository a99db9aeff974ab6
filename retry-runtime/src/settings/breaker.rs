//! A breaker's settings, and the rules for their combinations.

use std::time::Duration;

use super::source::{Key, Setting, Source, keys};
use super::text::{DURATION, decimal, duration, positive};
use crate::breaker::{Settings, Window, rules};
use crate::config::{ConfigError, Mode};
use crate::setters::Rule;

const COUNT: &str = "must be a whole number from 1 to 65535, such as `5`";
const RATE: &str = "must be a number above 0 and at most 1, such as `0.5`, which opens when half of the calls fail";
const RECOVERY: &str = "must be a duration from 1 ms to 365 days: seconds, such as `60` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`";
const CALLS: &str = "must be a whole number from 1 to 1024, such as `100`";
const TIME: &str = "must be a duration from 10 ms to 24 hours: seconds, such as `30` or `0.5`, or with a unit, such as `500ms`, `30s` or `5m`";
const SLOW: &str = "must be a duration above zero: seconds, such as `2` or `0.5`, or with a unit, such as `500ms`, `1.5s` or `2m`";
const SLOW_RATE: &str = "must be a number above 0 and at most 1, such as `0.5`, which opens when half of the calls are slow";
const FACTOR: &str = "must be a number of at least 1, such as `2`, which doubles the open phase with each failed recovery";
const PROBES: &str = "must be a whole number from 1 to 16, such as `2`";

/// The calls that a rate needs unless `min_calls` is set or the window holds fewer. With fewer
/// calls, one failure moves the rate by more than a tenth.
const DEFAULT_MIN_CALLS: u32 = 10;

keys! {
    "CIRCUIT_BREAKER_":
    FAILURE_THRESHOLD: u32 = "failure_threshold" or "THRESHOLD" or "FAILURE_THRESHOLD", COUNT, positive;
    FAILURE_RATE: f64 = "failure_rate.rate" or "FAILURE_RATE", RATE, decimal;
    MIN_CALLS: u32 = "failure_rate.min_calls" or "MIN_CALLS", COUNT, positive;
    WINDOW_CALLS: Window = "failure_rate.window.calls" or "WINDOW_CALLS", CALLS,
        |text| positive(text).map(Window::calls);
    WINDOW_TIME: Window = "failure_rate.window.time" or "WINDOW_TIME", TIME,
        |text| duration(text).map(Window::time);
    SLOW_CALL: Duration = "slow_call.longer_than" or "SLOW_CALL", SLOW, duration;
    SLOW_CALL_RATE: f64 = "slow_call.rate" or "SLOW_CALL_RATE", SLOW_RATE, decimal;
    SUCCESS_THRESHOLD: u32 = "success_threshold" or "SUCCESS_THRESHOLD", COUNT, positive;
    HALF_OPEN_MAX_CALLS: u32 = "half_open_max_calls" or "HALF_OPEN_MAX_CALLS", PROBES, positive;
    PROBE_TIMEOUT: Duration = "probe_timeout" or "PROBE_TIMEOUT", RECOVERY, duration;
    RECOVERY_TIMEOUT: Duration = "recovery_timeout" or "TIMEOUT" or "RECOVERY_TIMEOUT", RECOVERY, duration;
    RECOVERY_FACTOR: f64 = "recovery_backoff.factor" or "RECOVERY_FACTOR", FACTOR, decimal;
    RECOVERY_MAX: Duration = "recovery_backoff.max" or "RECOVERY_MAX", RECOVERY, duration;
    RESPECT_RETRY_AFTER: Duration = "respect_retry_after" or "RESPECT_RETRY_AFTER", RECOVERY,
        duration;
    ABANDONED_AFTER: Duration = "abandoned_after" or "ABANDONED_AFTER", DURATION, duration;
    MODE: Mode = "mode" or "MODE", Mode::RULE, super::retry::mode;
}

type Checked = Result<Settings, ConfigError>;

/// Checks the name of a breaker or of a set.
pub(crate) fn check_name(name: &str) -> Result<(), ConfigError> {
    if !name.trim().is_empty() {
        return Ok(());
    }
    let rule = "must not be empty: errors, events and the registry identify breakers by name";
    Err(ConfigError::new("name", name, rule))
}

/// Applies the settings that are set. The opening rule is replaced as a unit.
pub(crate) fn settings(settings: Settings, source: &Source<'_>) -> Checked {
    let settings = criterion(settings, source)?;
    let settings = slow_call(settings, source)?;
    let settings = apply(settings, source, &SUCCESS_THRESHOLD, Settings::with_success_threshold)?;
    let settings =
        apply(settings, source, &HALF_OPEN_MAX_CALLS, Settings::with_half_open_max_calls)?;
    let settings = apply(settings, source, &PROBE_TIMEOUT, Settings::with_probe_timeout)?;
    let settings = open_phase(settings, source)?;
    let settings =
        apply(settings, source, &RESPECT_RETRY_AFTER, Settings::with_respect_retry_after)?;
    let settings = apply(settings, source, &ABANDONED_AFTER, Settings::with_abandoned_after)?;
    apply(settings, source, &MODE, Settings::with_mode)
}

/// Applies a setting if it is set, or returns the error if it is out of range.
fn apply<T: Copy + PartialEq>(
    settings: Settings,
    source: &Source<'_>,
    key: &Key<T>,
    with: impl FnOnce(Settings, T) -> Result<Settings, Rule>,
) -> Checked {
    match source.get(key)? {
        Some(setting) => with(settings, setting.value).map_err(|_| setting.broken()),
        None => Ok(settings),
    }
}

/// Sets the opening rule: failures in a row, or a rate over a window.
fn criterion(settings: Settings, source: &Source<'_>) -> Checked {
    let settings = apply(settings, source, &FAILURE_THRESHOLD, |settings, failures| {
        settings.without_window().with_failure_threshold(failures)
    })?;
    let (threshold, rate) = (source.get(&FAILURE_THRESHOLD)?, source.get(&FAILURE_RATE)?);
    if let (Some(threshold), Some(rate)) = (threshold, &rate) {
        return Err(rate.error(format!(
            "cannot be combined with `{}`, which counts failures in a row: unset one of the two",
            threshold.place
        )));
    }
    let min_calls = source.get(&MIN_CALLS)?;
    let window = window(source, &WINDOW_CALLS, &WINDOW_TIME)?;
    let unused = || source.without(&FAILURE_RATE, "0.5");
    let (rate, window) = match (rate, window) {
        (None, None) => return min_calls.map_or(Ok(settings), |calls| Err(calls.error(unused()))),
        (None, Some(window)) => return Err(window.error(unused())),
        (Some(rate), None) => {
            return Err(rate.error(format!(
                "needs a window: set `{}`, such as `100`, or `{}`, such as `30s`",
                source.place(&WINDOW_CALLS),
                source.place(&WINDOW_TIME)
            )));
        }
        (Some(rate), Some(window)) => (rate, window),
    };
    let most = window.value.max_calls().unwrap_or(u32::MAX);
    let least = min_calls.as_ref().map_or(most.min(DEFAULT_MIN_CALLS), |calls| calls.value);
    let checked = settings.with_failure_rate(rate.value, least, window.value);
    checked.map_err(|broken| match (broken, min_calls) {
        (rules::MIN_CALLS, Some(min_calls)) if least > most => min_calls.error(format!(
            "must not be above the calls of the window ({most}), or it would never open: lower it, or raise `{}`",
            window.place
        )),
        (rules::MIN_CALLS, Some(min_calls)) => min_calls.broken(),
        _ => rate.broken(),
    })
}

/// Reads the window of a rate. Only one of the two settings may be set.
pub(crate) fn window(
    source: &Source<'_>,
    calls: &Key<Window>,
    time: &Key<Window>,
) -> Result<Option<Setting<Window>>, ConfigError> {
    let window = match (source.get(calls)?, source.get(time)?) {
        (Some(calls), Some(time)) => {
            let rule =
                format!("cannot be combined with `{}`: unset one of the two windows", calls.place);
            return Err(time.error(rule));
        }
        (calls, time) => calls.or(time),
    };
    let Some(window) = window else { return Ok(None) };
    // The rate and the count suit every window, so only the window can break a rule.
    let rule = match Settings::DEFAULT.with_failure_rate(1.0, 1, window.value) {
        Ok(_) => return Ok(Some(window)),
        Err(rules::WINDOW_CALLS) => {
            format!("{CALLS}: for more, set `{}` instead", source.place(time))
        }
        Err(_) => format!("{TIME}; for less, set `{}` instead", source.place(calls)),
    };
    Err(window.error(rule))
}

/// Sets the duration above which a call is slow, and the share of slow calls.
fn slow_call(settings: Settings, source: &Source<'_>) -> Checked {
    match (source.get(&SLOW_CALL)?, source.get(&SLOW_CALL_RATE)?, settings.has_window()) {
        (None, None, _) => Ok(settings),
        (None, Some(rate), _) => Err(rate.error(source.without(&SLOW_CALL, "2s"))),
        (Some(_), Some(rate), false) => Err(rate.error(format!(
            "has no effect without a window, because each slow call is then a failure: set `{}` too, or unset this",
            source.place(&FAILURE_RATE)
        ))),
        (Some(slow), None, true) => Err(slow.error(format!(
            "needs a rate of slow calls next to `{}`: set `{}` too, such as `0.5`",
            source.place(&FAILURE_RATE),
            source.place(&SLOW_CALL_RATE)
        ))),
        // Without a window the share is not used, but the setter requires one.
        (Some(slow), rate, _) => {
            let share = rate.as_ref().map_or(1.0, |rate| rate.value);
            settings.with_slow_call(slow.value, share).map_err(|broken| match rate {
                Some(rate) if broken == rules::SLOW_CALL_RATE => rate.broken(),
                _ => slow.broken(),
            })
        }
    }
}

/// Sets the open phase and its growth.
fn open_phase(mut settings: Settings, source: &Source<'_>) -> Checked {
    let timeout = source.get(&RECOVERY_TIMEOUT)?;
    let (factor, max) = (source.get(&RECOVERY_FACTOR)?, source.get(&RECOVERY_MAX)?);
    // A new timeout may be too long for the old growth and fit the new one.
    let (old_growth, old_longest) = settings.take_recovery_backoff().unzip();
    let settings = apply(settings, source, &RECOVERY_TIMEOUT, Settings::with_recovery_timeout)?;
    let growth = factor.as_ref().map(|factor| factor.value).or(old_growth);
    let longest = max.as_ref().map(|max| max.value).or(old_longest);
    let (Some(growth), Some(longest)) = (growth, longest) else {
        return match (factor, max) {
            (Some(factor), _) => Err(factor.error(format!(
                "needs a longest open phase: set `{}` too, such as `10m`",
                source.place(&RECOVERY_MAX)
            ))),
            (None, Some(max)) => Err(max.error(source.without(&RECOVERY_FACTOR, "2"))),
            (None, None) => Ok(settings),
        };
    };
    let first = Duration::from_nanos(settings.recovery_timeout());
    let checked = settings.with_recovery_backoff(growth, longest);
    checked.map_err(|broken| match (broken, factor, max) {
        (rules::RECOVERY_FACTOR, Some(factor), _) => factor.broken(),
        (_, _, Some(max)) if longest < first => max.error(format!(
            "must not be below the recovery timeout ({first:?}): raise it, or lower `{}`",
            source.place(&RECOVERY_TIMEOUT)
        )),
        (_, _, Some(max)) => max.broken(),
        // The previous settings were valid together, so the new timeout is the one that does not
        // fit.
        (_, _, None) => ConfigError::new(
            source.place(&RECOVERY_TIMEOUT),
            timeout.map_or_else(|| format!("{first:?}"), |timeout| timeout.text),
            format!(
                "must not be above the longest open phase ({longest:?}): lower it, or set `{}` too",
                source.place(&RECOVERY_MAX)
            ),
        ),
    })
}
