//! Tests of the presets, the builder, and the rules of `check`.

use std::time::Duration;

use retry_runtime::{
    AGGRESSIVE, CONSERVATIVE, ConfigError, FailureKind, FailureKinds, Jitter, Mode, RetryConfig,
    STANDARD, STREAMING,
};

const MS_500: Duration = Duration::from_millis(500);

/// The numbers of the Python module from which this crate is ported.
#[test]
fn presets_hold_their_numbers() {
    let connection = FailureKinds::of(FailureKind::Connection);
    let table = [
        (STANDARD, 3, Duration::from_secs(1), 10, FailureKinds::TRANSIENT),
        (CONSERVATIVE, 2, MS_500, 5, FailureKinds::TRANSIENT),
        (AGGRESSIVE, 5, Duration::from_secs(1), 30, FailureKinds::TRANSIENT),
        (STREAMING, 2, MS_500, 3, connection),
    ];
    for (preset, attempts, base, max_secs, kinds) in table {
        assert_eq!(preset.max_attempts, attempts);
        assert_eq!(preset.base_delay, base);
        assert_eq!(preset.max_delay, Duration::from_secs(max_secs));
        assert_eq!(preset.retry_on, kinds);
        assert_eq!(preset.exponential_base.to_bits(), 2.0_f64.to_bits());
        assert_eq!(preset.jitter, Jitter::Full);
        assert_eq!(preset.max_retry_after, Duration::from_secs(60));
        assert_eq!(preset.mode, Mode::Enforce);
        assert_eq!(preset.check(), Ok(()));
    }
}

#[test]
fn streaming_does_not_retry_timeouts() {
    assert!(!STREAMING.retry_on.contains(FailureKind::Timeout));
    assert!(STREAMING.retry_on.contains(FailureKind::Connection));
}

#[test]
fn standard_is_what_new_and_default_give() {
    assert_eq!(RetryConfig::new(), STANDARD);
    assert_eq!(RetryConfig::default(), STANDARD);
    assert_eq!(STANDARD.clone(), STANDARD);
}

#[test]
fn each_builder_sets_its_own_field_in_a_constant() {
    const ALL: RetryConfig = RetryConfig::new()
        .max_attempts(7)
        .base_delay(Duration::from_millis(1))
        .max_delay(Duration::from_secs(2))
        .exponential_base(3.5)
        .jitter(Jitter::Decorrelated)
        .retry_on(FailureKinds::ALL)
        .max_retry_after(Duration::from_secs(4))
        .mode(Mode::Observe);
    assert_eq!(ALL.max_attempts, 7);
    assert_eq!(ALL.base_delay, Duration::from_millis(1));
    assert_eq!(ALL.max_delay, Duration::from_secs(2));
    assert_eq!(ALL.exponential_base.to_bits(), 3.5_f64.to_bits());
    assert_eq!(ALL.jitter, Jitter::Decorrelated);
    assert_eq!(ALL.retry_on, FailureKinds::ALL);
    assert_eq!(ALL.max_retry_after, Duration::from_secs(4));
    assert_eq!(ALL.mode, Mode::Observe);
    // The last call of a setter wins.
    assert_eq!(ALL.max_attempts(1).max_attempts, 1);
}

#[test]
fn builders_store_what_check_refuses() {
    let wrong = STANDARD.max_attempts(0).exponential_base(f64::NAN);
    assert_eq!(wrong.max_attempts, 0);
    assert!(wrong.exponential_base.is_nan());
    assert!(wrong.check().is_err());
}

fn assert_refused(policy: &RetryConfig, place: &str, value: &str, rule: &str) {
    let error = policy.check().unwrap_err();
    assert_eq!(error.place(), place);
    assert_eq!(error.value(), value);
    assert!(error.rule().contains(rule), "{:?} names {rule:?}", error.rule());
    assert_eq!(error.to_string(), format!("{place}={value:?}: {}", error.rule()));
}

#[test]
fn check_names_the_field_its_value_and_the_rule() {
    assert_refused(&STANDARD.max_attempts(0), "max_attempts", "0", "at least 1");
    assert_refused(
        &STANDARD.base_delay(Duration::from_secs(11)),
        "max_delay",
        "10s",
        "not be below `base_delay`",
    );
    assert_refused(
        &STANDARD.max_delay(Duration::from_micros(1500)),
        "max_delay",
        "1.5ms",
        "not be below `base_delay`",
    );
    for (base, shown) in [
        (0.999, "0.999"),
        (0.0, "0"),
        (-2.0, "-2"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
    ] {
        let policy = STANDARD.exponential_base(base);
        assert_refused(&policy, "exponential_base", shown, "finite number of at least 1");
    }
}

#[test]
fn check_reports_the_first_broken_rule() {
    let policy = STANDARD.exponential_base(0.0).max_delay(Duration::ZERO).max_attempts(0);
    assert_refused(&policy, "max_attempts", "0", "at least 1");
    assert_refused(&policy.max_attempts(1), "max_delay", "0ns", "not be below");
}

#[test]
fn check_allows_the_limits_themselves() {
    let limits = [
        STANDARD.max_attempts(1),
        STANDARD.max_attempts(u32::MAX),
        STANDARD.max_delay(STANDARD.base_delay),
        STANDARD.base_delay(Duration::ZERO).max_delay(Duration::ZERO),
        STANDARD.base_delay(Duration::MAX).max_delay(Duration::MAX),
        STANDARD.exponential_base(1.0),
        STANDARD.exponential_base(f64::MAX),
        STANDARD.max_retry_after(Duration::ZERO),
        STANDARD.retry_on(FailureKinds::NONE),
    ];
    for policy in limits {
        assert_eq!(policy.check(), Ok(()), "{policy:?}");
    }
}

#[test]
fn a_config_error_is_an_error_that_travels() {
    fn travels<E: std::error::Error + Clone + Eq + Send + Sync + 'static>() {}
    travels::<ConfigError>();
}

#[test]
fn a_config_error_shows_the_start_of_what_is_long() {
    let long = "é".repeat(100_000);
    let error = ConfigError::new(format!("breaker.{long}"), long.clone(), "must be short");
    assert_eq!(error.value(), long);
    let said = error.to_string();
    assert!(said.starts_with("breaker.éé") && said.ends_with("é…\": must be short"), "{said}");
    assert_eq!(said.matches('é').count(), 192);
    let whole = "v".repeat(100);
    let said = ConfigError::new("place", whole.clone(), "rule").to_string();
    assert_eq!(said, format!("place=\"{whole}\": rule"));
}

#[test]
fn there_is_one_delay_less_than_attempts() {
    for (attempts, delays) in [(0, 0), (1, 0), (2, 1), (5, 4)] {
        let policy = STANDARD.max_attempts(attempts);
        assert_eq!(policy.delays().len(), delays);
        assert_eq!(policy.delays().count(), delays);
    }
    let mut endless = STANDARD.max_attempts(u32::MAX).delays();
    assert_eq!(endless.len(), u32::MAX as usize - 1);
    endless.next();
    assert_eq!(endless.len(), u32::MAX as usize - 2);
}

#[test]
fn an_exhausted_iterator_stays_so() {
    let mut delays = CONSERVATIVE.delays();
    assert!(delays.next().is_some());
    assert_eq!(delays.next(), None);
    assert_eq!(delays.next(), None);
    assert_eq!(delays.len(), 0);
}

#[test]
fn modes_read_in_any_case_and_display_in_lower() {
    for (text, mode) in [
        ("enforce", Mode::Enforce),
        ("Observe", Mode::Observe),
        ("OFF", Mode::Off),
        (" off\n", Mode::Off),
    ] {
        assert_eq!(text.parse(), Ok(mode));
        assert_eq!(mode.to_string().parse(), Ok(mode));
        assert_eq!(mode.to_string(), mode.as_str());
    }
    assert_eq!(Mode::default(), Mode::Enforce);
    assert_eq!(format!("{:>8}", Mode::Off), "     off");
}

#[test]
fn a_mode_that_is_none_is_refused_with_the_three_that_are() {
    for text in ["", " ", "on", "enforced", "true"] {
        let error = text.parse::<Mode>().unwrap_err();
        assert_eq!(error.value(), text);
        for mode in ["enforce", "observe", "off"] {
            assert!(error.rule().contains(mode), "{:?}", error.rule());
        }
    }
}
