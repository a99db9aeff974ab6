//! The variables, with a lookup in place of the environment.

use std::ffi::OsString;
use std::time::Duration;

use super::*;
use crate::breaker::{Settings, Window};
use crate::config::Mode;
use crate::setters::Rule;

fn source<'a>(prefix: &'a str, variables: &'a [(&'a str, &'a str)]) -> Source<'a> {
    Source::new(Some(prefix), move |asked: String| {
        let (_, value) = variables.iter().find(|(name, _)| *name == asked)?;
        Some(OsString::from(value))
    })
}

fn policy(variables: &[(&str, &str)]) -> Result<RetryConfig, ConfigError> {
    retry::policy(RetryConfig::new(), &source("", variables))
}

/// The names without what all of them begin with.
fn settings(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let full =
        |(name, value): &(&str, &str)| (format!("CIRCUIT_BREAKER_{name}"), value.to_string());
    let variables: Vec<(String, String)> = variables.iter().map(full).collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    breaker::settings(Settings::DEFAULT, &source("", &variables))
}

type Checked = Result<Settings, Rule>;

/// For comparison, since settings have no equality.
fn shown(settings: &Settings) -> String {
    format!("{settings:?}")
}

#[test]
fn a_wrong_value_names_variable_value_rule_and_example() {
    for (variable, value, example) in [
        ("RETRY_MAX_ATTEMPTS", "0", "`3`"),
        ("RETRY_MAX_ATTEMPTS", "-1", "`3`"),
        ("RETRY_MAX_ATTEMPTS", "+3", "`3`"),
        ("RETRY_MAX_ATTEMPTS", "2.5", "`3`"),
        ("RETRY_MAX_ATTEMPTS", "4294967296", "`3`"),
        ("RETRY_BASE_DELAY", "-1", "`500ms`"),
        ("RETRY_BASE_DELAY", "NaN", "`500ms`"),
        ("RETRY_MAX_DELAY", "inf", "`500ms`"),
        ("RETRY_MAX_DELAY", "1e400", "`500ms`"),
        ("RETRY_MODE", "loud", "`observe`"),
    ] {
        let error = policy(&[(variable, value)]).unwrap_err();
        assert_eq!((error.place(), error.value()), (variable, value));
        assert!(error.rule().contains("must be") && error.rule().contains(example), "{error}");
    }
    for (variable, value, example) in [
        ("THRESHOLD", "0", "`5`"),
        ("THRESHOLD", "65536", "`5`"),
        ("SUCCESS_THRESHOLD", "many", "`5`"),
        ("HALF_OPEN_MAX_CALLS", "0", "`2`"),
        ("HALF_OPEN_MAX_CALLS", "17", "`2`"),
        ("PROBE_TIMEOUT", "0", "`60`"),
        ("PROBE_TIMEOUT", "8761h", "`60`"),
        ("TIMEOUT", "0", "`60`"),
        ("TIMEOUT", "0.0009", "`60`"),
        ("TIMEOUT", "8761h", "`60`"),
        ("TIMEOUT", "-5", "`60`"),
        ("ABANDONED_AFTER", "soon", "`500ms`"),
        ("SLOW_CALL", "0", "`500ms`"),
        ("SLOW_CALL", "2 sec", "`500ms`"),
        ("SLOW_CALL_RATE", "half", "`0.5`"),
        ("MODE", "on", "`observe`"),
    ] {
        let error = settings(&[(variable, value)]).unwrap_err();
        assert_eq!(error.place(), format!("CIRCUIT_BREAKER_{variable}"));
        assert_eq!(error.value(), value);
        assert!(error.rule().contains("must be") && error.rule().contains(example), "{error}");
    }
}

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
            "must be a whole number from 1 to 1024, such as `100`: for more, set CIRCUIT_BREAKER_WINDOW_TIME instead",
        ),
        (
            "WINDOW_TIME",
            "9ms",
            "must be a duration from 10 ms to 24 hours: seconds, such as `30` or `0.5`, or with a unit, such as `500ms`, `30s` or `5m`; for less, set CIRCUIT_BREAKER_WINDOW_CALLS instead",
        ),
        (
            "WINDOW_TIME",
            "24.1h",
            "must be a duration from 10 ms to 24 hours: seconds, such as `30` or `0.5`, or with a unit, such as `500ms`, `30s` or `5m`; for less, set CIRCUIT_BREAKER_WINDOW_CALLS instead",
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
            "CIRCUIT_BREAKER_FAILURE_RATE=\"0.5\": needs a window: set CIRCUIT_BREAKER_WINDOW_CALLS, such as `100`, or CIRCUIT_BREAKER_WINDOW_TIME, such as `30s`",
        ),
        (
            &[rate, calls, time],
            "CIRCUIT_BREAKER_WINDOW_TIME=\"30s\": is a second window next to CIRCUIT_BREAKER_WINDOW_CALLS: unset one of the two",
        ),
        (
            &[calls],
            "CIRCUIT_BREAKER_WINDOW_CALLS=\"100\": has no effect without CIRCUIT_BREAKER_FAILURE_RATE: set that too, such as `0.5`, or unset this",
        ),
        (
            &[time],
            "CIRCUIT_BREAKER_WINDOW_TIME=\"30s\": has no effect without CIRCUIT_BREAKER_FAILURE_RATE: set that too, such as `0.5`, or unset this",
        ),
        (
            &[("MIN_CALLS", "20")],
            "CIRCUIT_BREAKER_MIN_CALLS=\"20\": has no effect without CIRCUIT_BREAKER_FAILURE_RATE: set that too, such as `0.5`, or unset this",
        ),
        (
            &[rate, ("WINDOW_CALLS", "10"), ("MIN_CALLS", "11")],
            "CIRCUIT_BREAKER_MIN_CALLS=\"11\": must not be above the calls of the window (10), or it would never open: lower it, or raise CIRCUIT_BREAKER_WINDOW_CALLS",
        ),
        (
            &[rate, time, ("MIN_CALLS", "65536")],
            "CIRCUIT_BREAKER_MIN_CALLS=\"65536\": must be a whole number from 1 to 65535, such as `5`",
        ),
        (
            &[rate, calls, ("THRESHOLD", "5")],
            "CIRCUIT_BREAKER_FAILURE_RATE=\"0.5\": takes the place of CIRCUIT_BREAKER_THRESHOLD, which counts failures in a row: unset one of the two",
        ),
        (
            &[slow_rate],
            "CIRCUIT_BREAKER_SLOW_CALL_RATE=\"0.8\": has no effect without CIRCUIT_BREAKER_SLOW_CALL: set that too, such as `2s`, or unset this",
        ),
        (
            &[slow, slow_rate],
            "CIRCUIT_BREAKER_SLOW_CALL_RATE=\"0.8\": has no effect without a window, where each slow call is a failure: set CIRCUIT_BREAKER_FAILURE_RATE too, or unset this",
        ),
        (
            &[rate, calls, slow],
            "CIRCUIT_BREAKER_SLOW_CALL=\"2s\": needs its own rate with CIRCUIT_BREAKER_FAILURE_RATE: set CIRCUIT_BREAKER_SLOW_CALL_RATE too, such as `0.5`",
        ),
        (
            &[("RECOVERY_FACTOR", "2")],
            "CIRCUIT_BREAKER_RECOVERY_FACTOR=\"2\": needs a longest open phase: set CIRCUIT_BREAKER_RECOVERY_MAX too, such as `10m`",
        ),
        (
            &[("RECOVERY_MAX", "10m")],
            "CIRCUIT_BREAKER_RECOVERY_MAX=\"10m\": has no effect without CIRCUIT_BREAKER_RECOVERY_FACTOR: set that too, such as `2`, or unset this",
        ),
        (
            &[("RECOVERY_FACTOR", "2"), ("RECOVERY_MAX", "59s")],
            "CIRCUIT_BREAKER_RECOVERY_MAX=\"59s\": must not be below the recovery timeout (60s): raise it, or lower CIRCUIT_BREAKER_TIMEOUT",
        ),
        (
            &[("TIMEOUT", "2m"), ("RECOVERY_FACTOR", "2"), ("RECOVERY_MAX", "1m")],
            "CIRCUIT_BREAKER_RECOVERY_MAX=\"1m\": must not be below the recovery timeout (120s): raise it, or lower CIRCUIT_BREAKER_TIMEOUT",
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
fn a_prefix_is_in_every_name_of_an_error() {
    let variables =
        [("LLM_CIRCUIT_BREAKER_RECOVERY_FACTOR", "2"), ("CIRCUIT_BREAKER_RECOVERY_MAX", "1h")];
    let error = breaker::settings(Settings::DEFAULT, &source("LLM", &variables)).unwrap_err();
    assert_eq!(error.place(), "LLM_CIRCUIT_BREAKER_RECOVERY_FACTOR");
    assert!(error.rule().contains("set LLM_CIRCUIT_BREAKER_RECOVERY_MAX too"), "{error}");
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
fn an_empty_value_is_no_default() {
    for value in ["", "  "] {
        for variable in ["RETRY_MAX_ATTEMPTS", "RETRY_BASE_DELAY", "RETRY_MAX_DELAY", "RETRY_MODE"]
        {
            let error = policy(&[(variable, value)]).unwrap_err();
            assert_eq!((error.place(), error.value()), (variable, value));
            assert!(error.rule().contains("unset it"), "{error}");
        }
        for name in [
            "THRESHOLD",
            "TIMEOUT",
            "SUCCESS_THRESHOLD",
            "HALF_OPEN_MAX_CALLS",
            "FAILURE_RATE",
            "MIN_CALLS",
            "WINDOW_CALLS",
            "WINDOW_TIME",
            "SLOW_CALL",
            "SLOW_CALL_RATE",
            "RECOVERY_FACTOR",
            "RECOVERY_MAX",
            "ABANDONED_AFTER",
            "MODE",
        ] {
            let error = settings(&[(name, value)]).unwrap_err();
            assert_eq!(error.place(), format!("CIRCUIT_BREAKER_{name}"));
            assert!(error.rule().contains("unset it"), "{error}");
        }
    }
}

#[test]
fn the_delays_are_held_against_each_other() {
    let error = policy(&[("RETRY_MAX_DELAY", "0.5")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "RETRY_MAX_DELAY=\"0.5\": must not be below the base delay (1s): raise it, or lower RETRY_BASE_DELAY"
    );
    let error = policy(&[("RETRY_BASE_DELAY", "11s")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "RETRY_BASE_DELAY=\"11s\": must not be above the maximum delay (10s): lower it, or raise RETRY_MAX_DELAY"
    );
    let both = [("RETRY_BASE_DELAY", "3"), ("RETRY_MAX_DELAY", "2")];
    assert_eq!(policy(&both).unwrap_err().place(), "RETRY_MAX_DELAY");
    let equal = [("RETRY_BASE_DELAY", "30"), ("RETRY_MAX_DELAY", "30000ms")];
    assert!(policy(&equal).unwrap().check().is_ok());

    let prefixed =
        retry::policy(RetryConfig::new(), &source("LLM", &[("LLM_RETRY_MAX_DELAY", "0")]))
            .unwrap_err();
    assert_eq!(prefixed.place(), "LLM_RETRY_MAX_DELAY");
    assert!(prefixed.rule().ends_with("LLM_RETRY_BASE_DELAY"), "{prefixed}");
}

#[test]
fn white_space_and_case_are_of_no_account() {
    let config = policy(&[("RETRY_MAX_ATTEMPTS", " 4\n"), ("RETRY_MODE", " Off ")]).unwrap();
    assert_eq!((config.max_attempts, config.mode), (4, Mode::Off));
}

fn layered(made: Settings, variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    breaker::settings(made, &source("", variables))
}

#[test]
fn variables_change_what_they_name_and_nothing_else() {
    let patient = RetryConfig::new().max_attempts(6).base_delay(Duration::from_millis(200));
    let read = retry::policy(patient.clone(), &source("", &[("RETRY_MAX_DELAY", "3")]));
    assert_eq!(read.unwrap(), patient.clone().max_delay(Duration::from_secs(3)));
    assert_eq!(retry::policy(patient.clone(), &source("", &[])).unwrap(), patient);

    let minute = Duration::from_secs(60);
    let made = Settings::DEFAULT
        .with_success_threshold(7)
        .and_then(|settings| settings.with_recovery_backoff(2.0, minute * 10))
        .and_then(|settings| settings.with_failure_rate(0.3, 5, Window::calls(20)))
        .unwrap();
    assert_eq!(shown(&layered(made, &[]).unwrap()), shown(&made));
    let longer = layered(made, &[("CIRCUIT_BREAKER_TIMEOUT", "120")]).unwrap();
    assert_eq!(shown(&longer), shown(&made.with_recovery_timeout(minute * 2).unwrap()));
    let steeper = layered(made, &[("CIRCUIT_BREAKER_RECOVERY_FACTOR", "3")]).unwrap();
    assert_eq!(shown(&steeper), shown(&made.with_recovery_backoff(3.0, minute * 10).unwrap()));
    let capped = layered(made, &[("CIRCUIT_BREAKER_RECOVERY_MAX", "5m")]).unwrap();
    assert_eq!(shown(&capped), shown(&made.with_recovery_backoff(2.0, minute * 5).unwrap()));
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
    // Slow calls need a share of their own beside a window, wherever that comes from.
    let error = layered(with_window, &[("CIRCUIT_BREAKER_SLOW_CALL", "2s")]).unwrap_err();
    assert!(error.rule().contains("CIRCUIT_BREAKER_SLOW_CALL_RATE"), "{error}");
}

#[test]
fn a_variable_that_does_not_go_with_the_rest_is_the_one_to_mend() {
    let minute = Duration::from_secs(60);
    let made = Settings::DEFAULT.with_recovery_backoff(2.0, minute * 2).unwrap();
    let error = layered(made, &[("CIRCUIT_BREAKER_TIMEOUT", "5m")]).unwrap_err();
    assert_eq!((error.place(), error.value()), ("CIRCUIT_BREAKER_TIMEOUT", "5m"));
    assert!(error.rule().contains("CIRCUIT_BREAKER_RECOVERY_MAX"), "{error}");
    let both = [("CIRCUIT_BREAKER_TIMEOUT", "5m"), ("CIRCUIT_BREAKER_RECOVERY_MAX", "10m")];
    layered(made, &both).unwrap();

    let short = RetryConfig::new().max_delay(Duration::from_secs(2));
    let read = retry::policy(short, &source("", &[("RETRY_BASE_DELAY", "3")]));
    assert_eq!(read.unwrap_err().place(), "RETRY_BASE_DELAY");
}
