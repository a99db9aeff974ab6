//! The environment itself: each case runs in a child of its own, since a process that has threads
//! must not change its variables.

use std::env;
use std::process::Command;
use std::time::Duration;

use retry_runtime::{AGGRESSIVE, CircuitBreaker, CircuitBreakers, CircuitState, Mode, RetryConfig};

/// Runs one of the ignored tests below in a child with these variables.
fn child(test: &str, variables: &[(&str, &str)]) {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "no such test: {said}");
}

#[test]
fn unset_variables_leave_the_defaults() {
    child("child_defaults", &[]);
}

#[test]
fn variables_change_the_standard_policy_and_the_default_breaker() {
    child(
        "child_set",
        &[
            ("RETRY_MAX_ATTEMPTS", "7"),
            ("RETRY_BASE_DELAY", "500ms"),
            ("RETRY_MAX_DELAY", "20"),
            ("RETRY_MODE", "OBSERVE"),
            ("CIRCUIT_BREAKER_THRESHOLD", "1"),
            ("CIRCUIT_BREAKER_TIMEOUT", "1.5"),
            ("CIRCUIT_BREAKER_SUCCESS_THRESHOLD", "3"),
            ("CIRCUIT_BREAKER_MODE", "Enforce"),
        ],
    );
}

#[test]
fn variables_have_the_last_word_over_code() {
    child("child_layered", &[("RETRY_MAX_ATTEMPTS", "7"), ("LLM_CIRCUIT_BREAKER_THRESHOLD", "2")]);
}

#[test]
fn variables_give_a_breaker_windows_and_growing_open_phases() {
    child(
        "child_windows",
        &[
            ("CIRCUIT_BREAKER_FAILURE_RATE", "0.5"),
            ("CIRCUIT_BREAKER_WINDOW_CALLS", "8"),
            ("CIRCUIT_BREAKER_MIN_CALLS", "4"),
            ("CIRCUIT_BREAKER_SLOW_CALL", "2s"),
            ("CIRCUIT_BREAKER_SLOW_CALL_RATE", "0.75"),
            ("CIRCUIT_BREAKER_TIMEOUT", "10"),
            ("CIRCUIT_BREAKER_RECOVERY_FACTOR", "3"),
            ("CIRCUIT_BREAKER_RECOVERY_MAX", "1m"),
            ("CIRCUIT_BREAKER_SUCCESS_THRESHOLD", "2"),
            ("CIRCUIT_BREAKER_HALF_OPEN_MAX_CALLS", "1"),
            ("CIRCUIT_BREAKER_PROBE_TIMEOUT", "5s"),
        ],
    );
}

#[test]
fn a_variable_makes_abandoned_calls_count() {
    let abandoned = ("CIRCUIT_BREAKER_ABANDONED_AFTER", "1500ms");
    let window = ("CIRCUIT_BREAKER_WINDOW_TIME", "30s");
    child("child_abandoned", &[abandoned, window, ("CIRCUIT_BREAKER_FAILURE_RATE", "1")]);
}

#[test]
fn a_variable_without_its_partner_is_an_error() {
    child("child_partner", &[("LLM_CIRCUIT_BREAKER_WINDOW_TIME", "30s")]);
}

#[test]
fn a_prefix_reads_its_own_variables_alone() {
    child(
        "child_prefixed",
        &[
            ("RETRY_MAX_ATTEMPTS", "wrong, and not read"),
            ("LLM_RETRY_MAX_ATTEMPTS", "4"),
            ("LLM_CIRCUIT_BREAKER_MODE", "off"),
        ],
    );
}

#[test]
fn a_wrong_variable_is_an_error_and_not_a_default() {
    child("child_wrong", &[("RETRY_MAX_DELAY", "0.5"), ("CIRCUIT_BREAKER_TIMEOUT", "")]);
}

#[cfg(unix)]
#[test]
fn bytes_that_are_not_unicode_are_an_error() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child_not_unicode", "--ignored"])
        .env("RETRY_MODE", OsStr::from_bytes(b"off\xFF"))
        .output()
        .unwrap()
        .status;
    assert!(status.success());
}

#[test]
#[ignore = "runs in a child"]
fn child_defaults() {
    assert_eq!(RetryConfig::from_env(), Ok(RetryConfig::new()));
    let breaker = CircuitBreaker::from_env("llm").unwrap();
    assert_eq!((breaker.name(), breaker.current_mode()), ("llm", Mode::Enforce));
    (0..4).for_each(|_| breaker.record_failure());
    assert_eq!(breaker.state(), CircuitState::Closed);
    breaker.record_failure();
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
#[ignore = "runs in a child"]
async fn child_set() {
    let expected = RetryConfig::new()
        .max_attempts(7)
        .base_delay(Duration::from_millis(500))
        .max_delay(Duration::from_secs(20))
        .mode(Mode::Observe);
    assert_eq!(RetryConfig::from_env(), Ok(expected));
    let breaker = CircuitBreaker::from_env(String::from("llm")).unwrap();
    breaker.record_failure();
    assert_eq!(breaker.try_acquire().unwrap_err().retry_in(), Some(Duration::from_millis(1500)));
    tokio::time::advance(Duration::from_millis(1500)).await;
    for _ in 0..3 {
        assert_ne!(breaker.state(), CircuitState::Closed);
        breaker.try_acquire().unwrap().success();
    }
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[test]
#[ignore = "runs in a child"]
fn child_layered() {
    assert_eq!(AGGRESSIVE.with_env(), Ok(AGGRESSIVE.max_attempts(7)));
    assert_eq!(AGGRESSIVE.with_env_prefixed("LLM"), Ok(AGGRESSIVE));
    let breaker = CircuitBreaker::new("llm").failure_threshold(9).success_threshold(4);
    let breaker = breaker.with_env().unwrap().with_env_prefixed("LLM").unwrap();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.failure_threshold, snapshot.success_threshold), (2, 4));
    let set = CircuitBreakers::new("set").success_threshold(4).with_env_prefixed("LLM").unwrap();
    let snapshot = set.for_key("key").snapshot();
    assert_eq!((snapshot.failure_threshold, snapshot.success_threshold), (2, 4));
}

#[tokio::test(start_paused = true)]
#[ignore = "runs in a child"]
async fn child_windows() {
    let breaker = CircuitBreaker::from_env("llm").unwrap();
    let slow_call = async || {
        let permit = breaker.try_acquire().unwrap();
        tokio::time::advance(Duration::from_millis(2001)).await;
        permit.success();
    };
    breaker.try_acquire().unwrap().success();
    breaker.record_failure();
    slow_call().await;
    let seen = breaker.snapshot();
    assert_eq!((seen.calls, seen.failures, seen.slow_calls), (3, 1, 1));
    assert_eq!(seen.failure_rate, Some(0.5));
    breaker.record_failure();
    assert_eq!(breaker.state(), CircuitState::Open);

    for seconds in [10, 30, 60, 60] {
        let open = breaker.try_acquire().unwrap_err();
        assert_eq!(open.retry_in(), Some(Duration::from_secs(seconds)));
        tokio::time::advance(Duration::from_secs(seconds)).await;
        let probe = breaker.try_acquire().unwrap();
        assert!(breaker.try_acquire().is_err(), "one probe at a time");
        probe.failure();
    }
    tokio::time::advance(Duration::from_secs(60)).await;
    slow_call().await;
    assert_eq!(breaker.state(), CircuitState::Open, "a slow probe opens it again");
}

#[tokio::test(start_paused = true)]
#[ignore = "runs in a child"]
async fn child_abandoned() {
    let breaker = CircuitBreaker::from_env("llm").unwrap();
    // Ten calls, as nothing else is said.
    for _ in 0..10 {
        assert_eq!(breaker.state(), CircuitState::Closed);
        let permit = breaker.try_acquire().unwrap();
        tokio::time::advance(Duration::from_millis(1500)).await;
        drop(permit);
    }
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[test]
#[ignore = "runs in a child"]
fn child_partner() {
    let error = CircuitBreaker::from_env_prefixed("llm", "LLM").unwrap_err();
    assert_eq!(error.place(), "LLM_CIRCUIT_BREAKER_WINDOW_TIME");
    assert_eq!(
        error.rule(),
        "has no effect without LLM_CIRCUIT_BREAKER_FAILURE_RATE: set that too, such as `0.5`, or unset this"
    );
}

#[test]
#[ignore = "runs in a child"]
fn child_prefixed() {
    assert_eq!(RetryConfig::from_env_prefixed("LLM"), Ok(RetryConfig::new().max_attempts(4)));
    let breaker = CircuitBreaker::from_env_prefixed("llm", "LLM").unwrap();
    assert_eq!(breaker.current_mode(), Mode::Off);
}

#[test]
#[ignore = "runs in a child"]
fn child_wrong() {
    let error = RetryConfig::from_env().unwrap_err();
    assert_eq!((error.place(), error.value()), ("RETRY_MAX_DELAY", "0.5"));
    assert!(error.rule().contains("must not be below the base delay (1s)"), "{error}");
    let error = CircuitBreaker::from_env("llm").unwrap_err();
    assert_eq!((error.place(), error.value()), ("CIRCUIT_BREAKER_TIMEOUT", ""));
}

#[test]
#[ignore = "runs in a child"]
fn child_not_unicode() {
    let error = RetryConfig::from_env().unwrap_err();
    assert_eq!((error.place(), error.value()), ("RETRY_MODE", "off\u{FFFD}"));
    assert!(error.rule().contains("Unicode"), "{error}");
}

#[test]
fn variables_give_a_set_of_breakers_its_settings() {
    child(
        "child_set_of_breakers",
        &[("CIRCUIT_BREAKER_THRESHOLD", "2"), ("LLM_CIRCUIT_BREAKER_THRESHOLD", "0")],
    );
}

#[test]
#[ignore = "run in a child by the test above"]
fn child_set_of_breakers() {
    let hosts = CircuitBreakers::from_env("hosts").unwrap();
    assert_eq!(hosts.for_key("a").snapshot().failure_threshold, 2);
    let error = CircuitBreakers::from_env_prefixed("hosts", "LLM").unwrap_err();
    assert_eq!((error.place(), error.value()), ("LLM_CIRCUIT_BREAKER_THRESHOLD", "0"));
}
