//! Tests of the variables of a breaker.

use std::time::Duration;

use super::*;
use crate::breaker::Window;
use crate::setters::Rule;

type Checked = Result<Settings, Rule>;

#[test]
fn rates_and_factors_are_plain_numbers_within_their_limits() {
    let rates = ["0", "0.0", "1.01", "2", "50%", "-0.5", "+0.5", "5e-1", "nan", "inf", ".5", "1/2"];
    for rate in rates {
        let window = ("WINDOW_CALLS", "20");
        let error = settings(&[("FAILURE_RATE", rate), window]).unwrap_err();
        assert_eq!((error.place(), error.value()), ("CIRCUIT_BREAKER_FAILURE_RATE", rate));
        assert!(error.rule().starts_with("must be a number above 0 and at most 1, such as `0.5`"));
        let slow = [("FAILURE_RATE", "1"), window, ("SLOW_CALL", "2"), ("SLOW_CALL_RATE", rate)];
        let error = settings(&slow).unwrap_err();
        assert_eq!((error.place(), error.value()), ("CIRCUIT_BREAKER_SLOW_CALL_RATE", rate));
        assert!(error.rule().starts_with("must be a number above 0 and at most 1, such as `0.5`"));
    }
    for factor in ["0", "0.99", "-2", "inf", "NaN", "1e3", "double"] {
        let error = settings(&[("RECOVERY_FACTOR", factor), ("RECOVERY_MAX", "1h")]).unwrap_err();
        assert_eq!((error.place(), error.value()), ("CIRCUIT_BREAKER_RECOVERY_FACTOR", factor));
        assert!(error.rule().starts_with("must be a number of at least 1, such as `2`"), "{error}");
    }
}

#[test]
fn windows_keep_their_limits() {
    for (window, value, rule) in [
        ("WINDOW_CALLS", "0", "must be a whole number from 1 to 1024, such as `100`"),
        (
            "WINDOW_CALLS",
            "1025",
            "must be a whole number from 1 to 1024, such as `100`: for more, set `CIRCUIT_BREAKER_WINDOW_TIME` instead",
        ),
        (
            "WINDOW_TIME",
            "9ms",
            "must be a duration from 10 ms to 24 hours: seconds, such as `30` or `0.5`, or with a unit, such as `500ms`, `30s` or `5m`; for less, set `CIRCUIT_BREAKER_WINDOW_CALLS` instead",
        ),
        (
            "WINDOW_TIME",
            "24.1h",
            "must be a duration from 10 ms to 24 hours: seconds, such as `30` or `0.5`, or with a unit, such as `500ms`, `30s` or `5m`; for less, set `CIRCUIT_BREAKER_WINDOW_CALLS` instead",
        ),
        (
            "WINDOW_TIME",
            "forever",
            "must be a duration from 10 ms to 24 hours: seconds, such as `30` or `0.5`, or with a unit, such as `500ms`, `30s` or `5m`",
        ),
    ] {
        let error = settings(&[("FAILURE_RATE", "0.5"), (window, value)]).unwrap_err();
        assert_eq!(error.place(), format!("CIRCUIT_BREAKER_{window}"));
        assert_eq!((error.value(), error.rule()), (value, rule));
    }
}

#[test]
fn settings_that_belong_together_are_held_against_each_other() {
    let rate = ("FAILURE_RATE", "0.5");
    let (calls, time) = (("WINDOW_CALLS", "100"), ("WINDOW_TIME", "30s"));
    let (slow, slow_rate) = (("SLOW_CALL", "2s"), ("SLOW_CALL_RATE", "0.8"));
    let cases: &[(&[(&str, &str)], &str)] = &[
        (
            &[rate],
            "CIRCUIT_BREAKER_FAILURE_RATE=\"0.5\": needs a window: set `CIRCUIT_BREAKER_WINDOW_CALLS`, such as `100`, or `CIRCUIT_BREAKER_WINDOW_TIME`, such as `30s`",
        ),
        (
            &[rate, calls, time],
            "CIRCUIT_BREAKER_WINDOW_TIME=\"30s\": cannot be combined with `CIRCUIT_BREAKER_WINDOW_CALLS`: unset one of the two windows",
        ),
        (
            &[calls],
            "CIRCUIT_BREAKER_WINDOW_CALLS=\"100\": has no effect without `CIRCUIT_BREAKER_FAILURE_RATE`: set that too, such as `0.5`, or unset this",
        ),
        (
            &[time],
            "CIRCUIT_BREAKER_WINDOW_TIME=\"30s\": has no effect without `CIRCUIT_BREAKER_FAILURE_RATE`: set that too, such as `0.5`, or unset this",
        ),
        (
            &[("MIN_CALLS", "20")],
            "CIRCUIT_BREAKER_MIN_CALLS=\"20\": has no effect without `CIRCUIT_BREAKER_FAILURE_RATE`: set that too, such as `0.5`, or unset this",
        ),
        (
            &[rate, ("WINDOW_CALLS", "10"), ("MIN_CALLS", "11")],
            "CIRCUIT_BREAKER_MIN_CALLS=\"11\": must not be above the calls of the window (10), or it would never open: lower it, or raise `CIRCUIT_BREAKER_WINDOW_CALLS`",
        ),
        (
            &[rate, time, ("MIN_CALLS", "65536")],
            "CIRCUIT_BREAKER_MIN_CALLS=\"65536\": must be a whole number from 1 to 65535, such as `5`",
        ),
        (
            &[rate, calls, ("THRESHOLD", "5")],
            "CIRCUIT_BREAKER_FAILURE_RATE=\"0.5\": cannot be combined with `CIRCUIT_BREAKER_THRESHOLD`, which counts failures in a row: unset one of the two",
        ),
        (
            &[slow_rate],
            "CIRCUIT_BREAKER_SLOW_CALL_RATE=\"0.8\": has no effect without `CIRCUIT_BREAKER_SLOW_CALL`: set that too, such as `2s`, or unset this",
        ),
        (
            &[slow, slow_rate],
            "CIRCUIT_BREAKER_SLOW_CALL_RATE=\"0.8\": has no effect without a window, because each slow call is then a failure: set `CIRCUIT_BREAKER_FAILURE_RATE` too, or unset this",
        ),
        (
            &[rate, calls, slow],
            "CIRCUIT_BREAKER_SLOW_CALL=\"2s\": needs a rate of slow calls next to `CIRCUIT_BREAKER_FAILURE_RATE`: set `CIRCUIT_BREAKER_SLOW_CALL_RATE` too, such as `0.5`",
        ),
        (
            &[("RECOVERY_FACTOR", "2")],
            "CIRCUIT_BREAKER_RECOVERY_FACTOR=\"2\": needs a longest open phase: set `CIRCUIT_BREAKER_RECOVERY_MAX` too, such as `10m`",
        ),
        (
            &[("RECOVERY_MAX", "10m")],
            "CIRCUIT_BREAKER_RECOVERY_MAX=\"10m\": has no effect without `CIRCUIT_BREAKER_RECOVERY_FACTOR`: set that too, such as `2`, or unset this",
        ),
        (
            &[("RECOVERY_FACTOR", "2"), ("RECOVERY_MAX", "59s")],
            "CIRCUIT_BREAKER_RECOVERY_MAX=\"59s\": must not be below the recovery timeout (60s): raise it, or lower `CIRCUIT_BREAKER_TIMEOUT`",
        ),
        (
            &[("TIMEOUT", "2m"), ("RECOVERY_FACTOR", "2"), ("RECOVERY_MAX", "1m")],
            "CIRCUIT_BREAKER_RECOVERY_MAX=\"1m\": must not be below the recovery timeout (120s): raise it, or lower `CIRCUIT_BREAKER_TIMEOUT`",
        ),
        (
            &[("PROBE_TIMEOUT", "0.0009")],
            "CIRCUIT_BREAKER_PROBE_TIMEOUT=\"0.0009\": must be a duration from 1 ms to 365 days: seconds, such as `60` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`",
        ),
        (
            &[("RESPECT_RETRY_AFTER", "8761h")],
            "CIRCUIT_BREAKER_RESPECT_RETRY_AFTER=\"8761h\": must be a duration from 1 ms to 365 days: seconds, such as `60` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`",
        ),
        (
            &[("RECOVERY_FACTOR", "2"), ("RECOVERY_MAX", "8761h")],
            "CIRCUIT_BREAKER_RECOVERY_MAX=\"8761h\": must be a duration from 1 ms to 365 days: seconds, such as `60` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`",
        ),
    ];
    for (variables, expected) in cases {
        assert_eq!(settings(variables).unwrap_err().to_string(), *expected);
    }
}

#[test]
fn every_variable_sets_what_the_builder_would() {
    let minute = Duration::from_secs(60);
    let default = Settings::DEFAULT;
    let rate = ("FAILURE_RATE", "0.25");
    let in_calls = |rate, min, calls| default.with_failure_rate(rate, min, Window::calls(calls));
    let in_time = |rate, min, length| default.with_failure_rate(rate, min, Window::time(length));
    let cases: &[(&[(&str, &str)], Checked)] = &[
        (&[], Ok(default)),
        (&[("THRESHOLD", "7")], default.with_failure_threshold(7)),
        (&[("TIMEOUT", "1m")], default.with_recovery_timeout(minute)),
        (&[("SUCCESS_THRESHOLD", "4")], default.with_success_threshold(4)),
        (&[("HALF_OPEN_MAX_CALLS", "1")], default.with_half_open_max_calls(1)),
        (&[("PROBE_TIMEOUT", "1m")], default.with_probe_timeout(minute)),
        (&[("RESPECT_RETRY_AFTER", "1m")], default.with_respect_retry_after(minute)),
        (&[("ABANDONED_AFTER", "60")], default.with_abandoned_after(minute)),
        (&[("MODE", "Observe")], default.with_mode(Mode::Observe)),
        (&[("SLOW_CALL", "1m")], default.with_slow_call(minute, 1.0)),
        (
            &[("RECOVERY_FACTOR", "1.5"), ("RECOVERY_MAX", "1m")],
            default.with_recovery_backoff(1.5, minute),
        ),
        (&[rate, ("WINDOW_CALLS", "1024")], in_calls(0.25, 10, 1024)),
        (&[rate, ("WINDOW_CALLS", "4")], in_calls(0.25, 4, 4)),
        (&[rate, ("WINDOW_CALLS", "100"), ("MIN_CALLS", "100")], in_calls(0.25, 100, 100)),
        (&[rate, ("WINDOW_TIME", "60s")], in_time(0.25, 10, minute)),
        (&[("MIN_CALLS", "65535"), rate, ("WINDOW_TIME", "1m")], in_time(0.25, 65_535, minute)),
        (
            &[rate, ("WINDOW_CALLS", "9"), ("SLOW_CALL", "1m"), ("SLOW_CALL_RATE", "1")],
            in_calls(0.25, 9, 9).and_then(|settings| settings.with_slow_call(minute, 1.0)),
        ),
    ];
    for (variables, expected) in cases {
        let settings = settings(variables).unwrap();
        assert_eq!(shown(&settings), shown(expected.as_ref().unwrap()), "{variables:?}");
    }
}

#[test]
fn what_a_breaker_opens_at_is_changed_as_a_whole() {
    let with_window = Settings::DEFAULT.with_failure_rate(0.3, 5, Window::calls(20)).unwrap();
    let counting = layered(with_window, &[("CIRCUIT_BREAKER_THRESHOLD", "9")]).unwrap();
    assert_eq!(shown(&counting), shown(&Settings::DEFAULT.with_failure_threshold(9).unwrap()));
    let variables = [
        ("CIRCUIT_BREAKER_FAILURE_RATE", "0.5"),
        ("CIRCUIT_BREAKER_WINDOW_CALLS", "8"),
        ("CIRCUIT_BREAKER_MIN_CALLS", "4"),
    ];
    let wider = layered(with_window, &variables).unwrap();
    let expected = Settings::DEFAULT.with_failure_rate(0.5, 4, Window::calls(8)).unwrap();
    assert_eq!(shown(&wider), shown(&expected));
    // With a window, slow calls need their own rate, wherever the window comes from.
    let error = layered(with_window, &[("CIRCUIT_BREAKER_SLOW_CALL", "2s")]).unwrap_err();
    assert!(error.rule().contains("CIRCUIT_BREAKER_SLOW_CALL_RATE"), "{error}");
}
