//! The parsing, with a lookup in place of the environment.

use super::*;

fn source<'a>(
    prefix: &'a str,
    variables: &'a [(&'a str, &'a str)],
) -> Source<'a, impl Fn(String) -> Option<OsString>> {
    Source::new(prefix, move |asked: String| {
        let (_, value) = variables.iter().find(|(name, _)| *name == asked)?;
        Some(OsString::from(value))
    })
}

fn policy(variables: &[(&str, &str)]) -> Result<RetryConfig, ConfigError> {
    retry_config(&source("", variables))
}

fn breaker(variables: &[(&str, &str)]) -> Result<CircuitBreaker, ConfigError> {
    circuit_breaker("b".into(), &source("", variables))
}

#[test]
fn durations_are_seconds_or_have_a_unit() {
    for (text, nanos) in [
        ("0", 0),
        ("60", 60_000_000_000),
        ("0.5", 500_000_000),
        ("007", 7_000_000_000),
        ("500ms", 500_000_000),
        ("1.5s", 1_500_000_000),
        ("2m", 120_000_000_000),
        ("1.5h", 5_400_000_000_000),
        ("1 s", 1_000_000_000),
        ("0.1", 100_000_000),
        ("0.000001ms", 1),
        ("0.0000000019", 1),
        ("0.1234567890123456789012345678901234567890", 123_456_789),
    ] {
        assert_eq!(duration(text).map(|duration| duration.as_nanos()), Some(nanos), "{text}");
    }
    assert_eq!(duration("18446744073709551615.999999999"), Some(Duration::MAX));
}

#[test]
fn what_is_no_duration_is_refused() {
    for text in [
        "-1",
        "+1",
        "-0",
        "nan",
        "NaN",
        "inf",
        "infinity",
        "1e3",
        "1_000",
        "1,5",
        ".5",
        "5.",
        ".",
        "s",
        "ms",
        "1.2.3",
        "1.0000000000000000000.5",
        "0x10",
        "1us",
        "1ns",
        "1d",
        "1sec",
        "1 s s",
        "1S",
        "٣",
        "18446744073709551616",
        "18446744073709551615h",
        "340282366920938463463374607431768211456",
        "99999999999999999999999999999999999999999999",
    ] {
        assert_eq!(duration(text), None, "{text}");
    }
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
        ("CIRCUIT_BREAKER_THRESHOLD", "0", "`5`"),
        ("CIRCUIT_BREAKER_THRESHOLD", "65536", "`5`"),
        ("CIRCUIT_BREAKER_SUCCESS_THRESHOLD", "many", "`5`"),
        ("CIRCUIT_BREAKER_TIMEOUT", "0", "`60`"),
        ("CIRCUIT_BREAKER_TIMEOUT", "0.0009", "`60`"),
        ("CIRCUIT_BREAKER_TIMEOUT", "8761h", "`60`"),
        ("CIRCUIT_BREAKER_TIMEOUT", "-5", "`60`"),
        ("CIRCUIT_BREAKER_MODE", "on", "`observe`"),
    ] {
        let error = breaker(&[(variable, value)]).unwrap_err();
        assert_eq!((error.place(), error.value()), (variable, value));
        assert!(error.rule().contains("must be") && error.rule().contains(example), "{error}");
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

    let prefixed = retry_config(&source("LLM", &[("LLM_RETRY_MAX_DELAY", "0")])).unwrap_err();
    assert_eq!(prefixed.place(), "LLM_RETRY_MAX_DELAY");
    assert!(prefixed.rule().ends_with("LLM_RETRY_BASE_DELAY"), "{prefixed}");
}

#[test]
fn white_space_and_case_are_of_no_account() {
    let config = policy(&[("RETRY_MAX_ATTEMPTS", " 4\n"), ("RETRY_MODE", " Off ")]).unwrap();
    assert_eq!((config.max_attempts, config.mode), (4, Mode::Off));
}
