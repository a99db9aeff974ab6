//! Tests of the real environment. Each case runs in a child process, because a process with threads
//! must not change its variables.

use std::env;
use std::process::Command;
use std::time::Duration;

use retry_runtime::{
    AGGRESSIVE, CircuitBreaker, CircuitBreakers, CircuitState, ConfigError, Mode, RetryConfig,
};

/// Runs one of the ignored tests below in a child process with these variables.
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
fn a_policy_with_a_function_needs_no_maximum_above_its_base() {
    child("child_backoff", &[("LLM_RETRY_MAX_DELAY", "0.6")]);
}

#[test]
#[ignore = "runs in a child"]
fn child_backoff() {
    let policy = AGGRESSIVE.backoff(|_| Duration::from_millis(500));
    let changed = policy.clone().max_delay(Duration::from_millis(600));
    assert_eq!(policy.with_env_prefixed("LLM"), Ok(changed));
    assert!(AGGRESSIVE.with_env_prefixed("LLM").is_err());
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
    // Ten calls, the default.
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
        "has no effect without `LLM_CIRCUIT_BREAKER_FAILURE_RATE`: set that too, such as `0.5`, or unset this"
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

/// A value that errors must not show.
const UNHEARD: &str = "a secret of other software";

#[test]
fn a_near_miss_is_an_error_that_names_what_is_meant() {
    for (wrong, meant) in [
        ("RETRY_MAX_ATTEMTPS", "RETRY_MAX_ATTEMPTS"),
        ("RETRY_MAXATTEMPTS", "RETRY_MAX_ATTEMPTS"),
        ("RETRY_ATTEMPTS", "RETRY_MAX_ATTEMPTS"),
        ("CIRCUIT_BREAKER_FAILURE_TRESHOLD", "CIRCUIT_BREAKER_FAILURE_THRESHOLD"),
    ] {
        child("child_near_miss", &[(wrong, UNHEARD), ("TEST_WRONG", wrong), ("TEST_MEANT", meant)]);
        let prefixed = format!("LLM_{wrong}");
        let meant = format!("LLM_{meant}");
        let under = [(&*prefixed, UNHEARD), ("TEST_WRONG", &*prefixed), ("TEST_MEANT", &*meant)];
        child("child_near_miss_with_a_prefix", &under);
    }
}

fn assert_near_miss(error: &ConfigError) {
    let (wrong, meant) = (env::var("TEST_WRONG").unwrap(), env::var("TEST_MEANT").unwrap());
    assert_eq!(error.place(), wrong);
    let message = error.to_string();
    assert!(message.contains(&meant) && !message.contains(UNHEARD), "{message}");
}

#[test]
#[ignore = "runs in a child"]
fn child_near_miss() {
    if env::var("TEST_WRONG").unwrap().starts_with("RETRY_") {
        assert_near_miss(&RetryConfig::from_env().unwrap_err());
        assert_near_miss(&AGGRESSIVE.with_env().unwrap_err());
        CircuitBreaker::from_env("llm").unwrap();
    } else {
        assert_near_miss(&CircuitBreaker::from_env("llm").unwrap_err());
        assert_near_miss(&CircuitBreakers::from_env("llm").unwrap_err());
        RetryConfig::from_env().unwrap();
    }
    RetryConfig::from_env_prefixed("LLM").unwrap();
    CircuitBreaker::from_env_prefixed("llm", "LLM").unwrap();
}

#[test]
#[ignore = "runs in a child"]
fn child_near_miss_with_a_prefix() {
    if env::var("TEST_WRONG").unwrap().starts_with("LLM_RETRY_") {
        assert_near_miss(&RetryConfig::from_env_prefixed("LLM").unwrap_err());
    } else {
        assert_near_miss(&CircuitBreaker::from_env_prefixed("llm", "LLM").unwrap_err());
        assert_near_miss(&CircuitBreakers::from_env_prefixed("llm", "LLM").unwrap_err());
    }
    RetryConfig::from_env().unwrap();
    CircuitBreaker::from_env("llm").unwrap();
}

#[test]
fn what_others_read_is_an_error_under_a_prefix_alone() {
    let variables = ["RETRY_COUNT", "RETRY_INTERVAL_SECONDS", "CIRCUIT_BREAKER_CHANNEL"];
    let without = variables.map(|name| (name, UNHEARD));
    child("child_defaults", &without);
    for name in ["LLM_RETRY_COUNT", "LLM_RETRY_FLEET_URL", "LLM_CIRCUIT_BREAKER_CHANNEL"] {
        child("child_unknown", &[(name, UNHEARD), ("TEST_WRONG", name)]);
    }
    // Close to `RETRY_MODE`, but belongs to the fleet.
    let of_the_fleet = ["RETRY_FLEET_URL", "RETRY_FLEET_GROUP", "RETRY_FLEET_MODE"];
    child("child_defaults", &of_the_fleet.map(|name| (name, UNHEARD)));
}

#[test]
#[ignore = "runs in a child"]
fn child_unknown() {
    let policy = RetryConfig::from_env_prefixed("LLM").err();
    let breaker = CircuitBreaker::from_env_prefixed("llm", "LLM").err();
    let errors: Vec<_> = policy.into_iter().chain(breaker).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].place(), env::var("TEST_WRONG").unwrap());
    assert!(!errors[0].to_string().contains(UNHEARD));
}

#[cfg(unix)]
#[test]
fn hostile_names_do_no_harm() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let long = format!("RETRY_{}", "X".repeat(100_000));
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child_defaults", "--ignored"])
        .env(OsStr::from_bytes(b"RETRY_\xFF\xFE\xFD\xFC\xFB\xFA\xF9"), "x")
        .env(OsStr::from_bytes(b"\xFFRETRY_MODE"), "x")
        .env("RETRY_A\nforged line\n", "x")
        .env(long, "x")
        .envs((0..10_000).map(|number| (format!("RETRY_NUMBER_{number}"), "x")))
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_variable_has_two_names() {
    let threshold = ("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "7");
    let timeout = ("CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "90");
    child("child_two_names", &[threshold, timeout]);
    // The same value in another notation.
    let (same, also) = (("CIRCUIT_BREAKER_THRESHOLD", "07"), ("CIRCUIT_BREAKER_TIMEOUT", "1.5m"));
    child("child_two_names", &[threshold, timeout, same, also]);
    child("child_two_values", &[threshold, ("CIRCUIT_BREAKER_THRESHOLD", "8")]);
    child("child_two_values", &[timeout, ("CIRCUIT_BREAKER_TIMEOUT", "90ms")]);
    // The error names the setting that is set.
    let factor = ("CIRCUIT_BREAKER_RECOVERY_FACTOR", "2");
    child("child_longest", &[timeout, factor, ("CIRCUIT_BREAKER_RECOVERY_MAX", "80")]);
}

#[test]
#[ignore = "runs in a child"]
fn child_two_names() {
    let breaker = CircuitBreaker::from_env("llm").unwrap();
    assert_eq!(breaker.snapshot().failure_threshold, 7);
    (0..7).for_each(|_| breaker.record_failure());
    let left = breaker.try_acquire().unwrap_err().retry_in().unwrap();
    assert!(left > Duration::from_secs(60), "{left:?}");
}

#[test]
#[ignore = "runs in a child"]
fn child_two_values() {
    let message = CircuitBreaker::from_env("llm").unwrap_err().to_string();
    let of_threshold = "CIRCUIT_BREAKER_FAILURE_THRESHOLD=\"7\": differs from `CIRCUIT_BREAKER_THRESHOLD`, another name for the same setting: unset one of the two";
    let of_timeout = "CIRCUIT_BREAKER_RECOVERY_TIMEOUT=\"90\": differs from `CIRCUIT_BREAKER_TIMEOUT`, another name for the same setting: unset one of the two";
    assert!([of_threshold, of_timeout].contains(&message.as_str()), "{message}");
}

#[test]
#[ignore = "runs in a child"]
fn child_longest() {
    assert_eq!(
        CircuitBreaker::from_env("llm").unwrap_err().to_string(),
        "CIRCUIT_BREAKER_RECOVERY_MAX=\"80\": must not be below the recovery timeout (90s): raise it, or lower `CIRCUIT_BREAKER_RECOVERY_TIMEOUT`"
    );
}

#[test]
fn empty_names_and_prefixes_are_errors() {
    for prefix in ["", "  ", "A=B", "A\0"] {
        for error in [
            RetryConfig::from_env_prefixed(prefix).unwrap_err(),
            AGGRESSIVE.with_env_prefixed(prefix).unwrap_err(),
            CircuitBreaker::from_env_prefixed("llm", prefix).unwrap_err(),
            CircuitBreakers::new("llm").with_env_prefixed(prefix).unwrap_err(),
        ] {
            assert_eq!((error.place(), error.value()), ("prefix", prefix));
            assert!(error.rule().starts_with("must not "), "{error}");
        }
    }
    for name in ["", " "] {
        for error in [
            CircuitBreaker::from_env(name).unwrap_err(),
            CircuitBreaker::from_env_prefixed(name, "LLM").unwrap_err(),
            CircuitBreakers::from_env(name).unwrap_err(),
            CircuitBreakers::from_env_prefixed(name, "LLM").unwrap_err(),
        ] {
            assert_eq!((error.place(), error.value()), ("name", name));
            assert!(error.rule().starts_with("must not be empty"), "{error}");
        }
    }
}

#[test]
fn a_duration_that_would_be_zero_is_an_error() {
    child("child_tiny", &[("RETRY_BASE_DELAY", "0.0000000001s")]);
    child("child_tiny", &[("RETRY_BASE_DELAY", "0.0000009ms")]);
}

#[test]
#[ignore = "runs in a child"]
fn child_tiny() {
    let error = RetryConfig::from_env().unwrap_err();
    assert_eq!(error.place(), "RETRY_BASE_DELAY");
    assert!(error.rule().starts_with("is below 1 ns, which would be zero: it must be"), "{error}");
}
