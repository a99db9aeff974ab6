//! A breaker's settings, and which of them go together.

use std::str::FromStr;
use std::time::Duration;

use super::source::{Lookup, Setting, Source};
use super::text::{decimal, duration, positive};
use super::window::Span;
use super::{COUNT, DURATION, MODE, PROBES, RATE, RECOVERY};
use crate::breaker::{Settings, Violation};
use crate::config::{ConfigError, Mode};

const FACTOR: &str = "must be a number of at least 1, such as `2`, which doubles the open phase with each failed recovery";
const SLOW_RATE: &str = "must be a number above 0 and at most 1, such as `0.5`, which opens when half of the calls are slow";
const SLOW: &str = "must be a duration above zero: seconds, such as `2` or `0.5`, or with a unit, such as `500ms`, `1.5s` or `2m`";

/// How many calls a rate is taken over at least, unless something else is said or the window holds fewer.
///
/// With fewer, one failure more or less moves the rate by more than a tenth.
const MIN_CALLS: u32 = 10;

/// What the settings are called.
pub(crate) struct Names {
    pub(crate) failure_threshold: &'static str,
    pub(crate) recovery_timeout: &'static str,
    pub(crate) success_threshold: &'static str,
    pub(crate) half_open_max_calls: &'static str,
    pub(crate) probe_timeout: &'static str,
    pub(crate) failure_rate: &'static str,
    pub(crate) min_calls: &'static str,
    pub(crate) window_calls: &'static str,
    pub(crate) window_time: &'static str,
    pub(crate) slow_call: &'static str,
    pub(crate) slow_call_rate: &'static str,
    pub(crate) recovery_factor: &'static str,
    pub(crate) recovery_max: &'static str,
    pub(crate) abandoned_after: &'static str,
    pub(crate) mode: &'static str,
}

/// The settings, changed by those that are set. What a breaker opens at is changed as a whole.
pub(crate) fn settings<L: Lookup>(
    settings: Settings,
    source: &Source<'_, L>,
    names: &Names,
) -> Result<Settings, ConfigError> {
    let settings = criterion(settings, source, names)?;
    let settings = recovery(settings, source, names)?;
    behaviour(settings, source, names)
}

/// When it opens.
fn criterion<L: Lookup>(
    mut settings: Settings,
    source: &Source<'_, L>,
    names: &Names,
) -> Result<Settings, ConfigError> {
    let threshold = source.read(names.failure_threshold, COUNT, positive)?;
    if let Some(failures) = &threshold {
        let counting = settings.without_window();
        settings = failures.accept(COUNT, counting.with_failure_threshold(failures.value))?;
    }
    let rate = source.read(names.failure_rate, RATE, decimal)?;
    if let (Some(rate), Some(threshold)) = (&rate, &threshold) {
        return Err(rate.error(format!(
            "takes the place of {}, which counts failures in a row: unset one of the two",
            threshold.place
        )));
    }
    settings = window(settings, source, names, rate.as_ref())?;
    slow_call(settings, source, names)
}

/// The share of failed calls that opens it, and what the share is taken over.
fn window<L: Lookup>(
    settings: Settings,
    source: &Source<'_, L>,
    names: &Names,
    rate: Option<&Setting<f64>>,
) -> Result<Settings, ConfigError> {
    let min = source.read(names.min_calls, COUNT, positive)?;
    let span = Span::read(source, names.window_calls, names.window_time)?;
    let Some(rate) = rate else {
        let rule = format!(
            "has no effect without {}: set that too, such as `0.5`, or unset this",
            source.place(names.failure_rate)
        );
        return match (span, min) {
            (Some(span), _) => Err(span.error(rule)),
            (None, Some(min)) => Err(min.error(rule)),
            (None, None) => Ok(settings),
        };
    };
    let Some(span) = span else {
        return Err(rate.error(format!(
            "needs a window: set {}, such as `100`, or {}, such as `30s`",
            source.place(names.window_calls),
            source.place(names.window_time)
        )));
    };
    let least = match (&min, &span) {
        (Some(min), _) => min.value,
        (None, Span::Calls(calls)) => calls.value.min(MIN_CALLS),
        (None, Span::Time(_)) => MIN_CALLS,
    };
    let checked = settings.with_failure_rate(rate.value, least, span.window());
    checked.map_err(|violation| match (violation, min, span) {
        (Violation::MinCalls, Some(min), Span::Calls(calls)) => min.error(format!(
            "must not be above the calls of the window ({}), or it would never open: lower it, or raise {}",
            calls.value, calls.place
        )),
        (Violation::MinCalls, Some(min), Span::Time(_)) => min.error(COUNT),
        _ => rate.error(RATE),
    })
}

/// From when on a call is slow.
fn slow_call<L: Lookup>(
    settings: Settings,
    source: &Source<'_, L>,
    names: &Names,
) -> Result<Settings, ConfigError> {
    let longer_than = source.read(names.slow_call, SLOW, duration)?;
    let rate = source.read(names.slow_call_rate, SLOW_RATE, decimal)?;
    let (longer_than, share) = match (longer_than, &rate, settings.has_window()) {
        (None, None, _) => return Ok(settings),
        (None, Some(rate), _) => {
            return Err(rate.error(format!(
                "has no effect without {}: set that too, such as `2s`, or unset this",
                source.place(names.slow_call)
            )));
        }
        (Some(_), Some(rate), false) => {
            return Err(rate.error(format!(
                "has no effect without a window, where each slow call is a failure: set {} too, or unset this",
                source.place(names.failure_rate)
            )));
        }
        (Some(longer_than), None, true) => {
            return Err(longer_than.error(format!(
                "needs its own rate beside {}: set {} too, such as `0.5`",
                source.place(names.failure_rate),
                source.place(names.slow_call_rate)
            )));
        }
        (Some(longer_than), Some(rate), true) => (longer_than, rate.value),
        // Of no account without a window, but there has to be one.
        (Some(longer_than), None, false) => (longer_than, 1.0),
    };
    let checked = settings.with_slow_call(longer_than.value, share);
    checked.map_err(|violation| match (violation, rate) {
        (Violation::SlowCallRate, Some(rate)) => rate.error(SLOW_RATE),
        _ => longer_than.error(SLOW),
    })
}

/// When it closes, and when it is tried again.
fn recovery<L: Lookup>(
    mut settings: Settings,
    source: &Source<'_, L>,
    names: &Names,
) -> Result<Settings, ConfigError> {
    if let Some(successes) = source.read(names.success_threshold, COUNT, positive)? {
        settings = successes.accept(COUNT, settings.with_success_threshold(successes.value))?;
    }
    if let Some(calls) = source.read(names.half_open_max_calls, PROBES, positive)? {
        settings = calls.accept(PROBES, settings.with_half_open_max_calls(calls.value))?;
    }
    if let Some(timeout) = source.read(names.probe_timeout, RECOVERY, duration)? {
        settings = timeout.accept(RECOVERY, settings.with_probe_timeout(timeout.value))?;
    }
    open_phase(settings, source, names)
}

/// How long it stays open, and how that grows.
fn open_phase<L: Lookup>(
    settings: Settings,
    source: &Source<'_, L>,
    names: &Names,
) -> Result<Settings, ConfigError> {
    let timeout = source.read(names.recovery_timeout, RECOVERY, duration)?;
    let factor = source.read(names.recovery_factor, FACTOR, decimal)?;
    let max = source.read(names.recovery_max, RECOVERY, duration)?;
    let before = settings.recovery_backoff();
    // Beside the old growth a new time to start from may be too long, and is not beside the new one.
    let mut settings = settings.without_recovery_backoff();
    if let Some(timeout) = &timeout {
        settings = timeout.accept(RECOVERY, settings.with_recovery_timeout(timeout.value))?;
    }
    let growth = match (&factor, &max, before) {
        (None, None, None) => return Ok(settings),
        (Some(factor), None, None) => {
            return Err(factor.error(format!(
                "needs a longest open phase: set {} too, such as `10m`",
                source.place(names.recovery_max)
            )));
        }
        (None, Some(max), None) => {
            return Err(max.error(format!(
                "has no effect without {}: set that too, such as `2`, or unset this",
                source.place(names.recovery_factor)
            )));
        }
        (Some(factor), Some(max), _) => (factor.value, max.value),
        (factor, max, Some(before)) => (
            factor.as_ref().map_or(before.0, |factor| factor.value),
            max.as_ref().map_or(before.1, |max| max.value),
        ),
    };
    let first = Duration::from_nanos(settings.recovery_timeout());
    let checked = settings.with_recovery_backoff(growth.0, growth.1);
    checked.map_err(|violation| match (violation, factor, max, timeout) {
        (Violation::RecoveryFactor, Some(factor), _, _) => factor.error(FACTOR),
        (_, _, Some(max), _) if max.value < first => max.error(format!(
            "must not be below the recovery timeout ({first:?}): raise it, or lower {}",
            source.place(names.recovery_timeout)
        )),
        (_, _, Some(max), _) => max.error(RECOVERY),
        // What there was before fitted together, so it is the new time that does not.
        (_, _, None, timeout) => {
            let rule = format!(
                "must not be above the longest open phase ({:?}): lower it, or set {} too",
                growth.1,
                source.place(names.recovery_max)
            );
            match timeout {
                Some(timeout) => timeout.error(rule),
                None => ConfigError::new(
                    source.place(names.recovery_timeout),
                    format!("{first:?}"),
                    rule,
                ),
            }
        }
    })
}

/// What else it does.
fn behaviour<L: Lookup>(
    mut settings: Settings,
    source: &Source<'_, L>,
    names: &Names,
) -> Result<Settings, ConfigError> {
    if let Some(limit) = source.read(names.abandoned_after, DURATION, duration)? {
        settings = settings.with_abandoned_after(limit.value);
    }
    if let Some(mode) = source.read(names.mode, MODE, |text| Mode::from_str(text).ok())? {
        settings = settings.with_mode(mode.value);
    }
    Ok(settings)
}
