//! Tests of policies and breakers from TOML and JSON.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::time::Duration;

use retry_runtime::{
    AGGRESSIVE, CONSERVATIVE, CircuitBreaker, CircuitState, FailureKind, FailureKinds, Jitter,
    Mode, RetryConfig, STANDARD, STREAMING, Window,
};
use serde::de::DeserializeOwned;
use serde::ser::Serialize;
use serde_json::{Value, json};

/// Returns the error for an invalid value, without the position in the file.
#[track_caller]
fn error<T: DeserializeOwned + Debug>(toml: &str) -> String {
    toml::from_str::<T>(toml).unwrap_err().message().to_owned()
}

fn policy(toml: &str) -> RetryConfig {
    toml::from_str(toml).unwrap()
}

fn breaker(toml: &str) -> CircuitBreaker {
    toml::from_str(&format!("name = 'b'\n{toml}")).unwrap()
}

fn breaker_error(toml: &str) -> String {
    error::<CircuitBreaker>(&format!("name = 'b'\n{toml}"))
}

fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, written: &Value) {
    assert_eq!(&serde_json::to_value(value).unwrap(), written);
    assert_eq!(&serde_json::from_value::<T>(written.clone()).unwrap(), value);
    assert_eq!(&serde_json::from_str::<T>(&written.to_string()).unwrap(), value);
}

mod policies {
    use super::*;

    #[test]
    fn what_is_missing_is_as_in_the_standard_policy() {
        assert_eq!(policy(""), RetryConfig::new());
        assert_eq!(policy("max_attempts = 5"), RetryConfig::new().max_attempts(5));
    }

    #[test]
    fn every_field_is_read() {
        let expected = RetryConfig::new()
            .max_attempts(7)
            .base_delay(Duration::from_millis(250))
            .max_delay(Duration::from_secs(60))
            .exponential_base(1.5)
            .jitter(Jitter::Decorrelated)
            .retry_on(FailureKinds::of(FailureKind::Connection).with(FailureKind::RateLimited))
            .max_retry_after(Duration::from_secs(3600))
            .mode(Mode::Observe);
        let toml = r#"
            max_attempts = 7
            base_delay = "250ms"
            max_delay = "1m"
            exponential_base = 1.5
            jitter = "decorrelated"
            retry_on = ["connection", "rate_limited"]
            max_retry_after = "1h"
            mode = "observe"
        "#;
        assert_eq!(policy(toml), expected);
        let json = json!({
            "max_attempts": 7,
            "base_delay": 0.25,
            "max_delay": 60,
            "exponential_base": 1.5,
            "jitter": "Decorrelated",
            "retry_on": ["rate_limited", "connection"],
            "max_retry_after": 3600.0,
            "mode": "OBSERVE",
        });
        assert_eq!(serde_json::from_value::<RetryConfig>(json).unwrap(), expected);
    }

    #[test]
    fn durations_are_seconds_or_have_a_unit() {
        for (value, nanos) in [
            ("2", 2_000_000_000),
            ("0.1", 100_000_000),
            ("0.000000001", 1),
            ("'2'", 2_000_000_000),
            ("'0.5s'", 500_000_000),
            ("'500ms'", 500_000_000),
            ("'1m'", 60_000_000_000),
            ("0", 0),
        ] {
            let policy = policy(&format!("base_delay = {value}\nmax_delay = '1h'"));
            assert_eq!(policy.base_delay, Duration::from_nanos(nanos), "{value}");
        }
    }

    #[test]
    fn a_number_may_stand_in_quotes() {
        let quoted = policy("max_attempts = '4'\nexponential_base = '3'");
        assert_eq!(quoted, RetryConfig::new().max_attempts(4).exponential_base(3.0));
        assert_eq!(policy("exponential_base = 3"), RetryConfig::new().exponential_base(3.0));
    }

    #[test]
    fn each_rule_is_an_error_with_field_value_and_mend() {
        for (toml, expected) in [
            (
                "max_attempts = 0",
                r#"max_attempts="0": must be a whole number of at least 1 that counts every call, such as `3`"#,
            ),
            (
                "max_attempts = -1",
                r#"max_attempts="-1": must be a whole number of at least 1 that counts every call, such as `3`"#,
            ),
            (
                "max_attempts = 3.0",
                r#"max_attempts="3.0": must be a whole number of at least 1 that counts every call, such as `3`"#,
            ),
            (
                "max_attempts = true",
                r#"max_attempts="true": must be a whole number of at least 1 that counts every call, such as `3`"#,
            ),
            (
                "max_attempts = ''",
                r#"max_attempts="": is set but empty: unset it for the default; otherwise it must be a whole number of at least 1 that counts every call, such as `3`"#,
            ),
            (
                "base_delay = -0.5",
                r#"base_delay="-0.5": must be a duration: seconds, such as `2` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`"#,
            ),
            (
                "max_retry_after = nan",
                r#"max_retry_after="NaN": must be a duration: seconds, such as `2` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`"#,
            ),
            (
                "max_retry_after = '1 day'",
                r#"max_retry_after="1 day": must be a duration: seconds, such as `2` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`"#,
            ),
            (
                "max_delay = 0.5",
                r#"max_delay="0.5": must not be below the base delay (1s): raise it, or lower `base_delay`"#,
            ),
            (
                "base_delay = '11s'",
                r#"base_delay="11s": must not be above the maximum delay (10s): lower it, or raise `max_delay`"#,
            ),
            (
                "exponential_base = 0.5",
                r#"exponential_base="0.5": `exponential_base` must be a finite number of at least 1 (2 doubles each delay, 1 keeps it constant)"#,
            ),
            (
                "exponential_base = inf",
                r#"exponential_base="inf": must be a number of at least 1, such as `2`, which doubles each delay"#,
            ),
            (
                "jitter = 'some'",
                r#"jitter="some": must be `none`, `full`, `equal` or `decorrelated`"#,
            ),
            ("mode = 'on'", r#"mode="on": must be `enforce`, `observe` or `off`"#),
            (
                "retry_on = ['timeout', 'timeuot']",
                r#"retry_on="timeuot": must be one of `timeout`, `connection`, `unavailable`, `rate_limited`, `transient`, `unauthorized`, `invalid_request`, `mid_stream`, `resource_exhausted`, `bug`, `circuit_open`, `permanent`"#,
            ),
        ] {
            assert_eq!(error::<RetryConfig>(toml), expected);
        }
    }

    #[test]
    fn an_unknown_field_is_an_error_that_lists_the_known_ones() {
        assert_eq!(
            error::<RetryConfig>("max_attempt = 3"),
            "unknown field `max_attempt`, expected one of `max_attempts`, `base_delay`, `max_delay`, `exponential_base`, `jitter`, `retry_on`, `max_retry_after`, `mode`"
        );
    }

    #[test]
    fn what_is_no_value_of_the_field_says_what_would_be() {
        assert_eq!(
            error::<RetryConfig>("max_attempts = [3]"),
            "invalid type: sequence, expected a number or a string"
        );
        assert_eq!(
            error::<RetryConfig>("retry_on = 'timeout'"),
            r#"invalid type: string "timeout", expected a list of failure kinds, such as `["timeout", "unavailable"]`"#
        );
        let number = serde_json::from_str::<RetryConfig>("3").unwrap_err().to_string();
        let expected =
            "expected a table with the settings of a retry policy, such as `max_attempts = 3`";
        assert!(number.contains(expected), "{number}");
    }

    #[test]
    fn a_policy_is_written_and_read_again() {
        let written = json!({
            "max_attempts": 3,
            "base_delay": "1s",
            "max_delay": "10s",
            "exponential_base": 2.0,
            "jitter": "full",
            "retry_on": ["timeout", "connection", "unavailable", "rate_limited", "transient"],
            "max_retry_after": "60s",
            "mode": "enforce",
        });
        round_trip(&STANDARD, &written);
        let odd = RetryConfig::new()
            .base_delay(Duration::new(1, 1))
            .max_delay(Duration::MAX)
            .exponential_base(1e300)
            .jitter(Jitter::Equal)
            .retry_on(FailureKinds::NONE)
            .max_retry_after(Duration::ZERO)
            .mode(Mode::Off);
        for policy in [CONSERVATIVE, AGGRESSIVE, STREAMING, odd] {
            round_trip(&policy, &serde_json::to_value(&policy).unwrap());
        }
        let policies = BTreeMap::from([("a", STREAMING)]);
        let json = serde_json::to_string(&policies).unwrap();
        assert!(json.contains(r#""base_delay":"500ms""#), "{json}");
    }

    #[test]
    fn a_policy_that_breaks_a_rule_is_not_written() {
        let error = serde_json::to_string(&STANDARD.max_attempts(0)).unwrap_err();
        assert!(error.to_string().starts_with(r#"max_attempts="0": "#), "{error}");
    }

    #[test]
    fn a_function_is_not_written() {
        let policy = STANDARD.backoff(|_| Duration::ZERO);
        let error = serde_json::to_string(&policy).unwrap_err();
        assert_eq!(error.to_string(), "a policy with a `backoff` function cannot be written");
    }
}

mod breakers {
    use super::*;

    #[test]
    fn a_name_is_enough_borrowed_or_owned() {
        let borrowed: CircuitBreaker = serde_json::from_str(r#"{"name":"llm"}"#).unwrap();
        let escaped: CircuitBreaker = serde_json::from_str(r#"{"name":"ll\u006d"}"#).unwrap();
        let read: CircuitBreaker =
            serde_json::from_reader(br#"{"name":"llm"}"#.as_slice()).unwrap();
        let owned: CircuitBreaker = serde_json::from_value(json!({ "name": "llm" })).unwrap();
        for breaker in [borrowed, escaped, read, owned] {
            assert_eq!((breaker.name(), breaker.current_mode()), ("llm", Mode::Enforce));
            (0..4).for_each(|_| breaker.record_failure());
            assert_eq!(breaker.state(), CircuitState::Closed);
            breaker.record_failure();
            assert_eq!(breaker.state(), CircuitState::Open);
        }
    }

    #[test]
    fn a_breaker_without_a_name_is_an_error() {
        assert_eq!(error::<CircuitBreaker>("failure_threshold = 3"), "missing field `name`");
        assert_eq!(
            error::<CircuitBreaker>("name = ' '"),
            r#"name=" ": must not be empty: errors, events and the registry identify breakers by name"#
        );
    }

    #[tokio::test(start_paused = true)]
    async fn thresholds_timeouts_probes_and_mode_are_read() {
        let breaker = breaker(
            "failure_threshold = 2\nrecovery_timeout = 1.5\nsuccess_threshold = 3\nhalf_open_max_calls = 1\nprobe_timeout = '5s'",
        );
        breaker.record_failure();
        assert_eq!(breaker.state(), CircuitState::Closed);
        breaker.record_failure();
        let open = breaker.try_acquire().unwrap_err();
        assert_eq!(open.retry_in(), Some(Duration::from_millis(1500)));
        tokio::time::advance(Duration::from_millis(1500)).await;
        for _ in 0..3 {
            assert_ne!(breaker.state(), CircuitState::Closed);
            let probe = breaker.try_acquire().unwrap();
            assert!(breaker.try_acquire().is_err(), "one probe at a time");
            tokio::time::advance(Duration::from_secs(5)).await;
            breaker.try_acquire().expect("the slot is free again").success();
            drop(probe);
        }
        assert_eq!(breaker.state(), CircuitState::Closed);
        assert_eq!(super::breaker("mode = 'Off'").current_mode(), Mode::Off);
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_hint_is_read() {
        struct Slow;
        impl retry_runtime::Retryable for Slow {
            fn failure_kind(&self) -> FailureKind {
                FailureKind::RateLimited
            }

            fn retry_after(&self) -> Option<Duration> {
                Some(Duration::from_secs(3600))
            }
        }
        for (toml, seconds) in [("", 60), ("respect_retry_after = '5m'", 300)] {
            let breaker = breaker(&format!("failure_threshold = 1\n{toml}"));
            breaker.try_acquire().unwrap().record(&Err::<(), _>(Slow));
            assert_eq!(breaker.snapshot().retry_in, Some(Duration::from_secs(seconds)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn open_phases_grow() {
        let breaker = breaker(
            "failure_threshold = 1\nrecovery_timeout = '10s'\nrecovery_backoff = { factor = 3, max = '1m' }",
        );
        breaker.record_failure();
        for seconds in [10, 30, 60, 60] {
            let open = breaker.try_acquire().unwrap_err();
            assert_eq!(open.retry_in(), Some(Duration::from_secs(seconds)));
            tokio::time::advance(Duration::from_secs(seconds)).await;
            breaker.try_acquire().unwrap().failure();
        }
    }

    #[test]
    fn a_rate_over_the_last_calls_is_read() {
        let breaker =
            breaker("failure_rate = { rate = 0.5, min_calls = 4, window = { calls = 8 } }");
        breaker.record_success();
        breaker.record_failure();
        breaker.record_failure();
        assert_eq!(breaker.state(), CircuitState::Closed);
        assert_eq!(breaker.snapshot().failure_rate, Some(0.5));
        breaker.record_failure();
        assert_eq!(breaker.state(), CircuitState::Open);
    }

    #[test]
    fn at_least_ten_calls_or_the_window_unless_told() {
        for (window, calls) in [("calls = 100", 10), ("calls = 4", 4), ("time = '30s'", 10)] {
            let breaker =
                breaker(&format!("failure_rate = {{ rate = 1, window = {{ {window} }} }}"));
            (1..calls).for_each(|_| breaker.record_failure());
            assert_eq!(breaker.state(), CircuitState::Closed, "{window}");
            breaker.record_failure();
            assert_eq!(breaker.state(), CircuitState::Open, "{window}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_of_time_forgets() {
        let breaker =
            breaker("failure_rate = { rate = 0.5, min_calls = 2, window = { time = 30.0 } }");
        breaker.record_failure();
        assert_eq!(breaker.snapshot().calls, 1);
        tokio::time::advance(Duration::from_secs(31)).await;
        assert_eq!(breaker.snapshot().calls, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn slow_calls_are_read_with_a_window_and_without() {
        let windowed = breaker(
            "slow_call = { longer_than = '2s', rate = 0.5 }\nfailure_rate = { rate = 1.0, window = { calls = 4 } }",
        );
        let plain = breaker("slow_call = { longer_than = 2 }\nfailure_threshold = 1");
        for breaker in [&windowed, &plain] {
            let permit = breaker.try_acquire().unwrap();
            tokio::time::advance(Duration::from_millis(2001)).await;
            permit.success();
        }
        assert_eq!(windowed.snapshot().slow_calls, 1);
        assert_eq!(plain.state(), CircuitState::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn abandoned_calls_are_read() {
        let breaker = breaker("failure_threshold = 1\nabandoned_after = '500ms'");
        let permit = breaker.try_acquire().unwrap();
        tokio::time::advance(Duration::from_millis(500)).await;
        drop(permit);
        assert_eq!(breaker.state(), CircuitState::Open);
    }

    #[test]
    fn the_kinds_that_count_are_read() {
        let breaker = breaker("failure_threshold = 1\ntrip_on = ['unauthorized']");
        let fail = |kind: ErrorKind| {
            breaker.try_acquire().unwrap().record(&Err::<(), _>(io::Error::from(kind)));
        };
        fail(ErrorKind::TimedOut);
        assert_eq!(breaker.state(), CircuitState::Closed);
        fail(ErrorKind::PermissionDenied);
        assert_eq!(breaker.state(), CircuitState::Open);
    }

    #[test]
    fn each_rule_is_an_error_with_field_value_and_mend() {
        const COUNT: &str = "must be a whole number from 1 to 65535, such as `5`";
        const PROBES: &str = "must be a whole number from 1 to 16, such as `2`";
        for (field, most, rule) in [
            ("failure_threshold", 65_535, COUNT),
            ("success_threshold", 65_535, COUNT),
            ("half_open_max_calls", 16, PROBES),
        ] {
            for value in ["0", &(most + 1).to_string(), "-1", "1.5"] {
                let expected = format!("{field}={value:?}: {rule}");
                assert_eq!(breaker_error(&format!("{field} = {value}")), expected);
            }
            assert!(
                toml::from_str::<CircuitBreaker>(&format!("name = 'a'\n{field} = {most}")).is_ok()
            );
        }
        for (toml, expected) in [
            (
                "recovery_timeout = 0",
                r#"recovery_timeout="0": must be a duration from 1 ms to 365 days: "#,
            ),
            (
                "probe_timeout = '8761h'",
                r#"probe_timeout="8761h": must be a duration from 1 ms to 365 days: "#,
            ),
            (
                "respect_retry_after = 0",
                r#"respect_retry_after="0": must be a duration from 1 ms to 365 days: "#,
            ),
            ("abandoned_after = 'soon'", r#"abandoned_after="soon": must be a duration: "#),
            (
                "recovery_backoff = { factor = 0.5, max = '1h' }",
                r#"recovery_backoff.factor="0.5": must be a number of at least 1, such as `2`"#,
            ),
            (
                "recovery_backoff = { factor = 2, max = 59 }",
                r#"recovery_backoff.max="59": must not be below the recovery timeout (60s): raise it, or lower `recovery_timeout`"#,
            ),
            (
                "failure_rate = { rate = 0.0, window = { calls = 10 } }",
                r#"failure_rate.rate="0.0": must be a number above 0 and at most 1, such as `0.5`"#,
            ),
            (
                "failure_rate = { rate = 1.5, window = { calls = 10 } }",
                r#"failure_rate.rate="1.5": must be a number above 0 and at most 1, such as `0.5`"#,
            ),
            (
                "failure_rate = { rate = 1, window = { calls = 1025 } }",
                r#"failure_rate.window.calls="1025": must be a whole number from 1 to 1024, such as `100`: for more, set `failure_rate.window.time` instead"#,
            ),
            (
                "failure_rate = { rate = 1, window = { time = '25h' } }",
                r#"failure_rate.window.time="25h": must be a duration from 10 ms to 24 hours: "#,
            ),
            (
                "failure_rate = { rate = 1, window = {} }",
                r#"failure_rate.rate="1": needs a window: set `failure_rate.window.calls`, such as `100`, or `failure_rate.window.time`, such as `30s`"#,
            ),
            (
                "failure_rate = { rate = 1, window = { calls = 5, time = 5 } }",
                r#"failure_rate.window.time="5": cannot be combined with `failure_rate.window.calls`: unset one of the two windows"#,
            ),
            (
                "failure_rate = { rate = 1, min_calls = 11, window = { calls = 10 } }",
                r#"failure_rate.min_calls="11": must not be above the calls of the window (10), or it would never open: lower it, or raise `failure_rate.window.calls`"#,
            ),
            (
                "failure_threshold = 3\nfailure_rate = { rate = 1, window = { calls = 10 } }",
                r#"failure_rate.rate="1": cannot be combined with `failure_threshold`, which counts failures in a row: unset one of the two"#,
            ),
            (
                "slow_call = { longer_than = 0 }",
                r#"slow_call.longer_than="0": must be a duration above zero: "#,
            ),
            (
                "slow_call = { longer_than = 2, rate = 0.5 }",
                r#"slow_call.rate="0.5": has no effect without a window, because each slow call is then a failure: set `failure_rate.rate` too, or unset this"#,
            ),
            (
                "slow_call = { longer_than = 2 }\nfailure_rate = { rate = 1, window = { calls = 10 } }",
                r#"slow_call.longer_than="2": needs a rate of slow calls next to `failure_rate.rate`: set `slow_call.rate` too, such as `0.5`"#,
            ),
            (
                "slow_call = { longer_than = 2, rate = 2 }\nfailure_rate = { rate = 1, window = { calls = 10 } }",
                r#"slow_call.rate="2": must be a number above 0 and at most 1, such as `0.5`"#,
            ),
            (
                "trip_on = ['time_out']",
                r#"trip_on="time_out": must be one of `timeout`, `connection`, "#,
            ),
            ("mode = 'on'", r#"mode="on": must be `enforce`, `observe` or `off`"#),
        ] {
            let error = breaker_error(toml);
            assert!(error.starts_with(expected), "{error}\n{expected}");
        }
    }

    #[test]
    fn an_unknown_or_missing_field_is_an_error_that_names_it() {
        for (toml, expected) in [
            (
                "failure_treshold = 3",
                "unknown field `failure_treshold`, expected one of `name`, `failure_threshold`, ",
            ),
            (
                "failure_rate = { rate = 1, windows = { calls = 5 } }",
                "unknown field `windows`, expected ",
            ),
            (
                "failure_rate = { rate = 1, window = { call = 5 } }",
                "unknown field `call`, expected `calls` or `time`",
            ),
            ("failure_rate = { window = { calls = 5 } }", "missing field `rate`"),
            ("failure_rate = { rate = 1 }", "missing field `window`"),
            (
                "failure_rate = 0.5",
                "invalid type: floating point `0.5`, expected a table such as `{ rate = 0.5, min_calls = 10, window = { calls = 100 } }`",
            ),
            (
                "slow_call = '2s'",
                r#"invalid type: string "2s", expected a table such as `{ longer_than = "2s", rate = 0.5 }`"#,
            ),
            ("slow_call = { rate = 0.5 }", "missing field `longer_than`"),
            ("recovery_backoff = { factor = 2 }", "missing field `max`"),
            ("recovery_backoff = { max = 2 }", "missing field `factor`"),
        ] {
            let error = breaker_error(toml);
            assert!(error.starts_with(expected), "{error}\n{expected}");
        }
    }
}

mod words {
    use super::*;

    #[test]
    fn every_word_is_written_and_read_again() {
        for mode in [Mode::Enforce, Mode::Observe, Mode::Off] {
            round_trip(&mode, &json!(mode.as_str()));
        }
        for state in [CircuitState::Closed, CircuitState::Open, CircuitState::HalfOpen] {
            round_trip(&state, &json!(state.as_str()));
        }
        for (jitter, word) in [
            (Jitter::None, "none"),
            (Jitter::Full, "full"),
            (Jitter::Equal, "equal"),
            (Jitter::Decorrelated, "decorrelated"),
        ] {
            round_trip(&jitter, &json!(word));
        }
        round_trip(&FailureKind::RateLimited, &json!("rate_limited"));
        round_trip(&FailureKinds::NONE, &json!([]));
        round_trip(
            &FailureKinds::of(FailureKind::Unavailable).with(FailureKind::Timeout),
            &json!(["timeout", "unavailable"]),
        );
        let all = serde_json::to_value(FailureKinds::ALL).unwrap();
        assert_eq!(all.as_array().unwrap().len(), 12);
        round_trip(&FailureKinds::ALL, &all);
    }

    #[test]
    fn what_is_none_of_the_words_is_an_error_that_lists_them() {
        fn refused<T: DeserializeOwned + Debug>(word: &str) -> String {
            serde_json::from_value::<T>(json!(word)).unwrap_err().to_string()
        }
        assert_eq!(
            refused::<Mode>("on"),
            r#"mode="on": must be one of `enforce`, `observe`, `off`"#
        );
        assert_eq!(
            refused::<Jitter>("wide"),
            r#"jitter="wide": must be one of `none`, `full`, `equal`, `decorrelated`"#
        );
        assert_eq!(
            refused::<CircuitState>("ajar"),
            r#"state="ajar": must be one of `CLOSED`, `OPEN`, `HALF_OPEN`"#
        );
        let kind = r#"failure kind="": must be one of `timeout`, `connection`, "#;
        assert!(refused::<FailureKind>("").starts_with(kind));
        let kinds = serde_json::from_value::<FailureKinds>(json!(["timeout", "bugs"]));
        let kinds = kinds.unwrap_err().to_string();
        assert!(kinds.starts_with(r#"failure kind="bugs": must be one of"#), "{kinds}");
    }

    #[test]
    fn a_window_has_calls_or_time() {
        let window =
            |json| serde_json::from_value::<Window>(json).map_err(|error| error.to_string());
        assert_eq!(window(json!({ "calls": 100 })), Ok(Window::calls(100)));
        assert_eq!(window(json!({ "time": "30s" })), Ok(Window::time(Duration::from_secs(30))));
        assert_eq!(window(json!({ "time": 0.5 })), Ok(Window::time(Duration::from_millis(500))));
        for (json, expected) in [
            (json!({}), r#"window="{}": must have `calls`, such as "#),
            (json!({ "calls": 0 }), r#"calls="0": must be a whole number from 1 to 1024"#),
            (json!({ "calls": 1025 }), r#"calls="1025": must be a whole number from 1 to 1024"#),
            (json!({ "time": "1ms" }), r#"time="1ms": must be a duration from 10 ms to 24 hours"#),
            (json!({ "calls": 1, "time": 1 }), r#"time="1": cannot be combined with `calls`"#),
            (json!({ "count": 1 }), "unknown field `count`, expected `calls` or `time`"),
            (json!(100), "invalid type: integer `100`, expected a table such as `{ calls = 100 }`"),
        ] {
            let error = window(json).unwrap_err();
            assert!(error.starts_with(expected), "{error}\n{expected}");
        }
    }
}

#[test]
fn overrides_are_read_by_name() {
    use retry_runtime::registry::{BreakerOverride, BudgetOverride, OperationOverride, Overrides};

    let read: Overrides = toml::from_str(
        r#"
        [operation."chat::complete"]
        max_attempts = 2
        mode = "Observe"

        [breaker.llm-api]
        failure_threshold = "10"
        recovery_timeout = "500ms"
        respect_retry_after = "5m"
        success_threshold = 1

        [breaker.search]
        failure_rate = 0.25
        mode = "off"

        [budget.llm]
        ratio = 0.25
        burst = "20"
        min_per_second = 0
        "#,
    )
    .unwrap();
    let expected = Overrides::new()
        .operation("chat::complete", OperationOverride::new().max_attempts(2).mode(Mode::Observe))
        .breaker(
            "llm-api",
            BreakerOverride::new()
                .failure_threshold(10)
                .recovery_timeout(Duration::from_millis(500))
                .respect_retry_after(Duration::from_secs(300))
                .success_threshold(1),
        )
        .breaker("search", BreakerOverride::new().failure_rate(0.25).mode(Mode::Off))
        .budget("llm", BudgetOverride::new().ratio(0.25).burst(20).min_per_second(0));
    assert_eq!(read, expected);
    assert_eq!(toml::from_str::<Overrides>("").unwrap(), Overrides::new());
}

#[test]
fn a_wrong_override_names_its_table_setting_value_and_rule() {
    use retry_runtime::registry::Overrides;

    for (text, said) in [
        ("[operation.call]\nmax_attempts = 0", r#"operation.call.max_attempts="0": must be"#),
        ("[operation.call]\nmode = 'loud'", r#"operation.call.mode="loud": must be `enforce`"#),
        ("[breaker.a]\nfailure_threshold = 70000", r#"breaker.a.failure_threshold="70000": "#),
        ("[breaker.a]\nfailure_rate = 2.0", r#"breaker.a.failure_rate="2"#),
        ("[breaker.a]\nrecovery_timeout = '1d'", r#"breaker.a.recovery_timeout="1d": must be"#),
        ("[breaker.a]\nwindow = 3", "unknown field `window`, expected one of `failure_threshold`"),
        ("[budget.a]\nratio = 11", r#"budget.a.ratio="11": `ratio` must be from 0 to 10"#),
        ("[budget.a]\nratio = 'much'", r#"budget.a.ratio="much": must be a number"#),
        ("[budget.a]\nburst = 0", r#"budget.a.burst="0": `burst` must be from 1 to 100,000"#),
        ("[budget.a]\nmin_per_second = -1", r#"budget.a.min_per_second="-1": must be a whole"#),
        ("[budget.a]\ninitial = 3", "unknown field `initial`, expected one of `ratio`"),
        ("[breakers.a]", "unknown field `breakers`, expected one of `operation`, `breaker`"),
    ] {
        let error = toml::from_str::<Overrides>(text).unwrap_err();
        assert!(error.message().starts_with(said), "{}", error.message());
    }
}

#[test]
fn a_message_shows_no_control_character_of_a_key() {
    use retry_runtime::registry::Overrides;

    #[track_caller]
    fn assert_one_line<T: DeserializeOwned + Debug>(json: &str) {
        let said = serde_json::from_str::<T>(json).unwrap_err().to_string();
        assert!(said.starts_with("unknown field `a\\n"), "{said}");
        assert!(!said.contains(|c: char| c.is_control() || c == '\u{202e}'), "{said:?}");
    }
    let key = r#"{"a\n2026 WARN forged\u001b[2J\u202e": 1}"#;
    assert_one_line::<RetryConfig>(key);
    assert_one_line::<CircuitBreaker>(key);
    assert_one_line::<Window>(key);
    assert_one_line::<Overrides>(key);
    assert_one_line::<CircuitBreaker>(&format!(r#"{{"name": "b", "failure_rate": {key}}}"#));
    assert_one_line::<Overrides>(&format!(r#"{{"breaker": {{"b": {key}}}}}"#));
}

/// Files whose text could be read in more than one way.
mod ambiguous {
    use super::*;
    use retry_runtime::registry::{BudgetOverride, Overrides};

    #[track_caller]
    fn refused<T: DeserializeOwned>(json: &str) -> String {
        match serde_json::from_str::<T>(json) {
            Ok(_) => panic!("{json} is accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn null_is_no_value_of_any_field() {
        let rule = r#"="null": must not be null: write a value, or leave the field out"#;
        for (json, place) in [
            ("{'max_attempts': null}", "max_attempts"),
            ("{'max_attempts': 3, 'retry_on': null}", "retry_on"),
            ("{'mode': null}", "mode"),
        ] {
            let error = refused::<RetryConfig>(&json.replace('\'', "\""));
            assert!(error.starts_with(&format!("{place}{rule}")), "{error}");
        }
        for (json, place) in [
            ("{'name': null}", "name"),
            ("{'name': 'a', 'mode': null}", "mode"),
            ("{'name': 'a', 'trip_on': null}", "trip_on"),
            ("{'name': 'a', 'failure_rate': null}", "failure_rate"),
            ("{'name': 'a', 'failure_rate': {'rate': null, 'window': {}}}", "failure_rate.rate"),
            ("{'name': 'a', 'failure_rate': {'rate': 1, 'window': null}}", "failure_rate.window"),
            (
                "{'name': 'a', 'failure_rate': {'rate': 1, 'window': {'calls': null}}}",
                "failure_rate.window.calls",
            ),
            ("{'name': 'a', 'slow_call': {'longer_than': 1, 'rate': null}}", "slow_call.rate"),
            (
                "{'name': 'a', 'recovery_backoff': {'factor': 1, 'max': null}}",
                "recovery_backoff.max",
            ),
        ] {
            let error = refused::<CircuitBreaker>(&json.replace('\'', "\""));
            assert!(error.starts_with(&format!("{place}{rule}")), "{error}");
        }
        for (json, place) in [
            ("{'operation': null}", "operation"),
            ("{'breaker': {'a': {}, 'b': null}}", "breaker.b"),
            ("{'budget': {'a': {'burst': null}}}", "budget.a.burst"),
        ] {
            let error = refused::<Overrides>(&json.replace('\'', "\""));
            assert!(error.starts_with(&format!("{place}{rule}")), "{error}");
        }
        let error = refused::<Window>(r#"{"calls": 3, "time": null}"#);
        assert!(error.starts_with(&format!("time{rule}")), "{error}");
        // A list has no fields.
        let error = refused::<RetryConfig>(r#"{"retry_on": ["timeout", null]}"#);
        assert!(error.starts_with(r#"retry_on="null": must be one of `timeout`"#), "{error}");
        for error in
            [refused::<RetryConfig>("null"), refused::<Overrides>("null"), refused::<Mode>("null")]
        {
            assert!(error.contains("null"), "{error}");
        }
        // The same for a value in memory.
        let error = serde_json::from_value::<RetryConfig>(json!({ "jitter": null })).unwrap_err();
        assert!(error.to_string().starts_with("jitter="), "{error}");
    }

    #[test]
    fn a_name_must_not_come_twice() {
        for (json, said) in [
            ("{'max_attempts': 3, 'max_attempts': 3}", "duplicate field `max_attempts`"),
            ("{'retry_on': [], 'retry_on': []}", "duplicate field `retry_on`"),
        ] {
            let error = refused::<RetryConfig>(&json.replace('\'', "\""));
            assert!(error.starts_with(said), "{error}");
        }
        for (json, said) in [
            ("{'name': 'a', 'name': 'b'}", "duplicate field `name`"),
            (
                "{'name': 'a', 'failure_rate': {'rate': 1, 'window': {}, 'rate': 1}}",
                "duplicate field `rate`",
            ),
            (
                "{'name': 'a', 'failure_rate': {'rate': 1, 'window': {'calls': 1, 'calls': 2}}}",
                "duplicate field `calls`",
            ),
        ] {
            let error = refused::<CircuitBreaker>(&json.replace('\'', "\""));
            assert!(error.starts_with(said), "{error}");
        }
        let twice = r#"="duplicate": must not have two tables: join them, or remove one"#;
        for (json, said) in [
            ("{'breaker': {}, 'breaker': {}}", "duplicate field `breaker`".to_owned()),
            ("{'breaker': {'a': {}, 'b': {}, 'a': {}}}", format!("breaker.a{twice}")),
            (r"{'operation': {'call': {}, 'c\u0061ll': {}}}", format!("operation.call{twice}")),
            ("{'budget': {'a': {'burst': 1}, 'a': {'burst': 1}}}", format!("budget.a{twice}")),
            ("{'budget': {'a': {'burst': 1, 'burst': 1}}}", "duplicate field `burst`".to_owned()),
        ] {
            let error = refused::<Overrides>(&json.replace('\'', "\""));
            assert!(error.starts_with(&said), "{error}");
        }
        // Names are compared as written.
        let both: Overrides =
            serde_json::from_str(r#"{"budget": {"b": {}, "a": {"burst": 3}}}"#).unwrap();
        let new = BudgetOverride::new;
        assert_eq!(both, Overrides::new().budget("a", new().burst(3)).budget("b", new()));
    }

    #[test]
    fn an_empty_name_is_an_error() {
        for table in ["operation", "breaker", "budget"] {
            for name in ["", " "] {
                let error = refused::<Overrides>(&format!(r#"{{"{table}": {{"{name}": {{}}}}}}"#));
                let said = format!("{table}={name:?}: must not have an empty name");
                assert!(error.starts_with(&said), "{error}");
            }
        }
    }

    #[test]
    fn a_duration_that_would_be_zero_is_an_error() {
        for json in [r#""0.0000000001s""#, "1e-10", "0.0000000001", r#""0.0000009ms""#] {
            for field in ["base_delay", "max_delay", "max_retry_after"] {
                let error = refused::<RetryConfig>(&format!(r#"{{"{field}": {json}}}"#));
                assert!(error.starts_with(&format!("{field}=")), "{error}");
                assert!(error.contains(": is below 1 ns, which would be zero: it must be"));
            }
            for field in ["recovery_timeout", "abandoned_after", "probe_timeout"] {
                let json = format!(r#"{{"name": "a", "{field}": {json}}}"#);
                assert!(refused::<CircuitBreaker>(&json).contains("is below 1 ns"), "{json}");
            }
            let json = format!(r#"{{"breaker": {{"a": {{"recovery_timeout": {json}}}}}}}"#);
            assert!(refused::<Overrides>(&json).starts_with("breaker.a.recovery_timeout="));
        }
        for json in ["0", "0.0", r#""0s""#, r#""0.000ms""#] {
            let json = format!(r#"{{"base_delay": {json}}}"#);
            let read: RetryConfig = serde_json::from_str(&json).unwrap();
            assert_eq!(read.base_delay, Duration::ZERO);
        }
    }

    #[test]
    fn a_floor_that_cannot_be_kept_is_an_error() {
        for (json, said) in [
            (r#""burst": 1, "min_per_second": 1001"#, r#"budget.a.min_per_second="1001": "#),
            (r#""burst": 99, "min_per_second": 100000"#, r#"budget.a.min_per_second="100000": "#),
            (r#""ratio": 0.0000000001"#, r#"budget.a.ratio="0.0000000001": "#),
        ] {
            let error = refused::<Overrides>(&format!(r#"{{"budget": {{"a": {{{json}}}}}}}"#));
            assert!(error.starts_with(said), "{error}");
        }
        serde_json::from_str::<Overrides>(
            r#"{"budget": {"a": {"burst": 1, "min_per_second": 1000}}}"#,
        )
        .unwrap();
    }

    /// A log line shows the message, and a name must not be able to end the line.
    #[test]
    fn a_name_cannot_forge_a_line() {
        let json = r#"{"breaker": {"a\nERROR forged\u001b[0m": {"failure_threshold": 0}}}"#;
        let error = refused::<Overrides>(json);
        assert!(
            error.starts_with(r"breaker.a\nERROR forged\u{1b}[0m.failure_threshold="),
            "{error}"
        );
    }
}
