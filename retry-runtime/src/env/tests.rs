//! Tests of the variables, with a lookup instead of the environment.

mod breakers;

use std::ffi::OsString;
use std::time::Duration;

use super::*;
use crate::breaker::{Settings, Window};
use crate::config::Mode;

fn source<'a>(prefix: &'a str, variables: &'a [(&'a str, &'a str)]) -> Source<'a> {
    Source::new(Some(prefix), move |asked: String| {
        let (_, value) = variables.iter().find(|(name, _)| *name == asked)?;
        Some(OsString::from(value))
    })
}

fn policy(variables: &[(&str, &str)]) -> Result<RetryConfig, ConfigError> {
    retry::policy(RetryConfig::new(), &source("", variables))
}

/// The names come without their common start.
fn settings(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let full =
        |(name, value): &(&str, &str)| (format!("CIRCUIT_BREAKER_{name}"), value.to_string());
    let variables: Vec<(String, String)> = variables.iter().map(full).collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    breaker::settings(Settings::DEFAULT, &source("", &variables))
}

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
fn a_prefix_is_in_every_name_of_an_error() {
    let variables =
        [("LLM_CIRCUIT_BREAKER_RECOVERY_FACTOR", "2"), ("CIRCUIT_BREAKER_RECOVERY_MAX", "1h")];
    let error = breaker::settings(Settings::DEFAULT, &source("LLM", &variables)).unwrap_err();
    assert_eq!(error.place(), "LLM_CIRCUIT_BREAKER_RECOVERY_FACTOR");
    assert!(error.rule().contains("set `LLM_CIRCUIT_BREAKER_RECOVERY_MAX` too"), "{error}");
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
        "RETRY_MAX_DELAY=\"0.5\": must not be below the base delay (1s): raise it, or lower `RETRY_BASE_DELAY`"
    );
    let error = policy(&[("RETRY_BASE_DELAY", "11s")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "RETRY_BASE_DELAY=\"11s\": must not be above the maximum delay (10s): lower it, or raise `RETRY_MAX_DELAY`"
    );
    let both = [("RETRY_BASE_DELAY", "3"), ("RETRY_MAX_DELAY", "2")];
    assert_eq!(policy(&both).unwrap_err().place(), "RETRY_MAX_DELAY");
    let equal = [("RETRY_BASE_DELAY", "30"), ("RETRY_MAX_DELAY", "30000ms")];
    assert!(policy(&equal).unwrap().check().is_ok());

    let prefixed =
        retry::policy(RetryConfig::new(), &source("LLM", &[("LLM_RETRY_MAX_DELAY", "0")]))
            .unwrap_err();
    assert_eq!(prefixed.place(), "LLM_RETRY_MAX_DELAY");
    assert!(prefixed.rule().ends_with("`LLM_RETRY_BASE_DELAY`"), "{prefixed}");
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
